//! The reference stack as a target.
use bytes::Bytes;
use stackdrill_stack::host::{Host, Interface};
use stackdrill_stack::policy::InitialWindow;
use stackdrill_stack::{Policy, socket};
use stackdrill_wire::{Instant, State, Tuple};

use super::{
    Call, CallOutcome, Capability, Fd, Profile, Route, Sent, Setting, Setup, Target, Transition, Unsupported,
};
use crate::constants::Abi;
use crate::settings;

mod ancillary;
mod calls;
mod files;
mod info;
mod options;

/// The reference stack, in virtual time.
#[derive(Clone, Debug, Hash)]
pub struct Reference {
    host: Host,
    abi: Abi,
    /// The call that blocks. A driver makes one at a time.
    waiting: Option<socket::Pending>,
    /// The time of the last event.
    now: Instant,
    /// What a socket signs with that names no key.
    shared_key: Option<Bytes>,
}

impl Default for Reference {
    fn default() -> Self {
        let nowhere = Interface { addresses: Vec::new(), mtu: 1500 };
        Self {
            host: Host::new(nowhere, Policy::rfc(), 0),
            abi: Abi::Linux,
            waiting: None,
            now: Instant::ZERO,
            shared_key: None,
        }
    }
}

impl Reference {
    /// A reference that waits to be configured.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The host itself, for those who want to know more than a target shows.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// The host with a policy of the caller's own instead of a named profile's.
    pub fn set_policy(&mut self, policy: Policy) {
        self.host.set_policy(policy);
    }
}

impl Target for Reference {
    fn name(&self) -> &'static str {
        "reference"
    }

    fn capabilities(&self) -> &[Capability] {
        &[
            Capability::Calls,
            Capability::VirtualTime,
            Capability::States,
            Capability::Transitions,
            Capability::Clauses,
            Capability::Settings,
            Capability::Profiles,
            Capability::Udp,
            Capability::Ipv6,
            Capability::Urgent,
            Capability::HalfDuplexClose,
            Capability::BlindAttackMitigation,
            Capability::NewReno,
            Capability::LimitedTransmit,
            Capability::TimeWaitReopening,
            Capability::WindowScale,
            Capability::Timestamps,
            Capability::KeepAlive,
            Capability::PathMtu,
            Capability::Md5,
        ]
    }

    fn is_virtual(&self) -> bool {
        true
    }

    fn abi(&self) -> Abi {
        self.abi
    }

    fn configure(&mut self, setup: &Setup) -> Result<(), Unsupported> {
        let (mut policy, abi) = match setup.profile {
            Profile::Rfc => (Policy::rfc(), Abi::Linux),
            Profile::Linux => (Policy::linux(), Abi::Linux),
            Profile::FreeBsd => (Policy::freebsd(), Abi::FreeBsd),
        };
        for setting in &setup.settings {
            settings::apply(setting, &mut policy)?;
        }
        let interface = Interface { addresses: vec![setup.local], mtu: setup.mtu };
        let host = Host::new(interface, policy, setup.seed);
        let shared_key = setup.shared_key.clone();
        *self = Self { host, abi, waiting: None, now: Instant::ZERO, shared_key };
        Ok(())
    }

    fn set(&mut self, setting: &Setting, _: Instant) -> Result<(), Unsupported> {
        let mut policy = self.host.policy().clone();
        settings::apply(setting, &mut policy)?;
        self.host.set_policy(policy);
        Ok(())
    }

    fn route(&mut self, route: &Route, _: Instant) -> Result<(), Unsupported> {
        let Route {
            mtu,
            advertised_mss,
            initial_window,
            initial_receive_window,
            quick_ack,
            congestion_control,
        } = route;
        let mut policy = self.host.policy().clone();
        if let Some(name) = congestion_control {
            let setting = Setting { name: "net.ipv4.tcp_congestion_control".to_owned(), value: name.clone() };
            settings::apply(&setting, &mut policy)?;
        }
        if let Some(octets) = advertised_mss {
            policy.most_announced_mss =
                Some(u16::try_from(*octets).unwrap_or(u16::MAX)).filter(|most| *most != 0);
        }
        if let Some(segments) = initial_window {
            policy.initial_window = InitialWindow::Segments(u16::try_from(*segments).unwrap_or(u16::MAX));
        }
        if let Some(segments) = initial_receive_window {
            policy.initial_receive_window =
                Some(u16::try_from(*segments).unwrap_or(u16::MAX)).filter(|segments| *segments != 0);
        }
        if *quick_ack == Some(true) {
            policy.delayed_ack = None;
        }
        self.host.set_policy(policy);
        if let Some(mtu) = mtu {
            self.host.set_mtu(*mtu);
        }
        Ok(())
    }

    fn connections(&self) -> Option<Vec<(Tuple, State)>> {
        Some(self.host.connections().collect())
    }

    fn departs(&self) -> Vec<&'static str> {
        self.host.policy().departs()
    }

    fn drop_connection(&mut self, tuple: Tuple, at: Instant) -> Result<(), Unsupported> {
        self.host.abort(tuple, at);
        Ok(())
    }

    fn call(&mut self, call: &Call, at: Instant) -> CallOutcome {
        self.now = at;
        CallOutcome { at, end: self.make(call, at) }
    }

    fn resume(&mut self, call: &Call, at: Instant) -> CallOutcome {
        self.now = at;
        CallOutcome { at, end: self.ask_again(call, at) }
    }

    fn inject(&mut self, octets: &Bytes, at: Instant) {
        self.now = at;
        self.host.arrives(octets, at);
    }

    fn sent(&mut self) -> Option<Sent> {
        let departure = self.host.departs()?;
        Some(Sent { at: departure.at, octets: departure.octets, clause: Some(departure.clause) })
    }

    fn transition(&mut self) -> Option<Transition> {
        let moved = self.host.transition()?;
        Some(Transition {
            at: moved.at,
            tuple: moved.tuple,
            from: moved.from,
            to: moved.to,
            clause: Some(moved.clause),
        })
    }

    fn deadline(&self) -> Option<Instant> {
        let patience = self.waiting.as_ref().and_then(socket::Pending::deadline);
        [self.host.deadline(), patience].into_iter().flatten().min()
    }

    fn advance(&mut self, to: Instant) -> Instant {
        self.now = to;
        self.host.expire(to);
        to
    }

    fn info(&self, fd: Fd) -> Option<Vec<(&'static str, i64)>> {
        let fd = socket::Fd(fd.0);
        let (info, memory) = (self.host.info_of(fd, self.now).ok()?, self.host.memory_of(fd).ok()?);
        Some(info::variables(&info, memory, self.abi, self.now))
    }

    fn state(&self, tuple: Tuple) -> Option<State> {
        Some(self.host.state(tuple))
    }
}
