use core::time::Duration;

use proptest::prelude::*;
use stackdrill_wire::Datagram;

use super::*;
use crate::ip::output::{Envelope, Output, Room};
use crate::secret::Secret;

/// The fragments of one datagram of `length` octets of data.
fn pieces(six: bool, length: usize, mtu: u32) -> (Packet, Vec<Bytes>) {
    let (source, destination) = if six { ("fd00::2", "fd00::1") } else { ("10.0.0.2", "10.0.0.1") };
    let envelope = Envelope {
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
        options: Bytes::new(),
        traffic_class: 0,
        hop_limit: 64,
        dont_fragment: false,
    };
    let data: Vec<u8> = (0..length).map(|at| at as u8).collect();
    let datagram = Datagram { source: 7, destination: 9, data: data.into(), ..Datagram::default() };
    let (mut output, secret) = (Output::default(), Secret::new(1));
    let packet = output.pack(&envelope, Transport::Udp(datagram), &Internet::default(), &secret);
    let pieces = output.fragments(&packet, &packet.to_bytes(), Room { mtu, whole: false }, &secret).unwrap();
    (packet, pieces)
}

fn join(reassembly: &mut Reassembly, octets: &Bytes, policy: &Internet, now: Instant) -> Joined {
    let packet = Packet::parse(octets).unwrap();
    let place = Place::of(&packet.ip).unwrap();
    let Transport::Other(payload) = &packet.transport else { unreachable!("a fragment is not read") };
    reassembly.join(place, &Arrived { ip: &packet.ip, octets, payload }, policy, now)
}

proptest! {
    /// Order and repetition are invisible: however the pieces come, the datagram comes out once they are all there.
    ///
    /// Proves: RFC1122:3.3.2-reassembly, RFC791:2.3-reassembly-key, RFC8200:4.5-reassembly-key.
    #[test]
    fn order_is_invisible(six: bool, length in 1400usize..9000, seed in any::<u64>()) {
        let (packet, mut order) = pieces(six, length, 1280);
        let mut state = seed | 1;
        for index in (1..order.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            order.swap(index, (state >> 33) as usize % (index + 1));
        }
        let mut reassembly = Reassembly::default();
        let policy = Internet::default();
        let last = order.len() - 1;
        for (index, piece) in order.iter().enumerate() {
            if index != last {
                prop_assert_eq!(join(&mut reassembly, piece, &policy, Instant::ZERO), Joined::Waits);
                prop_assert_eq!(join(&mut reassembly, piece, &policy, Instant::ZERO), Joined::Waits);
            }
        }
        let Joined::Whole(whole) = join(&mut reassembly, &order[last], &policy, Instant::ZERO) else {
            return Err(TestCaseError::fail("the last piece completes it"));
        };
        prop_assert_eq!(Packet::parse(&whole).unwrap().transport, packet.transport);
        prop_assert_eq!(reassembly, Reassembly::default());
    }

    /// Whatever comes, no more is kept than the policy allows and the count of octets stays true.
    ///
    /// Proves: RFC1122:3.3.2-reassembly-link-mtu.
    #[test]
    fn memory_is_bounded(fragments in prop::collection::vec((0u16..4, 0u16..64, 1usize..6, any::<bool>()), 0..200)) {
        let policy = Internet { reassembly_octets: 500, reassembly_datagrams: 3, ..Internet::default() };
        let mut reassembly = Reassembly::default();
        for (id, offset, eighths, more) in fragments {
            let mut ip = Ip::new("10.0.0.2".parse().unwrap(), "10.0.0.1".parse().unwrap(), 17);
            let Ip::V4(v4) = &mut ip else { unreachable!("both addresses are IPv4") };
            (v4.id, v4.offset, v4.more_fragments, v4.dont_fragment) = (id, offset * 8, more, false);
            let payload = Bytes::from(vec![1; eighths * 8]);
            let octets = Packet { ip: ip.clone(), transport: Transport::Other(payload.clone()) }.to_bytes();
            if let Some(place) = Place::of(&ip) {
                let arrived = Arrived { ip: &ip, octets: &octets, payload: &payload };
                reassembly.join(place, &arrived, &policy, Instant::ZERO);
            }
            let kept: usize = reassembly.partials.values().map(Partial::octets).sum();
            prop_assert_eq!(kept, reassembly.octets);
            // A datagram's first fragment is kept twice: as text, and for the quote.
            prop_assert!(kept <= 500 + 2 * 60, "{} octets", kept);
            prop_assert!(reassembly.partials.len() <= 3);
        }
    }
}

/// Proves: RFC8200:4.5-overlap-discards-all, RFC5722:4-overlap-silent.
#[test]
fn an_overlap_condemns_the_datagram() {
    for (six, at) in [(false, 0), (true, 0), (false, 1), (true, 1), (false, 2), (true, 2)] {
        let (_, fine) = pieces(six, 3000, 1280);
        let (_, shifted) = pieces(six, 3000, 1296);
        let policy = Internet::default();
        let mut reassembly = Reassembly::default();
        join(&mut reassembly, &fine[at], &policy, Instant::ZERO);
        assert_eq!(join(&mut reassembly, &shifted[at], &policy, Instant::ZERO), Joined::Waits, "it overlaps");
        for piece in &fine {
            assert_eq!(
                join(&mut reassembly, piece, &policy, Instant::ZERO),
                Joined::Waits,
                "nothing mends it"
            );
        }
        assert_eq!(reassembly.octets, 0, "nor is anything kept of it");
        let late = Instant::from_micros(61_000_000);
        assert_eq!(reassembly.expire(late), Vec::<Bytes>::new(), "and nobody is told");
    }
}

/// Proves: RFC1122:3.3.2-reassembly-timeout, RFC8200:4.5-reassembly-timeout,
/// RFC8200:4.5-reassembly-timeout-error.
#[test]
fn an_incomplete_datagram_is_given_up() {
    for six in [false, true] {
        let (_, fragments) = pieces(six, 3000, 1280);
        let policy = Internet { reassembly_timeout: Duration::from_secs(60), ..Internet::default() };
        for (piece, quoted) in [(0, vec![fragments[0].clone()]), (1, Vec::new())] {
            let mut reassembly = Reassembly::default();
            join(&mut reassembly, &fragments[piece], &policy, Instant::ZERO);
            let due = Instant::from_micros(60_000_000);
            assert_eq!(reassembly.deadline(), Some(due));
            assert_eq!(reassembly.expire(due - Duration::from_micros(1)), Vec::<Bytes>::new());
            assert_eq!(reassembly.expire(due), quoted, "only a first fragment can be quoted");
            assert_eq!(reassembly.deadline(), None);
        }
    }
}

/// Proves: RFC8200:4.5-fragment-size-errors, RFC8200:4.5-fragment-size-reported.
#[test]
fn sizes_that_cannot_be_are_told() {
    for (offset, more, length, pointer) in
        [(0, true, 12, Some(4)), (0, true, 0, Some(4)), (65_528, false, 16, Some(42)), (8, true, 16, None)]
    {
        let mut ip = Ip::new("fd00::2".parse().unwrap(), "fd00::1".parse().unwrap(), 17);
        let Ip::V6(v6) = &mut ip else { unreachable!("both addresses are IPv6") };
        v6.extensions = vec![Extension::Fragment { offset, more, id: 1 }];
        let payload = Bytes::from(vec![0; length]);
        let arrived = Arrived { ip: &ip, octets: &payload, payload: &payload };
        let place = Place::of(&ip).unwrap();
        let joined = Reassembly::default().join(place, &arrived, &Internet::default(), Instant::ZERO);
        assert_eq!(joined, pointer.map_or(Joined::Waits, |pointer| Joined::BadSize { pointer }));
    }
}

/// Proves: RFC3168:5.3-reassembly-ce RFC3168:5.3-reassembly-codepoint-kept.
#[test]
fn a_mark_on_one_fragment_marks_the_whole() {
    for (six, first, later, expected) in [
        (false, 0, 0, Some(0)),
        (false, 0b10, 0b10, Some(0b10)),
        (false, 0b11, 0b11, Some(0b11)),
        (false, 0b10, 0b11, Some(0b11)),
        (true, 0b11, 0b10, Some(0b11)),
        (true, 0b11, 0, None), // who could not be marked was not
        (true, 0, 0b11, None),
    ] {
        let (_, order) = pieces(six, 3000, 1280);
        let mut reassembly = Reassembly::default();
        let mut last = Joined::Waits;
        for (at, piece) in order.iter().enumerate() {
            let mut packet = Packet::parse(piece).unwrap();
            let mark = if at == 0 { first } else { later };
            match &mut packet.ip {
                Ip::V4(v4) => v4.tos = mark,
                Ip::V6(v6) => v6.traffic_class = mark,
            }
            last = join(&mut reassembly, &packet.to_bytes(), &Internet::default(), Instant::ZERO);
        }
        let whole = if let Joined::Whole(whole) = last { Packet::parse(&whole).ok() } else { None };
        assert_eq!(whole.map(|whole| whole.ip.traffic_class()), expected, "{first:#b} {later:#b}");
    }
}
