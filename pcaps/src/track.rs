//! Which flow a packet belongs to.
use core::time::Duration;
use std::collections::BTreeMap;

use stackdrill_wire::ip::protocol;
use stackdrill_wire::{Captured, Packet, Transport, Tuple};

use crate::flow::{Direction, Flow, Key};

/// Follows the flows of a capture, as many at once as it may hold; the one idle for longest makes room.
///
/// Fragments, and packets neither TCP nor UDP nor an ICMP error about one, belong to no flow.
#[derive(Debug)]
pub struct Tracker {
    live: BTreeMap<Key, Entry>,
    /// The live flows by when they were last touched, longest ago first.
    idle: BTreeMap<u64, Key>,
    /// Counts packets: a clock that never runs back, as the times in a capture may.
    touches: u64,
    flows: u64,
    most: usize,
}

#[derive(Debug)]
struct Entry {
    flow: Flow,
    touched: u64,
}

/// Where a packet belongs.
#[derive(Debug)]
pub struct Sighting<'a> {
    /// Its flow, the packet counted in it.
    pub flow: &'a Flow,
    /// Which way it goes; for an ICMP error, which way the packet it quotes went.
    pub direction: Direction,
    /// Whether it is an ICMP error that quotes a packet of the flow.
    pub quoted: bool,
    /// Whether the flow starts with it.
    pub starts: bool,
    /// The flow that is over because this one starts: the ports are used again, or room was needed.
    pub ended: Option<Flow>,
}

impl Default for Tracker {
    fn default() -> Self {
        Self::within(Self::MOST)
    }
}

impl Tracker {
    /// How many flows are live at once unless said otherwise: a million, some 300 octets each.
    pub const MOST: usize = 1_000_000;

    /// A tracker that holds at most so many live flows (at least one).
    #[must_use]
    pub const fn within(most: usize) -> Self {
        let most = if most == 0 { 1 } else { most };
        Self { live: BTreeMap::new(), idle: BTreeMap::new(), touches: 0, flows: 0, most }
    }

    /// Finds or starts the flow of a packet seen `at` a time, and counts the packet in it. `None` if it has none.
    pub fn track(&mut self, captured: &Captured, at: Duration) -> Option<Sighting<'_>> {
        let packet = &captured.packet;
        let number = match &packet.transport {
            Transport::Tcp(_) => protocol::TCP,
            Transport::Udp(_) => protocol::UDP,
            Transport::Icmp(_) => return self.quoted(packet, at),
            Transport::Other(_) => return None,
        };
        let tuple = packet.tuple()?;
        let key = Key::new(tuple, number);
        let over = match (&packet.transport, self.live.get(&key)) {
            (Transport::Tcp(segment), Some(entry)) => entry.flow.is_reopened_by(segment, tuple.local),
            (_, Some(_)) => false,
            (_, None) => true,
        };
        let ended = if over { self.start(key, tuple, packet, at) } else { None };
        let entry = self.touch(key)?;
        entry.flow.count(tuple.local, &packet.transport, captured.length, at);
        let direction = entry.flow.direction(tuple.local);
        Some(Sighting { flow: &entry.flow, direction, quoted: false, starts: over, ended })
    }

    /// How many flows there have been.
    #[must_use]
    pub const fn flows(&self) -> u64 {
        self.flows
    }

    /// The live flows, in the order of their numbers: call it at the capture's end.
    #[must_use]
    pub fn finish(self) -> Vec<Flow> {
        let mut flows: Vec<_> = self.live.into_values().map(|entry| entry.flow).collect();
        flows.sort_unstable_by_key(|flow| flow.number);
        flows
    }

    /// Puts a new flow in its place; which one had to go.
    fn start(&mut self, key: Key, tuple: Tuple, packet: &Packet, at: Duration) -> Option<Flow> {
        self.flows += 1;
        let flow = Flow::start(self.flows, tuple, &packet.transport, at);
        let touched = self.tick(key);
        let replaced = self.live.insert(key, Entry { flow, touched });
        if let Some(old) = &replaced {
            self.idle.remove(&old.touched);
        }
        let gone = match replaced {
            None if self.live.len() > self.most => {
                self.idle.pop_first().and_then(|(_, longest)| self.live.remove(&longest))
            }
            replaced => replaced,
        };
        gone.map(|entry| entry.flow)
    }

    /// The live flow with this key, now the last to go.
    fn touch(&mut self, key: Key) -> Option<&mut Entry> {
        let touched = self.tick(key);
        let Some(entry) = self.live.get_mut(&key) else {
            self.idle.remove(&touched);
            return None;
        };
        self.idle.remove(&entry.touched);
        entry.touched = touched;
        Some(entry)
    }

    fn tick(&mut self, key: Key) -> u64 {
        self.touches += 1;
        self.idle.insert(self.touches, key);
        self.touches
    }

    fn quoted(&mut self, packet: &Packet, at: Duration) -> Option<Sighting<'_>> {
        let quoted = packet.quoted()?;
        let tuple = quoted.tuple()?;
        let entry = self.touch(Key::new(tuple, quoted.ip.protocol()))?;
        entry.flow.errors += 1;
        entry.flow.last = entry.flow.last.max(at);
        let direction = entry.flow.direction(tuple.local);
        Some(Sighting { flow: &entry.flow, direction, quoted: true, starts: false, ended: None })
    }
}
