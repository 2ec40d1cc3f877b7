//! Window scaling.
//!
//! Spec: RFC 7323 §2.

/// The largest shift. RFC7323:2.3-shift-limit-14.
pub(crate) const MOST_SHIFT: u8 = 14;

/// The shifts in force: none unless both SYNs carried the option.
///
/// Spec: RFC7323:2.2-wscale-both-or-none.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Shifts {
    /// The peer's: for windows that arrive.
    pub(crate) peer: u8,
    /// Ours: for windows that leave.
    pub(crate) own: u8,
}

/// The smallest shift that can express a buffer of so many octets.
pub(crate) fn shift_for(buffer: u32) -> u8 {
    (0..MOST_SHIFT).find(|shift| buffer >> shift <= u32::from(u16::MAX)).unwrap_or(MOST_SHIFT)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves: RFC7323:2.3-shift-limit-14.
    #[test]
    fn the_smallest_shift_that_fits() {
        for (buffer, shift) in
            [(0, 0), (65_535, 0), (65_536, 1), (131_071, 1), (131_072, 2), (4 << 20, 7), (u32::MAX, 14)]
        {
            assert_eq!(shift_for(buffer), shift, "buffer {buffer}");
        }
    }
}
