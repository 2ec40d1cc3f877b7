//! `epoll`: descriptors that somebody watches for longer.
//!
//! A level-triggered interest is told whenever its descriptor is ready. An edge-triggered one is told once for each
//! time that something happened to wake it, which is why sockets count their wakes.
use core::time::Duration;
use std::collections::BTreeMap;

use stackdrill_wire::{Instant, Seq, State};

use super::file::{File, Kind};
use super::table::Role;
use super::{Events, Fd, Outcome, Pending, PollEntry, poll};
use crate::host::{ConnectionId, Owner};
use crate::{Errno, Host};

/// A set of `epoll` events and flags, with the numbers of Linux.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct EpollEvents(pub u32);

impl EpollEvents {
    /// `EPOLLONESHOT`: told once, then not before it is asked for again.
    pub const ONE_SHOT: u32 = 1 << 30;
    /// `EPOLLET`: told when something happens, not while it stays so.
    pub const EDGE: u32 = 1 << 31;

    /// The events among them, which are those of `poll`.
    const fn events(self) -> Events {
        Events((self.0 & 0xffff) as u16)
    }
}

/// An event that is asked for, or told: `struct epoll_event`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct EpollEvent {
    /// Which.
    pub events: EpollEvents,
    /// The user's own word.
    pub data: u64,
}

/// What `epoll_ctl` does.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum EpollChange {
    /// `EPOLL_CTL_ADD`.
    Add,
    /// `EPOLL_CTL_DEL`.
    Delete,
    /// `EPOLL_CTL_MOD`.
    Modify,
}

/// How often those who wait for a socket were woken, and for what.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Wakes {
    /// Something to read arrived.
    pub(crate) readable: u32,
    /// There is room to write again.
    pub(crate) writable: u32,
    /// Its state changed.
    pub(crate) changed: u32,
    /// It failed, or something came into its error queue.
    pub(crate) failed: u32,
}

/// How a connection looks to those who wait for it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Pulse {
    received: Seq,
    state: State,
    has_room: bool,
}

/// One descriptor that an `epoll` watches.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Interest {
    wanted: EpollEvent,
    /// The wakes that were there when it was last told; `None` as long as it was not since it was asked for.
    told: Option<Wakes>,
    /// Whether it was told and is not to be again (`EPOLLONESHOT`).
    spent: bool,
}

/// What stands behind an `epoll` descriptor.
pub(crate) type Interests = BTreeMap<Fd, Interest>;

impl Host {
    /// `epoll_create`.
    ///
    /// Errors: `EINVAL` for a size below one, `EMFILE`.
    pub fn epoll_create(&mut self, size: i32, now: Instant) -> Outcome<Fd> {
        let _ = now;
        let made = if size < 1 {
            Err(Errno::EINVAL)
        } else {
            self.install_file(File::new(Kind::Epoll(Interests::new())))
        };
        made.into()
    }

    /// `epoll_ctl`.
    ///
    /// Errors: `EBADF`; `EINVAL` if `epoll` is none, or watches itself; `EEXIST` and `ENOENT` for what is watched
    /// already and what is not; `EPERM` for a file, which is always ready.
    pub fn epoll_ctl(
        &mut self,
        (epoll, fd): (Fd, Fd),
        change: EpollChange,
        event: EpollEvent,
        now: Instant,
    ) -> Outcome<()> {
        let _ = now;
        self.change_interest(epoll, fd, change, event).into()
    }

    fn change_interest(
        &mut self,
        epoll: Fd,
        fd: Fd,
        change: EpollChange,
        wanted: EpollEvent,
    ) -> Result<(), Errno> {
        if self.sockets.get(&fd).is_none() {
            match self.sockets.file(fd).map(|file| &file.kind) {
                None => return Err(Errno::EBADF),
                Some(Kind::Contents { .. }) => return Err(Errno::EPERM),
                Some(Kind::Epoll(_) | Kind::PipeEnd { .. }) => {}
            }
        }
        let interests = self.interests(epoll)?;
        if epoll == fd {
            return Err(Errno::EINVAL);
        }
        let interest = Interest { wanted, told: None, spent: false };
        match (change, interests.contains_key(&fd)) {
            (EpollChange::Add, true) => Err(Errno::EEXIST),
            (EpollChange::Modify | EpollChange::Delete, false) => Err(Errno::ENOENT),
            (EpollChange::Delete, true) => {
                interests.remove(&fd);
                Ok(())
            }
            (EpollChange::Add, false) | (EpollChange::Modify, true) => {
                interests.insert(fd, interest);
                Ok(())
            }
        }
    }

    fn interests(&mut self, epoll: Fd) -> Result<&mut Interests, Errno> {
        if self.sockets.get(&epoll).is_some() {
            return Err(Errno::EINVAL);
        }
        match &mut self.sockets.file_mut(epoll).ok_or(Errno::EBADF)?.kind {
            Kind::Epoll(interests) => Ok(interests),
            Kind::PipeEnd { .. } | Kind::Contents { .. } => Err(Errno::EINVAL),
        }
    }

    /// `epoll_wait`: what is ready, in the order of the descriptors, at most `most` of it. It waits for the first
    /// event, for at most `timeout` (`None`: for ever); with a zero timeout not at all.
    ///
    /// Errors: `EBADF`, `EINVAL` if it is no `epoll` or `most` is 0.
    pub fn epoll_wait(
        &mut self,
        epoll: Fd,
        most: usize,
        timeout: Option<Duration>,
        now: Instant,
    ) -> Outcome<Vec<EpollEvent>> {
        if most == 0 {
            return Outcome::Failed(Errno::EINVAL);
        }
        self.go_on_watching((epoll, most), timeout.map(|timeout| now + timeout), now)
    }

    pub(super) fn go_on_watching(
        &mut self,
        (epoll, most): (Fd, usize),
        until: Option<Instant>,
        now: Instant,
    ) -> Outcome<Vec<EpollEvent>> {
        let interests = match self.interests(epoll) {
            Ok(interests) => interests.clone(),
            Err(errno) => return Outcome::Failed(errno),
        };
        let mut told = Vec::new();
        for (fd, interest) in interests {
            if told.len() == most {
                break;
            }
            if let Some(event) = self.told_by(fd, interest) {
                told.push(event);
                let wakes = self.wakes_of(fd);
                if let Ok(interest) = self.interests(epoll).map(|all| all.get_mut(&fd))
                    && let Some(interest) = interest
                {
                    interest.told = Some(wakes);
                    interest.spent = interest.wanted.events.0 & EpollEvents::ONE_SHOT != 0;
                }
            }
        }
        if told.is_empty() && until.is_none_or(|until| now < until) {
            return Outcome::Blocks(Pending::epoll(epoll, most, until));
        }
        Outcome::Done(told)
    }

    /// What an interest is to be told now.
    pub(super) fn told_by(&self, fd: Fd, interest: Interest) -> Option<EpollEvent> {
        let wanted = interest.wanted.events;
        let edge = wanted.0 & EpollEvents::EDGE != 0;
        let woken = interest.told.is_none_or(|told| told.wakes(self.wakes_of(fd), wanted.events()));
        if interest.spent || (edge && !woken) {
            return None;
        }
        let ready = self.ready(PollEntry { fd, events: wanted.events() });
        let event = EpollEvent { events: EpollEvents(ready.0.into()), data: interest.wanted.data };
        (ready != Events::default()).then_some(event)
    }

    fn wakes_of(&self, fd: Fd) -> Wakes {
        self.sockets.get(&fd).map_or_else(Wakes::default, |socket| socket.wakes)
    }

    /// Nobody watches a descriptor that is closed.
    pub(super) fn forget_interest(&mut self, fd: Fd) {
        for &epoll in &self.epolls {
            if let Some(File { kind: Kind::Epoll(interests), .. }) = self.sockets.file_mut(epoll) {
                interests.remove(&fd);
            }
        }
    }

    /// Something happened to a connection: those who wait for its socket are woken for what is new.
    pub(crate) fn wake(&mut self, id: ConnectionId) {
        let Some(endpoint) = self.endpoints.get_mut(&id) else { return };
        let Owner::Socket(fd) = endpoint.owner else { return };
        let Some(socket) = self.sockets.get_mut(&fd) else { return };
        let Role::Connected(connected) = &socket.role else { return };
        if connected.id != id {
            return;
        }
        let connection = &endpoint.connection;
        let now = Pulse {
            received: connection.receive.nxt,
            state: connection.state(),
            has_room: poll::has_room(connection, socket),
        };
        let before = core::mem::replace(&mut endpoint.pulse, now);
        socket.wakes.readable += u32::from(now.received != before.received);
        socket.wakes.changed += u32::from(now.state != before.state);
        socket.wakes.writable += u32::from(now.has_room && !before.has_room);
    }
}

impl Wakes {
    /// Whether what has happened since wakes somebody who waits for `events`.
    fn wakes(self, now: Self, events: Events) -> bool {
        let reads = events.0 & (Events::IN.0 | Events::RDNORM.0 | Events::PRI.0 | Events::RDHUP.0) != 0;
        let writes = events.0 & (Events::OUT.0 | Events::WRNORM.0) != 0;
        now.changed != self.changed
            || now.failed != self.failed
            || (reads && now.readable != self.readable)
            || (writes && now.writable != self.writable)
    }
}
