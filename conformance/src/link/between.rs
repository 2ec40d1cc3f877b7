//! Two hosts and what lies between them.
use stackdrill_stack::{Departure, Host};
use stackdrill_wire::Instant;

use super::Link;

/// Which of two hosts.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Side {
    /// The first.
    Left,
    /// The second.
    Right,
}

impl Side {
    /// Both, the first one first: ties in time are resolved in this order.
    pub const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// What passes a host's door, for whoever watches.
#[derive(Debug)]
pub enum Passing<'a> {
    /// The host was handed this datagram.
    In(&'a [u8]),
    /// The host handed this one out, before the link did anything to it.
    Out(&'a Departure),
}

/// Two hosts joined by a link each way: a world whose time jumps from one event to the next.
#[derive(Clone, Debug)]
pub struct Between {
    /// The hosts: make calls on them at [`Between::now`], then [`Between::settle`].
    pub hosts: [Host; 2],
    links: [Link; 2],
    now: Instant,
}

impl Between {
    /// A world at the origin of time. `links` carry from the left host and from the right one.
    #[must_use]
    pub const fn new(hosts: [Host; 2], links: [Link; 2]) -> Self {
        Self { hosts, links, now: Instant::ZERO }
    }

    /// What time it is.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The host on `side`.
    pub const fn host(&mut self, side: Side) -> &mut Host {
        &mut self.hosts[side as usize]
    }

    /// The link that carries from `side`.
    #[must_use]
    pub const fn link(&self, side: Side) -> &Link {
        &self.links[side as usize]
    }

    /// Lets everything happen that is due by now, and shows it to `watch`.
    pub fn settle(&mut self, watch: &mut impl FnMut(Side, Instant, &Passing<'_>)) {
        for side in Side::BOTH {
            while let Some(datagram) = self.links[side.other() as usize].delivers(self.now) {
                watch(side, self.now, &Passing::In(&datagram));
                self.hosts[side as usize].arrives(&datagram, self.now);
                self.departures(side, watch);
            }
            self.hosts[side as usize].expire(self.now);
            self.departures(side, watch);
        }
    }

    fn departures(&mut self, side: Side, watch: &mut impl FnMut(Side, Instant, &Passing<'_>)) {
        while let Some(departure) = self.hosts[side as usize].departs() {
            watch(side, self.now, &Passing::Out(&departure));
            self.links[side as usize].carries(departure.octets, self.now);
        }
    }

    /// When something happens next without anybody's call; `None` if nothing ever will.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let links = self.links.iter().filter_map(Link::deadline);
        let hosts = self.hosts.iter().filter_map(Host::deadline);
        links.chain(hosts).min().map(|due| due.max(self.now))
    }

    /// Jumps to the next deadline no later than `limit`, and settles. `false`, and no jump, if there is none.
    pub fn advance(&mut self, limit: Instant, watch: &mut impl FnMut(Side, Instant, &Passing<'_>)) -> bool {
        let Some(due) = self.deadline().filter(|due| *due <= limit) else { return false };
        self.now = due;
        self.settle(watch);
        true
    }
}
