//! Packets in one line, as packetdrill prints them: flags, `seq:end(length)`, `ack`, `win`, options.
use std::fmt;

use stackdrill_wire::Flags;

use super::layers::shown;
use super::{Body, Seen, SeenSegment};
use crate::script::{
    Dialect, OptionsSpec, PacketSpec, Ports, TcpOption, print_encapsulation, print_option, print_packet,
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
            Self::Spec(spec) => f.write_str(&print_packet(spec, Dialect::Google)),
            Self::Seen(seen) => {
                for outer in &seen.outer {
                    write!(f, "{} ", print_encapsulation(&shown(outer)))?;
                }
                match &seen.body {
                    Body::Tcp(segment) => seen_segment(f, segment)?,
                    Body::Udp { length, .. } => write!(f, "udp ({length})")?,
                    Body::Icmp { kind, code } => {
                        write!(f, "icmpv{} type_{kind} code_{code}", seen.version())?;
                    }
                }
                match seen.udp {
                    Some(Ports { source, destination }) => write!(f, "/udp({source} > {destination})"),
                    None => Ok(()),
                }
            }
        }
    }
}

fn seen_segment(f: &mut fmt::Formatter<'_>, seen: &SeenSegment) -> fmt::Result {
    let end = seen.seq.wrapping_add(seen.length);
    write!(f, "{} {}:{end}({})", seen.flags, seen.seq, seen.length)?;
    if seen.flags.has(Flags::ACK) {
        write!(f, " ack {}", seen.ack)?;
    }
    write!(f, " win {}", seen.window)?;
    if seen.urgent != 0 {
        write!(f, " urg {}", seen.urgent)?;
    }
    if seen.options.is_empty() { Ok(()) } else { write!(f, " {}", options(&seen.options)) }
}

/// The options that the script wants.
pub(super) fn options_spec(spec: &OptionsSpec) -> String {
    match spec {
        OptionsSpec::None => "none".to_owned(),
        OptionsSpec::Any => "<...>".to_owned(),
        OptionsSpec::List(list) => bracketed(list.iter().map(|option| &option.node)),
        OptionsSpec::Among(list) => {
            let wanted = bracketed(list.iter().map(|option| &option.node));
            wanted.replacen('<', "<...,", 1)
        }
        OptionsSpec::Raw(octets) => {
            let hex: String = octets.node.iter().map(|octet| format!("{octet:02x}")).collect();
            format!("<{hex}>")
        }
    }
}

/// The options that were seen.
pub(super) fn options(list: &[TcpOption]) -> String {
    if list.is_empty() { "none".to_owned() } else { bracketed(list.iter()) }
}

fn bracketed<'a>(list: impl Iterator<Item = &'a TcpOption>) -> String {
    let texts: Vec<_> = list.map(|option| print_option(option, Dialect::Google)).collect();
    format!("<{}>", texts.join(","))
}
