//! A target that may panic, or turn in a circle without end: from then on it is silent, and the oracle makes of that what it can.
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use stackdrill::constants::{Abi, Errno};
use stackdrill::target::{
    Call, CallOutcome, Capability, End, Reference, Sent, Setting, Setup, Target, Transition, Unsupported,
};
use stackdrill_wire::{Instant, State, Tuple};

use crate::fuel;

/// The reference, or a mutant of it.
#[derive(Debug, Default)]
pub(crate) struct Guarded {
    inner: Reference,
    dead: Cell<bool>,
}

impl Guarded {
    /// What `ask` gets of the target; `otherwise` if it has panicked, now or before.
    fn alive<T>(&mut self, otherwise: T, ask: impl FnOnce(&mut Reference) -> T) -> T {
        if self.dead.get() {
            return otherwise;
        }
        fuel::fill();
        catch_unwind(AssertUnwindSafe(|| ask(&mut self.inner))).unwrap_or_else(|_| {
            self.dead.set(true);
            otherwise
        })
    }
}

impl Guarded {
    /// The same, of a target that is only looked at.
    fn asked<T>(&self, otherwise: T, ask: impl FnOnce(&Reference) -> T) -> T {
        if self.dead.get() {
            return otherwise;
        }
        fuel::fill();
        catch_unwind(AssertUnwindSafe(|| ask(&self.inner))).unwrap_or_else(|_| {
            self.dead.set(true);
            otherwise
        })
    }
}

impl Target for Guarded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> &[Capability] {
        self.inner.capabilities()
    }

    fn is_virtual(&self) -> bool {
        true
    }

    fn abi(&self) -> Abi {
        self.inner.abi()
    }

    fn configure(&mut self, setup: &Setup) -> Result<(), Unsupported> {
        self.dead.set(false);
        self.inner.configure(setup)
    }

    fn set(&mut self, setting: &Setting, at: Instant) -> Result<(), Unsupported> {
        self.alive(Ok(()), |inner| inner.set(setting, at))
    }

    fn call(&mut self, call: &Call, at: Instant) -> CallOutcome {
        let refused = CallOutcome { at, end: Errno::named("EIO").map_or(End::Blocks, End::Failed) };
        self.alive(refused, |inner| inner.call(call, at))
    }

    fn resume(&mut self, call: &Call, at: Instant) -> CallOutcome {
        let waits = CallOutcome { at, end: End::Blocks };
        self.alive(waits, |inner| inner.resume(call, at))
    }

    fn inject(&mut self, octets: &Bytes, at: Instant) {
        self.alive((), |inner| inner.inject(octets, at));
    }

    fn sent(&mut self) -> Option<Sent> {
        self.alive(None, Target::sent)
    }

    fn transition(&mut self) -> Option<Transition> {
        self.alive(None, Target::transition)
    }

    fn deadline(&self) -> Option<Instant> {
        self.asked(None, Target::deadline)
    }

    fn advance(&mut self, to: Instant) -> Instant {
        self.alive(to, |inner| inner.advance(to))
    }

    fn departs(&self) -> Vec<&'static str> {
        self.asked(Vec::new(), Target::departs)
    }

    fn state(&self, tuple: Tuple) -> Option<State> {
        self.asked(None, |inner| inner.state(tuple))
    }
}
