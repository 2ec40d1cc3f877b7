//! The text of a script, and how it is shown to a reader.
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::span::Span;

/// The longest line that is shown to a reader, in octets.
const WIDEST: usize = 2_000;

/// A script's name and text. Cheap to clone: diagnostics carry their source with them.
#[derive(Clone, Default)]
pub struct Source(Arc<Inner>);

#[derive(Default)]
struct Inner {
    name: String,
    text: String,
    /// The text made safe to show, once someone asks.
    shown: OnceLock<String>,
}

impl Source {
    /// Pairs a text with the name of the file it came from.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        Self(Arc::new(Inner { name: name.to_owned(), text: text.to_owned(), shown: OnceLock::new() }))
    }

    /// The name of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The text as it stands.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Line and column of an octet, both counted from one; columns count characters.
    #[must_use]
    pub fn position(&self, octet: usize) -> (usize, usize) {
        let mut octet = octet.min(self.0.text.len());
        while !self.0.text.is_char_boundary(octet) {
            octet -= 1;
        }
        let (before, _) = self.0.text.split_at(octet);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(start..).map_or(0, |line| line.chars().count());
        (before.bytes().filter(|&octet| octet == b'\n').count() + 1, column + 1)
    }

    /// The line that a span starts on, without its end, as it stands.
    #[must_use]
    pub fn line(&self, span: Span) -> &str {
        let (line, _) = self.position(span.start as usize);
        self.0.text.split('\n').nth(line - 1).unwrap_or_default()
    }

    /// `sentence` with the place of a span but not its lines, where one of these or their neighbours is longer than
    /// anybody reads; `None` where they can be shown.
    #[must_use]
    pub fn too_wide(&self, span: Span, sentence: &str) -> Option<String> {
        let text = self.0.text.as_bytes();
        let (before, rest) = text.split_at_checked(span.start as usize)?;
        let (inside, after) = rest.split_at_checked(span.len())?;
        let start =
            before.rsplitn(3, |octet| *octet == b'\n').take(2).map(|line| line.len() + 1).sum::<usize>();
        let end = after.splitn(3, |octet| *octet == b'\n').take(2).map(|line| line.len() + 1).sum::<usize>();
        let from = before.len().saturating_sub(start);
        let to = (before.len() + inside.len() + end).min(text.len());
        let widest = text.get(from..to)?.split(|octet| *octet == b'\n').map(<[u8]>::len).max()?;
        let (line, column) = self.position(span.start as usize);
        let name = escaped(self.name());
        (widest > WIDEST).then(|| format!("  × {sentence}\n   ╰─[{name}:{line}:{column}]\n"))
    }

    /// The text, safe to show in a terminal: every control character is replaced by one of the same width in octets,
    /// so that spans still fit.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.0.shown.get_or_init(|| self.0.text.chars().map(visible).collect())
    }
}

/// A character that does nothing to a terminal, of the same UTF-8 length.
fn visible(character: char) -> char {
    match character {
        '\n' | '\t' => character,
        '\0'..='\x1f' | '\x7f' => '?',
        '\u{80}'..='\u{9f}' => '\u{bf}',
        // Marks that turn the reading direction, and line separators.
        '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
            '\u{fffd}'
        }
        _ => character,
    }
}

/// A character that does something where it is shown, rather than be seen: a control character, one that turns the
/// direction of what follows, one that breaks a line.
pub(crate) fn acts(character: char) -> bool {
    let turns = matches!(
        character,
        '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    );
    character.is_control() || turns
}

/// Text that does nothing to a terminal: whatever came from a script, a capture or a file's name is shown so.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if acts(character) {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, {} octets)", self.name(), self.text().len())
    }
}

impl miette::SourceCode for Source {
    /// The lines around a span, made safe for a terminal.
    fn read_span<'a>(
        &'a self,
        span: &miette::SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let contents = self.shown().as_bytes().read_span(span, lines_before, lines_after)?;
        Ok(Box::new(miette::MietteSpanContents::new_named(
            escaped(self.name()),
            contents.data(),
            *contents.span(),
            contents.line(),
            contents.column(),
            contents.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, Span, escaped};

    #[test]
    fn lines_that_nobody_reads_are_not_shown() {
        let wide = "a".repeat(3_000);
        let text = format!("one\ntwo\nthree\n{wide}\nfive\n");
        let source = Source::new("x.pkt", &text);
        for (line, at, shown) in [(2, 4, true), (3, 8, false), (4, 14, false), (5, 3_015, false)] {
            let place = source.too_wide(Span { start: at, end: at + 1, line }, "no");
            assert_eq!(place, (!shown).then(|| format!("  × no\n   ╰─[x.pkt:{line}:1]\n")));
        }
    }

    #[test]
    fn no_control_character_survives() {
        assert_eq!(escaped("a\x1b[31mb\u{202e}\u{9b}c"), "a\\u{1b}[31mb\\u{202e}\\u{9b}c");
    }
}
