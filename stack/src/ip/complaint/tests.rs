use core::time::Duration;

use stackdrill_wire::Datagram;

use super::*;

const V4: [IpAddr; 2] =
    [IpAddr::V4(core::net::Ipv4Addr::new(10, 0, 0, 2)), IpAddr::V4(core::net::Ipv4Addr::new(10, 0, 0, 1))];

fn message(kind: u8) -> Message {
    Message { kind, code: 0, checksum: Checksum::Right, rest: [0; 4], body: Bytes::new() }
}

fn udp(source: IpAddr) -> Packet {
    Packet::udp(source, V4[1], Datagram::default())
}

/// Proves: RFC1122:3.2.2-no-error-about-error, RFC1122:3.2.2-no-error-for-broadcast,
/// RFC1122:3.2.2-no-error-for-fragment, RFC1122:3.2.2-no-error-for-nonunique-source, RFC4443:2.4-no-error-cases.
#[test]
fn some_datagrams_draw_no_error() {
    let mut fragment = udp(V4[0]);
    if let Ip::V4(ip) = &mut fragment.ip {
        (ip.offset, ip.dont_fragment) = (8, false);
    }
    fragment.transport = Transport::Other(Bytes::from_static(b"abc"));
    let six = |kind| Packet::icmp("fd00::2".parse().unwrap(), "fd00::1".parse().unwrap(), message(kind));
    for (packet, reach, may, why) in [
        (udp(V4[0]), Reach::Unicast, true, "an ordinary datagram"),
        (udp(V4[0]), Reach::Many, false, "to everybody"),
        (udp("255.255.255.255".parse().unwrap()), Reach::Unicast, false, "from everybody"),
        (udp("0.0.0.0".parse().unwrap()), Reach::Unicast, false, "from nobody"),
        (fragment, Reach::Unicast, false, "a later fragment"),
        (Packet::icmp(V4[0], V4[1], message(3)), Reach::Unicast, false, "an error"),
        (Packet::icmp(V4[0], V4[1], message(8)), Reach::Unicast, true, "an echo request"),
        (six(1), Reach::Unicast, false, "an ICMPv6 error"),
        (six(137), Reach::Unicast, false, "an ICMPv6 redirect"),
        (six(128), Reach::Unicast, true, "an ICMPv6 echo request"),
    ] {
        assert_eq!(may_draw_error(&packet, reach), may, "{why}");
    }
}

/// Proves: RFC1122:3.2.2-error-quotes-original, RFC4443:2.4-quote-size.
#[test]
fn a_quote_is_as_long_as_its_version_allows() {
    let octets = Bytes::from(vec![7; 2000]);
    let six = Ip::new("fd00::2".parse().unwrap(), "fd00::1".parse().unwrap(), 17);
    let four = Ip::new(V4[0], V4[1], 17);
    for (ip, largest_error, quoted) in [(&four, 576, 548), (&four, 0, 28), (&six, 576, 1232)] {
        let policy = Internet { largest_error, ..Internet::default() };
        let (message, _) = about(ip, &octets, Fault::Port, &policy).unwrap();
        assert_eq!(message.body.len(), quoted, "{ip:?}");
    }
    let (message, _) = about(&four, &octets.slice(..10), Fault::Port, &Internet::default()).unwrap();
    assert_eq!(message.body.len(), 10, "there is no more");
}

/// Proves: RFC4443:2.4-rate-limit.
#[test]
fn errors_come_in_bursts_and_then_at_a_rate() {
    let policy =
        Internet { error_burst: 2, error_interval: Duration::from_millis(100), ..Internet::default() };
    let mut budget = Budget::full(&policy);
    for (millis, taken) in [
        (0, true),
        (0, true),
        (99, false),
        (100, true),
        (100, false),
        (250, true),
        (299, false),
        (300, true),
        (9_000, true),
        (9_000, true),
        (9_000, false),
    ] {
        let now = Instant::from_micros(millis * 1000);
        assert_eq!(budget.take(&policy, now), taken, "at {millis} ms");
    }
}
