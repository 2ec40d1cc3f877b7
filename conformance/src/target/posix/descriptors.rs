//! What each descriptor stands for, and the call that waits.
use core::net::SocketAddr;
use core::time::Duration;
use std::collections::BTreeMap;

use stackdrill_wire::{Instant, State};

use super::{Options, Sockets};
use crate::target::{Call, End, Fd};

/// The open descriptors of a host, and the call that waits on one of them.
#[derive(Clone, Debug)]
pub struct Descriptors<H> {
    pub(super) open: BTreeMap<i32, Descriptor<H>>,
    waiting: Option<Waiting>,
    next_port: u16,
}

/// A socket as an application holds it.
#[derive(Clone, Debug)]
pub(super) struct Descriptor<H> {
    pub(super) stands_for: StandsFor<H>,
    /// Whether addresses are IPv6, or IPv4 in their mapped form.
    pub(super) is_ipv6: bool,
    pub(super) blocks: bool,
    pub(super) local: Option<SocketAddr>,
    pub(super) options: Options,
}

#[derive(Clone, Debug)]
pub(super) enum StandsFor<H> {
    /// A stream socket that neither listens nor has called anybody.
    Idle,
    /// A row of sockets: one that listens, before it those that may be accepted.
    Listener {
        row: Vec<H>,
        backlog: usize,
    },
    Stream(H),
    /// A datagram socket; the stack knows it from when it is bound.
    Datagrams {
        socket: Option<H>,
        peer: Option<SocketAddr>,
    },
}

/// What is known of the call that blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waiting {
    /// When it ends whatever happens.
    pub(super) until: Option<Instant>,
    /// Octets of a blocking send that the stack has taken.
    pub(super) taken: usize,
}

/// The first of the dynamic ports.
const FIRST_PORT: u16 = 49_152;

impl<H> Default for Descriptors<H> {
    fn default() -> Self {
        Self { open: BTreeMap::new(), waiting: None, next_port: FIRST_PORT }
    }
}

impl<H: Copy + Eq + core::fmt::Debug> Descriptors<H> {
    /// Makes a call.
    pub fn make(&mut self, stack: &mut impl Sockets<Socket = H>, call: &Call, at: Instant) -> End {
        let mut waiting = Waiting::default();
        if let Call::Poll { timeout, .. } = call {
            waiting.until = u64::try_from(*timeout).ok().map(|millis| at + Duration::from_millis(millis));
        }
        let end = match call {
            Call::Connect { fd, to } => self.connect(stack, *fd, *to),
            _ => self.attempt(stack, call, &mut waiting, at),
        };
        self.waiting = (end == End::Blocks).then_some(waiting);
        end
    }

    /// Asks again about the call that blocks.
    pub fn resume(&mut self, stack: &mut impl Sockets<Socket = H>, call: &Call, at: Instant) -> End {
        let Some(mut waiting) = self.waiting else { return End::Blocks };
        let end = self.attempt(stack, call, &mut waiting, at);
        self.waiting = (end == End::Blocks).then_some(waiting);
        end
    }

    /// When the call that waits ends whatever happens.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.waiting.and_then(|waiting| waiting.until)
    }

    /// Keeps one socket of each listener listening, as long as its backlog has room; to be called whenever something
    /// may have arrived. A connection that came to nothing leaves the row.
    pub fn listen_again(&mut self, stack: &mut impl Sockets<Socket = H>) {
        for descriptor in self.open.values_mut() {
            let StandsFor::Listener { row, backlog } = &mut descriptor.stands_for else { continue };
            row.retain(|&socket| stack.state_of(socket) != State::Closed);
            let listens = |socket: &H| stack.state_of(*socket) == State::Listen;
            // One that a reset has sent back to LISTEN is one too many.
            let spare: Vec<H> = row.iter().copied().filter(listens).skip(1).collect();
            row.retain(|socket| !spare.contains(socket));
            let none_listens = !row.iter().any(listens);
            spare.into_iter().for_each(|socket| stack.close(socket));
            if let Some(local) = descriptor.local.filter(|_| none_listens && row.len() <= *backlog) {
                let socket = stack.stream(&descriptor.options);
                if stack.listen(socket, local) {
                    row.push(socket);
                }
            }
        }
    }

    /// The lowest descriptor that is free, as POSIX has it.
    pub(super) fn opened(&mut self, descriptor: Descriptor<H>) -> End {
        let fd = (3..).find(|fd| !self.open.contains_key(fd)).unwrap_or(i32::MAX);
        self.open.insert(fd, descriptor);
        End::done(fd)
    }

    pub(super) fn get(&self, fd: Fd) -> Result<Descriptor<H>, End> {
        self.open.get(&fd.0).cloned().ok_or_else(|| End::failed("EBADF"))
    }

    pub(super) fn put(&mut self, fd: Fd, descriptor: Descriptor<H>) -> End {
        self.open.insert(fd.0, descriptor);
        End::done(0)
    }

    /// A port for who does not choose. One a call, so that no two connections are alike.
    pub(super) fn unused_port(&mut self) -> u16 {
        let port = self.next_port;
        self.next_port = port.checked_add(1).unwrap_or(FIRST_PORT);
        port
    }
}
