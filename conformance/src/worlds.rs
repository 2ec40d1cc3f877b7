//! Small worlds, exhaustively: because a host is a value, every interleaving of a small alphabet can be visited, not
//! only sampled.
//!
//! A [`World`] says which steps it can take and what each makes of it; [`explore`] visits all that can be reached in so
//! many steps, breadth first, each state once, and gives the shortest way to the first law that does not hold.
//!
//! | file | subject |
//! | --- | --- |
//! | `canonical` | states that differ only in when, and in where their numbers began, are one |
//! | `search` | breadth first, in parallel, the same on every run |
//! | `laws` | what holds in every state of a connection, whatever the oracle says |
//! | `one_host` | a host, its user and a peer that says what it likes |
//! | `two_hosts`, `end` | two hosts and what may happen to the packets between them |
//! | `reachable` | the pairs of state and event that they reach, as a table |
//!
//! In both worlds an oracle stands beside each host, takes every step with it, and must find nothing.
mod canonical;
mod end;
mod laws;
mod one_host;
mod reachable;
mod search;
mod two_hosts;

pub use canonical::Canonical;
pub use end::Act;
pub use laws::Subject;
pub use one_host::{ALPHABET, Alphabet, OneHost, Root, roots};
pub use reachable::reachable;
pub use search::{Counterexample, Explored, World, explore};
pub use two_hosts::{Scene, Step, TwoHosts, scenes};
