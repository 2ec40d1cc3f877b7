//! Times: what an event counts from, how long is waited, and how much may be off.
use super::{BSD, GOOGLE, Row, check};

/// The reference retransmits one second later.
macro_rules! again {
    ($when:literal) => {
        concat!(
            "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n",
            $when,
            " > P. 1:11(10) ack 1\n"
        )
    };
    ($options:literal, $when:literal) => {
        concat!(
            $options,
            "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n",
            $when,
            " > P. 1:11(10) ack 1\n"
        )
    };
}

/// Two injected packets, the first of them sent a millisecond after it was due.
macro_rules! late {
    ($after:literal) => {
        concat!(
            "--tolerance_usecs=1000\n--tolerance_percent=0\n{established}+0 write(4, ..., 10) = 10\n",
            "+0 > P. 1:11(10) ack 1\n* > P. 1:11(10) ack 1\n",
            "0.999 < . 1:1(0) ack 11 win 65535\n+.5 < . 1:1(0) ack 11 win 65535\n",
            $after
        )
    };
}

const NOTATIONS: &[Row] = &[
    Row::new("t: at this time", again!("1"), again!("2"), "fail: the packet was due at 2.000000 s"),
    Row::new("+d: so long after", again!("+1"), again!("+2"), "fail: the packet was due at 2.000000 s"),
    Row::new(
        "*: whenever",
        again!("*"),
        "{established}+0 write(4, ..., 10) = 10\n* > P. 1:12(11) ack 1",
        "fail: length: expected 11, seen 10",
    ),
    Row::new(
        "a~b: between these",
        again!(".5~1.5"),
        again!("1.5~2"),
        "fail: the packet was due at 1.500000 to 2",
    ),
    Row::new(
        "+a~+b: between these after",
        again!("+.5~+1.5"),
        again!("+.1~+.5"),
        "fail: the packet was due at 0.1",
    ),
    Row::new(
        "the first event is at zero",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
        "1 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
        "error: the first event is at 1.000000 s; it must be at 0",
    ),
    Row::new(
        "absolute times do not go backwards",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n1 listen(3, 1) = 0\n1 close(3) = 0",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n2 listen(3, 1) = 0\n1 close(3) = 0",
        "error: this event is at 1.000000 s, before the one above it at 2.000000 s",
    ),
    Row::new(
        "relative times count from when the event before was over",
        "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n* > P. 1:11(10) ack 1\n+.5 close(4) = 0\n1.5 fcntl(3, F_GETFL) = 2",
        "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n* > P. 1:11(10) ack 1\n.5 close(4) = 0",
        "fail: this event was due at 0.500000 s but happened at 1.000000 s",
    ),
    Row::new(
        "less than a microsecond is cut off",
        "0.0000009 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
        "0.0000010 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
        "error: the first event is at 0.000001 s; it must be at 0",
    ),
    Row::new(
        "an injected packet counts from when the one before was due, in Google's dialect",
        late!("1.498 fcntl(3, F_GETFL) = 2"),
        late!("1.497 fcntl(3, F_GETFL) = 2"),
        "fail: this event was due at 1.497000 s but happened at 1.499000 s",
    ),
    Row::new(
        "and from when it was sent in the BSD dialect",
        late!("1.499 fcntl(3, F_GETFL) = 2"),
        late!("1.498 fcntl(3, F_GETFL) = 2"),
        "fail: this event was due at 1.498000 s but happened at 1.500000 s",
    )
    .under(BSD),
    Row::new(
        "a packet is judged by when it left, not by when it was looked for",
        "{established}+0 write(4, ..., 10) = 10\n+0 `sleep .1`\n* > P. 1:11(10) ack 1",
        "{established}+0 write(4, ..., 10) = 10\n+0 `sleep .1`\n+0 > P. 1:11(10) ack 1",
        "fail: the packet was due at 0.100000 s but happened at 0.000000 s, 0.100000 s too early",
    ),
];

const TOLERANCE: &[Row] = &[
    Row::new(
        "an eighth of the time since the event before",
        again!("+1.12"),
        again!("+1.15"),
        "0.150000 s too early (tolerance 0.143750 s)",
    ),
    Row::new(
        "a twentieth in the BSD dialect",
        again!("+1.05"),
        again!("+1.06"),
        "0.060000 s too early (tolerance 0.053000 s)",
    )
    .under(BSD),
    Row::new(
        "--tolerance_usecs",
        again!("--tolerance_usecs=200000\n", "+1.2"),
        again!("--tolerance_usecs=200000\n", "+1.21"),
        "0.210000 s too early (tolerance 0.200000 s)",
    ),
    Row::new(
        "--tolerance_percent",
        again!("--tolerance_percent=\"25.0\"\n", "+1.3"),
        again!("--tolerance_percent=\"1.0\"\n", "+1.1"),
        "0.100000 s too early (tolerance 0.011000 s)",
    ),
    Row::new(
        "the last moment of the tolerance belongs to it",
        "--tolerance_usecs=200000\n{established}+0 < P. 1:11(10) ack 1 win 65535\n+0 > . 1:1(0) ack 11",
        "--tolerance_usecs=199999\n{established}+0 < P. 1:11(10) ack 1 win 65535\n+0 > . 1:1(0) ack 11",
        "fail: the packet was due at 0.000000 s but happened at 0.200000 s, 0.200000 s too late (tolerance 0.199999 s)",
    ),
    Row::new(
        "waiting ends some two seconds after the packet was due",
        "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+0 < . 1:1(0) ack 11 win 65535\n+1000000 close(4) = 0\n+0 > F. 11:11(0) ack 1",
        "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+1 > P. 1:11(10) ack 1\n+2 > P. 1:11(10) ack 1\n+0 > P. 1:11(10) ack 1",
        "fail: no packet was sent by 5.000000 s, when waiting ended",
    )
    .under(GOOGLE),
    Row::new(
        "* waits for as long as the stack has anything to do",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0\n* > . 0:0(0) ack 1\n7200 fcntl(3, F_GETFL) = 2",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0\n+0 > . 0:0(0) ack 1",
        "fail: no packet was sent by 2.000000 s, when waiting ended",
    ),
    Row::new(
        "waiting ends ten seconds after the packet was due in the BSD dialect",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0\n+7200 > . 0:0(0) ack 1",
        "{established}+0 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0\n+0 > . 0:0(0) ack 1",
        "fail: no packet was sent by 10.000000 s, when waiting ended",
    )
    .under(BSD),
    Row::new(
        "a packet for which the stack has no deadline fails at once",
        again!("+1"),
        "{established}+5 > P. 1:11(10) ack 1",
        "fail: no packet was sent by 0.000000 s, and the stack has nothing due",
    ),
];

/// A call that gives up after a second.
macro_rules! waits {
    ($after:literal) => {
        concat!(
            "{established}+0 setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, ",
            "\"\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\", 16) = 0\n",
            "+0 read(4, ..., 1) = -1 EAGAIN (nothing came)\n",
            $after
        )
    };
}

const BLOCKING: &[Row] = &[
    Row::new(
        "a call that returns later, in its time",
        "{established}+0...0.5 read(4, ..., 100) = 10\n+.5 < P. 1:11(10) ack 1 win 65535",
        "{established}+0...0.5 read(4, ..., 100) = 10\n+.1 < P. 1:11(10) ack 1 win 65535",
        "fail: the return of this call was due at 0.500000 s but happened at 0.100000 s",
    ),
    Row::new(
        "both times count from the same base",
        "{established}+.1...0.5 read(4, ..., 100) = 10\n+.4 < P. 1:11(10) ack 1 win 65535",
        "{established}+.1...0.5 read(4, ..., 100) = 10\n+.6 < P. 1:11(10) ack 1 win 65535",
        "fail: the return of this call was due at 0.500000 s but happened at 0.700000 s",
    ),
    Row::new(
        "absolute times of a call",
        "{established}.1...0.5 read(4, ..., 100) = 10\n.5 < P. 1:11(10) ack 1 win 65535",
        "{established}.1...0.5 read(4, ..., 100) = 10\n.6 < P. 1:11(10) ack 1 win 65535",
        "fail: the return of this call was due at 0.500000 s but happened at 0.600000 s",
    ),
    Row::new(
        "a second call waits a second for the first",
        "{established}+0...0.5 read(4, ..., 100) = 10\n+.5 < P. 1:11(10) ack 1 win 65535\n+0...1 read(4, ..., 100) = 10\n+1 < P. 11:21(10) ack 1 win 65535",
        "{established}+0...5 read(4, ..., 100) = 10\n+0...5 read(4, ..., 100) = 10",
        "fail: read is still blocked",
    ),
    Row::new(
        "a call that does not wait waits for one that does, in Google's dialect",
        "{established}+0...0.5 read(4, ..., 100) = 10\n+.5 < P. 1:11(10) ack 1 win 65535\n+0 fcntl(4, F_GETFL) = 2",
        "{established}+0...5 read(4, ..., 100) = 10\n+0 fcntl(4, F_GETFL) = 2\n+5 < P. 1:11(10) ack 1 win 65535",
        "fail: this event was due at 0.000000 s but happened at 1.000000 s",
    ),
    Row::new(
        "and runs at once in the BSD dialect",
        "{established}+0...0.5 read(4, ..., 100) = 10\n+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0\n+.5 < P. 1:11(10) ack 1 win 65535",
        "{established}+0...0.5 read(4, ..., 100) = 10\n+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [1], [4]) = 0",
        "fail: getsockopt gave the value 0, not 1",
    )
    .under(BSD),
    Row::new(
        "a call that waits without a second time holds up what follows",
        waits!("1 close(4) = 0"),
        waits!(".5 close(4) = 0"),
        "fail: this event was due at 0.500000 s but happened at 1.000000 s",
    ),
    Row::new(
        "what still waits a second after the end has failed",
        "{established}+0...0.5 read(4, ..., 100) = 10\n+.5 < P. 1:11(10) ack 1 win 65535",
        "{established}+0...0.5 read(4, ..., 100) = 10",
        "fail: read is still blocked",
    ),
];

#[test]
fn notations() {
    check(NOTATIONS);
}

#[test]
fn tolerance_and_patience() {
    check(TOLERANCE);
}

#[test]
fn calls_that_wait() {
    check(BLOCKING);
}
