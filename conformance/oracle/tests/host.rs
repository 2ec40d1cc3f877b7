//! What a host says beside its connections: each rule accepts one answer and refuses another with exactly its id.
use std::net::IpAddr;
use std::slice::from_ref;

use bytes::Bytes;
use stackdrill_oracle::host::{Observation, Oracle};
use stackdrill_wire::icmp::{Message, v4, v6};
use stackdrill_wire::ip::Ip;
use stackdrill_wire::{Checksum, Datagram, Instant, Packet};

const HERE: [&str; 2] = ["192.0.2.1", "2001:db8::1"];
const THERE: [&str; 2] = ["192.0.2.2", "2001:db8::2"];

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A datagram of twenty octets from one address to another.
fn datagram(source: &str, destination: &str) -> Packet {
    let data = Bytes::from_static(b"twenty octets of it.");
    Packet::udp(address(source), address(destination), Datagram { data, ..Datagram::default() })
}

/// The error of this kind and code about the start of a packet.
fn error(six: bool, (kind, code): (u8, u8), about: &Packet, octets: usize) -> Packet {
    let body = about.to_bytes();
    let body = body.slice(..octets.min(body.len()));
    let family = usize::from(six);
    let message = Message { kind, code, body, ..Message::default() };
    Packet::icmp(address(HERE[family]), address(THERE[family]), message)
}

fn echo(six: bool, kind: u8, source: &str, destination: &str, body: &'static [u8]) -> Packet {
    let message = Message { kind, rest: [0, 1, 0, 2], body: Bytes::from_static(body), ..Message::default() };
    assert_eq!(six, source.contains(':'));
    Packet::icmp(address(source), address(destination), message)
}

fn refused(received: &[Packet], sent: &Packet) -> Vec<&'static str> {
    let mut oracle = Oracle::new();
    for packet in received {
        oracle.observe(Observation::Received(packet), Instant::ZERO);
    }
    oracle.observe(Observation::Sent(sent), Instant::ZERO);
    oracle.departures().iter().flat_map(|(_, departure)| departure.requirements.clone()).collect()
}

const PORT: (u8, u8) = (v4::DESTINATION_UNREACHABLE, v4::PORT_UNREACHABLE);
const PORT_6: (u8, u8) = (v6::DESTINATION_UNREACHABLE, v6::PORT_UNREACHABLE);

/// Proves: RFC1122:3.2.2-error-quotes-original RFC4443:2.4-quote-size
#[test]
fn errors_quote_what_was_received() {
    for (six, code, id) in
        [(false, PORT, "RFC1122:3.2.2-error-quotes-original"), (true, PORT_6, "RFC4443:2.4-quote-size")]
    {
        let family = usize::from(six);
        let asked = datagram(THERE[family], HERE[family]);
        let header = asked.ip.octets();
        assert_eq!(refused(from_ref(&asked), &error(six, code, &asked, header + 8)), Vec::<&str>::new());
        assert_eq!(refused(from_ref(&asked), &error(six, code, &asked, header + 7)), [id]);
        assert_eq!(refused(&[], &error(six, code, &asked, 100)), [id], "never received");
        let mut oracle = Oracle::new();
        oracle.observe(Observation::Unread, Instant::ZERO);
        oracle.observe(Observation::Sent(&error(six, code, &asked, 100)), Instant::ZERO);
        assert!(oracle.departures().is_empty(), "it may be about what cannot be read");
    }
}

/// Proves: RFC1122:3.2.2-no-error-about-error RFC1122:3.2.2-no-error-for-broadcast
/// RFC1122:3.2.2-no-error-for-fragment RFC1122:3.2.2-no-error-for-nonunique-source
#[test]
fn some_datagrams_draw_no_error() {
    let plain = datagram(THERE[0], HERE[0]);
    let first = error(false, PORT, &datagram(HERE[0], THERE[0]), 100);
    let first = Packet { ip: Ip::new(address(THERE[0]), address(HERE[0]), first.ip.protocol()), ..first };
    let mut fragment = plain.clone();
    if let Ip::V4(ip) = &mut fragment.ip {
        ip.offset = 185;
    }
    for (asked, id) in [
        (plain, None),
        (echo(false, v4::ECHO_REQUEST, THERE[0], HERE[0], b"ping"), None),
        (first, Some("RFC1122:3.2.2-no-error-about-error")),
        (datagram(THERE[0], "255.255.255.255"), Some("RFC1122:3.2.2-no-error-for-broadcast")),
        (datagram(THERE[0], "224.0.0.1"), Some("RFC1122:3.2.2-no-error-for-broadcast")),
        (fragment, Some("RFC1122:3.2.2-no-error-for-fragment")),
        (datagram("0.0.0.0", HERE[0]), Some("RFC1122:3.2.2-no-error-for-nonunique-source")),
    ] {
        assert_eq!(refused(from_ref(&asked), &error(false, PORT, &asked, 100)), id.as_slice(), "{asked:?}");
    }
}

/// Proves: RFC4443:2.4-no-error-cases
#[test]
fn some_packets_draw_no_error() {
    let about = |asked: &Packet, code| refused(from_ref(asked), &error(true, code, asked, 1000));
    let group = datagram(THERE[1], "ff02::1");
    assert_eq!(about(&group, PORT_6), ["RFC4443:2.4-no-error-cases"]);
    assert_eq!(about(&group, (v6::PACKET_TOO_BIG, 0)), Vec::<&str>::new());
    assert_eq!(about(&group, (v6::PARAMETER_PROBLEM, 2)), Vec::<&str>::new());
    assert_eq!(about(&datagram("::", HERE[1]), PORT_6), ["RFC4443:2.4-no-error-cases"]);
    assert_eq!(about(&error(true, PORT_6, &group, 100), PORT_6), ["RFC4443:2.4-no-error-cases"]);
}

/// Proves: RFC1122:3.2.2.6-echo-data RFC4443:4.2-echo-reply
#[test]
fn a_reply_brings_the_data_back() {
    for (six, request, reply, id) in [
        (false, v4::ECHO_REQUEST, v4::ECHO_REPLY, "RFC1122:3.2.2.6-echo-data"),
        (true, v6::ECHO_REQUEST, v6::ECHO_REPLY, "RFC4443:4.2-echo-reply"),
    ] {
        let (here, there) = (HERE[usize::from(six)], THERE[usize::from(six)]);
        let asked = echo(six, request, there, here, b"ping");
        assert_eq!(refused(from_ref(&asked), &echo(six, reply, here, there, b"ping")), Vec::<&str>::new());
        assert_eq!(refused(from_ref(&asked), &echo(six, reply, here, there, b"pin")), [id]);
        assert_eq!(refused(&[], &echo(six, reply, here, there, b"ping")), [id], "nobody asked");
    }
}

/// Proves: RFC768:fields-checksum-sum
#[test]
fn datagrams_are_judged_as_well() {
    let mut packet = datagram(HERE[0], THERE[0]);
    assert_eq!(refused(&[], &packet), Vec::<&str>::new());
    if let stackdrill_wire::Transport::Udp(datagram) = &mut packet.transport {
        datagram.checksum = Checksum::Literal(0xbad);
    }
    assert_eq!(refused(&[], &packet), ["RFC768:fields-checksum-sum"]);
}
