//! When an event is due, and when it is too early or too late.
//!
//! Times are script time: microseconds since the start of the script.
use std::fmt;
use std::time::Duration;

use crate::script::{Dialect, EventKind, Script, When};

/// How long a script may take by its own times, each expectation met as late as it allows.
pub(super) fn length(script: &Script) -> Duration {
    let mut now = 0_i64;
    for event in &script.events {
        let due = Due::new(event.when.node, now);
        now = now.max(if matches!(due, Due::Any(_)) { due.start() } else { due.end() });
        if let EventKind::Silence(duration) = &event.kind {
            now = now.saturating_add(duration.node);
        }
    }
    Duration::from_micros(u64::try_from(now).unwrap_or(0))
}

/// The moment or the span in which an event is to happen, once its base is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Due {
    /// `*`: whenever; waiting began at this time.
    Any(i64),
    /// At this time.
    At(i64),
    /// Between these.
    Between(i64, i64),
}

impl Due {
    /// Resolves a time: `base` is when the event before had finished.
    pub(super) const fn new(when: When, base: i64) -> Self {
        match when {
            When::At(at) => Self::At(at),
            When::After(delay) => Self::At(base.saturating_add(delay)),
            When::Any => Self::Any(base),
            When::Between(from, to) => Self::Between(from, to),
            When::AfterBetween(from, to) => Self::Between(base.saturating_add(from), base.saturating_add(to)),
        }
    }

    pub(super) const fn start(self) -> i64 {
        match self {
            Self::Any(at) | Self::At(at) | Self::Between(at, _) => at,
        }
    }

    pub(super) const fn end(self) -> i64 {
        match self {
            Self::Any(_) => i64::MAX,
            Self::At(at) | Self::Between(_, at) => at,
        }
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(_) => f.write_str("any time"),
            Self::At(at) => write!(f, "{} s", Seconds(*at)),
            Self::Between(from, to) => write!(f, "{} to {} s", Seconds(*from), Seconds(*to)),
        }
    }
}

/// Microseconds, shown as seconds with six decimals.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Seconds(pub i64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let micros = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
    }
}

/// How far from its time an event may happen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Tolerance {
    /// Microseconds, whatever the event.
    pub(super) micros: i64,
    /// Millionths of the time since the event before.
    pub(super) share: i64,
}

impl Tolerance {
    /// What holds when a script says nothing: 4 ms, and an eighth (FreeBSD's: a twentieth) of the gap.
    pub(super) const fn standard(dialect: Dialect) -> Self {
        let share = match dialect {
            Dialect::Google => 125_000,
            Dialect::Bsd => 50_000,
        };
        Self { micros: 4_000, share }
    }

    /// The tolerance of an event due at `start`, when the one before was due at `before`.
    pub(super) fn at(self, start: i64, before: Option<i64>) -> i64 {
        let gap = before.map_or(0, |before| start.saturating_sub(before));
        let dynamic = i128::from(gap) * i128::from(self.share) / 1_000_000;
        self.micros.max(i64::try_from(dynamic).unwrap_or(i64::MAX))
    }

    /// Whether `happened` is near enough to `due`; the bounds themselves pass.
    pub(super) fn judge(self, due: Due, before: Option<i64>, happened: i64) -> Result<(), Untimely> {
        let tolerance = self.at(due.start(), before);
        let earliest = due.start().saturating_sub(tolerance);
        let latest = due.end().saturating_add(tolerance);
        if matches!(due, Due::Any(_)) || (earliest <= happened && happened <= latest) {
            Ok(())
        } else {
            Err(Untimely { due, happened, tolerance })
        }
    }
}

/// Something that happened at the wrong time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Untimely {
    pub(super) due: Due,
    pub(super) happened: i64,
    pub(super) tolerance: i64,
}

impl Untimely {
    /// The first and the last moment that it was due at, in script time. At any time: no last one.
    #[must_use]
    pub const fn due(&self) -> (Seconds, Option<Seconds>) {
        let last = match self.due {
            Due::Any(_) => None,
            Due::At(at) | Due::Between(_, at) => Some(Seconds(at)),
        };
        (Seconds(self.due.start()), last)
    }

    /// When it happened, in script time.
    #[must_use]
    pub const fn happened(&self) -> Seconds {
        Seconds(self.happened)
    }

    /// By how much it might have missed its time.
    #[must_use]
    pub const fn tolerance(&self) -> Seconds {
        Seconds(self.tolerance)
    }

    /// Microseconds after (or, negative, before) the time at which it was due.
    #[must_use]
    pub const fn late_by(&self) -> i64 {
        if self.happened < self.due.start() {
            self.happened.saturating_sub(self.due.start())
        } else {
            self.happened.saturating_sub(self.due.end())
        }
    }
}

impl fmt::Display for Untimely {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = self.late_by();
        let way = if by < 0 { "early" } else { "late" };
        write!(
            f,
            "due at {} but happened at {} s, {} s too {way} (tolerance {} s)",
            self.due,
            Seconds(self.happened),
            Seconds(by.saturating_abs()),
            Seconds(self.tolerance)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerance_grows_with_the_gap() {
        let google = Tolerance::standard(Dialect::Google);
        for (start, before, tolerance) in [
            (0, None, 4_000),
            (10_000, Some(0), 4_000),
            (2_000_000, Some(0), 250_000),
            (2_000_000, Some(1_999_999), 4_000),
        ] {
            assert_eq!(google.at(start, before), tolerance, "{before:?} to {start}");
        }
        assert_eq!(Tolerance::standard(Dialect::Bsd).at(1_000_000, Some(0)), 50_000);
    }

    #[test]
    fn the_bounds_themselves_pass() {
        let tolerance = Tolerance::standard(Dialect::Google);
        for (due, happened, passes) in [
            (Due::At(10_000), 6_000, true),
            (Due::At(10_000), 5_999, false),
            (Due::At(10_000), 14_000, true),
            (Due::At(10_000), 14_001, false),
            (Due::Between(10_000, 20_000), 24_000, true),
            (Due::Between(10_000, 20_000), 24_001, false),
            (Due::Any(10_000), 0, true),
        ] {
            assert_eq!(tolerance.judge(due, Some(10_000), happened).is_ok(), passes, "{due:?} {happened}");
        }
    }
}
