//! The reference stack: TCP and UDP over IPv4 and IPv6, deterministic and sans-IO, as the RFCs say it.
//!
//! A [`Host`] is told the time, handed datagrams and calls, and asked for datagrams, deadlines and transitions.
//! Nothing inside reads a clock, a socket or global randomness; a host is a value (`Clone + Eq + Hash`), so the
//! same seed and events give the same octets on every run.
//!
//! Data flows one way: octets -> `Packet` -> `Segment` -> `Event` -> `Action` -> octets. The folder tree is the
//! RFCs' table of contents: [`tcp`] is RFC 9293 and its companions, one algorithm a file.
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

mod demux;
pub mod errno;
pub mod host;
mod ip;
pub mod policy;
pub mod secret;
pub mod socket;
pub mod tcp;
mod udp;

pub use errno::Errno;
pub use host::{Departure, Host, Interface, Transition};
pub use policy::Policy;
