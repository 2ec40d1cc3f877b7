//! How a connection closes, as far as what is sent shows it.
//!
//! Spec: RFC 9293 §3.6, §3.10.4.
use stackdrill_wire::Flags;

use crate::rule::{Ruling, Sending, rules};

rules! {
    RULES;
    /// The own FIN waits for the user's CLOSE.
    FIN_ASKED_FOR = "RFC9293:3.6-own-fin-waits-for-user", Must, Whole, "user calls are seen, FIN" => fin_asked_for;
    /// There is one FIN, and it keeps its sequence number.
    ONE_FIN = "RFC9293:3.10.4-close-fin-wait", Must, Itself, "FIN after a FIN" => one_fin;
    /// No text follows the FIN.
    NO_TEXT_AFTER_FIN = "RFC9293:3.10.2-send-after-close", Must, Itself, "text after a FIN" => no_text_after_fin;
    /// CLOSE in ESTABLISHED sends FIN and enters FIN-WAIT-1.
    CLOSE_ESTABLISHED = "RFC9293:3.10.4-close-established", Must, Whole, "ESTABLISHED, CLOSE or FIN sent";
    /// CLOSE in SYN-RECEIVED with nothing to send sends FIN and enters FIN-WAIT-1.
    CLOSE_SYN_RECEIVED = "RFC9293:3.10.4-close-syn-received-idle", Must, Whole, "SYN-RECEIVED, CLOSE or FIN sent";
    /// CLOSE in CLOSE-WAIT sends FIN and enters LAST-ACK.
    CLOSE_CLOSE_WAIT = "RFC9293:3.10.4-close-close-wait", Must, Whole, "CLOSE-WAIT, FIN sent";
    /// CLOSE in SYN-SENT deletes the record.
    CLOSE_SYN_SENT = "RFC9293:3.10.4-close-syn-sent", Must, Whole, "SYN-SENT, CLOSE";
    /// CLOSE in LISTEN deletes the record.
    CLOSE_LISTEN = "RFC9293:3.10.4-close-listen", Must, Whole, "LISTEN, CLOSE";
    /// The side that closed first stays in TIME-WAIT for a while.
    TIME_WAIT = "RFC9293:MUST-13", Must, Whole, "TIME-WAIT, a state shown";
    /// When time-wait is over the record is deleted.
    TIME_WAIT_OVER = "RFC9293:3.10.8-time-wait-timeout", Must, Whole, "TIME-WAIT, long enough";
}

fn is_fin(x: &Sending<'_>) -> bool {
    x.segment.has(Flags::FIN) && !x.segment.flags.any(Flags::RST | Flags::SYN)
}

fn fin_asked_for(x: &Sending<'_>) -> Ruling {
    if !x.endpoint.calls || !x.before.is_connected() || !is_fin(x) {
        return Ruling::Abstains;
    }
    Ruling::wants(x.before.user.closed)
}

fn one_fin(x: &Sending<'_>) -> Ruling {
    match x.before.snd.fin {
        Some(fin) if x.before.is_connected() && is_fin(x) => Ruling::wants(x.segment.end() == fin + 1),
        Some(_) | None => Ruling::Abstains,
    }
}

fn no_text_after_fin(x: &Sending<'_>) -> Ruling {
    let text = u32::try_from(x.segment.text.len()).unwrap_or(u32::MAX);
    let judged = x.before.is_connected() && text > 0 && !x.segment.flags.any(Flags::RST | Flags::SYN);
    match x.before.snd.fin {
        Some(fin) if judged => Ruling::wants((x.segment.seq + text).at_or_before(fin)),
        Some(_) | None => Ruling::Abstains,
    }
}
