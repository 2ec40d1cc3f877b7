//! A conformance and fuzz-testing toolkit for TCP and UDP.
//!
//! A [`Target`] is a stack under test. A script drives it with packets and calls, the runner compares what it sends
//! with what the script expects, and the [`trace`] of a run is what the oracle judges.
//!
//! Everything here is deterministic on a target whose time is virtual: no clock is read, nothing sleeps.

pub mod constants;
pub mod expect;
pub mod expression;
pub mod judge;
pub mod link;
pub mod matrix;
pub mod operation;
#[cfg(feature = "plots")]
pub mod plots;
pub mod report;
pub mod requirement;
pub mod runner;
pub mod script;
pub mod settings;
pub mod strength;
pub mod suite;
pub mod target;
pub mod trace;
pub mod worlds;

/// The vocabulary of [`Target`]: packets, time, states.
pub use stackdrill_wire as wire;

pub use bytes;
pub use runner::{RunOptions, RunReport, Variant, Verdict, run_script};
pub use target::{Profile, Setup, Target};
pub use trace::Trace;

/// Runs the whole suite against a target: what a stack's own repository does in its tests.
///
/// ```
/// let mut stack = stackdrill::target::Reference::new();
/// let matrix = stackdrill::suite(&mut stack)?.against("")?;
/// assert!(!matrix.is_bad());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Unsupported`](target::Unsupported) if the target lacks something of this system that it needs.
pub fn suite(target: &mut dyn Target) -> Result<suite::Whole, target::Unsupported> {
    suite::Whole::of(target)
}
