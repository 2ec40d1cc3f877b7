//! What a sent segment says of the endpoint that sent it.
use stackdrill_wire::{Flags, Seq, State};

use crate::hypothesis::{Hypothesis, Offer, Origin};
use crate::pace::{Leaving, holds};
use crate::repair;
use crate::rfc6298::{is_timed, shut};
use crate::rfc9293::closing::{CLOSE_CLOSE_WAIT, CLOSE_ESTABLISHED, CLOSE_SYN_RECEIVED};
use crate::rfc9293::opening::ACTIVE_OPEN;
use crate::rfc9293::resetting::{abort_rule, answered};
use crate::rule::{Rule, Sending};

/// The rule that lets nothing but resets and SYNs out of CLOSED and LISTEN: the one that led there.
pub(crate) fn unsendable(x: &Sending<'_>) -> Option<&'static Rule> {
    let nothing = matches!(x.before.state, State::Closed | State::Listen);
    (nothing && !x.segment.flags.any(Flags::RST | Flags::SYN)).then_some(x.before.because)
}

/// The hypothesis after this segment left, whatever the rules say of it.
pub(crate) fn sent(x: &Sending<'_>, out: &mut Vec<Hypothesis>) {
    let mut after = *x.before;
    after.owed.pay(x.segment);
    if x.segment.has(Flags::RST) {
        return reset(&after, x, out);
    }
    if x.segment.has(Flags::SYN) {
        after = synchronize(&after, x);
    } else {
        space(&mut after, x);
        finish(&mut after, x);
    }
    if x.segment.has(Flags::ACK) {
        acknowledge(&mut after, x);
    }
    if let Some((value, _)) = x.options.stamps {
        after.stamps.sent = after.stamps.sent.filter(|(last, _)| *last == value).or(Some((value, x.at)));
    }
    out.push(after);
}

/// A reset: the answer to a stray segment changes nothing, the end of a connection everything. Where a tap cannot
/// tell them apart both stand.
fn reset(after: &Hypothesis, x: &Sending<'_>, out: &mut Vec<Hypothesis>) {
    let ended = after.gone(abort_rule(after.state), x.at);
    let stray = answered(x).is_some();
    match after.state {
        State::Closed | State::Listen => out.push(*after),
        State::SynSent | State::SynReceived => {
            if stray {
                out.push(*after);
            }
            if !stray || !x.endpoint.calls || after.user.aborted || after.user.released {
                out.push(ended);
            }
        }
        State::Established
        | State::FinWait1
        | State::FinWait2
        | State::CloseWait
        | State::Closing
        | State::LastAck
        | State::TimeWait => out.push(ended),
    }
}

fn synchronize(after: &Hypothesis, x: &Sending<'_>) -> Hypothesis {
    let segment = x.segment;
    let mut after = *after;
    let repeated = matches!(after.state, State::SynSent | State::SynReceived)
        && after.snd.iss.is_none_or(|iss| iss == segment.seq);
    if !segment.has(Flags::ACK) && !repeated || after.state == State::Closed {
        let user = after.user;
        after = after.reborn().moved(State::SynSent, &ACTIVE_OPEN, x.at);
        after.user = user;
        after.user.opened = true;
        after.origin = Origin::Active;
    }
    number(&mut after, x);
    after.mine = Some(Offer::of(x.options, x.segment.flags));
    after.rcv.window = u32::from(segment.window);
    after
}

/// ISS and what follows from it.
fn number(after: &mut Hypothesis, x: &Sending<'_>) {
    let segment = x.segment;
    if after.snd.iss.is_none() {
        let leaving = Leaving { first: true, fresh: true, timed: false };
        after.pace.sent(leaving, segment.length(), x.at);
        after.snd.iss = Some(segment.seq);
        after.snd.known = true;
        after.snd.una = segment.seq;
        after.snd.nxt = segment.end();
        if after.state == State::SynReceived {
            // The window on the peer's SYN is never scaled (RFC 7323 §2.2).
            let edge = segment.seq + 1 + after.snd.widest;
            after.snd.edge = Some(edge);
            after.snd.furthest = Some(edge);
        }
    } else {
        paced(after, x);
        // RFC 6298 §5.7 speaks of a SYN; whether a SYN,ACK is one can be read either way.
        after.pace.lost_syn |= after.pace.timeouts > 0 && !segment.has(Flags::ACK);
        after.snd.resent = after.snd.resent.saturating_add(1);
        after.snd.nxt = after.snd.nxt.latest(segment.end());
    }
}

/// What the segment says of the retransmission timer.
fn paced(after: &mut Hypothesis, x: &Sending<'_>) {
    let (segment, snd) = (x.segment, after.snd);
    if snd.known && segment.end().after(snd.una) {
        let leaving = Leaving {
            first: holds(segment.seq, segment.end(), snd.una),
            fresh: snd.una == snd.nxt,
            timed: is_timed(x),
        };
        after.pace.sent(leaving, segment.length(), x.at);
    }
}

/// SND.NXT, and whether this is a retransmission.
fn space(after: &mut Hypothesis, x: &Sending<'_>) {
    let segment = x.segment;
    paced(after, x);
    repair::sent(after, x);
    if !after.snd.known {
        after.snd.known = true;
        after.snd.una = segment.seq;
        after.snd.nxt = segment.end();
    } else if segment.length() > 0 && segment.seq.before(after.snd.nxt) || probes(after, segment.seq) {
        after.snd.resent = after.snd.resent.saturating_add(1);
    }
    if shut(x.before) && probes(x.before, segment.seq) {
        // Some probe a shut window so (§3.8.6.1): what waits goes on waiting from here.
        after.pace.ready = None;
        after.pace.base = after.pace.base.map(|_| x.at);
    }
    after.snd.nxt = after.snd.nxt.latest(segment.end());
}

/// Whether a segment at `seq` is a keep-alive or a window probe, which end a connection when never answered.
fn probes(after: &Hypothesis, seq: Seq) -> bool {
    seq == after.snd.una - 1
}

fn finish(after: &mut Hypothesis, x: &Sending<'_>) {
    if !x.segment.has(Flags::FIN) {
        return;
    }
    after.snd.fin = after.snd.fin.or(Some(x.segment.end() - 1));
    *after = match after.state {
        State::Established => after.moved(State::FinWait1, &CLOSE_ESTABLISHED, x.at),
        State::SynReceived => after.moved(State::FinWait1, &CLOSE_SYN_RECEIVED, x.at),
        State::CloseWait => after.moved(State::LastAck, &CLOSE_CLOSE_WAIT, x.at),
        State::Closed
        | State::Listen
        | State::SynSent
        | State::FinWait1
        | State::FinWait2
        | State::Closing
        | State::LastAck
        | State::TimeWait => return,
    };
}

/// What the segment acknowledges was processed, and the window it offers stands.
fn acknowledge(after: &mut Hypothesis, x: &Sending<'_>) {
    let ack = x.segment.ack;
    let shift = if x.segment.has(Flags::SYN) { Some(0) } else { after.own_shift() };
    let rcv = &mut after.rcv;
    if rcv.known {
        rcv.low = rcv.low.latest(ack);
        rcv.high = rcv.high.latest(ack);
    } else {
        (rcv.known, rcv.low, rcv.high) = (true, ack, ack);
    }
    rcv.acked = rcv.acked.latest(ack);
    rcv.echoes |= x.segment.has(Flags::ECE) && !x.segment.has(Flags::SYN);
    rcv.window = u32::from(x.segment.window) << shift.unwrap_or(0);
    if !x.segment.has(Flags::SYN) && shift.is_some() {
        rcv.widest = rcv.widest.max(rcv.window);
    }
    rcv.edge = shift.map(|_| ack + rcv.window);
    rcv.furthest = match (rcv.furthest, rcv.edge) {
        (Some(old), Some(new)) => Some(old.latest(new)),
        (old, new) => new.or(old),
    };
}
