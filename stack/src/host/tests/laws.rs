//! Whatever comes, in whatever order: a host neither fails nor grows beyond its bounds.
use proptest::prelude::*;
use stackdrill_wire::{Flags, Options, Segment, Seq, TcpOption};

use super::*;
use crate::policy::{Buffer, Ecn, SynCookies};
use crate::socket::descriptors::Open;
use crate::socket::table::Role;
use crate::socket::{
    EpollChange, EpollEvent, EpollEvents, Fcntl, MessageOptions, O_NONBLOCK, OptionValue, Pending, Shutdown,
    SocketOption,
};

/// Something that happens to a host.
#[derive(Clone, Debug)]
enum Event {
    Garbage(Vec<u8>),
    Segment {
        ports: (u8, u8),
        flags: u16,
        seq: u32,
        ack: u32,
        window: u16,
        text: u8,
    },
    Datagram {
        port: u8,
        length: u8,
        checksum: bool,
    },
    Fragment {
        id: u8,
        offset: u8,
        more: bool,
    },
    /// The last datagram that the host sent comes back as the quote of an error.
    Trouble {
        kind: u8,
        code: u8,
        rest: [u8; 4],
    },
    /// An answer to the last segment that the host sent: its numbers in place, or a little beside it.
    Answer {
        flags: u16,
        text: u16,
        seq: i8,
        ack: i8,
        window: u16,
    },
    /// A request for a connection, with text, an offer of ECN, and a Fast Open option of so many octets.
    Request {
        port: u8,
        text: u8,
        offers: bool,
        cookie: Option<u8>,
    },
    Call {
        call: u8,
        fd: u8,
        number: i32,
    },
    Wait {
        millis: u16,
    },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..80).prop_map(Event::Garbage),
        1 => (any::<(bool, bool)>(), 0u16..64, any::<u32>(), any::<u32>(), any::<u16>(), any::<u8>()).prop_map(
            |(ports, flags, seq, ack, window, text)| {
                Event::Segment { ports: (ports.0.into(), ports.1.into()), flags, seq, ack, window, text }
            }
        ),
        1 => (0u8..3, any::<u8>(), any::<bool>())
            .prop_map(|(port, length, checksum)| Event::Datagram { port, length, checksum }),
        1 => (0u8..4, any::<u8>(), any::<bool>()).prop_map(|(id, offset, more)| Event::Fragment { id, offset, more }),
        1 => (0u8..14, 0u8..6, any::<[u8; 4]>()).prop_map(|(kind, code, rest)| Event::Trouble { kind, code, rest }),
        8 => (lawful_flags(), 0u16..300, beside(), beside(), prop_oneof![Just(0), any::<u16>()]).prop_map(
            |(flags, text, seq, ack, window)| Event::Answer { flags: flags.0, text, seq, ack, window }
        ),
        2 => (0u8..3, any::<u8>(), any::<bool>(), prop::option::of(0u8..18)).prop_map(
            |(port, text, offers, cookie)| Event::Request { port, text, offers, cookie }
        ),
        6 => (0u8..34, 3u8..11, prop_oneof![0i32..4, -2i32..70_000])
            .prop_map(|(call, fd, number)| Event::Call { call, fd, number }),
        3 => (0u16..5000).prop_map(|millis| Event::Wait { millis }),
    ]
}

/// The flags of segments that make sense, mostly.
fn lawful_flags() -> impl Strategy<Value = Flags> {
    let common = [
        Flags::ACK,
        Flags::ACK | Flags::PSH,
        Flags::SYN | Flags::ACK,
        Flags::FIN | Flags::ACK,
        Flags::ACK,
        Flags::SYN,
        Flags::RST,
        Flags::ACK | Flags::URG,
    ];
    prop_oneof![9 => prop::sample::select(common.to_vec()), 1 => (0u16..4096).prop_map(Flags)]
}

/// Mostly on the spot, sometimes beside it.
fn beside() -> impl Strategy<Value = i8> {
    prop_oneof![5 => Just(0), 1 => -3i8..4]
}

/// The most that one direction of a socket holds, in octets.
const BUFFER: u32 = 5000;

/// A host with everything that happens to it.
struct World {
    host: Host,
    now: Instant,
    sent: Vec<Departure>,
    waiting: Vec<Pending>,
}

impl World {
    /// A world in which the choices that an attacker would like to know are made by the bits of `choices`.
    fn new(choices: u8) -> Self {
        let chosen = |bit: u8| choices & 1 << bit != 0;
        let mut host = host(1);
        let mut policy = Policy::rfc();
        policy.sockets.connections = 8;
        policy.sockets.descriptors = 7;
        policy.sockets.error_queue = 4;
        policy.sockets.pipe = 100;
        policy.sockets.half_open_most = 3;
        policy.sockets.stream_buffers = (1, BUFFER);
        (policy.receive_buffer, policy.send_buffer) = (BUFFER, BUFFER);
        policy.sockets.datagram_receive = Buffer { least: 1, default: BUFFER, most: BUFFER };
        policy.sockets.syn_cookies = match choices % 3 {
            0 => SynCookies::Never,
            1 => SynCookies::WhenFull,
            _ => SynCookies::Always,
        };
        policy.ecn = if chosen(2) { Ecn::Requests } else { Ecn::Accepts };
        policy.fast_open.server_without_cookie = chosen(3);
        policy.fast_open.client_without_cookie = chosen(4);
        policy.fast_open.cache = 2;
        policy.syn_window_of_segments = chosen(5);
        policy.window_opens_slowly = chosen(5);
        policy.initial_receive_window = chosen(7).then_some(2);
        policy.tunnel.port = chosen(6).then_some(9);
        policy.internet.departures = 64;
        policy.internet.reassembly_octets = 4096;
        host.set_policy(policy);
        let mut world = Self { host, now: NOW, sent: Vec::new(), waiting: Vec::new() };
        // A listening socket, a datagram socket and one that connects.
        for (call, fd, number) in
            [(0, 3, 0), (2, 3, 0), (3, 3, 2), (1, 4, 0), (2, 4, 1), (0, 5, 0), (4, 5, 0)]
        {
            world.call(call, Fd(fd), number);
        }
        world.host.set_fast_open_queue(Fd(3), 2).done().unwrap();
        world.drain();
        world
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Garbage(octets) => self.host.arrives(&octets.into(), self.now),
            Event::Segment { ports, flags, seq, ack, window, text } => {
                let segment = Segment {
                    source: 1000 + u16::from(ports.0),
                    destination: 80 + u16::from(ports.1),
                    seq: Seq(seq),
                    ack: Seq(ack),
                    flags: Flags(flags),
                    window,
                    text: vec![7; usize::from(text)].into(),
                    ..Segment::default()
                };
                self.arrives(Transport::Tcp(segment));
            }
            Event::Datagram { port, length, checksum } => {
                let checksum = if checksum { Checksum::Right } else { Checksum::Literal(1) };
                let data = vec![7; usize::from(length)].into();
                let destination = 80 + u16::from(port);
                self.arrives(Transport::Udp(Datagram {
                    source: 9,
                    destination,
                    length: None,
                    checksum,
                    data,
                }));
            }
            Event::Fragment { id, offset, more } => {
                let mut ip = Ip::new("10.0.0.2".parse().unwrap(), "10.0.0.1".parse().unwrap(), 17);
                if let Ip::V4(ip) = &mut ip {
                    (ip.id, ip.offset, ip.more_fragments) = (id.into(), u16::from(offset) * 8, more);
                    ip.dont_fragment = false;
                }
                let packet = Packet { ip, transport: Transport::Other(vec![0; 64].into()) };
                self.host.arrives(&packet.to_bytes(), self.now);
            }
            Event::Trouble { kind, code, rest } => {
                let Some(last) = self.sent.last() else { return };
                let body = last.octets.clone();
                let checksum = Checksum::Right;
                self.arrives(Transport::Icmp(Message { kind, code, checksum, rest, body }));
            }
            Event::Answer { .. } => self.answer(&event),
            Event::Request { port, text, offers, cookie } => {
                let flags = if offers { Flags::SYN | Flags::ECE | Flags::CWR } else { Flags::SYN };
                let octets = vec![9; usize::from(cookie.unwrap_or(0))];
                let option = TcpOption::FastOpen(&octets);
                let options = Options::of(&[option]).filter(|_| cookie.is_some()).unwrap_or_default();
                let segment = Segment {
                    source: 1000 + u16::from(port),
                    destination: 80,
                    flags,
                    window: 5000,
                    options,
                    text: vec![7; usize::from(text)].into(),
                    ..Segment::default()
                };
                self.arrives(Transport::Tcp(segment));
            }
            Event::Call { call, fd, number } => self.call(call, Fd(fd.into()), number),
            Event::Wait { millis } => self.wait(millis),
        }
        self.check_bounds();
        self.drain();
    }

    fn arrives(&mut self, transport: Transport) {
        let (source, destination) = ("10.0.0.2".parse().unwrap(), "10.0.0.1".parse().unwrap());
        let mut packet = match transport {
            Transport::Tcp(segment) => Packet::tcp(source, destination, segment),
            Transport::Udp(datagram) => Packet::udp(source, destination, datagram),
            Transport::Icmp(message) => Packet::icmp(source, destination, message),
            Transport::Other(payload) => {
                Packet { ip: Ip::new(source, destination, 99), transport: Transport::Other(payload) }
            }
        };
        // Routers mark what they please.
        if let Ip::V4(ip) = &mut packet.ip {
            ip.tos = self.sent.len() as u8 & 0b11;
        }
        self.host.arrives(&packet.to_bytes(), self.now);
    }

    fn answer(&mut self, event: &Event) {
        let &Event::Answer { flags, text, seq, ack, window } = event else { return };
        let parsed =
            self.sent.iter().rev().find_map(|sent| Packet::parse(&sent.octets).ok()?.segment().cloned());
        let Some(sent) = parsed else { return };
        let answer = Segment {
            source: sent.destination,
            destination: sent.source,
            seq: sent.ack + seq as u32,
            ack: sent.end() + ack as u32,
            flags: Flags(flags),
            window,
            text: vec![7; usize::from(text)].into(),
            ..Segment::default()
        };
        self.arrives(Transport::Tcp(answer));
    }

    fn call(&mut self, call: u8, fd: Fd, number: i32) {
        let (host, now) = (&mut self.host, self.now);
        let port = 80 + (number & 1) as u16;
        let local = SocketAddr::from(([10, 0, 0, 1], port));
        let remote = SocketAddr::from(([10, 0, 0, 2], 1000 + (number & 1) as u16));
        let waits = match call {
            0 => host.socket(Domain::Inet, Kind::Stream, now).map(drop),
            1 => host.socket(Domain::Inet, Kind::Datagram, now).map(drop),
            2 => host.bind(fd, local, now),
            3 => host.listen(fd, number, now),
            4 => host.connect(fd, remote, now),
            5 => host.accept(fd, now).map(drop),
            6 => host.send(fd, &vec![1; number.max(0) as usize].into(), PLAIN, now).map(drop),
            7 => host.recv(fd, number.max(0) as usize, PLAIN, now).map(drop),
            8 => host.close(fd, now),
            9 => host.shutdown(fd, if number & 1 == 0 { Shutdown::Write } else { Shutdown::Both }, now),
            10 => host.fcntl(fd, Fcntl::SetFlags(O_NONBLOCK), now).map(drop),
            11 => host.setsockopt(fd, SocketOption::ReceiveBuffer, &OptionValue::Int(number), now),
            12 => {
                host.sendto(fd, &vec![1; number.max(0) as usize].into(), PLAIN, Some(remote), now).map(drop)
            }
            13 => host.disconnect(fd, now),
            26 => {
                let data = vec![1; number.max(0) as usize].into();
                host.sendto_fast(fd, &data, PLAIN, remote, now).map(drop)
            }
            27 => host.set_fast_open_key(fd, [number as u8; 16]),
            28 => {
                let octet = Some(number as u8);
                let options = MessageOptions {
                    type_of_service: octet,
                    time_to_live: octet,
                    traffic_class: octet,
                    hop_limit: octet,
                    stamping: Some(number),
                };
                let data = vec![1; number.max(0) as usize].into();
                host.sendmsg(fd, (&data, PLAIN), Some(remote), options, now).map(drop)
            }
            29 => {
                let key = vec![7; number.max(0) as usize % 100].into();
                let peer = Some(remote.ip()).filter(|_| number & 2 == 0);
                host.setsockopt(fd, SocketOption::Signature, &OptionValue::Signature { peer, key }, now)
            }
            30 => {
                let octets = number.to_ne_bytes().repeat(number.unsigned_abs() as usize % 12).into();
                host.setsockopt(fd, SocketOption::IpOptions, &OptionValue::Octets(octets), now)
            }
            31 => {
                let value = OptionValue::Linger { on: true, seconds: number };
                host.setsockopt(fd, SocketOption::Linger, &value, now)
            }
            14 => host.getsockopt(fd, SocketOption::Error, now).map(drop),
            15 => host.recv(fd, 100, MessageFlags { error_queue: true, ..PLAIN }, now).map(drop),
            16 => host.recv(fd, 1, MessageFlags { out_of_band: true, ..PLAIN }, now).map(drop),
            17 => {
                let flags = MessageFlags { zero_copy: true, out_of_band: number & 1 == 0, ..PLAIN };
                host.send(fd, &vec![1; number.max(0) as usize].into(), flags, now).map(drop)
            }
            18 => host.epoll_create(number, now).map(drop),
            19 => {
                let change = [EpollChange::Add, EpollChange::Modify, EpollChange::Delete]
                    [number.unsigned_abs() as usize % 3];
                let events = EpollEvents(number as u32 | EpollEvents::EDGE);
                host.epoll_ctl((fd, Fd(3 + (number & 7))), change, EpollEvent { events, data: 0 }, now)
            }
            20 => host.epoll_wait(fd, 2, Some(Duration::from_millis(1)), now).map(drop),
            21 => host.pipe().map(drop),
            22 => host.splice(fd, Fd(3 + (number & 7)), number.max(0) as usize, now).map(drop),
            23 => host.open(vec![9; 500].into()).map(drop),
            24 => host.sendfile((fd, Fd(3 + (number & 7))), None, number.max(0) as usize, now).map(drop),
            _ => {
                let (_, option) =
                    SocketOption::names()[number.unsigned_abs() as usize % SocketOption::names().len()];
                host.setsockopt(fd, option, &OptionValue::Int(number), now)
            }
        };
        if let Outcome::Blocks(pending) = waits {
            self.waiting.push(pending);
        }
    }

    /// Time passes as a driver lets it pass; a deadline that is reached does not stay where it is.
    fn wait(&mut self, millis: u16) {
        let end = self.now + Duration::from_millis(millis.into());
        let mut expiries = 0;
        while let Some(at) = self.host.deadline().filter(|&at| at <= end) {
            self.now = at.max(self.now);
            self.host.expire(self.now);
            self.drain();
            expiries += 1;
            assert!(expiries < 10_000, "a deadline that never moves");
        }
        self.now = end;
        for pending in core::mem::take(&mut self.waiting) {
            if let Outcome::Blocks(pending) = self.host.resume(pending, self.now) {
                self.waiting.push(pending);
            }
        }
    }

    fn drain(&mut self) {
        let before = self.sent.len();
        self.sent.extend(core::iter::from_fn(|| self.host.departs()));
        for departure in &self.sent[before..] {
            assert!(departure.octets.len() <= 1500, "it fits the link");
            let packet = Packet::parse(&departure.octets).expect("what leaves can be read");
            assert!(self.host.interface.addresses.contains(&packet.ip.source()), "it is from us");
        }
        while self.host.transition().is_some() {}
    }

    fn check_bounds(&self) {
        let host = &self.host;
        assert!(host.endpoints.len() <= host.policy.sockets.connections);
        assert!(host.sockets.len() <= host.policy.sockets.descriptors);
        let most = host.policy.sockets.error_queue;
        for open in host.sockets.all() {
            match open {
                Open::Socket(socket) => {
                    assert!(socket.notices.len() <= most);
                    if let Role::Datagram(mailbox) = &socket.role {
                        assert!(mailbox.inbox.octets() <= BUFFER);
                    }
                }
                Open::File(file) => assert!(file.held() <= host.policy.sockets.pipe),
            }
        }
        for (_, endpoint) in host.endpoints.iter() {
            let held = [endpoint.connection.readable(), endpoint.connection.send.queued()];
            assert!(held.iter().all(|octets| *octets <= BUFFER as usize), "{held:?}");
            assert!(endpoint.watches.len() <= most);
        }
        assert!(host.departures.len() <= host.policy.internet.departures);
        assert!(host.deadlines.len() <= host.endpoints.len());
        assert!(host.connections().count() <= host.endpoints.len());
        assert!(host.servers.len() <= host.policy.fast_open.cache);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Nothing that arrives, is called or expires makes a host fail, send what does not fit, or pass its bounds;
    /// and the same events give the same octets again.
    #[test]
    fn any_events_in_any_order(choices: u8, events in prop::collection::vec(event(), 0..120)) {
        let mut worlds = [World::new(choices), World::new(choices)];
        for event in events {
            for world in &mut worlds {
                world.happens(event.clone());
            }
        }
        let [first, second] = worlds;
        prop_assert_eq!(first.sent, second.sent);
        prop_assert_eq!(first.host, second.host);
    }
}
