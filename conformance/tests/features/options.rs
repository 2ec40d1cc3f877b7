//! Socket options: each with what it does, and what it says of itself.
use super::{BSD, GOOGLE, How, IPV6, Row, check};
use stackdrill::{Profile, Variant};

/// Google's dialect over IPv4, as Linux has it.
const LINUX: How = How { profile: Profile::Linux, ..GOOGLE };
/// The BSD dialect over IPv4, as FreeBSD has it.
const FREEBSD: How = How { profile: Profile::FreeBsd, ..BSD };

/// An option that is set and read back: it shows what was set, and not something else.
macro_rules! kept {
    ($level:literal, $name:literal, $set:literal, $shown:literal) => {
        Row::new(
            $name,
            concat!(
                "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, ",
                $level,
                ", ",
                $name,
                ", [",
                $set,
                "], 4) = 0\n+0 getsockopt(3, ",
                $level,
                ", ",
                $name,
                ", [",
                $shown,
                "], [4]) = 0"
            ),
            concat!(
                "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, ",
                $level,
                ", ",
                $name,
                ", [",
                $set,
                "], 4) = 0\n+0 getsockopt(3, ",
                $level,
                ", ",
                $name,
                ", [77], [4]) = 0"
            ),
            concat!("fail: getsockopt gave the value ", $shown, ", not 77"),
        )
    };
}

/// Set and read back.
const KEPT: &[Row] = &[
    kept!("SOL_SOCKET", "SO_REUSEADDR", "1", "1"),
    kept!("SOL_SOCKET", "SO_REUSEPORT", "1", "1"),
    kept!("SOL_SOCKET", "SO_KEEPALIVE", "1", "1"),
    kept!("SOL_SOCKET", "SO_OOBINLINE", "1", "1"),
    kept!("SOL_SOCKET", "SO_BROADCAST", "1", "1"),
    kept!("SOL_SOCKET", "SO_RCVLOWAT", "20", "20"),
    kept!("SOL_SOCKET", "SO_MARK", "5", "5"),
    kept!("SOL_SOCKET", "SO_PRIORITY", "3", "3"),
    kept!("SOL_SOCKET", "SO_MAX_PACING_RATE", "100000", "100000"),
    kept!("SOL_SOCKET", "SO_ZEROCOPY", "1", "1"),
    kept!("SOL_SOCKET", "SO_RCVBUF", "20000", "20000"),
    kept!("SOL_SOCKET", "SO_SNDBUF", "20000", "20000"),
    kept!("SOL_TCP", "TCP_NODELAY", "1", "1"),
    kept!("SOL_TCP", "TCP_CORK", "1", "1"),
    kept!("SOL_TCP", "TCP_QUICKACK", "1", "1"),
    kept!("SOL_TCP", "TCP_MAXSEG", "700", "700"),
    kept!("SOL_TCP", "TCP_KEEPIDLE", "60", "60"),
    kept!("SOL_TCP", "TCP_KEEPINTVL", "10", "10"),
    kept!("SOL_TCP", "TCP_KEEPCNT", "3", "3"),
    kept!("SOL_TCP", "TCP_SYNCNT", "4", "4"),
    kept!("SOL_TCP", "TCP_LINGER2", "9", "9"),
    kept!("SOL_TCP", "TCP_DEFER_ACCEPT", "5", "7"),
    kept!("SOL_TCP", "TCP_WINDOW_CLAMP", "9000", "9000"),
    kept!("SOL_TCP", "TCP_USER_TIMEOUT", "5000", "5000"),
    kept!("SOL_TCP", "TCP_NOTSENT_LOWAT", "1000", "1000"),
    kept!("SOL_TCP", "TCP_INQ", "1", "1"),
    kept!("SOL_TCP", "TCP_FASTOPEN", "5", "5"),
    kept!("SOL_TCP", "TCP_FASTOPEN_NO_COOKIE", "1", "1"),
    kept!("SOL_IP", "IP_TTL", "9", "9"),
    kept!("SOL_IP", "IP_TOS", "32", "32"),
    kept!("SOL_IP", "IP_RECVERR", "1", "1"),
    kept!("SOL_IP", "IP_FREEBIND", "1", "1"),
    kept!("SOL_IP", "IP_MTU_DISCOVER", "IP_PMTUDISC_DO", "2"),
];

/// Read only.
const SHOWN: &[Row] = &[
    Row::new(
        "SO_ACCEPTCONN, SO_TYPE, SO_PROTOCOL, SO_DOMAIN",
        "{listening}+0 getsockopt(3, SOL_SOCKET, SO_ACCEPTCONN, [1], [4]) = 0\n+0 getsockopt(3, SOL_SOCKET, SO_TYPE, [SOCK_STREAM], [4]) = 0
+0 getsockopt(3, SOL_SOCKET, SO_PROTOCOL, [IPPROTO_TCP], [4]) = 0\n+0 getsockopt(3, SOL_SOCKET, SO_DOMAIN, [AF_INET], [4]) = 0",
        "{listening}+0 setsockopt(3, SOL_SOCKET, SO_TYPE, [1], 4) = 0",
        "fail: setsockopt returned -1 ENOPROTOOPT, not 0",
    ),
    Row::new(
        "SO_ERROR",
        "{established}+0 < R. 1:1(0) ack 1 win 65535\n+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0\n+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0",
        "{established}+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0",
        "fail: getsockopt gave the value 0, not 104",
    ),
    Row::new(
        "TCP_MAXSEG of a connection",
        "{established}+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [1000], [4]) = 0",
        "{established}+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [1460], [4]) = 0",
        "fail: getsockopt gave the value 1000, not 1460",
    ),
    Row::new(
        "IP_MTU",
        "{established}+0 getsockopt(4, SOL_IP, IP_MTU, [1500], [4]) = 0",
        "{listening}+0 getsockopt(3, SOL_IP, IP_MTU, [1500], [4]) = 0",
        "fail: getsockopt returned -1 ENOTCONN, not 0",
    ),
    Row::new(
        "SO_NO_CHECK, UDP_NO_CHECK6_TX, UDP_NO_CHECK6_RX",
        "{udp}+0 setsockopt(3, SOL_SOCKET, SO_NO_CHECK, [1], 4) = 0\n+0 getsockopt(3, SOL_SOCKET, SO_NO_CHECK, [1], [4]) = 0
+0 setsockopt(3, IPPROTO_UDP, UDP_NO_CHECK6_TX, [1], 4) = 0\n+0 setsockopt(3, IPPROTO_UDP, UDP_NO_CHECK6_RX, [1], 4) = 0
+0 getsockopt(3, IPPROTO_UDP, UDP_NO_CHECK6_TX, [1], [4]) = 0\n+0 getsockopt(3, IPPROTO_UDP, UDP_NO_CHECK6_RX, [1], [4]) = 0",
        "{udp}+0 getsockopt(3, IPPROTO_UDP, UDP_NO_CHECK6_RX, [1], [4]) = 0",
        "fail: getsockopt gave the value 0, not 1",
    ),
    Row::new(
        "TCP_SYNCNT that nobody set is the system's",
        "0 `sysctl -q net.ipv4.tcp_syn_retries=3`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 getsockopt(3, SOL_TCP, TCP_SYNCNT, [3], [4]) = 0",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 getsockopt(3, SOL_TCP, TCP_SYNCNT, [3], [4]) = 0",
        "fail: getsockopt gave the value 6, not 3",
    )
    .under(LINUX),
    Row::new(
        "TCP_CONGESTION",
        "{established}+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, \"reno\", [4]) = 0",
        "{established}+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, \"cubic\", [5]) = 0",
        "fail: getsockopt gave",
    ),
];

/// What they do.
const EFFECTS: &[Row] = &[
    Row::new(
        "TCP_NODELAY",
        "{established}+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+0 write(4, ..., 10) = 10\n+0 > P. 11:21(10) ack 1",
        "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+0 write(4, ..., 10) = 10\n+0 > P. 11:21(10) ack 1",
        "fail: ",
    ),
    Row::new(
        "TCP_CORK",
        "{established}+0 setsockopt(4, SOL_TCP, TCP_CORK, [1], 4) = 0\n+0 write(4, ..., 10) = 10\n+.1 setsockopt(4, SOL_TCP, TCP_CORK, [0], 4) = 0\n+0 > P. 1:11(10) ack 1",
        "{established}+0 setsockopt(4, SOL_TCP, TCP_CORK, [1], 4) = 0\n+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1",
        "fail: ",
    ),
    Row::new(
        "TCP_QUICKACK",
        "{established}+0 setsockopt(4, SOL_TCP, TCP_QUICKACK, [1], 4) = 0\n+0 < P. 1:101(100) ack 1 win 65535\n+0 > . 1:1(0) ack 101",
        "{established}+0 < P. 1:101(100) ack 1 win 65535\n+0 > . 1:1(0) ack 101",
        "fail: ",
    ),
    Row::new(
        "a new connection acknowledges at once, until its user answers, as Linux does",
        "{established}+0 < P. 1:101(100) ack 1 win 65535\n+0 > . 1:1(0) ack 101\n+.1 < P. 101:201(100) ack 1 win 65535\n+0 > . 1:1(0) ack 201\n+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 201\n+.1 < P. 201:301(100) ack 11 win 65535\n+.04 > . 11:11(0) ack 301",
        "{established}+0 < P. 1:101(100) ack 1 win 65535\n+0 > . 1:1(0) ack 101\n+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 101\n+.1 < P. 101:201(100) ack 11 win 65535\n+0 > . 11:11(0) ack 201",
        "0.040000 s too late",
    )
    .under(LINUX),
    Row::new(
        "TCP_QUICKACK 0: acknowledgments wait from the start",
        "{established}+0 setsockopt(4, SOL_TCP, TCP_QUICKACK, [0], 4) = 0\n+0 < P. 1:101(100) ack 1 win 65535\n+.04 > . 1:1(0) ack 101",
        "{established}+0 setsockopt(4, SOL_TCP, TCP_QUICKACK, [0], 4) = 0\n+0 < P. 1:101(100) ack 1 win 65535\n+0 > . 1:1(0) ack 101",
        "0.040000 s too late",
    )
    .under(LINUX),
    Row::new(
        "IP_MINTTL: what may have come from further away is not heard",
        "{established}+0 setsockopt(4, SOL_IP, IP_MINTTL, [255], 4) = 0\n+0 getsockopt(4, SOL_IP, IP_MINTTL, [255], [4]) = 0\n+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 < [ttl 254] P. 1:101(100) ack 1 win 65535\n+0 read(4, ..., 100) = -1 EAGAIN (too far away)\n+0 < P. 1:101(100) ack 1 win 65535\n+0 read(4, ..., 100) = 100",
        "{established}+0 setsockopt(4, SOL_IP, IP_MINTTL, [254], 4) = 0\n+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 < [ttl 254] P. 1:101(100) ack 1 win 65535\n+0 read(4, ..., 100) = -1 EAGAIN (too far away)",
        "fail: read returned 100, not -1",
    ),
    Row::new(
        "IP_MINTTL of a listening socket, and its values",
        "{listening}+0 setsockopt(3, SOL_IP, IP_MINTTL, [256], 4) = -1 EINVAL (an octet)\n+0 setsockopt(3, SOL_IP, IP_MINTTL, [200], 4) = 0\n+0 < [ttl 199] S 0:0(0) win 65535 <mss 1000>\n+1 < [ttl 200] S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>",
        "{listening}+0 setsockopt(3, SOL_IP, IP_MINTTL, [200], 4) = 0\n+0 < [ttl 199] S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>",
        "fail: no packet was sent",
    ),
    Row::new(
        "IPV6_MINHOPCOUNT",
        "{established}+0 setsockopt(4, SOL_IPV6, IPV6_MINHOPCOUNT, [255], 4) = 0\n+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 < [ttl 254] P. 1:101(100) ack 1 win 65535\n+0 read(4, ..., 100) = -1 EAGAIN (too far away)",
        "{established}+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 < [ttl 254] P. 1:101(100) ack 1 win 65535\n+0 read(4, ..., 100) = -1 EAGAIN (too far away)",
        "fail: read returned 100, not -1",
    )
    .under(IPV6),
    Row::new(
        "IPV6_USE_MIN_MTU: nothing is larger than every path carries",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, IPPROTO_IPV6, IPV6_USE_MIN_MTU, [2], 4) = -1 EINVAL (there is none)\n+0 getsockopt(3, IPPROTO_IPV6, IPV6_USE_MIN_MTU, [-1], [4]) = 0\n+0 setsockopt(3, IPPROTO_IPV6, IPV6_USE_MIN_MTU, [1], 4) = 0\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)\n+0 > S 0:0(0) win 65535 <mss 1220,nop,wscale 6,sackOK,TS val 1 ecr 0>",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)\n+0 > S 0:0(0) win 65535 <mss 1220,nop,wscale 6,sackOK,TS val 1 ecr 0>",
        "fail: options: expected <mss 1220",
    )
    .under(How { variant: Variant::Ipv6, ..FREEBSD }),
    Row::new(
        "SO_SNDLOWAT: how much room makes a stream ready for writing",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_SNDBUF, [10000], 4) = 0\n+0 setsockopt(4, SOL_SOCKET, SO_SNDLOWAT, [0], 4) = -1 EINVAL (nothing)\n+0 setsockopt(4, SOL_SOCKET, SO_SNDLOWAT, [9000], 4) = 0\n+0 getsockopt(4, SOL_SOCKET, SO_SNDLOWAT, [9000], [4]) = 0\n+0 write(4, ..., 1001) = 1001\n+0 poll([{fd=4, events=POLLOUT, revents=0}], 1, 0) = 0",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_SNDBUF, [10000], 4) = 0\n+0 write(4, ..., 1001) = 1001\n+0 poll([{fd=4, events=POLLOUT, revents=0}], 1, 0) = 0",
        "fail: poll returned 1, not 0",
    ),
    Row::new(
        "SO_SNDLOWAT is fixed on Linux",
        "{established}+0 getsockopt(4, SOL_SOCKET, SO_SNDLOWAT, [1], [4]) = 0\n+0 setsockopt(4, SOL_SOCKET, SO_SNDLOWAT, [1], 4) = -1 ENOPROTOOPT (fixed)",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_SNDLOWAT, [1], 4) = 0",
        "fail: setsockopt returned -1 ENOPROTOOPT, not 0",
    )
    .under(LINUX),
    Row::new(
        "TCP_SYNCNT",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 setsockopt(3, SOL_TCP, TCP_SYNCNT, [1], 4) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (goes on)\n+0 > S 0:0(0) <...>\n+1 > S 0:0(0) <...>\n+2.1 getsockopt(3, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (goes on)\n+0 > S 0:0(0) <...>\n+1 > S 0:0(0) <...>\n+1.9 getsockopt(3, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0",
        "fail: getsockopt gave the value 0, not 110",
    ),
    Row::new(
        "TCP_USER_TIMEOUT",
        "{established}+0 setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [1500], 4) = 0\n+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+1 > P. 1:11(10) ack 1\n+2.1 write(4, ..., 10) = -1 ETIMEDOUT (gave up)",
        "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+1 > P. 1:11(10) ack 1\n+1.9 write(4, ..., 10) = -1 ETIMEDOUT (gave up)",
        "fail: write returned 10, not -1",
    ),
    Row::new(
        "TCP_LINGER2",
        "{established}+0 setsockopt(4, SOL_TCP, TCP_LINGER2, [3], 4) = 0\n+0 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+0 < . 1:1(0) ack 2 win 65535\n+3.1 < P. 1:2(1) ack 2 win 65535\n+0 > R 2:2(0)",
        "{established}+0 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+0 < . 1:1(0) ack 2 win 65535\n+3.1 < F. 1:1(0) ack 2 win 65535\n+0 > R 2:2(0)",
        "fail: ",
    ),
    Row::new(
        "TCP_DEFER_ACCEPT",
        "{listening}+0 setsockopt(3, SOL_TCP, TCP_DEFER_ACCEPT, [5], 4) = 0\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = -1 EAGAIN (waits for text)\n+0 < P. 1:11(10) ack 1 win 65535\n+0 accept(3, ..., ...) = 4",
        "{listening}+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = -1 EAGAIN (waits for text)",
        "fail: accept returned 4, not -1",
    ),
    Row::new(
        "TCP_DEFER_ACCEPT: one last SYN,ACK, and then no text is needed",
        "{listening}+0 setsockopt(3, SOL_TCP, TCP_DEFER_ACCEPT, [5], 4) = 0\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = -1 EAGAIN (waits for text)\n+7 > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4",
        "{listening}+0 setsockopt(3, SOL_TCP, TCP_DEFER_ACCEPT, [5], 4) = 0\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = -1 EAGAIN (waits for text)\n+1 > S. 0:0(0) ack 1 <...>",
        "fail: no packet was sent",
    ),
    Row::new(
        "TCP_WINDOW_CLAMP",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, SOL_TCP, TCP_WINDOW_CLAMP, [5000], 4) = 0\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 win 5000 <...>",
        "{listening}+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 win 5000 <...>",
        "fail: ",
    ),
    Row::new(
        "TCP_NOTSENT_LOWAT",
        "{established}+0 setsockopt(4, SOL_TCP, TCP_NOTSENT_LOWAT, [1000], 4) = 0\n+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 poll([{fd=4, events=POLLOUT, revents=POLLOUT}], 1, 0) = 1\n+0 setsockopt(4, SOL_TCP, TCP_CORK, [1], 4) = 0\n+0 write(4, ..., 900) = 900\n+0 setsockopt(4, SOL_TCP, TCP_NOTSENT_LOWAT, [900], 4) = 0\n+0 poll([{fd=4, events=POLLOUT, revents=0}], 1, 0) = 0",
        "{established}+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 setsockopt(4, SOL_TCP, TCP_CORK, [1], 4) = 0\n+0 write(4, ..., 900) = 900\n+0 poll([{fd=4, events=POLLOUT, revents=0}], 1, 0) = 0",
        "fail: poll returned 1, not 0",
    ),
    Row::new(
        "SO_RCVTIMEO takes a struct timeval",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, [1], 4) = -1 EINVAL (no timeval)",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, [1], 4) = 0",
        "fail: setsockopt returned -1 EINVAL, not 0",
    ),
    Row::new(
        "SO_RCVTIMEO",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, \"\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\", 16) = 0\n+0...1 read(4, ..., 1) = -1 EAGAIN (nothing came)",
        "{established}+0...1 read(4, ..., 1) = -1 EAGAIN (nothing came)",
        "fail: read is still blocked",
    ),
    Row::new(
        "SO_OOBINLINE",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_OOBINLINE, [1], 4) = 0\n+0 < PU. 1:11(10) ack 1 win 65535 urg 10\n+0~+.5 > . 1:1(0) ack 11\n+0 recv(4, ..., 1, MSG_OOB) = -1 EINVAL (inline)\n+0 read(4, ..., 100) = 9\n+0 read(4, ..., 100) = 1",
        "{established}+0 < PU. 1:11(10) ack 1 win 65535 urg 10\n+0~+.5 > . 1:1(0) ack 11\n+0 read(4, ..., 100) = 9\n+0 read(4, ..., 100) = 1",
        "fail: read blocks",
    )
    .under(LINUX),
    Row::new(
        "TCP_FASTOPEN_CONNECT with TCP_FASTOPEN_NO_COOKIE",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN_NO_COOKIE, [1], 4) = 0\n+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN_CONNECT, [1], 4) = 0\n+0 connect(3, ..., ...) = 0\n+0...0.1 write(3, ..., 100) = 100\n+0 > S 0:100(100) <...>\n+.1 < S. 0:0(0) ack 101 win 65535 <mss 1000>\n+0 > . 101:101(0) ack 1",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN_CONNECT, [1], 4) = 0\n+0 connect(3, ..., ...) = 0",
        "fail: connect returned -1 EINPROGRESS, not 0",
    )
    .under(LINUX),
    Row::new(
        "TCP_FASTOPEN_KEY is of sixteen octets",
        "{listening}+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN_KEY, \"0123456789abcdef\", 16) = 0",
        "{listening}+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN_KEY, \"0123456789abcde\", 15) = 0",
        "fail: setsockopt returned -1 EINVAL, not 0",
    )
    .under(LINUX),
    Row::new(
        "IP_TOS and IP_TTL",
        "{established}+0 setsockopt(4, SOL_IP, IP_TOS, [0x20], 4) = 0\n+0 setsockopt(4, SOL_IP, IP_TTL, [9], 4) = 0\n+0 write(4, ..., 10) = 10\n+0 > [tos 0x20] P. 1:11(10) ack 1\n+0 < . 1:1(0) ack 11 win 65535\n+0 write(4, ..., 10) = 10\n+0 > [ttl 9] P. 11:21(10) ack 1",
        "{established}+0 setsockopt(4, SOL_IP, IP_TTL, [8], 4) = 0\n+0 write(4, ..., 10) = 10\n+0 > [ttl 9] P. 1:11(10) ack 1",
        "fail: ",
    ),
    Row::new(
        "IPV6_TCLASS and IPV6_UNICAST_HOPS",
        "{established}+0 setsockopt(4, SOL_IPV6, IPV6_TCLASS, [0x20], 4) = 0\n+0 setsockopt(4, SOL_IPV6, IPV6_UNICAST_HOPS, [9], 4) = 0\n+0 write(4, ..., 10) = 10\n+0 > [ttl 9] P. 1:11(10) ack 1",
        "{established}+0 setsockopt(4, SOL_IPV6, IPV6_UNICAST_HOPS, [8], 4) = 0\n+0 write(4, ..., 10) = 10\n+0 > [ttl 9] P. 1:11(10) ack 1",
        "fail: ",
    )
    .under(IPV6),
    Row::new(
        "SO_REUSEPORT shares a port between listeners",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, SOL_SOCKET, SO_REUSEPORT, [1], 4) = 0\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4\n+0 setsockopt(4, SOL_SOCKET, SO_REUSEPORT, [1], 4) = 0\n+0 bind(4, ..., ...) = 0\n+0 listen(4, 1) = 0",
        "{listening}+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4\n+0 setsockopt(4, SOL_SOCKET, SO_REUSEPORT, [1], 4) = 0\n+0 bind(4, ..., ...) = 0",
        "fail: bind returned -1 EADDRINUSE, not 0",
    ),
];

/// FreeBSD's own.
const OF_FREEBSD: &[Row] = &[
    Row::new(
        "TCP_NOOPT",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, IPPROTO_TCP, TCP_NOOPT, [1], 4) = 0\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (goes on)\n+0 > S 0:0(0) win 65535",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (goes on)\n+0 > S 0:0(0) win 65535",
        "fail: ",
    ),
    Row::new(
        "TCP_KEEPINIT",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [4], 4) = 0\n+0 getsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [4], [4]) = 0",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [0], 4) = 0",
        "fail: setsockopt returned -1 EINVAL, not 0",
    ),
    Row::new(
        "TCP_MAXSEG is not announced",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, IPPROTO_TCP, TCP_MAXSEG, [500], 4) = 0\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (goes on)\n+0 > S 0:0(0) <..., mss 1460>",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, IPPROTO_TCP, TCP_MAXSEG, [500], 4) = 0\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (goes on)\n+0 > S 0:0(0) <..., mss 500>",
        "fail: options: expected <...,mss 500>, seen <mss 1460,",
    ),
    Row::new(
        "TCP_KEEPINIT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT: what they are where nobody set them",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 getsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [75], [4]) = 0\n+0 getsockopt(3, IPPROTO_TCP, TCP_KEEPIDLE, [7200], [4]) = 0\n+0 getsockopt(3, IPPROTO_TCP, TCP_KEEPINTVL, [75], [4]) = 0\n+0 getsockopt(3, IPPROTO_TCP, TCP_KEEPCNT, [8], [4]) = 0",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 getsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [0], [4]) = 0",
        "fail: getsockopt gave the value 75, not 0",
    ),
    Row::new(
        "TCP_FUNCTION_BLK, read back field by field",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, IPPROTO_TCP, TCP_FUNCTION_BLK, {function_set_name=\"freebsd\", pcbcnt=...}, ...) = 0\n+0 getsockopt(3, IPPROTO_TCP, TCP_FUNCTION_BLK, {function_set_name=\"freebsd\", pcbcnt=...}, [36]) = 0",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 getsockopt(3, IPPROTO_TCP, TCP_FUNCTION_BLK, {function_set_name=\"rack\", pcbcnt=...}, [36]) = 0",
        "fail: getsockopt gave function_set_name freebsd, not rack",
    ),
    Row::new(
        "TCP_FUNCTION_BLK",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, IPPROTO_TCP, TCP_FUNCTION_BLK, {function_set_name=\"freebsd\", pcbcnt=0}, 36) = 0",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, IPPROTO_TCP, TCP_FUNCTION_BLK, {function_set_name=\"rack\", pcbcnt=0}, 36) = 0",
        "unsupported: TCP_FUNCTION_BLK rack",
    ),
    Row::new(
        "an option without behaviour is unsupported by name",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, IPPROTO_TCP, TCP_RACK_PACE_ALWAYS, [1], 4) = 0",
        "unsupported: socket option TCP_RACK_PACE_ALWAYS",
    ),
    Row::new(
        "and so are the other two of that kind",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, IPPROTO_TCP, TCP_RACK_PACE_RATE_SS, [1], 4) = 0",
        "unsupported: socket option TCP_RACK_PACE_RATE_SS",
    ),
];

#[test]
fn what_is_set_is_shown() {
    check(KEPT);
}

#[test]
fn some_are_only_shown() {
    check(SHOWN);
}

#[test]
fn most_do_something() {
    check(EFFECTS);
}

#[test]
fn freebsd_has_its_own() {
    let rows: Vec<_> = OF_FREEBSD.iter().map(|row| row.under(FREEBSD)).collect();
    check(&rows);
}
