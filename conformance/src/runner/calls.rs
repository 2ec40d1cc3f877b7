//! System calls: arguments in, result and errno judged, descriptors kept.
use std::net::SocketAddr;

use super::blocking::Blocked;
use super::configuration::Configuration;
use super::socket::{Phase, Socket, Speaks};
use super::timing::Due;
use super::{Reason, Run, ScriptError, Stop, Variant};
use crate::constants::{Abi, Errno};
use crate::script::{Argument, CallSpec, Dialect, Span};
use crate::target::{Call, CallOutcome, End, EpollEvent, Fd, Output, SocketOption, Value};

mod arguments;
mod evaluate;
mod files;
mod message;
mod options;
mod output;

/// What the script's number for a descriptor stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Descriptor {
    /// The target's number.
    pub(super) fd: Fd,
    /// Which of the run's sockets it is; none for a pipe, a file or an `epoll`.
    pub(super) socket: Option<usize>,
}

/// A call with its arguments evaluated, and what is to be done once it has returned.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    pub(super) call: Call,
    after: After<'a>,
}

/// What a call's return means for the runner.
#[derive(Debug)]
enum After<'a> {
    /// Nothing but its result.
    Nothing,
    /// A new socket has this number in the script.
    Opens,
    /// A connection has this number in the script.
    Accepts,
    /// The socket listens.
    Listens(usize),
    /// The script's number is free again.
    Closes(i64),
    /// A value and its length are to be as the script says.
    Option(&'a Argument, &'a Argument),
    /// An integer is to be as the script says.
    Int(&'a Argument),
    /// Events are to be as the script says.
    Polled(Vec<i16>),
    /// A message's flags and control messages are to be as the script says.
    Message(message::Expected<'a>),
    /// A descriptor that is no socket has this number in the script.
    OpensFile,
    /// The ends of a pipe have these numbers in the script.
    OpensPipe(i64, i64),
    /// The first event is to be this one.
    Watched(EpollEvent),
}

impl<'a> Run<'a> {
    /// A call event.
    pub(super) fn call(&mut self, spec: &'a CallSpec, due: Due, span: Span) -> Result<(), Stop> {
        self.make_way(spec)?;
        self.wait(due, span)?;
        let prepared = self.prepare(spec)?;
        self.wants_new(spec, &prepared)?;
        self.begins(&prepared);
        let outcome = self.world.call(&prepared.call);
        if outcome.end == End::Blocks && self.blocked.is_some() {
            return Err(Stop::unsupported("a call that waits while another does", spec.span));
        }
        // A blocking call's second time counts from where its first one does.
        let Some(returns_at) = spec.returns_at else {
            let outcome = if outcome.end == End::Blocks { self.sit_out(spec)? } else { outcome };
            return self.returned(spec, &prepared, &outcome);
        };
        let due = self.returns(returns_at, due, span);
        let blocked = Blocked { spec, prepared, due, began: self.now() };
        if outcome.end == End::Blocks {
            self.blocked = Some(blocked);
            Ok(())
        } else {
            self.over(&blocked, &outcome)
        }
    }

    /// Whom `connect` reaches: the configured peer, or whoever has sent a stray packet before.
    fn peer_end(&self) -> SocketAddr {
        let peer = SocketAddr::new(self.configuration.remote, self.configuration.connect_port);
        self.stray().and_then(|stray| stray.remote).unwrap_or(peer)
    }

    /// In the BSD dialect a packet may come to a socket that neither listens nor is connected; a connection that is
    /// opened then is the one that the packet belonged to.
    fn stray(&self) -> Option<&Socket> {
        let bsd = self.configuration.dialect == Dialect::Bsd;
        self.socket().filter(|socket| bsd && socket.fd.is_none() && socket.phase == Phase::PacketReceived)
    }

    /// Which of the run's sockets an open descriptor is. The target gives the numbers of closed ones again.
    fn behind(&self, fd: Fd) -> Option<usize> {
        self.descriptors.values().find(|open| open.fd == fd)?.socket
    }

    /// In the BSD dialect only a new socket can be told to listen or to connect, whatever would come of it.
    fn wants_new(&self, spec: &CallSpec, prepared: &Prepared<'_>) -> Result<(), Stop> {
        let (Call::Listen { fd, .. } | Call::Connect { fd, .. }) = &prepared.call else { return Ok(()) };
        let socket = self.behind(*fd).and_then(|at| self.sockets.get(at));
        let bsd = self.configuration.dialect == Dialect::Bsd;
        if bsd && socket.is_some_and(|socket| socket.phase != Phase::New) {
            return Err(Stop::Wrong(ScriptError::NotNew(shown(spec)), spec.span));
        }
        Ok(())
    }

    /// What a call means for the socket under test before it is made, whatever comes of it.
    fn begins(&mut self, prepared: &Prepared<'_>) {
        let (remote, stray) = (self.peer_end(), self.stray().is_some());
        let abi = self.world.abi();
        let call = match &prepared.call {
            Call::WithoutBuffer(call) => call,
            call => call,
        };
        let (fd, to) = match call {
            Call::Connect { fd, to } | Call::Send { fd, to: Some(to), .. } => (*fd, *to),
            _ => return,
        };
        let Some(at) = self.behind(fd) else { return };
        if stray {
            self.under_test = Some(at);
        }
        let Some(socket) = self.sockets.get_mut(at) else { return };
        let dissolves = matches!(to, crate::target::Peer::Family(family) if abi.number("AF_UNSPEC") == Some(family.into()));
        if dissolves {
            // Its ends stay known until the next SYN: a reset that tells the peer is the socket's own.
            socket.phase = Phase::New;
        } else if socket.phase == Phase::New {
            socket.phase = Phase::Connecting;
            // A datagram socket may have heard from somebody else before.
            match socket.speaks {
                Speaks::Udp | Speaks::Echo => socket.remote = Some(remote),
                Speaks::Tcp => drop(socket.remote.get_or_insert(remote)),
            }
        }
    }

    /// Judges a call that has ended: result, errno, then what it filled in.
    pub(super) fn returned(
        &mut self,
        spec: &'a CallSpec,
        prepared: &Prepared<'a>,
        outcome: &CallOutcome,
    ) -> Result<(), Stop> {
        let judged = self.judge(spec, prepared, &outcome.end);
        match judged {
            Err(Stop::Failed(failure)) if self.configuration.calls_warn => {
                self.warnings.push(*failure);
                Ok(())
            }
            judged => judged,
        }
    }

    fn judge(&mut self, spec: &'a CallSpec, prepared: &Prepared<'a>, end: &End) -> Result<(), Stop> {
        let (value, output) = match end {
            End::Returned { value, output } => (*value, output),
            End::Failed(errno) => {
                self.errno = Some(*errno);
                (-1, &Output::Nothing)
            }
            End::Unsupported(missing) => return Err(Stop::Unsupported(missing.clone(), spec.span)),
            End::Blocks => return Err(Stop::failed(Reason::Blocks(shown(spec)), spec.span)),
        };
        let expected = evaluate::result(&spec.result)?;
        let opens =
            matches!(prepared.after, After::Opens | After::Accepts | After::OpensFile) && expected >= 0;
        let errno = if let End::Failed(errno) = end { Some(*errno) } else { None };
        if self.configuration.stimulus && !(opens && value < 0) {
            return self.after(spec, prepared, (expected, value), output);
        }
        if opens && value < 0 || !opens && i64::from(value) != expected {
            let reason = Reason::Result { call: shown(spec), expected, seen: value, errno };
            return Err(Stop::failed(reason, spec.span));
        }
        self.judge_errno(spec)?;
        self.after(spec, prepared, (expected, value), output)
    }

    /// The errno is not cleared by a call that succeeds, so it is judged there too.
    fn judge_errno(&self, spec: &CallSpec) -> Result<(), Stop> {
        let Some(word) = &spec.errno else { return Ok(()) };
        let expected = Errno::named(&word.node)
            .ok_or_else(|| Stop::Wrong(ScriptError::UnknownErrno(word.node.to_string()), word.span))?;
        if self.errno == Some(expected) {
            return Ok(());
        }
        let reason = Reason::Errno { call: shown(spec), expected, seen: self.errno };
        Err(Stop::failed(reason, spec.span))
    }

    /// Keeps the descriptors, and judges out-arguments.
    fn after(
        &mut self,
        spec: &'a CallSpec,
        prepared: &Prepared<'a>,
        (expected, value): (i64, i32),
        output: &Output,
    ) -> Result<(), Stop> {
        let unset = Value::Int(0);
        match (&prepared.after, output) {
            (After::Opens, _) if value >= 0 => self.opened(&prepared.call, expected, Fd(value), spec.span),
            (After::Accepts, Output::Accepted(peer)) => self.accepted(expected, Fd(value), *peer, spec.span),
            (After::Listens(socket), _) => {
                if let Some(socket) = self.sockets.get_mut(*socket) {
                    socket.phase = Phase::Listening;
                }
                Ok(())
            }
            (After::Closes(label), _) => {
                self.descriptors.remove(label);
                Ok(())
            }
            (After::Option(wanted, length), output) => {
                let bsd = self.configuration.dialect == Dialect::Bsd;
                let seen = match output {
                    Output::Option(value) => value,
                    // On failure the script's own value is still there, which the BSD dialect does not look at.
                    _ if bsd || value < 0 => return Ok(()),
                    _ => &unset,
                };
                output::option(&self.evaluator(spec), wanted, length, seen)
            }
            (After::Int(wanted), Output::Int(seen)) => output::int(&self.evaluator(spec), wanted, *seen),
            (After::Polled(wanted), Output::Polled(seen)) => output::polled(spec, wanted, seen),
            (After::Message(expected), Output::Received(seen)) => expected.judge(self, spec, seen),
            (After::OpensFile, _) if value >= 0 => self.bind_label(expected, Fd(value), spec.span),
            (After::OpensPipe(reads, writes), Output::Pipe(reading, writing)) => {
                self.bind_label(*reads, *reading, spec.span)?;
                self.bind_label(*writes, *writing, spec.span)
            }
            (After::Watched(wanted), Output::Watched(seen)) => {
                output::watched(spec, *wanted, seen.first().copied().unwrap_or_default())
            }
            _ => Ok(()),
        }
    }

    /// A descriptor that is no socket gets its number.
    fn bind_label(&mut self, label: i64, fd: Fd, span: Span) -> Result<(), Stop> {
        if self.descriptors.contains_key(&label) {
            return Err(Stop::Wrong(ScriptError::DescriptorInUse(label), span));
        }
        self.descriptors.insert(label, Descriptor { fd, socket: None });
        Ok(())
    }

    /// A new socket becomes the one under test.
    fn opened(&mut self, call: &Call, label: i64, fd: Fd, span: Span) -> Result<(), Stop> {
        if self.descriptors.contains_key(&label) {
            return Err(Stop::Wrong(ScriptError::DescriptorInUse(label), span));
        }
        let datagram = self.world.abi().number("SOCK_DGRAM");
        let icmp = ["IPPROTO_ICMP", "IPPROTO_ICMPV6"].map(|name| self.world.abi().number(name));
        let speaks = match call {
            Call::Socket { kind, protocol, .. } if Some(i64::from(kind & 0xf)) == datagram => {
                if icmp.contains(&Some((*protocol).into())) { Speaks::Echo } else { Speaks::Udp }
            }
            _ => Speaks::Tcp,
        };
        let socket = self.sockets.len();
        let (local, remote) = if speaks == Speaks::Udp && self.configuration.anywhere {
            let Configuration { local, remote, bind_port, connect_port, .. } = self.configuration;
            (Some(SocketAddr::new(local, bind_port)), Some(SocketAddr::new(remote, connect_port)))
        } else {
            (None, None)
        };
        self.sockets.push(Socket { fd: Some(fd), speaks, local, remote, ..Socket::default() });
        self.under_test = Some(socket);
        self.descriptors.insert(label, Descriptor { fd, socket: Some(socket) });
        let mapped = self.configuration.variant == Variant::Ipv4MappedIpv6;
        if mapped && self.abi() == Abi::FreeBsd {
            self.reach_ipv4(fd);
        }
        Ok(())
    }

    /// FreeBSD's IPv6 sockets leave IPv4 alone by default; mapped addresses need that to be lifted.
    fn reach_ipv4(&mut self, fd: Fd) {
        let abi = self.world.abi();
        let number = |name| abi.number(name).and_then(|number| i32::try_from(number).ok());
        if let (Some(level), Some(name)) = (number("IPPROTO_IPV6"), number("IPV6_V6ONLY")) {
            let option = SocketOption { level, name };
            self.world.call(&Call::SetOption { fd, option, value: Value::Int(0), length: 4 });
        }
    }

    /// The newest connection that can be accepted gets the number; its peer must be the one that the call names.
    fn accepted(&mut self, label: i64, fd: Fd, peer: SocketAddr, span: Span) -> Result<(), Stop> {
        let bsd = self.configuration.dialect == Dialect::Bsd;
        let ready = |socket: &Socket| match socket.phase {
            Phase::SynAckSent | Phase::SynAckAcked => socket.fd.is_none(),
            Phase::PacketReceived => bsd && socket.fd.is_none(),
            Phase::New | Phase::Listening | Phase::Connecting | Phase::SynSent | Phase::SynAcked => false,
        };
        let found = self.sockets.iter().rposition(ready);
        let Some((at, socket)) = found.and_then(|at| Some((at, self.sockets.get_mut(at)?))) else {
            return Err(Stop::Wrong(ScriptError::NothingToAccept, span));
        };
        let wire = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        if socket.remote.is_some_and(|remote| remote != wire) {
            let reason = Reason::Output {
                call: "accept".to_owned(),
                what: "the peer",
                expected: socket.remote.map(|remote| remote.to_string()).unwrap_or_default(),
                seen: wire.to_string(),
            };
            return Err(Stop::failed(reason, span));
        }
        socket.fd = Some(fd);
        self.descriptors.insert(label, Descriptor { fd, socket: Some(at) });
        Ok(())
    }

    pub(super) fn evaluator<'e>(&self, spec: &'e CallSpec) -> evaluate::Evaluator<'e> {
        evaluate::Evaluator { spec, abi: self.abi(), dialect: self.configuration.dialect }
    }

    fn abi(&self) -> Abi {
        self.world.abi()
    }
}

/// A call as messages name it.
pub(super) fn shown(spec: &CallSpec) -> String {
    crate::script::escaped(&spec.name.node)
}
