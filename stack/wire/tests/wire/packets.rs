//! Laws of parsing and emitting whole datagrams.
use crate::given::{captured, datagram};
use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use stackdrill_wire::ip::Ip;
use stackdrill_wire::{Packet, Transport};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// What is said is heard: nonsense too, as long as its lengths hold.
    #[test]
    fn emitted_packets_read_back(packet in datagram()) {
        prop_assert_eq!(Packet::parse(&packet.to_bytes()), Ok(packet));
    }

    /// Octets are only measured once: the length announced is the length written.
    #[test]
    fn the_length_is_the_length(packet in datagram()) {
        prop_assert_eq!(packet.octets(), packet.to_bytes().len());
    }

    /// Any octets are a packet or a reason, and a packet says all of itself again. Of a segment over IPv4 nothing at
    /// all is lost: it goes out as it came in, but for its link padding.
    #[test]
    fn octets_are_a_packet_or_a_reason(octets in captured()) {
        let octets = Bytes::from(octets);
        if let Ok(packet) = Packet::parse(&octets) {
            let said = packet.to_bytes();
            prop_assert_eq!(Packet::parse(&said), Ok(packet.clone()));
            if let (Ip::V4(_), Transport::Tcp(_)) = (&packet.ip, &packet.transport) {
                prop_assert_eq!(&said[..], &octets[..said.len()]);
            }
        }
        if let Ok(captured) = Packet::parse_captured(&octets) {
            let _ = captured.packet.quoted().map(|quoted| (quoted.tuple(), quoted.seq()));
        }
    }

    /// However short a capture is cut, what it kept reads as it stood, and the length it had is known.
    #[test]
    fn a_cut_packet_keeps_its_length(packet in datagram(), keep in 0_usize..120) {
        let whole = packet.to_bytes();
        let cut = whole.slice(..keep.min(whole.len()));
        if let Ok(captured) = Packet::parse_captured(&cut) {
            prop_assert_eq!(captured.packet.ip.source(), packet.ip.source());
            prop_assert_eq!(captured.packet.tuple(), packet.tuple());
            prop_assert_eq!(captured.whole, cut.len() == whole.len());
            let length = match &packet.transport {
                Transport::Tcp(segment) => segment.text.len(),
                Transport::Udp(datagram) => datagram.data.len(),
                Transport::Icmp(message) => message.body.len(),
                Transport::Other(payload) => payload.len(),
            };
            prop_assert_eq!(captured.length, length);
        }
    }

    /// Emitting appends: what the buffer held stays.
    #[test]
    fn emitting_appends(packet in datagram(), before in prop::collection::vec(any::<u8>(), 0..9)) {
        let mut out = BytesMut::from(&before[..]);
        packet.emit(&mut out);
        prop_assert_eq!(&out[..before.len()], &before[..]);
        prop_assert_eq!(&out[before.len()..], &packet.to_bytes()[..]);
    }
}
