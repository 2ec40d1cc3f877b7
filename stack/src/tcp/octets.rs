//! A queue of octets: appended at the back, taken from the front, copied out of the middle.
use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// The queue. Equal contents are equal queues, however they were appended.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Octets(VecDeque<u8>);

impl Octets {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn append(&mut self, octets: &[u8]) {
        self.0.extend(octets);
    }

    /// At most `most` octets from `offset` on, copied; shorter where the queue ends.
    pub(crate) fn copy(&self, offset: usize, most: usize) -> Bytes {
        let (front, back) = self.0.as_slices();
        let end = offset.saturating_add(most);
        let mut out = BytesMut::with_capacity(most.min(self.len().saturating_sub(offset)));
        out.extend_from_slice(part(front, offset, end));
        out.extend_from_slice(part(
            back,
            offset.saturating_sub(front.len()),
            end.saturating_sub(front.len()),
        ));
        out.freeze()
    }

    /// Drops `count` octets from the front, or all if there are fewer.
    pub(crate) fn drop_front(&mut self, count: usize) {
        self.0.drain(..count.min(self.0.len()));
        if self.0.is_empty() {
            // An idle connection costs no buffer.
            self.0 = VecDeque::new();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0 = VecDeque::new();
    }
}

/// `slice[from..to]`, as far as it exists.
fn part(slice: &[u8], from: usize, to: usize) -> &[u8] {
    let to = to.min(slice.len());
    slice.get(from.min(to)..to).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However it is filled and emptied, a copy is what a flat vector would give.
        #[test]
        fn a_queue_is_its_contents(
            steps in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..40), 0usize..50), 0..20),
            offset in 0usize..80,
            most in 0usize..80,
        ) {
            let (mut queue, mut flat) = (Octets::default(), Vec::new());
            for (octets, drop) in steps {
                queue.append(&octets);
                flat.extend(octets);
                queue.drop_front(drop);
                flat.drain(..drop.min(flat.len()));
            }
            let expected: Vec<u8> = flat.iter().copied().skip(offset).take(most).collect();
            prop_assert_eq!(&queue.copy(offset, most)[..], &expected[..]);
            prop_assert_eq!(queue.len(), flat.len());
        }
    }
}
