//! Opening: three ways, and the ways it fails.
use stackdrill_wire::{Flags, Seq, State, TcpOption};

use super::bench::{ACK, Bench, FIN_ACK, IRS, ISS, MS, S, SYN, SYN_ACK, modern, plain, segment};
use crate::Policy;
use crate::tcp::{Call, Failure, Refusal, Signal};

/// An absent acknowledgment number, relative to the peer's.
fn none() -> i64 {
    i64::from((Seq(0) - IRS) as i32)
}

/// Proves: RFC9293:3.10.1-open-closed-active RFC9293:3.10.7.3-syn-sent-synack.
#[test]
fn an_active_open() {
    let mut bench = Bench::opening(plain());
    assert_eq!(bench.sent(), [(SYN, 0, none(), 0)]);
    bench.hears(&segment(SYN_ACK, 0, 1, 0));
    assert_eq!(bench.sent(), [(ACK, 1, 1, 0)]);
    assert_eq!(bench.moves(), [State::SynSent, State::Established]);
    assert_eq!(bench.told(), [Signal::Opened]);
    assert_eq!(bench.c.deadline(), None);
}

/// A SYN comes twice, with text that reaches into the window: the SYN itself lies before it, and ends nothing.
///
/// Proves: RFC9293:3.10.7.4-seq-unacceptable-syn-received RFC9293:3.10.7.4-syn-syn-received-passive.
#[test]
fn a_syn_with_text_comes_twice() {
    for (answers, expected) in [(true, vec![(SYN_ACK, 0, 1, 0)]), (false, vec![])] {
        let syn = segment(SYN, 0, 0, 100);
        let mut bench = Bench::accepting(Policy { syn_ack_again: answers, ..plain() }, &syn);
        bench.sent();
        bench.hears(&syn);
        assert_eq!((bench.c.state(), bench.sent()), (State::SynReceived, expected));
        bench.hears(&segment(ACK, 1, 1, 100));
        assert_eq!(bench.c.state(), State::Established);
        bench = Bench::accepting(plain(), &syn);
        bench.hears(&segment(SYN, 1, 0, 100));
        assert_eq!(bench.moves().last(), Some(&State::Listen), "a new SYN ends it");
    }
}

/// Proves: RFC9293:3.10.7.2-listen-syn RFC9293:3.10.7.4-ack-syn-received-good
/// RFC9293:3.10.7.4-ack-syn-received-with-data.
#[test]
fn a_passive_open() {
    let mut bench = Bench::accepting(plain(), &segment(SYN, 0, 0, 0));
    assert_eq!(bench.sent(), [(SYN_ACK, 0, 1, 0)]);
    bench.hears(&segment(ACK, 1, 1, 5));
    assert_eq!(bench.moves(), [State::SynReceived, State::Established]);
    assert_eq!(bench.receive(9).text.len(), 5);
}

/// Proves: RFC9293:MUST-10 RFC9293:3.10.7.3-syn-sent-syn-only RFC9293:3.5-fig7-simultaneous-open-crossing.
#[test]
fn both_call_at_once() {
    for answer in [segment(SYN_ACK, 0, 1, 0), segment(ACK, 1, 1, 0)] {
        let mut bench = Bench::opening(plain());
        bench.hears(&segment(SYN, 0, 0, 0));
        assert_eq!(bench.sent(), [(SYN, 0, none(), 0), (SYN_ACK, 0, 1, 0)]);
        bench.hears(&answer);
        assert_eq!(bench.moves(), [State::SynSent, State::SynReceived, State::Established]);
        assert!(bench.sent().is_empty());
    }
}

/// Proves: RFC9293:3.10.7.3-syn-sent-ack-too-low RFC9293:3.10.7.3-syn-sent-ack-too-high
/// RFC9293:3.10.7.3-syn-sent-bad-ack-rst RFC9293:3.10.7.3-syn-sent-rst-no-ack
/// RFC9293:3.10.7.3-syn-sent-no-syn-no-rst RFC9293:3.5.2-group2-state-kept.
#[test]
fn what_does_not_end_syn_sent() {
    let rst = Flags::RST;
    for (flags, ack, answered) in [
        (SYN_ACK, 0, true),
        (SYN_ACK, 2, true),
        (ACK, 0, true),
        (rst | ACK, 0, false),
        (rst | ACK, 2, false),
        (rst, 0, false),
        (ACK, 1, false),
        (Flags::FIN, 0, false),
        (Flags::NONE, 0, false),
    ] {
        let mut bench = Bench::opening(plain());
        bench.sent();
        bench.hears(&segment(flags, 0, ack, 0));
        let expected = if answered { vec![(rst, ack, none(), 0)] } else { vec![] };
        assert_eq!(bench.sent(), expected, "{flags} ack {ack}");
        assert_eq!(bench.c.state(), State::SynSent);
    }
}

/// Proves: RFC9293:3.10.7.3-syn-sent-rst-acceptable-ack RFC9293:3.10.7.4-rst-syn-received-active
/// RFC9293:3.10.7.4-rst-syn-received-passive.
#[test]
fn a_reset_refuses() {
    let mut bench = Bench::opening(plain());
    bench.hears(&segment(Flags::RST | ACK, 0, 1, 0));
    assert_eq!(bench.told(), [Signal::Failed(Failure::Refused)]);
    assert_eq!(bench.call(Call::Shutdown), Err(Refusal::Failed(Failure::Refused)));

    let mut crossed = Bench::opening(plain());
    crossed.hears(&segment(SYN, 0, 0, 0)).hears(&segment(Flags::RST, 1, 0, 0));
    assert_eq!(crossed.told(), [Signal::Failed(Failure::Refused)]);

    let mut passive = Bench::accepting(plain(), &segment(SYN, 0, 0, 0));
    passive.hears(&segment(Flags::RST, 1, 0, 0));
    assert_eq!(passive.moves(), [State::SynReceived, State::Listen]);
    assert_eq!((passive.told(), passive.c.deadline()), (vec![], None));
}

/// Proves: RFC9293:3.10.7.4-ack-syn-received-bad RFC9293:3.10.7.4-ack-off-syn-received
/// RFC9293:3.10.7.4-seq-unacceptable-syn-received RFC9293:3.10.7.4-syn-syn-received-passive.
#[test]
fn what_meets_syn_received() {
    for (flags, seq, ack, answer, state) in [
        (ACK, 1, 0, Some((Flags::RST, 0)), State::SynReceived),
        (ACK, 1, 2, Some((Flags::RST, 2)), State::SynReceived),
        (Flags::NONE, 1, 1, None, State::SynReceived),
        (ACK, 70_000, 1, Some((ACK, 1)), State::SynReceived),
        (SYN, 0, 0, Some((ACK, 1)), State::SynReceived),
        (SYN, 9, 0, None, State::Closed),
    ] {
        let mut bench = Bench::accepting(plain(), &segment(SYN, 0, 0, 0));
        bench.sent();
        bench.hears(&segment(flags, seq, ack, 0));
        let sent: Vec<_> = bench.sent().iter().map(|s| (s.0, s.1)).collect();
        assert_eq!(sent, Vec::from_iter(answer), "{flags} {seq} ack {ack}");
        assert_eq!(bench.c.state(), state);
    }
}

/// Proves: RFC9293:3.10.7.3-syn-sent-synack-data RFC9293:3.10.7.3-syn-sent-synack-fin.
#[test]
fn a_full_answer_is_used_in_full() {
    let mut bench = Bench::opening(plain());
    bench.sent();
    bench.hears(&segment(SYN_ACK | Flags::FIN, 0, 1, 7));
    assert_eq!(bench.moves(), [State::SynSent, State::Established, State::CloseWait]);
    assert_eq!(bench.sent(), [(ACK, 1, 9, 0)], "one acknowledgment for all of it");
    let received = bench.receive(100);
    assert_eq!((received.text.len(), received.end), (7, true));
}

/// Proves: RFC9293:MUST-23 RFC6298:5.5-double-syn RFC9293:MUST-22.
#[test]
fn an_unanswered_syn_is_repeated_for_three_minutes() {
    let mut bench = Bench::opening(plain());
    let start = bench.now;
    let mut at = Vec::new();
    bench.sent();
    while let Some(due) = bench.c.deadline() {
        bench.wait(due.since(bench.now));
        at.extend(bench.sent().iter().map(|_| bench.now.since(start).as_secs()));
    }
    assert_eq!(at, [1, 3, 7, 15, 31, 63, 123]);
    assert!(bench.now.since(start) >= S * 180);
    assert_eq!(bench.told(), [Signal::Doubtful, Signal::Failed(Failure::TimedOut)]);
}

/// Proves: RFC6298:5.7-syn-timeout-3s RFC6298:3-karn RFC6928:2-one-syn-loss-tolerated.
#[test]
fn a_lost_syn_makes_data_wait_longer() {
    let mut bench = Bench::opening(plain());
    bench.wait(S).hears(&segment(SYN_ACK, 0, 1, 0));
    let status = bench.status();
    assert_eq!((status.rto, status.srtt), (S * 3, None));
    assert_eq!(status.congestion_window, 5360);
}

/// Proves: RFC7323:2.2-wscale-both-or-none RFC7323:3.2-ts-on-every-segment RFC2018:4-only-if-permitted
/// RFC9293:MUST-15a RFC9293:MUST-16 RFC9293:MUST-65.
#[test]
fn options_are_agreed_on_both_ways() {
    let mut syn = segment(SYN, 0, 0, 0);
    syn.options = modern(500);
    let mut rich = Bench::accepting(Policy::default(), &syn);
    let answer = &rich.segments()[0];
    assert_eq!(answer.options.timestamps().map(|(_, echo)| echo), Some(500));
    assert_eq!((answer.options.window_scale(), answer.options.maximum_segment_size()), (Some(0), Some(1460)));
    assert!(answer.options.sack_permitted());
    let mut ack = segment(ACK, 1, 1, 0);
    ack.options.push(TcpOption::Timestamps { value: 501, echo: 0 });
    rich.hears(&ack);
    let status = rich.status();
    assert_eq!((status.send_mss, status.shifts, status.snd_wnd), (1448, Some((7, 0)), 65_535 << 7));
    rich.send(1);
    let data = &rich.segments()[0];
    assert_eq!(data.options.timestamps().map(|(_, echo)| echo), Some(501));
    assert_eq!(data.options.maximum_segment_size(), None);

    let mut poor = Bench::accepting(Policy::default(), &segment(SYN, 0, 0, 0));
    assert_eq!(poor.segments()[0].options.iter().count(), 1, "only MSS");
    poor.hears(&segment(ACK, 1, 1, 0));
    let status = poor.status();
    assert_eq!((status.send_mss, status.shifts, status.timestamps), (536, None, false));
}

/// Proves: RFC9293:3.10.4-close-syn-sent RFC9293:3.10.4-close-syn-received-idle
/// RFC9293:3.10.4-close-syn-received-data RFC9293:3.10.5-abort-syn-sent RFC9293:3.10.5-abort-syn-received.
#[test]
fn leaving_before_it_is_open() {
    let mut early = Bench::opening(plain());
    early.call(Call::Shutdown).unwrap();
    assert_eq!((early.c.state(), early.sent().len()), (State::Closed, 1));

    let mut aborted = Bench::opening(plain());
    aborted.call(Call::Abort).unwrap();
    assert_eq!((aborted.c.state(), aborted.sent().len()), (State::Closed, 1));

    let mut idle = Bench::accepting(plain(), &segment(SYN, 0, 0, 0));
    idle.sent();
    idle.call(Call::Shutdown).unwrap();
    assert_eq!(idle.c.state(), State::FinWait1);
    idle.hears(&segment(ACK, 1, 1, 0)).wait(MS * 10);
    assert_eq!(idle.sent(), [(FIN_ACK, 1, 1, 0)]);
    idle.hears(&segment(ACK, 1, 2, 0));
    assert_eq!(idle.c.state(), State::FinWait2);

    let mut unheard = Bench::accepting(plain(), &segment(SYN, 0, 0, 0));
    unheard.call(Call::Shutdown).unwrap();
    assert_eq!(unheard.sent(), [(SYN_ACK, 0, 1, 0), (FIN_ACK, 1, 1, 0)]);
    unheard.wait(S);
    assert_eq!(unheard.sent(), [(SYN_ACK, 0, 1, 0)], "the earliest alone");
    unheard.hears(&segment(ACK, 1, 1, 0)).wait(S * 3);
    assert_eq!(unheard.sent(), [(FIN_ACK, 1, 1, 0)]);

    let mut busy = Bench::accepting(plain(), &segment(SYN, 0, 0, 0));
    busy.sent();
    busy.send(3).call(Call::Shutdown).unwrap();
    assert_eq!((busy.c.state(), busy.sent()), (State::SynReceived, vec![]));
    assert_eq!(busy.call(Call::Shutdown), Err(Refusal::Closing));
    busy.hears(&segment(ACK, 1, 1, 0));
    assert_eq!(busy.c.state(), State::FinWait1);
    assert_eq!(busy.sent(), [(Flags(0x19), 1, 1, 3)]);

    let mut reset = Bench::accepting(plain(), &segment(SYN, 0, 0, 0));
    reset.sent();
    reset.call(Call::Abort).unwrap();
    assert_eq!(reset.sent(), [(Flags(0x14), 1, 1, 0)]);
}

/// Proves: RFC9293:3.10.2-send-syn-sent RFC9293:3.10.7.3-syn-sent-synack-queued-data.
#[test]
fn text_queued_early_rides_on_the_handshake() {
    let mut bench = Bench::opening(plain());
    bench.sent();
    bench.send(10);
    assert!(bench.sent().is_empty());
    bench.hears(&segment(SYN_ACK, 0, 1, 0));
    assert_eq!(bench.sent(), [(Flags(0x18), 1, 1, 10)]);
    assert_eq!(bench.status().iss, ISS);
}
