//! Runs, for a person.
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use stackdrill::Verdict;
use stackdrill::report::{Style, Timed, escaped, explain, transcript};
use stackdrill::runner::{Ending, Seconds};

use super::Ran;
use crate::cli::Console;
use crate::cli::format::plural;

/// A line for each script, what went wrong below it, and a summary.
pub(super) fn write(
    all: &[Ran],
    took: Duration,
    (trace, style): (bool, Style),
    console: &mut Console,
) -> anyhow::Result<()> {
    let out = console.out();
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for ran in all {
        if trace {
            traces(&ran.runs, out)?;
        }
        for group in alike(&ran.runs) {
            script(group.as_slice(), style, out)?;
        }
        for run in &ran.runs {
            *counts.entry(run.report.verdict()).or_default() += 1;
        }
    }
    let runs: usize = counts.values().sum();
    let retries: u64 = all.iter().flat_map(|ran| &ran.runs).map(|run| u64::from(run.report.retries)).sum();
    let counted: Vec<_> = counts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    let counted = if counted.is_empty() { "nothing".to_owned() } else { counted.join(", ") };
    let took = Seconds(i64::try_from(took.as_micros()).unwrap_or(i64::MAX));
    let (scripts, runs) = (plural(all.len() as u64, "script"), plural(runs as u64, "run"));
    let retried = match retries {
        0 => String::new(),
        _ => format!("; {} repeated, the runner having been late", plural(retries, "run")),
    };
    writeln!(out, "{scripts}, {runs}: {counted} ({took} s){retried}")?;
    Ok(())
}

/// Every packet, call and state change of each run.
pub(in crate::cli) fn traces(runs: &[Timed], out: &mut impl Write) -> io::Result<()> {
    for run in runs {
        writeln!(out, "{}:", run.name())?;
        for line in transcript(&run.report) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// Runs that ended the same way, in the order in which they first did.
fn alike(runs: &[Timed]) -> Vec<Vec<&Timed>> {
    let mut groups: Vec<Vec<&Timed>> = Vec::new();
    let same = |a: &Timed, b: &Timed| {
        (a.report.verdict(), a.report.line(), a.report.reason(), &a.report.printed)
            == (b.report.verdict(), b.report.line(), b.report.reason(), &b.report.printed)
    };
    for run in runs {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| same(first, run))) {
            Some(group) => group.push(run),
            None => groups.push(vec![run]),
        }
    }
    groups
}

fn script(group: &[&Timed], style: Style, out: &mut impl Write) -> io::Result<()> {
    let Some(first) = group.first() else { return Ok(()) };
    let report = &first.report;
    let variants: Vec<_> = group.iter().map(|run| run.report.variant.name()).collect();
    let variants = variants.join(", ");
    let verdict = report.verdict();
    let (on, off) = match (style.colors, verdict) {
        (false, _) => ("", ""),
        (true, Verdict::Pass) => ("\x1b[32m", "\x1b[0m"),
        (true, Verdict::Fail | Verdict::Error) => ("\x1b[1;31m", "\x1b[0m"),
        (true, Verdict::Unsupported | Verdict::Inconclusive) => ("\x1b[33m", "\x1b[0m"),
    };
    let name = escaped(report.source.name());
    let pad = 12_usize.saturating_sub(verdict.name().len());
    writeln!(out, "{on}{verdict}{off}{:pad$} {name} ({variants})", "")?;
    for line in report.printed.lines() {
        writeln!(out, "{:13}{}", "", escaped(line))?;
    }
    // What is wrong with a script that does not parse was said with its source already.
    if !matches!(&report.ending, Ending::Wrong(stackdrill::runner::ScriptError::Parse(_), _)) {
        write!(out, "{}", explain(report, style))?;
    }
    Ok(())
}
