//! Octets that claim to be a datagram: reading them never fails but by saying why, and loses nothing.
use bytes::Bytes;
use stackdrill_wire::ip::Ip;
use stackdrill_wire::{Options, Packet, Transport};

use super::Finding;

/// Holds the laws of wire against `data` as an IP datagram.
///
/// # Errors
/// A [`Finding`]: what was read is not what is read after writing it, or a length is not what is written.
pub fn fuzz_wire(data: &[u8]) -> Result<(), Finding> {
    let octets = Bytes::copy_from_slice(data);
    match Packet::parse(&octets) {
        Ok(packet) => reads_back(&packet, &octets)?,
        Err(malformed) => drop(malformed.to_string()),
    }
    if let Ok(captured) = Packet::parse_captured(&octets) {
        walk(&captured.packet);
        if captured.whole {
            reads_back(&captured.packet, &octets)?;
        }
    }
    Ok(())
}

/// What is read after writing is what was written, and as long as it said.
///
/// What stands behind the UDP length but inside the datagram is read as nothing, and a total length of 0 as "all of
/// it". Written with its real length the header is another, for which a wrong checksum may be the right one: then it
/// is what is written that must read back.
fn reads_back(packet: &Packet, source: &Bytes) -> Result<(), Finding> {
    walk(packet);
    let octets = packet.to_bytes();
    if octets.len() != packet.octets() {
        let story = [format!("{packet:?}"), format!("says {}, is {}", packet.octets(), octets.len())];
        return Err(Finding::new("a packet is as long as it says", story));
    }
    match Packet::parse(&octets) {
        Ok(again) if again == *packet => Ok(()),
        Ok(again) if has_new_length(packet, source) && again.to_bytes() == octets => Ok(()),
        other => Err(Finding::new("reading undoes writing", [format!("{packet:?}"), format!("{other:?}")])),
    }
}

/// Whether an IPv4 datagram is written with another total length than it was read with.
fn has_new_length(packet: &Packet, source: &Bytes) -> bool {
    match (&packet.ip, source.get(2..4)) {
        (Ip::V4(_), Some(&[high, low])) => usize::from(u16::from_be_bytes([high, low])) != packet.octets(),
        _ => false,
    }
}

/// Asks a packet everything that can be asked of it; the answers do not matter, that they come does.
fn walk(packet: &Packet) {
    drop((packet.tuple(), packet.quoted(), packet.leaves_checksum(), format!("{packet:?}")));
    if let Transport::Tcp(segment) = &packet.transport {
        drop((segment.length(), segment.end(), segment.acknowledges(), segment.flags.to_string()));
        count(&segment.options);
    }
}

/// However options lie about their lengths, walking them ends.
fn count(options: &Options) -> usize {
    options.iter().take(usize::from(u8::MAX)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::fuzz_wire;

    proptest! {
        #[test]
        fn any_octets_keep_the_laws(data in proptest::collection::vec(any::<u8>(), 0..200), version in 4_u8..=6) {
            let mut data = data;
            if let Some(first) = data.first_mut() {
                *first = version << 4 | *first & 0xf;
            }
            prop_assert_eq!(fuzz_wire(&data), Ok(()));
        }
    }
}
