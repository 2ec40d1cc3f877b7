//! Challenge ACKs, and how many of them are enough.
//!
//! Spec: RFC 5961 §3.2, §4.2, §7.
use stackdrill_wire::{Clause, Instant, rfc};

use crate::policy::Throttle;

/// A RST in the window, not at its edge.
pub(crate) const RESET: Clause = rfc(5961, "§3.2");
/// A SYN in a synchronized state.
pub(crate) const SYN: Clause = rfc(5961, "§4.2");
/// An ACK outside the range that could be meant for us.
pub(crate) const DATA: Clause = rfc(5961, "§5.2");

/// What a throttle has let through in its current interval. One per connection, so that no host-wide counter can be
/// probed from another connection.
///
/// Spec: RFC5961:7-throttling RFC5961:7-no-shared-counter-leak.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Spent {
    since: Option<Instant>,
    count: u16,
}

impl Spent {
    /// Whether one more may go; counts it if so.
    pub(crate) fn spend(&mut self, throttle: Option<Throttle>, now: Instant) -> bool {
        let Some(throttle) = throttle else { return true };
        if self.since.is_none_or(|since| now.since(since) >= throttle.interval) {
            *self = Self { since: Some(now), count: 0 };
        }
        let allowed = self.count < throttle.count;
        self.count = self.count.saturating_add(u16::from(allowed));
        allowed
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    /// Proves: RFC5961:7-throttling.
    #[test]
    fn a_throttle_opens_again_after_its_interval() {
        let (second, start) = (Duration::from_secs(1), Instant::from_micros(3));
        let throttle = Some(Throttle { count: 2, interval: second });
        let mut spent = Spent::default();
        let let_through: Vec<bool> = [0, 1, 2, 999_999, 1_000_000, 1_000_001, 1_000_002]
            .map(|micros| spent.spend(throttle, start + Duration::from_micros(micros)))
            .into();
        assert_eq!(let_through, [true, true, false, false, true, true, false]);
        assert!((0..99).all(|_| spent.spend(None, start)), "no throttle lets all through");
    }
}
