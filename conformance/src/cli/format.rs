//! How results are written.
use clap::ValueEnum;

/// The formats of verbs that give results about inputs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// The formats of verbs that run tests.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum TestFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
    /// Test Anything Protocol, version 13.
    Tap,
    /// JUnit's XML.
    Junit,
}

/// A number with its noun: `1 script`, `2 scripts`.
pub(super) fn plural(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
