//! A timer expires.
//!
//! Spec: RFC 9293 §3.10.8, RFC 6298 §5.
use stackdrill_wire::{Clause, rfc};

use crate::tcp::action::Context;
use crate::tcp::congestion::{Congestion, Loss, Signal as Path};
use crate::tcp::connection::Connection;
use crate::tcp::stage::Phase;
use crate::tcp::timers::Timer;
use crate::tcp::{keep_alive, output, persist};

const TIMEOUT: Clause = rfc(9293, "§3.10.8");
const RESEND: Clause = rfc(6298, "(5.4)");

pub(crate) fn expired(c: &mut Connection, timer: Timer, cx: &mut Context<'_>) {
    match timer {
        // Spec: RFC9293:3.10.8-time-wait-timeout.
        Timer::TimeWait | Timer::FinWait2 => c.over(TIMEOUT, cx),
        Timer::UserTimeout => _ = c.gives_up(cx),
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
    c.patience.begin(cx.now);
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
