//! The kernel that this runs on as a target: live, with real calls and real time.
//!
//! Each script gets a network namespace of its own with one device, whose far end the target holds. What the kernel
//! sends there is heard with the kernel's own time; what the script injects is written to it. Nothing outside the
//! namespace is touched, and nothing is left of it when the target goes.
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::os::fd::AsFd;
use std::time::SystemTime;

use bytes::Bytes;
use nix::libc;
use nix::poll::ppoll;
use nix::sys::time::TimeSpec;
use stackdrill_wire::{Instant, State, Tuple};

use super::{Call, CallOutcome, Capability, End, Sent, Setting, Setup, Target, Transition, Unsupported};
use crate::constants::Abi;

mod address;
mod calls;
pub mod netlink;
mod network;
mod raw;
mod tap;

use calls::{Opened, Progress};
use network::Namespace;
use tap::Tap;

/// How long before a moment waiting turns into watching the clock: what waking up takes on a busy host.
const WATCHFUL: Duration = Duration::from_micros(300);

/// The longest single sleep, so that a signal or a lost wake-up costs no more than this.
const NAP: Duration = Duration::from_secs(1);

/// The Linux kernel, live.
#[derive(Debug)]
pub struct Linux {
    namespace: Option<Namespace>,
    tap: Option<Tap>,
    /// Zero of the script's clock.
    origin: SystemTime,
    opened: BTreeMap<i32, Opened>,
    /// The call that waits.
    waiting: Option<Call>,
    progress: Option<Progress>,
    heard: VecDeque<Sent>,
}

impl Default for Linux {
    fn default() -> Self {
        Self {
            namespace: None,
            tap: None,
            origin: SystemTime::UNIX_EPOCH,
            opened: BTreeMap::new(),
            waiting: None,
            progress: None,
            heard: VecDeque::new(),
        }
    }
}

fn refused(what: &str, error: &io::Error) -> Unsupported {
    Unsupported(format!("{what} (this host does not allow it: {error})"))
}

impl Linux {
    /// A target that waits to be configured.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The script's clock.
    fn now(&self) -> Instant {
        let passed = self.origin.elapsed().unwrap_or_default();
        Instant::from_micros(u64::try_from(passed.as_micros()).unwrap_or(u64::MAX))
    }

    /// Keeps what the kernel has sent. Returns whether there was anything.
    fn listen(&mut self) -> bool {
        let since = self.origin.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let Some(tap) = &mut self.tap else { return false };
        let before = self.heard.len();
        while let Ok(Some(heard)) = tap.hear() {
            let passed = Duration::from_nanos(heard.at).saturating_sub(since);
            let at = Instant::from_micros(u64::try_from(passed.as_micros()).unwrap_or(u64::MAX));
            self.heard.push_back(Sent { at, octets: heard.octets, clause: None });
        }
        self.heard.len() > before
    }

    /// Sleeps at most so long, until the kernel sends something or the call that waits may go on. Returns whether the
    /// call may.
    fn sleep(&self, patience: Duration) -> bool {
        let Some(tap) = &self.tap else { return false };
        let awaited = self.waiting.as_ref().map(|call| self.awaited(call)).unwrap_or_default();
        let mut wanted = vec![(tap.as_fd(), libc::POLLIN)];
        wanted.extend(awaited.into_iter().map(|(fd, events)| (raw::borrow(fd), events)));
        let mut polled = calls::watch(&wanted);
        match ppoll(&mut polled, Some(TimeSpec::from_duration(patience)), None) {
            Ok(count) if count > 0 => polled.iter().skip(1).any(|polled| polled.any() == Some(true)),
            _ => false,
        }
    }

    fn begin(&mut self, setup: &Setup) -> Result<(), Unsupported> {
        let namespace = Namespace::new().map_err(|error| refused("a network namespace", &error))?;
        let opened = namespace.run(|| Tap::new(network::device(setup)?));
        self.tap = Some(opened.map_err(|error: io::Error| refused("a TUN device", &error))?);
        self.namespace = Some(namespace);
        setup.settings.iter().try_for_each(|setting| self.apply(setting))
    }

    fn apply(&self, setting: &Setting) -> Result<(), Unsupported> {
        let Some(namespace) = &self.namespace else { return Ok(()) };
        namespace.run(|| network::set(setting)).map_err(|refused| refused.0)
    }

    fn end(&mut self) {
        self.close_all();
        self.waiting = None;
        self.heard.clear();
        self.tap = None;
        self.namespace = None;
    }

    /// Makes or goes on with a call, and notes whether it waits.
    fn make(&mut self, call: &Call) -> CallOutcome {
        let end = self.attempt(call);
        self.waiting = (end == End::Blocks).then(|| call.clone());
        let at = self.now();
        self.listen();
        CallOutcome { at, end }
    }
}

impl Drop for Linux {
    fn drop(&mut self) {
        self.end();
    }
}

impl Target for Linux {
    fn name(&self) -> &'static str {
        "linux"
    }

    fn capabilities(&self) -> &[Capability] {
        &[
            Capability::Calls,
            Capability::Settings,
            Capability::Udp,
            Capability::Ipv6,
            Capability::Urgent,
            Capability::WindowScale,
            Capability::Timestamps,
            Capability::Sack,
            Capability::Ecn,
            Capability::KeepAlive,
            Capability::FastOpen,
            Capability::Md5,
            Capability::PathMtu,
            Capability::PacketizationLayerPathMtu,
        ]
    }

    fn is_virtual(&self) -> bool {
        false
    }

    fn abi(&self) -> Abi {
        Abi::Linux
    }

    /// Anybody but root becomes root of a user namespace of their own.
    fn prepare(&self) -> Result<(), Unsupported> {
        network::become_root().map_err(|error| refused("network namespaces", &error))
    }

    fn configure(&mut self, setup: &Setup) -> Result<(), Unsupported> {
        self.end();
        self.begin(setup)?;
        self.origin = SystemTime::now();
        Ok(())
    }

    fn set(&mut self, setting: &Setting, _: Instant) -> Result<(), Unsupported> {
        self.apply(setting)
    }

    fn call(&mut self, call: &Call, _: Instant) -> CallOutcome {
        let before = (self.waiting.take(), self.progress.take());
        let outcome = self.make(call);
        if outcome.end != End::Blocks {
            (self.waiting, self.progress) = before;
        }
        outcome
    }

    fn resume(&mut self, call: &Call, _: Instant) -> CallOutcome {
        self.make(call)
    }

    fn inject(&mut self, octets: &Bytes, _: Instant) {
        if let Some(tap) = &mut self.tap {
            // A datagram that the device refuses is one that was lost: the script notices what does not follow.
            let _ = tap.inject(octets);
        }
        self.listen();
    }

    fn sent(&mut self) -> Option<Sent> {
        self.heard.pop_front()
    }

    fn transition(&mut self) -> Option<Transition> {
        None
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Returns early when the kernel has sent something or the call that waits may go on.
    fn advance(&mut self, to: Instant) -> Instant {
        let to = self.gives_up().map_or(to, |until| to.min(Instant::from_micros(until)));
        loop {
            let heard = self.listen();
            let now = self.now();
            if heard || now >= to {
                return now;
            }
            let left = Duration::from_micros(to.micros() - now.micros());
            if self.sleep(left.saturating_sub(WATCHFUL).min(NAP)) {
                return self.now();
            }
        }
    }

    fn state(&self, _: Tuple) -> Option<State> {
        None
    }
}
