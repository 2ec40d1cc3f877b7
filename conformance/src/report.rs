//! Results, written for people and for machines: terminal, JSON lines, TAP, JUnit, traces.
//!
//! Everything that came from a script is escaped before it is shown.
use crate::runner::RunReport;

mod json;
mod junit;
mod tap;
#[cfg(feature = "cli")]
mod terminal;
#[cfg(all(test, feature = "cli"))]
mod tests;
mod transcript;

pub use json::object;
pub use junit::junit;
pub use tap::tap;
#[cfg(feature = "cli")]
pub use terminal::{Style, explain};
pub use transcript::transcript;

/// A run and how long it took on the wall.
#[derive(Clone, Debug)]
pub struct Timed {
    /// The run.
    pub report: RunReport,
    /// Microseconds on the wall.
    pub wall_us: u64,
}

impl Timed {
    /// The run's name in lists of tests.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} ({})", crate::runner::escaped(self.report.source.name()), self.report.variant)
    }
}
