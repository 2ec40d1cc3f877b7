//! TCP options: every kind a script can name, in the order they stand, nonsense kept.
//!
//! Spec: RFC 9293 §3.2.
pub mod kind;

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

    /// The blocks that stand in `data`.
    fn read(data: &[u8]) -> Self {
        let mut kept = Self::default();
        for (slot, &[l0, l1, l2, l3, r0, r1, r2, r3]) in kept.blocks.iter_mut().zip(data.as_chunks().0) {
            let left = Seq(u32::from_be_bytes([l0, l1, l2, l3]));
            *slot = (left, Seq(u32::from_be_bytes([r0, r1, r2, r3])));
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
        let mut options = Self::EMPTY;
        options.push_octets(octets).then_some(options)
    }

    /// These options, one after the other without padding; `None` if they are more than 40 octets.
    #[must_use]
    pub fn of(list: &[TcpOption<'_>]) -> Option<Self> {
        let mut options = Self::EMPTY;
        list.iter().all(|option| options.push(*option)).then_some(options)
    }

    /// The octets, padding included.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.length)]
    }

    /// Whether there is no option, nor padding.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Appends an option without padding; `false`, and nothing appended, if there is no room.
    pub fn push(&mut self, option: TcpOption<'_>) -> bool {
        let before = self.length;
        let fits = self.write(option);
        if !fits {
            self.length = before;
            self.octets[usize::from(before)..].fill(0);
        }
        fits
    }

    /// Appends octets as they are, sense or nonsense; `false`, and nothing appended, if there is no room.
    pub fn push_octets(&mut self, octets: &[u8]) -> bool {
        let start = usize::from(self.length);
        let Some(room) = self.octets.get_mut(start..start + octets.len()) else { return false };
        room.copy_from_slice(octets);
        self.length += octets.len() as u8;
        true
    }

    /// Fills the last word with `filler`: 1 for NOP, 0 for the end of the list.
    pub fn pad(&mut self, filler: u8) {
        while !self.length.is_multiple_of(4) {
            self.push_octets(&[filler]);
        }
    }

    /// Every option up to and including the end of the list; padding after EOL is not visited. A length that
    /// lies ends the walk with an error.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter { octets: self.octets(), at: 0, padding: &[] }
    }

    /// The first maximum segment size option.
    #[must_use]
    pub fn maximum_segment_size(&self) -> Option<u16> {
        self.first(kind::MAXIMUM_SEGMENT_SIZE, |option| {
            if let TcpOption::MaximumSegmentSize(size) = option { Some(size) } else { None }
        })
    }

    /// The first window scale option.
    #[must_use]
    pub fn window_scale(&self) -> Option<u8> {
        self.first(kind::WINDOW_SCALE, |option| {
            if let TcpOption::WindowScale(shift) = option { Some(shift) } else { None }
        })
    }

    /// The first timestamps option: `(TSval, TSecr)`.
    #[must_use]
    pub fn timestamps(&self) -> Option<(u32, u32)> {
        self.first(kind::TIMESTAMPS, |option| {
            if let TcpOption::Timestamps { value, echo } = option { Some((value, echo)) } else { None }
        })
    }

    /// Whether selective acknowledgments are permitted.
    #[must_use]
    pub fn sack_permitted(&self) -> bool {
        self.first(kind::SACK_PERMITTED, |option| (option == TcpOption::SackPermitted).then_some(()))
            .is_some()
    }

    /// The blocks of the first SACK option.
    #[must_use]
    pub fn sack(&self) -> SackBlocks {
        self.first(
            kind::SACK,
            |option| if let TcpOption::Sack(blocks) = option { Some(blocks) } else { None },
        )
        .unwrap_or_default()
    }

    /// The first option of a kind that is of a length which the kind has; the others are stepped over unread.
    fn first<T>(&self, kind: u8, wanted: impl Fn(TcpOption<'_>) -> Option<T>) -> Option<T> {
        let mut fields = self.iter();
        core::iter::from_fn(|| fields.field().and_then(Result::ok))
            .filter(|field| field.0 == kind)
            .find_map(|(kind, data)| wanted(TcpOption::read(kind, data)))
    }

    /// Appends as much of an option as fits; whether that was all.
    fn write(&mut self, option: TcpOption<'_>) -> bool {
        match option {
            TcpOption::EndOfList => self.push_octets(&[kind::END_OF_LIST]),
            TcpOption::NoOperation => self.push_octets(&[kind::NO_OPERATION]),
            TcpOption::MaximumSegmentSize(size) => {
                self.field(kind::MAXIMUM_SEGMENT_SIZE, &[&size.to_be_bytes()])
            }
            TcpOption::WindowScale(shift) => self.field(kind::WINDOW_SCALE, &[&[shift]]),
            TcpOption::SackPermitted => self.field(kind::SACK_PERMITTED, &[]),
            TcpOption::Sack(blocks) => self.blocks(blocks),
            TcpOption::Timestamps { value, echo } => {
                self.field(kind::TIMESTAMPS, &[&value.to_be_bytes(), &echo.to_be_bytes()])
            }
            TcpOption::Md5(digest) => self.field(kind::MD5, &[digest]),
            TcpOption::UserTimeout { minutes, value } => {
                let granularity = if minutes { 0x8000 } else { 0 };
                self.field(kind::USER_TIMEOUT, &[&(granularity | value & 0x7fff).to_be_bytes()])
            }
            TcpOption::FastOpen(cookie) => self.field(kind::FAST_OPEN, &[cookie]),
            TcpOption::FastOpenExperimental(cookie) => {
                self.field(kind::EXPERIMENT, &[&kind::FAST_OPEN_EXPERIMENT, cookie])
            }
            TcpOption::AccEcn { order, counters } => self.counters(order, counters),
            TcpOption::Unknown { kind, data } => self.field(kind, &[data]),
        }
    }

    /// Appends kind, length and data.
    ///
    /// Spec: RFC9293:MUST-68.
    fn field(&mut self, kind: u8, data: &[&[u8]]) -> bool {
        let length = 2 + data.iter().map(|piece| piece.len()).sum::<usize>();
        self.push_octets(&[kind, length as u8]) && data.iter().all(|piece| self.push_octets(piece))
    }

    fn blocks(&mut self, blocks: SackBlocks) -> bool {
        let blocks = blocks.as_slice();
        self.push_octets(&[kind::SACK, 2 + 8 * blocks.len() as u8])
            && blocks.iter().all(|(left, right)| {
                self.push_octets(&left.0.to_be_bytes()) && self.push_octets(&right.0.to_be_bytes())
            })
    }

    fn counters(&mut self, order: u8, counters: [Option<u32>; 3]) -> bool {
        let kind = if order == 0 { kind::ACC_ECN_0 } else { kind::ACC_ECN_1 };
        let present = || counters.into_iter().map_while(core::convert::identity);
        self.push_octets(&[kind, 2 + 3 * present().count() as u8])
            && present().all(|counter| {
                let [_, a, b, c] = counter.to_be_bytes();
                self.push_octets(&[a, b, c])
            })
    }
}

/// A walk over the options of a header.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    octets: &'a [u8],
    /// Where the next option starts.
    at: usize,
    padding: &'a [u8],
}

impl<'a> Iter<'a> {
    /// Once the walk has ended: the octets behind the end of the list.
    pub(crate) fn padding(&self) -> &'a [u8] {
        self.padding
    }

    /// The next option as its kind and its data.
    ///
    /// Spec: RFC9293:MUST-4a RFC9293:MUST-4b RFC9293:MUST-6 RFC9293:MUST-7a RFC9293:MUST-7b RFC9293:MUST-64.
    fn field(&mut self) -> Option<Result<(u8, &'a [u8]), Malformed>> {
        let (at, rest) = (self.at, self.octets.get(self.at..)?);
        let (&kind, behind) = rest.split_first()?;
        match kind {
            kind::END_OF_LIST => {
                (self.at, self.padding) = (self.octets.len(), behind);
                return Some(Ok((kind, &[])));
            }
            kind::NO_OPERATION => {
                self.at += 1;
                return Some(Ok((kind, &[])));
            }
            _ => {}
        }
        let length = behind.first().copied().unwrap_or(0);
        let Some(data) = rest.get(2..usize::from(length)) else {
            self.at = self.octets.len();
            return Some(Err(Malformed::OptionLength { kind, length, at, room: rest.len() }));
        };
        self.at += usize::from(length);
        Some(Ok((kind, data)))
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = Result<TcpOption<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let field = self.field()?;
        Some(field.map(|(kind, data)| TcpOption::read(kind, data)))
    }
}

impl<'a> IntoIterator for &'a Options {
    type Item = Result<TcpOption<'a>, Malformed>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<'a> TcpOption<'a> {
    /// The kind octet.
    #[must_use]
    pub const fn kind(&self) -> u8 {
        match self {
            Self::EndOfList => kind::END_OF_LIST,
            Self::NoOperation => kind::NO_OPERATION,
            Self::MaximumSegmentSize(_) => kind::MAXIMUM_SEGMENT_SIZE,
            Self::WindowScale(_) => kind::WINDOW_SCALE,
            Self::SackPermitted => kind::SACK_PERMITTED,
            Self::Sack(_) => kind::SACK,
            Self::Timestamps { .. } => kind::TIMESTAMPS,
            Self::Md5(_) => kind::MD5,
            Self::UserTimeout { .. } => kind::USER_TIMEOUT,
            Self::FastOpen(_) => kind::FAST_OPEN,
            Self::FastOpenExperimental(_) => kind::EXPERIMENT,
            Self::AccEcn { order: 0, .. } => kind::ACC_ECN_0,
            Self::AccEcn { .. } => kind::ACC_ECN_1,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    /// The option of this kind, if the data are of a length that the kind has.
    fn read(kind: u8, data: &'a [u8]) -> Self {
        match (kind, data) {
            (kind::END_OF_LIST, []) => Self::EndOfList,
            (kind::NO_OPERATION, []) => Self::NoOperation,
            (kind::MAXIMUM_SEGMENT_SIZE, &[a, b]) => Self::MaximumSegmentSize(u16::from_be_bytes([a, b])),
            (kind::WINDOW_SCALE, &[shift]) => Self::WindowScale(shift),
            (kind::SACK_PERMITTED, []) => Self::SackPermitted,
            (kind::SACK, _) if data.len().is_multiple_of(8) && data.len() <= 32 => {
                Self::Sack(SackBlocks::read(data))
            }
            (kind::TIMESTAMPS, &[v0, v1, v2, v3, e0, e1, e2, e3]) => Self::Timestamps {
                value: u32::from_be_bytes([v0, v1, v2, v3]),
                echo: u32::from_be_bytes([e0, e1, e2, e3]),
            },
            (kind::MD5, digest) => Self::Md5(digest),
            (kind::USER_TIMEOUT, &[a, b]) => {
                let value = u16::from_be_bytes([a, b]);
                Self::UserTimeout { minutes: value & 0x8000 != 0, value: value & 0x7fff }
            }
            (kind::FAST_OPEN, cookie) => Self::FastOpen(cookie),
            (kind::EXPERIMENT, [a, b, cookie @ ..]) if [*a, *b] == kind::FAST_OPEN_EXPERIMENT => {
                Self::FastOpenExperimental(cookie)
            }
            (kind::ACC_ECN_0 | kind::ACC_ECN_1, _) if data.len().is_multiple_of(3) && data.len() <= 9 => {
                let order = u8::from(kind == kind::ACC_ECN_1);
                let mut counters =
                    data.as_chunks().0.iter().map(|&[a, b, c]| u32::from_be_bytes([0, a, b, c]));
                Self::AccEcn { order, counters: [(); 3].map(|()| counters.next()) }
            }
            _ => Self::Unknown { kind, data },
        }
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
