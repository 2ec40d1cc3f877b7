//! Connections that somebody asked for and that are not open yet.
use stackdrill_wire::{Flags, Segment, Seq};

use super::*;

/// A flood of requests that are never completed takes no more than its share.
///
/// Proves: RFC9293:3.10.1-open-no-resources.
#[test]
fn half_open_connections_are_bounded() {
    let mut host = host(1);
    let mut policy = Policy::rfc();
    policy.sockets.half_open_most = 3;
    host.set_policy(policy);
    stream::listen(&mut host, "10.0.0.1:80", 50);
    for source in 1..=20 {
        let segment = Segment { source, destination: 80, flags: Flags::SYN, ..Segment::default() };
        let packet = Packet::tcp("10.0.0.2".parse().unwrap(), "10.0.0.1".parse().unwrap(), segment);
        host.arrives(&packet.to_bytes(), NOW);
    }
    assert_eq!(host.connections().count(), 3);
    assert_eq!(host.counters().backlog_full, 17);
    let reset = |source| {
        let flags = Flags::RST;
        let segment = Segment { source, destination: 80, flags, seq: Seq(1), ..Segment::default() };
        Packet::tcp("10.0.0.2".parse().unwrap(), "10.0.0.1".parse().unwrap(), segment).to_bytes()
    };
    host.arrives(&reset(1), NOW);
    assert_eq!(host.connections().count(), 2, "a reset makes room again");
    let segment = Segment { source: 99, destination: 80, flags: Flags::SYN, ..Segment::default() };
    let packet = Packet::tcp("10.0.0.2".parse().unwrap(), "10.0.0.1".parse().unwrap(), segment);
    host.arrives(&packet.to_bytes(), NOW);
    assert_eq!(host.connections().count(), 3);
}

/// Nobody here waits for a passive open, so its SYN,ACK may be given up before a SYN of ours would be.
///
/// Proves: RFC9293:SHLD-11.
#[test]
fn each_system_repeats_its_syn_ack_so_often() {
    // RFC 6298 doubles from one second: at 1, 3, 7, 15, 31, 63 and 127 seconds, and three minutes are over.
    for (policy, sent) in [(Policy::rfc(), 8), (Policy::linux(), 6), (Policy::freebsd(), 4)] {
        let mut host = host(1);
        host.set_policy(policy);
        stream::listen(&mut host, "10.0.0.1:80", 5);
        let segment = Segment { source: 9, destination: 80, flags: Flags::SYN, ..Segment::default() };
        let packet = Packet::tcp("10.0.0.2".parse().unwrap(), "10.0.0.1".parse().unwrap(), segment);
        host.arrives(&packet.to_bytes(), NOW);
        while let Some(next) = host.deadline() {
            host.expire(next);
        }
        let all = core::iter::from_fn(|| host.departs()).map(|it| Packet::parse(&it.octets).unwrap());
        let repeated = all.filter(|packet| packet.segment().unwrap().has(Flags::SYN | Flags::ACK));
        assert_eq!((repeated.count(), host.connections().count()), (sent, 0));
    }
}
