//! Slips that people make often, recognised by what was found where something else was wanted.
use super::diagnostic::nearest;
use super::grammar::{AFTER_OPTION, TIME, Wanted};
use super::lex::{Kind, Token};

/// A token as a message names it.
pub(super) fn describe(token: &Token<'_>) -> String {
    let text: String = token.text.chars().take(40).collect();
    match token.kind {
        Kind::Text => format!("the string \"{text}\""),
        Kind::Command => "a command".to_owned(),
        Kind::Code => "code".to_owned(),
        Kind::Option => format!("option `--{text}`"),
        Kind::Ipv4 | Kind::Ipv6 => format!("the address `{text}`"),
        Kind::Word | Kind::Ellipsis | Kind::Float | Kind::Integer | Kind::Hex | Kind::Symbol(_) => {
            format!("`{text}`")
        }
    }
}

/// What the author may have meant, given what stands there, what stands before it and what could have stood there.
pub(super) fn unexpected(
    found: Option<&Token<'_>>,
    before: Option<&Token<'_>>,
    wanted: &[Wanted],
) -> Option<String> {
    let found = found?;
    let literals: Vec<&'static str> = wanted
        .iter()
        .filter_map(|one| match one {
            Wanted::Literal(text) => Some(*text),
            Wanted::Class(_) => None,
        })
        .collect();
    let adjacent = before.is_some_and(|before| before.span.end == found.span.start);
    let before_text = before.map_or("", |before| before.text);
    let before_kind = before.map(|before| before.kind);
    let fixed = match (found.kind, found.text) {
        (Kind::Symbol('>'), _) if before_text == "<" => {
            "a segment without options is written without `<>`; `<...>` accepts any"
        }
        (Kind::Option, _) => "options stand at the start of a script, before its first event",
        (Kind::Symbol('.'), _) if adjacent && before_kind == Some(Kind::Integer) => {
            "a fraction needs a digit behind the point: `5.0`"
        }
        (Kind::Float, _) if before_text == "=" => "quote the value: `--name=\"12.5\"`",
        (Kind::Symbol('-' | '/' | ','), _) if wanted.contains(&AFTER_OPTION) => {
            "a value with such a character must be quoted: `--name=\"a-b\"`"
        }
        (Kind::Float, _) if matches!(before_text, "." | "<" | ">") => {
            "put a blank between the dot and the digit"
        }
        (Kind::Symbol(':'), _) if before_kind == Some(Kind::Float) && before_text.starts_with('.') => {
            "a digit right behind the dot is an ACE count: put a blank between them"
        }
        (Kind::Symbol('/'), _) if adjacent && before_text == "*" => {
            "no comment ends here: comments do not stand in one another"
        }
        (Kind::Word, text)
            if wanted.contains(&TIME) && text.starts_with(|first: char| first.is_ascii_digit()) =>
        {
            "a time is a decimal number without exponent, and a blank stands behind it"
        }
        (Kind::Symbol('|'), _) if literals.contains(&")") => "a note holds words alone",
        (Kind::Symbol('\''), _) => "a note holds words alone: leave out the apostrophe",
        (Kind::Symbol('#'), _) => "comments begin with `//`",
        (Kind::Word, text) => return slip(text, before_text, &literals),
        _ => return None,
    };
    Some(fixed.to_owned())
}

/// A word that is nearly one of those wanted, or stands too late.
fn slip(text: &str, before: &str, literals: &[&'static str]) -> Option<String> {
    const FIELDS: [&str; 3] = ["ack", "win", "urg"];
    if let Some(near) = nearest(text, literals.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    // Behind another field's name it is a number that is missing.
    let late = FIELDS.contains(&text) && !FIELDS.contains(&before);
    late.then(|| "the order is fixed: `ack`, then `win`, then `urg`, then the options".to_owned())
}
