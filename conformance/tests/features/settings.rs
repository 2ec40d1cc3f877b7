//! The options at the head of a script, which packetdrill takes on its command line too.
use stackdrill::script::{OPTIONS, Takes};
use stackdrill::{Profile, Variant, Verdict};

use super::{BSD, GOOGLE, How, IPV6, Row, check, ended};

/// How an option is written.
const WRITTEN: &[Row] = &[
    Row::new(
        "an option has a known name",
        "--mtu=1500\n{listening}",
        "--mtv=1500\n{listening}",
        "error: there is no option `--mtv`",
    ),
    Row::new(
        "a name is written in full",
        "--tolerance_usecs=9\n{listening}",
        "--tolerance_u=9\n{listening}",
        "error: there is no option",
    ),
    Row::new(
        "an option has its value",
        "--mtu=1500\n{listening}",
        "--mtu\n{listening}",
        "error: option `--mtu` needs a value",
    ),
    Row::new(
        "a flag has none",
        "--verbose\n{listening}",
        "--verbose=1\n{listening}",
        "error: option `--verbose` takes no value",
    ),
    Row::new(
        "a fraction is quoted",
        "--tolerance_percent=\"12.5\"\n{listening}",
        "--tolerance_percent=12.5\n{listening}",
        "error: expected",
    ),
    Row::new(
        "a dash is quoted",
        "--ip_version=\"ipv4-mapped-ipv6\"\n{listening}",
        "--ip_version=ipv4-mapped-ipv6\n{listening}",
        "error: expected",
    ),
    Row::new(
        "a slash is quoted",
        "--remote_ip=\"192.0.2.1/24\"\n{listening}",
        "--remote_ip=192.0.2.1/24\n{listening}",
        "error: expected",
    ),
    Row::new(
        "a comma is quoted",
        "--non_fatal=\"packet,syscall\"\n{listening}",
        "--non_fatal=packet,syscall\n{listening}",
        "error: expected",
    ),
    Row::new(
        "one of several words is one of them",
        "--non_fatal=\"packet syscall\"\n{listening}",
        "--non_fatal=\"packets\"\n{listening}",
        "error: option `--non_fatal` takes `packet` or `syscall`, not `packets`",
    ),
    Row::new(
        "the last of two wins",
        "--mtu=1500\n--mtu=1040\n{listening}+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <mss 1000>",
        "--mtu=1040\n--mtu=1500\n{listening}+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <mss 1000>",
        "fail: options: expected <mss 1000>, seen <mss 1460>",
    ),
];

/// Which family, and whose network, unless an option says.
const VARIANTS: &[Row] = &[
    Row::new(
        "ipv4: `...` is AF_INET",
        "{established}+0 getsockopt(4, SOL_SOCKET, SO_DOMAIN, [AF_INET], [4]) = 0\n+0 < icmp unreachable host_unreachable [1:1(0)]",
        "{established}+0 getsockopt(4, SOL_SOCKET, SO_DOMAIN, [AF_INET6], [4]) = 0",
        "fail: getsockopt gave the value 2, not 10",
    ),
    Row::new(
        "ipv4-mapped-ipv6: `...` is AF_INET6, and IPv4 is on the wire",
        "{established}+0 getsockopt(4, SOL_SOCKET, SO_DOMAIN, [AF_INET6], [4]) = 0\n+0 < icmp unreachable host_unreachable [1:1(0)]",
        "{established}+0 < icmp packet_too_big mtu 1280 [1:1(0)]",
        "error: this packet cannot be sent",
    )
    .under(How { variant: Variant::Ipv4MappedIpv6, ..GOOGLE }),
    Row::new(
        "ipv6: `...` is AF_INET6, and IPv6 is on the wire",
        "{established}+0 getsockopt(4, SOL_SOCKET, SO_DOMAIN, [AF_INET6], [4]) = 0\n+0 < icmp packet_too_big mtu 1280 [1:1(0)]",
        "{established}+0 < icmp unreachable host_unreachable [1:1(0)]",
        "error: this packet cannot be sent",
    )
    .under(IPV6),
    Row::new(
        "in the BSD dialect IPv6 sockets reach IPv4 where addresses are mapped",
        "{listening}+0 getsockopt(3, IPPROTO_IPV6, IPV6_V6ONLY, [0], [4]) = 0",
        "{listening}+0 getsockopt(3, IPPROTO_IPV6, IPV6_V6ONLY, [1], [4]) = 0",
        "fail: getsockopt gave the value 0, not 1",
    )
    .under(How { variant: Variant::Ipv4MappedIpv6, profile: Profile::FreeBsd, ..BSD }),
    Row::new(
        "as the batch driver has it, IPv6's larger header takes nothing from a segment",
        "{listening}+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <mss 1460>",
        "{listening}+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <mss 1440>",
        "fail: options: expected <mss 1440>, seen <mss 1460>",
    )
    .under(IPV6),
    Row::new(
        "in the BSD dialect a link has 1500 octets, whatever the header",
        "{listening}+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <mss 1440>",
        "{listening}+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <mss 1460>",
        "fail: options: expected <mss 1460>, seen <mss 1440>",
    )
    .under(How { variant: Variant::Ipv6, ..BSD }),
];

/// An acknowledgment that waits for company is due 0.2 s after the segment.
const DELAYED: &str = "{established}+0 < P. 1:11(10) ack 1 win 9\n";

/// What each option does.
const EFFECTS: &[Row] = &[
    Row::new(
        "ip_version",
        "--ip_version=ipv6\n{established}+0 < icmp unreachable no_route [1:1(0)]",
        "--ip_version=ipv4\n{established}+0 < icmp unreachable no_route [1:1(0)]",
        "error: this packet cannot be sent",
    ),
    Row::new(
        "ip_version with underscores in the BSD dialect",
        "--ip_version=ipv4_mapped_ipv6\n{established}+0 < icmp unreachable port_unreachable [1:1(0)]",
        "--ip_version=ipv4_mapped\n{established}",
        "error: ",
    )
    .under(BSD),
    Row::new(
        "bind_port",
        "--bind_port=9\n{listening}+0 < 0 > 9 S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <...>",
        "--bind_port=10\n{listening}+0 < 0 > 9 S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <...>",
        "fail: ",
    ),
    Row::new(
        "connect_port",
        "--connect_port=9\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (goes on)\n+0 > S 0:0(0) <...>\n+0 < 9 > 0 S. 0:0(0) ack 1 win 9\n+0 > . 1:1(0) ack 1",
        "--connect_port=10\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (goes on)\n+0 > S 0:0(0) <...>\n+0 < 9 > 0 S. 0:0(0) ack 1 win 9\n+0 > . 1:1(0) ack 1",
        "fail: ",
    ),
    Row::new(
        "gateway_ip",
        "--gateway_ip=192.168.0.1\n{established}",
        "--gateway_ip=home\n{established}",
        "error: --gateway_ip=home makes no sense",
    ),
    Row::new(
        "netmask_ip",
        "--netmask_ip=255.255.0.0\n{established}",
        "--netmask_ip=wide\n{established}",
        "error: --netmask_ip=wide makes no sense",
    ),
    Row::new(
        "speed",
        "--speed=1000\n{established}",
        "--speed=fast\n{established}",
        "error: option `--speed` takes an integer from",
    ),
    Row::new(
        "mss",
        "--mss=1000\n{established}",
        "--mss=fast\n{established}",
        "error: option `--mss` takes an integer from",
    ),
    Row::new(
        "local_ip",
        "--local_ip=192.168.0.77\n{established}",
        "--local_ip=home\n{established}",
        "error: --local_ip=home makes no sense",
    ),
    Row::new(
        "remote_ip",
        "--remote_ip=\"192.0.2.77/24\"\n{established}",
        "--remote_ip=away\n{established}",
        "error: --remote_ip=away makes no sense",
    ),
    Row::new(
        "mtu",
        "--mtu=1040\n{listening}+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <mss 1000>",
        "--mtu=1039\n{listening}+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <mss 1000>",
        "fail: options: expected <mss 1000>, seen <mss 999>",
    ),
    Row::new(
        "tolerance_usecs",
        "--tolerance_usecs=200000\n{established}+0 < P. 1:11(10) ack 1 win 9\n+0 > . 1:1(0) ack 11",
        "--tolerance_usecs=199999\n{established}+0 < P. 1:11(10) ack 1 win 9\n+0 > . 1:1(0) ack 11",
        "fail: the packet was due at 0.000000 s but happened at 0.200000 s",
    ),
    Row::new(
        "tolerance_percent",
        "--tolerance_percent=20\n{established}+0 < P. 1:11(10) ack 1 win 9\n+.25 > . 1:1(0) ack 11",
        "--tolerance_percent=19\n{established}+0 < P. 1:11(10) ack 1 win 9\n+.25 > . 1:1(0) ack 11",
        "fail: the packet was due at 0.250000 s but happened at 0.200000 s",
    ),
    Row::new(
        "tcp_ts_tick_usecs",
        concat!(
            "--tcp_ts_tick_usecs=1000\n{listening}+0 < S 0:0(0) win 9 <nop,nop,TS val 1 ecr 0>\n",
            "+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 100 ecr 1>\n",
            "+0 < . 1:1(0) ack 1 win 9 <nop,nop,TS val 1 ecr 100>\n+.1 < P. 1:11(10) ack 1 win 9 <nop,nop,TS val 2 ecr 100>\n",
            "+.2 > . 1:1(0) ack 11 <nop,nop,TS val 400 ecr 2>",
        ),
        concat!(
            "--tcp_ts_tick_usecs=1000\n{listening}+0 < S 0:0(0) win 9 <nop,nop,TS val 1 ecr 0>\n",
            "+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 100 ecr 1>\n",
            "+0 < . 1:1(0) ack 1 win 9 <nop,nop,TS val 1 ecr 100>\n+.1 < P. 1:11(10) ack 1 win 9 <nop,nop,TS val 2 ecr 100>\n",
            "+.2 > . 1:1(0) ack 11 <nop,nop,TS val 500 ecr 2>",
        ),
        "fail: the timestamp value is off by",
    ),
    Row::new(
        "tcp_ts_ecr_scaled",
        concat!(
            "--tcp_ts_ecr_scaled\n{listening}+0 < S 0:0(0) win 9 <nop,nop,TS val 1 ecr 0>\n",
            "+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 100 ecr 1>\n",
            "+0 < . 1:1(0) ack 1 win 9 <nop,nop,TS val 1 ecr 101>\n+0 accept(3, ..., ...) = 4",
        ),
        concat!(
            "{listening}+0 < S 0:0(0) win 9 <nop,nop,TS val 1 ecr 0>\n",
            "+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 100 ecr 1>\n",
            "+0 < . 1:1(0) ack 1 win 9 <nop,nop,TS val 1 ecr 101>\n+0 accept(3, ..., ...) = 4",
        ),
        "fail: the echoed timestamp 101 is no value of an outbound packet before",
    ),
    Row::new(
        "is_anyip: a datagram may come first",
        concat!(
            "--is_anyip\n0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 bind(3, ..., ...) = 0\n+0 < udp (10)\n",
            "+0 recvfrom(3, ..., 100, 0, ..., ...) = 10\n+0 sendto(3, ..., 5, 0, ..., ...) = 5\n+0 > udp (5)",
        ),
        concat!(
            "--is_anyip\n0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 connect(3, ..., ...) = 0\n+0 < udp (10)\n",
            "+0 recvfrom(3, ..., 100, 0, ..., ...) = 10",
        ),
        "fail",
    ),
    Row::new(
        "strict_segments",
        "{established}+0 write(4, ..., 2000) = 2000\n+0 > P. 1:2001(2000) ack 1",
        "--strict_segments\n{established}+0 write(4, ..., 2000) = 2000\n+0 > P. 1:2001(2000) ack 1",
        "fail: length: expected 2000, seen 1000",
    ),
    Row::new(
        "non_fatal=packet",
        "--non_fatal=packet\n{established}+0 < P. 1:11(10) ack 1 win 9\n* > . 1:1(0) ack 12",
        "{established}+0 < P. 1:11(10) ack 1 win 9\n* > . 1:1(0) ack 12",
        "fail: acknowledgment number: expected 12, seen 11",
    ),
    Row::new(
        "non_fatal=syscall",
        "--non_fatal=syscall\n{listening}+0 close(3) = 7",
        "--non_fatal=packet\n{listening}+0 close(3) = 7",
        "fail: close returned 0, not 7",
    )
    .under(BSD),
    Row::new(
        "define",
        "--define=FD=SOCK_STREAM\n0 socket(..., FD, IPPROTO_TCP) = 3",
        "--define=FD\n0 socket(..., FD, IPPROTO_TCP) = 3",
        "error: option `--define` takes `NAME=VALUE`",
    ),
    Row::new(
        "code_format",
        "--code_format=python\n{listening}",
        "--code_format=perl\n{listening}",
        "error: option `--code_format` takes `python`, not `perl`",
    ),
    Row::new(
        "code_sockopt",
        "--code_sockopt=TCP_INFO\n{listening}",
        "--code_sockopt=TCP_ALL\n{listening}",
        "error: option `--code_sockopt` takes",
    ),
];

#[test]
fn written() {
    check(WRITTEN);
}

#[test]
fn variants() {
    check(VARIANTS);
}

#[test]
fn effects() {
    check(EFFECTS);
    // The rows above about time stand on this.
    let (verdict, said) = ended(&format!("{DELAYED}+.2 > . 1:1(0) ack 11"), GOOGLE);
    assert_eq!(verdict, Verdict::Pass, "{said}");
}

/// Every option, with a value that it takes and one that it does not.
#[test]
fn every_option_is_read_and_its_values_looked_at() {
    for form in OPTIONS {
        let how = How { dialect: form.only.unwrap_or(GOOGLE.dialect), ..GOOGLE };
        let (good, bad) = match form.takes {
            Takes::Nothing => (String::new(), "=1".to_owned()),
            Takes::Integer(low, high) => (format!("={low}"), format!("={}", high + 1)),
            Takes::Percentage => ("=50".to_owned(), "=101".to_owned()),
            Takes::OneOf(words) | Takes::SomeOf(words) => {
                (format!("=\"{}\"", words.first().expect("a word")), "=teapot".to_owned())
            }
            Takes::Definition => ("=A=B".to_owned(), "=A".to_owned()),
            Takes::Text => ("=\"192.0.2.7\"".to_owned(), String::new()),
        };
        let name = form.name;
        let script = |value: &str| ended(&format!("--{name}{value}\n{{listening}}"), how);
        let (verdict, said) = script(&good);
        let named = said.contains(&format!("--{name}"));
        assert!(
            verdict == Verdict::Pass || (verdict == Verdict::Unsupported && named),
            "--{name}{good}: {verdict}: {said}"
        );
        let (verdict, said) = script(&bad);
        assert!(
            verdict == Verdict::Error && said.contains(&format!("`--{name}`")),
            "--{name}{bad}: {verdict}: {said}"
        );
        // In the other dialect it is refused by name, if it is not in both.
        if let Some(only) = form.only {
            let other = How { dialect: only.other(), ..GOOGLE };
            let (_, said) = ended(&format!("--{name}{good}\n{{listening}}"), other);
            assert!(said.contains("this option belongs to"), "--{name}: {said}");
        }
    }
}
