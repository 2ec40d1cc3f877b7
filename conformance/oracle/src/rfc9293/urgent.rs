//! Urgent data, as a sender marks it.
//!
//! Spec: RFC 9293 §3.8.5, §3.10.2.
use stackdrill_wire::{Flags, Seq};

use super::queue::new_end;
use crate::rule::{Ruling, Sending, rules};

rules! {
    RULES;
    /// Text is urgent where the user said so, and only there.
    MARKED = "RFC9293:3.10.2-send-urgent", Must, Whole, "user calls are seen, new text with URG or up to the last urgent octet" => marked;
    /// The urgent pointer names the end of the urgent text.
    POINTER = "RFC9293:MUST-62", Must, Whole, "user calls are seen, new text with URG, one urgent SEND so far" => pointer;
}

/// The number after the last octet that the user called urgent.
fn end(x: &Sending<'_>) -> Option<Seq> {
    let octets = u32::try_from(x.before.user.urgent? & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    x.before.snd.iss.map(|iss| iss + 1 + octets)
}

/// Urgent text that was sent and acknowledged may be marked still by what is sent beside it.
fn marked(x: &Sending<'_>) -> Ruling {
    let Some(reached) = new_end(x).filter(|_| !x.before.user.unsure) else { return Ruling::Abstains };
    let urgent = x.segment.has(Flags::URG);
    match end(x) {
        Some(up) if up.after(x.segment.seq) && up.at_or_before(reached) => Ruling::wants(urgent),
        None if urgent => Ruling::Broken,
        Some(_) | None => Ruling::Abstains,
    }
}

/// The octet after the last urgent one, or, as RFC 1122 §4.2.2.4 had it, the last one itself. What is too far ahead cannot
/// be said.
fn pointer(x: &Sending<'_>) -> Ruling {
    let judged = x.segment.has(Flags::URG) && !x.before.user.unsure && x.before.user.urgents == 1;
    let (Some(up), Some(_), true) = (end(x), new_end(x), judged) else { return Ruling::Abstains };
    let said = x.segment.seq + u32::from(x.segment.urgent);
    if up.since(x.segment.seq) > u32::from(u16::MAX) || up.at_or_before(x.segment.seq) {
        return Ruling::Abstains;
    }
    Ruling::wants(said == up || said + 1 == up)
}
