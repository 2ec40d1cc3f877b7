//! `poll`: who is ready for what.
use core::time::Duration;

use stackdrill_wire::{Instant, State};

use super::table::{Connected, Role, Socket};
use super::{Events, Outcome, Pending, PollEntry};
use crate::Host;
use crate::tcp::Connection;

impl Host {
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

    /// What a descriptor is ready for, of what is asked and what is always told.
    pub(super) fn ready(&self, PollEntry { fd, events }: PollEntry) -> Events {
        if fd.0 < 0 {
            return Events::default();
        }
        let asked = events.or(Events::ERR).or(Events::HUP);
        let Some(socket) = self.sockets.get(&fd) else {
            return self.file_ready(fd).map_or(Events::NVAL, |state| state.and(asked));
        };
        let state = match &socket.role {
            // The SYN waits for something to be written.
            Role::Idle if socket.deferred.is_some() => Events::OUT.or(Events::WRNORM),
            Role::Idle => Events::OUT.or(Events::WRNORM).or(Events::HUP),
            Role::Listening(listening) => Events::IN.or(Events::RDNORM).when(!listening.ready.is_empty()),
            Role::Datagram(mailbox) => Events::OUT
                .or(Events::WRNORM)
                .or(Events::IN.or(Events::RDNORM).when(mailbox.inbox.peek().is_some() || mailbox.deaf)),
            Role::Connected(connected) => self.connection_ready(socket, *connected),
        };
        let failed = socket.error.is_some() || !socket.notices.is_empty();
        state.or(Events::ERR.when(failed)).and(asked)
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
        let writable = over || connected.mute || has_room(connection, socket);
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

/// Whether a writer would be woken: a third of the buffer is free, so that it is not for an octet, as much as the socket
/// asks for, and less than the
/// low-water mark waits to be sent.
pub(super) fn has_room(connection: &Connection, socket: &Socket) -> bool {
    let low = socket.options.not_sent_low_water.is_none_or(|low| connection.unsent() < low as usize);
    let least = socket.options.send_low_water.min(socket.options.send_buffer) as usize;
    low && connection.room() >= least && connection.room() > connection.unacknowledged() / 2
}
