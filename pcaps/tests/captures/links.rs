//! Where each link type has its datagram.
use bytes::Bytes;
use core::time::Duration;
use stackdrill_pcaps::{Frame, Link, NotIp};

fn datagram(link: u32, octets: &[u8]) -> Result<Bytes, NotIp> {
    let octets = Bytes::copy_from_slice(octets);
    Frame {
        number: 1,
        at: Duration::ZERO,
        interface: 0,
        link: Link(link),
        original: octets.len() as u32,
        octets,
    }
    .datagram()
}

/// Link headers as they stand in files, each before the same datagram.
#[test]
fn every_link_type_finds_the_datagram() {
    const MACS: [u8; 12] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    let ethernet = |rest: &[u8]| [&MACS, rest].concat();
    let cooked = |rest: &[u8]| [&[0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0], rest].concat();
    let cooked2 =
        |kind: [u8; 2]| [&kind[..], &[0, 0, 0, 0, 0, 2, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0]].concat();
    for (link, header) in [
        (1, ethernet(&[0x08, 0x00])),
        (1, ethernet(&[0x86, 0xdd])),
        (1, ethernet(&[0x81, 0x00, 0, 5, 0x08, 0x00])), // 802.1Q
        (1, ethernet(&[0x88, 0xa8, 0, 5, 0x81, 0x00, 0, 6, 0x86, 0xdd])), // 802.1ad
        (1, ethernet(&[0x91, 0x00, 0, 5, 0x81, 0x00, 0, 6, 0x08, 0x00])), // before it had a standard
        (12, vec![]),
        (14, vec![]),
        (101, vec![]),
        (228, vec![]),
        (229, vec![]),
        (113, cooked(&[0x08, 0x00])),
        (113, cooked(&[0x81, 0x00, 0, 5, 0x86, 0xdd])),
        (276, cooked2([0x08, 0x00])),
        (276, [&cooked2([0x81, 0x00])[..], &[0, 5, 0x08, 0x00]].concat()),
        (0, vec![2, 0, 0, 0]),  // captured on a little-endian host
        (0, vec![0, 0, 0, 2]),  // and on a big-endian one
        (0, vec![30, 0, 0, 0]), // Darwin
        (0, vec![0, 0, 0, 28]), // FreeBSD
        (108, vec![0, 0, 0, 24]),
    ] {
        let frame = [&header[..], b"\x45datagram"].concat();
        assert_eq!(datagram(link, &frame).as_deref(), Ok(&b"\x45datagram"[..]), "{link} {header:x?}");
        // However short it is cut, there is an answer.
        for length in 0..header.len() {
            assert!(matches!(datagram(link, &frame[..length]), Err(NotIp::Cut { .. })), "{link} {length}");
        }
    }
}

#[test]
fn what_is_not_ip_says_what_it_is() {
    let arp = [&[0; 12][..], &[0x08, 0x06, 0, 1]].concat();
    assert_eq!(datagram(1, &arp), Err(NotIp::EtherType(0x0806)));
    assert_eq!(datagram(0, &[7, 0, 0, 0, 1]), Err(NotIp::Family(7)));
    assert_eq!(datagram(147, &[0; 40]), Err(NotIp::Link(147)));
    assert_eq!(datagram(276, &[[0x08, 0x06].as_slice(), &[0; 30]].concat()), Err(NotIp::EtherType(0x0806)));
}
