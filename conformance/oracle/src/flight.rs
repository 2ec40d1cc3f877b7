//! What has been sent and is not acknowledged: when each segment first left, and when last.
use core::mem::size_of;
use core::time::Duration;
use std::collections::VecDeque;

use stackdrill_wire::{Instant, Seq};

/// How many segments in flight are remembered; of a longer flight the later part is not.
const KEPT_SEGMENTS: usize = 1024;

/// No window reaches so far.
const FAR: u32 = 1 << 30;

/// The most octets that a flight takes.
pub(crate) const MOST_FLIGHT: usize = 2 * KEPT_SEGMENTS * size_of::<Sent>();

/// A segment in flight.
#[derive(Clone, Copy, Debug)]
struct Sent {
    /// The number after its last.
    end: Seq,
    first: Instant,
    last: Instant,
}

/// The segments in flight, in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flight {
    sent: VecDeque<Sent>,
    /// Where the first of them starts.
    start: Seq,
    /// When something was last sent again.
    resent: Instant,
}

/// What an acknowledgment can say of the round trip.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Sample {
    pub(crate) least: Duration,
    pub(crate) most: Duration,
    /// Whether every sender takes it, so that no timeout stays doubled.
    pub(crate) sure: bool,
}

impl Flight {
    /// A segment over `[seq, end)` left.
    pub(crate) fn sent(&mut self, seq: Seq, end: Seq, at: Instant) {
        // Numbers far from these are another connection's.
        if self.sent.back().is_some_and(|last| seq.since(last.end).max(self.start.since(seq)) > FAR) {
            self.sent.clear();
        }
        if self.sent.is_empty() {
            self.start = seq;
        }
        if self.sent.back().is_some_and(|last| seq.at_or_after(last.end)) {
            return self.follows(end, at);
        }
        let mut from = self.start;
        for sent in &mut self.sent {
            if seq.before(sent.end) && from.before(end) {
                sent.last = at;
                self.resent = at;
            }
            from = sent.end;
        }
        if self.sent.is_empty() || end.after(from) {
            self.follows(end, at);
        }
    }

    fn follows(&mut self, end: Seq, at: Instant) {
        if self.sent.len() < KEPT_SEGMENTS {
            self.sent.push_back(Sent { end, first: at, last: at });
        }
    }

    /// Octets that it takes now.
    pub(crate) fn memory(&self) -> usize {
        self.sent.capacity() * size_of::<Sent>()
    }

    /// When the octet at `seq` last left, if it is in flight and remembered.
    pub(crate) fn last(&self, seq: Seq) -> Option<Instant> {
        if seq.before(self.start) {
            return None;
        }
        self.sent.iter().find(|sent| sent.end.after(seq)).map(|sent| sent.last)
    }

    /// The least and the most that an acknowledgment of everything up to `ack` can say of the round trip. What left more
    /// than once says nothing unless timestamps tell its acknowledgments apart. Who times one segment at a time gives that
    /// up when anything is sent again, and begins anew with what leaves for the first time after that.
    ///
    /// Spec: RFC6298:3-karn RFC6298:3-one-sample-per-rtt.
    pub(crate) fn sample(&self, ack: Seq, at: Instant, stamped: bool) -> Option<Sample> {
        let covered = self.sent.iter().take_while(|sent| sent.end.at_or_before(ack));
        let telling = covered.filter(|sent| stamped || sent.first == sent.last);
        telling.fold(None, |sample: Option<Sample>, sent| {
            let none = Sample { least: Duration::MAX, most: Duration::ZERO, sure: stamped };
            let Sample { least, most, sure } = sample.unwrap_or(none);
            Some(Sample {
                least: least.min(at.since(sent.last)),
                most: most.max(at.since(sent.first)),
                sure: sure || sent.first > self.resent,
            })
        })
    }

    /// Everything up to `ack` has arrived.
    pub(crate) fn acknowledged(&mut self, ack: Seq) {
        while let Some(sent) = self.sent.front()
            && sent.end.at_or_before(ack)
        {
            self.start = sent.end;
            self.sent.pop_front();
        }
    }
}
