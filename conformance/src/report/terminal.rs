//! A run that did not pass, for a person: the place in the script, expected and seen side by side, and what led up to
//! it.
use std::fmt::{self, Write};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use crate::runner::{Ending, Failure, Reason, RunReport, Verdict, escaped};
use crate::script::{Source, Span};

/// How to draw.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether with colours.
    pub colors: bool,
}

/// The part that points into the source.
#[derive(Debug)]
struct Place<'a> {
    said: String,
    source: &'a Source,
    span: Option<Span>,
    label: &'static str,
    hint: Option<&'a str>,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

impl std::error::Error for Place<'_> {}

impl miette::Diagnostic for Place<'_> {
    fn help<'h>(&'h self) -> Option<Box<dyn fmt::Display + 'h>> {
        self.hint.map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.span.map(|_| self.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.span?;
        let place = (span.start as usize, span.len());
        let label = LabeledSpan::new_primary_with_span(Some(self.label.to_owned()), place);
        Some(Box::new(std::iter::once(label)))
    }
}

/// Everything there is to say about a run that did not pass; empty if it passed.
#[must_use]
pub fn explain(report: &RunReport, style: Style) -> String {
    let (failure, label) = match &report.ending {
        Ending::Passed => return String::new(),
        Ending::Failed(failure) => (Some(&**failure), mark(&failure.reason)),
        Ending::Unsupported(..) => (None, "not supported"),
        Ending::Wrong(..) => (None, "here"),
        Ending::Inconclusive(..) => (None, "while this was due"),
    };
    let sentence = match (failure, report.reason()) {
        (Some(failure), _) => escaped(&failure.reason.to_string()),
        (None, Some(reason)) if report.verdict() == Verdict::Unsupported => {
            format!("{reason} is not supported")
        }
        (None, reason) => reason.unwrap_or_default(),
    };
    let place = Place { said: sentence, source: &report.source, span: report.span(), label, hint: None };
    let mut out = String::new();
    let theme = if style.colors { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(110).with_context_lines(1);
    // Writing to a string cannot fail; were the source unreadable, the sentence alone must do.
    if let Some(wide) = place.span.and_then(|span| place.source.too_wide(span, &place.said)) {
        out = wide;
    } else if handler.render_report(&mut out, &place).is_err() {
        out = format!("{}\n", place.said);
    }
    if let Some(failure) = failure {
        details(&mut out, failure);
    }
    out
}

/// What stands below the place in the script.
const fn mark(reason: &Reason) -> &'static str {
    match reason {
        Reason::NothingDue(_) | Reason::TimedOut(_) => "never sent",
        Reason::Differs(_) | Reason::NoAlternative(..) | Reason::Timestamp(_) | Reason::FlowLabel(_) => {
            "expected this packet"
        }
        Reason::Untimely { .. } => "expected at another time",
        Reason::Late(_) => "this could not happen in time",
        Reason::NotSilent { .. } => "expected nothing",
        Reason::Departed { .. } => "judged",
        Reason::Panicked(_) => "by then the target had panicked",
        Reason::Malformed(_)
        | Reason::Options(_)
        | Reason::Fragment
        | Reason::HeaderChecksum
        | Reason::NoSocket => "while this packet was expected",
        Reason::UnknownEcho(_) => "never sent by the stack",
        Reason::Result { .. } | Reason::Errno { .. } | Reason::Output { .. } => "expected of this call",
        Reason::Assertion(_) | Reason::Command { .. } => "asserted here",
        Reason::Blocks(_) | Reason::StillBlocked(_) => "this call does not return",
    }
}

/// Rows of `name: value` below the picture, the names right-aligned.
fn details(out: &mut String, failure: &Failure) {
    let mut rows: Vec<(&str, String)> = Vec::new();
    rows.extend(failure.expected.iter().map(|expected| ("script packet", expected.clone())));
    rows.extend(failure.seen.iter().map(|seen| ("actual packet", seen.clone())));
    rows.extend(failure.differences.iter().map(|difference| {
        (difference.field, format!("expected {}, seen {}", difference.expected, difference.seen))
    }));
    rows.extend(
        failure
            .history
            .iter()
            .map(|past| ("before", format!("{:>11} line {}: {}", past.at.to_string(), past.line, past.text))),
    );
    rows.extend(failure.state.map(|state| ("state", state.name().to_owned())));
    if !failure.clauses.is_empty() {
        let clauses: Vec<_> = failure.clauses.iter().map(ToString::to_string).collect();
        rows.push(("last reasons", clauses.join(", ")));
    }
    rows.extend(failure.hint.iter().map(|hint| ("hint", hint.clone())));
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default() + 2;
    for (name, value) in rows {
        let _ = writeln!(out, "{name:>width$}: {}", escaped(&value));
    }
}
