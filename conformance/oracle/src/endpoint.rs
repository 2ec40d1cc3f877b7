//! Which endpoint is judged, and from where it is seen.
use core::time::Duration;

use stackdrill_wire::Tuple;

use crate::KeepAlive;

/// Where the tap is, as seen from the endpoint.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Vantage {
    /// Every observation is made at the endpoint, in the order in which it happened there, and none is missed:
    /// scripts, fuzzing, small worlds.
    Exact,
    /// On the endpoint's own host. A received segment shows before the endpoint has processed it; checksums may be
    /// unfilled and segments not yet cut, or already merged, by offload.
    Near,
    /// Between the endpoints, on the wire: what is sent shows as sent, but what shows as received may have been
    /// lost or reordered on its way to the endpoint.
    Middle,
    /// Anywhere: the licences of `Near` and of `Middle` together.
    Unknown,
}

/// The endpoint under judgment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Endpoint {
    /// The connection as this endpoint sees it: `local` is the endpoint.
    pub tuple: Tuple,
    /// Where it is seen from.
    pub vantage: Vantage,
    /// Whether the tap is known to miss no packet. What a missed packet could excuse is `undecided` without this.
    pub complete: bool,
    /// Whether user calls are observed. If not, the user may have called anything at any time.
    pub calls: bool,
    /// Whether the host has room for every connection asked for; if not known, an unanswered SYN is no departure.
    pub ample: bool,
    /// How much later than due an answer may show: clock and scheduling error of a live target; zero in virtual time.
    pub slack: Duration,
    /// Whether the user, or who set the host up, has said how long it waits for a peer: then it may give a connection up at
    /// any time.
    pub impatient: bool,
    /// What the user wants of keep-alives.
    pub keep_alive: KeepAlive,
}

impl Endpoint {
    /// An endpoint whose every event and call is observed as it happens.
    #[must_use]
    pub const fn exact(tuple: Tuple) -> Self {
        Self {
            tuple,
            vantage: Vantage::Exact,
            complete: true,
            calls: true,
            ample: true,
            slack: Duration::ZERO,
            impatient: false,
            keep_alive: KeepAlive::Unknown,
        }
    }

    /// An endpoint seen through a capture: no calls, and perhaps not every packet.
    #[must_use]
    pub const fn captured(tuple: Tuple, vantage: Vantage) -> Self {
        let slack = Duration::from_millis(100);
        let keep_alive = KeepAlive::Unknown;
        Self {
            tuple,
            vantage,
            complete: false,
            calls: false,
            ample: false,
            slack,
            impatient: false,
            keep_alive,
        }
    }

    /// Whether what is received is processed at once and what happens is seen in its order.
    pub(crate) const fn is_exact(&self) -> bool {
        matches!(self.vantage, Vantage::Exact)
    }

    /// Whether the tap is on the endpoint's own host.
    pub(crate) const fn is_near(&self) -> bool {
        matches!(self.vantage, Vantage::Near)
    }

    /// Whether sent segments show as they are on the wire: checksums filled, text cut to size.
    pub(crate) const fn shows_wire(&self) -> bool {
        matches!(self.vantage, Vantage::Exact | Vantage::Middle)
    }

    /// Whether no missed or reordered packet can excuse what is seen.
    pub(crate) const fn sees_whole(&self) -> bool {
        self.complete
    }
}
