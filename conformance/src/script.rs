//! The packetdrill language: text to tree and back, and what is wrong with a script, said so that its author can
//! mend it.
mod diagnostic;
mod dialect;
mod source;
mod span;
mod tags;
mod tree;

use std::collections::BTreeMap;

pub use diagnostic::{Diagnostic, Fault, Severity};
pub use dialect::Dialect;
pub use source::Source;
pub use span::{Span, Spanned, Word};
pub use tags::Tags;
pub use tree::*;

/// How a script is read.
#[derive(Clone, Debug, Default)]
pub struct ParseOptions {
    /// The name shown in diagnostics.
    pub name: String,
    /// The dialect. `None`: Google's, or the BSD one if only that reads the script without an error.
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
    let script = Script { source, dialect: options.dialect.unwrap_or_default(), ..Script::default() };
    Parsed { script, diagnostics: Vec::new() }
}
