//! A target that may panic: from then on it is silent, and what it said is kept.
//!
//! What runs here is somebody's stack; that it falls over is a verdict about it, and the next script goes on.
use core::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bytes::Bytes;
use stackdrill_wire::{Instant, State, Tuple};

use super::failure::Stop;
use super::{Failure, Reason};
use crate::constants::Abi;
use crate::script::Span;
use crate::target::{
    Call, CallOutcome, Capability, End, Fd, Route, Sent, Setting, Setup, Target, Transition, Unsupported,
};

/// A target under watch. It is asked for nothing once it has panicked.
#[derive(Debug)]
pub(super) struct Guarded<'a> {
    inner: &'a mut dyn Target,
    panic: RefCell<Option<String>>,
}

impl<'a> Guarded<'a> {
    pub(super) const fn new(inner: &'a mut dyn Target) -> Self {
        Self { inner, panic: RefCell::new(None) }
    }

    /// How a run ended: a panic is the reason, whatever came of it. Where it happened is where the run stopped.
    pub(super) fn blamed(self, ended: Result<(), Stop>) -> Result<(), Stop> {
        let Some(message) = self.panic.into_inner() else { return ended };
        let failure = match ended {
            Err(Stop::Failed(failure)) => {
                Failure { differences: Vec::new(), hint: None, reason: Reason::Panicked(message), ..*failure }
            }
            Err(Stop::Unsupported(_, span) | Stop::Wrong(_, span) | Stop::Inconclusive(_, span)) => {
                Failure::new(Reason::Panicked(message), span)
            }
            Ok(()) => Failure::new(Reason::Panicked(message), Span::default()),
        };
        Err(Stop::Failed(Box::new(failure)))
    }

    fn ask<T>(&mut self, dead: T, ask: impl FnOnce(&mut dyn Target) -> T) -> T {
        if self.panic.get_mut().is_some() {
            return dead;
        }
        let asked = catch_unwind(AssertUnwindSafe(|| ask(&mut *self.inner)));
        asked.unwrap_or_else(|payload| {
            *self.panic.get_mut() = Some(words(&*payload));
            dead
        })
    }

    fn look<T>(&self, dead: T, ask: impl FnOnce(&dyn Target) -> T) -> T {
        if self.panic.borrow().is_some() {
            return dead;
        }
        catch_unwind(AssertUnwindSafe(|| ask(&*self.inner))).unwrap_or_else(|payload| {
            *self.panic.borrow_mut() = Some(words(&*payload));
            dead
        })
    }
}

/// What a panic says, if it says anything.
fn words(payload: &(dyn Any + Send)) -> String {
    let said = payload.downcast_ref::<&str>().map(|&said| said.to_owned());
    said.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no words".to_owned())
}

fn gone() -> Unsupported {
    Unsupported("a target that has panicked".to_owned())
}

impl Target for Guarded<'_> {
    fn name(&self) -> &str {
        self.inner.name()
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
        self.ask(Err(gone()), |inner| inner.configure(setup))
    }

    fn set(&mut self, setting: &Setting, at: Instant) -> Result<(), Unsupported> {
        self.ask(Err(gone()), |inner| inner.set(setting, at))
    }

    fn route(&mut self, route: &Route, at: Instant) -> Result<(), Unsupported> {
        self.ask(Err(gone()), |inner| inner.route(route, at))
    }

    fn connections(&self) -> Option<Vec<(Tuple, State)>> {
        self.look(None, |inner| inner.connections())
    }

    fn departs(&self) -> Vec<&'static str> {
        self.look(Vec::new(), |inner| inner.departs())
    }

    fn drop_connection(&mut self, tuple: Tuple, at: Instant) -> Result<(), Unsupported> {
        self.ask(Err(gone()), |inner| inner.drop_connection(tuple, at))
    }

    fn call(&mut self, call: &Call, at: Instant) -> CallOutcome {
        self.ask(CallOutcome { at, end: End::Unsupported(gone()) }, |inner| inner.call(call, at))
    }

    fn resume(&mut self, call: &Call, at: Instant) -> CallOutcome {
        self.ask(CallOutcome { at, end: End::Unsupported(gone()) }, |inner| inner.resume(call, at))
    }

    fn inject(&mut self, octets: &Bytes, at: Instant) {
        self.ask((), |inner| inner.inject(octets, at));
    }

    fn sent(&mut self) -> Option<Sent> {
        self.ask(None, |inner| inner.sent())
    }

    fn transition(&mut self) -> Option<Transition> {
        self.ask(None, |inner| inner.transition())
    }

    fn deadline(&self) -> Option<Instant> {
        self.look(None, |inner| inner.deadline())
    }

    fn advance(&mut self, to: Instant) -> Instant {
        self.ask(to, |inner| inner.advance(to))
    }

    fn late(&self) -> Duration {
        self.look(Duration::ZERO, |inner| inner.late())
    }

    fn state(&self, tuple: Tuple) -> Option<State> {
        self.look(None, |inner| inner.state(tuple))
    }

    fn info(&self, fd: Fd) -> Option<Vec<(&'static str, i64)>> {
        self.look(None, |inner| inner.info(fd))
    }
}
