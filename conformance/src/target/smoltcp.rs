//! smoltcp as a target, and the model of how a Rust stack is adapted: its sockets are in `smoltcp/sockets.rs`, its link
//! in `smoltcp/link.rs`, and here are packets, time and states.
//!
//! smoltcp has no backlog, no descriptors and no errnos; [`posix`](super::posix) has. Why a connection ended is told
//! from what ended it.
use core::cell::Cell;
use core::fmt;
use core::net::IpAddr;
use std::collections::VecDeque;

use bytes::Bytes;
use smoltcp::iface::{Config, Interface, PollResult, SocketHandle, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::time::Instant as Moment;
use smoltcp::wire::{HardwareAddress, IpCidr};
use stackdrill_wire::{Instant, State, Tuple};

use super::posix::Descriptors;
use super::{Call, CallOutcome, Capability, Sent, Setting, Setup, Target, Transition, Unsupported};
use crate::constants::{Abi, Errno};

mod link;
mod sockets;

use link::Link;

thread_local! {
    /// The timestamp clock. smoltcp asks a plain function for it, which can hold no host.
    static TICKS: Cell<u32> = const { Cell::new(0) };
}

/// How often smoltcp is asked to work at one moment before time passes.
const ROUNDS: usize = 1000;

/// The smoltcp crate, in virtual time.
#[derive(Debug, Default)]
pub struct Smoltcp {
    stack: Stack,
    descriptors: Descriptors<SocketHandle>,
    deadline: Option<Instant>,
}

/// An interface, its link and its sockets.
struct Stack {
    interface: Interface,
    link: Link,
    sockets: SocketSet<'static>,
    /// Every TCP socket there has been, as it was last seen.
    connections: Vec<Connection>,
    moved: VecDeque<Transition>,
    local: IpAddr,
}

/// A TCP socket as it was last seen.
#[derive(Clone, Copy, Debug)]
struct Connection {
    handle: SocketHandle,
    state: State,
    tuple: Option<Tuple>,
    /// What the next call on it reports.
    error: Option<Errno>,
}

/// What made a connection move.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Cause {
    Arrival,
    Expiry,
    Call,
}

impl Default for Stack {
    fn default() -> Self {
        Self::on(IpAddr::from([127, 0, 0, 1]), 1500, 0)
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack").field("connections", &self.connections).finish_non_exhaustive()
    }
}

impl Smoltcp {
    /// A target that waits to be configured.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets smoltcp work at `at`, and notes what became of its sockets.
    fn poll(&mut self, at: Instant, cause: Cause) {
        self.deadline = self.stack.poll(at, cause);
        // A new socket that listens has nothing to do before something arrives.
        self.descriptors.listen_again(&mut self.stack);
        self.stack.notice(at, cause);
    }
}

impl Stack {
    fn on(local: IpAddr, mtu: u32, seed: u64) -> Self {
        let mut link = Link::new(mtu);
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = seed;
        let mut interface = Interface::new(config, &mut link, Moment::ZERO);
        let prefix = if local.is_ipv4() { 16 } else { 64 };
        interface.update_ip_addrs(|addresses| {
            let _ = addresses.push(IpCidr::new(local.into(), prefix));
        });
        // Everything else is reached over the one link, whatever the gateway is called.
        let _ = interface.routes_mut().add_default_ipv4_route([192, 0, 2, 254].into());
        let _ = interface.routes_mut().add_default_ipv6_route([0xfe80, 0, 0, 0, 0, 0, 0, 1].into());
        let sockets = SocketSet::new(Vec::new());
        Self { interface, link, sockets, connections: Vec::new(), moved: VecDeque::new(), local }
    }

    /// Lets smoltcp work at `at`. Returns when it wants to work again.
    fn poll(&mut self, at: Instant, cause: Cause) -> Option<Instant> {
        let now = moment(at);
        TICKS.set(u32::try_from((at.micros() / 1000) & 0xffff_ffff).unwrap_or(0));
        self.link.now = at;
        // As often as it has something to do, but no more than a busy burst takes.
        for _ in 0..ROUNDS {
            let polled = self.interface.poll(now, &mut self.link, &mut self.sockets);
            self.notice(at, cause);
            if polled == PollResult::None {
                break;
            }
        }
        let next = self.interface.poll_at(now, &self.sockets)?;
        Some(instant(next).max(at))
    }

    /// Compares every TCP socket with what it was.
    fn notice(&mut self, at: Instant, cause: Cause) {
        for known in &mut self.connections {
            let socket = self.sockets.get::<tcp::Socket<'_>>(known.handle);
            let (from, to) = (known.state, state(socket.state()));
            if let (Some(local), Some(remote)) = (socket.local_endpoint(), socket.remote_endpoint()) {
                known.tuple = Some(Tuple { local: local.into(), remote: remote.into() });
            }
            if from == to {
                continue;
            }
            known.state = to;
            if to == State::Closed {
                known.error = ending(from, cause);
            }
            if let Some(tuple) = known.tuple {
                self.moved.push_back(Transition { at, tuple, from, to, clause: None });
            }
            if to == State::Listen {
                known.tuple = None;
            }
        }
    }
}

/// Why a connection is over: the errno that POSIX has for it, where it did not end as it should.
fn ending(from: State, cause: Cause) -> Option<Errno> {
    match (from, cause) {
        (State::LastAck | State::TimeWait | State::Closing, _) | (_, Cause::Call) => None,
        (State::SynSent, Cause::Arrival) => Errno::named("ECONNREFUSED"),
        (_, Cause::Arrival) => Errno::named("ECONNRESET"),
        (_, Cause::Expiry) => Errno::named("ETIMEDOUT"),
    }
}

const fn state(state: tcp::State) -> State {
    match state {
        tcp::State::Closed => State::Closed,
        tcp::State::Listen => State::Listen,
        tcp::State::SynSent => State::SynSent,
        tcp::State::SynReceived => State::SynReceived,
        tcp::State::Established => State::Established,
        tcp::State::FinWait1 => State::FinWait1,
        tcp::State::FinWait2 => State::FinWait2,
        tcp::State::CloseWait => State::CloseWait,
        tcp::State::Closing => State::Closing,
        tcp::State::LastAck => State::LastAck,
        tcp::State::TimeWait => State::TimeWait,
    }
}

fn moment(at: Instant) -> Moment {
    Moment::from_micros(i64::try_from(at.micros()).unwrap_or(i64::MAX))
}

fn instant(at: Moment) -> Instant {
    Instant::from_micros(u64::try_from(at.total_micros()).unwrap_or(0))
}

impl Target for Smoltcp {
    fn name(&self) -> &'static str {
        "smoltcp"
    }

    fn capabilities(&self) -> &[Capability] {
        &[
            Capability::Calls,
            Capability::VirtualTime,
            Capability::States,
            Capability::Transitions,
            Capability::Udp,
            Capability::Ipv6,
            Capability::WindowScale,
            Capability::Timestamps,
            Capability::Sack,
            Capability::KeepAlive,
        ]
    }

    fn is_virtual(&self) -> bool {
        true
    }

    fn abi(&self) -> Abi {
        Abi::Linux
    }

    fn configure(&mut self, setup: &Setup) -> Result<(), Unsupported> {
        *self = Self { stack: Stack::on(setup.local, setup.mtu, setup.seed), ..Self::default() };
        setup.settings.first().map_or(Ok(()), |setting| self.set(setting, Instant::ZERO))
    }

    fn set(&mut self, setting: &Setting, _: Instant) -> Result<(), Unsupported> {
        Err(Unsupported(format!("sysctl {}", setting.name)))
    }

    fn call(&mut self, call: &Call, at: Instant) -> CallOutcome {
        let end = self.descriptors.make(&mut self.stack, call, at);
        self.poll(at, Cause::Call);
        CallOutcome { at, end }
    }

    fn resume(&mut self, call: &Call, at: Instant) -> CallOutcome {
        let end = self.descriptors.resume(&mut self.stack, call, at);
        self.poll(at, Cause::Call);
        CallOutcome { at, end }
    }

    fn inject(&mut self, octets: &Bytes, at: Instant) {
        self.stack.link.arrived.push_back(octets.clone());
        self.poll(at, Cause::Arrival);
    }

    fn sent(&mut self) -> Option<Sent> {
        self.stack.link.sent.pop_front()
    }

    fn transition(&mut self) -> Option<Transition> {
        self.stack.moved.pop_front()
    }

    fn deadline(&self) -> Option<Instant> {
        [self.deadline, self.descriptors.deadline()].into_iter().flatten().min()
    }

    fn advance(&mut self, to: Instant) -> Instant {
        self.poll(to, Cause::Expiry);
        to
    }

    fn state(&self, tuple: Tuple) -> Option<State> {
        let last = self.stack.connections.iter().rev().find(|known| known.tuple == Some(tuple));
        Some(last.map_or(State::Closed, |known| known.state))
    }
}
