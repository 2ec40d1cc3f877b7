//! An acknowledgment may wait for company, but not for long.
//!
//! Spec: RFC 9293 §3.8.6.3 MUST-40 SHLD-18 SHLD-19, RFC 5681 §4.2.
use core::time::Duration;

use stackdrill_wire::{Clause, rfc};

/// Text that arrived in turn.
pub(crate) const TEXT: Clause = rfc(9293, "§3.8.6.3");
/// Text beyond or in a gap.
pub(crate) const GAP: Clause = rfc(5681, "§3.2");
/// The wait is over.
pub(crate) const LATE: Clause = rfc(9293, "§3.8.6.3 MUST-40");

/// Whether an acknowledgment is owed, and how urgently.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) enum Owed {
    /// None.
    #[default]
    Nothing,
    /// One for so many octets, which may wait.
    Later(u32),
    /// One now.
    Now(Clause),
}

/// Which acknowledgment is owed, and the largest segment that the peer sends.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct DelayedAck {
    pub(crate) owed: Owed,
    largest: u32,
}

/// No peer is taken to send segments smaller than this as its full ones.
const LEAST_FULL: u32 = 536;

impl DelayedAck {
    /// An acknowledgment is due at once.
    pub(crate) fn now(&mut self, clause: Clause) {
        if !matches!(self.owed, Owed::Now(_)) {
            self.owed = Owed::Now(clause);
        }
    }

    /// Text arrived in turn: every second full-sized segment is acknowledged at once. What is full-sized shows from
    /// what comes, for the path or options may make it smaller than the MSS we announced.
    ///
    /// Spec: RFC9293:SHLD-19.
    pub(crate) fn text(&mut self, octets: u32, announced: u32, rule: (Option<Duration>, u8)) {
        let (wait, segments) = rule;
        self.largest = self.largest.max(octets.min(announced));
        let full = self.largest.max(LEAST_FULL.min(announced)).max(1);
        let due = match self.owed {
            Owed::Nothing => octets,
            Owed::Later(before) => before.saturating_add(octets),
            Owed::Now(_) => return,
        };
        let enough = due >= full.saturating_mul(u32::from(segments));
        self.owed = if wait.is_none() || enough { Owed::Now(TEXT) } else { Owed::Later(due) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: (Option<Duration>, u8) = (Some(Duration::from_millis(200)), 2);

    /// Proves: RFC9293:SHLD-18 RFC9293:SHLD-19.
    #[test]
    fn every_second_full_segment_is_acknowledged_at_once() {
        for (arrivals, owed) in [
            (&[1460][..], Owed::Later(1460)),
            (&[1460, 1460], Owed::Now(TEXT)),
            (&[1448, 1448], Owed::Now(TEXT)), // options made the full ones smaller
            (&[100, 100], Owed::Later(200)),
            (&[100, 1460], Owed::Later(1560)),
            (&[100, 1460, 1460], Owed::Now(TEXT)),
            (&[2920], Owed::Now(TEXT)), // two at once, by an offload
        ] {
            let mut delayed = DelayedAck::default();
            for &octets in arrivals {
                delayed.text(octets, 1460, RULE);
            }
            assert_eq!(delayed.owed, owed, "{arrivals:?}");
        }
        let mut prompt = DelayedAck::default();
        prompt.text(1, 1460, (None, 2));
        assert_eq!(prompt.owed, Owed::Now(TEXT));
    }
}
