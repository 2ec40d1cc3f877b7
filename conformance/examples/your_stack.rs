//! Your stack under test: a stack of a hundred lines, the adapter that lets stackdrill drive it, and the test.
//!
//! The stack has UDP sockets and no TCP at all, as a bootloader's might: to TCP every port is closed. An adapter for a
//! stack with TCP has the same parts; `target/smoltcp.rs` is one. docs/testing-your-stack.md goes through it.
//!
//! `cargo run --example your_stack` prints what the suite makes of it.
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

use stackdrill::bytes::Bytes;
use stackdrill::constants::Abi;
use stackdrill::target::{
    Call, CallOutcome, Capability, End, Fd, Message, Output, Peer, Sent, Setting, Setup, Target, Transition,
    Unsupported,
};
use stackdrill::wire::{Datagram, Flags, Instant, Packet, Segment, Seq, State, Transport, Tuple};

// ---- the stack ----

/// The stack: packets in, packets out.
#[derive(Debug, Default)]
struct Tiny {
    address: Option<IpAddr>,
    /// What each bound port has received.
    ports: BTreeMap<u16, VecDeque<(SocketAddr, Bytes)>>,
    sent: VecDeque<Bytes>,
}

impl Tiny {
    fn receive(&mut self, octets: &Bytes) {
        let Ok(packet) = Packet::parse(octets) else { return };
        if Some(packet.ip.destination()) != self.address {
            return;
        }
        match &packet.transport {
            Transport::Udp(datagram) if datagram.checksum.is_right() => {
                if let Some(queue) = self.ports.get_mut(&datagram.destination) {
                    let from = SocketAddr::new(packet.ip.source(), datagram.source);
                    queue.push_back((from, datagram.data.clone()));
                }
            }
            Transport::Tcp(segment) if segment.checksum.is_right() && !segment.has(Flags::RST) => {
                self.refuse(&packet, segment);
            }
            _ => {}
        }
    }

    /// Every TCP port is closed. Spec: RFC 9293 §3.10.7.1.
    fn refuse(&mut self, packet: &Packet, segment: &Segment) {
        let (source, destination) = (segment.destination, segment.source);
        let reset = if segment.has(Flags::ACK) {
            Segment { source, destination, seq: segment.ack, flags: Flags::RST, ..Segment::default() }
        } else {
            let (ack, flags) = (segment.end(), Flags::RST | Flags::ACK);
            Segment { source, destination, seq: Seq(0), ack, flags, ..Segment::default() }
        };
        self.sent.push_back(Packet::tcp(packet.ip.destination(), packet.ip.source(), reset).to_bytes());
    }

    fn send(&mut self, port: u16, to: SocketAddr, data: Bytes) {
        let Some(own) = self.address else { return };
        let datagram = Datagram { source: port, destination: to.port(), data, ..Datagram::default() };
        self.sent.push_back(Packet::udp(own, to.ip(), datagram).to_bytes());
    }
}

// ---- the adapter ----

/// The stack as a target. smoltcp's adapter shows the calls of a stream; here there are only datagrams.
#[derive(Debug, Default)]
struct Adapter {
    stack: Tiny,
    /// The port of each open descriptor, and the peer that it is connected to.
    open: BTreeMap<i32, (Option<u16>, Option<SocketAddr>)>,
    now: Instant,
}

impl Adapter {
    fn bind(&mut self, fd: Fd, port: u16) -> u16 {
        // Where the caller does not choose, a port of the dynamic range.
        let port = if port == 0 { 49_152 + u16::try_from(fd.0).unwrap_or(0) } else { port };
        self.stack.ports.entry(port).or_default();
        if let Some((bound, _)) = self.open.get_mut(&fd.0) {
            *bound = Some(port);
        }
        port
    }

    fn make(&mut self, call: &Call) -> End {
        match call {
            Call::Socket { kind, .. } if kind & 0xf == 2 => {
                let fd = self.open.keys().next_back().map_or(3, |last| last + 1);
                self.open.insert(fd, (None, None));
                End::done(fd)
            }
            Call::Socket { .. } => End::unsupported("TCP"),
            Call::Bind { fd, address } => {
                self.bind(*fd, address.port());
                End::done(0)
            }
            Call::Connect { fd, to: Peer::Address(to) } => {
                let Some((_, peer)) = self.open.get_mut(&fd.0) else { return End::failed("EBADF") };
                *peer = Some(plain(*to));
                End::done(0)
            }
            Call::Send { fd, data, to, .. } => {
                let Some(&(port, peer)) = self.open.get(&fd.0) else { return End::failed("EBADF") };
                let named = to.and_then(|to| if let Peer::Address(to) = to { Some(plain(to)) } else { None });
                let Some(to) = named.or(peer) else { return End::failed("EDESTADDRREQ") };
                let port = port.unwrap_or_else(|| self.bind(*fd, 0));
                self.stack.send(port, to, data.clone());
                End::done(i32::try_from(data.len()).unwrap_or(i32::MAX))
            }
            Call::Receive { fd, length, .. } => self.receive(*fd, *length),
            Call::Close { fd } => match self.open.remove(&fd.0) {
                Some((port, _)) => {
                    port.map(|port| self.stack.ports.remove(&port));
                    End::done(0)
                }
                None => End::failed("EBADF"),
            },
            other => End::unsupported(other.name()),
        }
    }

    /// What waits is asked about again, by [`Target::resume`], whenever something has happened.
    fn receive(&mut self, fd: Fd, length: usize) -> End {
        let Some(&(port, peer)) = self.open.get(&fd.0) else { return End::failed("EBADF") };
        let Some(queue) = port.and_then(|port| self.stack.ports.get_mut(&port)) else { return End::Blocks };
        queue.retain(|(from, _)| peer.is_none_or(|peer| peer == *from));
        let Some((from, mut data)) = queue.pop_front() else { return End::Blocks };
        data.truncate(length);
        let value = i32::try_from(data.len()).unwrap_or(i32::MAX);
        End::Returned {
            value,
            output: Output::Received(Message { data, from: Some(from), ..Message::default() }),
        }
    }
}

/// An IPv4 address that an IPv6 socket writes in its mapped form, as packets carry it.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

impl Target for Adapter {
    fn name(&self) -> &'static str {
        "tiny"
    }

    fn capabilities(&self) -> &[Capability] {
        &[Capability::Calls, Capability::VirtualTime, Capability::Udp, Capability::Ipv6]
    }

    fn is_virtual(&self) -> bool {
        true
    }

    fn abi(&self) -> Abi {
        Abi::Linux
    }

    fn configure(&mut self, setup: &Setup) -> Result<(), Unsupported> {
        *self = Self::default();
        self.stack.address = Some(setup.local);
        setup.settings.first().map_or(Ok(()), |setting| self.set(setting, Instant::ZERO))
    }

    fn set(&mut self, setting: &Setting, _: Instant) -> Result<(), Unsupported> {
        Err(Unsupported(format!("sysctl {}", setting.name)))
    }

    fn call(&mut self, call: &Call, at: Instant) -> CallOutcome {
        self.now = at;
        let end = match (call, self.make(call)) {
            // One that does not wish to wait.
            (Call::Receive { flags, .. }, End::Blocks)
                if Abi::Linux.number("MSG_DONTWAIT") == Some(i64::from(*flags)) =>
            {
                End::failed("EAGAIN")
            }
            (_, end) => end,
        };
        CallOutcome { at, end }
    }

    fn resume(&mut self, call: &Call, at: Instant) -> CallOutcome {
        CallOutcome { at, end: self.make(call) }
    }

    fn inject(&mut self, octets: &Bytes, at: Instant) {
        self.now = at;
        self.stack.receive(octets);
    }

    fn sent(&mut self) -> Option<Sent> {
        let octets = self.stack.sent.pop_front()?;
        Some(Sent { at: self.now, octets, clause: None })
    }

    fn transition(&mut self) -> Option<Transition> {
        None
    }

    /// It has no timers.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn advance(&mut self, to: Instant) -> Instant {
        self.now = to;
        to
    }

    fn state(&self, _: Tuple) -> Option<State> {
        None
    }
}

// ---- the test ----

/// What it is known to do against the RFCs. In your repository this is a file: `include_str!("departures.toml")`.
const DEPARTURES: &str = r#"
[[departure]]
requirement = "RFC1122:4.1.3.3-icmp-to-application"
sentence = "The stack does not read ICMP."
expires = "2027-11-30"
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let matrix = stackdrill::suite(&mut Adapter::default())?.against(DEPARTURES)?;
    for (verdict, number) in matrix.count(0) {
        println!("{number:4} {}", verdict.name());
    }
    Ok(())
}

/// This is all that the stack's own repository needs.
#[test]
fn tiny_departs_only_as_it_is_known_to() {
    stackdrill::suite(&mut Adapter::default()).unwrap().against(DEPARTURES).unwrap();
}
