//! A segment arrives for a connection that does not exist.
//!
//! Spec: RFC 9293 §3.10.7.1.
use stackdrill_wire::{Clause, Segment, rfc};

use crate::Policy;

/// Why the reset is sent.
pub const SPEC: Clause = rfc(9293, "§3.10.7.1");

/// The RST that answers `segment`; none if it is a RST itself.
///
/// Spec: RFC9293:3.10.7.1-closed-ack-set RFC9293:3.10.7.1-closed-syn RFC9293:3.10.7.1-closed-length-counts.
#[must_use]
pub fn arrives(segment: &Segment, policy: &Policy) -> Option<Segment> {
    let _ = (segment, policy);
    todo!()
}
