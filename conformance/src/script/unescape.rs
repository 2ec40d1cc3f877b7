//! The octets that a string stands for. Escapes are read when a call is made, not when the script is.
use super::dialect::Dialect;

/// An escape that the dialect does not have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the {dialect} dialect has no escape `\\{escape}` (at octet {at} of the string)")]
pub struct BadEscape {
    /// The character behind the backslash; a backslash at the end of the string counts as escaping nothing.
    pub escape: char,
    /// Where the backslash stands, in octets.
    pub at: usize,
    /// The dialect.
    pub dialect: Dialect,
}

/// Reads the escapes of a string.
///
/// Both dialects have `\f \n \r \t \v`. Google's also has `\xHH`, and reads `\\` and `\"` as a form feed, as its tool
/// does; the BSD one reads them as what they say.
///
/// # Errors
/// [`BadEscape`] if there is another escape.
pub fn unescape(text: &str, dialect: Dialect) -> Result<Vec<u8>, BadEscape> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.char_indices();
    while let Some((at, character)) = rest.next() {
        if character != '\\' {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let escape = rest.next().map_or('\\', |(_, escape)| escape);
        let octet = match (escape, dialect) {
            ('f', _) | ('\\' | '"', Dialect::Google) => Some(0x0c),
            ('n', _) => Some(b'\n'),
            ('r', _) => Some(b'\r'),
            ('t', _) => Some(b'\t'),
            ('v', _) => Some(0x0b),
            ('\\', Dialect::Bsd) => Some(b'\\'),
            ('"', Dialect::Bsd) => Some(b'"'),
            ('x', Dialect::Google) => two_digits(&mut rest),
            _ => None,
        };
        out.push(octet.ok_or(BadEscape { escape, at, dialect })?);
    }
    Ok(out)
}

/// Exactly two hexadecimal digits.
fn two_digits(rest: &mut std::str::CharIndices<'_>) -> Option<u8> {
    let mut digit = || rest.next().and_then(|(_, digit)| digit.to_digit(16));
    let (high, low) = (digit()?, digit()?);
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use super::{BadEscape, Dialect, unescape};

    #[test]
    fn the_dialects_differ() {
        for (text, google, bsd) in [
            ("plain", Some(&b"plain"[..]), Some(&b"plain"[..])),
            (r"a\nb\t", Some(b"a\nb\t"), Some(b"a\nb\t")),
            (r"\x41\x00", Some(b"A\0"), None),
            (r#"\\\""#, Some(b"\x0c\x0c"), Some(b"\\\"")),
            (r"\q", None, None),
            (r"\x4", None, None),
            ("\u{e9}", Some("\u{e9}".as_bytes()), Some("\u{e9}".as_bytes())),
        ] {
            assert_eq!(unescape(text, Dialect::Google).ok().as_deref(), google, "google {text}");
            assert_eq!(unescape(text, Dialect::Bsd).ok().as_deref(), bsd, "bsd {text}");
        }
    }

    #[test]
    fn a_bad_escape_says_where() {
        let bad = BadEscape { escape: 'q', at: 2, dialect: Dialect::Bsd };
        assert_eq!(unescape(r"ab\q", Dialect::Bsd), Err(bad));
    }
}
