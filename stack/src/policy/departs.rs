//! What a policy gives up on purpose.
use super::Policy;

impl Policy {
    /// The requirements that this policy departs from on purpose, by id: whoever judges a host that follows it need not
    /// be told again.
    ///
    /// Departs: RFC6298:5.5-double-syn where SYNs are repeated evenly at first, as Linux does.
    #[must_use]
    pub fn departs(&self) -> Vec<&'static str> {
        let even = (self.even_syns > 0).then_some("RFC6298:5.5-double-syn");
        even.into_iter().collect()
    }
}
