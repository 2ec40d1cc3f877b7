//! What the stack sent, in the script's numbers.
use stackdrill_wire::TcpOption as WireOption;
use stackdrill_wire::{Checksum, Flags, Segment, Transport as Carries};

use super::encapsulation::Unwrapped;
use super::socket::Socket;
use crate::expect::{self, Body, Seen, SeenSegment};
use crate::script::{Number, TcpOption};

/// A packet in the script's numbers; `stamp` is the timestamp value that the script gives it, `secret` what it is
/// to be signed with.
pub(super) fn translate(
    Unwrapped { outer, udp, packet }: &Unwrapped,
    socket: &Socket,
    stamp: Option<u32>,
    secret: Option<&[u8]>,
) -> Result<Seen, expect::Unreadable> {
    let zeros = |data: &[u8]| data.iter().all(|&octet| octet == 0);
    let length = |data: &[u8]| u32::try_from(data.len()).unwrap_or(u32::MAX);
    let (body, checksum) = match &packet.transport {
        Carries::Tcp(segment) => {
            let mut translated = translate_segment(segment, socket, stamp)?;
            translated.signed = secret.is_some_and(|secret| {
                let digest = segment.signature(packet.ip.source(), packet.ip.destination(), secret);
                segment.options.iter().any(|option| option == Ok(WireOption::Md5(&digest)))
            });
            (Body::Tcp(translated), segment.checksum)
        }
        Carries::Udp(datagram) => {
            let body = Body::Udp { length: length(&datagram.data), zeros: zeros(&datagram.data) };
            (body, datagram.checksum)
        }
        Carries::Icmp(message) => (Body::Icmp { kind: message.kind, code: message.code }, message.checksum),
        Carries::Other(_) => (Body::Udp { length: 0, zeros: true }, Checksum::Right),
    };
    Ok(Seen {
        outer: outer.clone(),
        ip: packet.ip.clone(),
        udp: *udp,
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
        wire_options: segment.options,
        signed: false,
        text: segment.text.clone(),
    })
}
