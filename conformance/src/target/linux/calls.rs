//! Calls to the kernel, and what it answers.
//!
//! A socket is as blocking as the script makes it. What can be done at once is done here; what has to wait is handed to
//! a thread that waits.
use std::os::fd::{BorrowedFd, RawFd};
use std::time::SystemTime;

use bytes::Bytes;
use nix::errno::Errno as Number;
use nix::libc;
use nix::poll::{PollFd, PollFlags};
use stackdrill_wire::State;

use super::{Linux, address, control, info, raw, sysctl};
use crate::constants::{Abi, Errno};
use crate::target::{
    Call, End, Fd, Message, Output, Peer, Polled, Receiving, Sending, SocketOption, Unsupported, Value,
};

/// The longest buffer that a script gets.
const LONGEST: usize = 1 << 24;

/// What the kernel answered, or why it refused.
pub(super) type Answer = Result<End, Number>;

/// A call, begun.
pub(super) enum Begun {
    /// It is over.
    Done(End),
    /// It is to be made where it may wait.
    Waits(Box<dyn FnOnce() -> End + Send>),
}

impl Begun {
    pub(super) fn waits(work: impl FnOnce() -> Answer + Send + 'static) -> Self {
        Self::Waits(Box::new(move || end(work())))
    }
}

impl From<Answer> for Begun {
    fn from(answer: Answer) -> Self {
        Self::Done(end(answer))
    }
}

fn end(answer: Answer) -> End {
    answer.unwrap_or_else(failed)
}

impl Linux {
    /// Makes a call as far as that goes without waiting.
    pub(super) fn begin_call(&mut self, call: &Call) -> Begun {
        self.begun(call).unwrap_or_else(|number| Begun::Done(failed(number)))
    }

    fn begun(&mut self, call: &Call) -> Result<Begun, Number> {
        Ok(match call {
            Call::Socket { domain, kind, protocol } => self.socket(*domain, *kind, *protocol).into(),
            Call::Bind { fd, address } => {
                raw::bind(self.own(*fd)?, &address::to_octets(*address)).map(done).into()
            }
            Call::Listen { fd, backlog } => raw::listen(self.own(*fd)?, *backlog).map(done).into(),
            Call::Accept { fd } => {
                let own = self.own(*fd)?;
                if waits(own, libc::POLLIN, 0)? {
                    Begun::waits(move || accept(own))
                } else {
                    accept(own).into()
                }
            }
            Call::Connect { fd, to } => connect(self.own(*fd)?, *to)?,
            Call::Receive { fd, by, length, flags } => {
                let (own, by, length, flags) = (self.own(*fd)?, *by, *length, *flags);
                let origin = self.origin;
                // Asking for all of it, a reader may wait for the rest.
                let ready = if flags & libc::MSG_WAITALL == 0 { libc::POLLIN } else { 0 };
                if flags & libc::MSG_OOB == 0 && waits(own, ready, flags)? {
                    Begun::waits(move || receive(own, by, (length, flags), origin))
                } else {
                    receive(own, by, (length, flags), origin).into()
                }
            }
            Call::Send { fd, by: Sending::Write | Sending::Writev, data, .. }
                if !is_socket(self.own(*fd)?) =>
            {
                raw::write(self.own(*fd)?, data).map(counted).into()
            }
            Call::Send { fd, by, data, flags, to } => {
                let control = match by {
                    Sending::SendMsg { control } => control::written(control),
                    Sending::Write | Sending::Writev | Sending::Send | Sending::SendTo => Vec::new(),
                };
                send(self.own(*fd)?, data, *flags, (*to, control))?
            }
            Call::Shutdown { fd, how } => raw::shutdown(self.own(*fd)?, *how).map(done).into(),
            Call::Close { fd } => self.close(*fd)?,
            Call::SetOption { fd, option, value, length } => {
                set_option(self.own(*fd)?, *option, value, *length).into()
            }
            Call::GetOption { fd, option, length } => get_option(self.own(*fd)?, *option, *length).into(),
            Call::Fcntl { fd, command, argument } => self.fcntl(*fd, *command, *argument).into(),
            Call::Ioctl { fd, request, argument } => ioctl(self.own(*fd)?, *request, *argument).into(),
            Call::Poll { watched, timeout } => self.poll(watched, *timeout)?,
            Call::WithoutBuffer(call) => self.without_buffer(call)?,
            call @ (Call::EpollCreate { .. }
            | Call::EpollControl { .. }
            | Call::EpollWait { .. }
            | Call::Pipe
            | Call::Splice { .. }
            | Call::Open { .. }
            | Call::SendFile { .. }
            | Call::SetCapability { .. }) => self.begun_on_files(call)?,
        })
    }

    fn fcntl(&mut self, fd: Fd, command: i32, argument: Option<i32>) -> Answer {
        let (own, argument) = (self.own(fd)?, argument.unwrap_or(0));
        match command {
            libc::F_GETFL | libc::F_SETFL => raw::fcntl(own, command, argument).map(done),
            libc::F_GETFD => Ok(done(i32::from(self.marked.contains(&own)))),
            libc::F_SETFD if argument & libc::FD_CLOEXEC != 0 => {
                self.marked.insert(own);
                Ok(done(0))
            }
            libc::F_SETFD => {
                self.marked.remove(&own);
                Ok(done(0))
            }
            other => Ok(End::Unsupported(Unsupported(format!("fcntl {other}")))),
        }
    }

    /// The descriptor, if it is one that the script opened.
    pub(super) fn own(&self, fd: Fd) -> Result<RawFd, Number> {
        if self.opened.contains(&fd.0) { Ok(fd.0) } else { Err(Number::EBADF) }
    }

    fn socket(&mut self, domain: i32, kind: i32, protocol: i32) -> Answer {
        let Some(namespace) = &self.namespace else { return Err(Number::ENETDOWN) };
        let kind = kind | libc::SOCK_CLOEXEC;
        let opened = namespace.run(|| raw::socket(domain, kind, protocol));
        let opened = opened.map_err(|_| Number::ENETDOWN)??;
        self.opened.insert(opened);
        Ok(done(opened))
    }

    /// A socket that lingers may wait; its number is free at once.
    fn close(&mut self, fd: Fd) -> Result<Begun, Number> {
        let own = self.own(fd)?;
        self.opened.remove(&own);
        self.marked.remove(&own);
        self.shown.forget(own);
        let mut linger = [0; 8];
        let filled = raw::option(own, libc::SOL_SOCKET, libc::SO_LINGER, &mut linger).unwrap_or(0);
        let lingers = filled == linger.len() && linger[..4] != [0; 4] && linger[4..] != [0; 4];
        let close = move || raw::close(own).map(done);
        Ok(if lingers { Begun::waits(close) } else { close().into() })
    }

    fn poll(&self, watched: &[Polled], timeout: i32) -> Result<Begun, Number> {
        let wanted: Vec<_> = watched.iter().map(|polled| (polled.fd.0, polled.events)).collect();
        if wanted.iter().any(|(fd, _)| !self.opened.contains(fd)) {
            return Err(Number::EBADF);
        }
        let at_once = raw::poll(&wanted, 0)?;
        if timeout == 0 || at_once.iter().any(|&events| events != 0) {
            return Ok(Begun::Done(polled(at_once)));
        }
        Ok(Begun::waits(move || raw::poll(&wanted, timeout.max(-1)).map(polled)))
    }

    /// What the end of a call means for the descriptors.
    pub(super) fn ended(&mut self, end: &End) {
        if let End::Returned { value, output: Output::Accepted(_) } = end {
            self.opened.insert(*value);
        }
    }

    /// Closes everything that the script left open; a call that waits is told that nothing more is to come.
    pub(super) fn close_all(&mut self) {
        self.marked.clear();
        for fd in std::mem::take(&mut self.opened) {
            // Nobody is left to be told.
            let _ = raw::shutdown(fd, libc::SHUT_RDWR);
            let _ = raw::close(fd);
        }
    }
}

/// Whether a call on this descriptor is one that waits: nothing forbids it, and none of the events is there.
pub(super) fn waits(own: RawFd, events: i16, flags: i32) -> Result<bool, Number> {
    const NEVER: i32 = libc::MSG_DONTWAIT | libc::MSG_ERRQUEUE;
    if flags & NEVER != 0 || raw::fcntl(own, libc::F_GETFL, 0)? & libc::O_NONBLOCK != 0 {
        return Ok(false);
    }
    Ok(events == 0 || raw::poll(&[(own, events)], 0)? == [0])
}

fn accept(own: RawFd) -> Answer {
    let (connection, from) = raw::accept(own, libc::SOCK_CLOEXEC)?;
    let peer = address::from_octets(&from).ok_or(Number::EPROTO)?;
    Ok(End::Returned { value: connection, output: Output::Accepted(peer) })
}

fn is_stream(own: RawFd) -> Result<bool, Number> {
    let mut kind = [0; 4];
    raw::option(own, libc::SOL_SOCKET, libc::SO_TYPE, &mut kind)?;
    Ok(i32::from_ne_bytes(kind) == libc::SOCK_STREAM)
}

fn connect(own: RawFd, to: Peer) -> Result<Begun, Number> {
    let address = address::of_peer(to);
    let connect = move || raw::connect(own, &address).map(done);
    Ok(if is_stream(own)? && waits(own, 0, 0)? { Begun::waits(connect) } else { connect().into() })
}

/// What there is room for is handed over at once. That is no other thing than a call that blocks for the rest: where it
/// begins to wait, the kernel sends what it has.
fn send(
    own: RawFd,
    data: &Bytes,
    flags: i32,
    (to, control): (Option<Peer>, Vec<u8>),
) -> Result<Begun, Number> {
    let to = to.map(address::of_peer).unwrap_or_default();
    let flags = flags | libc::MSG_NOSIGNAL;
    if !waits(own, 0, flags)? {
        return Ok(raw::send_message(own, data, flags, (&to, &control)).map(counted).into());
    }
    let carries = !is_stream(own)?
        || flags & libc::MSG_FASTOPEN == 0
            && matches!(info::state(own), Some(State::Established | State::CloseWait));
    let now = |flags| raw::send_message(own, data, flags, (&to, &control));
    let sent = match carries.then(|| now(flags | libc::MSG_DONTWAIT)) {
        None | Some(Err(Number::EAGAIN)) => 0,
        Some(Ok(sent)) if sent < data.len() => sent,
        Some(answer) => return Ok(answer.map(counted).into()),
    };
    let rest = data.slice(sent..);
    Ok(Begun::waits(move || match raw::send_message(own, &rest, flags, (&to, &control)) {
        Ok(count) => Ok(counted(sent + count)),
        // What was handed over before an error is what the call returns.
        Err(_) if sent > 0 => Ok(counted(sent)),
        Err(number) => Err(number),
    }))
}

fn ioctl(own: RawFd, request: i64, argument: Option<i32>) -> Answer {
    const UNSENT: libc::Ioctl = 0x894b; // SIOCOUTQNSD
    const PLAIN: [libc::Ioctl; 4] = [libc::FIONBIO, libc::FIONREAD, libc::TIOCOUTQ, UNSENT];
    let mut value = argument.unwrap_or(0);
    let request = libc::Ioctl::try_from(request).unwrap_or(libc::Ioctl::MAX);
    if !PLAIN.contains(&request) {
        return Ok(End::Unsupported(Unsupported(format!("ioctl {request:#x}"))));
    }
    raw::ioctl(own, request, &mut value)?;
    Ok(End::Returned { value: 0, output: Output::Int(value) })
}

fn polled(events: Vec<i16>) -> End {
    let count = events.iter().filter(|&&events| events != 0).count();
    End::Returned { value: i32::try_from(count).unwrap_or(i32::MAX), output: Output::Polled(events) }
}

pub(super) fn watch<'fd>(wanted: &[(BorrowedFd<'fd>, i16)]) -> Vec<PollFd<'fd>> {
    wanted.iter().map(|&(fd, events)| PollFd::new(fd, PollFlags::from_bits_truncate(events))).collect()
}

fn receive(own: RawFd, by: Receiving, (length, flags): (usize, i32), origin: SystemTime) -> Answer {
    let reads = matches!(by, Receiving::Read | Receiving::Readv);
    if length == 0 && reads {
        return Ok(received(0, Message::default()));
    }
    let mut buffer = vec![0; length.min(LONGEST)];
    if reads && !is_socket(own) {
        let count = raw::read(own, &mut buffer)?;
        buffer.truncate(count);
        return Ok(received(count, Message { data: Bytes::from(buffer), ..Message::default() }));
    }
    let room = if let Receiving::RecvMsg { control } = by { control } else { 0 };
    let got = raw::receive(own, &mut buffer, flags, room)?;
    buffer.truncate(got.length);
    let message = Message {
        data: Bytes::from(buffer),
        from: address::from_octets(&got.from),
        flags: got.flags,
        control: control::read(&got.control, origin),
    };
    Ok(received(got.length, message))
}

/// Whether a descriptor is a socket.
fn is_socket(own: RawFd) -> bool {
    raw::option(own, libc::SOL_SOCKET, libc::SO_TYPE, &mut [0; 4]) != Err(Number::ENOTSOCK)
}

/// The value as the kernel reads it, cut or padded with zeros to the length that the script says.
fn set_option(own: RawFd, option: SocketOption, value: &Value, length: u32) -> Answer {
    let mut octets = match value {
        Value::Int(value) => value.to_ne_bytes().to_vec(),
        Value::Linger { onoff, linger } => [onoff.to_ne_bytes(), linger.to_ne_bytes()].concat(),
        Value::Octets(octets) => octets.to_vec(),
    };
    octets.resize((length as usize).min(LONGEST), 0);
    let set = raw::set_option(own, option.level, option.name, &octets);
    if set == Err(Number::EPERM) && (option.level, option.name) == (libc::IPPROTO_TCP, libc::TCP_CONGESTION) {
        let law = octets.split(|&octet| octet == 0).next().unwrap_or_default();
        return Ok(End::Unsupported(sysctl::not_allowed(&String::from_utf8_lossy(law))));
    }
    set.map(done)
}

fn get_option(own: RawFd, option: SocketOption, length: u32) -> Answer {
    let mut octets = vec![0; (length as usize).min(LONGEST)];
    let filled = raw::option(own, option.level, option.name, &mut octets)?;
    octets.truncate(filled);
    let int = |at: usize| octets.get(at..).and_then(<[u8]>::first_chunk).copied().map(i32::from_ne_bytes);
    let linger = (option.level, option.name) == (libc::SOL_SOCKET, libc::SO_LINGER);
    let value = match (int(0), int(4)) {
        (Some(onoff), Some(seconds)) if linger => Value::Linger { onoff, linger: seconds },
        (Some(value), None) if octets.len() == 4 => Value::Int(value),
        _ => Value::Octets(Bytes::from(octets)),
    };
    Ok(End::Returned { value: 0, output: Output::Option(value) })
}

pub(super) const fn done(value: i32) -> End {
    End::Returned { value, output: Output::Nothing }
}

pub(super) fn counted(count: usize) -> End {
    done(i32::try_from(count).unwrap_or(i32::MAX))
}

pub(super) fn received(count: usize, message: Message) -> End {
    let value = i32::try_from(count).unwrap_or(i32::MAX);
    End::Returned { value, output: Output::Received(message) }
}

fn failed(number: Number) -> End {
    match Errno::numbered(number as i32, Abi::Linux) {
        Some(errno) => End::Failed(errno),
        None => End::Unsupported(Unsupported(format!("the errno {number}"))),
    }
}
