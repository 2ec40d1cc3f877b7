//! The calls on streams, in terms of the stack's sockets.
use core::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use stackdrill_wire::{Instant, State, Tuple};

use super::descriptors::{Descriptor, Descriptors, StandsFor, Waiting};
use super::{Options, Received, Sockets};
use crate::constants::Abi;
use crate::target::{Call, End, Fd, Message, Output, Peer, Sending};

impl<H: Copy + Eq + core::fmt::Debug> Descriptors<H> {
    pub(super) fn attempt(
        &mut self,
        stack: &mut impl Sockets<Socket = H>,
        call: &Call,
        waiting: &mut Waiting,
        at: Instant,
    ) -> End {
        let end = match call {
            Call::Socket { domain, kind, .. } => Ok(self.socket(*domain, *kind)),
            Call::Bind { fd, address } => self.bind(stack, *fd, plain(*address)),
            Call::Listen { fd, backlog } => self.listen(stack, *fd, *backlog),
            Call::Accept { fd } => self.accept(stack, *fd),
            Call::Connect { fd, .. } => self.connected(stack, *fd),
            Call::Receive { fd, length, flags, .. } => self.receive(stack, *fd, *length, *flags),
            Call::Send { by: Sending::SendMsg { control }, .. } if !control.is_empty() => {
                Ok(End::unsupported("control messages to send"))
            }
            Call::Send { fd, data, flags, to, .. } => {
                let blocks = self.get(*fd).and_then(|own| Flags::of(*flags, own.blocks));
                blocks.and_then(|flags| self.send(stack, (*fd, *to), (data, flags.blocks), waiting))
            }
            Call::Shutdown { fd, how } => self.shutdown(stack, *fd, *how),
            Call::Close { fd } => self.close(stack, *fd),
            Call::SetOption { fd, option, value, .. } => self.set_option(stack, *fd, *option, value),
            Call::GetOption { fd, option, .. } => self.option(stack, *fd, *option),
            Call::Fcntl { fd, command, argument } => self.fcntl(*fd, *command, *argument),
            Call::Ioctl { fd, request, .. } => self.ioctl(stack, *fd, *request),
            Call::Poll { watched, .. } => {
                let over = waiting.until.is_some_and(|until| until <= at);
                Ok(self.poll(stack, watched, over))
            }
            Call::WithoutBuffer(_)
            | Call::EpollCreate { .. }
            | Call::EpollControl { .. }
            | Call::EpollWait { .. }
            | Call::Pipe
            | Call::Splice { .. }
            | Call::Open { .. }
            | Call::SendFile { .. }
            | Call::SetCapability { .. } => Ok(End::unsupported(&format!("{}()", call.name()))),
        };
        end.unwrap_or_else(|end| end)
    }

    fn socket(&mut self, domain: i32, kind: i32) -> End {
        let is = |name, number: i32| Abi::Linux.number(name) == Some(number.into());
        let is_ipv6 = is("AF_INET6", domain);
        if !is_ipv6 && !is("AF_INET", domain) {
            return End::failed("EAFNOSUPPORT");
        }
        let stands_for = match kind & 0xf {
            1 => StandsFor::Idle,
            2 => StandsFor::Datagrams { socket: None, peer: None },
            _ => return End::failed("ESOCKTNOSUPPORT"),
        };
        let blocks = i64::from(kind) & number("SOCK_NONBLOCK") == 0;
        self.opened(Descriptor { stands_for, is_ipv6, blocks, local: None, options: Options::default() })
    }

    fn bind(
        &mut self,
        stack: &mut impl Sockets<Socket = H>,
        fd: Fd,
        address: SocketAddr,
    ) -> Result<End, End> {
        let own = self.get(fd)?;
        if own.local.is_some() {
            return Ok(End::failed("EINVAL"));
        }
        if !address.ip().is_unspecified() && address.ip() != stack.address() {
            return Ok(End::failed("EADDRNOTAVAIL"));
        }
        let port = if address.port() == 0 { self.unused_port() } else { address.port() };
        let is_stream = |of: &Descriptor<H>| !matches!(of.stands_for, StandsFor::Datagrams { .. });
        let clashes = |other: &Descriptor<H>| {
            let shared = own.options.reuses && other.options.reuses;
            let listens = matches!(other.stands_for, StandsFor::Listener { .. });
            is_stream(&own) == is_stream(other)
                && other.local.is_some_and(|local| local.port() == port)
                && (!shared || listens)
        };
        if self.open.values().any(clashes) {
            return Ok(End::failed("EADDRINUSE"));
        }
        self.bound(stack, fd, SocketAddr::new(address.ip(), port)).map(|_| End::done(0))
    }

    /// The descriptor, bound, if need be to a port of nobody's choosing.
    pub(super) fn bound(
        &mut self,
        stack: &mut impl Sockets<Socket = H>,
        fd: Fd,
        address: SocketAddr,
    ) -> Result<Descriptor<H>, End> {
        let mut own = self.get(fd)?;
        if own.local.is_none() {
            let port = if address.port() == 0 { self.unused_port() } else { address.port() };
            let local = SocketAddr::new(address.ip(), port);
            own.local = Some(local);
            if let StandsFor::Datagrams { socket, .. } = &mut own.stands_for {
                *socket = Some(stack.datagrams(local).ok_or_else(|| End::failed("EINVAL"))?);
            }
            self.put(fd, own.clone());
        }
        Ok(own)
    }

    fn listen(&mut self, stack: &mut impl Sockets<Socket = H>, fd: Fd, backlog: i32) -> Result<End, End> {
        let mut own = self.bound(stack, fd, SocketAddr::new(stack.address(), 0))?;
        let backlog = usize::try_from(backlog).unwrap_or(0);
        let row = match own.stands_for {
            StandsFor::Idle => Vec::new(),
            StandsFor::Listener { row, .. } => row,
            StandsFor::Stream(_) => return Ok(End::failed("EINVAL")),
            StandsFor::Datagrams { .. } => return Ok(End::failed("EOPNOTSUPP")),
        };
        own.stands_for = StandsFor::Listener { row, backlog };
        let end = self.put(fd, own);
        self.listen_again(stack);
        Ok(end)
    }

    fn accept(&mut self, stack: &mut impl Sockets<Socket = H>, fd: Fd) -> Result<End, End> {
        let mut own = self.get(fd)?;
        let StandsFor::Listener { row, .. } = &mut own.stands_for else { return Ok(End::failed("EINVAL")) };
        let Some(at) = row.iter().position(|&socket| !opens(stack.state_of(socket))) else {
            return Ok(waits(own.blocks));
        };
        let socket = row.remove(at);
        let accepted = Descriptor { stands_for: StandsFor::Stream(socket), blocks: true, ..own.clone() };
        let is_ipv6 = own.is_ipv6;
        self.put(fd, own);
        let Some(peer) = stack.remote(socket) else { return Ok(End::failed("ECONNABORTED")) };
        match self.opened(accepted) {
            End::Returned { value, .. } => {
                Ok(End::Returned { value, output: Output::Accepted(shown(peer, is_ipv6)) })
            }
            end => Ok(end),
        }
    }

    pub(super) fn connect(&mut self, stack: &mut impl Sockets<Socket = H>, fd: Fd, to: Peer) -> End {
        self.call(stack, fd, to).unwrap_or_else(|end| end)
    }

    fn call(&mut self, stack: &mut impl Sockets<Socket = H>, fd: Fd, to: Peer) -> Result<End, End> {
        let Peer::Address(to) = to else { return Ok(End::unsupported("connect without an address")) };
        let remote = plain(to);
        let mut own = self.bound(stack, fd, SocketAddr::new(stack.address(), 0))?;
        let port = own.local.map_or(0, |local| local.port());
        match &mut own.stands_for {
            StandsFor::Datagrams { peer, .. } => {
                *peer = Some(remote);
                Ok(self.put(fd, own))
            }
            StandsFor::Listener { .. } => Ok(End::failed("EISCONN")),
            // The first may have come to an end meanwhile, which is told once.
            StandsFor::Stream(_) => match self.connected(stack, fd)? {
                End::Returned { .. } => Ok(End::failed("EISCONN")),
                End::Blocks => Ok(End::failed("EALREADY")),
                end => Ok(end),
            },
            StandsFor::Idle => {
                let socket = stack.stream(&own.options);
                let local = SocketAddr::new(stack.address(), port);
                if !stack.connect(socket, Tuple { local, remote }) {
                    return Ok(End::failed("EADDRNOTAVAIL"));
                }
                own.stands_for = StandsFor::Stream(socket);
                let blocks = own.blocks;
                self.put(fd, own);
                Ok(if blocks { End::Blocks } else { End::failed("EINPROGRESS") })
            }
        }
    }

    /// How the opening of a connection stands.
    fn connected(&mut self, stack: &mut impl Sockets<Socket = H>, fd: Fd) -> Result<End, End> {
        let StandsFor::Stream(socket) = self.get(fd)?.stands_for else { return Ok(End::failed("EBADF")) };
        Ok(match stack.state_of(socket) {
            State::SynSent | State::SynReceived => End::Blocks,
            State::Closed => stack.error(socket, true).map_or_else(|| End::failed("ENOTCONN"), End::Failed),
            _ => End::done(0),
        })
    }

    fn receive(
        &mut self,
        stack: &mut impl Sockets<Socket = H>,
        fd: Fd,
        length: usize,
        flags: i32,
    ) -> Result<End, End> {
        let own = self.get(fd)?;
        let Flags { peeks, blocks } = Flags::of(flags, own.blocks)?;
        let socket = match own.stands_for {
            StandsFor::Stream(socket) => socket,
            StandsFor::Datagrams { socket: Some(socket), peer } => {
                let next = super::datagrams::next(stack, (socket, peer), length, peeks);
                return Ok(next.map_or_else(|| waits(blocks), |message| received(message, own.is_ipv6)));
            }
            StandsFor::Datagrams { socket: None, .. } => return Ok(waits(blocks)),
            StandsFor::Idle | StandsFor::Listener { .. } => return Ok(End::failed("ENOTCONN")),
        };
        let mut data = vec![0; length.min(stack.queued(socket).0)];
        Ok(match stack.receive(socket, &mut data, peeks) {
            Received::Text(0) if length > 0 => waits(blocks),
            Received::Text(count) => {
                data.truncate(count);
                received(Message { data: data.into(), ..Message::default() }, false)
            }
            Received::Finished => received(Message::default(), false),
            Received::Closed if opens(stack.state_of(socket)) => waits(blocks),
            Received::Closed => {
                stack.error(socket, true).map_or_else(|| received(Message::default(), false), End::Failed)
            }
        })
    }

    fn send(
        &mut self,
        stack: &mut impl Sockets<Socket = H>,
        (fd, to): (Fd, Option<Peer>),
        (data, blocks): (&Bytes, bool),
        waiting: &mut Waiting,
    ) -> Result<End, End> {
        let socket = match self.get(fd)?.stands_for {
            StandsFor::Stream(socket) => socket,
            StandsFor::Datagrams { peer, .. } => {
                return self.send_datagram(stack, fd, to.map_or(peer, address), (data, blocks));
            }
            StandsFor::Idle | StandsFor::Listener { .. } => return Ok(End::failed("EPIPE")),
        };
        if opens(stack.state_of(socket)) {
            return Ok(waits(blocks));
        }
        let rest = data.get(waiting.taken..).unwrap_or_default();
        Ok(match stack.send(socket, rest) {
            Some(taken) if taken == rest.len() => End::done(count(data.len())),
            Some(0) if !blocks => waits(false),
            Some(taken) if !blocks => End::done(count(taken)),
            Some(taken) => {
                waiting.taken += taken;
                End::Blocks
            }
            None if waiting.taken > 0 => End::done(count(waiting.taken)),
            None => stack.error(socket, true).map_or_else(|| End::failed("EPIPE"), End::Failed),
        })
    }

    fn shutdown(&mut self, stack: &mut impl Sockets<Socket = H>, fd: Fd, how: i32) -> Result<End, End> {
        if i64::from(how) != number("SHUT_WR") {
            return Ok(End::unsupported("shutdown of the receiving half"));
        }
        match self.get(fd)?.stands_for {
            StandsFor::Stream(socket) if stack.state_of(socket) != State::Closed => {
                stack.close(socket);
                Ok(End::done(0))
            }
            _ => Ok(End::failed("ENOTCONN")),
        }
    }

    /// What is still to be sent and acknowledged goes on without the descriptor.
    fn close(&mut self, stack: &mut impl Sockets<Socket = H>, fd: Fd) -> Result<End, End> {
        let own = self.get(fd)?;
        self.open.remove(&fd.0);
        match own.stands_for {
            StandsFor::Idle | StandsFor::Datagrams { socket: None, .. } => {}
            StandsFor::Listener { row, .. } => row.into_iter().for_each(|socket| stack.abort(socket)),
            StandsFor::Stream(socket) if own.options.linger == Some(0) => stack.abort(socket),
            StandsFor::Stream(socket) => stack.close(socket),
            StandsFor::Datagrams { socket: Some(socket), .. } => stack.drop_datagrams(socket),
        }
        Ok(End::done(0))
    }
}

/// Whether a connection is not open yet.
pub(super) const fn opens(state: State) -> bool {
    matches!(state, State::Listen | State::SynSent | State::SynReceived)
}

/// What `MSG_*` flags ask for.
struct Flags {
    peeks: bool,
    blocks: bool,
}

impl Flags {
    fn of(flags: i32, blocks: bool) -> Result<Self, End> {
        let mut rest = i64::from(flags);
        let mut has = |name| {
            let bit = number(name);
            let set = rest & bit != 0;
            rest &= !bit;
            set
        };
        let (waits, peeks, _) = (!has("MSG_DONTWAIT"), has("MSG_PEEK"), has("MSG_NOSIGNAL"));
        match Abi::Linux.name(rest & rest.wrapping_neg(), &["MSG_"]) {
            _ if rest == 0 => Ok(Self { peeks, blocks: blocks && waits }),
            name => Err(End::unsupported(name.unwrap_or("a message flag"))),
        }
    }
}

pub(super) fn waits(blocks: bool) -> End {
    if blocks { End::Blocks } else { End::failed("EAGAIN") }
}

fn received(message: Message, is_ipv6: bool) -> End {
    let from = message.from.map(|from| shown(from, is_ipv6));
    End::Returned { value: count(message.data.len()), output: Output::Received(Message { from, ..message }) }
}

pub(super) fn number(name: &str) -> i64 {
    Abi::Linux.number(name).unwrap_or(0)
}

pub(super) fn count(octets: usize) -> i32 {
    i32::try_from(octets).unwrap_or(i32::MAX)
}

/// The address that a call names.
fn address(to: Peer) -> Option<SocketAddr> {
    match to {
        Peer::Address(to) => Some(plain(to)),
        Peer::Family(_) => None,
    }
}

/// An address as packets carry it.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// An address as the socket's family shows it.
fn shown(address: SocketAddr, is_ipv6: bool) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if is_ipv6 => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
        _ => address,
    }
}
