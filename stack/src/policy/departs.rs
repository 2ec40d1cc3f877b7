//! What a policy gives up on purpose.
use core::time::Duration;

use super::Policy;

impl Policy {
    /// The requirements that this policy departs from on purpose, by id: whoever judges a host that follows it need not
    /// be told again.
    ///
    /// Departs: RFC6298:5.5-double-syn where SYNs are repeated evenly at first, as Linux does, or where the slop on top of
    /// their timeouts is not doubled with them, as by FreeBSD.
    #[must_use]
    pub fn departs(&self) -> Vec<&'static str> {
        let syn = self.even_syns > 0 || self.rto_slop > Duration::ZERO;
        syn.then_some("RFC6298:5.5-double-syn").into_iter().collect()
    }
}
