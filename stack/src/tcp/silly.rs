//! Silly window avoidance at both ends.
//!
//! Spec: RFC 9293 §3.8.6.2 MUST-38 MUST-39.

/// Whether the receiver may move its right edge: by a segment, or by half the buffer, not by crumbs.
///
/// Spec: RFC9293:3.8.6.2.2-edge-held.
pub(crate) fn edge_moves(growth: u32, buffer: u32, mss: u32) -> bool {
    growth > 0 && growth >= (buffer / 2).min(mss)
}

/// Whether a window that is always all the room there is may be that: not where the room is crumbs.
///
/// Spec: RFC9293:MUST-39.
pub(crate) fn room_is_whole(free: u32, buffer: u32, mss: u32) -> bool {
    free >= mss || free >= buffer / 4
}

/// Whether a receiver whose user has just read should say so unasked: the peer could not send a full segment and now
/// can, or half the buffer has become free. More often would cost an ACK for each read.
///
/// Spec: RFC 9293 §3.8.6.2.2.
pub(crate) fn worth_an_update(window: u32, growth: u32, buffer: u32, mss: u32) -> bool {
    edge_moves(growth, buffer, mss) && (growth >= buffer / 2 || window < mss.min(buffer / 2))
}

/// What a sender knows when it decides whether to send now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer {
    /// Octets that wait to be sent for the first time.
    pub(crate) waiting: u32,
    /// Octets that both windows still admit.
    pub(crate) usable: u32,
    /// The effective send MSS.
    pub(crate) mss: u32,
    /// The largest window the peer has ever offered.
    pub(crate) most_window: u32,
    /// Whether nothing is outstanding, or Nagle does not mind: see [`nagle`](super::nagle).
    pub(crate) free: bool,
}

/// Whether the sender should send now. All text counts as pushed: no call can hold a push back.
///
/// Spec: RFC9293:3.8.6.2.1-rule1-full-segment RFC9293:3.8.6.2.1-rule2-pushed-all
/// RFC9293:3.8.6.2.1-rule3-half-window RFC9293:MUST-60.
pub(crate) fn send_now(offer: Offer) -> bool {
    let sendable = offer.waiting.min(offer.usable);
    sendable >= offer.mss
        || (offer.free && sendable > 0 && offer.waiting <= offer.usable)
        || (offer.free && sendable > 0 && sendable >= offer.most_window / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves: RFC9293:3.8.6.2.1-rule1-full-segment RFC9293:3.8.6.2.1-rule2-pushed-all
    /// RFC9293:3.8.6.2.1-rule3-half-window.
    #[test]
    fn a_sender_waits_for_a_worthwhile_segment() {
        let (mss, most_window) = (1000, 8000);
        for (waiting, usable, free, expected) in [
            (5000, 1000, false, true), // a full segment always goes
            (300, 5000, true, true),   // all of it, nothing outstanding
            (300, 5000, false, false), // Nagle
            (5000, 999, true, false),  // the window is silly
            (5000, 0, true, false),
            (0, 5000, true, false),
        ] {
            let offer = Offer { waiting, usable, mss, most_window, free };
            assert_eq!(send_now(offer), expected, "{offer:?}");
        }
        // A peer with a small buffer: half of it is as good as a segment.
        let small = Offer { waiting: 900, usable: 300, mss, most_window: 600, free: true };
        assert!(send_now(small));
        assert!(!send_now(Offer { usable: 299, ..small }));
        assert!(!send_now(Offer { free: false, ..small }));
    }

    /// Proves: RFC9293:3.8.6.2.2-edge-held.
    #[test]
    fn a_receiver_opens_its_window_in_steps() {
        for (growth, buffer, mss, expected) in
            [(0, 0, 0, false), (999, 8000, 1000, false), (1000, 8000, 1000, true), (400, 800, 1000, true)]
        {
            assert_eq!(edge_moves(growth, buffer, mss), expected, "growth {growth} of {buffer}");
        }
    }

    /// Proves: RFC9293:MUST-39.
    #[test]
    fn crumbs_are_no_window_even_where_it_is_all_the_room_there_is() {
        for (free, buffer, mss, expected) in [
            (999, 8000, 1000, false),
            (1000, 8000, 1000, true),
            (199, 800, 1000, false),
            (200, 800, 1000, true),
        ] {
            assert_eq!(room_is_whole(free, buffer, mss), expected, "{free} of {buffer}");
        }
    }
}
