//! Timestamps: the clock we send, and the peer's that we echo.
//!
//! Spec: RFC 7323 §3, §4, §5.4.
use core::time::Duration;

use stackdrill_wire::{Instant, Seq};

use crate::Policy;

/// TS.Recent and Last.ACK.sent, and what makes our own clock ours.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Stamps {
    /// Added to the clock, so that it tells nobody how long the host is up. RFC7323:7-random-offset.
    offset: u32,
    /// TS.Recent, and when it was taken.
    pub(crate) recent: Option<(u32, Instant)>,
    /// Last.ACK.sent.
    pub(crate) last_ack_sent: Seq,
    /// A round trip is measured by stamps once: when this much is acknowledged.
    next_sample: Option<Seq>,
}

impl Stamps {
    /// Spec: RFC7323:7-random-offset.
    pub(crate) const fn new(offset: u32) -> Self {
        Self { offset, recent: None, last_ack_sent: Seq(0), next_sample: None }
    }

    /// TSval.
    ///
    /// Spec: RFC7323:5.4-clock-rate.
    pub(crate) fn value(&self, now: Instant, policy: &Policy) -> u32 {
        self.offset.wrapping_add(ticks(now, policy))
    }

    /// TSecr for a segment with ACK.
    pub(crate) fn echo(&self) -> u32 {
        self.recent.map_or(0, |(value, _)| value)
    }

    /// Keeps the stamp of an acceptable segment, if it is what the next acknowledgment should echo: that of the
    /// earliest segment not yet acknowledged, so that a delayed acknowledgment counts its delay.
    ///
    /// Spec: RFC7323:4.3-ts-recent-rule RFC7323:4.3-echo-delayed-ack RFC7323:5.2-ts-recent-monotone
    /// RFC7323:4.3-echo-out-of-order RFC7323:4.3-echo-hole-filled.
    pub(crate) fn note(&mut self, value: u32, seq: Seq, cx: (Instant, &Policy)) {
        let (now, policy) = cx;
        let newer = self.recent.is_none_or(|(recent, at)| {
            Seq(value).at_or_after(Seq(recent)) || now.since(at) > policy.timestamp_lifetime
        });
        if newer && seq.at_or_before(self.last_ack_sent) {
            self.recent = Some((value, now));
        }
    }

    /// The round trip that an echo shows, at most once per flight, so that the estimator keeps its memory.
    ///
    /// Spec: RFC7323:4.1-rttm-rule RFC7323:4.2-many-samples.
    pub(crate) fn sample(
        &mut self,
        echo: u32,
        una: Seq,
        nxt: Seq,
        cx: (Instant, &Policy),
    ) -> Option<Duration> {
        let (now, policy) = cx;
        if self.next_sample.is_some_and(|at| una.before(at)) {
            return None;
        }
        let since = Seq(self.value(now, policy)).0.wrapping_sub(echo);
        let believable = echo != 0 && since <= ticks(now, policy) && since < 1 << 31;
        if !believable {
            return None; // it echoes nothing that we can have sent
        }
        self.next_sample = Some(nxt);
        policy.timestamp_tick.checked_mul(since)
    }
}

/// The clock without its offset.
fn ticks(now: Instant, policy: &Policy) -> u32 {
    let tick = u64::try_from(policy.timestamp_tick.as_micros()).unwrap_or(u64::MAX).max(1);
    (now.micros() / tick) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves: RFC7323:4.3-ts-recent-rule RFC7323:4.3-echo-delayed-ack RFC7323:4.3-echo-out-of-order
    /// RFC7323:5.2-ts-recent-monotone.
    #[test]
    fn the_echo_is_of_the_earliest_unacknowledged_segment() {
        let policy = Policy::default();
        let mut stamps = Stamps::new(9);
        stamps.last_ack_sent = Seq(100);
        for (value, seq, echo) in [
            (500, 100, 500), // the segment in turn
            (501, 200, 500), // a second one, before we acknowledged: the first one counts
            (499, 100, 500), // an old one never counts
            (502, 50, 502),  // an overlapping resend does
        ] {
            stamps.note(value, Seq(seq), (Instant::ZERO, &policy));
            assert_eq!(stamps.echo(), echo, "stamp {value} at {seq}");
        }
    }

    /// Proves: RFC7323:4.1-rttm-rule RFC7323:4.2-many-samples.
    #[test]
    fn one_sample_a_flight_and_none_from_nonsense() {
        let policy = Policy::default();
        let now = Instant::from_micros(5_000_000);
        let mut stamps = Stamps::new(u32::MAX - 10);
        let sent = stamps.value(Instant::from_micros(4_900_000), &policy);
        let at = (now, &policy);
        assert_eq!(stamps.sample(sent.wrapping_add(200), Seq(1), Seq(9), at), None, "from the future");
        assert_eq!(
            stamps.sample(sent.wrapping_sub(6000), Seq(1), Seq(9), at),
            None,
            "from before time began"
        );
        assert_eq!(stamps.sample(sent, Seq(1), Seq(9), at), Some(Duration::from_millis(100)));
        assert_eq!(stamps.sample(sent, Seq(5), Seq(9), at), None, "the same flight");
        assert_eq!(stamps.sample(sent, Seq(9), Seq(20), at), Some(Duration::from_millis(100)));
    }
}
