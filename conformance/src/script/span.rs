//! Where in the source something stands.
use std::fmt;

/// A range of octets of the source, and the line it starts on.
///
/// Two spans always compare equal: a span says where a node stands, not what it says, so trees compare by meaning.
/// (`parse(print(tree)) == tree` needs it, and so does anyone who compares two scripts.)
#[derive(Clone, Copy, Default)]
pub struct Span {
    /// The first octet.
    pub start: u32,
    /// The octet after the last one.
    pub end: u32,
    /// The line of the first octet, counted from one; zero for a node that was not read from a source.
    pub line: u32,
}

impl Span {
    /// From the start of this span to the end of the other.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { end: other.end.max(self.end), ..self }
    }

    /// The octets covered.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// Whether it covers nothing.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// The covered part of the source it was made from; empty if it does not fit.
    #[must_use]
    pub fn text(self, source: &str) -> &str {
        source.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Span {}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}@{}", self.start, self.end, self.line)
    }
}

/// Something and where it stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Spanned<T> {
    /// What it is.
    pub node: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Pairs a node with its place.
    #[must_use]
    pub const fn new(node: T, span: Span) -> Self {
        Self { node, span }
    }
}

/// A word of the script.
pub type Word = Spanned<Box<str>>;
