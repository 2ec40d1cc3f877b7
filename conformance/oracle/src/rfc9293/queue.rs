//! What the user asked to be sent, and what becomes of it.
//!
//! Spec: RFC 9293 §3.8.6.2.1, §3.9.1.2, §3.10.2, §3.10.4.
use core::time::Duration;

use stackdrill_wire::{Flags, Instant, Seq, State};

use super::closing::{CLOSE_CLOSE_WAIT, CLOSE_ESTABLISHED};
use crate::Endpoint;
use crate::hypothesis::Hypothesis;
use crate::rfc6298::{PROBE, PROBED_WITHIN, shut};
use crate::rule::{Rule, Ruling, Sending, rules};

rules! {
    RULES;
    /// What the user gave is sent, a whole segment at once where nothing keeps it back, and no more than that.
    QUEUED_TEXT = "RFC9293:3.10.2-send-established", Must, Whole, "user calls are seen, new text, or a segment of it waits, nothing in flight, the peer's window open" => queued_text;
    /// RECEIVE delivers no more than came in order, and something if anything was pushed.
    DELIVERED = "RFC9293:3.10.3-receive-open-states", Must, Whole, "RECEIVE seen exactly";
    /// Text does not wait for ever in front of an open window and an idle line.
    NOT_KEPT_BACK = "RFC9293:MUST-60", Must, Whole, "user calls are seen, text queued, nothing in flight, the peer's window open";
    /// The last of what is queued is pushed.
    PUSHED = "RFC9293:MUST-61", Must, Whole, "user calls are seen, new text up to the last octet queued" => pushed;
    /// No crumb of what is queued is sent while a whole segment, or all of it, may go.
    NO_CRUMBS = "RFC9293:MUST-38", Must, Whole, "user calls are seen as they happen, new text, nothing in flight, the peer's window open" => no_crumbs;
}

/// The override timeout of §3.8.6.2.1 ends every wait within a second; coarse clocks get another.
const KEPT_AT_MOST: Duration = Duration::from_secs(2);

/// SEND segmentizes what it is given and sends it (§3.10.2). With nothing in flight neither Nagle's algorithm nor the
/// congestion window keeps a whole segment back, nor does silly window avoidance, whose shortest override is this; pacing
/// may, for a round trip.
const SENT_WITHIN: Duration = Duration::from_millis(100);

/// Below this a peer's MSS asks for less than stacks go down to.
const LEAST_JUDGED: u32 = 64;

/// So many octets fit every segment, even over a path of 68 octets (RFC 791), beside as many of options.
const CRUMB: usize = 8;
const FEW_OPTIONS: u16 = 12;

/// The number after the last octet that the user may have given.
pub(crate) fn queue_end(before: &Hypothesis) -> Option<Seq> {
    let octets = u32::try_from(before.user.queued & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    before.snd.iss.map(|iss| iss + 1 + octets)
}

/// The number after this segment's text, if any of it is new and calls are seen.
pub(super) fn new_end(x: &Sending<'_>) -> Option<Seq> {
    let text = u32::try_from(x.segment.text.len()).unwrap_or(u32::MAX);
    let end = x.segment.seq + text;
    let judged = x.endpoint.calls && x.endpoint.is_exact() && x.before.state.is_synchronized();
    let new = x.before.snd.known && text > 0 && end.after(x.before.snd.nxt);
    (judged && new && !x.segment.flags.any(Flags::RST | Flags::SYN)).then_some(end)
}

fn queued_text(x: &Sending<'_>) -> Ruling {
    match (new_end(x), queue_end(x.before)) {
        (Some(end), Some(last)) => Ruling::wants(end.at_or_before(last)),
        (_, _) => Ruling::Abstains,
    }
}

/// A FIN says as much as PSH does. A probe of a shut window is not judged: whether what no window has room for is the
/// "last buffered segment" can be read either way.
fn pushed(x: &Sending<'_>) -> Ruling {
    let last = queue_end(x.before).filter(|_| !x.before.user.unsure && !shut(x.before));
    match (new_end(x), last) {
        (Some(end), Some(last)) if end == last => Ruling::wants(x.segment.flags.any(Flags::PSH | Flags::FIN)),
        (_, _) => Ruling::Abstains,
    }
}

/// With nothing in flight every congestion window has room for a segment, so the peer's window alone decides: from a full
/// segment on, or if all that waits fits, rules 1 and 2 of §3.8.6.2.1 send that much. A lagging clock would not show
/// what was queued when the segment left; with ECN a window of less than a segment is possible (RFC 3168 §6.1.2).
fn no_crumbs(x: &Sending<'_>) -> Ruling {
    let snd = &x.before.snd;
    let idle = snd.una == snd.nxt && x.segment.seq == snd.nxt && !x.before.user.unsure;
    let plain = x.before.mine.is_some_and(|mine| !mine.asks_ecn()) && x.endpoint.slack.is_zero();
    let plain = plain && x.options.octets <= FEW_OPTIONS;
    let full = x.before.theirs.map(|theirs| u32::from(theirs.mss.unwrap_or(1220)));
    let full = full.filter(|full| idle && plain && *full >= LEAST_JUDGED);
    let (Some(_), Some(last), Some(edge), Some(full)) = (new_end(x), queue_end(x.before), snd.edge, full)
    else {
        return Ruling::Abstains;
    };
    let (waiting, usable) = (last.since(snd.nxt), edge.since(snd.nxt));
    if edge.before(snd.nxt) || usable < waiting.min(full) {
        return Ruling::Abstains;
    }
    Ruling::wants(x.segment.text.len() > CRUMB || x.segment.text.len() as u64 >= u64::from(waiting))
}

/// Whether something waits to be sent while nothing is in flight.
pub(crate) fn waits(before: &Hypothesis) -> bool {
    let idle = before.state.is_synchronized() && before.snd.known && before.snd.una == before.snd.nxt;
    let text = queue_end(before).is_some_and(|end| end.after(before.snd.nxt));
    let fin = before.user.closed && before.snd.fin.is_none();
    idle && !before.user.unsure && !before.user.aborted && (text || fin) && before.snd.fin.is_none()
}

/// Whether a whole segment of it might go, or a FIN alone, which nothing but the peer's window holds back. With ECN a window
/// of less is possible (RFC 3168 §6.1.2).
pub(crate) fn waits_whole(before: &Hypothesis) -> bool {
    let snd = &before.snd;
    let plain = before.mine.is_some_and(|mine| !mine.asks_ecn()) && !before.marks();
    let full = before.theirs.map(|theirs| u32::from(theirs.mss.unwrap_or(1220)));
    let room = |end: Option<Seq>, full: u32| end.is_some_and(|end| end.at_or_after(snd.nxt + full));
    let last = queue_end(before) == Some(snd.nxt) && room(snd.edge, 1);
    full.is_some_and(|full| {
        let whole = full >= LEAST_JUDGED && room(queue_end(before), full) && room(snd.edge, full);
        plain && (whole || last)
    })
}

/// The rule that something queued breaks by not having been sent until `at`.
pub(crate) fn overdue(before: &Hypothesis, endpoint: &Endpoint, at: Instant) -> Option<&'static Rule> {
    let trip = before.pace.trips.map_or(Duration::ZERO, |(_, longest)| longest);
    let prompt = endpoint.calls && endpoint.is_exact() && endpoint.slack.is_zero() && waits(before);
    let text = queue_end(before).is_some_and(|end| end.after(before.snd.nxt));
    let early = matches!(before.state, State::FinWait1 | State::Established);
    let fin: &'static Rule = if early { &CLOSE_ESTABLISHED } else { &CLOSE_CLOSE_WAIT };
    if before.pace.whole.is_some_and(|whole| prompt && at > whole + SENT_WITHIN + trip) {
        return Some(if text { &QUEUED_TEXT } else { fin });
    }
    let ready = before.pace.ready.filter(|_| endpoint.calls && endpoint.is_exact() && waits(before))?;
    let edge = before.snd.edge?;
    let (rule, most): (&'static Rule, Duration) = if shut(before) {
        (&PROBE, before.pace.longest().max(PROBED_WITHIN))
    } else if edge.since(before.snd.una) < before.snd.widest / 2 {
        // A sliver of a window: silly window avoidance waits for the override timeout, or probes.
        (&NOT_KEPT_BACK, before.pace.longest().max(PROBED_WITHIN))
    } else if text {
        (&NOT_KEPT_BACK, KEPT_AT_MOST)
    } else {
        (fin, KEPT_AT_MOST)
    };
    (at > ready + most + endpoint.slack).then_some(rule)
}
