//! How a connection opens: which SYNs may leave, and with which numbers.
//!
//! Spec: RFC 9293 §3.5, §3.10.1, §3.10.7.2, §3.10.7.3.
use stackdrill_wire::{Flags, State};

use crate::hypothesis::Origin;
use crate::rule::{Ruling, Sending, rules};

rules! {
    RULES;
    /// Without a connection nothing but resets is sent.
    NO_CONNECTION = "RFC9293:3.10.2-send-closed", Must, Whole, "CLOSED from the start";
    /// A passive open transmits nothing.
    PASSIVE_OPEN = "RFC9293:3.10.1-open-closed-passive", Must, Whole, "LISTEN, a SYN" => passive_open;
    /// An active open sends a SYN at ISS with neither ACK nor FIN, and repeats it with the same number.
    ACTIVE_OPEN = "RFC9293:3.10.1-open-closed-active", Must, Whole, "CLOSED or SYN-SENT, a SYN" => active_open;
    /// The answer to a SYN in LISTEN is a SYN,ACK at ISS that acknowledges the SYN.
    LISTEN_SYN = "RFC9293:3.10.7.2-listen-syn", Must, Whole, "SYN-RECEIVED from LISTEN, a SYN" => listen_syn;
    /// The answer to a crossing SYN is a SYN,ACK with the ISS of the own SYN.
    CROSSING_SYN = "RFC9293:3.10.7.3-syn-sent-syn-only", Must, Whole, "SYN-RECEIVED from SYN-SENT, a SYN" => crossing_syn;
    /// A connection reopened from TIME-WAIT starts above the last number of the old one.
    REOPENED_ABOVE = "RFC9293:3.6.1-time-wait-new-isn-higher", Must, Whole, "SYN-RECEIVED from TIME-WAIT, a SYN" => reopened_above;
    /// Text waits for ESTABLISHED when sent in SYN-SENT.
    SYN_SENT_TEXT = "RFC9293:3.10.2-send-syn-sent", Must, Whole, "SYN-SENT, neither SYN nor RST" => syn_sent_text;
    /// Text waits for ESTABLISHED when sent in SYN-RECEIVED, Fast Open aside.
    SYN_RECEIVED_TEXT = "RFC9293:3.10.2-send-syn-received", Must, Whole, "SYN-RECEIVED seen exactly, text" => syn_received_text;
    /// An established connection sends no SYN.
    LATE_SYN = "RFC9293:3.10.7.4-syn-established", Must, Whole, "ESTABLISHED and later seen exactly, a SYN" => late_syn;
}

fn is_syn(x: &Sending<'_>) -> bool {
    x.segment.has(Flags::SYN) && !x.segment.has(Flags::RST)
}

fn passive_open(x: &Sending<'_>) -> Ruling {
    if x.before.state != State::Listen || !is_syn(x) {
        return Ruling::Abstains;
    }
    // An OPEN with a remote socket may turn a listening record active (3.10.1).
    let hidden = !x.endpoint.calls && !x.segment.has(Flags::ACK);
    Ruling::wants(hidden || x.before.user.opened)
}

fn active_open(x: &Sending<'_>) -> Ruling {
    if !matches!(x.before.state, State::Closed | State::SynSent) || !is_syn(x) {
        return Ruling::Abstains;
    }
    let plain = !x.segment.flags.any(Flags::ACK | Flags::FIN);
    let asked = x.before.user.opened || !x.endpoint.calls;
    // Where calls are hidden, another number may be another OPEN after one that failed in silence.
    let same = x.before.state == State::Closed
        || !x.endpoint.calls
        || x.before.snd.iss.is_none_or(|iss| iss == x.segment.seq);
    Ruling::wants(plain && asked && same)
}

fn listen_syn(x: &Sending<'_>) -> Ruling {
    if x.before.state != State::SynReceived || x.before.origin != Origin::Passive || !is_syn(x) {
        return Ruling::Abstains;
    }
    synack(x)
}

fn crossing_syn(x: &Sending<'_>) -> Ruling {
    if x.before.state != State::SynReceived || x.before.origin != Origin::Active || !is_syn(x) {
        return Ruling::Abstains;
    }
    synack(x)
}

fn synack(x: &Sending<'_>) -> Ruling {
    let rcv = &x.before.rcv;
    let acknowledges = x.segment.acknowledges().is_some_and(|ack| {
        rcv.irs.is_some_and(|irs| ack.after(irs)) && ack.at_or_before(rcv.high.latest(rcv.low))
    });
    let numbered = x.before.snd.iss.is_none_or(|iss| iss == x.segment.seq);
    Ruling::wants(acknowledges && numbered)
}

fn reopened_above(x: &Sending<'_>) -> Ruling {
    match x.before.snd.above {
        Some(last) if is_syn(x) && x.before.state == State::SynReceived => {
            Ruling::wants(x.segment.seq.after(last))
        }
        Some(_) | None => Ruling::Abstains,
    }
}

fn syn_sent_text(x: &Sending<'_>) -> Ruling {
    if x.before.state != State::SynSent || x.segment.flags.any(Flags::SYN | Flags::RST) {
        return Ruling::Abstains;
    }
    Ruling::Broken
}

fn syn_received_text(x: &Sending<'_>) -> Ruling {
    let judged = x.before.state == State::SynReceived && x.endpoint.is_exact() && !x.segment.has(Flags::RST);
    if !judged || x.segment.text.is_empty() {
        return Ruling::Abstains;
    }
    let fast = |offer: Option<crate::hypothesis::Offer>| offer.is_none_or(|offer| offer.fast_open);
    Ruling::wants(fast(x.before.mine) || fast(x.before.theirs))
}

/// A captured SYN may belong to the next connection on the same ports; an exact one only after an OPEN from TIME-WAIT.
fn late_syn(x: &Sending<'_>) -> Ruling {
    if !x.before.state.is_synchronized() || !x.endpoint.is_exact() || !is_syn(x) {
        return Ruling::Abstains;
    }
    // Closed before its SYN was acknowledged, an endpoint goes on repeating it.
    let repeated = x.before.snd.iss == Some(x.segment.seq) && x.before.snd.una == x.segment.seq;
    let reopened = x.before.state == State::TimeWait && (x.before.user.opened || !x.endpoint.calls);
    Ruling::wants(repeated || reopened && !x.segment.has(Flags::ACK))
}
