//! Text that arrived ahead of its turn.
//!
//! Spec: RFC9293:SHLD-31 RFC9293:3.10.7.4-overlap-reassembly.
use stackdrill_wire::Seq;

/// More islands than this are not kept: the peer sends the rest again. A flood of single octets must not cost more
/// than its window.
const MOST: usize = 64;

/// Islands of text beyond a gap, none touching another, the most recently touched first: the order in which
/// selective acknowledgments name them.
///
/// Spec: RFC2018:3-blocks-isolated RFC2018:4-first-block-latest RFC2018:4-repeat-recent-blocks.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Reassembly(Vec<Island>);

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Island {
    start: Seq,
    octets: Vec<u8>,
}

impl Island {
    fn end(&self) -> Seq {
        self.start + self.octets.len() as u32
    }

    /// Whether the two overlap or adjoin.
    fn touches(&self, start: Seq, end: Seq) -> bool {
        self.start.at_or_before(end) && start.at_or_before(self.end())
    }

    /// Adds the octets of `text` that are not here yet; the two touch.
    fn absorb(&mut self, start: Seq, text: &[u8]) {
        let known = self.end().since(start) as usize;
        let before = self.start.since(start) as usize;
        if let Some(tail) = text.get(known..) {
            self.octets.extend_from_slice(tail);
        }
        if before > 0 {
            let head = text.get(..before.min(text.len())).unwrap_or_default();
            self.octets.splice(..0, head.iter().copied());
            self.start = start;
        }
    }
}

impl Reassembly {
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps `text` for later. What is there already stays as it is.
    pub(crate) fn insert(&mut self, start: Seq, text: &[u8]) {
        let end = start + text.len() as u32;
        let (mut touched, rest): (Vec<_>, Vec<_>) =
            core::mem::take(&mut self.0).into_iter().partition(|island| island.touches(start, end));
        self.0 = rest;
        let mut grown = match touched.len() {
            0 if self.0.len() >= MOST => return,
            0 => Island { start, octets: Vec::new() },
            _ => touched.swap_remove(0),
        };
        grown.absorb(start, text);
        for island in touched {
            grown.absorb(island.start, &island.octets);
        }
        self.0.insert(0, grown);
    }

    /// Takes the text that continues at `next`, if the gap before it is filled.
    pub(crate) fn take(&mut self, next: Seq) -> Option<Vec<u8>> {
        // Everything here ends after `next` or is old; isolated islands leave at most one that matters.
        let at = self.0.iter().position(|island| island.start.at_or_before(next))?;
        let island = self.0.remove(at);
        Some(island.octets.get(next.since(island.start) as usize..).unwrap_or_default().to_vec())
    }

    /// Drops everything from `end` on.
    pub(crate) fn cut(&mut self, end: Seq) {
        self.0.retain(|island| island.start.before(end));
        for island in &mut self.0 {
            island.octets.truncate(end.since(island.start) as usize);
        }
    }

    /// The islands' edges, most recently touched first.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (Seq, Seq)> {
        self.0.iter().map(|island| (island.start, island.end()))
    }

    pub(crate) fn clear(&mut self) {
        self.0 = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A stream of up to 300 octets, and pieces of it: overlapping, repeated, out of order, covering it all.
    fn cut_stream() -> impl Strategy<Value = (Vec<u8>, Vec<core::ops::Range<usize>>)> {
        prop::collection::vec(any::<u8>(), 1..300).prop_flat_map(|stream| {
            let length = stream.len();
            let extra = prop::collection::vec((0..length, 1..40usize), 0..30);
            let cuts = prop::collection::vec(0..length, 0..12);
            (Just(stream), extra, cuts).prop_flat_map(move |(stream, extra, mut cuts)| {
                cuts.extend([0, length]);
                cuts.sort_unstable();
                cuts.dedup();
                let mut pieces: Vec<_> = cuts.windows(2).map(|pair| pair[0]..pair[1]).collect();
                pieces.extend(extra.into_iter().map(|(at, long)| at..(at + long).min(length)));
                (Just(stream), Just(pieces).prop_shuffle())
            })
        })
    }

    proptest! {
        /// Order is invisible: however a stream is cut, overlapped and shuffled, it reads back whole.
        ///
        /// Proves: RFC9293:SHLD-31 RFC9293:3.10.7.4-overlap-reassembly.
        #[test]
        fn order_is_invisible((stream, pieces) in cut_stream(), origin in any::<u32>()) {
            let (mut queue, mut read) = (Reassembly::default(), Vec::new());
            let origin = Seq(origin);
            for piece in pieces {
                let next = origin + read.len() as u32;
                let start = origin + piece.start as u32;
                let known = next.since(start) as usize;
                let Some(text) = stream[piece].get(known..).filter(|text| !text.is_empty()) else { continue };
                queue.insert(start.latest(next), text);
                while let Some(text) = queue.take(origin + read.len() as u32) {
                    read.extend(text);
                }
                let blocks: Vec<_> = queue.blocks().collect();
                for (a, b) in blocks.iter().flat_map(|a| blocks.iter().map(move |b| (a, b))) {
                    prop_assert!(a == b || a.1.before(b.0) || b.1.before(a.0), "{a:?} touches {b:?}");
                }
            }
            prop_assert_eq!(read, stream);
            prop_assert!(queue.is_empty());
        }
    }

    /// Proves: RFC2018:4-first-block-latest RFC2018:3-blocks-isolated.
    #[test]
    fn the_latest_block_comes_first() {
        let mut queue = Reassembly::default();
        for start in [100, 300, 500, 110] {
            queue.insert(Seq(start), &[0; 10]);
        }
        let blocks: Vec<_> = queue.blocks().map(|(start, end)| (start.0, end.0)).collect();
        assert_eq!(blocks, [(100, 120), (500, 510), (300, 310)]);
    }
}
