//! Resets: the one for a segment that belongs nowhere, and its acceptance.
//!
//! Spec: RFC 9293 §3.5.2, §3.5.3, RFC 5961 §3.2.
use stackdrill_wire::{Flags, Options, Segment, Seq, TcpOption};

use crate::Policy;

/// The RST that answers `segment`, formed so that its sender will believe it; none if it is a RST itself.
///
/// Spec: RFC9293:3.5.2-no-reset-for-reset RFC9293:3.10.7.1-closed-ack-set RFC9293:3.10.7.1-closed-syn
/// RFC9293:3.10.7.1-closed-length-counts.
#[must_use]
pub(crate) fn answer(segment: &Segment, policy: &Policy) -> Option<Segment> {
    if segment.has(Flags::RST) {
        return None;
    }
    let (seq, ack, flags) = match segment.acknowledges() {
        Some(ack) => (ack, Seq(0), Flags::RST),
        None => (Seq(0), segment.end(), Flags::RST | Flags::ACK),
    };
    let mut options = Options::EMPTY;
    if let Some((value, _)) = segment.options.timestamps().filter(|_| policy.reset_timestamps) {
        // Spec: RFC7323:5.2-rst-timestamp.
        push_stamps(&mut options, 0, value);
    }
    let (source, destination) = (segment.destination, segment.source);
    Some(Segment { source, destination, seq, ack, flags, options, ..Segment::default() })
}

/// The timestamps option, aligned as RFC 7323 appendix A shows it.
pub(crate) fn push_stamps(options: &mut Options, value: u32, echo: u32) {
    options.push(TcpOption::NoOperation);
    options.push(TcpOption::NoOperation);
    options.push(TcpOption::Timestamps { value, echo });
}

/// What a RST at `seq` is worth.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Worth {
    /// Nothing: outside the window.
    Nothing,
    /// A challenge: in the window, not at its edge.
    Challenge,
    /// The connection.
    Everything,
}

/// Judges a RST. With a window of zero its edge still counts, and what text it carries never does.
///
/// Spec: RFC5961:3.2-rst-out-of-window RFC5961:3.2-rst-exact RFC5961:3.2-rst-in-window-challenge RFC9293:MUST-66a
/// RFC9293:SHLD-2 RFC9293:3.5.3-rst-in-window-not-exact.
pub(crate) fn judge(seq: Seq, next: Seq, window: u32, protected: bool) -> Worth {
    if seq == next {
        Worth::Everything
    } else if !seq.within(next, window) {
        Worth::Nothing
    } else if protected {
        Worth::Challenge
    } else {
        Worth::Everything
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    /// Proves: RFC9293:3.10.7.1-closed-rst RFC9293:3.10.7.1-closed-ack-set RFC9293:3.10.7.1-closed-syn
    /// RFC9293:3.10.7.1-closed-length-counts RFC9293:3.5.2-no-reset-for-reset.
    #[test]
    fn a_reset_is_formed_to_be_believed() {
        let rst_ack = Flags::RST | Flags::ACK;
        for (flags, octets, expected) in [
            (Flags::SYN, 0, Some((0, 101, rst_ack))),
            (Flags::SYN, 5, Some((0, 106, rst_ack))),
            (Flags::SYN | Flags::FIN, 5, Some((0, 107, rst_ack))),
            (Flags::NONE, 5, Some((0, 105, rst_ack))),
            (Flags::ACK, 5, Some((7, 0, Flags::RST))),
            (Flags::SYN | Flags::ACK, 0, Some((7, 0, Flags::RST))),
            (Flags::RST, 0, None),
            (rst_ack, 5, None),
        ] {
            let text = Bytes::from(vec![0; octets]);
            let (seq, ack) = (Seq(100), Seq(7));
            let segment = Segment { source: 1, destination: 2, seq, ack, flags, text, ..Segment::default() };
            let found = answer(&segment, &Policy::default());
            assert_eq!(found.as_ref().map(|rst| (rst.seq.0, rst.ack.0, rst.flags)), expected, "{flags}");
            assert!(found.is_none_or(|rst| (rst.source, rst.destination) == (2, 1) && rst.text.is_empty()));
        }
    }

    /// Proves: RFC7323:5.2-rst-timestamp.
    #[test]
    fn a_reset_echoes_the_stamp_that_caused_it() {
        let options = Options::of(&[TcpOption::Timestamps { value: 77, echo: 3 }]).unwrap();
        let segment = Segment { flags: Flags::SYN, options, ..Segment::default() };
        let found = answer(&segment, &Policy::default()).unwrap();
        assert_eq!(found.options.timestamps(), Some((0, 77)));
        let silent = Policy { reset_timestamps: false, ..Policy::default() };
        assert_eq!(answer(&segment, &silent).unwrap().options, Options::EMPTY);
    }

    /// Proves: RFC5961:3.2-rst-out-of-window RFC5961:3.2-rst-exact RFC5961:3.2-rst-in-window-challenge
    /// RFC9293:MUST-66a.
    #[test]
    fn only_the_exact_number_ends_a_connection() {
        use Worth::{Challenge, Everything, Nothing};
        for next in [50, u32::MAX - 2] {
            for (offset, window, protected, expected) in [
                (0, 10, true, Everything),
                (1, 10, true, Challenge),
                (9, 10, true, Challenge),
                (10, 10, true, Nothing),
                (-1, 10, true, Nothing),
                (0, 0, true, Everything),
                (1, 0, true, Nothing),
                (9, 10, false, Everything),
                (10, 10, false, Nothing),
            ] {
                let seq = Seq(u32::wrapping_add_signed(next, offset));
                assert_eq!(judge(seq, Seq(next), window, protected), expected, "offset {offset}");
            }
        }
    }
}
