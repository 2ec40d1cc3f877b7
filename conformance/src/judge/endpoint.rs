//! What is told of one endpoint of a flow.
use core::net::SocketAddr;

use stackdrill_oracle::{Departure, Missing, Oracle, Verdict};
use stackdrill_pcaps::Flow;
use stackdrill_wire::ip::protocol;
use stackdrill_wire::{Instant, State, Tuple};

/// The verdict on one endpoint of a flow.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Judgment {
    /// The flow's number in the capture, from 1.
    pub flow: u64,
    /// The endpoint.
    pub endpoint: SocketAddr,
    /// The other one.
    pub peer: SocketAddr,
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// Packets that it sent.
    pub packets: u64,
    /// Octets of text or data that it sent.
    pub bytes: u64,
    /// `lawful`, `departed` or `undecided`.
    pub verdict: &'static str,
    /// What it did that the RFCs do not allow.
    pub departures: Vec<Departed>,
    /// What was missing, if it is undecided.
    pub missing: Option<Missing>,
    /// SHOULDs that it did not follow.
    pub warnings: Vec<&'static str>,
    /// The states it went through, as far as all readings agree.
    pub transitions: Vec<Transition>,
    /// Where the tap is from here, as the packets show it: `near`, `far`, `at an end`, `unknown`.
    pub place: &'static str,
}

/// A departure, and where in the capture it shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Departed {
    /// The requirements of the rules that refused it: one, or one for each reading that was left.
    pub requirements: Vec<&'static str>,
    /// The frame's number in the capture; 0: something was missing at the flow's end.
    pub packet: u64,
    /// When.
    pub time: Instant,
    /// What was seen.
    pub what: String,
}

/// A change of state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Transition {
    /// The frame's number in the capture.
    pub packet: u64,
    /// The state from there on.
    pub state: State,
}

/// The transitions that are told of one endpoint.
const MOST_TRANSITIONS: usize = 64;

/// Follows an oracle and remembers which frame showed what.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    transitions: Vec<Transition>,
    /// The frame at which each departure was found.
    found: Vec<u64>,
    warnings: Vec<&'static str>,
}

impl Witness {
    /// Looks at the oracle after frame `number`.
    pub(crate) fn look(&mut self, oracle: &Oracle, number: u64) {
        self.count(oracle.departures(), number);
        for warning in oracle.warnings().iter().skip(self.warnings.len()) {
            self.warnings.push(warning.requirement);
        }
        let last = self.transitions.last().map_or(State::Closed, |last| last.state);
        match oracle.state() {
            Some(state) if state != last && number > 0 && self.transitions.len() < MOST_TRANSITIONS => {
                self.transitions.push(Transition { packet: number, state });
            }
            Some(_) | None => {}
        }
    }

    /// Remembers the frame of new departures.
    pub(crate) fn count(&mut self, departures: &[Departure], number: u64) {
        self.found.resize(departures.len(), number);
    }

    pub(crate) fn judgment(
        &self,
        flow: &Flow,
        tuple: Tuple,
        verdict: &Verdict,
        departures: &[Departure],
    ) -> Judgment {
        let tally = flow.tally(flow.direction(tuple.local));
        let (verdict, missing) = match verdict {
            Verdict::Lawful => ("lawful", None),
            Verdict::Departed(_) => ("departed", None),
            Verdict::Undecided(missing) => ("undecided", Some(*missing)),
        };
        Judgment {
            flow: flow.number,
            endpoint: tuple.local,
            peer: tuple.remote,
            protocol: if flow.protocol == protocol::TCP { "tcp" } else { "udp" },
            packets: tally.packets,
            bytes: tally.octets,
            verdict,
            departures: departures
                .iter()
                .zip(&self.found)
                .map(|(departure, packet)| told(departure, *packet))
                .collect(),
            missing,
            warnings: self.warnings.clone(),
            transitions: self.transitions.clone(),
            place: "unknown",
        }
    }
}

fn told(departure: &Departure, packet: u64) -> Departed {
    Departed {
        requirements: departure.requirements.clone(),
        packet,
        time: departure.at,
        what: departure.what.clone(),
    }
}

impl Judgment {
    pub(crate) fn seen_from(mut self, place: &'static str) -> Self {
        self.place = place;
        self
    }
}
