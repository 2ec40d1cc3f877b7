//! The text and the FIN of a segment that passed every check.
//!
//! Spec: RFC 9293 §3.10.7.4, seventh and eighth check.
use stackdrill_wire::{Flags, State};

use super::Arrival;
use crate::hypothesis::Hypothesis;
use crate::obligation::Debt;
use crate::rfc9293::delayed::HALF_A_SECOND;
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
pub(super) fn arrives(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    let segment = arrival.segment;
    let length = u32::try_from(segment.text.len()).unwrap_or(u32::MAX);
    if !before.takes_text() || segment.length() == 0 {
        return arrival.keep(*before);
    }
    let mut after = *before;
    let end = segment.seq + length;
    let in_order = take(&mut after, segment.seq, end, arrival.endpoint.is_exact());
    if segment.has(Flags::FIN) {
        after.rcv.fin = Some(end);
    }
    if in_order && length > 0 && after.rcv.high.at_or_after(end) && arrival.endpoint.sees_whole() {
        let least = end.earliest(after.rcv.edge.unwrap_or(end));
        if least.after(before.rcv.acked) {
            after = arrival.soon(after, &HALF_A_SECOND, Debt::Acknowledge(least));
        }
    }
    finish(&after, arrival);
}

/// Moves RCV.NXT over `[start, end)`; whether it surely did so.
fn take(after: &mut Hypothesis, start: stackdrill_wire::Seq, end: stackdrill_wire::Seq, exact: bool) -> bool {
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
        rcv.low = rcv.low.latest(end.earliest(rcv.edge.unwrap_or(end)));
    }
    sure
}

/// Consumes the peer's FIN where RCV.NXT has reached it, and keeps both readings where it only may have.
pub(super) fn finish(after: &Hypothesis, arrival: &mut Arrival<'_>) {
    let rcv = &after.rcv;
    let Some(fin) = rcv.fin.filter(|fin| rcv.high.at_or_after(*fin) && after.takes_text()) else {
        return arrival.keep(*after);
    };
    let inside = rcv.edge.is_some_and(|edge| edge.after(fin));
    let sure = arrival.endpoint.is_exact() && rcv.low.at_or_after(fin) && inside;
    let (state, rule) = successor(after);
    let mut closed = after.moved(state, rule, arrival.at);
    closed.rcv.low = fin + 1;
    closed.rcv.high = fin + 1;
    if sure {
        closed = arrival.soon(closed, rule, Debt::Acknowledge(fin + 1));
    } else {
        arrival.keep(*after);
    }
    arrival.keep(closed);
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
