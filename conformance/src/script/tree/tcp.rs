//! A TCP segment with holes.
use stackdrill_wire::Flags;

use super::Ports;
use crate::script::span::{Span, Spanned};

/// A number in a place that is judged. Injected packets have only exact ones.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Number {
    /// `n`: this one.
    Exact(u32),
    /// `a~b`: between these, both included. Ours.
    Range(u32, u32),
    /// `...`: any. Ours, but for the sequence number and the timestamp value of the BSD dialect.
    Unjudged,
}

impl Number {
    /// Whether this value will do.
    #[must_use]
    pub const fn admits(self, value: u32) -> bool {
        match self {
            Self::Exact(wanted) => wanted == value,
            Self::Range(low, high) => low <= value && value <= high,
            Self::Unjudged => true,
        }
    }

    /// The value, if it is exact.
    #[must_use]
    pub const fn exact(self) -> Option<u32> {
        match self {
            Self::Exact(value) => Some(value),
            Self::Range(..) | Self::Unjudged => None,
        }
    }
}

/// A TCP segment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TcpSpec {
    /// `encap psp spi n` (Google dialect): inside PSP with this index.
    pub psp: Option<u32>,
    /// Explicit ports.
    pub ports: Option<Ports>,
    /// The control bits.
    pub flags: FlagsSpec,
    /// `start:end(length)`.
    pub sequence: Sequence,
    /// `ack n`. Omitted: the field is zero.
    pub ack: Option<Spanned<Number>>,
    /// `win n`. Omitted (only of packets that are expected): not judged.
    pub window: Option<Spanned<Number>>,
    /// `urg n`. Omitted: the pointer is zero.
    pub urgent: Option<Spanned<Number>>,
    /// The options.
    pub options: OptionsSpec,
    /// `[code n, pen n]` (BSD dialect): why the connection is reset.
    pub reset_cause: Option<ResetCause>,
    /// `/udp(a > b)` (BSD dialect): inside UDP with these ports.
    pub udp_encapsulation: Option<Ports>,
    /// From the flags (or the ports) on.
    pub span: Span,
}

/// Control bits, exactly these but for the optional ones.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FlagsSpec {
    /// The bits that are set, those of an ACE digit included.
    pub set: Flags,
    /// The bits that may be set or not, written with a `?` behind. Disjoint from `set`. Ours.
    pub optional: Flags,
    /// The ACE field, if it was given as a digit: AE, CWR and ECE as one number. RFC 9768 §3.1.
    pub ace: Option<u8>,
    /// Where.
    pub span: Span,
}

impl FlagsSpec {
    /// Whether a segment with these flags will do.
    #[must_use]
    pub fn admits(&self, flags: Flags) -> bool {
        flags.without(self.optional) == self.set.without(self.optional)
    }
}

/// `start:end(length)`: the text of a segment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sequence {
    /// The sequence number.
    pub start: Number,
    /// The one after the last octet of text (a SYN or FIN is not counted).
    pub end: Number,
    /// Octets of text.
    pub length: Number,
    /// `!` (BSD dialect): the number is what stands on the wire, not relative to the initial one.
    pub absolute: bool,
    /// `...(length)` (BSD dialect): written without an end; nothing is judged or learnt from the number.
    pub ignored: bool,
    /// Where.
    pub span: Span,
}

/// The TCP options of a segment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OptionsSpec {
    /// Not written: there are none.
    None,
    /// `<...>`: any.
    Any,
    /// `<a,b>`: these, in this order.
    List(Vec<OptionSpec>),
    /// `<...,a,b>`: these, in any order and among any others; our extension, for stacks that lay out as they like.
    Among(Vec<OptionSpec>),
    /// `<hex>` (BSD dialect): these octets.
    Raw(Spanned<Blob>),
}

/// One TCP option and where it stands.
pub type OptionSpec = Spanned<TcpOption>;

/// Octets, given in hexadecimal.
pub type Blob = Box<[u8]>;

/// One TCP option.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TcpOption {
    /// `eol`: kind 0. One octet; does not end the list as written.
    EndOfList,
    /// `nop`: kind 1.
    NoOperation,
    /// `mss n`: kind 2. RFC 9293 §3.7.1.
    MaximumSegmentSize(Number),
    /// `wscale n`: kind 3. RFC 7323 §2.
    WindowScale(Number),
    /// `sackOK`: kind 4. RFC 2018 §2.
    SackPermitted,
    /// `sack a:b c:d`: kind 5. RFC 2018 §3.
    Sack(Vec<Sack>),
    /// `TS val n ecr n`: kind 8. RFC 7323 §3.
    Timestamps {
        /// TSval; `...` keeps nothing of it either.
        value: Number,
        /// TSecr. Of an expected packet it is never judged.
        echo: Number,
        /// `ecr n!` (BSD dialect): the echo is sent as it stands, not translated.
        absolute: bool,
    },
    /// `md5 ...`: kind 19. RFC 2385 §3.
    Md5(Md5),
    /// `FO` and perhaps a cookie: kind 34. RFC 7413 §4.1.1.
    FastOpen(Blob),
    /// `FOEXP` (Google dialect) or `EXP-FO` (BSD dialect) and perhaps a cookie: kind 254 with 0xF989.
    FastOpenExperimental(Blob),
    /// Accurate ECN counters: kinds 172 and 174. RFC 9768 §3.2.3.
    AccEcn(AccEcn),
    /// `gen-K hex` (BSD dialect): kind K with these octets.
    Generic {
        /// The kind.
        kind: u8,
        /// What follows its length.
        data: Blob,
    },
    /// `exp-X hex` (BSD dialect): kind 254 with this experiment identifier. RFC 6994 §3.
    Experimental {
        /// The identifier.
        id: u16,
        /// What follows it.
        data: Blob,
    },
    /// `exp-tarr n` (BSD dialect): kind 254 with 0x00AC, an ACK rate request.
    AckRate(Option<u8>),
}

impl TcpOption {
    /// Octets on the wire.
    #[must_use]
    pub fn octets(&self) -> usize {
        match self {
            Self::EndOfList | Self::NoOperation => 1,
            Self::MaximumSegmentSize(_) => 4,
            Self::WindowScale(_) => 3,
            Self::SackPermitted => 2,
            Self::Sack(blocks) => blocks.len().saturating_mul(8).saturating_add(2),
            Self::Timestamps { .. } => 10,
            Self::Md5(Md5::Computed) => 18,
            Self::Md5(Md5::Digest(data)) | Self::FastOpen(data) | Self::Generic { data, .. } => {
                data.len().saturating_add(2)
            }
            Self::FastOpenExperimental(data) | Self::Experimental { data, .. } => {
                data.len().saturating_add(4)
            }
            Self::AccEcn(counters) => {
                let header = if counters.spelling == AccEcnSpelling::BsdExperimental { 4 } else { 2 };
                counters.counters.len().saturating_mul(3).saturating_add(header)
            }
            Self::AckRate(rate) => 4 + usize::from(rate.is_some()),
        }
    }
}

/// A SACK block: the first sequence number of the run, and the one after its last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sack {
    /// The left edge.
    pub left: Number,
    /// The right edge.
    pub right: Number,
}

/// An MD5 digest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Md5 {
    /// These octets.
    Digest(Blob),
    /// `valid` (BSD dialect): computed with the script's secret.
    Computed,
}

/// An Accurate ECN option.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccEcn {
    /// Which of the two orders, and so which kind.
    pub order: AccEcnOrder,
    /// How it is spelled.
    pub spelling: AccEcnSpelling,
    /// Up to three 24-bit counters, in the order of the option.
    pub counters: Vec<u32>,
}

/// The order of the three counters. RFC 9768 §3.2.3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AccEcnOrder {
    /// Kind 172: ECT(0), CE, ECT(1).
    Ect0First,
    /// Kind 174: ECT(1), CE, ECT(0).
    Ect1First,
}

/// How an Accurate ECN option is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AccEcnSpelling {
    /// `ECN e0b n ceb n e1b n`.
    Google,
    /// `AccECN0 ee0b n eceb n ee1b n`.
    Bsd,
    /// `exp-AccECN0 ...`: kind 254 with the identifier ACC0 or ACC1.
    BsdExperimental,
}

/// Why a connection is reset, in the text of the RST (BSD dialect).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ResetCause {
    /// The cause.
    pub code: u16,
    /// The private enterprise number that gives it a meaning.
    pub enterprise: u32,
}

impl ResetCause {
    /// The text of the RST.
    #[must_use]
    pub const fn octets(self) -> [u8; 8] {
        let ([c0, c1], [p0, p1, p2, p3]) = (self.code.to_be_bytes(), self.enterprise.to_be_bytes());
        [0x33, 0xaa, c0, c1, p0, p1, p2, p3]
    }
}
