//! What connections cost in memory, as the allocator counts it.
use core::net::IpAddr;
use std::alloc::System;

use bytes::Bytes;
use cap::Cap;
use stackdrill_stack::socket::{Domain, Fd, Kind, MessageFlags};
use stackdrill_stack::{Host, Interface, Policy};
use stackdrill_wire::{Flags, Instant, Options, Packet, Segment, Seq, State, TcpOption, Tuple};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const NOW: Instant = Instant::ZERO;
const CONNECTIONS: usize = 100_000;
/// The most octets that an idle connection may cost: its state, its socket and its places in the tables.
const MOST: usize = 4096;

/// A host that listens at port 80 and holds so many connections.
fn server() -> (Host, Fd) {
    let mut policy = Policy::rfc();
    (policy.sockets.descriptors, policy.sockets.connections) = (CONNECTIONS + 1, CONNECTIONS);
    let mut host =
        Host::new(Interface { addresses: vec![IpAddr::from([10, 0, 0, 1])], mtu: 1500 }, policy, 1);
    let listener = host.socket(Domain::Inet, Kind::Stream, NOW).done().unwrap();
    host.bind(listener, "0.0.0.0:80".parse().unwrap(), NOW).done().unwrap();
    host.listen(listener, 5, NOW).done().unwrap();
    (host, listener)
}

/// The other end of connection number `at`.
fn peer(at: usize) -> (IpAddr, u16) {
    let (high, low) = (at / 50_000, at % 50_000);
    (IpAddr::from([10, 0, 1, high as u8]), 1024 + low as u16)
}

fn hears(host: &mut Host, at: usize, segment: Segment) {
    let (address, source) = peer(at);
    let segment = Segment { source, destination: 80, window: 1000, ..segment };
    host.arrives(&Packet::tcp(address, IpAddr::from([10, 0, 0, 1]), segment).to_bytes(), NOW);
    while host.transition().is_some() {}
}

/// Opens connection number `at`, lets it carry a request and a response, and leaves it idle.
fn open(host: &mut Host, listener: Fd, at: usize) -> Fd {
    let options = Options::of(&[TcpOption::MaximumSegmentSize(1460)]).unwrap();
    hears(host, at, Segment { flags: Flags::SYN, options, ..Segment::default() });
    let answer = Packet::parse(&host.departs().unwrap().octets).unwrap();
    let iss = answer.segment().unwrap().seq;
    let ack = |seq, ack, text| Segment { seq: Seq(seq), ack, flags: Flags::ACK, text, ..Segment::default() };
    hears(host, at, ack(1, iss + 1, Bytes::from_static(&[7; 100])));
    let (fd, _) = host.accept(listener, NOW).done().unwrap();
    host.recv(fd, 1000, MessageFlags::default(), NOW).done().unwrap();
    host.send(fd, &Bytes::from_static(&[8; 500]), MessageFlags::default(), NOW).done().unwrap();
    hears(host, at, ack(101, iss + 501, Bytes::new()));
    while host.departs().is_some() {}
    fd
}

/// Proves: RFC 9293 §3.3.1.
#[test]
fn a_hundred_thousand_idle_connections_cost_under_four_kibibytes_each() {
    let (mut host, listener) = server();
    open(&mut host, listener, 0);
    let before = ALLOCATOR.allocated();
    let fds: Vec<Fd> = (1..CONNECTIONS).map(|at| open(&mut host, listener, at)).collect();
    let each = (ALLOCATOR.allocated() - before) / fds.len();
    println!("an idle connection costs {each} octets");
    assert!(each < MOST, "an idle connection costs {each} octets");

    // All of them are alive: the one in the middle is found and answers.
    let middle = CONNECTIONS / 2;
    let (address, port) = peer(middle);
    let tuple = Tuple { local: "10.0.0.1:80".parse().unwrap(), remote: (address, port).into() };
    assert_eq!(host.state(tuple), State::Established);
    let una = host.info(tuple).unwrap().snd_una;
    let text = Bytes::from_static(b"still here");
    let segment =
        Segment { seq: Seq(101), ack: una, flags: Flags::ACK, text: text.clone(), ..Segment::default() };
    hears(&mut host, middle, segment);
    let received = host.recv(fds[middle - 1], 100, MessageFlags::default(), NOW).done().unwrap();
    assert_eq!(received.data, text);

    // And what they cost is given back when they are over.
    for (at, fd) in (1..).zip(fds) {
        let tuple = Tuple { local: tuple.local, remote: peer(at).into() };
        let info = host.info(tuple).unwrap();
        hears(&mut host, at, Segment { seq: info.rcv_nxt, flags: Flags::RST, ..Segment::default() });
        host.close(fd, NOW).done().unwrap();
    }
    assert_eq!(host.connections().count(), 1);
    // The tables keep their places, a few words each.
    let left = (ALLOCATOR.allocated() - before) / CONNECTIONS;
    assert!(left < 256, "{left} octets for each connection that is gone");
}
