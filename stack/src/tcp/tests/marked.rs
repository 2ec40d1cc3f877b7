//! Congestion that routers mark.
use super::bench::*;
use crate::Policy;
use crate::policy::Ecn;
use crate::tcp::{Action, Context};
use stackdrill_wire::{Flags, Segment, TcpOption};

const OFFER: Flags = Flags(Flags::SYN.0 | Flags::ECE.0 | Flags::CWR.0);
const ACCEPT: Flags = Flags(Flags::SYN.0 | Flags::ACK.0 | Flags::ECE.0);
const ECHO: Flags = Flags(Flags::ACK.0 | Flags::ECE.0);

fn policy(ecn: Ecn) -> Policy {
    Policy { ecn, delayed_ack: None, ..plain() }
}

/// An active open whose SYN,ACK has these flags.
fn opened(flags: Flags) -> Bench {
    let mut bench = Bench::opening(policy(Ecn::Requests));
    assert_eq!(bench.sent()[0].0, OFFER);
    let mut answer = segment(flags, 0, 1, 0);
    answer.options.push(TcpOption::MaximumSegmentSize(1000));
    bench.hears(&answer);
    bench.said.clear();
    bench
}

/// Hears a segment that was marked on its way.
fn hears_marked(bench: &mut Bench, segment: &Segment) {
    let cx = &mut Context::new(bench.now, &bench.policy, &mut bench.said).marked(true);
    bench.c.arrives(segment, cx);
}

/// How many of the segments said are capable, and how many are not.
fn capable(bench: &Bench) -> (usize, usize) {
    let count = |wanted: fn(&Action) -> bool| bench.said.iter().filter(|it| wanted(&it.action)).count();
    (count(|it| matches!(it, Action::SendCapable(_))), count(|it| matches!(it, Action::Send(_))))
}

/// Proves: RFC3168:6.1.1-ecn-setup-syn RFC3168:6.1.1-reflected-flags-refused RFC3168:6.1.1-all-forms-handled
/// RFC3168:6.1.1-no-ect-without-negotiation RFC3168:6.1.2-ect-on-new-data.
#[test]
fn only_an_accepted_offer_makes_text_capable() {
    for (flags, agreed) in [
        (ACCEPT, true),
        (SYN_ACK, false),
        (SYN_ACK | Flags::CWR, false),
        (ACCEPT | Flags::CWR, false),
        (ACCEPT | Flags::AE, false),
    ] {
        let mut bench = opened(flags);
        bench.send(500);
        assert_eq!(capable(&bench), (usize::from(agreed), usize::from(!agreed)), "{flags}");
    }
}

/// Proves: RFC3168:6.1.1-ecn-setup-synack RFC3168:6.1.1-unwilling-clears-flags.
#[test]
fn only_an_offer_is_accepted_and_not_by_everybody() {
    for (ecn, offer, answer) in [
        (Ecn::Accepts, OFFER, ACCEPT),
        (Ecn::Requests, OFFER, ACCEPT),
        (Ecn::Never, OFFER, SYN_ACK),
        (Ecn::Accepts, SYN, SYN_ACK),
        (Ecn::Accepts, SYN | Flags::ECE, SYN_ACK),
        (Ecn::Accepts, SYN | Flags::CWR, SYN_ACK),
    ] {
        let mut bench = Bench::accepting(policy(ecn), &segment(offer, 0, 0, 0));
        assert_eq!(bench.sent()[0].0, answer, "{ecn:?} {offer}");
    }
    assert_eq!(Bench::opening(policy(Ecn::Accepts)).sent()[0].0, SYN);
}

/// Proves: RFC3168:6.1.1.1-fallback RFC3168:6.1.1-no-ect-without-negotiation.
#[test]
fn an_unanswered_offer_is_withdrawn() {
    let mut bench = Bench::opening(policy(Ecn::Requests));
    bench.wait(S);
    assert_eq!(bench.sent().iter().map(|sent| sent.0).collect::<Vec<_>>(), [OFFER, SYN]);
    bench.hears(&segment(ACCEPT, 0, 1, 0));
    bench.said.clear();
    bench.send(500);
    assert_eq!(capable(&bench), (0, 1));
}

/// Proves: RFC3168:6.1.3-echo-until-cwr RFC3168:6.1.5-ignore-ce-outside-window RFC3168:6.1.1.1-ect-no-signal.
#[test]
fn a_mark_is_echoed_until_the_sender_has_heard_it() {
    let mut bench = opened(ACCEPT);
    let flags = |bench: &mut Bench| bench.sent().iter().map(|sent| sent.0).collect::<Vec<_>>();
    hears_marked(&mut bench, &segment(ACK, 200_000, 1, 10));
    assert_eq!(flags(&mut bench), [ACK], "beyond the window it does not count");
    hears_marked(&mut bench, &segment(ACK, 1, 1, 10));
    bench.hears(&segment(ACK, 11, 1, 10));
    assert_eq!(flags(&mut bench), [ECHO, ECHO]);
    bench.hears(&segment(ACK | Flags::CWR, 21, 1, 10));
    bench.hears(&segment(ACK, 31, 1, 10));
    assert_eq!(flags(&mut bench), [ACK, ACK]);
    hears_marked(&mut bench, &segment(ACK | Flags::CWR, 41, 1, 10));
    assert_eq!(flags(&mut bench), [ECHO], "a new mark counts anew");
    let mut deaf = opened(SYN_ACK);
    hears_marked(&mut deaf, &segment(ACK, 1, 1, 10));
    assert_eq!(flags(&mut deaf), [ACK]);
}

/// Proves: RFC3168:6.1.2-ece-response RFC3168:6.1.2-once-per-rtt RFC3168:6.1.2-no-growth-on-ece
/// RFC3168:6.1.2-cwr-on-first-new-data RFC3168:6.1.2-cwr-once.
#[test]
fn an_echo_halves_the_window_once_and_resends_nothing() {
    let mut bench = opened(ACCEPT);
    bench.send(20_000);
    assert_eq!(bench.sent().len(), 10, "the initial window");
    for acked in 1..=8 {
        bench.hears(&segment(ECHO, 1, 1 + 1000 * acked, 0));
    }
    assert_eq!(bench.status().congestion_window, 5000);
    let sent = bench.sent();
    let seqs: Vec<i64> = sent.iter().map(|sent| sent.1).collect();
    assert_eq!(seqs, [10_001, 11_001, 12_001], "new text as the window allows");
    let reduced: Vec<bool> = sent.iter().map(|sent| sent.0.has(Flags::CWR)).collect();
    assert_eq!(reduced, [true, false, false]);
}

/// Marks and a loss of one window of data are one sign of congestion.
///
/// Proves: RFC3168:6.1.2-once-per-rtt RFC3168:6.1.2-cwr-once.
#[test]
fn a_loss_among_what_was_marked_reduces_nothing_more() {
    let mut bench = opened(ACCEPT);
    bench.send(20_000);
    for acked in 1..=4 {
        bench.hears(&segment(if acked == 1 { ECHO } else { ACK }, 1, 1 + 1000 * acked, 0));
    }
    assert_eq!((bench.sent().len(), bench.status().congestion_window), (10, 5000));
    for _ in 0..3 {
        bench.hears(&segment(ACK, 1, 4001, 0));
    }
    let sent = bench.sent();
    let seqs: Vec<i64> = sent.iter().map(|sent| sent.1).collect();
    assert_eq!(seqs, [10_001, 4001, 11_001], "limited transmit, the lost segment, new text in recovery");
    assert_eq!(bench.status().slow_start_threshold, 5000);
    assert!(sent[0].0.has(Flags::CWR), "for the marks");
    assert_eq!(sent.iter().filter(|sent| sent.0.has(Flags::CWR)).count(), 1);
}

/// Proves: RFC3168:6.1.5-retransmission-not-ect RFC3168:6.1.2-cwr-once RFC3168:6.1.2-cwr-on-first-new-data.
#[test]
fn what_is_sent_again_is_not_capable() {
    let mut bench = opened(ACCEPT);
    bench.send(20_000);
    bench.said.clear();
    bench.wait(S * 2);
    assert_eq!(capable(&bench), (0, 1));
    bench.sent();
    bench.hears(&segment(ACK, 1, 10_001, 0));
    let sent = bench.sent();
    assert!(sent[0].0.has(Flags::CWR) && sent[1..].iter().all(|sent| !sent.0.has(Flags::CWR)), "{sent:?}");
}

/// Proves: RFC3168:6.1.2-cwnd-one-timer.
#[test]
fn at_one_segment_what_follows_waits_for_the_timer() {
    let mut bench = opened(ACCEPT);
    bench.send(20_000);
    bench.wait(S * 2);
    bench.sent();
    // After the timeout the window is one segment; its acknowledgment is marked too.
    bench.hears(&segment(ECHO, 1, 10_001, 0));
    assert_eq!(bench.sent(), []);
    bench.wait(MS * 900);
    assert_eq!(bench.sent(), []);
    bench.wait(S * 3);
    assert!(!bench.sent().is_empty());
}

/// What the timer then sends leaves room for the blocks that it reports.
///
/// Proves: RFC9293:MUST-16 RFC3168:6.1.2-cwnd-one-timer.
#[test]
fn what_the_timer_sends_fits_with_its_options() {
    let policy = Policy { selective_acknowledgments: true, ..policy(Ecn::Requests) };
    let mut bench = Bench::opening(policy);
    let mut answer = segment(ACCEPT, 0, 1, 0);
    answer.options.push(TcpOption::MaximumSegmentSize(1000));
    answer.options.push(TcpOption::SackPermitted);
    bench.hears(&answer).hears(&segment(ACK, 101, 1, 100)).send(20_000);
    bench.wait(S * 2);
    bench.segments();
    bench.hears(&segment(ECHO, 1, 9_881, 0)).wait(S * 4);
    let sent = bench.segments();
    assert!(!sent.is_empty());
    for segment in sent {
        let (text, options) = (segment.text.len(), segment.options.octets().len());
        assert!(text + options <= 1000, "{text} and {options}");
    }
}
