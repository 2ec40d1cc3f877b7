//! How long to wait before believing a segment lost.
//!
//! Spec: RFC 6298 §2, §5.
use core::time::Duration;

use crate::Policy;

/// No round trip is believed to be longer, so that arithmetic stays small.
const MOST_SAMPLE: Duration = Duration::from_secs(60 * 60);

/// The round trip time and its variation, smoothed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) srtt: Duration,
    pub(crate) rttvar: Duration,
}

impl Estimate {
    /// Spec: RFC6298:2.2-first-sample.
    pub(crate) fn first(r: Duration) -> Self {
        Self { srtt: r, rttvar: r / 2 }
    }

    /// RTTVAR first: it must see the old SRTT.
    ///
    /// Spec: RFC6298:2.3-later-samples RFC6298:2.3-gains.
    pub(crate) fn then(self, r: Duration) -> Self {
        Self { rttvar: (self.rttvar * 3 + self.srtt.abs_diff(r)) / 4, srtt: (self.srtt * 7 + r) / 8 }
    }
}

/// The retransmission timeout: what the estimate gives, and how often it was backed off since.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Rto {
    estimate: Option<Estimate>,
    base: Duration,
    backed_off: u8,
}

impl Rto {
    /// Spec: RFC6298:2.1-initial-rto.
    pub(crate) const fn new(policy: &Policy) -> Self {
        Self { estimate: None, base: policy.initial_rto, backed_off: 0 }
    }

    pub(crate) const fn estimate(&self) -> Option<Estimate> {
        self.estimate
    }

    pub(crate) const fn backed_off(&self) -> u8 {
        self.backed_off
    }

    /// A valid sample: recomputes the timeout, and thereby ends any back-off.
    ///
    /// Spec: RFC6298:2.2-first-sample RFC6298:2.3-later-samples RFC6298:5-collapse RFC6298:4-variance-granularity.
    pub(crate) fn sample(&mut self, r: Duration, policy: &Policy) {
        let r = r.min(MOST_SAMPLE);
        let estimate = self.estimate.map_or_else(|| Estimate::first(r), |old| old.then(r));
        let variance = policy.clock_granularity.max(estimate.rttvar * 4);
        let computed = estimate.srtt.saturating_add(variance).saturating_add(policy.rto_slop);
        self.estimate = Some(estimate);
        self.base = computed.max(policy.least_rto).min(policy.most_rto);
        self.backed_off = 0;
    }

    /// The SYN timer expired: data starts with a larger timeout.
    ///
    /// Spec: RFC6298:5.7-syn-timeout-3s.
    pub(crate) fn after_syn_loss(&mut self, policy: &Policy) {
        self.base = self.base.max(policy.rto_after_syn_loss);
        self.backed_off = 0;
    }

    /// Spec: RFC6298:5.5-double RFC6298:5-backoff-kept.
    pub(crate) const fn back_off(&mut self) {
        self.backed_off = self.backed_off.saturating_add(1);
    }

    /// The timeout in use. What is computed includes its slop; where nothing was yet, whatever was doubled has it on top.
    ///
    /// Spec: RFC6298:2.5-ceiling.
    pub(crate) fn current(&self, policy: &Policy) -> Duration {
        let guessed = self.estimate.is_none() && self.backed_off > 0;
        let slop = if guessed { policy.rto_slop } else { Duration::ZERO };
        doubled(self.base, self.backed_off, policy.most_rto).saturating_add(slop).min(policy.most_rto)
    }
}

/// `base` doubled so many times, at most `most`.
pub(crate) fn doubled(base: Duration, times: u8, most: Duration) -> Duration {
    let factor = 1u32 << times.min(31);
    base.checked_mul(factor).map_or(most, |long| long.min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Proves: RFC 6298 (2.3).
    #[test]
    fn variance_moves_before_the_mean() {
        let start = Estimate { srtt: MS * 100, rttvar: MS * 20 };
        for (sample, srtt, rttvar) in [
            (MS * 100, MS * 100, MS * 15), // steady path: variance decays
            (MS * 180, MS * 110, MS * 35), // slower: both grow
            (MS * 20, MS * 90, MS * 35),   // faster: only the mean falls
        ] {
            assert_eq!(start.then(sample), Estimate { srtt, rttvar }, "sample {sample:?}");
        }
    }

    /// Proves: RFC6298:2.2-first-sample RFC6298:2.4-floor RFC6298:2.5-ceiling.
    #[test]
    fn the_timeout_stays_within_its_bounds() {
        let policy = Policy::default();
        for (sample, timeout) in [
            (MS * 10, MS * 1000),         // raised to the floor
            (MS * 800, MS * 2400),        // SRTT + 4 * SRTT / 2
            (MS * 50_000, MS * 60_000),   // cut to the ceiling
            (Duration::MAX, MS * 60_000), // nonsense
        ] {
            let mut rto = Rto::new(&policy);
            rto.sample(sample, &policy);
            assert_eq!(rto.current(&policy), timeout, "sample {sample:?}");
        }
    }

    /// Proves: RFC6298:5.5-double RFC6298:5-backoff-kept RFC6298:5-collapse.
    #[test]
    fn back_off_lasts_until_a_sample() {
        let policy = Policy::default();
        let mut rto = Rto::new(&policy);
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(rto.current(&policy), Duration::from_secs(seconds));
            rto.back_off();
        }
        rto.sample(MS * 10, &policy);
        assert_eq!(rto.current(&policy), MS * 1000);
    }

    /// Proves: RFC6298:5.5-double.
    #[test]
    fn slop_is_not_doubled_where_nothing_was_computed() {
        let policy = Policy { rto_slop: MS * 200, ..Policy::default() };
        let mut rto = Rto::new(&policy);
        for timeout in [1000, 2200, 4200, 8200, 16_200, 32_200, 60_000] {
            assert_eq!(rto.current(&policy), MS * timeout);
            rto.back_off();
        }
        rto.sample(MS * 500, &policy);
        assert_eq!(rto.current(&policy), MS * 1700);
        rto.back_off();
        assert_eq!(rto.current(&policy), MS * 3400);
    }

    /// Proves: RFC6298:5.7-syn-timeout-3s.
    #[test]
    fn data_after_a_lost_syn_waits_three_seconds() {
        let policy = Policy::default();
        let mut rto = Rto::new(&policy);
        rto.back_off();
        rto.after_syn_loss(&policy);
        assert_eq!(rto.current(&policy), Duration::from_secs(3));
    }

    /// Proves: RFC 6298 §4.
    #[test]
    fn a_steady_path_keeps_the_granularity() {
        let policy = Policy { least_rto: Duration::ZERO, clock_granularity: MS * 7, ..Policy::default() };
        let mut rto = Rto::new(&policy);
        for _ in 0..100 {
            rto.sample(MS * 40, &policy);
        }
        assert_eq!(rto.current(&policy), MS * 47);
    }
}
