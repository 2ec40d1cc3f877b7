//! The conformance's calls as the reference's, and its outcomes as ours.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;

use bytes::Bytes;
use stackdrill_stack::Errno as StackErrno;
use stackdrill_stack::socket::{
    self, Domain, Events, Fcntl, Ioctl, Kind, MessageFlags, MessageOptions, OptionValue, Outcome, PollEntry,
    Returned, Shutdown,
};
use stackdrill_wire::Instant;

use super::{Reference, ancillary, files};
use crate::constants::{Abi, Errno};
use crate::target::{Call, Control, End, Fd, Message, Output, Peer, Polled, Receiving, Sending, Unsupported};

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
            Call::Receive { fd, by, length, flags } => self.receive((*fd, *by), *length, *flags, at),
            Call::Send { fd, by, data, flags, to } => self.send((*fd, by, *to), data, *flags, at),
            Call::WithoutBuffer(call) => self.without_buffer(call, at),
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
            Call::GetOption { fd, option, length } => self.option(*fd, *option, *length, at),
            Call::Fcntl { fd, command, argument } => self.fcntl(*fd, *command, *argument, at),
            Call::Ioctl { fd, request, argument } => self.ioctl(*fd, *request, *argument, at),
            Call::Poll { watched, timeout } => self.poll(watched, *timeout, at),
            Call::EpollCreate { .. }
            | Call::EpollControl { .. }
            | Call::EpollWait { .. }
            | Call::Pipe
            | Call::Splice { .. }
            | Call::Open { .. }
            | Call::SendFile { .. }
            | Call::SetCapability { .. } => self.file_call(call, at),
        }
    }

    /// Asks again about the call that blocks.
    pub(super) fn ask_again(&mut self, call: &Call, at: Instant) -> End {
        let room = control_room(call);
        let Some(pending) = self.waiting.take() else { return End::Blocks };
        let (abi, outcome) = (self.abi, self.host.resume(pending, at));
        self.end(outcome, |returned| match returned {
            Returned::Nothing => done(0),
            Returned::Accepted(fd, peer) => accepted((fd, peer)),
            Returned::Count(count) => counted(count),
            Returned::Received(message) => received(message, room, abi),
            Returned::Ready(events) => ready(&events, abi),
            Returned::Watched(events) => files::watched(&events),
        })
    }

    fn socket(&mut self, (domain, kind, protocol): (i32, i32, i32), at: Instant) -> End {
        let is = |name, number: i32| self.abi.number(name) == Some(number.into());
        let domain = match domain {
            _ if is("AF_INET", domain) => Domain::Inet,
            _ if is("AF_INET6", domain) => Domain::Inet6,
            _ => return failed("EAFNOSUPPORT"),
        };
        let nonblock = self.abi.number("SOCK_NONBLOCK").unwrap_or(0);
        let nonblocking = i64::from(kind) & nonblock != 0;
        let echo = if domain == Domain::Inet6 { "IPPROTO_ICMPV6" } else { "IPPROTO_ICMP" };
        let (kind, protocols) = match kind & 0xf {
            1 => (Kind::Stream, [0, 6]),
            2 if is(echo, protocol) => (Kind::Echo, [protocol; 2]),
            2 => (Kind::Datagram, [0, 17]),
            _ => return failed("ESOCKTNOSUPPORT"),
        };
        if !protocols.contains(&protocol) {
            return failed("EPROTONOSUPPORT");
        }
        let outcome = self.host.socket(domain, kind, at);
        if let (true, Outcome::Done(fd)) = (nonblocking, &outcome) {
            self.host.fcntl(*fd, Fcntl::SetFlags(socket::O_NONBLOCK), at);
        }
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

    fn receive(&mut self, (fd, by): (Fd, Receiving), length: usize, flags: i32, at: Instant) -> End {
        if matches!(by, Receiving::Read | Receiving::Readv) && self.host.is_file(stack(fd)) {
            return match self.host.read_file(stack(fd), length) {
                Ok(data) => {
                    let message =
                        socket::Received { length: data.len(), data, ..socket::Received::default() };
                    received(message, 0, self.abi)
                }
                Err(errno) => failed(errno.name()),
            };
        }
        let room = if let Receiving::RecvMsg { control } = by { control } else { 0 };
        match self.flags(flags) {
            Ok((flags, false)) => {
                let outcome = self.host.recv(stack(fd), length, flags, at);
                let abi = self.abi;
                self.end(outcome, |message| received(message, room, abi))
            }
            Ok((_, true)) => failed("EINVAL"),
            Err(missing) => End::Unsupported(missing),
        }
    }

    fn send(
        &mut self,
        (fd, by, to): (Fd, &Sending, Option<Peer>),
        data: &Bytes,
        flags: i32,
        at: Instant,
    ) -> End {
        if matches!(by, Sending::Write | Sending::Writev) && self.host.is_file(stack(fd)) {
            return match self.host.write_file(stack(fd), data) {
                Ok(count) => counted(count),
                Err(errno) => failed(errno.name()),
            };
        }
        let (flags, fast) = match self.flags(flags) {
            Ok(flags) => flags,
            Err(missing) => return End::Unsupported(missing),
        };
        let address = to.and_then(|to| self.address(to));
        match (fast, address, to) {
            (true, Some(address), _) => {
                let outcome = self.host.sendto_fast(stack(fd), data, flags, address, at);
                return self.end(outcome, counted);
            }
            // No family is no server: what Linux's tcp_sendmsg_fastopen() says to `AF_UNSPEC`.
            (true, None, Some(_)) => return failed("EOPNOTSUPP"),
            _ => {}
        }
        let asked = match by {
            Sending::SendMsg { control } => ancillary::asked(control, self.abi),
            Sending::Write | Sending::Writev | Sending::Send | Sending::SendTo => Ok(MessageOptions::NONE),
        };
        let asked = match asked {
            Ok(asked) => asked,
            Err(end) => return end,
        };
        let mut outcome = self.host.sendmsg(stack(fd), (data, flags), address, asked, at);
        // Linux pays no attention to an address where the peer is known; POSIX lets a stack refuse it.
        if outcome == Outcome::Failed(StackErrno::EISCONN) && self.abi == Abi::Linux {
            outcome = self.host.sendmsg(stack(fd), (data, flags), None, asked, at);
        }
        self.end(outcome, counted)
    }

    /// A null pointer is noticed where something would be copied from it or to it; what fails before fails so here.
    fn without_buffer(&mut self, call: &Call, at: Instant) -> End {
        let discards = self.abi.number("MSG_TRUNC").unwrap_or(0);
        match call {
            Call::Receive { fd, by, length, flags } => {
                // A stream's octets that are only dropped need no place to go to.
                if *length == 0 || (i64::from(*flags) & discards != 0 && self.is_stream(*fd, at)) {
                    return self.make(call, at);
                }
                let peek = self.abi.number("MSG_PEEK").and_then(|flag| i32::try_from(flag).ok()).unwrap_or(0);
                match self.receive((*fd, *by), *length, flags | peek, at) {
                    End::Returned { value: 1.., .. } => failed("EFAULT"),
                    other => other,
                }
            }
            Call::Send { fd, by, data, flags, to } if !data.is_empty() => {
                match self.send((*fd, by, *to), &Bytes::new(), *flags, at) {
                    End::Returned { .. } => failed("EFAULT"),
                    other => other,
                }
            }
            call => self.make(call, at),
        }
    }

    fn is_stream(&mut self, fd: Fd, at: Instant) -> bool {
        let kind = self.host.getsockopt(stack(fd), socket::SocketOption::Type, at);
        kind == Outcome::Done(OptionValue::Int(1))
    }

    /// The flags of a message, and whether a connection may be opened with it.
    fn flags(&self, flags: i32) -> Result<(MessageFlags, bool), Unsupported> {
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
        let fast = has("MSG_FASTOPEN");
        if rest == 0 {
            return Ok((known, fast));
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
            Some("F_GETFD") => {
                let outcome = self.host.fcntl(stack(fd), Fcntl::GetDescriptorFlags, at);
                self.end(outcome, done)
            }
            Some("F_SETFD") => {
                let flags = Fcntl::SetDescriptorFlags(argument.unwrap_or(0));
                let outcome = self.host.fcntl(stack(fd), flags, at);
                self.end(outcome, done)
            }
            name => End::Unsupported(Unsupported(name.map_or("an fcntl command", |name| name).to_owned())),
        }
    }

    fn ioctl(&mut self, fd: Fd, request: i64, argument: Option<i32>, at: Instant) -> End {
        let is = |name| self.abi.number(name) == Some(request);
        let request = match () {
            () if is("FIONREAD") => Ioctl::Unread,
            () if is("SIOCOUTQ") || is("FIONWRITE") => Ioctl::Unacknowledged,
            () if is("SIOCOUTQNSD") => Ioctl::Unsent,
            () if is("SIOCATMARK") => Ioctl::AtMark,
            () if is("FIONBIO") => Ioctl::Nonblocking(argument.unwrap_or(0) != 0),
            () => return End::Unsupported(Unsupported(format!("ioctl request {request:#x}"))),
        };
        let outcome = self.host.ioctl(stack(fd), request, at);
        // What sets something leaves the number as it was.
        let kept = matches!(request, Ioctl::Nonblocking(_)).then_some(argument).flatten();
        self.end(outcome, |value| End::Returned { value: 0, output: Output::Int(kept.unwrap_or(value)) })
    }

    fn poll(&mut self, watched: &[Polled], timeout: i32, at: Instant) -> End {
        let entries: Vec<_> = watched
            .iter()
            .map(|polled| PollEntry {
                fd: stack(polled.fd),
                events: self.events_in(polled.events.cast_unsigned()),
            })
            .collect();
        let timeout = u64::try_from(timeout).ok().map(Duration::from_millis);
        let outcome = self.host.poll(&entries, timeout, at);
        let abi = self.abi;
        self.end(outcome, |events| ready(&events, abi))
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

pub(super) fn counted(count: usize) -> End {
    done(i32::try_from(count).unwrap_or(i32::MAX))
}

fn accepted((fd, peer): (socket::Fd, SocketAddr)) -> End {
    End::Returned { value: fd.0, output: Output::Accepted(peer) }
}

/// Room for control messages that the call gave.
fn control_room(call: &Call) -> usize {
    match call {
        Call::Receive { by: Receiving::RecvMsg { control }, .. } => *control,
        _ => 0,
    }
}

fn received(message: socket::Received, room: usize, abi: Abi) -> End {
    let value = i32::try_from(message.length).unwrap_or(i32::MAX);
    let control = message.ancillary.into_iter().map(|told| ancillary::control(told, abi)).collect();
    let (control, whole) = Control::fitting(control, room);
    let flags = [
        (message.truncated, "MSG_TRUNC"),
        (!whole, "MSG_CTRUNC"),
        (message.from_error_queue, "MSG_ERRQUEUE"),
        (message.out_of_band, "MSG_OOB"),
    ];
    let flags = flags.into_iter().filter(|(set, _)| *set).filter_map(|(_, name)| abi.number(name));
    let flags = flags.fold(0, |all, flag| all | flag);
    let message = Message {
        data: message.data,
        from: message.from,
        flags: i32::try_from(flags).unwrap_or_default(),
        control,
    };
    End::Returned { value, output: Output::Received(message) }
}

fn ready(events: &[Events], abi: Abi) -> End {
    let count = events.iter().filter(|events| events.0 != 0).count();
    let returned = events.iter().map(|&events| events_out(events, abi).cast_signed()).collect();
    End::Returned { value: i32::try_from(count).unwrap_or(i32::MAX), output: Output::Polled(returned) }
}

/// The events whose numbers differ between systems, by the reference's own.
const EVENTS: [(&str, Events); 2] = [("POLLWRNORM", Events::WRNORM), ("POLLRDHUP", Events::RDHUP)];

impl Reference {
    /// A set of events in the reference's numbers.
    fn events_in(&self, events: u16) -> Events {
        match self.abi {
            Abi::Linux => Events(events),
            Abi::FreeBsd => EVENTS.into_iter().fold(Events(events & 0xff), |all, (name, own)| {
                let number = self.abi.number(name).unwrap_or(0);
                if i64::from(events) & number != 0 { all.or(own) } else { all }
            }),
        }
    }
}

/// A set of events in the system's numbers.
fn events_out(events: Events, abi: Abi) -> u16 {
    match abi {
        Abi::Linux => events.0,
        Abi::FreeBsd => EVENTS.into_iter().fold(events.0 & 0xff, |all, (name, own)| {
            let number = abi.number(name).and_then(|number| u16::try_from(number).ok()).unwrap_or(0);
            if events.has(own) { all | number } else { all }
        }),
    }
}
