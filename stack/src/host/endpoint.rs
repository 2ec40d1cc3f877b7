//! A connection and who owns it.
use core::net::IpAddr;
use std::collections::VecDeque;

use bytes::Bytes;
use stackdrill_wire::{Instant, State, Tuple};

use super::{ConnectionId, Host, Tally};
use crate::socket::Fd;
use crate::socket::epoll::Pulse;
use crate::socket::notice::Watch;
use crate::socket::table::{Discovery, Options, Role};
use crate::tcp::{Answer, Call, Connection, Context, Listener, Refusal, Settings};

/// A connection as its host keeps it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Endpoint {
    pub(crate) connection: Connection,
    pub(crate) owner: Owner,
    pub(crate) courtesy: Courtesy,
    /// The listening socket, by its serial number too, that counts it among those in use before their handshake ends.
    pub(crate) early_at: Option<(Fd, u64)>,
    pub(crate) tally: Tally,
    /// What was sent whose fate somebody wants to know, oldest first.
    pub(crate) watches: VecDeque<Watch>,
    /// How it looked to who waits for it when they were last woken.
    pub(crate) pulse: Pulse,
    /// The key that signs its segments. RFC 2385 §2.0.
    pub(crate) key: Option<Bytes>,
    /// Its entry in the host's deadlines.
    pub(crate) queued: Option<Instant>,
}

/// Who hears what happens to a connection.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Owner {
    /// The socket that opened or accepted it.
    Socket(Fd),
    /// The listening socket at which it waits, half open or ready.
    Listener(Fd),
    /// Nobody: its descriptor is closed, it lives until it is over.
    Nobody,
}

/// What a socket asks of IP, for every datagram that follows.
///
/// Spec: RFC1122:3.2.1.6-tos-settable, RFC9293:MUST-48, RFC9293:SHLD-21, RFC9293:SHLD-22.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Courtesy {
    pub(crate) traffic_class: u8,
    pub(crate) hop_limit: Option<u8>,
    pub(crate) discovery: Discovery,
    /// Whether nothing is larger than every path carries.
    pub(crate) least_mtu: bool,
    /// Segments with less are not heard.
    pub(crate) least_hop_limit: u8,
    /// The peer's end of the tunnel, for segments inside UDP.
    pub(crate) tunnel: Option<u16>,
}

impl Courtesy {
    /// What a new socket asks: nothing in particular.
    pub(crate) const NONE: Self = Self {
        traffic_class: 0,
        hop_limit: None,
        discovery: Discovery::Policy,
        least_mtu: false,
        least_hop_limit: 0,
        tunnel: None,
    };

    /// The largest datagram that may go to `destination`, in octets, whatever its path carries.
    ///
    /// Spec: RFC 8200 §5.
    pub(crate) const fn most(&self, destination: IpAddr) -> u32 {
        const EVERY_PATH: u32 = 1280;
        if self.least_mtu && destination.is_ipv6() { EVERY_PATH } else { u32::MAX }
    }

    pub(crate) const fn of(options: &Options) -> Self {
        Self {
            traffic_class: options.traffic_class,
            hop_limit: options.hop_limit,
            discovery: options.discovery,
            least_mtu: options.least_mtu == 1,
            least_hop_limit: options.least_hop_limit,
            tunnel: options.tunnel,
        }
    }
}

impl Host {
    /// The user calls a connection.
    pub(crate) fn ask(&mut self, id: ConnectionId, call: Call, now: Instant) -> Result<Answer, Refusal> {
        let mut actions = self.sheet();
        let endpoint = self.endpoints.get_mut(&id).ok_or(Refusal::NoConnection)?;
        let answer = endpoint.connection.called(call, &mut Context::new(now, &self.policy, &mut actions));
        self.carry_out(id, actions, now);
        answer
    }

    /// An operator drops a connection, whoever holds it: it is aborted. Nothing if there is none.
    ///
    /// Spec: RFC 9293 §3.10.5.
    pub fn abort(&mut self, tuple: Tuple, now: Instant) {
        if let Some(id) = self.demux.connection(tuple) {
            // An abort is only refused where there is nothing to abort.
            self.ask(id, Call::Abort, now).ok();
        }
    }

    /// The user changes a connection's settings.
    pub(crate) fn configure(&mut self, id: ConnectionId, settings: Settings, now: Instant) {
        let mut actions = self.sheet();
        let Some(endpoint) = self.endpoints.get_mut(&id) else { return };
        endpoint.connection.configure(settings, &mut Context::new(now, &self.policy, &mut actions));
        self.carry_out(id, actions, now);
    }

    /// A connection's timers are due.
    pub(crate) fn connection_expires(&mut self, id: ConnectionId, now: Instant) {
        let mut actions = self.sheet();
        let Some(endpoint) = self.endpoints.get_mut(&id) else { return };
        endpoint.connection.expired(&mut Context::new(now, &self.policy, &mut actions));
        self.carry_out(id, actions, now);
    }

    /// Brings a connection's entry among the deadlines up to date.
    pub(crate) fn reschedule(&mut self, id: ConnectionId) {
        let Some(endpoint) = self.endpoints.get_mut(&id) else { return };
        // Who is over waits for nothing: its timers are disarmed.
        let deadline = endpoint.connection.deadline();
        if deadline == endpoint.queued {
            return;
        }
        if let Some(at) = endpoint.queued {
            self.deadlines.remove(&(at, id));
        }
        endpoint.queued = deadline;
        self.deadlines.extend(deadline.map(|at| (at, id)));
    }

    /// Takes a connection out of the tables of what is alive.
    pub(crate) fn bury(&mut self, id: ConnectionId) {
        let Some(endpoint) = self.endpoints.get_mut(&id) else { return };
        if let Some(at) = endpoint.queued.take() {
            self.deadlines.remove(&(at, id));
        }
        self.demux.disconnect(endpoint.connection.tuple(), id);
    }

    /// Leaves a connection without owner.
    pub(crate) fn orphan(&mut self, id: ConnectionId) {
        if let Some(endpoint) = self.endpoints.get_mut(&id) {
            endpoint.owner = Owner::Nobody;
        }
    }

    /// Forgets a connection that is over and has no owner who might still read from it.
    pub(crate) fn forget_if_over(&mut self, id: ConnectionId) {
        let Some(endpoint) = self.endpoints.get(&id) else { return };
        let over = endpoint.connection.state() == State::Closed;
        if over && endpoint.owner == Owner::Nobody {
            self.endpoints.remove(&id);
        }
    }

    /// Whether a closed connection still has text or its FIN to deliver.
    pub(crate) fn undelivered(&self, id: ConnectionId) -> bool {
        use stackdrill_wire::State::{CloseWait, Closing, Established, FinWait1, LastAck, SynReceived};
        self.endpoints.get(&id).is_some_and(|endpoint| {
            let state = endpoint.connection.state();
            matches!(state, SynReceived | Established | CloseWait | FinWait1 | Closing | LastAck)
        })
    }

    /// The connections that wait at a listening socket, half open or ready, in the order they came.
    pub(crate) fn children_of(&self, fd: Fd) -> Vec<ConnectionId> {
        let owner = Owner::Listener(fd);
        let children = self.endpoints.iter().filter(|(_, endpoint)| endpoint.owner == owner);
        let mut children: Vec<_> = children.map(|(id, _)| id).collect();
        children.sort_unstable();
        children
    }

    /// The listener behind a listening socket.
    pub(crate) fn listener_at(&self, fd: Fd) -> Option<Listener> {
        match &self.sockets.get(&fd)?.role {
            Role::Listening(listening) => Some(listening.listener),
            Role::Idle | Role::Connected(_) | Role::Datagram(_) => None,
        }
    }

    /// The queues of a listening socket.
    pub(crate) fn listening(&mut self, fd: Fd) -> Option<&mut crate::socket::table::Listening> {
        match &mut self.sockets.get_mut(&fd)?.role {
            Role::Listening(listening) => Some(listening),
            Role::Idle | Role::Connected(_) | Role::Datagram(_) => None,
        }
    }
}
