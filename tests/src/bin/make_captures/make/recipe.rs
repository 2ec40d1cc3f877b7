//! What the relay does to the packets that pass: nothing by chance, everything by count.
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use stackdrill_wire::{Flags, Packet};

/// Which way a packet goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Towards {
    /// From the server to the client.
    Client,
    /// From the client to the server.
    Server,
}

/// A class of packets, counted apart in each direction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Class {
    /// Segments with SYN.
    Syn,
    /// Segments with text, retransmissions included.
    Data,
    /// Everything else.
    Rest,
}

impl Class {
    fn of(packet: &Packet) -> Self {
        match packet.segment() {
            Some(segment) if segment.has(Flags::SYN) => Self::Syn,
            Some(segment) if !segment.text.is_empty() => Self::Data,
            _ => Self::Rest,
        }
    }
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    /// It passes, like any other.
    Pass,
    /// It is lost.
    Lose,
    /// It comes this much later than it should, so that others overtake it.
    Late(Duration),
    /// It comes twice.
    Twice,
}

/// One misfortune: the packets of this class and direction with these numbers, counted from one.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// The direction.
    pub(crate) towards: Towards,
    /// The class.
    pub(crate) class: Class,
    /// Their numbers.
    pub(crate) which: RangeInclusive<u32>,
    /// What becomes of them.
    pub(crate) fate: Fate,
}

impl fmt::Display for Fault {
    /// For the list of captures, such as `lose data 6 towards client`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fate {
            Fate::Pass => write!(f, "pass")?,
            Fate::Lose => write!(f, "lose")?,
            Fate::Late(by) => write!(f, "delay by {} us", by.as_micros())?,
            Fate::Twice => write!(f, "repeat")?,
        }
        let class = match self.class {
            Class::Syn => "syn",
            Class::Data => "data",
            Class::Rest => "rest",
        };
        let towards = match self.towards {
            Towards::Client => "client",
            Towards::Server => "server",
        };
        write!(f, " {class} {} to {} towards {towards}", self.which.start(), self.which.end())
    }
}

/// The path between the hosts.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    /// How long every packet takes, each way.
    pub(crate) delay: Duration,
    /// What goes wrong.
    pub(crate) faults: Vec<Fault>,
}

/// A recipe at work: it has counted what passed.
#[derive(Debug)]
pub(crate) struct Path {
    recipe: Recipe,
    seen: [[u32; 3]; 2],
}

impl Path {
    /// A path on which nothing has passed yet.
    pub(crate) fn new(recipe: Recipe) -> Self {
        Self { recipe, seen: [[0; 3]; 2] }
    }

    /// How long every packet takes.
    pub(crate) fn delay(&self) -> Duration {
        self.recipe.delay
    }

    /// Counts a packet and says what becomes of it.
    pub(crate) fn fate(&mut self, towards: Towards, packet: &Packet) -> Fate {
        let class = Class::of(packet);
        let seen = &mut self.seen[towards as usize][class as usize];
        *seen += 1;
        let hit =
            |fault: &&Fault| fault.towards == towards && fault.class == class && fault.which.contains(seen);
        self.recipe.faults.iter().find(hit).map_or(Fate::Pass, |fault| fault.fate)
    }
}
