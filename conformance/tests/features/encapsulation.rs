//! Packets inside packets: IP in IP, GRE, MPLS, and segments inside UDP.
use super::path::tunnel;
use super::{BSD, GOOGLE, How, IPV6, Row, check};
use stackdrill::Profile;

/// Behind a tunnel.
const TUNNEL: How = How { target: tunnel, ..GOOGLE };

/// Behind a tunnel, IPv6 inside.
const TUNNEL6: How = How { target: tunnel, ..IPV6 };

/// The BSD dialect, with FreeBSD's options.
const FREEBSD: How = How { profile: Profile::FreeBsd, ..BSD };

macro_rules! refused {
    ($there:literal, $back:literal) => {
        concat!("0 < ", $there, " S 0:0(0) win 65535\n+0 > ", $back, " R. 0:0(0) ack 1\n")
    };
}

const HEADERS: &[Row] = &[
    Row::new(
        "IPv4 in IPv4",
        refused!("ipv4 1.1.1.1 > 2.2.2.2:", "ipv4 2.2.2.2 > 1.1.1.1:"),
        refused!("ipv4 1.1.1.1 > 2.2.2.2:", ""),
        "fail: outer headers: expected none, seen ipv4 2.2.2.2 > 1.1.1.1:",
    )
    .under(TUNNEL),
    Row::new(
        "IPv4 in IPv6",
        refused!("ipv6 2001:db8::1 > 2001:db8::2 :", "ipv6 2001:db8::2 > 2001:db8::1 :"),
        refused!("ipv6 2001:db8::1 > 2001:db8::2 :", "ipv4 2.2.2.2 > 1.1.1.1:"),
        "outer headers: expected ipv4 2.2.2.2 > 1.1.1.1:, seen ipv6 2001:db8::2 > 2001:db8::1 :",
    )
    .under(TUNNEL),
    Row::new(
        "IPv6 in IPv4",
        refused!("ipv4 1.1.1.1 > 2.2.2.2:", "ipv4 2.2.2.2 > 1.1.1.1:"),
        refused!("ipv4 1.1.1.1 > 2.2.2.2:", "gre:"),
        "outer headers: expected gre:, seen ipv4",
    )
    .under(TUNNEL6),
    Row::new(
        "addresses of outer headers are not compared",
        refused!("ipv4 1.1.1.1 > 2.2.2.2:", "ipv4 9.9.9.9 > 9.9.9.9:"),
        refused!("ipv4 1.1.1.1 > 2.2.2.2:", "ipv4 [ttl 254] 9.9.9.9 > 9.9.9.9:"),
        "fail: outer TTL: expected 254, seen 255",
    )
    .under(TUNNEL),
    Row::new(
        "an outer octet is looked at as the innermost one is",
        refused!("ipv4 [ce] 1.1.1.1 > 2.2.2.2:", "ipv4 [ce] 9.9.9.9 > 9.9.9.9: [noecn]"),
        refused!("ipv4 [ce] 1.1.1.1 > 2.2.2.2:", "ipv4 [ect0] 9.9.9.9 > 9.9.9.9: [noecn]"),
        "fail: outer ECN: expected 2, seen 3",
    )
    .under(TUNNEL),
    Row::new(
        "gre:",
        refused!("ipv4 1.1.1.1 > 2.2.2.2: gre:", "ipv4 2.2.2.2 > 1.1.1.1: gre:"),
        refused!(
            "ipv4 1.1.1.1 > 2.2.2.2: gre flags 0x2000, sum 0x0, off 0x5, key 0x0, seq 0:",
            "ipv4 2.2.2.2 > 1.1.1.1: gre:"
        ),
        "fail: GRE header: expected gre:, seen gre flags 0x2000, sum 0x0, off 0x0, key 0x5, seq 0:",
    )
    .under(TUNNEL),
    Row::new(
        "gre with its fields, as many as the flags say",
        refused!(
            "ipv4 1.1.1.1 > 2.2.2.2: gre flags [checksum present, key present, sequence# present], sum 0x1, off 0x2, key 0x3, seq 4:",
            "ipv4 2.2.2.2 > 1.1.1.1: gre flags 0xb000, sum 0x1, off 0x2, key 0x3, seq 4:"
        ),
        refused!(
            "ipv4 1.1.1.1 > 2.2.2.2: gre flags 0xb000, sum 0x1, off 0x2, key 0x3, seq 4:",
            "ipv4 2.2.2.2 > 1.1.1.1: gre flags 0xb000, sum 0x1, off 0x2, key 0x3, seq 5:"
        ),
        "fail: GRE header: expected gre flags 0xb000, sum 0x1, off 0x2, key 0x3, seq 5:, seen gre",
    )
    .under(TUNNEL),
    Row::new(
        "mpls",
        refused!(
            "ipv4 1.1.1.1 > 2.2.2.2: gre: mpls (label 7, tc 1, ttl 9) (label 8, tc 0, [S], ttl 10):",
            "ipv4 2.2.2.2 > 1.1.1.1: gre: mpls (label 7, tc 1, ttl 9) (label 8, tc 0, [S], ttl 10):"
        ),
        refused!(
            "ipv4 1.1.1.1 > 2.2.2.2: mpls (label 7, tc 1, [S], ttl 9):",
            "ipv4 2.2.2.2 > 1.1.1.1: mpls (label 7, tc 2, [S], ttl 9):"
        ),
        "fail: MPLS labels: expected mpls (label 7, tc 2, [S], ttl 9):, seen mpls (label 7, tc 1, [S], ttl 9):",
    )
    .under(TUNNEL),
    Row::new(
        "the outermost header is IP",
        refused!("ipv4 1.1.1.1 > 2.2.2.2: gre:", "ipv4 2.2.2.2 > 1.1.1.1: gre:"),
        refused!("gre:", "gre:"),
        "error: this packet cannot be sent: its outermost header is not IP",
    )
    .under(TUNNEL),
];

/// A host whose tunnel is open, refusing what comes through it.
macro_rules! in_udp {
    ($options:literal, $back:literal) => {
        concat!(
            $options,
            "0 `sysctl -w net.inet.tcp.udp_tunneling_port=9899`\n",
            "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
            "+0 < S 0:0(0) win 65535 /udp(1234 > 9899)\n",
            "+0 > R. 0:0(0) ack 1",
            $back
        )
    };
}

/// A connection opened through the tunnel.
macro_rules! opened {
    ($($after:literal),*) => {
        concat!(
            "--udp_encapsulation=tcp\n",
            "0 `sysctl -w net.inet.tcp.udp_tunneling_port=9899`\n",
            "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
            "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n",
            $($after),*
        )
    };
}

/// A connection accepted through the tunnel.
macro_rules! accepted {
    ($($after:literal),*) => {
        concat!(
            "--udp_encapsulation=tcp\n",
            "0 `sysctl -w net.inet.tcp.udp_tunneling_port=9899`\n",
            "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
            "+0 bind(3, ..., ...) = 0\n",
            "+0 listen(3, 1) = 0\n",
            "+0 < S 0:0(0) win 65535 <mss 1452> /udp(1234 > 9899)\n",
            "+0 > S. 0:0(0) ack 1 <...> /udp(9899 > 1234)\n",
            "+0 < . 1:1(0) ack 1 win 65535 /udp(1234 > 9899)\n",
            "+0 accept(3, ..., ...) = 4\n",
            $($after),*
        )
    };
}

const UDP: &[Row] = &[
    Row::new(
        "/udp(a > b): a segment inside UDP is answered inside UDP",
        in_udp!("--udp_encapsulation=tcp\n", " /udp(9899 > 1234)"),
        in_udp!("--udp_encapsulation=tcp\n", " /udp(9899 > 1235)"),
        "fail: UDP ports: expected 9899 > 1235, seen 9899 > 1234",
    )
    .under(FREEBSD),
    Row::new(
        "--udp_encapsulation=tcp reads every datagram as a segment",
        in_udp!("--udp_encapsulation=tcp\n", " /udp(9899 > 1234)"),
        in_udp!("", " /udp(9899 > 1234)"),
        "error: this packet cannot be sent: `/udp` needs --udp_encapsulation=tcp",
    )
    .under(FREEBSD),
    Row::new(
        "TCP_REMOTE_UDP_ENCAPS_PORT: connect inside UDP, with eight octets less in each segment",
        opened!(
            "+0 setsockopt(3, IPPROTO_TCP, TCP_REMOTE_UDP_ENCAPS_PORT, [1234], 4) = 0\n",
            "+0 getsockopt(3, IPPROTO_TCP, TCP_REMOTE_UDP_ENCAPS_PORT, [1234], [4]) = 0\n",
            "+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)\n",
            "+0 > S 0:0(0) win 65535 <mss 1452,nop,wscale 6,sackOK,TS val 1 ecr 0> /udp(9899 > 1234)\n",
            "+0 < S. 0:0(0) ack 1 win 65535 <mss 1452> /udp(1234 > 9899)\n",
            "+0 > . 1:1(0) ack 1 /udp(9899 > 1234)\n",
            "+0 send(3, ..., 1500, 0) = 1500\n",
            "+0 > . 1:1453(1452) ack 1 /udp(9899 > 1234)\n"
        ),
        opened!(
            "+0 setsockopt(3, IPPROTO_TCP, TCP_REMOTE_UDP_ENCAPS_PORT, [1234], 4) = 0\n",
            "+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)\n",
            "+0 > S 0:0(0) win 65535 <mss 1460,nop,wscale 6,sackOK,TS val 1 ecr 0> /udp(9899 > 1234)\n"
        ),
        "fail: options: expected <mss 1460",
    )
    .under(FREEBSD),
    Row::new(
        "TCP_REMOTE_UDP_ENCAPS_PORT: a port, of a tunnel that is open, before there is a connection",
        opened!(
            "+0 setsockopt(3, IPPROTO_TCP, TCP_REMOTE_UDP_ENCAPS_PORT, [-1], 4) = -1 EINVAL (Invalid argument)\n",
            "+0 setsockopt(3, IPPROTO_TCP, TCP_REMOTE_UDP_ENCAPS_PORT, [65536], 4) = -1 EINVAL (Invalid argument)\n",
            "+0 setsockopt(3, IPPROTO_TCP, TCP_REMOTE_UDP_ENCAPS_PORT, [1234], 4) = 0\n",
            "+0 setsockopt(3, IPPROTO_TCP, TCP_REMOTE_UDP_ENCAPS_PORT, [0], 4) = 0\n",
            "+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)\n",
            "+0 setsockopt(3, IPPROTO_TCP, TCP_REMOTE_UDP_ENCAPS_PORT, [1234], 4) = -1 EINVAL (Invalid argument)\n"
        ),
        opened!(
            "+0 `sysctl -w net.inet.tcp.udp_tunneling_port=0`\n",
            "+0 setsockopt(3, IPPROTO_TCP, TCP_REMOTE_UDP_ENCAPS_PORT, [1234], 4) = 0\n"
        ),
        "fail: setsockopt returned -1 EINVAL, not 0",
    )
    .under(FREEBSD),
    Row::new(
        "TCP_REMOTE_UDP_ENCAPS_PORT: an accepted connection goes on inside UDP",
        accepted!(
            "+0 getsockopt(4, IPPROTO_TCP, TCP_REMOTE_UDP_ENCAPS_PORT, [1234], [4]) = 0\n",
            "+0 send(4, ..., 10, 0) = 10\n",
            "+0 > P. 1:11(10) ack 1 /udp(9899 > 1234)\n",
            "+0 < . 1:1001(1000) ack 11 win 65535 /udp(1235 > 9899)\n",
            "+0 < . 1:1(0) ack 11 win 65535 /udp(1234 > 9899)\n",
            "+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n",
            "+0 recv(4, ..., 2000, 0) = -1 EAGAIN (not what came from another port)\n"
        ),
        accepted!("+0 send(4, ..., 10, 0) = 10\n", "+0 > P. 1:11(10) ack 1\n"),
        "UDP ports: expected none, seen 9899 > 1234",
    )
    .under(FREEBSD),
    Row::new(
        "icmp [a:b(n) /udp(a > b)]: about a segment inside UDP",
        accepted!(
            "+0 send(4, ..., 1452, 0) = 1452\n",
            "+0 > P. 1:1453(1452) ack 1 /udp(9899 > 1234)\n",
            "+.05 < icmp unreachable frag_needed mtu 1200 [1:1453(1452) /udp(9899 > 1234)]\n",
            "+0 > . 1:1153(1152) ack 1 /udp(9899 > 1234)\n"
        ),
        accepted!(
            "+0 send(4, ..., 1452, 0) = 1452\n",
            "+0 > P. 1:1453(1452) ack 1 /udp(9899 > 1234)\n",
            "+.05 < icmp unreachable frag_needed mtu 1200 [1:1453(1452) /udp(9899 > 1235)]\n",
            "+.01 > . 1:1153(1152) ack 1 /udp(9899 > 1234)\n"
        ),
        "fail: length: expected 1152, seen 1452",
    )
    .under(FREEBSD),
];

#[test]
fn headers() {
    check(HEADERS);
}

#[test]
fn segments_inside_udp() {
    check(UDP);
}
