//! Octets that came twice: the first block of a selective acknowledgment says which.
//!
//! Spec: RFC 2883 §4.
use stackdrill_wire::option::SackBlocks;
use stackdrill_wire::{Flags, Segment, Seq};

use crate::tcp::action::Context;
use crate::tcp::connection::Connection;
use crate::tcp::receive::{MOST_WINDOW, ReceiveSpace};

impl Connection {
    /// Text arrives, of which some may be here already: the next acknowledgment says so, and only that one.
    ///
    /// Spec: RFC2883:4-first-block-dsack RFC2883:4-reported-once RFC2883:4.3-with-paws.
    pub(crate) fn note_duplicate(&mut self, segment: &Segment, cx: &Context<'_>) {
        if !cx.policy.duplicate_sack || !self.terms.sack || segment.text.is_empty() {
            return;
        }
        let start = segment.seq + u32::from(segment.has(Flags::SYN));
        let known = first_known(&self.receive, (start, start + segment.text.len() as u32));
        self.twice = known.or(self.twice);
    }
}

/// The first octets between two numbers that are here already. What of them is beyond a gap stays where it is, in the
/// block touched last, which therefore comes second. What lies before the peer's first octet never came, nor what lies on
/// the other side of the circle.
///
/// Spec: RFC2883:4.2-partial-duplicate RFC2883:4-second-block-larger RFC2883:4.1-examples.
fn first_known(receive: &ReceiveSpace, (start, end): (Seq, Seq)) -> Option<(Seq, Seq)> {
    let (first, nxt) = (receive.irs + 1, receive.nxt);
    if !(start.after(nxt - MOST_WINDOW) && start.before(nxt + MOST_WINDOW)) {
        return None;
    }
    if start.before(nxt) {
        let early = first.at_or_before(nxt) && start.before(first);
        return (!early).then_some((start, end.earliest(nxt)));
    }
    let overlaps = receive.islands.blocks().map(|(from, to)| (from.latest(start), to.earliest(end)));
    overlaps.filter(|(from, to)| from.before(*to)).min_by_key(|(from, _)| from.since(start))
}

/// Whether the first block tells of something received twice: it lies below the acknowledgment, or in the second.
///
/// Spec: RFC2883:5-compare-with-own-ack.
pub(crate) fn reports_duplicate(segment: &Segment) -> bool {
    let blocks = segment.options.sack();
    match blocks.as_slice() {
        [(start, end), rest @ ..] => {
            let inside = |&(from, to): &(Seq, Seq)| start.at_or_after(from) && end.at_or_before(to);
            end.at_or_before(segment.ack) || rest.first().is_some_and(inside)
        }
        [] => false,
    }
}

/// The blocks that tell of text beyond a gap.
///
/// Spec: RFC2883:2-sender-tolerates.
pub(crate) fn ordinary(segment: &Segment) -> SackBlocks {
    let blocks = segment.options.sack();
    let skipped = usize::from(reports_duplicate(segment));
    SackBlocks::new(blocks.as_slice().get(skipped..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    /// Proves: RFC2883:4.2-partial-duplicate RFC2883:4-second-block-larger.
    #[test]
    fn the_first_range_that_is_known_counts() {
        let origin = Seq(u32::MAX - 1500);
        let mut receive = ReceiveSpace::new(65_535);
        receive.synchronize(origin, 0);
        let at = |octets: u32| origin + 1 + octets;
        for (from, octets) in [(0, 1000), (2000, 500), (3000, 500)] {
            receive.take(at(from), &Bytes::from(vec![7; octets]));
        }
        for (start, end, known) in [
            (0, 1000, Some((0, 1000))),
            (500, 1500, Some((500, 1000))),
            (1000, 2000, None),
            (1500, 2200, Some((2000, 2200))),
            (2100, 2200, Some((2100, 2200))),
            (1000, 4000, Some((2000, 2500))),
            (2500, 3100, Some((3000, 3100))),
            (500, 4000, Some((500, 1000))),
            (3500, 4000, None),
        ] {
            let expected = known.map(|(from, to)| (at(from), at(to)));
            assert_eq!(first_known(&receive, (at(start), at(end))), expected, "{start} to {end}");
        }
        assert_eq!(first_known(&receive, (origin, at(100))), None, "it begins with the SYN");
        for far in [1000, 2400, 2500] {
            let across = at(far) + (1 << 31);
            assert_eq!(first_known(&receive, (across - 100, across + 400)), None, "{far}");
        }
    }
}
