//! Whether a segment is acceptable, as far as it is known where RCV.NXT and the window stand.
//!
//! Spec: RFC 9293 §3.4, §3.10.7.4.
use stackdrill_wire::{Segment, Seq};

use crate::hypothesis::Hypothesis;

/// The outcome of the acceptability test.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Acceptable {
    /// Under every reading.
    Yes,
    /// Under none.
    No,
    /// It depends on the reading, and both are lawful.
    Either,
}

/// Tries the test under every lawful reading of RCV.NXT and of the window's edge.
///
/// Where readings part: RCV.NXT may not be known exactly; the window offered is rounded down to its scale; an
/// earlier offer must still be honoured (RFC 7323 §2.4); an empty segment at the right edge, or above the last
/// acknowledgment sent, may be let in for its ACK (§3.10.7.4 and appendix A.2).
pub(super) fn test(before: &Hypothesis, segment: &Segment) -> Acceptable {
    let rcv = &before.rcv;
    let (Some(edge), Some(furthest)) = (rcv.edge, rcv.furthest) else { return Acceptable::Either };
    if rcv.low == rcv.high && segment.seq == rcv.low && edge.after(segment.end()) {
        return Acceptable::Yes;
    }
    let unit = before.own_shift().map_or(0, |shift| (1_u32 << shift) - 1);
    let (mut some, mut all) = (lenient(rcv.acked, edge, segment), true);
    for nxt in [rcv.low, rcv.high] {
        for edge in [edge, furthest, furthest + unit] {
            let one = strict(nxt, edge, segment);
            some |= one;
            all &= one;
        }
    }
    match (some, all) {
        (_, true) => Acceptable::Yes,
        (false, false) => Acceptable::No,
        (true, false) => Acceptable::Either,
    }
}

/// The four cases of table 6.
fn strict(nxt: Seq, edge: Seq, segment: &Segment) -> bool {
    let window = edge.since(nxt);
    let first = segment.seq;
    let last = segment.end() - 1;
    match (segment.length(), window) {
        (0, 0) => first == nxt,
        (0, _) => first.within(nxt, window),
        (_, 0) => false,
        (_, _) => first.within(nxt, window) || last.within(nxt, window),
    }
}

/// What a stack may let in beyond table 6.
fn lenient(acked: Seq, edge: Seq, segment: &Segment) -> bool {
    let empty = segment.length() == 0 && segment.seq.at_or_after(acked) && segment.seq.at_or_before(edge);
    let straddles = segment.length() > 0 && segment.seq.before(edge) && segment.end().after(edge);
    empty || straddles && segment.seq.at_or_before(acked)
}
