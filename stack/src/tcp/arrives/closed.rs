//! A segment arrives for a connection that does not exist.
//!
//! Spec: RFC 9293 §3.10.7.1.
use stackdrill_wire::{Clause, Flags, Segment, rfc};

use crate::policy::Hides;
use crate::tcp::action::{Action, Context};
use crate::tcp::reset;

/// Why the reset is sent.
pub const SPEC: Clause = rfc(9293, "§3.10.7.1");

/// Answers `segment` with a RST, unless it is one itself. Its text is discarded.
///
/// Spec: RFC9293:3.10.7.1-closed-rst RFC9293:3.10.7.1-closed-ack-set RFC9293:3.10.7.1-closed-syn
/// RFC9293:3.5-fig10-half-open-data RFC9293:3.10.7.1-closed-data-dropped.
pub fn arrives(segment: &Segment, cx: &mut Context<'_>) {
    let hidden = match cx.policy.hides {
        Hides::Nothing => false,
        Hides::Syns => segment.has(Flags::SYN),
        Hides::All => true,
    };
    if hidden {
        return;
    }
    if let Some(reset) = reset::answer(segment, cx.policy) {
        cx.act(Action::Send(reset), SPEC);
    }
}
