//! Is this segment acceptable? The four rows of RFC 9293's table 6.
//!
//! Spec: RFC 9293 §3.10.7.4, §3.4.
use stackdrill_wire::Seq;

/// Whether a segment of `length` numbers from `seq` touches the `window` numbers from `next`.
///
/// Spec: RFC9293:3.10.7.4-seq-empty-zero-window RFC9293:3.10.7.4-seq-empty-open-window
/// RFC9293:3.10.7.4-seq-data-zero-window RFC9293:3.10.7.4-seq-start-in-window RFC9293:3.10.7.4-seq-end-in-window.
pub(crate) fn acceptable(seq: Seq, length: u32, next: Seq, window: u32) -> bool {
    match (length, window) {
        (0, 0) => seq == next,
        (0, _) => seq.within(next, window),
        (_, 0) => false,
        (_, _) => seq.within(next, window) || (seq + (length - 1)).within(next, window),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves: RFC9293:3.10.7.4-seq-empty-zero-window RFC9293:3.10.7.4-seq-empty-open-window
    /// RFC9293:3.10.7.4-seq-data-zero-window RFC9293:3.10.7.4-seq-start-in-window
    /// RFC9293:3.10.7.4-seq-end-in-window RFC9293:3.4-receive-wraps-modulo.
    #[test]
    fn the_four_rows() {
        for next in [0, 1000, u32::MAX, u32::MAX - 5, 0x7fff_ffff] {
            for (offset, length, window, expected) in [
                (0i32, 0u32, 0u32, true),
                (1, 0, 0, false),
                (-1, 0, 0, false),
                (0, 0, 10, true),
                (9, 0, 10, true),
                (10, 0, 10, false),
                (-1, 0, 10, false),
                (0, 1, 0, false),
                (0, 5, 10, true),
                (9, 5, 10, true),
                (10, 5, 10, false),
                (-4, 5, 10, true),
                (-5, 5, 10, false),
                (-1, 1, 10, false),
            ] {
                let next = Seq(next);
                let seq = Seq(next.0.wrapping_add_signed(offset));
                let found = acceptable(seq, length, next, window);
                assert_eq!(found, expected, "offset {offset}, length {length}, window {window}, next {next}");
            }
        }
    }
}
