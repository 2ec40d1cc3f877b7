//! TCP through sockets, between two hosts on a link.
use stackdrill_wire::{Flags, Segment, Tuple};

use super::*;
use crate::socket::{
    Events, Fcntl, Ioctl, Linger, O_NONBLOCK, OptionValue, Pending, PollEntry, Returned, Shutdown,
    SocketOption,
};

/// Two hosts, and the descriptors of both ends of a connection.
struct Pair {
    link: Link,
    /// Listens, on host a.
    listener: Fd,
    /// Accepted, on host a.
    server: Fd,
    /// Connected, on host b.
    client: Fd,
}

impl Pair {
    fn over(server_at: &str, to: &str) -> Self {
        let mut link = Link::new();
        let listener = listen(&mut link.a, server_at, 5);
        let client = stream(&mut link.b, to);
        let Outcome::Blocks(pending) = link.b.connect(client, address(to), NOW) else {
            unreachable!("a blocking connect waits for the peer")
        };
        link.settle();
        assert_eq!(link.b.resume(pending, NOW), Outcome::Done(Returned::Nothing));
        let (server, _) = link.a.accept(listener, NOW).done().expect("the handshake is over");
        Self { link, listener, server, client }
    }

    fn new() -> Self {
        Self::over("10.0.0.1:80", "10.0.0.1:80")
    }

    fn tuple(&self) -> Tuple {
        Tuple {
            local: self.link.b.getsockname(self.client).done().unwrap(),
            remote: self.link.b.getpeername(self.client).done().unwrap(),
        }
    }
}

fn stream(host: &mut Host, like: &str) -> Fd {
    let domain = if address(like).is_ipv4() { Domain::Inet } else { Domain::Inet6 };
    host.socket(domain, Kind::Stream, NOW).done().unwrap()
}

pub(super) fn listen(host: &mut Host, at: &str, backlog: i32) -> Fd {
    let fd = stream(host, at);
    host.bind(fd, address(at), NOW).done().unwrap();
    host.listen(fd, backlog, NOW).done().unwrap();
    fd
}

fn nonblocking(host: &mut Host, fd: Fd) {
    host.fcntl(fd, Fcntl::SetFlags(O_NONBLOCK), NOW).done().unwrap();
}

fn blocks<T: core::fmt::Debug>(outcome: Outcome<T>) -> Pending {
    match outcome {
        Outcome::Blocks(pending) => pending,
        other => unreachable!("it should wait: {other:?}"),
    }
}

fn data(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// Reads all that has arrived.
fn read(host: &mut Host, fd: Fd, now: Instant) -> Bytes {
    let flags = MessageFlags { dont_wait: true, ..PLAIN };
    host.recv(fd, 1 << 20, flags, now).map(|received| received.data).done().unwrap_or_default()
}

/// Open, talk both ways, close: over each version and both mixtures.
///
/// Proves: RFC9293:3.5-fig6-basic-handshake, RFC9293:3.6-fig12-normal-close.
#[test]
fn a_conversation_from_open_to_close() {
    for (server_at, to) in [
        ("10.0.0.1:80", "10.0.0.1:80"),
        ("0.0.0.0:80", "10.0.0.1:80"),
        ("[fd00::1]:80", "[fd00::1]:80"),
        ("[::]:80", "[fd00::1]:80"),
        ("[::]:80", "10.0.0.1:80"),
        ("10.0.0.1:80", "[::ffff:10.0.0.1]:80"),
    ] {
        let mut pair = Pair::over(server_at, to);
        let Pair { link, server, client, .. } = &mut pair;
        assert_eq!(link.b.send(*client, &data("ping"), PLAIN, NOW), Outcome::Done(4));
        link.settle();
        assert_eq!(read(&mut link.a, *server, NOW), "ping", "{to}");
        assert_eq!(link.a.send(*server, &data("pong"), PLAIN, NOW), Outcome::Done(4));
        link.settle();
        assert_eq!(read(&mut link.b, *client, NOW), "pong", "{to}");
        link.b.close(*client, NOW).done().unwrap();
        link.settle();
        assert_eq!(link.a.recv(*server, 1, PLAIN, NOW).done().unwrap().data, "", "the end of the stream");
        link.a.close(*server, NOW).done().unwrap();
        link.settle();
        let states: Vec<State> = link.b.connections().map(|(_, state)| state).collect();
        assert_eq!(states, [State::TimeWait], "who closed first waits");
        assert_eq!(link.a.connections().count(), 0);
        link.pass(Duration::from_secs(300));
        assert_eq!(link.b.connections().count(), 0, "and then no more");
        assert_eq!(link.b.deadline(), None);
        assert!(link.b.endpoints.len() + link.a.endpoints.len() == 0, "nothing is left behind");
    }
}

/// Proves: RFC9293:3.10.7.1-closed-syn, RFC9293:3.10.7.3-syn-sent-rst-acceptable-ack.
#[test]
fn nobody_listening_refuses() {
    let mut link = Link::new();
    let client = stream(&mut link.b, "10.0.0.1:80");
    let pending = blocks(link.b.connect(client, address("10.0.0.1:80"), NOW));
    link.settle();
    assert_eq!(link.b.resume(pending, NOW), Outcome::Failed(Errno::ECONNREFUSED));
    assert_eq!(link.b.connections().count(), 0);
    let pending = blocks(link.b.connect(client, address("10.0.0.1:80"), NOW));
    link.settle();
    assert_eq!(link.b.resume(pending, NOW), Outcome::Failed(Errno::ECONNREFUSED), "the socket can try again");
}

/// How `connect` answers as the handshake goes on, on a descriptor that does not wait.
#[test]
fn connect_reports_progress_once() {
    let mut link = Link::new();
    listen(&mut link.a, "10.0.0.1:80", 5);
    let to = address("10.0.0.1:80");
    for succeeds in [false, true] {
        let mut policy = Policy::rfc();
        policy.sockets.connect_again_succeeds = succeeds;
        link.b.set_policy(policy);
        let client = stream(&mut link.b, "10.0.0.1:80");
        nonblocking(&mut link.b, client);
        assert_eq!(link.b.connect(client, to, NOW), Outcome::Failed(Errno::EINPROGRESS));
        assert_eq!(link.b.connect(client, to, NOW), Outcome::Failed(Errno::EALREADY));
        link.settle();
        if succeeds {
            assert_eq!(link.b.connect(client, to, NOW), Outcome::Done(()));
        }
        assert_eq!(link.b.connect(client, to, NOW), Outcome::Failed(Errno::EISCONN));
    }

    let refused = stream(&mut link.b, "10.0.0.1:81");
    nonblocking(&mut link.b, refused);
    assert_eq!(link.b.connect(refused, address("10.0.0.1:81"), NOW), Outcome::Failed(Errno::EINPROGRESS));
    link.settle();
    let events = Events::IN.or(Events::OUT);
    let ready = link.b.poll(&[PollEntry { fd: refused, events }], None, NOW).done().unwrap();
    assert_eq!(ready, [events.or(Events::ERR).or(Events::HUP)]);
    let error = link.b.getsockopt(refused, SocketOption::Error, NOW);
    assert_eq!(error, Outcome::Done(OptionValue::Int(Errno::ECONNREFUSED.number())));
    let error = link.b.getsockopt(refused, SocketOption::Error, NOW);
    assert_eq!(error, Outcome::Done(OptionValue::Int(0)), "read once, it is gone");
}

/// A write larger than the buffer waits, keeps its place, and ends with the whole count.
#[test]
fn a_blocked_write_remembers_its_progress() {
    let mut pair = Pair::new();
    let Pair { link, server, client, .. } = &mut pair;
    let text: Bytes = (0..300_000u32).map(|at| at as u8).collect::<Vec<u8>>().into();
    let mut outcome = link.b.send(*client, &text, PLAIN, link.now).map(Returned::Count);
    let mut heard = Vec::new();
    for _ in 0..1000 {
        let Outcome::Blocks(pending) = outcome else { break };
        link.pass(Duration::from_millis(10));
        heard.extend_from_slice(&read(&mut link.a, *server, link.now));
        link.settle();
        outcome = link.b.resume(pending, link.now);
    }
    assert_eq!(outcome, Outcome::Done(Returned::Count(300_000)));
    for _ in 0..100 {
        link.pass(Duration::from_millis(10));
        heard.extend_from_slice(&read(&mut link.a, *server, link.now));
    }
    assert!(heard == text, "every octet once and in order: {} of {}", heard.len(), text.len());
}

/// A descriptor that does not wait takes what fits, then says so; `poll` says when there is room again.
///
/// Proves: RFC9293:3.10.2-send-no-space.
#[test]
fn a_full_buffer_is_not_an_error_twice() {
    let mut pair = Pair::new();
    let Pair { link, server, client, .. } = &mut pair;
    nonblocking(&mut link.b, *client);
    let text = Bytes::from(vec![1; 1 << 20]);
    let taken = link.b.send(*client, &text, PLAIN, NOW).done().unwrap();
    assert!(taken > 0 && taken < text.len());
    assert_eq!(link.b.send(*client, &text, PLAIN, NOW), Outcome::Failed(Errno::EAGAIN));
    let entry = [PollEntry { fd: *client, events: Events::OUT }];
    let pending = blocks(link.b.poll(&entry, None, NOW));
    for _ in 0..200 {
        link.pass(Duration::from_millis(10));
        read(&mut link.a, *server, link.now);
    }
    assert_eq!(link.b.resume(pending, link.now), Outcome::Done(Returned::Ready(vec![Events::OUT])));
    assert_eq!(link.b.ioctl(*client, Ioctl::Unacknowledged, link.now), Outcome::Done(0));
}

/// What each call says on a stream that is not connected, listens, or does not exist.
#[test]
fn calls_out_of_place_fail_by_name() {
    let mut host = host(1);
    let idle = stream(&mut host, "10.0.0.1:1");
    let listener = listen(&mut host, "10.0.0.1:80", 5);
    let datagram = host.socket(Domain::Inet, Kind::Datagram, NOW).done().unwrap();
    let nothing = Fd(99);
    nonblocking(&mut host, listener);
    let to = address("10.0.0.2:80");
    let recv = |host: &mut Host, fd| host.recv(fd, 1, PLAIN, NOW).errno();
    let send = |host: &mut Host, fd| host.send(fd, &data("x"), PLAIN, NOW).errno();
    let listen = |host: &mut Host, fd| host.listen(fd, 1, NOW).errno();
    let accept = |host: &mut Host, fd| host.accept(fd, NOW).errno();
    let shutdown = |host: &mut Host, fd| host.shutdown(fd, Shutdown::Both, NOW).errno();
    let peer = |host: &mut Host, fd| host.getpeername(fd).errno();
    let name = |host: &mut Host, fd| host.getsockname(fd).errno();
    let close = |host: &mut Host, fd| host.close(fd, NOW).errno();
    type Call<'a> = &'a dyn Fn(&mut Host, Fd) -> Option<Errno>;
    let rows: [(&str, Call<'_>, Fd, Errno); 18] = [
        ("recv", &recv, idle, Errno::ENOTCONN),
        ("recv", &recv, listener, Errno::ENOTCONN),
        ("recv", &recv, nothing, Errno::EBADF),
        ("send", &send, idle, Errno::ENOTCONN),
        ("send", &send, listener, Errno::ENOTCONN),
        ("send", &send, datagram, Errno::EDESTADDRREQ),
        ("send", &send, nothing, Errno::EBADF),
        ("listen", &listen, datagram, Errno::EOPNOTSUPP),
        ("accept", &accept, idle, Errno::EINVAL),
        ("accept", &accept, datagram, Errno::EOPNOTSUPP),
        ("accept", &accept, listener, Errno::EAGAIN),
        ("shutdown", &shutdown, idle, Errno::ENOTCONN),
        ("shutdown", &shutdown, datagram, Errno::ENOTCONN),
        ("getpeername", &peer, idle, Errno::ENOTCONN),
        ("getsockname", &name, nothing, Errno::EBADF),
        ("close", &close, nothing, Errno::EBADF),
        ("connect", &move |host, fd| host.connect(fd, to, NOW).errno(), listener, Errno::EISCONN),
        ("bind", &|host, fd| host.bind(fd, address("10.0.0.1:9"), NOW).errno(), listener, Errno::EINVAL),
    ];
    for (call, make, fd, errno) in rows {
        let before = host.clone();
        assert_eq!(make(&mut host, fd), Some(errno), "{call} on {fd:?}");
        assert_eq!(host, before, "{call} on {fd:?} changed something");
    }
}

/// Proves: RFC9293:MUST-46, RFC1122:4.1.3.6-own-source-only.
#[test]
fn addresses_that_cannot_be_are_refused() {
    let mut host = host(1);
    for (call, at, errno) in [
        ("bind", "10.0.0.9:80", Errno::EADDRNOTAVAIL),
        ("bind", "[fd00::1]:80", Errno::EAFNOSUPPORT),
        ("connect", "224.0.0.1:80", Errno::ENETUNREACH),
        ("connect", "255.255.255.255:80", Errno::ENETUNREACH),
        ("connect", "0.0.0.0:80", Errno::ENETUNREACH),
        ("connect", "10.0.0.2:0", Errno::ENETUNREACH),
        ("connect", "[fd00::2]:80", Errno::EAFNOSUPPORT),
    ] {
        let fd = host.socket(Domain::Inet, Kind::Stream, NOW).done().unwrap();
        let outcome =
            if call == "bind" { host.bind(fd, address(at), NOW) } else { host.connect(fd, address(at), NOW) };
        assert_eq!(outcome, Outcome::Failed(errno), "{call} {at}");
    }
    assert_eq!(host.departs(), None);
}

/// Proves: RFC9293:MUST-41.
#[test]
fn ports_are_shared_only_by_consent() {
    for (first, second, share, errno) in [
        ("10.0.0.1:80", "10.0.0.1:80", false, Some(Errno::EADDRINUSE)),
        ("0.0.0.0:80", "10.0.0.1:80", false, Some(Errno::EADDRINUSE)),
        ("[::]:80", "10.0.0.1:80", false, Some(Errno::EADDRINUSE)),
        ("10.0.0.1:80", "10.0.0.1:80", true, None),
        ("[fd00::1]:80", "10.0.0.1:80", false, None),
        ("10.0.0.1:80", "10.0.0.1:81", false, None),
    ] {
        let mut host = host(1);
        let fds = [first, second].map(|at| {
            let fd = stream(&mut host, at);
            host.setsockopt(fd, SocketOption::ReuseAddress, &OptionValue::Int(i32::from(share)), NOW)
                .done()
                .unwrap();
            (fd, address(at))
        });
        host.bind(fds[0].0, fds[0].1, NOW).done().unwrap();
        assert_eq!(host.bind(fds[1].0, fds[1].1, NOW).errno(), errno, "{first} then {second}");
    }
}

/// Whoever listens shares with nobody.
///
/// Proves: RFC9293:MUST-41.
#[test]
fn a_listening_port_is_not_shared() {
    let mut host = host(1);
    let on = OptionValue::Int(1);
    let fds = [(); 2].map(|()| {
        let fd = stream(&mut host, "10.0.0.1:80");
        host.setsockopt(fd, SocketOption::ReuseAddress, &on, NOW).done().unwrap();
        fd
    });
    for fd in fds {
        host.bind(fd, address("10.0.0.1:80"), NOW).done().unwrap();
    }
    host.listen(fds[0], 1, NOW).done().unwrap();
    assert_eq!(host.listen(fds[1], 1, NOW), Outcome::Failed(Errno::EADDRINUSE));
    let late = stream(&mut host, "10.0.0.1:80");
    host.setsockopt(late, SocketOption::ReuseAddress, &on, NOW).done().unwrap();
    assert_eq!(host.bind(late, address("0.0.0.0:80"), NOW), Outcome::Failed(Errno::EADDRINUSE));
}

/// A port in TIME-WAIT is free only for who shares.
#[test]
fn a_port_left_over_is_free_for_who_shares() {
    let mut pair = Pair::new();
    let Pair { link, listener, server, client } = &mut pair;
    link.a.close(*listener, NOW).done().unwrap();
    link.a.close(*server, NOW).done().unwrap();
    link.settle();
    link.b.close(*client, NOW).done().unwrap();
    link.settle();
    assert_eq!(link.a.connections().map(|(_, state)| state).collect::<Vec<_>>(), [State::TimeWait]);
    let fd = stream(&mut link.a, "10.0.0.1:80");
    assert_eq!(link.a.bind(fd, address("0.0.0.0:80"), NOW), Outcome::Failed(Errno::EADDRINUSE));
    link.a.setsockopt(fd, SocketOption::ReuseAddress, &OptionValue::Int(1), NOW).done().unwrap();
    assert_eq!(link.a.bind(fd, address("0.0.0.0:80"), NOW), Outcome::Done(()));
}

/// A connection whose place in TIME-WAIT a SYN has taken says nothing more, though its descriptor lives on.
///
/// Proves: RFC9293:MAY-2.
#[test]
fn a_superseded_connection_is_silent() {
    let mut pair = Pair::new();
    let tuple = pair.tuple();
    let Pair { link, server, client, .. } = &mut pair;
    link.a.shutdown(*server, Shutdown::Write, NOW).done().unwrap();
    link.settle();
    link.b.close(*client, NOW).done().unwrap();
    link.settle();
    assert_eq!(link.a.state(tuple.reversed()), State::TimeWait);
    while link.a.transition().is_some() {}

    let last = link.crossed.iter().rev().filter_map(|sent| Packet::parse(&sent.octets).ok());
    let seq =
        last.filter(|packet| packet.tuple() == Some(tuple)).find_map(|packet| Some(packet.segment()?.end()));
    let syn = Segment {
        source: tuple.local.port(),
        destination: tuple.remote.port(),
        seq: seq.unwrap() + 1000,
        flags: Flags::SYN,
        window: 1000,
        ..Segment::default()
    };
    link.a.arrives(&Packet::tcp(tuple.local.ip(), tuple.remote.ip(), syn).to_bytes(), NOW);
    let moves = core::iter::from_fn(|| link.a.transition()).map(|step| (step.from, step.to));
    let reopened = [(State::TimeWait, State::Closed), (State::Listen, State::SynReceived)];
    assert_eq!(moves.collect::<Vec<_>>(), reopened);

    link.a
        .setsockopt(*server, SocketOption::Linger, &OptionValue::Linger { on: true, seconds: 0 }, NOW)
        .done()
        .unwrap();
    link.a.close(*server, NOW).done().unwrap();
    assert_eq!(link.a.transition(), None);
    assert_eq!(link.a.state(tuple.reversed()), State::SynReceived);
}

/// Proves: RFC9293:SHLD-3, RFC9293:3.10.5-abort-established.
#[test]
fn some_closes_reset() {
    let unread = |pair: &mut Pair| {
        pair.link.b.send(pair.client, &data("unread"), PLAIN, NOW).done().unwrap();
        pair.link.settle();
    };
    let impatient = |pair: &mut Pair| {
        let value = OptionValue::Linger { on: true, seconds: 0 };
        pair.link.a.setsockopt(pair.server, SocketOption::Linger, &value, NOW).done().unwrap();
    };
    let nothing = |_: &mut Pair| {};
    type Prepare<'a> = &'a dyn Fn(&mut Pair);
    let rows: [(&str, Prepare<'_>, Option<Errno>); 3] = [
        ("text nobody read", &unread, Some(Errno::ECONNRESET)),
        ("no patience", &impatient, Some(Errno::ECONNRESET)),
        ("nothing special", &nothing, None),
    ];
    for (why, prepare, errno) in rows {
        let mut pair = Pair::new();
        prepare(&mut pair);
        let Pair { link, server, client, .. } = &mut pair;
        link.a.close(*server, NOW).done().unwrap();
        link.settle();
        assert_eq!(link.b.recv(*client, 1, PLAIN, NOW).errno(), errno, "{why}");
        if errno.is_some() {
            assert_eq!(link.b.recv(*client, 1, PLAIN, NOW).done().unwrap().data, "", "{why}: then the end");
            assert_eq!(link.b.send(*client, &data("x"), PLAIN, NOW), Outcome::Failed(Errno::EPIPE), "{why}");
        }
    }
}

/// Half of a conversation ends, the other goes on.
///
/// Proves: RFC9293:3.10.3-receive-close-wait, RFC9293:3.10.2-send-close-wait, RFC9293:3.10.2-send-after-close.
#[test]
fn a_half_close_leaves_the_other_half() {
    let mut pair = Pair::new();
    let Pair { link, server, client, .. } = &mut pair;
    link.b.send(*client, &data("last words"), PLAIN, NOW).done().unwrap();
    link.b.shutdown(*client, Shutdown::Write, NOW).done().unwrap();
    assert_eq!(link.b.send(*client, &data("x"), PLAIN, NOW), Outcome::Failed(Errno::EPIPE));
    link.settle();
    let entry = [PollEntry { fd: *server, events: Events::IN.or(Events::RDHUP).or(Events::OUT) }];
    assert_eq!(link.a.poll(&entry, None, NOW).done().unwrap(), [entry[0].events]);
    assert_eq!(read(&mut link.a, *server, NOW), "last words");
    assert_eq!(link.a.recv(*server, 1, PLAIN, NOW).done().unwrap().data, "");
    link.a.send(*server, &data("heard"), PLAIN, NOW).done().unwrap();
    link.settle();
    assert_eq!(read(&mut link.b, *client, NOW), "heard");
    link.a.shutdown(*server, Shutdown::Write, NOW).done().unwrap();
    link.settle();
    let entry = [PollEntry { fd: *server, events: Events::default() }];
    assert_eq!(link.a.poll(&entry, None, NOW).done().unwrap(), [Events::HUP], "both directions are closed");
}

/// The queue of a listening socket is as long as it says; who does not fit in is heard once there is room.
///
/// Proves: RFC9293:MUST-42.
#[test]
fn the_backlog_is_bounded() {
    let mut link = Link::new();
    let listener = listen(&mut link.a, "10.0.0.1:80", 2);
    let clients: Vec<Fd> = (0..4)
        .map(|_| {
            let fd = stream(&mut link.b, "10.0.0.1:80");
            nonblocking(&mut link.b, fd);
            link.b.connect(fd, address("10.0.0.1:80"), NOW);
            fd
        })
        .collect();
    link.settle();
    assert!(link.a.counters().held_back > 0);
    nonblocking(&mut link.a, listener);
    let mut accepted = 0;
    while link.a.accept(listener, link.now).done().is_some() {
        accepted += 1;
    }
    assert_eq!(accepted, 2);
    link.pass(Duration::from_secs(10));
    while link.a.accept(listener, link.now).done().is_some() {
        accepted += 1;
    }
    assert_eq!(accepted, 4, "their segments came again");
    for client in clients {
        assert_eq!(link.b.connect(client, address("10.0.0.1:80"), link.now), Outcome::Failed(Errno::EISCONN));
    }
}

/// Connections nobody accepted are reset when the listening socket closes.
#[test]
fn closing_a_listener_resets_who_waits() {
    let mut link = Link::new();
    let listener = listen(&mut link.a, "10.0.0.1:80", 2);
    let client = stream(&mut link.b, "10.0.0.1:80");
    let pending = blocks(link.b.connect(client, address("10.0.0.1:80"), NOW));
    link.settle();
    link.b.resume(pending, NOW).done().unwrap();
    link.a.close(listener, NOW).done().unwrap();
    link.settle();
    assert_eq!(link.b.recv(client, 1, PLAIN, NOW), Outcome::Failed(Errno::ECONNRESET));
    assert_eq!(link.a.endpoints.len(), 0);
}

/// A close that lingers waits for delivery, and for no longer than it was told.
#[test]
fn a_lingering_close_waits_for_delivery() {
    for (delivered, answered_at) in [(true, 0), (false, 5)] {
        let mut pair = Pair::new();
        let Pair { link, client, .. } = &mut pair;
        let value = OptionValue::Linger { on: true, seconds: 5 };
        link.b.setsockopt(*client, SocketOption::Linger, &value, NOW).done().unwrap();
        link.b.send(*client, &data("goodbye"), PLAIN, NOW).done().unwrap();
        let pending = blocks(link.b.close(*client, NOW));
        let deadline = NOW + Duration::from_secs(5);
        assert_eq!(pending.deadline(), Some(deadline));
        if delivered {
            link.settle();
        }
        let pending = match link.b.resume(pending, NOW) {
            Outcome::Done(Returned::Nothing) => {
                assert_eq!(answered_at, 0);
                continue;
            }
            other => blocks(other),
        };
        assert_eq!(answered_at, 5);
        assert_eq!(link.b.resume(pending, deadline), Outcome::Done(Returned::Nothing));
    }
    assert_eq!(Linger::default(), Linger::Off);
}

/// `MSG_PEEK` leaves, `MSG_WAITALL` waits, `FIONREAD` counts.
#[test]
fn ways_to_read() {
    let mut pair = Pair::new();
    let Pair { link, server, client, .. } = &mut pair;
    let all = MessageFlags { wait_all: true, ..PLAIN };
    let pending = blocks(link.a.recv(*server, 8, all, NOW));
    link.b.send(*client, &data("half"), PLAIN, NOW).done().unwrap();
    link.settle();
    let pending = blocks(link.a.resume(pending, NOW));
    link.b.send(*client, &data("done, more"), PLAIN, NOW).done().unwrap();
    link.pass(Duration::from_secs(1));
    let Outcome::Done(Returned::Received(received)) = link.a.resume(pending, link.now) else {
        unreachable!("all has arrived")
    };
    assert_eq!(received.data, "halfdone");
    assert_eq!(link.a.ioctl(*server, Ioctl::Unread, NOW), Outcome::Done(6));
    let peek = MessageFlags { peek: true, ..PLAIN };
    assert_eq!(link.a.recv(*server, 3, peek, NOW).done().unwrap().data, ", m");
    assert_eq!(read(&mut link.a, *server, NOW), ", more");
    assert_eq!(
        link.a.recv(*server, 0, PLAIN, NOW).done().unwrap().data,
        "",
        "nothing asked, nothing waited for"
    );
}

/// An error from the path reaches `connect`.
///
/// Proves: RFC1122:3.2.2.1-port-unreachable-for-tcp, RFC9293:MUST-54, RFC9293:MUST-55.
#[test]
fn icmp_errors_reach_connect() {
    for (kind, code, errno) in [(3, 3, Some(Errno::ECONNREFUSED)), (3, 1, None), (4, 0, None)] {
        let mut host = host(2);
        let client = stream(&mut host, "10.0.0.1:80");
        let pending = blocks(host.connect(client, address("10.0.0.1:80"), NOW));
        let syn = host.departs().unwrap().octets;
        let body = syn.slice(..28);
        let message = Message { kind, code, checksum: Checksum::Right, rest: [0; 4], body };
        let router = Packet::icmp("10.0.0.254".parse().unwrap(), "10.0.0.2".parse().unwrap(), message);
        host.arrives(&router.to_bytes(), NOW);
        match (host.resume(pending, NOW), errno) {
            (Outcome::Failed(failed), Some(errno)) => assert_eq!(failed, errno),
            (Outcome::Blocks(_), None) => {}
            (other, expected) => unreachable!("{kind}/{code}: {other:?}, not {expected:?}"),
        }
    }
}

/// Segments to everybody are nobody's, and never answered.
///
/// Proves: RFC9293:MUST-57, RFC9293:3.9.2.3-nonsyn-to-multicast, RFC9293:MUST-63.
#[test]
fn broadcast_segments_are_ignored() {
    for (from, to) in [("10.0.0.2", "255.255.255.255"), ("10.0.0.2", "224.0.0.1"), ("224.0.0.2", "10.0.0.1")]
    {
        for flags in [Flags::SYN, Flags::ACK, Flags::SYN | Flags::ACK] {
            let mut host = host(1);
            listen(&mut host, "0.0.0.0:80", 5);
            let segment = Segment { source: 9, destination: 80, flags, ..Default::default() };
            let packet = Packet::tcp(from.parse().unwrap(), to.parse().unwrap(), segment);
            host.arrives(&packet.to_bytes(), NOW);
            assert_eq!(host.departs(), None, "{flags} {from} > {to}");
            assert_eq!(host.connections().count(), 0, "{flags} {from} > {to}");
        }
    }
}

/// What a connection looks like from outside.
///
/// Proves: RFC9293:3.9.1.5-status-contents.
#[test]
fn status_shows_both_sequence_spaces() {
    let mut pair = Pair::new();
    let tuple = pair.tuple();
    let Pair { link, server, client, .. } = &mut pair;
    link.b.send(*client, &data("12345"), PLAIN, NOW).done().unwrap();
    link.settle();
    let (near, far) = (link.b.info(tuple).unwrap(), link.a.info(tuple.reversed()).unwrap());
    assert_eq!(near.snd_nxt, far.rcv_nxt);
    assert_eq!((near.state, far.state, far.readable), (State::Established, State::Established, 5));
    assert_eq!(link.a.info_of(*server, link.now).unwrap().status, Some(far));
    assert_eq!(link.b.info(tuple.reversed()), None);
    assert_eq!(link.b.state(tuple), State::Established);
    assert_eq!(link.a.state(Tuple { remote: address("10.0.0.2:1"), ..tuple.reversed() }), State::Listen);
}

/// Equal seeds and events give equal octets and equal hosts; other seeds other numbers.
#[test]
fn equal_seeds_give_equal_octets() {
    let run = || {
        let mut pair = Pair::new();
        pair.link.b.send(pair.client, &data("text"), PLAIN, NOW).done().unwrap();
        pair.link.pass(Duration::from_secs(1));
        pair.link
    };
    let (first, second) = (run(), run());
    assert_eq!(first.crossed, second.crossed);
    assert_eq!((first.a, first.b), (second.a, second.b));
}

/// What ten thousand quiet connections cost: a bound to notice when it is passed.
#[test]
fn an_idle_connection_is_small() {
    let size = size_of::<Endpoint>() + size_of::<ConnectionId>() + size_of::<(Tuple, ConnectionId)>();
    assert!(size <= 2048, "{size} octets");
}

/// Proves: RFC9293:MUST-2, RFC9293:MUST-3.
#[test]
fn a_wrong_checksum_is_not_heard() {
    let mut host = host(1);
    listen(&mut host, "10.0.0.1:80", 5);
    let syn = |checksum| {
        let segment =
            Segment { source: 9, destination: 80, flags: Flags::SYN, checksum, ..Segment::default() };
        Packet::tcp("10.0.0.2".parse().unwrap(), "10.0.0.1".parse().unwrap(), segment).to_bytes()
    };
    host.arrives(&syn(Checksum::Literal(7)), NOW);
    assert_eq!((host.departs(), host.counters().transport_checksum), (None, 1));
    host.arrives(&syn(Checksum::Right), NOW);
    assert!(host.departs().is_some());
}

/// What a router says of one segment holds for every connection on the path, if the segment was ours.
///
/// Proves: RFC1191:6.2-all-users-notified, RFC8201:4-validate-payload.
#[test]
fn a_path_shrinks_for_all_its_users() {
    for (believable, largest) in [(true, 1400), (false, 1500)] {
        let mut link = Link::new();
        listen(&mut link.a, "10.0.0.1:80", 5);
        let clients = [(); 2].map(|()| {
            let fd = stream(&mut link.b, "10.0.0.1:80");
            nonblocking(&mut link.b, fd);
            assert_eq!(link.b.connect(fd, address("10.0.0.1:80"), NOW).errno(), Some(Errno::EINPROGRESS));
            link.settle();
            fd
        });
        link.b.send(clients[0], &Bytes::from(vec![1; 1400]), PLAIN, NOW).done().unwrap();
        let mut quote = link.b.departs().unwrap().octets[..28].to_vec();
        if !believable {
            quote[24] ^= 0x80;
        }
        link.b.arrives(&carries_1400(quote), NOW);
        link.settle();
        link.b.send(clients[1], &Bytes::from(vec![1; 5000]), PLAIN, NOW).done().unwrap();
        let sizes = core::iter::from_fn(|| link.b.departs()).map(|sent| sent.octets.len());
        assert_eq!(sizes.max(), Some(largest), "believable: {believable}");
        let mtu = link.b.getsockopt(clients[1], SocketOption::Mtu, NOW);
        assert_eq!(mtu, Outcome::Done(OptionValue::Int(largest as i32)));
    }
}

/// What a router says of a datagram to host b's peer that begins like this.
fn carries_1400(quote: Vec<u8>) -> Bytes {
    let (kind, code) = (v4::DESTINATION_UNREACHABLE, v4::FRAGMENTATION_NEEDED);
    let rest = [0, 0, 0x05, 0x78];
    let message = Message { kind, code, checksum: Checksum::Right, rest, body: quote.into() };
    Packet::icmp("10.0.0.254".parse().unwrap(), "10.0.0.2".parse().unwrap(), message).to_bytes()
}

/// After ten minutes an open connection tries again what the link carries.
///
/// Proves: RFC1191:6.3-aging.
#[test]
fn a_path_is_tried_again_by_those_who_use_it() {
    let mut pair = Pair::new();
    let link = &mut pair.link;
    link.b.send(pair.client, &Bytes::from(vec![1; 1400]), PLAIN, NOW).done().unwrap();
    let quote = link.b.departs().unwrap().octets[..28].to_vec();
    link.b.arrives(&carries_1400(quote), NOW);
    link.settle();
    for (seconds, mtu) in [(599, 1400), (1, 1500)] {
        link.pass(Duration::from_secs(seconds));
        assert_eq!(
            link.b.getsockopt(pair.client, SocketOption::Mtu, link.now),
            Outcome::Done(OptionValue::Int(mtu))
        );
        link.b.send(pair.client, &Bytes::from(vec![1; 3000]), PLAIN, link.now).done().unwrap();
        let first = link.b.departs().unwrap();
        assert_eq!(first.octets.len(), mtu as usize, "after {seconds} s more");
        link.a.arrives(&first.octets, link.now);
        link.settle();
    }
}

/// `MSG_MORE` and `TCP_CORK` hold a small segment back until more comes or nobody holds it any longer.
#[test]
fn what_is_corked_waits_for_more() {
    let mut pair = Pair::new();
    let Pair { link, client, .. } = &mut pair;
    let more = MessageFlags { more: true, ..PLAIN };
    link.b.send(*client, &data("one "), more, NOW).done().unwrap();
    assert_eq!(link.b.departs(), None);
    link.b.send(*client, &data("two"), PLAIN, NOW).done().unwrap();
    let sent = Packet::parse(&link.b.departs().expect("together they leave").octets).unwrap();
    assert_eq!(sent.segment().unwrap().text, "one two");
    link.b.setsockopt(*client, SocketOption::Cork, &OptionValue::Int(1), NOW).done().unwrap();
    link.b.setsockopt(*client, SocketOption::NoDelay, &OptionValue::Int(1), NOW).done().unwrap();
    link.b.send(*client, &data("three"), PLAIN, NOW).done().unwrap();
    assert_eq!(link.b.departs(), None);
    link.b.setsockopt(*client, SocketOption::Cork, &OptionValue::Int(0), NOW).done().unwrap();
    assert!(link.b.departs().is_some());
}

/// Options are set, shown, and refused by name; IP's reach the datagrams.
///
/// Proves: RFC1122:4.1.4-ttl-tos-options, RFC9293:MUST-48, RFC9293:MUST-49, RFC1122:3.2.1.7-ttl-zero-not-sent.
#[test]
fn options_are_kept_or_refused() {
    let int = OptionValue::Int;
    for (option, value, result, shown) in [
        ("SO_REUSEADDR", 5, None, 1),
        ("SO_KEEPALIVE", 1, None, 1),
        ("TCP_NODELAY", 1, None, 1),
        ("TCP_MAXSEG", 900, None, 900),
        ("TCP_MAXSEG", 70_000, Some(Errno::EINVAL), 536),
        ("TCP_KEEPIDLE", 9, None, 9),
        ("TCP_KEEPIDLE", 0, Some(Errno::EINVAL), 7200),
        ("TCP_KEEPCNT", 128, Some(Errno::EINVAL), 9),
        ("TCP_USER_TIMEOUT", 1500, None, 1500),
        ("TCP_USER_TIMEOUT", -1, Some(Errno::EINVAL), 0),
        ("IP_TOS", 0x28, None, 0x28),
        ("IP_TTL", 9, None, 9),
        ("IP_TTL", 0, Some(Errno::EINVAL), 64),
        ("IP_TTL", 256, Some(Errno::EINVAL), 64),
        ("IP_MTU_DISCOVER", 4, Some(Errno::EINVAL), 1),
        ("SO_RCVBUF", 4096, None, 4096),
        ("SO_ERROR", 1, Some(Errno::ENOPROTOOPT), 0),
        ("SO_TYPE", 1, Some(Errno::ENOPROTOOPT), 1),
    ] {
        let mut host = host(1);
        let fd = stream(&mut host, "10.0.0.1:1");
        let name = SocketOption::named(option).unwrap();
        assert_eq!(host.setsockopt(fd, name, &int(value), NOW).errno(), result, "{option} {value}");
        assert_eq!(host.getsockopt(fd, name, NOW), Outcome::Done(int(shown)), "{option} {value}");
    }
    let mut host = host(1);
    let fd = stream(&mut host, "10.0.0.1:1");
    host.setsockopt(fd, SocketOption::TypeOfService, &int(0x28), NOW).done().unwrap();
    host.setsockopt(fd, SocketOption::TimeToLive, &int(9), NOW).done().unwrap();
    assert_eq!(host.setsockopt(fd, SocketOption::V6Only, &int(1), NOW).errno(), Some(Errno::ENOPROTOOPT));
    blocks(host.connect(fd, address("10.0.0.2:80"), NOW));
    let syn = Packet::parse(&host.departs().unwrap().octets).unwrap();
    assert_eq!((syn.ip.traffic_class(), syn.ip.hop_limit()), (0x28, 9));
}
