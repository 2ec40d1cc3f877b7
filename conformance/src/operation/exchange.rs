//! A plan carried out: a host, its user and its peer, in virtual time, with a law or two held all along.
use core::hash::{Hash, Hasher};
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::ops::DerefMut;
use core::time::Duration;

use stackdrill_wire::{Checksum, Flags, Instant, Packet, Segment, Seq, Transport, Tuple, icmp};

use super::alphabet::{Complaint, Opening, Operation, Plan, User, Wait};
use super::peer::{Peer, text};
use crate::runner::World;
use crate::target::{
    Call, End, Fd, Output, Profile, Receiving, Sending, Setting, Setup, SocketOption, Target, Unsupported,
    Value,
};
use crate::trace::Trace;

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
const PORT: u16 = 8080;
/// Time enough for every obligation to fall due.
const AFTERMATH: Duration = Duration::from_secs(600);

/// What became of a plan.
#[derive(Debug)]
pub struct Story {
    /// All that happened at the host.
    pub trace: Trace,
    /// The connection, as the host sees it.
    pub tuple: Tuple,
    /// When it was over.
    pub until: Instant,
    /// The law of the stream that was broken on the way, if one was.
    pub broken: Option<&'static str>,
}

/// Has a target do nothing on purpose that the oracle refuses, for nothing after that would be judged: SYNs back off at
/// once, also under the profile `linux`.
pub(crate) fn by_the_book() -> Setting {
    Setting { name: "net.ipv4.tcp_syn_linear_timeouts".to_owned(), value: "0".to_owned() }
}

/// What a target is told before a plan.
pub(crate) fn setup(seed: u64, profile: Profile) -> Setup {
    let settings = vec![by_the_book()];
    Setup { local: HOST, remote: PEER, mtu: 1500, profile, settings, seed, shared_key: None }
}

/// Carries out `plan` at `target`, whose time must be virtual and which starts over, and judges nothing.
///
/// # Errors
/// What the target does not have.
pub fn perform(target: &mut dyn Target, profile: Profile, plan: &Plan) -> Result<Story, Unsupported> {
    target.configure(&setup(1, profile))?;
    let mut exchange = Exchange::new(target, plan);
    exchange.open(plan.opening);
    for operation in &plan.operations {
        if exchange.broken.is_some() {
            break;
        }
        exchange.operate(*operation);
    }
    exchange.wait(AFTERMATH);
    let (tuple, until, broken) = (exchange.tuple, exchange.now(), exchange.broken);
    Ok(Story { trace: exchange.world.trace, tuple, until, broken })
}

/// A host, its user and its peer. A value, where the target is one.
///
/// Its hash is of what decides how it goes on; what has happened is not part of it.
#[derive(Clone, Debug)]
pub(crate) struct Exchange<P> {
    world: World<P>,
    peer: Peer,
    tuple: Tuple,
    listener: Option<Fd>,
    connection: Option<Fd>,
    /// Octets that the user has sent on this connection.
    queued: u32,
    /// The last octet that the user was given.
    given: Option<u8>,
    /// What the host sent last, for errors to quote.
    last: Option<Packet>,
    /// Whether the peer ever pointed at urgent text, which a host may take out of the stream.
    urgent: bool,
    broken: Option<&'static str>,
}

impl<P: DerefMut<Target: Target>> Exchange<P> {
    pub(crate) fn new(target: P, plan: &Plan) -> Self {
        Self {
            world: World::new(target),
            peer: Peer::new(plan.iss, plan.offer),
            tuple: Tuple { local: SocketAddr::new(HOST, PORT), remote: SocketAddr::new(PEER, PORT) },
            listener: None,
            connection: None,
            queued: 0,
            given: None,
            last: None,
            urgent: false,
            broken: None,
        }
    }

    pub(crate) fn open(&mut self, opening: Opening) {
        let (socket, address) = (self.socket(), SocketAddr::new(HOST, PORT));
        match opening {
            Opening::Accepted | Opening::Listening => {
                self.call(&Call::Bind { fd: socket, address });
                self.call(&Call::Listen { fd: socket, backlog: 1 });
                self.listener = Some(socket);
            }
            Opening::Idle => {
                self.call(&Call::Bind { fd: socket, address });
                self.connection = Some(socket);
            }
            Opening::Connected | Opening::Connecting => {
                self.connection = Some(socket);
                self.user(User::Connect);
            }
        }
        if matches!(opening, Opening::Accepted | Opening::Connected) {
            let syn = self.peer.syn(self.world.now());
            self.arrive(syn);
            if opening == Opening::Accepted {
                let ack = self.peer.acknowledgment(self.world.now());
                self.arrive(ack);
                self.user(User::Accept);
            }
        }
    }

    pub(crate) fn operate(&mut self, operation: Operation) {
        match operation {
            Operation::Segment(shape) => {
                let segment = self.peer.say(shape, self.world.now());
                self.arrive(segment);
            }
            Operation::Complaint(complaint) => self.complain(complaint),
            Operation::User(user) => self.user(user),
            Operation::Wait(Wait::Micros(micros)) => self.wait(Duration::from_micros(micros.into())),
            Operation::Wait(Wait::Deadline) => {
                let now = self.world.now();
                let deadline = self.world.deadline().unwrap_or(now);
                self.wait(deadline.since(now));
            }
        }
    }

    /// The connection, as the host sees it.
    pub(crate) const fn tuple(&self) -> Tuple {
        self.tuple
    }

    /// The law that was broken on the way, if one was.
    pub(crate) const fn broken(&self) -> Option<&'static str> {
        self.broken
    }

    pub(crate) fn target(&self) -> &P::Target {
        &self.world.target
    }

    pub(crate) const fn now(&self) -> Instant {
        self.world.now()
    }

    /// When the host next acts on its own account.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.world.deadline()
    }

    /// The host's initial sequence number, once its SYN was heard.
    pub(crate) fn host_iss(&self) -> Option<Seq> {
        self.peer.host_iss()
    }

    /// What happened since the last time this was asked.
    pub(crate) fn take_trace(&mut self) -> Trace {
        core::mem::take(&mut self.world.trace)
    }

    fn wait(&mut self, time: Duration) {
        if self.world.pass_until(self.world.now() + time).is_err() {
            self.broken = Some("time moves on");
        }
        self.listen();
    }

    fn arrive(&mut self, segment: Segment) {
        let segment =
            Segment { source: self.tuple.remote.port(), destination: self.tuple.local.port(), ..segment };
        self.urgent |= segment.has(Flags::URG);
        self.world.inject(Packet::tcp(PEER, HOST, segment).to_bytes());
        self.listen();
    }

    /// Has a router, or the peer's own host, complain about what the host sent last.
    fn complain(&mut self, complaint: Complaint) {
        use icmp::v4;
        let Some(last) = &self.last else { return };
        let (kind, code, mtu) = match complaint {
            Complaint::Unreachable => (v4::DESTINATION_UNREACHABLE, v4::HOST_UNREACHABLE, 0),
            Complaint::Refused => (v4::DESTINATION_UNREACHABLE, v4::PORT_UNREACHABLE, 0),
            Complaint::TooBig(mtu) => (v4::DESTINATION_UNREACHABLE, v4::FRAGMENTATION_NEEDED, mtu),
            Complaint::Expired => (v4::TIME_EXCEEDED, v4::TTL_EXCEEDED, 0),
            Complaint::Quench => (v4::SOURCE_QUENCH, 0, 0),
        };
        let [high, low] = mtu.to_be_bytes();
        let quote = last.to_bytes();
        let body = quote.slice(..quote.len().min(last.ip.octets() + 8));
        let message = icmp::Message { kind, code, checksum: Checksum::Right, rest: [0, 0, high, low], body };
        self.world.inject(Packet::icmp(PEER, HOST, message).to_bytes());
        self.listen();
    }

    fn user(&mut self, user: User) {
        if user == User::Accept {
            return self.accept();
        }
        let Some(fd) = self.connection else { return };
        match user {
            User::Send(octets) => {
                let data = text(Seq(self.queued), octets.into());
                let call = Call::Send { fd, by: Sending::Send, data, flags: 0, to: None };
                // What it queued is known before what it sent is looked at.
                if let End::Returned { value, .. } = self.world.call(&call).end {
                    self.queued = self.queued.wrapping_add(value.unsigned_abs());
                }
                self.listen();
            }
            User::Receive(room) => {
                let length = room.into();
                let end = self.call(&Call::Receive { fd, by: Receiving::Recv, length, flags: 0 });
                if let End::Returned { output: Output::Received(message), .. } = end {
                    self.give(&message.data);
                }
            }
            User::Shutdown => drop(self.call(&Call::Shutdown { fd, how: 1 })),
            User::Close => self.close(fd),
            User::Abort => {
                let option =
                    SocketOption { level: self.number("SOL_SOCKET"), name: self.number("SO_LINGER") };
                let value = Value::Linger { onoff: 1, linger: 0 };
                self.call(&Call::SetOption { fd, option, value, length: 8 });
                self.close(fd);
            }
            User::Connect => {
                let to = crate::target::Peer::Address(SocketAddr::new(PEER, PORT));
                self.call(&Call::Connect { fd, to });
            }
            User::Listen => {
                if matches!(self.call(&Call::Listen { fd, backlog: 1 }), End::Returned { .. }) {
                    self.listener = self.connection.take();
                }
            }
            User::Accept => {}
        }
    }

    fn close(&mut self, fd: Fd) {
        self.connection = None;
        self.call(&Call::Close { fd });
    }

    fn accept(&mut self) {
        if self.connection.is_some() {
            return;
        }
        let Some(fd) = self.listener else { return };
        if let End::Returned { value, .. } = self.call(&Call::Accept { fd }) {
            let fd = Fd(value);
            self.connection = Some(fd);
            self.unblock(fd);
            (self.queued, self.given) = (0, None);
        }
    }

    fn socket(&mut self) -> Fd {
        let (domain, kind) = (self.number("AF_INET"), self.number("SOCK_STREAM"));
        let end = self.call(&Call::Socket { domain, kind, protocol: self.number("IPPROTO_TCP") });
        let fd = if let End::Returned { value, .. } = end { Fd(value) } else { Fd(-1) };
        self.unblock(fd);
        fd
    }

    /// No call waits: the plan says when the user asks again.
    fn unblock(&mut self, fd: Fd) {
        let (command, argument) = (self.number("F_SETFL"), Some(self.number("O_NONBLOCK")));
        self.call(&Call::Fcntl { fd, command, argument });
    }

    fn number(&self, name: &str) -> i32 {
        self.world.abi().number(name).and_then(|number| i32::try_from(number).ok()).unwrap_or_default()
    }

    fn call(&mut self, call: &Call) -> End {
        let end = self.world.call(call).end;
        self.listen();
        end
    }

    /// Lets the peer hear what the host has sent.
    fn listen(&mut self) {
        while let Some(sent) = self.world.sniff() {
            let Ok(packet) = Packet::parse(&sent.octets) else {
                self.broken = Some("what a host sends can be read");
                continue;
            };
            let Transport::Tcp(segment) = &packet.transport else { continue };
            if !segment.checksum.is_right() {
                self.broken = Some("what a host sends has the right checksum");
            }
            let from = packet.tuple().filter(|tuple| tuple.remote == self.tuple.remote);
            if let Some(tuple) = from.filter(|_| self.listener.is_none()) {
                self.tuple = tuple; // an active open chooses its own port
            }
            self.compare(segment);
            self.peer.hear(segment);
            self.last = Some(packet);
        }
    }

    /// Holds what is sent against what the user asked to send: the octets that belong at its place, and no more.
    fn compare(&mut self, segment: &Segment) {
        let Some(iss) = self.peer.host_iss().filter(|_| !segment.text.is_empty() && !segment.has(Flags::SYN))
        else {
            return;
        };
        let start = segment.seq - (iss + 1);
        if segment.text != text(Seq(start), segment.text.len()) {
            self.broken = Some("at each place of the stream stands what the user sent there");
        }
        if start.wrapping_add(segment.length()) > self.queued.wrapping_add(1) {
            self.broken = Some("nothing is sent that the user has not");
        }
    }

    /// Holds what the user is given against what the peer can have said: each octet one more than the last.
    fn give(&mut self, data: &[u8]) {
        for octet in data {
            if !self.urgent && self.given.is_some_and(|last| last.wrapping_add(1) != *octet) {
                self.broken = Some("the user is given the stream in its order");
            }
            self.given = Some(*octet);
        }
    }
}

impl<P: DerefMut<Target: Target + Hash>> Hash for Exchange<P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.world.target.hash(state);
        (&self.peer, self.tuple, self.listener, self.connection).hash(state);
        (self.queued, self.given, self.urgent).hash(state);
        // What an error would quote of it: the identification does not matter.
        self.last.as_ref().map(|packet| &packet.transport).hash(state);
    }
}
