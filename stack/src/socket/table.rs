//! Descriptors and what stands behind them.
use core::net::SocketAddr;
use core::time::Duration;
use std::collections::VecDeque;

use bytes::Bytes;
use stackdrill_wire::{Instant, Seq};

use super::descriptors::Open;
use super::epoll::Wakes;
use super::notice::Notices;
use super::{Domain, Fd, Kind, Linger, Outcome};
use crate::demux::{Claim, Scope};
use crate::host::{ConnectionId, Keys};
use crate::tcp::{Call, KeepAlive, Listener, Settings};
use crate::udp::{Inbox, Without};
use crate::{Errno, Host, Policy};

/// What stands behind a descriptor.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Socket {
    /// Tells this socket from an earlier one with the same descriptor.
    pub(crate) serial: u64,
    pub(crate) domain: Domain,
    pub(crate) role: Role,
    /// Where it is bound, as it stands in datagrams; the port is 0 until there is one.
    pub(crate) local: Option<SocketAddr>,
    /// `O_NONBLOCK`.
    pub(crate) nonblocking: bool,
    /// What the next call or `SO_ERROR` reports.
    pub(crate) error: Option<Errno>,
    /// What the last ICMP report said without ending anything; `connect` blames it when patience ends.
    pub(crate) soft_error: Option<Errno>,
    pub(crate) options: Options,
    /// What became of what was sent, until it is asked for.
    pub(crate) notices: Notices,
    /// How often who waits was woken.
    pub(crate) wakes: Wakes,
    /// How many `MSG_ZEROCOPY` calls there were.
    pub(crate) copies: u32,
    /// Where time stamps start to count octets.
    pub(crate) stamp_base: Seq,
    /// How many datagrams time stamps have numbered.
    pub(crate) stamped: u32,
    /// Whom `connect` named, where the SYN waits for the first text.
    pub(crate) deferred: Option<SocketAddr>,
    /// `FD_CLOEXEC`, which is only remembered.
    pub(crate) close_on_exec: bool,
    /// `TCP_MD5SIG`: the keys that sign its segments.
    pub(crate) keys: Keys,
}

/// What a socket is for, and how far it got.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Role {
    /// A stream that is neither open nor listening.
    Idle,
    /// A stream that waits for connections.
    Listening(Box<Listening>),
    /// A stream with a connection, in whatever state.
    Connected(Connected),
    /// A datagram socket.
    Datagram(Box<Mailbox>),
}

/// A listening socket's queues.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Listening {
    pub(crate) listener: Listener,
    /// How many may wait for `accept`.
    pub(crate) backlog: usize,
    /// Connections that wait for `accept`, oldest first.
    pub(crate) ready: VecDeque<ConnectionId>,
    /// Connections in SYN-RECEIVED, those in use already apart.
    pub(crate) half_open: usize,
    /// When the last SYN was answered with a cookie.
    pub(crate) cookies_given: Option<Instant>,
    /// Text on SYNs.
    pub(crate) fast_open: FastOpenQueue,
}

/// What a listening socket does of Fast Open.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct FastOpenQueue {
    /// How many connections may be in use before their handshake ends, if the user asked for any (`TCP_FASTOPEN`).
    pub(crate) most: Option<u32>,
    /// How many are.
    pub(crate) pending: u32,
    /// The key of the cookies, if the user set one (`TCP_FASTOPEN_KEY`).
    pub(crate) key: Option<[u8; 16]>,
    /// Text goes, and is taken, without cookies (`TCP_FASTOPEN_NO_COOKIE`).
    pub(crate) without_cookie: bool,
    /// `connect` leaves the SYN to the first `send`, where its text may go with it (`TCP_FASTOPEN_CONNECT`).
    pub(crate) defers_connect: bool,
}

/// A stream's connection.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Connected {
    pub(crate) id: ConnectionId,
    /// `connect` has not reported the handshake's end yet.
    pub(crate) opening: bool,
    /// `shutdown(SHUT_RD)` was called.
    pub(crate) deaf: bool,
    /// `shutdown(SHUT_WR)` was called.
    pub(crate) mute: bool,
    /// The end of the urgent data whose last octet was read beside the stream.
    pub(crate) urgent_read: Option<Seq>,
}

/// A datagram socket's own.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Mailbox {
    pub(crate) peer: Option<SocketAddr>,
    /// Its datagrams are ICMP echo messages.
    pub(crate) echo: bool,
    pub(crate) inbox: Inbox,
    pub(crate) deaf: bool,
    pub(crate) mute: bool,
    /// `IP_OPTIONS`: the options of what is sent, padded.
    pub(crate) ip_options: Bytes,
}

/// What `setsockopt` changes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Options {
    pub(crate) reuse_address: bool,
    pub(crate) reuse_port: bool,
    pub(crate) broadcast: bool,
    pub(crate) free_bind: bool,
    pub(crate) v6_only: bool,
    pub(crate) linger: Linger,
    pub(crate) receive_low_water: u32,
    pub(crate) send_low_water: u32,
    pub(crate) not_sent_low_water: Option<u32>,
    pub(crate) receive_timeout: Option<Duration>,
    pub(crate) send_timeout: Option<Duration>,
    /// How often a SYN,ACK is sent again before a connection without text is told to the listener.
    pub(crate) defer_accept: u8,
    pub(crate) urgent_inline: bool,
    pub(crate) receive_errors: bool,
    pub(crate) tells: Tells,
    pub(crate) zero_copy: bool,
    /// `SO_TIMESTAMPING`.
    pub(crate) stamping: i32,
    pub(crate) window_clamp: Option<u32>,
    /// Options that are only recorded, each in its place.
    pub(crate) recorded: [i32; 16],
    pub(crate) traffic_class: u8,
    pub(crate) hop_limit: Option<u8>,
    /// `IP_MINTTL`.
    pub(crate) least_hop_limit: u8,
    /// `IPV6_USE_MIN_MTU`, as it was set.
    pub(crate) least_mtu: i8,
    pub(crate) discovery: Discovery,
    /// `TCP_REMOTE_UDP_ENCAPS_PORT`: the peer's port for segments inside UDP.
    pub(crate) tunnel: Option<u16>,
    pub(crate) without_checksum: Without,
    /// Sizes as `getsockopt` shows them; a stream's real ones are in `stream`.
    pub(crate) receive_buffer: u32,
    pub(crate) send_buffer: u32,
    /// What a connection is opened with, or was.
    pub(crate) stream: Settings,
    /// Keep-alive numbers, kept while keep-alives are off too.
    pub(crate) keep_alive: KeepAlive,
    pub(crate) quick_ack: bool,
    /// What listening on it does of Fast Open.
    pub(crate) fast_open: FastOpenQueue,
}

/// What a read tells beside the data.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Tells {
    pub(crate) type_of_service: bool,
    pub(crate) time_to_live: bool,
    pub(crate) traffic_class: bool,
    pub(crate) hop_limit: bool,
    pub(crate) ip_options: bool,
    /// Octets left to read.
    pub(crate) left: bool,
}

/// `IP_MTU_DISCOVER`, with the numbers of Linux.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Discovery {
    /// As the policy says.
    Policy,
    /// `IP_PMTUDISC_DONT` (0): never Don't Fragment.
    Never,
    /// `IP_PMTUDISC_WANT` (1): fragment what the path's MTU is known to be too small for.
    Want,
    /// `IP_PMTUDISC_DO` (2): always Don't Fragment.
    Always,
    /// `IP_PMTUDISC_PROBE` (3): Don't Fragment, and the path's MTU is not asked.
    Probe,
}

impl Options {
    fn new(kind: Kind, policy: &Policy) -> Self {
        let (receive_buffer, send_buffer) = match kind {
            Kind::Stream => {
                (policy.receive_buffer.saturating_mul(policy.sockets.aside()), policy.send_buffer)
            }
            Kind::Datagram | Kind::Echo => {
                (policy.sockets.datagram_receive.default, policy.sockets.datagram_send.default)
            }
        };
        Self {
            reuse_address: false,
            reuse_port: false,
            broadcast: false,
            free_bind: false,
            v6_only: policy.sockets.v6_only,
            linger: Linger::Off,
            receive_low_water: 1,
            send_low_water: policy.sockets.send_low_water.unwrap_or(1),
            not_sent_low_water: None,
            receive_timeout: None,
            send_timeout: None,
            defer_accept: 0,
            urgent_inline: policy.sockets.urgent_inline,
            receive_errors: false,
            tells: Tells::default(),
            zero_copy: false,
            stamping: 0,
            window_clamp: None,
            recorded: [0; 16],
            traffic_class: 0,
            hop_limit: None,
            least_hop_limit: 0,
            least_mtu: -1,
            discovery: Discovery::Policy,
            tunnel: None,
            without_checksum: Without::default(),
            receive_buffer,
            send_buffer,
            stream: Settings::new(policy),
            keep_alive: KeepAlive::new(policy),
            quick_ack: false,
            fast_open: FastOpenQueue::default(),
        }
    }
}

impl Connected {
    /// A connection that nobody has used yet; `opening` if `connect` still has to report.
    pub(crate) const fn new(id: ConnectionId, opening: bool) -> Self {
        Self { id, opening, deaf: false, mute: false, urgent_read: None }
    }
}

impl Socket {
    /// A socket that has not been used yet.
    pub(crate) fn new(domain: Domain, role: Role, options: Options) -> Self {
        Self {
            serial: 0,
            domain,
            role,
            local: None,
            nonblocking: false,
            error: None,
            soft_error: None,
            options,
            notices: Notices::default(),
            wakes: Wakes::default(),
            copies: 0,
            stamp_base: Seq(0),
            stamped: 0,
            deferred: None,
            close_on_exec: false,
            keys: Keys::default(),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match &self.role {
            Role::Idle | Role::Listening(_) | Role::Connected(_) => Kind::Stream,
            Role::Datagram(mailbox) if mailbox.echo => Kind::Echo,
            Role::Datagram(_) => Kind::Datagram,
        }
    }

    /// Its claim to the port it is bound to.
    pub(crate) fn claim(&self, fd: Fd) -> Option<(u16, Claim)> {
        let local = self.local.filter(|local| local.port() != 0)?;
        let claim = Claim {
            fd,
            scope: Scope::of(self.domain, local.ip(), self.options.v6_only),
            shares: self.options.reuse_address || self.options.reuse_port,
            shares_listening: self.options.reuse_port,
            listens: matches!(self.role, Role::Listening(_)),
            peer: match &self.role {
                Role::Datagram(mailbox) => mailbox.peer,
                Role::Idle | Role::Listening(_) | Role::Connected(_) => None,
            },
        };
        Some((local.port(), claim))
    }
}

impl Host {
    /// `socket`: the smallest free descriptor.
    pub fn socket(&mut self, domain: Domain, kind: Kind, now: Instant) -> Outcome<Fd> {
        let _ = now;
        let role = match kind {
            Kind::Stream => Role::Idle,
            Kind::Datagram | Kind::Echo => {
                Role::Datagram(Box::new(Mailbox { echo: kind == Kind::Echo, ..Mailbox::default() }))
            }
        };
        let options = Options::new(kind, &self.policy);
        self.install(Socket::new(domain, role, options)).into()
    }

    /// Whether there may be one more descriptor.
    ///
    /// Errors: `EMFILE`.
    pub(super) fn has_free_descriptor(&self) -> Result<(), Errno> {
        if self.sockets.len() < self.policy.sockets.descriptors { Ok(()) } else { Err(Errno::EMFILE) }
    }

    /// Gives a socket the smallest free descriptor.
    pub(crate) fn install(&mut self, mut socket: Socket) -> Result<Fd, Errno> {
        self.has_free_descriptor()?;
        self.serials += 1;
        socket.serial = self.serials;
        Ok(self.sockets.install(socket))
    }

    /// The socket behind `fd`.
    ///
    /// Errors: `EBADF`; `ENOTSOCK` for something else.
    pub(crate) fn at(&self, fd: Fd) -> Result<&Socket, Errno> {
        self.sockets.get(&fd).ok_or_else(|| self.no_socket(fd))
    }

    /// The socket behind `fd`, to be changed.
    pub(crate) fn at_mut(&mut self, fd: Fd) -> Result<&mut Socket, Errno> {
        let errno = self.no_socket(fd);
        self.sockets.get_mut(&fd).ok_or(errno)
    }

    /// What a call on a descriptor that is no socket fails with.
    fn no_socket(&self, fd: Fd) -> Errno {
        if self.is_file(fd) { Errno::ENOTSOCK } else { Errno::EBADF }
    }

    /// Enters what the socket now claims in the table of ports.
    pub(crate) fn renew_claim(&mut self, fd: Fd) {
        let Some(socket) = self.sockets.get(&fd) else { return };
        if let Some((port, claim)) = socket.claim(fd) {
            let kind = socket.kind();
            self.demux.claim(kind, port, claim);
        }
    }

    /// `close`: the descriptor is free at once; a connection goes on without it until it is over.
    ///
    /// Spec: RFC 9293 §3.9.1.4, §3.6.1 MAY-1 SHLD-3.
    pub fn close(&mut self, fd: Fd, now: Instant) -> Outcome<()> {
        self.forget_interest(fd);
        let socket = match self.sockets.remove(&fd) {
            None => return Outcome::Failed(Errno::EBADF),
            Some(Open::File(file)) => {
                self.close_file(fd, &file);
                return Outcome::Done(());
            }
            Some(Open::Socket(socket)) => *socket,
        };
        if let Some(local) = socket.local {
            self.demux.release(socket.kind(), local.port(), fd);
        }
        match socket.role {
            Role::Idle | Role::Datagram(_) => Outcome::Done(()),
            Role::Listening(_) => {
                self.close_listener(fd, now);
                Outcome::Done(())
            }
            Role::Connected(connected) => self.close_connection(&socket, connected.id, now),
        }
    }

    /// Connections that nobody accepted have nobody to talk to.
    ///
    /// Spec: RFC9293:3.10.4-close-listen RFC9293:3.10.5-abort-listen.
    pub(super) fn close_listener(&mut self, fd: Fd, now: Instant) {
        for id in self.children_of(fd) {
            self.orphan(id);
            self.ask(id, Call::Abort, now).ok();
        }
    }

    fn close_connection(&mut self, socket: &Socket, id: ConnectionId, now: Instant) -> Outcome<()> {
        self.orphan(id);
        let linger = socket.options.linger;
        let call = if linger == Linger::For(Duration::ZERO) { Call::Abort } else { Call::Close };
        // A connection that is over already has nothing to close, and nobody who asks.
        self.ask(id, call, now).ok();
        self.forget_if_over(id);
        match linger {
            Linger::For(patience) if !socket.nonblocking && self.undelivered(id) => {
                Outcome::Blocks(super::Pending::lingering(id, now + patience))
            }
            Linger::Off | Linger::For(_) => Outcome::Done(()),
        }
    }
}
