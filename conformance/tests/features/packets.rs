//! Packets: what each part of the notation asserts of one that is expected, and puts into one that is injected.
use super::path::spoiling;
use super::{BSD, GOOGLE, How, IPV6, Row, check};

/// The BSD dialect over IPv6.
const BSD6: How = How { variant: IPV6.variant, ..BSD };

/// Behind a device that spoils what has certain lengths.
const SPOILING: How = How { target: spoiling, ..GOOGLE };

macro_rules! sends {
    ($before:literal, $packet:literal) => {
        concat!("{established}", $before, "+0 write(4, ..., 100) = 100\n+0 > ", $packet, "\n")
    };
    ($packet:literal) => {
        sends!("", $packet)
    };
}

/// An echo request has left, of twenty octets in all.
macro_rules! ping {
    ($protocol:literal) => {
        concat!(
            "`sysctl -q net.ipv4.ping_group_range='0 2147483647'`\n0 socket(..., SOCK_DGRAM, ", $protocol,
            ") = 3\n+0 bind(3, ..., ...) = 0\n+0 sendto(3, ..., 20, 0, ..., ...) = 20\n+0 > icmp echo_request\n"
        )
    };
}

/// A connection whose ends have agreed on ECN.
macro_rules! marked {
    ($packet:literal) => {
        concat!(
            "`sysctl -q net.ipv4.tcp_ecn=1`\n{listening}+0 < SEW 0:0(0) win 65535 <mss 1000>\n+0 > SE. 0:0(0) ack 1 <...>\n",
            "+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n+0 write(4, ..., 100) = 100\n+0 > ",
            $packet
        )
    };
}

macro_rules! refused {
    ($syn:literal, $reset:literal) => {
        concat!("0 < ", $syn, "\n+0 > ", $reset, "\n")
    };
}

/// `(info)`: the IP header.
const IP: &[Row] = &[
    Row::new(
        "nothing said of TOS is nothing checked",
        sends!("+0 setsockopt(4, SOL_IP, IP_TOS, [0x40], 4) = 0\n", "P. 1:101(100) ack 1"),
        sends!("+0 setsockopt(4, SOL_IP, IP_TOS, [0x40], 4) = 0\n", "[tos 0x00] P. 1:101(100) ack 1"),
        "fail: TOS: expected 0x00, seen 0x40",
    ),
    Row::new(
        "noecn",
        sends!("[noecn] P. 1:101(100) ack 1"),
        sends!("[ect0] P. 1:101(100) ack 1"),
        "fail: ECN: expected 2, seen 0",
    ),
    Row::new(
        "ect01",
        refused!("[ect0] S 0:0(0) win 1000", "[noecn] R. 0:0(0) ack 1"),
        sends!("[ect01] P. 1:101(100) ack 1"),
        "fail: ECN: expected ECT(0) or ECT(1), seen 0",
    ),
    Row::new(
        "tos",
        sends!("+0 setsockopt(4, SOL_IP, IP_TOS, [0x40], 4) = 0\n", "(tos 0x40) P. 1:101(100) ack 1"),
        sends!("(tos 0x40) P. 1:101(100) ack 1"),
        "fail: TOS: expected 0x40, seen 0x00",
    ),
    Row::new(
        "class",
        sends!("[class 0x00] P. 1:101(100) ack 1"),
        sends!("[class 0x40] P. 1:101(100) ack 1"),
        "fail: TOS: expected 0x40, seen 0x00",
    )
    .under(BSD6),
    Row::new(
        "dscp with ecn",
        sends!("[dscp cs0, noecn] P. 1:101(100) ack 1"),
        sends!("[dscp cs1, noecn] P. 1:101(100) ack 1"),
        "fail: DSCP: expected 8, seen 0",
    )
    .under(BSD),
    Row::new(
        "dscp by name and by number, whatever the ECN bits are",
        sends!("+0 setsockopt(4, IPPROTO_IP, IP_TOS, [0x28], 4) = 0\n", "[dscp af11] P. 1:101(100) ack 1"),
        sends!("+0 setsockopt(4, IPPROTO_IP, IP_TOS, [0x28], 4) = 0\n", "[dscp 0x9] P. 1:101(100) ack 1"),
        "fail: DSCP: expected 9, seen 10",
    )
    .under(BSD),
    Row::new(
        "ect0, ect1 and ce",
        marked!("[ect0] P. 1:101(100) ack 1"),
        marked!("[ce] P. 1:101(100) ack 1"),
        "fail: ECN: expected 3, seen 2",
    ),
    Row::new(
        "hlim",
        sends!("[hlim 64] P. 1:101(100) ack 1"),
        sends!("[hlim 63] P. 1:101(100) ack 1"),
        "fail: TTL: expected 63, seen 64",
    )
    .under(BSD6),
    Row::new(
        "ttl",
        sends!("[ttl 64] P. 1:101(100) ack 1"),
        sends!("[ttl 63] P. 1:101(100) ack 1"),
        "fail: TTL: expected 63, seen 64",
    ),
    Row::new(
        "a ttl of 255 is not judged",
        sends!("[ttl 255] P. 1:101(100) ack 1"),
        sends!("[ttl 254] P. 1:101(100) ack 1"),
        "fail: TTL: expected 254, seen 64",
    ),
    Row::new(
        "a hlim of 0 is not judged",
        sends!("[hlim 0] P. 1:101(100) ack 1"),
        sends!("[hlim 1] P. 1:101(100) ack 1"),
        "fail: TTL: expected 1, seen 64",
    )
    .under(BSD6),
    Row::new(
        "a flow label is not zero, and one label in the script is one on the wire",
        sends!("[flowlabel 0x1] P. 1:101(100) ack 1\n+0 < . 1:1(0) ack 101 win 65535\n+0 write(4, ..., 1) = 1\n+0 > [flowlabel 0x1] P. 101:102(1) ack 1"),
        sends!("[flowlabel 0x1] P. 1:101(100) ack 1\n+0 < . 1:1(0) ack 101 win 65535\n+0 write(4, ..., 1) = 1\n+0 > [flowlabel 0x2] P. 101:102(1) ack 1"),
        "fail: the flow label is ",
    )
    .under(IPV6),
    Row::new(
        "the BSD dialect does not look at the flow label",
        sends!("[flowlabel 0x1] P. 1:101(100) ack 1\n+0 < . 1:1(0) ack 101 win 65535\n+0 write(4, ..., 1) = 1\n+0 > [flowlabel 0x2] P. 101:102(1) ack 1"),
        sends!("[flowlabel 0x1] P. 1:101(100) ack 2"),
        "fail: acknowledgment number",
    )
    .under(BSD6),
];

/// Flags and numbers.
const NUMBERS: &[Row] = &[
    Row::new(
        "letters in any order, the dot behind them",
        refused!("SEW 0:0(0) win 1000", "R. 0:0(0) ack 1"),
        refused!("WSE 0:0(0) win 1000", "RE. 0:0(0) ack 1"),
        "fail: flags: expected RE., seen R.",
    ),
    Row::new(
        "an ACE digit",
        refused!("S7 0:0(0) win 1000", "R. 0:0(0) ack 1"),
        refused!("S7 0:0(0) win 1000", "R.5 0:0(0) ack 1"),
        "fail: flags: expected R.5, seen R.",
    ),
    Row::new(
        "- is no flag",
        "{established}+0 < - 1:1(0) win 1000\n+0 >! .1",
        "{established}+0 < - 1:1(0) win 1000\n+0 > - 1:1(0)",
        "fail: no packet was sent",
    ),
    Row::new(
        "an ack that is not written is zero without the flag",
        refused!(". 0:0(0) ack 7 win 1000", "R 7:7(0)"),
        refused!(". 0:0(0) ack 7 win 1000", "R 7:7(0) ack 9"),
        "fail: acknowledgment number: expected 9, seen 0",
    ),
    Row::new(
        "a window that is not written is not judged",
        sends!("P. 1:101(100) ack 1"),
        sends!("P. 1:101(100) ack 1 win 1"),
        "fail: window: expected 1, seen 65535",
    ),
    Row::new(
        "an urgent pointer that is not written is zero",
        "{established}+0 send(4, ..., 10, MSG_OOB) = 10\n+0 > PU. 1:11(10) ack 1 urg 10",
        "{established}+0 send(4, ..., 10, MSG_OOB) = 10\n+0 > PU. 1:11(10) ack 1",
        "fail: urgent pointer: expected 0, seen 10",
    ),
    Row::new(
        "SYNs have absolute numbers, all others count from the first",
        "{listening}+0 < S 700:700(0) win 1000\n+0 > S. 50:50(0) ack 701 <...>\n+0 < . 1:1(0) ack 1 win 1000\n+0 accept(3, ..., ...) = 4\n+0 write(4, ..., 1) = 1\n+0 > P. 1:2(1) ack 1",
        "{listening}+0 < S 700:700(0) win 1000\n+0 > S. 50:50(0) ack 1 <...>",
        "fail: acknowledgment number: expected 1, seen 701",
    ),
    Row::new(
        "! is a number as it stands on the wire",
        "{listening}+0 < S 700:700(0) win 1000\n+0 > S. 0:0(0) ack 701 <...>\n+0 < . 701:701(0)! ack 1 win 1000\n+0 accept(3, ..., ...) = 4\n+0 < P. 701:711(10)! ack 1 win 1000\n+0~+.5 > . 1:1(0) ack 11",
        "{listening}+0 < S 700:700(0) win 1000\n+0 > S. 0:0(0) ack 701 <...>\n+0 < . 1:1(0)! ack 1 win 1000\n+0 accept(3, ..., ...) = 4",
        "fail: accept",
    )
    .under(BSD),
    Row::new(
        "...(n) is a number that is not judged",
        sends!("P. ...(100) ack 1"),
        sends!("P. ...(99) ack 1"),
        "fail: length: expected 99, seen 100",
    )
    .under(BSD),
    Row::new(
        "everything sent is zeros",
        sends!("P. 1:101(100) ack 1"),
        "{established}+0 write(4, \"abc\", 3) = 3\n+0 > P. 1:4(3) ack 1",
        "fail: text: expected zeros, seen something else",
    ),
    Row::new(
        "ports may be written, and stand as they are",
        "0 < 49153 > 8080 S 0:0(0) win 1000\n+0 > 1 > 2 R. 0:0(0) ack 1",
        "0 < 49153 > 99 S 0:0(0) win 1000\n+0 > R. 0:0(0) ack 1",
        "fail: no packet was sent",
    ),
];

/// Which packets are compared with what.
const MATCHING: &[Row] = &[
    Row::new(
        "several packets are one, until they have as many octets",
        "{established}+0 write(4, ..., 2000) = 2000\n+0 > P. 1:2001(2000) ack 1",
        "--strict_segments\n{established}+0 write(4, ..., 2000) = 2000\n+0 > P. 1:2001(2000) ack 1",
        "fail: length: expected 2000, seen 1000",
    ),
    Row::new(
        "what is joined is of one size, but for the last",
        "{established}+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n+0 write(4, ..., 2500) = 2500\n+0 > P. 1:2501(2500) ack 1",
        "{established}+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n+0 write(4, ..., 300) = 300\n+0 write(4, ..., 2000) = 2000
+0 > P. 1:2301(2300) ack 1",
        "fail: length: expected 2300, seen 300",
    ),
    Row::new(
        "what is joined has the same acknowledgment",
        "{established}+0 write(4, ..., 1000) = 1000\n+0 < P. 1:11(10) ack 1 win 65535\n+0 write(4, ..., 1000) = 1000
+0 > P. 1:1001(1000) ack 1\n+0 > P. 1001:2001(1000) ack 11",
        "{established}+0 write(4, ..., 1000) = 1000\n+0 < P. 1:11(10) ack 1 win 65535\n+0 write(4, ..., 1000) = 1000
+0 > P. 1:2001(2000) ack 11",
        "fail: length: expected 2000, seen 1000",
    ),
    Row::new(
        "no text is expected, and text came",
        "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1",
        "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:1(0) ack 1",
        "fail: length: expected 0, seen 10",
    ),
    Row::new(
        "what is no packet fails what is expected",
        "{established}+0 write(4, ..., 40) = 40\n+0 > P. 1:41(40) ack 1",
        "{established}+0 write(4, ..., 43) = 43\n+0 > P. 1:44(43) ack 1",
        "fail: the stack sent a malformed packet: IPv4: need 83 octets, have 82",
    )
    .under(SPOILING),
    Row::new(
        "and so does a fragment",
        "{established}+0 write(4, ..., 40) = 40\n+0 > P. 1:41(40) ack 1",
        "{established}+0 write(4, ..., 42) = 42\n+0 > P. 1:43(42) ack 1",
        "fail: the stack sent a fragment",
    )
    .under(SPOILING),
    Row::new(
        "and a header that does not sum up, whosever it is",
        "{established}+0 write(4, ..., 40) = 40\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 5\n+0 write(4, ..., 9) = 9",
        "{established}+0 write(4, ..., 41) = 41\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 5\n+0 fcntl(5, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(5, ..., ...) = -1 EINPROGRESS (now in progress)\n+0 > S 0:0(0) <...>",
        "fail: the stack sent a packet whose IPv4 header checksum is wrong",
    )
    .under(SPOILING),
    Row::new(
        "and options whose lengths lie, <...> or not",
        "{established}+0 write(4, ..., 40) = 40\n+0 > P. 1:41(40) ack 1",
        "{established}+0 write(4, ..., 45) = 45\n+0 > P. 1:46(45) ack 1 <...>",
        "fail: the stack sent malformed TCP options",
    )
    .under(SPOILING),
    Row::new(
        "the BSD dialect joins nothing",
        "{established}+0 write(4, ..., 2000) = 2000\n+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:2001(1000) ack 1",
        "{established}+0 write(4, ..., 2000) = 2000\n+0 > P. 1:2001(2000) ack 1",
        "fail: length: expected 2000, seen 1000",
    )
    .under(BSD),
    Row::new(
        "the first packet that is ours is the one compared",
        "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1",
        "{established}+0 write(4, ..., 10) = 10\n+0 close(4) = 0\n+0 > F. 11:11(0) ack 1",
        "fail: ",
    ),
    Row::new(
        "what comes after the last event is nobody's",
        "{established}+0 write(4, ..., 10) = 10",
        "{established}+0 write(4, ..., 10) = 10\n+0 >! .1",
        "fail: a packet was sent",
    ),
    Row::new(
        "--non_fatal=packet warns",
        "--non_fatal=packet\n{established}+0 write(4, ..., 10) = 10\n+0 > . 1:11(10) ack 1",
        "--non_fatal=packet\n{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:12(11) ack 1",
        "fail: length: expected 11, seen 10",
    ),
    Row::new(
        "--non_fatal=syscall warns in the BSD dialect",
        "--non_fatal=syscall\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 listen(3, 1) = 7",
        "--non_fatal=packet\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 listen(3, 1) = 7",
        "fail: listen returned 0, not 7",
    )
    .under(BSD),
    Row::new(
        "with no socket at all a packet begins a connection",
        "0 < S 0:0(0) win 1000\n+0 > R. 0:0(0) ack 1",
        "0 < S 0:0(0) win 1000\n+0 > R. 0:0(0) ack 3",
        "fail: acknowledgment number: expected 3, seen 1",
    ),
    Row::new(
        "a packet to a socket that is only bound comes from a peer of its own",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 < S 7:7(0) win 1000\n+0 > R. 0:0(0) ack 1",
        "0 < S 0:0(0) win 1000\n+0 > R. 0:0(0) ack 1",
        "error: there is no socket that this packet could be for",
    )
    .under(BSD),
];

/// ICMP and UDP.
const OTHERS: &[Row] = &[
    Row::new(
        "icmp about a segment",
        "{connected}+0 write(3, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+0 < icmp unreachable host_unreachable [1:11(10)]\n+0 write(3, ..., 10) = 10",
        "{connected}+0 < icmp unreachable exceeded_frag_time [1:11(10)]",
        "error: ",
    ),
    Row::new(
        "icmp with an mtu",
        "{established}+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n+0 < icmp unreachable frag_needed mtu 600 [1:1001(1000)]\n+0 > . 1:561(560) ack 1\n+0 > P. 561:1001(440) ack 1",
        "{established}+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n+0 < icmp unreachable host_unreachable mtu 600 [1:1001(1000)]",
        "error: ",
    ),
    Row::new(
        "icmp by numbers",
        "{udp}+0 write(3, ..., 50) = 50\n+0 > udp (50)\n+0 < icmp type_3 code_3 [udp (50)]\n+0 write(3, ..., 1) = -1 ECONNREFUSED (refused)",
        "{udp}+0 write(3, ..., 50) = 50\n+0 > udp (50)\n+0 < icmp type_3 port_unreachable [udp (50)]",
        "error: ",
    ),
    Row::new(
        "icmp codes of IPv6",
        "{udp}+0 write(3, ..., 50) = 50\n+0 > udp (50)\n+0 < icmp unreachable port_unreachable [udp (50)]\n+0 write(3, ..., 1) = -1 ECONNREFUSED (refused)",
        "{udp}+0 write(3, ..., 50) = 50\n+0 > udp (50)\n+0 < icmp unreachable host_unreachable [udp (50)]",
        "error: ",
    )
    .under(IPV6),
    Row::new(
        "icmp without a code has code 0",
        "{udp}+0 write(3, ..., 50) = 50\n+0 > udp (50)\n+0 < icmp unreachable [udp (50)]\n+0 write(3, ..., 1) = -1 ENETUNREACH (unreachable)",
        "{udp}+0 write(3, ..., 50) = 50\n+0 > udp (50)\n+0 < icmp unreachable [udp (50)]\n+0 write(3, ..., 1) = -1 ECONNREFUSED (refused)",
        "fail: write set errno to ENETUNREACH, not ECONNREFUSED",
    ),
    Row::new(
        "icmp packet_too_big",
        "{established}+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n+0 < icmp packet_too_big mtu 1280 [1:1001(1000)]\n+0 >! .1",
        "{established}+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n+0 < icmp unreachable no_route mtu 1280 [1:1001(1000)]",
        "error: ",
    )
    .under(IPV6),
    Row::new(
        "icmp time_exceeded by name in the BSD dialect",
        "{established}+0 < icmp time_exceeded ttl_exceeded_in_transit [1:1(0)]\n+0 close(4) = 0",
        "{established}+0 < icmp time_exceeded exceeded_hop_limit [1:1(0)]\n+0 close(4) = 0",
        "error: ",
    )
    .under(BSD),
    Row::new(
        "icmp with nothing but zeros",
        "{established}+0 < icmp echo_request id 7 [raw (64)]\n+0 > icmp echo_reply",
        "{established}+0 < icmp echo_request id 7 [raw (64)]\n+0 > icmp unreachable",
        "fail: type: expected 3, seen 0",
    ),
    Row::new(
        "udp both ways",
        "{udp}+0 write(3, ..., 50) = 50\n+0 > udp (50)\n+0 < udp (70)\n+0 read(3, ..., 100) = 70",
        "{udp}+0 write(3, ..., 50) = 50\n+0 > udp (51)",
        "fail: length: expected 51, seen 50",
    ),
    Row::new(
        "a socket for pings: zeros are an echo request, and the port is the identifier of its reply",
        concat!(ping!("IPPROTO_ICMP"), "+0 < icmp echo_reply id 8080 [raw (28)]\n+0 read(3, ..., 100) = 28\n+0 sendto(3, ..., 7, 0, ..., ...) = -1 EINVAL (short)"),
        concat!(ping!("IPPROTO_ICMP"), "+0 < icmp echo_reply id 8081 [raw (28)]\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 read(3, ..., 100) = 28"),
        "fail: read returned -1 EAGAIN, not 28",
    ),
    Row::new(
        "pings of IPv6",
        concat!(ping!("IPPROTO_ICMPV6"), "+0 < icmp echo_reply id 8080 [raw (28)]\n+0 recv(3, ..., 10, 0) = 10"),
        concat!(ping!("IPPROTO_ICMP"), "+0 < icmp echo_reply id 8080 [raw (28)]"),
        "fail: socket returned -1 EPROTONOSUPPORT, not 3",
    )
    .under(IPV6),
    Row::new(
        "icmp about a datagram",
        "{udp}+0 write(3, ..., 50) = 50\n+0 > udp (50)\n+0 < icmp unreachable port_unreachable [udp (50)]\n+0 write(3, ..., 1) = -1 ECONNREFUSED (refused)",
        "{udp}+0 write(3, ..., 50) = 50\n+0 > udp (50)\n+0 < icmp unreachable port_unreachable [50:60(10)]\n+0 write(3, ..., 1) = -1 ECONNREFUSED (refused)",
        "fail: write returned 1, not -1",
    ),
];

#[test]
fn ip_headers() {
    check(IP);
}

#[test]
fn flags_and_numbers() {
    check(NUMBERS);
}

#[test]
fn matching() {
    check(MATCHING);
}

#[test]
fn icmp_and_udp() {
    check(OTHERS);
}
