//! When to stop hoping: R1 and R2.
//!
//! Spec: RFC 9293 §3.8.3.
use stackdrill_wire::Instant;

use crate::policy::Limit;

/// How long the same octet has been unanswered, and how often it was sent again.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Patience {
    since: Option<Instant>,
    retransmissions: u8,
    doubted: bool,
    /// Before this many expiries nothing is sent again.
    hushed: u8,
}

impl Patience {
    /// Something is outstanding from now on, if nothing was before.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    /// Progress: forget.
    pub(crate) fn rest(&mut self) {
        *self = Self::default();
    }

    /// The timer expired and the octet is sent once more.
    pub(crate) const fn again(&mut self) {
        self.retransmissions = self.retransmissions.saturating_add(1);
    }

    /// The peer has answered, and its answer is not wanted yet: the next expiries only count, until they are `expiries`.
    pub(crate) const fn hush(&mut self, expiries: u8) {
        self.hushed = expiries;
    }

    /// Whether the peer has answered what is counted here.
    pub(crate) const fn is_hushed(&self) -> bool {
        self.retransmissions < self.hushed
    }

    pub(crate) const fn retransmissions(&self) -> u8 {
        self.retransmissions
    }

    /// Whether the limit is reached, now that the timer has expired once more.
    pub(crate) fn exceeds(&self, limit: Limit, now: Instant) -> bool {
        match limit {
            Limit::Retransmissions(most) => self.retransmissions >= most,
            Limit::Elapsed(longest) => self.since.is_some_and(|since| now.since(since) >= longest),
        }
    }

    /// Whether R1 is reached for the first time.
    pub(crate) fn doubts(&mut self, r1: Limit, now: Instant) -> bool {
        let first = !self.doubted && self.exceeds(r1, now);
        self.doubted |= first;
        first
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    const S: Duration = Duration::from_secs(1);

    /// Proves: RFC9293:SHLD-10 RFC9293:SHLD-11.
    #[test]
    fn limits_count_from_the_first_transmission() {
        let start = Instant::from_micros(7);
        let mut patience = Patience::default();
        patience.begin(start);
        patience.begin(start + S * 9); // no news: the first counts
        for _ in 0..3 {
            assert!(!patience.exceeds(Limit::Retransmissions(3), start));
            patience.again();
        }
        assert!(patience.exceeds(Limit::Retransmissions(3), start));
        assert!(!patience.exceeds(Limit::Elapsed(S * 100), start + S * 99));
        assert!(patience.exceeds(Limit::Elapsed(S * 100), start + S * 100));
        assert!(patience.doubts(Limit::Retransmissions(3), start));
        assert!(!patience.doubts(Limit::Retransmissions(3), start), "told once");
        patience.rest();
        assert!(!patience.exceeds(Limit::Elapsed(S), start + S * 1000));
    }
}
