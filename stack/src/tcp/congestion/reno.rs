//! Slow start and congestion avoidance.
//!
//! Spec: RFC 5681 §3.1.
use crate::tcp::congestion::{Congestion, Loss, Path, Signal, initial_window};

/// No path needs more, and sums stay far from overflow.
const MOST: u32 = 1 << 30;

/// The window, the threshold below which it doubles, and what was acknowledged since it last grew.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Reno {
    window: u32,
    threshold: u32,
    acked: u32,
}

impl Reno {
    /// After the handshake; `losses` counts the SYNs or SYN,ACKs that had to be sent again.
    ///
    /// Spec: RFC5681:3.1-initial-window RFC5681:3.1-syn-loss-window RFC5681:3.1-initial-ssthresh-high.
    pub(crate) fn new(path: Path<'_>, losses: u8) -> Self {
        let window =
            if losses >= path.policy.syn_losses_that_count { path.mss } else { initial_window(path) };
        Self { window, threshold: path.policy.initial_threshold, acked: 0 }
    }

    /// Half of what was in flight, not of the window.
    ///
    /// Spec: RFC5681:3.1-rto-ssthresh RFC5681:3.1-flightsize-not-cwnd.
    fn halve(&mut self, flight: u32, mss: u32) {
        self.threshold = (flight / 2).max(2 * mss);
        self.acked = 0;
    }

    /// Spec: RFC5681:3.1-slow-start-growth RFC5681:3.1-byte-counting RFC5681:3.1-congestion-avoidance-rate
    /// RFC5681:3.1-congestion-avoidance-counting RFC9293:MUST-19a RFC9293:MUST-19b.
    fn grow(&mut self, octets: u32, path: Path<'_>) {
        let mss = path.mss;
        let mut left = octets;
        if self.window < self.threshold {
            let grown = octets.min(mss.saturating_mul(path.policy.slow_start_growth.into()));
            let wider = self.window.saturating_add(grown);
            // What more than a segment brings beyond the threshold counts for what follows.
            left = if grown > mss { wider.saturating_sub(self.threshold) } else { 0 };
            self.window = (wider - left).min(MOST);
        }
        self.acked = self.acked.saturating_add(left);
        if left > 0 && self.acked >= self.window {
            self.acked -= self.window;
            self.window = self.window.saturating_add(mss).min(MOST);
        }
    }
}

impl Congestion for Reno {
    fn window(&self) -> u32 {
        self.window
    }

    fn threshold(&self) -> u32 {
        self.threshold
    }

    fn hear(&mut self, signal: Signal, path: Path<'_>) {
        let mss = path.mss;
        match signal {
            Signal::Acked { octets } => self.grow(octets, path),
            // Spec: RFC3168:6.1.2-ece-response.
            Signal::Lost(Loss::DuplicateAcks { flight } | Loss::Marked { flight }) => {
                self.halve(flight, mss);
                self.window = self.threshold;
            }
            // Spec: RFC5681:3.1-rto-loss-window.
            Signal::Lost(Loss::Timeout { flight }) => {
                self.halve(flight, mss);
                self.window = mss;
            }
            // Spec: RFC5681:3.1-rto-ssthresh-kept.
            Signal::Lost(Loss::TimeoutAgain) => {
                self.acked = 0;
                self.window = mss;
            }
            // Spec: RFC6582:3.2-full-ack, RFC5681:3.2-step6-deflate.
            Signal::Recovered { flight } if path.policy.gentle_exit => {
                self.window = self.threshold.min(flight.max(mss).saturating_add(mss));
            }
            Signal::Recovered { .. } => self.window = self.threshold,
            // Spec: RFC5681:4.1-restart-window.
            Signal::Idle => self.window = self.window.min(initial_window(path)),
            // Spec: RFC5681:3.1-pmtud-shrinks-iw.
            Signal::Sized { from } => self.window = (self.window / from.max(1)).max(1).saturating_mul(mss),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    const MSS: u32 = 1000;

    fn hears(reno: &mut Reno, signals: &[Signal]) {
        let policy = Policy::default();
        for &signal in signals {
            reno.hear(signal, Path { mss: MSS, policy: &policy });
        }
    }

    fn fresh() -> Reno {
        Reno::new(Path { mss: MSS, policy: &Policy::default() }, 0)
    }

    /// Proves: RFC9293:MUST-19a RFC5681:3.1-byte-counting.
    #[test]
    fn slow_start_grows_by_what_was_acknowledged_up_to_a_segment() {
        for (octets, growth) in [(1, 1), (MSS, MSS), (5 * MSS, MSS)] {
            let mut reno = fresh();
            hears(&mut reno, &[Signal::Acked { octets }]);
            assert_eq!(reno.window(), 10 * MSS + growth, "{octets} acknowledged");
        }
    }

    /// What goes beyond the threshold is left for congestion avoidance.
    ///
    /// Chooses: RFC5681:3.1-slow-start-growth.
    #[test]
    fn slow_start_may_count_all_that_is_acknowledged() {
        for (growth, octets, window) in
            [(2, 5 * MSS, 7 * MSS), (u16::MAX, 3 * MSS, 8 * MSS), (u16::MAX, 20 * MSS, 11 * MSS)]
        {
            let policy = Policy { slow_start_growth: growth, ..Policy::default() };
            let path = Path { mss: MSS, policy: &policy };
            let mut reno = fresh();
            reno.hear(Signal::Lost(Loss::DuplicateAcks { flight: 20 * MSS }), path);
            reno.hear(Signal::Lost(Loss::TimeoutAgain), path);
            (0..4).for_each(|_| reno.hear(Signal::Acked { octets: MSS }, path));
            assert_eq!((reno.window(), reno.threshold()), (5 * MSS, 10 * MSS));
            reno.hear(Signal::Acked { octets }, path);
            assert_eq!(reno.window(), window, "{octets} acknowledged");
        }
    }

    /// Proves: RFC9293:MUST-19b RFC5681:3.1-congestion-avoidance-rate.
    #[test]
    fn avoidance_grows_by_a_segment_a_window() {
        let mut reno = fresh();
        hears(&mut reno, &[Signal::Lost(Loss::DuplicateAcks { flight: 10 * MSS })]);
        assert_eq!((reno.window(), reno.threshold()), (5 * MSS, 5 * MSS));
        hears(&mut reno, &[Signal::Acked { octets: MSS }; 4]);
        assert_eq!(reno.window(), 5 * MSS);
        hears(&mut reno, &[Signal::Acked { octets: MSS }]);
        assert_eq!(reno.window(), 6 * MSS);
    }

    /// Proves: RFC5681:3.1-rto-ssthresh RFC5681:3.1-rto-ssthresh-kept RFC5681:3.1-rto-loss-window
    /// RFC5681:3.1-flightsize-not-cwnd.
    #[test]
    fn a_timeout_leaves_one_segment_and_half_the_flight() {
        let mut reno = fresh();
        hears(&mut reno, &[Signal::Lost(Loss::Timeout { flight: 8 * MSS })]);
        assert_eq!((reno.window(), reno.threshold()), (MSS, 4 * MSS));
        hears(&mut reno, &[Signal::Lost(Loss::TimeoutAgain)]);
        assert_eq!((reno.window(), reno.threshold()), (MSS, 4 * MSS));
        let mut small = fresh();
        hears(&mut small, &[Signal::Lost(Loss::Timeout { flight: MSS })]);
        assert_eq!(small.threshold(), 2 * MSS, "never below two segments");
    }

    /// Proves: RFC5681:3.1-syn-loss-window RFC6928:2-one-syn-loss-tolerated.
    #[test]
    fn lost_syns_cost_the_initial_window() {
        let policy = Policy::default();
        for (losses, window) in [(0, 10 * MSS), (1, 10 * MSS), (2, MSS)] {
            assert_eq!(Reno::new(Path { mss: MSS, policy: &policy }, losses).window(), window);
        }
    }

    /// Proves: RFC5681:4.1-restart-window RFC6582:3.2-full-ack.
    #[test]
    fn idleness_and_recovery_set_the_window_back() {
        let mut reno = fresh();
        hears(&mut reno, &[Signal::Acked { octets: MSS }; 30]);
        assert_eq!(reno.window(), 40 * MSS);
        hears(&mut reno, &[Signal::Idle]);
        assert_eq!(reno.window(), 10 * MSS);
        hears(&mut reno, &[Signal::Lost(Loss::DuplicateAcks { flight: 10 * MSS })]);
        hears(&mut reno, &[Signal::Recovered { flight: 2 * MSS }]);
        assert_eq!(reno.window(), 3 * MSS, "no burst after recovery");
        hears(&mut reno, &[Signal::Recovered { flight: 20 * MSS }]);
        assert_eq!(reno.window(), 5 * MSS);
    }
}
