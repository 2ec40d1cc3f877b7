//! Calls that wait.
use core::net::SocketAddr;

use bytes::Bytes;
use stackdrill_wire::Instant;

use super::transfer::{Reading, Writing};
use super::{EpollEvent, Events, Fd, MessageFlags, Outcome, PollEntry, Received};
use crate::host::ConnectionId;
use crate::{Errno, Host};

/// A call that waits, with what it has done so far.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Pending {
    wait: Wait,
    until: Option<Instant>,
}

/// What it waits for. The serial number tells the socket from a later one with the same descriptor.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Wait {
    Connect { fd: Fd, serial: u64 },
    Accept { fd: Fd, serial: u64 },
    Receive { serial: u64, reading: Reading },
    Send { serial: u64, writing: Writing },
    Linger { id: ConnectionId },
    Poll { entries: Vec<PollEntry> },
    Epoll { fd: Fd, most: usize },
}

/// What a resumed call returned.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Returned {
    /// `connect`, `close`: nothing but success.
    Nothing,
    /// `accept`: a descriptor and the other end.
    Accepted(Fd, SocketAddr),
    /// `send` and its kin: octets taken.
    Count(usize),
    /// `recv` and its kin.
    Received(Received),
    /// `poll`: the events of each entry, in the order asked.
    Ready(Vec<Events>),
    /// `epoll_wait`: what is ready.
    Watched(Vec<EpollEvent>),
}

impl Pending {
    pub(super) const fn connect(fd: Fd, serial: u64, until: Option<Instant>) -> Self {
        Self { wait: Wait::Connect { fd, serial }, until }
    }

    pub(super) const fn accept(fd: Fd, serial: u64, until: Option<Instant>) -> Self {
        Self { wait: Wait::Accept { fd, serial }, until }
    }

    pub(super) const fn receive(serial: u64, reading: Reading, until: Option<Instant>) -> Self {
        Self { wait: Wait::Receive { serial, reading }, until }
    }

    pub(super) const fn send(serial: u64, writing: Writing, until: Option<Instant>) -> Self {
        Self { wait: Wait::Send { serial, writing }, until }
    }

    pub(super) const fn lingering(id: ConnectionId, until: Instant) -> Self {
        Self { wait: Wait::Linger { id }, until: Some(until) }
    }

    pub(super) const fn epoll(fd: Fd, most: usize, until: Option<Instant>) -> Self {
        Self { wait: Wait::Epoll { fd, most }, until }
    }

    pub(super) const fn poll(entries: Vec<PollEntry>, until: Option<Instant>) -> Self {
        Self { wait: Wait::Poll { entries }, until }
    }

    /// When the call gives up waiting, if ever: [`Host::resume`] then answers it.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        self.until
    }
}

impl Host {
    /// How a call that waits fares: what it returns, or that it still waits.
    ///
    /// Errors: those of the call, and `EBADF` once its descriptor is closed.
    pub fn resume(&mut self, pending: Pending, now: Instant) -> Outcome<Returned> {
        let Pending { wait, until } = pending;
        match wait {
            Wait::Connect { fd, serial } => match self.same(fd, serial) {
                Ok(()) if until.is_some_and(|until| now >= until) => self.give_up_connecting(fd),
                Ok(()) => self.connecting(fd, Errno::EALREADY, until).map(|()| Returned::Nothing),
                Err(errno) => Outcome::Failed(errno),
            },
            Wait::Accept { fd, serial } => match self.same(fd, serial) {
                Ok(()) => self.go_on_accepting(fd, until, now),
                Err(errno) => Outcome::Failed(errno),
            },
            Wait::Receive { serial, reading } => match self.same(reading.fd, serial) {
                Ok(()) => self.go_on_reading(reading, until, now).map(Returned::Received),
                Err(errno) => Outcome::Failed(errno),
            },
            Wait::Send { serial, writing } => match self.same(writing.fd, serial) {
                Ok(()) => self.go_on_writing(writing, until, now).map(Returned::Count),
                Err(errno) => Outcome::Failed(errno),
            },
            Wait::Epoll { fd, most } => self.go_on_watching((fd, most), until, now).map(Returned::Watched),
            Wait::Linger { id } => match until {
                Some(until) if now < until && self.undelivered(id) => {
                    Outcome::Blocks(Pending::lingering(id, until))
                }
                Some(_) | None => Outcome::Done(Returned::Nothing),
            },
            Wait::Poll { entries } => self.go_on_polling(entries, until, now).map(Returned::Ready),
        }
    }

    /// A connection that is still not open: the call ends, the handshake goes on.
    fn give_up_connecting(&mut self, fd: Fd) -> Outcome<Returned> {
        match self.connecting(fd, Errno::EALREADY, None) {
            Outcome::Blocks(_) => Outcome::Failed(Errno::EINPROGRESS),
            ended @ (Outcome::Done(()) | Outcome::Failed(_)) => ended.map(|()| Returned::Nothing),
        }
    }

    /// Nobody has come yet: the patience is that of the first call.
    fn go_on_accepting(&mut self, fd: Fd, until: Option<Instant>, now: Instant) -> Outcome<Returned> {
        match self.accept(fd, now) {
            Outcome::Blocks(_) if until.is_some_and(|until| now >= until) => Outcome::Failed(Errno::EAGAIN),
            Outcome::Blocks(pending) => Outcome::Blocks(Self::patient(pending, until)),
            ended @ (Outcome::Done(_) | Outcome::Failed(_)) => {
                ended.map(|(fd, peer)| Returned::Accepted(fd, peer))
            }
        }
    }

    fn patient(pending: Pending, until: Option<Instant>) -> Pending {
        Pending { until, ..pending }
    }

    /// Whether `fd` is still the socket that the call was made on.
    fn same(&self, fd: Fd, serial: u64) -> Result<(), Errno> {
        let socket = self.at(fd)?;
        if socket.serial == serial { Ok(()) } else { Err(Errno::EBADF) }
    }
}

impl Reading {
    /// A call to read, as yet without any data.
    pub(super) const fn new(fd: Fd, length: usize, flags: MessageFlags) -> Self {
        Self { fd, length, flags, taken: Vec::new() }
    }
}

impl Writing {
    /// A call to write, of which nothing is taken yet.
    pub(super) const fn new(fd: Fd, data: Bytes, flags: MessageFlags, stamping: Option<i32>) -> Self {
        Self { fd, rest: data, flags, stamping, taken: 0 }
    }
}
