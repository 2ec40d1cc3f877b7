//! Which resets may be sent.
//!
//! Spec: RFC 9293 §3.5.2, §3.10.5.
use stackdrill_wire::{Flags, State};

use crate::hypothesis::{Hypothesis, Origin};
use crate::record::Cause;
use crate::rule::{Rule, Ruling, Sending, rules};

rules! {
    RULES;
    /// A reset is never answered by a reset.
    RESET_FOR_RESET = "RFC9293:3.5.2-no-reset-for-reset", Must, Whole, "CLOSED, LISTEN or SYN-SENT, a RST" => reset_for_reset;
    /// The reset for a segment with ACK takes its number from there, and acknowledges nothing.
    CLOSED_ACK = "RFC9293:3.10.7.1-closed-ack-set", Must, Whole, "CLOSED, a RST after a segment with ACK" => closed_ack;
    /// The reset for a segment without ACK stands at 0 and acknowledges all of the segment.
    CLOSED_SYN = "RFC9293:3.10.7.1-closed-length-counts", Must, Whole, "CLOSED, a RST after a segment without ACK" => closed_syn;
    /// What reaches LISTEN with none of RST, ACK and SYN is dropped.
    LISTEN_OTHER = "RFC9293:3.10.7.2-listen-other", Must, Whole, "LISTEN, a RST after such a segment" => listen_other;
    /// LISTEN resets only segments with ACK, with the number from there.
    LISTEN_ACK = "RFC9293:3.10.7.2-listen-ack", Must, Whole, "LISTEN, a RST" => listen_ack;
    /// No reset is sent unless the segment is plainly not for this connection, or the user gave the connection up.
    UNSURE = "RFC9293:3.5.2-no-reset-when-unsure", Must, Whole, "SYN-SENT and later seen exactly with calls, a RST" => unsure;
    /// ABORT in SYN-RECEIVED resets at SND.NXT.
    ABORT_SYN_RECEIVED = "RFC9293:3.10.5-abort-syn-received", Must, Whole, "SYN-RECEIVED, a RST" => abort_syn_received;
    /// ABORT in ESTABLISHED resets at SND.NXT, and nothing follows.
    ABORT_ESTABLISHED = "RFC9293:3.10.5-abort-established", Must, Whole, "ESTABLISHED, a RST" => abort_established;
    /// ABORT in FIN-WAIT-1 resets at SND.NXT, and nothing follows.
    ABORT_FIN_WAIT_1 = "RFC9293:3.10.5-abort-fin-wait-1", Must, Whole, "FIN-WAIT-1, a RST" => abort_fin_wait_1;
    /// ABORT in FIN-WAIT-2 resets at SND.NXT, and nothing follows.
    ABORT_FIN_WAIT_2 = "RFC9293:3.10.5-abort-fin-wait-2", Must, Whole, "FIN-WAIT-2, a RST" => abort_fin_wait_2;
    /// ABORT in CLOSE-WAIT resets at SND.NXT, and nothing follows.
    ABORT_CLOSE_WAIT = "RFC9293:3.10.5-abort-close-wait", Must, Whole, "CLOSE-WAIT, a RST" => abort_close_wait;
    /// ABORT in SYN-SENT deletes the record.
    ABORT_SYN_SENT = "RFC9293:3.10.5-abort-syn-sent", Must, Whole, "SYN-SENT, ABORT";
    /// ABORT in CLOSING, LAST-ACK or TIME-WAIT deletes the record.
    ABORT_LATE = "RFC9293:3.10.5-abort-late-states", Must, Whole, "CLOSING, LAST-ACK or TIME-WAIT, ABORT";
    /// ABORT in LISTEN deletes the record.
    ABORT_LISTEN = "RFC9293:3.10.5-abort-listen", Must, Whole, "LISTEN, ABORT";
    /// When the user timeout expires the record is deleted.
    GAVE_UP = "RFC9293:3.10.8-user-timeout", Must, Whole, "retransmitted again and again in vain";
}

/// The rule of an ABORT in this state.
pub(crate) fn abort_rule(state: State) -> &'static Rule {
    match state {
        State::Closed | State::Listen => &ABORT_LISTEN,
        State::SynSent => &ABORT_SYN_SENT,
        State::SynReceived => &ABORT_SYN_RECEIVED,
        State::Established => &ABORT_ESTABLISHED,
        State::FinWait1 => &ABORT_FIN_WAIT_1,
        State::FinWait2 => &ABORT_FIN_WAIT_2,
        State::CloseWait => &ABORT_CLOSE_WAIT,
        State::Closing | State::LastAck | State::TimeWait => &ABORT_LATE,
    }
}

fn is_reset(x: &Sending<'_>, state: State) -> bool {
    x.segment.has(Flags::RST) && x.before.state == state
}

/// The newest received segment that this reset would answer by the form of §3.5.2, resets left out.
pub(crate) fn answered<'a>(x: &Sending<'a>) -> Option<&'a Cause> {
    x.record.causes().find(|cause| !cause.flags.has(Flags::RST) && cause.explains(x.segment))
}

fn reset_for_reset(x: &Sending<'_>) -> Ruling {
    let state = matches!(x.before.state, State::Closed | State::Listen | State::SynSent);
    if !x.segment.has(Flags::RST) || !state || answered(x).is_some() {
        return Ruling::Abstains;
    }
    let to_reset = x.record.causes().any(|cause| cause.flags.has(Flags::RST) && cause.explains(x.segment));
    Ruling::wants(!to_reset)
}

/// Whether a reset from CLOSED has the form that the newest segment asks for, or that of an older one.
fn closed_form(x: &Sending<'_>, with_ack: bool) -> Ruling {
    let newest = x.record.causes().find(|cause| !cause.flags.has(Flags::RST));
    if !is_reset(x, State::Closed) || newest.is_some_and(|cause| cause.ack.is_some() != with_ack) {
        return Ruling::Abstains;
    }
    let fits = x.record.causes().any(|cause| {
        let form = match cause.ack {
            Some(ack) => x.segment.seq == ack && x.segment.acknowledges().is_none(),
            None => x.segment.seq.0 == 0 && x.segment.acknowledges() == Some(cause.end),
        };
        form && !cause.flags.has(Flags::RST)
    });
    // A reset may still be the ABORT of the connection that just ended.
    let abort = x.before.snd.known && x.segment.seq == x.before.snd.nxt;
    Ruling::wants(fits || abort)
}

fn closed_ack(x: &Sending<'_>) -> Ruling {
    closed_form(x, true)
}

fn closed_syn(x: &Sending<'_>) -> Ruling {
    closed_form(x, false)
}

fn listen_ack(x: &Sending<'_>) -> Ruling {
    if !is_reset(x, State::Listen) {
        return Ruling::Abstains;
    }
    let answers =
        answered(x).is_some_and(|cause| cause.ack.is_some() && !x.segment.has(Flags::ACK) || cause.odd);
    let abort = x.before.snd.known && x.segment.seq == x.before.snd.nxt;
    Ruling::wants(answers || abort)
}

fn listen_other(x: &Sending<'_>) -> Ruling {
    if !is_reset(x, State::Listen) {
        return Ruling::Abstains;
    }
    let stray = answered(x).is_some_and(|cause| !cause.flags.any(Flags::ACK | Flags::SYN) && !cause.odd);
    Ruling::wants(!stray)
}

/// Whether a connection that the user let go of may have text that nobody will read, for which a reset tells the peer
/// (§3.6.1); a CLOSE that loses nothing sends a FIN. A connection that was never accepted goes with its listener, and
/// FIN-WAIT-2 may be cut short.
fn may_lose(before: &Hypothesis) -> bool {
    let (user, rcv) = (&before.user, &before.rcv);
    let used = before.origin == Origin::Active || user.received > 0 || user.queued > 0;
    let read = u32::try_from(user.received & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    let fin = u32::from(rcv.fin.is_some_and(|fin| rcv.high.after(fin)));
    let unread = rcv.irs.is_none_or(|irs| rcv.high.after(irs + 1 + read + fin));
    let held = rcv.held.overflowed() || !rcv.held.as_slice().is_empty();
    !used || unread || held || before.state == State::FinWait2
}

/// In a synchronized state only the user, time, or an in-window SYN (before RFC 5961) ends a connection by reset;
/// before that, also an acknowledgment of something never sent.
fn unsure(x: &Sending<'_>) -> Ruling {
    let live = !matches!(x.before.state, State::Closed | State::Listen);
    if !x.segment.has(Flags::RST) || !live || !x.endpoint.is_exact() || !x.endpoint.calls {
        return Ruling::Abstains;
    }
    let user = x.before.user.aborted || x.before.user.released && may_lose(x.before);
    let given_up = x.before.snd.resent >= 3 || x.endpoint.impatient;
    let odd = x.record.causes().any(|cause| cause.odd);
    let refuses = !x.before.state.is_synchronized() && answered(x).is_some();
    Ruling::wants(user || given_up || odd || refuses)
}

/// The reset stands at SND.NXT (or at the window's edge, if that shrank below), or answers a segment.
fn abort_form(x: &Sending<'_>, state: State) -> Ruling {
    let snd = &x.before.snd;
    if !is_reset(x, state) || !snd.known {
        return Ruling::Abstains;
    }
    let seq = x.segment.seq;
    let at_edge = snd.edge.is_some_and(|edge| edge.before(snd.nxt) && seq == edge);
    // A lagging tap does not show how far the endpoint had come when it sent this.
    let lagging = !x.endpoint.is_exact() && seq.at_or_before(snd.nxt);
    Ruling::wants(seq == snd.nxt || at_edge || lagging || answered(x).is_some())
}

fn abort_syn_received(x: &Sending<'_>) -> Ruling {
    abort_form(x, State::SynReceived)
}

fn abort_established(x: &Sending<'_>) -> Ruling {
    abort_form(x, State::Established)
}

fn abort_fin_wait_1(x: &Sending<'_>) -> Ruling {
    abort_form(x, State::FinWait1)
}

fn abort_fin_wait_2(x: &Sending<'_>) -> Ruling {
    abort_form(x, State::FinWait2)
}

fn abort_close_wait(x: &Sending<'_>) -> Ruling {
    abort_form(x, State::CloseWait)
}
