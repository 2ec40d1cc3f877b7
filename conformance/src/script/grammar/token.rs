//! The terminals of the grammar, and what they remember when nothing fits.
use std::fmt::Write as _;

use winnow::Parser;
use winnow::error::ParserError;
use winnow::stream::{Stateful, Stream, TokenSlice};

use crate::script::diagnostic::Fault;
use crate::script::dialect::Dialect;
use crate::script::lex::{Kind, Token};
use crate::script::span::{Span, Spanned, Word};
use crate::script::tree::Number;
use crate::script::{hints, keywords};

/// The tokens still to be read, and what is known so far.
pub(super) type Input<'s> = Stateful<TokenSlice<'s, Token<'s>>, State>;

/// What a production gives.
pub(super) type Read<T> = Result<T, Rejected>;

/// A production does not fit. Why is in the [`State`]: the farthest place reached says most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rejected;

impl<'s> ParserError<Input<'s>> for Rejected {
    type Inner = Self;

    fn from_input(_: &Input<'s>) -> Self {
        Self
    }

    fn into_inner(self) -> Result<Self::Inner, Self> {
        Ok(self)
    }
}

/// What reading has found out, apart from the tree.
#[derive(Debug)]
pub(super) struct State {
    /// The dialect the script is read in.
    pub(super) dialect: Dialect,
    /// Faults that do not stop the reading.
    pub(super) faults: Vec<(Fault, Span)>,
    /// How deep expressions stand in one another.
    pub(super) depth: usize,
    /// The fewest tokens that were left when something did not fit, and what would have.
    left: usize,
    wanted: Vec<Wanted>,
}

impl State {
    pub(super) const fn new(dialect: Dialect) -> Self {
        Self { dialect, faults: Vec::new(), depth: 0, left: usize::MAX, wanted: Vec::new() }
    }

    /// Reports a fault that does not stop the reading.
    pub(super) fn fault(&mut self, fault: Fault, span: Span) {
        self.faults.push((fault, span));
    }

    /// Reports a form of the other dialect.
    pub(super) fn only(&mut self, dialect: Dialect, what: &'static str, span: Span) {
        if self.dialect != dialect {
            self.fault(Fault::OtherDialect { what, dialect }, span);
        }
    }

    /// How many tokens were left at the farthest place reached.
    pub(super) const fn farthest(&self) -> usize {
        self.left
    }

    /// Forgets what did not fit before: a new event begins, with so many tokens left.
    ///
    /// What the event before could have gone on with at this very place is kept: it may be what was meant.
    pub(super) fn begin(&mut self, left: usize) {
        if self.left != left {
            self.left = usize::MAX;
            self.wanted.clear();
        }
    }
}

/// Something that could have stood at a place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::script) enum Wanted {
    /// This very text.
    Literal(&'static str),
    /// Something of this kind.
    Class(&'static str),
}

/// Remembers that something did not fit here.
pub(super) fn reject<T>(input: &mut Input<'_>, wanted: Wanted) -> Read<T> {
    let left = input.len();
    if left < input.state.left {
        input.state.left = left;
        input.state.wanted.clear();
    }
    if left == input.state.left && !input.state.wanted.contains(&wanted) {
        input.state.wanted.push(wanted);
    }
    Err(Rejected)
}

/// One token that passes a test.
pub(super) fn token<'s>(
    wanted: Wanted,
    test: impl Fn(&Token<'s>) -> bool,
) -> impl Parser<Input<'s>, Token<'s>, Rejected> {
    move |input: &mut Input<'s>| match input.peek_token() {
        Some(token) if test(token) => {
            input.next_token();
            Ok(*token)
        }
        _ => reject(input, wanted),
    }
}

/// A keyword or a mark.
pub(super) fn lit<'s>(text: &'static str) -> impl Parser<Input<'s>, Token<'s>, Rejected> {
    token(Wanted::Literal(text), move |token| {
        token.text == text && matches!(token.kind, Kind::Word | Kind::Symbol(_) | Kind::Ellipsis)
    })
}

/// Any token of this kind.
pub(super) fn kind<'s>(kind: Kind, what: &'static str) -> impl Parser<Input<'s>, Token<'s>, Rejected> {
    token(Wanted::Class(what), move |token| token.kind == kind)
}

/// A plain word.
pub(super) fn word<'s>(what: &'static str) -> impl Parser<Input<'s>, Word, Rejected> {
    move |input: &mut Input<'s>| {
        let token = kind(Kind::Word, what).parse_next(input)?;
        unkept(&token, input);
        Ok(Spanned::new(token.text.into(), token.span))
    }
}

/// A word that is no keyword; one that is passes with a warning: packetdrill would refuse it.
pub(super) fn unkept(token: &Token<'_>, input: &mut Input<'_>) {
    let dialect = input.state.dialect;
    if keywords::is_keyword(dialect, token.text) {
        input.state.fault(Fault::Keyword { word: token.text.to_owned(), dialect }, token.span);
    }
}

/// Whether the next token is this keyword or mark; nothing is remembered.
pub(super) fn next_is(input: &Input<'_>, text: &str) -> bool {
    next_but(input, 0)
        .is_some_and(|token| token.text == text && !matches!(token.kind, Kind::Text | Kind::Command))
}

/// The token so many after the next.
pub(super) fn next_but<'s>(input: &Input<'s>, ahead: usize) -> Option<Token<'s>> {
    input.get(ahead).copied()
}

/// The integer a token spells, as near as 64 bits come.
pub(super) fn value(token: &Token<'_>) -> i64 {
    let text = token.text;
    if let (Kind::Hex, Some(digits)) = (token.kind, text.strip_prefix("0x")) {
        return i64::from_str_radix(digits, 16).unwrap_or(i64::MAX);
    }
    let bound = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    text.parse().unwrap_or(bound)
}

/// A decimal integer between bounds; one outside is reported and brought inside.
pub(super) fn decimal<'s>(what: &'static str, low: i64, high: i64) -> impl Parser<Input<'s>, i64, Rejected> {
    bounded(what, low, high, |kind| kind == Kind::Integer)
}

/// The same, decimal or hexadecimal.
pub(super) fn integer<'s>(what: &'static str, low: i64, high: i64) -> impl Parser<Input<'s>, i64, Rejected> {
    bounded(what, low, high, |kind| matches!(kind, Kind::Integer | Kind::Hex))
}

/// The same, hexadecimal; a symbol may stand for a decimal one in the BSD dialect.
pub(super) fn hexadecimal<'s>(what: &'static str, high: i64) -> impl Parser<Input<'s>, i64, Rejected> {
    bounded(what, 0, high, |kind| kind == Kind::Hex)
}

fn bounded<'s>(
    what: &'static str,
    low: i64,
    high: i64,
    fits: impl Fn(Kind) -> bool,
) -> impl Parser<Input<'s>, i64, Rejected> {
    move |input: &mut Input<'s>| {
        let token = token(Wanted::Class(what), |token| fits(token.kind)).parse_next(input)?;
        let number = value(&token);
        if number < low || number > high {
            let value = token.text.to_owned();
            input.state.fault(Fault::OutOfRange { what, value, low, high }, token.span);
        }
        Ok(number.clamp(low, high))
    }
}

/// A decimal number of 8 bits.
pub(super) fn octet<'s>(what: &'static str) -> impl Parser<Input<'s>, u8, Rejected> {
    decimal(what, 0, 0xff).map(|value| u8::try_from(value).unwrap_or(u8::MAX))
}

/// A decimal number of 16 bits.
pub(super) fn short<'s>(what: &'static str) -> impl Parser<Input<'s>, u16, Rejected> {
    decimal(what, 0, 0xffff).map(|value| u16::try_from(value).unwrap_or(u16::MAX))
}

/// A decimal number of 32 bits.
pub(super) fn long<'s>(what: &'static str) -> impl Parser<Input<'s>, u32, Rejected> {
    decimal(what, 0, 0xffff_ffff).map(|value| u32::try_from(value).unwrap_or(u32::MAX))
}

/// A number in a judged place: `n`, `a~b` or `...`.
pub(super) fn number<'s>(what: &'static str, high: u32) -> impl Parser<Input<'s>, Number, Rejected> {
    move |input: &mut Input<'s>| {
        if next_is(input, "...") {
            input.next_token();
            return Ok(Number::Unjudged);
        }
        let bound = i64::from(high);
        let mut bound = decimal(what, 0, bound).map(|value| u32::try_from(value).unwrap_or(u32::MAX));
        let (first, span) = spanned(input, |input| bound.parse_next(input))?;
        if !next_is(input, "~") {
            return Ok(Number::Exact(first));
        }
        input.next_token();
        let (last, end) = spanned(input, |input| bound.parse_next(input))?;
        if last < first {
            let (start, last) = (first.to_string(), last.to_string());
            input.state.fault(Fault::Backwards { what, start, end: last }, span.to(end));
        }
        Ok(Number::Range(first.min(last), last.max(first)))
    }
}

/// Runs a production and says what it covered.
pub(super) fn spanned<'s, T>(
    input: &mut Input<'s>,
    production: impl FnOnce(&mut Input<'s>) -> Read<T>,
) -> Read<(T, Span)> {
    let start = input.peek_token().map(|token| token.span);
    let node = production(input)?;
    let end = input.input.previous_tokens().next().map(|token| token.span).unwrap_or_default();
    let span = start.filter(|start| start.start < end.end).map_or(end, |start| start.to(end));
    Ok((node, span))
}

/// The fault of the farthest place reached, and where that is.
pub(super) fn unexpected(input: &Input<'_>, tokens: &[Token<'_>]) -> (Fault, Span) {
    let at = tokens.len().saturating_sub(input.state.left.min(tokens.len()));
    let found = tokens.get(at);
    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
    let mut wanted = String::new();
    for (index, want) in input.state.wanted.iter().enumerate() {
        let last = index + 1 == input.state.wanted.len();
        wanted.push_str(if index == 0 {
            ""
        } else if last {
            " or "
        } else {
            ", "
        });
        // Writing to a string cannot fail.
        let _ = match want {
            Wanted::Literal(text) => write!(wanted, "`{text}`"),
            Wanted::Class(what) => write!(wanted, "{what}"),
        };
    }
    let end = before.map_or(Span::default(), |token| Span { start: token.span.end, ..token.span });
    let help = hints::unexpected(found, before, &input.state.wanted);
    let found_text = found.map_or_else(|| "the end of the script".to_owned(), hints::describe);
    let fault = Fault::Unexpected { wanted, found: found_text, help };
    (fault, found.map_or(end, |token| token.span))
}
