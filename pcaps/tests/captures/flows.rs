//! Which packets belong together, and who opened.
use core::time::Duration;

use crate::given::{CLIENT, SERVER, back, segment, there};
use bytes::Bytes;
use stackdrill_pcaps::{Direction, Flow, Tracker, describe};
use stackdrill_wire::checksum::Sum;
use stackdrill_wire::icmp::{self, Message};
use stackdrill_wire::ip::protocol;
use stackdrill_wire::{
    Captured, Checksum, Datagram, Flags, Options, Packet, SackBlocks, Segment, Seq, TcpOption,
};

const SYN: Flags = Flags::SYN;
const ACK: Flags = Flags::ACK;
const RST: Flags = Flags::RST;

fn fin_ack() -> Flags {
    Flags::FIN | ACK
}

fn captured(packet: &Packet) -> Captured {
    Packet::parse_captured(&packet.to_bytes()).unwrap()
}

/// The number of the flow that each packet was found in, and the flows at the end.
fn track(packets: &[Packet]) -> (Vec<u64>, Vec<Flow>) {
    let mut tracker = Tracker::default();
    let mut ended = Vec::new();
    let mut numbers = Vec::new();
    for (packet, second) in packets.iter().zip(0..) {
        let captured = captured(packet);
        let sighting = tracker.track(&captured, Duration::from_secs(second)).unwrap();
        numbers.push(sighting.flow.number);
        ended.extend(sighting.ended);
    }
    ended.extend(tracker.finish());
    (numbers, ended)
}

#[test]
fn a_connection_is_one_flow() {
    let (numbers, flows) = track(&[
        there(SYN, 100, 0, b""),
        back(SYN | ACK, 900, 101, b""),
        there(ACK, 101, 901, b"hello"),
        there(ACK, 101, 901, b"hello"),
        back(fin_ack(), 901, 106, b"!"),
    ]);
    assert_eq!(numbers, [1; 5]);
    let [flow] = &flows[..] else { panic!("{flows:?}") };
    assert_eq!((flow.client.ip(), flow.server.ip(), flow.guessed), (CLIENT, SERVER, false));
    assert_eq!((flow.to_server.packets, flow.to_server.octets), (3, 10));
    assert_eq!((flow.to_client.packets, flow.to_client.octets), (2, 1));
    assert_eq!((flow.to_server.iss, flow.to_client.iss), (Some(Seq(100)), Some(Seq(900))));
    assert!(flow.to_client.fin && !flow.to_server.fin && !flow.is_closed());
    assert_eq!(
        flow.to_string(),
        "1 tcp 192.0.2.1:4000 > 192.0.2.2:80 packets 3/2 octets 10/1 seconds 4.000000"
    );
}

/// When the same ports begin another connection, and when they only look as if.
#[test]
fn ports_used_again_are_another_flow() {
    let open = [there(SYN, 100, 0, b""), back(SYN | ACK, 900, 101, b"")];
    for (name, rest, another) in [
        ("a SYN sent again", vec![there(SYN, 100, 0, b"")], false),
        ("another sequence number", vec![there(SYN, 7, 0, b"")], true),
        ("after a RST", vec![back(RST, 901, 0, b""), there(SYN, 100, 0, b"")], true),
        (
            "after both FINs",
            vec![there(fin_ack(), 101, 901, b""), back(fin_ack(), 901, 102, b""), there(SYN, 100, 0, b"")],
            true,
        ),
        ("after one FIN", vec![there(fin_ack(), 101, 901, b""), there(SYN, 100, 0, b"")], false),
        ("a FIN alone", vec![there(fin_ack(), 101, 901, b"")], false),
    ] {
        let (numbers, flows) = track(&[&open[..], &rest].concat());
        let (last, before) = numbers.split_last().unwrap();
        assert!(before.iter().all(|number| *number == 1), "{name}");
        assert_eq!((*last, flows.len()), if another { (2, 2) } else { (1, 1) }, "{name}");
    }
}

/// Both call at once; or the capture shows the answer first. Either is one flow.
#[test]
fn crossed_opens_are_one_flow() {
    let (numbers, _) = track(&[there(SYN, 100, 0, b""), back(SYN, 900, 0, b""), there(ACK, 101, 901, b"")]);
    assert_eq!(numbers, [1; 3]);
    let (numbers, flows) = track(&[back(SYN | ACK, 900, 101, b""), there(SYN, 100, 0, b"")]);
    assert_eq!(numbers, [1; 2]);
    assert_eq!((flows[0].client.ip(), flows[0].guessed), (CLIENT, false));
}

/// Who is the client, by what there is to see.
#[test]
fn the_client_is_who_opened() {
    for (name, packets, client, guessed) in [
        ("SYN", vec![there(SYN, 1, 0, b"")], CLIENT, false),
        ("SYN-ACK alone", vec![back(SYN | ACK, 1, 2, b"")], CLIENT, false),
        ("the lower port serves", vec![there(ACK, 1, 1, b"")], CLIENT, true),
        ("whoever speaks first", vec![back(ACK, 1, 1, b"")], CLIENT, true),
    ] {
        let (_, flows) = track(&packets);
        assert_eq!((flows[0].client.ip(), flows[0].guessed), (client, guessed), "{name}");
    }
    // The guess is dropped for the truth: the lower port called.
    let low = Segment { source: 80, destination: 4000, ..segment(ACK, 1, 1, b"ab") };
    let late = Segment { source: 4000, destination: 80, ..segment(SYN | ACK, 1, 1, b"") };
    let (_, flows) = track(&[Packet::tcp(CLIENT, SERVER, low), Packet::tcp(SERVER, CLIENT, late)]);
    assert_eq!((flows[0].client.ip(), flows[0].guessed), (CLIENT, false));
    assert_eq!((flows[0].to_server.octets, flows[0].to_client.packets), (2, 1));
}

#[test]
fn errors_join_the_flow_they_quote() {
    let data = Bytes::from_static(b"ping");
    let datagram = Datagram { source: 4000, destination: 80, data, ..Datagram::default() };
    let packet = Packet::udp(CLIENT, SERVER, datagram);
    let error = Message {
        kind: icmp::v4::DESTINATION_UNREACHABLE,
        code: icmp::v4::PORT_UNREACHABLE,
        body: packet.to_bytes().slice(..28),
        ..Message::default()
    };
    let error = captured(&Packet::icmp(SERVER, CLIENT, error));
    let mut tracker = Tracker::default();
    assert!(tracker.track(&error, Duration::ZERO).is_none(), "nobody sent that");
    tracker.track(&captured(&packet), Duration::from_secs(1)).unwrap();
    let sighting = tracker.track(&error, Duration::from_secs(2)).unwrap();
    assert!(sighting.quoted && !sighting.starts);
    assert_eq!((sighting.direction, sighting.flow.errors), (Direction::ToServer, 1));
    assert_eq!(
        describe(&error, None).to_string(),
        "192.0.2.2 > 192.0.2.1 icmp type_3 code_3 (28) [192.0.2.1:4000 > 192.0.2.2:80]"
    );
    assert_eq!(
        sighting.flow.to_string(),
        "1 udp 192.0.2.1:4000 > 192.0.2.2:80 packets 1/0 octets 4/0 seconds 1.000000 errors 1 (client guessed)"
    );
}

/// The flow that was silent for longest makes room, whatever the clock says.
#[test]
fn the_idlest_flow_makes_room() {
    let from = |port| Packet::tcp(CLIENT, SERVER, Segment { source: port, ..segment(ACK, 1, 1, b"") });
    let mut tracker = Tracker::within(2);
    let mut see = |port, second| {
        let captured = captured(&from(port));
        let sighting = tracker.track(&captured, Duration::from_secs(second)).unwrap();
        (sighting.flow.number, sighting.ended.map(|flow| flow.number))
    };
    assert_eq!(see(1000, 9), (1, None));
    assert_eq!(see(1001, 8), (2, None));
    assert_eq!(see(1000, 7), (1, None));
    assert_eq!(see(1002, 6), (3, Some(2)));
    assert_eq!(see(1001, 5), (4, Some(1)));
    assert_eq!(tracker.flows(), 4);
    assert_eq!(tracker.finish().iter().map(|flow| flow.number).collect::<Vec<_>>(), [3, 4]);
}

/// A flow whose ports were used again is gone for good: it does not make room a second time.
#[test]
fn a_replaced_flow_leaves_no_trace() {
    let from = |port, seq| Packet::tcp(CLIENT, SERVER, Segment { source: port, ..segment(SYN, seq, 0, b"") });
    let mut tracker = Tracker::within(2);
    let mut see = |port, seq| {
        let sighting = captured(&from(port, seq));
        let sighting = tracker.track(&sighting, Duration::ZERO).unwrap();
        (sighting.flow.number, sighting.ended.map(|flow| flow.number))
    };
    assert_eq!(see(1000, 1), (1, None));
    assert_eq!(see(1001, 1), (2, None));
    assert_eq!(see(1000, 2), (3, Some(1)));
    assert_eq!(see(1002, 1), (4, Some(2)));
    assert_eq!(see(1003, 1), (5, Some(3)));
}

/// Numbers count from the initial ones where they are known, edges of SACK blocks too.
#[test]
fn segments_are_described_as_scripts_write_them() {
    let blocks = SackBlocks::new(&[(Seq(120), Seq(130))]);
    let options =
        Options::of(&[TcpOption::NoOperation, TcpOption::NoOperation, TcpOption::Sack(blocks)]).unwrap();
    let answer = Segment { source: 80, destination: 4000, options, ..segment(ACK, 901, 101, b"") };
    let packets = [
        there(SYN, 100, 0, b""),
        back(SYN | ACK, 900, 101, b""),
        there(ACK | Flags::PSH, 101, 901, b"hello"),
        Packet::tcp(SERVER, CLIENT, answer),
    ];
    let mut tracker = Tracker::default();
    let lines = packets.map(|packet| {
        let captured = captured(&packet);
        let sighting = tracker.track(&captured, Duration::ZERO).unwrap();
        describe(&captured, Some((sighting.flow, sighting.direction))).to_string()
    });
    assert_eq!(
        lines,
        [
            "192.0.2.1:4000 > 192.0.2.2:80 S 100:100(0) win 257",
            "192.0.2.2:80 > 192.0.2.1:4000 S. 900:900(0) ack 101 win 257",
            "192.0.2.1:4000 > 192.0.2.2:80 P. 1:6(5) ack 1 win 257",
            "192.0.2.2:80 > 192.0.2.1:4000 . 1:1(0) ack 1 win 257 <nop,nop,sack 20:30>",
        ]
    );
}

/// A wrong checksum is said; one that the sender left to its interface, or that was cut off, is not wrong.
#[test]
fn only_wrong_checksums_are_called_wrong() {
    let with = |checksum| {
        Packet::tcp(
            CLIENT,
            SERVER,
            Segment { checksum: Checksum::Literal(checksum), ..segment(ACK, 1, 1, b"hello") },
        )
        .to_bytes()
    };
    let left = with(Sum::pseudo((CLIENT, SERVER), protocol::TCP, 25).value());
    let wrong = with(0xbad);
    let line = |octets: &Bytes| describe(&Packet::parse_captured(octets).unwrap(), None).to_string();
    assert_eq!(line(&left), "192.0.2.1:4000 > 192.0.2.2:80 . 1:6(5) ack 1 win 257");
    assert_eq!(line(&wrong), "192.0.2.1:4000 > 192.0.2.2:80 . 1:6(5) ack 1 win 257, checksum wrong");
    assert_eq!(line(&wrong.slice(..42)), "192.0.2.1:4000 > 192.0.2.2:80 . 1:6(5) ack 1 win 257, cut");
}
