//! RFC 5681: how much a sender may have in flight.
//!
//! Which controller a sender runs does not show, so only what all of them keep is asked for: the standard one, CUBIC
//! (RFC 9438), and controllers that model the path and grow by up to 2.9 times a round trip.
use stackdrill_wire::{Flags, Seq};

use crate::hypothesis::Hypothesis;
use crate::pace::holds;
use crate::rfc3168::is_answered;
use crate::rfc6298::{probes, shows_time, shut};
use crate::rule::{Ruling, Sending, rules};

rules! {
    RULES;
    /// At first no more than ten segments are in flight.
    INITIAL_WINDOW = "RFC5681:3.1-initial-window", Must, Whole, "new text before any was acknowledged" => initial_window;
    /// The window grows by no more than what was acknowledged, as often as any known controller counts it.
    GROWTH = "RFC5681:3.1-slow-start-growth", Must, Whole, "new text after some was acknowledged" => growth;
    /// A timeout leaves one segment in flight, until something is heard.
    LOSS_WINDOW = "RFC5681:3.1-rto-loss-window", Must, Whole, "text other than the first in flight, after a timeout and in silence" => loss_window;
    /// Without SACK nothing is sent again for fewer than three duplicate acknowledgments.
    AGGRESSIVE = "RFC5681:3-not-more-aggressive", Must, Whole, "the first octet of a long flight sent again within a round trip, something received since but fewer than three duplicate acknowledgments, no SACK" => aggressive;
    /// A loss never makes the window wider: no more new text leaves than duplicate acknowledgments say has arrived.
    SMALLER = "RFC5681:3.2-step2-ssthresh", Must, Whole, "new text within a round trip of a fast retransmit, after which nothing new was acknowledged, of a sender that was at rest, no SACK" => smaller;
    /// After a pause longer than any timeout no more than the first window leaves until something is acknowledged.
    RESTART = "RFC5681:4.1-restart-window", Should, Whole, "new text after such a pause" => restart;
    /// The third duplicate acknowledgment brings back what is missing, not the timer.
    FAST = "RFC5681:3.2-fast-retransmit", Should, Whole, "the first octet of a long flight sent again for the first time, after three duplicate acknowledgments in a row and nothing else, no SACK" => fast;
    /// Text beyond a gap is acknowledged at once.
    OUT_OF_ORDER = "RFC5681:3.2-ack-out-of-order-now", Should, Whole, "text beyond a gap";
    /// Text that fills a gap, or a part of it, is acknowledged at once.
    GAP_FILLED = "RFC5681:3.2-ack-gap-fill-now", Should, Whole, "text in order while text beyond a gap is held";
}

/// RFC 6928 §2. It also names 14600 octets, which stacks with larger segments do not keep; RFC 5681 lets nobody be
/// accused by it, for the number is an experiment's.
const MOST_SEGMENTS: u64 = 10;

/// How often an acknowledged octet may count: once (RFC 5681), twice (RFC 3465), or nearly three times.
const MOST_GAIN: u64 = 3;

/// Below this a peer's MSS asks for less than stacks go down to.
const LEAST_JUDGED: u16 = 64;

/// The most that one segment may carry.
pub(crate) fn segment(before: &Hypothesis) -> Option<u64> {
    let mss = before.theirs?.mss.unwrap_or(1220);
    (mss >= LEAST_JUDGED).then(|| u64::from(mss))
}

/// The number after this segment's text, if some of it is new.
pub(crate) fn fresh_end(x: &Sending<'_>) -> Option<Seq> {
    let snd = &x.before.snd;
    let plain = x.before.is_connected() && !x.segment.flags.any(Flags::RST | Flags::SYN | Flags::FIN);
    let fresh = plain && snd.known && snd.iss.is_some() && !x.segment.text.is_empty();
    (fresh && x.segment.end().after(snd.nxt)).then(|| x.segment.end())
}

/// Octets in flight once this new text has left, and what a segment may carry.
fn flight(x: &Sending<'_>) -> Option<(u64, u64)> {
    let end = fresh_end(x).filter(|_| shows_time(x.endpoint))?;
    // What SACK says has arrived is in flight no longer.
    let arrived = x.before.pace.arrived;
    let segment = segment(x.before).filter(|_| arrived == 0 || probes(x.before) == 0)?;
    // Each duplicate acknowledgment may let a segment out: limited transmit (RFC 3042), the inflation of recovery.
    let inflated = u64::from(arrived) * segment;
    Some((u64::from(end.since(x.before.snd.una)).saturating_sub(inflated), segment))
}

fn initial_window(x: &Sending<'_>) -> Ruling {
    match flight(x) {
        Some((flight, segment)) if x.before.pace.acknowledged <= 1 => {
            Ruling::wants(flight <= MOST_SEGMENTS * segment)
        }
        Some(_) | None => Ruling::Abstains,
    }
}

fn growth(x: &Sending<'_>) -> Ruling {
    match flight(x) {
        Some((flight, segment)) if x.before.pace.acknowledged > 1 => {
            Ruling::wants(flight <= MOST_SEGMENTS * segment + MOST_GAIN * x.before.pace.acknowledged)
        }
        Some(_) | None => Ruling::Abstains,
    }
}

/// A controller that models the path keeps its window instead, and spreads it over a round trip.
fn restart(x: &Sending<'_>) -> Ruling {
    if !x.before.repair.restarted {
        return Ruling::Abstains;
    }
    flight(x).map_or(Ruling::Abstains, |(flight, segment)| Ruling::wants(flight <= MOST_SEGMENTS * segment))
}

/// "At once" is within the shortest round trip: no timer is that short.
fn fast(x: &Sending<'_>) -> Ruling {
    let Some(third) = x.before.repair.third else { return Ruling::Abstains };
    let (pace, snd) = (&x.before.pace, &x.before.snd);
    let again = snd.known && !x.segment.text.is_empty() && holds(x.segment.seq, x.segment.end(), snd.una);
    let alone = pace.arrived == pace.duplicates && pace.doubled == 0 && !pace.complained && !shut(x.before);
    let judged = again && alone && shows_time(x.endpoint) && probes(x.before) == 0;
    let long = |segment: u64| u64::from(snd.nxt.since(snd.una)) >= 4 * segment;
    match (segment(x.before).filter(|_| judged), pace.shortest()) {
        (Some(segment), Some(shortest)) if long(segment) => {
            Ruling::wants(x.at.since(third) <= shortest + x.endpoint.slack)
        }
        (_, _) => Ruling::Abstains,
    }
}

/// Neither the timer nor three duplicate acknowledgments can have asked for it. Early retransmit (RFC 5827) asks for
/// fewer, but only where less than four segments are in flight.
fn aggressive(x: &Sending<'_>) -> Ruling {
    let (pace, snd) = (&x.before.pace, &x.before.snd);
    let few = pace.arrived > 0 && pace.duplicates <= 2 && !pace.complained && probes(x.before) == 0;
    let again = snd.known && !x.segment.text.is_empty() && holds(x.segment.seq, x.segment.end(), snd.una);
    let long = |segment: u64| u64::from(snd.nxt.since(snd.una)) >= 4 * segment;
    let judged = few && again && x.before.is_connected() && shows_time(x.endpoint) && !shut(x.before);
    let left = x.record.flight.last(snd.una).map(|left| x.at.since(left) + x.endpoint.slack);
    match (segment(x.before).filter(|_| judged), left, pace.shortest()) {
        (Some(segment), Some(left), Some(shortest)) if long(segment) => Ruling::wants(left >= shortest),
        (_, _, _) => Ruling::Abstains,
    }
}

/// The RFC has the window at half of what was in flight, CUBIC at seven tenths (RFC 9438 §4.6), and a controller that models
/// the path conserves packets for a round trip: none lets out more than arrives.
fn smaller(x: &Sending<'_>) -> Ruling {
    let pace = &x.before.pace;
    let judged = shows_time(x.endpoint) && probes(x.before) == 0 && !pace.complained && pace.duplicates >= 3;
    let (Some((recover, began)), Some(end), Some(trip)) =
        (x.before.repair.began.filter(|_| judged), fresh_end(x), pace.shortest())
    else {
        return Ruling::Abstains;
    };
    match segment(x.before).filter(|_| x.at.since(began) < trip) {
        Some(segment) => Ruling::wants(u64::from(end.since(recover)) <= u64::from(pace.arrived) * segment),
        None => Ruling::Abstains,
    }
}

/// A tail loss probe is no timeout and does not shrink the window; nor need a window shrink that a mark has shrunk.
fn loss_window(x: &Sending<'_>) -> Ruling {
    let (pace, snd) = (&x.before.pace, &x.before.snd);
    let quiet = pace.timeouts > probes(x.before) && !pace.heard && !shut(x.before) && snd.edge.is_some();
    let other = !x.segment.text.is_empty() && !x.segment.flags.any(Flags::RST | Flags::SYN);
    let judged =
        quiet && other && x.segment.seq.after(snd.una) && shows_time(x.endpoint) && !is_answered(x.before);
    match segment(x.before).filter(|_| judged) {
        Some(segment) => {
            let pressed = u64::from(pace.pressed) + x.segment.text.len() as u64;
            Ruling::wants(pressed <= segment)
        }
        None => Ruling::Abstains,
    }
}
