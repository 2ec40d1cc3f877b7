//! Sequence spaces, what is compared, timestamps, ICMP, UDP.
use super::{ESTABLISHED, check, fails};

/// An active open with timestamps; the clock stands at 0.1 s.
const ACTIVE: &str = "\
0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0  fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0  connect(3, ..., ...) = -1 EINPROGRESS (under way)
+0  > S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 0>
+.1 < S. 5000:5000(0) ack 1 win 65535 <mss 1460,sackOK,TS val 700 ecr 100,nop,wscale 0>
+0  > . 1:1(0) ack 1 <nop,nop,TS val 200 ecr 700>
";

#[test]
fn every_field_is_compared() {
    let write = |expected: &str| format!("+0 write(4, ..., 100) = 100\n+0 > {expected}");
    check(
        ESTABLISHED,
        &[
            (&write("P. 1:101(100) ack 1"), Ok(())),
            (&write("P. 1:101(100) ack 1 win 65535"), Ok(())),
            (&write("P. 1:101(100) ack 1 win 65534"), fails("window: expected 65534, seen 65535")),
            (&write(". 1:101(100) ack 1"), fails("flags: expected ., seen P.")),
            (&write("P. 2:102(100) ack 1"), fails("sequence number: expected 2, seen 1")),
            (&write("P. 1:101(100) ack 2"), fails("acknowledgment number: expected 2, seen 1")),
            (&write("P. 1:101(100) ack 1 urg 3"), fails("urgent pointer: expected 3, seen 0")),
            (
                &write("P. 1:101(100) ack 1 <nop,nop,nop,nop>"),
                fails("options: expected <nop,nop,nop,nop>, seen none"),
            ),
            (&write("P. 1:101(100) ack 1 <...>"), Ok(())),
            (&write("P. 1:91(90) ack 1"), fails("length: expected 90, seen 100")),
            (&write("[noecn] P. 1:101(100) ack 1"), Ok(())),
            (&write("[ce] P. 1:101(100) ack 1"), fails("ECN: expected 3, seen 0")),
            (&write("[ttl 64] P. 1:101(100) ack 1"), Ok(())),
            (&write("[ttl 63] P. 1:101(100) ack 1"), fails("TTL: expected 63, seen 64")),
        ],
    );
}

/// How a stream is cut is the stack's affair, unless the script says it is not.
#[test]
fn segments_are_joined() {
    let write = "+0 write(4, ..., 2920) = 2920\n+0 >";
    let strict = format!("--strict_segments\n{ESTABLISHED}{write} P. 1:2921(2920) ack 1");
    check(
        ESTABLISHED,
        &[
            (&format!("{write} P. 1:2921(2920) ack 1"), Ok(())),
            (&format!("{write} . 1:1461(1460) ack 1\n+0 > P. 1461:2921(1460) ack 1"), Ok(())),
            (&format!("{write} P. 1:2001(2000) ack 1"), fails("length: expected 2000, seen 2920")),
        ],
    );
    check("", &[(&strict, fails("length: expected 2920, seen 1460"))]);
}

#[test]
fn the_first_packet_that_is_ours_is_the_one_compared() {
    check(
        ESTABLISHED,
        &[
            (
                "+0 write(4, ..., 10) = 10\n+0 close(4) = 0\n+0 > F. 11:11(0) ack 1",
                fails("length: expected 0, seen 10; flags: expected F., seen P."),
            ),
            // Nothing is checked after the last event.
            ("+0 write(4, ..., 10) = 10\n+0 close(4) = 0\n+0 > P. 1:11(10) ack 1", Ok(())),
            (
                "+0 > P. 1:11(10) ack 1",
                fails("no packet was sent by 0.100000 s, and the stack has nothing due"),
            ),
        ],
    );
}

#[test]
fn both_ends_count_from_their_own_first_number() {
    check(
        "",
        &[(
            "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 4294967290:4294967290(0) win 65535 <mss 1460>
+0 > S. 123:123(0) ack 4294967291 <mss 1460>
+0 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 < P. 1:101(100) ack 1 win 65535
+0~+.5 > . 1:1(0) ack 101
+0 write(4, ..., 10) = 10
+0 > P. 1:11(10) ack 101",
            Ok(()),
        )],
    );
}

#[test]
fn timestamps_are_named_by_the_script() {
    let echo = |echo: u32| {
        format!(
            "+0 < P. 1:11(10) ack 1 win 65535 <nop,nop,TS val 710 ecr {echo}>\n+0~+.5 > . 1:1(0) ack 11 <...>"
        )
    };
    let ticks = |value: u32| {
        let active = ACTIVE.replace("val 200", &format!("val {value}"));
        format!("--tcp_ts_tick_usecs=1000\n{active}")
    };
    check(ACTIVE, &[(&echo(200), Ok(())), (&echo(150), fails("the echoed timestamp 150 is no value"))]);
    check("", &[(&ticks(200), Ok(())), (&ticks(300), fails("the timestamp value is off by -100 ticks"))]);
}

#[test]
fn a_packet_may_be_for_nobody() {
    check(
        "",
        &[
            ("0 < S 0:0(0) win 65535 <mss 1460>\n+0 > R. 0:0(0) ack 1", Ok(())),
            ("0 < udp (100)\n+0 > icmp unreachable port_unreachable", Ok(())),
            ("0 < udp (100)\n+0 > icmp unreachable code_0", fails("code: expected 0, seen")),
        ],
    );
}

#[test]
fn icmp_quotes_what_the_socket_sent() {
    let syn = "\
0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0  fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0  connect(3, ..., ...) = -1 EINPROGRESS (under way)
+0  > S 0:0(0) <...>
";
    let refused = "+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0";
    check(
        syn,
        &[
            (&format!("+0 < icmp unreachable port_unreachable [0:0(0)]\n{refused}"), Ok(())),
            // A sequence number that is not outstanding is a forgery.
            (
                &format!("+0 < icmp unreachable port_unreachable [5000:5000(0)]\n{refused}"),
                fails("the value 0"),
            ),
        ],
    );
}

#[test]
fn datagrams_go_both_ways() {
    let bound = "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 bind(3, ..., ...) = 0\n";
    check(
        bound,
        &[
            ("+0 < udp (100)\n+0 recvfrom(3, ..., 1000, 0, ..., ...) = 100", Ok(())),
            ("+0 sendto(3, ..., 50, 0, ..., ...) = 50\n+0 > udp (50)", Ok(())),
            ("+0 sendto(3, ..., 50, 0, ..., ...) = 50\n+0 > udp (51)", fails("length: expected 51, seen 50")),
            (
                "+0 connect(3, ..., ...) = 0\n+0 write(3, ..., 5) = 5\n+0 > udp (5)\n+0 < udp (7)\n+0 read(3, ..., 9) = 7",
                Ok(()),
            ),
        ],
    );
}
