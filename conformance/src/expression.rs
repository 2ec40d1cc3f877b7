//! The assertions of `%{ }%`: the part of Python that scripts use, evaluated here.
//!
//! The snippets of a script are one program in one namespace, run after its last event: each sees the variables that
//! were sampled at its own time, and every name that an earlier snippet bound. What is understood:
//!
//! * `assert`, assignments and augmented assignments, `print`, `pass`, `if`/`elif`/`else`;
//! * `and`, `or`, `not`, chained comparisons, `in`, `is`, `a if c else b`, arithmetic and bit operators;
//! * integers, floats, strings, tuples and lists; f-strings and `%` formatting;
//! * `str`, `int`, `float`, `bool`, `abs`, `min`, `max`, `len`, `round`, `sum`.
//!
//! Anything else is [`Failure::Unsupported`] with the construct named, never silently skipped. Integers are exact up
//! to 127 bits. Nothing in a snippet can reach the host: there are no loops, no imports and no attributes, so a
//! program ends after as many steps as it has words.
//!
//! ```
//! use stackdrill::expression::{Snippet, run};
//!
//! let sampled = [("tcpi_snd_cwnd", 10)];
//! let snippets = [Snippet {
//!     file: "a.pkt",
//!     line: 7,
//!     text: "assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd",
//!     variables: &sampled,
//!     missing: &[],
//! }];
//! assert_eq!(run(snippets).ended, Ok(()));
//! ```
mod evaluate;
mod format;
mod lex;
mod parse;
mod tree;
mod value;
mod variables;

#[cfg(test)]
mod tests;

pub use variables::complete;

/// The most levels that parentheses, operators and `if` may nest.
pub const MOST_NESTING: usize = 64;

/// The most octets of text that a value or the printed output may hold.
pub const MOST_TEXT: usize = 1 << 20;

/// One `%{ }%` of a script.
#[derive(Clone, Copy, Debug)]
pub struct Snippet<'a> {
    /// The script's name, which the snippet sees as `_file`.
    pub file: &'a str,
    /// The line of the script that it starts on, from 1.
    pub line: u32,
    /// The text between the braces, without blanks at either end.
    pub text: &'a str,
    /// What was sampled from the target when its event came due.
    pub variables: &'a [(&'a str, i64)],
    /// Variables that the target does not show. They are 0, but an assertion that fails and has to do with one of
    /// them is no fault of the stack.
    pub missing: &'a [&'a str],
}

/// Why a program did not run to its end.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Failure {
    /// An assertion is false.
    #[error("assertion failed: {text}{}{}", with(" (", names, ")"), with(": ", message, ""))]
    Assertion {
        /// The line of the script.
        line: u32,
        /// The condition as it was written.
        text: String,
        /// The names in it with their values: `cwnd = 10, ssthresh = 7`; may be empty.
        names: String,
        /// What the assertion itself says; may be empty.
        message: String,
    },
    /// An assertion is false, and has to do with a variable that the target does not show.
    #[error("the target does not show {variable}")]
    Missing {
        /// The line of the script.
        line: u32,
        /// The variable.
        variable: String,
    },
    /// Python would raise an exception.
    #[error("{what}")]
    Raised {
        /// The line of the script.
        line: u32,
        /// The exception and its sentence, such as `name 'cwnd' is not defined`.
        what: String,
    },
    /// Python would refuse to read the program.
    #[error("syntax error: {what}")]
    Syntax {
        /// The line of the script.
        line: u32,
        /// What is wrong.
        what: String,
    },
    /// Python that is not understood here.
    #[error("this needs python3, which only runs if the shell is allowed: {construct}")]
    Unsupported {
        /// The line of the script.
        line: u32,
        /// What is not understood.
        construct: String,
    },
}

impl Failure {
    /// The line of the script, from 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        match self {
            Self::Assertion { line, .. }
            | Self::Missing { line, .. }
            | Self::Raised { line, .. }
            | Self::Syntax { line, .. }
            | Self::Unsupported { line, .. } => *line,
        }
    }
}

fn with(before: &str, text: &str, after: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{before}{text}{after}") }
}

/// A program that ran.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ran {
    /// What it printed, each line with its end; also before it failed.
    pub printed: String,
    /// How it ended.
    ///
    /// # Errors
    /// The first [`Failure`]. Like Python, everything is read before anything runs.
    pub ended: Result<(), Failure>,
}

/// Runs a script's snippets as one program.
pub fn run<'a>(snippets: impl IntoIterator<Item = Snippet<'a>>) -> Ran {
    let mut machine = evaluate::Machine::default();
    let ended = machine.program(snippets);
    Ran { printed: machine.printed, ended }
}
