//! Two hosts, users who do what they like, and a path that does what it likes: streams stay streams.
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::policy::{Ecn, Limit, SynCookies};
use crate::socket::{Fcntl, MessageOptions, O_NONBLOCK, OptionValue, Shutdown, SocketOption};

/// What the path does with one datagram.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// It arrives after so many milliseconds.
    Arrives(u16),
    Lost,
    Twice(u16, u16),
    /// A router marks it, if it may be marked.
    Marked,
    /// One bit of it is turned.
    Damaged(u16),
    /// It may not be longer than this, and a router says so if it may not be cut.
    TooBig(u16),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        8 => (1u16..30).prop_map(Fate::Arrives),
        2 => Just(Fate::Lost),
        1 => (1u16..30, 1u16..300).prop_map(|(first, second)| Fate::Twice(first, second)),
        1 => Just(Fate::Marked),
        1 => any::<u16>().prop_map(Fate::Damaged),
        1 => (600u16..1500).prop_map(Fate::TooBig),
    ]
}

/// What the user of one end does, or how long nobody does anything.
#[derive(Clone, Copy, Debug)]
enum Act {
    Send { how: u8, octets: u16 },
    Receive { octets: u16, peek: bool },
    Set { which: u8, number: i32 },
    Wait { millis: u16 },
}

fn act() -> impl Strategy<Value = (bool, Act)> {
    let act = prop_oneof![
        4 => (0u8..7, 0u16..8000).prop_map(|(how, octets)| Act::Send { how, octets }),
        3 => (1u16..5000, any::<bool>()).prop_map(|(octets, peek)| Act::Receive { octets, peek }),
        2 => (any::<u8>(), prop_oneof![0i32..3, 0i32..70_000])
            .prop_map(|(which, number)| Act::Set { which, number }),
        2 => (0u16..900).prop_map(|millis| Act::Wait { millis }),
    ];
    (any::<bool>(), act)
}

/// Options that may be set at any time, and take no text away.
const OPTIONS: [SocketOption; 17] = [
    SocketOption::NoDelay,
    SocketOption::Cork,
    SocketOption::QuickAck,
    SocketOption::NotSentLowWater,
    SocketOption::ReceiveLowWater,
    SocketOption::SendLowWater,
    SocketOption::ReceiveBuffer,
    SocketOption::SendBuffer,
    SocketOption::MaximumSegment,
    SocketOption::WindowClamp,
    SocketOption::TypeOfService,
    SocketOption::TrafficClass,
    SocketOption::MtuDiscover,
    SocketOption::LeastMtu,
    SocketOption::UrgentInline,
    SocketOption::ZeroCopy,
    SocketOption::Stamping,
];

/// Those that say how large something is, in octets.
const SIZES: [SocketOption; 4] = [
    SocketOption::ReceiveBuffer,
    SocketOption::SendBuffer,
    SocketOption::WindowClamp,
    SocketOption::MaximumSegment,
];

/// What the two ends agree on before they talk.
#[derive(Clone, Copy, Debug)]
struct Terms {
    presets: [u8; 2],
    ipv6: bool,
    signed: bool,
    tunnelled: bool,
    fast: bool,
    ecn: bool,
    cookies: bool,
    buffer: i32,
}

fn terms() -> impl Strategy<Value = Terms> {
    let buffer = prop_oneof![Just(65_536), 2000i32..9000];
    ([0u8..3, 0u8..3], any::<[bool; 6]>(), buffer).prop_map(
        |(presets, [ipv6, signed, tunnelled, fast, ecn, cookies], buffer)| Terms {
            presets,
            ipv6,
            signed,
            tunnelled,
            fast,
            ecn,
            cookies,
            buffer,
        },
    )
}

const PATIENT: Limit = Limit::Elapsed(Duration::from_secs(100_000));

/// One end: its host, its socket, what that took to send, and what it has read.
struct End {
    host: Host,
    fd: Option<Fd>,
    accepted: usize,
    read: usize,
    ended: bool,
}

struct World {
    ends: [End; 2],
    listener: Fd,
    now: Instant,
    /// Datagrams under way: when, in what order sent, to which end.
    path: BTreeMap<(Instant, u64), (usize, Bytes)>,
    fates: Vec<Fate>,
    /// The server keeps nothing of the handshake: text that overtakes its end cannot be told from a stray's.
    forgetful: bool,
    crossed: u64,
}

/// The octet at `at` of what end `from` sends.
fn octet(from: usize, at: usize) -> u8 {
    ((at + 5 * from) * 7 % 251) as u8
}

/// The text of end `from` between two places.
fn text(from: usize, start: usize, octets: usize) -> Bytes {
    (start..start + octets).map(|at| octet(from, at)).collect()
}

fn done<T: core::fmt::Debug>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Done(value) => value,
        other => panic!("{other:?}"),
    }
}

impl World {
    /// The second end calls the first.
    fn new(terms: Terms, fates: Vec<Fate>) -> Self {
        let end = |last: u8| {
            let preset = [Policy::rfc, Policy::linux, Policy::freebsd]
                [usize::from(terms.presets[usize::from(last) - 1])];
            let mut policy = preset();
            policy.ecn = if terms.ecn { Ecn::Requests } else { Ecn::Never };
            policy.sockets.syn_cookies = if terms.cookies { SynCookies::Always } else { SynCookies::Never };
            policy.fast_open.server_without_cookie = terms.fast;
            policy.fast_open.client_without_cookie = terms.fast;
            // Nobody gives up while the path behaves badly.
            (policy.r2, policy.syn_r2, policy.syn_ack_r2) = (PATIENT, PATIENT, PATIENT);
            policy.tunnel.port = terms.tunnelled.then_some(9899);
            let mut host = host(last);
            host.set_policy(policy);
            End { host, fd: None, accepted: 0, read: 0, ended: false }
        };
        let mut ends = [end(1), end(2)];
        let domain = if terms.ipv6 { Domain::Inet6 } else { Domain::Inet };
        let server = address(if terms.ipv6 { "[fd00::1]:80" } else { "10.0.0.1:80" });
        for (at, end) in ends.iter_mut().enumerate() {
            let host = &mut end.host;
            let fd = done(host.socket(domain, Kind::Stream, NOW));
            let mut set = |option, value| done(host.setsockopt(fd, option, &value, NOW));
            set(SocketOption::ReceiveBuffer, OptionValue::Int(terms.buffer));
            if terms.signed {
                let key = Bytes::from_static(b"secret");
                set(SocketOption::Signature, OptionValue::Signature { peer: None, key });
            }
            if terms.tunnelled && at == 1 {
                set(SocketOption::TunnelPort, OptionValue::Int(9899));
            }
            done(host.fcntl(fd, Fcntl::SetFlags(O_NONBLOCK), NOW));
            end.fd = Some(fd);
        }
        let listener = ends[0].fd.take().unwrap();
        done(ends[0].host.bind(listener, server, NOW));
        done(ends[0].host.listen(listener, 5, NOW));
        done(ends[0].host.set_fast_open_queue(listener, if terms.fast { 5 } else { 0 }));
        let forgetful = terms.cookies;
        let mut world =
            Self { ends, listener, now: NOW, path: BTreeMap::new(), fates, forgetful, crossed: 0 };
        let caller = &mut world.ends[1];
        let fd = caller.fd.unwrap();
        if terms.fast && caller.host.connects_fast(fd, server, NOW) {
            if let Outcome::Done(octets) = caller.host.sendto_fast(fd, &text(1, 0, 900), PLAIN, server, NOW) {
                caller.accepted = octets;
            }
        } else {
            caller.host.connect(fd, server, NOW);
        }
        world.carry();
        world
    }

    /// Puts what the hosts send on the path. Once the fates are used up, the path is perfect.
    fn carry(&mut self) {
        for from in 0..2 {
            while let Some(departure) = self.ends[from].host.departs() {
                let octets = departure.octets;
                let spared = self.forgetful && self.ends[0].host.connections().count() == 0;
                let fate = if spared { None } else { self.fates.pop() };
                match fate.unwrap_or(Fate::Arrives(10)) {
                    Fate::Arrives(after) => self.put(1 - from, octets, after),
                    Fate::Lost => {}
                    Fate::Twice(first, second) => {
                        self.put(1 - from, octets.clone(), first);
                        self.put(1 - from, octets, second);
                    }
                    Fate::Marked => self.put(1 - from, marked(&octets), 10),
                    Fate::Damaged(at) => {
                        let mut damaged = octets.to_vec();
                        let at = usize::from(at) % (8 * damaged.len());
                        damaged[at / 8] ^= 1 << (at % 8);
                        self.put(1 - from, damaged.into(), 10);
                    }
                    Fate::TooBig(most) => match too_big(&octets, most) {
                        Some(complaint) => self.put(from, complaint, 10),
                        None => self.put(1 - from, octets, 10),
                    },
                }
            }
            while self.ends[from].host.transition().is_some() {}
        }
    }

    fn put(&mut self, to: usize, octets: Bytes, after: u16) {
        self.crossed += 1;
        self.path.insert((self.now + Duration::from_millis(after.into()), self.crossed), (to, octets));
    }

    /// Time passes; whether anything is left to happen afterwards.
    fn wait(&mut self, time: Duration) -> bool {
        let end = self.now + time;
        loop {
            let arrival = self.path.keys().next().map(|(at, _)| *at);
            let expiry = self.ends.iter().filter_map(|end| end.host.deadline()).min();
            let Some(next) = arrival.into_iter().chain(expiry).min() else { break };
            if next > end {
                self.now = end;
                return true;
            }
            self.now = self.now.max(next);
            if arrival == Some(next) {
                if let Some((_, (to, octets))) = self.path.pop_first() {
                    self.ends[to].host.arrives(&octets, self.now);
                }
            } else {
                self.ends.iter_mut().for_each(|end| end.host.expire(self.now));
            }
            self.carry();
        }
        self.now = end;
        false
    }

    fn acts(&mut self, at: usize, act: Act) {
        if self.ends[0].fd.is_none()
            && let Outcome::Done((fd, _)) = self.ends[0].host.accept(self.listener, self.now)
        {
            done(self.ends[0].host.fcntl(fd, Fcntl::SetFlags(O_NONBLOCK), self.now));
            self.ends[0].fd = Some(fd);
        }
        let Some(fd) = self.ends[at].fd else { return };
        match act {
            Act::Send { how, octets } => self.sends(at, fd, (how, octets.into())),
            Act::Receive { octets, peek } => {
                self.receives(at, fd, octets.into(), peek);
            }
            Act::Set { which, number } => {
                let option = OPTIONS[usize::from(which) % OPTIONS.len()];
                // A window of an octet works, but not before the test's patience ends.
                let number = if SIZES.contains(&option) { number.max(500) } else { number };
                self.ends[at].host.setsockopt(fd, option, &OptionValue::Int(number), self.now);
            }
            Act::Wait { millis } => {
                self.wait(Duration::from_millis(millis.into()));
            }
        }
        self.carry();
    }

    /// The different ways to give text to a stream.
    fn sends(&mut self, at: usize, fd: Fd, (how, octets): (u8, usize)) {
        let (end, now) = (&mut self.ends[at], self.now);
        let data = text(at, end.accepted, octets);
        let host = &mut end.host;
        let outcome = match how {
            0 => host.send(fd, &data, MessageFlags { more: true, ..PLAIN }, now),
            1 => host.send(fd, &data, MessageFlags { zero_copy: true, ..PLAIN }, now),
            2 => host.sendmsg(fd, (&data, PLAIN), None, MessageOptions::NONE, now),
            3 => {
                let file = done(host.open(data));
                let outcome = host.sendfile((fd, file), None, octets, now);
                done(host.close(file, now));
                outcome
            }
            4 => {
                let (out, into) = done(host.pipe());
                let written = host.write_file(into, &data).unwrap_or(0);
                let outcome = host.splice(out, fd, written, now);
                done(host.close(out, now));
                done(host.close(into, now));
                outcome
            }
            _ => host.send(fd, &data, PLAIN, now),
        };
        match outcome {
            Outcome::Done(octets) => end.accepted += octets,
            Outcome::Failed(errno) => assert!(matches!(errno, Errno::EAGAIN | Errno::ENOTCONN), "{errno:?}"),
            Outcome::Blocks(_) => panic!("it does not wait"),
        }
    }

    /// Reads, and compares with what the other end sent; how many octets were taken.
    fn receives(&mut self, at: usize, fd: Fd, most: usize, peek: bool) -> usize {
        let sent = self.ends[1 - at].accepted;
        let end = &mut self.ends[at];
        match end.host.recv(fd, most, MessageFlags { peek, ..PLAIN }, self.now) {
            Outcome::Done(received) => {
                let octets = received.data.len();
                assert!(end.read + octets <= sent, "octets that nobody sent");
                assert_eq!(received.data, text(1 - at, end.read, octets), "after {} octets", end.read);
                end.ended |= received.data.is_empty() && most > 0;
                end.read += if peek { 0 } else { octets };
                octets
            }
            Outcome::Failed(errno) => {
                assert!(matches!(errno, Errno::EAGAIN | Errno::ENOTCONN), "{errno:?}");
                0
            }
            Outcome::Blocks(_) => panic!("it does not wait"),
        }
    }

    /// Both users read all there is, until nothing more comes; then both have finished.
    fn settles(&mut self) {
        for round in 0.. {
            assert!(round < 2000, "it never ends");
            for at in 0..2 {
                self.acts(at, Act::Receive { octets: 60_000, peek: false });
            }
            let read = |at: usize| self.ends[at].read == self.ends[1 - at].accepted;
            // While a connection is being opened, to close is to give up.
            let open = |end: &End| end.host.connections().any(|(_, state)| state.is_synchronized());
            if read(0) && read(1) && self.ends.iter().all(open) {
                return;
            }
            self.wait(Duration::from_secs(1));
        }
    }
}

/// The same datagram with congestion marked, if its sender lets it be marked.
fn marked(octets: &Bytes) -> Bytes {
    let Ok(mut packet) = Packet::parse(octets) else { return octets.clone() };
    match &mut packet.ip {
        Ip::V4(ip) if ip.tos & 0b11 != 0 => ip.tos |= 0b11,
        Ip::V6(ip) if ip.traffic_class & 0b11 != 0 => ip.traffic_class |= 0b11,
        Ip::V4(_) | Ip::V6(_) => return octets.clone(),
    }
    packet.to_bytes()
}

/// What a router says whose next link is too narrow for a datagram that may not be cut.
fn too_big(octets: &Bytes, most: u16) -> Option<Bytes> {
    let packet = Packet::parse(octets).ok()?;
    let (source, destination) = (packet.ip.source(), packet.ip.destination());
    let complaint = |kind, code, rest, quoted: usize| Message {
        kind,
        code,
        checksum: Checksum::Right,
        rest,
        body: octets.slice(..octets.len().min(quoted)),
    };
    let [high, low] = most.to_be_bytes();
    let message = match &packet.ip {
        Ip::V4(ip) if ip.dont_fragment => {
            complaint(v4::DESTINATION_UNREACHABLE, v4::FRAGMENTATION_NEEDED, [0, 0, high, low], 60)
        }
        Ip::V6(_) => {
            let [high, low] = most.max(1280).to_be_bytes();
            complaint(v6::PACKET_TOO_BIG, 0, [0, 0, high, low], 1200)
        }
        Ip::V4(_) => return None,
    };
    let longest = if matches!(packet.ip, Ip::V6(_)) { most.max(1280) } else { most };
    (octets.len() > usize::from(longest)).then(|| Packet::icmp(destination, source, message).to_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever two users do, and whatever the path does for a while: what a stream accepts arrives, once and in
    /// order, and both ends close.
    ///
    /// Proves: RFC9293:MUST-18 RFC9293:3.6-fig12-normal-close.
    #[test]
    fn what_is_accepted_arrives(
        terms in terms(),
        acts in prop::collection::vec(act(), 0..60),
        fates in prop::collection::vec(fate(), 0..100),
    ) {
        let mut world = World::new(terms, fates);
        for (second, act) in acts {
            world.acts(usize::from(second), act);
        }
        world.settles();
        for at in 0..2 {
            let (end, now) = (&mut world.ends[at], world.now);
            done(end.host.shutdown(end.fd.unwrap(), Shutdown::Write, now));
        }
        world.carry();
        world.wait(Duration::from_secs(600));
        for at in 0..2 {
            world.acts(at, Act::Receive { octets: 100, peek: false });
            prop_assert!(world.ends[at].ended, "end {at} has read to the end");
            let (end, now) = (&mut world.ends[at], world.now);
            done(end.host.close(end.fd.unwrap(), now));
        }
        // Who waits for the last ACK of a peer that is gone gives up in the end.
        prop_assert!(!world.wait(Duration::from_secs(300_000)), "nothing is left to happen");
        prop_assert!(world.ends.iter().all(|end| end.host.connections().count() == 0));
    }
}
