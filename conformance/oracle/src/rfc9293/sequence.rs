//! Which numbers a segment may carry.
//!
//! Spec: RFC 9293 §3.4, §3.10.7.4.
use stackdrill_wire::Flags;

use crate::hypothesis::Origin;
use crate::rule::{Ruling, Sending, rules};

rules! {
    RULES;
    /// An acknowledgment covers only what was received.
    CUMULATIVE_ACK = "RFC9293:3.4-cumulative-ack", Must, Whole, "SYN-RECEIVED and later, ACK, no RST" => cumulative_ack;
    /// Octets go out in order: text and FIN never leave a hole behind them.
    IN_ORDER = "RFC9293:3.9.1.2-sends-in-order", Must, Whole, "SYN-RECEIVED and later, text or FIN, everything in view" => in_order;
    /// A bare acknowledgment stands at SND.NXT, or between SND.UNA - 1 and there when it probes or the sender went back.
    BARE_ACK = "RFC9293:3.10.7.4-text-established", Must, Whole, "SYN-RECEIVED and later, a segment of length 0, no RST, everything in view" => bare_ack;
    /// A retransmission carries the octets that stood there before.
    SAME_OCTETS = "RFC9293:3.10.8-retransmission-timeout", Must, Whole, "text at numbers already used" => same_octets;
    /// What is acknowledged is never sent again.
    REMOVED = "RFC9293:3.10.7.4-ack-established-new", Must, Whole, "two octets of text or more at numbers already used, seen exactly" => removed;
    /// A keep-alive waits until everything sent is acknowledged.
    KEEP_ALIVE = "RFC9293:MUST-26", Must, Whole, "an empty segment one below SND.UNA, seen exactly, the peer's window open" => keep_alive;
}

fn cumulative_ack(x: &Sending<'_>) -> Ruling {
    // What came before the capture may lie beyond what the capture shows.
    let begun = x.before.origin != Origin::Unseen;
    let judged = begun && x.before.is_connected() && x.before.rcv.known && !x.segment.has(Flags::RST);
    match x.segment.acknowledges() {
        Some(ack) if judged => Ruling::wants(ack.at_or_before(x.before.rcv.high)),
        Some(_) | None => Ruling::Abstains,
    }
}

fn in_order(x: &Sending<'_>) -> Ruling {
    // What is lost or overtaken on the way to a tap looks just like this.
    if !x.endpoint.sees_whole() || x.before.origin == Origin::Unseen {
        return Ruling::Abstains;
    }
    let carries = !x.segment.text.is_empty() || x.segment.has(Flags::FIN);
    if !x.before.is_connected()
        || !x.before.snd.known
        || !carries
        || x.segment.flags.any(Flags::RST | Flags::SYN)
    {
        return Ruling::Abstains;
    }
    Ruling::wants(x.segment.seq.at_or_before(x.before.snd.nxt))
}

/// The RFC writes SEQ=SND.NXT. A keep-alive stands one below SND.UNA (§3.8.4); a sender that went back to resend,
/// or whose window shrank, acknowledges from where it stands; a lagging tap does not know SND.UNA.
fn bare_ack(x: &Sending<'_>) -> Ruling {
    let snd = &x.before.snd;
    let bare = x.segment.length() == 0 && !x.segment.has(Flags::RST);
    if !x.endpoint.sees_whole() || x.before.origin == Origin::Unseen {
        return Ruling::Abstains;
    }
    if !x.before.is_connected() || !snd.known || !bare {
        return Ruling::Abstains;
    }
    let early = x.endpoint.is_exact() && x.segment.seq.before(snd.una - 1);
    Ruling::wants(x.segment.seq.at_or_before(snd.nxt) && !early)
}

fn same_octets(x: &Sending<'_>) -> Ruling {
    let snd = &x.before.snd;
    let again = snd.known && !x.segment.text.is_empty() && x.segment.seq.before(snd.nxt);
    if !x.before.is_connected() || !again || x.segment.flags.any(Flags::RST | Flags::SYN) {
        return Ruling::Abstains;
    }
    Ruling::wants(x.record.agrees(x.segment.seq, &x.segment.text))
}

/// One octet may be a keep-alive or a probe. A segment may begin below SND.UNA, for it is sent again whole.
fn removed(x: &Sending<'_>) -> Ruling {
    let plain = x.before.state.is_synchronized() && !x.segment.flags.any(Flags::RST | Flags::SYN);
    let again = x.segment.text.len() > 1 && x.before.snd.known && x.segment.seq.before(x.before.snd.nxt);
    if !plain || !again || !x.endpoint.is_exact() {
        return Ruling::Abstains;
    }
    Ruling::wants(x.segment.end().after(x.before.snd.una))
}

/// A shut window may be probed in the same way.
fn keep_alive(x: &Sending<'_>) -> Ruling {
    let snd = &x.before.snd;
    let plain = x.before.state.is_synchronized() && !x.segment.flags.any(Flags::RST | Flags::SYN);
    let open = snd.edge.is_some_and(|edge| edge.after(snd.una));
    let empty = x.segment.length() == 0 && snd.known && x.segment.seq == snd.una - 1;
    if !plain || !empty || !open || !x.endpoint.is_exact() {
        return Ruling::Abstains;
    }
    Ruling::wants(snd.una == snd.nxt)
}
