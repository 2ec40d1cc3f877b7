//! Files to read, in every shape the formats allow.
use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use bytes::Bytes;
use stackdrill_pcaps::{Capture, Format, Frame, Limits, Link, Unread, Writer};
use stackdrill_wire::{Flags, Packet, Segment, Seq};

pub(crate) const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
pub(crate) const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

pub(crate) fn segment(flags: Flags, seq: u32, ack: u32, text: &'static [u8]) -> Segment {
    Segment {
        source: 4000,
        destination: 80,
        seq: Seq(seq),
        ack: Seq(ack),
        flags,
        window: 257,
        text: Bytes::from_static(text),
        ..Segment::default()
    }
}

/// From the client to the server.
pub(crate) fn there(flags: Flags, seq: u32, ack: u32, text: &'static [u8]) -> Packet {
    Packet::tcp(CLIENT, SERVER, segment(flags, seq, ack, text))
}

/// From the server to the client.
pub(crate) fn back(flags: Flags, seq: u32, ack: u32, text: &'static [u8]) -> Packet {
    let answer = Segment { source: 80, destination: 4000, ..segment(flags, seq, ack, text) };
    Packet::tcp(SERVER, CLIENT, answer)
}

/// A file of these packets, a second and a bit apart.
pub(crate) fn file(format: Format, packets: &[Packet]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), format, Link::RAW).unwrap();
    for (packet, second) in packets.iter().zip(1_u64..) {
        writer.packet(Duration::new(second, 7), packet).unwrap();
    }
    writer.into_inner()
}

/// Everything there is to say about a file.
pub(crate) fn all(octets: &[u8], limits: Limits) -> Result<Vec<Result<Frame, Unread>>, Unread> {
    Ok(Capture::within(octets, limits)?.collect())
}
