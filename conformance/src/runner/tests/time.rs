//! When events happen, and whether that is in time.
use super::{ESTABLISHED, check, fails, wrong};

/// A segment whose retransmission is due one second later.
const SENT: &str = "+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n";

#[test]
fn a_packet_is_judged_by_when_it_left() {
    let again = |when: &str| format!("{SENT}{when} > P. 1:11(10) ack 1");
    check(
        ESTABLISHED,
        &[
            (&again("+1"), Ok(())),
            (&again("1.1"), Ok(())),
            (&again("*"), Ok(())),
            (&again("+.5~+1.5"), Ok(())),
            (&again("1~1.2"), Ok(())),
            // An eighth of the time since the event before is no matter.
            (&again("+1.1"), Ok(())),
            (&again("+.9"), Ok(())),
            (&again("+1.2"), fails("0.200000 s too early (tolerance 0.150000 s)")),
            (&again("+.8"), fails("0.200000 s too late (tolerance 0.100000 s)")),
            (&again("+.2~+.8"), fails("0.200000 s too late")),
            // Whoever waits long enough sees it, but no longer.
            (&again("+0"), fails("1.000000 s too late")),
        ],
    );
}

/// An event waits for its time; a packet that left before it is still the next one.
#[test]
fn packets_wait_to_be_looked_at() {
    check(
        ESTABLISHED,
        &[
            ("+0 write(4, ..., 10) = 10\n+.5 write(4, ..., 10) = 10\n* > P. 1:11(10) ack 1", Ok(())),
            (
                "+0 write(4, ..., 10) = 10\n+.5 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1",
                fails("0.500000 s too early"),
            ),
        ],
    );
}

/// What was to happen while a packet was awaited happens too late.
#[test]
fn our_own_events_can_be_too_late() {
    check(
        ESTABLISHED,
        &[(&format!("{SENT}* > P. 1:11(10) ack 1\n0.5 close(4) = 0"), fails("0.600000 s too late"))],
    );
}

#[test]
fn the_script_keeps_order() {
    check(
        "",
        &[
            ("1 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3", wrong("the first event is at 1.000000 s")),
            (
                "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n2 listen(3, 1) = 0\n1 close(3) = 0",
                wrong("this event is at 1.000000 s, before the one above it at 2.000000 s"),
            ),
        ],
    );
}

#[test]
fn tolerance_is_an_option() {
    let again = format!("{ESTABLISHED}{SENT}+1.2 > P. 1:11(10) ack 1");
    check("--tolerance_usecs=200000\n", &[(&again, Ok(()))]);
    check("--tolerance_percent=20\n", &[(&again, Ok(()))]);
    check("--tolerance_percent=10\n", &[(&again, fails("0.200000 s too early"))]);
}
