//! What is wrong with a script, where, and what would mend it.
use super::source::Source;
use super::span::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// Good to know; nothing to mend.
    Info,
    /// Probably not what was meant.
    Warning,
    /// The script cannot be run.
    Error,
}

/// One thing that is wrong.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The grammar wants something else here.
    #[error("expected {wanted}, found {found}")]
    Unexpected {
        /// What could stand here.
        wanted: String,
        /// What does.
        found: String,
    },
}

/// A fault at a place in a source.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{fault}")]
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
    pub fn severity(&self) -> Severity {
        Severity::Error
    }
}
