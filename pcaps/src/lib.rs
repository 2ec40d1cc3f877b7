//! Captures: read, write, track flows, describe segments. No verdicts: who wants one asks the judge.
//!
//! One direction, a record at a time: a file's octets -> [`Frame`] -> datagram -> [`Captured`] packet -> [`Flow`].
//! Nothing is ever loaded whole, and whatever a file says, memory stays within [`Limits`]. Truncated, corrupt, reordered,
//! one-sided and mid-stream captures are normal input: an [`Unread`] says what could not be read and where, and
//! reading goes on wherever the place of the next record is known.
//!
//! [`Captured`]: stackdrill_wire::Captured
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

mod capture;
mod describe;
mod flow;
mod frame;
mod link;
mod pcap;
mod pcapng;
mod track;
mod unread;
mod window;
mod write;

pub use capture::{Capture, Limits};
pub use describe::{Described, describe};
pub use flow::{Direction, Flow, Key, Tally};
pub use frame::Frame;
pub use link::{Link, NotIp};
pub use track::{Sighting, Tracker};
pub use unread::{Unparsed, Unread};
pub use write::{Format, Unwritten, Writer};
