//! What our dialect adds: optional packets, alternatives, silence, open flags and numbers.
use super::{ESTABLISHED, check, fails, wrong};

const DATA: &str = "+0 < P. 1:101(100) ack 1 win 65535\n";

#[test]
fn an_optional_packet_may_come_or_not() {
    // Segments are joined until they have as many octets as expected, so that data would swallow the bare
    // acknowledgment before it; a FIN does not.
    let write = "shutdown(4, SHUT_WR) = 0\n";
    check(
        ESTABLISHED,
        &[
            // The acknowledgment comes within its time, ...
            (&format!("{DATA}+0~+.5 >? . 1:1(0) ack 101\n+.6 {write}+0 > F. 1:1(0) ack 101"), Ok(())),
            // ... or not at all, because what comes next takes it along.
            (&format!("{DATA}+0~+.5 >? . 1:1(0) ack 101\n+0 {write}+0 > F. 1:1(0) ack 101"), Ok(())),
            // It may not come at another time, be another, or come twice.
            (
                &format!("{DATA}+0~+.01 >? . 1:1(0) ack 101\n+.6 {write}+0 > F. 1:1(0) ack 101"),
                fails("flags: expected F., seen ."),
            ),
            (
                &format!("{DATA}+0~+.5 >? . 1:1(0) ack 99\n+.6 {write}+0 > F. 1:1(0) ack 101"),
                fails("flags: expected F., seen ."),
            ),
            // A silence has nothing against it.
            (&format!("{DATA}+0~+.5 >? . 1:1(0) ack 101\n+0 >! 1"), Ok(())),
            (&format!("{DATA}+0 >! 1"), fails("a packet was sent at 0.300000 s")),
        ],
    );
}

#[test]
fn one_of_several_will_do() {
    check(
        ESTABLISHED,
        &[
            (&format!("{DATA}+0~+.5 > . 1:1(0) ack 51 | . 1:1(0) ack 101"), Ok(())),
            (
                &format!("{DATA}+0~+.5 > . 1:1(0) ack 51 | R 1:1(0)"),
                fails("acknowledgment number: expected 51, seen 101"),
            ),
        ],
    );
}

#[test]
fn silence_is_kept() {
    check(
        ESTABLISHED,
        &[
            ("+0 >! 1000", Ok(())),
            ("+0 write(4, ..., 10) = 10\n+0 >! .1", fails("a packet was sent at 0.100000 s, in a silence")),
            // What is sent as the silence ends belongs to what comes next: the retransmission after one second.
            ("+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+0 >! 1\n+0 > P. 1:11(10) ack 1", Ok(())),
            (
                "+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+0 >! 1.1",
                fails("a packet was sent at 1.100000 s, in a silence until 1.200000 s"),
            ),
        ],
    );
}

#[test]
fn a_script_that_expects_nothing_is_an_error() {
    check(
        "",
        &[
            ("0 < S 0:0(0) win 1000", wrong("this script expects nothing")),
            ("0 < S 0:0(0) win 1000\n+0 >? R. 0:0(0) ack 1", wrong("this script expects nothing")),
            ("0 < S 0:0(0) win 1000\n+0 > R. 0:0(0) ack 1", Ok(())),
            ("0 < R 0:0(0) win 1000\n+0 >! 1", Ok(())),
        ],
    );
}

#[test]
fn flags_and_numbers_may_be_open() {
    let write = |expected: &str| format!("+0 write(4, ..., 100) = 100\n+0 > {expected}");
    check(
        ESTABLISHED,
        &[
            (&write("P?. 1:101(100) ack 1"), Ok(())),
            (&write("U?. 1:101(100) ack 1"), fails("flags")),
            (&write("P. 1:101(100) ack 0~1 win 1~65535"), Ok(())),
            (&write("P. 1:101(100) ack 2~9"), fails("acknowledgment number: expected 2~9, seen 1")),
            (&write("P. 1:101(100) ack ..."), Ok(())),
        ],
    );
}
