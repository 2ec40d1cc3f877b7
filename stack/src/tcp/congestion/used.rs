//! How much of the congestion window is in use: one that is not used says nothing of the path, and need not grow.
//!
//! Spec: RFC 5681 §3.1.
use stackdrill_wire::Seq;

use crate::tcp::send::SendSpace;

/// What was out in the current window of data.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Used {
    /// Whether the congestion window kept something back, or was just full.
    full: bool,
    /// The most octets that were out.
    most: u32,
    /// The window of data ends here.
    until: Seq,
}

impl Used {
    pub(crate) const fn new(iss: Seq) -> Self {
        Self { full: false, most: 0, until: iss }
    }

    /// Something new was sent; `full` says that no other segment would have fitted the congestion window.
    pub(crate) fn note(&mut self, send: &SendSpace, full: bool) {
        let out = send.outstanding();
        let over = !send.una.before(self.until);
        if over || full || (!self.full && out > self.most) {
            *self = Self { full, most: out, until: send.nxt };
        }
    }

    /// SND.UNA went on to `una`: what lies behind it stays just behind, for numbers come round again.
    pub(crate) fn pass(&mut self, una: Seq) {
        self.until = self.until.latest(una - 1);
    }

    /// Whether a window that `starts` slowly, or no longer, has been used so far that it may grow. A slow start may reach
    /// twice what was out.
    pub(crate) const fn may_grow(&self, window: u32, starts: bool) -> bool {
        self.full || starts && window < self.most.saturating_mul(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `out` octets are out from `una` on.
    fn space(una: u32, out: u32) -> SendSpace {
        let mut send = SendSpace::new(Seq(0));
        send.una = Seq(una);
        send.nxt = Seq(una) + out;
        send
    }

    #[test]
    fn a_window_grows_as_far_as_it_is_used() {
        let mut used = Used::new(Seq(0));
        assert!(!used.may_grow(10_000, true), "nothing was out");
        used.note(&space(1, 5000), false);
        assert!(!used.may_grow(10_000, true), "twice what was out is no more than the window");
        assert!(used.may_grow(9000, true));
        assert!(!used.may_grow(9000, false), "only slow start may go that far");
        used.note(&space(1, 9000), true);
        assert!(used.may_grow(100_000, false));
        used.note(&space(3001, 500), false);
        assert!(used.may_grow(100_000, false), "it was full in this window of data");
        used.note(&space(9001, 500), false);
        assert!(!used.may_grow(10_000, true), "a new window of data");
    }
}
