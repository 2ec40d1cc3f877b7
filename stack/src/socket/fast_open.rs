//! `sendto` with `MSG_FASTOPEN`, `TCP_FASTOPEN_CONNECT`, and what a listening socket does of text on SYNs.
//!
//! Spec: RFC 7413 §4.2.
use core::net::SocketAddr;

use bytes::Bytes;
use stackdrill_wire::Instant;

use super::open::taken;
use super::table::{Connected, Role};
use super::transfer::Writing;
use super::{Fd, Kind, MessageFlags, OptionValue, Outcome, Pending, SocketOption};
use crate::{Errno, Host};

impl Host {
    /// `sendto` with `MSG_FASTOPEN`: opens a connection and sends text with its SYN, where a cookie for the server is
    /// known. Without one the SYN asks for it, and the call is a `connect` followed by a `send`.
    ///
    /// One that waits does so until the connection is open and takes the rest, even where all went with the SYN.
    ///
    /// Errors: those of `connect`, `EINPROGRESS` if no text went with the SYN and the call does not wait, `EOPNOTSUPP`
    /// where the policy leaves Fast Open off.
    ///
    /// Spec: RFC7413:4.2.1-request RFC 7413 §4.2.2.
    pub fn sendto_fast(
        &mut self,
        fd: Fd,
        data: &Bytes,
        flags: MessageFlags,
        address: SocketAddr,
        now: Instant,
    ) -> Outcome<usize> {
        let socket = match self.at(fd) {
            Ok(socket) => socket,
            Err(errno) => return Outcome::Failed(errno),
        };
        let (waits, serial) = (!(socket.nonblocking || flags.dont_wait), socket.serial);
        let until = socket.options.send_timeout.map(|patience| now + patience);
        if !matches!(socket.role, Role::Idle) {
            return self.sendto(fd, data, flags, None, now);
        }
        let sent = taken(socket, address).and_then(|peer| self.open_stream_fast(fd, peer, data, now));
        match sent {
            Err(errno) => Outcome::Failed(errno),
            Ok(0) if !waits => Outcome::Failed(Errno::EINPROGRESS),
            Ok(sent) if !waits => Outcome::Done(sent),
            Ok(sent) => {
                let rest = data.slice(sent..);
                Outcome::Blocks(Pending::send(
                    serial,
                    Writing { fd, rest, flags, stamping: None, taken: sent },
                    until,
                ))
            }
        }
    }

    /// Whether a `connect` with `TCP_FASTOPEN_CONNECT` may wait for the first `send`, whose text then goes with the SYN.
    #[must_use]
    pub fn connects_fast(&self, fd: Fd, address: SocketAddr, now: Instant) -> bool {
        self.may_open_fast(fd, address.ip().to_canonical(), now)
    }

    /// Whether a `connect` that sends its SYN at once asks for a cookie with it.
    ///
    /// Spec: RFC7413:4.2.1-request.
    pub(super) fn asks_for_cookies(&self, fd: Fd) -> bool {
        let asks = self.sockets.get(&fd).is_some_and(|socket| socket.options.fast_open.defers_connect);
        asks && self.policy.fast_open.client
    }

    /// `connect` on a socket with `TCP_FASTOPEN_CONNECT`: nothing is sent until the first text is there, if it may go
    /// with the SYN. `None` if this is a `connect` like any other.
    pub(super) fn defer_connect(&mut self, fd: Fd, address: SocketAddr, now: Instant) -> Option<Outcome<()>> {
        let socket = self.sockets.get(&fd)?;
        if socket.deferred.is_some() {
            return Some(Outcome::Failed(Errno::EINPROGRESS));
        }
        let idle = matches!(socket.role, Role::Idle) && taken(socket, address).is_ok();
        if !(idle && socket.options.fast_open.defers_connect && self.connects_fast(fd, address, now)) {
            return None;
        }
        self.sockets.get_mut(&fd)?.deferred = Some(address);
        Some(Outcome::Done(()))
    }

    /// Sets one of Fast Open's options. Only before there is a connection.
    ///
    /// Errors: `EINVAL` for a value it cannot have or a socket it comes too late for; `EOPNOTSUPP` where the policy
    /// leaves Fast Open off.
    pub(super) fn set_fast_open_option(
        &mut self,
        fd: Fd,
        option: SocketOption,
        value: &OptionValue,
    ) -> Result<(), Errno> {
        if matches!(self.at(fd)?.role, Role::Connected(_)) {
            return Err(Errno::EINVAL);
        }
        let client = self.policy.fast_open.client;
        let switch = |number: i32| match number {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Errno::EINVAL),
        };
        match (option, value) {
            (SocketOption::FastOpen, &OptionValue::Int(number)) => {
                let most = u32::try_from(number).map_err(|_| Errno::EINVAL)?;
                self.set_fast_open(fd, |queue| queue.most = Some(most).filter(|&most| most > 0))
            }
            // A switch and a key, as one system has it.
            (SocketOption::FastOpen, OptionValue::Octets(octets)) if octets.len() == 20 => {
                let on = octets.iter().take(4).any(|&octet| octet != 0);
                let key = octets.last_chunk().copied();
                self.set_fast_open(fd, |queue| (queue.most, queue.key) = (on.then_some(u32::MAX), key))
            }
            (SocketOption::FastOpenConnect, &OptionValue::Int(number)) if client => {
                let on = switch(number)?;
                self.set_fast_open(fd, |queue| queue.defers_connect = on)
            }
            (SocketOption::FastOpenConnect, OptionValue::Int(_)) => Err(Errno::EOPNOTSUPP),
            (SocketOption::FastOpenWithoutCookie, &OptionValue::Int(number)) => {
                let on = switch(number)?;
                self.set_fast_open(fd, |queue| queue.without_cookie = on)
            }
            (SocketOption::FastOpenKey, OptionValue::Octets(octets)) => {
                // A second key, which some take behind the first, is the one before.
                let key = octets.first_chunk().filter(|_| matches!(octets.len(), 16 | 32));
                let key = *key.ok_or(Errno::EINVAL)?;
                self.set_fast_open(fd, |queue| queue.key = Some(key))
            }
            _ => Err(Errno::EINVAL),
        }
    }

    /// `TCP_FASTOPEN`: how many connections of a listening socket may be in use before their handshake ends.
    ///
    /// Errors: `EBADF`, `EOPNOTSUPP` on a datagram socket.
    pub fn set_fast_open_queue(&mut self, fd: Fd, most: u32) -> Outcome<()> {
        self.set_fast_open(fd, |queue| queue.most = Some(most).filter(|&most| most > 0)).into()
    }

    /// `TCP_FASTOPEN_KEY`: the key of the cookies that a listening socket gives.
    ///
    /// Errors: `EBADF`, `EOPNOTSUPP` on a datagram socket.
    pub fn set_fast_open_key(&mut self, fd: Fd, key: [u8; 16]) -> Outcome<()> {
        self.set_fast_open(fd, |queue| queue.key = Some(key)).into()
    }

    /// Before `listen` and after it.
    fn set_fast_open(&mut self, fd: Fd, set: impl Fn(&mut super::table::FastOpenQueue)) -> Result<(), Errno> {
        let socket = self.at_mut(fd)?;
        if socket.kind() != Kind::Stream {
            return Err(Errno::EOPNOTSUPP);
        }
        set(&mut socket.options.fast_open);
        if let Role::Listening(listening) = &mut socket.role {
            set(&mut listening.fast_open);
        }
        Ok(())
    }

    pub(super) fn open_stream_fast(
        &mut self,
        fd: Fd,
        peer: SocketAddr,
        text: &Bytes,
        now: Instant,
    ) -> Result<usize, Errno> {
        let tuple = self.stream_tuple(fd, peer)?;
        let (id, sent) = self.open_connection_fast(fd, tuple, text, now)?;
        self.at_mut(fd)?.role = Role::Connected(Connected::new(id, true));
        Ok(sent)
    }
}
