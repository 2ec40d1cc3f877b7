//! A segment arrives where no connection is.
//!
//! Spec: RFC 9293 §3.10.7.1.
use stackdrill_wire::Flags;

use super::{Arrival, listen};
use crate::hypothesis::{Hypothesis, Listening};
use crate::obligation::Debt;
use crate::rfc9293::resetting::{CLOSED_ACK, CLOSED_SYN};

/// Everything but a reset is answered by a reset. Where it is not known whether somebody listens, both readings
/// stand, and they differ only for a SYN.
pub(super) fn arrives(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    if before.listening != Listening::No && listen::is_request(arrival.segment) {
        listen::request(before, arrival);
    }
    if before.listening == Listening::Yes {
        return listen::arrives(before, arrival);
    }
    if arrival.segment.has(Flags::RST) {
        return arrival.keep(*before);
    }
    let rule = if arrival.segment.has(Flags::ACK) { &CLOSED_ACK } else { &CLOSED_SYN };
    let owing = arrival.at_once(*before, rule, Debt::reset_of(arrival.segment));
    arrival.keep(owing);
}
