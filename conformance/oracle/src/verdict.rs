//! What the oracle says of an endpoint.
use core::fmt;

use stackdrill_wire::Instant;

use crate::hypothesis::Hypothesis;

/// The judgment so far.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Everything observed is something the RFCs permit.
    Lawful,
    /// Something observed is not.
    Departed(Departure),
    /// Nothing observed is forbidden, but something that matters was not in view.
    Undecided(Missing),
}

/// Something that no lawful endpoint does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Departure {
    /// The requirements of the rules that refused it, one for each reading that was left.
    pub requirements: Vec<&'static str>,
    /// When.
    pub at: Instant,
    /// Which observation, counted from 0.
    pub observation: u64,
    /// What was seen, in a few words.
    pub what: String,
    /// The readings that were left before it (at most four), for the reader.
    pub hypotheses: Vec<Hypothesis>,
}

/// A SHOULD that was not followed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Warning {
    /// The requirement's id.
    pub requirement: &'static str,
    /// When it was first not followed.
    pub at: Instant,
}

/// What a judgment would have needed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Missing {
    /// The connection began before the capture: numbers, options and window scale of the handshake are not known.
    Handshake,
    /// The capture cut a TCP header: from there on nothing was judged.
    Header,
    /// A packet that the tap missed, or saw in another order, would excuse what this requirement forbids.
    Packet {
        /// The requirement's id.
        requirement: &'static str,
        /// When.
        at: Instant,
    },
    /// More readings were lawful than the oracle follows.
    Hypotheses,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handshake => f.write_str("the handshake is not in view"),
            Self::Header => f.write_str("the capture cut a TCP header"),
            Self::Packet { requirement, at } => {
                write!(f, "a packet that the tap missed would excuse {requirement} at {at}")
            }
            Self::Hypotheses => f.write_str("too many readings are lawful"),
        }
    }
}
