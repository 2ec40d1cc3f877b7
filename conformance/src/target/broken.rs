//! A target broken on purpose, to see whether the suite notices.
//!
//! The wrapper sits at the boundary of a sound target and rewrites, drops, delays, repeats or makes up packets and
//! call outcomes there. Rewriting what arrives breaks meaning: a stack that is handed a window of 65535 whatever the
//! peer said behaves as one that ignores windows.
mod seen;

use core::hash::{Hash, Hasher};
use core::ops::DerefMut;
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use stackdrill_wire::{Instant, Packet, Segment, State, Transport, Tuple};

use super::{
    Call, CallOutcome, Capability, End, Fd, Route, Sent, Setting, Setup, Target, Transition, Unsupported,
};
use crate::constants::Abi;

pub(crate) use seen::Seen;

/// What becomes of a packet at the boundary.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// It arrives at the target.
    Arrive(Packet),
    /// It leaves on the link.
    Leave(Packet),
    /// It leaves on the link so much later.
    LeaveAfter(Duration, Packet),
}

/// How a target is broken. Each function is told what was seen of the packet's connection before it.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// What arrives is tampered with.
    Arriving(fn(&Seen, Packet) -> Vec<Act>),
    /// What leaves is tampered with.
    Leaving(fn(&Seen, Packet) -> Vec<Act>),
    /// Some calls are not made, and this is what they return.
    Swallowing(fn(&Call) -> Option<End>),
    /// Calls return something else.
    Returning(fn(&Call, End) -> End),
    /// Some calls are followed by another, whose outcome nobody sees.
    Following(fn(&Call, &End) -> Option<Call>),
}

impl core::fmt::Debug for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Arriving(_) => "Arriving",
            Self::Leaving(_) => "Leaving",
            Self::Swallowing(_) => "Swallowing",
            Self::Returning(_) => "Returning",
            Self::Following(_) => "Following",
        })
    }
}

/// A target with a fault. A value, where the sound one is.
#[derive(Clone, Debug)]
pub struct Broken<P = Box<dyn Target>> {
    inner: P,
    name: String,
    fault: Fault,
    connections: BTreeMap<Tuple, Seen>,
    /// What left already, oldest first.
    ready: VecDeque<Sent>,
    /// What is to leave later; the number keeps those of one instant in order.
    held: BTreeMap<(Instant, u64), Sent>,
    count: u64,
    now: Instant,
}

impl<P: DerefMut<Target: Target>> Broken<P> {
    /// The sound target, for those who want to know more than a target shows.
    pub(crate) fn sound(&self) -> &P::Target {
        &self.inner
    }

    /// Puts a fault at the boundary of `inner`.
    pub(crate) fn new(inner: P, name: &str, fault: Fault) -> Self {
        Self {
            name: format!("{}, which {name}", inner.name()),
            inner,
            fault,
            connections: BTreeMap::new(),
            ready: VecDeque::new(),
            held: BTreeMap::new(),
            count: 0,
            now: Instant::ZERO,
        }
    }

    /// What was seen of a connection, by the tuple as the target sees it.
    fn seen(&self, tuple: Option<Tuple>) -> Seen {
        tuple.and_then(|tuple| self.connections.get(&tuple)).cloned().unwrap_or_default().at(self.now)
    }

    /// Tampers with everything that left the inner target since the last call.
    fn pump(&mut self) {
        while let Some(sent) = self.inner.sent() {
            self.now = self.now.max(sent.at);
            let Ok(packet) = Packet::parse(&sent.octets) else {
                self.ready.push_back(sent);
                continue;
            };
            let tuple = packet.tuple();
            let acts = match self.fault {
                Fault::Leaving(tamper) => tamper(&self.seen(tuple), packet.clone()),
                _ => vec![Act::Leave(packet.clone())],
            };
            if let (Some(tuple), Some(segment)) = (tuple, packet.segment()) {
                self.connections.entry(tuple).or_default().leaves(segment, self.now);
            }
            self.act(acts, sent.clause);
        }
    }

    fn act(&mut self, acts: Vec<Act>, clause: Option<stackdrill_wire::Clause>) {
        for act in acts {
            match act {
                Act::Arrive(packet) => self.inner.inject(&packet.to_bytes(), self.now),
                Act::Leave(packet) => {
                    self.ready.push_back(Sent { at: self.now, octets: packet.to_bytes(), clause });
                }
                Act::LeaveAfter(wait, packet) => {
                    let at = self.now + wait;
                    self.count += 1;
                    self.held.insert((at, self.count), Sent { at, octets: packet.to_bytes(), clause });
                }
            }
        }
    }

    /// Lets what was held until now leave.
    fn release(&mut self) {
        while let Some(entry) = self.held.first_entry().filter(|entry| entry.key().0 <= self.now) {
            self.ready.push_back(entry.remove());
        }
    }

    fn returned(&mut self, call: &Call, outcome: CallOutcome) -> CallOutcome {
        if let Fault::Following(more) = self.fault
            && let Some(call) = more(call, &outcome.end)
        {
            self.inner.call(&call, self.now);
        }
        self.pump();
        let end = match self.fault {
            Fault::Returning(change) => change(call, outcome.end),
            _ => outcome.end,
        };
        CallOutcome { at: outcome.at, end }
    }
}

impl<P: DerefMut<Target: Target> + core::fmt::Debug> Target for Broken<P> {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> &[Capability] {
        self.inner.capabilities()
    }

    fn is_virtual(&self) -> bool {
        self.inner.is_virtual()
    }

    fn abi(&self) -> Abi {
        self.inner.abi()
    }

    fn configure(&mut self, setup: &Setup) -> Result<(), Unsupported> {
        self.connections.clear();
        self.ready.clear();
        self.held.clear();
        self.now = Instant::ZERO;
        self.inner.configure(setup)
    }

    fn set(&mut self, setting: &Setting, at: Instant) -> Result<(), Unsupported> {
        self.inner.set(setting, at)
    }

    fn route(&mut self, route: &Route, at: Instant) -> Result<(), Unsupported> {
        self.inner.route(route, at)
    }

    fn connections(&self) -> Option<Vec<(Tuple, State)>> {
        self.inner.connections()
    }

    fn drop_connection(&mut self, tuple: Tuple, at: Instant) -> Result<(), Unsupported> {
        self.now = self.now.max(at);
        let dropped = self.inner.drop_connection(tuple, at);
        self.pump();
        dropped
    }

    fn call(&mut self, call: &Call, at: Instant) -> CallOutcome {
        self.now = self.now.max(at);
        if let Fault::Swallowing(swallow) = self.fault
            && let Some(end) = swallow(call)
        {
            return CallOutcome { at, end };
        }
        let outcome = self.inner.call(call, at);
        self.returned(call, outcome)
    }

    fn resume(&mut self, call: &Call, at: Instant) -> CallOutcome {
        self.now = self.now.max(at);
        let outcome = self.inner.resume(call, at);
        self.returned(call, outcome)
    }

    fn inject(&mut self, octets: &Bytes, at: Instant) {
        self.now = self.now.max(at);
        let Ok(packet) = Packet::parse(octets) else {
            self.inner.inject(octets, at);
            self.pump();
            return;
        };
        // A connection's tuple is the target's view of it; an error belongs to what it quotes, which the target sent.
        let tuple = match &packet.transport {
            Transport::Icmp(message) => message.quoted().ok().and_then(|quoted| quoted.tuple()),
            Transport::Tcp(_) | Transport::Udp(_) | Transport::Other(_) => {
                packet.tuple().map(Tuple::reversed)
            }
        };
        let acts = match self.fault {
            Fault::Arriving(tamper) => tamper(&self.seen(tuple), packet.clone()),
            _ => vec![Act::Arrive(packet.clone())],
        };
        if let (Some(tuple), Some(segment)) = (tuple, packet.segment()) {
            self.connections.entry(tuple).or_default().arrives(segment, self.now);
        }
        self.act(acts, None);
        self.pump();
    }

    fn sent(&mut self) -> Option<Sent> {
        self.ready.pop_front()
    }

    fn transition(&mut self) -> Option<Transition> {
        self.inner.transition()
    }

    fn deadline(&self) -> Option<Instant> {
        let held = self.held.keys().next().map(|&(at, _)| at);
        let own = self.inner.deadline();
        match (held, own) {
            (Some(held), Some(own)) => Some(held.min(own)),
            (held, own) => held.or(own),
        }
    }

    fn advance(&mut self, to: Instant) -> Instant {
        while let Some(next) = self.deadline().filter(|&next| next <= to) {
            self.now = self.now.max(next);
            self.inner.advance(self.now);
            self.pump();
            self.release();
        }
        self.now = self.now.max(to);
        let reached = self.inner.advance(to);
        self.pump();
        self.release();
        reached
    }

    fn state(&self, tuple: Tuple) -> Option<State> {
        self.inner.state(tuple)
    }

    fn info(&self, fd: Fd) -> Option<Vec<(&'static str, i64)>> {
        self.inner.info(fd)
    }
}

impl<P: Hash> Hash for Broken<P> {
    /// The fault is the same in all that are compared, and what already left is no part of it.
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.inner, &self.connections).hash(state);
        for ((at, _), sent) in &self.held {
            (at, &sent.octets).hash(state);
        }
    }
}

/// The packet with its segment changed; another packet as it is.
pub(crate) fn edit(mut packet: Packet, change: impl FnOnce(&mut Segment)) -> Packet {
    if let Transport::Tcp(segment) = &mut packet.transport {
        change(segment);
    }
    packet
}

/// A segment back to the sender of `packet`, as the target would address it.
pub(crate) fn reply(packet: &Packet, change: impl FnOnce(&mut Segment)) -> Option<Packet> {
    let tuple = packet.tuple()?;
    let mut segment =
        Segment { source: tuple.remote.port(), destination: tuple.local.port(), ..Segment::default() };
    change(&mut segment);
    Some(Packet::tcp(packet.ip.destination(), packet.ip.source(), segment))
}

#[cfg(test)]
mod tests;
