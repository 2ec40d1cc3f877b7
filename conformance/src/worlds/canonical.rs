//! Canonical form, as a hash: moments are taken relative to now, sequence numbers relative to where their side of the
//! connection began.
//!
//! Two states with the same hash go on alike, so a search visits one of them. Nothing is rewritten: [`Instant`] and
//! [`Seq`] hash through channels of their own (`i64` and `i128`), which this hasher sees relative to its frame.
//!
//! [`Seq`]: stackdrill_wire::Seq
use core::hash::{Hash, Hasher};

use siphasher::sip128::{Hasher128, SipHasher13};
use stackdrill_wire::{Instant, Seq};

/// How far from its origin a number may be and still be told relative to it. Small worlds send a few thousand octets;
/// initial numbers that lie closer than twice this would be confused.
const NEAR: u32 = 1 << 24;

/// A hasher with a frame of reference.
#[derive(Clone, Debug)]
pub struct Canonical {
    inner: SipHasher13,
    now: u64,
    origins: [Seq; 2],
}

impl Canonical {
    /// The frame: what time it is, and the initial sequence numbers of the two sides (any number, where not yet known).
    #[must_use]
    pub fn new(now: Instant, origins: [Seq; 2]) -> Self {
        Self { inner: SipHasher13::new(), now: now.micros(), origins }
    }

    /// The hash of `state` in this frame: 128 bits, so that among the millions of states of a search no two are
    /// confused.
    #[must_use]
    pub fn of(mut self, state: &impl Hash) -> u128 {
        state.hash(&mut self);
        self.inner.finish128().as_u128()
    }
}

impl Hasher for Canonical {
    fn finish(&self) -> u64 {
        self.inner.finish()
    }

    fn write(&mut self, octets: &[u8]) {
        self.inner.write(octets);
    }

    /// A moment. The end of time is as far from everywhere.
    fn write_i64(&mut self, micros: i64) {
        let micros = micros.cast_unsigned();
        let relative = if micros == u64::MAX { micros } else { micros.wrapping_sub(self.now) };
        self.inner.write_u64(relative);
    }

    /// A sequence number: which side's, and how far from its first; one that is near neither stands as it is.
    fn write_i128(&mut self, number: i128) {
        let number = Seq(number as u32);
        let near = |origin: &Seq| (number - *origin).wrapping_add(NEAR) < 2 * NEAR;
        let side = self.origins.iter().position(near);
        let from = side.and_then(|side| self.origins.get(side)).copied().unwrap_or_default();
        self.inner.write_u8(side.map_or(2, |side| side as u8));
        self.inner.write_u32(number - from);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type State = (Instant, Seq, Seq, u32);

    fn hash(state: &State, now: u64, origins: [u32; 2]) -> u128 {
        Canonical::new(Instant::from_micros(now), origins.map(Seq)).of(state)
    }

    proptest! {
        /// A state moved in time, and along the circles of its numbers, is the same state.
        #[test]
        fn when_and_where_do_not_matter(
            (at, early, late) in (0_u64..1 << 40, 0_u64..1 << 40, 0_u64..1 << 40),
            (iss, irs) in any::<(u32, u32)>(),
            (sent, heard) in (0_u32..NEAR, 0_u32..NEAR),
            plain in any::<u32>(),
        ) {
            prop_assume!(iss.wrapping_sub(irs).wrapping_add(2 * NEAR) > 4 * NEAR);
            let state = |now: u64, iss: u32, irs: u32| {
                let (at, iss, irs) = (Instant::from_micros(now + at), Seq(iss), Seq(irs));
                (at, iss + sent, irs + heard, plain)
            };
            let moved = 1 << 30;
            let first = hash(&state(early, iss, irs), early, [iss, irs]);
            let (iss, irs) = (iss.wrapping_add(moved), irs.wrapping_add(moved));
            prop_assert_eq!(first, hash(&state(late, iss, irs), late, [iss, irs]));
        }
    }

    #[test]
    fn what_matters_is_told_apart() {
        let (origins, at) = ([0x1000_0000, 0x8000_0000], Instant::from_micros);
        let state = (at(500), Seq(0x1000_0001), Seq(0x8000_0001), 7);
        let all = [
            hash(&state, 0, origins),
            hash(&(at(501), state.1, state.2, state.3), 0, origins),
            hash(&(at(500), state.1 + 1, state.2, state.3), 0, origins),
            hash(&(at(500), state.1, state.2 - 1, state.3), 0, origins),
            hash(&(at(500), state.1, state.1, state.3), 0, origins),
            hash(&(at(500), state.1, Seq(1), state.3), 0, origins),
            hash(&(at(500), state.1, state.2, 8), 0, origins),
            hash(&(Instant::MAX, state.1, state.2, state.3), 0, origins),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(!all[..index].contains(one), "{index}");
        }
        let never = (Instant::MAX, state.1, state.2, state.3);
        assert_eq!(hash(&never, 0, origins), hash(&never, 9, origins));
    }
}
