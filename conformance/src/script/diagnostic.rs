//! What is wrong with a script, where, and what would mend it.
mod fault;
mod hint;

use std::fmt;

pub use fault::Fault;
pub(super) use hint::nearest;

use super::source::{Source, escaped};
use super::span::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// Good to know; nothing to mend.
    Info,
    /// Probably not what was meant.
    Warning,
    /// The script cannot be run, or its verdict would mean nothing.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A fault at a place in a source.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// What is wrong.
    pub fault: Fault,
    /// Where.
    pub span: Span,
    /// In which text.
    pub origin: Source,
}

impl Diagnostic {
    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.fault.severity()
    }

    /// What would mend it, if that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        hint::of(&self.fault)
    }

    /// Line and column, both counted from one; columns count characters.
    #[must_use]
    pub fn position(&self) -> (usize, usize) {
        self.origin.position(self.span.start as usize)
    }
}

impl fmt::Display for Diagnostic {
    /// The sentence alone, on one line, and safe to show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escaped(&self.fault.to_string().replace(['\n', '\t'], " ")))
    }
}

impl std::error::Error for Diagnostic {}

impl miette::Diagnostic for Diagnostic {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity() {
            Severity::Info => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.origin)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        let label = miette::LabeledSpan::new_primary_with_span(
            Some("here".to_owned()),
            (self.span.start as usize, self.span.len()),
        );
        Some(Box::new(std::iter::once(label)))
    }
}

/// Shows diagnostics with their source, as the command line does.
#[cfg(feature = "cli")]
impl Diagnostic {
    /// The sentence, the line it is about with a mark under the place, and the hint.
    #[must_use]
    pub fn render(&self, colored: bool) -> String {
        if let Some(place) = self.origin.too_wide(self.span, &self.to_string()) {
            return place;
        }
        let theme = if colored {
            miette::GraphicalTheme::unicode()
        } else {
            miette::GraphicalTheme::unicode_nocolor()
        };
        let mut out = String::new();
        let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(110).with_context_lines(1);
        // Writing to a string cannot fail; were the source unreadable, the sentence alone must do.
        if handler.render_report(&mut out, self).is_err() {
            out = format!("{self}\n");
        }
        out
    }
}
