//! Socket options: numbers become names, names the reference's options.
use core::net::IpAddr;
use core::time::Duration;

use bytes::Bytes;
use stackdrill_stack::Errno as StackErrno;
use stackdrill_stack::socket::{self, OptionValue};
use stackdrill_wire::Instant;

use super::calls::{done, failed, stack};
use super::{Reference, info};
use crate::constants::{Abi, Errno};
use crate::target::{End, Fd, Output, SocketOption, Unsupported, Value};

/// The octets of the name of a congestion control. Source: `TCP_CA_NAME_MAX` of Linux's tcp.h and of FreeBSD's cc.h.
const NAME: usize = 16;

impl Reference {
    pub(super) fn set_option(
        &mut self,
        (fd, option): (Fd, SocketOption),
        value: &Value,
        length: u32,
        at: Instant,
    ) -> End {
        if let (Some("TCP_FUNCTION_BLK"), Value::Octets(octets)) = (self.name_of(option), value) {
            return function_block(octets);
        }
        let known = match self.known(option) {
            Ok(known) => known,
            Err(end) => return end,
        };
        let value = match value {
            _ if known == socket::SocketOption::Signature => match self.signature(value) {
                Ok(value) => value,
                Err(end) => return end,
            },
            Value::Octets(octets) if is_time(known) => match time(octets) {
                Some(time) => OptionValue::Time(time),
                None => return failed("EINVAL"),
            },
            Value::Octets(octets) if known == socket::SocketOption::CongestionControl => {
                let name = octets.split(|&octet| octet == 0).next().unwrap_or_default();
                // One that the reference lacks is no error of the script's.
                if name != b"reno" {
                    let name = String::from_utf8_lossy(name).into_owned();
                    return End::Unsupported(Unsupported(format!("congestion control {name}")));
                }
                OptionValue::Octets(octets.clone())
            }
            // An int is read whole or not at all.
            Value::Int(_) if length < 4 => return failed("EINVAL"),
            Value::Int(number) => OptionValue::Int(*number),
            Value::Linger { .. } if length < 8 => return failed("EINVAL"),
            Value::Linger { onoff, linger } => OptionValue::Linger { on: *onoff != 0, seconds: *linger },
            Value::Octets(octets) => OptionValue::Octets(octets.clone()),
        };
        let outcome = self.host.setsockopt(stack(fd), known, &value, at);
        self.end(outcome, |()| done(0))
    }

    pub(super) fn option(&mut self, fd: Fd, option: SocketOption, length: u32, at: Instant) -> End {
        if let Some(octets) = self.structure(fd, option, at) {
            return octets.map_or_else(
                |errno| failed(errno.name()),
                |octets| {
                    let octets = octets.slice(..octets.len().min(length as usize));
                    End::Returned { value: 0, output: Output::Option(Value::Octets(octets)) }
                },
            );
        }
        let known = match self.known(option) {
            Ok(known) => known,
            Err(end) => return end,
        };
        let abi = self.abi;
        let outcome = self.host.getsockopt(stack(fd), known, at);
        self.end(outcome, |value| {
            let value = match value {
                // The pending error is a number of the system's own.
                OptionValue::Int(number) if known == socket::SocketOption::Error => {
                    let errno = Errno::numbered(number, Abi::Linux);
                    Value::Int(errno.and_then(|errno| errno.number(abi)).unwrap_or(number))
                }
                OptionValue::Int(number) if known == socket::SocketOption::Domain => {
                    let name = if number == 2 { "AF_INET" } else { "AF_INET6" };
                    Value::Int(abi.number(name).and_then(|it| i32::try_from(it).ok()).unwrap_or(number))
                }
                OptionValue::Int(number) => Value::Int(number),
                OptionValue::Linger { on, seconds } => Value::Linger { onoff: on.into(), linger: seconds },
                OptionValue::Time(time) => Value::Octets(timeval(time)),
                // The name of an algorithm fills the room there is for one with zeros.
                OptionValue::Octets(octets) if known == socket::SocketOption::CongestionControl => {
                    let mut name = octets.to_vec();
                    name.resize(NAME.min(length as usize), 0);
                    Value::Octets(name.into())
                }
                OptionValue::Octets(octets) => Value::Octets(octets),
                OptionValue::Signature { key, .. } => Value::Int(i32::from(!key.is_empty())),
            };
            End::Returned { value: 0, output: Output::Option(value) }
        })
    }

    /// A key for signatures: a switch, as FreeBSD has it, stands for the key that both ends share, and Linux takes a
    /// `struct tcp_md5sig` with the peer's address.
    fn signature(&self, value: &Value) -> Result<OptionValue, End> {
        match value {
            Value::Int(0) => Ok(OptionValue::Signature { peer: None, key: Bytes::new() }),
            Value::Int(_) => {
                let key = self.shared_key.clone();
                let key = key.ok_or_else(|| {
                    End::Unsupported(Unsupported("TCP_MD5SIG without --tcp_md5_secret".to_owned()))
                })?;
                Ok(OptionValue::Signature { peer: None, key })
            }
            Value::Octets(octets) => signature_of(octets).ok_or_else(|| failed("EINVAL")),
            Value::Linger { .. } => Err(failed("EINVAL")),
        }
    }

    /// What the system calls an option.
    fn name_of(&self, option: SocketOption) -> Option<&'static str> {
        self.abi.options(option.level)?.name(option.name)
    }

    /// The options that are structures: TCP_INFO, TCP_CC_INFO, SO_MEMINFO.
    fn structure(&self, fd: Fd, option: SocketOption, at: Instant) -> Option<Result<Bytes, StackErrno>> {
        let name = self.name_of(option)?;
        let fd = stack(fd);
        Some(match name {
            "TCP_INFO" => self.host.info_of(fd, at).map(|info| info::octets(&info, self.abi, at)),
            "SO_MEMINFO" => self.host.memory_of(fd).map(info::memory_octets),
            "TCP_FUNCTION_BLK" => Ok(function_set()),
            // Reno has nothing to tell.
            "TCP_CC_INFO" => self.host.info_of(fd, at).map(|_| Bytes::new()),
            _ => return None,
        })
    }

    /// The reference's option behind two numbers.
    fn known(&self, option: SocketOption) -> Result<socket::SocketOption, End> {
        let missing = |what: String| Err(End::Unsupported(Unsupported(what)));
        // A level that a system knows and the reference does not would have to be looked into; others have no options.
        let Some(level) = self.abi.options(option.level) else { return Err(failed("ENOPROTOOPT")) };
        match level.name(option.name) {
            Some(name) => match socket::SocketOption::named(name) {
                Some(known) => Ok(known),
                None => missing(format!("socket option {name}")),
            },
            None => missing(format!("socket option {} of level {}", option.name, option.level)),
        }
    }
}

/// The one stack of TCP functions.
const FUNCTIONS: &[u8] = b"freebsd";

/// A stack of TCP functions by name: there is one.
fn function_block(octets: &Bytes) -> End {
    let name = octets.split(|&octet| octet == 0).next().unwrap_or_default();
    if name == FUNCTIONS {
        return done(0);
    }
    End::Unsupported(Unsupported(format!("TCP_FUNCTION_BLK {}", String::from_utf8_lossy(name))))
}

/// `struct tcp_function_set`: its name in 32 octets, and how many connections have it, which is not counted.
fn function_set() -> Bytes {
    let mut octets = FUNCTIONS.to_vec();
    octets.resize(36, 0);
    octets.into()
}

fn is_time(option: socket::SocketOption) -> bool {
    matches!(option, socket::SocketOption::ReceiveTimeout | socket::SocketOption::SendTimeout)
}

/// Reads a `struct timeval`; nought is for ever. `None` if it is none.
fn time(octets: &[u8]) -> Option<Option<Duration>> {
    let seconds = i64::from_ne_bytes(*octets.first_chunk()?);
    let micros = i64::from_ne_bytes(*octets.get(8..)?.first_chunk()?);
    let micros = u32::try_from(micros).ok().filter(|micros| *micros < 1_000_000)?;
    let time = Duration::new(u64::try_from(seconds).unwrap_or(0), micros * 1000);
    Some(Some(time).filter(|time| !time.is_zero()))
}

/// `struct timeval`: two words of 64 bits; no time at all is for ever.
fn timeval(time: Option<Duration>) -> Bytes {
    let time = time.unwrap_or_default();
    let words = [time.as_secs(), u64::from(time.subsec_micros())];
    Bytes::from(words.map(u64::to_ne_bytes).concat())
}

/// Linux's `struct tcp_md5sig`: a `sockaddr_storage`, flags and prefix length, the key's length, an interface, the key.
fn signature_of(octets: &Bytes) -> Option<OptionValue> {
    const FAMILY_INET: u16 = 2;
    const FAMILY_INET6: u16 = 10;
    const LENGTH: usize = 130;
    const KEY: usize = 136;
    let half = |at| octets.get(at..)?.first_chunk().map(|&pair| u16::from_ne_bytes(pair));
    let peer: IpAddr = match half(0)? {
        FAMILY_INET => IpAddr::from(*octets.get(4..)?.first_chunk::<4>()?),
        FAMILY_INET6 => IpAddr::from(*octets.get(8..)?.first_chunk::<16>()?).to_canonical(),
        _ => return None,
    };
    let length = usize::from(half(LENGTH)?);
    let key = octets.get(KEY..KEY + length).filter(|key| key.len() <= 80)?;
    Some(OptionValue::Signature { peer: Some(peer), key: Bytes::copy_from_slice(key) })
}
