//! A segment arrives in one of the other eight states: eight checks, eight functions, in the RFC's order.
//!
//! Spec: RFC 9293 §3.10.7.4.
use bytes::Bytes;
use stackdrill_wire::{Clause, Flags, Segment, Seq, rfc};

use crate::tcp::acceptable::acceptable;
use crate::tcp::action::{Action, Context, Failure, Signal};
use crate::tcp::challenge;
use crate::tcp::connection::Connection;
use crate::tcp::paws;
use crate::tcp::receive::Taken;
use crate::tcp::reset::{self, Worth};
use crate::tcp::stage::{Phase, Stage};
use crate::tcp::timers::Timer;
use crate::tcp::{delayed_ack, time_wait, urgent};

pub(crate) const SPEC: Clause = rfc(9293, "§3.10.7.4");

/// Whether the next check follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Then {
    Continue,
    Return,
}
use Then::{Continue, Return};

/// The segment, reduced to what lies inside the window.
///
/// Spec: RFC9293:3.10.7.4-overlap-reassembly RFC9293:3.10.7.4-trim-beyond-window.
#[derive(Debug)]
struct Arriving<'a> {
    /// As it came.
    segment: &'a Segment,
    /// Where the new part begins.
    seq: Seq,
    /// The new text.
    text: Bytes,
    /// Whether a FIN stands behind it, inside the window.
    fin: bool,
}

impl<'a> Arriving<'a> {
    fn trimmed(segment: &'a Segment, next: Seq, window: u32) -> Self {
        let start = segment.seq + u32::from(segment.has(Flags::SYN));
        let length = segment.text.len() as u32;
        let old = next.since(start).min(length);
        let seq = start + old;
        let fits = (next + window).since(seq).min(length - old);
        let text = segment.text.slice(old as usize..(old + fits) as usize);
        let fin_at = start + length;
        let fin = segment.has(Flags::FIN) && fin_at.at_or_after(next) && fin_at.before(next + window);
        Self { segment, seq, text, fin }
    }
}

/// The eight checks.
const CHECKS: [fn(&mut Connection, &mut Arriving<'_>, &mut Context<'_>) -> Then; 8] =
    [sequence, rst, security, syn, ack, urg, text, fin];
/// The sixth check: where a SYN,ACK that opened a connection goes on.
const URGENT: usize = 5;

pub(crate) fn arrives(c: &mut Connection, segment: &Segment, cx: &mut Context<'_>) {
    c.last_heard = cx.now;
    let mut arriving = Arriving::trimmed(segment, c.receive.nxt, c.receive.window());
    run(&CHECKS, c, &mut arriving, cx);
}

/// Goes on with the sixth check.
///
/// Spec: RFC 9293 §3.10.7.3.
pub(crate) fn from_urgent_on(c: &mut Connection, segment: &Segment, cx: &mut Context<'_>) {
    let mut arriving = Arriving::trimmed(segment, c.receive.nxt, c.receive.window());
    run(&CHECKS[URGENT..], c, &mut arriving, cx);
}

fn run(
    checks: &[fn(&mut Connection, &mut Arriving<'_>, &mut Context<'_>) -> Then],
    c: &mut Connection,
    arriving: &mut Arriving<'_>,
    cx: &mut Context<'_>,
) {
    let _ = checks.iter().try_for_each(|check| (check(c, arriving, cx) == Continue).then_some(()));
}

/// First, check sequence number; before it, the timestamp.
///
/// Spec: RFC7323:5.3-paws-before-sequence-check RFC7323:5.2-rst-not-paws-checked RFC7323:3.2-missing-ts-dropped
/// RFC7323:4.3-ts-recent-rule RFC9293:3.10.7.4-seq-unacceptable-rst-silent RFC9293:3.4-send-while-own-window-zero
/// RFC7323:3.2-missing-ts-no-abort RFC7323:5.3-paws-only-on-arrival.
fn sequence(c: &mut Connection, arriving: &mut Arriving<'_>, cx: &mut Context<'_>) -> Then {
    let segment = arriving.segment;
    let (next, window) = (c.receive.nxt, c.receive.window());
    if segment.has(Flags::RST) {
        return Continue; // judged by the second check alone: its text never matters
    }
    if c.terms.stamps {
        match segment.options.timestamps() {
            None if cx.policy.timestamps_required => return Return,
            Some((value, _))
                if paws::outdated(c.stamps.recent, value, cx.now, cx.policy.timestamp_lifetime) =>
            {
                return unacceptable(c, segment, paws::SPEC, cx);
            }
            None | Some(_) => {}
        }
    }
    if acceptable(segment.seq, segment.length(), next, window) {
        c.ecn.heard(segment, cx.marked);
        c.note_stamp(segment, cx);
        c.hear_user_timeout(segment, cx);
        return Continue;
    }
    if crossing(c, segment) || (window == 0 && segment.seq == next) {
        // A SYN,ACK that crossed ours, or a window probe: the numbers are old or do not fit, but ACK and URG count.
        // Spec: RFC9293:3.10.7.4-zero-window-valid-ack RFC9293:MUST-66b RFC 9293 §A.2.
        if window == 0 {
            c.ecn.heard(segment, cx.marked);
            c.delayed_ack.now(SPEC);
        }
        return Continue;
    }
    unacceptable(c, segment, SPEC, cx)
}

/// Whether this is the SYN,ACK of a peer whose SYN has crossed ours: figure 7 lets it open the connection.
///
/// Spec: RFC9293:3.5-fig7-simultaneous-open-crossing.
fn crossing(c: &Connection, segment: &Segment) -> bool {
    c.phase == Phase::Synchronized(Stage::SynReceived)
        && !c.passive
        && segment.has(Flags::SYN | Flags::ACK)
        && segment.seq == c.receive.irs
        && segment.ack.after(c.send.una)
        && segment.ack.at_or_before(c.send.max)
}

/// Answers a segment outside the window.
///
/// Spec: RFC9293:3.10.7.4-seq-unacceptable-established RFC9293:3.8.4-answers-keepalive
/// RFC5961:4.2-syn-out-of-window-challenge RFC9293:3.10.7.4-time-wait-fin-again
/// RFC9293:3.5-fig9-established-meets-reboot RFC9293:3.5.2-no-reset-when-unsure
/// RFC9293:3.10.7.4-seq-unacceptable-fin-wait-1 RFC9293:3.10.7.4-seq-unacceptable-fin-wait-2
/// RFC9293:3.10.7.4-seq-unacceptable-close-wait RFC9293:3.10.7.4-seq-unacceptable-closing
/// RFC9293:3.10.7.4-seq-unacceptable-last-ack RFC9293:3.10.7.4-seq-unacceptable-time-wait
/// RFC9293:3.10.7.4-fin-close-wait RFC9293:3.10.7.4-fin-closing RFC9293:3.10.7.4-fin-last-ack.
fn unacceptable(c: &mut Connection, segment: &Segment, clause: Clause, cx: &mut Context<'_>) -> Then {
    let synchronized = c.state().is_synchronized();
    if segment.has(Flags::SYN) && synchronized && cx.policy.blind_syn_protection {
        return challenged(c, challenge::SYN, cx);
    }
    if answered_again(c, segment, clause, cx) {
        return Return;
    }
    if c.phase == Phase::Synchronized(Stage::TimeWait)
        && segment.has(Flags::FIN)
        && segment.end() == c.receive.nxt
    {
        time_wait::restart(c, cx);
    }
    let speaks = !segment.text.is_empty() && !segment.has(Flags::SYN);
    if speaks || c.unacceptable.spend(cx.policy.unacceptable_throttle, cx.now) {
        c.note_duplicate(segment, cx);
        c.delayed_ack.now(clause);
    }
    Return
}

/// Whether this is the peer's SYN once more, before it has heard ours; then it gets the same answer.
///
/// Spec: RFC9293:3.10.7.4-seq-unacceptable-syn-received.
fn answered_again(c: &mut Connection, segment: &Segment, clause: Clause, cx: &mut Context<'_>) -> bool {
    let again = segment.has(Flags::SYN) && !segment.has(Flags::ACK) && segment.seq == c.receive.irs;
    if !again || c.state().is_synchronized() || !cx.policy.syn_ack_again {
        return false;
    }
    // Its time begins anew, as for whatever is sent again. Spec: RFC6298:2.1-initial-rto.
    c.timers.disarm(Timer::Retransmit);
    c.send_syn(clause, cx);
    c.timed = None; // either of the two may be answered
    true
}

/// A challenge ACK, if the throttle lets it go.
///
/// Spec: RFC5961:3.2-rst-second-chance.
fn challenged(c: &mut Connection, clause: Clause, cx: &Context<'_>) -> Then {
    if may_contradict(c, cx) && c.challenges.spend(cx.policy.challenge_throttle, cx.now) {
        c.delayed_ack.now(clause);
    }
    Return
}

/// Whether a segment that is not outside the window, but wrong otherwise, may be answered.
///
/// Spec: RFC5961:7-throttling.
fn may_contradict(c: &mut Connection, cx: &Context<'_>) -> bool {
    !cx.policy.one_throttle || c.unacceptable.spend(cx.policy.unacceptable_throttle, cx.now)
}

/// Second, check the RST bit.
///
/// Spec: RFC9293:3.10.7.4-rst-syn-received-passive RFC9293:3.10.7.4-rst-syn-received-active
/// RFC9293:3.10.7.4-rst-established RFC9293:3.10.7.4-rst-closing RFC9293:3.10.7.4-rst-time-wait RFC9293:MUST-11
/// RFC9293:3.10.7.4-rst-fin-wait-1 RFC9293:3.10.7.4-rst-fin-wait-2 RFC9293:3.10.7.4-rst-close-wait
/// RFC9293:3.10.7.4-rst-last-ack RFC5961:4.2-restarted-peer-recovers.
fn rst(c: &mut Connection, arriving: &mut Arriving<'_>, cx: &mut Context<'_>) -> Then {
    let (Phase::Synchronized(stage), true) = (c.phase, arriving.segment.has(Flags::RST)) else {
        return Continue;
    };
    let protected = cx.policy.blind_reset_protection;
    match reset::judge(arriving.segment.seq, c.receive.nxt, c.receive.window(), protected) {
        Worth::Nothing => return Return,
        Worth::Challenge => return challenged(c, challenge::RESET, cx),
        Worth::Everything => {}
    }
    match stage {
        // Who has had the connection in use hears that it is gone.
        Stage::SynReceived if c.fast_open.early => c.fail(Failure::Reset, SPEC, cx),
        Stage::SynReceived if c.passive => c.back_to_listen(SPEC, cx),
        Stage::SynReceived => c.fail(Failure::Refused, SPEC, cx),
        Stage::Established | Stage::FinWait1 | Stage::FinWait2 | Stage::CloseWait => {
            c.fail(Failure::Reset, SPEC, cx);
        }
        // Spec: RFC1337:3-ignore-rst-in-time-wait.
        Stage::TimeWait if cx.policy.time_wait_ignores_reset => {}
        Stage::Closing | Stage::LastAck | Stage::TimeWait => c.over(SPEC, cx),
    }
    Return
}

/// Third, check security. This stack gives no connection a compartment, so every segment matches.
const fn security(_: &mut Connection, _: &mut Arriving<'_>, _: &mut Context<'_>) -> Then {
    Continue
}

/// Fourth, check the SYN bit.
///
/// Spec: RFC9293:3.10.7.4-syn-syn-received-passive RFC9293:3.10.7.4-syn-syn-received-active
/// RFC9293:3.10.7.4-syn-established RFC9293:3.10.7.4-syn-time-wait RFC6191:2-ts-older-dropped
/// RFC9293:3.10.7.4-syn-fin-wait-1 RFC9293:3.10.7.4-syn-fin-wait-2 RFC9293:3.10.7.4-syn-close-wait
/// RFC9293:3.10.7.4-syn-closing RFC9293:3.10.7.4-syn-last-ack RFC5961:4.2-syn-in-window-challenge
/// RFC5961:4.2-synack-challenge.
fn syn(c: &mut Connection, arriving: &mut Arriving<'_>, cx: &mut Context<'_>) -> Then {
    let segment = arriving.segment;
    if !segment.has(Flags::SYN) || crossing(c, segment) {
        return Continue;
    }
    // Text may reach into the window while its SYN is old: that is trimmed off.
    let inside = segment.seq.within(c.receive.nxt, c.receive.window());
    if c.phase == Phase::Synchronized(Stage::SynReceived) && c.passive {
        if !inside {
            return if answered_again(c, segment, SPEC, cx) { Return } else { Continue };
        }
        match c.fast_open.early {
            true => c.fail(Failure::Reset, SPEC, cx),
            false => c.back_to_listen(SPEC, cx),
        }
        return Return;
    }
    if cx.policy.blind_syn_protection || c.phase == Phase::Synchronized(Stage::TimeWait) {
        return challenged(c, challenge::SYN, cx);
    }
    if !inside {
        return Continue;
    }
    c.send_reset(SPEC, cx);
    c.fail(Failure::Reset, SPEC, cx);
    Return
}

/// Fifth, check the ACK field.
///
/// Spec: RFC9293:3.10.7.4-ack-off-synchronized RFC9293:3.10.7.4-ack-established-too-high RFC5961:5.2-ack-range-low
/// RFC9293:3.5.2-group2-state-kept RFC9293:3.5.2-group3-last-ack-bad-ack RFC9293:3.5.2-group3-time-wait-bad-ack
/// RFC9293:3.10.7.4-ack-off-syn-received RFC9293:3.10.7.4-ack-syn-received-with-data
/// RFC9293:3.10.7.4-ack-too-high-fin-wait-1 RFC9293:3.10.7.4-ack-too-high-fin-wait-2
/// RFC9293:3.10.7.4-ack-too-high-close-wait RFC9293:3.10.7.4-ack-too-high-closing RFC5961:5.2-ack-range-fin.
fn ack(c: &mut Connection, arriving: &mut Arriving<'_>, cx: &mut Context<'_>) -> Then {
    let segment = arriving.segment;
    let Some(ack) = segment.acknowledges() else { return Return };
    if c.phase == Phase::Synchronized(Stage::SynReceived) {
        if ack.at_or_before(c.send.una) || ack.after(c.send.max) {
            if let Some(reset) = reset::answer(segment, cx.policy) {
                // Spec: RFC9293:3.10.7.4-ack-syn-received-bad.
                cx.act(Action::Send(reset), SPEC);
            }
            return Return;
        }
        c.send.set_window(c.scaled(segment), segment.seq, ack);
        c.acknowledged(ack, segment, cx);
        c.establish(SPEC, cx);
        return Continue;
    }
    if ack.after(c.send.max) {
        if may_contradict(c, cx) {
            c.delayed_ack.now(SPEC);
        }
        return Return;
    }
    if cx.policy.blind_data_protection && ack.before(c.send.una - c.send.most_wnd) {
        return challenged(c, challenge::DATA, cx);
    }
    synchronized_ack(c, segment, cx);
    after_ack(c, cx)
}

/// The processing for ESTABLISHED that all later states share. A duplicate is judged by the window before it is
/// taken over.
///
/// Spec: RFC9293:3.10.7.4-ack-established-new RFC9293:3.10.7.4-ack-established-duplicate
/// RFC9293:3.10.7.4-window-update-rule.
fn synchronized_ack(c: &mut Connection, segment: &Segment, cx: &Context<'_>) {
    let (ack, window) = (segment.ack, c.scaled(segment));
    let flight = c.send.outstanding();
    if ack.after(c.send.una) {
        c.acknowledged(ack, segment, cx);
    } else if ack == c.send.una && segment.length() == 0 && window == c.send.wnd {
        c.duplicate(segment, cx);
    }
    if c.ecn.echoes(segment) {
        c.marks_echoed(flight, cx);
    }
    c.send.most_wnd = c.send.most_wnd.max(window);
    if ack.at_or_after(c.send.una) && c.send.updates_window(segment.seq, ack) {
        if (c.send.wnd == 0) != (window == 0) {
            // What was waited for is no longer what is waited for.
            c.timers.disarm(Timer::Persist);
            c.probed = 0;
        }
        if c.send.wnd == 0 && window > 0 && c.send.outstanding() > 0 {
            // The window had shrunk below what was sent: the peer will have dropped it. Spec: RFC9293:SHLD-16.
            c.send.cursor = Some(c.send.una);
        }
        c.send.set_window(window, segment.seq, ack);
    }
    if ack == c.send.una && c.send.wnd == 0 {
        // The peer lives and keeps its window shut. Spec: RFC9293:MUST-37 RFC9293:SHLD-17.
        c.hope(cx);
    }
}

/// What the acknowledgment of our FIN changes.
///
/// Spec: RFC9293:3.10.7.4-ack-fin-wait-1-of-fin RFC9293:3.10.7.4-ack-closing-of-fin
/// RFC9293:3.10.7.4-ack-last-ack-of-fin RFC9293:3.10.7.4-ack-closing-not-fin RFC9293:3.6-fig12-normal-close
/// RFC9293:3.10.7.4-ack-fin-wait-1-not-fin RFC9293:3.10.7.4-ack-fin-wait-2 RFC9293:3.10.7.4-ack-close-wait
/// RFC9293:3.10.7.4-ack-last-ack-not-fin.
fn after_ack(c: &mut Connection, cx: &mut Context<'_>) -> Then {
    let Phase::Synchronized(stage) = c.phase else { return Return };
    let fin_acknowledged = c.send.fin_acknowledged();
    match stage {
        Stage::FinWait1 if fin_acknowledged => {
            c.enter(Phase::Synchronized(Stage::FinWait2), SPEC, cx);
            c.wait_for_fin(cx);
        }
        Stage::Closing if fin_acknowledged => time_wait::enter(c, SPEC, cx),
        Stage::LastAck if fin_acknowledged => {
            c.over(SPEC, cx);
            return Return;
        }
        Stage::Closing | Stage::LastAck => return Return,
        Stage::SynReceived
        | Stage::Established
        | Stage::FinWait1
        | Stage::FinWait2
        | Stage::CloseWait
        | Stage::TimeWait => {}
    }
    Continue
}

/// Sixth, check the URG bit.
///
/// Spec: RFC9293:3.10.7.4-urg-established RFC9293:3.10.7.4-urg-after-fin RFC9293:3.1-urgent-field-needs-urg
/// RFC9293:3.10.7.4-urg-fin-wait-1 RFC9293:3.10.7.4-urg-fin-wait-2.
fn urg(c: &mut Connection, arriving: &mut Arriving<'_>, cx: &mut Context<'_>) -> Then {
    let segment = arriving.segment;
    if segment.has(Flags::URG)
        && receives(c)
        && urgent::note(&mut c.receive, segment.seq + u32::from(segment.urgent))
    {
        cx.act(Action::Tell(Signal::Urgent), SPEC);
    }
    Continue
}

/// Seventh, process the segment text.
///
/// Spec: RFC9293:3.10.7.4-text-established RFC9293:3.10.7.4-text-close-wait RFC5681:3.2-ack-out-of-order-now
/// RFC5681:3.2-ack-gap-fill-now RFC9293:SHLD-3 RFC9293:MAY-13 RFC9293:3.10.7.4-text-fin-wait-1
/// RFC9293:3.10.7.4-text-fin-wait-2 RFC9293:3.10.7.4-text-closing RFC9293:3.10.7.4-text-last-ack
/// RFC9293:3.10.7.4-text-time-wait.
fn text(c: &mut Connection, arriving: &mut Arriving<'_>, cx: &mut Context<'_>) -> Then {
    if c.phase == Phase::Synchronized(Stage::TimeWait) {
        if cx.policy.time_wait_answers_text && !arriving.segment.text.is_empty() {
            c.delayed_ack.now(SPEC);
        }
        return Continue;
    }
    if !receives(c) || arriving.text.is_empty() {
        return Continue;
    }
    if !c.reading && cx.policy.reset_on_lost_data {
        too_late(c, arriving.segment, cx);
        return Return;
    }
    c.note_duplicate(arriving.segment, cx);
    match c.receive.take(arriving.seq, &arriving.text) {
        Taken::Nothing => {}
        Taken::InOrder => c.owe_for_text(arriving.text.len() as u32, cx),
        Taken::Ahead | Taken::Filled => c.delayed_ack.now(delayed_ack::GAP),
    }
    if !c.reading {
        // Nobody will: it is acknowledged and dropped.
        c.receive.discard();
    }
    Continue
}

/// Text for a user who has gone.
///
/// Spec: RFC9293:SHLD-3.
fn too_late(c: &mut Connection, segment: &Segment, cx: &mut Context<'_>) {
    const LOST: Clause = rfc(9293, "§3.6.1 SHLD-3");
    match reset::answer(segment, cx.policy).filter(|_| cx.policy.late_text_has_no_connection) {
        Some(reset) => cx.act(Action::Send(reset), LOST),
        None => c.send_reset(LOST, cx),
    }
    c.over(LOST, cx);
}

/// Eighth, check the FIN bit. A FIN beyond a gap waits for the gap to be filled.
///
/// Spec: RFC9293:3.10.7.4-fin-established RFC9293:3.10.7.4-fin-fin-wait-1-acked
/// RFC9293:3.10.7.4-fin-fin-wait-1-unacked RFC9293:3.10.7.4-fin-fin-wait-2 RFC9293:3.10.7.4-fin-out-of-order
/// RFC9293:3.10.7.4-fin-with-data RFC9293:3.6-remote-close-signalled RFC9293:3.6-own-fin-waits-for-user
/// RFC9293:3.6-fig13-simultaneous-close RFC9293:3.10.7.4-fin-syn-received.
fn fin(c: &mut Connection, arriving: &mut Arriving<'_>, cx: &mut Context<'_>) -> Then {
    if !receives(c) {
        return Return;
    }
    if arriving.fin {
        c.receive.note_fin(arriving.seq, arriving.seq + arriving.text.len() as u32);
    }
    let turn = c.receive.finish();
    // An ACK may ride on what the user says to the end of the stream.
    let waits = turn && c.phase == Phase::Synchronized(Stage::Established) && cx.policy.delays_ack_of_fin;
    if waits {
        c.delayed_ack.end(c.settings.delayed_ack);
    } else if turn || arriving.fin {
        c.delayed_ack.now(SPEC);
    }
    if !turn {
        return Return;
    }
    cx.act(Action::Tell(Signal::Closing), SPEC);
    if c.phase == Phase::Synchronized(Stage::Established) {
        c.enter(Phase::Synchronized(Stage::CloseWait), SPEC, cx);
    } else if c.phase == Phase::Synchronized(Stage::FinWait1) {
        c.enter(Phase::Synchronized(Stage::Closing), SPEC, cx);
    } else {
        time_wait::enter(c, SPEC, cx);
    }
    Return
}

/// Whether text, URG and FIN count in this state.
fn receives(c: &Connection) -> bool {
    matches!(c.phase, Phase::Synchronized(stage) if stage.receives())
}
