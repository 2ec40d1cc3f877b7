//! Structures among the arguments of calls.
use super::{BSD, How, Row, check};
use stackdrill::Profile;

/// The BSD dialect, as FreeBSD has it.
const FREEBSD: How = How { profile: Profile::FreeBsd, ..BSD };

/// A datagram whose TTL is asked for, and the message that it comes in.
macro_rules! ttl {
    ($message:literal) => {
        concat!(
            "{udp}+0 setsockopt(3, IPPROTO_IP, IP_RECVTTL, [1], 4) = 0\n+0 sendto(3, ..., 5, 0, ..., ...) = 5\n",
            "+0 > udp (5)\n+0 < [ttl 7] udp (5)\n+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], ",
            $message,
            "}, 0) = 5"
        )
    };
}

/// A time stamp of text that was sent, read into no room.
macro_rules! stamped {
    ($flags:literal) => {
        concat!(
            "{established}+0 setsockopt(4, SOL_SOCKET, SO_TIMESTAMPING, ",
            "[SOF_TIMESTAMPING_SOFTWARE|SOF_TIMESTAMPING_TX_SOFTWARE",
            $flags,
            "], 4) = 0\n+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n",
            "+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 0}], msg_flags=MSG_ERRQUEUE|MSG_TRUNC, msg_control=[",
            "{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data={scm_sec=0, scm_nsec=0}}, ",
            "{cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=ENOMSG, ",
            "ee_origin=SO_EE_ORIGIN_TIMESTAMPING, ee_type=0, ee_code=0, ee_info=SCM_TSTAMP_SND, ee_data=0}}",
            "]}, MSG_ERRQUEUE) = 0"
        )
    };
}

/// Message headers, and what is in them.
const MESSAGES: &[Row] = &[
    Row::new(
        "Google's message header has its flags before the control messages",
        ttl!("msg_flags=0, msg_control=[{cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data=7}]"),
        ttl!("msg_control=[{cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data=7}], msg_flags=0"),
        "error: a message header of this form belongs to the bsd dialect",
    ),
    Row::new(
        "the BSD dialect's has them last, and says how large the control messages are",
        ttl!("msg_control(24)=[{cmsg_len=20, cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data=7}], msg_flags=0"),
        ttl!("msg_flags=0, msg_control=[{cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data=7}]"),
        "error: a message header of this form belongs to the google dialect",
    )
    .under(BSD),
    Row::new(
        "cmsg_len",
        ttl!("msg_control(24)=[{cmsg_len=20, cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data=7}], msg_flags=0"),
        ttl!("msg_control(24)=[{cmsg_len=24, cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data=7}], msg_flags=0"),
        "fail: recvmsg gave cmsg_len 20, not 24",
    )
    .under(BSD),
    Row::new(
        "cmsg_len is the BSD dialect's",
        ttl!("msg_flags=0, msg_control=[{cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data=7}]"),
        ttl!("msg_flags=0, msg_control=[{cmsg_len=20, cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data=7}]"),
        "error: a control message of this form belongs to the bsd dialect",
    ),
    Row::new(
        "control messages get the room that the BSD dialect says",
        ttl!("msg_control(16)=[], msg_flags=MSG_CTRUNC"),
        ttl!("msg_control(24)=[], msg_flags=MSG_CTRUNC"),
        "fail: recvmsg gave message flags 0x0, not 0x8",
    )
    .under(BSD),
    Row::new(
        "{iov_base=..., iov_len=n}",
        "{established}+0 writev(4, [{iov_base=..., iov_len=4}, {..., 6}], 2) = 10",
        "{established}+0 writev(4, [{iov_base=..., iov_len=4}, {..., 6}], 2) = 6",
        "fail: writev returned 10, not 6",
    )
    .under(BSD),
    Row::new(
        "a time stamp comes with the text that it is of, unless it is to come alone",
        stamped!(""),
        stamped!("|SOF_TIMESTAMPING_OPT_TSONLY"),
        "fail: recvmsg gave message flags 0x2000, not 0x2020",
    ),
    Row::new(
        "control data is of its kind",
        ttl!("msg_flags=0, msg_control=[{cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data=7}]"),
        ttl!("msg_flags=0, msg_control=[{cmsg_level=IPPROTO_IP, cmsg_type=IP_TTL, cmsg_data={scm_sec=1, scm_nsec=0}}]"),
        "fail: recvmsg gave control data: a number, not a time stamp",
    ),
];

/// Control messages.
const CONTROL: &[Row] = &[
    Row::new(
        "control messages that have no room",
        "{udp}+0 setsockopt(3, SOL_IP, IP_RECVTTL, [1], 4) = 0\n+0 sendto(3, ..., 5, 0, ..., ...) = 5\n+0 > udp (5)\n+0 < [ttl 7] udp (5)
+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=MSG_CTRUNC, msg_control=[]}, 0) = 5",
        "{udp}+0 setsockopt(3, SOL_IP, IP_RECVTTL, [1], 4) = 0\n+0 sendto(3, ..., 5, 0, ..., ...) = 5\n+0 > udp (5)\n+0 < [ttl 7] udp (5)
+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0, msg_control=[]}, 0) = 5",
        "fail: recvmsg gave message flags 0x8, not 0x0",
    ),
    Row::new(
        "IP_RECVTTL, IP_RECVTOS",
        "{udp}+0 setsockopt(3, SOL_IP, IP_RECVTTL, [1], 4) = 0\n+0 setsockopt(3, SOL_IP, IP_RECVTOS, [1], 4) = 0\n+0 sendto(3, ..., 5, 0, ..., ...) = 5\n+0 > udp (5)\n+0 < [ttl 7] udp (5)
+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0, msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data=7}, {cmsg_level=SOL_IP, cmsg_type=IP_TOS, cmsg_data=0}]}, 0) = 5",
        "{udp}+0 setsockopt(3, SOL_IP, IP_RECVTTL, [1], 4) = 0\n+0 sendto(3, ..., 5, 0, ..., ...) = 5\n+0 > udp (5)\n+0 < [ttl 7] udp (5)
+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0, msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data=8}]}, 0) = 5",
        "fail: recvmsg gave cmsg_data 7, not 8",
    ),
    Row::new(
        "TCP_CM_INQ",
        data!("{established}+0 setsockopt(4, SOL_TCP, TCP_INQ, [1], 4) = 0\n", "+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 60}], msg_flags=0, msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=40}]}, 0) = 60\n"),
        data!("{established}+0 setsockopt(4, SOL_TCP, TCP_INQ, [1], 4) = 0\n", "+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 60}], msg_flags=0, msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=60}]}, 0) = 60\n"),
        "fail: recvmsg gave cmsg_data 40, not 60",
    ),
    Row::new(
        "the error queue: IP_RECVERR",
        "{udp}+0 setsockopt(3, SOL_IP, IP_RECVERR, [1], 4) = 0\n+0 sendto(3, ..., 5, 0, ..., ...) = 5\n+0 > udp (5)\n+0 < icmp unreachable port_unreachable [udp (5)]
+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=MSG_ERRQUEUE, msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=ECONNREFUSED, ee_origin=SO_EE_ORIGIN_ICMP, ee_type=3, ee_code=3, ee_info=0, ee_data=0}}]}, MSG_ERRQUEUE) = 0
+0 recv(3, ..., 1, MSG_ERRQUEUE) = -1 EAGAIN (read)",
        "{udp}+0 setsockopt(3, SOL_IP, IP_RECVERR, [1], 4) = 0\n+0 sendto(3, ..., 5, 0, ..., ...) = 5\n+0 > udp (5)\n+0 < icmp unreachable port_unreachable [udp (5)]
+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=MSG_ERRQUEUE, msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=EHOSTUNREACH, ee_origin=SO_EE_ORIGIN_ICMP, ee_type=3, ee_code=3, ee_info=0, ee_data=0}}]}, MSG_ERRQUEUE) = 0",
        "fail: recvmsg gave ee_errno 111, not 113",
    ),
    Row::new(
        "MSG_ZEROCOPY",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_ZEROCOPY, [1], 4) = 0\n+0 send(4, ..., 100, MSG_ZEROCOPY) = 100\n+0 > P. 1:101(100) ack 1\n+0 recv(4, ..., 1, MSG_ERRQUEUE) = -1 EAGAIN (in use)\n+.1 < . 1:1(0) ack 101 win 65535
+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 0}], msg_flags=MSG_ERRQUEUE, msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=0, ee_origin=SO_EE_ORIGIN_ZEROCOPY, ee_type=0, ee_code=SO_EE_CODE_ZEROCOPY_COPIED, ee_info=0, ee_data=0}}]}, MSG_ERRQUEUE) = 0",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_ZEROCOPY, [1], 4) = 0\n+0 send(4, ..., 100, MSG_ZEROCOPY) = 100\n+0 > P. 1:101(100) ack 1\n+.1 < . 1:1(0) ack 101 win 65535
+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 0}], msg_flags=MSG_ERRQUEUE, msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=0, ee_origin=SO_EE_ORIGIN_ZEROCOPY, ee_type=0, ee_code=0, ee_info=0, ee_data=0}}]}, MSG_ERRQUEUE) = 0",
        "fail: recvmsg gave ee_code 1, not 0",
    ),
    Row::new(
        "SO_TIMESTAMPING: when text was acknowledged",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_TIMESTAMPING, [SOF_TIMESTAMPING_SOFTWARE|SOF_TIMESTAMPING_TX_ACK|SOF_TIMESTAMPING_OPT_ID|SOF_TIMESTAMPING_OPT_TSONLY], 4) = 0\n+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n+.2 < . 1:1(0) ack 101 win 65535
+.1 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 0}], msg_flags=MSG_ERRQUEUE, msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data={scm_sec=0, scm_nsec=200000000}}, {cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=ENOMSG, ee_origin=SO_EE_ORIGIN_TIMESTAMPING, ee_type=0, ee_code=0, ee_info=SCM_TSTAMP_ACK, ee_data=99}}]}, MSG_ERRQUEUE) = 0",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_TIMESTAMPING, [SOF_TIMESTAMPING_SOFTWARE|SOF_TIMESTAMPING_TX_ACK|SOF_TIMESTAMPING_OPT_ID|SOF_TIMESTAMPING_OPT_TSONLY], 4) = 0\n+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n+.2 < . 1:1(0) ack 101 win 65535
+.1 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 0}], msg_flags=MSG_ERRQUEUE, msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data={scm_sec=0, scm_nsec=300000000}}, {cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=ENOMSG, ee_origin=SO_EE_ORIGIN_TIMESTAMPING, ee_type=0, ee_code=0, ee_info=SCM_TSTAMP_ACK, ee_data=99}}]}, MSG_ERRQUEUE) = 0",
        "fail: recvmsg gave a time stamp of microsecond 200000, not 300000",
    ),
];

/// Values of socket options, and of calls.
const VALUES: &[Row] = &[
    Row::new(
        "{onoff=n, linger=n} read back, field by field",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, 8) = 0\n+0 getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=..., linger=5}, ...) = 0",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, 8) = 0\n+0 getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=..., linger=6}, ...) = 0",
        "fail: getsockopt gave linger 5, not 6",
    )
    .under(BSD),
    Row::new(
        "{enable=n, psk=hex}",
        "{listening}+0 setsockopt(3, IPPROTO_TCP, TCP_FASTOPEN, {enable=1, psk=00112233445566778899001122334455}, ...) = 0",
        "{listening}+0 setsockopt(3, IPPROTO_TCP, TCP_FASTOPEN, {enable=1, psk=001122334}, ...) = 0",
        "error: a part of argument 4 of setsockopt must be octets in hexadecimal",
    )
    .under(FREEBSD),
    Row::new(
        "{af_name=s} is unsupported by name",
        "{listening}",
        "{listening}+0 setsockopt(3, SOL_SOCKET, SO_ACCEPTFILTER, {af_name=\"dataready\"}, ...) = 0",
        "unsupported: an option value with af_name",
    )
    .under(FREEBSD),
    Row::new(
        "htonl",
        "{listening}+0 setsockopt(3, SOL_SOCKET, SO_MARK, [htonl(1)], 4) = 0\n+0 getsockopt(3, SOL_SOCKET, SO_MARK, [htonl(1)], [4]) = 0",
        "{listening}+0 setsockopt(3, SOL_SOCKET, SO_MARK, [htonl(1)], 4) = 0\n+0 getsockopt(3, SOL_SOCKET, SO_MARK, [1], [4]) = 0",
        "fail: getsockopt gave the value 16777216, not 1",
    )
    .under(BSD),
    Row::new(
        "a value of an option is in brackets, a string or a structure",
        "{listening}+0 setsockopt(3, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0",
        "{listening}+0 setsockopt(3, SOL_SOCKET, SO_KEEPALIVE, 1, 4) = 0",
        "error: argument 4 of setsockopt must be `[n]`, a string or a structure",
    ),
    Row::new(
        "an integer of an argument has 32 bits, with or without a sign",
        "{listening}+0 setsockopt(3, SOL_SOCKET, SO_MARK, [4294967295], 4) = 0\n+0 getsockopt(3, SOL_SOCKET, SO_MARK, [-1], [4]) = 0",
        "{listening}+0 setsockopt(3, SOL_SOCKET, SO_MARK, [4294967296], 4) = 0",
        "error: 4294967296 does not fit 32 bits",
    ),
    Row::new(
        "an epoll_event names the descriptor that is watched",
        "{established}+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT, fd=4}) = 0\n+0 epoll_wait(5, {events=EPOLLOUT, fd=4}, 1, 0) = 1",
        "{established}+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT, fd=3}) = 0",
        "error: a part of argument 4 of epoll_ctl must be the descriptor that is watched",
    ),
    Row::new(
        "revents that are not written are none",
        "{established}+0 poll([{fd=4, events=POLLIN}], 1, 0) = 0",
        "{established}+0 poll([{fd=4, events=POLLOUT}], 1, 0) = 1",
        "fail: poll gave revents 0x4, not 0x0",
    ),
];

/// Whom a packet is of, where one tool knows it.
const PACKETS: &[Row] = &[
    Row::new(
        "the BSD dialect expects no ICMP message",
        "{established}+0 < icmp echo_request [1:1(0)]\n+0 close(4) = 0",
        "{established}+0 < icmp echo_request [1:1(0)]\n+0 > icmp echo_reply",
        "error: an ICMP message that is expected belongs to the google dialect",
    )
    .under(BSD),
    Row::new(
        "without any socket the BSD dialect has nobody to send a datagram to",
        "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 < udp (5)\n+0 close(3) = 0",
        "0 < udp (5)\n+0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3",
        "error: there is no socket that this packet could be for",
    )
    .under(BSD),
];

#[test]
fn messages() {
    check(MESSAGES);
}

#[test]
fn messages_come_with_control_messages() {
    check(CONTROL);
}

#[test]
fn values() {
    check(VALUES);
}

#[test]
fn packets() {
    check(PACKETS);
}
