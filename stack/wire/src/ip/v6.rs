//! The IPv6 header and its extension headers.
//!
//! Spec: RFC 8200 §3, §4.
use core::net::Ipv6Addr;

use bytes::{BufMut, Bytes, BytesMut};

use super::Extent;
use crate::{Layer, Malformed};

const LAYER: Layer = Layer::Ipv6;
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;
const HOST_IDENTITY: u8 = 139;
const SHIM6: u8 = 140;

/// An IPv6 header and the extension headers behind it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Ipv6 {
    /// The source address.
    pub source: Ipv6Addr,
    /// The destination address.
    pub destination: Ipv6Addr,
    /// DSCP (upper six bits) and ECN (lower two).
    pub traffic_class: u8,
    /// Twenty bits.
    pub flow_label: u32,
    /// The Hop Limit.
    pub hop_limit: u8,
    /// The extension headers, in the order they stand.
    pub extensions: Vec<Extension>,
    /// The protocol of the payload: the last Next Header value.
    pub protocol: u8,
}

/// One extension header.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Extension {
    /// Hop-by-hop options (0), routing (43), destination options (60), or another of the common shape;
    /// authentication (51) too, whose length octet alone counts otherwise.
    Plain {
        /// The header's own number.
        kind: u8,
        /// What follows its first two octets: with them, whole units of eight octets (authentication: four).
        body: Bytes,
    },
    /// The fragment header (44).
    Fragment {
        /// The offset in octets.
        offset: u16,
        /// More Fragments.
        more: bool,
        /// The identification.
        id: u32,
    },
}

impl Ipv6 {
    /// The octets before the extension headers.
    pub const HEADER: usize = 40;

    /// A header without extensions: hop limit 64.
    #[must_use]
    pub const fn new(source: Ipv6Addr, destination: Ipv6Addr, protocol: u8) -> Self {
        Self {
            source,
            destination,
            traffic_class: 0,
            flow_label: 0,
            hop_limit: 64,
            extensions: Vec::new(),
            protocol,
        }
    }

    /// How long the header is with its extension headers, in octets.
    #[must_use]
    pub fn octets(&self) -> usize {
        Self::HEADER + self.extensions.iter().map(Extension::octets).sum::<usize>()
    }

    /// The first fragment header: offset in octets, More Fragments, identification.
    #[must_use]
    pub fn fragment(&self) -> Option<(u16, bool, u32)> {
        self.extensions.iter().find_map(|extension| match *extension {
            Extension::Fragment { offset, more, id } => Some((offset, more, id)),
            Extension::Plain { .. } => None,
        })
    }

    pub(super) fn parse(octets: &Bytes, cut: bool) -> Result<(Self, Extent), Malformed> {
        let have = octets.len();
        let Some((&[v0, v1, v2, v3, l0, l1, next, hop_limit], rest)) = octets.split_first_chunk() else {
            return Err(Malformed::Truncated { layer: LAYER, need: Self::HEADER, have });
        };
        let (Some(source), Some(destination)) =
            (rest.first_chunk(), rest.get(16..).and_then(<[u8]>::first_chunk))
        else {
            return Err(Malformed::Truncated { layer: LAYER, need: Self::HEADER, have });
        };
        let end = match usize::from(u16::from_be_bytes([l0, l1])) {
            // A jumbogram (RFC 2675), or a sender that left the segmentation to its interface.
            0 if cut && next == HOP_BY_HOP => have,
            length => Self::HEADER + length,
        };
        if end > have && !cut {
            return Err(Malformed::Truncated { layer: LAYER, need: end, have });
        }
        let first = u32::from_be_bytes([v0, v1, v2, v3]);
        let mut ip = Self {
            source: Ipv6Addr::from_octets(*source),
            destination: Ipv6Addr::from_octets(*destination),
            traffic_class: (first >> 20) as u8,
            flow_label: first & 0x000f_ffff,
            hop_limit,
            extensions: Vec::new(),
            protocol: next,
        };
        let start = ip.walk(&octets.slice(..end.min(have)))?;
        Ok((ip, Extent { start, end }))
    }

    /// Reads extension headers until something else follows; where that stands. The payload of a fragment other
    /// than the first is not looked into.
    ///
    /// Spec: RFC 8200 §4.
    fn walk(&mut self, octets: &Bytes) -> Result<usize, Malformed> {
        let mut at = Self::HEADER;
        while let Some(unit) = unit(self.protocol) {
            let rest = octets.get(at..).unwrap_or(&[]);
            let truncated = |need| Malformed::Truncated { layer: LAYER, need: at + need, have: octets.len() };
            let Some(&[next, length, o0, o1, i0, i1, i2, i3]) = rest.first_chunk() else {
                return Err(truncated(8));
            };
            if self.protocol == FRAGMENT {
                let field = u16::from_be_bytes([o0, o1]);
                let (offset, id) = (field & 0xfff8, u32::from_be_bytes([i0, i1, i2, i3]));
                self.extensions.push(Extension::Fragment { offset, more: field & 1 != 0, id });
                self.protocol = next;
                at += 8;
                if offset != 0 {
                    break;
                }
                continue;
            }
            let size = unit.octets(length);
            if size > rest.len() {
                return Err(truncated(size));
            }
            self.extensions
                .push(Extension::Plain { kind: self.protocol, body: octets.slice(at + 2..at + size) });
            self.protocol = next;
            at += size;
        }
        Ok(at)
    }

    pub(super) fn emit(&self, out: &mut BytesMut, payload: usize) {
        let length = u16::try_from(self.octets() - Self::HEADER + payload).unwrap_or(0);
        let first = 6 << 28 | u32::from(self.traffic_class) << 20 | self.flow_label & 0x000f_ffff;
        let kinds = self.extensions.iter().map(Extension::kind).chain([self.protocol]);
        let mut next = kinds.clone();
        out.put_u32(first);
        out.put_u16(length);
        out.put_slice(&[next.next().unwrap_or(self.protocol), self.hop_limit]);
        out.put_slice(&self.source.octets());
        out.put_slice(&self.destination.octets());
        for (extension, next) in self.extensions.iter().zip(next) {
            extension.emit(out, next);
        }
    }
}

impl Extension {
    /// Its own number.
    #[must_use]
    pub const fn kind(&self) -> u8 {
        match self {
            Self::Plain { kind, .. } => *kind,
            Self::Fragment { .. } => FRAGMENT,
        }
    }

    /// How long it is, padded to whole units, in octets.
    #[must_use]
    pub fn octets(&self) -> usize {
        match self {
            Self::Plain { kind, body } => {
                let unit = unit(*kind).unwrap_or(Unit::COMMON);
                (body.len() + 2).next_multiple_of(unit.size).max(8)
            }
            Self::Fragment { .. } => 8,
        }
    }

    fn emit(&self, out: &mut BytesMut, next: u8) {
        match self {
            Self::Plain { kind, body } => {
                let (size, unit) = (self.octets(), unit(*kind).unwrap_or(Unit::COMMON));
                out.put_slice(&[next, unit.length(size)]);
                out.put_slice(body);
                out.put_bytes(0, size - 2 - body.len());
            }
            Self::Fragment { offset, more, id } => {
                out.put_slice(&[next, 0]);
                out.put_u16(offset & 0xfff8 | u16::from(*more));
                out.put_u32(*id);
            }
        }
    }
}

/// How an extension header's length octet counts.
#[derive(Clone, Copy)]
struct Unit {
    /// Octets a unit.
    size: usize,
    /// Units that are not counted.
    uncounted: usize,
}

impl Unit {
    const COMMON: Self = Self { size: 8, uncounted: 1 };
    /// RFC 4302 §2.2 counts otherwise than all other extension headers.
    const AUTHENTICATION: Self = Self { size: 4, uncounted: 2 };

    const fn octets(self, length: u8) -> usize {
        (length as usize + self.uncounted) * self.size
    }

    /// A body too long for the octet is cut to its low eight bits: nonsense said is nonsense sent.
    const fn length(self, octets: usize) -> u8 {
        (octets / self.size).saturating_sub(self.uncounted) as u8
    }
}

/// How the length octet counts in an extension header of this kind; `None` if it is none that can be walked.
const fn unit(kind: u8) -> Option<Unit> {
    match kind {
        HOP_BY_HOP | ROUTING | FRAGMENT | DESTINATION | MOBILITY | HOST_IDENTITY | SHIM6 => {
            Some(Unit::COMMON)
        }
        AUTHENTICATION => Some(Unit::AUTHENTICATION),
        _ => None,
    }
}
