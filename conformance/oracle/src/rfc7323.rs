//! RFC 7323: window scale, timestamps, PAWS.
use core::time::Duration;

use stackdrill_wire::{Flags, Segment, State};

use crate::hypothesis::{Hypothesis, Stamps};
use crate::obligation::Debt;
use crate::options::Parsed;
use crate::rfc9293::arrives::Arrival;
use crate::rfc9293::arrives::acceptable::Acceptable;
use crate::rule::{Ruling, Sending, rules};

rules! {
    RULES;
    /// Window scale stands on SYNs only, and on a SYN,ACK only if the SYN had it.
    SCALE_ON_SYN = "RFC7323:2.2-wscale-on-syn-only", Must, Itself, "a segment with a window scale option" => scale_on_syn;
    /// No shift above 14 is sent.
    SHIFT_LIMIT = "RFC7323:2.3-shift-limit-14", Must, Itself, "a segment with a window scale option" => shift_limit;
    /// Timestamps stand on a SYN,ACK, and later, only if both SYNs had them.
    STAMPS_AGREED = "RFC7323:3.2-ts-negotiation", Must, Itself, "a segment with timestamps, the peer's SYN in view" => stamps_agreed;
    /// Once agreed, every segment but a reset carries timestamps.
    STAMPS_ALWAYS = "RFC7323:3.2-ts-on-every-segment", Must, Itself, "timestamps agreed, no RST" => stamps_always;
    /// The echo is zero on a segment without ACK, but for a reset, which echoes what caused it (§5.2).
    NO_ECHO = "RFC7323:3.2-tsecr-zero-without-ack", Should, Itself, "timestamps without ACK, no RST" => no_echo;
    /// The timestamp clock never steps back, and does not stand still.
    CLOCK = "RFC7323:5.4-clock-rate", Must, Whole, "timestamps seen exactly, no RST" => clock;
    /// The echo is TS.Recent.
    ECHO = "RFC7323:4.3-ts-recent-rule", Must, Whole, "timestamps agreed and seen exactly, ACK, no RST" => echo;
    /// A segment with an older timestamp is dropped and acknowledged.
    PAWS = "RFC7323:5.3-paws-r1", Must, Whole, "timestamps agreed, an older one arrives";
}

fn scale_on_syn(x: &Sending<'_>) -> Ruling {
    if x.options.shift.is_none() {
        return Ruling::Abstains;
    }
    let asked = !x.segment.has(Flags::ACK) || x.before.theirs.is_none_or(|theirs| theirs.shift.is_some());
    // Where SYNs cross, the SYN,ACK is our own SYN over again, which was free to offer.
    let offered = x.before.mine.is_some_and(|mine| mine.shift.is_some());
    Ruling::wants(x.segment.has(Flags::SYN) && (asked || offered))
}

fn shift_limit(x: &Sending<'_>) -> Ruling {
    x.options.shift.map_or(Ruling::Abstains, |shift| Ruling::wants(shift <= 14))
}

fn stamps_agreed(x: &Sending<'_>) -> Ruling {
    let judged = x.options.stamps.is_some() && x.before.is_connected() && !x.segment.has(Flags::RST);
    // Where SYNs cross, the SYN,ACK is our own SYN over again, which was free to offer.
    let offered = x.segment.has(Flags::SYN) && x.before.mine.is_some_and(|mine| mine.stamps);
    match x.before.theirs {
        Some(theirs) if judged => Ruling::wants(theirs.stamps || offered),
        Some(_) | None => Ruling::Abstains,
    }
}

fn stamps_always(x: &Sending<'_>) -> Ruling {
    let judged = x.before.is_connected() && !x.segment.flags.any(Flags::RST | Flags::SYN);
    match x.before.stamped() {
        Some(true) if judged => Ruling::wants(x.options.stamps.is_some()),
        Some(_) | None => Ruling::Abstains,
    }
}

fn no_echo(x: &Sending<'_>) -> Ruling {
    match x.options.stamps {
        Some((_, echo)) if !x.segment.flags.any(Flags::ACK | Flags::RST) => Ruling::wants(echo == 0),
        Some(_) | None => Ruling::Abstains,
    }
}

/// No clock is slower than a tick a second, of those that are at least approximately proportional to real time (§4.1).
const SLOWEST: Duration = Duration::from_secs(3);

/// The fastest clock that §5.4 allows, of a tick in 59 ns, needs longer to go half way round, and then seems to step back.
const FASTEST: Duration = Duration::from_secs(120);

fn clock(x: &Sending<'_>) -> Ruling {
    let judged = x.endpoint.is_exact() && x.before.is_connected() && !x.segment.has(Flags::RST);
    match (x.options.stamps, x.before.stamps.sent) {
        (Some((value, _)), Some((last, since))) if judged => {
            let passed = x.at.since(since);
            let stands = value == last && passed > SLOWEST + x.endpoint.slack;
            let back = older(value, last) && passed < FASTEST;
            Ruling::wants(!back && !stands)
        }
        (_, _) => Ruling::Abstains,
    }
}

fn echo(x: &Sending<'_>) -> Ruling {
    let judged = x.endpoint.is_exact()
        && x.before.is_connected()
        && x.before.theirs.is_some_and(|theirs| theirs.stamps)
        && x.segment.has(Flags::ACK)
        && !x.segment.has(Flags::RST);
    match (x.options.stamps, x.before.stamps.recent) {
        (Some((_, echo)), Some((low, high))) if judged => {
            Ruling::wants(!older(echo, low) && !older(high, echo))
        }
        (_, _) => Ruling::Abstains,
    }
}

/// Whether an echo can be of something that was sent: not of nothing, nor of a time to come (§4.1).
pub(crate) fn may_echo(before: &Hypothesis, echo: u32) -> bool {
    echo != 0 && before.stamps.sent.is_none_or(|(sent, _)| !older(sent, echo))
}

/// Whether `a` is older than `b` on the circle.
const fn older(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// Whether the segment lacks timestamps that were agreed: it may be dropped in silence (§3.2).
pub(crate) fn lacks_stamps(before: &Hypothesis, segment: &Segment, options: &Parsed) -> bool {
    before.stamped() == Some(true) && options.stamps.is_none() && !segment.has(Flags::RST)
}

/// The PAWS test (§5.3 R1), as far as it is known what TS.Recent is.
pub(crate) fn paws(before: &Hypothesis, segment: &Segment, options: &Parsed) -> Acceptable {
    let tested = before.stamped() == Some(true) && !segment.has(Flags::RST);
    let (Some((value, _)), Some((low, high)), true) = (options.stamps, before.stamps.recent, tested) else {
        return Acceptable::Yes;
    };
    // A SYN in TIME-WAIT has rules of its own (RFC 6191).
    let may_reopen = before.state == State::TimeWait && segment.has(Flags::SYN);
    match (older(value, low), older(value, high)) {
        (true, _) if !may_reopen => Acceptable::No,
        (true, _) | (false, true) => Acceptable::Either,
        (false, false) => Acceptable::Yes,
    }
}

/// How long TS.Recent is believed while the peer is silent.
///
/// Spec: RFC7323:5.5-outdated-ts-recent.
pub(crate) const BELIEVED: Duration = Duration::from_secs(24 * 86_400);

/// After that it is nothing to compare with; a clock of a tick a millisecond has gone half way round besides.
pub(crate) fn outdate(hypothesis: &mut Hypothesis) {
    hypothesis.stamps = Stamps::default();
}

/// What PAWS refuses is dropped and acknowledged.
pub(crate) fn refuse(before: &Hypothesis, arrival: &mut Arrival<'_>) {
    let answered = arrival.at_once(*before, &PAWS, Debt::Answer);
    arrival.keep(answered);
}

/// TS.Recent after an acceptable segment (§4.3): surely taken at or below the last acknowledgment sent, perhaps up
/// to RCV.NXT.
pub(crate) fn restamp(after: &mut Hypothesis, segment: &Segment, options: &Parsed) {
    let (Some((value, _)), Some((low, high))) = (options.stamps, after.stamps.recent) else { return };
    if segment.has(Flags::RST) || segment.seq.after(after.rcv.high) {
        return;
    }
    let newest = if older(high, value) { value } else { high };
    let sure = segment.seq.at_or_before(after.rcv.acked) && !older(value, low);
    after.stamps.recent = Some((if sure { value } else { low }, newest));
}
