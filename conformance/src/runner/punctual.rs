//! Live runs that went wrong while this program was late: repeated, and not held against the stack.
use std::time::Duration;

use super::{Ending, Failure, Reason, RunReport, Verdict};

/// Less than so late, this program has no part in what went wrong. An eighth of it is what waking up takes; four times
/// as much is what a script's own tolerance allows at least.
const PUNCTUAL: Duration = Duration::from_millis(1);

/// Whether lateness like this may be why something went wrong.
pub(super) const fn excuses(late: Duration) -> bool {
    late.as_micros() >= PUNCTUAL.as_micros()
}

/// Runs until there is a run that says something of the stack, but no more than `retries` times again.
pub(super) fn run(retries: u32, mut once: impl FnMut() -> RunReport) -> RunReport {
    let mut before: Vec<Ending> = Vec::new();
    loop {
        let mut report = once();
        report.retries = u32::try_from(before.len()).unwrap_or(u32::MAX);
        if !is_excused(&report) {
            return report;
        }
        if report.retries < retries {
            before.push(report.ending);
            continue;
        }
        // Lateness does not repeat itself to the field.
        let repeats = !before.is_empty() && before.iter().all(|earlier| alike(earlier, &report.ending));
        if !repeats {
            let span = report.span().unwrap_or_default();
            report.ending = Ending::Inconclusive(said(report.late).into(), span);
        }
        return report;
    }
}

/// Why nothing can be said.
pub(super) fn said(late: Duration) -> String {
    format!("runner late by {} µs", late.as_micros())
}

fn is_excused(report: &RunReport) -> bool {
    matches!(report.verdict(), Verdict::Fail | Verdict::Inconclusive) && excuses(report.late)
}

/// Whether two runs failed for the same reason in the same place, and one that time has no part in.
fn alike(one: &Ending, other: &Ending) -> bool {
    let timeless = |failure: &Failure| {
        matches!(
            failure.reason,
            Reason::Differs(_)
                | Reason::NoAlternative(..)
                | Reason::Result { .. }
                | Reason::Errno { .. }
                | Reason::Output { .. }
        )
    };
    match (one, other) {
        (Ending::Failed(one), Ending::Failed(other)) => {
            timeless(one)
                && one.span == other.span
                && one.reason.to_string() == other.reason.to_string()
                && one.differences == other.differences
        }
        _ => false,
    }
}
