//! How long an acknowledgment may wait.
//!
//! Spec: RFC 9293 §3.8.6.3.
use core::time::Duration;

use stackdrill_wire::{Flags, Instant, Segment};

use crate::rule::{Ruling, Sending, rules};

rules! {
    RULES;
    /// Every second full-sized segment is acknowledged at once.
    EVERY_SECOND = "RFC9293:SHLD-19", Should, Whole, "twice the own MSS of text in order";
    /// Nothing is acknowledged twice, but for an update of the window.
    ONE_EACH = "RFC5681:4.2-one-ack-per-segment", Must, Whole, "a bare ACK at SND.NXT seen exactly" => one_each;
    /// Text received in order is acknowledged in less than half a second.
    HALF_A_SECOND = "RFC9293:MUST-40", Must, Whole, "text in order";
}

/// The latest moment for an acknowledgment that may be delayed: just under half a second.
pub(crate) fn due(at: Instant, slack: Duration) -> Instant {
    at + Duration::from_micros(499_999) + slack
}

/// Whether a segment only acknowledges.
pub(crate) fn is_bare(segment: &Segment) -> bool {
    segment.length() == 0 && segment.has(Flags::ACK) && !segment.has(Flags::RST)
}

/// What stands below SND.NXT asks for an answer, and is none.
fn one_each(x: &Sending<'_>) -> Ruling {
    let (snd, rcv) = (&x.before.snd, &x.before.rcv);
    let judged = is_bare(x.segment) && x.endpoint.is_exact() && x.before.state.is_synchronized();
    if !judged || !rcv.known || x.segment.seq != snd.nxt {
        return Ruling::Abstains;
    }
    let window = x.before.own_shift().map(|shift| u32::from(x.segment.window) << shift);
    let moved = x.segment.ack != rcv.acked || window != Some(rcv.window);
    Ruling::wants(x.record.credit > 0 || moved)
}
