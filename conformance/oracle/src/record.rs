//! What has been observed, whatever one makes of it: the octets sent, and the segments that an answer may be to.
use std::collections::VecDeque;

use crate::flight::{Flight, MOST_FLIGHT};
use crate::rfc9293::keep_alive::Quiet;
use core::mem::size_of;
use stackdrill_wire::{Flags, Instant, Segment, Seq};

/// How many octets of sent text are kept to compare retransmissions with.
const KEPT_TEXT: usize = 64 * 1024;

/// How many received segments are remembered as possible causes of an answer.
const KEPT_CAUSES: usize = 16;

/// The most octets that a record takes: the texts' queue may be twice as long as what it keeps, and so on.
pub(crate) const MOST_RECORDED: usize = 4 * KEPT_TEXT + 2 * KEPT_CAUSES * size_of::<Cause>() + MOST_FLIGHT;

/// A received segment, as far as an answer to it can show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cause {
    /// When it arrived.
    pub(crate) at: Instant,
    pub(crate) seq: Seq,
    pub(crate) ack: Option<Seq>,
    /// The number after its last.
    pub(crate) end: Seq,
    pub(crate) flags: Flags,
    /// Some of its text may have arrived before.
    pub(crate) repeats: bool,
    /// Something in it cannot be read, or should not be there: a reset may follow (RFC 9293 MUST-7).
    pub(crate) odd: bool,
}

impl Cause {
    /// Whether the numbers from `left` to `right` are of its text.
    pub(crate) fn holds(&self, left: Seq, right: Seq) -> bool {
        self.seq.at_or_before(left) && right.at_or_before(self.end)
    }

    /// Whether `reset` has the form of the answer to this segment when no connection claims it.
    pub(crate) fn explains(&self, reset: &Segment) -> bool {
        match self.ack {
            Some(ack) => reset.seq == ack,
            None => reset.seq == Seq(0) && reset.acknowledges() == Some(self.end),
        }
    }
}

/// What has been observed at one endpoint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    causes: VecDeque<Cause>,
    /// What is in flight.
    pub(crate) flight: Flight,
    /// Sent text, from `start` on.
    text: VecDeque<u8>,
    start: Option<Seq>,
    /// Texts are not whole, so none is kept or compared.
    pub(crate) overlooked: bool,
    /// When the endpoint last answered something unacceptable: further answers may be limited for a second.
    pub(crate) answered: Option<Instant>,
    /// Segments that arrived, less acknowledgments sent since: how many more of them may be sent.
    pub(crate) credit: u32,
    /// Since when nobody has spoken.
    pub(crate) quiet: Quiet,
}

impl Record {
    /// Octets that it takes now, beside itself.
    pub(crate) fn memory(&self) -> usize {
        self.text.capacity() + self.causes.capacity() * size_of::<Cause>() + self.flight.memory()
    }

    /// Remembers a received segment.
    pub(crate) fn received(&mut self, segment: &Segment, repeats: bool, odd: bool, at: Instant) {
        self.credit = self.credit.saturating_add(1);
        if self.causes.len() == KEPT_CAUSES {
            self.causes.pop_front();
        }
        self.causes.push_back(Cause {
            at,
            seq: segment.seq,
            ack: segment.acknowledges(),
            end: segment.end(),
            flags: segment.flags,
            repeats,
            odd,
        });
    }

    /// The received segments that an answer may be to, the newest first.
    pub(crate) fn causes(&self) -> impl Iterator<Item = &Cause> {
        self.causes.iter().rev()
    }

    /// Whether text that starts at `seq` agrees with what was sent there before; what is not kept agrees.
    pub(crate) fn agrees(&self, seq: Seq, text: &[u8]) -> bool {
        let Some(start) = self.start else { return true };
        let (skip, from) = overlap(start, seq);
        let old = self.text.iter().skip(from);
        text.iter().skip(skip).zip(old).all(|(new, old)| new == old)
    }

    /// Keeps sent text. Text that leaves a hole starts the keeping afresh.
    pub(crate) fn sent(&mut self, seq: Seq, text: &[u8]) {
        if self.overlooked {
            return;
        }
        let start = *self.start.get_or_insert(seq);
        let end = start + u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        if seq.after(end) {
            self.forget(seq);
        }
        let end = self.start.unwrap_or(seq) + u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let known = usize::try_from(end.since(seq)).unwrap_or(usize::MAX);
        self.text.extend(text.get(known..).unwrap_or_default());
        let surplus = self.text.len().saturating_sub(KEPT_TEXT);
        if surplus > 0 {
            self.text.drain(..surplus);
            self.start = self.start.map(|start| start + u32::try_from(surplus).unwrap_or(u32::MAX));
        }
    }

    /// Drops the text that nobody needs to see again.
    pub(crate) fn acknowledged(&mut self, ack: Seq) {
        self.flight.acknowledged(ack);
        let Some(start) = self.start else { return };
        let done = usize::try_from(ack.since(start)).unwrap_or(usize::MAX);
        if done > 0 && done <= self.text.len() {
            self.text.drain(..done);
            self.start = Some(ack);
        }
    }

    /// Starts keeping text afresh at `seq`: a new incarnation, or a hole.
    pub(crate) fn forget(&mut self, seq: Seq) {
        self.text.clear();
        self.start = Some(seq);
    }
}

/// How many octets to skip in text at `seq`, and in text kept from `start` on, to reach their common part.
fn overlap(start: Seq, seq: Seq) -> (usize, usize) {
    let wide = |octets: u32| usize::try_from(octets).unwrap_or(usize::MAX);
    if seq.before(start) { (wide(start.since(seq)), 0) } else { (0, wide(seq.since(start))) }
}
