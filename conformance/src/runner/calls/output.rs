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
        (node @ Expression::Struct(_), Value::Octets(seen)) if node.field("function_set_name").is_some() => {
            function_set(with, wanted, seen)
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

/// `struct tcp_function_set`, field by field: a name of 32 octets, and a count.
fn function_set(with: &Evaluator<'_>, wanted: &Argument, seen: &[u8]) -> Result<(), Stop> {
    let field = |name| {
        let field = wanted.node.field(name).map(|field| &field.value);
        field.filter(|value| !matches!(value.node, Expression::Ellipsis))
    };
    let (name, count) = seen.split_at_checked(32).unwrap_or((seen, &[]));
    if let Some(expected) = field("function_set_name") {
        let mut expected = arguments::text(*with, expected)?.to_vec();
        expected.resize(name.len(), 0);
        let shown = |octets: &[u8]| octets.escape_ascii().to_string().replace("\\x00", "");
        equal(with.spec, "function_set_name", &shown(&expected), &shown(name))?;
    }
    if let Some(expected) = field("pcbcnt") {
        let seen = count.first_chunk().map_or(0, |count| i32::from_ne_bytes(*count));
        equal(with.spec, "pcbcnt", &with.int(expected)?, &seen)?;
    }
    Ok(())
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
