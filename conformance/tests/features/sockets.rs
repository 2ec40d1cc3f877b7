//! Whose a packet is: the socket under test, the numbers that it counts from, and what is somebody else's.
use super::{BSD, Row, check};

macro_rules! connecting {
    ($rest:expr) => {
        concat!(
            "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n",
            "+0 connect(3, ..., ...) = -1 EINPROGRESS (in progress)\n+0 > S 50:50(0) <...>\n",
            $rest
        )
    };
}

macro_rules! second {
    ($packet:literal) => {
        concat!(
            "{established}+0 write(4, ..., 10) = 10\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 5\n",
            "+0 fcntl(5, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n",
            "+0 connect(5, ..., ...) = -1 EINPROGRESS (in progress)\n+0 > ",
            $packet,
            "\n"
        )
    };
}

/// Two SYNs that cross, and text.
macro_rules! crossing {
    ($text:literal) => {
        connecting!(concat!(
            "+0 < S 700:700(0) win 65535\n+0 > S. 50:50(0) ack 701 <...>\n+0 < . 701:701(0) ack 1 win 65535\n",
            "+0 write(3, ..., 10) = 10\n",
            $text
        ))
    };
}

/// A connection that is closed, and another by the same number.
macro_rules! again {
    ($packet:literal) => {
        concat!(
            "{connected}+0 close(3) = 0\n+0 > F. 1:1(0) ack 1\n+0 < F. 1:1(0) ack 2 win 65535\n+0 > . 2:2(0) ack 2\n",
            "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n",
            "+0 connect(3, ..., ...) = -1 EINPROGRESS (in progress)\n",
            $packet
        )
    };
}

/// Which socket a packet is of.
const WHOSE: &[Row] = &[
    Row::new(
        "the last socket that was made is under test, and packets of others are nobody's",
        second!("S 0:0(0) <...>"),
        second!("P. 1:11(10) ack 1"),
        "fail: no packet was sent",
    ),
    Row::new(
        "what comes after a connection has begun belongs to it, be it another SYN",
        "{listening}+0 < S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 1 <...>\n+0 < S 0:0(0) win 1000\n+0 > . 1:1(0) ack 1",
        "{listening}+0 < S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 1 <...>\n+0 < S 900:900(0) win 1000\n+0 > S. 0:0(0) ack 901 <...>",
        "fail: no packet was sent",
    ),
    Row::new(
        "a number that is given again is another socket's",
        again!("+0 > S 0:0(0) <...>"),
        again!("+0 > S 0:0(0) ack 5 <...>"),
        "fail: acknowledgment number: expected 5, seen 0",
    ),
    Row::new(
        "a socket that listens again takes another connection",
        "{established}+0 close(3) = 0\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 5\n+0 setsockopt(5, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0\n+0 bind(5, ..., ...) = 0\n+0 listen(5, 1) = 0\n+0 < S 900:900(0) win 1000\n+0 > S. 0:0(0) ack 901 <...>",
        "{established}+0 close(3) = 0\n+0 < S 900:900(0) win 1000\n+0 > S. 0:0(0) ack 901 <...>",
        "fail: flags: expected S., seen .",
    ),
];

/// What numbers count from.
const NUMBERS: &[Row] = &[
    Row::new(
        "numbers of an active open count from the SYN and its answer",
        connecting!("+0 < S. 700:700(0) ack 51 win 1000\n+0 > . 1:1(0) ack 1"),
        connecting!("+0 < S. 700:700(0) ack 51 win 1000\n+0 > . 51:51(0) ack 701"),
        "fail: sequence number: expected 51, seen 1",
    ),
    Row::new(
        "the acknowledgment of a SYN counts as the script's own SYN does",
        connecting!("+0 < S. 700:700(0) ack 51 win 1000\n+0 > . 1:1(0) ack 1"),
        connecting!("+0 < S. 700:700(0) ack 1 win 1000\n+0 > . 1:1(0) ack 1"),
        "fail: flags: expected ., seen R",
    ),
    Row::new(
        "the first packet to a listener says what its peer counts from, be it no SYN",
        "{listening}+0 < . 5:5(0) ack 7 win 1000\n+0 > R 7:7(0)",
        "{listening}+0 < . 5:5(0) ack 7 win 1000\n+0 > R 8:8(0)",
        "fail: sequence number: expected 8, seen 7",
    ),
    Row::new(
        "a SYN that crosses ours says nothing of what its peer counts from",
        crossing!("+0 > P. 1:11(10) ack 701"),
        crossing!("+0 > P. 1:11(10) ack 1"),
        "fail: acknowledgment number: expected 1, seen 701",
    ),
    Row::new(
        "more octets than are expected are too many",
        "{established}+0 write(4, ..., 2000) = 2000\n+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:2001(1000) ack 1",
        "{established}+0 write(4, ..., 2000) = 2000\n+0 > P. 1:1501(1500) ack 1",
        "fail: length: expected 1500, seen 2000",
    ),
];

/// Ports, and datagrams.
const DATAGRAMS: &[Row] = &[
    Row::new(
        "a port of 0 is the connection's, another is as it is written, and the answer to it is nobody's",
        "{listening}+0 < 0 > 8080 S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 1 <...>",
        "{listening}+0 < 5 > 0 S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 1 <...>",
        "fail: no packet was sent",
    ),
    Row::new(
        "the BSD dialect has its own ports, whatever is written",
        "{listening}+0 < 5 > 99 S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 1 <...>",
        "{listening}+0 < 5 > 99 S 0:0(0) win 1000\n+0 > 99 > 5 S. 0:0(0) ack 2 <...>",
        "fail: acknowledgment number: expected 2, seen 1",
    )
    .under(BSD),
    Row::new(
        "a datagram in a connection says its ports",
        "{established}+0 < udp 5 > 6 (5)\n+0 > icmp unreachable port_unreachable",
        "{established}+0 < udp (5)\n+0 > icmp unreachable port_unreachable",
        "error: there is no socket that this packet could be for",
    ),
    Row::new(
        "what is injected comes from far away and says nothing of its service",
        "{udp}+0 setsockopt(3, SOL_IP, IP_RECVTTL, [1], 4) = 0\n+0 setsockopt(3, SOL_IP, IP_RECVTOS, [1], 4) = 0\n+0 sendto(3, ..., 5, 0, ..., ...) = 5\n+0 > udp (5)\n+0 < udp (5)\n+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0, msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data=255}, {cmsg_level=SOL_IP, cmsg_type=IP_TOS, cmsg_data=0}]}, 0) = 5",
        "{udp}+0 setsockopt(3, SOL_IP, IP_RECVTTL, [1], 4) = 0\n+0 sendto(3, ..., 5, 0, ..., ...) = 5\n+0 > udp (5)\n+0 < udp (5)\n+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0, msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data=64}]}, 0) = 5",
        "fail: recvmsg gave cmsg_data 255, not 64",
    ),
    Row::new(
        "the BSD dialect makes a peer for the first datagram",
        "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 bind(3, ..., ...) = 0\n+0 < udp (10)\n+0 read(3, ..., 100) = 10",
        "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 bind(3, ..., ...) = 0\n+0 < udp (10)\n+0 read(3, ..., 100) = 11",
        "fail: read returned 10, not 11",
    )
    .under(BSD),
];

#[test]
fn whose_packets() {
    check(WHOSE);
}

#[test]
fn what_numbers_count_from() {
    check(NUMBERS);
}

#[test]
fn datagrams() {
    check(DATAGRAMS);
}
