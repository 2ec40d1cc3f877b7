use stackdrill_wire::Datagram;

use super::*;

fn envelope(six: bool, dont_fragment: bool) -> Envelope {
    let (source, destination) = if six { ("fd00::1", "fd00::2") } else { ("10.0.0.1", "10.0.0.2") };
    Envelope {
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
        options: Bytes::new(),
        traffic_class: 0x28,
        hop_limit: 9,
        dont_fragment,
    }
}

fn datagram(length: usize) -> Transport {
    Transport::Udp(Datagram {
        source: 7,
        destination: 9,
        data: vec![5; length].into(),
        ..Datagram::default()
    })
}

fn packed(six: bool, dont_fragment: bool, length: usize) -> (Output, Packet) {
    let mut output = Output::default();
    let packet =
        output.pack(&envelope(six, dont_fragment), datagram(length), &Internet::default(), &Secret::new(1));
    (output, packet)
}

/// Proves: RFC6864:4.3-id-unique, RFC6864:4.2-id-not-reused-for-copy, RFC6864:4.1-id-of-atomic-ignored.
#[test]
fn identifications_do_not_repeat() {
    let (policy, secret) = (Internet::default(), Secret::new(1));
    let mut output = Output::default();
    let mut id = |dont_fragment| {
        let packet = output.pack(&envelope(false, dont_fragment), datagram(1), &policy, &secret);
        let Ip::V4(ip) = packet.ip else { unreachable!("the envelope is IPv4") };
        ip.id
    };
    let drawn: std::collections::BTreeSet<u16> = (0..=u16::MAX).map(|_| id(false)).collect();
    assert_eq!(drawn.len(), 65_536);
    assert_eq!(id(true), 0, "one that is never cut needs none");
}

/// Proves: RFC 8200 §6.
#[test]
fn a_flow_keeps_its_label() {
    let (_, packet) = packed(true, false, 1);
    let (_, again) = packed(true, false, 500);
    let label = |packet: &Packet| match &packet.ip {
        Ip::V6(ip) => ip.flow_label,
        Ip::V4(_) => unreachable!("the envelope is IPv6"),
    };
    assert_eq!(label(&packet), label(&again));
    assert_ne!(label(&packet), 0);
    assert!(label(&packet) < 1 << 20, "twenty bits");
}

/// Proves: RFC1122:3.3.3-mtu-respected, RFC8200:4.5-fragments-sent, RFC5722:4-no-overlap-created.
#[test]
fn fragments_fit_and_tile_the_datagram() {
    for six in [false, true] {
        let (mut output, packet) = packed(six, false, 3000);
        let room = Room { mtu: 1300, whole: false };
        let pieces = output.fragments(&packet, &packet.to_bytes(), room, &Secret::new(1)).unwrap();
        let mut next = 0;
        for (index, octets) in pieces.iter().enumerate() {
            assert!(octets.len() <= 1300);
            let piece = Packet::parse(octets).unwrap();
            let last = index + 1 == pieces.len();
            assert!(piece.ip.is_fragment());
            assert_eq!(usize::from(piece.ip.offset()), next, "no gap and no overlap");
            next += piece.transport.octets();
            assert!(last || next.is_multiple_of(8));
        }
        assert_eq!(next, 3008, "nothing is missing");
    }
}

/// Proves: RFC6864:4.3-df-not-fragmented.
#[test]
fn what_may_not_be_cut_is_not() {
    let (mut output, packet) = packed(false, true, 3000);
    let secret = Secret::new(1);
    assert_eq!(
        output.fragments(&packet, &packet.to_bytes(), Room { mtu: 1300, whole: true }, &secret),
        Err(TooLarge)
    );
    assert_eq!(
        output.fragments(&packet, &packet.to_bytes(), Room { mtu: 20, whole: false }, &secret),
        Err(TooLarge)
    );
}
