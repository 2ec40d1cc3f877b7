//! The IPv4 header.
//!
//! Spec: RFC 791 §3.1.
use core::net::Ipv4Addr;

use bytes::{BufMut, Bytes, BytesMut};

use super::Extent;
use crate::checksum::Sum;
use crate::{Checksum, Layer, Malformed};

const RESERVED: u16 = 0x8000;
const DONT_FRAGMENT: u16 = 0x4000;
const MORE_FRAGMENTS: u16 = 0x2000;
/// Counts eight octets each.
const OFFSET: u16 = 0x1fff;

/// An IPv4 header, options kept as octets. Length fields are computed when it is emitted.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Ipv4 {
    /// The source address.
    pub source: Ipv4Addr,
    /// The destination address.
    pub destination: Ipv4Addr,
    /// DSCP (upper six bits) and ECN (lower two).
    pub tos: u8,
    /// The identification field.
    pub id: u16,
    /// The first flag bit, which must be zero.
    pub reserved: bool,
    /// Don't Fragment.
    pub dont_fragment: bool,
    /// More Fragments.
    pub more_fragments: bool,
    /// The fragment offset, in octets.
    pub offset: u16,
    /// Time to Live.
    pub ttl: u8,
    /// The protocol of the payload.
    pub protocol: u8,
    /// The header checksum.
    pub checksum: Checksum,
    /// The options with their padding: a multiple of four octets, at most 40.
    pub options: Bytes,
}

impl Ipv4 {
    /// The octets before the options.
    pub const HEADER: usize = 20;
    /// The most octets of options that the header length can express.
    pub const MAX_OPTIONS: usize = 40;

    /// A header without options: Time to Live 64, Don't Fragment set, identification 0.
    #[must_use]
    pub const fn new(source: Ipv4Addr, destination: Ipv4Addr, protocol: u8) -> Self {
        Self {
            source,
            destination,
            tos: 0,
            id: 0,
            reserved: false,
            dont_fragment: true,
            more_fragments: false,
            offset: 0,
            ttl: 64,
            protocol,
            checksum: Checksum::Right,
            options: Bytes::new(),
        }
    }

    /// How long the header is with its options, padded to whole words, in octets.
    #[must_use]
    pub fn octets(&self) -> usize {
        Self::HEADER + self.options.len().min(Self::MAX_OPTIONS).next_multiple_of(4)
    }

    pub(super) fn parse(octets: &Bytes, cut: bool) -> Result<(Self, Extent), Malformed> {
        let have = octets.len();
        let Some(
            &[first, tos, l0, l1, i0, i1, f0, f1, ttl, protocol, c0, c1, s0, s1, s2, s3, d0, d1, d2, d3],
        ) = octets.first_chunk()
        else {
            return Err(Malformed::Truncated { layer: Layer::Ipv4, need: Self::HEADER, have });
        };
        let extent = extent(first, u16::from_be_bytes([l0, l1]), (have, cut))?;
        let fragment = u16::from_be_bytes([f0, f1]);
        let verifies = octets.get(..extent.start).is_some_and(|head| Sum::ZERO.octets(head).verifies());
        let ip = Self {
            source: Ipv4Addr::new(s0, s1, s2, s3),
            destination: Ipv4Addr::new(d0, d1, d2, d3),
            tos,
            id: u16::from_be_bytes([i0, i1]),
            reserved: fragment & RESERVED != 0,
            dont_fragment: fragment & DONT_FRAGMENT != 0,
            more_fragments: fragment & MORE_FRAGMENTS != 0,
            offset: (fragment & OFFSET) << 3,
            ttl,
            protocol,
            checksum: Checksum::found(u16::from_be_bytes([c0, c1]), verifies),
            options: octets.slice(Self::HEADER..extent.start),
        };
        Ok((ip, extent))
    }

    pub(super) fn emit(&self, out: &mut BytesMut, payload: usize) {
        let header = self.octets();
        let total = u16::try_from(header + payload).unwrap_or(0);
        let fragment = self.offset >> 3
            | if self.reserved { RESERVED } else { 0 }
            | if self.dont_fragment { DONT_FRAGMENT } else { 0 }
            | if self.more_fragments { MORE_FRAGMENTS } else { 0 };
        let mut octets = [0; Self::HEADER + Self::MAX_OPTIONS];
        let (fixed, options) = octets.split_at_mut(Self::HEADER);
        for (field, value) in [
            (0..2, &[0x40 | (header / 4) as u8, self.tos][..]),
            (2..4, &total.to_be_bytes()),
            (4..6, &self.id.to_be_bytes()),
            (6..8, &fragment.to_be_bytes()),
            (8..10, &[self.ttl, self.protocol]),
            (12..16, &self.source.octets()),
            (16..20, &self.destination.octets()),
        ] {
            fixed[field].copy_from_slice(value);
        }
        for (to, from) in options.iter_mut().zip(&self.options) {
            *to = *from;
        }
        let checksum = self.checksum.written(|| Sum::ZERO.octets(&octets).finish());
        octets[10..12].copy_from_slice(&checksum.to_be_bytes());
        out.put_slice(&octets[..header]);
    }
}

/// Where the payload stands, by the header length in the `first` octet and the total length field.
///
/// Spec: RFC791:3.1-header-length, RFC791:3.1-total-length.
fn extent(first: u8, total: u16, (have, cut): (usize, bool)) -> Result<Extent, Malformed> {
    const LAYER: Layer = Layer::Ipv4;
    let start = usize::from(first & 0x0f) * 4;
    if start < Ipv4::HEADER {
        let (least, most) = (Ipv4::HEADER, have.max(Ipv4::HEADER));
        return Err(Malformed::Length { layer: LAYER, claimed: start, least, most });
    }
    if start > have {
        return Err(Malformed::Truncated { layer: LAYER, need: start, have });
    }
    let end = match usize::from(total) {
        // A sender that left the segmentation to its interface may leave the length to it too.
        0 if cut => have,
        end => end,
    };
    if end < start {
        return Err(Malformed::Length { layer: LAYER, claimed: end, least: start, most: have });
    }
    if end > have && !cut {
        return Err(Malformed::Truncated { layer: LAYER, need: end, have });
    }
    Ok(Extent { start, end })
}
