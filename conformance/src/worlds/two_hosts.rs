//! Two hosts and what may happen to the packets between them.
//!
//! A packet in flight is delivered, lost, delivered twice or overtaken, and timers expire, in every order; how often the
//! network may do wrong is bounded, how late it may be is not. Whatever it does, both ends must read what the other
//! wrote and come to CLOSED once it does no more wrong.
use core::fmt;
use core::hash::{Hash, Hasher};
use std::collections::VecDeque;

use bytes::Bytes;
use stackdrill_oracle::Coverage;
use stackdrill_wire::{Instant, Packet};

use super::canonical::Canonical;
use super::end::{Act, End};
use super::laws::Subject;
use super::search::World;
use crate::link::Side;
use crate::target::Profile;

/// Two users' programs, and what the network may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Scene {
    /// What it is, for the reader.
    pub name: &'static str,
    /// What each user does, in order; a call that would wait is made again later.
    pub programs: [&'static [Act]; 2],
    /// How often the network may lose, repeat or reorder a packet, or be later than a timer.
    pub faults: u8,
    /// How many packets fit into each direction; what does not fit is lost.
    pub room: usize,
    /// Whether the hosts offer timestamps: their clock keeps states apart that are one without it.
    pub timestamps: bool,
    /// Whether the connection may fail: a user aborts it, or calls an end that may not be there yet.
    pub may_fail: bool,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// The user does what is next.
    User(Side),
    /// The oldest packet from this side arrives.
    Delivered(Side),
    /// The oldest packet from this side is lost.
    Lost(Side),
    /// The oldest packet from this side arrives, and will once more.
    Repeated(Side),
    /// The second packet from this side overtakes the oldest.
    Overtakes(Side),
    /// Time passes until a timer is due.
    Expires,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(side) => write!(f, "the {side:?} user goes on"),
            Self::Delivered(side) => write!(f, "the oldest packet from the {side:?} arrives"),
            Self::Lost(side) => write!(f, "the oldest packet from the {side:?} is lost"),
            Self::Repeated(side) => write!(f, "the oldest packet from the {side:?} arrives, and will again"),
            Self::Overtakes(side) => write!(f, "the second packet from the {side:?} overtakes the oldest"),
            Self::Expires => f.write_str("time passes until a timer is due"),
        }
    }
}

/// Two hosts, their users, what is in flight, and an oracle beside each.
#[derive(Clone, Debug)]
pub struct TwoHosts<T> {
    ends: [End<T>; 2],
    /// From the left, and from the right, oldest first.
    flight: [VecDeque<Bytes>; 2],
    faults: u8,
    room: usize,
    may_fail: bool,
    now: Instant,
}

/// More steps than any program takes, timers and retransmissions included.
const LONGEST: usize = 2_000;

impl<T: Subject> TwoHosts<T> {
    /// The world before anything has happened.
    ///
    /// # Errors
    /// What the target cannot do.
    pub fn new(target: &T, profile: Profile, scene: &Scene) -> Result<Self, String> {
        let [left, right] = [Side::Left, Side::Right].map(|side| {
            let other = scene.programs[side.other() as usize];
            End::new(
                target.clone(),
                (profile, side),
                (scene.programs[side as usize], other),
                scene.timestamps,
            )
        });
        let flight = [VecDeque::new(), VecDeque::new()];
        let Scene { faults, room, may_fail, .. } = *scene;
        let mut world = Self { ends: [left?, right?], flight, faults, room, may_fail, now: Instant::ZERO };
        world.settle()?;
        Ok(world)
    }

    /// A way through this world as two scripts, what each host saw and did, and the steps as comments.
    ///
    /// # Errors
    /// What the target cannot do.
    pub fn scripts(
        target: &T,
        profile: Profile,
        (scene, steps): (&Scene, &[Step]),
        law: &str,
    ) -> Result<[String; 2], String> {
        let mut world = Self::new(target, profile, scene)?;
        world.ends.iter_mut().for_each(End::keep_trace);
        let mut title = format!("{law}\n");
        for step in steps {
            title += &format!("{step}\n");
            drop(world.take(*step));
        }
        drop(world.rest());
        Ok(world.ends.map(|end| end.retold(&title)))
    }

    fn end(&mut self, side: Side) -> &mut End<T> {
        &mut self.ends[side as usize]
    }

    fn arrive(&mut self, to: Side, octets: Bytes) {
        self.end(to).arrive(octets);
    }

    /// When a timer is next due at either end.
    fn deadline(&self) -> Option<Instant> {
        self.ends.iter().filter_map(End::deadline).min()
    }

    fn expire(&mut self) -> Result<(), String> {
        let Some(due) = self.deadline() else { return Ok(()) };
        self.now = self.now.max(due);
        let now = self.now;
        self.ends.iter_mut().try_for_each(|end| end.pass_until(now))
    }

    /// What both hosts have sent is in flight now; laws hold and the oracles agree.
    fn settle(&mut self) -> Result<(), String> {
        for side in Side::BOTH {
            while let Some(octets) = self.end(side).departs() {
                if self.flight[side as usize].len() < self.room {
                    self.flight[side as usize].push_back(octets);
                }
            }
            self.end(side).judge().map_err(|law| format!("{side:?}: {law}"))?;
        }
        self.is_alive()
    }

    /// No deadlock: where no packet is in flight and no timer runs, a user can act, or all is over as it should be.
    fn is_alive(&self) -> Result<(), String> {
        let can_act = |end: &End<T>| !end.is_finished() && end.clone().act() != Ok(false);
        if !self.is_idle() || self.deadline().is_some() || self.ends.iter().any(can_act) {
            return Ok(());
        }
        self.ends.iter().try_for_each(|end| end.came_to_rest(self.may_fail))
    }

    fn is_idle(&self) -> bool {
        self.flight.iter().all(VecDeque::is_empty)
    }

    /// What the network does when it does no wrong, and users who act at once.
    fn fair(&mut self) -> Result<bool, String> {
        for side in Side::BOTH {
            if self.end(side).act()? {
                self.settle()?;
                return Ok(true);
            }
        }
        for side in Side::BOTH {
            if let Some(octets) = self.flight[side as usize].pop_front() {
                self.arrive(side.other(), octets);
                self.settle()?;
                return Ok(true);
            }
        }
        if self.deadline().is_none() {
            return Ok(false);
        }
        self.expire()?;
        self.settle()?;
        Ok(true)
    }
}

impl<T: Subject> World for TwoHosts<T> {
    type Step = Step;

    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for side in Side::BOTH {
            if !self.ends[side as usize].is_finished() {
                steps.push(Step::User(side));
            }
            let waiting = self.flight[side as usize].len();
            if waiting > 0 {
                steps.push(Step::Delivered(side));
            }
            if self.faults > 0 && waiting > 0 {
                steps.extend([Step::Lost(side), Step::Repeated(side)]);
            }
            if self.faults > 0 && waiting > 1 {
                steps.push(Step::Overtakes(side));
            }
        }
        // A network that is later than a timer does wrong, too.
        if self.deadline().is_some() && (self.is_idle() || self.faults > 0) {
            steps.push(Step::Expires);
        }
        steps
    }

    fn take(&mut self, step: Step) -> Result<(), String> {
        let wrong = match step {
            Step::Lost(_) | Step::Repeated(_) | Step::Overtakes(_) => true,
            Step::Expires => !self.is_idle(),
            Step::User(_) | Step::Delivered(_) => false,
        };
        self.faults = self.faults.saturating_sub(u8::from(wrong));
        match step {
            Step::User(side) => _ = self.end(side).act()?,
            Step::Delivered(side) => {
                if let Some(octets) = self.flight[side as usize].pop_front() {
                    self.arrive(side.other(), octets);
                }
            }
            Step::Lost(side) => drop(self.flight[side as usize].pop_front()),
            Step::Repeated(side) => {
                if let Some(octets) = self.flight[side as usize].front().cloned() {
                    self.arrive(side.other(), octets);
                }
            }
            Step::Overtakes(side) => {
                if let Some(octets) = self.flight[side as usize].remove(1) {
                    self.arrive(side.other(), octets);
                }
            }
            Step::Expires => self.expire()?,
        }
        self.settle()
    }

    /// From here on the network is fair: all that was written is read, and both ends come to CLOSED.
    fn rest(&mut self) -> Result<(), String> {
        for _ in 0..LONGEST {
            if !self.fair()? {
                return self.is_alive();
            }
        }
        Err(format!("not over after {LONGEST} steps of a fair network"))
    }

    fn canonical(&self) -> u128 {
        let origins = [0, 1].map(|side: usize| self.ends[side].iss());
        Canonical::new(self.now, origins).of(self)
    }

    fn coverage(&mut self) -> Coverage {
        let mut coverage = Coverage::default();
        self.ends.iter_mut().for_each(|end| coverage.merge(&end.coverage()));
        coverage
    }
}

impl<T: Subject> Hash for TwoHosts<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.ends.hash(state);
        self.faults.hash(state);
        for octets in self.flight.iter().flatten() {
            // The identification does not matter, and numbers count from their first ones.
            Packet::parse(octets).ok().map(|packet| packet.transport).hash(state);
        }
        self.flight[0].len().hash(state);
    }
}

const HALF_CLOSE: [&[Act]; 2] = [
    &[Act::Connect, Act::Send(100), Act::Shutdown, Act::ReceiveAll, Act::Close],
    &[Act::Accept, Act::ReceiveAll, Act::Send(100), Act::Shutdown, Act::Close],
];
const AT_ONCE: [&[Act]; 2] = [
    &[Act::Connect, Act::Send(700), Act::Shutdown, Act::ReceiveAll, Act::Close],
    &[Act::Accept, Act::Send(700), Act::Shutdown, Act::ReceiveAll, Act::Close],
];
const CROSSING: [&[Act]; 2] = [
    &[Act::Connect, Act::Send(100), Act::Shutdown, Act::ReceiveAll, Act::Close],
    &[Act::Connect, Act::Send(100), Act::Shutdown, Act::ReceiveAll, Act::Close],
];
const ABORTED: [&[Act]; 2] = [
    &[Act::Connect, Act::Send(700), Act::Abort],
    &[Act::Accept, Act::Send(100), Act::ReceiveAll, Act::Close],
];

/// The scenes that are searched: half-close, both ends sending and closing at once, both calling, and an abort.
#[must_use]
pub fn scenes() -> [Scene; 4] {
    let scene = |name, programs, may_fail| {
        let (faults, room, timestamps) = (1, 4, false);
        Scene { name, programs, faults, room, timestamps, may_fail }
    };
    [
        scene("half-close", HALF_CLOSE, false),
        scene("both at once", AT_ONCE, false),
        scene("both call", CROSSING, true),
        scene("an abort", ABORTED, true),
    ]
}
