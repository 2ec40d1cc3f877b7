//! Windows, acknowledgments and the timing of small things.
use core::time::Duration;

use bytes::Bytes;
use stackdrill_wire::{Flags, Segment, State, TcpOption};

use super::bench::{ACK, Bench, FIN_ACK, MS, PSH_ACK, S, SYN, SYN_ACK, modern, plain, segment};
use crate::Policy;
use crate::tcp::{Call, Context, KeepAlive, PathError, Report, Settings, Signal};

/// The peer's ACK with a window.
fn window(ack: i64, window: u16) -> Segment {
    Segment { window, ..segment(ACK, 1, ack, 0) }
}

/// Proves: RFC9293:SHLD-18 RFC9293:SHLD-19 RFC9293:MUST-40.
#[test]
fn an_acknowledgment_waits_for_a_second_segment_but_not_for_long() {
    let mut bench = Bench::open(plain());
    bench.hears(&segment(PSH_ACK, 1, 1, 100)).wait(MS * 199);
    assert_eq!(bench.sent(), []);
    bench.wait(MS);
    assert_eq!(bench.sent(), [(ACK, 1, 101, 0)]);
    bench.hears(&segment(PSH_ACK, 101, 1, 1460)).hears(&segment(PSH_ACK, 1561, 1, 1460));
    assert_eq!(bench.sent(), [(ACK, 1, 3021, 0)], "a full pair: at once");
    bench.hears(&segment(PSH_ACK, 3021, 1, 100)).send(7);
    assert_eq!(bench.sent(), [(PSH_ACK, 1, 3121, 7)], "it rides on data");
    bench.wait(MS * 500);
    assert_eq!(bench.sent(), []);
}

/// Proves: RFC5681:3.2-ack-out-of-order-now RFC5681:3.2-ack-gap-fill-now RFC9293:SHLD-31
/// RFC9293:3.10.7.4-fin-out-of-order RFC2018:4-first-block-latest RFC2018:4-sack-while-queue-has-gaps.
#[test]
fn gaps_are_reported_at_once() {
    let mut syn = segment(SYN, 0, 0, 0);
    syn.options.push(TcpOption::SackPermitted);
    let mut bench = Bench::accepting(Policy { timestamps: false, ..Policy::default() }, &syn);
    bench.hears(&segment(ACK, 1, 1, 0)).sent();
    let mut blocks = Vec::new();
    for (flags, seq, octets) in [(ACK, 201, 100), (FIN_ACK, 401, 100), (ACK, 1, 100), (ACK, 301, 100)] {
        bench.hears(&segment(flags, seq, 1, octets));
        let sent = bench.segments();
        assert_eq!(sent.len(), 1, "one ACK for {seq}");
        let first = sent[0].options.sack().as_slice().first().map(|(left, right)| *right - *left);
        blocks.push((sent[0].ack - super::bench::IRS, first));
    }
    assert_eq!(blocks, [(1, Some(100)), (1, Some(100)), (101, Some(100)), (101, Some(300))]);
    assert_eq!(bench.told(), [Signal::Opened]);
    bench.hears(&segment(ACK, 101, 1, 100));
    assert_eq!(bench.sent(), [(ACK, 1, 502, 0)], "all of it and the FIN");
    assert_eq!(bench.told(), [Signal::Closing]);
    assert_eq!(bench.receive(1000).text, super::bench::text(1, 500));
}

/// A peer whose text contradicts its FIN is taken at the word that comes first in the order of numbers.
///
/// Proves: RFC9293:3.10.7.4-fin-established RFC9293:3.10.7.4-fin-out-of-order.
#[test]
fn the_first_word_counts() {
    for (segments, octets, end) in [
        (&[(ACK, 101, 100), (FIN_ACK, 1, 50)][..], 50, true), // the FIN, before text
        (&[(FIN_ACK, 51, 0), (ACK, 1, 100)], 100, false),     // text over the FIN
        (&[(FIN_ACK, 51, 0), (ACK, 61, 40), (ACK, 1, 50)], 50, true),
        (&[(FIN_ACK, 51, 0), (ACK, 41, 60), (ACK, 1, 40)], 100, false),
        (&[(ACK, 41, 60), (FIN_ACK, 51, 0), (ACK, 1, 40)], 100, false),
        (&[(FIN_ACK, 51, 0), (FIN_ACK, 1, 100)], 100, true), // the later FIN, on the earlier segment
        (&[(FIN_ACK, 21, 30), (FIN_ACK, 31, 30), (ACK, 1, 20)], 50, true),
    ] {
        let mut bench = Bench::open(plain());
        for &(flags, seq, octets) in segments {
            bench.hears(&segment(flags, seq, 1, octets));
        }
        bench.wait(MS * 200);
        let received = bench.receive(1000);
        assert_eq!((received.text.len(), received.end), (octets, end), "{segments:?}");
        assert_eq!(bench.sent().last().map(|s| s.2), Some(1 + octets as i64 + i64::from(end)));
    }
}

/// Proves: RFC9293:MUST-36 RFC9293:SHLD-29 RFC9293:SHLD-30 RFC9293:MUST-37 RFC9293:3.8.6.1-probe-form.
#[test]
fn a_shut_window_is_probed() {
    let mut bench = Bench::open(plain());
    bench.hears(&window(1, 0)).send(500);
    assert_eq!(bench.sent(), []);
    let start = bench.now;
    let mut at = Vec::new();
    for _ in 0..12 {
        let due = bench.c.deadline().unwrap();
        bench.wait(due.since(bench.now));
        at.push(bench.now.since(start).as_secs());
        assert_eq!(bench.sent(), [(ACK, 1, 1, 1)]);
        bench.hears(&window(1, 0));
    }
    assert_eq!(at, [1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363, 423], "far beyond R2");
    bench.hears(&window(1, 1000));
    assert_eq!(bench.sent(), [(PSH_ACK, 1, 1, 500)]);
    assert_eq!(bench.told(), []);
}

/// Proves: RFC9293:3.10.7.4-ack-established-new RFC9293:3.8.6.1-probe-form.
#[test]
fn a_probe_may_be_accepted() {
    let mut bench = Bench::open(plain());
    bench.hears(&window(1, 0)).send(500).wait(S);
    assert_eq!(bench.sent(), [(ACK, 1, 1, 1)]);
    bench.hears(&window(2, 4));
    assert_eq!(bench.sent(), [], "a silly window");
    bench.wait(MS * 200);
    assert_eq!(bench.sent(), [(ACK, 2, 1, 4)], "but not for ever");
    bench.hears(&window(6, 0)).wait(S);
    assert_eq!(bench.sent(), [(ACK, 6, 1, 1)]);
}

/// Proves: RFC9293:3.8.6.1-probe-form RFC9293:3.10.4-close-fin-wait.
#[test]
fn a_fin_may_be_the_probe_and_is_sent_once() {
    let mut bench = Bench::open(plain());
    bench.hears(&window(1, 0)).call(Call::Shutdown).unwrap();
    bench.wait(S);
    assert_eq!(bench.sent(), [(FIN_ACK, 1, 1, 0)]);
    bench.hears(&window(2, 0)).wait(S * 1000);
    assert_eq!((bench.sent(), bench.c.deadline()), (vec![], None));
}

/// Proves: RFC9293:MUST-34 RFC9293:SHLD-15 RFC9293:SHLD-17.
#[test]
fn a_shrunken_window_kills_nobody() {
    let mut bench = Bench::open(plain());
    bench.send(3000);
    assert_eq!(bench.sent().len(), 3);
    bench.hears(&window(1001, 0)).send(1000);
    assert_eq!(bench.sent(), []);
    for _ in 0..20 {
        let due = bench.c.deadline().unwrap();
        bench.wait(due.since(bench.now)).hears(&window(1001, 0));
        assert!(bench.sent().iter().all(|s| s.1 == 1001), "only the first one again");
    }
    bench.hears(&window(1001, 9000));
    assert_eq!(bench.sent().first().map(|s| s.1), Some(1001));
}

/// Proves: RFC9293:MUST-39 RFC9293:3.8.6.2.2-edge-held RFC9293:SHLD-14 RFC9293:3.10.7.4-zero-window-valid-ack
/// RFC9293:MUST-66a RFC9293:MUST-66b.
#[test]
fn our_own_window_shuts_and_opens_in_steps() {
    let mut bench = Bench::open(Policy { receive_buffer: 4000, ..plain() });
    let mut seq = 1;
    for _ in 0..4 {
        bench.hears(&segment(ACK, seq, 1, 1000));
        seq += 1000;
    }
    bench.wait(MS * 200);
    assert_eq!(bench.segments().last().map(|s| s.window), Some(0));
    assert_eq!(bench.receive(100).text.len(), 100);
    assert_eq!(bench.segments(), [], "no crumbs");
    bench.send(10).sent();
    let mut probe = segment(ACK | Flags::URG, seq, 11, 1);
    probe.urgent = 1;
    bench.hears(&probe);
    assert_eq!(bench.sent(), [(ACK, 11, seq, 0)], "refused, but answered");
    assert_eq!((bench.c.unacknowledged(), bench.told()), (0, vec![Signal::Urgent]));
    assert_eq!(bench.receive(3000).text.len(), 3000);
    assert_eq!(bench.segments().last().map(|s| s.window), Some(3100));
    bench.hears(&segment(Flags::RST, seq, 0, 0));
    assert_eq!(bench.c.failure(), Some(crate::tcp::Failure::Reset));
}

/// Proves: RFC9293:SHLD-7 RFC9293:MUST-17 RFC9293:MUST-61 RFC9293:SHLD-28.
#[test]
fn small_segments_wait_for_what_is_outstanding() {
    let mut bench = Bench::open(plain());
    bench.send(10).send(20).send(30);
    assert_eq!(bench.sent(), [(PSH_ACK, 1, 1, 10)]);
    bench.hears(&window(11, 9000));
    assert_eq!(bench.sent(), [(PSH_ACK, 11, 1, 50)]);
    bench.send(2500);
    assert_eq!(bench.sent(), [(ACK, 61, 1, 1000), (ACK, 1061, 1, 1000)]);
    let settings = Settings { nagle: false, ..bench.c.settings() };
    bench.c.configure(settings, &mut Context::new(bench.now, &bench.policy, &mut bench.said));
    assert_eq!(bench.sent(), [(PSH_ACK, 2061, 1, 500)], "switched off, it goes");
}

/// Proves: RFC9293:MUST-62 RFC9293:3.10.2-send-urgent RFC9293:3.9.1.3-urgent-boundary RFC9293:MUST-33
/// RFC9293:3.8.5-leave-urgent-mode.
#[test]
fn urgent_data_both_ways() {
    let mut bench = Bench::open(plain());
    bench.call(Call::Send { text: Bytes::from_static(b"abc"), urgent: true }).unwrap();
    let sent = &bench.segments()[0];
    assert!(sent.has(Flags::URG) && sent.urgent == 3);
    let mut urgent = segment(ACK | Flags::URG, 1, 4, 10);
    urgent.urgent = 4;
    bench.hears(&urgent);
    assert_eq!((bench.told(), bench.c.urgent()), (vec![Signal::Urgent], Some(4)));
    let first = bench.receive(100);
    assert_eq!((first.text.len(), first.urgent), (4, None), "not across the mark");
    assert_eq!(bench.receive(100).text.len(), 6);
}

/// Proves: RFC7323:5.3-paws-r1 RFC7323:3.2-missing-ts-dropped RFC7323:5.2-rst-not-paws-checked.
#[test]
fn old_stamps_are_refused() {
    let mut syn = segment(SYN, 0, 0, 0);
    syn.options = modern(500);
    let mut bench = Bench::accepting(Policy::default(), &syn);
    let stamped = |mut segment: Segment, value| {
        segment.options.push(TcpOption::Timestamps { value, echo: 0 });
        segment
    };
    bench.hears(&stamped(segment(ACK, 1, 1, 0), 501)).sent();
    bench.hears(&stamped(segment(ACK, 1, 1, 10), 499));
    assert_eq!(bench.sent(), [(ACK, 1, 1, 0)], "in the window, but old");
    bench.hears(&segment(ACK, 1, 1, 10)).wait(S);
    assert_eq!(bench.sent(), [], "without a stamp: silence");
    bench.hears(&stamped(segment(ACK, 1, 1, 10), 501)).wait(S);
    assert_eq!(bench.sent(), [(ACK, 1, 11, 0)]);
    bench.hears(&segment(Flags::RST, 11, 0, 0));
    assert_eq!(bench.c.failure(), Some(crate::tcp::Failure::Reset));
}

/// Proves: RFC9293:MUST-24 RFC9293:MUST-26 RFC9293:MUST-29 RFC9293:SHLD-12
/// RFC9293:3.8.4-keepalive-probe-sequence RFC9293:MUST-25.
#[test]
fn an_idle_peer_is_probed_if_asked_for() {
    let mut bench = Bench::open(plain());
    assert_eq!(bench.c.deadline(), None, "off by default");
    let keep_alive = Some(KeepAlive { idle: S * 10, interval: S * 2, probes: 3 });
    let settings = Settings { keep_alive, ..bench.c.settings() };
    bench.c.configure(settings, &mut Context::new(bench.now, &bench.policy, &mut bench.said));
    bench.wait(S * 5).hears(&segment(ACK, 1, 1, 0)).wait(Duration::from_millis(9_999));
    assert_eq!(bench.sent(), []);
    bench.wait(MS);
    assert_eq!(bench.sent(), [(ACK, 0, 1, 0)]);
    bench.hears(&segment(ACK, 1, 1, 0)).wait(S * 13);
    assert_eq!(bench.sent(), [(ACK, 0, 1, 0); 2]);
    bench.wait(S * 5);
    assert_eq!(bench.told(), [Signal::Failed(crate::tcp::Failure::TimedOut)]);
}

/// Proves: RFC5927:4.1-sequence-check RFC5927:5.2-hard-as-soft-when-synchronized RFC9293:MUST-56a RFC9293:SHLD-26
/// RFC1191:3-reduce-on-too-big RFC1191:6.4-retransmit-without-cwnd-cut.
#[test]
fn the_path_is_believed_within_reason() {
    let report = |bench: &mut Bench, error, offset| {
        let quoted = super::bench::ISS + offset;
        let cx = &mut Context::new(bench.now, &bench.policy, &mut bench.said);
        bench.c.reported(Report { error, quoted }, cx);
        bench.told()
    };
    let mut opening = Bench::opening(plain());
    assert_eq!(report(&mut opening, PathError::Port, 1), []);
    assert_eq!(report(&mut opening, PathError::Host, 0), [Signal::Soft(PathError::Host)]);
    let failed = Signal::Failed(crate::tcp::Failure::Unreachable(PathError::Port));
    assert_eq!(report(&mut opening, PathError::Port, 0), [failed]);

    let mut open = Bench::open(plain());
    open.send(2000).sent();
    assert_eq!(report(&mut open, PathError::Port, 1), [Signal::Soft(PathError::Port)]);
    assert_eq!(report(&mut open, PathError::TooBig { mtu: 540 }, 1001), []);
    let sizes: Vec<_> = open.sent().iter().map(|s| (s.1, s.3)).collect();
    assert_eq!(sizes, [(1, 500), (501, 500), (1001, 500), (1501, 500)]);
}

/// Both SYN and the first segment behind it tell the user timeout, and so does the first after a change.
///
/// Proves: RFC5482:3-uto-exchange RFC5482:3.1-adopt-formula.
#[test]
fn the_user_timeout_is_told_and_heard() {
    use stackdrill_wire::TcpOption::UserTimeout;
    let choices = crate::policy::UserTimeouts { advertised: S * 200, least: S * 100, most: S * 1000 };
    let mut bench = Bench::opening(Policy { user_timeout_option: Some(choices), ..plain() });
    let mut answer = segment(SYN_ACK, 0, 1, 0);
    answer.options.push(UserTimeout { minutes: false, value: 300 });
    bench.hears(&answer).send(10).send(10);
    let told = |bench: &mut Bench| -> Vec<bool> {
        let tells = |it: &Segment| it.options.iter().flatten().any(|it| matches!(it, UserTimeout { .. }));
        bench.segments().iter().map(tells).collect()
    };
    assert_eq!(told(&mut bench), [true, true, false], "SYN, ACK, text");
    let settings = Settings { user_timeout: Some(S * 150), ..bench.c.settings() };
    bench.c.configure(settings, &mut Context::new(bench.now, &bench.policy, &mut bench.said));
    bench.hears(&segment(ACK, 1, 11, 0));
    assert_eq!(told(&mut bench), [true]);
    // Nothing is heard any more: the user's own limit counts.
    bench.wait(S * 140);
    assert_eq!(bench.c.state(), State::Established);
    bench.wait(S * 100);
    assert_eq!(bench.c.state(), State::Closed);
}
