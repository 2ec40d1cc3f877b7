//! What a network interface does with a packet on its way to the cable: cut large segments, fill in checksums.
//!
//! The relay stands where the cable begins, so with offloads on it must do what the hosts left undone.
use stackdrill_wire::ip::Ip;
use stackdrill_wire::{Checksum, Flags, Packet, Segment, Transport};

/// Octets of the largest datagram on the cable.
const MTU: usize = 1500;

/// The packets that leave the interface for one that the host handed down.
pub(crate) fn to_cable(packet: &Packet) -> Vec<Packet> {
    let mut whole = packet.clone();
    match &mut whole.transport {
        Transport::Tcp(segment) => {
            segment.checksum = Checksum::Right;
            return cut(&whole);
        }
        Transport::Udp(datagram) => datagram.checksum = Checksum::Right,
        Transport::Icmp(message) => message.checksum = Checksum::Right,
        Transport::Other(_) => {}
    }
    vec![whole]
}

/// Cuts a segment that is too large into ones that fit; the last alone carries PSH and FIN, the first alone CWR.
fn cut(packet: &Packet) -> Vec<Packet> {
    let Transport::Tcp(segment) = &packet.transport else { return vec![packet.clone()] };
    let room = MTU.saturating_sub(packet.to_bytes().len() - segment.text.len()).max(1);
    let pieces = segment.text.len().div_ceil(room).max(1);
    (0..pieces)
        .map(|piece| {
            let start = piece * room;
            let end = segment.text.len().min(start + room);
            let mut flags = segment.flags;
            if piece + 1 < pieces {
                flags = flags.without(Flags::PSH | Flags::FIN);
            }
            if piece > 0 {
                flags = flags.without(Flags::CWR);
            }
            let seq = segment.seq + start as u32;
            let text = segment.text.slice(start..end);
            let transport = Transport::Tcp(Segment { seq, flags, text, ..segment.clone() });
            Packet { ip: numbered(&packet.ip, piece as u16), transport }
        })
        .collect()
}

/// The IP header with its identification moved on, as hardware counts it.
fn numbered(ip: &Ip, by: u16) -> Ip {
    let mut ip = ip.clone();
    if let Ip::V4(header) = &mut ip {
        header.id = header.id.wrapping_add(by);
    }
    ip
}
