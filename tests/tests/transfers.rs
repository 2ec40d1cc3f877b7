//! Bulk transfers over bad links complete, and what is read is what was written; an oracle at either end judges all of it.
//!
//! `cargo test --test transfers -- --nocapture` shows how long each took in virtual time, and what its links did.
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use stackdrill::link::{Between, Link, Recipe, Share, Side};
use stackdrill_oracle::{Call, Endpoint, Observation, Oracle, Outcome as Came};
use stackdrill_stack::socket::{Domain, Fd, Kind, MessageFlags, Outcome, Shutdown};
use stackdrill_stack::{Host, Interface, Policy};
use stackdrill_tests::conversation::show;
use stackdrill_wire::{Instant, Tuple};

const SERVER: u16 = 80;
const TALK: u16 = 9;
const DONT_WAIT: MessageFlags = MessageFlags { dont_wait: true, ..MessageFlags::NONE };
/// No transfer of a few megabytes over these links takes an hour.
const LIMIT: Duration = Duration::from_secs(3600);

/// Octets that no shift, loss or repetition leaves equal.
fn stream(length: usize, seed: u32) -> Bytes {
    let mut state = seed;
    let octet = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(octet).collect()
}

/// A datagram that says which it is, and so long that no two are alike.
fn datagram(number: u32) -> Bytes {
    [&number.to_be_bytes()[..], &stream(100 + number as usize % 900, number)].concat().into()
}

/// What is to be done: octets to send from the left and from the right, and whether datagrams go beside them.
#[derive(Clone, Debug)]
struct Job {
    octets: [usize; 2],
    talks: bool,
}

/// What came of it.
#[derive(Debug, Eq, PartialEq)]
struct Done {
    took: Duration,
    read: [Vec<u8>; 2],
    /// Datagrams sent, and heard, of both sides.
    talk: (u32, u32),
    lost: u64,
}

/// A client on the left, a server on the right, users who write all they can and read all there is.
struct Transfer {
    world: Between,
    fds: [Option<Fd>; 2],
    listener: Fd,
    unsent: [Bytes; 2],
    closed: [bool; 2],
    read: [Vec<u8>; 2],
    ended: [bool; 2],
    oracles: [Oracle; 2],
    talkers: Option<[Fd; 2]>,
    talk: (u32, u32),
}

impl Transfer {
    fn new(policy: &Policy, recipes: &[Recipe; 2], job: &Job) -> Self {
        let addresses: [IpAddr; 2] = [[192, 0, 2, 1].into(), [192, 0, 2, 2].into()];
        let mut hosts = Side::BOTH.map(|side| {
            let mtu = u32::try_from(recipes[side as usize].mtu).expect("an MTU of this test");
            Host::new(Interface { addresses: vec![addresses[side as usize]], mtu }, policy.clone(), 5)
        });
        let (now, at) = (Instant::ZERO, SocketAddr::new(addresses[1], SERVER));
        let [client, server] = &mut hosts;
        let listener = server.socket(Domain::Inet, Kind::Stream, now).done().expect("a socket");
        server.bind(listener, at, now).done().expect("a free port");
        server.listen(listener, 1, now).done().expect("a listener");
        let fd = client.socket(Domain::Inet, Kind::Stream, now).done().expect("a socket");
        assert!(matches!(client.connect(fd, at, now), Outcome::Blocks(_)), "the peer cannot have answered");
        let local = client.getsockname(fd).done().expect("a connecting socket has a port");
        let tuple = Tuple { local, remote: at };
        let mut oracles = [tuple, tuple.reversed()].map(|tuple| Oracle::new(Endpoint::exact(tuple)));
        oracles[0].observe(&Observation::Called(Call::ActiveOpen, Came::Refused), now);
        oracles[1].observe(&Observation::Called(Call::PassiveOpen, Came::Done(0)), now);
        let mut talker = |side: usize| {
            let fd = hosts[side].socket(Domain::Inet, Kind::Datagram, now).done().expect("a socket");
            hosts[side].bind(fd, (addresses[side], TALK).into(), now).done().expect("a free port");
            hosts[side].connect(fd, (addresses[1 - side], TALK).into(), now).done().expect("an address");
            fd
        };
        let talkers = job.talks.then(|| [0, 1].map(&mut talker));
        let [left, right] = recipes.clone();
        Self {
            world: Between::new(hosts, [Link::new(left, 1), Link::new(right, 2)]),
            fds: [Some(fd), None],
            listener,
            unsent: [stream(job.octets[0], 1), stream(job.octets[1], 2)],
            closed: [false; 2],
            read: [Vec::new(), Vec::new()],
            ended: [false; 2],
            oracles,
            talkers,
            talk: (0, 0),
        }
    }

    /// Runs until both ends have read the other's stream to its end.
    fn run(mut self) -> Done {
        self.settle();
        while self.ended != [true; 2] {
            let oracles = &mut self.oracles;
            let advanced = self.world.advance(Instant::ZERO + LIMIT, &mut |side, at, passing| {
                show(&mut oracles[side as usize], at, passing);
            });
            let read = self.read.each_ref().map(Vec::len);
            assert!(advanced, "stalled at {}: {read:?} octets read", self.world.now());
            for side in Side::BOTH {
                self.write(side);
                self.receive(side);
            }
            self.settle();
            self.judge();
        }
        let lost = |side| {
            let tally = self.world.link(side).tally();
            tally.lost + tally.oversized + tally.overflowed
        };
        let lost = lost(Side::Left) + lost(Side::Right);
        Done { took: self.world.now().since(Instant::ZERO), read: self.read, talk: self.talk, lost }
    }

    fn settle(&mut self) {
        let oracles = &mut self.oracles;
        self.world.settle(&mut |side, at, passing| {
            show(&mut oracles[side as usize], at, passing);
        });
    }

    fn judge(&self) {
        for (side, oracle) in Side::BOTH.iter().zip(&self.oracles) {
            if let Some(departure) = oracle.departures().first() {
                let (ids, at, what) = (&departure.requirements, departure.at, &departure.what);
                panic!("{side:?} departed from {ids:?} at {at}: {what}\n{:#?}", departure.hypotheses.first());
            }
        }
    }

    fn tell(&mut self, side: Side, call: Call, octets: usize) {
        let came = Came::Done(u32::try_from(octets).expect("a few kilobytes"));
        self.oracles[side as usize].observe(&Observation::Called(call, came), self.world.now());
    }

    fn write(&mut self, side: Side) {
        let (now, index) = (self.world.now(), side as usize);
        let Some(fd) = self.fds[index].filter(|_| !self.closed[index]) else { return };
        while !self.unsent[index].is_empty() {
            match self.world.host(side).send(fd, &self.unsent[index], DONT_WAIT, now) {
                Outcome::Done(0) | Outcome::Failed(_) | Outcome::Blocks(_) => return,
                Outcome::Done(taken) => {
                    drop(self.unsent[index].split_to(taken));
                    self.tell(side, Call::Send, taken);
                    self.settle();
                    self.say(side);
                }
            }
        }
        if self.world.host(side).shutdown(fd, Shutdown::Write, now).done().is_some() {
            self.closed[index] = true;
            self.tell(side, Call::Close, 0);
            self.settle();
        }
    }

    fn receive(&mut self, side: Side) {
        let (now, index) = (self.world.now(), side as usize);
        if side == Side::Right && self.fds[index].is_none() {
            self.fds[index] = self.world.host(side).accept(self.listener, now).done().map(|(fd, _)| fd);
        }
        self.hear(side);
        let Some(fd) = self.fds[index].filter(|_| !self.ended[index]) else { return };
        while let Outcome::Done(received) = self.world.host(side).recv(fd, 65_536, DONT_WAIT, now) {
            self.read[index].extend_from_slice(&received.data);
            self.tell(side, Call::Receive, received.data.len());
            self.settle();
            if received.data.is_empty() {
                self.ended[index] = true;
                return;
            }
        }
    }

    /// A datagram beside the stream.
    fn say(&mut self, side: Side) {
        let (now, Some(talkers)) = (self.world.now(), self.talkers) else { return };
        let number = self.talk.0;
        if self
            .world
            .host(side)
            .send(talkers[side as usize], &datagram(number), DONT_WAIT, now)
            .done()
            .is_some()
        {
            self.talk.0 += 1;
        }
    }

    /// What is heard is what was said: whole, though it may be late, lost or repeated.
    fn hear(&mut self, side: Side) {
        let (now, Some(talkers)) = (self.world.now(), self.talkers) else { return };
        while let Outcome::Done(heard) =
            self.world.host(side).recv(talkers[side as usize], 2000, DONT_WAIT, now)
        {
            let number = heard.data.first_chunk().map(|number| u32::from_be_bytes(*number));
            let said = number.is_some_and(|number| number < self.talk.0 && datagram(number) == heard.data);
            assert!(said, "nobody said these {} octets", heard.data.len());
            self.talk.1 += 1;
        }
    }
}

/// A path of 10 ms each way, changed.
fn path(change: impl Fn(&mut Recipe)) -> Recipe {
    let mut recipe = Recipe { delay: Duration::from_millis(10), ..Recipe::default() };
    change(&mut recipe);
    recipe
}

fn everything() -> Recipe {
    path(|r| {
        (r.loss, r.reordered, r.duplicated) = (Share::percent(1), Share::percent(1), Share::percent(1));
        (r.corrupted, r.jitter) = (Share(1_000), Duration::from_millis(5));
        (r.rate, r.queue) = (Some(2_500_000), 30_000);
    })
}

/// Each kind of trouble alone, some of them together, and paths that differ by direction.
fn paths() -> Vec<(&'static str, [Recipe; 2])> {
    let both = |recipe: Recipe| [recipe.clone(), recipe];
    let clean = path(|_| {});
    vec![
        ("a clean path", both(clean.clone())),
        ("1 % lost", both(path(|r| r.loss = Share::percent(1)))),
        ("5 % lost", both(path(|r| r.loss = Share::percent(5)))),
        ("5 % late", both(path(|r| r.reordered = Share::percent(5)))),
        ("10 % twice", both(path(|r| r.duplicated = Share::percent(10)))),
        ("1 % corrupted", both(path(|r| r.corrupted = Share::percent(1)))),
        ("jitter", both(path(|r| r.jitter = Duration::from_millis(40)))),
        ("an MTU of 576", both(path(|r| r.mtu = 576))),
        ("a narrow path, a short queue", both(path(|r| (r.rate, r.queue) = (Some(1_250_000), 15_000)))),
        ("a narrow path, a long queue", both(path(|r| (r.rate, r.queue) = (Some(1_250_000), 200_000)))),
        ("a satellite", both(path(|r| (r.delay, r.loss) = (Duration::from_millis(270), Share(1_000))))),
        ("lost and late", both(path(|r| (r.loss, r.reordered) = (Share::percent(2), Share::percent(5))))),
        ("only acknowledgments lost", [clean.clone(), path(|r| r.loss = Share::percent(20))]),
        (
            "a slow way back",
            [clean.clone(), path(|r| (r.rate, r.delay) = (Some(20_000), Duration::from_millis(60)))],
        ),
        ("a bad way there", [everything(), clean]),
        ("everything at once", both(everything())),
    ]
}

fn policies() -> [(&'static str, Policy); 3] {
    [("rfc", Policy::rfc()), ("linux", Policy::linux()), ("freebsd", Policy::freebsd())]
}

/// Carries out a job over these paths under every profile.
fn carry_out(job: &Job, paths: &[(&str, [Recipe; 2])]) {
    for (profile, policy) in policies() {
        for (name, recipes) in paths {
            let done = Transfer::new(&policy, recipes, job).run();
            for (side, seed) in [(0, 1), (1, 2)] {
                let (read, written) = (&done.read[1 - side], stream(job.octets[side], seed));
                assert!(
                    *read == written,
                    "{profile}, {name}: {} octets differ from those written",
                    read.len()
                );
            }
            let Done { took, talk: (said, heard), lost, .. } = done;
            println!(
                "{profile:8} {name:30} {:?} octets in {took:?}, {lost} packets lost, {heard} of {said} datagrams",
                job.octets
            );
        }
    }
}

/// Proves: RFC 9293 §2.2.
#[test]
fn whatever_the_path_does_the_stream_arrives_whole() {
    carry_out(&Job { octets: [2 << 20, 0], talks: false }, &paths());
}

/// Proves: RFC 9293 §2.2.
#[test]
fn so_does_a_long_one() {
    let worst = paths().split_off(paths().len() - 1);
    carry_out(&Job { octets: [8 << 20, 0], talks: false }, &worst);
}

/// Both directions at once, and datagrams beside them.
///
/// Proves: RFC 9293 §2.2, RFC 768.
#[test]
fn both_ways_at_once_and_datagrams_beside() {
    carry_out(&Job { octets: [1 << 19, 1 << 19], talks: true }, &paths());
}

/// The same seed gives the same story.
#[test]
fn a_transfer_takes_the_same_time_on_every_run() {
    let job = Job { octets: [1 << 18, 1 << 16], talks: true };
    let recipes = [everything(), everything()];
    let [first, second] = [(); 2].map(|()| Transfer::new(&Policy::rfc(), &recipes, &job).run());
    assert_eq!(first, second);
}
