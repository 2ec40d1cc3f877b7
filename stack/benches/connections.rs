//! How many connections a core opens, uses for one request and one response, and closes in a second.
//!
//! Every datagram is octets between the hosts: written, checksummed, read and verified. `pair` counts the work of both
//! ends on the one core; what counts is the time that the core was ours, not what other programs took of it; `idle` does the same beside a hundred thousand connections that do nothing.
use core::net::IpAddr;
use core::time::Duration;
use std::hint::black_box;

use bytes::Bytes;
use cpu_time::ThreadTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stackdrill_stack::socket::{Domain, Fcntl, Fd, Kind, MessageFlags, O_NONBLOCK, Outcome};
use stackdrill_stack::{Host, Interface, Policy};
use stackdrill_wire::Instant;

/// Connections a measurement: fewer than there are ports towards one server.
const BATCH: usize = 1000;
/// Connections that stay open and idle meanwhile, and the hosts at their other ends: one has not the ports for all.
const IDLE: usize = 100_000;
const IDLERS: u8 = 2;
const SERVER: &str = "10.0.0.1:80";
const FLAGS: MessageFlags = MessageFlags { dont_wait: true, ..MessageFlags::NONE };

/// Two hosts, a listener on the first, and the time.
struct Pair {
    server: Host,
    client: Host,
    listener: Fd,
    now: Instant,
    request: Bytes,
    response: Bytes,
}

impl Pair {
    fn new() -> Self {
        let mut policy = Policy::rfc();
        policy.sockets.descriptors = 2 * IDLE;
        policy.sockets.connections = 2 * IDLE;
        let (mut server, client) = (host(1, &policy), host(2, &policy));
        let now = Instant::ZERO;
        let listener = done(server.socket(Domain::Inet, Kind::Stream, now));
        done(server.bind(listener, "0.0.0.0:80".parse().expect("an address"), now));
        done(server.listen(listener, 1024, now));
        let (request, response) = (Bytes::from(vec![b'q'; 100]), Bytes::from(vec![b'r'; 1000]));
        Self { server, client, listener, now, request, response }
    }

    /// Carries datagrams both ways until there are none.
    fn carry(&mut self) {
        loop {
            let mut carried = false;
            while let Some(departure) = self.client.departs() {
                self.server.arrives(&departure.octets, self.now);
                carried = true;
            }
            while let Some(departure) = self.server.departs() {
                self.client.arrives(&departure.octets, self.now);
                carried = true;
            }
            if !carried {
                return;
            }
        }
    }

    /// Opens a connection: its descriptor at the client, and at the server.
    fn open(&mut self) -> (Fd, Fd) {
        let (at, server) = (self.now, SERVER.parse().expect("an address"));
        let fd = done(self.client.socket(Domain::Inet, Kind::Stream, at));
        done(self.client.fcntl(fd, Fcntl::SetFlags(O_NONBLOCK), at));
        assert!(matches!(self.client.connect(fd, server, at), Outcome::Failed(_)));
        self.carry();
        let (accepted, _) = done(self.server.accept(self.listener, at));
        (fd, accepted)
    }

    /// Opens connections that do nothing from then on.
    fn idle(&mut self) {
        for idler in 0..IDLERS {
            let client = host(10 + idler, self.client.policy());
            let own = core::mem::replace(&mut self.client, client);
            for _ in 0..IDLE / usize::from(IDLERS) {
                self.open();
                self.report();
            }
            self.client = own;
        }
    }

    /// Takes note of the state changes.
    fn report(&mut self) {
        while self.server.transition().is_some() || self.client.transition().is_some() {}
    }

    /// One connection from SYN to the last ACK.
    fn whole(&mut self) {
        let at = self.now;
        let (fd, accepted) = self.open();
        done(self.client.send(fd, &self.request, FLAGS, at));
        self.carry();
        black_box(done(self.server.recv(accepted, 4096, FLAGS, at)));
        done(self.server.send(accepted, &self.response, FLAGS, at));
        self.carry();
        black_box(done(self.client.recv(fd, 4096, FLAGS, at)));
        done(self.client.close(fd, at));
        self.carry();
        done(self.server.close(accepted, at));
        self.carry();
    }

    /// The processor time of so many batches.
    fn batches(&mut self, times: u64) -> Duration {
        let start = ThreadTime::now();
        (0..times).for_each(|_| self.batch());
        start.elapsed()
    }

    /// A batch of connections, one after the other, beside a thousand that are in TIME-WAIT.
    fn batch(&mut self) {
        for _ in 0..BATCH {
            self.whole();
            self.now += Duration::from_millis(240);
            self.client.expire(self.now);
            self.server.expire(self.now);
            self.report();
        }
    }
}

fn host(last: u8, policy: &Policy) -> Host {
    let addresses = vec![IpAddr::from([10, 0, 0, last])];
    Host::new(Interface { addresses, mtu: 1500 }, policy.clone(), u64::from(last))
}

fn done<T>(outcome: Outcome<T>) -> T {
    outcome.done().expect("the call is done")
}

fn pair(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("connections");
    group.throughput(Throughput::Elements(BATCH as u64)).sample_size(20);
    let mut pair = Pair::new();
    group.bench_function("pair", |bencher| bencher.iter_custom(|times| pair.batches(times)));
    pair.idle();
    group.bench_function("beside 100,000 idle", |bencher| bencher.iter_custom(|times| pair.batches(times)));
    group.finish();
}

criterion_group!(benches, pair);
criterion_main!(benches);
