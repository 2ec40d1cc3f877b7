//! An acknowledgment may wait for company, but not for long.
//!
//! Spec: RFC 9293 §3.8.6.3 MUST-40 SHLD-18 SHLD-19, RFC 5681 §4.2.
use core::time::Duration;

use stackdrill_wire::{Clause, Instant, rfc};

/// Text that arrived in turn.
pub(crate) const TEXT: Clause = rfc(9293, "§3.8.6.3");
/// Text beyond or in a gap.
pub(crate) const GAP: Clause = rfc(5681, "§3.2");
/// The wait is over.
const LATE: Clause = rfc(9293, "§3.8.6.3 MUST-40");

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
    /// How many more segments are acknowledged at once, as a new connection's are.
    quick: u8,
    /// Answers carry the acknowledgments, so that those wait.
    converses: bool,
    /// When text last came.
    last: Option<Instant>,
    /// When it came, while an answer to it would make a difference.
    heard: Option<Instant>,
}

/// No peer is taken to send segments smaller than this as its full ones.
const LEAST_FULL: u32 = 536;

impl DelayedAck {
    /// That of a new connection, whose first `quick` segments are acknowledged at once: a peer that starts slowly
    /// needs every acknowledgment to send more.
    pub(crate) fn new(quick: u8) -> Self {
        Self { quick, ..Self::default() }
    }

    /// Text came: an answer by `now` and a little later would show that the user converses. After `pause` without
    /// any, the peer starts slowly again, and needs `quick` acknowledgments at once.
    pub(crate) fn hears(&mut self, now: Instant, pause: Duration, quick: u8) {
        if quick > 0 && self.last.replace(now).is_some_and(|last| now.since(last) > pause) {
            self.quick = self.quick.max(quick);
        }
        self.heard = Some(now).filter(|_| self.hurries());
    }

    /// Text leaves. If it answers what came within `wait`, acknowledgments can ride on answers to come: no hurry.
    pub(crate) fn answers(&mut self, wait: Option<Duration>, now: Instant) {
        if self.heard.is_some_and(|heard| wait.is_some_and(|wait| now.since(heard) < wait)) {
            self.linger();
        }
    }

    /// Acknowledgments are in no hurry from now on.
    pub(crate) const fn linger(&mut self) {
        (self.converses, self.heard) = (true, None);
    }

    /// The wait is over, and no answer came: the hurry that is left is on again.
    pub(crate) fn waited(&mut self) {
        self.converses = false;
        self.now(LATE);
    }

    const fn hurries(&self) -> bool {
        self.quick > 0 && !self.converses
    }

    /// An acknowledgment is due at once.
    pub(crate) fn now(&mut self, clause: Clause) {
        if !matches!(self.owed, Owed::Now(_)) {
            self.owed = Owed::Now(clause);
        }
    }

    /// How long what is owed may wait, where text waits `wait`: a moment where there never was any, for a FIN that the
    /// user answers at once.
    pub(crate) fn delay(&self, wait: Duration) -> Duration {
        const MOMENT: Duration = Duration::from_millis(1);
        if self.largest > 0 { wait } else { wait.min(MOMENT) }
    }

    /// The peer's text is at its end: the user may have something to say to that, and its ACK waits as for text.
    ///
    /// Spec: RFC9293:SHLD-18.
    pub(crate) fn end(&mut self, wait: Option<Duration>) {
        self.linger();
        self.owed = match self.owed {
            Owed::Nothing if wait.is_some() => Owed::Later(0),
            Owed::Later(octets) if wait.is_some() => Owed::Later(octets),
            Owed::Nothing | Owed::Later(_) => Owed::Now(TEXT),
            now @ Owed::Now(_) => now,
        };
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
        let quick = self.hurries();
        self.quick = self.quick.saturating_sub(u8::from(quick));
        let enough = quick || due >= full.saturating_mul(u32::from(segments));
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
        let mut quick = DelayedAck::new(2);
        for owed in [Owed::Now(TEXT), Owed::Now(TEXT), Owed::Later(100)] {
            quick.owed = Owed::Nothing;
            quick.text(100, 1460, RULE);
            assert_eq!(quick.owed, owed);
        }
        let mut prompt = DelayedAck::default();
        prompt.text(1, 1460, (None, 2));
        assert_eq!(prompt.owed, Owed::Now(TEXT));
    }

    /// A peer that starts slowly again is acknowledged as quickly as it was at first.
    ///
    /// Proves: RFC9293:SHLD-18.
    #[test]
    fn a_pause_renews_the_hurry() {
        let second = Duration::from_secs(1);
        for (pause, owed) in [(second, Owed::Later(10)), (second + Duration::from_micros(1), Owed::Now(TEXT))]
        {
            let mut delayed = DelayedAck::new(1);
            delayed.hears(Instant::ZERO, second, 1);
            delayed.text(10, 1460, RULE);
            delayed.owed = Owed::Nothing;
            delayed.hears(Instant::ZERO + pause, second, 1);
            delayed.text(10, 1460, RULE);
            assert_eq!(delayed.owed, owed, "{pause:?}");
        }
    }

    /// Who answers at once has acknowledgments that ride on answers; who answers late has not.
    ///
    /// Proves: RFC9293:SHLD-18.
    #[test]
    fn an_answer_ends_the_hurry() {
        for (later, owed) in [(100, Owed::Later(10)), (200, Owed::Now(TEXT))] {
            let mut delayed = DelayedAck::new(16);
            delayed.hears(Instant::ZERO, Duration::from_secs(1), 16);
            delayed.answers(RULE.0, Instant::ZERO + Duration::from_millis(later));
            delayed.text(10, 1460, RULE);
            assert_eq!(delayed.owed, owed, "{later} ms");
            delayed.waited();
            delayed.owed = Owed::Nothing;
            delayed.text(10, 1460, RULE);
            assert_eq!(delayed.owed, Owed::Now(TEXT), "no answer came, {later} ms");
        }
    }
}
