//! What an observation costs on bulk traffic, where one hypothesis is enough.
use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stackdrill_oracle::{Call, Endpoint, Observation, Oracle, Outcome, Verdict};
use stackdrill_wire::{Flags, Instant, Options, Segment, Seq, TcpOption, Tuple};

/// Octets of text in a segment.
const FULL: u32 = 1448;

/// Segments sent or received in a run.
const SEGMENTS: u32 = 3000;

fn options(list: &[TcpOption<'_>]) -> Options {
    let mut options = Options::EMPTY;
    for option in list {
        assert!(options.push(*option));
    }
    options.pad(1);
    options
}

fn segment(flags: Flags, (seq, ack): (u32, u32), octets: u32, stamps: (u32, u32)) -> Segment {
    let (value, echo) = stamps;
    Segment {
        seq: Seq(seq),
        ack: Seq(ack),
        flags,
        window: 65_000,
        options: options(&[TcpOption::Timestamps { value, echo }]),
        text: vec![b'x'; octets as usize].into(),
        ..Segment::default()
    }
}

fn opened() -> Oracle {
    let tuple = Tuple { local: "192.0.2.1:80".parse().unwrap(), remote: "192.0.2.2:4000".parse().unwrap() };
    let mut oracle = Oracle::new(Endpoint::exact(tuple));
    let call = |call, outcome| Observation::Called(call, outcome);
    oracle.observe(&call(Call::PassiveOpen, Outcome::Done(0)), Instant::ZERO);
    let syn = [
        TcpOption::MaximumSegmentSize(1460),
        TcpOption::SackPermitted,
        TcpOption::WindowScale(7),
        TcpOption::Timestamps { value: 1, echo: 0 },
    ];
    let offered =
        |flags, seq, ack| Segment { options: options(&syn), ..segment(flags, (seq, ack), 0, (1, 0)) };
    oracle.observe(&Observation::Received(&offered(Flags::SYN, 0, 0)), Instant::ZERO);
    let mut answer = offered(Flags::SYN | Flags::ACK, 0, 1);
    answer.options = options(&[syn[0], syn[1], syn[2], TcpOption::Timestamps { value: 1, echo: 1 }]);
    oracle.observe(&Observation::Sent(&answer), Instant::ZERO);
    oracle.observe(&Observation::Received(&segment(Flags::ACK, (1, 1), 0, (1, 1))), Instant::ZERO);
    oracle
}

/// Two full segments arrive, one acknowledgment leaves.
fn receiving() -> Vec<(bool, Segment)> {
    let mut observed = Vec::new();
    let mut seq = 1;
    for index in 0..SEGMENTS {
        observed.push((false, segment(Flags::ACK, (seq, 1), FULL, (2, 1))));
        seq += FULL;
        if index % 2 == 1 {
            observed.push((true, segment(Flags::ACK, (1, seq), 0, (2, 2))));
        }
    }
    observed
}

/// Two full segments leave for each acknowledgment, twenty in flight.
fn sending() -> Vec<(bool, Segment)> {
    let mut observed = Vec::new();
    let mut acked = 1;
    for index in 0..SEGMENTS {
        let echo = if index < 10 { 1 } else { 2 };
        observed.push((true, segment(Flags::ACK, (1 + index * FULL, 1), FULL, (2, echo))));
        if index >= 8 && index % 2 == 1 {
            acked += 2 * FULL;
            observed.push((false, segment(Flags::ACK, (1, acked), 0, (2, 2))));
        }
    }
    observed
}

fn judge(observed: &[(bool, Segment)]) -> Verdict {
    let mut oracle = opened();
    let mut now = Instant::ZERO;
    oracle.observe(&Observation::Called(Call::Send, Outcome::AtMost(SEGMENTS * FULL)), now);
    for (sent, segment) in observed {
        now += Duration::from_micros(10);
        let seen = if *sent { Observation::Sent(segment) } else { Observation::Received(segment) };
        oracle.observe(&seen, now);
    }
    assert_eq!(oracle.hypotheses().len(), 1);
    oracle.verdict()
}

fn bulk(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bulk");
    for (name, observed) in [("receiving", receiving()), ("sending", sending())] {
        assert_eq!(judge(&observed), Verdict::Lawful, "{name}");
        group.throughput(Throughput::Elements(observed.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| judge(black_box(&observed))));
    }
    group.finish();
}

criterion_group!(benches, bulk);
criterion_main!(benches);
