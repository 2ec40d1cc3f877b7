//! Segments that come twice.
use stackdrill_wire::{Seq, TcpOption};

use super::bench::{ACK, Bench, IRS, S, SYN, plain, segment};
use crate::Policy;

/// From one octet to another.
type Range = (i64, i64);

/// Hears segments of the peer's text; the last acknowledgment for each, and its blocks.
fn told(policy: Policy, heard: &[Range]) -> Vec<(i64, Vec<Range>)> {
    let mut syn = segment(SYN, 0, 0, 0);
    syn.options.push(TcpOption::SackPermitted);
    let mut bench = Bench::accepting(Policy { selective_acknowledgments: true, ..policy }, &syn);
    bench.hears(&segment(ACK, 1, 1, 0)).sent();
    let from = |seq: Seq| i64::from((seq - IRS) as i32) - 1;
    let answers = heard.iter().map(|&(start, end)| {
        bench.hears(&segment(ACK, start + 1, 1, (end - start) as usize)).wait(S);
        let last = bench.segments().pop().expect("an acknowledgment");
        let blocks =
            last.options.sack().as_slice().iter().map(|&(left, right)| (from(left), from(right))).collect();
        (from(last.ack), blocks)
    });
    answers.collect()
}

/// The six examples of RFC 2883, where what was sent before is one segment.
///
/// Proves: RFC2883:4.1-examples RFC2883:4-first-block-dsack RFC2883:4-second-block-larger
/// RFC2883:4.2-partial-duplicate RFC2883:4-reported-once.
#[test]
fn what_came_twice_is_told_first() {
    let examples: [(&[Range], i64, &[Range]); 6] = [
        (&[(0, 4000), (3000, 3500)], 4000, &[(3000, 3500)]),
        (&[(0, 4000), (4500, 5000), (3000, 3500)], 4000, &[(3000, 3500), (4500, 5000)]),
        (&[(0, 4000), (4500, 5000), (5000, 5500), (5000, 5500)], 4000, &[(5000, 5500), (4500, 5500)]),
        (&[(0, 1000), (2000, 2500), (1000, 1500), (1000, 2000)], 2500, &[(1000, 1500)]),
        (
            &[(0, 1000), (3000, 3500), (1000, 1500), (2000, 2500), (1000, 2500)],
            2500,
            &[(1000, 1500), (3000, 3500)],
        ),
        (
            &[(0, 1000), (3500, 4000), (1500, 2000), (2500, 3000), (1500, 3000)],
            1000,
            &[(1500, 2000), (1500, 3000), (3500, 4000)],
        ),
    ];
    for (heard, ack, blocks) in examples {
        let answers = told(plain(), heard);
        assert_eq!(answers.last(), Some(&(ack, blocks.to_vec())), "{heard:?}");
        let mut once = heard.to_vec();
        once.push((9000, 9100));
        let (_, next) = told(plain(), &once).pop().unwrap();
        assert_eq!(next[0], (9000, 9100), "told once: {heard:?}");
        let quiet = told(Policy { duplicate_sack: false, ..plain() }, heard).pop().unwrap();
        assert_ne!(quiet.1.first(), blocks.first(), "switched off");
    }
}
