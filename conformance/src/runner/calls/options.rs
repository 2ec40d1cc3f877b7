//! `setsockopt` and `getsockopt`: what a script hands over.
use bytes::Bytes;

use super::arguments::{arguments, text};
use super::evaluate::Evaluator;
use super::{After, Prepared};
use crate::runner::{Run, Stop};
use crate::script::{Argument, Expression};
use crate::target::{Call, SocketOption, Value};

impl<'a> Run<'a> {
    pub(super) fn socket_option(&self, with: Evaluator<'a>) -> Result<Prepared<'a>, Stop> {
        let spec = with.spec;
        let [fd, level, name, value, length] = arguments(spec, "5")?;
        let fd = self.fd(with, fd)?;
        let option = SocketOption { level: with.int(level)?, name: with.int(name)? };
        if &*spec.name.node == "getsockopt" {
            let room = match &length.node {
                Expression::Ellipsis => 4,
                _ => with.length(with.boxed(length)?)?,
            };
            let call = Call::GetOption { fd, option, length: u32::try_from(room).unwrap_or(u32::MAX) };
            return Ok(Prepared { call, after: After::Option(value, length) });
        }
        let value = option_value(with, value)?;
        let length = match &length.node {
            Expression::Ellipsis => value_length(&value),
            _ => u32::try_from(with.length(length)?).unwrap_or(u32::MAX),
        };
        Ok(Prepared { call: Call::SetOption { fd, option, value, length }, after: After::Nothing })
    }
}

/// The value that `setsockopt` is given.
fn option_value(with: Evaluator<'_>, value: &Argument) -> Result<Value, Stop> {
    match &value.node {
        Expression::Array(elements) => match elements.as_slice() {
            [element] => Ok(Value::Int(with.int(element)?)),
            _ => Err(with.mistaken(value, "one value in brackets")),
        },
        Expression::Text(_) | Expression::TextAndMore(_) => Ok(Value::Octets(text(with, value)?)),
        node => match (node.field("onoff"), node.field("linger")) {
            (Some(onoff), Some(linger)) => {
                Ok(Value::Linger { onoff: with.int(&onoff.value)?, linger: with.int(&linger.value)? })
            }
            _ => structure(with, value),
        },
    }
}

/// Structures that are handed over as octets.
fn structure(with: Evaluator<'_>, value: &Argument) -> Result<Value, Stop> {
    let field = |name| value.node.field(name).map(|field| &field.value);
    if let (Some(name), Some(count)) = (field("function_set_name"), field("pcbcnt")) {
        // `struct tcp_function_set`: a name of 32 octets, and a count.
        let mut octets = text(with, name)?.to_vec();
        octets.resize(32, 0);
        let count = if matches!(count.node, Expression::Ellipsis) { 0 } else { with.int(count)? };
        octets.extend(count.to_ne_bytes());
        return Ok(Value::Octets(octets.into()));
    }
    if let (Some(enable), Some(key)) = (field("enable"), field("psk")) {
        // `struct tcp_fastopen`: a switch, and a key of 16 octets.
        let mut octets = with.int(enable)?.to_ne_bytes().to_vec();
        octets.extend(digits(key).ok_or_else(|| with.mistaken(key, "octets in hexadecimal"))?);
        octets.resize(20, 0);
        return Ok(Value::Octets(octets.into()));
    }
    match &value.node {
        Expression::Apply(name, argument) if &*name.node == "inet6_addr" => {
            let address = String::from_utf8_lossy(&text(with, argument)?).into_owned();
            let address: std::net::Ipv6Addr =
                address.parse().map_err(|_| with.mistaken(value, "an IPv6 address"))?;
            Ok(Value::Octets(Bytes::copy_from_slice(&address.octets())))
        }
        Expression::Word(word) if &**word == "NULL" => Ok(Value::Octets(Bytes::new())),
        Expression::Struct(fields) => {
            let first = fields.first().map_or("", |field| &*field.name.node);
            Err(Stop::unsupported(format!("an option value with {}", first.escape_debug()), value.span))
        }
        _ => Err(with.mistaken(value, "`[n]`, a string or a structure")),
    }
}

/// The octets that a word spells.
fn digits(key: &Argument) -> Option<Vec<u8>> {
    let Expression::Word(word) = &key.node else { return None };
    let digit = |octet: &u8| char::from(*octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = word.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    });
    pairs.collect()
}

fn value_length(value: &Value) -> u32 {
    match value {
        Value::Int(_) => 4,
        Value::Linger { .. } => 8,
        Value::Octets(octets) => u32::try_from(octets.len()).unwrap_or(u32::MAX),
    }
}
