//! Test Anything Protocol, version 13.
use std::io::{self, Write};

use super::Timed;
use crate::runner::{Verdict, escaped};

/// Writes all runs as one TAP stream. What is unsupported is not ok, and says so.
///
/// # Errors
/// Those of `out`.
pub fn tap(runs: &[Timed], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "TAP version 13\n1..{}", runs.len())?;
    for (run, number) in runs.iter().zip(1_u32..) {
        let verdict = run.report.verdict();
        let word = if verdict == Verdict::Pass { "ok" } else { "not ok" };
        writeln!(out, "{word} {number} {}", run.name().replace('#', "\\#"))?;
        if let Some(reason) = run.report.reason() {
            let line = run.report.line().map(|line| format!("line {line}: ")).unwrap_or_default();
            writeln!(out, "# {verdict}: {line}{reason}")?;
        }
        for line in run.report.printed.lines() {
            writeln!(out, "# {}", escaped(line))?;
        }
    }
    Ok(())
}
