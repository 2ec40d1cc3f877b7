//! Sockets that ping: echo requests out, and the replies to them in.
use super::*;

/// An echo request of eight octets and `data`, under an identifier that nobody has.
fn request(kind: u8, data: &[u8]) -> Bytes {
    let header = [kind, 0, 0, 0, 0xde, 0xad, 0, 7];
    header.iter().chain(data).copied().collect()
}

/// What is read is the whole reply, under the socket's own identifier, with the request's number and data.
///
/// Proves: RFC1122:3.2.2.6-echo-data RFC4443:4.2-echo-reply.
#[test]
fn a_ping_is_answered() {
    for (domain, peer, (asked, answered)) in [
        (Domain::Inet, "10.0.0.2:0", (v4::ECHO_REQUEST, v4::ECHO_REPLY)),
        (Domain::Inet6, "[fd00::2]:0", (v6::ECHO_REQUEST, v6::ECHO_REPLY)),
    ] {
        let mut link = Link::new();
        let fd = link.a.socket(domain, Kind::Echo, NOW).done().unwrap();
        let sent = request(asked, b"hello");
        assert_eq!(link.a.sendto(fd, &sent, PLAIN, Some(address(peer)), NOW).done(), Some(13));
        link.settle();
        let heard = link.a.recv(fd, 100, PLAIN, NOW).done().unwrap();
        let id = link.a.getsockname(fd).done().unwrap().port().to_be_bytes();
        assert_eq!((heard.data[0], heard.data[1]), (answered, 0), "{peer}");
        assert_eq!(heard.data[4..6], id, "{peer}");
        assert_eq!(heard.data[6..], sent[6..], "{peer}");
        assert!(link.a.recv(fd, 100, PLAIN, NOW).done().is_none());
    }
}

/// A reply is for the socket that asked, and nothing but a request is sent.
#[test]
fn pings_are_kept_apart_and_are_pings() {
    let mut link = Link::new();
    let [one, other] = [1, 2].map(|_| link.a.socket(Domain::Inet, Kind::Echo, NOW).done().unwrap());
    for fd in [one, other] {
        let sent = request(v4::ECHO_REQUEST, &[0; 4]);
        link.a.sendto(fd, &sent, PLAIN, Some(address("10.0.0.2:0")), NOW).done().unwrap();
    }
    let names = [one, other].map(|fd| link.a.getsockname(fd).done().unwrap());
    assert_ne!(names[0].port(), names[1].port());
    link.settle();
    for fd in [one, other] {
        assert!(link.a.recv(fd, 100, PLAIN, NOW).done().is_some());
        assert!(link.a.recv(fd, 100, PLAIN, NOW).done().is_none());
    }
    for wrong in [request(v4::ECHO_REPLY, b""), Bytes::from_static(b"short"), request(v6::ECHO_REQUEST, b"")]
    {
        let outcome = link.a.sendto(one, &wrong, PLAIN, Some(address("10.0.0.2:0")), NOW);
        assert_eq!(outcome.errno(), Some(Errno::EINVAL), "{wrong:?}");
    }
}
