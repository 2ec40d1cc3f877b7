//! The states that the kernel shows of its connections, compared from one look to the next.
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::os::fd::RawFd;

use nix::sys::socket::{SockaddrStorage, getpeername, getsockname};
use stackdrill_wire::{Instant, State, Tuple};

use super::info;
use crate::target::Transition;

/// What was last seen of each connection that a script holds a descriptor of.
#[derive(Debug, Default)]
pub(super) struct Shown(BTreeMap<RawFd, (Tuple, State)>);

impl Shown {
    /// What has changed since it was noted, now. A connection that nobody has accepted yet is not seen, nor is the end
    /// of one: the kernel calls TIME-WAIT closed.
    pub(super) fn look(
        &self,
        open: &BTreeSet<RawFd>,
        at: Instant,
    ) -> impl Iterator<Item = (RawFd, Transition)> {
        open.iter().filter_map(move |&fd| Some((fd, self.changed(fd, at)?)))
    }

    fn changed(&self, fd: RawFd, at: Instant) -> Option<Transition> {
        let to = info::state(fd).filter(|&state| state != State::Listen)?;
        let (tuple, from) = match self.0.get(&fd) {
            Some(&known) => known,
            // One that is accepted comes from a listener.
            None => (tuple(fd)?, if to == State::SynSent { State::Closed } else { State::Listen }),
        };
        (from != to).then_some(Transition { at, tuple, from, to, clause: None })
    }

    /// A descriptor's connection has been told of.
    pub(super) fn note(&mut self, fd: RawFd, transition: Transition) {
        self.0.insert(fd, (transition.tuple, transition.to));
    }

    /// A descriptor was closed, and its number may be another's soon.
    pub(super) fn forget(&mut self, fd: RawFd) {
        self.0.remove(&fd);
    }

    /// The descriptor of a connection that was seen.
    pub(super) fn find(&self, wanted: Tuple) -> Option<RawFd> {
        self.0.iter().find(|(_, (tuple, _))| *tuple == wanted).map(|(&fd, _)| fd)
    }
}

/// The ends of a connection, as its packets carry them.
fn tuple(fd: RawFd) -> Option<Tuple> {
    let plain = |address: SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
    let local = address(&getsockname(fd).ok()?)?;
    let remote = address(&getpeername(fd).ok()?)?;
    Some(Tuple { local: plain(local), remote: plain(remote) })
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|address| SocketAddr::V4((*address).into()));
    v4.or_else(|| storage.as_sockaddr_in6().map(|address| SocketAddr::V6((*address).into())))
}
