//! `setsockopt` and `getsockopt`.
//!
//! One row an option: its POSIX name in `names`, what it does and shows in `values`.
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use bytes::Bytes;
use stackdrill_wire::{Instant, Seq, State};

use super::table::{Role, Socket};
use super::{Domain, Fd, Kind, Outcome};
use crate::host::Courtesy;
use crate::policy::Limit;
use crate::{Errno, Host};

mod names;
mod values;

use values::{Setting, set, value};

/// An option, by what it does.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SocketOption {
    /// `SO_REUSEADDR`: share a port with others that say so, and with connections left over.
    ReuseAddress,
    /// `SO_REUSEPORT`: share a port even with those who listen, if all say so.
    ReusePort,
    /// `SO_ERROR` (get): the pending error's number, which is then no longer pending.
    Error,
    /// `SO_TYPE` (get): 1 for a stream, 2 for datagrams.
    Type,
    /// `SO_PROTOCOL` (get): 6 for TCP, 17 for UDP.
    Protocol,
    /// `SO_DOMAIN` (get), numbered as on Linux: 2 for IPv4, 10 for IPv6.
    Domain,
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
    /// `SO_SNDLOWAT`: how much room makes a stream ready for writing, in octets.
    SendLowWater,
    /// `SO_RCVTIMEO`: how long receiving and `accept` wait.
    ReceiveTimeout,
    /// `SO_SNDTIMEO`: how long sending and `connect` wait.
    SendTimeout,
    /// `SO_OOBINLINE`: urgent data stays in its place in the stream. RFC 9293 §3.8.5.
    UrgentInline,
    /// `SO_BROADCAST`: datagrams may go to everybody. RFC1122:3.3.6-broadcast-service.
    Broadcast,
    /// `SO_ZEROCOPY`: `MSG_ZEROCOPY` is heeded.
    ZeroCopy,
    /// `SO_TIMESTAMPING`: which moments of what is sent are told, a set of [`stamping`](super::stamping) flags.
    Stamping,
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
    /// `TCP_MAXUNACKTIME`: the same in seconds.
    UserTimeoutSeconds,
    /// `TCP_SYNCNT`: how often a SYN is sent again. RFC 9293 §3.8.3 MUST-23.
    SynCount,
    /// `TCP_KEEPINIT`: for how long a SYN is sent again, in seconds. RFC 9293 §3.8.3 MUST-23.
    SynPatience,
    /// `TCP_LINGER2`: how long a closed socket waits in FIN-WAIT-2, in seconds.
    FinWait2,
    /// `TCP_DEFER_ACCEPT`: for how many seconds a connection without text is not told to the listener.
    DeferAccept,
    /// `TCP_WINDOW_CLAMP`: the largest receive window, in octets.
    WindowClamp,
    /// `TCP_NOTSENT_LOWAT`: how much may wait to be sent before the socket is full, in octets.
    NotSentLowWater,
    /// `TCP_NOOPT`: SYNs without options.
    NoOptions,
    /// `TCP_INQ`: each read tells how much is left to read.
    Inquire,
    /// `TCP_FASTOPEN`: how many connections may be in use before their handshake ends. RFC 7413 §4.2.
    FastOpen,
    /// `TCP_FASTOPEN_CONNECT`: `connect` leaves the SYN to the first `send`.
    FastOpenConnect,
    /// `TCP_FASTOPEN_KEY`: what cookies are made with, 16 octets.
    FastOpenKey,
    /// `TCP_FASTOPEN_NO_COOKIE`: text goes, and is taken, without cookies.
    FastOpenWithoutCookie,
    /// `TCP_CONGESTION`: the congestion control algorithm, by name.
    CongestionControl,
    /// `IP_TOS`. RFC1122:4.1.4-ttl-tos-options.
    TypeOfService,
    /// `IP_TTL`.
    TimeToLive,
    /// `IP_MTU_DISCOVER`, `IPV6_MTU_DISCOVER`: 0 dont, 1 want, 2 do, 3 probe.
    MtuDiscover,
    /// `IP_DONTFRAG`, `IPV6_DONTFRAG`: what is sent is never cut.
    DontFragment,
    /// `IP_MTU`, `IPV6_MTU` (get): the known MTU of the path, in octets.
    Mtu,
    /// `IP_FREEBIND`, `IP_BINDANY` and their IPv6 twins: bind to an address that is not ours.
    FreeBind,
    /// `IP_RECVERR`: errors from the path are kept, each with what it is about.
    ReceiveErrors,
    /// `IPV6_RECVERR`: the same over IPv6.
    ReceiveErrors6,
    /// `IP_RECVTOS`: datagrams come with their type of service.
    ReceiveTypeOfService,
    /// `IP_RECVTTL`: datagrams come with their time to live.
    ReceiveTimeToLive,
    /// `IPV6_RECVTCLASS`: datagrams come with their traffic class.
    ReceiveTrafficClass,
    /// `IPV6_RECVHOPLIMIT`: datagrams come with their hop limit.
    ReceiveHopLimit,
    /// `TCP_REMOTE_UDP_ENCAPS_PORT`: the peer's port for segments inside UDP; 0 for none.
    TunnelPort,
    /// `TCP_MD5SIG`: a key, and with whom it is shared. RFC 2385 §2.0.
    Signature,
    /// `IP_OPTIONS`: the options of every datagram sent over IPv4, as they stand in its header; at most 40 octets.
    /// RFC1122:4.1.3.2-options-down.
    IpOptions,
    /// `IP_RECVOPTS`: datagrams come with their IPv4 options. RFC1122:4.1.3.2-options-up.
    ReceiveIpOptions,
    /// `SO_NO_CHECK`: datagrams leave without checksum over IPv4. RFC1122:4.1.3.4-optional-disable.
    NoChecksum,
    /// `UDP_NO_CHECK6_TX`: datagrams leave without checksum over IPv6. RFC6936:4-per-port-control.
    NoChecksum6,
    /// `UDP_NO_CHECK6_RX`: datagrams without checksum are heard over IPv6. RFC6936:4-per-port-control.
    HearsNoChecksum6,
    /// `IP_MINTTL`, `IPV6_MINHOPCOUNT`: segments that may have come from further away are not heard (RFC 5082); 0
    /// hears all.
    LeastHopLimit,
    /// `IPV6_USE_MIN_MTU`: 1 sends nothing larger than every path carries. RFC 3542 §11.1.
    LeastMtu,
    /// `IPV6_TCLASS`.
    TrafficClass,
    /// `IPV6_UNICAST_HOPS`.
    UnicastHops,
    /// `IPV6_V6ONLY`.
    V6Only,
    /// An option that is recorded, and changes nothing that can be seen on the wire or in other calls.
    Recorded(Recorded),
}

/// Options that are only recorded: they steer devices, queues, routing marks or pacing that a host here does not have.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Recorded {
    /// `SO_DEBUG`.
    Debug,
    /// `SO_DONTROUTE`.
    DontRoute,
    /// `SO_PRIORITY`.
    Priority,
    /// `SO_MARK`.
    Mark,
    /// `SO_MAX_PACING_RATE`, in octets a second.
    MostPacingRate,
    /// `SO_BUSY_POLL`.
    BusyPoll,
    /// `SO_NOSIGPIPE`: there are no signals here.
    NoSignal,
    /// `SO_USELOOPBACK`.
    UseLoopback,
    /// `SO_TXREHASH`.
    Rehash,
    /// `TCP_THIN_LINEAR_TIMEOUTS`.
    ThinLinearTimeouts,
    /// `TCP_THIN_DUPACK`.
    ThinDuplicateAck,
    /// `IP_BIND_ADDRESS_NO_PORT`.
    BindAddressNoPort,
    /// `IP_TRANSPARENT`.
    Transparent,
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
    /// `struct timeval`: how long; `None` is for ever.
    Time(Option<Duration>),
    /// A key for signatures.
    Signature {
        /// With whom it is shared; `None` is everybody who has no key of his own.
        peer: Option<IpAddr>,
        /// The key; an empty one takes it back.
        key: Bytes,
    },
    /// Anything else, as its octets.
    Octets(Bytes),
}

impl SocketOption {
    /// The option of that POSIX name; several may mean the same.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        names::ALL.iter().find(|(other, _)| *other == name).map(|&(_, option)| option)
    }

    /// Every name, with what it means.
    #[must_use]
    pub const fn names() -> &'static [(&'static str, Self)] {
        names::ALL
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
                | Self::UserTimeoutSeconds
                | Self::SynCount
                | Self::SynPatience
                | Self::FinWait2
                | Self::DeferAccept
                | Self::WindowClamp
                | Self::NotSentLowWater
                | Self::NoOptions
                | Self::Inquire
                | Self::FastOpen
                | Self::FastOpenConnect
                | Self::FastOpenKey
                | Self::FastOpenWithoutCookie
                | Self::CongestionControl
                | Self::Signature
                | Self::TunnelPort
                | Self::Recorded(Recorded::ThinLinearTimeouts | Recorded::ThinDuplicateAck)
        )
    }

    /// Whether only datagram sockets have it.
    const fn is_of_datagrams(self) -> bool {
        matches!(
            self,
            Self::IpOptions
                | Self::ReceiveIpOptions
                | Self::NoChecksum
                | Self::NoChecksum6
                | Self::HearsNoChecksum6
        )
    }

    /// Whether it is about text on SYNs.
    const fn is_of_fast_open(self) -> bool {
        matches!(
            self,
            Self::FastOpen | Self::FastOpenConnect | Self::FastOpenKey | Self::FastOpenWithoutCookie
        )
    }

    /// Whether only IPv6 sockets have it.
    const fn is_of_inet6(self) -> bool {
        matches!(
            self,
            Self::TrafficClass
                | Self::UnicastHops
                | Self::V6Only
                | Self::ReceiveErrors6
                | Self::ReceiveTrafficClass
                | Self::ReceiveHopLimit
                | Self::LeastMtu
        )
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
        self.permits(fd, option, value)?;
        if option.is_of_fast_open() {
            return self.set_fast_open_option(fd, option, value);
        }
        if option == SocketOption::Signature {
            return self.set_signature(fd, value, now);
        }
        if option == SocketOption::IpOptions {
            return self.set_ip_options(fd, value);
        }
        let base = self.stamping_base(fd);
        let Some(socket) = self.sockets.get_mut(&fd) else { return Err(Errno::EBADF) };
        let kind = socket.kind();
        set(&mut socket.options, option, value, Setting { kind, policy: &self.policy })?;
        if option == SocketOption::Stamping {
            socket.stamp_base = base;
        }
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

    /// Whether an option can be set on this socket as it now stands.
    fn permits(&self, fd: Fd, option: SocketOption, value: &OptionValue) -> Result<(), Errno> {
        let socket = self.at(fd)?;
        applies(socket, option)?;
        let unconnected = matches!(socket.role, Role::Idle | Role::Listening(_));
        match (option, value) {
            (SocketOption::V6Only, _) if socket.local.is_some() => Err(Errno::EINVAL),
            // Octets are numbered from where the connection stands, so there has to be one.
            (SocketOption::Stamping, &OptionValue::Int(flags))
                if unconnected && flags & super::stamping::NUMBERED != 0 =>
            {
                Err(Errno::EINVAL)
            }
            // How its segments travel is settled when a connection begins.
            (SocketOption::TunnelPort, _) if !matches!(socket.role, Role::Idle) => Err(Errno::EINVAL),
            (SocketOption::WindowClamp, OptionValue::Int(0)) if !matches!(socket.role, Role::Idle) => {
                Err(Errno::EINVAL)
            }
            _ => Ok(()),
        }
    }

    /// The number from which the octets of a stream are counted in time stamps.
    fn stamping_base(&self, fd: Fd) -> Seq {
        let Some(Socket { role: Role::Connected(connected), .. }) = self.sockets.get(&fd) else {
            return Seq(0);
        };
        self.endpoints.get(&connected.id).map_or(Seq(0), |endpoint| endpoint.connection.send.una)
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
        if let (SocketOption::SendBuffer, Role::Connected(connected)) = (option, &socket.role) {
            return self.endpoints.get(&connected.id).map(|endpoint| Ok(endpoint.connection.send_buffer()));
        }
        if matches!(option, SocketOption::TimeToLive | SocketOption::UnicastHops) {
            return Some(Ok(u32::from(socket.options.hop_limit.unwrap_or(self.policy.internet.hop_limit))));
        }
        if option == SocketOption::FinWait2 && socket.options.stream.fin_wait_2.is_none() {
            let wait = self.policy.fin_wait_2.map_or(0, |wait| wait.as_secs());
            return Some(Ok(u32::try_from(wait).unwrap_or(u32::MAX)));
        }
        match (option, socket.options.stream.syn_r2, self.policy.syn_r2) {
            (SocketOption::SynCount, None, Limit::Retransmissions(count)) => return Some(Ok(count.into())),
            (SocketOption::SynPatience, None, Limit::Elapsed(time) | Limit::Overdue(time)) => {
                return Some(Ok(u32::try_from(time.as_secs()).unwrap_or(u32::MAX)));
            }
            _ => {}
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
fn applies(socket: &Socket, option: SocketOption) -> Result<(), Errno> {
    match (socket.kind(), socket.domain) {
        (Kind::Datagram | Kind::Echo, _) if option.is_of_streams() => Err(Errno::ENOPROTOOPT),
        (Kind::Stream | Kind::Echo, _) if option.is_of_datagrams() => Err(Errno::ENOPROTOOPT),
        (_, Domain::Inet) if option.is_of_inet6() => Err(Errno::ENOPROTOOPT),
        (Kind::Datagram | Kind::Stream | Kind::Echo, Domain::Inet | Domain::Inet6) => Ok(()),
    }
}
