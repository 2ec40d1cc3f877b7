//! The target and its time: what it sent waits here, and what happened is written down.
use core::ops::DerefMut;
use std::collections::VecDeque;

use bytes::Bytes;
use stackdrill_wire::{Instant, State, Tuple};

use crate::constants::Abi;
use crate::target::{Call, CallOutcome, End, Route, Sent, Setting, Target, Unsupported};
use crate::trace::{Happened, Record, Trace};

/// How often a stack may act in one run. More is a stack, or a script, that does not end.
const STEPS: u32 = 200_000;

/// How often a stack may act without time passing.
const STEPS_AT_ONCE: u32 = 10_000;

/// How many octets of packets and of data a run may move: all of them are kept for its trace.
pub(crate) const MOST_OCTETS: usize = 1 << 28;

/// The target under test, borrowed or boxed, and time. A value, where the target is one.
#[derive(Clone, Debug)]
pub(crate) struct World<P> {
    pub(crate) target: P,
    pub(crate) trace: Trace,
    now: Instant,
    /// What left the target and was not looked at yet.
    sniffed: VecDeque<Sent>,
    waiting: Option<Waiting>,
    steps: u32,
    steps_at_once: u32,
    /// Octets of packets and of data so far.
    octets: usize,
}

/// A call that blocks, and how it ended once it has.
#[derive(Clone, Debug)]
struct Waiting {
    call: Call,
    ended: Option<CallOutcome>,
}

/// The world does not move on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stuck {
    /// It acts again and again at one moment.
    InTime,
    /// It acts on and on.
    InSteps,
}

impl<P: DerefMut<Target: Target>> World<P> {
    pub(crate) fn new(target: P) -> Self {
        Self {
            target,
            trace: Trace::new(),
            now: Instant::ZERO,
            sniffed: VecDeque::new(),
            waiting: None,
            steps: 0,
            steps_at_once: 0,
            octets: 0,
        }
    }

    pub(crate) const fn now(&self) -> Instant {
        self.now
    }

    /// When the target next acts on its own account.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.target.deadline()
    }

    /// The numbering of constants and errors that the target's calls speak.
    pub(crate) fn abi(&self) -> Abi {
        self.target.abi()
    }

    /// Lets the target act until `limit` at the latest, and stops as soon as it has acted once. `false`: it had
    /// nothing to do; in virtual time the clock then stands where it stood.
    pub(crate) fn step(&mut self, limit: Instant) -> Result<bool, Stuck> {
        let to = if self.target.is_virtual() {
            match self.target.deadline() {
                Some(deadline) if deadline <= limit => deadline.max(self.now),
                _ => return Ok(false),
            }
        } else if self.now < limit {
            limit
        } else {
            return Ok(false);
        };
        self.steps += 1;
        self.steps_at_once = if to > self.now { 0 } else { self.steps_at_once + 1 };
        if self.steps_at_once > STEPS_AT_ONCE {
            return Err(Stuck::InTime);
        }
        if self.steps > STEPS {
            return Err(Stuck::InSteps);
        }
        self.move_to(to);
        Ok(true)
    }

    /// Lets time pass until `at`, the target's own doings at that very moment included.
    pub(crate) fn pass_until(&mut self, at: Instant) -> Result<(), Stuck> {
        while self.step(at)? {}
        // Real time has gone on, whether anything happened or not.
        if self.now < at || !self.target.is_virtual() {
            self.move_to(at);
        }
        Ok(())
    }

    /// Lets the clock stand at `at` without the target's doings at that moment.
    pub(crate) fn reach(&mut self, at: Instant) {
        if self.now < at {
            self.now = at;
        }
    }

    /// The run is over: what a live target did in the meantime is written down too.
    pub(crate) fn finish(&mut self) {
        if !self.target.is_virtual() {
            self.target.advance(self.now);
            self.drain();
        }
    }

    fn move_to(&mut self, to: Instant) {
        self.now = self.target.advance(to).max(self.now);
        self.absorb();
    }

    /// A datagram arrives at the target, now.
    pub(crate) fn inject(&mut self, octets: Bytes) {
        self.target.inject(&octets, self.now);
        self.record(self.now, Happened::Received { octets });
        self.absorb();
    }

    /// Makes a call, now. One that blocks is asked about from now on.
    pub(crate) fn call(&mut self, call: &Call) -> CallOutcome {
        let outcome = self.target.call(call, self.now);
        self.record(outcome.at, Happened::Called { call: call.clone(), end: outcome.end.clone() });
        self.now = self.now.max(outcome.at);
        self.drain();
        if outcome.end == End::Blocks {
            self.waiting = Some(Waiting { call: call.clone(), ended: None });
        } else {
            self.resume();
        }
        outcome
    }

    /// How the blocked call ended, if it has; it is over then.
    pub(crate) fn ended(&mut self) -> Option<CallOutcome> {
        let waiting = self.waiting.take_if(|waiting| waiting.ended.is_some())?;
        waiting.ended
    }

    /// A setting that the target was given before the run.
    pub(crate) fn note(&mut self, setting: Setting) {
        self.record(self.now, Happened::Set(setting));
    }

    pub(crate) fn set(&mut self, setting: Setting) -> Result<(), Unsupported> {
        self.target.set(&setting, self.now)?;
        self.record(self.now, Happened::Set(setting));
        self.absorb();
        Ok(())
    }

    pub(crate) fn route(&mut self, route: &Route) -> Result<(), Unsupported> {
        self.target.route(route, self.now)?;
        self.absorb();
        Ok(())
    }

    /// Every connection of the target's that is not over; `None` if it cannot show them.
    pub(crate) fn connections(&self) -> Option<Vec<(Tuple, State)>> {
        self.target.connections()
    }

    pub(crate) fn drop_connection(&mut self, tuple: Tuple) -> Result<(), Unsupported> {
        self.target.drop_connection(tuple, self.now)?;
        self.record(self.now, Happened::Dropped(tuple));
        self.absorb();
        Ok(())
    }

    /// The oldest datagram that was not looked at yet.
    pub(crate) fn sniff(&mut self) -> Option<Sent> {
        self.sniffed.pop_front()
    }

    /// Puts datagrams back that were only looked at, the oldest last.
    pub(crate) fn unsniff(&mut self, sent: Sent) {
        self.sniffed.push_front(sent);
    }

    fn absorb(&mut self) {
        self.drain();
        self.resume();
    }

    /// Asks how the blocked call fares.
    fn resume(&mut self) {
        let Some(waiting) = self.waiting.as_mut().filter(|waiting| waiting.ended.is_none()) else { return };
        let outcome = self.target.resume(&waiting.call, self.now);
        if outcome.end == End::Blocks {
            return;
        }
        waiting.ended = Some(outcome.clone());
        let call = waiting.call.clone();
        self.record(outcome.at, Happened::Ended { call, end: outcome.end });
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(sent) = self.target.sent() {
            self.record(sent.at, Happened::Sent { octets: sent.octets.clone(), clause: sent.clause });
            self.sniffed.push_back(sent);
        }
        while let Some(transition) = self.target.transition() {
            self.record(transition.at, Happened::Moved(transition));
        }
    }

    /// Whether more has gone over the link, and in and out of calls, than is kept of one run.
    pub(crate) const fn is_full(&self) -> bool {
        self.octets > MOST_OCTETS
    }

    fn record(&mut self, at: Instant, what: Happened) {
        self.octets = self.octets.saturating_add(match &what {
            Happened::Sent { octets, .. } | Happened::Received { octets } => octets.len(),
            Happened::Called { call: Call::Send { data, .. }, .. } => data.len(),
            Happened::Called { .. }
            | Happened::Ended { .. }
            | Happened::Dropped(_)
            | Happened::Set(_)
            | Happened::Moved(_) => 0,
        });
        self.trace.push(Record { at, what });
    }
}
