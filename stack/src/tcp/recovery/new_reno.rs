//! What a new acknowledgment means in fast recovery.
//!
//! Spec: RFC 6582 §3.2.
use crate::tcp::congestion::{Congestion, Law, Path, Signal};
use crate::tcp::recovery::Fast;
use crate::tcp::send::SendSpace;

/// How far a new acknowledgment got.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Progress {
    /// No recovery was under way: the law may hear of it.
    Plain,
    /// Recovery goes on: the segment now at SND.UNA is lost too.
    Partial,
    /// Recovery is over.
    Full,
}

impl Fast {
    /// `octets` of new data were acknowledged, SND.UNA being advanced already.
    ///
    /// Spec: RFC6582:3.2-full-ack RFC6582:3.2-partial-ack-retransmit RFC6582:3.2-partial-ack-deflate.
    pub(crate) fn acknowledged(
        &mut self,
        octets: u32,
        send: &SendSpace,
        law: &mut Law,
        path: Path<'_>,
    ) -> Progress {
        let Some(window) = self.window else {
            self.end();
            return Progress::Plain;
        };
        if send.una.before(self.recover) && path.policy.new_reno {
            let back = if octets >= path.mss { path.mss } else { 0 };
            // Never so far down that nothing could go.
            self.window = Some(window.saturating_sub(octets).saturating_add(back).max(path.mss));
            self.partial = true;
            return Progress::Partial;
        }
        self.end();
        law.hear(Signal::Recovered { flight: send.outstanding() }, path);
        Progress::Full
    }
}

#[cfg(test)]
mod tests {
    use stackdrill_wire::Seq;

    use super::*;
    use crate::Policy;
    use crate::tcp::congestion::Reno;
    use crate::tcp::recovery::Duplicate;

    const MSS: u32 = 1000;
    const NEWS: Duplicate = Duplicate { news: true, reduced: false };

    /// Ten segments are out, the first of them lost.
    fn ten_out(policy: &Policy) -> (SendSpace, Law, Fast) {
        let iss = Seq(u32::MAX - 2500);
        let mut send = SendSpace::new(iss);
        send.acknowledge(iss + 1);
        send.append(&[0; 20 * MSS as usize]);
        send.nxt += 10 * MSS;
        send.max = send.nxt;
        (send, Law::Reno(Reno::new(Path { mss: MSS, policy }, 0)), Fast::new(iss))
    }

    /// Proves: RFC5681:3.2-fast-retransmit RFC5681:3.2-step1-limited-transmit RFC5681:3.2-step2-ssthresh
    /// RFC5681:3.2-step3-retransmit RFC5681:3.2-step4-inflate RFC3042:2-window-limits.
    #[test]
    fn three_duplicates_start_recovery() {
        let policy = Policy::default();
        let path = Path { mss: MSS, policy: &policy };
        let (send, mut law, mut fast) = ten_out(&policy);
        let mut seen = Vec::new();
        for _ in 0..5 {
            let again = fast.duplicate(NEWS, &send, &mut law, path);
            seen.push((again, fast.window(&law, MSS) / MSS));
        }
        // Two by limited transmit, then half of ten plus three, then one more for each.
        assert_eq!(seen, [(false, 11), (false, 12), (true, 8), (false, 9), (false, 10)]);
        assert_eq!(law.threshold(), 5 * MSS);
    }

    /// Proves: RFC3042:2-sack-needs-news.
    #[test]
    fn a_duplicate_without_news_lets_nothing_out() {
        let policy = Policy::default();
        let (send, mut law, mut fast) = ten_out(&policy);
        fast.duplicate(
            Duplicate { news: false, ..NEWS },
            &send,
            &mut law,
            Path { mss: MSS, policy: &policy },
        );
        assert_eq!(fast.window(&law, MSS), 10 * MSS);
    }

    /// Proves: RFC6582:3.2-partial-ack-retransmit RFC6582:3.2-partial-ack-deflate RFC6582:3.2-full-ack
    /// RFC6582:3.2-recover-check.
    #[test]
    fn a_partial_acknowledgment_keeps_recovery_going() {
        let policy = Policy::default();
        let path = Path { mss: MSS, policy: &policy };
        let (mut send, mut law, mut fast) = ten_out(&policy);
        for _ in 0..3 {
            fast.duplicate(NEWS, &send, &mut law, path);
        }
        send.acknowledge(send.una + 4 * MSS);
        assert_eq!(fast.acknowledged(4 * MSS, &send, &mut law, path), Progress::Partial);
        assert_eq!(fast.window(&law, MSS), 5 * MSS, "8 - 4 + 1");
        send.acknowledge(send.una + 6 * MSS);
        assert_eq!(fast.acknowledged(6 * MSS, &send, &mut law, path), Progress::Full);
        assert_eq!(fast.window(&law, MSS), 2 * MSS, "nothing is outstanding: no burst");
        let again: Vec<bool> = (0..4).map(|_| fast.duplicate(NEWS, &send, &mut law, path)).collect();
        assert_eq!(again, [false; 4], "no more than recover is acknowledged");
    }

    /// Proves: RFC6582:3.2-rto-sets-recover.
    #[test]
    fn duplicates_after_a_timeout_start_nothing() {
        let policy = Policy::default();
        let path = Path { mss: MSS, policy: &policy };
        let (mut send, mut law, mut fast) = ten_out(&policy);
        fast.timed_out(&send);
        send.acknowledge(send.una + 2 * MSS);
        assert!((0..5).all(|_| !fast.duplicate(NEWS, &send, &mut law, path)));
    }
}
