//! Breakages of UDP, of the IP header, and of how ICMP errors are taken.
use bytes::BytesMut;
use stackdrill_wire::{Flags, Packet, Segment, Seq, Transport};

use super::{Breakage, arrive, leave};
use crate::target::broken::{Act, Fault};

/// ICMP Destination Unreachable, Port Unreachable; ICMP Source Quench. RFC 792.
const UNREACHABLE: u8 = 3;
const PORT: u8 = 3;
const SOURCE_QUENCH: u8 = 4;
/// Where the sequence number lies in a TCP header.
const SEQ: core::ops::Range<usize> = 4..8;

pub(super) const ROWS: &[Breakage] = &[
    Breakage {
        name: "cuts the last octet off its datagrams",
        violates: &["RFC768:fields-length", "RFC768:interface-addresses", "RFC1122:4.1.3.5-choose-source"],
        fault: Fault::Leaving(|_, mut packet| {
            if let Transport::Udp(datagram) = &mut packet.transport {
                datagram.data.truncate(datagram.data.len().saturating_sub(1));
            }
            leave(packet)
        }),
    },
    Breakage {
        name: "drops datagrams without text",
        violates: &["RFC768:fields-empty-datagram"],
        fault: Fault::Arriving(|_, packet| match &packet.transport {
            Transport::Udp(datagram) if datagram.data.is_empty() => Vec::new(),
            _ => arrive(packet),
        }),
    },
    Breakage {
        name: "is deaf to ICMP",
        violates: &[
            "RFC9293:MUST-54",
            "RFC9293:SHLD-26",
            "RFC1122:3.2.2.1-port-unreachable-for-tcp",
            "RFC1122:4.1.3.3-icmp-to-application",
        ],
        fault: Fault::Arriving(|_, packet| match packet.transport {
            Transport::Icmp(_) => Vec::new(),
            _ => arrive(packet),
        }),
    },
    Breakage {
        name: "dies of any ICMP error",
        violates: &["RFC9293:MUST-55", "RFC9293:MUST-56", "RFC5927:5.2-hard-as-soft-when-synchronized"],
        fault: Fault::Arriving(|seen, packet| {
            let tuple = packet.quoted().and_then(|quoted| quoted.tuple()).filter(|_| seen.is_open);
            let reset = tuple.map(|tuple| {
                let (source, destination) = (tuple.remote.port(), tuple.local.port());
                let reset = Segment {
                    source,
                    destination,
                    seq: seen.expected,
                    flags: Flags::RST,
                    ..Segment::default()
                };
                Packet::tcp(tuple.remote.ip(), tuple.local.ip(), reset)
            });
            let mut acts = arrive(packet);
            acts.extend(reset.map(Act::Arrive));
            acts
        }),
    },
    Breakage {
        name: "believes an ICMP error whatever it quotes",
        violates: &["RFC5927:4.1-sequence-check-syn", "RFC5927:4.1-sequence-check"],
        fault: Fault::Arriving(|seen, packet| arrive(requoted(packet, seen.una))),
    },
    Breakage {
        name: "takes Source Quench for an error",
        violates: &["RFC6633:5-udp-ignores"],
        fault: Fault::Arriving(|_, mut packet| {
            if let Transport::Icmp(message) = &mut packet.transport
                && message.kind == SOURCE_QUENCH
            {
                (message.kind, message.code) = (UNREACHABLE, PORT);
            }
            arrive(packet)
        }),
    },
    Breakage {
        name: "loses the Diffserv value it was given",
        violates: &["RFC9293:MUST-48", "RFC9293:SHLD-21", "RFC9293:SHLD-22"],
        fault: Fault::Leaving(|_, mut packet| {
            packet.ip.set_traffic_class(0);
            leave(packet)
        }),
    },
    Breakage {
        name: "loses the time to live it was given",
        violates: &["RFC9293:MUST-49"],
        fault: Fault::Leaving(|_, mut packet| {
            packet.ip.set_hop_limit(64);
            leave(packet)
        }),
    },
    Breakage {
        name: "refuses a Diffserv value that changes",
        violates: &["RFC9293:A.1.1-precedence-ignored"],
        fault: Fault::Arriving(|seen, packet| {
            let changed = seen.is_open && packet.ip.traffic_class() != 0;
            if changed { Vec::new() } else { arrive(packet) }
        }),
    },
];

/// The error, quoting another sequence number.
fn requoted(mut packet: Packet, seq: Seq) -> Packet {
    let Transport::Icmp(message) = &mut packet.transport else { return packet };
    let Ok(quoted) = message.quoted() else { return packet };
    let header = message.body.len().saturating_sub(quoted.start.len());
    let mut body = BytesMut::from(message.body.as_ref());
    if let Some(field) = body.get_mut(header..).and_then(|tcp| tcp.get_mut(SEQ)) {
        field.copy_from_slice(&seq.0.to_be_bytes());
    }
    message.body = body.freeze();
    packet
}
