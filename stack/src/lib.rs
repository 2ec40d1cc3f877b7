//! The reference stack: TCP and UDP over IPv4 and IPv6, deterministic and sans-IO, as the RFCs say it.
//!
//! A [`Host`] is told the time, handed datagrams and calls, and asked for datagrams, deadlines and transitions.
//! Nothing inside reads a clock, a socket or global randomness; a host is a value (`Clone + Eq + Hash`), so the
//! same seed and events give the same octets on every run.
//!
//! Data flows one way: octets -> `Packet` -> `Segment` -> `Event` -> `Action` -> octets. The folder tree is the
//! RFCs' table of contents: [`tcp`] is RFC 9293 and its companions, one algorithm a file.
//!
//! Two hosts on a link without delay shake hands:
//!
//! ```
//! use stackdrill_stack::socket::{Domain, Kind, MessageFlags, Outcome};
//! use stackdrill_stack::{Host, Interface, Policy};
//! use stackdrill_wire::Instant;
//!
//! let now = Instant::ZERO;
//! let host = |address: [u8; 4]| {
//!     let interface = Interface { addresses: vec![address.into()], mtu: 1500 };
//!     Host::new(interface, Policy::rfc(), 7)
//! };
//! let (mut server, mut client) = (host([10, 0, 0, 1]), host([10, 0, 0, 2]));
//! let at = ([10, 0, 0, 1], 80).into();
//!
//! let listener = server.socket(Domain::Inet, Kind::Stream, now).done().unwrap();
//! server.bind(listener, at, now).done().unwrap();
//! server.listen(listener, 5, now).done().unwrap();
//!
//! // The call waits; what it has sent until then leaves the host.
//! let fd = client.socket(Domain::Inet, Kind::Stream, now).done().unwrap();
//! let Outcome::Blocks(pending) = client.connect(fd, at, now) else { panic!("the peer has not answered") };
//! let syn = client.departs().unwrap();
//! assert_eq!(syn.clause.to_string(), "RFC 9293 §3.10.1");
//! server.arrives(&syn.octets, now);
//! client.arrives(&server.departs().unwrap().octets, now);
//! server.arrives(&client.departs().unwrap().octets, now);
//!
//! assert!(matches!(client.resume(pending, now), Outcome::Done(_)));
//! let (accepted, _) = server.accept(listener, now).done().unwrap();
//! client.send(fd, &"hello".into(), MessageFlags::default(), now).done().unwrap();
//! server.arrives(&client.departs().unwrap().octets, now);
//! let received = server.recv(accepted, 100, MessageFlags::default(), now).done().unwrap();
//! assert_eq!(received.data, "hello");
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
