//! RFC 3168: explicit congestion notification, as far as flags show it.
//!
//! The codepoints of the IP header are not observed. Accurate ECN (RFC 9768) uses the same flags otherwise, after a SYN
//! that has all three.
use stackdrill_wire::Flags;

use crate::hypothesis::Hypothesis;
use crate::repair::Reduced;
use crate::rfc5681::fresh_end;
use crate::rfc6298::{probes, shut};
use crate::rule::{Ruling, Sending, rules};

rules! {
    RULES;
    /// A SYN,ACK speaks of ECN only to a SYN that asked for it.
    SYNACK = "RFC3168:6.1.1-ecn-setup-synack", Must, Whole, "a SYN,ACK with ECE or CWR, the peer's SYN in view" => synack;
    /// An echo of a mark is repeated by every acknowledgment until the peer says that it has reduced its window.
    ECHO = "RFC3168:6.1.3-echo-until-cwr", Must, Whole, "a bare ACK after an echo and no CWR since, ECN agreed" => echo;
    /// The first new text after an echo of a mark says that the window was reduced.
    ANSWER = "RFC3168:6.1.2-cwr-on-first-new-data", Must, Whole, "new text after an echo that asked a long flight to reduce its window, ECN agreed" => answer;
    /// Nothing says so a second time, or without a cause.
    ONCE = "RFC3168:6.1.2-cwr-once", Should, Whole, "a segment with CWR, ECN agreed" => once;
    /// A SYN asks with both flags or with neither.
    SYN = "RFC3168:6.1.1-unwilling-clears-flags", Should, Itself, "a SYN without ACK, not of accurate ECN" => syn;
}

/// The flags that a SYN asks with.
pub(crate) const ASKS: Flags = Flags(Flags::ECE.0 | Flags::CWR.0);

fn synack(x: &Sending<'_>) -> Ruling {
    let speaks = x.segment.has(Flags::SYN | Flags::ACK) && x.segment.flags.any(ASKS);
    match x.before.theirs {
        Some(theirs) if speaks => Ruling::wants(theirs.asks_ecn()),
        Some(_) | None => Ruling::Abstains,
    }
}

/// Where ECN is agreed as this RFC has it, seen exactly.
fn agreed(x: &Sending<'_>) -> bool {
    let text = x.before.state.is_synchronized() && !x.segment.flags.any(Flags::SYN | Flags::RST);
    text && x.endpoint.is_exact() && x.before.marks()
}

/// A keep-alive or a probe is no acknowledgment of anything.
fn echo(x: &Sending<'_>) -> Ruling {
    let bare = x.segment.has(Flags::ACK) && x.segment.length() == 0 && x.segment.seq == x.before.snd.nxt;
    if !agreed(x) || !bare || !x.before.rcv.echoes {
        return Ruling::Abstains;
    }
    Ruling::wants(x.segment.has(Flags::ECE))
}

/// A window shut by the peer is probed, and a probe answers nothing.
fn answer(x: &Sending<'_>) -> Ruling {
    let owes = agreed(x) && x.before.repair.reduced == Reduced::Surely && !shut(x.before);
    if owes && fresh_end(x).is_some() { Ruling::wants(x.segment.has(Flags::CWR)) } else { Ruling::Abstains }
}

fn once(x: &Sending<'_>) -> Ruling {
    if !agreed(x) || !x.segment.has(Flags::CWR) {
        return Ruling::Abstains;
    }
    Ruling::wants(x.before.repair.reduced != Reduced::No)
}

/// Accurate ECN (RFC 9768 §3.1.1) asks with a third flag.
fn syn(x: &Sending<'_>) -> Ruling {
    let flags = x.segment.flags;
    if !flags.has(Flags::SYN) || flags.any(Flags::ACK | Flags::RST | Flags::AE) {
        return Ruling::Abstains;
    }
    Ruling::wants(flags.has(ASKS) || !flags.any(ASKS))
}

/// Whether what is in flight left before an echo of a mark that the sender may have answered: losses of that window ask
/// for no second answer (§6.1.2), unless what was sent again is lost again.
///
/// Spec: RFC3168:6.1.2-once-per-rtt.
pub(crate) fn is_answered(before: &Hypothesis) -> bool {
    before.snd.marked.is_some_and(|end| before.snd.una.before(end))
        && before.pace.timeouts <= probes(before) + 1
}
