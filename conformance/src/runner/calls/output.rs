//! What a call filled in, held against the script.
use super::arguments;
use super::evaluate::Evaluator;
use crate::runner::{Reason, Stop};
use crate::script::{Argument, CallSpec, Dialect, Expression};
use crate::target::{EpollEvent, Value};

/// `getsockopt`: the length, then the value. `...` is not judged.
pub(super) fn option(
    with: &Evaluator<'_>,
    wanted: &Argument,
    length: &Argument,
    seen: &Value,
) -> Result<(), Stop> {
    if !matches!(length.node, Expression::Ellipsis) {
        let octets = match seen {
            Value::Int(_) => 4,
            Value::Linger { .. } => 8,
            Value::Octets(octets) => octets.len(),
        };
        let expected = with.length(with.boxed(length)?)?;
        equal(with.spec, "a value of length", &expected, &octets)?;
    }
    match (&wanted.node, seen) {
        (Expression::Ellipsis, _) => Ok(()),
        (Expression::Array(_), Value::Int(seen)) => {
            let element = with.boxed(wanted)?;
            match element.node {
                Expression::Ellipsis => Ok(()),
                _ => equal(with.spec, "the value", &with.int(element)?, seen),
            }
        }
        (Expression::Text(_) | Expression::TextAndMore(_), seen @ (Value::Octets(_) | Value::Int(_))) => {
            // Four octets are a number to who does not know the option.
            let seen = match seen {
                Value::Octets(octets) => octets.to_vec(),
                Value::Int(number) => number.to_ne_bytes().to_vec(),
                Value::Linger { .. } => Vec::new(),
            };
            let mut expected = arguments::text(*with, wanted)?.to_vec();
            match with.dialect {
                // As many octets as came; a zero ends the string.
                Dialect::Bsd => expected.resize(seen.len(), 0),
                Dialect::Google if expected.len() != seen.len() => {
                    return Err(with.mistaken(length, "the length of the string"));
                }
                Dialect::Google => {}
            }
            let shown = |octets: &[u8]| format!("\"{}\"", octets.escape_ascii());
            equal(with.spec, "the value", &shown(&expected), &shown(&seen))
        }
        (node, Value::Linger { onoff, linger }) => {
            for (name, seen) in [("onoff", onoff), ("linger", linger)] {
                let field = node.field(name).ok_or_else(|| with.mistaken(wanted, "a linger structure"))?;
                if !matches!(field.value.node, Expression::Ellipsis) {
                    equal(with.spec, name, &with.int(&field.value)?, seen)?;
                }
            }
            Ok(())
        }
        _ => Err(with.mistaken(wanted, "a value of the option's type")),
    }
}

/// `ioctl`: the integer.
pub(super) fn int(with: &Evaluator<'_>, wanted: &Argument, seen: i32) -> Result<(), Stop> {
    match wanted.node {
        Expression::Ellipsis => Ok(()),
        _ => equal(with.spec, "the value", &with.int(wanted)?, &seen),
    }
}

/// `epoll_wait`: the first event.
pub(super) fn watched(spec: &CallSpec, wanted: EpollEvent, seen: EpollEvent) -> Result<(), Stop> {
    let hex = |events: u32| format!("{events:#x}");
    equal(spec, "events", &hex(wanted.events), &hex(seen.events))?;
    equal(spec, "the data of an event", &wanted.data, &seen.data)
}

/// `poll`: every descriptor's returned events, exactly.
pub(super) fn polled(spec: &CallSpec, wanted: &[i16], seen: &[i16]) -> Result<(), Stop> {
    let hex = |events: &[i16]| {
        let all: Vec<_> = events.iter().map(|events| format!("{events:#x}")).collect();
        all.join(", ")
    };
    equal(spec, "revents", &hex(wanted), &hex(seen))
}

/// A value that is to be this one.
pub(super) fn equal<T: PartialEq + ToString>(
    spec: &CallSpec,
    what: &'static str,
    expected: &T,
    seen: &T,
) -> Result<(), Stop> {
    if expected == seen {
        return Ok(());
    }
    let (expected, seen) = (expected.to_string(), seen.to_string());
    let reason = Reason::Output { call: super::shown(spec), what, expected, seen };
    Err(Stop::failed(reason, spec.span))
}
