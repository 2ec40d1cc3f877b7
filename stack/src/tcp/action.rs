//! What a connection wants done: actions, each with the clause that asked for it.
use stackdrill_wire::{Clause, Instant, Segment, State};

use crate::Policy;
use crate::tcp::icmp::PathError;

/// Something to do, for a reason.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Reasoned {
    /// What.
    pub action: Action,
    /// Why.
    pub clause: Clause,
}

/// What leaves a connection after an event. Timers are no actions: they live in the connection, and
/// [`Connection::deadline`](crate::tcp::Connection::deadline) says when the next one is due.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Action {
    /// Send this segment to the remote socket; ports are filled in, the checksum is to be computed.
    Send(Segment),
    /// Send this segment, whose text routers may mark rather than drop. RFC 3168 §6.1.2.
    SendCapable(Segment),
    /// Tell the user.
    Tell(Signal),
    /// The state changed. `Closed` (or `Listen`, from SYN-RECEIVED) means the connection is over: drop it.
    Move {
        /// The state it left.
        from: State,
        /// The state it entered.
        to: State,
    },
}

/// What the user hears without having asked.
///
/// Spec: RFC 9293 §3.9.1.8.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Signal {
    /// The connection is open.
    Opened,
    /// The peer will send no more. RFC9293:3.6-remote-close-signalled.
    Closing,
    /// Urgent data lies ahead, or more of it than was known. RFC 9293 §3.8.5 MUST-32.
    Urgent,
    /// The connection is over, and not by agreement.
    Failed(Failure),
    /// Delivery is in doubt: R1 was reached. RFC 9293 §3.8.3 SHLD-9.
    Doubtful,
    /// The path reported an error that may pass. RFC 9293 §3.9.2.2 SHLD-25.
    Soft(PathError),
}

/// Why a connection ended other than by agreement.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum Failure {
    /// A RST answered our SYN, or reached us in SYN-RECEIVED.
    #[error("connection refused")]
    Refused,
    /// A RST reached a synchronized connection.
    #[error("connection reset")]
    Reset,
    /// The peer stayed silent for longer than R2 or the user timeout.
    #[error("connection aborted due to user timeout")]
    TimedOut,
    /// The path reported a hard error.
    #[error("the path reported: {0}")]
    Unreachable(PathError),
    /// The user aborted it.
    #[error("connection aborted by its user")]
    Aborted,
}

/// What a connection is given with every event: the time, the rules of the house, and where to put its actions.
#[derive(Debug)]
pub struct Context<'a> {
    /// The time of the event.
    pub now: Instant,
    /// What this stack chooses.
    pub policy: &'a Policy,
    /// Whether the datagram that arrived was marked on its way. RFC 3168 §5.
    pub(crate) marked: bool,
    actions: &'a mut Vec<Reasoned>,
}

impl<'a> Context<'a> {
    /// A context whose actions are appended to `actions`.
    #[must_use]
    pub const fn new(now: Instant, policy: &'a Policy, actions: &'a mut Vec<Reasoned>) -> Self {
        Self { now, policy, marked: false, actions }
    }

    /// The context of a segment that was, or was not, marked on its way. RFC 3168 §5.
    #[must_use]
    pub const fn marked(mut self, marked: bool) -> Self {
        self.marked = marked;
        self
    }

    /// Asks for an action, and says why.
    pub fn act(&mut self, action: Action, clause: Clause) {
        self.actions.push(Reasoned { action, clause });
    }
}
