//! Packets in one line, as packetdrill prints them: flags, `seq:end(length)`, `ack`, `win`, options.
use std::fmt::{self, Write};

use stackdrill_wire::Flags;

use super::{Body, Seen, SeenSegment};
use crate::script::{
    AccEcn, AccEcnOrder, AccEcnSpelling, FlagsSpec, IcmpSpec, Md5, Number, OptionsSpec, PacketSpec, Spanned,
    TcpOption, TcpSpec, Transport,
};

/// Something that is shown as a line of packetdrill's output.
#[derive(Clone, Copy, Debug)]
pub enum Dump<'a> {
    /// A packet of the script.
    Spec(&'a PacketSpec),
    /// A packet that was seen.
    Seen(&'a Seen),
}

impl fmt::Display for Dump<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spec(spec) => match &spec.transport {
                Transport::Tcp(tcp) => tcp_spec(f, tcp),
                Transport::Udp(udp) => write!(f, "udp ({})", number(udp.length)),
                Transport::Icmp(icmp) => icmp_spec(f, icmp),
                Transport::UdpLite(lite) => write!(f, "udplite ({}, {})", lite.length, lite.coverage),
                Transport::Sctp(_) => f.write_str("sctp"),
            },
            Self::Seen(seen) => match &seen.body {
                Body::Tcp(segment) => seen_segment(f, segment),
                Body::Udp { length, .. } => write!(f, "udp ({length})"),
                Body::Icmp { kind, code } => write!(f, "icmpv{} type_{kind} code_{code}", seen.version),
            },
        }
    }
}

fn tcp_spec(f: &mut fmt::Formatter<'_>, spec: &TcpSpec) -> fmt::Result {
    let sequence = &spec.sequence;
    write!(f, "{} ", flags_spec(&spec.flags))?;
    if sequence.ignored {
        write!(f, "...({})", number(sequence.length))?;
    } else {
        write!(f, "{}:{}({})", number(sequence.start), number(sequence.end), number(sequence.length))?;
    }
    for (name, field) in [("ack", spec.ack), ("win", spec.window), ("urg", spec.urgent)] {
        if let Some(Spanned { node, .. }) = field {
            write!(f, " {name} {}", number(node))?;
        }
    }
    match &spec.options {
        OptionsSpec::None => Ok(()),
        options => write!(f, " {}", options_spec(options)),
    }
}

fn seen_segment(f: &mut fmt::Formatter<'_>, seen: &SeenSegment) -> fmt::Result {
    let end = seen.seq.wrapping_add(seen.length);
    write!(f, "{} {}:{end}({})", flags(seen.flags), seen.seq, seen.length)?;
    if seen.flags.has(Flags::ACK) {
        write!(f, " ack {}", seen.ack)?;
    }
    write!(f, " win {}", seen.window)?;
    if seen.urgent != 0 {
        write!(f, " urg {}", seen.urgent)?;
    }
    if seen.options.is_empty() { Ok(()) } else { write!(f, " {}", options(&seen.options)) }
}

fn icmp_spec(f: &mut fmt::Formatter<'_>, spec: &IcmpSpec) -> fmt::Result {
    write!(f, "icmp {}", spec.kind.node)?;
    if let Some(code) = &spec.code {
        write!(f, " {}", code.node)?;
    }
    spec.mtu.map_or(Ok(()), |mtu| write!(f, " mtu {}", mtu.node))
}

/// A number as scripts write it.
pub(super) fn number(number: Number) -> String {
    match number {
        Number::Exact(value) => value.to_string(),
        Number::Range(low, high) => format!("{low}~{high}"),
        Number::Unjudged => "...".to_owned(),
    }
}

/// The letters of control bits, in the order that scripts use, each followed by `mark`.
fn letters(flags: Flags, mark: &str) -> String {
    const LETTERS: [(Flags, char); 9] = [
        (Flags::FIN, 'F'),
        (Flags::SYN, 'S'),
        (Flags::RST, 'R'),
        (Flags::PSH, 'P'),
        (Flags::ACK, '.'),
        (Flags::URG, 'U'),
        (Flags::ECE, 'E'),
        (Flags::CWR, 'W'),
        (Flags::AE, 'A'),
    ];
    let mut out = String::new();
    for (flag, letter) in LETTERS {
        if flags.has(flag) {
            out.push(letter);
            out.push_str(mark);
        }
    }
    out
}

/// Control bits that were seen; reserved bits are shown as a number.
pub(super) fn flags(flags: Flags) -> String {
    let mut out = letters(flags, "");
    let reserved = flags.0 >> 9;
    if reserved != 0 {
        let _ = write!(out, "+{:#05x}", reserved << 9);
    }
    if out.is_empty() { "-".to_owned() } else { out }
}

/// Control bits as the script has them.
pub(super) fn flags_spec(spec: &FlagsSpec) -> String {
    let mut out = letters(spec.set, "");
    out.push_str(&letters(spec.optional.without(spec.set), "?"));
    if out.is_empty() { "-".to_owned() } else { out }
}

/// The options that the script wants.
pub(super) fn options_spec(spec: &OptionsSpec) -> String {
    match spec {
        OptionsSpec::None => "none".to_owned(),
        OptionsSpec::Any => "<...>".to_owned(),
        OptionsSpec::List(list) => bracketed(list.iter().map(|option| &option.node)),
        OptionsSpec::Raw(octets) => format!("<{}>", hex(&octets.node)),
    }
}

/// The options that were seen.
pub(super) fn options(list: &[TcpOption]) -> String {
    if list.is_empty() { "none".to_owned() } else { bracketed(list.iter()) }
}

fn bracketed<'a>(list: impl Iterator<Item = &'a TcpOption>) -> String {
    format!("<{}>", list.map(option).collect::<Vec<_>>().join(","))
}

fn option(option: &TcpOption) -> String {
    match option {
        TcpOption::EndOfList => "eol".to_owned(),
        TcpOption::NoOperation => "nop".to_owned(),
        TcpOption::MaximumSegmentSize(size) => format!("mss {}", number(*size)),
        TcpOption::WindowScale(shift) => format!("wscale {}", number(*shift)),
        TcpOption::SackPermitted => "sackOK".to_owned(),
        TcpOption::Sack(blocks) => {
            let mut out = "sack".to_owned();
            for block in blocks {
                let _ = write!(out, " {}:{}", number(block.left), number(block.right));
            }
            out
        }
        TcpOption::Timestamps { value, echo, .. } => {
            format!("TS val {} ecr {}", number(*value), number(*echo))
        }
        TcpOption::Md5(Md5::Digest(digest)) => format!("md5 {}", hex(digest)),
        TcpOption::Md5(Md5::Computed) => "md5 valid".to_owned(),
        TcpOption::FastOpen(cookie) => format!("FO {}", hex(cookie)).trim_end().to_owned(),
        TcpOption::FastOpenExperimental(cookie) => format!("FOEXP {}", hex(cookie)).trim_end().to_owned(),
        TcpOption::AccEcn(counters) => accurate_ecn(counters),
        TcpOption::Generic { kind, data } => format!("gen-{kind} {}", hex(data)).trim_end().to_owned(),
        TcpOption::Experimental { id, data } => format!("exp-{id:04x} {}", hex(data)).trim_end().to_owned(),
        TcpOption::AckRate(rate) => rate.map_or("exp-tarr".to_owned(), |rate| format!("exp-tarr {rate}")),
    }
}

fn accurate_ecn(option: &AccEcn) -> String {
    let (names, order) = match option.order {
        AccEcnOrder::Ect0First => (["e0b", "ceb", "e1b"], 0),
        AccEcnOrder::Ect1First => (["e1b", "ceb", "e0b"], 1),
    };
    let (head, prefix) = match option.spelling {
        AccEcnSpelling::Google => ("ECN".to_owned(), ""),
        AccEcnSpelling::Bsd => (format!("AccECN{order}"), "e"),
        AccEcnSpelling::BsdExperimental => (format!("exp-AccECN{order}"), "e"),
    };
    names
        .iter()
        .zip(&option.counters)
        .fold(head, |out, (name, counter)| format!("{out} {prefix}{name} {counter}"))
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut out, octet| {
        let _ = write!(out, "{octet:02x}");
        out
    })
}
