//! Socket options: numbers become names, names the reference's options.
use core::time::Duration;

use bytes::Bytes;
use stackdrill_stack::socket::{self, OptionValue};
use stackdrill_wire::Instant;

use super::Reference;
use super::calls::{done, failed, stack};
use crate::constants::{Abi, Errno};
use crate::target::{End, Fd, Output, SocketOption, Unsupported, Value};

impl Reference {
    pub(super) fn set_option(
        &mut self,
        (fd, option): (Fd, SocketOption),
        value: &Value,
        length: u32,
        at: Instant,
    ) -> End {
        let known = match self.known(option) {
            Ok(known) => known,
            Err(end) => return end,
        };
        let value = match value {
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

    pub(super) fn option(&mut self, fd: Fd, option: SocketOption, at: Instant) -> End {
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
                OptionValue::Int(number) => Value::Int(number),
                OptionValue::Linger { on, seconds } => Value::Linger { onoff: on.into(), linger: seconds },
                OptionValue::Time(time) => Value::Octets(timeval(time)),
                OptionValue::Octets(octets) => Value::Octets(octets),
            };
            End::Returned { value: 0, output: Output::Option(value) }
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

/// `struct timeval`: two words of 64 bits; no time at all is for ever.
fn timeval(time: Option<Duration>) -> Bytes {
    let time = time.unwrap_or_default();
    let words = [time.as_secs(), u64::from(time.subsec_micros())];
    Bytes::from(words.map(u64::to_ne_bytes).concat())
}
