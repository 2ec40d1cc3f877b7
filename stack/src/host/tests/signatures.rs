//! Connections whose segments are signed.
use super::*;
use crate::socket::{Fcntl, O_NONBLOCK, OptionValue, SocketOption};

const KEY: &[u8] = b"secret";

fn share(host: &mut Host, fd: Fd, peer: Option<&str>, key: &'static [u8]) -> Outcome<()> {
    let peer = peer.map(|peer| peer.parse().unwrap());
    let value = OptionValue::Signature { peer, key: Bytes::from_static(key) };
    host.setsockopt(fd, SocketOption::Signature, &value, NOW)
}

/// A listener on the first host and a stream on the second, with a key each where there is one.
fn ends(
    link: &mut Link,
    listener_key: Option<(Option<&str>, &'static [u8])>,
    stream_key: Option<&'static [u8]>,
) -> (Fd, Fd) {
    let listener = link.a.socket(Domain::Inet, Kind::Stream, NOW).done().unwrap();
    link.a.bind(listener, address("10.0.0.1:80"), NOW).done().unwrap();
    link.a.listen(listener, 5, NOW).done().unwrap();
    let stream = link.b.socket(Domain::Inet, Kind::Stream, NOW).done().unwrap();
    if let Some((peer, key)) = listener_key {
        assert_eq!(share(&mut link.a, listener, peer, key), Outcome::Done(()));
    }
    if let Some(key) = stream_key {
        assert_eq!(share(&mut link.b, stream, None, key), Outcome::Done(()));
    }
    link.b.connect(stream, address("10.0.0.1:80"), NOW);
    link.settle();
    (listener, stream)
}

/// From the SYN to the last ACK every segment carries a digest that holds, and text fits beside it.
///
/// Proves: RFC 2385 §2.0, §4.3.
#[test]
fn every_segment_is_signed() {
    for peer in [None, Some("10.0.0.2")] {
        let mut link = Link::new();
        let (listener, stream) = ends(&mut link, Some((peer, KEY)), Some(KEY));
        let (accepted, _) = link.a.accept(listener, NOW).done().unwrap();
        let data = Bytes::from(vec![b'x'; 5000]);
        assert_eq!(link.b.send(stream, &data, PLAIN, NOW), Outcome::Done(5000));
        link.pass(Duration::from_secs(1));
        assert_eq!(link.a.recv(accepted, 9000, PLAIN, link.now).done().unwrap().data, data);
        link.b.close(stream, link.now).done().unwrap();
        link.a.close(accepted, link.now).done().unwrap();
        link.pass(Duration::from_secs(1));
        assert!(link.crossed.len() > 8);
        let mut longest = 0;
        for departure in &link.crossed {
            let packet = Packet::parse(&departure.octets).unwrap();
            let segment = packet.segment().unwrap();
            assert!(segment.is_signed(packet.ip.source(), packet.ip.destination(), KEY), "{segment:?}");
            longest = longest.max(segment.text.len());
        }
        assert_eq!(longest, 1460 - 12 - 20, "timestamps and the digest take their room");
    }
}

/// Proves: RFC 2385 §2.0.
#[test]
fn what_is_not_signed_is_not_heard() {
    for (listener_key, stream_key) in [
        (Some((None, KEY)), None),
        (Some((None, KEY)), Some(&b"public"[..])),
        (Some((Some("10.0.0.2"), KEY)), None),
        (None, Some(KEY)),
    ] {
        let mut link = Link::new();
        let (listener, _) = ends(&mut link, listener_key, stream_key);
        link.pass(Duration::from_secs(10));
        let nonblocking = Fcntl::SetFlags(O_NONBLOCK);
        link.a.fcntl(listener, nonblocking, link.now).done().unwrap();
        assert_eq!(link.a.accept(listener, link.now), Outcome::Failed(Errno::EAGAIN), "{listener_key:?}");
        let dropped = link.a.counters().unsigned + link.b.counters().unsigned;
        assert!(dropped > 0, "{listener_key:?} {stream_key:?}");
    }
}

/// A key for one peer is nobody else's, an empty one is taken back, and there are only so many.
#[test]
fn keys_belong_to_peers() {
    let mut link = Link::new();
    let (listener, _) = ends(&mut link, Some((Some("10.0.0.9"), KEY)), None);
    assert!(link.a.accept(listener, NOW).done().is_some(), "another peer needs none");
    let stream = link.b.socket(Domain::Inet, Kind::Stream, NOW).done().unwrap();
    for last in 0..=255_u8 {
        let peer = format!("10.1.0.{last}");
        let expected = if last < 64 { Outcome::Done(()) } else { Outcome::Failed(Errno::ENOBUFS) };
        assert_eq!(share(&mut link.b, stream, Some(&peer), KEY), expected, "{peer}");
    }
    assert_eq!(share(&mut link.b, stream, Some("10.1.0.0"), b""), Outcome::Done(()));
    assert_eq!(share(&mut link.b, stream, Some("10.2.0.0"), KEY), Outcome::Done(()));
}
