//! Simulated links: what lies between two hosts, from a seed.
//!
//! A [`Link`] carries datagrams one way and does to them what its [`Recipe`] says: delay, jitter, loss, reordering,
//! duplication, corruption, a limit on size, a rate, a queue. It reads no clock, and the same seed, recipe and traffic
//! give the same deliveries on every machine. Memory is bounded by the recipe's queue and what its delay holds.
//!
//! ```
//! use std::time::Duration;
//! use stackdrill::link::{Link, Recipe};
//! use stackdrill_wire::Instant;
//!
//! let recipe = Recipe { delay: Duration::from_millis(10), ..Recipe::default() };
//! let mut link = Link::new(recipe, 7);
//! link.carries("a datagram".into(), Instant::ZERO);
//! let due = link.deadline().expect("one datagram is under way");
//! assert_eq!(due, Instant::from_micros(10_000));
//! assert_eq!(link.delivers(due).as_deref(), Some(&b"a datagram"[..]));
//! ```
use std::collections::BTreeMap;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng as _;
use stackdrill_wire::Instant;

mod between;
#[cfg(test)]
mod tests;

pub use between::{Between, Passing, Side};

/// A share of datagrams, in millionths.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Share(pub u32);

impl Share {
    /// So many of a hundred.
    #[must_use]
    pub const fn percent(percent: u32) -> Self {
        Self(percent * 10_000)
    }
}

/// What a link does to what it carries. The default is a perfect link: nothing but a 1,500-octet limit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recipe {
    /// How long every datagram is under way, at least.
    pub delay: Duration,
    /// Up to how much longer, drawn for each; order is kept.
    pub jitter: Duration,
    /// How many are lost.
    pub loss: Share,
    /// How many fall behind the rest, by `reordered_by`.
    pub reordered: Share,
    /// How much later those arrive.
    pub reordered_by: Duration,
    /// How many arrive twice.
    pub duplicated: Share,
    /// How many arrive with one bit flipped.
    pub corrupted: Share,
    /// The largest datagram carried, in octets; larger ones are lost.
    pub mtu: usize,
    /// Octets a second; `None` is unlimited.
    pub rate: Option<u32>,
    /// Octets that may wait for their turn on a link with a rate; what does not fit is lost.
    pub queue: usize,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            loss: Share(0),
            reordered: Share(0),
            reordered_by: Duration::from_millis(10),
            duplicated: Share(0),
            corrupted: Share(0),
            mtu: 1500,
            rate: None,
            queue: 64 * 1024,
        }
    }
}

/// What a link did so far, in datagrams.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Handed to the link.
    pub carried: u64,
    /// Handed out at the other end, duplicates included.
    pub delivered: u64,
    /// Lost by chance.
    pub lost: u64,
    /// Lost because they were larger than the link's limit.
    pub oversized: u64,
    /// Lost because the queue was full.
    pub overflowed: u64,
    /// Delivered out of turn.
    pub reordered: u64,
    /// Delivered a second time.
    pub duplicated: u64,
    /// Delivered with a bit flipped.
    pub corrupted: u64,
}

/// One direction between two hosts.
#[derive(Clone, Debug)]
pub struct Link {
    recipe: Recipe,
    random: Pcg64Mcg,
    /// By arrival; datagrams that arrive at once keep the order they were sent in.
    under_way: BTreeMap<(Instant, u64), Bytes>,
    next: u64,
    /// When the last octet of what was accepted so far leaves the near end.
    busy_until: Instant,
    /// Order is kept by never arriving before what was sent earlier.
    latest_arrival: Instant,
    tally: Tally,
}

impl Link {
    /// A link without traffic.
    #[must_use]
    pub fn new(recipe: Recipe, seed: u64) -> Self {
        Self {
            recipe,
            random: Pcg64Mcg::new(u128::from(seed) << 1 | 1),
            under_way: BTreeMap::new(),
            next: 0,
            busy_until: Instant::ZERO,
            latest_arrival: Instant::ZERO,
            tally: Tally::default(),
        }
    }

    /// Takes a datagram at the near end. Time must not run backwards from one call to the next.
    pub fn carries(&mut self, datagram: Bytes, now: Instant) {
        self.tally.carried += 1;
        // Every draw is made for every datagram, so that changing one share leaves the others' draws alone.
        let lost = self.drawn(self.recipe.loss);
        let reordered = self.drawn(self.recipe.reordered);
        let duplicated = self.drawn(self.recipe.duplicated);
        let corrupted = self.drawn(self.recipe.corrupted);
        let jitter = self.below(micros(self.recipe.jitter) + 1);
        let bit = self.below(datagram.len() as u64 * 8);

        if datagram.len() > self.recipe.mtu {
            self.tally.oversized += 1;
            return;
        }
        let Some(leaves) = self.transmitted(datagram.len(), now) else {
            self.tally.overflowed += 1;
            return;
        };
        if lost {
            self.tally.lost += 1;
            return;
        }
        let mut arrival = leaves + self.recipe.delay + Duration::from_micros(jitter);
        if reordered {
            self.tally.reordered += 1;
            arrival += self.recipe.reordered_by;
        } else {
            arrival = arrival.max(self.latest_arrival);
            self.latest_arrival = arrival;
        }
        let datagram = if corrupted { self.flipped(&datagram, bit) } else { datagram };
        if duplicated {
            self.tally.duplicated += 1;
            self.put(datagram.clone(), arrival);
        }
        self.put(datagram, arrival);
    }

    /// When the next datagram arrives; `None` while nothing is under way.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.under_way.first_key_value().map(|((arrival, _), _)| *arrival)
    }

    /// The next datagram that has arrived by `now`. Call until `None`.
    pub fn delivers(&mut self, now: Instant) -> Option<Bytes> {
        let first = self.under_way.first_entry().filter(|entry| entry.key().0 <= now)?;
        self.tally.delivered += 1;
        Some(first.remove())
    }

    /// What it did so far.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    fn put(&mut self, datagram: Bytes, arrival: Instant) {
        self.under_way.insert((arrival, self.next), datagram);
        self.next += 1;
    }

    /// When the datagram's last octet leaves, or `None` if the queue is full.
    fn transmitted(&mut self, octets: usize, now: Instant) -> Option<Instant> {
        let Some(rate) = self.recipe.rate.map(|rate| u64::from(rate.max(1))) else { return Some(now) };
        let starts = self.busy_until.max(now);
        let waiting = starts.since(now).as_micros() * u128::from(rate) / 1_000_000;
        if waiting + octets as u128 > self.recipe.queue as u128 {
            return None;
        }
        self.busy_until = starts + Duration::from_micros(octets as u64 * 1_000_000 / rate);
        Some(self.busy_until)
    }

    fn flipped(&mut self, datagram: &[u8], bit: u64) -> Bytes {
        self.tally.corrupted += 1;
        let mut octets = BytesMut::from(datagram);
        if let Some(octet) = octets.get_mut((bit / 8) as usize) {
            *octet ^= 1 << (bit % 8);
        }
        octets.freeze()
    }

    fn drawn(&mut self, share: Share) -> bool {
        self.below(1_000_000) < u64::from(share.0)
    }

    /// A number below `limit`; 0 if that is 0. Its bias is under one in 2^32 for the limits used here.
    fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.random.next_u64()) * u128::from(limit)) >> 64) as u64
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX - 1)
}
