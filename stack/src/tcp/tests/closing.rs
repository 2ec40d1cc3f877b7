//! Closing: every way out.
use stackdrill_wire::{Flags, State, TcpOption};

use super::bench::{ACK, Bench, FIN_ACK, IRS, ISS, PSH_ACK, S, SYN, modern, plain, segment};
use crate::Policy;
use crate::tcp::{Call, Context, Failure, Received, Refusal, Signal};

const RST_ACK: Flags = Flags(0x14);

/// Proves: RFC9293:3.6-fig12-normal-close RFC9293:MUST-13 RFC9293:3.10.8-time-wait-timeout
/// RFC9293:3.10.7.4-time-wait-fin-again.
#[test]
fn the_first_to_close_waits_in_time_wait() {
    let mut bench = Bench::open(plain());
    bench.call(Call::Shutdown).unwrap();
    assert_eq!(bench.sent(), [(FIN_ACK, 1, 1, 0)]);
    bench.hears(&segment(ACK, 1, 2, 0)).hears(&segment(ACK, 1, 2, 5)).hears(&segment(FIN_ACK, 6, 2, 0));
    assert_eq!(bench.moves(), [State::FinWait1, State::FinWait2, State::TimeWait]);
    assert_eq!(bench.told(), [Signal::Closing]);
    assert_eq!(bench.sent(), [(ACK, 2, 7, 0)]);
    bench.wait(S * 200).hears(&segment(FIN_ACK, 6, 2, 0));
    assert_eq!(bench.sent(), [(ACK, 2, 7, 0)], "the last ACK was lost");
    bench.wait(S * 239);
    assert_eq!(bench.c.state(), State::TimeWait, "the wait began anew");
    bench.wait(S);
    assert_eq!(bench.moves(), [State::Closed]);
    assert_eq!(bench.receive(10).text.len(), 5, "what was received can still be read");
}

/// Proves: RFC9293:3.6-own-fin-waits-for-user RFC9293:3.10.4-close-close-wait
/// RFC9293:3.10.7.4-ack-last-ack-of-fin RFC9293:3.10.7.4-fin-close-wait RFC9293:3.10.2-send-close-wait.
#[test]
fn the_second_to_close_is_done_at_once() {
    let mut bench = Bench::accepted(plain());
    bench.hears(&segment(FIN_ACK, 1, 1, 3));
    assert_eq!(bench.sent(), [(ACK, 1, 5, 0)]);
    assert_eq!(bench.moves(), [State::CloseWait]);
    bench.hears(&segment(FIN_ACK, 1, 1, 3));
    assert_eq!(bench.sent(), [(ACK, 1, 5, 0)], "repeated, acknowledged again");
    bench.send(4);
    bench.call(Call::Shutdown).unwrap();
    assert_eq!(bench.sent(), [(PSH_ACK, 1, 5, 4), (FIN_ACK, 5, 5, 0)]);
    bench.hears(&segment(ACK, 5, 5, 0));
    assert_eq!(bench.c.state(), State::LastAck);
    bench.hears(&segment(ACK, 5, 6, 0));
    assert_eq!(bench.moves(), [State::LastAck, State::Closed]);
    assert_eq!(bench.receive(9), Received { text: super::bench::text(1, 3), end: true, urgent: None });
}

/// Proves: RFC9293:3.6-fig13-simultaneous-close RFC9293:3.10.7.4-fin-fin-wait-1-unacked
/// RFC9293:3.10.7.4-ack-closing-of-fin RFC9293:3.10.7.4-ack-closing-not-fin.
#[test]
fn both_close_at_once() {
    let mut bench = Bench::open(plain());
    bench.call(Call::Shutdown).unwrap();
    bench.sent();
    bench.hears(&segment(FIN_ACK, 1, 1, 0));
    assert_eq!(bench.sent(), [(ACK, 2, 2, 0)]);
    bench.hears(&segment(ACK, 2, 1, 0));
    assert_eq!(bench.c.state(), State::Closing);
    bench.hears(&segment(ACK, 2, 2, 0));
    assert_eq!(bench.moves(), [State::FinWait1, State::Closing, State::TimeWait]);
}

/// Proves: RFC9293:3.10.7.4-fin-fin-wait-1-acked.
#[test]
fn three_segments_suffice() {
    let mut bench = Bench::open(plain());
    bench.call(Call::Shutdown).unwrap();
    bench.hears(&segment(FIN_ACK, 1, 2, 0));
    assert_eq!(bench.moves(), [State::FinWait1, State::FinWait2, State::TimeWait]);
}

/// Proves: RFC9293:3.10.4-close-established RFC9293:3.10.4-close-fin-wait RFC9293:3.6-fin-retransmitted
/// RFC9293:3.10.2-send-after-close.
#[test]
fn the_fin_waits_for_the_text_and_is_sent_once() {
    let mut bench =
        Bench::open(Policy { initial_window: crate::policy::InitialWindow::Segments(1), ..plain() });
    bench.send(1500);
    bench.call(Call::Shutdown).unwrap();
    assert_eq!(bench.moves(), [State::FinWait1], "at once, although the FIN waits");
    assert_eq!(bench.sent(), [(ACK, 1, 1, 1000)]);
    assert_eq!(bench.call(Call::Shutdown), Err(Refusal::Closing));
    let late = Call::Send { text: super::bench::text(0, 1), urgent: false };
    assert_eq!(bench.call(late), Err(Refusal::Closing));
    bench.hears(&segment(ACK, 1, 1001, 0));
    assert_eq!(bench.sent(), [(Flags(0x19), 1001, 1, 500)]);
    bench.wait(S);
    assert_eq!(bench.sent(), [(Flags(0x19), 1001, 1, 500)], "text and FIN again");
    bench.hears(&segment(ACK, 1, 1501, 0)).wait(S * 3);
    assert_eq!(bench.sent(), [(FIN_ACK, 1501, 1, 0)], "the FIN alone again");
    bench.hears(&segment(ACK, 1, 1502, 0));
    assert_eq!(bench.moves(), [State::FinWait2]);
}

/// Proves: RFC9293:SHLD-3 RFC9293:MAY-1.
#[test]
fn losing_text_is_reported_by_a_reset() {
    let mut unread = Bench::open(plain());
    unread.hears(&segment(PSH_ACK, 1, 1, 10));
    unread.call(Call::Close).unwrap();
    assert_eq!(unread.sent(), [(RST_ACK, 1, 11, 0)]);
    assert_eq!(unread.c.state(), State::Closed);

    let mut late = Bench::open(plain());
    late.call(Call::Close).unwrap();
    late.sent();
    late.hears(&segment(PSH_ACK, 1, 2, 10));
    assert_eq!(late.sent(), [(RST_ACK, 2, 1, 0)]);

    let mut lenient = Bench::open(Policy { reset_on_lost_data: false, ..plain() });
    lenient.call(Call::Close).unwrap();
    lenient.sent();
    lenient.hears(&segment(FIN_ACK, 1, 2, 10));
    assert_eq!(lenient.sent(), [(ACK, 2, 12, 0)]);
    assert_eq!(lenient.c.state(), State::TimeWait);
}

/// Proves: RFC9293:3.10.5-abort-established RFC9293:3.10.5-abort-fin-wait-2 RFC9293:3.10.5-abort-late-states
/// RFC9293:3.10.5-abort-closed.
#[test]
fn an_abort_says_so_while_it_is_news() {
    let mut bench = Bench::open(plain());
    bench.send(100).sent();
    bench.call(Call::Abort).unwrap();
    assert_eq!(bench.sent(), [(RST_ACK, 101, 1, 0)]);
    assert_eq!(bench.c.deadline(), None);
    assert_eq!(bench.call(Call::Abort), Err(Refusal::Failed(Failure::Aborted)));

    let mut half = Bench::open(plain());
    half.call(Call::Shutdown).unwrap();
    half.hears(&segment(ACK, 1, 2, 0)).sent();
    half.call(Call::Abort).unwrap();
    assert_eq!(half.sent(), [(RST_ACK, 2, 1, 0)]);

    let mut late = Bench::open(plain());
    late.call(Call::Shutdown).unwrap();
    late.hears(&segment(FIN_ACK, 1, 2, 0)).sent();
    late.call(Call::Abort).unwrap();
    assert_eq!(late.sent(), []);
}

/// Proves: RFC5961:3.2-rst-exact RFC5961:3.2-rst-in-window-challenge RFC5961:3.2-rst-out-of-window
/// RFC5961:3.2-rst-second-chance RFC9293:3.10.7.4-rst-established.
#[test]
fn only_an_exact_reset_ends_it() {
    let mut bench = Bench::open(plain());
    bench.send(10).sent();
    bench.hears(&segment(Flags::RST, 0, 0, 0)).hears(&segment(Flags::RST, 70_000, 0, 0));
    assert_eq!(bench.sent(), []);
    bench.hears(&segment(Flags::RST, 2, 0, 0));
    assert_eq!(bench.sent(), [(ACK, 11, 1, 0)], "a challenge");
    bench.hears(&segment(Flags::RST, 1, 0, 9));
    assert_eq!(bench.told(), [Signal::Failed(Failure::Reset)]);
    assert_eq!(bench.call(Call::Receive { most: 1, peek: false }), Err(Refusal::Failed(Failure::Reset)));
}

/// Proves: RFC5961:4.2-syn-in-window-challenge RFC5961:4.2-syn-out-of-window-challenge RFC5961:4.2-synack-challenge
/// RFC5961:7-throttling RFC9293:3.10.7.4-syn-established.
#[test]
fn a_syn_is_challenged_but_not_without_end() {
    let mut bench = Bench::open(plain());
    for (flags, seq) in [(SYN, 5), (SYN, -9), (Flags(0x12), 5), (SYN, 500_000)] {
        bench.hears(&segment(flags, seq, 1, 0));
        assert_eq!(bench.sent(), [(ACK, 1, 1, 0)], "{flags} at {seq}");
    }
    for _ in 0..50 {
        bench.hears(&segment(SYN, 5, 1, 0));
    }
    assert_eq!(bench.sent().len(), 6, "ten in five seconds");
    bench.wait(S * 5).hears(&segment(SYN, 5, 1, 0));
    assert_eq!(bench.sent().len(), 1);

    let mut legacy = Bench::open(Policy { blind_syn_protection: false, ..plain() });
    legacy.hears(&segment(SYN, 5, 1, 0));
    assert_eq!(legacy.sent(), [(RST_ACK, 1, 1, 0)]);
    assert_eq!(legacy.c.state(), State::Closed);
}

/// Proves: RFC9293:3.10.7.4-rst-closing RFC9293:3.10.7.4-rst-time-wait RFC1337:3-ignore-rst-in-time-wait.
#[test]
fn a_reset_ends_late_states_quietly() {
    for (ignores, state) in [(false, State::Closed), (true, State::TimeWait)] {
        let mut bench = Bench::open(Policy { time_wait_ignores_reset: ignores, ..plain() });
        bench.call(Call::Shutdown).unwrap();
        bench.hears(&segment(FIN_ACK, 1, 2, 0)).told();
        bench.hears(&segment(Flags::RST, 2, 0, 0));
        assert_eq!((bench.c.state(), bench.told()), (state, vec![]));
    }
}

/// Proves: RFC9293:3.10.7.4-seq-unacceptable-established RFC9293:3.10.7.4-seq-unacceptable-time-wait
/// RFC9293:3.10.7.4-ack-established-too-high RFC9293:3.5.2-group3-time-wait-bad-ack
/// RFC9293:3.5.2-group3-last-ack-bad-ack RFC5961:5.2-ack-range-low RFC9293:3.10.7.4-ack-off-synchronized.
#[test]
fn bad_numbers_draw_an_acknowledgment() {
    let states: [fn(&mut Bench); 4] = [
        |_| (),
        |bench| {
            bench.call(Call::Shutdown).unwrap();
            bench.hears(&segment(ACK, 1, 2, 0));
        },
        |bench| {
            bench.call(Call::Shutdown).unwrap();
            bench.hears(&segment(FIN_ACK, 1, 2, 0));
        },
        |bench| {
            bench.hears(&segment(FIN_ACK, 1, 1, 0));
            bench.call(Call::Shutdown).unwrap();
        },
    ];
    for reach in states {
        let mut bench = Bench::open(plain());
        reach(&mut bench);
        bench.sent();
        let (state, status) = (bench.c.state(), bench.status());
        let (una, next) = (i64::from(status.snd_una - ISS), i64::from(status.rcv_nxt - IRS));
        let nxt = i64::from(status.snd_nxt - ISS);
        for (seq, ack, answered) in [
            (next - 1, una, true),
            (next + 70_000, una, true),
            (next, nxt + 1, true),
            (next, una - 70_000, true),
        ] {
            bench.hears(&segment(ACK, seq, ack, 0));
            let expected = if answered { vec![(ACK, nxt, next, 0)] } else { vec![] };
            assert_eq!(bench.sent(), expected, "{state}: {seq} ack {ack}");
        }
        bench.hears(&segment(Flags::NONE, next, 0, 0));
        assert_eq!((bench.sent(), bench.c.state()), (vec![], state));
    }
}

/// Proves: RFC9293:MAY-2 RFC6191:2-ts-newer RFC6191:2-ts-equal-seq-greater RFC6191:2-ts-then-none
/// RFC6191:2-none-then-ts RFC6191:2-none-none RFC9293:3.6.1-time-wait-new-isn-higher.
#[test]
fn a_new_syn_may_reopen_time_wait() {
    for (stamped, stamp, seq, expected) in [
        (true, Some(501), -5000, true),
        (true, Some(500), 3, true),
        (true, Some(500), 1, false),
        (true, Some(499), 5000, false),
        (true, None, 3, true),
        (true, None, 1, false),
        (false, Some(1), -5000, true),
        (false, None, 2, true),
        (false, None, 1, false),
    ] {
        let mut syn = segment(SYN, 0, 0, 0);
        if stamped {
            syn.options = modern(500);
        }
        let mut bench = Bench::accepting(Policy::default(), &syn);
        let stamp_on = |mut segment: stackdrill_wire::Segment, value: Option<u32>| {
            if let Some(value) = value {
                segment.options.push(TcpOption::Timestamps { value, echo: 0 });
            }
            segment
        };
        let old = stamped.then_some(500);
        bench.hears(&stamp_on(segment(ACK, 1, 1, 0), old));
        bench.call(Call::Shutdown).unwrap();
        bench.hears(&stamp_on(segment(FIN_ACK, 1, 2, 0), old));
        assert_eq!(bench.c.state(), State::TimeWait);
        let again = stamp_on(segment(SYN, seq, 0, 0), stamp);
        let found = bench.c.reopens(&again, &Context::new(bench.now, &bench.policy, &mut Vec::new()));
        assert_eq!(found, expected.then_some(ISS + 3), "stamped {stamped}, then {stamp:?} at {seq}");
    }
}

/// Proves: RFC9293:MUST-20b RFC9293:MUST-21 RFC9293:SHLD-9 RFC9293:3.10.8-user-timeout.
#[test]
fn silence_ends_in_failure() {
    for (timeout, least, most) in [(None, 300, 360), (Some(S * 20), 20, 40)] {
        let mut bench = Bench::open(plain());
        let settings = crate::tcp::Settings { user_timeout: timeout, ..bench.c.settings() };
        bench.c.configure(settings, &mut Context::new(bench.now, &bench.policy, &mut bench.said));
        bench.send(10);
        let start = bench.now;
        while let Some(due) = bench.c.deadline() {
            bench.wait(due.since(bench.now));
        }
        let lasted = bench.now.since(start).as_secs();
        assert!((least..most).contains(&lasted), "{lasted} s");
        assert_eq!(bench.told(), [Signal::Doubtful, Signal::Failed(Failure::TimedOut)]);
        assert_eq!(bench.call(Call::Shutdown), Err(Refusal::Failed(Failure::TimedOut)));
    }
}

/// Proves: RFC9293:3.10.7.4-ack-established-duplicate RFC5961:5.2-ack-range-fin RFC5961:5.2-ack-range-low.
#[test]
fn an_old_acknowledgment_does_not_stop_a_fin_but_a_far_too_old_one_does() {
    for (ack, state) in [(0, State::CloseWait), (1 - 65_535, State::CloseWait), (-65_535, State::Established)]
    {
        let mut bench = Bench::open(plain());
        bench.hears(&segment(FIN_ACK, 1, ack, 0));
        assert_eq!(bench.c.state(), state, "ack {ack}");
        assert_eq!(bench.sent().len(), 1);
    }
}

/// Nothing is left of a closed connection but an answer.
///
/// Proves: RFC9293:3.10.2-send-closed RFC9293:3.10.6-status-states RFC9293:3.10.7.1-closed-ack-set.
#[test]
fn a_closed_connection_is_none() {
    let mut bench = Bench::opening(plain());
    bench.call(Call::Shutdown).unwrap();
    bench.sent();
    assert_eq!(bench.status().state, State::Closed);
    assert_eq!(bench.call(Call::Shutdown), Err(Refusal::NoConnection));
    bench.hears(&segment(ACK, 5, 9, 3));
    assert_eq!(bench.sent().first().map(|s| (s.0, s.1)), Some((Flags::RST, 9)));
    assert!(matches!(bench.call(Call::Abort), Err(Refusal::NoConnection)));
}
