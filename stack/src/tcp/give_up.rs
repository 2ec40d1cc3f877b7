//! When to stop hoping: R1 and R2.
//!
//! Spec: RFC 9293 §3.8.3.
use stackdrill_wire::{Clause, Instant, rfc};

use crate::policy::Limit;
use crate::tcp::action::{Action, Context, Failure, Signal};
use crate::tcp::connection::Connection;
use crate::tcp::stage::Phase;
use crate::tcp::timers::Timer;

const SPEC: Clause = rfc(9293, "§3.8.3");

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

    /// Whether the limit is reached, now that a timer has expired.
    pub(crate) fn exceeds(&self, limit: Limit, now: Instant) -> bool {
        match limit {
            Limit::Retransmissions(most) => self.retransmissions >= most,
            Limit::Overdue(longest) | Limit::Elapsed(longest) => {
                self.since.is_some_and(|since| now.since(since) >= longest)
            }
        }
    }

    /// When a limit of time is reached.
    fn end(&self, limit: Limit) -> Option<Instant> {
        match limit {
            Limit::Elapsed(longest) if !self.is_hushed() => self.since.map(|since| since + longest),
            Limit::Elapsed(_) | Limit::Overdue(_) | Limit::Retransmissions(_) => None,
        }
    }

    /// Whether R1 is reached for the first time.
    pub(crate) fn doubts(&mut self, r1: Limit, now: Instant) -> bool {
        let first = !self.doubted && self.exceeds(r1, now);
        self.doubted |= first;
        first
    }
}

/// A time that the user set, or both ends told, ends to the microsecond.
///
/// Spec: RFC9293:3.10.8-user-timeout.
pub(crate) fn settle(c: &mut Connection, cx: &Context<'_>) {
    match c.patience.end(c.r2(cx)).filter(|_| c.phase != Phase::Closed) {
        Some(end) => c.timers.arm(Timer::UserTimeout, end),
        None => c.timers.disarm(Timer::UserTimeout),
    }
}

impl Connection {
    /// When patience ends: as the user has set it, or both ends have told, or as the policy has it.
    ///
    /// Spec: RFC9293:SHLD-11 RFC9293:MUST-20b RFC9293:MUST-21 RFC9293:MUST-23.
    fn r2(&self, cx: &Context<'_>) -> Limit {
        let syn = self.send.syn_unacknowledged();
        let told = if syn { self.settings.user_timeout } else { self.user_timeout.limit(self.settings) };
        if let Some(told) = told {
            return Limit::Elapsed(told);
        }
        let policy = cx.policy;
        let (own, first) = match (syn, self.passive) {
            (false, _) => (policy.r2, policy.least_rto),
            (true, true) => return policy.syn_ack_r2,
            (true, false) => (self.settings.syn_r2.unwrap_or(policy.syn_r2), policy.initial_rto),
        };
        if policy.limits_in_time { own.in_time(first, policy.most_rto) } else { own }
    }

    /// Whether patience is at its end, and so the connection; at R1, the user hears of it.
    ///
    /// Spec: RFC9293:SHLD-9 RFC9293:MUST-20a RFC9293:MUST-20b RFC9293:MUST-22 RFC9293:3.10.8-user-timeout
    /// RFC9293:3.6-close-times-out RFC9293:3.9.1.4-close-timeout-aborts.
    pub(crate) fn gives_up(&mut self, cx: &mut Context<'_>) -> bool {
        if self.patience.is_hushed() {
            return false;
        }
        if self.patience.exceeds(self.r2(cx), cx.now) {
            self.fail(Failure::TimedOut, SPEC, cx);
            return true;
        }
        if self.patience.doubts(cx.policy.r1, cx.now) {
            cx.act(Action::Tell(Signal::Doubtful), SPEC);
        }
        false
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
