//! Text on a SYN, between two hosts.
use stackdrill_wire::rfc;

use super::*;
use crate::socket::{Fcntl, O_NONBLOCK};

/// A link, and a socket of `b` that listens at port 80 and takes text from so many SYNs at a time.
fn world(most: u32) -> (Link, Fd) {
    let mut link = Link::new();
    let listener = link.b.socket(Domain::Inet, Kind::Stream, NOW).done().unwrap();
    link.b.bind(listener, address("10.0.0.2:80"), NOW).done().unwrap();
    link.b.set_fast_open_queue(listener, most).done().unwrap();
    link.b.listen(listener, 9, NOW).done().unwrap();
    (link, listener)
}

/// `a` opens with Fast Open: what the call answers, and its descriptor.
fn open(link: &mut Link, text: &str) -> (Fd, Outcome<usize>) {
    let fd = link.a.socket(Domain::Inet, Kind::Stream, link.now).done().unwrap();
    link.a.fcntl(fd, Fcntl::SetFlags(O_NONBLOCK), link.now).done().unwrap();
    let data = Bytes::copy_from_slice(text.as_bytes());
    let outcome = link.a.sendto_fast(fd, &data, PLAIN, address("10.0.0.2:80"), link.now);
    (fd, outcome)
}

/// A first open, which fetches the cookie.
fn fetch(link: &mut Link, listener: Fd) {
    let (fd, outcome) = open(link, "no cookie yet");
    assert!(matches!(outcome, Outcome::Failed(Errno::EINPROGRESS)));
    link.settle();
    let (accepted, _) = link.b.accept(listener, link.now).done().unwrap();
    link.a.close(fd, link.now).done().unwrap();
    link.b.close(accepted, link.now).done().unwrap();
    link.settle();
    link.crossed.clear();
}

/// The segment of datagram number `at` that crossed: how much text, what it acknowledges beyond the SYN, its cookie.
fn crossed(link: &Link, at: usize) -> (usize, u32, Option<usize>) {
    let segment_of = |at: usize| Packet::parse(&link.crossed[at].octets).unwrap().segment().unwrap().clone();
    let (segment, syn) = (segment_of(at), segment_of(0));
    let cookie = crate::tcp::Cookie::read(&segment.options, true).map(|cookie| cookie.octets().len());
    let acknowledged = segment.acknowledges().map_or(0, |ack| ack.since(syn.seq + 1));
    (segment.text.len(), acknowledged, cookie)
}

/// Proves: RFC7413:4.2.1-request RFC7413:4.1.3-client-caches RFC7413:4.2.2-server-accepts
/// RFC7413:4.2.2-server-may-send-early.
#[test]
fn the_second_open_carries_its_text() {
    let (mut link, listener) = world(5);
    fetch(&mut link, listener);
    let (fd, outcome) = open(&mut link, "hello");
    assert_eq!(outcome.done(), Some(5));
    // The SYN arrives; its text is there before the handshake is over, and so is the answer.
    let syn = link.a.departs().unwrap();
    link.b.arrives(&syn.octets, link.now);
    link.crossed.push(syn);
    let (accepted, _) = link.b.accept(listener, link.now).done().unwrap();
    assert_eq!(link.b.recv(accepted, 99, PLAIN, link.now).done().unwrap().data, "hello");
    link.b.send(accepted, &"world".into(), PLAIN, link.now).done().unwrap();
    link.settle();
    assert_eq!((crossed(&link, 0), crossed(&link, 1)), ((5, 0, Some(8)), (0, 5, None)));
    assert_eq!(link.a.recv(fd, 99, PLAIN, link.now).done().unwrap().data, "world");
}

/// Proves: RFC7413:4.2-disabled-server-ignores RFC7413:2-off-by-default RFC7413:4.2.2-client-resends-unacked
/// RFC7413:4.1.3.1-disable-after-failure RFC7413:4.2.2-invalid-cookie-fallback.
#[test]
fn text_that_was_not_taken_comes_again() {
    let (mut link, listener) = world(5);
    fetch(&mut link, listener);
    link.b.set_fast_open_queue(listener, 0).done().unwrap();
    let (_, outcome) = open(&mut link, "hello");
    assert_eq!(outcome.done(), Some(5));
    link.settle();
    assert_eq!((crossed(&link, 0), crossed(&link, 1)), ((5, 0, Some(8)), (0, 0, None)));
    assert_eq!(link.crossed[2].clause, rfc(7413, "§4.2.2"), "nothing was lost");
    let (accepted, _) = link.b.accept(listener, link.now).done().unwrap();
    assert_eq!(link.b.recv(accepted, 99, PLAIN, link.now).done().unwrap().data, "hello");
    // That was a failure: the next open is plain.
    link.crossed.clear();
    open(&mut link, "again");
    link.settle();
    assert_eq!(crossed(&link, 0), (0, 0, None));
}

/// Proves: RFC7413:4.1.2-cookie-expires RFC7413:4.2.2-invalid-cookie-fallback RFC7413:4.2.2-cookie-refreshed.
#[test]
fn a_cookie_of_another_key_is_refused_and_replaced() {
    let (mut link, listener) = world(5);
    fetch(&mut link, listener);
    link.b.set_fast_open_key(listener, [7; 16]).done().unwrap();
    open(&mut link, "hello");
    link.settle();
    assert_eq!((crossed(&link, 0), crossed(&link, 1)), ((5, 0, Some(8)), (0, 0, Some(8))));
    link.crossed.clear();
    link.now += Duration::from_secs(2 * 60 * 60);
    link.settle();
    let (_, outcome) = open(&mut link, "again");
    assert_eq!(outcome.done(), Some(5));
    link.settle();
    assert_eq!(crossed(&link, 1), (0, 5, None), "the new cookie is good");
}

/// Proves: RFC7413:4.2-pending-limit.
#[test]
fn so_many_may_be_pending_and_no_more() {
    let (mut link, listener) = world(1);
    fetch(&mut link, listener);
    for (at, taken) in [(0, 5), (1, 0)] {
        open(&mut link, "hello");
        let syn = link.a.departs().unwrap();
        link.crossed.clear();
        link.b.arrives(&syn.octets, link.now);
        link.crossed.push(syn);
        link.crossed.push(link.b.departs().unwrap());
        assert_eq!(crossed(&link, 1).1, taken, "request {at}");
    }
}

/// Proves: RFC7413:4.2.2-syn-timeout-plain RFC7413:4.2.2-synack-timeout-plain RFC7413:4.1.3.1-negative-cache.
#[test]
fn what_is_repeated_is_plain() {
    let (mut link, listener) = world(5);
    fetch(&mut link, listener);
    open(&mut link, "hello");
    // The SYN is lost; then the SYN,ACK.
    assert!(link.a.departs().is_some());
    link.now = link.a.deadline().unwrap();
    link.a.expire(link.now);
    let syn = link.a.departs().unwrap();
    link.b.arrives(&syn.octets, link.now);
    link.crossed.push(syn);
    assert!(link.b.departs().is_some());
    link.now = link.b.deadline().unwrap();
    link.b.expire(link.now);
    link.crossed.push(link.b.departs().unwrap());
    assert_eq!((crossed(&link, 0), crossed(&link, 1)), ((0, 0, None), (0, 0, None)));
    let answer = link.crossed[1].octets.clone();
    link.a.arrives(&answer, link.now);
    link.settle();
    let (accepted, _) = link.b.accept(listener, link.now).done().unwrap();
    assert_eq!(link.b.recv(accepted, 99, PLAIN, link.now).done().unwrap().data, "hello");
}
