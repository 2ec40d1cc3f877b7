//! What ICMP errors may do to a connection.
//!
//! Spec: RFC 9293 §3.9.2.2.
use stackdrill_wire::{Instant, State};

use crate::hypothesis::Hypothesis;
use crate::rule::rules;

rules! {
    RULES;
    /// A hard ICMP error may end the connection; a soft one never does once it is synchronized.
    HARD_ERROR = "RFC9293:SHLD-26", Should, Whole, "an ICMP error arrives";
}

/// A hard error may end the connection or be taken as a soft one (RFC 5927 §4). In SYN-SENT and SYN-RECEIVED many
/// give up on soft ones too (RFC 5461 §4.1).
pub(crate) fn complained(before: &Hypothesis, hard: bool, at: Instant, out: &mut Vec<Hypothesis>) {
    out.push(*before);
    let opening = matches!(before.state, State::SynSent | State::SynReceived);
    if hard && before.state.is_synchronized() || opening {
        out.push(before.gone(&HARD_ERROR, at));
    }
}
