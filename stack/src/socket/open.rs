//! `bind`, `listen`, `accept`, `connect` and the names of both ends.
//!
//! Spec: RFC 9293 §3.9.1.1, §3.10.1.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::collections::VecDeque;

use bytes::Bytes;
use stackdrill_wire::{Instant, State, Tuple};

use super::table::{Connected, Listening, Options, Role, Socket};
use super::{Domain, Fd, Kind, Outcome, Pending};
use crate::demux::{Claim, Scope, plain};
use crate::host::{ConnectionId, Owner};
use crate::ip::input::can_be_reached;
use crate::secret::Purpose;
use crate::tcp::Listener;
use crate::{Errno, Host};

/// An address as a socket of this domain shows it: IPv4 on an IPv6 socket is mapped (RFC 3493 §3.7).
pub(super) fn shown(domain: Domain, address: SocketAddr) -> SocketAddr {
    match (domain, address.ip()) {
        (Domain::Inet6, IpAddr::V4(v4)) => (v4.to_ipv6_mapped(), address.port()).into(),
        (Domain::Inet | Domain::Inet6, _) => address,
    }
}

/// An address as it stands in datagrams, if a socket of this kind may use it.
pub(super) fn taken(socket: &Socket, address: SocketAddr) -> Result<SocketAddr, Errno> {
    let plain_address = SocketAddr::new(plain(address.ip()), address.port());
    match (socket.domain, address.ip()) {
        (Domain::Inet, IpAddr::V6(_)) => Err(Errno::EAFNOSUPPORT),
        (Domain::Inet6, IpAddr::V4(_)) => Err(Errno::EINVAL),
        (Domain::Inet6, IpAddr::V6(v6)) if socket.options.v6_only && v6.to_ipv4_mapped().is_some() => {
            Err(Errno::ENETUNREACH)
        }
        (Domain::Inet, IpAddr::V4(_)) | (Domain::Inet6, IpAddr::V6(_)) => Ok(plain_address),
    }
}

impl Host {
    /// `bind`. Port 0 takes an ephemeral port.
    ///
    /// Errors: `EINVAL` if it is bound already, `EADDRNOTAVAIL` if the address is not ours, `EADDRINUSE` if the
    /// port is taken, `EAFNOSUPPORT` for an address of the other family.
    ///
    /// Spec: RFC9293:MUST-43, RFC1122:4.1.3.5-choose-source.
    pub fn bind(&mut self, fd: Fd, address: SocketAddr, now: Instant) -> Outcome<()> {
        let _ = now;
        self.try_bind(fd, address).into()
    }

    fn try_bind(&mut self, fd: Fd, address: SocketAddr) -> Result<(), Errno> {
        let socket = self.at(fd)?;
        let address = taken(socket, address)?;
        if socket.local.is_some() {
            return Err(Errno::EINVAL);
        }
        let many = address.ip().is_multicast() || address.ip() == IpAddr::V4(Ipv4Addr::BROADCAST);
        let usable = socket.options.free_bind
            || address.ip().is_unspecified()
            || self.interface.addresses.contains(&address.ip())
            || (many && socket.kind() == Kind::Datagram);
        if !usable {
            return Err(Errno::EADDRNOTAVAIL);
        }
        let scope = Scope::of(socket.domain, address.ip(), socket.options.v6_only);
        let options = &socket.options;
        let (kind, shares) =
            (socket.kind(), (options.reuse_address || options.reuse_port, options.reuse_port));
        let port = match address.port() {
            0 => self.ephemeral_for(kind, scope).ok_or(Errno::EADDRINUSE)?,
            port if self.is_taken(kind, port, scope, shares) => return Err(Errno::EADDRINUSE),
            port => port,
        };
        self.at_mut(fd)?.local = Some(SocketAddr::new(address.ip(), port));
        self.renew_claim(fd);
        Ok(())
    }

    /// Whether a new claim to `port` would meet another it cannot share with, or a connection left over.
    ///
    /// Spec: RFC9293:MUST-42.
    fn is_taken(&self, kind: Kind, port: u16, scope: Scope, (shares, with_listeners): (bool, bool)) -> bool {
        let meets = |claim: &Claim| {
            claim.scope.overlaps(scope)
                && !(shares && claim.shares && !claim.listens)
                && !(with_listeners && claim.shares_listening)
        };
        let left_over = || {
            let own = self.interface.addresses.iter().map(|&own| SocketAddr::new(own, port));
            own.into_iter().any(|own| scope.overlaps(Scope::Address(own.ip())) && self.demux.in_use(own))
        };
        self.demux.claims(kind, port).iter().any(meets) || (kind == Kind::Stream && !shares && left_over())
    }

    /// An ephemeral port without regard to a peer.
    ///
    /// Spec: RFC8085:5.1-random-source-port, RFC8085:5.1-no-source-port-zero.
    fn ephemeral_for(&mut self, kind: Kind, scope: Scope) -> Option<u16> {
        let start = self.secret.keyed(Purpose::Port, &self.ports_drawn.to_be_bytes());
        self.draw_port(start, |host, port| !host.is_taken(kind, port, scope, (false, false)))
    }

    /// `listen`. A backlog below one means one, and the policy has a largest.
    ///
    /// Errors: `EOPNOTSUPP` on a datagram socket, `EINVAL` on a connected one, `EADDRINUSE` if somebody listens
    /// there already.
    ///
    /// Spec: RFC9293:3.10.1-open-closed-passive, RFC9293:MUST-41.
    pub fn listen(&mut self, fd: Fd, backlog: i32, now: Instant) -> Outcome<()> {
        let _ = now;
        self.try_listen(fd, backlog).into()
    }

    fn try_listen(&mut self, fd: Fd, backlog: i32) -> Result<(), Errno> {
        let policy = &self.policy.sockets;
        let asked = u32::try_from(backlog).unwrap_or(0).min(policy.backlog_most);
        let backlog = asked.saturating_add(policy.backlog_slack).max(1) as usize;
        let socket = self.at_mut(fd)?;
        match &mut socket.role {
            Role::Datagram(_) => return Err(Errno::EOPNOTSUPP),
            Role::Connected(_) => return Err(Errno::EINVAL),
            Role::Listening(listening) => {
                listening.backlog = backlog;
                return Ok(());
            }
            Role::Idle => {}
        }
        let socket = self.at(fd)?;
        let (domain, v6_only, settings) = (socket.domain, socket.options.v6_only, socket.options.stream);
        let fast_open = socket.options.fast_open;
        let alone = !socket.options.reuse_port;
        let local = match socket.local {
            Some(local) => local,
            None => {
                let any = unspecified(domain);
                let port = self.ephemeral_for(Kind::Stream, Scope::of(domain, any, v6_only));
                SocketAddr::new(any, port.ok_or(Errno::EADDRINUSE)?)
            }
        };
        let scope = Scope::of(domain, local.ip(), v6_only);
        let others = self.demux.claims(Kind::Stream, local.port()).iter().filter(|claim| claim.fd != fd);
        let meets = |claim: &Claim| {
            claim.listens && claim.scope.overlaps(scope) && (alone || !claim.shares_listening)
        };
        if others.clone().any(meets) {
            return Err(Errno::EADDRINUSE);
        }
        let listener = Listener { local, settings };
        let socket = self.at_mut(fd)?;
        socket.local = Some(local);
        let listening = Listening {
            listener,
            backlog,
            ready: VecDeque::new(),
            half_open: 0,
            cookies_given: None,
            fast_open,
        };
        socket.role = Role::Listening(Box::new(listening));
        self.renew_claim(fd);
        Ok(())
    }

    /// `accept`: the connection that waits longest, with its descriptor and its other end.
    ///
    /// Errors: `EINVAL` if the socket does not listen, `EOPNOTSUPP` on a datagram socket, `EAGAIN` if nobody
    /// waits and the socket does not block.
    pub fn accept(&mut self, fd: Fd, now: Instant) -> Outcome<(Fd, SocketAddr)> {
        let socket = match self.at(fd) {
            Ok(socket) => socket,
            Err(errno) => return Outcome::Failed(errno),
        };
        let waiting = match &socket.role {
            Role::Datagram(_) => return Outcome::Failed(Errno::EOPNOTSUPP),
            Role::Idle | Role::Connected(_) => return Outcome::Failed(Errno::EINVAL),
            Role::Listening(listening) => listening.ready.front().copied(),
        };
        match waiting {
            Some(id) => self.accepted(fd, id).into(),
            None if socket.nonblocking => Outcome::Failed(Errno::EAGAIN),
            None => {
                let until = socket.options.receive_timeout.map(|patience| now + patience);
                Outcome::Blocks(Pending::accept(fd, socket.serial, until))
            }
        }
    }

    fn accepted(&mut self, fd: Fd, id: ConnectionId) -> Result<(Fd, SocketAddr), Errno> {
        let parent = self.at(fd)?;
        let endpoint = self.endpoints.get(&id).ok_or(Errno::ECONNABORTED)?;
        let (tuple, tunnel) = (endpoint.connection.tuple(), endpoint.courtesy.tunnel);
        let (domain, options, keys) = (parent.domain, parent.options, parent.keys.clone());
        // What was set on the listening socket holds for its connections; whether to wait does not.
        let role = Role::Connected(Connected::new(id, false));
        let child = Socket {
            local: Some(tuple.local),
            keys,
            ..Socket::new(domain, role, Options { tunnel, ..options })
        };
        let new = self.install(child)?;
        if let Some(listening) = self.listening(fd) {
            listening.ready.pop_front();
        }
        if let Some(endpoint) = self.endpoints.get_mut(&id) {
            endpoint.owner = Owner::Socket(new);
        }
        Ok((new, shown(domain, tuple.remote)))
    }

    /// `connect`. On a datagram socket it names the peer; on a stream it opens a connection.
    ///
    /// Errors: `EINPROGRESS` if it does not block and the handshake goes on, `EALREADY` if it goes on since an
    /// earlier call, `EISCONN` if it is connected, `ECONNREFUSED`, `ETIMEDOUT`, `EHOSTUNREACH` and their like if it
    /// failed, `EADDRNOTAVAIL` if no port is left, `ENETUNREACH` for a destination that nobody can be.
    ///
    /// Spec: RFC9293:3.10.1-open-closed-active, RFC9293:MUST-46, RFC9293:3.10.1-open-other-states.
    pub fn connect(&mut self, fd: Fd, address: SocketAddr, now: Instant) -> Outcome<()> {
        if let Some(outcome) = self.defer_connect(fd, address, now) {
            return outcome;
        }
        let started = self.at(fd).and_then(|socket| match &socket.role {
            Role::Datagram(_) | Role::Idle => taken(socket, address).map(Some),
            Role::Listening(_) => Err(Errno::EISCONN),
            Role::Connected(_) => Ok(None),
        });
        match started {
            Err(errno) => Outcome::Failed(errno),
            Ok(None) => self.connect_again(fd),
            Ok(Some(peer)) => self.start_connect(fd, peer, now),
        }
    }

    /// A call on a socket that an earlier one gave a connection.
    fn connect_again(&mut self, fd: Fd) -> Outcome<()> {
        let outcome = self.connecting(fd, Errno::EALREADY, None);
        let told = outcome != Outcome::Done(()) || self.policy.sockets.connect_again_succeeds;
        if told { outcome } else { Outcome::Failed(Errno::EISCONN) }
    }

    fn start_connect(&mut self, fd: Fd, peer: SocketAddr, now: Instant) -> Outcome<()> {
        let result = match self.at(fd).map(Socket::kind) {
            Ok(Kind::Datagram | Kind::Echo) => return self.name_peer(fd, peer).into(),
            // `TCP_FASTOPEN_CONNECT` without a cookie: this SYN asks for one.
            Ok(Kind::Stream) if self.asks_for_cookies(fd) => {
                self.open_stream_fast(fd, peer, &Bytes::new(), now).map(|_| ())
            }
            Ok(Kind::Stream) => self.open_stream(fd, peer, now),
            Err(errno) => Err(errno),
        };
        match result {
            Ok(()) => {
                let patience = self.sockets.get(&fd).and_then(|socket| socket.options.send_timeout);
                self.connecting(fd, Errno::EINPROGRESS, patience.map(|patience| now + patience))
            }
            Err(errno) => Outcome::Failed(errno),
        }
    }

    /// How the handshake fares; `progress` is what a call that does not wait says while it goes on.
    pub(super) fn connecting(&mut self, fd: Fd, progress: Errno, until: Option<Instant>) -> Outcome<()> {
        let endpoints = &self.endpoints;
        let Some(socket) = self.sockets.get_mut(&fd) else { return Outcome::Failed(Errno::EBADF) };
        let Role::Connected(connected) = &mut socket.role else { return Outcome::Failed(Errno::EINVAL) };
        let state =
            endpoints.get(&connected.id).map_or(State::Closed, |endpoint| endpoint.connection.state());
        match state {
            _ if !connected.opening => Outcome::Failed(socket.error.take().unwrap_or(Errno::EISCONN)),
            State::SynSent | State::SynReceived if socket.nonblocking => Outcome::Failed(progress),
            State::SynSent | State::SynReceived => {
                Outcome::Blocks(Pending::connect(fd, socket.serial, until))
            }
            State::Closed => {
                // Over before it began: the socket can try again.
                let id = connected.id;
                socket.role = Role::Idle;
                let errno = socket.error.take().unwrap_or(Errno::ECONNABORTED);
                self.endpoints.remove(&id);
                Outcome::Failed(errno)
            }
            State::Listen
            | State::Established
            | State::FinWait1
            | State::FinWait2
            | State::CloseWait
            | State::Closing
            | State::LastAck
            | State::TimeWait => {
                connected.opening = false;
                Outcome::Done(())
            }
        }
    }

    /// Both ends of the stream that `fd` opens to `peer`; claims its port.
    pub(super) fn stream_tuple(&mut self, fd: Fd, peer: SocketAddr) -> Result<Tuple, Errno> {
        let peer = self.reachable(peer)?;
        let tuple = self.tuple_towards(fd, Kind::Stream, peer)?;
        if self.demux.connection(tuple).is_some() {
            return Err(Errno::EADDRNOTAVAIL);
        }
        let socket = self.at_mut(fd)?;
        socket.local = Some(tuple.local);
        (socket.error, socket.soft_error) = (None, None);
        self.renew_claim(fd);
        Ok(tuple)
    }

    fn open_stream(&mut self, fd: Fd, peer: SocketAddr, now: Instant) -> Result<(), Errno> {
        let tuple = self.stream_tuple(fd, peer)?;
        let id = self.open_connection(fd, tuple, now)?;
        self.at_mut(fd)?.role = Role::Connected(Connected::new(id, true));
        Ok(())
    }

    /// Spec: RFC9293:MUST-46, RFC1122:3.2.1.3-zero-destination, RFC9293:3.10.1-open-active-no-remote.
    fn reachable(&self, peer: SocketAddr) -> Result<SocketAddr, Errno> {
        if !can_be_reached(peer.ip()) || peer.port() == 0 {
            return Err(Errno::ENETUNREACH);
        }
        Ok(peer)
    }

    /// Both ends of what `fd` sends to `peer`: its own address and port, chosen now if it has none.
    ///
    /// Spec: RFC9293:MUST-44, RFC9293:MUST-45, RFC6056:3.3-obfuscated.
    pub(super) fn tuple_towards(&mut self, fd: Fd, kind: Kind, peer: SocketAddr) -> Result<Tuple, Errno> {
        let bound = self.at(fd)?.local;
        let address = match bound.map(|local| local.ip()).filter(|address| !address.is_unspecified()) {
            Some(address) if address.is_ipv4() == peer.is_ipv4() => address,
            Some(_) => return Err(Errno::ENETUNREACH),
            None => self.source_for(peer.ip()).ok_or(Errno::ENETUNREACH)?,
        };
        let tuple = |port| Tuple { local: SocketAddr::new(address, port), remote: peer };
        if let Some(bound) = bound {
            return Ok(tuple(bound.port()));
        }
        let start = self.secret.of_tuple(Purpose::Port, tuple(0));
        let port = self.draw_port(start, |host, port| {
            host.is_unclaimed(kind, port)
                && (kind != Kind::Stream || host.demux.connection(tuple(port)).is_none())
        });
        Ok(tuple(port.ok_or(Errno::EADDRNOTAVAIL)?))
    }

    /// Spec: RFC8085:5.1-connected-filter.
    fn name_peer(&mut self, fd: Fd, peer: SocketAddr) -> Result<(), Errno> {
        let tuple = self.tuple_towards(fd, self.at(fd)?.kind(), peer)?;
        let socket = self.at_mut(fd)?;
        socket.local = Some(tuple.local);
        if let Role::Datagram(mailbox) = &mut socket.role {
            mailbox.peer = Some(peer);
        }
        self.renew_claim(fd);
        Ok(())
    }

    /// `connect` with `AF_UNSPEC`: a datagram socket hears everybody again; a stream's connection is aborted.
    pub fn disconnect(&mut self, fd: Fd, now: Instant) -> Outcome<()> {
        let Some(socket) = self.sockets.get_mut(&fd) else { return Outcome::Failed(Errno::EBADF) };
        match &mut socket.role {
            Role::Datagram(mailbox) => mailbox.peer = None,
            Role::Idle | Role::Listening(_) => socket.deferred = None,
            Role::Connected(connected) => {
                let id = connected.id;
                socket.role = Role::Idle;
                socket.error = None;
                self.orphan(id);
                // One that is over already has nothing to abort.
                self.ask(id, crate::tcp::Call::Abort, now).ok();
                self.forget_if_over(id);
            }
        }
        self.renew_claim(fd);
        Outcome::Done(())
    }

    /// `getsockname`: where the socket is bound, the unspecified address and port 0 before that.
    ///
    /// Spec: RFC1122:4.1.3.5-source-told.
    pub fn getsockname(&self, fd: Fd) -> Outcome<SocketAddr> {
        let name = |socket: &Socket| {
            let any = SocketAddr::new(unspecified(socket.domain), 0);
            shown(socket.domain, socket.local.unwrap_or(any))
        };
        self.at(fd).map(name).into()
    }

    /// `getpeername`: the other end.
    ///
    /// Errors: `ENOTCONN` if there is none.
    pub fn getpeername(&self, fd: Fd) -> Outcome<SocketAddr> {
        let peer = self.at(fd).and_then(|socket| {
            let peer = match &socket.role {
                Role::Datagram(mailbox) => mailbox.peer,
                Role::Connected(connected) => {
                    let endpoint = self.endpoints.get(&connected.id);
                    let synchronized =
                        endpoint.filter(|endpoint| endpoint.connection.state().is_synchronized());
                    synchronized.map(|endpoint| endpoint.connection.tuple().remote)
                }
                Role::Idle | Role::Listening(_) => None,
            };
            peer.map(|peer| shown(socket.domain, peer)).ok_or(Errno::ENOTCONN)
        });
        peer.into()
    }
}

pub(super) const fn unspecified(domain: Domain) -> IpAddr {
    match domain {
        Domain::Inet => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Domain::Inet6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}
