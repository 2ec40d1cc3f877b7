//! A segment passes a tap that is not the endpoint: it may be processed later, or never.
//!
//! Numbers grow by what the segment may bring; a state that it may bring about stands beside the old one.
use stackdrill_wire::{Flags, State};

use super::{Arrival, listen, other, syn_sent, text};
use crate::hypothesis::Hypothesis;

pub(super) fn arrives(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    let segment = arrival.segment;
    let request = listen::is_request(segment);
    match before.state {
        State::Closed | State::Listen => {
            arrival.keep(*before);
            if request {
                listen::request(before, arrival);
            }
        }
        State::SynSent => opening(before, arrival),
        State::SynReceived
        | State::Established
        | State::FinWait1
        | State::FinWait2
        | State::CloseWait
        | State::Closing
        | State::LastAck
        | State::TimeWait => {
            if segment.has(Flags::RST) {
                arrival.keep(*before);
                arrival.keep(before.gone(other::reset_rule(before), arrival.at));
            } else if segment.has(Flags::SYN) {
                arrival.keep(*before);
                if let Some(opened) = other::crossed(before, arrival) {
                    arrival.keep(opened);
                }
                // Another number is another connection, on which the old one may have ended unseen.
                if request && before.rcv.irs != Some(segment.seq) {
                    listen::request(before, arrival);
                }
            } else {
                connected(before, arrival);
            }
        }
    }
}

fn opening(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    let segment = arrival.segment;
    arrival.keep(*before);
    let acceptable =
        segment.acknowledges().map(|ack| ack.after(before.snd.una) && ack.at_or_before(before.snd.nxt));
    match (segment.has(Flags::RST), segment.has(Flags::SYN), acceptable) {
        (true, _, Some(true)) => arrival.keep(before.gone(other::reset_rule(before), arrival.at)),
        (false, true, Some(true)) => {
            let opened = syn_sent::established(before, arrival);
            text::finish(opened, opened.rcv.fin, arrival);
        }
        (false, true, None) => arrival.keep(syn_sent::crossing(before, arrival)),
        (_, _, _) => {}
    }
}

fn connected(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    let segment = arrival.segment;
    let mut seen = *before;
    if !seen.rcv.known {
        seen.rcv.known = true;
        seen.rcv.low = segment.seq;
        seen.rcv.high = segment.seq;
    }
    let acceptable =
        segment.acknowledges().is_some_and(|ack| !seen.snd.known || ack.at_or_before(seen.snd.nxt));
    if !acceptable {
        return arrival.keep(seen);
    }
    let stale = seen.snd.known && segment.ack.before(seen.snd.una);
    let mut processed = seen;
    let lives = stale || other::acknowledged(&mut processed, arrival);
    if lives {
        text::arrives(processed, arrival);
    } else {
        arrival.keep(before.gone(&other::LAST_ACK_OF_FIN, arrival.at));
    }
    if !lives || processed.state != before.state {
        // It may not have been processed: the old state stands, with what it may have learnt.
        let mut unmoved = if lives { processed } else { seen };
        (unmoved.state, unmoved.because, unmoved.since) = (before.state, before.because, before.since);
        text::arrives(unmoved, arrival);
    }
}
