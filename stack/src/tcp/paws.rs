//! Protection against wrapped sequence numbers: a segment with an old stamp is an old segment.
//!
//! Spec: RFC 7323 §5.
use core::time::Duration;

use stackdrill_wire::{Clause, Instant, Seq, rfc};

/// Why the segment is dropped and answered.
pub(crate) const SPEC: Clause = rfc(7323, "§5.3 R1");

/// Whether a segment stamped `value` is older than TS.Recent. One taken too long ago counts no more: the peer's
/// clock may have gone half around since.
///
/// Spec: RFC7323:5.3-paws-r1 RFC7323:5.5-outdated-ts-recent.
pub(crate) fn outdated(recent: Option<(u32, Instant)>, value: u32, now: Instant, lifetime: Duration) -> bool {
    recent.is_some_and(|(recent, at)| Seq(value).before(Seq(recent)) && now.since(at) <= lifetime)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves: RFC7323:5.3-paws-r1 RFC7323:5.5-outdated-ts-recent.
    #[test]
    fn old_stamps_are_outdated_but_not_for_ever() {
        let day = Duration::from_secs(24 * 60 * 60);
        for (recent, value, idle, expected) in [
            (None, 5, day, false),
            (Some(5), 5, day, false), // equal passes
            (Some(5), 6, day, false),
            (Some(5), 4, day, true),
            (Some(2), u32::MAX, day, true),  // before the wrap
            (Some(u32::MAX), 2, day, false), // after it
            (Some(5), 4, day * 25, false),
        ] {
            let recent = recent.map(|value| (value, Instant::ZERO));
            let found = outdated(recent, value, Instant::ZERO + idle, day * 24);
            assert_eq!(found, expected, "{recent:?}, then {value} after {idle:?}");
        }
    }
}
