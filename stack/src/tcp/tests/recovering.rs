//! Loss, and what brings the text through all the same.
use stackdrill_wire::TcpOption;

use super::bench::{ACK, Bench, MS, PSH_ACK, S, SYN_ACK, plain, segment};
use crate::Policy;
use crate::policy::InitialWindow;

fn starts(sent: &[(stackdrill_wire::Flags, i64, i64, usize)]) -> Vec<i64> {
    sent.iter().map(|s| s.1).collect()
}

/// Proves: RFC6298:5.1-start-timer RFC6298:5.4-retransmit-earliest RFC6298:5.5-double RFC5681:3.1-rto-loss-window
/// RFC9293:MUST-19c.
#[test]
fn the_timer_resends_the_first_segment_and_then_the_rest() {
    let mut bench = Bench::open(plain());
    bench.send(4000);
    assert_eq!(starts(&bench.sent()), [1, 1001, 2001, 3001]);
    bench.wait(MS * 999);
    assert_eq!(bench.sent(), []);
    bench.wait(MS);
    assert_eq!(starts(&bench.sent()), [1], "the earliest alone");
    bench.wait(MS * 1999);
    assert_eq!(bench.sent(), []);
    bench.wait(MS);
    assert_eq!(starts(&bench.sent()), [1], "twice as long");
    bench.hears(&segment(ACK, 1, 1001, 0));
    assert_eq!(starts(&bench.sent()), [1001, 2001], "slow start");
    bench.hears(&segment(ACK, 1, 4001, 0)).wait(S * 60);
    assert_eq!((bench.sent(), bench.c.deadline()), (vec![], None));
}

/// Proves: RFC6298:5.3-restart-timer RFC6298:5-never-early.
#[test]
fn progress_restarts_the_timer() {
    let mut bench = Bench::open(plain());
    bench.send(2000).wait(MS * 900).hears(&segment(ACK, 1, 1001, 0)).sent();
    bench.wait(MS * 999);
    assert_eq!(bench.sent(), []);
    bench.wait(MS * 20);
    assert_eq!(starts(&bench.sent()), [1001]);
}

/// Proves: RFC5681:3.2-fast-retransmit RFC5681:3.2-step1-limited-transmit RFC5681:3.2-step4-inflate
/// RFC6582:3.2-partial-ack-retransmit RFC6582:3.2-full-ack RFC9293:MUST-19a.
#[test]
fn duplicates_bring_back_what_was_lost() {
    let mut bench = Bench::open(Policy { initial_window: InitialWindow::Segments(6), ..plain() });
    bench.send(20_000).sent();
    let duplicate = segment(ACK, 1, 1, 0);
    bench.hears(&duplicate).hears(&duplicate);
    assert_eq!(starts(&bench.sent()), [6001, 7001], "limited transmit");
    bench.hears(&duplicate);
    assert_eq!(starts(&bench.sent()), [1], "fast retransmit");
    bench.hears(&duplicate).hears(&duplicate);
    assert!(starts(&bench.sent()).is_empty(), "half of six and five are eight");
    bench.hears(&duplicate);
    assert_eq!(starts(&bench.sent()), [8001]);
    bench.hears(&segment(ACK, 1, 3001, 0));
    assert_eq!(starts(&bench.sent()), [3001, 9001], "a second hole");
    bench.hears(&segment(ACK, 1, 9001, 0));
    let status = bench.status();
    assert_eq!((status.congestion_window, status.slow_start_threshold), (2000, 3000));
}

/// Proves: RFC5681:2-duplicate-ack-definition.
#[test]
fn not_everything_that_repeats_is_a_duplicate() {
    for repeat in [
        segment(PSH_ACK, 1, 1, 1),
        stackdrill_wire::Segment { window: 1234, ..segment(ACK, 1, 1, 0) },
        segment(ACK, 1, 0, 0),
    ] {
        let mut bench = Bench::open(Policy { initial_window: InitialWindow::Segments(4), ..plain() });
        bench.send(9000).sent();
        for round in 0..4 {
            // Windows must go on changing, text must stay new.
            let window = repeat.window.wrapping_add(round);
            let seq = repeat.seq + u32::from(round) * repeat.length();
            bench.hears(&stackdrill_wire::Segment { window, seq, ..repeat.clone() });
        }
        assert!(starts(&bench.sent()).iter().all(|&at| at != 1), "{repeat:?}");
    }
}

/// Proves: RFC6298:3-karn RFC7323:4.1-rttm-rule.
#[test]
fn a_repeated_segment_is_measured_by_stamps_or_not_at_all() {
    for stamped in [false, true] {
        let mut bench = Bench::opening(Policy { timestamps: stamped, ..plain() });
        let value = bench.segments()[0].options.timestamps().map(|(value, _)| value);
        let answer = |segment: stackdrill_wire::Segment, echo: Option<u32>| {
            let mut segment = segment;
            if let Some(echo) = echo {
                segment.options.push(TcpOption::Timestamps { value: 9, echo });
            }
            segment
        };
        bench.wait(MS * 100).hears(&answer(segment(SYN_ACK, 0, 1, 0), value));
        assert_eq!(bench.status().srtt, Some(MS * 100));
        bench.send(10).wait(MS * 1000).segments();
        bench.wait(MS * 300);
        let echo = value.map(|value| value + 1100);
        bench.hears(&answer(segment(ACK, 1, 11, 0), echo));
        let expected = if stamped { (MS * 700 + MS * 300) / 8 } else { MS * 100 };
        assert_eq!(bench.status().srtt, Some(expected), "stamped {stamped}");
    }
}

/// Proves: RFC5681:4.1-restart-window.
#[test]
fn an_idle_sender_starts_over() {
    let mut bench = Bench::open(plain());
    let mut acked = 1;
    for _ in 0..20 {
        bench.send(1000);
        acked += 1000;
        bench.hears(&segment(ACK, 1, acked, 0));
    }
    bench.sent();
    assert_eq!(bench.status().congestion_window, 30_000);
    bench.wait(S * 2).send(20_000);
    assert_eq!(bench.sent().len(), 10);
}

/// Proves: RFC9293:3.4-send-wraps-modulo RFC5681:2-send-limit.
#[test]
fn numbers_wrap_without_notice() {
    let mut bench = Bench::open(plain());
    bench.send(5000).hears(&segment(ACK, 1, 3001, 0)).hears(&segment(PSH_ACK, 1, 5001, 50));
    assert_eq!(bench.c.unacknowledged(), 0);
    assert_eq!(bench.receive(100).text.len(), 50);
}
