//! The oracle of one UDP endpoint.
use stackdrill_wire::{Checksum, Datagram, Instant};

use crate::rfc768::{UDP_CHECKSUM, UDP_LENGTH};
use crate::rule::Rule;
use crate::{Departure, Endpoint, Verdict};

/// One thing that happened at a UDP endpoint.
#[derive(Clone, Copy, Debug)]
pub enum Observation<'a> {
    /// A datagram addressed to the endpoint.
    Received(&'a Datagram),
    /// A datagram from the endpoint.
    Sent(&'a Datagram),
    /// The endpoint's host says that nobody receives on the port (ICMP port unreachable).
    Unreachable,
}

/// Judges one UDP endpoint. UDP keeps no state, so one reading is always enough.
#[derive(Clone, Debug)]
pub struct Oracle {
    endpoint: Endpoint,
    departures: Vec<Departure>,
    observed: u64,
}

impl Oracle {
    /// An oracle that has seen nothing yet.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, departures: Vec::new(), observed: 0 }
    }

    /// Takes in what was observed at `at`.
    pub fn observe(&mut self, observation: Observation<'_>, at: Instant) {
        if let Observation::Sent(datagram) = observation
            && let Some(rule) = broken(&self.endpoint, datagram)
        {
            self.depart(rule, at);
        }
        self.observed = self.observed.saturating_add(1);
    }

    /// The judgment so far.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.departures.first().map_or(Verdict::Lawful, |departure| Verdict::Departed(departure.clone()))
    }

    /// Every departure, at most one for each requirement.
    #[must_use]
    pub fn departures(&self) -> &[Departure] {
        &self.departures
    }

    fn depart(&mut self, rule: &'static Rule, at: Instant) {
        if self.departures.iter().any(|departure| departure.requirements == [rule.id]) {
            return;
        }
        let (requirements, what) = (vec![rule.id], "sent a datagram".to_owned());
        self.departures.push(Departure {
            requirements,
            at,
            observation: self.observed,
            what,
            hypotheses: Vec::new(),
        });
    }
}

/// The rule that a sent datagram breaks.
pub(crate) fn broken(endpoint: &Endpoint, datagram: &Datagram) -> Option<&'static Rule> {
    if datagram.length.is_some_and(|length| length < 8) {
        return Some(&UDP_LENGTH);
    }
    // Zero says "none computed": IPv4 only (RFC 768; RFC 8200 §8.1, tunnels by RFC 6935 aside).
    let uncomputed = datagram.checksum == Checksum::Literal(0);
    let wrong = !datagram.checksum.is_right() && !uncomputed;
    (wrong && endpoint.shows_wire()).then_some(&UDP_CHECKSUM)
}
