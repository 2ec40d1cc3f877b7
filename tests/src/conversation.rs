//! Two reference hosts over a bad link, and an oracle at either end that watches.
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use stackdrill::link::{Between, Link, Passing, Recipe, Side};
use stackdrill_oracle::{Call, Endpoint, Observation, Oracle, Outcome};
use stackdrill_stack::socket::{
    Domain, Fd, Kind, MessageFlags, OptionValue, Outcome as Returned, Shutdown, SocketOption,
};
use stackdrill_stack::{Errno, Host, Interface, Policy};
use stackdrill_wire::{Instant, Packet, Segment, Transport, Tuple};

const SERVER: u16 = 80;

/// What a user does next.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Sends so many octets.
    Send(u16),
    /// Reads so many at most.
    Receive(u16),
    /// Sends no more.
    Shutdown,
    /// Lets go.
    Close,
    /// Lets go, and will not linger.
    Abort,
}

/// Two hosts, their oracles, and what happened so far, for the reader of a failure.
#[derive(Debug)]
pub struct Conversation {
    world: Between,
    /// The oracles of the left host and the right one.
    pub oracles: [Oracle; 2],
    /// What happened, a line each.
    pub log: Vec<String>,
    /// Of every datagram that left a host, and when.
    sent: DefaultHasher,
    fds: [Option<Fd>; 2],
    listener: Fd,
}

impl Conversation {
    /// A client on the left that connects to a server on the right.
    ///
    /// # Panics
    /// If the hosts do not even do that.
    #[must_use]
    pub fn new(policies: &[Policy; 2], recipe: &Recipe, seed: u64) -> Self {
        let addresses: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()];
        let mut hosts = [0, 1].map(|index: usize| {
            let interface = Interface { addresses: vec![addresses[index]], mtu: 1500 };
            // Where a policy departs on purpose, nothing after that would be judged: here SYNs back off at once.
            let policy = Policy { even_syns: 0, ..policies[index].clone() };
            Host::new(interface, policy, seed + index as u64)
        });
        let now = Instant::ZERO;
        let listener = hosts[1].socket(Domain::Inet, Kind::Stream, now).done().unwrap();
        hosts[1].bind(listener, (addresses[1], SERVER).into(), now).done().unwrap();
        hosts[1].listen(listener, 8, now).done().unwrap();
        let client = hosts[0].socket(Domain::Inet, Kind::Stream, now).done().unwrap();
        let connecting = hosts[0].connect(client, (addresses[1], SERVER).into(), now);
        assert!(connecting.errno().is_none(), "{connecting:?}");
        let local = hosts[0].getsockname(client).done().unwrap();
        let tuple = Tuple { local, remote: SocketAddr::new(addresses[1], SERVER) };
        let mut oracles = [tuple, tuple.reversed()].map(|tuple| Oracle::new(Endpoint::exact(tuple)));
        oracles[0].observe(&Observation::Called(Call::ActiveOpen, Outcome::Refused), now);
        oracles[1].observe(&Observation::Called(Call::PassiveOpen, Outcome::Done(0)), now);
        let links = [Link::new(recipe.clone(), seed), Link::new(recipe.clone(), seed ^ 1)];
        let world = Between::new(hosts, links);
        Self {
            world,
            oracles,
            fds: [Some(client), None],
            listener,
            log: Vec::new(),
            sent: DefaultHasher::new(),
        }
    }

    /// What stands for every datagram that left either host, and when: equal if all of them are.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.sent.finish()
    }

    /// Lets time run to `limit`, both ends watched.
    pub fn run(&mut self, limit: Instant) {
        self.settle();
        while self.step(limit) {}
    }

    fn step(&mut self, limit: Instant) -> bool {
        // What follows a departure is of no use to the reader.
        if self.oracles.iter().any(|oracle| !oracle.departures().is_empty()) {
            return false;
        }
        let (oracles, log, sent) = (&mut self.oracles, &mut self.log, &mut self.sent);
        let advanced = self.world.advance(limit, &mut |side, at, passing| {
            note(sent, side, at, passing);
            watch(oracles, log, side, at, passing);
        });
        self.show();
        advanced
    }

    fn settle(&mut self) {
        let (oracles, log, sent) = (&mut self.oracles, &mut self.log, &mut self.sent);
        self.world.settle(&mut |side, at, passing| {
            note(sent, side, at, passing);
            watch(oracles, log, side, at, passing);
        });
        self.show();
    }

    /// Shows each oracle its host's state, and lets the server accept.
    fn show(&mut self) {
        let now = self.world.now();
        for side in Side::BOTH {
            let oracle = &mut self.oracles[side as usize];
            let state = self.world.host(side).state(oracle.endpoint().tuple);
            if oracle.state() != Some(state) {
                self.log.push(format!("{now} {side:?} is in {state}, oracle: {:?}", oracle.state()));
            }
            oracle.observe(&Observation::Seen(state), now);
        }
        if self.fds[1].is_none()
            && let Returned::Done((fd, _)) = self.world.host(Side::Right).accept(self.listener, now)
        {
            self.fds[1] = Some(fd);
        }
    }

    /// One user's next act, now; nothing if that user has let go.
    ///
    /// # Panics
    /// If a host refuses to linger for no time.
    pub fn act(&mut self, side: Side, act: Act) {
        let Some(fd) = self.fds[side as usize] else { return };
        let now = self.world.now();
        let host = self.world.host(side);
        let flags = MessageFlags { dont_wait: true, ..MessageFlags::default() };
        let took =
            |octets: Option<usize>| octets.map_or(Outcome::Refused, |octets| Outcome::Done(octets as u32));
        let (call, outcome) = match act {
            Act::Send(octets) => {
                let text = Bytes::from(vec![b'a' + side as u8; usize::from(octets)]);
                (Call::Send, took(host.send(fd, &text, flags, now).done()))
            }
            Act::Receive(octets) => {
                let outcome = match host.recv(fd, usize::from(octets), flags, now) {
                    Returned::Done(received) => took(Some(received.data.len())),
                    Returned::Failed(Errno::EAGAIN) if octets > 0 => Outcome::Nothing,
                    Returned::Failed(_) | Returned::Blocks(_) => Outcome::Refused,
                };
                (Call::Receive, outcome)
            }
            Act::Shutdown => (Call::Close, took(host.shutdown(fd, Shutdown::Write, now).done().map(|()| 0))),
            Act::Close => {
                self.fds[side as usize] = None;
                (Call::Release, took(host.close(fd, now).done().map(|()| 0)))
            }
            Act::Abort => {
                let linger = OptionValue::Linger { on: true, seconds: 0 };
                host.setsockopt(fd, SocketOption::Linger, &linger, now).done().unwrap();
                self.fds[side as usize] = None;
                (Call::Abort, took(host.close(fd, now).done().map(|()| 0)))
            }
        };
        self.log.push(format!("{now} {side:?} {act:?} came to {outcome:?}"));
        self.oracles[side as usize].observe(&Observation::Called(call, outcome), now);
        self.settle();
    }
}

fn note(sent: &mut DefaultHasher, side: Side, at: Instant, passing: &Passing<'_>) {
    if let Passing::Out(departure) = passing {
        (side as usize, at, &departure.octets).hash(sent);
    }
}

fn watch(oracles: &mut [Oracle; 2], log: &mut Vec<String>, side: Side, at: Instant, passing: &Passing<'_>) {
    if let Some(segment) = show(&mut oracles[side as usize], at, passing) {
        let direction = if matches!(passing, Passing::In(_)) { '<' } else { '>' };
        log.push(format!("{at} {side:?} {direction} {segment}"));
    }
}

/// Shows an oracle what passes its host's door, and tells which segment of its connection that was, if it was one.
pub fn show(oracle: &mut Oracle, at: Instant, passing: &Passing<'_>) -> Option<Segment> {
    let (octets, received) = match passing {
        Passing::In(octets) => (Bytes::copy_from_slice(octets), true),
        Passing::Out(departure) => (departure.octets.clone(), false),
    };
    // A bit flipped in the IP header: the host cannot read it either, or it is for somebody else.
    let packet = Packet::parse(&octets).ok()?;
    let tuple = oracle.endpoint().tuple;
    let ours = packet.tuple() == Some(if received { tuple.reversed() } else { tuple });
    let sound = matches!(&packet.ip, stackdrill_wire::ip::Ip::V4(ip) if ip.checksum.is_right());
    let Transport::Tcp(segment) = packet.transport else { return None };
    if !ours || !sound {
        return None;
    }
    oracle.observe(&if received { Observation::Received(&segment) } else { Observation::Sent(&segment) }, at);
    Some(segment)
}
