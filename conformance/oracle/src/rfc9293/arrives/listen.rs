//! A segment arrives at a listener.
//!
//! Spec: RFC 9293 §3.10.7.2.
use stackdrill_wire::{Flags, Segment, State};

use super::Arrival;
use crate::hypothesis::{Hypothesis, Offer, Origin};
use crate::obligation::Debt;
use crate::rfc9293::opening::LISTEN_SYN;
use crate::rfc9293::resetting::LISTEN_ACK;

/// Whether this segment asks a listener for a connection.
pub(super) fn is_request(segment: &Segment) -> bool {
    segment.has(Flags::SYN) && !segment.flags.any(Flags::RST | Flags::ACK)
}

pub(super) fn arrives(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    let segment = arrival.segment;
    if segment.has(Flags::RST) {
        arrival.keep(*before);
    } else if segment.has(Flags::ACK) {
        let owing = arrival.at_once(*before, &LISTEN_ACK, Debt::reset_of(segment));
        arrival.keep(owing);
    } else if segment.has(Flags::SYN) {
        request(before, arrival);
        // A SYN with FIN is nonsense that firewalls and stacks drop; a host without room drops any SYN.
        if segment.has(Flags::FIN) || !arrival.endpoint.ample || arrival.options.lies || arrival.options.md5 {
            arrival.keep(*before);
        }
    } else {
        arrival.keep(*before);
    }
}

/// The successor in which the request is taken.
pub(super) fn request(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    let taken = taken(before, arrival);
    let owing = if arrival.endpoint.ample && arrival.endpoint.is_exact() {
        taken.owing(&LISTEN_SYN, Debt::SynAck, arrival.at + arrival.endpoint.slack)
    } else {
        taken
    };
    arrival.keep(owing);
}

/// SYN-RECEIVED after this SYN.
pub(super) fn taken(before: &Hypothesis, arrival: &Arrival<'_>) -> Hypothesis {
    let segment = arrival.segment;
    let above = (before.state == State::TimeWait).then_some(before.snd.nxt - 1);
    let mut fresh = before.reborn().moved(State::SynReceived, &LISTEN_SYN, arrival.at);
    fresh.origin = Origin::Passive;
    fresh.snd.above = above;
    fresh.theirs = Some(Offer::of(arrival.options, segment.flags));
    synchronize(&mut fresh, arrival);
    fresh.snd.widest = u32::from(segment.window);
    fresh
}

/// Takes in the peer's SYN: IRS, RCV.NXT, and the text it may carry (Fast Open takes it at once, RFC 7413).
pub(super) fn synchronize(fresh: &mut Hypothesis, arrival: &Arrival<'_>) {
    let segment = arrival.segment;
    let text = u32::try_from(segment.text.len()).unwrap_or(u32::MAX);
    fresh.rcv.known = true;
    fresh.rcv.irs = Some(segment.seq);
    fresh.rcv.low = segment.seq + 1;
    fresh.rcv.high = segment.seq + 1 + text;
    fresh.rcv.acked = segment.seq;
    if segment.has(Flags::FIN) {
        fresh.rcv.fin = Some(segment.seq + 1 + text);
    }
    fresh.stamps.recent = arrival.options.stamps.map(|(value, _)| (value, value));
}
