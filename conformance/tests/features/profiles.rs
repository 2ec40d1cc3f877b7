//! What the profiles choose where the RFCs leave a choice. Every good script of `linux` was seen to pass on a Linux 6.18; what
//! `freebsd` does is what FreeBSD's tcp(4) says.
use super::{BSD, GOOGLE, How, Row, check};
use stackdrill::Profile;

const LINUX: How = How { profile: Profile::Linux, ..GOOGLE };

/// The sysctls of scripts for FreeBSD are in the dialect of its fork.
const FREEBSD: How = How { profile: Profile::FreeBsd, ..BSD };

/// A buffer of 65536 octets, a field of 16 bits, and text in it that was not read.
macro_rules! window {
    ($window:literal) => {
        concat!(
            "{established}+0 < P. 1:101(100) ack 1 win 65535\n* > . 1:1(0) ack 101 win ",
            $window,
            "\n+0 read(4, ..., 100) = 100\n+0 < P. 101:201(100) ack 1 win 65535\n* > . 1:1(0) ack 201 win ",
            $window
        )
    };
}

/// A full buffer, of which five hundred octets have been read.
macro_rules! crumbs {
    ($window:literal) => {
        concat!(
            "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [4000], 4) = 0\n",
            "+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n",
            "+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n",
            "+0 < . 1:1001(1000) ack 1 win 65535\n+0 < . 1001:2001(1000) ack 1 win 65535\n* > . 1:1(0) ack 2001 win 2000\n",
            "+0 < . 2001:3001(1000) ack 1 win 65535\n+0 < P. 3001:4001(1000) ack 1 win 65535\n* > . 1:1(0) ack 4001 win 0\n",
            "+0 read(4, ..., 500) = 500\n+0 < . 4000:4000(0) ack 1 win 65535\n+0 > . 1:1(0) ack 4001 ",
            $window
        )
    };
}

const CHOICES: &[Row] = &[
    Row::new(
        "one limit for all that is answered out of order",
        "{established}+0 < R 500:500(0) win 0\n+0 > . 1:1(0) ack 1\n+.1 < . 1:1(0) ack 5000 win 65535\n+.5 < . 1:1(0) ack 5000 win 65535\n+0 > . 1:1(0) ack 1",
        "{established}+0 < R 500:500(0) win 0\n+0 > . 1:1(0) ack 1\n+.1 < . 1:1(0) ack 5000 win 65535\n+0 > . 1:1(0) ack 1",
        "fail: no packet was sent",
    ),
    Row::new(
        "that limit spares text",
        "{established}+0 < P. 1:11(10) ack 1 win 65535\n+0 > . 1:1(0) ack 11\n+.1 < P. 1:11(10) ack 1 win 65535\n+0 > . 1:1(0) ack 11\n+.1 < P. 1:11(10) ack 1 win 65535\n+0 > . 1:1(0) ack 11",
        "{established}+0 < . 0:0(0) ack 1 win 65535\n+0 > . 1:1(0) ack 1\n+.1 < . 0:0(0) ack 1 win 65535\n+0 > . 1:1(0) ack 1",
        "fail: no packet was sent",
    ),
    Row::new(
        "a shut window is probed without text",
        "{established}+0 < . 1:1(0) ack 1 win 0\n+.1 write(4, ..., 1000) = 1000\n+.2~+.4 > . 0:0(0) ack 1",
        "{established}+0 < . 1:1(0) ack 1 win 0\n+.1 write(4, ..., 1000) = 1000\n+.2~+.4 > . 1:2(1) ack 1",
        "fail: ",
    ),
    Row::new(
        "text after the close has no connection",
        "{established}+0 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+.1 < . 1:1(0) ack 2 win 65535\n+.1 < P. 1:11(10) ack 2 win 65535\n+0 > R 2:2(0)",
        "{established}+0 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+.1 < . 1:1(0) ack 2 win 65535\n+.1 < P. 1:11(10) ack 2 win 65535\n+0 > R. 2:2(0) ack 1",
        "fail: flags: expected R., seen R",
    ),
    Row::new(
        "text in TIME-WAIT is acknowledged",
        "{established}+0 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+.1 < F. 1:1(0) ack 2 win 65535\n+0 > . 2:2(0) ack 2\n+.1 < P. 1:11(10) ack 2 win 65535\n+0 > . 2:2(0) ack 2",
        "{established}+0 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+.1 < F. 1:1(0) ack 2 win 65535\n+0 > . 2:2(0) ack 2\n+.1 < . 2:2(0) ack 2 win 65535\n+0 > . 2:2(0) ack 2",
        "fail: no packet was sent",
    ),
    Row::new(
        "a small segment waits for a small one alone",
        "{established}+0 write(4, ..., 1500) = 1500\n+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:1501(500) ack 1\n+.05 write(4, ..., 100) = 100\n+.05 < . 1:1(0) ack 1001 win 65535\n+.05 < . 1:1(0) ack 1501 win 65535\n+0 > P. 1501:1601(100) ack 1",
        "{established}+0 write(4, ..., 500) = 500\n+0 > P. 1:501(500) ack 1\n+.05 write(4, ..., 100) = 100\n+0 > P. 501:601(100) ack 1",
        "fail: length: expected 100, seen 500",
    ),
    Row::new(
        "a congestion window that is not used does not grow",
        "{established}+0 write(4, ..., 2000) = 2000\n+0 > P. 1:2001(2000) ack 1\n+.1 < . 1:1(0) ack 2001 win 65535\n+0 %{ assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd }%",
        "{established}+0 write(4, ..., 10000) = 10000\n+0 > P. 1:10001(10000) ack 1\n+.1 < . 1:1(0) ack 2001 win 65535\n+0 %{ assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd }%",
        "fail: assertion failed",
    ),
    Row::new(
        "TCP_INFO before there is text",
        "{established}+.2 %{ assert tcpi_ato == 0; assert tcpi_segs_in == 2; assert tcpi_rcv_space == 14600; assert 190 <= tcpi_last_data_sent <= 210 }%\n+0 < P. 1:11(10) ack 1 win 65535\n+0 > . 1:1(0) ack 11\n+0 %{ assert tcpi_ato == 40000; assert tcpi_segs_in == 3 }%",
        "{established}+0 %{ assert tcpi_ato == 40000 }%",
        "fail: assertion failed",
    ),
    Row::new(
        "TCP_INFO: text ahead of its turn is no news, and back-off stays until a round trip is measured",
        "{established}+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n+.2 > P. 1:1001(1000) ack 1\n+.1 < P. 501:511(10) ack 1001 win 65535\n+0 > . 1001:1001(0) ack 1\n+.1 %{ assert tcpi_last_data_recv > 300; assert tcpi_retransmits == 0; assert tcpi_backoff == 1 }%",
        "{established}+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n+.2 > P. 1:1001(1000) ack 1\n+.1 < P. 1:11(10) ack 1001 win 65535\n+0 > . 1001:1001(0) ack 11\n+.1 %{ assert tcpi_last_data_recv > 300 }%",
        "fail: assertion failed",
    ),
    Row::new(
        "a FIN may wait for its ACK while the user may answer",
        "{established}+0 < P. 1:101(100) ack 1 win 65535\n+0 > . 1:1(0) ack 101\n+0 < F. 101:101(0) ack 1 win 65535\n+.04 > . 1:1(0) ack 102",
        "{established}+0 < P. 1:101(100) ack 1 win 65535\n+0 > . 1:1(0) ack 101\n+0 < F. 101:101(0) ack 1 win 65535\n+0 > . 1:1(0) ack 102",
        "0.040000 s too late",
    ),
    Row::new(
        "a keep-alive is due so long after the last segment heard",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0\n+0 setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0\n+0 setsockopt(4, SOL_TCP, TCP_KEEPINTVL, [1], 4) = 0\n+1 > . 0:0(0) ack 1\n+.5 < . 1:1(0) ack 1 win 65535\n+1 > . 0:0(0) ack 1",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0\n+0 setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0\n+0 setsockopt(4, SOL_TCP, TCP_KEEPINTVL, [1], 4) = 0\n+1 > . 0:0(0) ack 1\n+.5 < . 1:1(0) ack 1 win 65535\n+1.5 > . 0:0(0) ack 1",
        "0.500000 s too early",
    ),
    Row::new(
        "the send buffer grows with the congestion window until a user fixes it",
        "{established}+0 getsockopt(4, SOL_SOCKET, SO_SNDBUF, [46080], [4]) = 0\n+0 write(4, ..., 40000) = 40000",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_SNDBUF, [10000], 4) = 0\n+0 getsockopt(4, SOL_SOCKET, SO_SNDBUF, [46080], [4]) = 0",
        "fail: getsockopt gave the value 20000, not 46080",
    ),
    Row::new(
        "half of the receive buffer is window",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 getsockopt(3, SOL_SOCKET, SO_RCVBUF, [131072], [4]) = 0\n+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0\n+0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [10000], 4) = 0\n+0 getsockopt(3, SOL_SOCKET, SO_RCVBUF, [20000], [4]) = 0\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 65535 <mss 1460>\n+0 > S. 0:0(0) ack 1 win 8760 <mss 1460>",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [10000], 4) = 0\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 65535 <mss 1460>\n+0 > S. 0:0(0) ack 1 win 18980 <mss 1460>",
        "fail: window: expected 18980, seen 8760",
    ),
    Row::new(
        "what came before a reset can be read, and then the reset shows",
        "{established}+0 < P. 1:11(10) ack 1 win 65535\n+.1 < R. 11:11(0) ack 1 win 0\n+0 read(4, ..., 5) = 5\n+0 read(4, ..., 50) = 5\n+0 read(4, ..., 50) = -1 ECONNRESET (reset)\n+0 read(4, ..., 50) = 0",
        "{established}+0 < P. 1:11(10) ack 1 win 65535\n+.1 < R. 11:11(0) ack 1 win 0\n+0 read(4, ..., 5) = -1 ECONNRESET (reset)",
        "fail: read returned 5, not -1",
    ),
    Row::new(
        "a stream that ended before a reset just ends",
        "{established}+0 < F. 1:1(0) ack 1 win 65535\n+.1 < R. 2:2(0) ack 1 win 0\n+0 read(4, ..., 50) = 0",
        "{established}+0 < F. 1:1(0) ack 1 win 65535\n+.1 < R. 2:2(0) ack 1 win 0\n+0 read(4, ..., 50) = -1 ECONNRESET (reset)",
        "fail: read returned 0, not -1",
    ),
    Row::new(
        "shutdown for reading only ends the waiting",
        "{established}+0 shutdown(4, SHUT_RD) = 0\n+0 read(4, ..., 5) = 0\n+.1 < P. 1:11(10) ack 1 win 65535\n+0 read(4, ..., 50) = 10\n+0 read(4, ..., 50) = 0",
        "{established}+0 shutdown(4, SHUT_RD) = 0\n+.1 < P. 1:11(10) ack 1 win 65535\n+0 read(4, ..., 50) = 0",
        "fail: read returned 10, not 0",
    ),
];

/// A SYN that nobody answers.
const SYNS: &[Row] = &[
    Row::new(
        "Linux repeats a SYN four times at even intervals",
        "{calling}+1 > S 0:0(0) <...>
+1 > S 0:0(0) <...>
+1 > S 0:0(0) <...>
+1 > S 0:0(0) <...>
+1 > S 0:0(0) <...>
+2 > S 0:0(0) <...>
+4 > S 0:0(0) <...>",
        "{calling}+1 > S 0:0(0) <...>\n+2 > S 0:0(0) <...>",
        "fail: the packet was due at 3.000000 s but happened at 2.000000 s",
    ),
    Row::new(
        "tcp_syn_linear_timeouts",
        "`sysctl -q net.ipv4.tcp_syn_linear_timeouts=0`\n{calling}+1 > S 0:0(0) <...>\n+2 > S 0:0(0) <...>",
        "`sysctl -q net.ipv4.tcp_syn_linear_timeouts=1`\n{calling}+1 > S 0:0(0) <...>\n+2 > S 0:0(0) <...>",
        "fail: the packet was due at 3.000000 s but happened at 2.000000 s",
    ),
    Row::new(
        "the even ones come on top of tcp_syn_retries",
        "`sysctl -q net.ipv4.tcp_syn_retries=1 net.ipv4.tcp_syn_linear_timeouts=1`
{calling}+1 > S 0:0(0) <...>
+1 > S 0:0(0) <...>
+2.1 getsockopt(3, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0",
        "`sysctl -q net.ipv4.tcp_syn_retries=1 net.ipv4.tcp_syn_linear_timeouts=0`
{calling}+1 > S 0:0(0) <...>\n+1 > S 0:0(0) <...>",
        "fail: ",
    ),
];

/// What calls answer that find no connection.
const ERRORS: &[Row] = &[
    Row::new(
        "writing before there is a connection is writing to a pipe without reader",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 write(3, ..., 1) = -1 EPIPE (no)\n+0 read(3, ..., 1) = -1 ENOTCONN (no)",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 write(3, ..., 1) = -1 ENOTCONN (no)",
        "fail: write set errno to EPIPE, not ENOTCONN",
    ),
    Row::new(
        "shutting down the writing side of a listener does nothing, the reading side ends it",
        "{listening}+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 shutdown(3, SHUT_WR) = 0
+0 accept(3, ..., ...) = -1 EAGAIN (none yet)
+0 shutdown(3, SHUT_RD) = 0
+0 accept(3, ..., ...) = -1 EINVAL (does not listen)
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 9 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>",
        "{listening}+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 shutdown(3, SHUT_WR) = 0\n+0 accept(3, ..., ...) = -1 EINVAL (no)",
        "fail: accept set errno to EAGAIN, not EINVAL",
    ),
    Row::new(
        "a reset is told once, then the stream has ended",
        "{established}+0 < R. 1:1(0) ack 1 win 0
+0 poll([{fd=4, events=POLLIN|POLLOUT|POLLRDHUP, revents=POLLIN|POLLOUT|POLLRDHUP|POLLERR|POLLHUP}], 1, 0) = 1
+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0
+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0
+0 poll([{fd=4, events=POLLIN|POLLOUT|POLLRDHUP, revents=POLLIN|POLLOUT|POLLRDHUP|POLLHUP}], 1, 0) = 1
+0 read(4, ..., 100) = 0
+0 write(4, ..., 100) = -1 EPIPE (closed)",
        "{established}+0 < R. 1:1(0) ack 1 win 0\n+0 read(4, ..., 9) = -1 ECONNRESET (told)\n+0 read(4, ..., 9) = -1 ECONNRESET (again)",
        "fail: read returned 0, not -1",
    ),
];

macro_rules! unanswered {
    ($count:literal, $rest:literal) => {
        concat!(
            "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 setsockopt(3, SOL_TCP, TCP_SYNCNT, [",
            $count,
            "], 4) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (goes on)\n+0 > S 0:0(0) <...>\n+1 > S 0:0(0) <...>\n+1 > S 0:0(0) <...>\n",
            $rest
        )
    };
}

macro_rules! patient {
    ($settings:literal, $rest:literal) => {
        concat!(
            "0 `sysctl -q net.ipv4.tcp_early_retrans=0 net.ipv4.tcp_recovery=0 net.ipv4.tcp_frto=0", $settings,
            "`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0\n",
            "+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n",
            "+.01 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n", $rest
        )
    };
}

/// When patience ends.
const PATIENCE: &[Row] = &[
    Row::new(
        "TCP_SYNCNT stands for the time that so many would take without the even ones",
        unanswered!("2", "+1 > S 0:0(0) <...>\n+1 > S 0:0(0) <...>\n+1 > S 0:0(0) <...>\n+2.1 getsockopt(3, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0"),
        unanswered!("1", "+1 > S 0:0(0) <...>"),
        "fail: ",
    ),
    Row::new(
        "tcp_retries2 stands for the time that so many would take from the least RTO on",
        patient!(" net.ipv4.tcp_retries2=2", "+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n+.21 > P. 1:101(100) ack 1\n+.42 > P. 1:101(100) ack 1\n+.84 > P. 1:101(100) ack 1\n+1.9 getsockopt(4, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0"),
        patient!(" net.ipv4.tcp_retries2=1", "+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n+.21 > P. 1:101(100) ack 1\n+.42 > P. 1:101(100) ack 1\n+.84 > P. 1:101(100) ack 1"),
        "fail: ",
    ),
    Row::new(
        "TCP_USER_TIMEOUT counts from the first retransmission, and ends then and not at the next",
        patient!("", "+0 setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [2000], 4) = 0\n+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1
+.21 > P. 1:101(100) ack 1\n+0...2 poll([{fd=4, events=POLLIN, revents=POLLIN|POLLERR|POLLHUP}], 1, 9000) = 1\n+.42 > P. 1:101(100) ack 1\n+.84 > P. 1:101(100) ack 1\n+1 getsockopt(4, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0"),
        patient!("", "+0 setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [2000], 4) = 0\n+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1
+.21 > P. 1:101(100) ack 1\n+0...1.5 poll([{fd=4, events=POLLIN, revents=POLLIN|POLLERR|POLLHUP}], 1, 9000) = 1\n+.42 > P. 1:101(100) ack 1\n+.84 > P. 1:101(100) ack 1\n+1 getsockopt(4, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0"),
        "fail: the return of this call was due at 1.720000 s but happened at 2.220000 s",
    ),
    Row::new(
        "TCP_USER_TIMEOUT of a SYN counts from the first",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, SOL_TCP, TCP_USER_TIMEOUT, [1500], 4) = 0\n+0...1.5 connect(3, ..., ...) = -1 ETIMEDOUT (nobody)\n+0 > S 0:0(0) <...>\n+1 > S 0:0(0) <...>",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, SOL_TCP, TCP_USER_TIMEOUT, [1500], 4) = 0\n+0...2 connect(3, ..., ...) = -1 ETIMEDOUT (nobody)\n+0 > S 0:0(0) <...>\n+1 > S 0:0(0) <...>",
        "fail: the return of this call was due at 2.000000 s but happened at 1.500000 s",
    ),
    Row::new(
        "TCP_MAXSEG has a least and a largest value, TCP_SYNCNT a default",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, SOL_TCP, TCP_MAXSEG, [87], 4) = -1 EINVAL (small)\n+0 setsockopt(3, SOL_TCP, TCP_MAXSEG, [88], 4) = 0
+0 setsockopt(3, SOL_TCP, TCP_MAXSEG, [32768], 4) = -1 EINVAL (large)\n+0 getsockopt(3, SOL_TCP, TCP_SYNCNT, [6], [4]) = 0",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, SOL_TCP, TCP_MAXSEG, [87], 4) = 0",
        "fail: setsockopt returned -1 EINVAL, not 0",
    ),
];

/// Sixteen segments, each acknowledged at once.
macro_rules! sixteen {
    () => {
        concat!(
            "{late}",
            segment!("1:101"),
            segment!("101:201"),
            segment!("201:301"),
            segment!("301:401"),
            segment!("401:501"),
            segment!("501:601"),
            segment!("601:701"),
            segment!("701:801"),
            segment!("801:901"),
            segment!("901:1001"),
            segment!("1001:1101"),
            segment!("1101:1201"),
            segment!("1201:1301"),
            segment!("1301:1401"),
            segment!("1401:1501"),
            segment!("1501:1601"),
        )
    };
}

macro_rules! segment {
    ($numbers:literal) => {
        concat!("+0 < P. ", $numbers, "(100) ack 1 win 65535\n+0 > . 1:1(0) ack ...\n")
    };
}

macro_rules! told {
    ($code:literal, $errno:literal) => {
        concat!(
            "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 connect(3, ..., ...) = 0\n+0 write(3, ..., 50) = 50\n+0 > udp (50)\n",
            "+0 < icmp unreachable ", $code, " [udp (50)]\n+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [", $errno, "], [4]) = 0"
        )
    };
}

macro_rules! refused {
    ($code:literal, $errno:literal) => {
        concat!(
            "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n",
            "+0 connect(3, ..., ...) = -1 EINPROGRESS (goes on)\n+0 > S 0:0(0) <...>\n",
            "+0 < icmp unreachable ",
            $code,
            " [0:0(0)]\n+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [",
            $errno,
            "], [4]) = 0"
        )
    };
}

/// What calls say of ICMP errors.
const COMPLAINTS: &[Row] = &[
    Row::new(
        "codes have errnos of their own",
        told!("source_host_isolated", "ENONET"),
        told!("source_host_isolated", "EHOSTUNREACH"),
        "fail: getsockopt gave the value 64, not 113",
    ),
    Row::new(
        "for connections too",
        refused!("source_route_failed", "EOPNOTSUPP"),
        refused!("net_prohibited", "EACCES"),
        "fail: getsockopt gave the value 101, not 13",
    ),
    Row::new(
        "a datagram socket does not hear of what may pass",
        told!("net_unreachable", "0"),
        told!("net_unknown", "0"),
        "fail: getsockopt gave the value 101, not 0",
    ),
];

/// Acknowledgments in and out of a conversation.
const ACKS: &[Row] = &[
    Row::new(
        "sixteen are acknowledged at once, and sixteen more after a pause",
        concat!(sixteen!(), "+1 < P. 1601:1701(100) ack 1 win 65535\n+0 > . 1:1(0) ack 1701"),
        concat!(sixteen!(), "+.1 < P. 1601:1701(100) ack 1 win 65535\n+0 > . 1:1(0) ack 1701"),
        "fail: the packet was due at 0.200000 s but happened at 0.240000 s",
    ),
    Row::new(
        "a FIN is acknowledged in a moment where there never was text, with what the user says then",
        "--strict_segments\n{established}+0 < F. 1:1(0) ack 1 win 65535\n+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 2",
        "{established}+0 < F. 1:1(0) ack 1 win 65535\n+.04 > . 1:1(0) ack 2",
        "fail: the packet was due at 0.040000 s but happened at 0.001000 s",
    ),
    Row::new(
        "who does not answer in time is answered at once again",
        "{late}+0 < P. 1:101(100) ack 1 win 65535
+0 > . 1:1(0) ack 101
+.01 write(4, ..., 100) = 100
+0 > P. 1:101(100) ack 101
+.1 < P. 101:201(100) ack 101 win 65535
+.04 > . 101:101(0) ack 201
+.01 < P. 201:301(100) ack 101 win 65535
+0 > . 101:101(0) ack 301",
        "{late}+0 < P. 1:101(100) ack 1 win 65535
+0 > . 1:1(0) ack 101
+.01 write(4, ..., 100) = 100
+0 > P. 1:101(100) ack 101
+.1 < P. 101:201(100) ack 101 win 65535
+0 > . 101:101(0) ack 201",
        "fail: the packet was due at 0.210000 s but happened at 0.250000 s",
    ),
];

/// Eleven small writes.
macro_rules! eleven {
    () => {
        concat!(
            "{late}+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n",
            "+0 write(4, ..., 100) = 100\n",
            "+0 write(4, ..., 100) = 100\n",
            "+0 write(4, ..., 100) = 100\n",
            "+0 write(4, ..., 100) = 100\n",
            "+0 write(4, ..., 100) = 100\n",
            "+0 write(4, ..., 100) = 100\n",
            "+0 write(4, ..., 100) = 100\n",
            "+0 write(4, ..., 100) = 100\n",
            "+0 write(4, ..., 100) = 100\n",
            "+0 write(4, ..., 100) = 100\n",
            "+0 write(4, ..., 100) = 100\n",
        )
    };
}

/// A bulk of text, and one acknowledgment for all that a first window lets out.
macro_rules! stretched {
    () => {
        concat!(
            "{late}+0 setsockopt(4, SOL_SOCKET, SO_SNDBUF, [200000], 4) = 0\n+0 write(4, ..., 60000) = 60000\n",
            "+0 > P?. 1:10001(10000) ack 1\n+.05 < . 1:1(0) ack 10001 win 65535\n",
        )
    };
}

/// How the congestion window counts.
const CONGESTION: &[Row] = &[
    Row::new(
        "it counts segments, however small",
        concat!(
            eleven!(),
            "+0 > P. 1:1001(1000) ack 1\n+.05 < . 1:1(0) ack 1001 win 65535\n+0 > P. 1001:1101(100) ack 1"
        ),
        concat!(eleven!(), "+0 > P. 1:1101(1100) ack 1"),
        "fail: length: expected 1100, seen 1000",
    ),
    Row::new(
        "one acknowledgment of ten segments widens it by ten",
        concat!(stretched!(), "+0 > P?. 10001:30001(20000) ack 1\n+0 >! .05"),
        concat!(stretched!(), "+0 > P?. 10001:21001(11000) ack 1\n+0 >! .05"),
        "fail: a packet was sent at 0.150000 s, in a silence",
    ),
];

/// What a timeout sends again: whole segments as they were sent, as many as fit, each with its PSH.
const RESENT: &[Row] = &[
    Row::new(
        "two segments that do not fit into one are not cut",
        concat!(
            "{late}+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n+0 write(4, ..., 700) = 700\n+0 > P. 1:701(700) ack 1\n",
            "+0 write(4, ..., 700) = 700\n+0 > P. 701:1401(700) ack 1\n+.2~+.4 > P. 1:701(700) ack 1",
        ),
        concat!(
            "{late}+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n+0 write(4, ..., 700) = 700\n+0 > P. 1:701(700) ack 1\n",
            "+0 write(4, ..., 700) = 700\n+0 > P. 701:1401(700) ack 1\n+.2~+.4 > . 1:1001(1000) ack 1",
        ),
        "fail: length: expected 1000, seen 700",
    ),
    Row::new(
        "two that fit are joined",
        concat!(
            "{late}+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n+0 write(4, ..., 300) = 300\n+0 > P. 1:301(300) ack 1\n",
            "+0 write(4, ..., 500) = 500\n+0 > P. 301:801(500) ack 1\n+0 write(4, ..., 700) = 700\n",
            "+0 > P. 801:1501(700) ack 1\n+.2~+.4 > P. 1:801(800) ack 1",
        ),
        concat!(
            "{late}+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n+0 write(4, ..., 300) = 300\n+0 > P. 1:301(300) ack 1\n",
            "+0 write(4, ..., 500) = 500\n+0 > P. 301:801(500) ack 1\n+.2~+.4 > P. 1:301(300) ack 1",
        ),
        "fail: length: expected 300, seen 800",
    ),
];

/// Timers of FreeBSD.
const TIMERS: &[Row] = &[
    Row::new(
        "rexmit_slop comes on top of every timeout",
        "{late}+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n+.5 > P. 1:101(100) ack 1",
        "{late}+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n+.3 > P. 1:101(100) ack 1",
        "fail: the packet was due at 0.400000 s but happened at 0.600000 s",
    ),
    Row::new(
        "rexmit_slop on top of a SYN's timeouts, but the first",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (begun)\n+0 > S 0:0(0) <...>\n+1 > S 0:0(0) <...>\n+2.2 > S 0:0(0) <...>\n+4.2 > S 0:0(0) <...>",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (begun)\n+0 > S 0:0(0) <...>\n+1 > S 0:0(0) <...>\n+2.8 > S 0:0(0) <...>",
        "fail: the packet was due at 3.800000 s but happened at 3.200000 s",
    ),
    Row::new(
        "net.inet.tcp.rexmit_slop",
        "0 `sysctl net.inet.tcp.rexmit_slop=0`\n{late}+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n+.3 > P. 1:101(100) ack 1",
        "0 `sysctl net.inet.tcp.rexmit_slop=0`\n{late}+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n+.5 > P. 1:101(100) ack 1",
        "fail: the packet was due at 0.600000 s but happened at 0.400000 s",
    ),
    Row::new(
        "net.inet.tcp.blackhole: nobody says that nobody is here",
        "0 `sysctl net.inet.tcp.blackhole=1`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 < S 0:0(0) win 9\n+0 >! .1\n+0 < . 1:1(0) ack 1 win 9\n+0 > R 1:1(0)",
        "0 `sysctl net.inet.tcp.blackhole=2`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 < S 0:0(0) win 9\n+0 >! .1\n+0 < . 1:1(0) ack 1 win 9\n+0 > R 1:1(0)",
        "fail: no packet was sent",
    ),
    Row::new(
        "net.inet.tcp.drop_synfin: a listener does not hear a SYN with a FIN",
        "0 `sysctl net.inet.tcp.drop_synfin=1`\n{listening}+0 < SF 0:0(0) win 9\n+0 >! .9\n+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <...>",
        "0 `sysctl net.inet.tcp.drop_synfin=0`\n{listening}+0 < SF 0:0(0) win 9\n+0 >! .9\n+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <...>",
        "fail: a packet was sent at",
    ),
    Row::new(
        "net.inet.tcp.drop_synfin: a connection neither",
        "0 `sysctl net.inet.tcp.drop_synfin=1`\n{connected}+0 < SF. 1:1(0) ack 1 win 9\n+0 >! .9",
        "0 `sysctl net.inet.tcp.drop_synfin=0`\n{connected}+0 < SF. 1:1(0) ack 1 win 9\n+0 >! .9",
        "fail: a packet was sent at",
    ),
    Row::new(
        "net.inet.tcp.drop_synfin: nor does who asks for one",
        "0 `sysctl net.inet.tcp.drop_synfin=1`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (in progress)\n+0 > S 0:0(0) <...>\n+0 < SF. 0:0(0) ack 1 win 9\n+0 >! .9",
        "0 `sysctl net.inet.tcp.drop_synfin=0`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (in progress)\n+0 > S 0:0(0) <...>\n+0 < SF. 0:0(0) ack 1 win 9\n+0 >! .9",
        "fail: a packet was sent at",
    ),
    Row::new(
        "net.inet.tcp.always_keepalive",
        "0 `sysctl net.inet.tcp.always_keepalive=1 net.inet.tcp.keepidle=3000`\n{late}+3 > . 0:0(0) ack 1",
        "0 `sysctl net.inet.tcp.always_keepalive=0 net.inet.tcp.keepidle=3000`\n{late}+3 > . 0:0(0) ack 1",
        "fail: no packet was sent",
    ),
    Row::new(
        "a shut window is first probed after five seconds",
        "{late}+0 < . 1:1(0) ack 1 win 0\n+0 write(4, ..., 100) = 100\n+5 > . 1:2(1) ack 1",
        "{late}+0 < . 1:1(0) ack 1 win 0\n+0 write(4, ..., 100) = 100\n+.5 > . 1:2(1) ack 1",
        "fail: the packet was due at 0.600000 s but happened at 5.100000 s",
    ),
    Row::new(
        "net.inet.tcp.persmin and persmax",
        "0 `sysctl net.inet.tcp.persmin=2000 net.inet.tcp.persmax=3000`\n{late}+0 < . 1:1(0) ack 1 win 0\n+0 write(4, ..., 100) = 100\n+2 > . 1:2(1) ack 1\n+2 > . 1:2(1) ack 1\n+2 > . 1:2(1) ack 1\n+3 > . 1:2(1) ack 1",
        "0 `sysctl net.inet.tcp.persmin=1000`\n{late}+0 < . 1:1(0) ack 1 win 0\n+0 write(4, ..., 100) = 100\n+2 > . 1:2(1) ack 1",
        "fail: the packet was due at 2.100000 s but happened at 1.100000 s",
    ),
];

/// FreeBSD's windows, by `tcp_output.c`.
const WINDOWS: &[Row] = &[
    Row::new(
        "a window is all the room there is",
        window!("65436"),
        window!("65435"),
        "fail: window: expected 65435, seen 65436",
    ),
    Row::new(
        "a FIN takes none of the room",
        "{connected}+0 < F. 1:1(0) ack 1 win 65535\n* > . 1:1(0) ack 2 win 65535",
        "{connected}+0 < F. 1:1(0) ack 1 win 65535\n* > . 1:1(0) ack 2 win 65534",
        "fail: window: expected 65534, seen 65535",
    ),
    Row::new(
        "what is less than a segment and a quarter of the buffer is no room",
        crumbs!("win 0"),
        crumbs!("win 500"),
        "fail: window: expected 500, seen 0",
    ),
];

#[test]
fn windows() {
    let rows: Vec<Row> = WINDOWS.iter().map(|row| row.under(FREEBSD)).collect();
    check(&rows);
}

#[test]
fn timers() {
    let rows: Vec<Row> = TIMERS.iter().map(|row| row.under(FREEBSD)).collect();
    check(&rows);
}

#[test]
fn choices() {
    let rows: Vec<Row> = [CHOICES, SYNS, ERRORS, ACKS, CONGESTION, RESENT, PATIENCE, COMPLAINTS]
        .concat()
        .iter()
        .map(|row| row.under(LINUX))
        .collect();
    check(&rows);
}
