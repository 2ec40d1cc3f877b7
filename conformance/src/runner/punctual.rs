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
        let span = report.span().unwrap_or_default();
        before.push(report.ending);
        report.ending = repeated(before).unwrap_or(Ending::Inconclusive(said(report.late).into(), span));
        return report;
    }
}

/// The failure that stands although all were late: none failed in another way, and more than one in this. Lateness does
/// not repeat itself to the field.
fn repeated(endings: Vec<Ending>) -> Option<Ending> {
    let mut failed = endings.into_iter().filter(|ending| matches!(ending, Ending::Failed(_)));
    let first = failed.next()?;
    let mut again = failed.peekable();
    (again.peek().is_some() && again.all(|other| alike(&first, &other))).then_some(first)
}

/// Why nothing can be said.
pub(super) fn said(late: Duration) -> String {
    format!("runner late by {} µs", late.as_micros())
}

fn is_excused(report: &RunReport) -> bool {
    matches!(report.verdict(), Verdict::Fail | Verdict::Inconclusive) && excuses(report.late)
}

/// Whether two runs failed for the same reason in the same place, and one that a little lateness has no part in.
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
        (Ending::Failed(one), Ending::Failed(other)) if one.span == other.span => {
            // A packet that did not come in the seconds that it was waited for is no matter of milliseconds.
            let missing = |failure: &Failure| matches!(failure.reason, Reason::TimedOut(_));
            let same = one.reason.to_string() == other.reason.to_string();
            missing(one) && missing(other) || timeless(one) && same && one.differences == other.differences
        }
        _ => false,
    }
}
