//! The calls, in terms of smoltcp's sockets.
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use bytes::Bytes;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp;
use smoltcp::socket::udp::UdpMetadata;
use stackdrill_wire::{Instant, Tuple};

use super::Smoltcp;
use super::descriptor::{Descriptor, Options, StandsFor};
use crate::constants::{Abi, Errno};
use crate::target::{Call, End, Fd, Message, Output, Peer, Polled, SocketOption, Value};

/// What is known of the call that blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waiting {
    /// When it ends whatever happens.
    pub(super) until: Option<Instant>,
    /// Octets of a blocking send that smoltcp has taken.
    taken: usize,
}

const POLLIN: i16 = 1;
const POLLOUT: i16 = 4;
const POLLERR: i16 = 8;
const POLLHUP: i16 = 16;

impl Smoltcp {
    /// Makes a call.
    pub(super) fn make(&mut self, call: &Call, at: Instant) -> End {
        let mut waiting = Waiting::default();
        if let Call::Poll { timeout, .. } = call {
            waiting.until = u64::try_from(*timeout).ok().map(|millis| at + Duration::from_millis(millis));
        }
        let end = match call {
            Call::Connect { fd, to } => self.connect(*fd, *to),
            _ => self.attempt(call, &mut waiting, at),
        };
        self.waiting = (end == End::Blocks).then_some(waiting);
        end
    }

    /// Asks again about the call that blocks.
    pub(super) fn go_on(&mut self, call: &Call, at: Instant) -> End {
        let Some(mut waiting) = self.waiting else { return End::Blocks };
        let end = match call {
            Call::Connect { fd, .. } => self.connected(*fd),
            _ => self.attempt(call, &mut waiting, at),
        };
        self.waiting = (end == End::Blocks).then_some(waiting);
        end
    }

    fn attempt(&mut self, call: &Call, waiting: &mut Waiting, at: Instant) -> End {
        match call {
            Call::Socket { domain, kind, .. } => self.socket(*domain, *kind),
            Call::Bind { fd, address } => self.bind(*fd, plain(*address)),
            Call::Listen { fd, backlog } => self.listen(*fd, *backlog),
            Call::Accept { fd } => self.accept(*fd),
            Call::Connect { fd, .. } => self.connected(*fd),
            Call::Receive { fd, length, flags, .. } => self.receive(*fd, *length, *flags),
            Call::Send { fd, data, flags, to, .. } => self.send(*fd, *to, data, *flags, waiting),
            Call::Shutdown { fd, how } => self.shutdown(*fd, *how),
            Call::Close { fd } => self.close(*fd),
            Call::SetOption { fd, option, value, .. } => self.set_option(*fd, *option, value),
            Call::GetOption { fd, option, .. } => self.option(*fd, *option),
            Call::Fcntl { fd, command, argument } => self.fcntl(*fd, *command, *argument),
            Call::Ioctl { fd, request, .. } => self.ioctl(*fd, *request),
            Call::WithoutBuffer(_)
            | Call::EpollCreate { .. }
            | Call::EpollControl { .. }
            | Call::EpollWait { .. }
            | Call::Pipe
            | Call::Splice { .. }
            | Call::Open { .. }
            | Call::SendFile { .. }
            | Call::SetCapability { .. } => End::unsupported(&format!("{}()", call.name())),
            Call::Poll { watched, .. } => {
                let events: Vec<i16> = watched.iter().map(|polled| self.events(*polled)).collect();
                let ready = events.iter().filter(|&&events| events != 0).count();
                let over = waiting.until.is_some_and(|until| until <= at);
                if ready == 0 && !over {
                    return End::Blocks;
                }
                End::Returned { value: count(ready), output: Output::Polled(events) }
            }
        }
    }

    fn socket(&mut self, domain: i32, kind: i32) -> End {
        let is = |name, number: i32| Abi::Linux.number(name) == Some(number.into());
        let is_ipv6 = is("AF_INET6", domain);
        if !is_ipv6 && !is("AF_INET", domain) {
            return End::failed("EAFNOSUPPORT");
        }
        let stands_for = match kind & 0xf {
            1 => StandsFor::Idle,
            2 => StandsFor::Datagram { handle: self.new_datagram(), peer: None },
            _ => return End::failed("ESOCKTNOSUPPORT"),
        };
        let blocks = i64::from(kind) & number("SOCK_NONBLOCK") == 0;
        self.open(Descriptor { stands_for, is_ipv6, blocks, local: None, options: Options::default() })
    }

    fn open(&mut self, descriptor: Descriptor) -> End {
        let fd = self.descriptors.keys().next_back().map_or(3, |last| last + 1);
        self.descriptors.insert(fd, descriptor);
        End::done(fd)
    }

    fn bind(&mut self, fd: Fd, address: SocketAddr) -> End {
        let Some(own) = self.descriptors.get(&fd.0).cloned() else { return End::failed("EBADF") };
        if own.local.is_some() {
            return End::failed("EINVAL");
        }
        if !address.ip().is_unspecified() && address.ip() != self.local {
            return End::failed("EADDRNOTAVAIL");
        }
        let port = if address.port() == 0 { self.unused_port() } else { address.port() };
        let address = SocketAddr::new(address.ip(), port);
        let is_stream = !matches!(own.stands_for, StandsFor::Datagram { .. });
        let clashes = |other: &Descriptor| {
            let shared = own.options.reuses && other.options.reuses;
            let listens = matches!(other.stands_for, StandsFor::Listener { .. });
            is_stream != matches!(other.stands_for, StandsFor::Datagram { .. })
                && other.local.is_some_and(|local| local.port() == port)
                && (!shared || listens)
        };
        if self.descriptors.values().any(clashes) {
            return End::failed("EADDRINUSE");
        }
        self.bound(fd, own, address)
    }

    fn bound(&mut self, fd: Fd, mut own: Descriptor, address: SocketAddr) -> End {
        own.local = Some(address);
        if let StandsFor::Datagram { handle, .. } = own.stands_for
            && self.datagram(handle).bind(super::descriptor::listening(own.local)).is_err()
        {
            return End::failed("EINVAL");
        }
        self.descriptors.insert(fd.0, own);
        End::done(0)
    }

    /// smoltcp leaves the choice of ports to its user. One a call, so that no two connections are alike.
    fn unused_port(&mut self) -> u16 {
        let port = self.next_port;
        self.next_port = port.checked_add(1).unwrap_or(49_152);
        port
    }

    fn listen(&mut self, fd: Fd, backlog: i32) -> End {
        let Some(mut own) = self.descriptors.get(&fd.0).cloned() else { return End::failed("EBADF") };
        let backlog = usize::try_from(backlog).unwrap_or(0);
        let row = match own.stands_for {
            StandsFor::Idle => Vec::new(),
            StandsFor::Listener { row, .. } => row,
            StandsFor::Stream(_) => return End::failed("EINVAL"),
            StandsFor::Datagram { .. } => return End::failed("EOPNOTSUPP"),
        };
        if own.local.is_none() {
            own.local = Some(SocketAddr::new(self.local, self.unused_port()));
        }
        own.stands_for = StandsFor::Listener { row, backlog };
        self.descriptors.insert(fd.0, own);
        self.listen_again();
        End::done(0)
    }

    fn accept(&mut self, fd: Fd) -> End {
        let Some(mut own) = self.descriptors.get(&fd.0).cloned() else { return End::failed("EBADF") };
        let StandsFor::Listener { row, .. } = &mut own.stands_for else { return End::failed("EINVAL") };
        let opening = |state| matches!(state, tcp::State::Listen | tcp::State::SynReceived);
        let Some(at) = row.iter().position(|&handle| !opening(self.stream(handle).state())) else {
            return waits(own.blocks);
        };
        let handle = row.remove(at);
        let accepted = Descriptor { stands_for: StandsFor::Stream(handle), blocks: true, ..own.clone() };
        let is_ipv6 = own.is_ipv6;
        self.descriptors.insert(fd.0, own);
        let Some(peer) = self.stream(handle).remote_endpoint() else { return End::failed("ECONNABORTED") };
        match self.open(accepted) {
            End::Returned { value, .. } => {
                End::Returned { value, output: Output::Accepted(shown(peer.into(), is_ipv6)) }
            }
            end => end,
        }
    }

    fn connect(&mut self, fd: Fd, to: Peer) -> End {
        let Some(mut own) = self.descriptors.get(&fd.0).cloned() else { return End::failed("EBADF") };
        let Peer::Address(to) = to else { return End::unsupported("connect without an address") };
        let to = plain(to);
        if own.local.is_none() {
            let local = SocketAddr::new(self.local, self.unused_port());
            self.bound(fd, own.clone(), local);
            own.local = Some(local);
        }
        let port = own.local.map_or(0, |local| local.port());
        let tuple = Tuple { local: SocketAddr::new(self.local, port), remote: to };
        match &mut own.stands_for {
            StandsFor::Datagram { peer, .. } => *peer = Some(to),
            StandsFor::Listener { .. } => return End::failed("EISCONN"),
            StandsFor::Stream(_) => return self.connected_already(fd),
            StandsFor::Idle => {
                let handle = self.new_stream(&own.options);
                let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
                if socket.connect(self.interface.context(), to, tuple.local).is_err() {
                    return End::failed("EADDRNOTAVAIL");
                }
                own.stands_for = StandsFor::Stream(handle);
            }
        }
        let (is_stream, blocks) = (matches!(own.stands_for, StandsFor::Stream(_)), own.blocks);
        self.descriptors.insert(fd.0, own);
        match (is_stream, blocks) {
            (false, _) => End::done(0),
            (true, true) => End::Blocks,
            (true, false) => End::failed("EINPROGRESS"),
        }
    }

    /// A second `connect`: the first may have come to an end meanwhile, which is told once.
    fn connected_already(&mut self, fd: Fd) -> End {
        match self.connected(fd) {
            End::Returned { .. } => End::failed("EISCONN"),
            End::Blocks => End::failed("EALREADY"),
            end => end,
        }
    }

    /// How the opening of a connection stands.
    fn connected(&mut self, fd: Fd) -> End {
        let Some(StandsFor::Stream(handle)) = self.stands_for(fd) else { return End::failed("EBADF") };
        match self.stream(handle).state() {
            tcp::State::SynSent | tcp::State::SynReceived => End::Blocks,
            tcp::State::Closed => {
                self.take_error(handle).map_or_else(|| End::failed("ENOTCONN"), End::Failed)
            }
            _ => End::done(0),
        }
    }

    fn receive(&mut self, fd: Fd, length: usize, flags: i32) -> End {
        let Some(own) = self.descriptors.get(&fd.0).cloned() else { return End::failed("EBADF") };
        let Flags { peeks, blocks } = match understood(flags, own.blocks) {
            Ok(flags) => flags,
            Err(end) => return end,
        };
        match own.stands_for {
            StandsFor::Idle | StandsFor::Listener { .. } => End::failed("ENOTCONN"),
            StandsFor::Datagram { handle, peer } => {
                let socket = self.datagram(handle);
                loop {
                    let read = |(data, meta): (&[u8], &UdpMetadata)| {
                        (Bytes::copy_from_slice(data), SocketAddr::from(meta.endpoint))
                    };
                    let next = socket.peek().map(read);
                    let Ok((mut data, from)) = next else { return waits(blocks) };
                    let wanted = peer.is_none_or(|peer| peer == from);
                    if !peeks || !wanted {
                        let _ = socket.recv();
                    }
                    if wanted {
                        let whole = data.len();
                        data.truncate(length);
                        let flags = if whole > length { number("MSG_TRUNC") } else { 0 };
                        let from = Some(shown(from, own.is_ipv6));
                        return received(Message { data, from, flags: narrow(flags), ..Message::default() });
                    }
                }
            }
            StandsFor::Stream(handle) => {
                let socket = self.stream(handle);
                let mut data = vec![0; length.min(socket.recv_queue())];
                let got = match socket.peek(0) {
                    Ok(_) if peeks => socket.peek_slice(&mut data),
                    Ok(_) => socket.recv_slice(&mut data),
                    Err(error) => Err(error),
                };
                let opens = matches!(socket.state(), tcp::State::SynSent | tcp::State::SynReceived);
                match got {
                    Ok(0) if length > 0 => waits(blocks),
                    Ok(_) => received(Message { data: data.into(), ..Message::default() }),
                    Err(tcp::RecvError::Finished) => received(Message::default()),
                    Err(tcp::RecvError::InvalidState) if opens => waits(blocks),
                    Err(tcp::RecvError::InvalidState) => {
                        self.take_error(handle).map_or_else(|| received(Message::default()), End::Failed)
                    }
                }
            }
        }
    }

    fn send(&mut self, fd: Fd, to: Option<Peer>, data: &Bytes, flags: i32, waiting: &mut Waiting) -> End {
        let Some(own) = self.descriptors.get(&fd.0).cloned() else { return End::failed("EBADF") };
        let blocks = match understood(flags, own.blocks) {
            Ok(flags) => flags.blocks,
            Err(end) => return end,
        };
        match own.stands_for {
            StandsFor::Idle | StandsFor::Listener { .. } => End::failed("EPIPE"),
            StandsFor::Datagram { handle, peer } => {
                let named = to.and_then(|to| if let Peer::Address(to) = to { Some(plain(to)) } else { None });
                let Some(to) = named.or(peer) else { return End::failed("EDESTADDRREQ") };
                if own.local.is_none() {
                    let port = self.unused_port();
                    self.bound(fd, own, SocketAddr::new(self.local, port));
                }
                match self.datagram(handle).send_slice(data, UdpMetadata::from(to)) {
                    Ok(()) => End::done(count(data.len())),
                    Err(smoltcp::socket::udp::SendError::BufferFull) => waits(blocks),
                    Err(smoltcp::socket::udp::SendError::Unaddressable) => End::failed("EINVAL"),
                }
            }
            StandsFor::Stream(handle) => {
                let socket = self.stream(handle);
                if matches!(socket.state(), tcp::State::SynSent | tcp::State::SynReceived) {
                    return waits(blocks);
                }
                let rest = data.get(waiting.taken..).unwrap_or_default();
                match socket.send_slice(rest) {
                    Ok(taken) if taken == rest.len() => End::done(count(data.len())),
                    Ok(0) if !blocks => waits(false),
                    Ok(taken) if !blocks => End::done(count(taken)),
                    Ok(taken) => {
                        waiting.taken += taken;
                        End::Blocks
                    }
                    Err(_) if waiting.taken > 0 => End::done(count(waiting.taken)),
                    Err(_) => self.take_error(handle).map_or_else(|| End::failed("EPIPE"), End::Failed),
                }
            }
        }
    }

    fn shutdown(&mut self, fd: Fd, how: i32) -> End {
        if i64::from(how) != number("SHUT_WR") {
            // smoltcp closes its own half only.
            return End::unsupported("shutdown of the receiving half");
        }
        match self.stands_for(fd) {
            Some(StandsFor::Stream(handle)) if self.stream(handle).is_open() => {
                self.stream(handle).close();
                End::done(0)
            }
            Some(_) => End::failed("ENOTCONN"),
            None => End::failed("EBADF"),
        }
    }

    /// What is still to be sent and acknowledged goes on without the descriptor.
    fn close(&mut self, fd: Fd) -> End {
        let Some(own) = self.descriptors.remove(&fd.0) else { return End::failed("EBADF") };
        match own.stands_for {
            StandsFor::Idle => {}
            StandsFor::Listener { row, .. } => row.into_iter().for_each(|handle| self.stream(handle).abort()),
            StandsFor::Stream(handle) if own.options.linger == Some(0) => self.stream(handle).abort(),
            StandsFor::Stream(handle) => self.stream(handle).close(),
            StandsFor::Datagram { handle, .. } => drop(self.sockets.remove(handle)),
        }
        End::done(0)
    }

    fn set_option(&mut self, fd: Fd, option: SocketOption, value: &Value) -> End {
        let Some(mut own) = self.descriptors.get(&fd.0).cloned() else { return End::failed("EBADF") };
        let name = name_of(option);
        let options = &mut own.options;
        let millis = |value: i32| Duration::from_millis(u64::try_from(value).unwrap_or(0));
        match (name, value) {
            (Some("SO_REUSEADDR"), Value::Int(on)) => options.reuses = *on != 0,
            (Some("SO_LINGER"), Value::Linger { onoff, linger }) => {
                options.linger = (*onoff != 0).then_some(*linger);
            }
            (Some("SO_KEEPALIVE"), Value::Int(on)) => options.keeps_alive = *on != 0,
            // One interval serves smoltcp for the first probe and those that follow.
            (Some("TCP_KEEPIDLE"), Value::Int(seconds)) => {
                options.idle = Some(millis(seconds.saturating_mul(1000)));
            }
            (Some("TCP_NODELAY"), Value::Int(on)) => options.no_delay = *on != 0,
            (Some("TCP_USER_TIMEOUT"), Value::Int(time)) => {
                options.timeout = (*time > 0).then(|| millis(*time));
            }
            (Some("IP_TTL" | "IPV6_UNICAST_HOPS"), Value::Int(hops)) => match u8::try_from(*hops) {
                Ok(hops) if hops > 0 => options.hop_limit = Some(hops),
                _ => return End::failed("EINVAL"),
            },
            _ => return End::unsupported(&format!("socket option {}", name.unwrap_or("of an unknown name"))),
        }
        self.apply(&own);
        self.descriptors.insert(fd.0, own);
        End::done(0)
    }

    fn option(&mut self, fd: Fd, option: SocketOption) -> End {
        let Some(own) = self.descriptors.get(&fd.0).cloned() else { return End::failed("EBADF") };
        let value = match name_of(option) {
            Some("SO_ERROR") => {
                let StandsFor::Stream(handle) = own.stands_for else { return number_option(0) };
                self.take_error(handle).and_then(|errno| errno.number(Abi::Linux)).unwrap_or(0)
            }
            Some("TCP_NODELAY") => own.options.no_delay.into(),
            Some("SO_KEEPALIVE") => own.options.keeps_alive.into(),
            name => {
                return End::unsupported(&format!("socket option {}", name.unwrap_or("of an unknown name")));
            }
        };
        number_option(value)
    }

    fn fcntl(&mut self, fd: Fd, command: i32, argument: Option<i32>) -> End {
        let Some(own) = self.descriptors.get_mut(&fd.0) else { return End::failed("EBADF") };
        let (nonblock, both) = (narrow(number("O_NONBLOCK")), narrow(number("O_RDWR")));
        match Abi::Linux.name(command.into(), &["F_"]) {
            Some("F_GETFL") => End::done(both | if own.blocks { 0 } else { nonblock }),
            Some("F_SETFL") => {
                own.blocks = argument.unwrap_or(0) & nonblock == 0;
                End::done(0)
            }
            name => End::unsupported(name.unwrap_or("an fcntl command")),
        }
    }

    fn ioctl(&mut self, fd: Fd, request: i64) -> End {
        let is = |name| Abi::Linux.number(name) == Some(request);
        let Some(StandsFor::Stream(handle)) = self.stands_for(fd) else { return End::failed("EINVAL") };
        let octets = match () {
            () if is("FIONREAD") => self.stream(handle).recv_queue(),
            () if is("SIOCOUTQ") => self.stream(handle).send_queue(),
            () => return End::unsupported(&format!("ioctl request {request:#x}")),
        };
        End::Returned { value: 0, output: Output::Int(count(octets)) }
    }

    /// What is ready of what `poll` asks for.
    fn events(&mut self, polled: Polled) -> i16 {
        let flag = |is: bool, event: i16| if is { event } else { 0 };
        let ready = match self.stands_for(polled.fd) {
            Some(StandsFor::Idle) => POLLOUT | POLLHUP,
            Some(StandsFor::Listener { row, .. }) => {
                let opening = |state| matches!(state, tcp::State::Listen | tcp::State::SynReceived);
                flag(row.iter().any(|&handle| !opening(self.stream(handle).state())), POLLIN)
            }
            Some(StandsFor::Stream(handle)) => {
                let known = self.connections.iter().find(|known| known.handle == handle);
                let failed = known.is_some_and(|known| known.error.is_some());
                let socket = self.stream(handle);
                let ended = socket.peek(0) == Err(tcp::RecvError::Finished);
                let closed = socket.state() == tcp::State::Closed;
                flag(socket.can_recv() || ended || closed, POLLIN)
                    | flag(socket.can_send() || closed, POLLOUT)
                    | flag(failed, POLLERR)
                    | flag(closed, POLLHUP)
            }
            Some(StandsFor::Datagram { handle, .. }) => {
                let socket = self.datagram(handle);
                flag(socket.can_recv(), POLLIN) | flag(socket.can_send(), POLLOUT)
            }
            None => 0x20,
        };
        ready & (polled.events | POLLERR | POLLHUP | 0x20)
    }

    fn stands_for(&self, fd: Fd) -> Option<StandsFor> {
        self.descriptors.get(&fd.0).map(|descriptor| descriptor.stands_for.clone())
    }

    /// Why a connection is over, which is told once.
    fn take_error(&mut self, handle: SocketHandle) -> Option<Errno> {
        self.connections.iter_mut().find(|known| known.handle == handle)?.error.take()
    }
}

/// What `MSG_*` flags ask for.
struct Flags {
    peeks: bool,
    blocks: bool,
}

fn understood(flags: i32, blocks: bool) -> Result<Flags, End> {
    let mut rest = i64::from(flags);
    let mut has = |name| {
        let bit = number(name);
        let set = rest & bit != 0;
        rest &= !bit;
        set
    };
    let (waits, peeks, _) = (!has("MSG_DONTWAIT"), has("MSG_PEEK"), has("MSG_NOSIGNAL"));
    match Abi::Linux.name(rest & rest.wrapping_neg(), &["MSG_"]) {
        _ if rest == 0 => Ok(Flags { peeks, blocks: blocks && waits }),
        name => Err(End::unsupported(name.unwrap_or("a message flag"))),
    }
}

fn name_of(option: SocketOption) -> Option<&'static str> {
    let prefix = ["SOL_SOCKET", "IPPROTO_TCP", "IPPROTO_IPV6", "IPPROTO_IP"]
        .into_iter()
        .zip(["SO_", "TCP_", "IPV6_", "IP_"])
        .find(|(level, _)| number(level) == i64::from(option.level))?
        .1;
    Abi::Linux.name(option.name.into(), &[prefix])
}

fn waits(blocks: bool) -> End {
    if blocks { End::Blocks } else { End::failed("EAGAIN") }
}

fn received(message: Message) -> End {
    End::Returned { value: count(message.data.len()), output: Output::Received(message) }
}

fn number_option(value: i32) -> End {
    End::Returned { value: 0, output: Output::Option(Value::Int(value)) }
}

fn number(name: &str) -> i64 {
    Abi::Linux.number(name).unwrap_or(0)
}

fn narrow(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(0)
}

fn count(octets: usize) -> i32 {
    i32::try_from(octets).unwrap_or(i32::MAX)
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
