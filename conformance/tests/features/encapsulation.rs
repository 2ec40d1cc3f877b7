//! Packets inside packets: IP in IP, GRE, MPLS, and segments inside UDP.
use super::tunnel::tunnel;
use super::{BSD, GOOGLE, How, IPV6, Row, check};

/// Behind a tunnel.
const TUNNEL: How = How { target: tunnel, ..GOOGLE };

/// Behind a tunnel, IPv6 inside.
const TUNNEL6: How = How { target: tunnel, ..IPV6 };

/// Behind a tunnel, in the BSD dialect.
const BSD_TUNNEL: How = How { target: tunnel, ..BSD };

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

macro_rules! in_udp {
    ($options:literal, $back:literal) => {
        concat!(
            $options,
            "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
            "+0 < S 0:0(0) win 65535 /udp(1234 > 9899)\n",
            "+0 > R. 0:0(0) ack 1",
            $back
        )
    };
}

const UDP: &[Row] = &[
    Row::new(
        "/udp(a > b): a segment inside UDP",
        in_udp!("--udp_encapsulation=tcp\n", "/udp(9899 > 1234)"),
        in_udp!("--udp_encapsulation=tcp\n", "/udp(9899 > 1235)"),
        "fail: UDP ports: expected 9899 > 1235, seen 9899 > 1234",
    )
    .under(BSD_TUNNEL),
    Row::new(
        "--udp_encapsulation=tcp reads every datagram as a segment",
        in_udp!("--udp_encapsulation=tcp\n", "/udp(9899 > 1234)"),
        in_udp!("", "/udp(9899 > 1234)"),
        "error: this packet cannot be sent: `/udp` needs --udp_encapsulation=tcp",
    )
    .under(BSD_TUNNEL),
];

#[test]
fn headers() {
    check(HEADERS);
}

#[test]
fn segments_inside_udp() {
    check(UDP);
}
