//! Keep-alives: where the user asked for them, when nobody has spoken for long enough, and not before.
//!
//! One shows as an empty segment just below SND.NXT while nothing is outstanding. One with an octet of garbage looks like a
//! retransmission, and is not judged.
//!
//! Spec: RFC 9293 §3.8.4.
use core::time::Duration;

use stackdrill_wire::{Flags, Instant, Segment, State};

use super::queue::waits;
use crate::hypothesis::Hypothesis;
use crate::rfc6298::shut;
use crate::rule::{Rule, Ruling, Sending, rules};
use crate::{Endpoint, Observation};

rules! {
    RULES;
    /// Unless the user asks for them, no keep-alives are sent.
    UNASKED = "RFC9293:MUST-25", Must, Whole, "keep-alives known to be off, nothing outstanding, an empty segment just below SND.NXT" => unasked;
    /// A keep-alive comes only when nothing has arrived for the interval that the user named.
    TOO_SOON = "RFC9293:MUST-26", Must, Whole, "keep-alives asked for with an interval, nothing outstanding, an empty segment just below SND.NXT" => too_soon;
    /// An interval that the user does not name is two hours or more.
    TWO_HOURS = "RFC9293:MUST-28", Must, Whole, "keep-alives asked for without an interval, nothing outstanding, an empty segment just below SND.NXT" => two_hours;
    /// When nobody has spoken for the interval that the user named, a keep-alive is sent.
    DUE = "RFC9293:MUST-27", Must, Whole, "ESTABLISHED, keep-alives asked for with an interval, nothing outstanding, and none sent yet";
}

/// What is known of the keep-alives that the user wants.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum KeepAlive {
    /// Nothing: calls are not seen, or the host's own settings decide.
    #[default]
    Unknown,
    /// None are wanted.
    Off,
    /// Some, after the host's own interval.
    On,
    /// Some, after this interval.
    After(Duration),
}

impl KeepAlive {
    /// Whether there is a time at which one must be sent.
    pub(crate) const fn is_due(self) -> bool {
        matches!(self, Self::After(_))
    }
}

/// The least interval that a host has of its own.
const OWN_LEAST: Duration = Duration::from_secs(2 * 60 * 60);

/// Clocks may be coarse, and hosts look at idle connections now and then: a sixteenth of the interval, and then a second.
const fn error(idle: Duration) -> Duration {
    Duration::from_micros(idle.as_micros() as u64 / 16)
}
const LAG: Duration = Duration::from_secs(1);

/// Since when nobody has spoken.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Quiet {
    /// When the peer was last heard for sure: SND.UNA or RCV.NXT moved.
    heard: Option<Instant>,
    /// When anything last happened.
    stirred: Instant,
    /// When something was last outstanding, since keep-alives were asked for.
    busy: Option<Instant>,
    /// Whether a keep-alive was sent since the peer was last heard.
    probed: bool,
}

impl Quiet {
    /// SND.UNA or RCV.NXT has moved.
    pub(crate) const fn heard(&mut self, at: Instant) {
        self.heard = Some(at);
    }

    /// Takes in what happens, as the readings stand before it.
    pub(crate) fn note(&mut self, observation: &Observation<'_>, readings: &[Hypothesis], at: Instant) {
        match observation {
            Observation::Elapsed | Observation::Seen(_) => return,
            Observation::KeepAlive(_) => self.busy = None,
            Observation::Received(_) | Observation::Deferred(_) => self.probed = false,
            Observation::Sent(segment) => {
                self.probed |= readings.iter().any(|before| probes(before, segment));
            }
            _ => {}
        }
        self.stirred = at;
        if readings.iter().any(|before| !is_idle(before)) {
            self.busy = Some(at);
        }
    }

    /// Nobody is told twice of the same silence.
    pub(crate) const fn told(&mut self) {
        self.probed = true;
    }
}

/// Whether nothing is outstanding, and nothing waits to be sent.
fn is_idle(before: &Hypothesis) -> bool {
    before.snd.known && before.snd.una == before.snd.nxt && !waits(before) && !before.user.unsure
}

/// Whether a segment has the form of a keep-alive.
fn probes(before: &Hypothesis, segment: &Segment) -> bool {
    let below = segment.seq + 1 == before.snd.nxt && segment.length() == 0;
    below && !segment.has(Flags::RST) && before.state.is_synchronized() && is_idle(before) && !shut(before)
}

fn unasked(x: &Sending<'_>) -> Ruling {
    let judged = x.endpoint.keep_alive == KeepAlive::Off && probes(x.before, x.segment);
    if judged { Ruling::Broken } else { Ruling::Abstains }
}

fn too_soon(x: &Sending<'_>) -> Ruling {
    match x.endpoint.keep_alive {
        KeepAlive::After(idle) => waited(x, idle),
        KeepAlive::Unknown | KeepAlive::Off | KeepAlive::On => Ruling::Abstains,
    }
}

fn two_hours(x: &Sending<'_>) -> Ruling {
    match x.endpoint.keep_alive {
        KeepAlive::On => waited(x, OWN_LEAST),
        KeepAlive::Unknown | KeepAlive::Off | KeepAlive::After(_) => Ruling::Abstains,
    }
}

/// Whether a keep-alive comes no sooner than `idle` after the peer was last heard.
fn waited(x: &Sending<'_>, idle: Duration) -> Ruling {
    match x.record.quiet.heard.filter(|_| probes(x.before, x.segment)) {
        Some(heard) => Ruling::wants(x.at.since(heard) + error(idle) + x.endpoint.slack >= idle),
        None => Ruling::Abstains,
    }
}

/// The rule that a connection breaks by not having been probed until `at`. Where something was outstanding when the host looked,
/// it may look again an interval later.
pub(crate) fn overdue(
    before: &Hypothesis,
    endpoint: &Endpoint,
    quiet: &Quiet,
    at: Instant,
) -> Option<&'static Rule> {
    let KeepAlive::After(idle) = endpoint.keep_alive else { return None };
    let since = quiet.busy.map_or(quiet.stirred, |busy| quiet.stirred.max(busy + idle));
    let late = at > since + idle + error(idle) + LAG + endpoint.slack;
    let open = before.state == State::Established && !before.user.released && !before.user.aborted;
    (late && open && !quiet.probed && is_idle(before) && !shut(before)).then_some(&DUE)
}
