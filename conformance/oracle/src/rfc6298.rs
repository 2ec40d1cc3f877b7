//! RFC 6298: how long a retransmission timer may wait, and how long at most.
//!
//! A timer is judged only by what nothing else can have caused: the first octet in flight leaves again, and nothing
//! has arrived since it left before. A tail loss probe (RFC 8985 §7) looks the same, comes before the first timeout,
//! and is never sooner than a round trip either.
use core::time::Duration;

use stackdrill_wire::{Flags, Instant, State};

use crate::Endpoint;
use crate::hypothesis::Hypothesis;
use crate::pace::{LEAST_LONGEST, holds};
use crate::rule::{Rule, Ruling, Sending, rules};

rules! {
    RULES;
    /// A timer never resends a segment within the shortest round trip measured, or a minute.
    NEVER_EARLY = "RFC6298:5-never-early", Must, Whole, "the first octet in flight sent again by time alone, a round trip measured" => never_early;
    /// The first round trip measured makes a timeout of three.
    FIRST_SAMPLE = "RFC6298:2.2-first-sample", Must, Whole, "the first octet in flight sent again by time alone within a second, one round trip measured so far, no SACK" => first_sample;
    /// Before a round trip is measured the timer waits a second at least.
    INITIAL = "RFC6298:2.1-initial-rto", Should, Whole, "the first octet in flight sent again by time alone, no round trip measured" => initial;
    /// Each time the timer runs out it then waits twice as long, until a minute at least.
    DOUBLE = "RFC6298:5.5-double", Must, Whole, "the first octet in flight sent again by time alone, twice or more" => double;
    /// A SYN that nobody answers is repeated ever more slowly too.
    DOUBLE_SYN = "RFC6298:5.5-double-syn", Must, Whole, "SYN-SENT or SYN-RECEIVED, a SYN sent for the third time or later" => double_syn;
    /// A timeout is computed from what was measured, or is the host's minimum, which is always the same.
    ONE_FLOOR = "RFC6298:2.3-later-samples", Must, Whole, "the first octet in flight sent again by time alone, once, much later than the round trip" => one_floor;
    /// After a SYN that was lost data waits three seconds.
    AFTER_SYN = "RFC6298:5.7-syn-timeout-3s", Must, Whole, "the first text sent again by time alone for the first time, a SYN sent again by time alone, no round trip measured, no SACK, no timestamps" => after_syn;
    /// What nobody acknowledges is sent again when the timeout has passed.
    OVERDUE = "RFC9293:MUST-18", Must, Whole, "something in flight, the peer's window open";
    /// A shut window is probed.
    PROBE = "RFC9293:MUST-36", Must, Whole, "something to send, the peer's window shut";
    /// A peer that answers probes is not given up, however long its window stays shut.
    HELD_OPEN = "RFC9293:MUST-37", Must, Whole, "the peer's window shut, something to send, a state shown";
}

/// Until when a shut window may go unprobed (§3.8.6.1 of RFC 9293 names no limit beyond the doubling, which may go on while
/// one probe after the other is taken in): the longest that stacks wait.
pub(crate) const PROBED_WITHIN: Duration = Duration::from_secs(120);

/// The least that a timer waits before it has measured anything: a second, less a tenth for coarse clocks.
const INITIAL_LEAST: Duration = Duration::from_millis(900);

/// Three seconds, less a tenth.
const AFTER_SYN_LEAST: Duration = Duration::from_millis(2700);

/// The cap of a timeout may be as low as this.
const LEAST_CEILING: Duration = Duration::from_secs(60);

/// Whether time is seen here as the endpoint has it.
pub(crate) const fn shows_time(endpoint: &Endpoint) -> bool {
    endpoint.is_exact() || endpoint.is_near() && endpoint.sees_whole()
}

/// How long the first octet in flight had waited when nothing but time made the endpoint send it again.
fn waited(x: &Sending<'_>) -> Option<Duration> {
    let (pace, snd) = (&x.before.pace, &x.before.snd);
    let again = snd.known && snd.una.before(snd.nxt) && holds(x.segment.seq, x.segment.end(), snd.una);
    let judged = again && !pace.heard && !x.segment.has(Flags::RST) && shows_time(x.endpoint);
    // Another SYN than the first may be another OPEN.
    let same = !x.segment.has(Flags::SYN) || snd.iss == Some(x.segment.seq);
    pace.base.filter(|_| judged && same).map(|base| x.at.since(base) + x.endpoint.slack)
}

fn never_early(x: &Sending<'_>) -> Ruling {
    // RFC 6298 §5.3 only recommends that progress restarts the timer, so it may run from where the octet left.
    let left = x.record.flight.last(x.before.snd.una).map(|left| x.at.since(left) + x.endpoint.slack);
    match (waited(x), left, x.before.pace.shortest()) {
        (Some(_), Some(left), Some(shortest)) => Ruling::wants(left >= shortest.min(LEAST_CEILING)),
        (_, _, _) => Ruling::Abstains,
    }
}

/// A timer that still waits a second may not have measured the handshake. Of the three round trips one is allowed for coarse
/// clocks.
fn first_sample(x: &Sending<'_>) -> Ruling {
    let pace = &x.before.pace;
    let left = x.record.flight.last(x.before.snd.una).map(|left| x.at.since(left) + x.endpoint.slack);
    let judged = waited(x).is_some() && pace.samples == 1 && probes(x.before) == 0 && !shut(x.before);
    match (left.filter(|left| judged && *left < INITIAL_LEAST), pace.shortest()) {
        (Some(left), Some(trip)) => Ruling::wants(left >= 2 * trip),
        (_, _) => Ruling::Abstains,
    }
}

/// Timestamps would have measured the handshake nonetheless. A tenth is allowed for coarse clocks.
fn after_syn(x: &Sending<'_>) -> Ruling {
    let (pace, snd) = (&x.before.pace, &x.before.snd);
    if !pace.lost_syn || pace.samples > 0 || pace.timeouts > 0 || snd.iss.is_none_or(|iss| snd.una != iss + 1)
    {
        return Ruling::Abstains;
    }
    match waited(x).filter(|_| is_timed(x) && x.before.stamped() == Some(false)) {
        Some(waited) => Ruling::wants(waited >= AFTER_SYN_LEAST),
        None => Ruling::Abstains,
    }
}

fn initial(x: &Sending<'_>) -> Ruling {
    match (waited(x), x.before.pace.shortest()) {
        (Some(waited), None) => Ruling::wants(waited >= INITIAL_LEAST),
        (_, _) => Ruling::Abstains,
    }
}

/// Clocks may be coarse: a quarter is allowed for.
fn doubled(x: &Sending<'_>) -> Ruling {
    match (waited(x), x.before.pace.waited) {
        (Some(now), Some(last)) => Ruling::wants(now * 5 / 4 >= (last * 2).min(LEAST_CEILING)),
        (_, _) => Ruling::Abstains,
    }
}

fn double(x: &Sending<'_>) -> Ruling {
    if x.segment.has(Flags::SYN) || shut(x.before) || x.before.pace.timeouts <= probes(x.before) {
        return Ruling::Abstains;
    }
    doubled(x)
}

fn double_syn(x: &Sending<'_>) -> Ruling {
    let opening = matches!(x.before.state, State::SynSent | State::SynReceived);
    if opening && x.segment.has(Flags::SYN) { doubled(x) } else { Ruling::Abstains }
}

/// Whether what time alone sends again is sent by the retransmission timer: a tail loss probe is not, and a shut window
/// has a timer of its own.
pub(crate) fn is_timed(x: &Sending<'_>) -> bool {
    !shut(x.before) && probes(x.before) == 0 && !x.segment.has(Flags::SYN)
}

fn one_floor(x: &Sending<'_>) -> Ruling {
    match waited(x).filter(|_| is_timed(x)).and_then(|waited| x.before.pace.floor_after(waited)) {
        Some(left) => Ruling::wants(left.is_some()),
        None => Ruling::Abstains,
    }
}

/// How many resendings may be tail loss probes, which are not spaced as timeouts are: one, and only with SACK.
pub(crate) fn probes(before: &Hypothesis) -> u8 {
    let sack = |offer: Option<crate::hypothesis::Offer>| offer.is_none_or(|offer| offer.sack);
    u8::from(sack(before.mine) && sack(before.theirs))
}

/// Whether the peer's window is shut, as far as is known.
pub(crate) fn shut(before: &Hypothesis) -> bool {
    before.snd.edge.is_some_and(|edge| edge.at_or_before(before.snd.una))
}

/// The rule that something in flight breaks by not having been sent again until `at`.
pub(crate) fn overdue(before: &Hypothesis, endpoint: &Endpoint, at: Instant) -> Option<&'static Rule> {
    let base = before.pace.base.filter(|_| shows_time(endpoint))?;
    if at.since(base) <= LEAST_LONGEST {
        return None;
    }
    if !before.snd.una.before(before.snd.nxt) || matches!(before.state, State::Closed | State::Listen) {
        return None;
    }
    let (rule, longest) = if shut(before) || before.snd.edge.is_none() {
        (&PROBE, before.pace.longest().max(PROBED_WITHIN))
    } else {
        (&OVERDUE, before.pace.longest())
    };
    (at > base + longest + endpoint.slack).then_some(rule)
}
