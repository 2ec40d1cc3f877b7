//! What the stack sent, in the script's numbers.
use stackdrill_wire::{Checksum, Flags, Packet, Segment, Transport as Carries};

use super::socket::Socket;
use crate::expect::{self, Body, Seen, SeenSegment};
use crate::script::{Number, TcpOption};

/// A packet in the script's numbers.
pub(super) fn translate(
    packet: &Packet,
    socket: &Socket,
    stamp: Option<u32>,
) -> Result<Seen, expect::Unreadable> {
    let zeros = |data: &[u8]| data.iter().all(|&octet| octet == 0);
    let length = |data: &[u8]| u32::try_from(data.len()).unwrap_or(u32::MAX);
    let (body, checksum) = match &packet.transport {
        Carries::Tcp(segment) => (Body::Tcp(translate_segment(segment, socket, stamp)?), segment.checksum),
        Carries::Udp(datagram) => {
            let body = Body::Udp { length: length(&datagram.data), zeros: zeros(&datagram.data) };
            (body, datagram.checksum)
        }
        Carries::Icmp(message) => (Body::Icmp { kind: message.kind, code: message.code }, message.checksum),
        Carries::Other(_) => (Body::Udp { length: 0, zeros: true }, Checksum::Right),
    };
    Ok(Seen {
        version: if packet.ip.source().is_ipv6() { 6 } else { 4 },
        tos: packet.ip.traffic_class(),
        ttl: packet.ip.hop_limit(),
        checksum_right: checksum == Checksum::Right,
        body,
    })
}

fn translate_segment(
    segment: &Segment,
    socket: &Socket,
    stamp: Option<u32>,
) -> Result<SeenSegment, expect::Unreadable> {
    let syn = segment.has(Flags::SYN);
    let mut options = expect::read_options(&segment.options, |edge| socket.ack_to_script(syn, edge))?;
    for option in &mut options {
        if let TcpOption::Timestamps { value: Number::Exact(value), .. } = option {
            *value = socket.stamps.to_script(*value, stamp);
        }
    }
    Ok(SeenSegment {
        flags: segment.flags,
        seq: socket.seq_to_script(syn, segment.seq),
        wire_seq: segment.seq.0,
        length: u32::try_from(segment.text.len()).unwrap_or(u32::MAX),
        ack: if segment.has(Flags::ACK) { socket.ack_to_script(syn, segment.ack) } else { segment.ack.0 },
        window: segment.window,
        urgent: segment.urgent,
        options,
        zeros: segment.text.iter().all(|&octet| octet == 0),
    })
}
