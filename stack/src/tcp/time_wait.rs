//! TIME-WAIT: long enough for old segments to die, unless a new connection may follow at once.
//!
//! Spec: RFC 9293 §3.6.1 MUST-13, RFC 6191 §2, RFC 1337.
use stackdrill_wire::{Clause, Flags, Segment, Seq, rfc};

use crate::tcp::action::Context;
use crate::tcp::connection::Connection;
use crate::tcp::stage::{Phase, Stage};
use crate::tcp::timers::Timer;

/// Enters TIME-WAIT: its timer alone runs.
///
/// Spec: RFC9293:3.10.7.4-fin-fin-wait-2.
pub(crate) fn enter(c: &mut Connection, clause: Clause, cx: &mut Context<'_>) {
    c.enter(Phase::Synchronized(Stage::TimeWait), clause, cx);
    c.timers.disarm_all();
    restart(c, cx);
}

/// Waits 2 MSL from now.
///
/// Spec: RFC9293:MUST-13.
pub(crate) fn restart(c: &mut Connection, cx: &Context<'_>) {
    c.timers.arm(Timer::TimeWait, cx.now + cx.policy.msl.saturating_mul(2));
}

impl Connection {
    /// Whether this SYN may open a new connection in place of this one in TIME-WAIT, and if so, the first ISS that
    /// the new one may use. The host asks before [`Connection::arrives`], if somebody listens.
    ///
    /// Spec: RFC9293:MAY-2 RFC9293:SHLD-4 RFC9293:3.6.1-time-wait-new-isn-higher RFC6191:2-ts-newer
    /// RFC6191:2-ts-equal-seq-greater RFC6191:2-ts-then-none RFC6191:2-none-then-ts RFC6191:2-none-none
    /// RFC6191:2-other-states-unchanged.
    #[must_use]
    pub fn reopens(&self, segment: &Segment, cx: &Context<'_>) -> Option<Seq> {
        let alone = segment.has(Flags::SYN) && !segment.flags.any(Flags::ACK | Flags::RST);
        if self.phase != Phase::Synchronized(Stage::TimeWait) || !alone || !cx.policy.time_wait_reopens {
            return None;
        }
        let later_seq = segment.seq.at_or_after(self.receive.nxt);
        let old = self.stamps.recent.filter(|_| self.terms.stamps).map(|(value, _)| Seq(value));
        let allowed = match (old, segment.options.timestamps()) {
            (Some(old), Some((new, _))) if Seq(new) != old => Seq(new).after(old),
            (None, Some(_)) => true,
            (Some(_), _) | (None, None) => later_seq,
        };
        allowed.then(|| self.send.max + 1)
    }

    /// The new connection takes this one's place: nothing is heard or said of this one any more. What its user has
    /// not read can still be read.
    ///
    /// Spec: RFC9293:MAY-2.
    pub fn supersede(&mut self, cx: &mut Context<'_>) {
        self.over(rfc(9293, "§3.6.1 MAY-2"), cx);
    }
}
