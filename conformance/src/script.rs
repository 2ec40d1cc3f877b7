//! The packetdrill language: text to tree and back, and what is wrong with a script, said so that its author can
//! mend it.
//!
//! A script is a list of events, each at a time. A packet is injected (`<`) or expected (`>`), a system call is made
//! and its answer compared, a shell command is run, or assertions are made about the connection:
//!
//! ```text
//! --tolerance_usecs=10000                                   options
//! `sysctl -q net.ipv4.tcp_sack=1`                           a command before everything
//!
//! 0     socket(..., SOCK_STREAM, IPPROTO_TCP) = 3           a call at script time 0
//! +0.1  < S   0:0(0)     win 65535 <mss 1460>               injected 0.1 s after the event before
//! +0    > S.  0:0(0)     ack 1 <...>                        expected; `<...>` is any options
//! *     > .   1:1(0)     ack 1                              expected at any time
//! +1~+3 > P.  1:101(100) ack 1                              expected within a range
//! +0 ... 0.2 read(4, ..., 100) = 100                        a call that blocks until 0.2
//! +0    %{ assert tcpi_unacked == 1 }%                      assertions about the connection
//! ```
//!
//! Sequence numbers are relative to the initial ones, except in packets with SYN; a segment says `start:end(length)`.
//! What a packet does not say is not judged, but for the options: none written means none sent.
//!
//! Ours alone, and flagged by [`lint`] as not portable: `>? packet` may be sent here; `> A | B` either; `>! 0.5`
//! nothing is sent for so long; `P?.` a flag that may be set or not; `a~b` and `...` for a number that is left open.
//!
//! ```
//! use stackdrill::script::{ParseOptions, parse, print};
//!
//! let text = "0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0  < S 0:0(0) win 65535\n";
//! let parsed = parse(text, &ParseOptions::default());
//! assert!(parsed.is_ok());
//! assert_eq!(parsed.script.events.len(), 2);
//!
//! // What is printed reads back as the same script.
//! let again = parse(&print(&parsed.script), &ParseOptions::default());
//! assert_eq!(again.script, parsed.script);
//!
//! // A script that cannot be read says why; several faults at once.
//! let broken = parse("0 < S 0:0(0)\n+0 > S. 0:1(0) ack 1\n", &ParseOptions::default());
//! let said: Vec<String> = broken.diagnostics.iter().map(ToString::to_string).collect();
//! assert_eq!(said, [
//!     "an injected segment needs a window",
//!     "the sequence numbers do not add up: 0 + 0 is 0, not 1",
//! ]);
//! ```
mod check;
mod diagnostic;
mod dialect;
mod fmt;
mod grammar;
mod hints;
mod keywords;
mod lex;
mod lint;
mod options;
mod print;
mod source;
mod span;
mod symbols;
mod tags;
#[cfg(test)]
mod tests;
mod tree;
mod unescape;

use std::collections::BTreeMap;

pub use diagnostic::{Diagnostic, Fault, Severity};
pub use dialect::Dialect;
pub use fmt::format;
pub use lint::lint;
pub use options::{OPTIONS, OptionForm, Takes, option_form};
pub use print::{print, print_encapsulation, print_event, print_option, print_packet};
pub(crate) use source::acts;
pub use source::{Source, escaped};
pub use span::{Span, Spanned, Word};
pub use tags::{Departure, Tags};
pub(crate) use tree::icmp_names;
pub use tree::*;
pub use unescape::{BadEscape, unescape};

/// The longest script that is read, in octets. The longest in the wild have a few dozen kilobytes.
pub const MOST_OCTETS: usize = 16 << 20;

/// How deep expressions may stand in one another.
pub const MOST_NESTED: usize = 64;

/// How many faults of one script are reported.
pub const MOST_FAULTS: usize = 100;

/// How a script is read.
#[derive(Clone, Debug, Default)]
pub struct ParseOptions {
    /// The name shown in diagnostics.
    pub name: String,
    /// The dialect. `None`: Google's, or the BSD one if only that reads the script without an error, or if the script
    /// says that it is FreeBSD's (`// Profile: freebsd`).
    pub dialect: Option<Dialect>,
    /// Symbols defined from outside (`-D NAME=VALUE`); they win over the script's own.
    pub defines: BTreeMap<String, String>,
}

/// A script and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// What could be read.
    pub script: Script,
    /// What is wrong, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// Whether there is no error: the script can be run.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error)
    }
}

/// Reads a script. Never fails: the tree holds what could be read, the diagnostics say what could not.
#[must_use]
pub fn parse(source: &str, options: &ParseOptions) -> Parsed {
    let source = Source::new(&options.name, source);
    if let Some(dialect) = options.dialect {
        return parse_as(source, options, dialect);
    }
    let google = parse_as(source.clone(), options, Dialect::Google);
    let profiles = &google.script.tags.profiles;
    let freebsd = !profiles.is_empty() && profiles.iter().all(|profile| &*profile.node == "freebsd");
    if google.is_ok() && !freebsd {
        return google;
    }
    let bsd = parse_as(source, options, Dialect::Bsd);
    if bsd.is_ok() { bsd } else { google }
}

/// Reads a script from a file's octets. What is not UTF-8 is a fault, and replaced.
#[must_use]
pub fn parse_octets(octets: &[u8], options: &ParseOptions) -> Parsed {
    let text = String::from_utf8_lossy(octets);
    let mut parsed = parse(&text, options);
    if let Err(error) = std::str::from_utf8(octets) {
        let at = error.valid_up_to();
        let octet = octets.get(at).copied().unwrap_or_default();
        let (line, _) = parsed.script.source.position(at);
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span { start: place(at), end: place(at + '\u{fffd}'.len_utf8()), line: place(line) };
        let origin = parsed.script.source.clone();
        // What else is wrong with a file that is no text is no news.
        parsed.diagnostics = vec![Diagnostic { fault: Fault::NotUtf8 { octet }, span, origin }];
    }
    parsed
}

fn parse_as(source: Source, options: &ParseOptions, dialect: Dialect) -> Parsed {
    let octets = source.text().len();
    if octets > MOST_OCTETS {
        let fault = Fault::TooLong { octets, most: MOST_OCTETS };
        let diagnostics = vec![Diagnostic { fault, span: Span::default(), origin: source.clone() }];
        return Parsed { script: Script { dialect, source, ..Script::default() }, diagnostics };
    }
    let lexed = lex::lex(source.text());
    let (mut script, mut faults) = grammar::script(lexed.tokens, &options.defines, dialect);
    faults.extend(lexed.faults);
    faults.extend(check::script(&script));
    script.tags = tags::read(source.text(), &lexed.comments);
    let diagnostics = ordered(faults, &source);
    script.source = source;
    Parsed { script, diagnostics }
}

/// What does not end swallows what it should have left: the next thing out of place there is no news.
fn follow_on(faults: &mut Vec<(Fault, Span)>) {
    let endless = faults.iter().find_map(|(fault, span)| match fault {
        Fault::EndlessText
        | Fault::EndlessCommand
        | Fault::EndlessComment { .. }
        | Fault::EndlessCode { .. } => Some(span.line),
        _ => None,
    });
    if let Some(line) = endless {
        let near = line..=line.saturating_add(1);
        faults
            .retain(|(fault, span)| !matches!(fault, Fault::Unexpected { .. }) || !near.contains(&span.line));
    }
}

/// Faults in the order of the file, each once, and not too many.
fn ordered(mut faults: Vec<(Fault, Span)>, source: &Source) -> Vec<Diagnostic> {
    faults.sort_by_key(|(_, span)| (span.start, span.end));
    follow_on(&mut faults);
    faults.dedup_by(|one, other| one.0 == other.0 && one.1.start == other.1.start);
    if let Some((_, span)) = faults.get(MOST_FAULTS).cloned() {
        faults.truncate(MOST_FAULTS);
        faults.push((Fault::TooMany { most: MOST_FAULTS }, span));
    }
    faults.into_iter().map(|(fault, span)| Diagnostic { fault, span, origin: source.clone() }).collect()
}
