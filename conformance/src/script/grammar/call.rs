//! System calls and the expressions in them.
use winnow::Parser;
use winnow::combinator::{delimited, opt, preceded, repeat, separated};
use winnow::stream::Stream;

use super::packet::{gre, mpls_entry};
use super::token::{
    Input, Read, Rejected, Wanted, kind, lit, next_but, next_is, reject, spanned, token, unkept, value, word,
};
use crate::script::MOST_NESTED;
use crate::script::diagnostic::Fault;
use crate::script::dialect::Dialect;
use crate::script::lex::{Kind, Token};
use crate::script::span::{Span, Spanned, Word};
use crate::script::tree::{Argument, CallSpec, Expression, Field};

/// `call`
pub(super) fn call(input: &mut Input<'_>) -> Read<CallSpec> {
    let (mut call, span) = spanned(input, |input| {
        let returns_at = opt(preceded(lit("..."), super::seconds)).parse_next(input)?;
        let name = word("the name of a call").parse_next(input)?;
        let arguments =
            delimited(lit("("), separated(0.., expression, lit(",")), lit(")")).parse_next(input)?;
        let result = preceded(lit("="), expression).parse_next(input)?;
        let errno = errno(input)?;
        let mut notes = Vec::new();
        // One for the errno, one for the result.
        while next_is(input, "(") && notes.len() <= usize::from(errno.is_some()) {
            notes.push(note(input)?);
        }
        Ok(CallSpec { returns_at, name, arguments, result, errno, notes, span: Span::default() })
    })?;
    call.span = span;
    Ok(call)
}

/// The symbol of an error; it takes a note behind it.
fn errno(input: &mut Input<'_>) -> Read<Option<Word>> {
    // A word that begins with a digit is a time run into what follows, and no errno.
    let digit = |token: &Token<'_>| token.text.starts_with(|first: char| first.is_ascii_digit());
    let word = next_but(input, 0).filter(|token| token.kind == Kind::Word && !digit(token));
    let Some(token) = word else { return Ok(None) };
    input.next_token();
    if !next_is(input, "(") {
        let errno = token.text.to_owned();
        input.state.fault(Fault::ErrnoWithoutNote { errno }, token.span);
    }
    unkept(&token, input);
    Ok(Some(Spanned::new(token.text.into(), token.span)))
}

/// `note = '(' WORD { WORD } ')'`. Google's tool lets its keyword `flags` stand first, the BSD one its keyword `is` later.
fn note(input: &mut Input<'_>) -> Read<Vec<Box<str>>> {
    let words = repeat(1.., kind(Kind::Word, "a word"));
    let words: Vec<Token<'_>> = delimited(lit("("), words, lit(")")).parse_next(input)?;
    let dialect = input.state.dialect;
    for (at, word) in words.iter().enumerate() {
        let allowed = match dialect {
            Dialect::Google => at == 0 && word.text == "flags",
            Dialect::Bsd => at > 0 && word.text == "is",
        };
        if !allowed {
            unkept(word, input);
        }
    }
    Ok(words.iter().map(|word| Box::from(word.text)).collect())
}

/// `expr = term [ '|' expr ] | WORD '=' expr`, at most so deep.
fn expression(input: &mut Input<'_>) -> Read<Argument> {
    if input.state.depth >= MOST_NESTED {
        let span = next_but(input, 0).map_or(Span::default(), |token| token.span);
        input.state.fault(Fault::TooDeep { most: MOST_NESTED }, span);
        return Err(Rejected);
    }
    input.state.depth += 1;
    let read = spanned(input, |input| {
        let assigns = next_but(input, 0).is_some_and(|token| token.kind == Kind::Word)
            && next_but(input, 1).is_some_and(|token| token.kind == Kind::Symbol('='));
        if assigns { assignment(input) } else { either(input) }
    });
    input.state.depth -= 1;
    let (node, span) = read?;
    Ok(Argument { node, span })
}

/// `WORD '=' expr`
fn assignment(input: &mut Input<'_>) -> Read<Expression> {
    let token = kind(Kind::Word, "a name").parse_next(input)?;
    input.state.only(Dialect::Google, "a named argument", token.span);
    let value = preceded(lit("="), expression).parse_next(input)?;
    Ok(Expression::Assign(Spanned::new(token.text.into(), token.span), Box::new(value)))
}

/// `term { '|' term }`
fn either(input: &mut Input<'_>) -> Read<Expression> {
    let part = |input: &mut Input<'_>| {
        let (node, span) = spanned(input, term)?;
        Ok(Argument { node, span })
    };
    let mut parts: Vec<Argument> = separated(1.., part, lit("|")).parse_next(input)?;
    match parts.pop() {
        Some(only) if parts.is_empty() => Ok(only.node),
        Some(last) => {
            parts.push(last);
            Ok(Expression::Or(parts))
        }
        None => Err(Rejected),
    }
}

fn term(input: &mut Input<'_>) -> Read<Expression> {
    const WANTED: Wanted = Wanted::Class("an expression");
    let Some(token) = next_but(input, 0) else { return reject(input, WANTED) };
    let simple = match token.kind {
        Kind::Ellipsis => Expression::Ellipsis,
        Kind::Integer => Expression::Integer(in_64_bits(&token, input)),
        Kind::Hex => Expression::Hex(in_64_bits(&token, input)),
        Kind::Word if APPLY.contains(&token.text) => return apply(input, &token),
        Kind::Word => Expression::Word(token.text.into()),
        Kind::Text => return text(input),
        Kind::Symbol('[') => {
            let elements = separated(0.., expression, lit(","));
            return delimited(lit("["), elements, lit("]")).map(Expression::Array).parse_next(input);
        }
        Kind::Symbol('{') => return braces(input),
        Kind::Option
        | Kind::Float
        | Kind::Command
        | Kind::Code
        | Kind::Ipv4
        | Kind::Ipv6
        | Kind::Symbol(_) => {
            return reject(input, WANTED);
        }
    };
    input.next_token();
    Ok(simple)
}

/// An integer of an expression; one that 64 bits do not hold is reported.
fn in_64_bits(token: &Token<'_>, input: &mut Input<'_>) -> i64 {
    let number = value(token);
    let held = match token.kind {
        Kind::Hex => {
            token.text.strip_prefix("0x").is_some_and(|digits| i64::from_str_radix(digits, 16).is_ok())
        }
        _ => token.text.parse::<i64>().is_ok(),
    };
    if !held {
        let (what, value) = ("an integer", token.text.to_owned());
        input.state.fault(Fault::OutOfRange { what, value, low: i64::MIN, high: i64::MAX }, token.span);
    }
    number
}

/// What is written like a call inside an expression.
const APPLY: &[&str] = &["htons", "htonl", "inet_addr", "inet6_addr"];

/// `apply '(' expr ')'`
fn apply(input: &mut Input<'_>, name: &Token<'_>) -> Read<Expression> {
    input.next_token();
    let argument = delimited(lit("("), expression, lit(")")).parse_next(input)?;
    match name.text {
        "htonl" => input.state.only(Dialect::Bsd, "`htonl`", name.span),
        "inet6_addr" => input.state.only(Dialect::Google, "`inet6_addr`", name.span),
        _ => {}
    }
    Ok(Expression::Apply(Spanned::new(name.text.into(), name.span), Box::new(argument)))
}

/// `STRING { STRING } | STRING '...'`
fn text(input: &mut Input<'_>) -> Read<Expression> {
    let mut string = kind(Kind::Text, "a string").map(|token: Token<'_>| Box::from(token.text));
    let (strings, span) = spanned(input, |input| {
        let mut strings: Vec<Box<str>> = vec![string.parse_next(input)?];
        while next_but(input, 0).is_some_and(|token| token.kind == Kind::Text) {
            strings.push(string.parse_next(input)?);
        }
        Ok(strings)
    })?;
    if strings.len() > 1 {
        input.state.only(Dialect::Google, "strings side by side", span);
    }
    match strings.as_slice() {
        [one] if next_is(input, "...") => {
            input.next_token();
            Ok(Expression::TextAndMore(one.clone()))
        }
        _ => Ok(Expression::Text(strings)),
    }
}

/// Whatever stands between braces: the token behind the first one says which.
fn braces(input: &mut Input<'_>) -> Read<Expression> {
    lit("{").parse_next(input)?;
    let second = next_but(input, 1).map_or("", |token| token.text);
    let inside = match next_but(input, 0).map_or("", |token| token.text) {
        "..." if second == "," => preceded((lit("..."), lit(",")), expression)
            .map(|length| Expression::IoVec(Box::new(length)))
            .parse_next(input)?,
        "(" if second == "label" => repeat(1.., mpls_entry).map(Expression::Mpls).parse_next(input)?,
        "flags" | "Flags" if second != "=" => gre.map(Expression::Gre).parse_next(input)?,
        _ if is_field(input) => separated(1.., field, lit(",")).map(Expression::Struct).parse_next(input)?,
        _ => {
            let list = spanned(input, |input| separated(1.., expression, lit(",")).parse_next(input));
            let (list, span): (Vec<Argument>, Span) = list?;
            input.state.only(Dialect::Google, "a list between braces", span);
            Expression::List(list)
        }
    };
    lit("}").parse_next(input)?;
    Ok(inside)
}

fn is_field(input: &Input<'_>) -> bool {
    let name =
        next_but(input, 0).is_some_and(|token| token.kind == Kind::Word && !APPLY.contains(&token.text));
    name && next_but(input, 1).is_some_and(|token| matches!(token.text, "=" | "("))
}

/// `field = WORD [ '(' expr ')' ] '=' expr`
fn field(input: &mut Input<'_>) -> Read<Field> {
    let name = kind(Kind::Word, "a field").parse_next(input)?;
    let size = opt(delimited(lit("("), expression, lit(")"))).parse_next(input)?.map(Box::new);
    let value = preceded(lit("="), if name.text == "psk" { key } else { expression }).parse_next(input)?;
    Ok(Field { name: Spanned::new(name.text.into(), name.span), size, value })
}

/// Octets in hexadecimal, be they all decimal digits; a number would lose the zeros in front.
fn key(input: &mut Input<'_>) -> Read<Argument> {
    let mut octets = token(Wanted::Class("octets in hexadecimal"), |token| {
        matches!(token.kind, Kind::Word | Kind::Integer)
    });
    let octets = octets.parse_next(input)?;
    Ok(Argument { node: Expression::Word(octets.text.into()), span: octets.span })
}
