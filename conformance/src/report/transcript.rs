//! What happened in a run, a line each: time, direction, the packet in the script's numbers, and why.
use std::fmt::Write;

use stackdrill_wire::Instant;

use crate::runner::{RunReport, escaped};
use crate::target::{Call, End, Output, Peer, Transition};
use crate::trace::{Happened, Record};

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
        Happened::Called { call, end } => ('$', called(call, end), None),
        Happened::Ended { call, end } => ('$', format!("... {}", called(call, end)), None),
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

fn called(call: &Call, end: &End) -> String {
    let mut out = format!("{}(", call.name());
    let _ = match call {
        Call::Socket { domain, kind, protocol } => write!(out, "{domain}, {kind}, {protocol}"),
        Call::Listen { fd, backlog } => write!(out, "{}, {backlog}", fd.0),
        Call::Accept { fd } | Call::Close { fd } => write!(out, "{}", fd.0),
        Call::Bind { fd, address } | Call::Connect { fd, to: Peer::Address(address) } => {
            write!(out, "{}, {address}", fd.0)
        }
        Call::Connect { fd, to: Peer::Family(family) } => {
            write!(out, "{}, family {family}", fd.0)
        }
        Call::Receive { fd, length, flags, .. } => write!(out, "{}, {length} octets, {flags:#x}", fd.0),
        Call::Send { fd, data, flags, .. } => write!(out, "{}, {} octets, {flags:#x}", fd.0, data.len()),
        Call::Shutdown { fd, how } => write!(out, "{}, {how}", fd.0),
        Call::SetOption { fd, option, value, .. } => {
            write!(out, "{}, {}, {}, {value:?}", fd.0, option.level, option.name)
        }
        Call::GetOption { fd, option, .. } => write!(out, "{}, {}, {}", fd.0, option.level, option.name),
        Call::Fcntl { fd, command, argument } => match argument {
            Some(argument) => write!(out, "{}, {command}, {argument:#x}", fd.0),
            None => write!(out, "{}, {command}", fd.0),
        },
        Call::Ioctl { fd, request, .. } => write!(out, "{}, {request:#x}", fd.0),
        Call::Poll { watched, timeout } => write!(out, "{} descriptors, {timeout} ms", watched.len()),
    };
    let _ = match end {
        End::Returned { value, output } => match output {
            Output::Option(option) => write!(out, ") = {value}: {option:?}"),
            Output::Int(int) => write!(out, ") = {value}: {int}"),
            Output::Accepted(peer) => write!(out, ") = {value}: {peer}"),
            Output::Polled(events) => write!(out, ") = {value}: {events:?}"),
            Output::Received(_) | Output::Nothing => write!(out, ") = {value}"),
        },
        End::Failed(errno) => write!(out, ") = -1 {errno}"),
        End::Blocks => write!(out, ") ..."),
        End::Unsupported(missing) => write!(out, "): {missing}"),
    };
    out
}
