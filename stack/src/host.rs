//! Octets in, octets out, next deadline.
//!
//! Four kinds of method: *in* ([`Host::arrives`], [`Host::expire`] and the calls of [`crate::socket`]), *out*
//! ([`Host::departs`], [`Host::transition`]), and questions that change nothing ([`Host::deadline`],
//! [`Host::state`]). After any *in*, drain both *out* methods.
use core::net::IpAddr;

use bytes::Bytes;
use stackdrill_wire::{Clause, Instant, State, Tuple};

use crate::Policy;

/// Where a host lives: its addresses and its link.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Interface {
    /// The host's addresses; the first of a family is the one it sends from when no socket says otherwise.
    pub addresses: Vec<IpAddr>,
    /// The largest datagram the link carries, in octets.
    pub mtu: u32,
}

/// A host with one interface.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Host {}

/// A datagram leaving, and the clause that asked for it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Departure {
    /// When it left.
    pub at: Instant,
    /// The whole IP datagram.
    pub octets: Bytes,
    /// Why it was sent.
    pub clause: Clause,
}

/// A connection changed state.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Transition {
    /// When.
    pub at: Instant,
    /// Which connection.
    pub tuple: Tuple,
    /// The state it left.
    pub from: State,
    /// The state it entered.
    pub to: State,
    /// Which clause moved it.
    pub clause: Clause,
}

impl Host {
    /// A host at `interface` that behaves as `policy` says; equal seeds give equal octets.
    #[must_use]
    pub fn new(interface: Interface, policy: Policy, seed: u64) -> Self {
        let _ = (interface, policy, seed);
        todo!()
    }

    /// A datagram arrives from the link. Octets that cannot be read are counted and dropped.
    pub fn arrives(&mut self, datagram: &Bytes, now: Instant) {
        let _ = (datagram, now);
        todo!()
    }

    /// Lets every timer that is due by `now` expire. A driver calls it no later than [`Host::deadline`].
    pub fn expire(&mut self, now: Instant) {
        let _ = now;
        todo!()
    }

    /// The next datagram to put on the link, oldest first.
    pub fn departs(&mut self) -> Option<Departure> {
        todo!()
    }

    /// The next state change to report, oldest first.
    pub fn transition(&mut self) -> Option<Transition> {
        todo!()
    }

    /// When [`Host::expire`] next has something to do; `None` while no timer runs.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        todo!()
    }

    /// The state of the connection between `tuple.local` (here) and `tuple.remote`; CLOSED if there is none.
    #[must_use]
    pub fn state(&self, tuple: Tuple) -> State {
        let _ = tuple;
        todo!()
    }
}
