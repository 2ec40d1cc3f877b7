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
    pub(super) fn substitute<'s>(
        &'s self,
        tokens: &mut [Token<'s>],
        dialect: Dialect,
        faults: &mut Vec<(Fault, Span)>,
    ) -> BTreeSet<&'s str> {
        let mut used = BTreeSet::new();
        if self.0.is_empty() {
            return used;
        }
        let mut before = "";
        for (at, token) in tokens.iter_mut().enumerate() {
            if at > 0
                && token.kind == Kind::Word
                && let Some((name, (kind, text))) = self.0.get_key_value(token.text)
                && !keywords::is_keyword(dialect, token.text)
            {
                // Google's tool has the word that a symbol stands for, of a number only the symbol's name.
                if takes_octets(before) && (dialect == Dialect::Bsd || *kind != Kind::Word) {
                    faults.push((Fault::SymbolForOctets { name: name.clone() }, token.span));
                }
                (token.kind, token.text) = (*kind, text);
                used.insert(name.as_str());
            }
            before = token.text;
        }
        used
    }
}

/// Whether octets in hexadecimal may stand behind this word.
fn takes_octets(word: &str) -> bool {
    let named = matches!(word, "FO" | "FOEXP" | "EXP-FO" | "exp-FO" | "md5");
    named || word.starts_with("gen-") || (word.starts_with("exp-") && word != "exp-tarr")
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

/// An integer as C's `strtol` reads it: blanks and a sign may stand before it, `0x` is hexadecimal, a leading zero octal.
fn c_integer(text: &str) -> Option<i64> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => (16, hex),
        None if digits.len() > 1 && digits.starts_with('0') => (8, digits),
        None => (10, digits),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(digits, radix).ok().map(|magnitude| sign * magnitude)
}

/// Whether a token behind `before` and only options before that is part of one: its name, its value, or what binds them.
fn belongs_to_options(token: &Token<'_>, before: Option<&Token<'_>>) -> bool {
    token.kind == Kind::Option || token.text == "=" || before.is_some_and(|before| before.text == "=")
}

/// Takes out what `#ifdef` says to skip, and the marks themselves. Only the BSD dialect has them. Gives the names that
/// were asked for.
///
/// The script's own definitions take effect once the first token behind the options has been read.
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
    let mut own: Vec<&'s str> = own.filter_map(|three| three.get(2)).map(|token| token.text).collect();

    let mut open: Option<(Span, bool)> = None;
    let mut kept: Vec<Token<'s>> = Vec::with_capacity(tokens.len());
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
            _ => {
                if !belongs_to_options(&token, kept.last()) {
                    known.extend(own.drain(..));
                }
                kept.push(token);
            }
        }
    }
    if let Some((span, _)) = open {
        faults.push((Fault::EndlessIfdef, span));
    }
    *tokens = kept;
    asked
}
