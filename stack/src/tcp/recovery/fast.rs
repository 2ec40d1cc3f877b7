//! Fast retransmit, fast recovery and limited transmit.
//!
//! Spec: RFC 5681 §3.2, RFC 6582 §3.2, RFC 3042 §2.
use stackdrill_wire::Seq;

use crate::tcp::congestion::{Congested, Congestion, Law, Loss, Path, Signal};
use crate::tcp::send::SendSpace;

/// Duplicate acknowledgments, and the recovery that enough of them start.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Fast {
    /// Duplicates since the last new acknowledgment.
    pub(super) duplicates: u8,
    /// How many of them let a segment out beyond the window.
    limited: u8,
    /// FlightSize when the first came: what limited transmit adds does not count.
    flight: u32,
    /// No new recovery starts until more than this is acknowledged; the one under way ends there.
    pub(super) recover: Seq,
    /// The inflated window, during recovery.
    pub(super) window: Option<u32>,
    /// Whether a partial acknowledgment has come in this recovery.
    pub(super) partial: bool,
}

/// What one duplicate acknowledgment tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Duplicate {
    /// An octet has left the network: so it says always, but under SACK only with a block not seen before.
    pub(crate) news: bool,
    /// The window was reduced for marks on this window of data.
    pub(crate) reduced: bool,
}

/// Limited transmit goes at most two segments beyond the window. RFC3042:2-window-limits.
const MOST_LIMITED: u8 = 2;

impl Fast {
    /// Spec: RFC6582:3.2-recover-set.
    pub(crate) const fn new(iss: Seq) -> Self {
        Self { duplicates: 0, limited: 0, flight: 0, recover: iss, window: None, partial: false }
    }

    /// SND.UNA went on to `una`: a recovery long over stays just behind it, for numbers come round again.
    pub(crate) fn pass(&mut self, una: Seq) {
        self.recover = self.recover.latest(una - 1);
    }

    /// Octets which may be in flight: the law's window, or recovery's own, or two segments more.
    ///
    /// Spec: RFC3042:2-window-limits RFC3042:2-cwnd-unchanged.
    pub(crate) fn window(&self, law: &Law, mss: u32) -> u32 {
        self.window.unwrap_or_else(|| law.window().saturating_add(u32::from(self.limited) * mss))
    }

    /// A duplicate acknowledgment came; whether the segment at SND.UNA is to be sent again now.
    ///
    /// Spec: RFC5681:3.2-fast-retransmit RFC5681:3.2-step1-limited-transmit RFC5681:3.2-step4-inflate
    /// RFC3042:2-sack-needs-news.
    pub(crate) fn duplicate(
        &mut self,
        told: Duplicate,
        send: &SendSpace,
        law: &mut Law,
        path: Path<'_>,
    ) -> bool {
        if let Some(window) = &mut self.window {
            *window = window.saturating_add(path.mss);
            return false;
        }
        if self.duplicates == 0 {
            self.flight = send.outstanding();
        }
        self.duplicates = self.duplicates.saturating_add(1);
        if self.duplicates == path.policy.duplicate_acks && send.una.after(self.recover) {
            self.begin(told.reduced, send, law, path);
            return true;
        }
        if path.policy.limited_transmit && told.news && self.duplicates < path.policy.duplicate_acks {
            self.limited = (self.limited + 1).min(MOST_LIMITED);
        }
        false
    }

    /// Enters fast recovery. A window that is reduced already is not reduced twice.
    ///
    /// Spec: RFC5681:3.2-step2-ssthresh RFC5681:3.2-step3-retransmit RFC6582:3.2-recover-check
    /// RFC5681:4.3-recovery-principles RFC5681:4.3-two-reductions RFC3168:6.1.2-once-per-rtt.
    fn begin(&mut self, reduced: bool, send: &SendSpace, law: &mut Law, path: Path<'_>) {
        let flight = self.flight.min(send.outstanding());
        if !reduced {
            law.hear(Signal::Lost(Loss::DuplicateAcks { flight }), path);
        }
        let left = u32::from(self.duplicates).saturating_mul(path.mss);
        self.window = Some(law.window().saturating_add(left));
        self.recover = send.max;
        self.limited = 0;
        self.partial = false;
    }

    /// What duplicates say of the path: nothing, something out of order, or a loss being repaired.
    pub(crate) const fn congested(&self) -> Congested {
        match (self.window, self.duplicates) {
            (Some(_), _) => Congested::Recovery,
            (None, 0) => Congested::Open,
            (None, _) => Congested::Disorder,
        }
    }

    /// What was out when the last loss was noticed ends here.
    pub(crate) const fn recover(&self) -> Seq {
        self.recover
    }

    /// Whether a loss of this window of data has been answered already.
    pub(crate) fn still_answers(&self, send: &SendSpace) -> bool {
        self.window.is_some() || send.una.at_or_before(self.recover)
    }

    /// Whether lost segments are being replaced.
    pub(crate) const fn recovers(&self) -> bool {
        self.window.is_some()
    }

    /// Back to counting.
    pub(crate) const fn end(&mut self) {
        self.window = None;
        self.duplicates = 0;
        self.limited = 0;
    }

    /// The timer expired: recovery ends, and none starts before all that is out is acknowledged.
    ///
    /// Spec: RFC6582:3.2-rto-sets-recover.
    pub(crate) fn timed_out(&mut self, send: &SendSpace) {
        self.end();
        self.recover = send.max;
    }
}
