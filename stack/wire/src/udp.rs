//! UDP datagrams.
//!
//! Spec: RFC 768.
use core::net::IpAddr;
use core::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};

use crate::checksum::Sum;
use crate::ip::protocol;
use crate::{Checksum, Layer, Malformed};

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
    /// The octets before the data.
    pub const HEADER: usize = 8;

    /// Reads a datagram from the payload of an IP datagram between these addresses. Octets beyond the length
    /// field's end are not part of it.
    ///
    /// # Errors
    /// [`Malformed`] if the header is cut short, or the length field is below 8 or past the payload.
    ///
    /// Spec: RFC768:fields-length, RFC768:fields-length-invalid-not-delivered, RFC768:fields-empty-datagram.
    pub fn parse(octets: &Bytes, source: IpAddr, destination: IpAddr) -> Result<Self, Malformed> {
        Self::parse_cut(octets, 0..octets.len(), (source, destination), octets.len())
            .map(|(datagram, _)| datagram)
    }

    /// Reads the start of a datagram in a payload that was `claimed` octets long from the octets `at` a place, and how
    /// long its data was. The checksum of a cut one is taken as right.
    pub(crate) fn parse_cut(
        octets: &Bytes,
        at: Range<usize>,
        ends: (IpAddr, IpAddr),
        claimed: usize,
    ) -> Result<(Self, usize), Malformed> {
        let here = octets.get(at.clone()).unwrap_or_default();
        let have = here.len();
        let Some(&[s0, s1, d0, d1, l0, l1, c0, c1]) = here.first_chunk() else {
            return Err(Malformed::Truncated { layer: Layer::Udp, need: Self::HEADER, have });
        };
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        if length < Self::HEADER || length > claimed {
            let (least, most) = (Self::HEADER, claimed);
            return Err(Malformed::Length { layer: Layer::Udp, claimed: length, least, most });
        }
        let end = length.min(have);
        let field = u16::from_be_bytes([c0, c1]);
        let sum = || Sum::pseudo(ends, protocol::UDP, length).octets(here.get(..end).unwrap_or(&[]));
        let datagram = Self {
            source: u16::from_be_bytes([s0, s1]),
            destination: u16::from_be_bytes([d0, d1]),
            length: None,
            checksum: Checksum::found(field, field != 0 && (length > have || sum().verifies())),
            data: octets.slice(at.start + Self::HEADER..at.start + end),
        };
        Ok((datagram, length - Self::HEADER))
    }

    /// Appends the datagram, its checksum computed for these addresses unless it is literal. With a length field
    /// that lies, the sum is the one that a receiver who believes it arrives at.
    ///
    /// Spec: RFC768:fields-checksum-sum, RFC1122:4.1.3.4-generate-and-validate.
    pub fn emit(&self, out: &mut BytesMut, source: IpAddr, destination: IpAddr) {
        let length = self.length.unwrap_or_else(|| u16::try_from(self.octets()).unwrap_or(0));
        let ([s0, s1], [d0, d1]) = (self.source.to_be_bytes(), self.destination.to_be_bytes());
        let [l0, l1] = length.to_be_bytes();
        let [c0, c1] = self
            .checksum
            .written(|| {
                let believed = usize::from(length).saturating_sub(Self::HEADER).min(self.data.len());
                Sum::pseudo((source, destination), protocol::UDP, usize::from(length))
                    .octets(&[s0, s1, d0, d1, l0, l1, 0, 0])
                    .octets(self.data.get(..believed).unwrap_or(&[]))
                    .datagram()
            })
            .to_be_bytes();
        out.put_slice(&[s0, s1, d0, d1, l0, l1, c0, c1]);
        out.put_slice(&self.data);
    }

    /// How long the datagram is, in octets, whatever its length field says.
    #[must_use]
    pub fn octets(&self) -> usize {
        Self::HEADER + self.data.len()
    }
}

impl Sum {
    /// The checksum as UDP sends it: zero would mean that none was computed, so minus zero stands in.
    ///
    /// Spec: RFC768:fields-checksum-zero-becomes-ones, RFC8200:8.1-udp-checksum-mandatory.
    const fn datagram(self) -> u16 {
        match self.finish() {
            0 => 0xffff,
            checksum => checksum,
        }
    }
}
