//! A shut window is probed, for the update that opens it may get lost.
//!
//! Spec: RFC 9293 §3.8.6.1 MUST-35 MUST-36 SHLD-29 SHLD-30, §3.8.6.2.1 (4).
use stackdrill_wire::{Clause, Flags, rfc};

use crate::tcp::action::Context;
use crate::tcp::connection::Connection;
use crate::tcp::rto::doubled;
use crate::tcp::timers::Timer;
use crate::tcp::{ecn, output};

const PROBE: Clause = rfc(9293, "§3.8.6.1");
const OVERRIDE: Clause = rfc(9293, "§3.8.6.2.1 (4)");

/// Waits for the window if it keeps everything back, or for the override if only silly window avoidance does.
///
/// Spec: RFC9293:SHLD-29 RFC9293:SHLD-30 RFC9293:3.8.6.2.1-rule4-override.
pub(crate) fn settle(c: &mut Connection, cx: &Context<'_>) {
    let waiting = c.send.unsent() > 0 || c.send.fin_unsent();
    if !waiting || c.send.outstanding() > 0 {
        c.timers.disarm(Timer::Persist);
        c.probed = 0;
    } else if !c.timers.running(Timer::Persist) {
        c.timers.arm(Timer::Persist, cx.now + wait(c, cx));
    }
}

fn wait(c: &Connection, cx: &Context<'_>) -> core::time::Duration {
    if c.ecn.held {
        return c.timeout(cx);
    }
    match c.send.wnd {
        0 => doubled(c.rto.current(cx.policy), c.probed, cx.policy.most_probe_interval)
            .max(cx.policy.least_probe_interval),
        _ => cx.policy.override_timeout,
    }
}

/// The timer expired: a probe, of one octet if the policy says so, or what the small window takes.
///
/// Spec: RFC9293:MUST-36 RFC9293:3.8.6.1-probe-form RFC9293:MUST-37.
pub(crate) fn expired(c: &mut Connection, cx: &mut Context<'_>) {
    if core::mem::take(&mut c.ecn.held) && c.send.wnd > 0 {
        // One segment now. Spec: RFC3168:6.1.2-cwnd-one-timer.
        output::new_segment(c, c.send.wnd.min(c.mss), ecn::HELD, cx);
        return;
    }
    if c.send.wnd > 0 {
        let most = c.send.wnd.min(c.mss);
        output::new_segment(c, most, OVERRIDE, cx);
        return;
    }
    if c.gives_up(cx) {
        return;
    }
    c.patience.begin(cx.now);
    c.patience.again();
    match cx.policy.probes_with_text {
        true => output::probe(c, PROBE, cx),
        false => output::empty(c, c.send.nxt - 1, Flags::ACK, PROBE, cx),
    }
    c.probed = c.probed.saturating_add(1);
}
