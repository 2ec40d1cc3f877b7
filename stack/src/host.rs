//! Octets in, octets out, next deadline.
//!
//! Four kinds of method: *in* ([`Host::arrives`], [`Host::expire`] and the calls of [`crate::socket`]), *out*
//! ([`Host::departs`], [`Host::transition`]), and questions that change nothing ([`Host::deadline`],
//! [`Host::state`], [`Host::info`], [`Host::counters`]). After any *in*, drain both *out* methods.
//!
//! | file | subject |
//! | --- | --- |
//! | `arrive` | a datagram to the room it is for |
//! | `datagram` | UDP in |
//! | `message` | ICMP in |
//! | `syn_cookie` | half-open connections that are not kept |
//! | `segment` | TCP in, and what its connections want done |
//! | `tell` | what connections say, to whom |
//! | `report` | what ICMP says of segments |
//! | `signature` | segments that are signed, and heard only if they are |
//! | `tunnel` | segments inside UDP |
//! | `transmit` | everything out |
//! | `endpoint` | a connection and who owns it |
//! | `endpoints` | where connections are kept |
//! | `fast_open` | what is remembered of servers, and cookies for clients |
//! | `tally` | what each connection has done, counted |
//! | `info` | what can be seen of it all |
use core::net::IpAddr;
use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;
use stackdrill_wire::{Clause, Instant, State, Tuple};

use crate::demux::Demux;
use crate::ip::complaint::Budget;
use crate::ip::output::Output;
use crate::ip::path_mtu::PathMtu;
use crate::ip::reassembly::Reassembly;
use crate::secret::Secret;
use crate::socket::Fd;
use crate::socket::descriptors::Descriptors;
use crate::tcp::Reasoned;
use crate::{Errno, Policy};

mod arrive;
mod datagram;
mod endpoint;
mod endpoints;
pub(crate) mod fast_open;
mod info;
mod message;
mod report;
mod segment;
mod signature;
mod syn_cookie;
mod tally;
mod tell;
mod transmit;
mod tunnel;

pub(crate) use endpoint::{Courtesy, Endpoint, Owner};
pub(crate) use endpoints::{ConnectionId, Endpoints};
pub use info::{Counters, Info, Memory};
pub(crate) use signature::Keys;
pub use tally::Counts;
pub(crate) use tally::Tally;
pub(crate) use transmit::Parcel;

/// Where a host lives: its addresses and its link.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Interface {
    /// The host's addresses; the first of a family is the one it sends from when no socket says otherwise.
    pub addresses: Vec<IpAddr>,
    /// The largest datagram the link carries, in octets.
    pub mtu: u32,
}

/// A host with one interface.
///
/// Bounded whatever arrives: descriptors, connections, half-open and waiting connections, socket buffers,
/// incomplete datagrams and the departures all have a limit in [`Policy`].
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Host {
    pub(crate) interface: Interface,
    pub(crate) policy: Policy,
    pub(crate) secret: Secret,
    pub(crate) demux: Demux,
    pub(crate) sockets: Descriptors,
    /// The descriptors that watch others.
    pub(crate) epolls: BTreeSet<Fd>,
    pub(crate) endpoints: Endpoints,
    /// When each connection next wants to be woken; at most one entry each.
    pub(crate) deadlines: BTreeSet<(Instant, ConnectionId)>,
    pub(crate) reassembly: Reassembly,
    pub(crate) path_mtu: PathMtu,
    pub(crate) servers: fast_open::Servers,
    pub(crate) output: Output,
    pub(crate) errors: Budget,
    pub(crate) departures: VecDeque<Departure>,
    pub(crate) transitions: VecDeque<Transition>,
    pub(crate) counters: Counters,
    /// How many sockets and connections there have been: their serial numbers.
    pub(crate) serials: u64,
    /// How many ephemeral ports were drawn.
    pub(crate) ports_drawn: u32,
    /// What a connection wants done is written here; empty between events.
    sheet: Vec<Reasoned>,
    /// What sockets report for the ICMP error that a connection is just being told; `None` between events.
    reported: Option<Errno>,
}

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
        let internet = &policy.internet;
        let secret = Secret::new(seed);
        Self {
            path_mtu: PathMtu::new(interface.mtu, internet.path_mtu_lifetime, internet.path_mtu_entries),
            errors: Budget::full(internet),
            interface,
            policy,
            demux: Demux::new(secret),
            secret,
            sockets: Descriptors::default(),
            epolls: BTreeSet::new(),
            endpoints: Endpoints::default(),
            deadlines: BTreeSet::new(),
            reassembly: Reassembly::default(),
            servers: fast_open::Servers::default(),
            output: Output::default(),
            departures: VecDeque::new(),
            transitions: VecDeque::new(),
            counters: Counters::default(),
            serials: 0,
            ports_drawn: 0,
            sheet: Vec::new(),
            reported: None,
        }
    }

    /// Changes how large a datagram the link carries, in octets; what was learnt about paths is forgotten.
    pub fn set_mtu(&mut self, mtu: u32) {
        let internet = &self.policy.internet;
        self.interface.mtu = mtu;
        self.path_mtu = PathMtu::new(mtu, internet.path_mtu_lifetime, internet.path_mtu_entries);
    }

    /// Changes what the host chooses from now on. What a socket took over when it was made stays as it is.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// What the host chooses.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Where the host lives.
    #[must_use]
    pub const fn interface(&self) -> &Interface {
        &self.interface
    }

    /// Lets every timer that is due by `now` expire. A driver calls it no later than [`Host::deadline`].
    pub fn expire(&mut self, now: Instant) {
        for first in self.reassembly.expire(now) {
            self.counters.reassembly_timeouts += 1;
            self.tell_of_missing_fragments(&first, now);
        }
        for destination in self.path_mtu.expire(now) {
            self.path_changes(destination, self.interface.mtu, now);
        }
        // Each connection lets all of its due timers expire at once, so one pass over those due now is enough.
        let due: Vec<ConnectionId> =
            self.deadlines.iter().take_while(|(at, _)| *at <= now).map(|&(_, id)| id).collect();
        for id in due {
            self.connection_expires(id, now);
        }
    }

    /// The next datagram to put on the link, oldest first.
    pub fn departs(&mut self) -> Option<Departure> {
        self.departures.pop_front()
    }

    /// The next state change to report, oldest first.
    pub fn transition(&mut self) -> Option<Transition> {
        self.transitions.pop_front()
    }

    /// When [`Host::expire`] next has something to do; `None` while no timer runs.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let connections = self.deadlines.first().map(|&(at, _)| at);
        [connections, self.reassembly.deadline(), self.path_mtu.deadline()].into_iter().flatten().min()
    }

    /// The state of the connection between `tuple.local` (here) and `tuple.remote`. LISTEN if there is none but
    /// somebody listens at `tuple.local`; CLOSED if there is neither.
    #[must_use]
    pub fn state(&self, tuple: Tuple) -> State {
        match self.demux.connection(tuple).and_then(|id| self.endpoints.get(&id)) {
            Some(endpoint) => endpoint.connection.state(),
            None if self.demux.listener(tuple.local).is_some() => State::Listen,
            None => State::Closed,
        }
    }
}

#[cfg(test)]
mod tests;
