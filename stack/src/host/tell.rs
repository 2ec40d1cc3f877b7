//! What a connection says, to whom: its owner hears of it, queues and tables follow its states.
//!
//! Spec: RFC 9293 §3.9.1.8.
use stackdrill_wire::{Clause, Instant, State};

use super::{ConnectionId, Host, Owner, Transition};
use crate::Errno;
use crate::tcp::{Failure, PathError, Signal};

impl Host {
    /// A connection tells its owner something.
    ///
    /// Spec: RFC9293:MUST-47, RFC9293:SHLD-20, RFC9293:3.9.1.8-reported-conditions, RFC9293:MUST-12b.
    pub(super) fn tell(&mut self, id: ConnectionId, signal: Signal, now: Instant) {
        let Some(endpoint) = self.endpoints.get(&id) else { return };
        let (owner, early) = (endpoint.owner, endpoint.connection.early());
        if matches!(signal, Signal::Opened | Signal::Failed(_)) {
            self.learn_fast_open(id, now);
        }
        match (signal, owner) {
            (Signal::Opened, Owner::Listener(fd)) if !early => {
                if let Some(listening) = self.listening(fd) {
                    listening.ready.push_back(id);
                }
                if let Some(socket) = self.sockets.get_mut(&fd) {
                    socket.wakes.readable += 1;
                }
            }
            (Signal::Failed(failure), Owner::Socket(fd)) => {
                if let Some(socket) = self.sockets.get_mut(&fd) {
                    let soft = socket.soft_error.take();
                    socket.error = match failure {
                        // What the path said while patience ran out says more than that it did.
                        Failure::TimedOut => soft.or(Some(Errno::ETIMEDOUT)),
                        Failure::Aborted => None,
                        Failure::Unreachable(_) => self.reported.or(Some(errno_of(failure))),
                        Failure::Refused | Failure::Reset => Some(errno_of(failure)),
                    };
                }
            }
            (Signal::Soft(error), Owner::Socket(fd)) => {
                if let Some(socket) = self.sockets.get_mut(&fd) {
                    let errno = self.reported.or(Some(errno_of(Failure::Unreachable(error))));
                    // Who asked for errors hears of each at once; others when patience ends.
                    if socket.options.receive_errors {
                        socket.error = errno;
                        socket.wakes.failed += 1;
                    } else {
                        socket.soft_error = errno;
                    }
                }
            }
            (
                Signal::Opened
                | Signal::Closing
                | Signal::Urgent
                | Signal::Doubtful
                | Signal::Failed(_)
                | Signal::Soft(_),
                Owner::Socket(_) | Owner::Listener(_) | Owner::Nobody,
            ) => {}
        }
    }

    /// A connection's state changed: queues and tables follow.
    pub(super) fn note_move(
        &mut self,
        id: ConnectionId,
        (from, to): (State, State),
        clause: Clause,
        now: Instant,
    ) {
        let Some(endpoint) = self.endpoints.get_mut(&id) else { return };
        let (tuple, owner) = (endpoint.connection.tuple(), endpoint.owner);
        let early_at = endpoint.early_at.take_if(|_| from == State::SynReceived);
        let over = matches!(to, State::Closed | State::Listen);
        if let (true, Owner::Listener(_)) = (over, owner) {
            endpoint.owner = Owner::Nobody;
        }
        if let Owner::Listener(fd) = owner
            && let Some(listening) = self.listening(fd)
        {
            if from == State::SynReceived && early_at.is_none() {
                listening.half_open = listening.half_open.saturating_sub(1);
            }
            if over {
                listening.ready.retain(|ready| *ready != id);
            }
        }
        if let Some((fd, serial)) = early_at
            && self.sockets.get(&fd).is_some_and(|socket| socket.serial == serial)
            && let Some(listening) = self.listening(fd)
        {
            listening.fast_open.pending = listening.fast_open.pending.saturating_sub(1);
        }
        self.moved(Transition { at: now, tuple, from, to, clause });
        if over {
            self.bury(id);
        }
    }

    fn moved(&mut self, transition: Transition) {
        if self.transitions.len() < self.policy.internet.transitions {
            self.transitions.push_back(transition);
        } else {
            self.counters.transitions_lost += 1;
        }
    }
}

/// What a socket call reports of a connection's end.
const fn errno_of(failure: Failure) -> Errno {
    match failure {
        Failure::Refused => Errno::ECONNREFUSED,
        Failure::Reset => Errno::ECONNRESET,
        Failure::TimedOut => Errno::ETIMEDOUT,
        Failure::Aborted => Errno::ECONNABORTED,
        Failure::Unreachable(error) => match error {
            PathError::Network => Errno::ENETUNREACH,
            PathError::Host | PathError::SourceRoute | PathError::TimeExceeded => Errno::EHOSTUNREACH,
            PathError::Parameter => Errno::EPROTO,
            PathError::Prohibited => Errno::EACCES,
            PathError::Protocol => Errno::ENOPROTOOPT,
            PathError::Port => Errno::ECONNREFUSED,
            PathError::TooBig { .. } => Errno::EMSGSIZE,
        },
    }
}
