//! A system call and what it answers.
use super::{Gre, MplsEntry};
use crate::script::span::{Span, Word};

/// `name(arguments) = result ERRNO (note)`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallSpec {
    /// `... end`: the call blocks, and returns at this time, in microseconds, counted as the event's own time is.
    pub returns_at: Option<i64>,
    /// The name of the call.
    pub name: Word,
    /// The arguments.
    pub arguments: Vec<Argument>,
    /// The result. A runner takes only integers here, as packetdrill does.
    pub result: Argument,
    /// The errno expected beside it. Judged even where the call succeeds.
    pub errno: Option<Word>,
    /// The words between parentheses, for the reader: what the errno means, then what the result does.
    pub notes: Vec<Vec<Box<str>>>,
    /// The whole call.
    pub span: Span,
}

/// An argument: an expression and where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Argument {
    /// What it says.
    pub node: Expression,
    /// Where.
    pub span: Span,
}

/// What an argument says. Constants are resolved when the call is made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Expression {
    /// `...`: filled in by the runner.
    Ellipsis,
    /// A decimal integer.
    Integer(i64),
    /// A hexadecimal integer.
    Hex(i64),
    /// A constant, by name.
    Word(Box<str>),
    /// `"text"`, its escapes as they stand; [`unescape`](crate::script::unescape) reads them. Several are joined
    /// (Google dialect).
    Text(Vec<Box<str>>),
    /// `"text"...`, which means the same as the text.
    TextAndMore(Box<str>),
    /// `a | b`, at least two.
    Or(Vec<Argument>),
    /// `NAME = value` (Google dialect).
    Assign(Word, Box<Argument>),
    /// `[a, b]`.
    Array(Vec<Argument>),
    /// `{..., length}`: octets, as an iovec.
    IoVec(Box<Argument>),
    /// `{name = value, name(size) = value}`: a structure.
    Struct(Vec<Field>),
    /// `{a, b}`: a list (Google dialect).
    List(Vec<Argument>),
    /// `name(argument)`: `htons`, `htonl`, `inet_addr`, `inet6_addr`.
    Apply(Word, Box<Argument>),
    /// `{ (label 1, tc 0, ttl 64) }`: MPLS entries, as a socket option takes them (Google dialect).
    Mpls(Vec<MplsEntry>),
    /// `{ flags ... }`: a GRE header, as a socket option takes it (Google dialect).
    Gre(Gre),
}

/// A field of a structure.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: Word,
    /// `name(size)`.
    pub size: Option<Box<Argument>>,
    /// Its value.
    pub value: Argument,
}

impl Expression {
    /// The integer, if it is a literal one.
    #[must_use]
    pub const fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) | Self::Hex(value) => Some(*value),
            Self::Ellipsis
            | Self::Word(_)
            | Self::Text(_)
            | Self::TextAndMore(_)
            | Self::Or(_)
            | Self::Assign(..)
            | Self::Array(_)
            | Self::IoVec(_)
            | Self::Struct(_)
            | Self::List(_)
            | Self::Apply(..)
            | Self::Mpls(_)
            | Self::Gre(_) => None,
        }
    }

    /// The value of the field of this name, if this is a structure that has it.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        if let Self::Struct(fields) = self {
            fields.iter().find(|field| &*field.name.node == name)
        } else {
            None
        }
    }
}
