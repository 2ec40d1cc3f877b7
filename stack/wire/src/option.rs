//! TCP options: every kind a script can name, in the order they stand, nonsense kept.
//!
//! Spec: RFC 9293 §3.2.
use crate::{Malformed, Seq};

/// The list of options of one segment, as its octets (at most 40).
///
/// Octets rather than a list of values, so that order, padding, and lengths that lie survive a round trip.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Options {
    length: u8,
    octets: [u8; Self::MAX],
}

/// One option. Values are in host order; cookies and digests borrow the header.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum TcpOption<'a> {
    /// Kind 0: the list ends here; what follows is padding. RFC 9293 §3.2.
    EndOfList,
    /// Kind 1: one octet of nothing. RFC 9293 §3.2.
    NoOperation,
    /// Kind 2: the largest segment the sender wants to receive, in octets. RFC 9293 §3.7.1.
    MaximumSegmentSize(u16),
    /// Kind 3: the shift of every later window. RFC 7323 §2.
    WindowScale(u8),
    /// Kind 4: selective acknowledgments are welcome. RFC 2018 §2.
    SackPermitted,
    /// Kind 5: blocks received out of order. RFC 2018 §3.
    Sack(SackBlocks),
    /// Kind 8: the sender's clock and the echo of the peer's. RFC 7323 §3.
    Timestamps {
        /// `TSval`.
        value: u32,
        /// `TSecr`.
        echo: u32,
    },
    /// Kind 19: an MD5 digest, normally 16 octets. RFC 2385 §3.0.
    Md5(&'a [u8]),
    /// Kind 28: how long unacknowledged data may wait. RFC 5482 §3.
    UserTimeout {
        /// Whether the value counts minutes rather than seconds.
        minutes: bool,
        /// Fifteen bits.
        value: u16,
    },
    /// Kind 34: a Fast Open cookie; empty asks for one. RFC 7413 §4.1.1.
    FastOpen(&'a [u8]),
    /// Kind 254 with experiment id 0xF989: the cookie before the option had a kind of its own. RFC 6994.
    FastOpenExperimental(&'a [u8]),
    /// Kind 172 (order 0) or 174 (order 1): the AccECN byte counters, 24 bits each. RFC 9768 §3.2.3.
    AccEcn {
        /// 0: kind 172, counters e0b, ceb, e1b. 1: kind 174, counters e1b, ceb, e0b.
        order: u8,
        /// The counters in the order they stand; a missing one is `None` and none follows it.
        counters: [Option<u32>; 3],
    },
    /// Any other kind, or a known kind with a length of its own making.
    Unknown {
        /// The kind octet.
        kind: u8,
        /// What follows the length octet.
        data: &'a [u8],
    },
}

/// Up to four blocks, in the order they stand; each from its left edge up to, excluding, its right.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct SackBlocks {
    length: u8,
    blocks: [(Seq, Seq); 4],
}

impl SackBlocks {
    /// The blocks, in the order they stand; those after the fourth are left out.
    #[must_use]
    pub fn new(blocks: &[(Seq, Seq)]) -> Self {
        let mut kept = Self::default();
        for (slot, block) in kept.blocks.iter_mut().zip(blocks) {
            *slot = *block;
            kept.length += 1;
        }
        kept
    }

    /// The blocks.
    #[must_use]
    pub fn as_slice(&self) -> &[(Seq, Seq)] {
        &self.blocks[..usize::from(self.length)]
    }
}

impl Options {
    /// The most octets a TCP header has room for.
    pub const MAX: usize = 40;
    /// No option at all.
    pub const EMPTY: Self = Self { length: 0, octets: [0; Self::MAX] };

    /// The octets as they are; `None` if there are more than 40.
    #[must_use]
    pub fn from_octets(octets: &[u8]) -> Option<Self> {
        let _ = octets;
        todo!()
    }

    /// The octets, padding included.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.length)]
    }

    /// Appends an option without padding; `false`, and nothing appended, if there is no room.
    pub fn push(&mut self, option: TcpOption<'_>) -> bool {
        let _ = option;
        todo!()
    }

    /// Fills the last word: with leading-free NOPs or EOL is the caller's choice of `filler` (1 or 0).
    pub fn pad(&mut self, filler: u8) {
        let _ = filler;
        todo!()
    }

    /// Every option up to and including the end of the list; padding after EOL is not visited. A length that
    /// lies ends the walk with an error.
    pub fn iter(&self) -> impl Iterator<Item = Result<TcpOption<'_>, Malformed>> {
        core::iter::empty()
    }

    /// The first maximum segment size option.
    #[must_use]
    pub fn maximum_segment_size(&self) -> Option<u16> {
        todo!()
    }

    /// The first window scale option.
    #[must_use]
    pub fn window_scale(&self) -> Option<u8> {
        todo!()
    }

    /// The first timestamps option: `(TSval, TSecr)`.
    #[must_use]
    pub fn timestamps(&self) -> Option<(u32, u32)> {
        todo!()
    }

    /// Whether selective acknowledgments are permitted.
    #[must_use]
    pub fn sack_permitted(&self) -> bool {
        todo!()
    }

    /// The blocks of the first SACK option.
    #[must_use]
    pub fn sack(&self) -> SackBlocks {
        todo!()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl core::fmt::Debug for Options {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
