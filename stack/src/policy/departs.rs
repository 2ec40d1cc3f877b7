//! What a policy gives up on purpose.
use core::time::Duration;

use super::{Hides, Policy};

impl Policy {
    /// The requirements that this policy departs from on purpose, by id: whoever judges a host that follows it need not
    /// be told again.
    ///
    /// Departs: RFC6298:5.5-double-syn where SYNs are repeated evenly at first, as Linux does, or where the slop on top of
    /// their timeouts is not doubled with them, as by FreeBSD.
    /// RFC9293:3.10.7.1-closed-length-counts and RFC9293:3.10.7.1-closed-ack-set where what is for nobody is dropped in
    /// silence; RFC9293:MUST-25 where keep-alives are on for all.
    #[must_use]
    pub fn departs(&self) -> Vec<&'static str> {
        let departures = [
            (self.even_syns > 0 || self.rto_slop > Duration::ZERO, "RFC6298:5.5-double-syn"),
            (self.hides != Hides::Nothing, "RFC9293:3.10.7.1-closed-length-counts"),
            (self.hides != Hides::Nothing, "RFC9293:3.10.7.1-closed-ack-set"),
            (self.keep_alive_always, "RFC9293:MUST-25"),
        ];
        departures.into_iter().filter_map(|(departs, id)| departs.then_some(id)).collect()
    }
}
