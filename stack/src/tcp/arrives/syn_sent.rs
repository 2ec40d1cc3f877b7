//! A segment arrives while our SYN is unanswered: look at ACK, then RST, then SYN.
//!
//! Spec: RFC 9293 §3.10.7.3.
use stackdrill_wire::{Clause, Flags, Segment, rfc};

use crate::tcp::action::{Action, Context, Failure};
use crate::tcp::arrives::other;
use crate::tcp::connection::Connection;
use crate::tcp::reset;
use crate::tcp::stage::{Phase, Stage};

const SPEC: Clause = rfc(9293, "§3.10.7.3");

/// Spec: RFC9293:3.10.7.3-syn-sent-ack-too-low RFC9293:3.10.7.3-syn-sent-ack-too-high
/// RFC9293:3.10.7.3-syn-sent-bad-ack-rst RFC9293:3.10.7.3-syn-sent-rst-no-ack RFC9293:3.5.2-group2-state-kept
/// RFC9293:3.10.7.3-syn-sent-rst-acceptable-ack RFC9293:3.10.7.3-syn-sent-partial-ack
/// RFC9293:3.10.7.3-syn-sent-no-syn-no-rst.
pub(crate) fn arrives(c: &mut Connection, segment: &Segment, cx: &mut Context<'_>) {
    let acknowledged = segment.acknowledges();
    if acknowledged.is_some_and(|ack| ack.at_or_before(c.send.iss) || ack.after(c.send.max)) {
        if let Some(reset) = reset::answer(segment, cx.policy) {
            cx.act(Action::Send(reset), SPEC);
        }
        return;
    }
    match (segment.has(Flags::RST), segment.has(Flags::SYN)) {
        (true, _) if acknowledged.is_some() => c.fail(Failure::Refused, SPEC, cx),
        (false, true) if acknowledged.is_some() => answered(c, segment, cx),
        (false, true) => crossed(c, segment, cx),
        (true, _) | (false, false) => {}
    }
}

/// SYN,ACK: the connection is open, and what else the segment carries counts.
///
/// Spec: RFC9293:3.10.7.3-syn-sent-synack RFC9293:3.10.7.3-syn-sent-synack-data
/// RFC9293:3.10.7.3-syn-sent-synack-fin RFC9293:3.10.7.3-syn-sent-synack-queued-data.
fn answered(c: &mut Connection, segment: &Segment, cx: &mut Context<'_>) {
    c.ecn.heard_syn_ack(segment);
    c.fast_open.answered(segment.ack, c.send.iss, &segment.options, cx.policy);
    c.synchronize(segment, cx);
    c.acknowledged(segment.ack, segment, cx);
    c.send.set_window(u32::from(segment.window), segment.seq, segment.ack);
    c.establish(SPEC, cx);
    c.delayed_ack.now(SPEC);
    other::from_urgent_on(c, segment, cx);
}

/// Both ends called at once. Text on the peer's SYN is left to be sent again.
///
/// Spec: RFC9293:MUST-10 RFC9293:3.10.7.3-syn-sent-syn-only RFC9293:3.10.7.3-syn-sent-syn-only-data.
fn crossed(c: &mut Connection, segment: &Segment, cx: &mut Context<'_>) {
    c.ecn.crossed();
    c.synchronize(segment, cx);
    c.enter(Phase::Synchronized(Stage::SynReceived), SPEC, cx);
    c.send_syn(SPEC, cx);
    c.timed = None; // SYN or SYN,ACK: either may be answered. Spec: RFC6298:3-karn.
}
