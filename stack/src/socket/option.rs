//! `setsockopt` and `getsockopt`.
//!
//! One row an option: its POSIX name in [`SocketOption::NAMES`], its effect in `set`, its value in `value`.
use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;
use stackdrill_wire::{Instant, State};

use super::table::{Discovery, Options, Role, Socket};
use super::{Domain, Fd, Kind, Linger, Outcome};
use crate::host::Courtesy;
use crate::policy::Buffer;
use crate::{Errno, Host, Policy};

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

/// What setting an option depends on besides its value.
#[derive(Clone, Copy)]
struct Setting<'a> {
    kind: Kind,
    policy: &'a Policy,
}

fn set(
    options: &mut Options,
    option: SocketOption,
    value: &OptionValue,
    at: Setting<'_>,
) -> Result<(), Errno> {
    if let (SocketOption::Linger, &OptionValue::Linger { on, seconds }) = (option, value) {
        let patience = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        options.linger = if on { Linger::For(patience) } else { Linger::Off };
        return Ok(());
    }
    let &OptionValue::Int(number) = value else { return Err(Errno::EINVAL) };
    let on = number != 0;
    match option {
        SocketOption::ReuseAddress => options.reuse_address = on,
        SocketOption::V6Only => options.v6_only = on,
        SocketOption::ReceiveLowWater => {
            options.receive_low_water = u32::try_from(number).unwrap_or(0).max(1);
        }
        SocketOption::ReceiveBuffer | SocketOption::SendBuffer => set_buffer(options, option, number, at),
        SocketOption::TypeOfService | SocketOption::TrafficClass => {
            // -1 restores the default. RFC 3542 §6.5.
            options.traffic_class = if number == -1 { 0 } else { octet(number, 0)? };
        }
        SocketOption::TimeToLive | SocketOption::UnicastHops => {
            // RFC1122:3.2.1.7-ttl-zero-not-sent.
            options.hop_limit = if number == -1 { None } else { Some(octet(number, 1)?) };
        }
        SocketOption::MtuDiscover => options.discovery = discovery(number)?,
        SocketOption::KeepAlive => {
            options.stream.keep_alive = on.then_some(options.keep_alive);
        }
        SocketOption::NoDelay => options.stream.nagle = !on,
        SocketOption::Cork => options.stream.cork = on,
        SocketOption::QuickAck => {
            options.quick_ack = on;
            options.stream.delayed_ack = at.policy.delayed_ack.filter(|_| !on);
        }
        SocketOption::MaximumSegment => {
            let asked = u16::try_from(number).map_err(|_| Errno::EINVAL)?;
            options.stream.most_segment = Some(asked).filter(|asked| *asked != 0);
        }
        SocketOption::KeepIdle | SocketOption::KeepInterval | SocketOption::KeepCount => {
            set_keep_alive(options, option, number)?;
        }
        SocketOption::UserTimeout => {
            let millis = u64::try_from(number).map_err(|_| Errno::EINVAL)?;
            options.stream.user_timeout = on.then(|| Duration::from_millis(millis));
        }
        SocketOption::Linger => return Err(Errno::EINVAL),
        SocketOption::Error | SocketOption::Type | SocketOption::AcceptConnections | SocketOption::Mtu => {
            return Err(Errno::ENOPROTOOPT);
        }
    }
    Ok(())
}

fn set_buffer(
    options: &mut Options,
    option: SocketOption,
    number: i32,
    Setting { kind, policy }: Setting<'_>,
) {
    let sockets = &policy.sockets;
    let asked = u32::try_from(number).unwrap_or(0);
    let Buffer { least, most, .. } = match (kind, option) {
        (Kind::Stream, _) => {
            let (least, most) = sockets.stream_buffers;
            Buffer { least, default: least, most }
        }
        (Kind::Datagram, SocketOption::SendBuffer) => sockets.datagram_send,
        (Kind::Datagram, _) => sockets.datagram_receive,
    };
    let size = asked.min(most).saturating_mul(if sockets.doubles_buffers { 2 } else { 1 }).max(least);
    if option == SocketOption::SendBuffer {
        (options.send_buffer, options.stream.send_buffer) = (size, size);
    } else {
        (options.receive_buffer, options.stream.receive_buffer) = (size, size);
    }
}

fn set_keep_alive(options: &mut Options, option: SocketOption, number: i32) -> Result<(), Errno> {
    let count =
        u16::try_from(number).ok().filter(|count| (1..=32_767).contains(count)).ok_or(Errno::EINVAL)?;
    let seconds = Duration::from_secs(u64::from(count));
    if option == SocketOption::KeepIdle {
        options.keep_alive.idle = seconds;
    } else if option == SocketOption::KeepInterval {
        options.keep_alive.interval = seconds;
    } else {
        let probes = u8::try_from(count).ok().filter(|count| *count < 128);
        options.keep_alive.probes = probes.ok_or(Errno::EINVAL)?;
    }
    if options.stream.keep_alive.is_some() {
        options.stream.keep_alive = Some(options.keep_alive);
    }
    Ok(())
}

fn octet(number: i32, least: u8) -> Result<u8, Errno> {
    u8::try_from(number).ok().filter(|octet| *octet >= least).ok_or(Errno::EINVAL)
}

const fn discovery(number: i32) -> Result<Discovery, Errno> {
    Ok(match number {
        0 => Discovery::Never,
        1 => Discovery::Want,
        2 => Discovery::Always,
        3 => Discovery::Probe,
        _ => return Err(Errno::EINVAL),
    })
}

/// The value of an option that is only remembered.
fn value(socket: &Socket, option: SocketOption) -> OptionValue {
    let options = &socket.options;
    let seconds = |duration: Duration| i32::try_from(duration.as_secs()).unwrap_or(i32::MAX);
    let size = |octets: u32| i32::try_from(octets).unwrap_or(i32::MAX);
    let number = match option {
        SocketOption::Linger => {
            return match options.linger {
                Linger::Off => OptionValue::Linger { on: false, seconds: 0 },
                Linger::For(patience) => OptionValue::Linger { on: true, seconds: seconds(patience) },
            };
        }
        SocketOption::ReuseAddress => i32::from(options.reuse_address),
        SocketOption::Type => match socket.kind() {
            Kind::Stream => 1,
            Kind::Datagram => 2,
        },
        SocketOption::AcceptConnections => i32::from(matches!(socket.role, Role::Listening(_))),
        SocketOption::KeepAlive => i32::from(options.stream.keep_alive.is_some()),
        SocketOption::ReceiveBuffer => size(options.receive_buffer),
        SocketOption::SendBuffer => size(options.send_buffer),
        SocketOption::ReceiveLowWater => size(options.receive_low_water),
        SocketOption::NoDelay => i32::from(!options.stream.nagle),
        SocketOption::MaximumSegment => i32::from(options.stream.most_segment.unwrap_or(536)),
        SocketOption::Cork => i32::from(options.stream.cork),
        SocketOption::QuickAck => i32::from(options.quick_ack),
        SocketOption::KeepIdle => seconds(options.keep_alive.idle),
        SocketOption::KeepInterval => seconds(options.keep_alive.interval),
        SocketOption::KeepCount => i32::from(options.keep_alive.probes),
        SocketOption::UserTimeout => {
            options.stream.user_timeout.map_or(0, |it| i32::try_from(it.as_millis()).unwrap_or(i32::MAX))
        }
        SocketOption::TypeOfService | SocketOption::TrafficClass => i32::from(options.traffic_class),
        SocketOption::TimeToLive | SocketOption::UnicastHops => i32::from(options.hop_limit.unwrap_or(64)),
        SocketOption::MtuDiscover => match options.discovery {
            Discovery::Never => 0,
            Discovery::Policy | Discovery::Want => 1,
            Discovery::Always => 2,
            Discovery::Probe => 3,
        },
        SocketOption::V6Only => i32::from(options.v6_only),
        // These two are asked of the host, which knows more.
        SocketOption::Error | SocketOption::Mtu => 0,
    };
    OptionValue::Int(number)
}
