//! A trace told as a script: what came in is injected, what went out is expected, what was called is called.
//!
//! The script passes wherever the same happens again, so that a counterexample or a finding can be read, kept and run.
//! Its peer's numbers start at 0, wherever on the circle they started.
use core::fmt::Write;

use stackdrill_wire::{Flags, Instant, Packet, Transport, Tuple, icmp};

use super::describe::seen;
use super::encapsulation::Unwrapped;
use super::socket::Socket;
use crate::constants::Abi;
use crate::expect::{Body, Dump, Seen};
use crate::report::call_line;
use crate::script::{self, ParseOptions};
use crate::target::{Call, End};
use crate::trace::{Happened, Record};

/// The script of a trace of one connection over IPv4; each of `title`'s lines opens it as a comment.
///
/// What a script cannot say (a datagram that cannot be read, a complaint about nothing) stands there as a comment.
#[must_use]
pub fn retell(trace: &[Record], abi: Abi, title: &str) -> String {
    let mut socket = Socket::default();
    let mut text = String::new();
    for line in title.lines() {
        let _ = writeln!(text, "// {}", super::escaped(line));
    }
    let mut last = Instant::ZERO;
    let mut moved = false;
    for record in trace {
        learn(&mut socket, record);
        let Some(said) = said(&socket, record, abi) else { continue };
        if said.starts_with("//") {
            let _ = writeln!(text, "{said}");
            continue;
        }
        let wait = record.at.since(last);
        moved |= !wait.is_zero();
        let _ = match wait.as_micros() {
            0 => write!(text, "{}", if moved { "+0" } else { "0" }),
            micros => write!(text, "+{}.{:06}", micros / 1_000_000, micros % 1_000_000),
        };
        let _ = writeln!(text, " {said}");
        last = record.at;
    }
    // Laid out as people write it.
    let options = ParseOptions::default();
    script::format(&script::parse(&text, &options), &options).unwrap_or(text)
}

/// Takes the ends and first numbers of the connection from the first packet that shows them.
fn learn(socket: &mut Socket, record: &Record) {
    let (octets, incoming) = match &record.what {
        Happened::Received { octets } => (octets, true),
        Happened::Sent { octets, .. } => (octets, false),
        _ => return,
    };
    let Ok(packet) = Packet::parse(octets) else { return };
    let (Some(tuple), Some(segment)) = (packet.tuple(), packet.segment()) else { return };
    let tuple = if incoming { tuple.reversed() } else { tuple };
    let known = socket.tuple();
    if known.is_some_and(|known| known != tuple) || !segment.has(Flags::SYN) {
        return;
    }
    (socket.local, socket.remote) = (Some(tuple.local), Some(tuple.remote));
    if incoming && socket.irs == 0 {
        socket.irs = segment.seq.0;
    } else if !incoming && socket.live_iss == 0 {
        socket.live_iss = segment.seq.0;
    }
}

/// What happened, as the script says it; nothing where the script need not.
fn said(socket: &Socket, record: &Record, abi: Abi) -> Option<String> {
    match &record.what {
        Happened::Received { octets } => Some(match Packet::parse(octets).ok().as_ref() {
            Some(packet) => incoming(socket, packet),
            None => "// a datagram arrives that cannot be read".to_owned(),
        }),
        Happened::Sent { octets, clause } => {
            let packet = Packet::parse(octets).ok()?;
            let text = Dump::Seen(&shown(socket, &packet, false)?).to_string();
            Some(clause.map_or_else(|| format!("> {text}"), |clause| format!("> {text}  // {clause}")))
        }
        Happened::Called { call, end } => Some(called(call, end, abi)),
        Happened::Set(setting) => Some(format!("`sysctl -q {}={}`", setting.name, setting.value)),
        Happened::Dropped(tuple) => Some(format!("// tcpdrop {} {}", tuple.local, tuple.remote)),
        Happened::Ended { .. } => None,
        Happened::Moved(moved) => Some(format!("// {} -> {}", moved.from, moved.to)),
    }
}

fn incoming(socket: &Socket, packet: &Packet) -> String {
    let text = match &packet.transport {
        Transport::Icmp(message) => complaint(socket, packet, message),
        // Where a range passes the end of the circle a script has no words for it.
        Transport::Tcp(_) | Transport::Udp(_) | Transport::Other(_) => shown(socket, packet, true)
            .filter(|seen| !passes_zero(seen))
            .map(|seen| Dump::Seen(&seen).to_string()),
    };
    text.map_or_else(|| "// a packet arrives that a script cannot say".to_owned(), |text| format!("< {text}"))
}

/// A packet in numbers that count from the first ones, in SYNs too: a script's own first number is as good as 0.
fn shown(socket: &Socket, packet: &Packet, incoming: bool) -> Option<Seen> {
    let bare = Unwrapped { outer: Vec::new(), udp: None, packet: packet.clone() };
    let mut seen = seen(&bare, socket, incoming)?;
    if let Body::Tcp(segment) = &mut seen.body
        && segment.flags.has(Flags::SYN)
    {
        let number = if incoming { &mut segment.seq } else { &mut segment.ack };
        *number = number.wrapping_sub(if segment.flags.has(Flags::ACK) || incoming { socket.irs } else { 0 });
    }
    Some(seen)
}

fn passes_zero(seen: &Seen) -> bool {
    matches!(&seen.body, Body::Tcp(segment) if segment.seq.checked_add(segment.length).is_none())
}

/// An error, and what of the connection it quotes.
fn complaint(socket: &Socket, packet: &Packet, message: &icmp::Message) -> Option<String> {
    let (kind, code) = script::icmp_names(message.kind, message.code)?;
    let quoted = message.quoted().ok()?;
    let same = |tuple: Tuple| Some(tuple) == socket.tuple() && packet.ip.source().is_ipv4();
    quoted.tuple().filter(|tuple| same(*tuple))?;
    let seq = socket.seq_to_script(false, quoted.seq()?);
    let mtu = if code == "frag_needed" {
        let [_, _, high, low] = message.rest;
        format!(" mtu {}", u16::from_be_bytes([high, low]))
    } else {
        String::new()
    };
    Some(format!("icmp {kind} {code}{mtu} [{seq}:{seq}(0)]"))
}

/// A call in the arguments that a script gives it.
fn called(call: &Call, end: &End, abi: Abi) -> String {
    let answer = |name: &str, arguments: String| {
        let result = match end {
            End::Returned { value, .. } => value.to_string(),
            End::Failed(errno) => format!("-1 {errno} (refused)"),
            End::Blocks | End::Unsupported(_) => "0".to_owned(),
        };
        format!("{name}({arguments}) = {result}")
    };
    match call {
        Call::Socket { .. } => answer("socket", "..., SOCK_STREAM, IPPROTO_TCP".to_owned()),
        Call::Bind { fd, .. } => answer("bind", format!("{}, ..., ...", fd.0)),
        Call::Connect { fd, .. } => answer("connect", format!("{}, ..., ...", fd.0)),
        Call::Accept { fd } => answer("accept", format!("{}, ..., ...", fd.0)),
        Call::Send { fd, data, .. } => answer("write", format!("{}, ..., {}", fd.0, data.len())),
        Call::Receive { fd, length, .. } => answer("read", format!("{}, ..., {length}", fd.0)),
        _ => {
            let note = if matches!(end, End::Failed(_)) { " (refused)" } else { "" };
            call_line(call, end, abi) + note
        }
    }
}
