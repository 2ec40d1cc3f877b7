//! The text and the FIN of a segment that passed every check.
//!
//! Spec: RFC 9293 §3.10.7.4, seventh and eighth check.
use stackdrill_wire::{Flags, Instant, Seq, State};

use super::Arrival;
use crate::hypothesis::Hypothesis;
use crate::obligation::Debt;
use crate::rfc5681::{GAP_FILLED, OUT_OF_ORDER};
use crate::rfc9293::delayed::{self, EVERY_SECOND, HALF_A_SECOND};
use crate::rule::{Rule, rules};

rules! {
    RULES;
    /// A FIN in ESTABLISHED is acknowledged and leads to CLOSE-WAIT.
    FIN_ESTABLISHED = "RFC9293:3.10.7.4-fin-established", Must, Whole, "ESTABLISHED, FIN in order";
    /// A FIN in FIN-WAIT-1 before ours is acknowledged leads to CLOSING.
    FIN_FIN_WAIT_1 = "RFC9293:3.10.7.4-fin-fin-wait-1-unacked", Must, Whole, "FIN-WAIT-1, FIN in order";
    /// A FIN in FIN-WAIT-2 is acknowledged and leads to TIME-WAIT.
    FIN_FIN_WAIT_2 = "RFC9293:3.10.7.4-fin-fin-wait-2", Must, Whole, "FIN-WAIT-2, FIN in order";
}

/// Takes in text and FIN. Exactly seen, text in order inside the window is surely taken; what lies beyond a gap or
/// beyond the edge may be. Through a lagging tap everything only may be.
pub(super) fn arrives(mut after: Hypothesis, arrival: &mut Arrival<'_>) {
    let segment = arrival.segment;
    let length = u32::try_from(segment.text.len()).unwrap_or(u32::MAX);
    if !after.takes_text() {
        return arrival.keep(after);
    }
    if segment.length() == 0 {
        // The FIN of a SYN that was queued may be taken now (§3.10.7.2).
        return finish(after, None, arrival);
    }
    let start = segment.seq + u32::from(segment.has(Flags::SYN));
    let end = start + length;
    let (old, gaps) = (after.rcv.high, after.rcv.fin.is_none() && !after.rcv.held.as_slice().is_empty());
    // Behind a FIN that came before there is no text (§3.10.7.4, seventh check); whether that FIN was kept is open.
    let sure_end = after.rcv.fin.map_or(end, |fin| fin.earliest(end));
    let in_order = take(&mut after, (start, end, sure_end), arrival.endpoint.is_exact());
    if in_order && segment.has(Flags::PSH) {
        after.rcv.pushed = Some(after.rcv.low);
    }
    let end = sure_end;
    if in_order && length > 0 && after.rcv.high.at_or_after(end) && arrival.endpoint.sees_whole() {
        let least = end.earliest(after.rcv.edge.unwrap_or(end));
        if least.after(after.rcv.acked) {
            let due = delayed::due(arrival.at, arrival.endpoint.slack);
            after.owe(&HALF_A_SECOND, Debt::Acknowledge(least), due);
        }
    }
    let own = segment.has(Flags::FIN).then_some(start + length);
    if arrival.endpoint.is_exact() && length > 0 {
        if start.after(old) {
            after = arrival.at_once(after, &OUT_OF_ORDER, Debt::Answer);
        } else {
            prompt(&mut after, in_order && gaps, arrival.at + arrival.endpoint.slack);
        }
    }
    finish(after, own, arrival);
}

/// What should be acknowledged at once: text that fills a gap, and the second full-sized segment.
fn prompt(after: &mut Hypothesis, fills: bool, at: Instant) {
    if fills {
        return after.owe(&GAP_FILLED, Debt::Acknowledge(after.rcv.low), at);
    }
    let full = after.mine.and_then(|mine| mine.mss).map_or(0, u32::from);
    if full > 0 && after.rcv.low.since(after.rcv.acked) >= 2 * full {
        after.owe(&EVERY_SECOND, Debt::Acknowledge(after.rcv.acked + 2 * full), at);
    }
}

/// Moves RCV.NXT over text from the first number to the second, surely up to the third; whether it surely moved.
fn take(after: &mut Hypothesis, (start, end, sure_end): (Seq, Seq, Seq), exact: bool) -> bool {
    let rcv = &mut after.rcv;
    let sure = start.at_or_before(rcv.low) && end.after(rcv.low);
    if start.at_or_before(rcv.high) {
        rcv.high = rcv.held.advance(rcv.high.latest(end));
    } else {
        rcv.held.insert(start, end);
        if rcv.held.overflowed() {
            rcv.high = rcv.high.latest(end);
        }
    }
    if sure && exact {
        rcv.low = rcv.low.latest(sure_end.earliest(rcv.edge.unwrap_or(sure_end)));
    }
    sure
}

/// Consumes a FIN that RCV.NXT has reached: surely the segment's `own`, in order and inside the window; perhaps one
/// that came before and was kept, or one that may lie inside.
pub(super) fn finish(after: Hypothesis, own: Option<Seq>, arrival: &mut Arrival<'_>) {
    let rcv = &after.rcv;
    if own.is_none() && rcv.fin.is_none() && rcv.later_fin.is_none() {
        return arrival.keep(after);
    }
    let kept = rcv.fin.filter(|fin| own != Some(*fin));
    let mut waiting = after;
    (waiting.rcv.fin, waiting.rcv.later_fin) = match (kept, own) {
        (Some(kept), Some(own)) if own.before(kept) => (Some(own), Some(kept)),
        (Some(kept), own) => (Some(kept), own.or(rcv.later_fin)),
        (None, own) => (own, rcv.later_fin),
    };
    for fin in [kept, rcv.later_fin].into_iter().flatten() {
        if after.takes_text() && rcv.high.at_or_after(fin) {
            arrival.keep(closed(&waiting, fin, arrival));
        }
    }
    let Some(fin) = own.filter(|fin| after.takes_text() && rcv.high.at_or_after(*fin)) else {
        return arrival.keep(waiting);
    };
    // Text that came first where the FIN stands, or a FIN before it, contradicts it: either may count.
    let alone = kept.is_none() && rcv.high == fin;
    let inside = rcv.edge.is_some_and(|edge| edge.after(fin)) && alone;
    let closed = closed(&waiting, fin, arrival);
    if arrival.endpoint.is_exact() && rcv.low.at_or_after(fin) && inside {
        let owing = arrival.soon(closed, closed.because, Debt::Acknowledge(fin + 1));
        arrival.keep(owing);
    } else {
        arrival.keep(waiting);
        arrival.keep(closed);
    }
}

/// After the FIN at this number.
fn closed(after: &Hypothesis, fin: Seq, arrival: &Arrival<'_>) -> Hypothesis {
    let (state, rule) = successor(after);
    let mut closed = after.moved(state, rule, arrival.at);
    closed.rcv.low = fin + 1;
    closed.rcv.high = fin + 1;
    closed
}

fn successor(after: &Hypothesis) -> (State, &'static Rule) {
    match after.state {
        State::FinWait1 => (State::Closing, &FIN_FIN_WAIT_1),
        State::FinWait2 => (State::TimeWait, &FIN_FIN_WAIT_2),
        State::Closed
        | State::Listen
        | State::SynSent
        | State::SynReceived
        | State::Established
        | State::CloseWait
        | State::Closing
        | State::LastAck
        | State::TimeWait => (State::CloseWait, &FIN_ESTABLISHED),
    }
}
