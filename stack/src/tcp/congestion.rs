//! Congestion control: laws that hear what the path says and answer with a window.
//!
//! Recovery decides what to resend and inflates its own window meanwhile; a law only knows the window to come back
//! to. Cubic and `HyStart` are rooms still to be built.
//!
//! Spec: RFC 5681.
use core::fmt;

use crate::Policy;
use crate::policy::InitialWindow;

pub(crate) mod reno;
mod used;

pub(crate) use reno::Reno;
pub(crate) use used::Used;

/// What the path just told the sender. New knowledge is a new variant, never a new argument.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Signal {
    /// So many octets of new data were acknowledged outside recovery.
    Acked {
        /// Octets.
        octets: u32,
    },
    /// Something was lost.
    Lost(Loss),
    /// Recovery is over; so many octets are outstanding.
    Recovered {
        /// Octets.
        flight: u32,
    },
    /// Nothing was sent for longer than one RTO.
    Idle,
    /// Segments have another size, and the window goes on to hold as many of them.
    Sized {
        /// The size before, in octets.
        from: u32,
    },
}

/// How a loss showed itself, with FlightSize in octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Loss {
    /// By duplicate acknowledgments.
    DuplicateAcks {
        /// FlightSize.
        flight: u32,
    },
    /// By a mark that the peer echoed: nothing was lost, and yet.
    Marked {
        /// FlightSize.
        flight: u32,
    },
    /// By the timer, for the first time for this segment.
    Timeout {
        /// FlightSize.
        flight: u32,
    },
    /// By the timer, again for the same segment.
    TimeoutAgain,
}

/// How a sender sees the path.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Congested {
    /// Nothing is amiss.
    #[default]
    Open,
    /// Something arrived out of order, or is lost.
    Disorder,
    /// The window was reduced without a loss: the path said so (ECN).
    Reduced,
    /// A loss is being repaired without having waited for the timer.
    Recovery,
    /// The timer expired, and what was out then is not all acknowledged.
    Loss,
}

/// What every law is told beside the signal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<'a> {
    pub(crate) mss: u32,
    pub(crate) policy: &'a Policy,
}

/// A congestion law.
pub(crate) trait Congestion: fmt::Debug {
    /// Octets which may be in flight.
    fn window(&self) -> u32;
    /// The slow start threshold, in octets.
    fn threshold(&self) -> u32;
    fn hear(&mut self, signal: Signal, path: Path<'_>);
}

/// The laws there are: closed, so that a connection stays a value.
///
/// Spec: RFC9293:MAY-18.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Law {
    /// RFC 5681.
    Reno(Reno),
}

impl Congestion for Law {
    fn window(&self) -> u32 {
        match self {
            Self::Reno(reno) => reno.window(),
        }
    }

    fn threshold(&self) -> u32 {
        match self {
            Self::Reno(reno) => reno.threshold(),
        }
    }

    fn hear(&mut self, signal: Signal, path: Path<'_>) {
        match self {
            Self::Reno(reno) => reno.hear(signal, path),
        }
    }
}

/// The window before anything is known of the path, in octets.
///
/// Spec: RFC5681:3.1-initial-window RFC6928:2-iw10.
pub(crate) fn initial_window(path: Path<'_>) -> u32 {
    let mss = path.mss;
    match path.policy.initial_window {
        InitialWindow::Rfc5681 if mss > 2190 => 2 * mss,
        InitialWindow::Rfc5681 if mss > 1095 => 3 * mss,
        InitialWindow::Rfc5681 => 4 * mss,
        InitialWindow::Rfc6928 => (10 * mss).min((2 * mss).max(14_600)),
        InitialWindow::Segments(count) => u32::from(count).saturating_mul(mss),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves: RFC5681:3.1-initial-window RFC6928:2-iw10.
    #[test]
    fn initial_windows() {
        use InitialWindow::{Rfc5681, Rfc6928, Segments};
        for (initial_window_policy, mss, expected) in [
            (Rfc5681, 2191, 4382),
            (Rfc5681, 2190, 6570),
            (Rfc5681, 1096, 3288),
            (Rfc5681, 1095, 4380),
            (Rfc5681, 536, 2144),
            (Rfc6928, 536, 5360),
            (Rfc6928, 1460, 14_600),
            (Rfc6928, 4000, 14_600),
            (Rfc6928, 8960, 17_920),
            (Segments(10), 4000, 40_000),
        ] {
            let policy = Policy { initial_window: initial_window_policy, ..Policy::default() };
            assert_eq!(
                initial_window(Path { mss, policy: &policy }),
                expected,
                "{initial_window_policy:?} {mss}"
            );
        }
    }
}
