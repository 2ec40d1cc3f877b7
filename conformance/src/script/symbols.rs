//! Symbols: words that stand for something else, and the text that depends on whether one is defined.
//!
//! A symbol stands for one token, which is never read again: a word that spells `nop` is still no option.
use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Fault;
use super::dialect::Dialect;
use super::keywords;
use super::lex::{Kind, Token};
use super::span::Span;
use super::tree::{OptionValue, ScriptOption};

/// What each symbol stands for.
pub(super) struct Symbols(BTreeMap<String, (Kind, String)>);

impl Symbols {
    /// The script's own definitions, and those from outside, which win.
    pub(super) fn new(
        options: &[ScriptOption],
        outside: &BTreeMap<String, String>,
        dialect: Dialect,
    ) -> Self {
        let own = options.iter().filter_map(|option| match &option.value {
            Some(OptionValue::Define(name, value)) => Some((name.to_string(), value.to_string())),
            _ => None,
        });
        let outside = outside.iter().map(|(name, value)| (name.clone(), value.clone()));
        Self(own.chain(outside).map(|(name, value)| (name, stands_for(&value, dialect))).collect())
    }

    /// The tokens with every symbol replaced, and the names of those that were.
    ///
    /// The first token has been read before the definitions take effect, and is left alone.
    pub(super) fn substitute<'s>(&'s self, tokens: &mut [Token<'s>], dialect: Dialect) -> BTreeSet<&'s str> {
        let mut used = BTreeSet::new();
        if self.0.is_empty() {
            return used;
        }
        for token in tokens.iter_mut().skip(1).filter(|token| token.kind == Kind::Word) {
            if let Some((name, (kind, text))) = self.0.get_key_value(token.text)
                && !keywords::is_keyword(dialect, token.text)
            {
                (token.kind, token.text) = (*kind, text);
                used.insert(name.as_str());
            }
        }
        used
    }
}

/// The token that a definition's value makes.
fn stands_for(value: &str, dialect: Dialect) -> (Kind, String) {
    let between = |mark: char| value.strip_prefix(mark)?.strip_suffix(mark);
    if let Some(text) = between('"') {
        return (Kind::Text, text.to_owned());
    }
    if let Some(text) = between('`') {
        return (Kind::Command, text.to_owned());
    }
    match dialect {
        Dialect::Google => c_integer(value)
            .map_or_else(|| (Kind::Word, value.to_owned()), |integer| (Kind::Integer, integer.to_string())),
        Dialect::Bsd if value.starts_with("0x") => (Kind::Hex, value.to_owned()),
        Dialect::Bsd if value.starts_with(|first: char| first.is_ascii_digit()) => {
            let digits = value.bytes().take_while(u8::is_ascii_digit).count();
            (Kind::Integer, value.get(..digits).unwrap_or_default().to_owned())
        }
        Dialect::Bsd => (Kind::Word, value.to_owned()),
    }
}

/// An integer as C writes it: `0x` is hexadecimal, a leading zero octal.
fn c_integer(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let lower = digits.to_ascii_lowercase();
    let magnitude = if let Some(hex) = lower.strip_prefix("0x") {
        i64::from_str_radix(hex, 16).ok()?
    } else if digits.len() > 1 && digits.starts_with('0') {
        i64::from_str_radix(digits, 8).ok()?
    } else {
        digits.parse().ok()?
    };
    Some(sign * magnitude)
}

/// Takes out what `#ifdef` says to skip, and the marks themselves. Only the BSD dialect has them. Gives the names that
/// were asked for.
pub(super) fn choose<'s>(
    tokens: &mut Vec<Token<'s>>,
    outside: &BTreeMap<String, String>,
    dialect: Dialect,
    faults: &mut Vec<(Fault, Span)>,
) -> BTreeSet<&'s str> {
    let mut asked = BTreeSet::new();
    if !tokens.iter().any(|token| token.kind == Kind::Symbol('#')) {
        return asked;
    }
    let mut known: BTreeSet<&str> = outside.keys().map(String::as_str).collect();
    // The system that the BSD dialect's scripts are for.
    known.insert("FreeBSD");
    let own = tokens.windows(3).filter(|three| {
        matches!(three, [option, equals, _] if option.kind == Kind::Option && option.text == "define" && equals.text == "=")
    });
    let own: Vec<&'s str> = own.filter_map(|three| three.get(2)).map(|token| token.text).collect();
    known.extend(own);

    let mut open: Option<(Span, bool)> = None;
    let mut kept = Vec::with_capacity(tokens.len());
    let mut rest = tokens.iter().copied().peekable();
    while let Some(token) = rest.next() {
        let mark = rest.peek().filter(|_| token.kind == Kind::Symbol('#')).map(|next| next.text);
        match mark {
            Some("ifdef") => {
                let _ = rest.next();
                let name = rest.next().map_or("", |name| name.text);
                asked.insert(name);
                if dialect != Dialect::Bsd {
                    let fault = Fault::OtherDialect { what: "`#ifdef`", dialect: Dialect::Bsd };
                    faults.push((fault, token.span));
                }
                if open.is_some() {
                    faults.push((Fault::NestedIfdef, token.span));
                }
                open = Some((token.span, known.contains(name)));
            }
            Some("endif") => {
                let _ = rest.next();
                if open.take().is_none() {
                    faults.push((Fault::StrayEndif, token.span));
                }
            }
            _ if open.is_some_and(|(_, taken)| !taken) => {}
            _ => kept.push(token),
        }
    }
    if let Some((span, _)) = open {
        faults.push((Fault::EndlessIfdef, span));
    }
    *tokens = kept;
    asked
}
