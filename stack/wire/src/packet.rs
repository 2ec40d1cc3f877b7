//! One IP datagram and what it carries.
use core::net::{IpAddr, SocketAddr};

use bytes::{BufMut, Bytes, BytesMut};

use crate::checksum::Sum;
use crate::ip::{Ip, protocol};
use crate::{Checksum, Datagram, Malformed, Segment, Tuple, icmp};

/// An IP datagram.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Packet {
    /// The IP header.
    pub ip: Ip,
    /// What it carries.
    pub transport: Transport,
}

/// The payload of a datagram.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Transport {
    /// A TCP segment.
    Tcp(Segment),
    /// A UDP datagram.
    Udp(Datagram),
    /// An ICMP or ICMPv6 message.
    Icmp(icmp::Message),
    /// Another protocol, or a fragment, whose payload cannot be read on its own.
    Other(Bytes),
}

/// What a capture kept of a datagram.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Captured {
    /// The datagram as far as it is there: its text, and at worst its TCP options, may end early. Transport
    /// checksums that cannot be verified are taken as right.
    pub packet: Packet,
    /// How long its text (TCP), data (UDP), body (ICMP) or payload was on the wire, in octets: what sequence
    /// numbers count.
    pub length: usize,
    /// Whether nothing is missing.
    pub whole: bool,
}

impl Packet {
    /// A segment between two addresses, in a plain header.
    #[must_use]
    pub fn tcp(source: IpAddr, destination: IpAddr, segment: Segment) -> Self {
        Self { ip: Ip::new(source, destination, protocol::TCP), transport: Transport::Tcp(segment) }
    }

    /// A UDP datagram between two addresses, in a plain header.
    #[must_use]
    pub fn udp(source: IpAddr, destination: IpAddr, datagram: Datagram) -> Self {
        Self { ip: Ip::new(source, destination, protocol::UDP), transport: Transport::Udp(datagram) }
    }

    /// An ICMP or ICMPv6 message between two addresses, in a plain header.
    #[must_use]
    pub fn icmp(source: IpAddr, destination: IpAddr, message: icmp::Message) -> Self {
        let both_v4 = source.is_ipv4() && destination.is_ipv4();
        let number = if both_v4 { protocol::ICMP } else { protocol::ICMPV6 };
        Self { ip: Ip::new(source, destination, number), transport: Transport::Icmp(message) }
    }

    /// Reads one datagram; octets after its length field's end (link padding) are ignored.
    ///
    /// # Errors
    /// [`Malformed`], saying what was needed and what was there.
    pub fn parse(octets: &Bytes) -> Result<Self, Malformed> {
        Self::read(octets, false).map(|captured| captured.packet)
    }

    /// Reads one datagram of which a capture may have kept only the start.
    ///
    /// A total length of 0 is read as "all of it": senders that leave segmentation to their interface write that.
    ///
    /// # Errors
    /// [`Malformed`] if the fixed part of a header is not there, or what is there contradicts itself.
    pub fn parse_captured(octets: &Bytes) -> Result<Captured, Malformed> {
        Self::read(octets, true)
    }

    fn read(octets: &Bytes, cut: bool) -> Result<Captured, Malformed> {
        let (ip, extent) = Ip::parse(octets, cut)?;
        let end = extent.end.min(octets.len());
        let claimed = extent.end.saturating_sub(extent.start);
        let at = extent.start.min(end)..end;
        let ends = (ip.source(), ip.destination());
        let (transport, length) = match (ip.protocol(), ends.0) {
            _ if ip.is_fragment() => (Transport::Other(octets.slice(at)), claimed),
            (protocol::TCP, _) => {
                let (segment, length) = Segment::parse_cut(octets, at, ends, claimed)?;
                (Transport::Tcp(segment), length)
            }
            (protocol::UDP, _) => {
                let (datagram, length) = Datagram::parse_cut(octets, at, ends, claimed)?;
                (Transport::Udp(datagram), length)
            }
            (protocol::ICMP, IpAddr::V4(_)) | (protocol::ICMPV6, IpAddr::V6(_)) => {
                let message = icmp::Message::parse_cut(octets, at, ends, claimed)?;
                (Transport::Icmp(message), claimed - icmp::Message::HEADER)
            }
            _ => (Transport::Other(octets.slice(at)), claimed),
        };
        Ok(Captured { packet: Self { ip, transport }, length, whole: extent.end <= octets.len() })
    }

    /// Appends the datagram's octets.
    pub fn emit(&self, out: &mut BytesMut) {
        let (source, destination) = (self.ip.source(), self.ip.destination());
        let payload = self.transport.octets();
        out.reserve(self.ip.octets() + payload);
        self.ip.emit(out, payload);
        match &self.transport {
            Transport::Tcp(segment) => segment.emit(out, source, destination),
            Transport::Udp(datagram) => datagram.emit(out, source, destination),
            Transport::Icmp(message) => message.emit(out, source, destination),
            Transport::Other(payload) => out.put_slice(payload),
        }
    }

    /// The datagram's octets.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(self.octets());
        self.emit(&mut out);
        out.freeze()
    }

    /// How long the datagram is, in octets.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.ip.octets() + self.transport.octets()
    }

    /// The TCP segment, if it carries one.
    #[must_use]
    pub const fn segment(&self) -> Option<&Segment> {
        match &self.transport {
            Transport::Tcp(segment) => Some(segment),
            Transport::Udp(_) | Transport::Icmp(_) | Transport::Other(_) => None,
        }
    }

    /// The connection that a segment or a UDP datagram belongs to, as its **sender** sees it: whoever receives
    /// it takes the [`reversed`](Tuple::reversed).
    #[must_use]
    pub fn tuple(&self) -> Option<Tuple> {
        let (source, destination) = match &self.transport {
            Transport::Tcp(segment) => (segment.source, segment.destination),
            Transport::Udp(datagram) => (datagram.source, datagram.destination),
            Transport::Icmp(_) | Transport::Other(_) => return None,
        };
        Some(Tuple {
            local: SocketAddr::new(self.ip.source(), source),
            remote: SocketAddr::new(self.ip.destination(), destination),
        })
    }

    /// The start of the datagram that an ICMP error is about; `None` if this is no error or it cannot be read.
    #[must_use]
    pub fn quoted(&self) -> Option<icmp::Quoted> {
        match &self.transport {
            Transport::Icmp(message) if message.is_error(self.ip.protocol()) => message.quoted().ok(),
            Transport::Tcp(_) | Transport::Udp(_) | Transport::Icmp(_) | Transport::Other(_) => None,
        }
    }

    /// Whether the transport checksum is the mere sum over the pseudo-header: the sender left the rest to its interface, and a capture on that host sees this.
    #[must_use]
    pub fn leaves_checksum(&self) -> bool {
        let (checksum, number, length) = match &self.transport {
            Transport::Tcp(segment) => (segment.checksum, protocol::TCP, segment.octets()),
            Transport::Udp(datagram) => (datagram.checksum, protocol::UDP, datagram.octets()),
            Transport::Icmp(_) | Transport::Other(_) => return false,
        };
        let ends = (self.ip.source(), self.ip.destination());
        checksum == Checksum::Literal(Sum::pseudo(ends, number, length).value())
    }
}

impl Transport {
    /// How long the payload of the datagram is, headers included, in octets.
    #[must_use]
    pub fn octets(&self) -> usize {
        match self {
            Self::Tcp(segment) => segment.octets(),
            Self::Udp(datagram) => datagram.octets(),
            Self::Icmp(message) => message.octets(),
            Self::Other(payload) => payload.len(),
        }
    }
}
