use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use stackdrill_wire::{Flags, Seq};

use super::*;
use crate::target::{Fd, Profile, Reference};

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 0, 1));
const REMOTE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// A reference that listens on port 8080, broken or not.
fn listening(fault: Fault) -> Broken<Box<Reference>> {
    let mut target = Broken::new(Box::new(Reference::new()), "is under test", fault);
    let setup = Setup {
        local: LOCAL,
        remote: REMOTE,
        mtu: 1500,
        profile: Profile::Rfc,
        settings: Vec::new(),
        seed: 1,
        shared_key: None,
    };
    target.configure(&setup).expect("configures");
    let socket = target.call(&Call::Socket { domain: 2, kind: 1, protocol: 6 }, Instant::ZERO);
    let End::Returned { value, .. } = socket.end else { panic!("{socket:?}") };
    let fd = Fd(value);
    target.call(&Call::Bind { fd, address: SocketAddr::new(LOCAL, 8080) }, Instant::ZERO);
    target.call(&Call::Listen { fd, backlog: 1 }, Instant::ZERO);
    target
}

fn syn() -> Packet {
    let segment = Segment {
        source: 5000,
        destination: 8080,
        seq: Seq(100),
        flags: Flags::SYN,
        window: 65535,
        ..Segment::default()
    };
    Packet::tcp(REMOTE, LOCAL, segment)
}

fn answers(target: &mut Broken<Box<Reference>>, at: Instant) -> Vec<(Instant, Segment)> {
    target.advance(at);
    let sent = core::iter::from_fn(|| target.sent());
    let parsed = sent.filter_map(|sent| {
        let packet = Packet::parse(&sent.octets).ok()?;
        Some((sent.at, packet.segment()?.clone()))
    });
    parsed.collect()
}

#[test]
fn what_arrives_can_be_changed() {
    let mut target = listening(Fault::Arriving(|_, packet| vec![Act::Arrive(edit(packet, |s| s.seq += 7))]));
    target.inject(&syn().to_bytes(), Instant::ZERO);
    let answers = answers(&mut target, Instant::ZERO);
    assert_eq!(answers[0].1.ack, Seq(108));
}

#[test]
fn what_leaves_can_be_held_and_time_stops_there() {
    let half = Duration::from_millis(500);
    let mut target =
        listening(Fault::Leaving(|_, packet| vec![Act::LeaveAfter(Duration::from_millis(500), packet)]));
    target.inject(&syn().to_bytes(), Instant::ZERO);
    assert!(answers(&mut target, Instant::ZERO).is_empty());
    assert_eq!(target.deadline(), Some(Instant::ZERO + half));
    let later = answers(&mut target, Instant::ZERO + half);
    assert_eq!(later.len(), 1);
    assert_eq!(later[0].0, Instant::ZERO + half);
}

#[test]
fn calls_can_be_swallowed() {
    let refuse = |_: &Call| Some(End::Returned { value: 42, output: crate::target::Output::Nothing });
    let mut target = Broken::new(Box::new(Reference::new()), "is under test", Fault::Swallowing(refuse));
    let outcome = target.call(&Call::Close { fd: Fd(3) }, Instant::ZERO);
    assert!(matches!(outcome.end, End::Returned { value: 42, .. }), "{outcome:?}");
}

#[test]
fn the_boundary_knows_its_numbers() {
    let mut target = listening(Fault::Arriving(|_, packet| vec![Act::Arrive(packet)]));
    target.inject(&syn().to_bytes(), Instant::ZERO);
    let answer = answers(&mut target, Instant::ZERO).remove(0).1;
    let ack = edit(syn(), |s| {
        s.flags = Flags::ACK;
        s.seq = Seq(101);
        s.ack = answer.seq + 1;
    });
    target.inject(&ack.to_bytes(), Instant::ZERO);
    let tuple = ack.tuple().map(Tuple::reversed);
    let seen = target.seen(tuple);
    assert!(seen.is_open);
    assert_eq!(seen.irs, Some(Seq(100)));
    assert_eq!((seen.una, seen.next), (answer.seq + 1, answer.seq + 1));
    assert_eq!(seen.expected, Seq(101));
}
