//! What has been received beyond a gap: a few runs of sequence numbers.
use stackdrill_wire::Seq;

/// Disjoint runs `[start, end)`, unordered. A ninth run is not kept: [`Ranges::overflowed`] says that knowledge
/// was lost, and rules that need it abstain.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Ranges {
    runs: [(Seq, Seq); 8],
    count: u8,
    lost: bool,
}

impl Ranges {
    /// Whether some run could not be kept.
    pub(crate) const fn overflowed(&self) -> bool {
        self.lost
    }

    /// The runs.
    pub(crate) fn as_slice(&self) -> &[(Seq, Seq)] {
        self.runs.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// Adds a run, merging it with those it touches.
    pub(crate) fn insert(&mut self, start: Seq, end: Seq) {
        let (mut start, mut end) = (start, end);
        let old = *self;
        self.count = 0;
        for (from, to) in old.as_slice() {
            if from.at_or_before(end) && start.at_or_before(*to) {
                start = start.earliest(*from);
                end = end.latest(*to);
            } else {
                self.push(*from, *to);
            }
        }
        self.push(start, end);
    }

    /// The end of what is contiguous from `next` on, forgetting the runs it swallows.
    pub(crate) fn advance(&mut self, next: Seq) -> Seq {
        let mut next = next;
        loop {
            let reached = self.as_slice().iter().find(|(from, to)| from.at_or_before(next) && to.after(next));
            let Some((_, to)) = reached else { break };
            next = *to;
        }
        let old = *self;
        self.count = 0;
        for (from, to) in old.as_slice() {
            if to.after(next) {
                self.push(*from, *to);
            }
        }
        next
    }

    /// Whether every number of `[start, end)` lies in one run.
    pub(crate) fn covers(&self, start: Seq, end: Seq) -> bool {
        self.as_slice().iter().any(|(from, to)| from.at_or_before(start) && end.at_or_before(*to))
    }

    fn push(&mut self, start: Seq, end: Seq) {
        match self.runs.get_mut(usize::from(self.count)) {
            Some(slot) => {
                *slot = (start, end);
                self.count += 1;
            }
            None => self.lost = true,
        }
    }
}
