//! `fcntl`, `ioctl`, `poll`.
use core::time::Duration;

use stackdrill_wire::{Instant, State};

use super::table::{Connected, Role, Socket};
use super::{Events, Fcntl, Fd, Ioctl, O_NONBLOCK, O_RDWR, Outcome, Pending, PollEntry};
use crate::{Errno, Host};

impl Host {
    /// `fcntl`: the flags with `F_GETFL`, 0 with `F_SETFL`, of which only `O_NONBLOCK` changes anything.
    ///
    /// Errors: `EBADF`.
    pub fn fcntl(&mut self, fd: Fd, command: Fcntl, now: Instant) -> Outcome<i32> {
        let _ = now;
        let done = self.at_mut(fd).map(|socket| match command {
            Fcntl::GetFlags if socket.nonblocking => O_RDWR | O_NONBLOCK,
            Fcntl::GetFlags => O_RDWR,
            Fcntl::SetFlags(flags) => {
                socket.nonblocking = flags & O_NONBLOCK != 0;
                0
            }
        });
        done.into()
    }

    /// `ioctl`: how much is queued either way, and whether urgent data comes next.
    ///
    /// Errors: `EBADF`; `EINVAL` on a listening socket; `ENOTTY` where a datagram socket has no such count.
    pub fn ioctl(&mut self, fd: Fd, request: Ioctl, now: Instant) -> Outcome<i32> {
        let _ = now;
        self.count_queued(fd, request).map(|octets| i32::try_from(octets).unwrap_or(i32::MAX)).into()
    }

    fn count_queued(&self, fd: Fd, request: Ioctl) -> Result<usize, Errno> {
        let connected = match &self.at(fd)?.role {
            Role::Datagram(mailbox) => {
                let next = mailbox.inbox.peek().map_or(0, |waiting| waiting.data.len());
                return match request {
                    Ioctl::Unread => Ok(next),
                    // What is sent has left.
                    Ioctl::Unacknowledged | Ioctl::Unsent => Ok(0),
                    Ioctl::AtMark => Err(Errno::ENOTTY),
                };
            }
            Role::Listening(_) => return Err(Errno::EINVAL),
            Role::Idle => return Ok(0),
            Role::Connected(connected) => connected,
        };
        let Some(endpoint) = self.endpoints.get(&connected.id) else { return Ok(0) };
        let connection = &endpoint.connection;
        Ok(match request {
            Ioctl::Unread => connection.readable(),
            Ioctl::Unacknowledged => connection.unacknowledged(),
            Ioctl::Unsent => connection.unsent(),
            Ioctl::AtMark => usize::from(connection.urgent() == Some(0)),
        })
    }

    /// `poll`: what each entry is ready for, in the order asked. It waits for the first event, for at most
    /// `timeout` (`None`: for ever); with a zero timeout not at all.
    pub fn poll(
        &mut self,
        entries: &[PollEntry],
        timeout: Option<Duration>,
        now: Instant,
    ) -> Outcome<Vec<Events>> {
        self.go_on_polling(entries.to_vec(), timeout.map(|timeout| now + timeout), now)
    }

    pub(super) fn go_on_polling(
        &self,
        entries: Vec<PollEntry>,
        until: Option<Instant>,
        now: Instant,
    ) -> Outcome<Vec<Events>> {
        let ready: Vec<Events> = entries.iter().map(|entry| self.ready(*entry)).collect();
        let none = ready.iter().all(|events| *events == Events::default());
        if none && until.is_none_or(|until| now < until) {
            return Outcome::Blocks(Pending::poll(entries, until));
        }
        Outcome::Done(ready)
    }

    fn ready(&self, PollEntry { fd, events }: PollEntry) -> Events {
        if fd.0 < 0 {
            return Events::default();
        }
        let Some(socket) = self.sockets.get(&fd) else { return Events::NVAL };
        let state = match &socket.role {
            Role::Idle => Events::OUT.or(Events::WRNORM).or(Events::HUP),
            Role::Listening(listening) => Events::IN.or(Events::RDNORM).when(!listening.ready.is_empty()),
            Role::Datagram(mailbox) => Events::OUT
                .or(Events::WRNORM)
                .or(Events::IN.or(Events::RDNORM).when(mailbox.inbox.peek().is_some() || mailbox.deaf)),
            Role::Connected(connected) => self.connection_ready(socket, *connected),
        };
        let asked = events.or(Events::ERR).or(Events::HUP);
        state.or(Events::ERR.when(socket.error.is_some())).and(asked)
    }

    fn connection_ready(&self, socket: &Socket, connected: Connected) -> Events {
        let Some(endpoint) = self.endpoints.get(&connected.id) else { return Events::HUP };
        let connection = &endpoint.connection;
        let state = connection.state();
        if matches!(state, State::SynSent | State::SynReceived) {
            return Events::default();
        }
        let over = state == State::Closed;
        let ended = connection.ended() || connected.deaf || over;
        let low_water = socket.options.receive_low_water.max(1) as usize;
        let readable = ended || connection.readable() >= low_water;
        // Linux waits for a third of the buffer to be free, so that writers are not woken for an octet.
        let writable = over || connected.mute || connection.room() > connection.unacknowledged() / 2;
        let hung_up = over || (ended && connected.mute);
        Events::IN
            .or(Events::RDNORM)
            .when(readable)
            .or(Events::OUT.or(Events::WRNORM).when(writable))
            .or(Events::RDHUP.when(ended))
            .or(Events::HUP.when(hung_up))
            .or(Events::PRI.when(connection.urgent().is_some()))
    }
}
