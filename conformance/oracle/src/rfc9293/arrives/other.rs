//! A segment arrives in SYN-RECEIVED or later: the checks in the RFC's order, one function each.
//!
//! Spec: RFC 9293 §3.10.7.4.
use core::time::Duration;

use stackdrill_wire::{Flags, Seq, State};

use super::acceptable::{self, Acceptable};
use super::{Arrival, closed, listen, text};
use crate::flight::Sample;
use crate::hypothesis::{Hypothesis, Listening, Origin};
use crate::obligation::Debt;
use crate::rfc6298::shut;
use crate::rfc9293::closing::TIME_WAIT_OVER;
use crate::rfc9293::resetting::GAVE_UP;
use crate::rule::{Rule, rules};
use crate::{rfc5961, rfc7323};

/// The least that an endpoint stays in TIME-WAIT, or waits for a FIN that nobody will read. The MSL is an
/// engineering choice (§3.4.2), so any wait that is one will do.
pub(crate) const LEAST_WAIT: Duration = Duration::from_secs(1);

rules! {
    RULES;
    /// An unacceptable segment in ESTABLISHED draws an ACK of SND.NXT and RCV.NXT.
    UNACCEPTABLE_ESTABLISHED = "RFC9293:3.10.7.4-seq-unacceptable-established", Must, Whole, "ESTABLISHED, an unacceptable segment arrives";
    /// An unacceptable segment in FIN-WAIT-1 draws an ACK.
    UNACCEPTABLE_FIN_WAIT_1 = "RFC9293:3.10.7.4-seq-unacceptable-fin-wait-1", Must, Whole, "FIN-WAIT-1, an unacceptable segment arrives";
    /// An unacceptable segment in FIN-WAIT-2 draws an ACK.
    UNACCEPTABLE_FIN_WAIT_2 = "RFC9293:3.10.7.4-seq-unacceptable-fin-wait-2", Must, Whole, "FIN-WAIT-2, an unacceptable segment arrives";
    /// An unacceptable segment in CLOSE-WAIT draws an ACK.
    UNACCEPTABLE_CLOSE_WAIT = "RFC9293:3.10.7.4-seq-unacceptable-close-wait", Must, Whole, "CLOSE-WAIT, an unacceptable segment arrives";
    /// An unacceptable segment in CLOSING draws an ACK.
    UNACCEPTABLE_CLOSING = "RFC9293:3.10.7.4-seq-unacceptable-closing", Must, Whole, "CLOSING, an unacceptable segment arrives";
    /// An unacceptable segment in LAST-ACK draws an ACK.
    UNACCEPTABLE_LAST_ACK = "RFC9293:3.10.7.4-seq-unacceptable-last-ack", Must, Whole, "LAST-ACK, an unacceptable segment arrives";
    /// An unacceptable segment in TIME-WAIT draws an ACK.
    UNACCEPTABLE_TIME_WAIT = "RFC9293:3.10.7.4-seq-unacceptable-time-wait", Must, Whole, "TIME-WAIT, an unacceptable segment arrives";
    /// A reset outside the window is dropped in silence.
    RST_SILENT = "RFC9293:3.10.7.4-seq-unacceptable-rst-silent", Must, Whole, "SYN-RECEIVED and later, such a RST arrives";
    /// A valid reset in SYN-RECEIVED from LISTEN returns to LISTEN.
    RST_PASSIVE = "RFC9293:3.10.7.4-rst-syn-received-passive", Must, Whole, "SYN-RECEIVED from LISTEN, a valid RST arrives";
    /// A valid reset in SYN-RECEIVED from SYN-SENT refuses the connection.
    RST_ACTIVE = "RFC9293:3.10.7.4-rst-syn-received-active", Must, Whole, "SYN-RECEIVED from SYN-SENT, a valid RST arrives";
    /// A valid reset in ESTABLISHED ends the connection.
    RST_ESTABLISHED = "RFC9293:3.10.7.4-rst-established", Must, Whole, "ESTABLISHED, a valid RST arrives";
    /// A valid reset in FIN-WAIT-1 ends the connection.
    RST_FIN_WAIT_1 = "RFC9293:3.10.7.4-rst-fin-wait-1", Must, Whole, "FIN-WAIT-1, a valid RST arrives";
    /// A valid reset in FIN-WAIT-2 ends the connection.
    RST_FIN_WAIT_2 = "RFC9293:3.10.7.4-rst-fin-wait-2", Must, Whole, "FIN-WAIT-2, a valid RST arrives";
    /// A valid reset in CLOSE-WAIT ends the connection.
    RST_CLOSE_WAIT = "RFC9293:3.10.7.4-rst-close-wait", Must, Whole, "CLOSE-WAIT, a valid RST arrives";
    /// A valid reset in CLOSING ends the connection.
    RST_CLOSING = "RFC9293:3.10.7.4-rst-closing", Must, Whole, "CLOSING, a valid RST arrives";
    /// A valid reset in LAST-ACK ends the connection.
    RST_LAST_ACK = "RFC9293:3.10.7.4-rst-last-ack", Must, Whole, "LAST-ACK, a valid RST arrives";
    /// A valid reset in TIME-WAIT ends it, unless RFC 1337's protection ignores it.
    RST_TIME_WAIT = "RFC9293:3.10.7.4-rst-time-wait", Must, Whole, "TIME-WAIT, a valid RST arrives";
    /// A SYN in the window returns SYN-RECEIVED to LISTEN after a passive open.
    SYN_PASSIVE = "RFC9293:3.10.7.4-syn-syn-received-passive", Must, Whole, "SYN-RECEIVED from LISTEN, a SYN in the window";
    /// An acknowledgment of the SYN moves SYN-RECEIVED to ESTABLISHED.
    ACK_GOOD = "RFC9293:3.10.7.4-ack-syn-received-good", Must, Whole, "SYN-RECEIVED, an acceptable ACK arrives";
    /// An unacceptable acknowledgment in SYN-RECEIVED draws a reset with its number.
    ACK_BAD = "RFC9293:3.10.7.4-ack-syn-received-bad", Must, Whole, "SYN-RECEIVED, an unacceptable ACK arrives";
    /// An acknowledgment of something never sent draws an ACK in ESTABLISHED.
    TOO_HIGH_ESTABLISHED = "RFC9293:3.10.7.4-ack-established-too-high", Must, Whole, "ESTABLISHED, SEG.ACK above SND.NXT";
    /// An acknowledgment of something never sent draws an ACK in FIN-WAIT-1.
    TOO_HIGH_FIN_WAIT_1 = "RFC9293:3.10.7.4-ack-too-high-fin-wait-1", Must, Whole, "FIN-WAIT-1, SEG.ACK above SND.NXT";
    /// An acknowledgment of something never sent draws an ACK in FIN-WAIT-2.
    TOO_HIGH_FIN_WAIT_2 = "RFC9293:3.10.7.4-ack-too-high-fin-wait-2", Must, Whole, "FIN-WAIT-2, SEG.ACK above SND.NXT";
    /// An acknowledgment of something never sent draws an ACK in CLOSE-WAIT.
    TOO_HIGH_CLOSE_WAIT = "RFC9293:3.10.7.4-ack-too-high-close-wait", Must, Whole, "CLOSE-WAIT, SEG.ACK above SND.NXT";
    /// An acknowledgment of something never sent draws an ACK in CLOSING.
    TOO_HIGH_CLOSING = "RFC9293:3.10.7.4-ack-too-high-closing", Must, Whole, "CLOSING, SEG.ACK above SND.NXT";
    /// An acknowledgment of something never sent draws an ACK in LAST-ACK.
    TOO_HIGH_LAST_ACK = "RFC9293:3.5.2-group3-last-ack-bad-ack", Must, Whole, "LAST-ACK, SEG.ACK above SND.NXT";
    /// An acknowledgment of something never sent draws an ACK in TIME-WAIT.
    TOO_HIGH_TIME_WAIT = "RFC9293:3.5.2-group3-time-wait-bad-ack", Must, Whole, "TIME-WAIT, SEG.ACK above SND.NXT";
    /// The acknowledgment of the FIN moves FIN-WAIT-1 to FIN-WAIT-2.
    FIN_WAIT_1_OF_FIN = "RFC9293:3.10.7.4-ack-fin-wait-1-of-fin", Must, Whole, "FIN-WAIT-1, the FIN is acknowledged";
    /// The acknowledgment of the FIN moves CLOSING to TIME-WAIT.
    CLOSING_OF_FIN = "RFC9293:3.10.7.4-ack-closing-of-fin", Must, Whole, "CLOSING, the FIN is acknowledged";
    /// The acknowledgment of the FIN ends LAST-ACK.
    LAST_ACK_OF_FIN = "RFC9293:3.10.7.4-ack-last-ack-of-fin", Must, Whole, "LAST-ACK, the FIN is acknowledged";
}

pub(super) fn arrives(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    may_have_ended(before, arrival);
    may_reopen(before, arrival);
    let odd = arrival.options.lies || arrival.options.md5;
    // RFC 9293 MUST-7 lets a stack drop what it cannot read; RFC 7323 §3.2 what lacks its timestamps.
    if odd || rfc7323::lacks_stamps(before, arrival.segment, arrival.options) {
        arrival.keep(*before);
    }
    match rfc7323::paws(before, arrival.segment, arrival.options) {
        Acceptable::Yes => {}
        Acceptable::No => return rfc7323::refuse(before, arrival),
        Acceptable::Either => rfc7323::refuse(before, arrival),
    }
    match acceptable::test(before, arrival.segment) {
        Acceptable::Yes => {}
        Acceptable::No => return unacceptable(before, arrival),
        Acceptable::Either => unacceptable(before, arrival),
    }
    let mut stamped = *before;
    rfc7323::restamp(&mut stamped, arrival.segment, arrival.options);
    if arrival.segment.has(Flags::RST) {
        reset(&stamped, arrival);
    } else if arrival.segment.has(Flags::SYN) {
        synchronize(&stamped, arrival);
    } else {
        acknowledge(stamped, arrival);
    }
}

/// Waits end in silence: TIME-WAIT, an orphan's FIN-WAIT-2, and retransmission in vain. From then on the answer
/// is that of CLOSED.
fn may_have_ended(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    if let Some(rule) = may_end(before, arrival.at) {
        closed::arrives(&before.gone(rule, arrival.at), arrival);
    }
}

/// Whether this connection may end now without anything being sent.
pub(crate) fn may_end(before: &Hypothesis, at: stackdrill_wire::Instant) -> Option<&'static Rule> {
    let waited = at.since(before.since) >= LEAST_WAIT;
    match before.state {
        State::TimeWait if waited => Some(&TIME_WAIT_OVER),
        State::FinWait2 if waited && before.user.released => Some(&GAVE_UP),
        State::SynReceived if waited && before.origin == Origin::Passive => Some(&GAVE_UP),
        State::Closed | State::Listen => None,
        _ if before.snd.resent >= 3 => Some(&GAVE_UP),
        _ => None,
    }
}

/// RFC 9293 MAY-2: a SYN above the old numbers, or with a newer timestamp (RFC 6191), may open a new connection
/// from TIME-WAIT. A stack need not; then the SYN is answered or dropped like any other.
fn may_reopen(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    let candidate = before.state == State::TimeWait
        && before.listening != Listening::No
        && listen::is_request(arrival.segment);
    if candidate {
        arrival.keep(listen::taken(before, arrival));
        arrival.keep(*before);
    }
}

/// First check: the sequence number. A reset is dropped in silence, anything else is acknowledged; with a zero
/// window the ACK of a segment at RCV.NXT may still be taken in.
fn unacceptable(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    let segment = arrival.segment;
    if segment.has(Flags::RST) {
        return arrival.keep(before.kept(&RST_SILENT));
    }
    let answered = match unacceptable_rule(before.state) {
        Some(rule) => arrival.at_once(*before, rule, Debt::Answer),
        None => *before,
    };
    let valid_ack = segment.acknowledges().is_some_and(|ack| ack.at_or_before(before.snd.nxt));
    if segment.seq == before.rcv.low && valid_ack && !segment.has(Flags::SYN) {
        let mut stamped = answered;
        rfc7323::restamp(&mut stamped, segment, arrival.options);
        if acknowledged(&mut stamped, arrival) {
            arrival.keep(stamped);
        }
        if before.state == State::SynReceived {
            return;
        }
    }
    if let Some(opened) = crossed(&answered, arrival) {
        arrival.keep(opened);
    }
    arrival.keep(answered);
}

/// ESTABLISHED after the SYN,ACK of a peer whose SYN crossed ours. Its SYN stands one below RCV.NXT, so the letter of
/// the sequence check refuses it, and §3.5 figure 7 takes it: both are lawful.
pub(super) fn crossed(before: &Hypothesis, arrival: &Arrival<'_>) -> Option<Hypothesis> {
    let segment = arrival.segment;
    let again = before.rcv.irs == Some(segment.seq) && segment.has(Flags::SYN | Flags::ACK);
    let covers = segment.ack.after(before.snd.una) && segment.ack.at_or_before(before.snd.nxt);
    let fits = before.state == State::SynReceived && again && covers;
    let mut opened = *before;
    (fits && acknowledged(&mut opened, arrival)).then_some(opened)
}

const fn unacceptable_rule(state: State) -> Option<&'static Rule> {
    match state {
        State::Established => Some(&UNACCEPTABLE_ESTABLISHED),
        State::FinWait1 => Some(&UNACCEPTABLE_FIN_WAIT_1),
        State::FinWait2 => Some(&UNACCEPTABLE_FIN_WAIT_2),
        State::CloseWait => Some(&UNACCEPTABLE_CLOSE_WAIT),
        State::Closing => Some(&UNACCEPTABLE_CLOSING),
        State::LastAck => Some(&UNACCEPTABLE_LAST_ACK),
        State::TimeWait => Some(&UNACCEPTABLE_TIME_WAIT),
        // In SYN-RECEIVED the ACK is only a SHOULD.
        State::Closed | State::Listen | State::SynSent | State::SynReceived => None,
    }
}

/// Second check: RST. At RCV.NXT it ends the connection; elsewhere in the window it does so too, or, with
/// RFC 5961, draws a challenge.
fn reset(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    let rcv = &before.rcv;
    arrival.keep(before.gone(reset_rule(before), arrival.at));
    let exact = rcv.low == rcv.high && arrival.segment.seq == rcv.low;
    if arrival.segment.seq.before(rcv.low) {
        // Other controls or text on it reach into the window; RFC 5961 §3.2 looks at SEG.SEQ alone.
        arrival.keep(before.kept(&RST_SILENT));
    } else if !exact {
        let challenged = arrival.at_once(*before, &rfc5961::RST_CHALLENGE, Debt::Answer);
        arrival.keep(challenged);
        if arrival.segment.seq.before(rcv.high) {
            arrival.keep(before.kept(&RST_SILENT));
        }
    } else if before.state == State::TimeWait {
        arrival.keep(before.kept(&RST_TIME_WAIT));
    }
}

pub(super) fn reset_rule(before: &Hypothesis) -> &'static Rule {
    match before.state {
        State::SynReceived if before.origin == Origin::Passive => &RST_PASSIVE,
        State::SynReceived | State::SynSent => &RST_ACTIVE,
        State::FinWait1 => &RST_FIN_WAIT_1,
        State::FinWait2 => &RST_FIN_WAIT_2,
        State::CloseWait => &RST_CLOSE_WAIT,
        State::Closing => &RST_CLOSING,
        State::LastAck => &RST_LAST_ACK,
        State::TimeWait => &RST_TIME_WAIT,
        State::Closed | State::Listen | State::Established => &RST_ESTABLISHED,
    }
}

/// Fourth check: SYN. A challenge under RFC 5961; before it, an error that resets the connection.
fn synchronize(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    if before.state == State::SynReceived && before.origin == Origin::Passive {
        arrival.keep(before.gone(&SYN_PASSIVE, arrival.at));
        // Some refuse the embryo with a reset, some challenge.
        return arrival.keep(before.kept(&SYN_PASSIVE));
    }
    if let Some(opened) = crossed(before, arrival) {
        text::arrives(opened, arrival);
    }
    let challenged = arrival.at_once(*before, &rfc5961::SYN_CHALLENGE, Debt::Answer);
    arrival.keep(challenged);
    let gone = before.gone(&rfc5961::SYN_CHALLENGE, arrival.at);
    let reset = arrival.at_once(gone, &rfc5961::SYN_CHALLENGE, Debt::AnyReset);
    arrival.keep(reset);
}

/// Fifth check: ACK. Without it the segment is dropped.
fn acknowledge(mut reading: Hypothesis, arrival: &mut Arrival<'_>) {
    let Some(ack) = arrival.segment.acknowledges() else { return arrival.keep(reading) };
    let opening = reading.state == State::SynReceived;
    if opening && (ack.after(reading.snd.nxt) || ack.at_or_before(reading.snd.una)) {
        let refused = arrival.at_once(reading, &ACK_BAD, Debt::reset_of(arrival.segment));
        return arrival.keep(refused);
    }
    if ack.after(reading.snd.nxt) {
        let answered = arrival.at_once(reading, too_high_rule(reading.state), Debt::Answer);
        return arrival.keep(answered);
    }
    if is_stale(&reading, ack) {
        arrival.keep(reading);
    }
    if acknowledged(&mut reading, arrival) {
        text::arrives(reading, arrival);
    } else {
        arrival.keep(reading.gone(&LAST_ACK_OF_FIN, arrival.at));
    }
}

/// MAY-12: so far below SND.UNA an acknowledgment may be discarded and answered (RFC 5961 §5).
pub(crate) fn is_stale(before: &Hypothesis, ack: Seq) -> bool {
    ack.before(before.snd.una - before.snd.widest)
}

const fn too_high_rule(state: State) -> &'static Rule {
    match state {
        State::FinWait1 => &TOO_HIGH_FIN_WAIT_1,
        State::FinWait2 => &TOO_HIGH_FIN_WAIT_2,
        State::CloseWait => &TOO_HIGH_CLOSE_WAIT,
        State::Closing => &TOO_HIGH_CLOSING,
        State::LastAck => &TOO_HIGH_LAST_ACK,
        State::TimeWait => &TOO_HIGH_TIME_WAIT,
        State::Closed | State::Listen | State::SynSent | State::SynReceived | State::Established => {
            &TOO_HIGH_ESTABLISHED
        }
    }
}

/// What an acknowledgment that moved SND.UNA, if it was known, says of the timer and the round trip.
pub(super) fn progressed(before: Option<Seq>, after: &mut Hypothesis, arrival: &Arrival<'_>) {
    let Some(una) = before.filter(|una| after.snd.una.after(*una)) else { return };
    // A SYN,ACK that agrees to timestamps carries the first one that tells repeated SYNs apart.
    let echo = arrival.options.stamps.map(|(_, echo)| echo).filter(|_| after.stamped() == Some(true));
    let sample = arrival.record.flight.sample(after.snd.una, arrival.at, echo.is_some());
    let believed = echo.is_none_or(|echo| rfc7323::may_echo(after, echo));
    // Where it is not, a sender may see that, or not.
    let doubted = |sample: Sample| Sample { least: Duration::ZERO, sure: false, ..sample };
    let sample = if believed { sample } else { sample.map(doubted) };
    let octets = after.snd.una.since(una);
    let in_flight = after.snd.una.before(after.snd.nxt);
    after.pace.progressed(octets, sample, (in_flight, arrival.at));
}

/// Takes in an acceptable ACK, and moves to the state to which it leads; whether that is not CLOSED.
pub(super) fn acknowledged(after: &mut Hypothesis, arrival: &Arrival<'_>) -> bool {
    let (known, una) = (after.snd.known, after.snd.una);
    let (probed, doubled) = (shut(after), after.pace.doubled);
    after.acknowledge(arrival.segment, arrival.endpoint.is_exact());
    progressed(known.then_some(una), after, arrival);
    if probed {
        // Not everybody times a probe: what the timeout was doubled to may stay.
        after.pace.doubled = doubled;
    }
    let fin = after.fin_acknowledged();
    match after.state {
        State::SynReceived if after.snd.una.after(una) => {
            let unscaled = arrival.segment.has(Flags::SYN);
            let shift = after.peer_shift().filter(|_| !unscaled).unwrap_or(0);
            let edge = arrival.segment.ack + (u32::from(arrival.segment.window) << shift);
            after.set_window(arrival.segment, edge);
            let state = if after.user.closed { State::FinWait1 } else { State::Established };
            *after = after.moved(state, &ACK_GOOD, arrival.at);
        }
        State::FinWait1 if fin => *after = after.moved(State::FinWait2, &FIN_WAIT_1_OF_FIN, arrival.at),
        State::Closing if fin => *after = after.moved(State::TimeWait, &CLOSING_OF_FIN, arrival.at),
        State::LastAck if fin => return false,
        _ => {}
    }
    true
}
