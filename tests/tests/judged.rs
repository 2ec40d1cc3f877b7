//! Two reference hosts over a bad link: the oracle watches both ends, and must find nothing.
//!
//! Neither knows the other's code, so this is two readings of the RFCs that have to agree.
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use stackdrill::link::{Between, Link, Passing, Recipe, Share, Side};
use stackdrill_oracle::{Call, Endpoint, Observation, Oracle, Outcome, Verdict};
use stackdrill_stack::socket::{
    Domain, Fd, Kind, MessageFlags, OptionValue, Outcome as Returned, Shutdown, SocketOption,
};
use stackdrill_stack::{Host, Interface, Policy};
use stackdrill_wire::{Instant, Packet, Transport, Tuple};

const SERVER: u16 = 80;

/// What a user does next.
#[derive(Clone, Copy, Debug)]
enum Act {
    Send(u16),
    Receive(u16),
    Shutdown,
    Close,
    Abort,
}

/// Two hosts, their oracles, and what happened so far, for the reader of a failure.
struct Conversation {
    world: Between,
    oracles: [Oracle; 2],
    fds: [Option<Fd>; 2],
    listener: Fd,
    log: Vec<String>,
}

impl Conversation {
    fn new(policies: &[Policy; 2], recipe: &Recipe, seed: u64) -> Self {
        let addresses: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()];
        let mut hosts = [0, 1].map(|index: usize| {
            let interface = Interface { addresses: vec![addresses[index]], mtu: 1500 };
            Host::new(interface, policies[index].clone(), seed + index as u64)
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
        Self { world, oracles, fds: [Some(client), None], listener, log: Vec::new() }
    }

    /// Lets time run to `limit`, both ends watched.
    fn run(&mut self, limit: Instant) {
        self.settle();
        while self.step(limit) {}
    }

    fn step(&mut self, limit: Instant) -> bool {
        // What follows a departure is of no use to the reader.
        if self.oracles.iter().any(|oracle| !oracle.departures().is_empty()) {
            return false;
        }
        let (oracles, log) = (&mut self.oracles, &mut self.log);
        let advanced =
            self.world.advance(limit, &mut |side, at, passing| watch(oracles, log, side, at, passing));
        self.show();
        advanced
    }

    fn settle(&mut self) {
        let (oracles, log) = (&mut self.oracles, &mut self.log);
        self.world.settle(&mut |side, at, passing| watch(oracles, log, side, at, passing));
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

    fn act(&mut self, side: Side, act: Act) {
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
                let received = host.recv(fd, usize::from(octets), flags, now).done();
                (Call::Receive, took(received.map(|received| received.data.len())))
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

fn watch(oracles: &mut [Oracle; 2], log: &mut Vec<String>, side: Side, at: Instant, passing: &Passing<'_>) {
    let (octets, received) = match passing {
        Passing::In(octets) => (Bytes::copy_from_slice(octets), true),
        Passing::Out(departure) => (departure.octets.clone(), false),
    };
    // A bit flipped in the IP header: the host cannot read it either, or it is for somebody else.
    let Ok(packet) = Packet::parse(&octets) else { return };
    let Transport::Tcp(segment) = &packet.transport else { return };
    let oracle = &mut oracles[side as usize];
    let tuple = oracle.endpoint().tuple;
    let ours = packet.tuple() == Some(if received { tuple.reversed() } else { tuple });
    let sound = matches!(&packet.ip, stackdrill_wire::ip::Ip::V4(ip) if ip.checksum.is_right());
    if !ours || !sound {
        return;
    }
    log.push(format!("{at} {side:?} {} {segment}", if received { '<' } else { '>' }));
    let observation = if received { Observation::Received(segment) } else { Observation::Sent(segment) };
    oracle.observe(&observation, at);
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (1..20_000_u16).prop_map(Act::Send),
        6 => (1..20_000_u16).prop_map(Act::Receive),
        2 => Just(Act::Shutdown),
        1 => Just(Act::Close),
        1 => Just(Act::Abort),
    ]
}

fn recipes() -> impl Strategy<Value = Recipe> {
    (1..200_u64, 0..50_u64, 0..20_u32, 0..20_u32, 0..10_u32, 0..3_u32).prop_map(
        |(delay, jitter, loss, reordered, duplicated, corrupted)| Recipe {
            delay: Duration::from_millis(delay),
            jitter: Duration::from_millis(jitter),
            loss: Share::percent(loss),
            reordered: Share::percent(reordered),
            duplicated: Share::percent(duplicated),
            corrupted: Share::percent(corrupted),
            ..Recipe::default()
        },
    )
}

fn profiles() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["rfc", "linux", "freebsd"])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever users do and links lose, the reference stays lawful at both ends.
    #[test]
    fn the_reference_is_lawful(
        left in profiles(),
        right in profiles(),
        recipe in recipes(),
        seed in any::<u32>(),
        plan in vec((any::<bool>(), acts(), 0..2_000_u64), 0..25),
    ) {
        let mut conversation = Conversation::new(&[left, right].map(|name| Policy::named(name).unwrap()), &recipe, u64::from(seed));
        let mut until = Instant::ZERO + Duration::from_secs(1);
        conversation.run(until);
        for (first, act, wait) in plan {
            conversation.act(if first { Side::Left } else { Side::Right }, act);
            until += Duration::from_millis(wait);
            conversation.run(until);
        }
        for side in Side::BOTH {
            conversation.act(side, Act::Close);
        }
        conversation.run(until + Duration::from_secs(600));
        for (side, oracle) in Side::BOTH.iter().zip(&conversation.oracles) {
            let late = conversation.log.len().saturating_sub(30);
            let log = conversation.log[late..].join("\n");
            if let Verdict::Departed(departure) = oracle.verdict() {
                let (ids, at, what) = (departure.requirements, departure.at, departure.what);
                prop_assert!(false, "{side:?} departed from {ids:?} at {at}: {what}\n{log}");
            }
            prop_assert_eq!(oracle.verdict(), Verdict::Lawful);
        }
    }
}
