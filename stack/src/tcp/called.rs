//! The user calls: SEND, RECEIVE, CLOSE, ABORT, STATUS.
//!
//! Spec: RFC 9293 §3.10.1 to §3.10.6.
use bytes::Bytes;
use stackdrill_wire::{Clause, rfc};

use crate::Policy;
use crate::tcp::action::{Context, Failure};
use crate::tcp::congestion::{Congested, Congestion};
use crate::tcp::connection::Connection;
use crate::tcp::event::{Answer, Call, Received, Refusal, Status};
use crate::tcp::silly;
use crate::tcp::stage::{Phase, Stage};

pub(crate) const OPEN: Clause = rfc(9293, "§3.10.1");
pub(crate) const CLOSE: Clause = rfc(9293, "§3.10.4");
const ABORT: Clause = rfc(9293, "§3.10.5");
/// A window worth announcing.
const UPDATE: Clause = rfc(9293, "§3.8.6.2.2");
/// Text that nobody will read.
const LOST: Clause = rfc(9293, "§3.6.1 SHLD-3");

pub(crate) fn called(c: &mut Connection, call: Call, cx: &mut Context<'_>) -> Result<Answer, Refusal> {
    if c.phase == Phase::Closed && !(matches!(call, Call::Receive { .. }) && c.receive.readable() > 0) {
        return gone(c, &call);
    }
    match call {
        Call::Send { text, urgent } => send(c, &text, urgent),
        Call::Receive { most, peek } => Ok(Answer::Received(receive(c, most, peek))),
        Call::Shutdown => shutdown(c, cx),
        Call::Close => close(c, cx),
        Call::Abort => Ok(abort(c, cx)),
    }
}

/// What a connection answers that is over: why, if it failed; the end of the stream, if it ended.
///
/// Spec: RFC9293:3.10.2-send-closed RFC9293:3.10.3-receive-closed RFC9293:3.10.4-close-closed
/// RFC9293:3.10.5-abort-closed.
fn gone(c: &Connection, call: &Call) -> Result<Answer, Refusal> {
    match (c.failure, call) {
        (Some(failure), _) => Err(Refusal::Failed(failure)),
        (None, Call::Receive { .. }) if c.receive.ended() => {
            Ok(Answer::Received(Received { end: true, ..Received::default() }))
        }
        (None, _) => Err(Refusal::NoConnection),
    }
}

/// Spec: RFC9293:3.10.2-send-syn-sent RFC9293:3.10.2-send-established RFC9293:3.10.2-send-after-close
/// RFC9293:3.10.2-send-no-space RFC9293:3.10.2-send-urgent RFC9293:3.8.5-urgent-needs-data RFC9293:MUST-31
/// RFC9293:MAY-16 RFC9293:3.10.2-send-syn-received.
fn send(c: &mut Connection, text: &Bytes, urgent: bool) -> Result<Answer, Refusal> {
    if c.send.fin || c.closing {
        return Err(Refusal::Closing);
    }
    let accepted = c.room().min(text.len());
    if accepted == 0 && !text.is_empty() {
        return Err(Refusal::Full);
    }
    c.send.append(text.get(..accepted).unwrap_or_default());
    if urgent && accepted > 0 {
        c.send.up = Some(c.send.end());
    }
    Ok(Answer::Accepted(accepted))
}

/// Spec: RFC9293:3.10.3-receive-open-states RFC9293:3.10.3-receive-close-wait RFC9293:3.10.3-receive-closing-states
/// RFC9293:3.10.3-receive-urgent-notice RFC9293:3.10.3-receive-before-established.
fn receive(c: &mut Connection, most: usize, peek: bool) -> Received {
    let text = c.receive.receive(most, peek);
    let left = c.receive.readable() - if peek { text.len().min(c.receive.readable()) } else { 0 };
    let (window, growth) = (c.receive.window(), c.receive.growth());
    let mss = u32::from(c.announced_mss());
    let listens = matches!(c.phase, Phase::Synchronized(stage) if stage.receives());
    if listens && !peek && silly::worth_an_update(window, growth, c.receive.capacity(), mss) {
        c.delayed_ack.now(UPDATE);
    }
    Received { end: left == 0 && c.receive.ended(), urgent: c.receive.urgent(), text }
}

/// The RFC's CLOSE.
///
/// Spec: RFC9293:3.10.4-close-syn-sent RFC9293:3.10.4-close-syn-received-idle
/// RFC9293:3.10.4-close-syn-received-data RFC9293:3.10.4-close-established RFC9293:3.10.4-close-close-wait
/// RFC9293:3.10.4-close-fin-wait RFC9293:3.10.4-close-late-states.
fn shutdown(c: &mut Connection, cx: &mut Context<'_>) -> Result<Answer, Refusal> {
    let next = match c.phase {
        Phase::Closed => return Err(Refusal::NoConnection),
        Phase::SynSent => {
            c.over(CLOSE, cx);
            return Ok(Answer::Ok);
        }
        Phase::Synchronized(Stage::SynReceived) if c.closing => return Err(Refusal::Closing),
        Phase::Synchronized(Stage::SynReceived) if c.send.queued() > 0 => {
            c.closing = true;
            return Ok(Answer::Ok);
        }
        Phase::Synchronized(Stage::SynReceived | Stage::Established) => Stage::FinWait1,
        Phase::Synchronized(Stage::CloseWait) => Stage::LastAck,
        Phase::Synchronized(
            Stage::FinWait1 | Stage::FinWait2 | Stage::Closing | Stage::LastAck | Stage::TimeWait,
        ) => return Err(Refusal::Closing),
    };
    c.send.fin = true;
    c.enter(Phase::Synchronized(next), CLOSE, cx);
    Ok(Answer::Ok)
}

/// A close after which nobody reads: text that waits is lost, and the peer hears of it.
///
/// Spec: RFC9293:MAY-1 RFC9293:SHLD-3.
fn close(c: &mut Connection, cx: &mut Context<'_>) -> Result<Answer, Refusal> {
    let lost = c.receive.readable() > 0 && c.reading;
    c.reading = false;
    c.receive.discard();
    if lost && cx.policy.reset_on_lost_data && resets(c) {
        c.send_reset(LOST, cx);
        c.over(LOST, cx);
        return Ok(Answer::Ok);
    }
    match shutdown(c, cx) {
        Err(Refusal::Closing) => {
            c.wait_for_fin(cx);
            Ok(Answer::Ok)
        }
        other => other,
    }
}

/// Spec: RFC9293:3.10.5-abort-syn-sent RFC9293:3.10.5-abort-established RFC9293:3.10.5-abort-late-states
/// RFC6429:4-persist-may-be-killed.
fn abort(c: &mut Connection, cx: &mut Context<'_>) -> Answer {
    if resets(c) {
        c.send_reset(ABORT, cx);
    }
    c.failure = Some(Failure::Aborted);
    c.receive.flush();
    c.over(ABORT, cx);
    Answer::Ok
}

/// Whether the end of the connection is news to the peer.
///
/// Spec: RFC9293:3.10.5-abort-syn-received RFC9293:3.10.5-abort-fin-wait-1 RFC9293:3.10.5-abort-fin-wait-2
/// RFC9293:3.10.5-abort-close-wait.
const fn resets(c: &Connection) -> bool {
    match c.phase {
        Phase::Closed | Phase::SynSent => false,
        Phase::Synchronized(stage) => match stage {
            Stage::SynReceived
            | Stage::Established
            | Stage::FinWait1
            | Stage::FinWait2
            | Stage::CloseWait => true,
            Stage::Closing | Stage::LastAck | Stage::TimeWait => false,
        },
    }
}

impl Connection {
    /// How the path is seen.
    fn congested(&self) -> Congested {
        let timed_out = self.send.cursor.is_some() || self.patience.retransmissions() > 0;
        if timed_out { Congested::Loss } else { self.fast.congested() }
    }

    /// The connection's variables: what STATUS answers.
    ///
    /// Spec: RFC9293:3.10.6-status-states RFC9293:3.9.1.5-status-contents.
    #[must_use]
    pub fn status(&self, policy: &Policy) -> Status {
        let estimate = self.rto.estimate();
        Status {
            tuple: self.tuple,
            state: self.state(),
            iss: self.send.iss,
            snd_una: self.send.una,
            snd_nxt: self.send.nxt,
            snd_wnd: self.send.wnd,
            irs: self.receive.irs,
            rcv_nxt: self.receive.nxt,
            rcv_wnd: self.receive.window(),
            queued: self.send.queued() as u32,
            readable: self.receive.readable() as u32,
            send_mss: self.mss,
            congestion_window: self.fast.window(&self.law, self.mss),
            slow_start_threshold: self.law.threshold(),
            srtt: estimate.map(|estimate| estimate.srtt),
            rttvar: estimate.map(|estimate| estimate.rttvar),
            rto: self.rto.current(policy),
            retransmissions: self.patience.retransmissions(),
            backed_off: self.rto.backed_off(),
            timestamps: self.terms.stamps,
            selective_acknowledgments: self.terms.sack,
            shifts: self.terms.scale.map(|shifts| (shifts.peer, shifts.own)),
            announced_mss: u32::from(self.told_mss(policy)),
            path_mtu: self.mtu,
            probes: self.probed.max(self.probes),
            congested: self.congested(),
            recover: self.fast.recover(),
            delayed_ack: self.settings.delayed_ack,
            marks: self.ecn.on,
            opened_with_text: self.fast_open.taken,
            opened_early: self.fast_open.early,
        }
    }
}
