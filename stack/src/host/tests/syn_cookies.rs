//! A listener that answers SYNs without keeping anything of them.
use stackdrill_wire::{Flags, Options, Segment, Seq, TcpOption};

use super::*;
use crate::policy::SynCookies;

/// A listening host with room for so many half-open connections.
fn listening(cookies: SynCookies, half_open_most: u32) -> (Host, Fd) {
    let mut host = host(1);
    let mut policy = Policy::rfc();
    (policy.sockets.syn_cookies, policy.sockets.half_open_most) = (cookies, half_open_most);
    host.set_policy(policy);
    let fd = host.socket(Domain::Inet, Kind::Stream, NOW).done().unwrap();
    host.bind(fd, address("10.0.0.1:80"), NOW).done().unwrap();
    host.listen(fd, 9, NOW).done().unwrap();
    (host, fd)
}

fn hears(host: &mut Host, segment: Segment, now: Instant) -> Option<Segment> {
    let segment = Segment { destination: 80, window: 1000, ..segment };
    let packet = Packet::tcp("10.0.0.2".parse().unwrap(), "10.0.0.1".parse().unwrap(), segment);
    host.arrives(&packet.to_bytes(), now);
    host.departs().and_then(|departure| Packet::parse(&departure.octets).unwrap().segment().cloned())
}

fn syn(source: u16) -> Segment {
    let options = Options::of(&[TcpOption::MaximumSegmentSize(1460), TcpOption::SackPermitted]).unwrap();
    Segment { source, seq: Seq(u32::MAX), flags: Flags::SYN, options, ..Segment::default() }
}

fn ack(answer: &Segment, text: &'static [u8]) -> Segment {
    let (source, text) = (answer.destination, Bytes::from_static(text));
    Segment { source, seq: answer.ack, ack: answer.end(), flags: Flags::ACK, text, ..Segment::default() }
}

/// Proves: RFC 4987 §3.6.
#[test]
fn a_full_queue_answers_and_keeps_nothing() {
    let (mut host, fd) = listening(SynCookies::WhenFull, 2);
    let answers: Vec<_> = (1..50).map(|port| hears(&mut host, syn(port), NOW).unwrap()).collect();
    assert_eq!(host.endpoints.len(), 2, "as many as there is room for");
    let last = answers.last().unwrap();
    assert_eq!(last.options.maximum_segment_size(), Some(1460));
    assert!(!last.options.sack_permitted(), "a cookie has no room for it");
    // Text comes with the ACK that opens the connection.
    assert_eq!(hears(&mut host, ack(last, b"hello"), NOW), None);
    let (accepted, peer) = host.accept(fd, NOW).done().unwrap();
    assert_eq!(peer, address("10.0.0.2:49"));
    assert_eq!(host.recv(accepted, 99, PLAIN, NOW).done().unwrap().data, "hello");
}

/// Proves: RFC 4987 §3.6, RFC9293:3.10.7.2-listen-ack.
#[test]
fn what_is_no_cookie_opens_nothing() {
    let (mut host, _) = listening(SynCookies::Always, 9);
    let answer = hears(&mut host, syn(5), NOW).unwrap();
    let later = NOW + Duration::from_secs(200);
    let forged = Segment { ack: answer.end() + 1, ..ack(&answer, b"") };
    for (segment, now) in [(forged, NOW), (ack(&answer, b""), later)] {
        let reset = hears(&mut host, segment, now).unwrap();
        assert!(reset.has(Flags::RST), "{reset:?}");
    }
    assert_eq!(host.endpoints.len(), 0);
    // Nor does any ACK where cookies were never given.
    let (mut plain, _) = listening(SynCookies::Never, 9);
    assert!(hears(&mut plain, ack(&answer, b""), NOW).unwrap().has(Flags::RST));
}
