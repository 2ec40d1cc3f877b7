//! UDP datagrams.
//!
//! Spec: RFC 768.
use core::net::IpAddr;

use bytes::{Bytes, BytesMut};

use crate::{Checksum, Malformed};

/// A UDP header and its data.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Datagram {
    /// The sender's port; 0 if no reply is wanted.
    pub source: u16,
    /// The receiver's port.
    pub destination: u16,
    /// The length field where it is not 8 + the data's length.
    pub length: Option<u16>,
    /// The checksum; `Literal(0)` means none was computed.
    pub checksum: Checksum,
    /// The data.
    pub data: Bytes,
}

impl Datagram {
    /// Reads a datagram from the payload of an IP datagram between these addresses.
    ///
    /// # Errors
    /// [`Malformed`] if the header is cut short, or the length field is below 8 or past the payload.
    pub fn parse(octets: &Bytes, source: IpAddr, destination: IpAddr) -> Result<Self, Malformed> {
        let _ = (octets, source, destination);
        todo!()
    }

    /// Appends the datagram, its checksum computed for these addresses unless it is literal.
    pub fn emit(&self, out: &mut BytesMut, source: IpAddr, destination: IpAddr) {
        let _ = (out, source, destination);
        todo!()
    }
}
