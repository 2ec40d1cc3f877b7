//! `send`, `recv` and their kin on streams, and `shutdown`.
//!
//! Spec: RFC 9293 §3.9.1.2, §3.9.1.3, §3.10.2, §3.10.3.
use core::net::SocketAddr;

use bytes::Bytes;
use stackdrill_wire::Instant;

use super::datagram::receive_datagram;
use super::table::{Connected, Role, Socket};
use super::{Ancillary, Fd, Kind, MessageFlags, MessageOptions, Outcome, Pending, Received, Shutdown};
use crate::host::ConnectionId;
use crate::tcp::{Answer, Call, Refusal, Settings};
use crate::{Errno, Host};

/// A call to read, and what it has so far (`MSG_WAITALL`).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Reading {
    pub(super) fd: Fd,
    pub(super) length: usize,
    pub(super) flags: MessageFlags,
    pub(super) taken: Vec<u8>,
}

/// A call to write, and how much of it was taken.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Writing {
    pub(super) fd: Fd,
    pub(super) rest: Bytes,
    pub(super) flags: MessageFlags,
    /// The moments to tell of, where the message asks for its own.
    pub(super) stamping: Option<i32>,
    pub(super) taken: usize,
}

impl Host {
    /// `send`, `write`: how many octets were taken. On a blocking stream it waits until all are.
    ///
    /// Errors: `EPIPE` once this side or the connection is closed, the connection's own error once, `ENOTCONN`
    /// (or `EPIPE`, as the policy has it) before there is one, `EAGAIN` if there is no room and it does not wait, `EDESTADDRREQ` without peer and
    /// `EMSGSIZE` for too long a datagram.
    pub fn send(&mut self, fd: Fd, data: &Bytes, flags: MessageFlags, now: Instant) -> Outcome<usize> {
        self.send_with(fd, (data, flags), MessageOptions::NONE, now)
    }

    fn send_with(
        &mut self,
        fd: Fd,
        (data, flags): (&Bytes, MessageFlags),
        options: MessageOptions,
        now: Instant,
    ) -> Outcome<usize> {
        match self.at(fd).map(Socket::kind) {
            Ok(Kind::Stream) if self.sockets.get(&fd).is_some_and(|socket| socket.deferred.is_some()) => {
                let address = self.sockets.get_mut(&fd).and_then(|socket| socket.deferred.take());
                match address {
                    Some(address) => self.sendto_fast(fd, data, flags, address, now),
                    None => Outcome::Failed(Errno::ENOTCONN),
                }
            }
            Ok(Kind::Stream) => {
                let patience = self.sockets.get(&fd).and_then(|socket| socket.options.send_timeout);
                let until = patience.map(|patience| now + patience);
                self.go_on_writing(Writing::new(fd, data.clone(), flags, options.stamping), until, now)
            }
            Ok(Kind::Datagram | Kind::Echo) => {
                self.send_datagram(fd, (data, flags), (None, options), now).into()
            }
            Err(errno) => Outcome::Failed(errno),
        }
    }

    /// `sendto`: like [`Host::send`], to `address` where one is given.
    ///
    /// Errors: those of `send`; `EISCONN` for an address on a connected stream.
    pub fn sendto(
        &mut self,
        fd: Fd,
        data: &Bytes,
        flags: MessageFlags,
        address: Option<SocketAddr>,
        now: Instant,
    ) -> Outcome<usize> {
        self.send_message(fd, (data, flags), address, MessageOptions::NONE, now)
    }

    /// What `sendto` and `sendmsg` have in common.
    pub(super) fn send_message(
        &mut self,
        fd: Fd,
        (data, flags): (&Bytes, MessageFlags),
        address: Option<SocketAddr>,
        options: MessageOptions,
        now: Instant,
    ) -> Outcome<usize> {
        let socket = match self.at(fd) {
            Ok(socket) => socket,
            Err(errno) => return Outcome::Failed(errno),
        };
        match (&socket.role, address) {
            (Role::Datagram(_), Some(address)) => {
                self.send_datagram(fd, (data, flags), (Some(address), options), now).into()
            }
            (Role::Connected(_), Some(_)) => Outcome::Failed(Errno::EISCONN),
            (Role::Idle | Role::Listening(_) | Role::Connected(_) | Role::Datagram(_), _) => {
                self.send_with(fd, (data, flags), options, now)
            }
        }
    }

    /// Queues what fits; on a blocking socket the rest waits.
    ///
    /// Spec: RFC9293:3.9.1.2-sends-in-order, RFC9293:3.10.2-send-listen.
    pub(super) fn go_on_writing(
        &mut self,
        writing: Writing,
        until: Option<Instant>,
        now: Instant,
    ) -> Outcome<usize> {
        let Writing { fd, rest, flags, stamping, taken } = writing;
        let socket = match self.sockets.get_mut(&fd) {
            Some(socket) => socket,
            None => return Outcome::Failed(Errno::EBADF),
        };
        let (waits, serial) = (!(socket.nonblocking || flags.dont_wait), socket.serial);
        let low_water = socket.options.not_sent_low_water;
        let unconnected =
            if self.policy.sockets.unconnected_is_closed { Errno::EPIPE } else { Errno::ENOTCONN };
        let connected = match writable(socket, unconnected) {
            Ok(connected) => connected,
            // What was taken before it failed is reported first; the error by the next call.
            Err(errno) if taken > 0 => {
                socket.error = Some(errno).filter(|errno| *errno != Errno::EPIPE);
                return Outcome::Done(taken);
            }
            Err(errno) => return Outcome::Failed(errno),
        };
        // A call that opened the connection itself waits for its handshake, like `connect`.
        if connected.opening
            && waits
            && matches!(self.connecting(fd, Errno::EINPROGRESS, until), Outcome::Blocks(_))
        {
            let writing = Writing { fd, rest, flags, stamping, taken };
            return Outcome::Blocks(Pending::send(serial, writing, until));
        }
        let most = self.room_below(connected.id, low_water).min(rest.len());
        let call = Call::Send { text: rest.slice(..most), urgent: flags.out_of_band && most == rest.len() };
        self.hold_back(connected.id, flags.more, now);
        let answer = if most == 0 && !rest.is_empty() {
            Err(Refusal::Full)
        } else {
            self.ask(connected.id, call, now)
        };
        self.let_go(fd, connected.id, flags.more, now);
        let queued = match answer {
            Ok(Answer::Accepted(queued)) => queued,
            Ok(Answer::Received(_) | Answer::Ok) | Err(Refusal::Full) => 0,
            Err(Refusal::NoConnection | Refusal::Closing | Refusal::Failed(_)) => {
                let error = self.sockets.get_mut(&fd).and_then(|socket| socket.error.take());
                return if taken > 0 {
                    Outcome::Done(taken)
                } else {
                    Outcome::Failed(error.unwrap_or(Errno::EPIPE))
                };
            }
        };
        let text = rest.slice(..queued.min(rest.len()));
        let (rest, taken) = (rest.slice(queued.min(rest.len())..), taken + queued);
        self.note_offered(connected.id, rest.is_empty(), now);
        let waits = waits && until.is_none_or(|until| now < until);
        match (rest.is_empty(), waits) {
            (false, true) => {
                Outcome::Blocks(Pending::send(serial, Writing { fd, rest, flags, stamping, taken }, until))
            }
            (false, false) if taken == 0 => Outcome::Failed(Errno::EAGAIN),
            (true, _) | (false, false) => {
                if taken > 0 {
                    self.watch(fd, connected.id, (flags.zero_copy, stamping), text, now);
                }
                Outcome::Done(taken)
            }
        }
    }

    /// How much text a connection admits: all that its buffer takes, unless more than the low-water mark would wait to
    /// be sent; the last segment counts whole.
    fn room_below(&self, id: ConnectionId, low_water: Option<u32>) -> usize {
        let (Some(low), Some(endpoint)) = (low_water, self.endpoints.get(&id)) else { return usize::MAX };
        let (mss, unsent) = (endpoint.connection.mss.max(1), endpoint.connection.unsent());
        match (low as usize).checked_sub(unsent).filter(|room| *room > 0) {
            None => 0,
            Some(room) => {
                // What the window lets go at once does not wait.
                let leaves =
                    endpoint.connection.send.right_edge().since(endpoint.connection.send.nxt) as usize;
                room.next_multiple_of(mss as usize).saturating_add(if unsent == 0 { leaves } else { 0 })
            }
        }
    }

    /// Tells the connection's books whether the buffer took all that the user gave.
    fn note_offered(&mut self, id: ConnectionId, all: bool, now: Instant) {
        if let Some(endpoint) = self.endpoints.get_mut(&id) {
            endpoint.tally.offered(all);
            endpoint.tally.settle(&endpoint.connection, &self.policy, now);
        }
    }

    /// `MSG_MORE` corks a connection until a call comes without it.
    fn hold_back(&mut self, id: ConnectionId, more: bool, now: Instant) {
        let settings = self.endpoints.get(&id).map(|endpoint| endpoint.connection.settings());
        if let Some(settings) = settings.filter(|settings| more && !settings.cork) {
            self.configure(id, Settings { cork: true, ..settings }, now);
        }
    }

    /// The call without `MSG_MORE` came: what was held back may go, unless `TCP_CORK` holds it too.
    fn let_go(&mut self, fd: Fd, id: ConnectionId, more: bool, now: Instant) {
        let settings = self.endpoints.get(&id).map(|endpoint| endpoint.connection.settings());
        let corked = self.sockets.get(&fd).is_some_and(|socket| socket.options.stream.cork);
        if let Some(settings) = settings.filter(|settings| !more && !corked && settings.cork) {
            self.configure(id, Settings { cork: false, ..settings }, now);
        }
    }

    /// `recv`, `recvfrom`, `read`: at most `length` octets. No data at all means the end of a stream.
    ///
    /// Errors: `EAGAIN` if there is nothing and it does not wait, `ENOTCONN` before there is a connection, the
    /// connection's own error once, `EINVAL` for urgent data that is not there.
    pub fn recv(&mut self, fd: Fd, length: usize, flags: MessageFlags, now: Instant) -> Outcome<Received> {
        let patience = match self.at(fd) {
            Ok(socket) => socket.options.receive_timeout,
            Err(errno) => return Outcome::Failed(errno),
        };
        if flags.error_queue {
            return self.read_notice(fd, length);
        }
        self.go_on_reading(Reading::new(fd, length, flags), patience.map(|patience| now + patience), now)
    }

    pub(super) fn go_on_reading(
        &mut self,
        reading: Reading,
        until: Option<Instant>,
        now: Instant,
    ) -> Outcome<Received> {
        let socket = match self.sockets.get_mut(&reading.fd) {
            Some(socket) => socket,
            None => return Outcome::Failed(Errno::EBADF),
        };
        let connected = match &socket.role {
            Role::Datagram(_) => return receive_datagram(socket, &reading, until, now),
            Role::Connected(connected) => *connected,
            Role::Idle | Role::Listening(_) => return Outcome::Failed(Errno::ENOTCONN),
        };
        if reading.flags.out_of_band {
            return self.read_urgent(reading.fd, connected, reading.flags.peek).into();
        }
        self.receive_text(connected, reading, until, now)
    }

    /// Spec: RFC 9293 §3.10.3, RFC9293:3.10.3-receive-close-wait, RFC9293:MUST-12a, RFC9293:MUST-12b.
    fn receive_text(
        &mut self,
        connected: Connected,
        reading: Reading,
        until: Option<Instant>,
        now: Instant,
    ) -> Outcome<Received> {
        let Reading { fd, length, flags, mut taken } = reading;
        let keeps = self.policy.sockets.shutdown_keeps_received;
        if connected.deaf && !keeps || length == taken.len() {
            return Outcome::Done(self.text(fd, taken, flags));
        }
        let most = self.before_urgent(fd, connected.id, length - taken.len(), now);
        let call = Call::Receive { most, peek: flags.peek };
        let answer = self.ask(connected.id, call, now);
        let mut ended = match answer {
            Ok(Answer::Received(received)) => {
                taken.extend_from_slice(&received.text);
                received.end
            }
            Ok(Answer::Accepted(_) | Answer::Ok) => false,
            Err(_) => true,
        };
        // What stops at the urgent mark is given as it is.
        ended |= connected.deaf;
        ended |= !taken.is_empty() && most < length - taken.len().min(length) && self.at_mark(connected.id);
        // A stream that ended well before it failed just ends, where what was received can still be read.
        let over = self.policy.failure_keeps_received
            && self.endpoints.get(&connected.id).is_some_and(|endpoint| endpoint.connection.ended());
        let Some(socket) = self.sockets.get_mut(&fd) else { return Outcome::Failed(Errno::EBADF) };
        let enough = if flags.wait_all && !flags.peek { length } else { low_water(socket, length) };
        if ended || taken.len() >= enough {
            return match socket.error.take_if(|_| taken.is_empty() && !over) {
                Some(errno) => Outcome::Failed(errno),
                None => Outcome::Done(self.text(fd, taken, flags)),
            };
        }
        if socket.nonblocking || flags.dont_wait || until.is_some_and(|until| now >= until) {
            return if taken.is_empty() {
                Outcome::Failed(Errno::EAGAIN)
            } else {
                Outcome::Done(self.text(fd, taken, flags))
            };
        }
        if flags.peek {
            taken.clear();
        }
        Outcome::Blocks(Pending::receive(socket.serial, Reading { fd, length, flags, taken }, until))
    }

    /// What a read of a stream returns.
    fn text(&self, fd: Fd, taken: Vec<u8>, flags: MessageFlags) -> Received {
        let mut ancillary = Vec::new();
        if let Some(socket) = self.sockets.get(&fd).filter(|socket| socket.options.tells.left)
            && let Role::Connected(connected) = &socket.role
        {
            let left = self.endpoints.get(&connected.id).map_or(0, |endpoint| {
                // The end of the stream counts as one more, so that it is not taken for "nothing yet".
                let unread = endpoint.connection.readable();
                unread + usize::from(unread == 0 && endpoint.connection.ended())
            });
            ancillary.push(Ancillary::Left(u32::try_from(left).unwrap_or(u32::MAX)));
        }
        let length = taken.len();
        let data = if flags.truncate { Bytes::new() } else { taken.into() };
        Received { data, length, ancillary, ..Received::default() }
    }

    /// `shutdown`: no more reading, no more writing, or neither.
    ///
    /// Errors: `ENOTCONN` if there is no connection (or peer).
    ///
    /// Spec: RFC 9293 §3.6, §3.10.4.
    pub fn shutdown(&mut self, fd: Fd, how: Shutdown, now: Instant) -> Outcome<()> {
        let (deaf, mute) = match how {
            Shutdown::Read => (true, false),
            Shutdown::Write => (false, true),
            Shutdown::Both => (true, true),
        };
        let Some(socket) = self.sockets.get_mut(&fd) else { return Outcome::Failed(Errno::EBADF) };
        match &mut socket.role {
            Role::Datagram(mailbox) if mailbox.peer.is_some() => {
                mailbox.deaf |= deaf;
                mailbox.mute |= mute;
                Outcome::Done(())
            }
            Role::Connected(connected) => {
                let id = connected.id;
                connected.deaf |= deaf;
                let first = mute && !connected.mute;
                connected.mute |= mute;
                match first.then(|| self.ask(id, Call::Shutdown, now)) {
                    None | Some(Ok(_)) => Outcome::Done(()),
                    Some(Err(_)) => Outcome::Failed(Errno::ENOTCONN),
                }
            }
            Role::Listening(_) if self.policy.sockets.shutdown_ends_listening => {
                if deaf {
                    self.stop_listening(fd, now);
                }
                Outcome::Done(())
            }
            Role::Idle | Role::Listening(_) | Role::Datagram(_) => Outcome::Failed(Errno::ENOTCONN),
        }
    }

    /// A listening socket is an idle one again; connections that nobody accepted have nobody to talk to.
    fn stop_listening(&mut self, fd: Fd, now: Instant) {
        self.close_listener(fd, now);
        if let Some(socket) = self.sockets.get_mut(&fd) {
            socket.role = Role::Idle;
            socket.wakes.changed += 1;
        }
        self.renew_claim(fd);
    }
}

/// The connection that a socket writes to, or why it cannot: because there never was one, for instance.
fn writable(socket: &mut Socket, unconnected: Errno) -> Result<Connected, Errno> {
    let connected = match &socket.role {
        Role::Connected(connected) => *connected,
        Role::Idle => return Err(socket.error.take().unwrap_or(unconnected)),
        Role::Listening(_) => return Err(unconnected),
        Role::Datagram(_) => return Err(Errno::EOPNOTSUPP),
    };
    match socket.error.take() {
        Some(errno) => Err(errno),
        None if connected.mute => Err(Errno::EPIPE),
        None => Ok(connected),
    }
}

fn low_water(socket: &Socket, length: usize) -> usize {
    length.min(socket.options.receive_low_water.max(1) as usize)
}
