//! ICMP for IPv4 (RFC 792) and IPv6 (RFC 4443): type, code, and what they carry.
use core::net::IpAddr;

use bytes::{Bytes, BytesMut};

use crate::{Checksum, Malformed};

/// An ICMP or ICMPv6 message; which of the two, the IP header around it says.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Message {
    /// The type octet.
    pub kind: u8,
    /// The code octet.
    pub code: u8,
    /// The checksum.
    pub checksum: Checksum,
    /// The four octets after the checksum: identifier and sequence, MTU, pointer, or unused.
    pub rest: [u8; 4],
    /// What follows: echo data, or the start of the datagram that caused an error.
    pub body: Bytes,
}

impl Message {
    /// Reads a message from the payload of a datagram between these addresses (both IPv4 or both IPv6).
    ///
    /// # Errors
    /// [`Malformed`] if there are fewer than 8 octets.
    pub fn parse(octets: &Bytes, source: IpAddr, destination: IpAddr) -> Result<Self, Malformed> {
        let _ = (octets, source, destination);
        todo!()
    }

    /// Appends the message, its checksum computed for these addresses unless it is literal.
    pub fn emit(&self, out: &mut BytesMut, source: IpAddr, destination: IpAddr) {
        let _ = (out, source, destination);
        todo!()
    }
}
