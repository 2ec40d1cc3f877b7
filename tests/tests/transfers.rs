//! Bulk transfers over bad links complete, and what is read is what was written.
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use stackdrill::link::{Between, Link, Passing, Recipe, Share, Side};
use stackdrill_stack::socket::{Domain, Fd, Kind, MessageFlags, Outcome, Shutdown};
use stackdrill_stack::{Host, Interface, Policy};
use stackdrill_wire::Instant;

const SERVER: u16 = 80;
const DONT_WAIT: MessageFlags = MessageFlags { dont_wait: true, ..MessageFlags::NONE };

/// Octets that no shift, loss or repetition leaves equal.
fn stream(length: usize) -> Bytes {
    let mut state = 1u32;
    let octet = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(octet).collect()
}

/// A client that writes a stream, a server that reads it to its end, and a link each way.
struct Transfer {
    world: Between,
    client: Fd,
    listener: Fd,
    server: Option<Fd>,
    unsent: Bytes,
    read: Vec<u8>,
    ended: bool,
}

impl Transfer {
    fn new(policy: &Policy, recipe: &Recipe, text: Bytes) -> Self {
        let addresses: [IpAddr; 2] = [[192, 0, 2, 1].into(), [192, 0, 2, 2].into()];
        let [mut client, mut server] = addresses.map(|address| {
            let mtu = u32::try_from(recipe.mtu).expect("an MTU of this test");
            Host::new(Interface { addresses: vec![address], mtu }, policy.clone(), 5)
        });
        let (now, at) = (Instant::ZERO, SocketAddr::new(addresses[1], SERVER));
        let listener = server.socket(Domain::Inet, Kind::Stream, now).done().expect("a socket");
        server.bind(listener, at, now).done().expect("a free port");
        server.listen(listener, 1, now).done().expect("a listener");
        let fd = client.socket(Domain::Inet, Kind::Stream, now).done().expect("a socket");
        assert!(matches!(client.connect(fd, at, now), Outcome::Blocks(_)), "the peer cannot have answered");
        let links = [Link::new(recipe.clone(), 1), Link::new(recipe.clone(), 2)];
        let world = Between::new([client, server], links);
        Self { world, client: fd, listener, server: None, unsent: text, read: Vec::new(), ended: false }
    }

    /// Runs to the end of the stream; what happened, if it is not reached by `limit`.
    fn run(mut self, limit: Duration) -> (Vec<u8>, Duration) {
        self.world.settle(&mut unwatched);
        while !self.ended {
            let advanced = self.world.advance(Instant::ZERO + limit, &mut unwatched);
            assert!(advanced, "stalled at {}: {} octets read", self.world.now(), self.read.len());
            self.write();
            self.receive();
            self.world.settle(&mut unwatched);
        }
        (self.read, self.world.now().since(Instant::ZERO))
    }

    fn write(&mut self) {
        let now = self.world.now();
        let (host, fd) = (self.world.host(Side::Left), self.client);
        while !self.unsent.is_empty() {
            match host.send(fd, &self.unsent, DONT_WAIT, now) {
                Outcome::Done(0) | Outcome::Failed(_) | Outcome::Blocks(_) => return,
                Outcome::Done(taken) => drop(self.unsent.split_to(taken)),
            }
            if self.unsent.is_empty() {
                host.shutdown(fd, Shutdown::Write, now).done().expect("a connected socket");
            }
        }
    }

    fn receive(&mut self) {
        let now = self.world.now();
        let host = self.world.host(Side::Right);
        if self.server.is_none() {
            let Outcome::Done((fd, _)) = host.accept(self.listener, now) else { return };
            self.server = Some(fd);
        }
        let Some(fd) = self.server else { return };
        while let Outcome::Done(received) = host.recv(fd, 65_536, DONT_WAIT, now) {
            self.read.extend_from_slice(&received.data);
            if received.data.is_empty() {
                self.ended = true;
                return;
            }
        }
    }
}

fn unwatched(_: Side, _: Instant, _: &Passing<'_>) {}

fn recipes() -> Vec<(&'static str, Recipe)> {
    let path = Recipe { delay: Duration::from_millis(10), ..Recipe::default() };
    let with = |change: &dyn Fn(&mut Recipe)| {
        let mut recipe = path.clone();
        change(&mut recipe);
        recipe
    };
    vec![
        ("a clean path", path.clone()),
        ("1 % lost", with(&|r| r.loss = Share::percent(1))),
        ("5 % lost", with(&|r| r.loss = Share::percent(5))),
        ("5 % late", with(&|r| r.reordered = Share::percent(5))),
        ("10 % twice", with(&|r| r.duplicated = Share::percent(10))),
        ("1 % corrupted", with(&|r| r.corrupted = Share::percent(1))),
        ("jitter", with(&|r| r.jitter = Duration::from_millis(40))),
        ("an MTU of 576", with(&|r| r.mtu = 576)),
        ("a narrow path with a short queue", with(&|r| (r.rate, r.queue) = (Some(1_250_000), 15_000))),
        (
            "everything at once",
            with(&|r| {
                r.loss = Share::percent(1);
                r.reordered = Share::percent(1);
                r.duplicated = Share::percent(1);
                r.corrupted = Share(1_000);
                r.jitter = Duration::from_millis(5);
                (r.rate, r.queue) = (Some(2_500_000), 30_000);
            }),
        ),
    ]
}

fn policies() -> [(&'static str, Policy); 3] {
    [("rfc", Policy::rfc()), ("linux", Policy::linux()), ("freebsd", Policy::freebsd())]
}

/// Proves: RFC 9293 §2.2.
#[test]
fn whatever_the_path_does_the_stream_arrives_whole() {
    let text = stream(4 << 20);
    for (profile, policy) in policies() {
        for (name, recipe) in recipes() {
            let (read, took) = Transfer::new(&policy, &recipe, text.clone()).run(Duration::from_secs(3600));
            assert!(read == text, "{profile}, {name}: {} octets differ from those written", read.len());
            println!("{profile:8} {name:34} {} octets in {took:?}", read.len());
        }
    }
}

/// The same seed gives the same story.
#[test]
fn a_transfer_takes_the_same_time_on_every_run() {
    let (_, recipe) = recipes().pop().expect("recipes");
    let [first, second] = [(); 2]
        .map(|()| Transfer::new(&Policy::rfc(), &recipe, stream(1 << 18)).run(Duration::from_secs(600)));
    assert_eq!(first, second);
}
