//! Another reader, written by others, sees in our octets what we meant.
use etherparse::{NetHeaders, PacketHeaders, TransportHeader};
use proptest::prelude::*;
use stackdrill_wire::ip::{Extension, Ip};
use stackdrill_wire::{Flags, Packet, Segment, Transport};

use crate::given::datagram;

/// What etherparse can say of a segment: not the reserved bits, and the options only as octets.
fn compare(segment: &Segment, seen: &etherparse::TcpHeader, payload: &[u8]) -> Result<(), TestCaseError> {
    prop_assert_eq!((seen.source_port, seen.destination_port), (segment.source, segment.destination));
    prop_assert_eq!((seen.sequence_number, seen.acknowledgment_number), (segment.seq.0, segment.ack.0));
    prop_assert_eq!((seen.window_size, seen.urgent_pointer), (segment.window, segment.urgent));
    let flags = [
        (seen.fin, Flags::FIN),
        (seen.syn, Flags::SYN),
        (seen.rst, Flags::RST),
        (seen.psh, Flags::PSH),
        (seen.ack, Flags::ACK),
        (seen.urg, Flags::URG),
        (seen.ece, Flags::ECE),
        (seen.cwr, Flags::CWR),
        (seen.ns, Flags::AE),
    ];
    prop_assert!(flags.iter().all(|(seen, flag)| *seen == segment.has(*flag)));
    prop_assert_eq!(seen.options.as_slice(), segment.options.octets());
    prop_assert_eq!(payload, &segment.text[..]);
    Ok(())
}

fn checksum_of(seen: &PacketHeaders<'_>, payload: &[u8]) -> Option<u16> {
    match (seen.net.as_ref()?, seen.transport.as_ref()?) {
        (NetHeaders::Ipv4(ip, _), TransportHeader::Tcp(tcp)) => tcp.calc_checksum_ipv4(ip, payload).ok(),
        (NetHeaders::Ipv6(ip, _), TransportHeader::Tcp(tcp)) => tcp.calc_checksum_ipv6(ip, payload).ok(),
        (NetHeaders::Ipv4(ip, _), TransportHeader::Udp(udp)) => udp.calc_checksum_ipv4(ip, payload).ok(),
        (NetHeaders::Ipv6(ip, _), TransportHeader::Udp(udp)) => udp.calc_checksum_ipv6(ip, payload).ok(),
        (NetHeaders::Ipv4(_, _), TransportHeader::Icmpv4(icmp)) => {
            Some(icmp.icmp_type.calc_checksum(payload))
        }
        (NetHeaders::Ipv6(ip, _), TransportHeader::Icmpv6(icmp)) => {
            icmp.icmp_type.calc_checksum(ip.source, ip.destination, payload).ok()
        }
        _ => None,
    }
}

/// What etherparse will not walk through: extension headers that stand twice, or hop-by-hop options not in front.
fn is_unusual(packet: &Packet) -> bool {
    let Ip::V6(ip) = &packet.ip else { return false };
    let kinds: Vec<_> = ip.extensions.iter().map(Extension::kind).collect();
    let twice = (1..kinds.len()).any(|at| kinds[at..].contains(&kinds[at - 1]));
    twice || kinds.iter().skip(1).any(|kind| *kind == 0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn another_reader_agrees(packet in datagram()) {
        let octets = packet.to_bytes();
        // One packet in nine it refuses: those of `is_unusual`, and authentication headers without data.
        let Ok(seen) = PacketHeaders::from_ip_slice(&octets) else { return Ok(()) };
        if is_unusual(&packet) {
            return Ok(());
        }
        match (&packet.ip, seen.net.as_ref().unwrap()) {
            (Ip::V4(ip), NetHeaders::Ipv4(seen, _)) => {
                prop_assert_eq!((seen.source, seen.destination), (ip.source.octets(), ip.destination.octets()));
                prop_assert_eq!((seen.time_to_live, seen.identification), (ip.ttl, ip.id));
                prop_assert_eq!(seen.fragment_offset.value() * 8, ip.offset);
                prop_assert_eq!((seen.dont_fragment, seen.more_fragments), (ip.dont_fragment, ip.more_fragments));
                prop_assert_eq!(seen.dscp.value() << 2 | seen.ecn.value(), ip.tos);
                prop_assert_eq!(seen.options.as_slice(), &ip.options[..]);
                // It cannot say the reserved flag, and so sums without it.
                if !ip.reserved {
                    prop_assert_eq!(seen.calc_header_checksum() == seen.header_checksum, ip.checksum.is_right());
                }
            }
            (Ip::V6(ip), NetHeaders::Ipv6(seen, _)) => {
                prop_assert_eq!((seen.source, seen.destination), (ip.source.octets(), ip.destination.octets()));
                prop_assert_eq!((seen.hop_limit, seen.traffic_class), (ip.hop_limit, ip.traffic_class));
                prop_assert_eq!(seen.flow_label.value(), ip.flow_label);
            }
            (_, other) => prop_assert!(false, "{other:?}"),
        }
        let payload = seen.payload.slice();
        let right = checksum_of(&seen, payload);
        match (&packet.transport, &seen.transport) {
            (Transport::Tcp(segment), Some(TransportHeader::Tcp(header))) => {
                compare(segment, header, payload)?;
                if segment.checksum.is_right() && segment.flags.0 & 0xe00 == 0 {
                    prop_assert_eq!(Some(header.checksum), right);
                }
            }
            (Transport::Udp(datagram), Some(TransportHeader::Udp(header))) => {
                prop_assert_eq!((header.source_port, header.destination_port), (datagram.source, datagram.destination));
                prop_assert_eq!(usize::from(header.length), datagram.octets());
                prop_assert_eq!(payload, &datagram.data[..]);
                if datagram.checksum.is_right() {
                    prop_assert_eq!(Some(header.checksum), right);
                }
            }
            // It turns some messages into types of its own that swallow a part of the body.
            (Transport::Icmp(_) | Transport::Other(_), _) => {}
            (meant, seen) => prop_assert!(false, "{meant:?} {seen:?}"),
        }
    }
}
