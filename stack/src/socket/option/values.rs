//! What each option does to a socket, and what it shows of it.
use core::time::Duration;

use super::{OptionValue, SocketOption};
use crate::policy::Buffer;
use crate::socket::table::{Discovery, Options, Role, Socket};
use crate::socket::{Kind, Linger};
use crate::{Errno, Policy};

/// What setting an option depends on besides its value.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) kind: Kind,
    pub(super) policy: &'a Policy,
}

/// Sets an option, or says why it cannot have this value.
pub(super) fn set(
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
pub(super) fn value(socket: &Socket, option: SocketOption) -> OptionValue {
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
