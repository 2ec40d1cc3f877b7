//! Keep-alives: is an idle peer still there?
//!
//! Spec: RFC 9293 §3.8.4.
use stackdrill_wire::{Clause, Flags, rfc};

use crate::tcp::action::{Context, Failure};
use crate::tcp::connection::Connection;
use crate::tcp::output;
use crate::tcp::timers::Timer;

const SPEC: Clause = rfc(9293, "§3.8.4");

/// Starts, or starts over, the wait for a sign of life.
///
/// Spec: RFC9293:MUST-24 RFC9293:MUST-27.
pub(crate) fn arm(c: &mut Connection) {
    c.probes = 0;
    match c.settings.keep_alive {
        Some(keep_alive) if c.state().is_synchronized() => {
            c.timers.arm(Timer::KeepAlive, c.last_heard + c.user_timeout.idle(keep_alive.idle));
        }
        Some(_) | None => c.timers.disarm(Timer::KeepAlive),
    }
}

/// The timer expired: probe if the connection was idle all the while, give up after enough silence.
///
/// Spec: RFC9293:MUST-26 RFC9293:MUST-29 RFC9293:SHLD-12 RFC9293:3.8.4-keepalive-probe-sequence.
pub(crate) fn expired(c: &mut Connection, cx: &mut Context<'_>) {
    let Some(keep_alive) = c.settings.keep_alive else { return };
    let idle_until = c.last_heard + c.user_timeout.idle(keep_alive.idle);
    let outstanding = c.send.outstanding() > 0 || c.send.unsent() > 0;
    if idle_until > cx.now || outstanding {
        c.probes = 0;
        // What is outstanding has a timer of its own; look again later.
        let again = if outstanding { cx.now + keep_alive.interval } else { idle_until };
        c.timers.arm(Timer::KeepAlive, idle_until.max(again));
        return;
    }
    if c.probes >= keep_alive.probes.max(1) {
        c.send_reset(SPEC, cx);
        c.fail(Failure::TimedOut, SPEC, cx);
        return;
    }
    c.probes += 1;
    output::empty(c, c.send.nxt - 1, Flags::ACK, SPEC, cx);
    c.timers.arm(Timer::KeepAlive, cx.now + keep_alive.interval);
}
