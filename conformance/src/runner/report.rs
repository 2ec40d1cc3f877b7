//! How a run ended.
use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use super::failure::{Failure, ScriptError, Stop};
use super::socket::Socket;
use super::{RunOptions, Variant};
use crate::constants::Abi;
use crate::script::{Dialect, Parsed, Script, Severity, Source, Span, escaped};
use crate::target::{Capability, Profile, Target, Unsupported};
use crate::trace::Trace;

/// The word for how a run ended.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything was as the script expects.
    Pass,
    /// The stack did something else.
    Fail,
    /// Nothing can be said.
    Inconclusive,
    /// Something that the script needs is missing.
    Unsupported,
    /// The script makes no sense.
    Error,
}

impl Verdict {
    /// As reports spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Unsupported => "unsupported",
            Self::Error => "error",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How a run ended, with what a reader needs to mend the stack or the script.
#[derive(Clone, Debug)]
pub enum Ending {
    /// Everything was as the script expects.
    Passed,
    /// The stack did something else.
    Failed(Box<Failure>),
    /// Something that the script needs is missing.
    Unsupported(Unsupported, Span),
    /// The script makes no sense.
    Wrong(ScriptError, Span),
    /// Nothing can be said, and why.
    Inconclusive(Cow<'static, str>, Span),
}

/// One script, run until its verdict stood.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// The text that was run.
    pub source: Source,
    /// In which dialect.
    pub dialect: Dialect,
    /// In which variant.
    pub variant: Variant,
    /// Against which target, by name.
    pub target: String,
    /// Which stack's choices it made; `None` for a target that is a stack of its own.
    pub profile: Option<Profile>,
    /// How it ended.
    pub ending: Ending,
    /// What differed, where the script asked for no more than a warning.
    pub warnings: Vec<Failure>,
    /// What the script's code printed, at most a mebibyte of it if the code ran here.
    pub printed: String,
    /// The requirement ids that the script is tagged with.
    pub requirements: Vec<String>,
    /// Whose numbers the calls of the trace speak.
    pub abi: Abi,
    /// How much time passed at the target, in microseconds.
    pub virtual_us: u64,
    /// Whether time was real.
    pub is_live: bool,
    /// How late this program was at worst; never if time is virtual.
    pub late: Duration,
    /// How often it was run before, when this program was late.
    pub retries: u32,
    /// What happened.
    pub trace: Trace,
    /// Whether UDP datagrams of the trace carry segments.
    pub(super) tcp_in_udp: bool,
    /// The connections of the script, whose numbers the trace's packets are shown in.
    pub(super) sockets: Vec<Socket>,
}

impl RunReport {
    pub(super) fn new(script: &Script, options: &RunOptions, target: &dyn Target) -> Self {
        Self {
            source: script.source.clone(),
            dialect: script.dialect,
            variant: options.variant,
            target: target.name().to_owned(),
            profile: target.capabilities().contains(&Capability::Profiles).then_some(options.profile),
            ending: Ending::Passed,
            warnings: Vec::new(),
            printed: String::new(),
            requirements: script.tags.proves.iter().map(|word| word.node.to_string()).collect(),
            abi: target.abi(),
            virtual_us: 0,
            is_live: !target.is_virtual(),
            late: Duration::ZERO,
            retries: 0,
            trace: Trace::new(),
            tcp_in_udp: false,
            sockets: Vec::new(),
        }
    }

    /// The report of a script that does not parse, and so was not run: the first of its faults.
    #[must_use]
    pub fn unparsed(parsed: &Parsed, options: &RunOptions, target: &dyn Target) -> Self {
        let mut faults = parsed.diagnostics.iter();
        let fault = faults.find(|fault| fault.severity() == Severity::Error);
        let (said, span) = fault.map_or_else(Default::default, |fault| (fault.to_string(), fault.span));
        Self::new(&parsed.script, options, target).ended(Stop::Wrong(ScriptError::Parse(said), span))
    }

    pub(super) fn ended(mut self, stop: Stop) -> Self {
        self.ending = match stop {
            Stop::Failed(failure) => Ending::Failed(failure),
            Stop::Unsupported(missing, span) => Ending::Unsupported(missing, span),
            Stop::Wrong(error, span) => Ending::Wrong(error, span),
            Stop::Inconclusive(why, span) => Ending::Inconclusive(why, span),
        };
        self
    }

    /// The word for how it ended.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self.ending {
            Ending::Passed => Verdict::Pass,
            Ending::Failed(_) => Verdict::Fail,
            Ending::Unsupported(..) => Verdict::Unsupported,
            Ending::Wrong(..) => Verdict::Error,
            Ending::Inconclusive(..) => Verdict::Inconclusive,
        }
    }

    /// What of the script it is about, if it is about one place.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        let span = match &self.ending {
            Ending::Passed => return None,
            Ending::Failed(failure) => failure.span,
            Ending::Unsupported(_, span) | Ending::Wrong(_, span) | Ending::Inconclusive(_, span) => *span,
        };
        (!span.is_empty()).then_some(span)
    }

    /// The line it is about.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        self.span().map(|span| span.line)
    }

    /// Why it did not pass, in a sentence without control characters.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let said = match &self.ending {
            Ending::Passed => return None,
            Ending::Failed(failure) => match failure.differences.as_slice() {
                [] => failure.reason.to_string(),
                differences => {
                    let all: Vec<_> = differences.iter().map(ToString::to_string).collect();
                    all.join("; ")
                }
            },
            Ending::Unsupported(missing, _) => missing.0.clone(),
            Ending::Wrong(error, _) => error.to_string(),
            Ending::Inconclusive(why, _) => why.clone().into_owned(),
        };
        Some(escaped(&said))
    }
}

/// Text of a script on one line, its comments left out where they end a line, blanks joined.
pub(super) fn one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_once("//").map_or(line, |(before, _)| before));
    let words: Vec<_> = lines.flat_map(str::split_whitespace).collect();
    escaped(&words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn an_event_fits_a_line() {
        assert_eq!(one_line("+0  > S. 0:0(0) // comment\n      ack 1"), "+0 > S. 0:0(0) ack 1");
    }
}
