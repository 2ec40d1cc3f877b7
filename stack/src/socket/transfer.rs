//! `send`, `recv` and their kin, and `shutdown`.
//!
//! Spec: RFC 9293 §3.9.1.2, §3.9.1.3, §3.10.2, §3.10.3; RFC 768.
use core::net::SocketAddr;

use bytes::Bytes;
use stackdrill_wire::{Datagram, Instant, Transport, rfc};

use super::open::shown;
use super::table::{Connected, Role, Socket};
use super::{Fd, Kind, MessageFlags, Outcome, Pending, Received, Shutdown};
use crate::demux::plain;
use crate::host::{ConnectionId, Courtesy, Parcel};
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
    pub(super) taken: usize,
}

impl Host {
    /// `send`, `write`: how many octets were taken. On a blocking stream it waits until all are.
    ///
    /// Errors: `EPIPE` once this side or the connection is closed, the connection's own error once, `ENOTCONN`
    /// before there is one, `EAGAIN` if there is no room and it does not wait, `EDESTADDRREQ` without peer and
    /// `EMSGSIZE` for too long a datagram.
    pub fn send(&mut self, fd: Fd, data: &Bytes, flags: MessageFlags, now: Instant) -> Outcome<usize> {
        match self.at(fd).map(Socket::kind) {
            Ok(Kind::Stream) => self.go_on_writing(Writing::new(fd, data.clone(), flags), now),
            Ok(Kind::Datagram) => self.send_datagram(fd, data, None, now).into(),
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
        let socket = match self.at(fd) {
            Ok(socket) => socket,
            Err(errno) => return Outcome::Failed(errno),
        };
        match (&socket.role, address) {
            (Role::Datagram(_), Some(address)) => self.send_datagram(fd, data, Some(address), now).into(),
            (Role::Connected(_), Some(_)) => Outcome::Failed(Errno::EISCONN),
            (Role::Idle | Role::Listening(_) | Role::Connected(_) | Role::Datagram(_), _) => {
                self.send(fd, data, flags, now)
            }
        }
    }

    /// Queues what fits; on a blocking socket the rest waits.
    pub(super) fn go_on_writing(&mut self, writing: Writing, now: Instant) -> Outcome<usize> {
        let Writing { fd, rest, flags, taken } = writing;
        let socket = match self.sockets.get_mut(&fd) {
            Some(socket) => socket,
            None => return Outcome::Failed(Errno::EBADF),
        };
        let (waits, serial) = (!(socket.nonblocking || flags.dont_wait), socket.serial);
        let connected = match writable(socket) {
            Ok(connected) => connected,
            // What was taken before it failed is reported first; the error by the next call.
            Err(errno) if taken > 0 => {
                socket.error = Some(errno).filter(|errno| *errno != Errno::EPIPE);
                return Outcome::Done(taken);
            }
            Err(errno) => return Outcome::Failed(errno),
        };
        // A call that opened the connection itself waits for its handshake, like `connect`.
        if connected.opening && waits && matches!(self.connecting(fd, Errno::EINPROGRESS), Outcome::Blocks(_))
        {
            return Outcome::Blocks(Pending::send(serial, Writing { fd, rest, flags, taken }));
        }
        let call = Call::Send { text: rest.clone(), urgent: flags.out_of_band };
        self.hold_back(connected.id, flags.more, now);
        let answer = self.ask(connected.id, call, now);
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
        let (rest, taken) = (rest.slice(queued.min(rest.len())..), taken + queued);
        match (rest.is_empty(), waits) {
            (false, true) => Outcome::Blocks(Pending::send(serial, Writing { fd, rest, flags, taken })),
            (false, false) if taken == 0 => Outcome::Failed(Errno::EAGAIN),
            (true, _) | (false, false) => Outcome::Done(taken),
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

    /// Spec: RFC 768, RFC1122:4.1.3.6-own-source-only, RFC8085:5-reply-from-request-address.
    fn send_datagram(
        &mut self,
        fd: Fd,
        data: &Bytes,
        to: Option<SocketAddr>,
        now: Instant,
    ) -> Result<usize, Errno> {
        let socket = self.at_mut(fd)?;
        if let Some(errno) = socket.error.take() {
            return Err(errno);
        }
        let Role::Datagram(mailbox) = &socket.role else { return Err(Errno::EOPNOTSUPP) };
        if mailbox.mute {
            return Err(Errno::EPIPE);
        }
        let to = to.map(|to| SocketAddr::new(plain(to.ip()), to.port()));
        let peer = to.or(mailbox.peer).ok_or(Errno::EDESTADDRREQ)?;
        let (options, is_v4) = (socket.options, peer.is_ipv4());
        // A UDP length counts its header too; over IPv4 the IP header's length counts as well.
        let most = if is_v4 { 65_507 } else { 65_527 };
        if data.len() > most.min(options.send_buffer as usize) {
            return Err(Errno::EMSGSIZE);
        }
        if peer.port() == 0 {
            return Err(Errno::EINVAL);
        }
        let tuple = self.tuple_towards(fd, Kind::Datagram, peer)?;
        self.keep_port(fd, tuple.local)?;
        let datagram = Datagram {
            source: tuple.local.port(),
            destination: peer.port(),
            data: data.clone(),
            ..Datagram::default()
        };
        let parcel = Parcel {
            source: tuple.local.ip(),
            destination: peer.ip(),
            courtesy: Courtesy::of(&options),
            transport: Transport::Udp(datagram),
            clause: rfc(768, "User Interface"),
        };
        self.transmit(parcel, now).map_err(|_| Errno::EMSGSIZE)?;
        Ok(data.len())
    }

    /// The first datagram gives an unbound socket its port; the address stays open.
    fn keep_port(&mut self, fd: Fd, local: SocketAddr) -> Result<(), Errno> {
        let socket = self.at_mut(fd)?;
        if socket.local.is_none() {
            let any = super::open::unspecified(socket.domain);
            socket.local = Some(SocketAddr::new(any, local.port()));
            self.renew_claim(fd);
        }
        Ok(())
    }

    /// `recv`, `recvfrom`, `read`: at most `length` octets. No data at all means the end of a stream.
    ///
    /// Errors: `EAGAIN` if there is nothing and it does not wait, `ENOTCONN` before there is a connection, the
    /// connection's own error once, `EINVAL` for urgent data that is not there.
    pub fn recv(&mut self, fd: Fd, length: usize, flags: MessageFlags, now: Instant) -> Outcome<Received> {
        self.go_on_reading(Reading::new(fd, length, flags), now)
    }

    pub(super) fn go_on_reading(&mut self, reading: Reading, now: Instant) -> Outcome<Received> {
        let socket = match self.sockets.get_mut(&reading.fd) {
            Some(socket) => socket,
            None => return Outcome::Failed(Errno::EBADF),
        };
        let role = match &socket.role {
            Role::Datagram(_) => return receive_datagram(socket, &reading),
            Role::Connected(connected) => *connected,
            Role::Idle | Role::Listening(_) => return Outcome::Failed(Errno::ENOTCONN),
        };
        self.receive_text(role, reading, now)
    }

    /// Spec: RFC 9293 §3.10.3, RFC9293:3.10.3-receive-close-wait.
    fn receive_text(&mut self, connected: Connected, reading: Reading, now: Instant) -> Outcome<Received> {
        let Reading { fd, length, flags, mut taken } = reading;
        if flags.out_of_band {
            // Urgent data stays in its place in the stream. RFC 9293 §3.8.5.
            return Outcome::Failed(Errno::EINVAL);
        }
        if connected.deaf || length == taken.len() {
            return Outcome::Done(text(taken));
        }
        let call = Call::Receive { most: length - taken.len(), peek: flags.peek };
        let answer = self.ask(connected.id, call, now);
        let ended = match answer {
            Ok(Answer::Received(received)) => {
                taken.extend_from_slice(&received.text);
                received.end
            }
            Ok(Answer::Accepted(_) | Answer::Ok) => false,
            Err(_) => true,
        };
        let Some(socket) = self.sockets.get_mut(&fd) else { return Outcome::Failed(Errno::EBADF) };
        let enough = if flags.wait_all && !flags.peek { length } else { low_water(socket, length) };
        if ended || taken.len() >= enough {
            return match socket.error.take_if(|_| taken.is_empty()) {
                Some(errno) => Outcome::Failed(errno),
                None => Outcome::Done(text(taken)),
            };
        }
        if socket.nonblocking || flags.dont_wait {
            return if taken.is_empty() {
                Outcome::Failed(Errno::EAGAIN)
            } else {
                Outcome::Done(text(taken))
            };
        }
        if flags.peek {
            taken.clear();
        }
        Outcome::Blocks(Pending::receive(socket.serial, Reading { fd, length, flags, taken }))
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
            Role::Idle | Role::Listening(_) | Role::Datagram(_) => Outcome::Failed(Errno::ENOTCONN),
        }
    }
}

/// The connection that a socket writes to, or why it cannot.
fn writable(socket: &mut Socket) -> Result<Connected, Errno> {
    let connected = match &socket.role {
        Role::Connected(connected) => *connected,
        Role::Idle => return Err(socket.error.take().unwrap_or(Errno::ENOTCONN)),
        Role::Listening(_) => return Err(Errno::ENOTCONN),
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

fn text(taken: Vec<u8>) -> Received {
    Received { data: taken.into(), ..Received::default() }
}

/// Spec: RFC768:interface-addresses, RFC1122:4.1.3.5-specific-destination-up.
fn receive_datagram(socket: &mut Socket, reading: &Reading) -> Outcome<Received> {
    let (domain, serial, nonblocking) = (socket.domain, socket.serial, socket.nonblocking);
    if let Some(errno) = socket.error.take() {
        return Outcome::Failed(errno);
    }
    let Role::Datagram(mailbox) = &mut socket.role else { return Outcome::Failed(Errno::EINVAL) };
    let next = if reading.flags.peek { mailbox.inbox.peek().cloned() } else { mailbox.inbox.pop() };
    match next {
        Some(waiting) => Outcome::Done(Received {
            truncated: waiting.data.len() > reading.length,
            data: waiting.data.slice(..waiting.data.len().min(reading.length)),
            from: Some(shown(domain, waiting.from)),
            to: Some(shown(domain, waiting.to)),
            traffic_class: Some(waiting.traffic_class),
            hop_limit: Some(waiting.hop_limit),
        }),
        None if mailbox.deaf => Outcome::Done(Received::default()),
        None if nonblocking || reading.flags.dont_wait => Outcome::Failed(Errno::EAGAIN),
        None => Outcome::Blocks(Pending::receive(serial, reading.clone())),
    }
}
