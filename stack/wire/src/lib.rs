//! Packets as the RFCs draw them, and the words that every other crate speaks.
//!
//! A [`Packet`] is one IP datagram; a [`Segment`] is TCP. Parsing keeps everything a script or a judge may want
//! to name (flags stay a set, options keep their order, a wrong checksum keeps its value), and emitting can say
//! anything a field can hold, deliberate nonsense included: SYN+FIN, a bad checksum, data offset 4, an option of
//! length 0. Octets that cannot be read as what they claim to be are a [`Malformed`] value.
//!
//! Data flows one way: octets -> [`Packet`] -> [`Segment`] -> (stack, oracle) -> octets.
//!
//! ```
//! use stackdrill_wire::{Flags, Packet, Segment, Seq};
//!
//! // A segment that no stack should send.
//! let nonsense = Segment { seq: Seq(7), flags: Flags::SYN | Flags::FIN, ..Segment::default() };
//! let packet = Packet::tcp([192, 0, 2, 1].into(), [192, 0, 2, 2].into(), nonsense);
//! let read = Packet::parse(&packet.to_bytes())?;
//! assert_eq!(read, packet);
//! assert_eq!(read.segment().map(|segment| segment.flags.to_string()).as_deref(), Some("FS"));
//! # Ok::<(), stackdrill_wire::Malformed>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::iter_over_hash_type,
        clippy::panic,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::wildcard_enum_match_arm
    )
)]

pub mod checksum;
mod clause;
pub mod icmp;
pub mod ip;
mod malformed;
pub mod option;
mod packet;
mod seq;
mod state;
pub mod tcp;
mod time;
mod tunnel;
mod tuple;
pub mod udp;
mod words;

pub use clause::{Clause, rfc};
pub use malformed::{Layer, Malformed};
pub use option::{Options, SackBlocks, TcpOption};
pub use packet::{Captured, Packet, Transport};
pub use seq::Seq;
pub use state::State;
pub use tcp::{Flags, Segment};
pub use time::Instant;
pub use tunnel::{Gre, Outer, Tunneled};
pub use tuple::Tuple;
pub use udp::Datagram;

/// A checksum field: either the right one, or what stands there instead.
///
/// Parsing compares with the computed value, emitting computes or obeys, so `parse(emit(x)) == x`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Checksum {
    /// The value that the RFC's sum gives (for UDP over IPv4, never the "not computed" zero).
    #[default]
    Right,
    /// A literal value that is not the right one (UDP: zero means "none was computed", RFC 768).
    Literal(u16),
}

impl Checksum {
    /// Whether it is the right one.
    #[must_use]
    pub const fn is_right(self) -> bool {
        matches!(self, Self::Right)
    }

    /// The field as found, whether or not the message sums up with it.
    const fn found(field: u16, verifies: bool) -> Self {
        if verifies { Self::Right } else { Self::Literal(field) }
    }

    /// The field to write; the sum is worked out only if it is asked for.
    fn written(self, right: impl FnOnce() -> u16) -> u16 {
        match self {
            Self::Right => right(),
            Self::Literal(value) => value,
        }
    }
}
