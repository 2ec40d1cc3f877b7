//! What happened in a run, in order: what the oracle judges, `--trace` prints and strength tests compare.
use bytes::Bytes;
use stackdrill_wire::{Clause, Instant, Tuple};

use crate::target::{Call, End, Setting, Transition};

/// The records of a run, oldest first.
pub type Trace = Vec<Record>;

/// One thing that happened at the target.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// When, since the start of the run.
    pub at: Instant,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Happened {
    /// A datagram arrived at the target.
    Received {
        /// The whole IP datagram.
        octets: Bytes,
    },
    /// The target sent a datagram.
    Sent {
        /// The whole IP datagram.
        octets: Bytes,
        /// Why, if the target says so.
        clause: Option<Clause>,
    },
    /// A call began.
    Called {
        /// The call.
        call: Call,
        /// How it ended, or [`End::Blocks`].
        end: End,
    },
    /// A call that had blocked ended.
    Ended {
        /// The call.
        call: Call,
        /// How it ended.
        end: End,
    },
    /// An operator dropped a connection (`tcpdrop`).
    Dropped(Tuple),
    /// A setting changed.
    Set(Setting),
    /// A connection changed state.
    Moved(Transition),
}
