//! The conformance's calls as the reference's, and its outcomes as ours.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;

use bytes::Bytes;
use stackdrill_stack::Errno as StackErrno;
use stackdrill_stack::socket::{
    self, Domain, Events, Fcntl, Ioctl, Kind, MessageFlags, Outcome, PollEntry, Returned, Shutdown,
};
use stackdrill_wire::Instant;

use super::Reference;
use crate::constants::{Abi, Errno};
use crate::target::{Call, End, Fd, Message, Output, Peer, Polled, Unsupported};

impl Reference {
    /// Makes a call.
    pub(super) fn make(&mut self, call: &Call, at: Instant) -> End {
        match call {
            Call::Socket { domain, kind, protocol } => self.socket((*domain, *kind, *protocol), at),
            Call::Bind { fd, address } => self.plain(|host| host.bind(stack(*fd), *address, at)),
            Call::Listen { fd, backlog } => self.plain(|host| host.listen(stack(*fd), *backlog, at)),
            Call::Accept { fd } => {
                let outcome = self.host.accept(stack(*fd), at);
                self.end(outcome, accepted)
            }
            Call::Connect { fd, to } => self.connect(*fd, *to, at),
            Call::Receive { fd, length, flags, .. } => self.receive(*fd, *length, *flags, at),
            Call::Send { fd, data, flags, to, .. } => self.send((*fd, *to), data, *flags, at),
            Call::Shutdown { fd, how } => match how {
                0 => self.plain(|host| host.shutdown(stack(*fd), Shutdown::Read, at)),
                1 => self.plain(|host| host.shutdown(stack(*fd), Shutdown::Write, at)),
                2 => self.plain(|host| host.shutdown(stack(*fd), Shutdown::Both, at)),
                _ => failed("EINVAL"),
            },
            Call::Close { fd } => self.plain(|host| host.close(stack(*fd), at)),
            Call::SetOption { fd, option, value, length } => {
                self.set_option((*fd, *option), value, *length, at)
            }
            Call::GetOption { fd, option, .. } => self.option(*fd, *option, at),
            Call::Fcntl { fd, command, argument } => self.fcntl(*fd, *command, *argument, at),
            Call::Ioctl { fd, request, .. } => self.ioctl(*fd, *request, at),
            Call::Poll { watched, timeout } => self.poll(watched, *timeout, at),
        }
    }

    /// Asks again about the call that blocks.
    pub(super) fn ask_again(&mut self, at: Instant) -> End {
        let Some(pending) = self.waiting.take() else { return End::Blocks };
        let (abi, outcome) = (self.abi, self.host.resume(pending, at));
        self.end(outcome, |returned| match returned {
            Returned::Nothing => done(0),
            Returned::Accepted(fd, peer) => accepted((fd, peer)),
            Returned::Count(count) => counted(count),
            Returned::Received(message) => received(message, abi),
            Returned::Ready(events) => ready(&events),
            Returned::Watched(_) => done(0),
        })
    }

    fn socket(&mut self, (domain, kind, protocol): (i32, i32, i32), at: Instant) -> End {
        let is = |name, number: i32| self.abi.number(name) == Some(number.into());
        let domain = match domain {
            _ if is("AF_INET", domain) => Domain::Inet,
            _ if is("AF_INET6", domain) => Domain::Inet6,
            _ => return failed("EAFNOSUPPORT"),
        };
        let (kind, protocols) = match kind & 0xf {
            1 => (Kind::Stream, [0, 6]),
            2 => (Kind::Datagram, [0, 17]),
            _ => return failed("ESOCKTNOSUPPORT"),
        };
        if !protocols.contains(&protocol) {
            return failed("EPROTONOSUPPORT");
        }
        let outcome = self.host.socket(domain, kind, at);
        self.end(outcome, |fd| done(fd.0))
    }

    fn connect(&mut self, fd: Fd, to: Peer, at: Instant) -> End {
        match self.address(to) {
            Some(address) => self.plain(|host| host.connect(stack(fd), address, at)),
            None => self.plain(|host| host.disconnect(stack(fd), at)),
        }
    }

    /// A family alone is a zeroed address of it; `AF_UNSPEC` is none.
    fn address(&self, to: Peer) -> Option<SocketAddr> {
        match to {
            Peer::Address(address) => Some(address),
            Peer::Family(family) if self.abi.number("AF_UNSPEC") == Some(family.into()) => None,
            Peer::Family(family) if self.abi.number("AF_INET6") == Some(family.into()) => {
                Some(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0))
            }
            Peer::Family(_) => Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0)),
        }
    }

    fn receive(&mut self, fd: Fd, length: usize, flags: i32, at: Instant) -> End {
        match self.flags(flags) {
            Ok(flags) => {
                let outcome = self.host.recv(stack(fd), length, flags, at);
                let abi = self.abi;
                self.end(outcome, |message| received(message, abi))
            }
            Err(missing) => End::Unsupported(missing),
        }
    }

    fn send(&mut self, (fd, to): (Fd, Option<Peer>), data: &Bytes, flags: i32, at: Instant) -> End {
        let flags = match self.flags(flags) {
            Ok(flags) => flags,
            Err(missing) => return End::Unsupported(missing),
        };
        let address = to.and_then(|to| self.address(to));
        let mut outcome = self.host.sendto(stack(fd), data, flags, address, at);
        // Linux pays no attention to an address where the peer is known; POSIX lets a stack refuse it.
        if outcome == Outcome::Failed(StackErrno::EISCONN) && self.abi == Abi::Linux {
            outcome = self.host.send(stack(fd), data, flags, at);
        }
        self.end(outcome, counted)
    }

    fn flags(&self, flags: i32) -> Result<MessageFlags, Unsupported> {
        let mut rest = i64::from(flags);
        let mut has = |name| {
            let bit = self.abi.number(name).unwrap_or(0);
            let set = bit != 0 && rest & bit != 0;
            rest &= !bit;
            set
        };
        let known = MessageFlags {
            dont_wait: has("MSG_DONTWAIT"),
            peek: has("MSG_PEEK"),
            out_of_band: has("MSG_OOB"),
            no_signal: has("MSG_NOSIGNAL"),
            more: has("MSG_MORE"),
            wait_all: has("MSG_WAITALL"),
            truncate: has("MSG_TRUNC"),
            error_queue: has("MSG_ERRQUEUE"),
            zero_copy: has("MSG_ZEROCOPY"),
        };
        // These say how a datagram is routed or a record ends, which changes nothing here.
        for without_effect in ["MSG_DONTROUTE", "MSG_EOR", "MSG_CONFIRM", "MSG_CMSG_CLOEXEC"] {
            has(without_effect);
        }
        if rest == 0 {
            return Ok(known);
        }
        let lowest = rest & rest.wrapping_neg();
        let name = self.abi.name(lowest, &["MSG_"]);
        Err(Unsupported(name.map_or_else(|| format!("message flag {lowest:#x}"), str::to_owned)))
    }

    fn fcntl(&mut self, fd: Fd, command: i32, argument: Option<i32>, at: Instant) -> End {
        let nonblock = self.abi.number("O_NONBLOCK").unwrap_or(0);
        match self.abi.name(command.into(), &["F_"]) {
            Some("F_GETFL") => {
                let outcome = self.host.fcntl(stack(fd), Fcntl::GetFlags, at);
                self.end(outcome, |flags| {
                    let other = flags & !socket::O_NONBLOCK;
                    let blocks = flags & socket::O_NONBLOCK == 0;
                    done(other | if blocks { 0 } else { i32::try_from(nonblock).unwrap_or(0) })
                })
            }
            Some("F_SETFL") => {
                let wanted = i64::from(argument.unwrap_or(0)) & nonblock != 0;
                let flags = if wanted { socket::O_NONBLOCK } else { 0 };
                let outcome = self.host.fcntl(stack(fd), Fcntl::SetFlags(flags), at);
                self.end(outcome, |_| done(0))
            }
            // Nothing is ever executed, so nothing is closed by it.
            Some("F_GETFD" | "F_SETFD") => done(0),
            name => End::Unsupported(Unsupported(name.map_or("an fcntl command", |name| name).to_owned())),
        }
    }

    fn ioctl(&mut self, fd: Fd, request: i64, at: Instant) -> End {
        let is = |name| self.abi.number(name) == Some(request);
        let request = match () {
            () if is("FIONREAD") => Ioctl::Unread,
            () if is("SIOCOUTQ") || is("FIONWRITE") => Ioctl::Unacknowledged,
            () if is("SIOCOUTQNSD") => Ioctl::Unsent,
            () if is("SIOCATMARK") => Ioctl::AtMark,
            () => return End::Unsupported(Unsupported(format!("ioctl request {request:#x}"))),
        };
        let outcome = self.host.ioctl(stack(fd), request, at);
        self.end(outcome, |value| End::Returned { value: 0, output: Output::Int(value) })
    }

    fn poll(&mut self, watched: &[Polled], timeout: i32, at: Instant) -> End {
        let entries: Vec<_> = watched
            .iter()
            .map(|polled| PollEntry { fd: stack(polled.fd), events: Events(polled.events.cast_unsigned()) })
            .collect();
        let timeout = u64::try_from(timeout).ok().map(Duration::from_millis);
        let outcome = self.host.poll(&entries, timeout, at);
        self.end(outcome, |events| ready(&events))
    }

    /// A call that returns nothing but success.
    fn plain(&mut self, make: impl FnOnce(&mut stackdrill_stack::Host) -> Outcome<()>) -> End {
        let outcome = make(&mut self.host);
        self.end(outcome, |()| done(0))
    }

    /// An outcome in our words; what blocks is kept.
    pub(super) fn end<T>(&mut self, outcome: Outcome<T>, returned: impl FnOnce(T) -> End) -> End {
        match outcome {
            Outcome::Done(result) => returned(result),
            Outcome::Failed(errno) => failed(errno.name()),
            Outcome::Blocks(pending) => {
                self.waiting = Some(pending);
                End::Blocks
            }
        }
    }
}

/// The same number on both sides.
pub(super) const fn stack(fd: Fd) -> socket::Fd {
    socket::Fd(fd.0)
}

pub(super) fn failed(name: &str) -> End {
    match Errno::named(name) {
        Some(errno) => End::Failed(errno),
        None => End::Unsupported(Unsupported(format!("the errno {name}"))),
    }
}

pub(super) const fn done(value: i32) -> End {
    End::Returned { value, output: Output::Nothing }
}

fn counted(count: usize) -> End {
    done(i32::try_from(count).unwrap_or(i32::MAX))
}

fn accepted((fd, peer): (socket::Fd, SocketAddr)) -> End {
    End::Returned { value: fd.0, output: Output::Accepted(peer) }
}

fn received(message: socket::Received, abi: Abi) -> End {
    let value = i32::try_from(message.length).unwrap_or(i32::MAX);
    let truncated = abi.number("MSG_TRUNC").filter(|_| message.truncated);
    let flags = truncated.and_then(|flag| i32::try_from(flag).ok()).unwrap_or(0);
    End::Returned {
        value,
        output: Output::Received(Message { data: message.data, from: message.from, flags }),
    }
}

fn ready(events: &[Events]) -> End {
    let count = events.iter().filter(|events| events.0 != 0).count();
    let returned = events.iter().map(|events| events.0.cast_signed()).collect();
    End::Returned { value: i32::try_from(count).unwrap_or(i32::MAX), output: Output::Polled(returned) }
}
