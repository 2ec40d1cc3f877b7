//! A timer expires.
//!
//! Spec: RFC 9293 §3.10.8, RFC 6298 §5.
use stackdrill_wire::{Clause, rfc};

use crate::policy::Limit;
use crate::tcp::action::{Action, Context, Failure, Signal};
use crate::tcp::congestion::{Congestion, Loss, Signal as Path};
use crate::tcp::connection::Connection;
use crate::tcp::stage::Phase;
use crate::tcp::timers::Timer;
use crate::tcp::{keep_alive, output, persist};

const TIMEOUT: Clause = rfc(9293, "§3.10.8");
const RESEND: Clause = rfc(6298, "(5.4)");
const GIVE_UP: Clause = rfc(9293, "§3.8.3");

pub(crate) fn expired(c: &mut Connection, timer: Timer, cx: &mut Context<'_>) {
    match timer {
        // Spec: RFC9293:3.10.8-time-wait-timeout.
        Timer::TimeWait | Timer::FinWait2 => c.over(TIMEOUT, cx),
        Timer::Retransmit => retransmission(c, cx),
        Timer::Persist => persist::expired(c, cx),
        Timer::DelayedAck => c.delayed_ack.waited(),
        Timer::KeepAlive => keep_alive::expired(c, cx),
    }
}

/// The oldest segment again, with twice the patience; all that followed it is believed lost.
///
/// Spec: RFC9293:3.10.8-retransmission-timeout RFC6298:5.4-retransmit-earliest RFC6298:5.5-double
/// RFC6298:5.5-double-syn RFC9293:MUST-19c.
fn retransmission(c: &mut Connection, cx: &mut Context<'_>) {
    if c.gives_up(cx) {
        return;
    }
    let first = c.patience.retransmissions() == 0;
    c.patience.again();
    c.timed = None;
    if !(c.phase == Phase::SynSent && c.patience.retransmissions() <= cx.policy.even_syns) {
        c.rto.back_off();
    }
    if c.send.syn_unacknowledged() {
        // Even where CLOSE was called in SYN-RECEIVED: the FIN behind it waits for its own turn.
        c.timers.arm(Timer::Retransmit, cx.now + c.timeout(cx));
        c.fast_open.timed_out();
        if c.phase == Phase::SynSent {
            c.ecn.timed_out();
        }
        if !c.patience.is_hushed() {
            c.send_syn(RESEND, cx);
        }
        return;
    }
    let (path, flight) = (c.path(cx), c.send.outstanding());
    let loss = if first { Loss::Timeout { flight } } else { Loss::TimeoutAgain };
    c.law.hear(Path::Lost(loss), path);
    c.fast.timed_out(&c.send);
    c.ecn.reduced();
    c.ecn.held = false;
    let sent = output::resend(c, c.send.una, RESEND, cx);
    c.send.cursor = Some(c.send.una + sent).filter(|cursor| cursor.before(c.send.nxt));
}

impl Connection {
    /// Whether patience is at its end, and so the connection; at R1, the user hears of it.
    ///
    /// Spec: RFC9293:SHLD-9 RFC9293:MUST-20a RFC9293:MUST-20b RFC9293:MUST-21 RFC9293:MUST-22 RFC9293:MUST-23
    /// RFC9293:3.10.8-user-timeout RFC9293:3.6-close-times-out RFC9293:3.9.1.4-close-timeout-aborts.
    pub(crate) fn gives_up(&mut self, cx: &mut Context<'_>) -> bool {
        if self.patience.is_hushed() {
            return false;
        }
        let syn = self.send.syn_unacknowledged();
        let own = match (syn, self.passive) {
            (false, _) => cx.policy.r2,
            (true, true) => cx.policy.syn_ack_r2,
            (true, false) => self.settings.syn_r2.unwrap_or(cx.policy.syn_r2).further(cx.policy.even_syns),
        };
        let told = match syn {
            true => self.settings.user_timeout,
            false => self.user_timeout.limit(self.settings),
        };
        let r2 = told.map_or(own, Limit::Elapsed);
        if self.patience.exceeds(r2, cx.now) {
            self.fail(Failure::TimedOut, GIVE_UP, cx);
            return true;
        }
        if self.patience.doubts(cx.policy.r1, cx.now) {
            cx.act(Action::Tell(Signal::Doubtful), GIVE_UP);
        }
        false
    }
}
