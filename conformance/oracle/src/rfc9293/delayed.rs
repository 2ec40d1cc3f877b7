//! How long an acknowledgment may wait.
//!
//! Spec: RFC 9293 §3.8.6.3.
use core::time::Duration;

use stackdrill_wire::Instant;

use crate::rule::rules;

rules! {
    RULES;
    /// Every second full-sized segment is acknowledged at once.
    EVERY_SECOND = "RFC9293:SHLD-19", Should, Whole, "twice the own MSS of text in order";
    /// Text received in order is acknowledged in less than half a second.
    HALF_A_SECOND = "RFC9293:MUST-40", Must, Whole, "text in order";
}

/// The latest moment for an acknowledgment that may be delayed: just under half a second.
pub(crate) fn due(at: Instant, slack: Duration) -> Instant {
    at + Duration::from_micros(499_999) + slack
}
