//! The initial send sequence number.
//!
//! Spec: RFC 9293 §3.4.1 MUST-8 MUST-9 SHLD-1, RFC 6528 §3.
use stackdrill_wire::{Instant, Seq};

/// The ISS at `now` of a connection whose tuple the host's secret hashes to `keyed`: a 4 microsecond clock plus the
/// hash, so that one connection's numbers say nothing of another's, and a new incarnation starts ahead of the last.
///
/// Spec: RFC9293:SHLD-1 RFC9293:MUST-8 RFC9293:3.4.1-isn-avoids-old-incarnation.
#[must_use]
pub fn iss(keyed: u64, now: Instant) -> Seq {
    Seq((now.micros() / 4) as u32) + keyed as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves: RFC9293:MUST-8.
    #[test]
    fn the_clock_ticks_every_four_microseconds() {
        let (start, key) = (Instant::from_micros(1 << 40), 0x1234_5678_9abc_def0);
        let first = iss(key, start);
        for (micros, ticks) in [(3, 0), (4, 1), (4_000_000, 1_000_000)] {
            assert_eq!(iss(key, Instant::from_micros((1 << 40) + micros)) - first, ticks);
        }
    }
}
