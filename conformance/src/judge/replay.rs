//! One side of a captured flow against a target: the target takes the place of one end, is told what that end was
//! told, and what it answers is laid beside what the capture has.
//!
//! The captured peer's segments go in at their times, with the numbers that depend on the replaced end (what they
//! acknowledge, the timestamps they echo) carried over to the target's own. What the replaced end's user did shows
//! in what it sent, and is done again. The target may answer otherwise and still be lawful: then the oracle decides.
use core::fmt;
use core::net::SocketAddr;
use core::str::FromStr;
use std::io::Read;

use stackdrill_pcaps::Unread;
use stackdrill_wire::ip::protocol;

use crate::target::Target;

mod compare;
mod datagrams;
mod part;
mod recording;
mod stage;
mod translate;

pub use compare::Difference;
pub use recording::{Recording, Recordings};

/// Which end of a flow the target replaces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// Who opened it.
    Client,
    /// Who was asked.
    Server,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Client, Self::Server];

    /// As the command line and reports spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Side {
    type Err = UnknownSide;
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|side| side.name() == name);
        found.ok_or_else(|| UnknownSide(name.to_owned()))
    }
}

/// A side that does not exist.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no side is called `{}`; there are client and server", .0.escape_debug())]
pub struct UnknownSide(pub String);

/// How the target's answers stand beside the captured ones.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Verdict {
    /// It said the same, in the same order.
    Equal,
    /// It said something else, and the oracle accepts it.
    Lawful,
    /// Nobody can tell.
    Undecided,
    /// The oracle does not accept what it said.
    Departed,
}

impl Verdict {
    /// As reports spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Lawful => "lawful",
            Self::Undecided => "undecided",
            Self::Departed => "departed",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One side of a flow, replayed.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The flow's number in the capture, from 1.
    pub flow: u64,
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// Which end the target replaced.
    pub side: Side,
    /// That end's address.
    pub endpoint: SocketAddr,
    /// The other's.
    pub peer: SocketAddr,
    /// The verdict.
    pub verdict: Verdict,
    /// Where the answers differ.
    pub differences: Vec<Difference>,
    /// Why the verdict is `undecided` or `departed`.
    pub why: Option<String>,
}

/// What a replay of one side comes to, before it is given its flow's name.
#[derive(Debug)]
struct Outcome {
    verdict: Verdict,
    differences: Vec<Difference>,
    why: Option<String>,
}

impl Outcome {
    fn undecided(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Undecided, differences: Vec::new(), why: Some(why.into()) }
    }
}

/// Reads a capture's flows, to be replayed one by one.
///
/// # Errors
/// [`Unread`] if the file is no capture.
pub fn recordings(source: impl Read) -> Result<Recordings, Unread> {
    recording::all(source)
}

/// Replays one side of a flow against `target`, whose time must be virtual, and which starts over for it.
pub fn replay(recording: &Recording, side: Side, target: &mut dyn Target) -> Replayed {
    let (endpoint, peer) = recording.ends(side);
    let udp = recording.flow.protocol == protocol::UDP;
    let outcome = if recording.cut {
        Outcome::undecided("the flow is too long to be kept whole")
    } else if udp {
        datagrams::replay(recording, endpoint, peer, target)
    } else {
        stage::replay(recording, endpoint, peer, target)
    };
    Replayed {
        flow: recording.flow.number,
        protocol: if udp { "udp" } else { "tcp" },
        side,
        endpoint,
        peer,
        verdict: outcome.verdict,
        differences: outcome.differences,
        why: outcome.why,
    }
}
