//! IP, ICMP and UDP through the whole host.
use super::*;
use crate::socket::{Ancillary, OptionValue, SocketOption};

fn udp_socket(host: &mut Host, at: &str) -> Fd {
    let at = address(at);
    let domain = if at.is_ipv4() { Domain::Inet } else { Domain::Inet6 };
    let fd = host.socket(domain, Kind::Datagram, NOW).done().unwrap();
    assert_eq!(host.bind(fd, at, NOW), Outcome::Done(()));
    fd
}

/// The only departure, read.
fn only(host: &mut Host) -> Packet {
    let departure = host.departs().expect("something leaves");
    assert_eq!(host.departs(), None, "nothing else leaves");
    Packet::parse(&departure.octets).unwrap()
}

fn from_peer(transport: Transport, six: bool) -> Bytes {
    let (source, destination) = if six { ("fd00::2", "fd00::1") } else { ("10.0.0.2", "10.0.0.1") };
    let (source, destination) = (source.parse().unwrap(), destination.parse().unwrap());
    let packet = match transport {
        Transport::Udp(datagram) => Packet::udp(source, destination, datagram),
        Transport::Icmp(message) => Packet::icmp(source, destination, message),
        Transport::Tcp(segment) => Packet::tcp(source, destination, segment),
        Transport::Other(payload) => {
            Packet { ip: Ip::new(source, destination, 200), transport: Transport::Other(payload) }
        }
    };
    packet.to_bytes()
}

fn udp(source: u16, destination: u16, data: &'static [u8]) -> Transport {
    Transport::Udp(Datagram { source, destination, data: Bytes::from_static(data), ..Datagram::default() })
}

/// Sends a datagram of one octet from `fd` to the peer and reads what leaves.
fn sent_from(host: &mut Host, fd: Fd, peer: &str) -> Packet {
    let sent = host.sendto(fd, &Bytes::from_static(b"x"), PLAIN, Some(address(peer)), NOW);
    assert_eq!(sent, Outcome::Done(1));
    only(host)
}

/// Proves: RFC1122:4.1.3.4-optional-disable, RFC6936:4-per-port-control, RFC6936:4-off-by-default,
/// RFC6936:4-force-checksum.
#[test]
fn checksums_are_left_out_where_asked() {
    for (at, peer, option) in [
        ("10.0.0.1:7", "10.0.0.2:9", SocketOption::NoChecksum),
        ("[fd00::1]:7", "[fd00::2]:9", SocketOption::NoChecksum6),
    ] {
        let mut host = host(1);
        let fd = udp_socket(&mut host, at);
        for (off, checksum) in
            [(None, Checksum::Right), (Some(1), Checksum::Literal(0)), (Some(0), Checksum::Right)]
        {
            if let Some(off) = off {
                assert_eq!(host.setsockopt(fd, option, &OptionValue::Int(off), NOW), Outcome::Done(()));
            }
            let Transport::Udp(datagram) = sent_from(&mut host, fd, peer).transport else {
                panic!("no datagram")
            };
            assert_eq!(datagram.checksum, checksum, "{at} {off:?}");
        }
    }
}

/// Proves: RFC6936:4-per-port-control, RFC6936:4-off-by-default, RFC8200:8.1-udp-zero-checksum-dropped.
#[test]
fn a_port_hears_no_checksum_over_ipv6_if_it_says_so() {
    let mut host = host(1);
    let (strict, lax) = (udp_socket(&mut host, "[fd00::1]:7"), udp_socket(&mut host, "[fd00::1]:8"));
    let on = OptionValue::Int(1);
    assert_eq!(host.setsockopt(lax, SocketOption::HearsNoChecksum6, &on, NOW), Outcome::Done(()));
    for (port, fd, heard) in [(7, strict, false), (8, lax, true)] {
        let Transport::Udp(datagram) = udp(9, port, b"x") else { panic!("no datagram") };
        let bare = Transport::Udp(Datagram { checksum: Checksum::Literal(0), ..datagram });
        host.arrives(&from_peer(bare, true), NOW);
        let got = host.recv(fd, 10, MessageFlags { dont_wait: true, ..PLAIN }, NOW);
        assert_eq!(got.done().is_some(), heard, "port {port}");
    }
}

/// Options go down untouched and come up untouched; those that fragments carry are in each.
///
/// Proves: RFC1122:4.1.3.2-options-down, RFC1122:4.1.3.2-options-up, RFC 791 §3.1.
#[test]
fn options_of_ip_pass_both_ways() {
    const ROUTER_ALERT: &[u8] = &[148, 4, 0, 0];
    const RECORD_ROUTE: &[u8] = &[7, 7, 4, 0, 0, 0, 0];
    let mut link = Link::new();
    let (server, client) = (udp_socket(&mut link.a, "10.0.0.1:7"), udp_socket(&mut link.b, "10.0.0.2:9"));
    let both = Bytes::from([RECORD_ROUTE, ROUTER_ALERT].concat());
    let mut padded = both.to_vec();
    padded.push(0);
    let set = |host: &mut Host, octets: Bytes| {
        host.setsockopt(client, SocketOption::IpOptions, &OptionValue::Octets(octets), NOW)
    };
    assert_eq!(set(&mut link.b, both), Outcome::Done(()));
    for nonsense in [vec![7, 1], vec![1; 41]] {
        assert_eq!(set(&mut link.b, nonsense.into()), Outcome::Failed(Errno::EINVAL));
    }
    let shown = link.b.getsockopt(client, SocketOption::IpOptions, NOW);
    assert_eq!(shown, Outcome::Done(OptionValue::Octets(padded.clone().into())));
    let wanted = link.a.setsockopt(server, SocketOption::ReceiveIpOptions, &OptionValue::Int(1), NOW);
    assert_eq!(wanted, Outcome::Done(()));
    for length in [1, 4000] {
        link.crossed.clear();
        let data = Bytes::from(vec![5; length]);
        link.b.sendto(client, &data, PLAIN, Some(address("10.0.0.1:7")), NOW).done().unwrap();
        link.settle();
        for (at, departure) in link.crossed.iter().enumerate() {
            let Ip::V4(v4) = Packet::parse(&departure.octets).unwrap().ip else { panic!("not IPv4") };
            assert_eq!(
                v4.options,
                if at == 0 { padded.as_slice() } else { ROUTER_ALERT },
                "piece {at} of {length}"
            );
        }
        let heard = link.a.recv(server, 5000, PLAIN, NOW).done().unwrap();
        assert_eq!(heard.data, data);
        assert_eq!(heard.ancillary, [Ancillary::Options(padded.clone().into())]);
    }
}

/// A datagram goes there and back, over both versions and through an IPv6 socket that speaks IPv4.
///
/// Proves: RFC768:interface-addresses, RFC1122:4.1.3.5-specific-destination-up, RFC768:fields-empty-datagram.
#[test]
fn datagrams_go_there_and_back() {
    for (server_at, client_at, client_sees) in [
        ("0.0.0.0:7", "10.0.0.2:9", "10.0.0.1:7"),
        ("[::]:7", "[fd00::2]:9", "[fd00::1]:7"),
        ("[::]:7", "10.0.0.2:9", "10.0.0.1:7"),
        ("10.0.0.1:7", "[::ffff:10.0.0.2]:9", "[::ffff:10.0.0.1]:7"),
    ] {
        let mut link = Link::new();
        let server = udp_socket(&mut link.a, server_at);
        let client = udp_socket(&mut link.b, client_at);
        for data in [Bytes::from_static(b"echo"), Bytes::new()] {
            let sent = link.b.sendto(client, &data, PLAIN, Some(address(client_sees)), NOW);
            assert_eq!(sent, Outcome::Done(data.len()), "{client_at} > {server_at}");
            link.settle();
            let heard = link.a.recv(server, 100, PLAIN, NOW).done().unwrap();
            assert_eq!(heard.data, data);
            link.a.sendto(server, &data, PLAIN, heard.from, NOW).done().unwrap();
            link.settle();
            let back = link.b.recv(client, 100, PLAIN, NOW).done().unwrap();
            assert_eq!((back.data, back.from), (data, Some(address(client_sees))));
        }
    }
}

/// Larger than the link: in fragments there, whole again here.
///
/// Proves: RFC1122:3.3.2-reassembly, RFC8200:5-minimum-mtu.
#[test]
fn large_datagrams_cross_in_fragments() {
    for (to, at) in [("10.0.0.1:7", "10.0.0.1:7"), ("[fd00::1]:7", "[fd00::1]:7")] {
        let mut link = Link::new();
        let server = udp_socket(&mut link.a, at);
        let domain = if address(to).is_ipv4() { Domain::Inet } else { Domain::Inet6 };
        let client = link.b.socket(domain, Kind::Datagram, NOW).done().unwrap();
        let data = Bytes::from(vec![7; 9000]);
        assert_eq!(link.b.sendto(client, &data, PLAIN, Some(address(to)), NOW), Outcome::Done(9000));
        link.settle();
        assert_eq!(link.crossed.len(), 7, "seven pieces");
        assert_eq!(link.a.recv(server, 65_535, PLAIN, NOW).done().unwrap().data, data);
    }
}

/// Proves: RFC1122:4.1.3.1-port-unreachable, RFC4443:3.1-port-unreachable, RFC1122:4.1.3.3-icmp-to-application.
#[test]
fn a_closed_port_refuses_a_connected_socket() {
    for to in ["10.0.0.1:7", "[fd00::1]:7"] {
        let mut link = Link::new();
        let domain = if address(to).is_ipv4() { Domain::Inet } else { Domain::Inet6 };
        let client = link.b.socket(domain, Kind::Datagram, NOW).done().unwrap();
        link.b.connect(client, address(to), NOW).done().unwrap();
        link.b.send(client, &Bytes::from_static(b"?"), PLAIN, NOW).done().unwrap();
        link.settle();
        assert_eq!(link.b.recv(client, 1, PLAIN, NOW), Outcome::Failed(Errno::ECONNREFUSED), "{to}");
        assert!(matches!(link.b.recv(client, 1, PLAIN, NOW), Outcome::Blocks(_)), "reported once");
        assert_eq!(link.a.counters().no_port, 1);
        let other = link.b.socket(domain, Kind::Datagram, NOW).done().unwrap();
        link.b.sendto(other, &Bytes::from_static(b"?"), PLAIN, Some(address(to)), NOW).done().unwrap();
        link.settle();
        let heard = link.b.recv(other, 1, PLAIN, NOW);
        assert!(matches!(heard, Outcome::Blocks(_)), "without a peer, nobody can say whose error it is");
    }
}

/// Proves: RFC1122:3.2.2.6-echo-server, RFC1122:3.2.2.6-echo-data, RFC4443:4.2-echo-reply,
/// RFC4443:2.2-source-address.
#[test]
fn echo_requests_are_answered_with_their_data() {
    for (six, request, reply) in
        [(false, v4::ECHO_REQUEST, v4::ECHO_REPLY), (true, v6::ECHO_REQUEST, v6::ECHO_REPLY)]
    {
        let message = Message {
            kind: request,
            code: 0,
            checksum: Checksum::Right,
            rest: [1, 2, 3, 4],
            body: Bytes::from_static(b"data"),
        };
        let mut host = host(1);
        host.arrives(&from_peer(Transport::Icmp(message.clone()), six), NOW);
        let answer = only(&mut host);
        assert_eq!(answer.transport, Transport::Icmp(Message { kind: reply, ..message.clone() }));
        let wrong = Message { checksum: Checksum::Literal(0x1234), ..message };
        host.arrives(&from_peer(Transport::Icmp(wrong), six), NOW);
        assert_eq!(host.departs(), None, "a wrong checksum is not answered");
    }
}

/// Proves: RFC1122:3.2.2.1-protocol-unreachable, RFC8200:4-unrecognized-next-header, RFC8200:4.7-no-next-header.
#[test]
fn unknown_protocols_are_told() {
    for (six, kind, code, rest) in [(false, 3, 2, 0), (true, 4, 1, 6)] {
        let mut host = host(1);
        let octets = from_peer(Transport::Other(Bytes::from_static(b"?")), six);
        host.arrives(&octets, NOW);
        let Transport::Icmp(message) = only(&mut host).transport else { unreachable!("an error is ICMP") };
        assert_eq!((message.kind, message.code), (kind, code));
        assert_eq!(u32::from_be_bytes(message.rest), rest, "the pointer");
        assert_eq!(message.body, octets, "the whole of it is quoted");
    }
    let mut host = host(1);
    let nothing = Packet {
        ip: Ip::new("fd00::2".parse().unwrap(), "fd00::1".parse().unwrap(), 59),
        transport: Transport::Other(Bytes::new()),
    };
    host.arrives(&nothing.to_bytes(), NOW);
    assert_eq!(host.departs(), None, "no next header, nothing wrong");
}

/// Proves: RFC1122:4.1.3.4-bad-checksum-dropped, RFC1122:3.2.1.3-not-for-us, RFC1122:3.2.1.1-version.
#[test]
fn what_is_wrong_is_counted_and_dropped() {
    let mut host = host(1);
    udp_socket(&mut host, "0.0.0.0:7");
    let bad = Datagram { destination: 7, checksum: Checksum::Literal(9), ..Datagram::default() };
    host.arrives(&from_peer(Transport::Udp(bad), false), NOW);
    assert_eq!(host.counters().transport_checksum, 1);
    let foreign = Packet::udp("10.0.0.2".parse().unwrap(), "10.0.0.9".parse().unwrap(), Datagram::default());
    host.arrives(&foreign.to_bytes(), NOW);
    assert_eq!(host.counters().not_for_us, 1);
    host.arrives(&Bytes::from_static(b"\x55nonsense"), NOW);
    host.arrives(&Bytes::new(), NOW);
    assert_eq!(host.counters().malformed, 2);
    assert_eq!(host.departs(), None, "and nobody is told");
}

/// Proves: RFC1122:4.1.3.1-port-unreachable, RFC4443:2.4-rate-limit.
#[test]
fn errors_are_rationed() {
    let mut host = host(1);
    let burst = host.policy().internet.error_burst;
    for _ in 0..burst + 10 {
        host.arrives(&from_peer(udp(9, 7, b"?"), false), NOW);
    }
    let sent = core::iter::from_fn(|| host.departs()).count();
    assert_eq!(sent, burst as usize);
    assert_eq!(host.counters().errors_withheld, 10);
}

/// Proves: RFC1191:3-reduce-on-too-big, RFC1191:6.2-all-users-notified, RFC6864:4.3-df-not-fragmented.
#[test]
fn a_too_big_message_makes_datagrams_smaller() {
    let mut host = host(1);
    let fd = udp_socket(&mut host, "10.0.0.1:9");
    let to = Some(address("10.0.0.2:7"));
    let data = Bytes::from(vec![1; 1200]);
    host.sendto(fd, &data, PLAIN, to, NOW).done().unwrap();
    let sent = host.departs().unwrap();
    let too_big = |body: Bytes| Message {
        kind: v4::DESTINATION_UNREACHABLE,
        code: v4::FRAGMENTATION_NEEDED,
        checksum: Checksum::Right,
        rest: [0, 0, 0x02, 0x58],
        body,
    };
    host.arrives(&from_peer(Transport::Icmp(too_big(sent.octets.slice(..28))), false), NOW);
    host.sendto(fd, &data, PLAIN, to, NOW).done().unwrap();
    let pieces: Vec<usize> = core::iter::from_fn(|| host.departs()).map(|piece| piece.octets.len()).collect();
    assert_eq!(pieces.len(), 3);
    assert!(pieces.iter().all(|length| *length <= 600), "{pieces:?}");
    let stranger = udp(77, 7, b"never sent");
    let Transport::Udp(never) = stranger else { unreachable!("it is a datagram") };
    let mut host = super::host(1);
    let quote = Packet::udp("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap(), never).to_bytes();
    host.arrives(&from_peer(Transport::Icmp(too_big(quote)), false), NOW);
    assert_eq!(host.mtu_towards("10.0.0.2".parse().unwrap(), NOW), 1500, "not about anything of ours");
}

/// Proves: RFC1122:3.3.2-reassembly-timeout, RFC8200:4.5-reassembly-timeout-error.
#[test]
fn missing_fragments_are_reported_in_time() {
    for (to, kind) in [("10.0.0.1:7", 11), ("[fd00::1]:7", 3)] {
        let mut peer = host(2);
        let domain = if address(to).is_ipv4() { Domain::Inet } else { Domain::Inet6 };
        let fd = peer.socket(domain, Kind::Datagram, NOW).done().unwrap();
        peer.sendto(fd, &Bytes::from(vec![7; 3000]), PLAIN, Some(address(to)), NOW).done().unwrap();
        let first = peer.departs().unwrap();
        let mut host = host(1);
        host.arrives(&first.octets, NOW);
        let due = NOW + Duration::from_secs(60);
        assert_eq!(host.deadline(), Some(due));
        host.expire(due);
        let Transport::Icmp(message) = only(&mut host).transport else { unreachable!("an error is ICMP") };
        assert_eq!((message.kind, message.code), (kind, 1));
        assert_eq!(host.deadline(), None);
    }
}

/// Everybody on the link is spoken to: sockets hear it, nobody complains.
///
/// Proves: RFC1122:3.3.6-broadcast-recognized, RFC1122:3.2.2-no-error-for-broadcast.
#[test]
fn broadcasts_are_heard_and_draw_no_error() {
    for (to, at) in [("255.255.255.255", "0.0.0.0:7"), ("224.0.0.1", "0.0.0.0:7"), ("ff02::1", "[::]:7")] {
        let mut host = host(1);
        let from = if to.contains(':') { "fd00::2" } else { "10.0.0.2" };
        let datagram = |destination| {
            let datagram = Datagram { source: 9, destination, ..Datagram::default() };
            Packet::udp(from.parse().unwrap(), to.parse().unwrap(), datagram).to_bytes()
        };
        let fd = udp_socket(&mut host, at);
        host.arrives(&datagram(7), NOW);
        assert!(host.recv(fd, 1, PLAIN, NOW).done().is_some(), "{to}");
        host.arrives(&datagram(8), NOW);
        assert_eq!(host.departs(), None, "{to}");
    }
}

/// Datagrams keep their bounds: the rest of a long one is lost, and said to be; a full queue takes no more.
#[test]
fn datagram_sockets_keep_boundaries_and_bounds() {
    let mut host = host(1);
    let fd = udp_socket(&mut host, "10.0.0.1:7");
    for data in [&b"long"[..], b"", b"x"] {
        host.arrives(&from_peer(udp(9, 7, data), false), NOW);
    }
    let first = host.recv(fd, 2, PLAIN, NOW).done().unwrap();
    assert_eq!((&first.data[..], first.truncated), (&b"lo"[..], true));
    let second = host.recv(fd, 2, PLAIN, NOW).done().unwrap();
    assert_eq!((second.data.len(), second.truncated), (0, false));
    assert_eq!(host.recv(fd, 2, PLAIN, NOW).done().unwrap().data, "x");
    for _ in 0..10_000 {
        host.arrives(&from_peer(udp(9, 7, b""), false), NOW);
    }
    assert!(host.counters().inbox_full > 0);
    let too_long = Bytes::from(vec![0; 65_508]);
    let sent = host.sendto(fd, &too_long, PLAIN, Some(address("10.0.0.2:7")), NOW);
    assert_eq!(sent, Outcome::Failed(Errno::EMSGSIZE));
}

/// A driver that takes nothing makes a host forget, not grow.
#[test]
fn departures_are_bounded() {
    let mut host = host(1);
    let mut policy = Policy::rfc();
    policy.internet.departures = 4;
    host.set_policy(policy);
    for _ in 0..10 {
        host.arrives(&from_peer(udp(9, 7, b"?"), false), NOW);
    }
    assert_eq!(core::iter::from_fn(|| host.departs()).count(), 4);
    assert_eq!(host.counters().departures_lost, 6);
}
