//! What happened in a run, a line each: time, direction, the packet in the script's numbers, and why.
use std::fmt::Write;

use stackdrill_wire::Instant;

use crate::runner::{RunReport, escaped};
use crate::target::Transition;
use crate::trace::{Happened, Record};

mod call;

pub(crate) use call::line as call_line;

/// The lines of a run, oldest first. The same seed and script give the same lines.
#[must_use]
pub fn transcript(report: &RunReport) -> Vec<String> {
    report.trace.iter().map(|record| line(report, record)).collect()
}

fn line(report: &RunReport, record: &Record) -> String {
    let mut out = time(record.at);
    let (mark, text, clause) = match &record.what {
        Happened::Received { octets } => ('<', report.describe(octets, true), None),
        Happened::Sent { octets, clause } => ('>', report.describe(octets, false), *clause),
        Happened::Called { call, end } => ('$', call::line(call, end, report.abi), None),
        Happened::Ended { call, end } => ('$', format!("... {}", call::line(call, end, report.abi)), None),
        Happened::Dropped(tuple) => ('$', format!("tcpdrop {} {}", tuple.local, tuple.remote), None),
        Happened::Set(setting) => ('$', format!("sysctl {}={}", setting.name, setting.value), None),
        Happened::Moved(transition) => ('-', moved(transition), transition.clause),
    };
    let _ = write!(out, " {mark} {}", escaped(&text));
    if let Some(clause) = clause {
        let _ = write!(out, "  // {clause}");
    }
    out
}

fn time(at: Instant) -> String {
    format!("{:>12}", at.to_string())
}

fn moved(transition: &Transition) -> String {
    format!("{} -> {} ({})", transition.from, transition.to, transition.tuple)
}
