//! SEGMENT ARRIVES, as seen from the endpoint itself: what each state makes of a segment, and what it then owes.
//!
//! Spec: RFC 9293 §3.10.7.
pub(crate) mod acceptable;
pub(crate) mod closed;
pub(crate) mod lagging;
pub(crate) mod listen;
pub(crate) mod other;
pub(crate) mod syn_sent;
pub(crate) mod text;

use core::time::Duration;

use stackdrill_wire::{Instant, Segment, State};

use crate::Endpoint;
use crate::hypothesis::Hypothesis;
use crate::obligation::Debt;
use crate::options::Parsed;
use crate::record::Record;
use crate::rule::Rule;

/// How soon after one such answer another may be withheld: stacks limit the rate of resets, of acknowledgments for
/// unacceptable segments and of challenges (RFC 5961 §7).
pub(crate) const LIMIT: Duration = Duration::from_secs(1);

/// A segment as it arrives, and where the successors of a hypothesis go.
pub(crate) struct Arrival<'a> {
    pub(crate) segment: &'a Segment,
    pub(crate) options: &'a Parsed,
    pub(crate) record: &'a Record,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) at: Instant,
    pub(crate) out: &'a mut Vec<Hypothesis>,
}

impl Arrival<'_> {
    /// This reading is lawful from here on.
    pub(crate) fn keep(&mut self, successor: Hypothesis) {
        self.out.push(successor);
    }

    /// An answer is due now, unless a rate limit may hold it back.
    pub(crate) fn at_once(&self, successor: Hypothesis, rule: &'static Rule, debt: Debt) -> Hypothesis {
        let limited = self.record.answered.is_some_and(|last| self.at.since(last) < LIMIT);
        if limited { successor } else { successor.owing(rule, debt, self.at + self.endpoint.slack) }
    }

    /// An acknowledgment is due within the delay that RFC 9293 MUST-40 allows.
    pub(crate) fn soon(&self, successor: Hypothesis, rule: &'static Rule, debt: Debt) -> Hypothesis {
        successor.owing(rule, debt, super::delayed::due(self.at, self.endpoint.slack))
    }
}

/// What an endpoint in this hypothesis makes of the segment.
pub(crate) fn arrives(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    if !arrival.endpoint.is_exact() {
        return lagging::arrives(before, arrival);
    }
    match before.state {
        State::Closed => closed::arrives(before, arrival),
        State::Listen => listen::arrives(before, arrival),
        State::SynSent => syn_sent::arrives(before, arrival),
        State::SynReceived
        | State::Established
        | State::FinWait1
        | State::FinWait2
        | State::CloseWait
        | State::Closing
        | State::LastAck
        | State::TimeWait => other::arrives(before, arrival),
    }
}
