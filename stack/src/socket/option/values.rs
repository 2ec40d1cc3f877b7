//! What each option does to a socket, and what it shows of it.
use core::time::Duration;

use bytes::Bytes;

use super::{OptionValue, Recorded, SocketOption};
use crate::policy::{Buffer, Limit};
use crate::socket::table::{Discovery, Options, Role, Socket};
use crate::socket::{Domain, Kind, Linger, stamping};
use crate::{Errno, Policy};

/// What setting an option depends on besides its value.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) kind: Kind,
    pub(super) policy: &'a Policy,
}

/// The congestion control that there is.
const LAW: &[u8] = b"reno";

/// Sets an option, or says why it cannot have this value.
pub(super) fn set(
    options: &mut Options,
    option: SocketOption,
    value: &OptionValue,
    at: Setting<'_>,
) -> Result<(), Errno> {
    match (option, value) {
        (SocketOption::Linger, &OptionValue::Linger { on, seconds }) => {
            let patience = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
            options.linger = if on { Linger::For(patience) } else { Linger::Off };
            Ok(())
        }
        (SocketOption::ReceiveTimeout, &OptionValue::Time(time)) => {
            options.receive_timeout = time;
            Ok(())
        }
        (SocketOption::SendTimeout, &OptionValue::Time(time)) => {
            options.send_timeout = time;
            Ok(())
        }
        (SocketOption::CongestionControl, OptionValue::Octets(name)) => {
            let name = name.split(|&octet| octet == 0).next().unwrap_or_default();
            if name == LAW { Ok(()) } else { Err(Errno::ENOENT) }
        }
        (_, &OptionValue::Int(number)) => set_number(options, option, number, at),
        (
            _,
            OptionValue::Linger { .. }
            | OptionValue::Time(_)
            | OptionValue::Signature { .. }
            | OptionValue::Octets(_),
        ) => Err(Errno::EINVAL),
    }
}

fn set_number(
    options: &mut Options,
    option: SocketOption,
    number: i32,
    at: Setting<'_>,
) -> Result<(), Errno> {
    let on = number != 0;
    match option {
        SocketOption::ReuseAddress => options.reuse_address = on,
        SocketOption::ReusePort => options.reuse_port = on,
        SocketOption::UrgentInline => options.urgent_inline = on,
        SocketOption::Broadcast => options.broadcast = on,
        SocketOption::FreeBind => options.free_bind = on,
        SocketOption::V6Only => options.v6_only = on,
        SocketOption::ReceiveErrors | SocketOption::ReceiveErrors6 => options.receive_errors = on,
        SocketOption::NoChecksum => options.without_checksum.sent_over_v4 = on,
        SocketOption::NoChecksum6 => options.without_checksum.sent_over_v6 = on,
        SocketOption::HearsNoChecksum6 => options.without_checksum.heard_over_v6 = on,
        SocketOption::ReceiveIpOptions => options.tells.ip_options = on,
        SocketOption::ReceiveTypeOfService => options.tells.type_of_service = on,
        SocketOption::ReceiveTimeToLive => options.tells.time_to_live = on,
        SocketOption::ReceiveTrafficClass => options.tells.traffic_class = on,
        SocketOption::ReceiveHopLimit => options.tells.hop_limit = on,
        SocketOption::Inquire => options.tells.left = switch(number)?,
        SocketOption::ZeroCopy => options.zero_copy = switch(number)?,
        SocketOption::Stamping => options.stamping = stamping::checked(number)?,
        SocketOption::Recorded(what) => {
            if let Some(place) = options.recorded.get_mut(what as usize) {
                *place = recorded(what, number);
            }
        }
        SocketOption::ReceiveLowWater => {
            options.receive_low_water = u32::try_from(number).unwrap_or(0).max(1);
        }
        SocketOption::SendLowWater => {
            // A system that fixes it has no such option to set.
            at.policy.sockets.send_low_water.ok_or(Errno::ENOPROTOOPT)?;
            let asked = u32::try_from(number).ok().filter(|asked| *asked > 0);
            options.send_low_water = asked.ok_or(Errno::EINVAL)?;
        }
        SocketOption::LeastHopLimit => options.least_hop_limit = octet(number, 0)?,
        SocketOption::LeastMtu => options.least_mtu = least_mtu(number)?,
        SocketOption::ReceiveBuffer | SocketOption::SendBuffer => set_buffer(options, option, number, at),
        SocketOption::WindowClamp => set_clamp(options, number, at.policy),
        SocketOption::TypeOfService | SocketOption::TrafficClass => {
            // -1 restores the default. RFC 3542 §6.5.
            let octet = if number == -1 { 0 } else { octet(number, 0)? };
            // A stream's two low bits are TCP's own. RFC 3168 §6.1.
            options.traffic_class = if at.kind == Kind::Stream { octet & !3 } else { octet };
        }
        SocketOption::TimeToLive | SocketOption::UnicastHops => {
            // Spec: RFC1122:3.2.1.7-ttl-zero-not-sent.
            options.hop_limit = if number == -1 { None } else { Some(octet(number, 1)?) };
        }
        SocketOption::TunnelPort => options.tunnel = tunnel(number, at.policy)?,
        SocketOption::MtuDiscover => options.discovery = discovery(number)?,
        SocketOption::DontFragment => {
            options.discovery = if on { Discovery::Always } else { Discovery::Policy };
        }
        SocketOption::Error
        | SocketOption::Type
        | SocketOption::Protocol
        | SocketOption::Domain
        | SocketOption::AcceptConnections
        | SocketOption::Mtu => return Err(Errno::ENOPROTOOPT),
        SocketOption::Linger
        | SocketOption::IpOptions
        | SocketOption::Signature
        | SocketOption::FastOpen
        | SocketOption::FastOpenConnect
        | SocketOption::FastOpenKey
        | SocketOption::FastOpenWithoutCookie
        | SocketOption::ReceiveTimeout
        | SocketOption::SendTimeout
        | SocketOption::CongestionControl => return Err(Errno::EINVAL),
        SocketOption::KeepAlive
        | SocketOption::NoDelay
        | SocketOption::MaximumSegment
        | SocketOption::Cork
        | SocketOption::QuickAck
        | SocketOption::KeepIdle
        | SocketOption::KeepInterval
        | SocketOption::KeepCount
        | SocketOption::UserTimeout
        | SocketOption::UserTimeoutSeconds
        | SocketOption::SynCount
        | SocketOption::SynPatience
        | SocketOption::FinWait2
        | SocketOption::DeferAccept
        | SocketOption::NotSentLowWater
        | SocketOption::NoOptions => return set_stream(options, option, number, at.policy),
    }
    Ok(())
}

/// What only a stream has.
#[cfg_attr(
    not(test),
    expect(clippy::wildcard_enum_match_arm, reason = "keep-alive options are set next door")
)]
fn set_stream(
    options: &mut Options,
    option: SocketOption,
    number: i32,
    policy: &Policy,
) -> Result<(), Errno> {
    let (on, stream) = (number != 0, &mut options.stream);
    match option {
        SocketOption::KeepAlive => stream.keep_alive = on.then_some(options.keep_alive),
        SocketOption::NoDelay => stream.nagle = !on,
        SocketOption::Cork => stream.cork = on,
        SocketOption::NoOptions => stream.no_options = on,
        SocketOption::QuickAck => {
            options.quick_ack = on;
            stream.delayed_ack = policy.delayed_ack.filter(|_| !on);
            stream.lingers = !on;
        }
        SocketOption::MaximumSegment => {
            let (least, most) = policy.sockets.asked_segments;
            let asked =
                u16::try_from(number).ok().filter(|asked| *asked == 0 || (least..=most).contains(asked));
            stream.most_segment = Some(asked.ok_or(Errno::EINVAL)?).filter(|asked| *asked != 0);
        }
        SocketOption::UserTimeout => {
            let millis = u64::try_from(number).map_err(|_| Errno::EINVAL)?;
            stream.user_timeout = on.then(|| Duration::from_millis(millis));
        }
        SocketOption::UserTimeoutSeconds => stream.user_timeout = on.then_some(seconds(number)?),
        SocketOption::SynCount => {
            let count = u8::try_from(number).ok().filter(|count| (1..128).contains(count));
            stream.syn_r2 = Some(Limit::Retransmissions(count.ok_or(Errno::EINVAL)?));
        }
        SocketOption::SynPatience => {
            stream.syn_r2 = Some(Limit::Elapsed(seconds(number).ok().filter(|_| on).ok_or(Errno::EINVAL)?));
        }
        SocketOption::FinWait2 => {
            // A negative one is no wait at all; 0 is the system's own.
            stream.fin_wait_2 = on.then(|| seconds(number).unwrap_or(Duration::ZERO));
        }
        SocketOption::DeferAccept => {
            options.defer_accept = retransmissions_within(u32::try_from(number).unwrap_or(0));
        }
        SocketOption::NotSentLowWater => {
            options.not_sent_low_water = Some(number.cast_unsigned()).filter(|_| on);
        }
        _ => return set_keep_alive(options, option, number),
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
        (Kind::Datagram | Kind::Echo, SocketOption::SendBuffer) => sockets.datagram_send,
        (Kind::Datagram | Kind::Echo, _) => sockets.datagram_receive,
    };
    let size = asked.min(most).saturating_mul(sockets.aside()).max(least);
    if option == SocketOption::SendBuffer {
        (options.send_buffer, options.stream.send_buffer) = (size, size);
        options.stream.send_buffer_most = None;
    } else {
        options.receive_buffer = size;
        clamp_window(options, policy);
    }
}

/// What of the receive buffer is window: all of it, or the half that a user asked for where twice that is set aside.
fn clamp_window(options: &mut Options, policy: &Policy) {
    let most = options.window_clamp.unwrap_or(u32::MAX);
    options.stream.receive_buffer = (options.receive_buffer / policy.sockets.aside()).min(most);
}

/// A window is never clamped to less than half the smallest buffer.
fn set_clamp(options: &mut Options, number: i32, policy: &Policy) {
    let (least, _) = policy.sockets.stream_buffers;
    let clamp = u32::try_from(number).ok().filter(|clamp| *clamp > 0).map(|clamp| clamp.max(least / 2));
    options.window_clamp = clamp;
    clamp_window(options, policy);
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

/// Switches show as 1, numbers as they were given.
const fn recorded(what: Recorded, number: i32) -> i32 {
    match what {
        Recorded::Priority
        | Recorded::Mark
        | Recorded::MostPacingRate
        | Recorded::BusyPoll
        | Recorded::Rehash => number,
        Recorded::Debug
        | Recorded::DontRoute
        | Recorded::NoSignal
        | Recorded::UseLoopback
        | Recorded::ThinLinearTimeouts
        | Recorded::ThinDuplicateAck
        | Recorded::BindAddressNoPort
        | Recorded::Transparent => (number != 0) as i32,
    }
}

fn switch(number: i32) -> Result<bool, Errno> {
    match number {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Errno::EINVAL),
    }
}

fn seconds(number: i32) -> Result<Duration, Errno> {
    u64::try_from(number).map(Duration::from_secs).map_err(|_| Errno::EINVAL)
}

fn octet(number: i32, least: u8) -> Result<u8, Errno> {
    u8::try_from(number).ok().filter(|octet| *octet >= least).ok_or(Errno::EINVAL)
}

/// -1 is for datagrams to groups alone, which are never sent here.
const fn least_mtu(number: i32) -> Result<i8, Errno> {
    match number {
        -1 => Ok(-1),
        0 => Ok(0),
        1 => Ok(1),
        _ => Err(Errno::EINVAL),
    }
}

/// The far port of a tunnel: there has to be a tunnel.
fn tunnel(number: i32, policy: &Policy) -> Result<Option<u16>, Errno> {
    let port = u16::try_from(number).map_err(|_| Errno::EINVAL)?;
    let port = Some(port).filter(|port| *port != 0);
    if port.is_some() && policy.tunnel.port.is_none() { Err(Errno::EINVAL) } else { Ok(port) }
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
#[cfg_attr(
    not(test),
    expect(clippy::wildcard_enum_match_arm, reason = "what only streams have is read by the next function")
)]
pub(super) fn value(socket: &Socket, option: SocketOption) -> OptionValue {
    let options = &socket.options;
    let number = match option {
        SocketOption::Linger => {
            return match options.linger {
                Linger::Off => OptionValue::Linger { on: false, seconds: 0 },
                Linger::For(patience) => OptionValue::Linger { on: true, seconds: whole_seconds(patience) },
            };
        }
        SocketOption::ReceiveTimeout => return OptionValue::Time(options.receive_timeout),
        SocketOption::SendTimeout => return OptionValue::Time(options.send_timeout),
        SocketOption::CongestionControl => return OptionValue::Octets(Bytes::from_static(LAW)),
        SocketOption::FastOpenKey => {
            let key = options.fast_open.key.map_or_else(Bytes::new, |key| Bytes::copy_from_slice(&key));
            return OptionValue::Octets(key);
        }
        SocketOption::FastOpen => options.fast_open.most.map_or(0, size),
        SocketOption::FastOpenConnect => i32::from(options.fast_open.defers_connect),
        SocketOption::FastOpenWithoutCookie => i32::from(options.fast_open.without_cookie),
        SocketOption::ReuseAddress => i32::from(options.reuse_address),
        SocketOption::ReusePort => i32::from(options.reuse_port),
        SocketOption::UrgentInline => i32::from(options.urgent_inline),
        SocketOption::Broadcast => i32::from(options.broadcast),
        SocketOption::FreeBind => i32::from(options.free_bind),
        SocketOption::ZeroCopy => i32::from(options.zero_copy),
        SocketOption::Stamping => options.stamping,
        SocketOption::ReceiveErrors | SocketOption::ReceiveErrors6 => i32::from(options.receive_errors),
        SocketOption::IpOptions => {
            return OptionValue::Octets(match &socket.role {
                Role::Datagram(mailbox) => mailbox.ip_options.clone(),
                Role::Idle | Role::Listening(_) | Role::Connected(_) => Bytes::new(),
            });
        }
        SocketOption::Signature => i32::from(!socket.keys.is_empty()),
        SocketOption::NoChecksum => i32::from(options.without_checksum.sent_over_v4),
        SocketOption::NoChecksum6 => i32::from(options.without_checksum.sent_over_v6),
        SocketOption::HearsNoChecksum6 => i32::from(options.without_checksum.heard_over_v6),
        SocketOption::ReceiveIpOptions => i32::from(options.tells.ip_options),
        SocketOption::ReceiveTypeOfService => i32::from(options.tells.type_of_service),
        SocketOption::ReceiveTimeToLive => i32::from(options.tells.time_to_live),
        SocketOption::ReceiveTrafficClass => i32::from(options.tells.traffic_class),
        SocketOption::ReceiveHopLimit => i32::from(options.tells.hop_limit),
        SocketOption::Inquire => i32::from(options.tells.left),
        SocketOption::Recorded(what) => options.recorded.get(what as usize).copied().unwrap_or_default(),
        SocketOption::Type => match socket.kind() {
            Kind::Stream => 1,
            Kind::Datagram | Kind::Echo => 2,
        },
        SocketOption::Protocol => match socket.kind() {
            Kind::Stream => 6,
            Kind::Datagram => 17,
            Kind::Echo if socket.domain == Domain::Inet6 => 58,
            Kind::Echo => 1,
        },
        SocketOption::Domain => match socket.domain {
            Domain::Inet => 2,
            Domain::Inet6 => 10,
        },
        SocketOption::AcceptConnections => i32::from(matches!(socket.role, Role::Listening(_))),
        SocketOption::ReceiveBuffer => size(options.receive_buffer),
        SocketOption::SendBuffer => size(options.send_buffer),
        SocketOption::ReceiveLowWater => size(options.receive_low_water),
        SocketOption::WindowClamp => size(options.window_clamp.unwrap_or(options.stream.receive_buffer)),
        SocketOption::TypeOfService | SocketOption::TrafficClass => i32::from(options.traffic_class),
        SocketOption::TimeToLive | SocketOption::UnicastHops => i32::from(options.hop_limit.unwrap_or(64)),
        SocketOption::MtuDiscover => match options.discovery {
            Discovery::Never => 0,
            Discovery::Policy | Discovery::Want => 1,
            Discovery::Always => 2,
            Discovery::Probe => 3,
        },
        SocketOption::DontFragment => i32::from(options.discovery == Discovery::Always),
        SocketOption::V6Only => i32::from(options.v6_only),
        SocketOption::SendLowWater => size(options.send_low_water),
        SocketOption::LeastHopLimit => i32::from(options.least_hop_limit),
        SocketOption::LeastMtu => i32::from(options.least_mtu),
        SocketOption::TunnelPort => i32::from(options.tunnel.unwrap_or(0)),
        // These two are asked of the host, which knows more.
        SocketOption::Error | SocketOption::Mtu => 0,
        _ => of_stream(options, option),
    };
    OptionValue::Int(number)
}

/// The value of an option that only streams have.
#[cfg_attr(
    not(test),
    expect(clippy::wildcard_enum_match_arm, reason = "every other option was read by the caller")
)]
fn of_stream(options: &Options, option: SocketOption) -> i32 {
    let stream = &options.stream;
    match option {
        SocketOption::KeepAlive => i32::from(stream.keep_alive.is_some()),
        SocketOption::NoDelay => i32::from(!stream.nagle),
        SocketOption::MaximumSegment => i32::from(stream.most_segment.unwrap_or(536)),
        SocketOption::Cork => i32::from(stream.cork),
        SocketOption::NoOptions => i32::from(stream.no_options),
        SocketOption::QuickAck => i32::from(options.quick_ack),
        SocketOption::KeepIdle => whole_seconds(options.keep_alive.idle),
        SocketOption::KeepInterval => whole_seconds(options.keep_alive.interval),
        SocketOption::KeepCount => i32::from(options.keep_alive.probes),
        SocketOption::UserTimeout => {
            stream.user_timeout.map_or(0, |it| i32::try_from(it.as_millis()).unwrap_or(i32::MAX))
        }
        SocketOption::UserTimeoutSeconds => stream.user_timeout.map_or(0, whole_seconds),
        SocketOption::SynCount | SocketOption::SynPatience => match stream.syn_r2 {
            Some(Limit::Retransmissions(count)) => i32::from(count),
            Some(Limit::Overdue(time) | Limit::Elapsed(time)) => whole_seconds(time),
            None => 0,
        },
        SocketOption::FinWait2 => stream.fin_wait_2.map_or(0, whole_seconds),
        SocketOption::DeferAccept => seconds_for(options.defer_accept),
        SocketOption::NotSentLowWater => options.not_sent_low_water.unwrap_or_default().cast_signed(),
        _ => 0,
    }
}

/// How often a SYN,ACK is sent again within so many seconds, the first time after one, then after twice as long each.
fn retransmissions_within(seconds: u32) -> u8 {
    (0..=u8::MAX).find(|&count| seconds_for(count).cast_unsigned() >= seconds).unwrap_or(u8::MAX)
}

/// How long it takes to send it again so often.
fn seconds_for(count: u8) -> i32 {
    const LONGEST: i32 = 120;
    let mut period = 0;
    for at in 0..u32::from(count) {
        period += 1_i32.checked_shl(at).filter(|_| at < 7).map_or(LONGEST, |time| time.min(LONGEST));
    }
    period
}

fn whole_seconds(time: Duration) -> i32 {
    i32::try_from(time.as_secs()).unwrap_or(i32::MAX)
}

fn size(octets: u32) -> i32 {
    i32::try_from(octets).unwrap_or(i32::MAX)
}
