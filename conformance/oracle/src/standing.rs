//! Choices that a host makes: once, or each time anew.

/// A choice made once, such as the minimum of a timeout, as far as it is known: each sighting narrows it, and when
/// nothing is left the host made two. A choice made each time (how long *this* acknowledgment waits) is only held
/// against its bounds, for an adaptive host is no liar: that is what deadlines do.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Standing<T> {
    least: T,
    most: T,
}

impl<T: Copy + Ord> Standing<T> {
    /// Nothing is known but its bounds.
    pub(crate) const fn new(least: T, most: T) -> Self {
        Self { least, most }
    }

    /// What is left after a sighting somewhere between the two; a range, for every clock has an error. `None`: nothing.
    pub(crate) fn narrowed(self, least: T, most: T) -> Option<Self> {
        let (least, most) = (self.least.max(least), self.most.min(most));
        (least <= most).then_some(Self { least, most })
    }
}

#[cfg(test)]
mod tests {
    use super::Standing;

    #[test]
    fn sightings_narrow_to_nothing() {
        let standing = Standing::new(0, 100);
        let once = standing.narrowed(40, 60).unwrap();
        assert_eq!(once.narrowed(50, 200), Some(Standing::new(50, 60)));
        assert_eq!(once.narrowed(61, 200), None);
    }
}
