//! The trace of a run, told to the oracle: packets as they are, calls by the RFC's names.
use std::collections::BTreeMap;

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use bytes::Bytes;
use stackdrill_oracle::{Call as Said, KeepAlive, Observation, Oracle, Outcome};
use stackdrill_wire::icmp::{v4, v6};
use stackdrill_wire::ip::Ip;
use stackdrill_wire::{Flags, Instant, Packet, Segment, Seq, State, Transport, Tuple};

use crate::constants::Abi;
use crate::target::{Call, End, Fd, Output, Peer, SocketOption, Value};
use crate::trace::{Happened, Record};

/// Tells `oracle`, whose endpoint is `tuple`, all of a trace that concerns it. The numbers in calls are those of `abi`.
pub fn tell(oracle: &mut Oracle, trace: &[Record], tuple: Tuple, abi: Abi) {
    Witness::new(tuple, abi).tell(oracle, trace);
    let end = trace.last().map_or(Instant::ZERO, |record| record.at);
    oracle.observe(&Observation::Elapsed, end);
}

/// Whether the record after this one moves the same connection again at the same time.
fn moves_on(trace: &[Record], index: usize, tuple: Tuple) -> bool {
    let next = trace.get(index + 1);
    let here = trace.get(index);
    next.is_some_and(|next| {
        matches!(&next.what, Happened::Moved(transition) if transition.tuple == tuple)
            && here.is_some_and(|here| here.at == next.at)
    })
}

/// Whether a datagram is an ICMP error about one of the connection's own segments, and if so whether a hard one.
///
/// Spec: RFC 9293 §3.9.2.2.
fn complaint(octets: &Bytes, tuple: Tuple) -> Option<bool> {
    let packet = Packet::parse(octets).ok()?;
    let quoted = packet.quoted()?;
    let Transport::Icmp(message) = &packet.transport else { return None };
    let hard = match packet.ip {
        Ip::V4(_) => message.kind == v4::DESTINATION_UNREACHABLE && (2..=4).contains(&message.code),
        Ip::V6(_) => {
            message.kind == v6::DESTINATION_UNREACHABLE
                && matches!(message.code, v6::PROHIBITED | v6::PORT_UNREACHABLE)
        }
    };
    (quoted.tuple() == Some(tuple)).then_some(hard)
}

/// What of a TCP segment a path takes, and where the segment began that was too big for it, if a datagram says so of the
/// connection. A path that takes less than every link is not believed.
fn too_big(octets: &Bytes, tuple: Tuple) -> Option<(u32, Seq)> {
    let packet = Packet::parse(octets).ok()?;
    let quoted = packet.quoted().filter(|quoted| quoted.tuple() == Some(tuple))?;
    let Transport::Icmp(message) = &packet.transport else { return None };
    let (kind, code, least, header) = match packet.ip {
        Ip::V4(_) => (v4::DESTINATION_UNREACHABLE, v4::FRAGMENTATION_NEEDED, 576, 20),
        Ip::V6(_) => (v6::PACKET_TOO_BIG, 0, 1280, 40),
    };
    let said = (message.kind, message.code) == (kind, code) && message.mtu() >= least;
    said.then(|| message.mtu() - header).zip(quoted.seq())
}

/// Whether routers may cut what was sent: over IPv4 without Don't Fragment, or a fragment itself.
fn may_be_cut(octets: &Bytes) -> bool {
    match Packet::parse(octets) {
        Ok(packet) => packet.ip.is_fragment() || matches!(&packet.ip, Ip::V4(ip) if !ip.dont_fragment),
        Err(_) => true,
    }
}

/// Settings that say how long to wait for a peer have one of these in their names.
const PATIENCE: [&str; 5] = ["retries", "tcp.keep", "tcp_keepalive", "rexmtlimit", "maxunacktime"];

/// Settings that say when connections of whole hosts are kept alive have one of these in their names.
const KEPT: [&str; 4] = ["tcp.keep", "tcp_keepalive", "always_keepalive", "user_timeout"];

/// What is known of the target's sockets: lets a trace be told piece by piece.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Witness {
    tuple: Tuple,
    abi: Abi,
    sockets: BTreeMap<Fd, Socket>,
    /// Whether the user has let go of the connection, which goes on without a socket.
    released: bool,
    /// What the oracle knows of the keep-alives that are wanted.
    keep_alive: KeepAlive,
    /// Whether settings of the host have a say in them.
    kept_by_host: bool,
    /// Whether the host does not hear segments with SYN and FIN (`drop_synfin`).
    shuns_syn_fin: bool,
    /// Whether the target has shown the connection in a state other than CLOSED and LISTEN.
    exists: bool,
}

/// A socket of the target.
#[derive(Clone, Copy, Debug, Default, Hash)]
struct Socket {
    local: Option<SocketAddr>,
    remote: Option<SocketAddr>,
    listens: bool,
    /// Whether `close` aborts.
    aborts: bool,
    /// Whether text is held back, as the user asked.
    holds: bool,
    /// The least Time to Live or Hop Limit that a segment must come with to be heard.
    least_hops: u8,
    /// Whether the user does not want to hear of connections without text.
    defers: bool,
    /// Whether what arrived may go, or have gone, another way than by RECEIVE, or wait for more, as the user asked.
    aside: bool,
    /// Whether keep-alives are wanted, and after how many seconds, if the user has named any.
    keep_alive: bool,
    keep_idle: Option<u32>,
    /// Whether its connection is over: what is called on it says nothing of a later one between the same ports.
    over: bool,
}

impl Witness {
    /// A witness of the connection `tuple` who knows of no socket yet.
    pub(crate) const fn new(tuple: Tuple, abi: Abi) -> Self {
        let keep_alive = KeepAlive::Unknown;
        Self {
            tuple,
            abi,
            sockets: BTreeMap::new(),
            released: false,
            keep_alive,
            kept_by_host: false,
            shuns_syn_fin: false,
            exists: false,
        }
    }

    /// Tells `oracle` what of the next piece of a trace concerns the connection. A piece holds whole events.
    pub(crate) fn tell(&mut self, oracle: &mut Oracle, trace: &[Record]) {
        for (index, record) in trace.iter().enumerate() {
            let (at, tuple) = (record.at, self.tuple);
            match &record.what {
                Happened::Received { octets } if self.is_too_far(octets) || self.is_shunned(octets) => {}
                Happened::Received { octets } => {
                    let deferring = self.defers();
                    self.carried(octets, tuple.reversed(), |segment| {
                        let deferred = deferring && segment.flags == Flags::ACK && segment.text.is_empty();
                        let seen = if deferred { Observation::Deferred } else { Observation::Received };
                        oracle.observe(&seen(segment), at);
                    });
                    if let Some(hard) = complaint(octets, tuple) {
                        oracle.observe(&Observation::Complaint { hard }, at);
                    }
                    if let Some((size, seq)) = too_big(octets, tuple) {
                        oracle.observe(&Observation::TooBig { size, seq }, at);
                    }
                }
                Happened::Sent { octets, .. } => {
                    if may_be_cut(octets) {
                        oracle.observe(&Observation::MayBeCut, at);
                    }
                    self.carried(octets, tuple, |segment| {
                        oracle.observe(&Observation::Sent(segment), at);
                    });
                }
                Happened::Called { call, end } => {
                    if self.frees_size(call) {
                        oracle.observe(&Observation::MayBeCut, at);
                    }
                    if self.limits_patience(call) {
                        oracle.observe(&Observation::Impatient, at);
                    }
                    if self.opens_fast(call, end) {
                        oracle.observe(&Observation::Called(Said::ActiveOpen, Outcome::Done(0)), at);
                    }
                    if let Some((said, outcome)) = self.called(call, end) {
                        oracle.observe(&Observation::Called(said, outcome), at);
                    }
                }
                Happened::Ended { call, end } => {
                    if let Some((said, outcome)) = self.ended(call, end) {
                        oracle.observe(&Observation::Called(said, outcome), at);
                    }
                }
                Happened::Moved(transition) if transition.tuple == tuple => {
                    self.exists = !matches!(transition.to, State::Closed | State::Listen);
                    if !self.exists {
                        self.over();
                    }
                    // One event may move a connection twice; what a target shows is where it then stands.
                    if !moves_on(trace, index, tuple) {
                        oracle.observe(&Observation::Seen(transition.to), at);
                    }
                }
                Happened::Dropped(dropped) if *dropped == tuple => {
                    oracle.observe(&Observation::Called(Said::Abort, Outcome::Done(0)), at);
                }
                Happened::Set(setting) => {
                    if setting.name == "net.inet.tcp.drop_synfin" {
                        self.shuns_syn_fin = setting.value != "0";
                    }
                    self.kept_by_host |= KEPT.iter().any(|name| setting.name.contains(name));
                    oracle.observe(&Observation::MayBeCut, at);
                    if PATIENCE.iter().any(|name| setting.name.contains(name)) {
                        oracle.observe(&Observation::Impatient, at);
                    }
                }
                Happened::Dropped(_) | Happened::Moved(_) => {}
            }
            self.tell_keep_alive(oracle, at);
        }
    }

    /// Tells of the keep-alives that are wanted, if that has changed.
    fn tell_keep_alive(&mut self, oracle: &mut Oracle, at: Instant) {
        let wanted = self.wanted_keep_alive();
        if wanted != self.keep_alive {
            self.keep_alive = wanted;
            oracle.observe(&Observation::KeepAlive(wanted), at);
        }
    }

    /// The keep-alives that the connection's socket wants, or that from which it will be accepted. A socket that is gone
    /// leaves what it wanted.
    fn wanted_keep_alive(&self) -> KeepAlive {
        let own = self.sockets.iter().find(|(fd, _)| self.concerns(**fd));
        let socket = own.or_else(|| self.sockets.iter().find(|(fd, _)| self.reaches(**fd)));
        match socket {
            _ if self.kept_by_host => KeepAlive::Unknown,
            None if self.keep_alive == KeepAlive::Unknown => KeepAlive::Off,
            None => self.keep_alive,
            Some((_, socket)) => match (socket.keep_alive, socket.keep_idle) {
                (false, _) => KeepAlive::Off,
                (true, None) => KeepAlive::On,
                (true, Some(seconds)) => KeepAlive::After(Duration::from_secs(u64::from(seconds))),
            },
        }
    }

    /// Whether a call says how long to wait for the peer.
    fn limits_patience(&self, call: &Call) -> bool {
        let names = [
            "TCP_SYNCNT",
            "TCP_USER_TIMEOUT",
            "TCP_MAXRT",
            "TCP_KEEPINIT",
            "TCP_KEEPIDLE",
            "TCP_KEEPINTVL",
            "TCP_KEEPCNT",
        ];
        matches!(call, Call::SetOption { option, .. } if self.number("IPPROTO_TCP") == Some(option.level)
            && names.into_iter().any(|name| self.number(name) == Some(option.name)))
    }

    /// Whether a call sends and opens at once (`MSG_FASTOPEN`); its socket then has its peer.
    fn opens_fast(&mut self, call: &Call, end: &End) -> bool {
        let Call::Send { fd, flags, to: Some(Peer::Address(address)), .. } = call else { return false };
        let begun = match end {
            End::Returned { .. } | End::Blocks => true,
            End::Failed(errno) => errno.number(self.abi) == self.number("EINPROGRESS"),
            End::Unsupported(_) => false,
        };
        if flags & self.number("MSG_FASTOPEN").unwrap_or(0) == 0 || !begun {
            return false;
        }
        let socket = self.sockets.entry(*fd).or_default();
        (socket.remote, socket.over) = (Some(plain(*address)), false);
        self.concerns(*fd)
    }

    /// Whether a datagram has come from further away than its socket wants to hear of (`IP_MINTTL`).
    fn is_too_far(&self, octets: &Bytes) -> bool {
        let own = self.sockets.iter().find(|(fd, _)| self.concerns(**fd));
        let socket = own.or_else(|| self.sockets.iter().find(|(fd, _)| self.reaches(**fd)));
        let least = socket.map_or(0, |(_, socket)| socket.least_hops);
        least > 0 && Packet::parse(octets).is_ok_and(|packet| packet.ip.hop_limit() < least)
    }

    /// Whether a datagram opens and ends at once, and the host has chosen not to hear that.
    ///
    /// A listener still refuses an acknowledgment first, and whoever is not there refuses everything.
    fn is_shunned(&self, octets: &Bytes) -> bool {
        let mut shunned = false;
        let listens = self.sockets.keys().any(|fd| self.reaches(*fd));
        self.carried(octets, self.tuple.reversed(), |segment| {
            let both = segment.has(Flags::SYN) && segment.has(Flags::FIN);
            let heard_before = segment.flags.any(Flags::ACK | Flags::RST);
            shunned = both && (self.exists || listens && !heard_before);
        });
        self.shuns_syn_fin && shunned
    }

    /// Whether a call has path MTU discovery go another way.
    fn frees_size(&self, call: &Call) -> bool {
        let names =
            ["IP_MTU_DISCOVER", "IPV6_MTU_DISCOVER", "IP_DONTFRAG", "IPV6_DONTFRAG", "IPV6_USE_MIN_MTU"];
        match call {
            Call::SetOption { option, .. } => names.iter().any(|name| self.number(name) == Some(option.name)),
            _ => false,
        }
    }

    /// Hands on the segment in a datagram, if it belongs to the connection in this direction.
    fn carried(&self, octets: &Bytes, direction: Tuple, mut hand: impl FnMut(&Segment)) {
        if let Ok(packet) = Packet::parse(octets)
            && packet.tuple() == Some(direction)
            && let Some(segment) = packet.segment()
        {
            hand(segment);
        }
    }

    /// A call, if it concerns the connection; what it says of sockets is kept.
    fn called(&mut self, call: &Call, end: &End) -> Option<(Said, Outcome)> {
        let done = returned(end);
        match call {
            Call::Socket { .. } => {
                self.sockets.insert(Fd(done?), Socket::default());
                None
            }
            Call::Bind { fd, address } => {
                done?;
                self.sockets.entry(*fd).or_default().local = Some(plain(*address));
                None
            }
            Call::Listen { fd, .. } => {
                done?;
                self.sockets.entry(*fd).or_default().listens = true;
                self.reaches(*fd).then_some((Said::PassiveOpen, Outcome::Done(0)))
            }
            Call::Accept { fd } => {
                self.accepted(*fd, end);
                None
            }
            Call::Connect { fd, to: Peer::Family(_) } => {
                done?;
                self.concerns(*fd).then_some((Said::Abort, Outcome::Done(0)))
            }
            Call::Connect { fd, to: Peer::Address(address) } => {
                let refused =
                    matches!(end, End::Failed(errno) if errno.number(self.abi) != self.number("EINPROGRESS"));
                let socket = self.sockets.entry(*fd).or_default();
                socket.remote = Some(plain(*address));
                // A socket whose connection is over may open the next one.
                socket.over &= refused;
                let outcome = if refused { Outcome::Refused } else { Outcome::Done(0) };
                self.concerns(*fd).then_some((Said::ActiveOpen, outcome))
            }
            Call::SetOption { fd, option, value: Value::Linger { onoff, linger }, .. } => {
                let named = Some(option.name) == self.number("SO_LINGER");
                self.sockets.entry(*fd).or_default().aborts = named && *onoff != 0 && *linger == 0;
                None
            }
            Call::SetOption { fd, option, value: Value::Int(value), .. } => {
                self.wants(*fd, *option, *value, done.is_some());
                None
            }
            Call::Close { fd } => self.closed(*fd),
            Call::Splice { to, .. } => {
                self.sockets.values_mut().for_each(|socket| socket.aside = true);
                self.given(*to, end)
            }
            Call::SendFile { to, .. } => self.given(*to, end),
            Call::Send { fd, data, .. } if *end == End::Blocks => {
                // Some of it may leave before the call ends, and none of it will be asked for again.
                self.concerns(*fd).then(|| (Said::Send, Outcome::AtMost(octets(data.len()))))
            }
            Call::Send { fd, .. } | Call::Receive { fd, .. } | Call::Shutdown { fd, .. } => {
                self.concerns(*fd).then(|| self.transfer(call, end)).flatten()
            }
            Call::SetOption { .. }
            | Call::GetOption { .. }
            | Call::Fcntl { .. }
            | Call::Ioctl { .. }
            | Call::Poll { .. }
            | Call::WithoutBuffer(_)
            | Call::EpollCreate { .. }
            | Call::EpollControl { .. }
            | Call::EpollWait { .. }
            | Call::Pipe
            | Call::Open { .. }
            | Call::SetCapability { .. } => None,
        }
    }

    /// An option with a number for value: what the user wants of a socket. Where it matters that the call was `done`, one
    /// that was refused changes nothing.
    fn wants(&mut self, fd: Fd, option: SocketOption, value: i32, done: bool) {
        let is = |level: &str, name: &str| {
            self.number(level) == Some(option.level) && self.number(name) == Some(option.name)
        };
        let tcp = |name: &str| is("IPPROTO_TCP", name);
        let hops = is("IPPROTO_IP", "IP_MINTTL") || is("IPPROTO_IPV6", "IPV6_MINHOPCOUNT");
        let holds = tcp("TCP_CORK") || tcp("TCP_NOPUSH");
        let (defers, idle) = (tcp("TCP_DEFER_ACCEPT"), tcp("TCP_KEEPIDLE"));
        let (aside, keeps) = (is("SOL_SOCKET", "SO_RCVLOWAT"), is("SOL_SOCKET", "SO_KEEPALIVE"));
        let socket = self.sockets.entry(fd).or_default();
        if hops {
            socket.least_hops = u8::try_from(value).unwrap_or(0);
        }
        socket.holds |= holds && value != 0;
        socket.defers |= defers && value != 0;
        socket.aside |= aside;
        if keeps && done {
            socket.keep_alive = value != 0;
        }
        if idle && done {
            socket.keep_idle = u32::try_from(value).ok();
        }
    }

    /// A call that had blocked and then ended. What `connect` and `send` said when they began still holds.
    fn ended(&mut self, call: &Call, end: &End) -> Option<(Said, Outcome)> {
        match call {
            Call::Accept { fd } => {
                self.accepted(*fd, end);
                None
            }
            Call::Receive { fd, .. } => self.concerns(*fd).then(|| self.transfer(call, end)).flatten(),
            _ => None,
        }
    }

    /// SEND of what comes from a file or a pipe, the last of which may be held back for more.
    fn given(&self, to: Fd, end: &End) -> Option<(Said, Outcome)> {
        let taken = returned(end)?.unsigned_abs();
        self.concerns(to).then_some((Said::Send, Outcome::AtMost(taken)))
    }

    /// SEND, RECEIVE, or CLOSE by `shutdown`.
    fn transfer(&self, call: &Call, end: &End) -> Option<(Said, Outcome)> {
        let done = |count| Outcome::Done(count);
        match (call, end) {
            (Call::Send { fd, data, flags, .. }, End::Returned { value, .. }) => {
                let holds = self.sockets.get(fd).is_some_and(|socket| socket.holds);
                let more = flags & self.number("MSG_MORE").unwrap_or(0) != 0;
                let taken = value.unsigned_abs();
                let urgent = flags & self.number("MSG_OOB").unwrap_or(0) != 0;
                let whole = taken == octets(data.len());
                let outcome =
                    if holds || more || urgent && !whole { Outcome::AtMost(taken) } else { done(taken) };
                Some((if urgent && whole { Said::SendUrgent } else { Said::Send }, outcome))
            }
            (Call::Send { .. }, End::Failed(_)) => Some((Said::Send, Outcome::Refused)),
            (Call::Receive { flags, .. }, End::Returned { output: Output::Received(message), .. }) => {
                let aside = self.number("MSG_PEEK").unwrap_or(0) | self.number("MSG_OOB").unwrap_or(0);
                (flags & aside == 0).then(|| (Said::Receive, done(octets(message.data.len()))))
            }
            (Call::Receive { fd, length, flags, .. }, End::Failed(errno)) => {
                let waits = errno.number(self.abi) == self.number("EAGAIN");
                let plain = flags & !self.number("MSG_DONTWAIT").unwrap_or(0) == 0 && *length > 0;
                let aside = self.sockets.get(fd).is_none_or(|socket| socket.aside);
                let nothing = waits && plain && !aside;
                Some((Said::Receive, if nothing { Outcome::Nothing } else { Outcome::Refused }))
            }
            (Call::Shutdown { how, .. }, End::Returned { .. }) => {
                (Some(*how) != self.number("SHUT_RD")).then_some((Said::Close, done(0)))
            }
            (Call::Shutdown { .. }, End::Failed(_)) => Some((Said::Close, Outcome::Refused)),
            _ => None,
        }
    }

    /// `close`, of the connection's own socket or of the one it would be accepted from.
    fn closed(&mut self, fd: Fd) -> Option<(Said, Outcome)> {
        let (own, reached) = (self.concerns(fd), self.reaches(fd));
        let socket = self.sockets.remove(&fd)?;
        if own {
            let said = if socket.aborts { Said::Abort } else { Said::Release };
            self.released = true;
            return Some((said, Outcome::Done(0)));
        }
        // Connections that nobody has accepted go with their listener.
        let accepted = self.released || self.sockets.keys().any(|fd| self.concerns(*fd));
        (reached && !accepted).then_some((Said::Abort, Outcome::Done(0)))
    }

    /// The connection is over, and the sockets that were its own are no longer.
    fn over(&mut self) {
        self.released = false;
        let tuple = self.tuple;
        for socket in self.sockets.values_mut().filter(|socket| socket.remote == Some(tuple.remote)) {
            socket.over = true;
        }
    }

    fn accepted(&mut self, listener: Fd, end: &End) {
        if let End::Returned { value, output: Output::Accepted(from) } = end {
            let local = self.sockets.get(&listener).and_then(|socket| socket.local);
            let remote = Some(plain(*from));
            let Socket { least_hops, keep_alive, keep_idle, .. } =
                self.sockets.get(&listener).copied().unwrap_or_default();
            let socket = Socket { local, remote, least_hops, keep_alive, keep_idle, ..Socket::default() };
            self.sockets.insert(Fd(*value), socket);
        }
    }

    /// Whether a connection that nobody has accepted yet may wait for text first.
    fn defers(&self) -> bool {
        let deferring = |(fd, socket): (&Fd, &Socket)| socket.defers && self.reaches(*fd);
        self.sockets.iter().any(deferring) && !self.sockets.keys().any(|fd| self.concerns(*fd))
    }

    /// Whether this socket is the connection's. Once that is closed, another to the same peer has one of its own.
    fn concerns(&self, fd: Fd) -> bool {
        self.sockets.get(&fd).is_some_and(|socket| {
            !self.released
                && !socket.listens
                && !socket.over
                && socket.remote == Some(self.tuple.remote)
                && self.at_home(socket)
        })
    }

    /// Whether this socket listens where the connection arrives.
    fn reaches(&self, fd: Fd) -> bool {
        self.sockets.get(&fd).is_some_and(|socket| socket.listens && self.at_home(socket))
    }

    fn at_home(&self, socket: &Socket) -> bool {
        socket.local.is_none_or(|local| {
            let anywhere = local.ip().is_unspecified() || local.ip() == self.tuple.local.ip();
            anywhere && (local.port() == self.tuple.local.port() || local.port() == 0)
        })
    }

    fn number(&self, name: &str) -> Option<i32> {
        self.abi.number(name).and_then(|number| i32::try_from(number).ok())
    }
}

/// What a call returned, if it did.
const fn returned(end: &End) -> Option<i32> {
    match end {
        End::Returned { value, .. } => Some(*value),
        End::Failed(_) | End::Blocks | End::Unsupported(_) => None,
    }
}

/// An IPv4 address that an IPv6 socket knows in its mapped form, as packets carry it.
fn plain(address: SocketAddr) -> SocketAddr {
    let ip: IpAddr = address.ip().to_canonical();
    SocketAddr::new(ip, address.port())
}

fn octets(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
