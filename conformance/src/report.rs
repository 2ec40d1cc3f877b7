//! Results, written for people and for machines: terminal, JSON lines, TAP, JUnit, packetdrill's words, traces.
//!
//! Everything that came from a script is escaped before it is shown.
use crate::runner::RunReport;
pub use crate::runner::escaped;

mod json;
mod junit;
mod markup;
mod packetdrill;
mod tap;
#[cfg(feature = "cli")]
mod terminal;
#[cfg(all(test, feature = "cli"))]
mod tests;
mod transcript;

pub use json::object;
pub use junit::junit;
pub(crate) use markup::Escaped;
pub use packetdrill::{packetdrill, packetdrill_faults};
pub use tap::tap;
#[cfg(feature = "cli")]
pub use terminal::{Style, explain};
pub(crate) use transcript::call_line;
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
        format!("{} ({})", escaped(self.report.source.name()), self.report.variant)
    }
}
