//! Packets inside packets: laws, and headers octet by octet.
use bytes::Bytes;
use proptest::prelude::*;
use stackdrill_wire::ip::Ip;
use stackdrill_wire::{Gre, Layer, Malformed, Outer, Packet, Segment, Transport, Tunneled};

use crate::given::captured;

fn inner(six: bool) -> Packet {
    if six {
        Packet::tcp(
            [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into(),
            [0xfd3d, 0, 0, 0, 0, 0, 0, 1].into(),
            Segment::default(),
        )
    } else {
        Packet::tcp([192, 0, 2, 1].into(), [192, 168, 0, 1].into(), Segment::default())
    }
}

/// IP headers with GRE, MPLS, both or nothing behind each.
fn tunnels() -> impl Strategy<Value = Tunneled> {
    let gre = (0..8_u16, any::<[u32; 3]>()).prop_map(|(which, words)| {
        let flags = (which & 4) << 13 | (which & 2) << 12 | (which & 1) << 12;
        let words = words.into_iter().take(Gre::announced(flags)).collect();
        Gre { flags, protocol: 0, words }
    });
    let labels = proptest::collection::vec(any::<u32>(), 1..4).prop_map(|mut labels| {
        let last = labels.len() - 1;
        for (at, label) in labels.iter_mut().enumerate() {
            *label = *label & !0x100 | u32::from(at == last) << 8;
        }
        labels
    });
    let layer = (any::<bool>(), proptest::option::of(gre), proptest::option::of(labels));
    (proptest::collection::vec(layer, 0..3), any::<bool>()).prop_map(|(layers, six)| {
        let mut outer = Vec::new();
        for (six, gre, labels) in layers {
            outer.push(Outer::Ip(inner(six).ip));
            outer.extend(gre.map(Outer::Gre));
            outer.extend(labels.map(Outer::Mpls));
        }
        Tunneled { outer, packet: inner(six) }
    })
}

/// Protocol numbers are filled in when tunnels are emitted, so they are not part of what is compared.
fn plain(mut tunneled: Tunneled) -> Tunneled {
    for outer in &mut tunneled.outer {
        match outer {
            Outer::Ip(ip) => ip.set_protocol(0),
            Outer::Gre(gre) => gre.protocol = 0,
            Outer::Mpls(_) => {}
        }
    }
    tunneled
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Proves: RFC 2003 §3.1, RFC 2784 §2, RFC 2890 §2, RFC 3032 §2.1.
    #[test]
    fn emitted_tunnels_read_back(tunneled in tunnels()) {
        let read = Tunneled::parse(&tunneled.to_bytes()).map(plain);
        prop_assert_eq!(read, Ok(plain(tunneled)));
    }

    #[test]
    fn any_octets_are_read_or_refused(octets in captured()) {
        let octets = Bytes::from(octets);
        if let Ok(tunneled) = Tunneled::parse(&octets) {
            prop_assert!(tunneled.outer.len() <= Tunneled::DEPTH);
            if tunneled.outer.is_empty() {
                prop_assert_eq!(Ok(tunneled.packet), Packet::parse(&octets));
            }
        }
    }
}

#[test]
fn numbers_say_what_is_inside() {
    for (outer, at, number) in [
        (vec![Outer::Ip(inner(false).ip)], 9, &[4_u8][..]),
        (vec![Outer::Ip(inner(true).ip)], 6, &[4]),
        (vec![Outer::Ip(inner(false).ip), Outer::Gre(Gre::default())], 9, &[47]),
        (vec![Outer::Ip(inner(false).ip), Outer::Gre(Gre::default())], 22, &[0x08, 0x00]),
        (
            vec![Outer::Ip(inner(false).ip), Outer::Gre(Gre::default()), Outer::Mpls(vec![0x100])],
            22,
            &[0x88, 0x47],
        ),
        (vec![Outer::Ip(inner(false).ip), Outer::Mpls(vec![0x100])], 9, &[137]),
    ] {
        let octets = Tunneled { outer: outer.clone(), packet: inner(false) }.to_bytes();
        assert_eq!(&octets[at..at + number.len()], number, "{outer:?}");
    }
}

#[test]
fn a_cut_header_is_refused() {
    let whole = Tunneled {
        outer: vec![
            Outer::Ip(inner(false).ip),
            Outer::Gre(Gre { flags: Gre::KEY, protocol: 0, words: vec![7] }),
        ],
        packet: inner(false),
    };
    let mut cut = whole.to_bytes().slice(..26).to_vec();
    cut[3] = 26;
    let error = Tunneled::parse(&Bytes::from(cut)).unwrap_err();
    assert_eq!(error, Malformed::Truncated { layer: Layer::Gre, need: 8, have: 6 });
}

/// What RFC 2784 took out of GRE is another protocol's payload.
#[test]
fn old_gre_is_left_alone() {
    let gre = Gre { flags: 0x4000, protocol: 0, words: Vec::new() };
    let octets = Tunneled { outer: vec![Outer::Ip(inner(false).ip), Outer::Gre(gre)], packet: inner(false) }
        .to_bytes();
    let read = Tunneled::parse(&octets).expect("it is a datagram");
    assert!(read.outer.is_empty() && matches!(read.packet.transport, Transport::Other(_)));
    assert!(matches!(read.packet.ip, Ip::V4(_)));
}
