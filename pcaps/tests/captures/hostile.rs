//! Laws that hold for every file there can be.
use crate::given::{all, back, file, there};
use proptest::prelude::*;
use stackdrill_pcaps::{Format, Limits, Tracker, describe};
use stackdrill_wire::Flags;

/// Little room, so that its limits are met.
const LIMITS: Limits = Limits { record: 300, interfaces: 2 };

/// Reads everything to the end and looks at all of it. Each step must move on by an octet or end.
fn read_whole(octets: &[u8]) -> Result<(), TestCaseError> {
    let Ok(seen) = all(octets, LIMITS) else { return Ok(()) };
    prop_assert!(seen.len() <= octets.len());
    let mut tracker = Tracker::within(2);
    for frame in seen.into_iter().flatten() {
        prop_assert!(frame.octets.len() <= octets.len());
        if let Ok(captured) = frame.packet() {
            let line = match tracker.track(&captured, frame.at) {
                Some(sighting) => describe(&captured, Some((sighting.flow, sighting.direction))).to_string(),
                None => describe(&captured, None).to_string(),
            };
            prop_assert!(!line.is_empty());
        }
    }
    prop_assert!(tracker.finish().len() <= 2);
    Ok(())
}

fn written() -> impl Strategy<Value = Vec<u8>> {
    let packet =
        (any::<bool>(), 0_u16..0x200, any::<u32>(), any::<u32>()).prop_map(|(way, flags, seq, ack)| {
            let packet = if way { there } else { back };
            packet(Flags(flags), seq, ack, b"0123456789")
        });
    (prop::bool::ANY, prop::collection::vec(packet, 0..6))
        .prop_map(|(newer, packets)| file(if newer { Format::Pcapng } else { Format::Pcap }, &packets))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn noise_is_read_to_its_end(octets in prop::collection::vec(any::<u8>(), 0..400)) {
        read_whole(&octets)?;
    }

    /// Noise behind a true header, so that the readers proper meet it.
    #[test]
    fn noise_behind_a_header_is_read_to_its_end(
        (mut octets, noise) in (written(), prop::collection::vec(any::<u8>(), 0..400))
    ) {
        octets.extend(noise);
        read_whole(&octets)?;
    }

    /// A few octets of a good file changed: most often lengths, types and counts near their limits.
    #[test]
    fn altered_files_are_read_to_their_end(
        (mut octets, changes) in (written(), prop::collection::vec(
            (any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(0), Just(0xff), Just(1)]), 1..8))
    ) {
        for (at, octet) in changes {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        read_whole(&octets)?;
    }
}
