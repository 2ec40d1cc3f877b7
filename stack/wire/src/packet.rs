//! One IP datagram and what it carries.
use bytes::{Bytes, BytesMut};

use crate::ip::Ip;
use crate::{Datagram, Malformed, Segment, icmp};

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

impl Packet {
    /// Reads one datagram; octets after its length field's end (link padding) are ignored.
    ///
    /// # Errors
    /// [`Malformed`], saying what was needed and what was there.
    pub fn parse(octets: &Bytes) -> Result<Self, Malformed> {
        let _ = octets;
        todo!()
    }

    /// Appends the datagram's octets.
    pub fn emit(&self, out: &mut BytesMut) {
        let _ = out;
        todo!()
    }

    /// The datagram's octets.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut out = BytesMut::new();
        self.emit(&mut out);
        out.freeze()
    }

    /// The TCP segment, if it carries one.
    #[must_use]
    pub const fn segment(&self) -> Option<&Segment> {
        match &self.transport {
            Transport::Tcp(segment) => Some(segment),
            Transport::Udp(_) | Transport::Icmp(_) | Transport::Other(_) => None,
        }
    }
}
