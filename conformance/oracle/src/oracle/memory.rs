//! How much memory an oracle takes.
use core::mem::size_of;

use super::{MOST_DEPARTURES, MOST_HYPOTHESES, Oracle};
use crate::hypothesis::Hypothesis;
use crate::record::MOST_RECORDED;

/// The most octets that one oracle takes between observations, whatever it has observed: two sets of readings, what was
/// recorded, and the departures with up to four readings and a sentence each.
pub const MOST_MEMORY: usize = size_of::<Oracle>()
    + 4 * MOST_HYPOTHESES * size_of::<Hypothesis>()
    + MOST_RECORDED
    + MOST_DEPARTURES * (4 * size_of::<Hypothesis>() + 1024)
    + 16 * 1024;

impl Oracle {
    /// Octets that it takes now, [`MOST_MEMORY`] at most.
    #[must_use]
    pub fn memory(&self) -> usize {
        let readings = self.hypotheses.capacity() + self.next.capacity();
        let told: usize = self.departures.iter().map(|departure| departure.hypotheses.capacity()).sum();
        let said: usize = self.departures.iter().map(|departure| departure.what.capacity()).sum();
        size_of::<Self>() + (readings + told) * size_of::<Hypothesis>() + said + self.record.memory()
    }

    /// Gives back what only a burst of readings needed.
    pub(super) fn settle_memory(&mut self) {
        for readings in [&mut self.hypotheses, &mut self.next] {
            if readings.capacity() > 2 * MOST_HYPOTHESES {
                readings.shrink_to(MOST_HYPOTHESES);
            }
        }
    }
}
