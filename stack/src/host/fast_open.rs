//! What a host remembers of Fast Open, and whom it gives cookies.
//!
//! Spec: RFC 7413 §4.1.2, §4.1.3.
use core::net::IpAddr;
use std::collections::BTreeMap;

use bytes::Bytes;
use stackdrill_wire::{Flags, Instant, Segment, Tuple};

use super::{ConnectionId, Host};
use crate::Errno;
use crate::secret::Purpose;
use crate::socket::Fd;
use crate::tcp::fast_open::{Cookie, Lesson, Opening, Welcome};

/// What servers have said, by address.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Servers(BTreeMap<IpAddr, Server>);

/// What one server has said.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Server {
    cookie: Option<Cookie>,
    mss: Option<u16>,
    /// Until when it is spared.
    rests: Option<Instant>,
    /// When it was last heard of: the longest ago is forgotten first.
    heard: Instant,
}

impl Servers {
    /// How to open a connection to `server`: with its cookie, with a request for one, or plainly.
    ///
    /// Spec: RFC7413:4.1.3-client-caches RFC7413:4.1.3.1-disable-after-failure RFC7413:4.2.1-request.
    fn opening(&self, server: IpAddr, without_cookie: bool, now: Instant) -> Option<Opening> {
        let known = self.0.get(&server);
        if known.and_then(|known| known.rests).is_some_and(|until| now < until) {
            return None;
        }
        let cookie = known.and_then(|known| known.cookie).unwrap_or(Cookie::REQUEST);
        let mss = known.and_then(|known| known.mss);
        Some(Opening { cookie, mss, text: without_cookie || !cookie.requests() })
    }

    /// Takes note of how an open ended.
    ///
    /// Spec: RFC7413:4.1.3-client-caches RFC7413:4.1.3.1-negative-cache RFC7413:4.2.2-cookie-refreshed.
    fn learn(&mut self, server: IpAddr, lesson: Lesson, rests: Option<Instant>, now: Instant) {
        let known = self.0.get(&server).copied();
        let cookie = lesson.cookie.or_else(|| known.and_then(|known| known.cookie));
        let mss = lesson.mss.or_else(|| known.and_then(|known| known.mss));
        self.0.insert(server, Server { cookie, mss, rests, heard: now });
    }

    /// How many servers are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets whom it heard of longest ago until `most` are left.
    fn forget_beyond(&mut self, most: usize) {
        while self.0.len() > most {
            let oldest = self.0.iter().min_by_key(|(_, server)| server.heard).map(|(&address, _)| address);
            oldest.map(|address| self.0.remove(&address));
        }
    }
}

impl Host {
    /// Whether text that the user has now would go with the SYN: a cookie is known, or none is needed.
    pub(crate) fn may_open_fast(&self, fd: Fd, server: IpAddr, now: Instant) -> bool {
        self.fast_opening(fd, server, now).is_some_and(|opening| opening.text)
    }

    fn fast_opening(&self, fd: Fd, server: IpAddr, now: Instant) -> Option<Opening> {
        let policy = &self.policy.fast_open;
        let own = self.sockets.get(&fd).is_some_and(|socket| socket.options.fast_open.without_cookie);
        let opening = self.servers.opening(server, own || policy.client_without_cookie, now);
        opening.filter(|_| policy.client)
    }

    /// Opens a connection for the socket `fd` and sends as much of `text` with the SYN as may go: how much that was.
    /// The rest is the caller's to send once the connection is open.
    ///
    /// Errors: `EOPNOTSUPP` where the policy leaves Fast Open off; those of a plain open.
    ///
    /// Spec: RFC7413:2-off-by-default RFC7413:4.2.1-request RFC 7413 §4.2.2.
    pub(crate) fn open_connection_fast(
        &mut self,
        fd: Fd,
        tuple: Tuple,
        text: &Bytes,
        now: Instant,
    ) -> Result<(ConnectionId, usize), Errno> {
        if !self.policy.fast_open.client {
            return Err(Errno::EOPNOTSUPP);
        }
        let opening = self.fast_opening(fd, tuple.remote.ip(), now);
        self.open_connection_with(fd, tuple, opening.map(|opening| (opening, text)), now)
    }

    /// An active open has ended, well or not: its lesson is kept.
    pub(super) fn learn_fast_open(&mut self, id: ConnectionId, now: Instant) {
        let Some(endpoint) = self.endpoints.get(&id) else { return };
        let Some(lesson) = endpoint.connection.fast_open_lesson() else { return };
        let server = endpoint.connection.tuple().remote.ip();
        let policy = &self.policy.fast_open;
        let rests = lesson.failed.then(|| now + policy.rest);
        self.servers.learn(server, lesson, rests, now);
        self.servers.forget_beyond(policy.cache);
    }

    /// What a listener does with the text of a SYN from `tuple.remote`.
    ///
    /// Spec: RFC7413:4.2-disabled-server-ignores RFC7413:4.2-pending-limit RFC7413:4.2.2-server-accepts
    /// RFC7413:4.2.2-invalid-cookie-fallback RFC7413:4.1.2-cookie-expires.
    pub(super) fn welcome(&mut self, fd: Fd, tuple: Tuple, segment: &Segment) -> Welcome {
        let policy = &self.policy.fast_open;
        let (server, every, free) = (policy.server, policy.every_listener, policy.server_without_cookie);
        let (experimental, previous) = (policy.experimental, policy.previous_key);
        let own = policy.key.unwrap_or_else(|| self.own_key());
        let Some(listening) = self.listening(fd) else { return Welcome::default() };
        let Some(most) = listening.fast_open.most.or(every).filter(|_| server && segment.has(Flags::SYN))
        else {
            return Welcome::default();
        };
        let room = listening.fast_open.pending < most;
        let key = listening.fast_open.key.unwrap_or(own);
        let (peer, here) = (tuple.remote.ip(), tuple.local.ip());
        let asked = Cookie::read(&segment.options, experimental);
        if free || listening.fast_open.without_cookie {
            return Welcome { takes: room && !segment.text.is_empty(), gives: None };
        }
        let Some(asked) = asked else { return Welcome::default() };
        let cookie = Cookie::made(&key, peer, here);
        if asked.octets() == cookie.octets() {
            return Welcome { takes: room, gives: None };
        }
        let aged = previous.is_some_and(|key| Cookie::made(&key, peer, here).octets() == asked.octets());
        Welcome { takes: room && aged, gives: Some(cookie.in_kind_of(asked)) }
    }

    /// The key that the host's seed stands for.
    fn own_key(&self) -> [u8; 16] {
        let half = |which: u8| self.secret.keyed(Purpose::FastOpenCookie, &[which]).to_le_bytes();
        let mut key = [0; 16];
        key[..8].copy_from_slice(&half(0));
        key[8..].copy_from_slice(&half(1));
        key
    }
}
