//! A target whose connections' windows are written down whenever something happens to it.
use std::collections::BTreeSet;

use bytes::Bytes;
use stackdrill_wire::{Instant, State, Tuple};

use crate::constants::Abi;
use crate::target::{
    Call, CallOutcome, Capability, End, Fd, Sent, Setting, Setup, Target, Transition, Unsupported,
};

/// What a sender may do and does at one moment, by TCP_INFO's fields.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sample {
    /// When.
    pub at: Instant,
    /// The socket.
    pub fd: Fd,
    /// The congestion window, in segments.
    pub congestion_window: i64,
    /// The slow start threshold, in segments; far above any window before the first loss.
    pub threshold: i64,
    /// What is not acknowledged yet, in segments, a begun one counting as one.
    pub in_flight: i64,
    /// The window that the peer offers, in segments, a begun one not counting.
    pub peer_window: i64,
}

/// Forwards everything to the target inside, and samples each open socket after every event.
#[derive(Debug)]
pub struct Watched {
    inner: Box<dyn Target>,
    open: BTreeSet<Fd>,
    samples: Vec<Sample>,
    now: Instant,
}

impl Watched {
    /// Watches a target.
    #[must_use]
    pub const fn new(inner: Box<dyn Target>) -> Self {
        Self { inner, open: BTreeSet::new(), samples: Vec::new(), now: Instant::ZERO }
    }

    /// What was seen since the target was configured, oldest first.
    #[must_use]
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    fn sample(&mut self) {
        for &fd in &self.open {
            let Some(variables) = self.inner.info(fd) else { continue };
            let value =
                |name| variables.iter().find(|(known, _)| *known == name).map_or(0, |&(_, value)| value);
            let mss = value("tcpi_snd_mss").max(1);
            let unit = if self.inner.abi() == Abi::FreeBsd { mss } else { 1 };
            self.samples.push(Sample {
                at: self.now,
                fd,
                congestion_window: value("tcpi_snd_cwnd") / unit,
                threshold: value("tcpi_snd_ssthresh") / unit,
                in_flight: value("tcpi_unacked"),
                peer_window: value("tcpi_snd_wnd") / mss,
            });
        }
    }

    fn after(&mut self, call: &Call, outcome: CallOutcome) -> CallOutcome {
        self.now = self.now.max(outcome.at);
        match (call, &outcome.end) {
            (Call::Socket { .. } | Call::Accept { .. }, End::Returned { value, .. }) => {
                self.open.insert(Fd(*value));
            }
            (Call::Close { fd }, _) => {
                self.open.remove(fd);
            }
            _ => {}
        }
        self.sample();
        outcome
    }
}

impl Target for Watched {
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

    fn departs(&self) -> Vec<&'static str> {
        self.inner.departs()
    }

    fn prepare(&self) -> Result<(), Unsupported> {
        self.inner.prepare()
    }

    fn configure(&mut self, setup: &Setup) -> Result<(), Unsupported> {
        self.open.clear();
        self.samples.clear();
        self.now = Instant::ZERO;
        self.inner.configure(setup)
    }

    fn set(&mut self, setting: &Setting, at: Instant) -> Result<(), Unsupported> {
        self.inner.set(setting, at)
    }

    fn call(&mut self, call: &Call, at: Instant) -> CallOutcome {
        let outcome = self.inner.call(call, at);
        self.after(call, outcome)
    }

    fn resume(&mut self, call: &Call, at: Instant) -> CallOutcome {
        let outcome = self.inner.resume(call, at);
        self.after(call, outcome)
    }

    fn inject(&mut self, octets: &Bytes, at: Instant) {
        self.inner.inject(octets, at);
        self.now = self.now.max(at);
        self.sample();
    }

    fn sent(&mut self) -> Option<Sent> {
        self.inner.sent()
    }

    fn transition(&mut self) -> Option<Transition> {
        self.inner.transition()
    }

    fn deadline(&self) -> Option<Instant> {
        self.inner.deadline()
    }

    fn advance(&mut self, to: Instant) -> Instant {
        let reached = self.inner.advance(to);
        self.now = self.now.max(reached);
        self.sample();
        reached
    }

    fn state(&self, tuple: Tuple) -> Option<State> {
        self.inner.state(tuple)
    }

    fn info(&self, fd: Fd) -> Option<Vec<(&'static str, i64)>> {
        self.inner.info(fd)
    }
}
