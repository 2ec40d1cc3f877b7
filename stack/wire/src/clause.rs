//! Places in an RFC: the reason that every action carries.
use core::fmt;

/// A place in an RFC, such as `RFC 9293 §3.10.7.3`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Clause {
    /// The RFC's number.
    pub rfc: u16,
    /// The place in it: `"§3.5"`, `"(2.3)"`, `"§3.5 MUST-10"`.
    pub place: &'static str,
}

/// Names a place: `rfc(9293, "§3.10.7.3")`.
#[must_use]
pub const fn rfc(number: u16, place: &'static str) -> Clause {
    Clause { rfc: number, place }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RFC {} {}", self.rfc, self.place)
    }
}
