//! How a sender that loses text repairs it, as far as one reading knows.
use core::time::Duration;

use stackdrill_wire::{Flags, Instant, Seq};

use crate::hypothesis::Hypothesis;
use crate::pace::holds;
use crate::rfc5681::segment;
use crate::rfc9293::queue::queue_end;
use crate::rule::Sending;

/// What was seen of losses and their repair.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Repair {
    /// When text last left for the first time.
    pub(crate) fresh: Option<Instant>,
    /// When text last left at all.
    last: Option<Instant>,
    /// Whether what is in flight began after a pause longer than any timeout.
    pub(crate) restarted: bool,
    /// When the third of three duplicate acknowledgments in a row came, of which nothing was sent again before.
    pub(crate) third: Option<Instant>,
    /// SND.NXT when the first duplicate acknowledgment found the sender at rest, with more to send than it might.
    pub(crate) rested: Option<Seq>,
    /// SND.NXT at a fast retransmit of such a sender, and when that was.
    pub(crate) began: Option<(Seq, Instant)>,
    /// What the peer's echo of marks, or a loss, made of the window.
    pub(crate) reduced: Reduced,
}

/// Whether the window was reduced since the last CWR. RFC 3168 §6.1.2.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) enum Reduced {
    /// Nothing asked for it.
    #[default]
    No,
    /// It may have been.
    Perhaps,
    /// It must have been.
    Surely,
}

/// So many segments in flight leave no doubt that a window of more than one was in use, and that whoever spreads them
/// over a round trip never rests for half of one.
const LONG: u64 = 4;

impl Repair {
    /// Something new was acknowledged: the repair is over, or a part of it.
    pub(crate) const fn progressed(&mut self) {
        (self.rested, self.began) = (None, None);
        (self.restarted, self.third) = (false, None);
    }

    /// The peer echoes a mark; whether it surely asks for a reduction.
    pub(crate) const fn echoed(&mut self, surely: bool) {
        match (self.reduced, surely) {
            (Reduced::No, true) => self.reduced = Reduced::Surely,
            (Reduced::No, false) => self.reduced = Reduced::Perhaps,
            (Reduced::Perhaps | Reduced::Surely, _) => {}
        }
    }
}

/// Whether so many octets in flight are a window that can be reduced.
pub(crate) fn is_long(after: &Hypothesis, flight: u32) -> bool {
    segment(after).is_some_and(|full| u64::from(flight) >= LONG * full)
}

/// A segment arrived that acknowledges nothing new.
pub(crate) fn heard(after: &mut Hypothesis, at: Instant) {
    let (arrived, duplicates) = (after.pace.arrived, after.pace.duplicates);
    if duplicates > 0 && after.repair.reduced == Reduced::No {
        after.repair.reduced = Reduced::Perhaps;
    }
    if (arrived, duplicates, after.pace.doubled) == (3, 3, 0) {
        after.repair.third = Some(at);
    }
    if arrived == 1 && duplicates == 1 {
        after.repair.rested = rests(after, at).then_some(after.snd.nxt);
    } else if arrived != duplicates {
        after.repair.rested = None;
    }
}

/// Whether nothing but the congestion window keeps a sender from sending, and no pacing does: it has sent nothing new for
/// half a round trip.
fn rests(after: &Hypothesis, at: Instant) -> bool {
    let snd = &after.snd;
    let (Some(full), Some((_, trip)), Some(fresh)) = (segment(after), after.pace.trips, after.repair.fresh)
    else {
        return false;
    };
    let room = |edge: Option<Seq>| {
        edge.is_some_and(|edge| edge.after(snd.nxt) && u64::from(edge.since(snd.nxt)) >= full)
    };
    let long = is_long(after, snd.nxt.since(snd.una));
    let quiet = trip > Duration::ZERO && at.since(fresh) >= trip / 2;
    long && quiet && !after.user.unsure && room(snd.edge) && room(queue_end(after))
}

/// A segment leaves.
pub(crate) fn sent(after: &mut Hypothesis, x: &Sending<'_>) {
    let (segment, before) = (x.segment, x.before);
    if segment.has(Flags::CWR) {
        after.repair.reduced = Reduced::No;
    }
    if segment.text.is_empty() || !before.snd.known {
        return;
    }
    if before.snd.una == before.snd.nxt {
        let longest = before.pace.longest();
        after.repair.restarted = before.repair.last.is_some_and(|last| x.at.since(last) > longest);
    }
    after.repair.last = Some(x.at);
    if segment.end().after(before.snd.nxt) {
        after.repair.fresh = Some(x.at);
        return;
    }
    after.repair.reduced = Reduced::Perhaps;
    let first = holds(segment.seq, segment.end(), before.snd.una);
    if let Some(path) = after.snd.path.as_mut().filter(|_| first) {
        path.again = path.again.saturating_add(1);
    }
    let again = first && before.pace.duplicates >= 3;
    if after.repair.rested.is_some() && again && after.repair.began.is_none() {
        after.repair.began = Some((before.snd.nxt, x.at));
    }
}
