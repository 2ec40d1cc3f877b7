//! `setsockopt` and `getsockopt`.
//!
//! One row an option: its POSIX name in [`SocketOption::NAMES`], what it does and shows in `values`.
use core::net::SocketAddr;

use bytes::Bytes;
use stackdrill_wire::{Instant, State};

use super::table::{Role, Socket};
use super::{Domain, Fd, Kind, Outcome};
use crate::host::Courtesy;
use crate::{Errno, Host};

mod values;

use values::{Setting, set, value};

/// An option, by what it does.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SocketOption {
    /// `SO_REUSEADDR`: share a port with others that say so, and with connections left over.
    ReuseAddress,
    /// `SO_ERROR` (get): the pending error's number, which is then no longer pending.
    Error,
    /// `SO_TYPE` (get): 1 for a stream, 2 for datagrams.
    Type,
    /// `SO_ACCEPTCONN` (get): whether it listens.
    AcceptConnections,
    /// `SO_KEEPALIVE`. RFC 9293 §3.8.4 MUST-24.
    KeepAlive,
    /// `SO_LINGER`.
    Linger,
    /// `SO_RCVBUF`, in octets.
    ReceiveBuffer,
    /// `SO_SNDBUF`, in octets.
    SendBuffer,
    /// `SO_RCVLOWAT`, in octets.
    ReceiveLowWater,
    /// `TCP_NODELAY`: no Nagle algorithm. RFC 9293 §3.7.4 MUST-17.
    NoDelay,
    /// `TCP_MAXSEG`: the largest segment, in octets of text.
    MaximumSegment,
    /// `TCP_CORK`, `TCP_NOPUSH`: small segments wait for more.
    Cork,
    /// `TCP_QUICKACK`: acknowledge at once.
    QuickAck,
    /// `TCP_KEEPIDLE`, in seconds.
    KeepIdle,
    /// `TCP_KEEPINTVL`, in seconds.
    KeepInterval,
    /// `TCP_KEEPCNT`.
    KeepCount,
    /// `TCP_USER_TIMEOUT`, in milliseconds; 0 leaves it to the system. RFC 9293 §3.8.3 MUST-21.
    UserTimeout,
    /// `IP_TOS`. RFC1122:4.1.4-ttl-tos-options.
    TypeOfService,
    /// `IP_TTL`.
    TimeToLive,
    /// `IP_MTU_DISCOVER`, `IPV6_MTU_DISCOVER`: 0 dont, 1 want, 2 do, 3 probe.
    MtuDiscover,
    /// `IP_MTU`, `IPV6_MTU` (get): the known MTU of the path, in octets.
    Mtu,
    /// `IPV6_TCLASS`.
    TrafficClass,
    /// `IPV6_UNICAST_HOPS`.
    UnicastHops,
    /// `IPV6_V6ONLY`.
    V6Only,
}

/// An option's value.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum OptionValue {
    /// A number or a switch.
    Int(i32),
    /// `struct linger`.
    Linger {
        /// `l_onoff`.
        on: bool,
        /// `l_linger`.
        seconds: i32,
    },
    /// Anything else, as its octets.
    Octets(Bytes),
}

impl SocketOption {
    /// The POSIX names, several of which may mean the same.
    pub const NAMES: &[(&str, Self)] = &[
        ("SO_REUSEADDR", Self::ReuseAddress),
        ("SO_ERROR", Self::Error),
        ("SO_TYPE", Self::Type),
        ("SO_ACCEPTCONN", Self::AcceptConnections),
        ("SO_KEEPALIVE", Self::KeepAlive),
        ("SO_LINGER", Self::Linger),
        ("SO_RCVBUF", Self::ReceiveBuffer),
        ("SO_SNDBUF", Self::SendBuffer),
        ("SO_RCVLOWAT", Self::ReceiveLowWater),
        ("TCP_NODELAY", Self::NoDelay),
        ("TCP_MAXSEG", Self::MaximumSegment),
        ("TCP_CORK", Self::Cork),
        ("TCP_NOPUSH", Self::Cork),
        ("TCP_QUICKACK", Self::QuickAck),
        ("TCP_KEEPIDLE", Self::KeepIdle),
        ("TCP_KEEPINTVL", Self::KeepInterval),
        ("TCP_KEEPCNT", Self::KeepCount),
        ("TCP_USER_TIMEOUT", Self::UserTimeout),
        ("IP_TOS", Self::TypeOfService),
        ("IP_TTL", Self::TimeToLive),
        ("IP_MTU_DISCOVER", Self::MtuDiscover),
        ("IPV6_MTU_DISCOVER", Self::MtuDiscover),
        ("IP_MTU", Self::Mtu),
        ("IPV6_MTU", Self::Mtu),
        ("IPV6_TCLASS", Self::TrafficClass),
        ("IPV6_UNICAST_HOPS", Self::UnicastHops),
        ("IPV6_V6ONLY", Self::V6Only),
    ];

    /// The option of that POSIX name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(other, _)| *other == name).map(|&(_, option)| option)
    }

    /// Whether only streams have it.
    const fn is_of_streams(self) -> bool {
        matches!(
            self,
            Self::NoDelay
                | Self::MaximumSegment
                | Self::Cork
                | Self::QuickAck
                | Self::KeepIdle
                | Self::KeepInterval
                | Self::KeepCount
                | Self::UserTimeout
        )
    }

    /// Whether only IPv6 sockets have it.
    const fn is_of_inet6(self) -> bool {
        matches!(self, Self::TrafficClass | Self::UnicastHops | Self::V6Only)
    }
}

impl Host {
    /// `setsockopt`.
    ///
    /// Errors: `ENOPROTOOPT` for an option that cannot be set here, `EINVAL` for a value it cannot have, `EDOM`
    /// and `EBADF`.
    pub fn setsockopt(
        &mut self,
        fd: Fd,
        option: SocketOption,
        value: &OptionValue,
        now: Instant,
    ) -> Outcome<()> {
        self.try_setsockopt(fd, option, value, now).into()
    }

    fn try_setsockopt(
        &mut self,
        fd: Fd,
        option: SocketOption,
        value: &OptionValue,
        now: Instant,
    ) -> Result<(), Errno> {
        let policy = self.policy.clone();
        let socket = self.at_mut(fd)?;
        applies(socket, option)?;
        if option == SocketOption::V6Only && socket.local.is_some() {
            return Err(Errno::EINVAL);
        }
        let kind = socket.kind();
        set(&mut socket.options, option, value, Setting { kind, policy: &policy })?;
        let (settings, courtesy) = (socket.options.stream, Courtesy::of(&socket.options));
        match &mut socket.role {
            Role::Listening(listening) => listening.listener.settings = settings,
            Role::Connected(connected) => {
                let id = connected.id;
                if let Some(endpoint) = self.endpoints.get_mut(&id) {
                    endpoint.courtesy = courtesy;
                }
                self.configure(id, settings, now);
            }
            Role::Idle | Role::Datagram(_) => {}
        }
        self.renew_claim(fd);
        Ok(())
    }

    /// `getsockopt`.
    ///
    /// Errors: `ENOPROTOOPT` for an option that the socket does not have, `ENOTCONN` for one that needs a peer.
    pub fn getsockopt(&mut self, fd: Fd, option: SocketOption, now: Instant) -> Outcome<OptionValue> {
        self.try_getsockopt(fd, option, now).into()
    }

    fn try_getsockopt(&mut self, fd: Fd, option: SocketOption, now: Instant) -> Result<OptionValue, Errno> {
        let socket = self.at_mut(fd)?;
        applies(socket, option)?;
        if option == SocketOption::Error {
            let errno = socket.error.take().or_else(|| socket.soft_error.take());
            return Ok(OptionValue::Int(errno.map_or(0, Errno::number)));
        }
        match self.known_to_host(fd, option, now) {
            Some(number) => Ok(OptionValue::Int(i32::try_from(number?).unwrap_or(i32::MAX))),
            None => Ok(value(self.at(fd)?, option)),
        }
    }

    /// The value of an option that depends on more than the socket.
    fn known_to_host(&self, fd: Fd, option: SocketOption, now: Instant) -> Option<Result<u32, Errno>> {
        let socket = self.at(fd).ok()?;
        if option == SocketOption::Mtu {
            return Some(
                self.peer_of(socket).map(|peer| self.path_mtu.to(peer.ip(), now)).ok_or(Errno::ENOTCONN),
            );
        }
        if matches!(option, SocketOption::TimeToLive | SocketOption::UnicastHops) {
            return Some(Ok(u32::from(socket.options.hop_limit.unwrap_or(self.policy.internet.hop_limit))));
        }
        (option == SocketOption::MaximumSegment).then(|| self.segment_size(fd))
    }

    /// Whom a socket is connected to.
    fn peer_of(&self, socket: &Socket) -> Option<SocketAddr> {
        match &socket.role {
            Role::Datagram(mailbox) => mailbox.peer,
            Role::Connected(connected) => Some(self.endpoints.get(&connected.id)?.connection.tuple().remote),
            Role::Idle | Role::Listening(_) => None,
        }
    }

    /// The effective send MSS once there is a connection, before that what was asked for or the default.
    fn segment_size(&self, fd: Fd) -> Result<u32, Errno> {
        let socket = self.at(fd)?;
        if let Role::Connected(connected) = &socket.role
            && let Some(endpoint) = self.endpoints.get(&connected.id)
            && endpoint.connection.state() != State::SynSent
        {
            return Ok(endpoint.connection.status(&self.policy).send_mss);
        }
        Ok(u32::from(socket.options.stream.most_segment.unwrap_or(536)))
    }
}

/// Whether a socket has an option at all.
const fn applies(socket: &Socket, option: SocketOption) -> Result<(), Errno> {
    match (socket.kind(), socket.domain) {
        (Kind::Datagram, _) if option.is_of_streams() => Err(Errno::ENOPROTOOPT),
        (_, Domain::Inet) if option.is_of_inet6() => Err(Errno::ENOPROTOOPT),
        (Kind::Datagram | Kind::Stream, Domain::Inet | Domain::Inet6) => Ok(()),
    }
}
