//! TCP options as scripts see them: every octet of padding is an option of its own.
use stackdrill_wire::{Options, Seq};

use crate::script::{AccEcn, AccEcnOrder, AccEcnSpelling, Md5, Number, Sack, TcpOption};

/// Options that cannot be taken apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("option {kind} at octet {at} claims length {length}, and {room} octets are left")]
pub struct Unreadable {
    kind: u8,
    length: u8,
    at: usize,
    room: usize,
}

/// Takes a list of options apart, its SACK edges translated by `edge`.
pub(crate) fn read(options: &Options, edge: impl Fn(Seq) -> u32) -> Result<Vec<TcpOption>, Unreadable> {
    let mut rest = options.octets();
    let mut read = Vec::new();
    while let Some((&kind, after)) = rest.split_first() {
        let at = options.octets().len() - rest.len();
        rest = match (kind, after.split_first()) {
            (0, _) => {
                read.push(TcpOption::EndOfList);
                after
            }
            (1, _) => {
                read.push(TcpOption::NoOperation);
                after
            }
            (_, Some((&length, data))) if length >= 2 && usize::from(length) <= rest.len() => {
                let (data, next) = data.split_at(usize::from(length) - 2);
                read.push(one(kind, data, &edge));
                next
            }
            (_, length) => {
                let length = length.map_or(0, |(&length, _)| length);
                return Err(Unreadable { kind, length, at, room: rest.len() });
            }
        };
    }
    Ok(read)
}

fn one(kind: u8, data: &[u8], edge: &impl Fn(Seq) -> u32) -> TcpOption {
    match (kind, data) {
        (2, &[a, b]) => TcpOption::MaximumSegmentSize(Number::Exact(u16::from_be_bytes([a, b]).into())),
        (3, &[shift]) => TcpOption::WindowScale(Number::Exact(shift.into())),
        (4, []) => TcpOption::SackPermitted,
        (5, blocks) if blocks.len().is_multiple_of(8) => TcpOption::Sack(
            blocks
                .as_chunks::<4>()
                .0
                .as_chunks::<2>()
                .0
                .iter()
                .map(|&[left, right]| Sack { left: translate(left, edge), right: translate(right, edge) })
                .collect(),
        ),
        (8, &[a, b, c, d, e, f, g, h]) => TcpOption::Timestamps {
            value: Number::Exact(u32::from_be_bytes([a, b, c, d])),
            echo: Number::Exact(u32::from_be_bytes([e, f, g, h])),
            absolute: false,
        },
        (19, digest) => TcpOption::Md5(Md5::Digest(digest.into())),
        (34, cookie) => TcpOption::FastOpen(cookie.into()),
        (254, &[0xf9, 0x89, ref cookie @ ..]) => TcpOption::FastOpenExperimental(cookie.into()),
        (172 | 174, counters) if counters.len().is_multiple_of(3) => TcpOption::AccEcn(AccEcn {
            order: if kind == 172 { AccEcnOrder::Ect0First } else { AccEcnOrder::Ect1First },
            spelling: AccEcnSpelling::Google,
            counters: counters
                .as_chunks()
                .0
                .iter()
                .map(|&[a, b, c]| u32::from_be_bytes([0, a, b, c]))
                .collect(),
        }),
        (_, data) => TcpOption::Generic { kind, data: data.into() },
    }
}

fn translate(octets: [u8; 4], edge: &impl Fn(Seq) -> u32) -> Number {
    Number::Exact(edge(Seq(u32::from_be_bytes(octets))))
}

/// Whether an option that was seen will do. Timestamps are judged elsewhere, unless they are given as a range.
pub(super) fn admits(wanted: &TcpOption, seen: &TcpOption) -> bool {
    match (wanted, seen) {
        (TcpOption::MaximumSegmentSize(wanted), TcpOption::MaximumSegmentSize(seen))
        | (TcpOption::WindowScale(wanted), TcpOption::WindowScale(seen)) => admits_number(*wanted, *seen),
        (TcpOption::Sack(wanted), TcpOption::Sack(seen)) => {
            wanted.len() == seen.len()
                && wanted.iter().zip(seen).all(|(wanted, seen)| {
                    admits_number(wanted.left, seen.left) && admits_number(wanted.right, seen.right)
                })
        }
        (TcpOption::Timestamps { value, .. }, TcpOption::Timestamps { value: seen, .. }) => {
            value.exact().is_some() || admits_number(*value, *seen)
        }
        // The same octets, whatever the spelling.
        (wanted, seen) => octets(std::slice::from_ref(wanted))
            .is_some_and(|wanted| octets(std::slice::from_ref(seen)).is_some_and(|seen| wanted == seen)),
    }
}

/// Whether each option that is wanted is among those that were seen, by `admits`: another one for each.
pub(super) fn among<'w>(
    mut wanted: impl Iterator<Item = &'w TcpOption>,
    seen: &[TcpOption],
    admits: impl Fn(&TcpOption, &TcpOption) -> bool,
) -> bool {
    let mut rest: Vec<&TcpOption> = seen.iter().collect();
    wanted.all(|wanted| {
        let at = rest.iter().position(|seen| admits(wanted, seen));
        at.map(|at| rest.remove(at)).is_some()
    })
}

fn admits_number(wanted: Number, seen: Number) -> bool {
    seen.exact().is_some_and(|seen| wanted.admits(seen))
}

/// The octets of options whose every number is exact; `None` if one is not, or a digest is still to be computed.
pub(crate) fn octets(options: &[TcpOption]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for option in options {
        write(option, &mut out)?;
    }
    Some(out)
}

fn write(option: &TcpOption, out: &mut Vec<u8>) -> Option<()> {
    let length = u8::try_from(option.octets()).ok()?;
    match option {
        TcpOption::EndOfList => out.push(0),
        TcpOption::NoOperation => out.push(1),
        TcpOption::MaximumSegmentSize(size) => {
            out.extend([2, length]);
            out.extend(u16::try_from(size.exact()?).ok()?.to_be_bytes());
        }
        TcpOption::WindowScale(shift) => out.extend([3, length, u8::try_from(shift.exact()?).ok()?]),
        TcpOption::SackPermitted => out.extend([4, length]),
        TcpOption::Sack(blocks) => {
            out.extend([5, length]);
            for block in blocks {
                out.extend(block.left.exact()?.to_be_bytes());
                out.extend(block.right.exact()?.to_be_bytes());
            }
        }
        TcpOption::Timestamps { value, echo, .. } => {
            out.extend([8, length]);
            out.extend(value.exact()?.to_be_bytes());
            out.extend(echo.exact()?.to_be_bytes());
        }
        TcpOption::Md5(Md5::Digest(digest)) => {
            out.extend([19, length]);
            out.extend_from_slice(digest);
        }
        TcpOption::Md5(Md5::Computed) => return None,
        TcpOption::FastOpen(cookie) => {
            out.extend([34, length]);
            out.extend_from_slice(cookie);
        }
        TcpOption::FastOpenExperimental(cookie) => {
            out.extend([254, length, 0xf9, 0x89]);
            out.extend_from_slice(cookie);
        }
        TcpOption::AccEcn(counters) => accurate_ecn(counters, length, out),
        TcpOption::Generic { kind, data } => {
            out.extend([*kind, length]);
            out.extend_from_slice(data);
        }
        TcpOption::Experimental { id, data } => {
            out.extend([254, length]);
            out.extend(id.to_be_bytes());
            out.extend_from_slice(data);
        }
        TcpOption::AckRate(rate) => {
            out.extend([254, length, 0x00, 0xac]);
            out.extend(rate.map(|rate| rate << 1));
        }
    }
    Some(())
}

fn accurate_ecn(option: &AccEcn, length: u8, out: &mut Vec<u8>) {
    let first = option.order == AccEcnOrder::Ect1First;
    match option.spelling {
        AccEcnSpelling::Google | AccEcnSpelling::Bsd => out.extend([if first { 174 } else { 172 }, length]),
        AccEcnSpelling::BsdExperimental => out.extend([254, length, 0xac, 0xc0 | u8::from(first)]),
    }
    for counter in &option.counters {
        let [_, a, b, c] = counter.to_be_bytes();
        out.extend([a, b, c]);
    }
}
