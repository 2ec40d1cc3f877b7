//! Sequence numbers: arithmetic modulo 2^32.
//!
//! Spec: RFC 9293 §3.4.
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::{Add, AddAssign, Sub};

/// A sequence or acknowledgment number. Ordering exists only between numbers less than 2^31 apart, so there is
/// no `Ord`: say [`before`](Seq::before), [`after`](Seq::after) or [`within`](Seq::within).
///
/// Spec: RFC9293:3.4-receive-wraps-modulo RFC9293:3.4-send-wraps-modulo.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Seq(pub u32);

impl Hash for Seq {
    /// As an `i128`, which nothing else here is hashed as: a hasher of one's own can take a number relative to where its
    /// side of the connection began, so that states which differ in that alone are one.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_i128(self.0.into());
    }
}

impl Seq {
    /// `self < other` on the circle.
    #[must_use]
    pub const fn before(self, other: Self) -> bool {
        (self.0.wrapping_sub(other.0) as i32) < 0
    }

    /// `self <= other` on the circle.
    #[must_use]
    pub const fn at_or_before(self, other: Self) -> bool {
        !other.before(self)
    }

    /// `self > other` on the circle.
    #[must_use]
    pub const fn after(self, other: Self) -> bool {
        other.before(self)
    }

    /// `self >= other` on the circle.
    #[must_use]
    pub const fn at_or_after(self, other: Self) -> bool {
        !self.before(other)
    }

    /// Whether `self` is one of the `length` numbers that start at `start`. Exact for every length.
    #[must_use]
    pub const fn within(self, start: Self, length: u32) -> bool {
        self.0.wrapping_sub(start.0) < length
    }

    /// The later of two numbers on the circle.
    #[must_use]
    pub const fn latest(self, other: Self) -> Self {
        if self.before(other) { other } else { self }
    }

    /// The earlier of two numbers on the circle.
    #[must_use]
    pub const fn earliest(self, other: Self) -> Self {
        if self.before(other) { self } else { other }
    }

    /// Octets from `earlier` up to `self`; 0 if `self` lies before it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u32 {
        if self.before(earlier) { 0 } else { self.0.wrapping_sub(earlier.0) }
    }
}

impl Add<u32> for Seq {
    type Output = Self;
    fn add(self, octets: u32) -> Self {
        Self(self.0.wrapping_add(octets))
    }
}

impl AddAssign<u32> for Seq {
    fn add_assign(&mut self, octets: u32) {
        *self = *self + octets;
    }
}

impl Sub<u32> for Seq {
    type Output = Self;
    fn sub(self, octets: u32) -> Self {
        Self(self.0.wrapping_sub(octets))
    }
}

impl Sub for Seq {
    type Output = u32;
    /// The distance from `earlier` forward to `self`, modulo 2^32.
    fn sub(self, earlier: Self) -> u32 {
        self.0.wrapping_sub(earlier.0)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
