//! What user calls do to a hypothesis.
//!
//! Spec: RFC 9293 §3.10.1 - §3.10.5.
use stackdrill_wire::{Instant, State};

use super::closing::NO_TEXT_AFTER_FIN;
use super::closing::{CLOSE_CLOSE_WAIT, CLOSE_ESTABLISHED, CLOSE_LISTEN, CLOSE_SYN_RECEIVED, CLOSE_SYN_SENT};
use super::opening::{NO_CONNECTION, PASSIVE_OPEN};
use super::queue::DELIVERED;
use super::resetting::abort_rule;
use crate::hypothesis::{Hypothesis, Listening};
use crate::obligation::Debt;
use crate::rule::Rule;
use crate::{Call, Endpoint, Outcome};

/// A user call, and where the successors of a hypothesis go.
pub(crate) struct Calling<'a> {
    pub(crate) call: Call,
    pub(crate) outcome: Outcome,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) at: Instant,
    pub(crate) out: &'a mut Vec<Hypothesis>,
}

/// Moves a hypothesis by a call.
///
/// # Errors
/// The rule that refuses this outcome.
pub(crate) fn called(before: &Hypothesis, calling: &mut Calling<'_>) -> Result<(), &'static Rule> {
    let mut after = *before;
    // Reopened from TIME-WAIT: the call may be for the old connection, whose socket the user still holds.
    let lets_go = matches!(calling.call, Call::Close | Call::Release | Call::Abort);
    if lets_go && before.state == State::SynReceived && before.snd.above.is_some() {
        calling.out.push(after);
    }
    match (calling.call, calling.outcome) {
        // OPEN may leave its SYN on the way; whatever came of it, one may be sent.
        (Call::ActiveOpen, _) => after.user.opened = true,
        (Call::PassiveOpen, Outcome::Done(_)) => {
            after.listening = Listening::Yes;
            if after.state == State::Closed {
                after = after.moved(State::Listen, &PASSIVE_OPEN, calling.at);
            }
        }
        (call @ (Call::Send | Call::SendUrgent), Outcome::Done(octets)) => {
            if octets > 0 && before.user.closed {
                return Err(&NO_TEXT_AFTER_FIN);
            }
            if octets > 0 && before.state == State::Closed && !before.user.opened {
                return Err(&NO_CONNECTION);
            }
            after.user.queued += u64::from(octets);
            if call == Call::SendUrgent {
                after.user.urgent = Some(after.user.queued);
                after.user.urgents = after.user.urgents.saturating_add(1);
            }
        }
        (Call::Send | Call::SendUrgent, Outcome::AtMost(octets)) => {
            after.user.queued += u64::from(octets);
            after.user.unsure = true;
        }
        (Call::Receive, Outcome::Done(octets)) => {
            after.user.received += u64::from(octets);
            if calling.endpoint.is_exact() && is_beyond(&after) {
                return Err(&DELIVERED);
            }
        }
        (Call::Receive, Outcome::Nothing) => {
            if calling.endpoint.is_exact() && is_kept_from_user(&after) {
                return Err(&DELIVERED);
            }
        }
        (Call::Close, Outcome::Done(_)) => return closed(&after, calling),
        (Call::Release, _) => {
            after.user.released = true;
            return closed(&after, calling);
        }
        (Call::Abort, _) => after = aborted(&after, calling),
        (
            Call::PassiveOpen | Call::Send | Call::SendUrgent | Call::Receive | Call::Close,
            Outcome::Refused,
        )
        | (Call::PassiveOpen | Call::Receive | Call::Close, Outcome::AtMost(_))
        | (Call::PassiveOpen | Call::Send | Call::SendUrgent | Call::Close, Outcome::Nothing) => {}
    }
    calling.out.push(after);
    Ok(())
}

/// Whether more was delivered than can have come in order.
fn is_beyond(after: &Hypothesis) -> bool {
    let octets = u32::try_from(after.user.received & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    after.rcv.irs.is_some_and(|irs| (irs + 1 + octets).after(after.rcv.high))
}

/// Whether text in order that the peer pushed (§3.9.1.3) has not been delivered. Urgent octets may be kept apart.
fn is_kept_from_user(after: &Hypothesis) -> bool {
    let octets = u32::try_from(after.user.received & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    let read = after.rcv.irs.map(|irs| irs + 1 + octets);
    let pushed = after.rcv.pushed.filter(|_| !after.rcv.urgent && !after.user.released);
    let open = after.takes_text() || after.state == State::CloseWait;
    open && read.zip(pushed).is_some_and(|(read, pushed)| pushed.after(read))
}

/// CLOSE. Where text may still wait to be sent, the state may change at once or when the FIN leaves.
fn closed(before: &Hypothesis, calling: &mut Calling<'_>) -> Result<(), &'static Rule> {
    let mut after = *before;
    let already = after.user.closed;
    after.user.closed = true;
    let mut keep = |hypothesis: Hypothesis| calling.out.push(hypothesis);
    match before.state {
        // The call is for a connection that is gone, not for the listener that remains.
        State::Listen if before.rcv.known => keep(after),
        State::Listen => {
            after.listening = Listening::No;
            keep(after.gone(&CLOSE_LISTEN, calling.at));
        }
        State::SynSent => keep(after.gone(&CLOSE_SYN_SENT, calling.at)),
        State::SynReceived => {
            keep(after);
            keep(after.moved(State::FinWait1, &CLOSE_SYN_RECEIVED, calling.at));
        }
        State::Established if already => keep(after),
        State::Established => keep(after.moved(State::FinWait1, &CLOSE_ESTABLISHED, calling.at)),
        State::CloseWait => {
            keep(after);
            keep(after.moved(State::LastAck, &CLOSE_CLOSE_WAIT, calling.at));
        }
        State::Closed
        | State::FinWait1
        | State::FinWait2
        | State::Closing
        | State::LastAck
        | State::TimeWait => keep(after),
    }
    Ok(())
}

/// ABORT: a reset is owed where the peer knows of the connection; elsewhere the record just goes.
fn aborted(before: &Hypothesis, calling: &Calling<'_>) -> Hypothesis {
    let mut after = *before;
    after.user.aborted = true;
    after.user.closed = true;
    let rule = abort_rule(before.state);
    match before.state {
        State::SynReceived | State::Established | State::FinWait1 | State::FinWait2 | State::CloseWait => {
            after.owed.forgive();
            after.owing(rule, Debt::AnyReset, calling.at + calling.endpoint.slack)
        }
        State::Closed => after,
        State::Listen if before.rcv.known => after,
        State::Listen => {
            after.listening = Listening::No;
            after.gone(rule, calling.at)
        }
        State::SynSent | State::Closing | State::LastAck | State::TimeWait => after.gone(rule, calling.at),
    }
}
