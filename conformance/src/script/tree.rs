//! What a script says, as a tree. Family-neutral: IPv4 or IPv6 is decided when it runs.
mod call;
mod icmp;
mod packet;
mod tcp;

pub use call::{Argument, CallSpec, Expression, Field};
pub(crate) use icmp::icmp_names;
pub use icmp::{Echoed, EchoedKind, IcmpSpec, icmp_code};
pub(super) use icmp::{icmp_codes, icmp_types};
pub use packet::{
    Direction, Ecn, Encapsulation, Gre, GreFlags, IpInfo, IpItem, MplsEntry, PacketAlternatives, PacketSpec,
    Ports, Transport, UdpLiteSpec, UdpSpec,
};
pub use tcp::{
    AccEcn, AccEcnOrder, AccEcnSpelling, Blob, FlagsSpec, Md5, Number, OptionSpec, OptionsSpec, ResetCause,
    Sack, Sequence, TcpOption, TcpSpec,
};

use std::fmt;

use super::dialect::Dialect;
use super::source::Source;
use super::span::{Span, Spanned, Word};
use super::tags::Tags;

/// A whole script.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Its options, `--name=value`, in order; of two with one name the last counts.
    pub options: Vec<ScriptOption>,
    /// The command that runs before the first event.
    pub init: Option<Command>,
    /// The events, in the order of the file. Never empty in a script without errors.
    pub events: Vec<Event>,
    /// The command that runs after the last event.
    pub cleanup: Option<Command>,
    /// Symbols that it defines and nothing uses.
    pub unused: Vec<Word>,
    /// What its comments say it proves, and for whom.
    pub tags: Tags,
    /// The dialect it was read in.
    pub dialect: Dialect,
    /// The text it was read from.
    pub source: Source,
}

/// Scripts are equal when they say the same thing: places, comments and layout aside.
impl PartialEq for Script {
    fn eq(&self, other: &Self) -> bool {
        self.options == other.options
            && self.init == other.init
            && self.events == other.events
            && self.cleanup == other.cleanup
    }
}

impl Eq for Script {}

impl Script {
    /// The last option of this name, without its dashes.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&ScriptOption> {
        self.options.iter().rev().find(|option| &*option.name.node == name)
    }

    /// Whether anything can go wrong when it runs. A packet that may be left out is no expectation, nor is a command.
    #[must_use]
    pub fn expects_something(&self) -> bool {
        self.events.iter().any(|event| match &event.kind {
            EventKind::Packet(packets) => packets.direction == Direction::Outbound && !packets.optional,
            EventKind::Call(_) | EventKind::Silence(_) | EventKind::Code(_) => true,
            EventKind::Command(_) => false,
        })
    }

    /// What its comments say it proves, and for whom.
    #[must_use]
    pub const fn tags(&self) -> &Tags {
        &self.tags
    }
}

/// One option of a script: `--name` or `--name=value`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScriptOption {
    /// The name, without its dashes.
    pub name: Word,
    /// The value, if it has one.
    pub value: Option<OptionValue>,
    /// The whole option.
    pub span: Span,
}

/// The value of a script option, as written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OptionValue {
    /// An integer.
    Integer(i64),
    /// A word or an address.
    Word(Box<str>),
    /// A string, without its quotes and with its escapes as they stand.
    Text(Box<str>),
    /// `NAME=VALUE`, the value of `--define`.
    Define(Box<str>, Definition),
}

impl OptionValue {
    /// The value as the option's reader wants it: text, whatever it was written as.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Integer(value) => value.to_string(),
            Self::Word(text) | Self::Text(text) => text.to_string(),
            Self::Define(name, value) => format!("{name}={value}"),
        }
    }
}

/// What a symbol stands for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Definition {
    /// An integer, and whether it is to be read as hexadecimal (the BSD dialect keeps it apart).
    Integer(i64, bool),
    /// A word.
    Word(Box<str>),
    /// A string, without its quotes.
    Text(Box<str>),
    /// A command, without its backquotes.
    Command(Box<str>),
}

impl fmt::Display for Definition {
    /// As `--define` takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value, false) => write!(f, "{value}"),
            Self::Integer(value, true) => write!(f, "{value:#x}"),
            Self::Word(text) => f.write_str(text),
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Command(text) => write!(f, "`{text}`"),
        }
    }
}

/// A shell command, without its backquotes: the shell reads it as it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Command {
    /// The text.
    pub text: Box<str>,
    /// The command and its backquotes.
    pub span: Span,
}

/// A snippet of assertions, without its `%{` and `}%` and the blanks next to them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Code {
    /// The text.
    pub text: Box<str>,
    /// The snippet and its delimiters.
    pub span: Span,
}

/// Something that happens at a time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// When.
    pub when: Spanned<When>,
    /// What.
    pub kind: EventKind,
    /// The whole event, from its time on; its line is the event's line.
    pub span: Span,
}

impl Event {
    /// The line of the event's time, counted from one.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.span.line
    }
}

/// What happens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EventKind {
    /// A packet is injected, or one is expected.
    Packet(PacketAlternatives),
    /// A system call is made.
    Call(CallSpec),
    /// A shell command is run.
    Command(Command),
    /// Assertions about the connection.
    Code(Code),
    /// `>! duration`: nothing of the connection's is sent for so long, in microseconds. Ours.
    Silence(Spanned<i64>),
}

/// When an event is due, in microseconds. Fractions of a microsecond are cut off.
///
/// Relative times count from the moment the event before has completely finished.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum When {
    /// `t`: at this script time.
    At(i64),
    /// `+d`: so long after the event before.
    After(i64),
    /// `*`: at any time.
    Any,
    /// `a~b`: between these script times.
    Between(i64, i64),
    /// `+a~+b`: between these times after the event before.
    AfterBetween(i64, i64),
}
