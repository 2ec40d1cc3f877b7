//! Signed connections: every segment carries a digest that only who shares the key can make, and none that does not
//! is heard.
//!
//! Spec: RFC 2385 §2.0, §4.1.
use core::net::IpAddr;

use bytes::Bytes;
use stackdrill_wire::{Instant, Segment, Tuple};

use super::Host;
use crate::Errno;
use crate::socket::table::Role;
use crate::socket::{Fd, OptionValue};
use crate::tcp::Context;

/// The keys of a socket.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Keys(Vec<Key>);

/// A key, and with whom it is shared: with one peer, or with every peer that has none of its own.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Key {
    peer: Option<IpAddr>,
    key: Bytes,
}

impl Keys {
    /// The most keys of a socket.
    const MOST: usize = 64;

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Shares `key` with `peer`, in place of the one before; an empty one takes it back.
    fn share(&mut self, peer: Option<IpAddr>, key: &Bytes) -> Result<(), Errno> {
        self.0.retain(|other| other.peer != peer);
        if self.0.len() >= Self::MOST {
            return Err(Errno::ENOBUFS);
        }
        if !key.is_empty() {
            self.0.push(Key { peer, key: key.clone() });
        }
        Ok(())
    }

    /// The key shared with `peer`.
    fn with(&self, peer: IpAddr) -> Option<&Bytes> {
        let found = |peer| self.0.iter().find(|key| key.peer == peer).map(|key| &key.key);
        found(Some(peer)).or_else(|| found(None))
    }
}

impl Host {
    /// The key that a socket shares with a peer.
    pub(super) fn key_with(&self, fd: Fd, peer: IpAddr) -> Option<Bytes> {
        self.sockets.get(&fd)?.keys.with(peer).cloned()
    }

    /// Gives a socket a key, and its connection, if it has one.
    ///
    /// Errors: `EINVAL` for another kind of value, `ENOBUFS` above 64 keys.
    pub(crate) fn set_signature(&mut self, fd: Fd, value: &OptionValue, now: Instant) -> Result<(), Errno> {
        let OptionValue::Signature { peer, key } = value else { return Err(Errno::EINVAL) };
        let socket = self.at_mut(fd)?;
        socket.keys.share(*peer, key)?;
        let Role::Connected(connected) = &socket.role else { return Ok(()) };
        let id = connected.id;
        let Some(endpoint) = self.endpoints.get_mut(&id) else { return Ok(()) };
        endpoint.key = self
            .sockets
            .get(&fd)
            .and_then(|socket| socket.keys.with(endpoint.connection.tuple().remote.ip()).cloned());
        let mut unused = Vec::new();
        let cx = Context::new(now, &self.policy, &mut unused);
        endpoint.connection.sign(endpoint.key.is_some(), &cx);
        Ok(())
    }

    /// Whether a segment may be heard by who shares `key`. One that may not is dropped without a word.
    ///
    /// Spec: RFC 2385 §2.0.
    pub(super) fn passes(&mut self, key: Option<&Bytes>, tuple: Tuple, segment: &Segment) -> bool {
        let (source, destination) = (tuple.remote.ip(), tuple.local.ip());
        let passes = key.is_none_or(|key| segment.is_signed(source, destination, key));
        self.counters.unsigned += u64::from(!passes);
        passes
    }
}

/// Signs a segment that leaves.
///
/// Spec: RFC 2385 §2.0.
pub(super) fn sign(segment: &mut Segment, tuple: Tuple, key: Option<&Bytes>) {
    if let Some(key) = key {
        segment.sign(tuple.local.ip(), tuple.remote.ip(), key);
    }
}
