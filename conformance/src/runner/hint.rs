//! What is behind a difference, where that is known.
use stackdrill_wire::{Flags, Packet};

use super::Untimely;
use crate::expect::{Body, Difference, Seen, SeenSegment};
use crate::script::{Number, OptionsSpec, PacketSpec, TcpSpec, Transport};
use crate::trace::{Happened, Record};

/// The likeliest cause of a difference, in a sentence.
pub(super) fn of(
    spec: &PacketSpec,
    seen: &Seen,
    differences: &[Difference],
    when: Option<Untimely>,
) -> Option<String> {
    let (Transport::Tcp(spec), Body::Tcp(segment)) = (&spec.transport, &seen.body) else { return None };
    match differences {
        [] => when.and_then(|when| late(&when)),
        [only] if only.field == "flags" => push(spec, segment),
        differences => differences.iter().find_map(|difference| field(difference.field, spec, segment)),
    }
}

/// What may be wrong with an echo that the stack never sent.
pub(super) fn echo(is_known: bool) -> String {
    let how = "`ecr` repeats the `val` of a packet that the script expects";
    if is_known { how.to_owned() } else { format!("{how}: write the option where `<...>` stands") }
}

/// A segment that the target has sent before.
pub(super) fn again(trace: &[Record], seen: &Seen) -> Option<String> {
    let Body::Tcp(seen) = &seen.body else { return None };
    let occupies = seen.length > 0 || seen.flags.any(Flags::SYN | Flags::FIN);
    let mut same = trace.iter().filter(|record| {
        let Happened::Sent { octets, .. } = &record.what else { return false };
        let packet = Packet::parse(octets).ok();
        packet.as_ref().and_then(Packet::segment).is_some_and(|segment| {
            (segment.seq.0, segment.flags, segment.text.len())
                == (seen.wire_seq, seen.flags, seen.length as usize)
        })
    });
    let (first, last) = (same.next()?, same.next_back()?);
    (occupies && first.at < last.at)
        .then(|| format!("a retransmission: the same segment was sent at {} s", first.at))
}

fn field(name: &str, spec: &TcpSpec, seen: &SeenSegment) -> Option<String> {
    match name {
        "sequence number" => {
            absolute(spec.sequence.start, seen).or_else(|| by_one(spec.sequence.start, seen.seq))
        }
        "acknowledgment number" => match spec.ack {
            Some(ack) => by_one(ack.node, seen.ack),
            None => Some("no `ack` is written, which means 0".to_owned()),
        },
        "window" => window(spec.window?.node, seen.window.into()),
        "options" => options(&spec.options, seen),
        "length" => {
            let wanted = spec.sequence.length.exact()?;
            (seen.length == 0 && wanted > 0)
                .then(|| "it carries no data: an acknowledgment came first".to_owned())
        }
        _ => None,
    }
}

fn push(spec: &TcpSpec, seen: &SeenSegment) -> Option<String> {
    let other = spec.flags.set.0 ^ seen.flags.0;
    (other == Flags::PSH.0).then(|| "only PSH differs; `P?` accepts a segment with or without it".to_owned())
}

/// SYN and FIN take a sequence number each.
///
/// Spec: RFC 9293 §3.4.
fn by_one(wanted: Number, seen: u32) -> Option<String> {
    let wanted = wanted.exact()?;
    let off_by_one = wanted.wrapping_sub(seen) == 1 || seen.wrapping_sub(wanted) == 1;
    off_by_one.then(|| "off by one: SYN and FIN each take a sequence number".to_owned())
}

/// The window of a SYN is never scaled.
///
/// Spec: RFC 7323 §2.2.
fn window(wanted: Number, seen: u32) -> Option<String> {
    let wanted = wanted.exact().filter(|&wanted| wanted != 0 && seen != 0)?;
    let (less, more) = (wanted.min(seen), wanted.max(seen));
    let shift = (1..=14).find(|&shift| more >> shift == less)?;
    Some(format!("off by a factor of 2^{shift}: is the window scaled here?"))
}

/// The script has the number as it stands on the wire.
fn absolute(wanted: Number, seen: &SeenSegment) -> Option<String> {
    let wire = wanted.exact()? == seen.wire_seq && seen.wire_seq != seen.seq;
    wire.then(|| {
        format!(
            "that is its number on the wire: but in a SYN, numbers count from the initial one: {}",
            seen.seq
        )
    })
}

fn options(spec: &OptionsSpec, seen: &SeenSegment) -> Option<String> {
    let list = match spec {
        OptionsSpec::None => {
            return Some("no options written means none sent; `<...>` accepts any".to_owned());
        }
        OptionsSpec::List(list) => list,
        OptionsSpec::Any | OptionsSpec::Among(_) | OptionsSpec::Raw(_) => return None,
    };
    let mut rest: Vec<_> = seen.options.iter().collect();
    for option in list {
        let at = rest.iter().position(|seen| **seen == option.node)?;
        rest.remove(at);
    }
    rest.is_empty().then(|| "the same options in another order".to_owned())
}

/// The timer starts at one second and doubles.
///
/// Spec: RFC 6298 (2.1), RFC 6298 (5.5).
fn late(when: &Untimely) -> Option<String> {
    let late = when.late_by();
    [1_000_000, 2_000_000, 4_000_000, 200_000, 400_000, 800_000]
        .into_iter()
        .find(|&timer: &i64| late.abs_diff(timer) <= 10_000)
        .map(|timer| format!("late by {} ms: a retransmission after that timeout?", timer / 1000))
}
