//! Nagle: one small segment outstanding is enough.
//!
//! Spec: RFC9293:SHLD-7 RFC9293:3.7.4-nagle-full-segment-goes RFC9293:3.7.4-nagle-ignores-push.

/// Whether a segment smaller than a full one may go.
///
/// `last` says that it carries our FIN or an urgent octet: nothing would come to fill it, or it must not wait.
///
/// Spec: RFC9293:MUST-17.
pub(crate) const fn small_may_go(nagle: bool, outstanding: u32, last: bool) -> bool {
    !nagle || outstanding == 0 || last
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves: RFC9293:SHLD-7 RFC9293:MUST-17.
    #[test]
    fn a_small_segment_waits_for_what_is_outstanding() {
        assert!(small_may_go(true, 0, false), "nothing outstanding");
        assert!(!small_may_go(true, 1, false), "something outstanding");
        assert!(small_may_go(false, 1, false), "switched off");
        assert!(small_may_go(true, 1, true), "nothing will follow");
    }
}
