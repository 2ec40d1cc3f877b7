//! RFC 3168: explicit congestion notification, as far as flags show it.
//!
//! The codepoints of the IP header are not observed. Accurate ECN (RFC 9768) uses the same flags otherwise, after a SYN
//! that has all three.
use stackdrill_wire::Flags;

use crate::hypothesis::Hypothesis;
use crate::rfc6298::probes;
use crate::rule::{Ruling, Sending, rules};

rules! {
    RULES;
    /// A SYN,ACK speaks of ECN only to a SYN that asked for it.
    SYNACK = "RFC3168:6.1.1-ecn-setup-synack", Must, Whole, "a SYN,ACK with ECE or CWR, the peer's SYN in view" => synack;
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
