//! Where the segments end that were sent and not acknowledged, for a sender that counts them, or sends them again as they
//! are.
//!
//! Spec: RFC 9293 §3.8.6, which lets a sender repackage what it sends again, and asks nobody to.
use std::collections::VecDeque;

use stackdrill_wire::Seq;

/// The pieces of text in flight, in order.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Pieces(VecDeque<Piece>);

/// A segment as it was first sent.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Piece {
    /// The number after its text.
    end: Seq,
    pushed: bool,
}

impl Pieces {
    /// Text up to `end` was sent for the first time.
    pub(crate) fn sent(&mut self, end: Seq, pushed: bool) {
        self.0.push_back(Piece { end, pushed });
    }

    /// Everything before `ack` is acknowledged.
    pub(crate) fn acknowledged(&mut self, ack: Seq) {
        while self.0.pop_front_if(|piece| piece.end.at_or_before(ack)).is_some() {}
    }

    /// None is longer than `most` octets any more; what is in flight begins at `una`.
    pub(crate) fn cut(&mut self, una: Seq, most: u32) {
        let most = most.max(1);
        let mut start = una;
        for Piece { end, pushed } in core::mem::take(&mut self.0) {
            while end.since(start) > most {
                start += most;
                self.sent(start, false);
            }
            self.sent(end, pushed);
            start = end;
        }
    }

    /// How many whole pieces lie before `seq`. O(log n).
    pub(crate) fn until(&self, seq: Seq) -> u32 {
        self.0.partition_point(|piece| piece.end.at_or_before(seq)) as u32
    }

    /// As many whole pieces from `seq` on as `most` octets hold, and whether one of them was pushed; `None` if the first is
    /// larger, or was never noted.
    pub(crate) fn whole(&self, seq: Seq, most: u32) -> Option<(u32, bool)> {
        let ahead = self.0.iter().skip(self.until(seq) as usize);
        let fits = ahead.take_while(|piece| piece.end.since(seq) <= most);
        fits.fold(None, |whole, piece| {
            let (_, pushed) = whole.unwrap_or_default();
            Some((piece.end.since(seq), pushed || piece.pushed))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_pieces_are_joined_and_none_is_cut() {
        let mut pieces = Pieces::default();
        for (end, pushed) in [(400, true), (900, false), (1900, false), (2000, true)] {
            pieces.sent(Seq(end), pushed);
        }
        for (seq, most, expected) in [
            (100, 1000, Some((800, true))),
            (400, 1000, Some((500, false))),
            (900, 1000, Some((1000, false))),
            (900, 999, None), // it has become too large
            (1500, 1000, Some((500, true))),
            (2000, 1000, None),
        ] {
            assert_eq!(pieces.whole(Seq(seq), most), expected, "{most} from {seq}");
        }
        let counts = [100, 400, 899, 900, 3000].map(|seq| pieces.until(Seq(seq)));
        assert_eq!(counts, [0, 1, 1, 2, 4]);
        pieces.acknowledged(Seq(950));
        assert_eq!(pieces.0.len(), 2);
        pieces.cut(Seq(950), 400);
        assert_eq!(pieces.0.iter().map(|piece| piece.end.0).collect::<Vec<_>>(), [1350, 1750, 1900, 2000]);
        assert_eq!(pieces.whole(Seq(1750), 400), Some((250, true)));
        pieces.acknowledged(Seq(2000));
        assert_eq!(pieces, Pieces::default());
    }
}
