//! Calls to the kernel, and what it answers.
//!
//! Every socket is non-blocking underneath, whatever the script asked for, so that no call holds up the runner: one
//! that has to wait is made again when its descriptor is ready.
use std::os::fd::{BorrowedFd, RawFd};

use bytes::Bytes;
use nix::errno::Errno as Number;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{Linux, address, network, raw};
use crate::constants::{Abi, Errno};
use crate::target::{
    Call, End, Fd, Message, Output, Peer, Polled, Receiving, SocketOption, Unsupported, Value,
};

/// The longest buffer that a script gets.
const LONGEST: usize = 1 << 24;

/// What the target knows of a descriptor that the script opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    /// Whether the script wants calls to fail rather than wait.
    nonblocking: bool,
}

/// How far a call that waits has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// It was made, and is only to be asked about.
    made: bool,
    /// Octets that a sending call has handed over already.
    sent: usize,
    /// When `poll` gives up, in microseconds of script time.
    until: Option<u64>,
}

type Answer = Result<End, Number>;

impl Linux {
    /// Makes a call, or goes on with it.
    pub(super) fn attempt(&mut self, call: &Call) -> End {
        let mut progress = self.progress.take().unwrap_or_default();
        let answered = self.answer(call, &mut progress);
        let end = match answered {
            Ok(end) => end,
            Err(Number::EAGAIN) if self.waits(call) => End::Blocks,
            Err(number) => failed(number),
        };
        if end == End::Blocks {
            self.progress = Some(Progress { made: true, ..progress });
        }
        end
    }

    fn answer(&mut self, call: &Call, progress: &mut Progress) -> Answer {
        match call {
            Call::Socket { domain, kind, protocol } => self.socket(*domain, *kind, *protocol),
            Call::Bind { fd, address } => raw::bind(self.own(*fd)?, &address::to_octets(*address)).map(done),
            Call::Listen { fd, backlog } => raw::listen(self.own(*fd)?, *backlog).map(done),
            Call::Accept { fd } => self.accept(*fd),
            Call::Connect { fd, to } => self.connect(*fd, *to, *progress),
            Call::Receive { fd, by, length, flags } => receive(self.own(*fd)?, *by, *length, *flags),
            Call::Send { fd, data, flags, to, .. } => self.send(*fd, (data, *flags, *to), progress),
            Call::Shutdown { fd, how } => raw::shutdown(self.own(*fd)?, *how).map(done),
            Call::Close { fd } => {
                let own = self.own(*fd)?;
                self.opened.remove(&fd.0);
                raw::close(own).map(done)
            }
            Call::SetOption { fd, option, value, length } => {
                set_option(self.own(*fd)?, *option, value, *length)
            }
            Call::GetOption { fd, option, length } => get_option(self.own(*fd)?, *option, *length),
            Call::Fcntl { fd, command, argument } => self.fcntl(*fd, *command, *argument),
            Call::Ioctl { fd, request, argument } => self.ioctl(*fd, *request, *argument),
            Call::Poll { watched, timeout } => self.poll(watched, *timeout, progress),
        }
    }

    /// The descriptor, if it is one that the script opened.
    fn own(&self, fd: Fd) -> Result<RawFd, Number> {
        if self.opened.contains_key(&fd.0) { Ok(fd.0) } else { Err(Number::EBADF) }
    }

    /// Whether a call that cannot be done now is to wait.
    fn waits(&self, call: &Call) -> bool {
        let (fd, flags) = match call {
            Call::Accept { fd } | Call::Connect { fd, .. } => (fd, 0),
            Call::Receive { fd, flags, .. } | Call::Send { fd, flags, .. } => (fd, *flags),
            Call::Socket { .. }
            | Call::Bind { .. }
            | Call::Listen { .. }
            | Call::Shutdown { .. }
            | Call::Close { .. }
            | Call::SetOption { .. }
            | Call::GetOption { .. }
            | Call::Fcntl { .. }
            | Call::Ioctl { .. }
            | Call::Poll { .. } => return false,
        };
        const NEVER: i32 = libc::MSG_DONTWAIT | libc::MSG_ERRQUEUE;
        flags & NEVER == 0 && self.opened.get(&fd.0).is_some_and(|opened| !opened.nonblocking)
    }

    fn socket(&mut self, domain: i32, kind: i32, protocol: i32) -> Answer {
        let Some(namespace) = &self.namespace else { return Err(Number::ENETDOWN) };
        let wanted = kind | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
        let opened = namespace
            .run(|| Ok::<_, network::Refused>(raw::socket(domain, wanted, protocol)))
            .map_err(|_| Number::ENETDOWN)??;
        self.opened.insert(opened, Opened { nonblocking: kind & libc::SOCK_NONBLOCK != 0 });
        Ok(done(opened))
    }

    fn accept(&mut self, fd: Fd) -> Answer {
        let (connection, from) = raw::accept(self.own(fd)?, libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC)?;
        self.opened.insert(connection, Opened { nonblocking: false });
        let peer = address::from_octets(&from).ok_or(Number::EPROTO)?;
        Ok(End::Returned { value: connection, output: Output::Accepted(peer) })
    }

    /// Asked again, the kernel says how the connection fares, and from then on calls it connected.
    fn connect(&self, fd: Fd, to: Peer, progress: Progress) -> Answer {
        let own = self.own(fd)?;
        if !progress.made {
            return match raw::connect(own, &address::of_peer(to)) {
                Err(Number::EINPROGRESS) if self.opened.get(&fd.0).is_some_and(|fd| !fd.nonblocking) => {
                    Ok(End::Blocks)
                }
                answer => answer.map(done),
            };
        }
        match raw::connect(own, &address::of_peer(to)) {
            Err(Number::EALREADY) => Ok(End::Blocks),
            answer => answer.map(done),
        }
    }

    /// A call that may wait returns when all is handed over.
    fn send(
        &self,
        fd: Fd,
        (data, flags, to): (&Bytes, i32, Option<Peer>),
        progress: &mut Progress,
    ) -> Answer {
        let own = self.own(fd)?;
        let to = to.map(address::of_peer).unwrap_or_default();
        let patient = flags & libc::MSG_DONTWAIT == 0
            && self.opened.get(&fd.0).is_some_and(|opened| !opened.nonblocking);
        loop {
            let rest = data.get(progress.sent..).unwrap_or_default();
            match raw::send(own, rest, flags | libc::MSG_NOSIGNAL, &to) {
                Ok(count) => progress.sent += count,
                // What was handed over before an error is what the call returns.
                Err(number) if progress.sent > 0 && number != Number::EAGAIN => {
                    return Ok(counted(progress.sent));
                }
                Err(number) => return Err(number),
            }
            if !patient || progress.sent >= data.len() {
                return Ok(counted(progress.sent));
            }
        }
    }

    fn fcntl(&mut self, fd: Fd, command: i32, argument: Option<i32>) -> Answer {
        let own = self.own(fd)?;
        let Some(opened) = self.opened.get_mut(&fd.0) else { return Err(Number::EBADF) };
        match command {
            libc::F_GETFL => {
                let flags = raw::fcntl(own, command, 0)? & !libc::O_NONBLOCK;
                Ok(done(if opened.nonblocking { flags | libc::O_NONBLOCK } else { flags }))
            }
            libc::F_SETFL => {
                let flags = argument.unwrap_or(0);
                raw::fcntl(own, command, flags | libc::O_NONBLOCK)?;
                opened.nonblocking = flags & libc::O_NONBLOCK != 0;
                Ok(done(0))
            }
            libc::F_GETFD | libc::F_SETFD => raw::fcntl(own, command, argument.unwrap_or(0)).map(done),
            _ => Ok(End::Unsupported(Unsupported(format!("fcntl {command}")))),
        }
    }

    fn ioctl(&mut self, fd: Fd, request: i64, argument: Option<i32>) -> Answer {
        const UNSENT: libc::Ioctl = 0x894b; // SIOCOUTQNSD
        const WAITING: [libc::Ioctl; 3] = [libc::FIONREAD, libc::TIOCOUTQ, UNSENT];
        let own = self.own(fd)?;
        let mut value = argument.unwrap_or(0);
        let request = libc::Ioctl::try_from(request).unwrap_or(libc::Ioctl::MAX);
        if request == libc::FIONBIO {
            if let Some(opened) = self.opened.get_mut(&fd.0) {
                opened.nonblocking = value != 0;
            }
        } else if WAITING.contains(&request) {
            raw::ioctl(own, request, &mut value)?;
        } else {
            return Ok(End::Unsupported(Unsupported(format!("ioctl {request:#x}"))));
        }
        Ok(End::Returned { value: 0, output: Output::Int(value) })
    }

    fn poll(&self, watched: &[Polled], timeout: i32, progress: &mut Progress) -> Answer {
        let wanted: Vec<_> = watched.iter().map(|polled| (polled.fd.0, polled.events)).collect();
        if wanted.iter().any(|(fd, _)| !self.opened.contains_key(fd)) {
            return Err(Number::EBADF);
        }
        let events = ready(&wanted)?;
        let count = events.iter().filter(|&&events| events != 0).count();
        let now = self.now().micros();
        let patience = u64::try_from(timeout).ok().map(|timeout| timeout.saturating_mul(1000));
        let until = progress.until.or(patience.map(|patience| now.saturating_add(patience)));
        progress.until = until;
        if count == 0 && until.is_none_or(|until| now < until) {
            return Ok(End::Blocks);
        }
        let value = i32::try_from(count).unwrap_or(i32::MAX);
        Ok(End::Returned { value, output: Output::Polled(events) })
    }

    /// What the call that waits waits for.
    pub(super) fn awaited(&self, call: &Call) -> Vec<(RawFd, i16)> {
        match call {
            Call::Accept { fd } | Call::Receive { fd, .. } => vec![(fd.0, libc::POLLIN)],
            Call::Connect { fd, .. } | Call::Send { fd, .. } => vec![(fd.0, libc::POLLOUT)],
            Call::Poll { watched, .. } => watched.iter().map(|polled| (polled.fd.0, polled.events)).collect(),
            _ => Vec::new(),
        }
    }

    /// When the call that waits gives up, in microseconds of script time.
    pub(super) fn gives_up(&self) -> Option<u64> {
        self.progress.and_then(|progress| progress.until)
    }

    /// Closes everything that the script left open.
    pub(super) fn close_all(&mut self) {
        for (fd, _) in std::mem::take(&mut self.opened) {
            // Nobody is left to be told.
            let _ = raw::close(fd);
        }
        self.progress = None;
    }
}

/// Which of these events there are, without waiting. The descriptors are open: they are the script's own.
fn ready(wanted: &[(RawFd, i16)]) -> Result<Vec<i16>, Number> {
    let borrowed: Vec<_> = wanted.iter().map(|&(fd, events)| (raw::borrow(fd), events)).collect();
    let mut polled: Vec<_> = watch(&borrowed);
    poll(&mut polled, PollTimeout::ZERO)?;
    Ok(polled.iter().map(|polled| polled.revents().unwrap_or(PollFlags::empty()).bits()).collect())
}

pub(super) fn watch<'fd>(wanted: &[(BorrowedFd<'fd>, i16)]) -> Vec<PollFd<'fd>> {
    wanted.iter().map(|&(fd, events)| PollFd::new(fd, PollFlags::from_bits_truncate(events))).collect()
}

fn receive(own: RawFd, by: Receiving, length: usize, flags: i32) -> Answer {
    if length == 0 && matches!(by, Receiving::Read | Receiving::Readv) {
        return Ok(received(Message::default()));
    }
    let mut buffer = vec![0; length.min(LONGEST)];
    let got = raw::receive(own, &mut buffer, flags)?;
    buffer.truncate(got.length);
    Ok(received(Message {
        data: Bytes::from(buffer),
        from: address::from_octets(&got.from),
        flags: got.flags,
    }))
}

/// The value as the kernel reads it, cut or padded with zeros to the length that the script says.
fn set_option(own: RawFd, option: SocketOption, value: &Value, length: u32) -> Answer {
    let mut octets = match value {
        Value::Int(value) => value.to_ne_bytes().to_vec(),
        Value::Linger { onoff, linger } => [onoff.to_ne_bytes(), linger.to_ne_bytes()].concat(),
        Value::Octets(octets) => octets.to_vec(),
    };
    octets.resize((length as usize).min(LONGEST), 0);
    raw::set_option(own, option.level, option.name, &octets).map(done)
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

const fn done(value: i32) -> End {
    End::Returned { value, output: Output::Nothing }
}

fn counted(count: usize) -> End {
    done(i32::try_from(count).unwrap_or(i32::MAX))
}

fn received(message: Message) -> End {
    let value = i32::try_from(message.data.len()).unwrap_or(i32::MAX);
    End::Returned { value, output: Output::Received(message) }
}

fn failed(number: Number) -> End {
    match Errno::numbered(number as i32, Abi::Linux) {
        Some(errno) => End::Failed(errno),
        None => End::Unsupported(Unsupported(format!("the errno {number}"))),
    }
}
