//! Conversations so long that every sequence number comes round again.
use std::time::Duration;

use stackdrill_oracle::{Call, Endpoint, Observation, Oracle, Outcome, Verdict};
use stackdrill_wire::{Flags, Instant, Options, Segment, Seq, TcpOption, Tuple};

/// Octets of text in a segment.
const FULL: u32 = 65_000;
/// Of both ends, where the first octet of text is at 1.
const ISS: Seq = Seq(0);
/// What is sent or received in all.
const OCTETS: u64 = (1 << 32) + (1 << 30);
/// How often something gets lost.
const EVERY: u64 = 1 << 28;

/// An endpoint, the time, and what either end has sent.
struct Talk {
    oracle: Oracle,
    now: Instant,
    full: Vec<u8>,
}

impl Talk {
    /// A passive open with large segments and windows.
    fn open() -> Self {
        let tuple =
            Tuple { local: "192.0.2.1:80".parse().unwrap(), remote: "192.0.2.2:4000".parse().unwrap() };
        let oracle = Oracle::new(Endpoint::exact(tuple));
        let mut talk = Self { oracle, now: Instant::ZERO, full: vec![b'x'; FULL as usize] };
        talk.oracle.observe(&Observation::Called(Call::PassiveOpen, Outcome::Done(0)), talk.now);
        let mut options = Options::EMPTY;
        assert!(
            options.push(TcpOption::MaximumSegmentSize(65_495)) && options.push(TcpOption::WindowScale(14))
        );
        let syn = |flags, ack| Segment { flags, ack, options, ..talk.segment(ISS, ISS, 0) };
        let (syn, answer) = (syn(Flags::SYN, Seq(0)), syn(Flags::SYN | Flags::ACK, ISS + 1));
        talk.hears(&syn);
        talk.says(&answer);
        let ack = talk.segment(ISS + 1, ISS + 1, 0);
        talk.hears(&ack);
        talk
    }

    fn segment(&self, seq: Seq, ack: Seq, octets: u32) -> Segment {
        let text = self.full[..octets as usize].to_vec().into();
        Segment { seq, ack, flags: Flags::ACK, window: 60_000, text, ..Segment::default() }
    }

    fn calls(&mut self, call: Call, octets: u32) {
        self.oracle.observe(&Observation::Called(call, Outcome::AtMost(octets)), self.now);
    }

    fn hears(&mut self, segment: &Segment) {
        self.passes(10);
        self.oracle.observe(&Observation::Received(segment), self.now);
    }

    /// At once: what is owed is owed now.
    fn says(&mut self, segment: &Segment) {
        self.oracle.observe(&Observation::Sent(segment), self.now);
    }

    fn passes(&mut self, micros: u64) {
        self.now += Duration::from_micros(micros);
        self.oracle.observe(&Observation::Elapsed, self.now);
    }

    #[track_caller]
    fn is_lawful(&self, octets: u64) {
        assert_eq!(
            self.oracle.verdict(),
            Verdict::Lawful,
            "{octets} octets: {:#?}",
            self.oracle.departures()
        );
    }
}

/// Proves: RFC9293:3.4-send-wraps-modulo
#[test]
fn a_sender_may_live_as_long_as_it_likes() {
    let mut talk = Talk::open();
    let (mut octets, mut trouble) = (0, EVERY);
    while octets < OCTETS {
        let at = |octets: u64| ISS + 1 + octets as u32;
        talk.calls(Call::Send, 4 * FULL);
        for index in 0..4 {
            let text = talk.segment(at(octets + index * u64::from(FULL)), ISS + 1, FULL);
            talk.says(&text);
        }
        if octets >= trouble {
            // The first is lost: three duplicates, or a timeout, in turn.
            let lost = talk.segment(at(octets), ISS + 1, FULL);
            let duplicate = talk.segment(ISS + 1, at(octets), 0);
            match trouble / EVERY % 2 {
                0 => (0..3).for_each(|_| talk.hears(&duplicate)),
                _ => talk.passes(1_100_000),
            }
            talk.says(&lost);
            trouble += EVERY;
        }
        octets += 4 * u64::from(FULL);
        let ack = talk.segment(ISS + 1, at(octets), 0);
        talk.hears(&ack);
        talk.is_lawful(octets);
    }
}

/// Proves: RFC9293:3.4-receive-wraps-modulo
#[test]
fn a_receiver_may_live_as_long_as_it_likes() {
    let mut talk = Talk::open();
    let (mut octets, mut trouble) = (0, EVERY);
    while octets < OCTETS {
        let at = |octets: u64| ISS + 1 + octets as u32;
        let after = octets + 2 * u64::from(FULL);
        let first = talk.segment(at(octets), ISS + 1, FULL);
        let second = talk.segment(at(octets + u64::from(FULL)), ISS + 1, FULL);
        if octets >= trouble {
            // The second overtakes the first, and comes once more.
            talk.hears(&second);
            let waits = talk.segment(ISS + 1, at(octets), 0);
            talk.says(&waits);
            talk.hears(&first);
            let all = talk.segment(ISS + 1, at(after), 0);
            talk.says(&all);
            talk.hears(&second);
            talk.says(&all);
            trouble += EVERY;
        } else {
            talk.hears(&first);
            talk.hears(&second);
            let all = talk.segment(ISS + 1, at(after), 0);
            talk.says(&all);
        }
        octets = after;
        talk.calls(Call::Receive, 2 * FULL);
        talk.is_lawful(octets);
    }
}
