//! Nagle: one small segment outstanding is enough.
//!
//! Spec: RFC9293:SHLD-7 RFC9293:3.7.4-nagle-full-segment-goes RFC9293:3.7.4-nagle-ignores-push.
use crate::Policy;
use crate::tcp::send::SendSpace;

/// Whether a segment smaller than a full one may go. `outstanding` says that something is which it would wait for.
///
/// `last` says that it carries our FIN or an urgent octet: nothing would come to fill it, or it must not wait.
///
/// Spec: RFC9293:MUST-17.
pub(crate) const fn small_may_go(nagle: bool, outstanding: bool, last: bool) -> bool {
    !nagle || !outstanding || last
}

/// Whether something is outstanding that a small segment waits for: anything, or in the modification of RFC 9293 §A.3
/// only another small one.
pub(crate) const fn makes_wait(send: &SendSpace, policy: &Policy) -> bool {
    match policy.nagle_waits_for_small {
        true => send.small.is_some(),
        false => send.una.0 != send.nxt.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves: RFC9293:SHLD-7 RFC9293:MUST-17.
    #[test]
    fn a_small_segment_waits_for_what_is_outstanding() {
        assert!(small_may_go(true, false, false), "nothing outstanding");
        assert!(!small_may_go(true, true, false), "something outstanding");
        assert!(small_may_go(false, true, false), "switched off");
        assert!(small_may_go(true, true, true), "nothing will follow");
    }
}
