//! Control messages as the kernel lays them out, read and written.
use core::time::Duration;
use std::time::SystemTime;

use bytes::Bytes;
use nix::libc;
use stackdrill_wire::Instant;

use crate::target::{Control, ControlData, ExtendedError, Statistic};

/// `SCM_TIMESTAMPING_OPT_STATS`.
const STATISTICS: i32 = 54;
/// Length, level and type.
const HEADER: usize = 16;

/// Every control message in `octets`; times count from `origin`.
pub(super) fn read(octets: &[u8], origin: SystemTime) -> Vec<Control> {
    let mut all = Vec::new();
    let mut rest = octets;
    while let (Some(length), Some(level), Some(kind)) = (word(rest, 0), int(rest, 8), int(rest, 12)) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some(data) = rest.get(HEADER..length) else { break };
        all.push(Control { level, kind, data: said(level, kind, data, origin) });
        rest = rest.get(length.next_multiple_of(8)..).unwrap_or_default();
    }
    all
}

/// Control messages that are handed over, each beginning on a word; numbers and octets are all that a script can give.
pub(super) fn written(messages: &[Control]) -> Vec<u8> {
    let mut all = Vec::new();
    for message in messages {
        let data = match &message.data {
            ControlData::Number { value, width } => {
                let octets = value.to_ne_bytes();
                let low = if cfg!(target_endian = "little") {
                    octets.get(..*width)
                } else {
                    octets.get(8 - width..)
                };
                low.unwrap_or_default().to_vec()
            }
            ControlData::Octets(octets) => octets.to_vec(),
            ControlData::Stamp(_) | ControlData::Error { .. } | ControlData::Statistics(_) => continue,
        };
        all.extend((HEADER + data.len()).to_ne_bytes());
        all.extend(message.level.to_ne_bytes());
        all.extend(message.kind.to_ne_bytes());
        all.extend(data);
        all.resize(all.len().next_multiple_of(8), 0);
    }
    all
}

fn said(level: i32, kind: i32, data: &[u8], origin: SystemTime) -> ControlData {
    let read = match (level, kind) {
        (libc::SOL_IP, libc::IP_RECVERR) | (libc::SOL_IPV6, libc::IPV6_RECVERR) => error(data),
        (libc::SOL_SOCKET, libc::SO_TIMESTAMPING) => stamp(data, origin),
        (libc::SOL_SOCKET, STATISTICS) => Some(ControlData::Statistics(statistics(data))),
        _ => match *data {
            [octet] => Some(ControlData::Number { value: octet.into(), width: 1 }),
            [_, _, _, _] => int(data, 0).map(|value| ControlData::Number { value: value.into(), width: 4 }),
            _ => None,
        },
    };
    read.unwrap_or_else(|| ControlData::Octets(Bytes::copy_from_slice(data)))
}

/// `struct sock_extended_err`, and the address behind it.
fn error(data: &[u8]) -> Option<ControlData> {
    let &[origin, kind, code, _] = data.get(4..)?.first_chunk()?;
    let error = ExtendedError {
        errno: unsigned(data, 0)?,
        origin: origin.into(),
        kind: kind.into(),
        code: code.into(),
        info: unsigned(data, 8)?,
        data: unsigned(data, 12)?,
    };
    Some(ControlData::Error { error, address: data.len() - 16 })
}

/// The first of three moments.
fn stamp(data: &[u8], origin: SystemTime) -> Option<ControlData> {
    let (seconds, nanos) = (u64::try_from(word(data, 0)?).ok()?, u32::try_from(word(data, 8)?).ok()?);
    let at = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos.min(999_999_999));
    let passed = at.duration_since(origin).unwrap_or_default();
    Some(ControlData::Stamp(Instant::from_micros(u64::try_from(passed.as_micros()).unwrap_or(u64::MAX))))
}

/// Netlink attributes; those that only pad are passed over.
fn statistics(data: &[u8]) -> Vec<Statistic> {
    let mut all = Vec::new();
    let mut rest = data;
    while let Some(&[l0, l1, k0, k1]) = rest.first_chunk() {
        let (length, kind) = (u16::from_ne_bytes([l0, l1]), u16::from_ne_bytes([k0, k1]));
        let Some(value) = rest.get(4..usize::from(length)) else { break };
        let read = match value.len() {
            1 => value.first().map(|&octet| octet.into()),
            4 => unsigned(value, 0),
            8 => word(value, 0),
            _ => None,
        };
        if let Some(read) = read {
            all.push(Statistic { kind: kind.into(), value: read, width: value.len() });
        }
        rest = rest.get(usize::from(length).next_multiple_of(4)..).unwrap_or_default();
    }
    all
}

fn word(octets: &[u8], at: usize) -> Option<i64> {
    octets.get(at..)?.first_chunk().copied().map(i64::from_ne_bytes)
}

fn int(octets: &[u8], at: usize) -> Option<i32> {
    octets.get(at..)?.first_chunk().copied().map(i32::from_ne_bytes)
}

fn unsigned(octets: &[u8], at: usize) -> Option<i64> {
    octets.get(at..)?.first_chunk().copied().map(u32::from_ne_bytes).map(i64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let messages = [
            Control { level: 0, kind: 1, data: ControlData::Number { value: 3, width: 1 } },
            Control { level: 41, kind: 67, data: ControlData::Number { value: -1, width: 4 } },
            Control { level: 9, kind: 9, data: ControlData::Octets(Bytes::from_static(b"abc")) },
        ];
        assert_eq!(read(&written(&messages), SystemTime::UNIX_EPOCH), messages);
    }

    /// A message of four octets and one of an odd length, as the kernel pads them; what is cut is left out.
    #[test]
    fn messages_are_found_one_behind_the_other() {
        let mut octets = 20_u64.to_ne_bytes().to_vec();
        octets.extend([6_i32, 36, 40].map(i32::to_ne_bytes).concat());
        octets.extend([0; 4]);
        octets.extend(17_u64.to_ne_bytes());
        octets.extend([0_i32, 1].map(i32::to_ne_bytes).concat());
        octets.push(9);
        let number = |value, width| ControlData::Number { value, width };
        let expected = [
            Control { level: 6, kind: 36, data: number(40, 4) },
            Control { level: 0, kind: 1, data: number(9, 1) },
        ];
        assert_eq!(read(&octets, SystemTime::UNIX_EPOCH), expected);
        assert_eq!(read(&octets[..octets.len() - 1], SystemTime::UNIX_EPOCH), expected[..1]);
        assert!(read(&[0xff; 40], SystemTime::UNIX_EPOCH).is_empty());
    }
}
