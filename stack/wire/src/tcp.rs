//! TCP segments: parse, emit, measure.
//!
//! Spec: RFC 9293 §3.1.
use core::fmt;
use core::net::IpAddr;
use core::ops::{BitOr, BitOrAssign, Range};

use bytes::{BufMut, Bytes, BytesMut};

use crate::checksum::Sum;
use crate::ip::protocol;
use crate::{Checksum, Layer, Malformed, Options, Seq};

mod signature;

/// The control bits and the reserved bits: a set, in which anything goes with anything.
///
/// The low eight bits are CWR ECE URG ACK PSH RST SYN FIN; bit 8 is AE (RFC 9768), bits 9 to 11 are reserved.
#[derive(Clone, Copy, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Flags(pub u16);

impl Flags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x001);
    /// Synchronize sequence numbers.
    pub const SYN: Self = Self(0x002);
    /// Reset the connection.
    pub const RST: Self = Self(0x004);
    /// Push.
    pub const PSH: Self = Self(0x008);
    /// The acknowledgment field counts.
    pub const ACK: Self = Self(0x010);
    /// The urgent pointer counts.
    pub const URG: Self = Self(0x020);
    /// ECN echo. RFC 3168 §6.1.
    pub const ECE: Self = Self(0x040);
    /// Congestion window reduced. RFC 3168 §6.1.
    pub const CWR: Self = Self(0x080);
    /// Accurate ECN. RFC 9768 §3.1.
    pub const AE: Self = Self(0x100);
    /// No flag at all.
    pub const NONE: Self = Self(0);

    /// Whether every flag of `other` is set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any flag of `other` is set.
    #[must_use]
    pub const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The set without the flags of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Flags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Flags {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

/// A TCP segment: header, options and text.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Segment {
    /// The sender's port.
    pub source: u16,
    /// The receiver's port.
    pub destination: u16,
    /// The sequence number of the first octet (or of the SYN).
    pub seq: Seq,
    /// The acknowledgment field, whether or not the ACK flag makes it count.
    pub ack: Seq,
    /// The control bits.
    pub flags: Flags,
    /// The window field as it stands, unscaled.
    pub window: u16,
    /// The urgent pointer as it stands, whether or not the URG flag makes it count.
    pub urgent: u16,
    /// The checksum.
    pub checksum: Checksum,
    /// The data offset in 32-bit words where it is not what the options need (5 + their length / 4, rounded up).
    pub data_offset: Option<u8>,
    /// The options, padding included.
    pub options: Options,
    /// The text.
    pub text: Bytes,
}

impl Segment {
    /// Whether every flag of `flags` is set.
    #[must_use]
    pub const fn has(&self, flags: Flags) -> bool {
        self.flags.has(flags)
    }

    /// The acknowledgment number, if the ACK flag makes it count.
    #[must_use]
    pub fn acknowledges(&self) -> Option<Seq> {
        self.has(Flags::ACK).then_some(self.ack)
    }

    /// SEG.LEN: the text, plus one for SYN and one for FIN.
    ///
    /// Spec: RFC 9293 §3.3.1 RFC9293:3.4-syn-fin-occupy-sequence.
    #[must_use]
    pub fn length(&self) -> u32 {
        self.text.len() as u32 + u32::from(self.has(Flags::SYN)) + u32::from(self.has(Flags::FIN))
    }

    /// The number after the last one this segment occupies.
    #[must_use]
    pub fn end(&self) -> Seq {
        self.seq + self.length()
    }

    /// The octets before the options.
    pub const HEADER: usize = 20;

    /// Reads a segment from the payload of a datagram between these addresses.
    ///
    /// # Errors
    /// [`Malformed`] if the header is cut short or its data offset is below 5 words or past the payload. Options
    /// with lengths that lie are kept: iterating them says so.
    pub fn parse(octets: &Bytes, source: IpAddr, destination: IpAddr) -> Result<Self, Malformed> {
        Self::parse_cut(octets, 0..octets.len(), (source, destination), octets.len())
            .map(|(segment, _)| segment)
    }

    /// Reads the start of a segment that was `claimed` octets long from the octets `at` a place, and how long its text
    /// was. The options are as many as are there, and the checksum of a cut segment is taken as right.
    ///
    /// Spec: RFC9293:MUST-5, RFC9293:3.1-data-offset-locates-data, RFC9293:3.1-data-offset-malformed.
    #[inline]
    pub(crate) fn parse_cut(
        octets: &Bytes,
        at: Range<usize>,
        ends: (IpAddr, IpAddr),
        claimed: usize,
    ) -> Result<(Self, usize), Malformed> {
        let here = octets.get(at.clone()).unwrap_or_default();
        let have = here.len();
        let Some(&[s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, offset, control, w0, w1, c0, c1, u0, u1]) =
            here.first_chunk()
        else {
            return Err(Malformed::Truncated { layer: Layer::Tcp, need: Self::HEADER, have });
        };
        let header = usize::from(offset >> 4) * 4;
        if header < Self::HEADER || header > claimed {
            let (least, most) = (Self::HEADER, claimed);
            return Err(Malformed::Length { layer: Layer::Tcp, claimed: header, least, most });
        }
        let start = header.min(have);
        let whole = || Sum::pseudo(ends, protocol::TCP, have).octets(here).verifies();
        let segment = Self {
            source: u16::from_be_bytes([s0, s1]),
            destination: u16::from_be_bytes([d0, d1]),
            seq: Seq(u32::from_be_bytes([q0, q1, q2, q3])),
            ack: Seq(u32::from_be_bytes([a0, a1, a2, a3])),
            flags: Flags(u16::from_be_bytes([offset & 0x0f, control])),
            window: u16::from_be_bytes([w0, w1]),
            urgent: u16::from_be_bytes([u0, u1]),
            checksum: Checksum::found(u16::from_be_bytes([c0, c1]), claimed > have || whole()),
            // Options that were cut away do not fill the header that they had.
            data_offset: (start < header).then_some(offset >> 4),
            options: here.get(Self::HEADER..start).and_then(Options::from_octets).unwrap_or_default(),
            text: octets.slice(at.start + start..at.end),
        };
        Ok((segment, claimed - header))
    }

    /// Appends the segment, its checksum computed for these addresses unless it is literal. Options that do not
    /// fill their last word are padded with zeros.
    ///
    /// Spec: RFC9293:MUST-69.
    pub fn emit(&self, out: &mut BytesMut, source: IpAddr, destination: IpAddr) {
        let header = self.header_octets();
        let mut octets = [0; Self::HEADER + Options::MAX];
        let (fixed, options) = octets.split_at_mut(Self::HEADER);
        fixed.copy_from_slice(&self.fixed());
        options[..self.options.octets().len()].copy_from_slice(self.options.octets());
        let checksum = self.checksum.written(|| {
            Sum::pseudo((source, destination), protocol::TCP, header + self.text.len())
                .octets(&octets)
                .octets(&self.text)
                .finish()
        });
        octets[16..18].copy_from_slice(&checksum.to_be_bytes());
        out.put_slice(&octets[..header]);
        out.put_slice(&self.text);
    }

    /// The header before the options, with no checksum yet.
    fn fixed(&self) -> [u8; Self::HEADER] {
        // A nibble holds what the options need at most, and a lie is cut to it.
        let offset = self.data_offset.unwrap_or((self.header_octets() / 4) as u8);
        let mut fixed = [0; Self::HEADER];
        for (field, value) in [
            (0..2, &self.source.to_be_bytes()[..]),
            (2..4, &self.destination.to_be_bytes()),
            (4..8, &self.seq.0.to_be_bytes()),
            (8..12, &self.ack.0.to_be_bytes()),
            (12..14, &(u16::from(offset) << 12 | self.flags.0 & 0x0fff).to_be_bytes()),
            (14..16, &self.window.to_be_bytes()),
            (18..20, &self.urgent.to_be_bytes()),
        ] {
            fixed[field].copy_from_slice(value);
        }
        fixed
    }

    /// How long the header is with its options, padded to whole words: in octets, whatever its data offset says.
    #[must_use]
    pub fn header_octets(&self) -> usize {
        Self::HEADER + self.options.octets().len().next_multiple_of(4)
    }

    /// How long the segment is, in octets: header, options and text.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.header_octets() + self.text.len()
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Flags {
    /// As scripts write them: letters `FSRP`, then the dot for ACK, then `U`, `E`, `W`, `A`; `-` for none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LETTERS: [(Flags, &str); 9] = [
            (Flags::FIN, "F"),
            (Flags::SYN, "S"),
            (Flags::RST, "R"),
            (Flags::PSH, "P"),
            (Flags::ACK, "."),
            (Flags::URG, "U"),
            (Flags::ECE, "E"),
            (Flags::CWR, "W"),
            (Flags::AE, "A"),
        ];
        if *self == Self::NONE {
            return f.write_str("-");
        }
        for (_, letter) in LETTERS.iter().filter(|(flag, _)| self.has(*flag)) {
            f.write_str(letter)?;
        }
        // Scripts have no letter for the reserved bits, but a reader must not miss them.
        match self.0 & !0x1ff {
            0 => Ok(()),
            reserved => write!(f, "+{reserved:#05x}"),
        }
    }
}
