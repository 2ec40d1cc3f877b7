//! What a script's comments say about it: `Proves:`, `Chooses:`, `Departs:`, `Profile:`,
//! `Needs:`.
//!
//! A tag stands first on its comment line. A list of citations may go on in the comment lines right below, as long as
//! they begin with one.
use super::lex::Comment;
use super::span::{Span, Spanned, Word};

/// The tags of a script.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tags {
    /// `Proves: ID ID`: the requirements it checks, catalogue ids or bare places such as `RFC 6298 §2`.
    pub proves: Vec<Word>,
    /// `Chooses: ID`: latitude it takes one side of.
    pub chooses: Vec<Word>,
    /// `Departs: ID why`: where it expects other than the RFC, and why.
    pub departs: Vec<Departure>,
    /// `Profile: linux`: the only profiles that can pass it. Empty: it must hold for any conforming stack.
    pub profiles: Vec<Word>,
    /// `Needs: blind-attack-mitigation`: what a target must offer for the script to say anything of it. Empty: nothing
    /// that a conforming stack may lack.
    pub needs: Vec<Word>,
}

/// A deliberate departure from the RFCs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Departure {
    /// From what.
    pub citations: Vec<Word>,
    /// Why.
    pub reason: Box<str>,
    /// The line of the tag.
    pub span: Span,
}

/// What a list of citations is for.
#[derive(Clone, Copy)]
enum List {
    Proves,
    Chooses,
    Departs,
}

/// Reads the tags out of a script's comments.
pub(super) fn read(source: &str, comments: &[Comment]) -> Tags {
    let mut tags = Tags::default();
    let mut open: Option<(List, u32)> = None;
    for line in comments.iter().flat_map(|comment| lines(source, *comment)) {
        let (text, number) = (line.text(source), line.line);
        let below = open.filter(|&(_, above)| above.checked_add(1) == Some(number));
        open = if let Some((list, rest)) = begins(text) {
            let (citations, reason) = citations(within(line, text, rest), source);
            tags.take(list, citations, reason, line);
            Some((list, number))
        } else if let Some(names) = text.strip_prefix("Profile:") {
            tags.profiles.extend(words(within(line, text, names), source));
            None
        } else if let Some(names) = text.strip_prefix("Needs:") {
            tags.needs.extend(words(within(line, text, names), source));
            None
        } else {
            below.and_then(|(list, _)| {
                let (citations, rest) = citations(line, source);
                let goes_on = !citations.is_empty();
                if goes_on {
                    tags.take_more(list, citations, rest);
                }
                goes_on.then_some((list, number))
            })
        };
    }
    tags
}

impl Tags {
    fn take(&mut self, list: List, citations: Vec<Word>, reason: &str, span: Span) {
        match list {
            List::Departs => self.departs.push(Departure { citations, reason: reason.into(), span }),
            List::Proves | List::Chooses => self.take_more(list, citations, reason),
        }
    }

    fn take_more(&mut self, list: List, citations: Vec<Word>, reason: &str) {
        match list {
            List::Proves => self.proves.extend(citations),
            List::Chooses => self.chooses.extend(citations),
            List::Departs => {
                if let Some(departure) = self.departs.last_mut() {
                    departure.citations.extend(citations);
                    if departure.reason.is_empty() {
                        departure.reason = reason.into();
                    }
                }
            }
        }
    }
}

fn begins(text: &str) -> Option<(List, &str)> {
    let tags = [("Proves:", List::Proves), ("Chooses:", List::Chooses), ("Departs:", List::Departs)];
    tags.into_iter().find_map(|(name, list)| Some((list, text.strip_prefix(name)?)))
}

/// The lines of a comment, without its marks and the blanks around them.
fn lines(source: &str, comment: Comment) -> impl Iterator<Item = Span> {
    let mut start = comment.span.start;
    let mut number = comment.span.line;
    comment.span.text(source).split('\n').map(move |line| {
        let bare = line.trim_start().trim_start_matches(['/', '*']).trim_start();
        let skipped = u32::try_from(line.len() - bare.len()).unwrap_or_default();
        let text = bare.trim_end().trim_end_matches("*/").trim_end();
        let length = u32::try_from(text.len()).unwrap_or_default();
        let span = Span { start: start + skipped, end: start + skipped + length, line: number };
        start += u32::try_from(line.len()).unwrap_or_default() + 1;
        number += 1;
        span
    })
}

/// The span of the tail of a line.
fn within(line: Span, text: &str, rest: &str) -> Span {
    let skipped = u32::try_from(text.len() - rest.len()).unwrap_or_default();
    Span { start: line.start + skipped, ..line }
}

/// Words between blanks and commas, each with its place.
fn words(line: Span, source: &str) -> Vec<Word> {
    let text = line.text(source);
    let parts = text.split([' ', '\t', ',']).filter(|part| !part.is_empty());
    parts.map(|part| Spanned::new(part.into(), place(line, text, part))).collect()
}

fn place(line: Span, text: &str, part: &str) -> Span {
    // Both are slices of one text: the difference of their places is the offset.
    let offset = u32::try_from(part.as_ptr() as usize - text.as_ptr() as usize).unwrap_or_default();
    let length = u32::try_from(part.len()).unwrap_or_default();
    Span { start: line.start + offset, end: line.start + offset + length, line: line.line }
}

/// The citations that a line begins with, and what follows them.
fn citations(line: Span, source: &str) -> (Vec<Word>, &str) {
    let text = line.text(source);
    let mut rest = text.trim_start_matches([' ', '\t']);
    let mut found = Vec::new();
    while let Some(length) = citation(rest) {
        let (this, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        found.push(Spanned::new(this.into(), place(line, text, this)));
        rest = after.trim_start_matches([' ', '\t', ',', ';', '.']);
    }
    (found, rest.trim_start_matches([':', ' ', '-', '\u{2014}']))
}

/// The length of the citation that a text begins with: `RFC9293:MUST-40`, or `RFC 6298 §2` with perhaps more places
/// and labels behind it.
fn citation(text: &str) -> Option<usize> {
    let after = text.strip_prefix("RFC")?;
    let bare = after.trim_start_matches(' ');
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    let rest = bare.get(digits..).filter(|_| digits > 0)?;
    if let Some(label) = rest.strip_prefix(':') {
        let label = label.split([' ', '\t', ',', ';']).next().unwrap_or_default();
        let label = label.trim_end_matches(['.', ':', ')']);
        return (!label.is_empty()).then(|| text.len() - rest.len() + 1 + label.len());
    }
    // A bare place: sections, steps and labels, as many as there are.
    let mut end = text.len() - rest.len();
    for part in rest.split(' ').skip(1) {
        let bare = part.trim_end_matches([',', ';', '.']);
        let place = bare.starts_with(['§', '(']) || is_label(bare);
        if !place {
            break;
        }
        let start = part.as_ptr() as usize - text.as_ptr() as usize;
        end = start + bare.len();
        if bare.len() < part.len() {
            break;
        }
    }
    Some(end)
}

/// `MUST-13`, `SHLD-2a`, `MAY-1`, `REC-1`.
fn is_label(text: &str) -> bool {
    let labels = ["MUST-", "SHLD-", "MAY-", "REC-"];
    labels.iter().any(|label| {
        text.strip_prefix(label).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use crate::script::{ParseOptions, parse};

    fn proves(text: &str) -> Vec<String> {
        let parsed = parse(&format!("{text}\n0 `true`\n"), &ParseOptions::default());
        parsed.script.tags.proves.iter().map(|id| id.node.to_string()).collect()
    }

    #[test]
    fn citations_are_lists() {
        for (text, ids) in [
            ("// Proves: RFC9293:MUST-13", vec!["RFC9293:MUST-13"]),
            ("// Proves: RFC9293:MUST-13, RFC9293:MUST-4a.", vec!["RFC9293:MUST-13", "RFC9293:MUST-4a"]),
            (
                "// Proves: RFC768:fields-length\n//  RFC 6298 §2 (2.3)",
                vec!["RFC768:fields-length", "RFC 6298 §2 (2.3)"],
            ),
            ("/*\n * Proves: RFC 9293 §3.10.7.4 SHLD-31.\n */", vec!["RFC 9293 §3.10.7.4 SHLD-31"]),
            // A line between ends the list, and so does one that begins with something else.
            ("// Proves: RFC9293:MUST-1\n\n// RFC9293:MUST-2", vec!["RFC9293:MUST-1"]),
            ("// Proves: RFC9293:MUST-1\n// and see RFC9293:MUST-2", vec!["RFC9293:MUST-1"]),
            ("// It Proves: RFC9293:MUST-1", vec![]),
        ] {
            assert_eq!(proves(text), ids, "{text}");
        }
    }

    #[test]
    fn departures_say_why() {
        let text = "// Departs: RFC9293:MUST-1: the peer is deaf.\n// Profile: linux freebsd\n0 `true`\n";
        let tags = parse(text, &ParseOptions::default()).script.tags;
        assert_eq!(tags.departs.len(), 1);
        assert_eq!(tags.departs.first().map(|it| &*it.reason), Some("the peer is deaf."));
        let profiles: Vec<&str> = tags.profiles.iter().map(|name| &*name.node).collect();
        assert_eq!(profiles, ["linux", "freebsd"]);
        // A word knows where it stands.
        assert_eq!(tags.profiles.first().map(|name| name.span.text(text)), Some("linux"));
    }

    #[test]
    fn needs_are_names() {
        let tags = parse("// Needs: urgent, ipv6\n0 `true`\n", &ParseOptions::default()).script.tags;
        let needs: Vec<&str> = tags.needs.iter().map(|name| &*name.node).collect();
        assert_eq!(needs, ["urgent", "ipv6"]);
    }
}
