//! One JSON object a run.
use serde_json::{Value, json};

use super::Timed;

/// The object that `run --format json` prints for a run.
#[must_use]
pub fn object(timed: &Timed) -> Value {
    let report = &timed.report;
    json!({
        "script": report.source.name(),
        "variant": report.variant,
        "target": report.target,
        "profile": report.profile,
        "verdict": report.verdict(),
        "line": report.line(),
        "reason": report.reason(),
        "printed": report.printed,
        "requirements": report.requirements,
        "virtual_us": report.virtual_us,
        "retries": report.retries,
        "late_us": u64::try_from(report.late.as_micros()).unwrap_or(u64::MAX),
        "wall_us": timed.wall_us,
    })
}
