//! The kernel that this runs on as a target: live, with real calls and real time.
//!
//! Each script gets a network namespace of its own with one device, whose far end the target holds. What the kernel
//! sends there is heard with the kernel's own time; what the script injects is written to it. Nothing outside the
//! namespace is touched, and nothing is left of it when the target goes.
use core::time::Duration;
use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::os::fd::{AsFd, RawFd};
use std::time::SystemTime;

use bytes::Bytes;
use nix::libc;
use nix::poll::ppoll;
use nix::sys::time::TimeSpec;
use stackdrill_wire::{Instant, State, Tuple};

use super::{
    Call, CallOutcome, Capability, End, Fd, Route, Sent, Setting, Setup, Target, Transition, Unsupported,
};
use crate::constants::Abi;

mod address;
mod calls;
mod control;
mod device;
mod files;
mod info;
pub mod netlink;
mod network;
mod raw;
mod shown;
mod sysctl;
mod tap;
mod urgency;
mod waiting;

use calls::Begun;
use device::FarEnd;
use network::Namespace;
use shown::Shown;
use tap::Tap;
use urgency::Urgency;
use waiting::{Answered, Waiting};

/// How long before a moment waiting turns into watching the clock: what waking up takes on a busy host.
const WATCHFUL: Duration = Duration::from_micros(300);

/// The longest single sleep, so that a signal or a lost wake-up costs no more than this.
const NAP: Duration = Duration::from_secs(1);

/// The Linux kernel, live.
#[derive(Debug)]
pub struct Linux {
    namespace: Option<Namespace>,
    tap: Option<Tap>,
    urgency: Option<Urgency>,
    /// Whom the route leads to.
    remote: Option<IpAddr>,
    /// Zero of the script's clock.
    origin: SystemTime,
    /// The script's descriptors.
    opened: BTreeSet<RawFd>,
    /// Those that the script has marked with `FD_CLOEXEC`. In truth all are: no command of the script inherits them.
    marked: BTreeSet<RawFd>,
    /// The call that waits.
    waiting: Option<Waiting>,
    heard: VecDeque<Sent>,
    shown: Shown,
    moved: VecDeque<Transition>,
    late: Duration,
}

impl Default for Linux {
    fn default() -> Self {
        Self {
            namespace: None,
            tap: None,
            urgency: None,
            remote: None,
            origin: SystemTime::UNIX_EPOCH,
            opened: BTreeSet::new(),
            marked: BTreeSet::new(),
            waiting: None,
            heard: VecDeque::new(),
            shown: Shown::default(),
            moved: VecDeque::new(),
            late: Duration::ZERO,
        }
    }
}

impl Linux {
    /// A target that waits to be configured.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The script's clock.
    fn now(&self) -> Instant {
        self.at(SystemTime::now())
    }

    fn at(&self, time: SystemTime) -> Instant {
        let passed = time.duration_since(self.origin).unwrap_or_default();
        Instant::from_micros(u64::try_from(passed.as_micros()).unwrap_or(u64::MAX))
    }

    /// What was wanted at one moment was done at another.
    fn was_late(&mut self, wanted: Instant, done: Instant) {
        let micros = done.micros().saturating_sub(wanted.micros());
        self.late = self.late.max(Duration::from_micros(micros));
    }

    /// Keeps what the kernel has sent. Returns whether there was anything.
    fn listen(&mut self) -> bool {
        let Some(tap) = &mut self.tap else { return false };
        let before = self.heard.len();
        while let Ok(Some(heard)) = tap.hear() {
            let time = SystemTime::UNIX_EPOCH + Duration::from_nanos(heard.at);
            self.late = self.late.max(time.elapsed().unwrap_or_default());
            let passed = time.duration_since(self.origin).unwrap_or_default();
            let at = Instant::from_micros(u64::try_from(passed.as_micros()).unwrap_or(u64::MAX));
            self.heard.push_back(Sent { at, octets: heard.octets, clause: None });
        }
        self.heard.len() > before
    }

    /// Keeps what the kernel has sent, and then what state its connections are in. A state that may be newer than what
    /// was heard is left for the next time.
    fn observe(&mut self, at: Instant) -> bool {
        let heard = self.listen();
        let at = self.heard.back().map_or(at, |last| last.at.max(at));
        let moved: Vec<_> = self.shown.look(&self.opened, at).collect();
        if self.listen() {
            return true;
        }
        for (fd, transition) in moved {
            self.shown.note(fd, transition);
            self.moved.push_back(transition);
        }
        heard
    }

    /// Sleeps at most so long, until the kernel sends something or the call that waits is over. Returns whether it is.
    fn sleep(&self, patience: Duration) -> bool {
        let Some(tap) = &self.tap else { return false };
        let mut wanted = vec![(tap.as_fd(), libc::POLLIN)];
        wanted.extend(self.waiting.as_ref().map(|waiting| (waiting.as_fd(), libc::POLLIN)));
        let mut polled = calls::watch(&wanted);
        match ppoll(&mut polled, Some(TimeSpec::from_duration(patience)), None) {
            Ok(count) if count > 0 => polled.iter().skip(1).any(|polled| polled.any() == Some(true)),
            _ => false,
        }
    }

    fn begin(&mut self, setup: &Setup) -> Result<(), Unsupported> {
        let namespace = Namespace::new()?;
        let tap = namespace.run(|| {
            let far = FarEnd::of(setup)?;
            Tap::new(far).map_err(|error| Unsupported(format!("a packet socket ({error})")))
        });
        self.tap = Some(tap??);
        self.remote = Some(setup.remote);
        self.namespace = Some(namespace);
        setup.settings.iter().try_for_each(|setting| self.apply(setting))
    }

    fn apply(&self, setting: &Setting) -> Result<(), Unsupported> {
        let Some(namespace) = &self.namespace else { return Ok(()) };
        namespace.run(|| sysctl::set(setting))?
    }

    fn end(&mut self) {
        self.close_all();
        self.waiting = None;
        self.heard.clear();
        self.moved.clear();
        self.shown = Shown::default();
        self.late = Duration::ZERO;
        self.tap = None;
        self.namespace = None;
        self.urgency = None;
    }

    /// Makes a call that waits, in a thread of its own.
    fn wait(&mut self, work: Box<dyn FnOnce() -> End + Send>) -> CallOutcome {
        let asked = SystemTime::now();
        if self.waiting.is_some() {
            let missing = Unsupported("two calls that wait at once".to_owned());
            return CallOutcome { at: self.at(asked), end: End::Unsupported(missing) };
        }
        match Waiting::start(work) {
            Ok(waiting) => self.waiting = Some(waiting),
            Err(error) => {
                let missing = Unsupported(format!("a thread for a call that waits ({error})"));
                return CallOutcome { at: self.at(asked), end: End::Unsupported(missing) };
            }
        }
        self.late = self.late.max(asked.elapsed().unwrap_or_default());
        self.answered().unwrap_or(CallOutcome { at: self.at(asked), end: End::Blocks })
    }

    /// How the call that waits has ended, if it has.
    fn answered(&mut self) -> Option<CallOutcome> {
        let Answered { end, at, held_up } = self.waiting.as_ref()?.answer()?;
        self.waiting = None;
        self.late = self.late.max(held_up);
        self.ended(&end);
        Some(CallOutcome { at: self.at(at), end })
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
            Capability::States,
            Capability::Transitions,
            Capability::Settings,
            Capability::Udp,
            Capability::Ipv6,
            Capability::Urgent,
            Capability::HalfDuplexClose,
            Capability::BlindAttackMitigation,
            Capability::WindowScale,
            Capability::Timestamps,
            Capability::Sack,
            Capability::DuplicateSack,
            Capability::SackRecovery,
            Capability::NewReno,
            Capability::LimitedTransmit,
            Capability::ForwardRto,
            Capability::RackTlp,
            Capability::ProportionalRateReduction,
            Capability::Cubic,
            Capability::HyStart,
            Capability::TimeWaitReopening,
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

    /// Anybody but root becomes root of a user namespace of their own. Then a namespace with a device is tried out.
    fn prepare(&self) -> Result<(), Unsupported> {
        network::become_root()?;
        Namespace::new()?.run(FarEnd::open)?.map(drop)
    }

    fn configure(&mut self, setup: &Setup) -> Result<(), Unsupported> {
        self.end();
        self.begin(setup)?;
        self.urgency = Some(Urgency::claim());
        self.origin = SystemTime::now();
        Ok(())
    }

    fn set(&mut self, setting: &Setting, _: Instant) -> Result<(), Unsupported> {
        self.apply(setting)
    }

    fn route(&mut self, route: &Route, _: Instant) -> Result<(), Unsupported> {
        let Some((namespace, remote)) = self.namespace.as_ref().zip(self.remote) else { return Ok(()) };
        namespace.run(|| FarEnd::route(remote, route))?
    }

    fn call(&mut self, call: &Call, wanted: Instant) -> CallOutcome {
        let at = self.now();
        self.was_late(wanted, at);
        let outcome = match self.begin_call(call) {
            Begun::Done(end) => {
                self.ended(&end);
                CallOutcome { at, end }
            }
            Begun::Waits(work) => self.wait(work),
        };
        self.observe(outcome.at);
        outcome
    }

    fn resume(&mut self, _: &Call, at: Instant) -> CallOutcome {
        let outcome = self.answered().unwrap_or(CallOutcome { at, end: End::Blocks });
        self.observe(outcome.at);
        outcome
    }

    fn inject(&mut self, octets: &Bytes, at: Instant) {
        if let Some(tap) = &mut self.tap {
            // A datagram that the device refuses is one that was lost: the script notices what does not follow.
            let _ = tap.inject(octets);
        }
        self.was_late(at, self.now());
        self.observe(at);
    }

    fn sent(&mut self) -> Option<Sent> {
        self.heard.pop_front()
    }

    fn transition(&mut self) -> Option<Transition> {
        self.moved.pop_front()
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Returns early when the kernel has sent something or the call that waits is over.
    fn advance(&mut self, to: Instant) -> Instant {
        loop {
            let now = self.now();
            let heard = self.observe(now);
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

    fn late(&self) -> Duration {
        self.late
    }

    fn info(&self, fd: Fd) -> Option<Vec<(&'static str, i64)>> {
        info::variables(self.own(fd).ok()?)
    }

    fn state(&self, tuple: Tuple) -> Option<State> {
        info::state(self.shown.find(tuple)?)
    }
}
