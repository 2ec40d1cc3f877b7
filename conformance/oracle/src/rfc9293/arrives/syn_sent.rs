//! A segment arrives while our SYN is unanswered: look at ACK, then RST, then SYN.
//!
//! Spec: RFC 9293 §3.10.7.3.
use stackdrill_wire::{Flags, State};

use super::{Arrival, listen, other, text};
use crate::hypothesis::{Hypothesis, Offer, Origin};
use crate::obligation::Debt;
use crate::rfc9293::opening::CROSSING_SYN;
use crate::rule::rules;

rules! {
    RULES;
    /// An acknowledgment of ISS or less in SYN-SENT draws a reset with its number.
    ACK_TOO_LOW = "RFC9293:3.10.7.3-syn-sent-ack-too-low", Must, Whole, "SYN-SENT, such an ACK arrives";
    /// An acknowledgment above SND.NXT in SYN-SENT draws a reset with its number.
    ACK_TOO_HIGH = "RFC9293:3.10.7.3-syn-sent-ack-too-high", Must, Whole, "SYN-SENT, such an ACK arrives";
    /// A reset that acknowledges the SYN ends the attempt.
    REFUSED = "RFC9293:3.10.7.3-syn-sent-rst-acceptable-ack", Must, Whole, "SYN-SENT, RST with an acceptable ACK";
    /// A reset without ACK is dropped in SYN-SENT.
    RST_WITHOUT_ACK = "RFC9293:3.10.7.3-syn-sent-rst-no-ack", Must, Whole, "SYN-SENT, RST without ACK";
    /// A SYN that acknowledges ours establishes the connection and is acknowledged.
    SYN_ACK = "RFC9293:3.10.7.3-syn-sent-synack", Must, Whole, "SYN-SENT, SYN with an acceptable ACK";
}

pub(super) fn arrives(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    let segment = arrival.segment;
    if let Some(ack) = segment.acknowledges() {
        let iss = before.snd.iss.unwrap_or(before.snd.una);
        let (low, high) = (ack.at_or_before(iss), ack.after(before.snd.nxt));
        if low || high {
            let rule = if low { &ACK_TOO_LOW } else { &ACK_TOO_HIGH };
            let refused = !segment.has(Flags::RST);
            let after =
                if refused { arrival.at_once(*before, rule, Debt::reset_of(segment)) } else { *before };
            return arrival.keep(after);
        }
    }
    match (segment.has(Flags::RST), segment.has(Flags::SYN), segment.has(Flags::ACK)) {
        (true, _, true) => {
            let mut refused = before.gone(&REFUSED, arrival.at);
            // Another SYN wants another OPEN.
            refused.user.opened = false;
            arrival.keep(refused);
        }
        (true, _, false) => arrival.keep(before.kept(&RST_WITHOUT_ACK)),
        (false, false, _) => arrival.keep(*before),
        (false, true, true) => {
            let opened = established(before, arrival);
            let owing = arrival.soon(opened, &SYN_ACK, Debt::Acknowledge(opened.rcv.low));
            text::finish(owing, None, arrival);
        }
        (false, true, false) => {
            let crossing = crossing(before, arrival);
            let owing = crossing.owing(&CROSSING_SYN, Debt::SynAck, arrival.at + arrival.endpoint.slack);
            arrival.keep(owing);
        }
    }
}

/// ESTABLISHED after this SYN,ACK. A FIN on it leads on to CLOSE-WAIT when it is consumed.
pub(super) fn established(before: &Hypothesis, arrival: &Arrival<'_>) -> Hypothesis {
    let mut opened = taken(before, arrival).moved(State::Established, &SYN_ACK, arrival.at);
    opened.acknowledge(arrival.segment, true);
    other::progressed(before.snd.known.then_some(before.snd.una), &mut opened, arrival);
    opened.set_window(arrival.segment, arrival.segment.ack + u32::from(arrival.segment.window));
    opened
}

/// SYN-RECEIVED after this SYN.
pub(super) fn crossing(before: &Hypothesis, arrival: &Arrival<'_>) -> Hypothesis {
    let mut crossing = taken(before, arrival).moved(State::SynReceived, &CROSSING_SYN, arrival.at);
    crossing.set_window(arrival.segment, before.snd.una + 1 + u32::from(arrival.segment.window));
    crossing
}

fn taken(before: &Hypothesis, arrival: &Arrival<'_>) -> Hypothesis {
    let mut taken = *before;
    taken.origin = Origin::Active;
    taken.theirs = Some(Offer::of(arrival.options, arrival.segment.flags));
    listen::synchronize(&mut taken, arrival);
    // The window offered on the SYN counts from what its answer starts.
    taken.rcv.edge = Some(taken.rcv.low + before.rcv.window);
    taken.rcv.furthest = taken.rcv.edge;
    taken
}
