//! Datagrams drawn by hand, each for one thing that headers can say or get wrong.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::Bytes;
use stackdrill_wire::checksum::Sum;
use stackdrill_wire::icmp::{self, Message};
use stackdrill_wire::ip::{Extension, Ip, protocol};
use stackdrill_wire::{Checksum, Datagram, Flags, Layer, Malformed, Packet, Segment, Seq, Transport};

const V4: (IpAddr, IpAddr) =
    (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V4(Ipv4Addr::new(198, 51, 100, 2)));
const V6: (IpAddr, IpAddr) = (
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2)),
);

fn segment() -> Segment {
    Segment { source: 4000, destination: 80, seq: Seq(7), flags: Flags::SYN, ..Segment::default() }
}

fn udp(data: &'static [u8]) -> Datagram {
    Datagram { source: 4000, destination: 53, data: Bytes::from_static(data), ..Datagram::default() }
}

fn octets(packet: &Packet) -> Vec<u8> {
    packet.to_bytes().to_vec()
}

fn parse(octets: &[u8]) -> Result<Packet, Malformed> {
    Packet::parse(&Bytes::copy_from_slice(octets))
}

/// A whole SYN over IPv4, octet by octet.
///
/// Proves: RFC 791 §3.1, RFC 9293 §3.1.
#[test]
fn a_segment_stands_as_the_rfcs_draw_it() {
    let packet = Packet::tcp(V4.0, V4.1, Segment { window: 0x1234, ..segment() });
    #[rustfmt::skip]
    let drawn = [
        0x45, 0, 0, 40,  0, 0, 0x40, 0,  64, 6, 0xf0, 0x90,  192, 0, 2, 1,  198, 51, 100, 2,
        0x0f, 0xa0, 0, 80,  0, 0, 0, 7,  0, 0, 0, 0,  0x50, 0x02, 0x12, 0x34,  0, 0, 0, 0,
    ];
    let mut said = octets(&packet);
    assert!(Sum::pseudo(V4, protocol::TCP, 20).octets(&said[20..]).verifies());
    assert!(Sum::ZERO.octets(&said[..20]).verifies());
    said[10..12].copy_from_slice(&drawn[10..12]);
    said[36..38].fill(0);
    assert_eq!(said, drawn);
}

/// Nonsense is said as it stands, and what reads back of it is what is there.
#[test]
fn nonsense_can_be_said() {
    let everything = Flags(0xfff);
    let text = Bytes::from_static(b"text on a SYN and a FIN and a RST");
    let said =
        Segment { flags: everything, text, checksum: Checksum::Literal(0xbad), urgent: 9, ..segment() };
    let packet = Packet::tcp(V6.0, V6.1, said);
    assert_eq!(parse(&octets(&packet)), Ok(packet));

    let mut packet = Packet::tcp(V4.0, V4.1, segment());
    let Ip::V4(ip) = &mut packet.ip else { unreachable!() };
    ip.checksum = Checksum::Literal(0xbad);
    assert_eq!(parse(&octets(&packet)), Ok(packet), "a wrong header checksum is seen, not refused");
}

/// Each length that contradicts another is refused, with both numbers.
#[test]
fn lengths_that_contradict_are_refused() {
    use Malformed::{Length, Truncated};
    let with = |segment| octets(&Packet::tcp(V4.0, V4.1, segment));
    let changed = |mut octets: Vec<u8>, at: usize, to: u8| {
        octets[at] = to;
        octets
    };
    let tcp = with(segment());
    let datagram = octets(&Packet::udp(V4.0, V4.1, udp(b"abc")));
    let v6 = octets(&Packet::tcp(V6.0, V6.1, segment()));
    let short = |length| octets(&Packet::udp(V4.0, V4.1, Datagram { length: Some(length), ..udp(b"abc") }));
    let mut other = Packet::tcp(V4.0, V4.1, segment());
    other.transport = Transport::Other(Bytes::from_static(&[0; 7]));
    let mut errand = other.clone();
    errand.ip = Ip::new(V4.0, V4.1, protocol::UDP);
    let mut ping = other.clone();
    ping.ip = Ip::new(V4.0, V4.1, protocol::ICMP);
    for (octets, error) in [
        (vec![], Truncated { layer: Layer::Ip, need: 1, have: 0 }),
        (vec![0x55; 40], Malformed::Version { version: 5 }),
        (tcp[..19].to_vec(), Truncated { layer: Layer::Ipv4, need: 20, have: 19 }),
        (tcp[..39].to_vec(), Truncated { layer: Layer::Ipv4, need: 40, have: 39 }),
        (changed(tcp.clone(), 0, 0x44), Length { layer: Layer::Ipv4, claimed: 16, least: 20, most: 40 }),
        (changed(tcp.clone(), 3, 19), Length { layer: Layer::Ipv4, claimed: 19, least: 20, most: 40 }),
        (changed(tcp.clone(), 0, 0x4f), Truncated { layer: Layer::Ipv4, need: 60, have: 40 }),
        (v6[..39].to_vec(), Truncated { layer: Layer::Ipv6, need: 40, have: 39 }),
        (v6[..59].to_vec(), Truncated { layer: Layer::Ipv6, need: 60, have: 59 }),
        (octets(&other), Truncated { layer: Layer::Tcp, need: 20, have: 7 }),
        (octets(&errand), Truncated { layer: Layer::Udp, need: 8, have: 7 }),
        (octets(&ping), Truncated { layer: Layer::Icmp, need: 8, have: 7 }),
        (
            with(Segment { data_offset: Some(4), ..segment() }),
            Length { layer: Layer::Tcp, claimed: 16, least: 20, most: 20 },
        ),
        (
            with(Segment { data_offset: Some(6), ..segment() }),
            Length { layer: Layer::Tcp, claimed: 24, least: 20, most: 20 },
        ),
        (short(7), Length { layer: Layer::Udp, claimed: 7, least: 8, most: 11 }),
        (short(12), Length { layer: Layer::Udp, claimed: 12, least: 8, most: 11 }),
    ] {
        assert_eq!(parse(&octets), Err(error), "{octets:02x?}");
    }
    // A shorter length is no contradiction: the rest is not the datagram's.
    let packet = parse(&short(9)).unwrap();
    assert_eq!(packet.transport, Transport::Udp(udp(b"a")));
    // Link padding is nobody's.
    let padded = [&datagram[..], &[0; 9]].concat();
    assert_eq!(parse(&padded), parse(&datagram));
}

/// Zero means that no checksum was computed, so a sum of zero is sent as minus zero.
///
/// Proves: RFC 768.
#[test]
fn zero_is_no_udp_checksum() {
    for ends in [V4, V6] {
        let packet = Packet::udp(ends.0, ends.1, Datagram { checksum: Checksum::Literal(0), ..udp(b"abc") });
        assert_eq!(parse(&octets(&packet)), Ok(packet));
        // Two octets of data that bring the sum to where its complement is zero.
        let empty = octets(&Packet::udp(ends.0, ends.1, udp(b"\0\0")));
        let field = empty.len() - 4;
        let data = Bytes::copy_from_slice(&empty[field..field + 2]);
        let packet = Packet::udp(ends.0, ends.1, Datagram { data, ..udp(b"") });
        let said = octets(&packet);
        assert_eq!(said[field..field + 2], [0xff, 0xff]);
        assert_eq!(parse(&said), Ok(packet.clone()));
        // None was computed, though zero would be right.
        let Transport::Udp(datagram) = packet.transport else { unreachable!() };
        let packet = Packet::udp(ends.0, ends.1, Datagram { checksum: Checksum::Literal(0), ..datagram });
        assert_eq!(parse(&octets(&packet)), Ok(packet));
    }
}

/// ICMPv6 sums a pseudo-header, ICMP does not.
///
/// Proves: RFC 792, RFC 4443 §2.3.
#[test]
fn icmp_checksums_differ_by_family() {
    let message = |kind| Message { kind, body: Bytes::from_static(b"ping"), ..Message::default() };
    let four = octets(&Packet::icmp(V4.0, V4.1, message(icmp::v4::ECHO_REQUEST)));
    assert!(Sum::ZERO.octets(&four[20..]).verifies());
    let six = octets(&Packet::icmp(V6.0, V6.1, message(icmp::v6::ECHO_REQUEST)));
    assert!(Sum::pseudo(V6, protocol::ICMPV6, 12).octets(&six[40..]).verifies());
    assert_eq!((four[9], six[6]), (protocol::ICMP, protocol::ICMPV6));
}

/// Which messages quote, and what a quotation of eight octets still says.
///
/// Proves: RFC 792, RFC 1122 §3.2.2, RFC 4443 §2.1.
#[test]
fn errors_quote_who_they_are_about() {
    for (ends, errors, others) in [
        (V4, &[3_u8, 4, 5, 11, 12][..], &[0_u8, 8, 13, 14][..]),
        (V6, &[1, 2, 3, 4, 100, 127], &[128, 129, 135, 255]),
    ] {
        let culprit = Packet::tcp(ends.0, ends.1, segment());
        let body = culprit.to_bytes().slice(..culprit.ip.octets() + 8);
        let error =
            |kind| Packet::icmp(ends.1, ends.0, Message { kind, body: body.clone(), ..Message::default() });
        for kind in errors {
            let quoted = error(*kind).quoted().expect("an error quotes");
            assert_eq!((quoted.tuple(), quoted.seq()), (culprit.tuple(), Some(Seq(7))), "{kind}");
        }
        for kind in others {
            assert_eq!(error(*kind).quoted(), None, "{kind}");
        }
    }
}

/// Pieces from the middle have no ports to quote, nor headers to walk, though their octets may look like some.
///
/// Proves: RFC 8200 §4.5.
#[test]
fn the_middle_of_a_datagram_is_not_looked_into() {
    let mut packet = Packet::tcp(V6.0, V6.1, segment());
    packet.transport = Transport::Other(Bytes::from_static(&[44; 24]));
    let Ip::V6(ip) = &mut packet.ip else { unreachable!() };
    ip.protocol = 60; // destination options, were it the first piece
    ip.extensions = vec![Extension::Fragment { offset: 8, more: false, id: 1 }];
    assert!(packet.ip.is_fragment());
    assert_eq!(packet.ip.offset(), 8);
    assert_eq!(parse(&octets(&packet)), Ok(packet.clone()));

    let Ip::V6(ip) = &mut packet.ip else { unreachable!() };
    ip.protocol = protocol::TCP;
    let body = packet.to_bytes();
    let kind = icmp::v6::TIME_EXCEEDED;
    let error = Packet::icmp(V6.1, V6.0, Message { kind, body, ..Message::default() });
    assert_eq!(error.quoted().unwrap().ports(), None);
}

/// An IPv6 datagram with a fragment header that is whole (RFC 6946 §4) is read through.
#[test]
fn an_atomic_fragment_is_no_fragment() {
    let mut packet = Packet::tcp(V6.0, V6.1, segment());
    let Ip::V6(ip) = &mut packet.ip else { unreachable!() };
    ip.extensions = vec![Extension::Fragment { offset: 0, more: false, id: 1 }];
    assert!(!packet.ip.is_fragment());
    assert_eq!(parse(&octets(&packet)), Ok(packet));
}

/// A capture on a host that leaves segmentation to its interface sees datagrams longer than their length fields hold.
#[test]
fn a_length_of_zero_is_all_of_it() {
    let text = Bytes::from(vec![7; 70_000]);
    let four = Packet::tcp(V4.0, V4.1, Segment { text, ..segment() });
    let mut six = Packet { ip: Ip::new(V6.0, V6.1, protocol::TCP), ..four.clone() };
    let Ip::V6(ip) = &mut six.ip else { unreachable!() };
    // The jumbo payload option, as Linux writes it. RFC 2675 §2.
    ip.extensions =
        vec![Extension::Plain { kind: 0, body: Bytes::from_static(&[0xc2, 4, 0, 1, 0x11, 0x84]) }];
    for packet in [four, six] {
        let captured = Packet::parse_captured(&packet.to_bytes()).unwrap();
        assert_eq!((captured.length, captured.whole), (70_000, true));
        assert_eq!(captured.packet, packet);
        assert!(Packet::parse(&packet.to_bytes()).is_err());
    }
}

/// What a sender leaves to its interface is told from what is merely wrong.
#[test]
fn a_checksum_left_out_is_known() {
    for ends in [V4, V6] {
        let left = Sum::pseudo(ends, protocol::TCP, 20).value();
        let packet = |checksum| Packet::tcp(ends.0, ends.1, Segment { checksum, ..segment() });
        assert!(packet(Checksum::Literal(left)).leaves_checksum());
        assert!(!packet(Checksum::Literal(!left)).leaves_checksum());
        assert!(!packet(Checksum::Right).leaves_checksum());
    }
}

/// Plain headers go both ways; of two families IPv6 carries both.
#[test]
fn plain_headers() {
    let ip = Ip::new(V4.0, V6.1, protocol::TCP);
    assert_eq!(ip.source(), IpAddr::V6(Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped()));
    let mut ip = Ip::new(V4.0, V4.1, protocol::TCP);
    ip.set_traffic_class(0xb9);
    ip.set_hop_limit(3);
    assert_eq!((ip.ecn(), ip.hop_limit()), (1, 3));
    assert_eq!(ip.reply(), Ip::new(V4.1, V4.0, protocol::TCP));
}
