//! Laws of a link.
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use stackdrill_wire::Instant;

use super::{Link, Recipe, Share, Tally};

/// Sends numbered datagrams of `size` octets, one each `gap`, and lists what arrives, and when.
fn through(recipe: &Recipe, seed: u64, count: u32, size: usize) -> (Vec<(u64, u32)>, Tally) {
    let mut link = Link::new(recipe.clone(), seed);
    let mut now = Instant::ZERO;
    for number in 0..count {
        let mut datagram = vec![0; size.max(4)];
        datagram[..4].copy_from_slice(&number.to_be_bytes());
        link.carries(Bytes::from(datagram), now);
        now += Duration::from_millis(1);
    }
    let mut arrived = Vec::new();
    while let Some(due) = link.deadline() {
        while let Some(datagram) = link.delivers(due) {
            let number = datagram.iter().take(4).fold(0, |number, octet| number << 8 | u32::from(*octet));
            arrived.push((due.micros(), number));
        }
    }
    (arrived, link.tally())
}

#[test]
fn a_perfect_link_delivers_everything_at_once() {
    let (arrived, tally) = through(&Recipe::default(), 1, 3, 100);
    assert_eq!(arrived, [(0, 0), (1000, 1), (2000, 2)]);
    assert_eq!(tally, Tally { carried: 3, delivered: 3, ..Tally::default() });
}

#[test]
fn a_rate_spaces_and_a_queue_overflows() {
    // 100 octets at 10,000 octets a second take 10 ms; three more may wait.
    let recipe = Recipe { rate: Some(10_000), queue: 300, ..Recipe::default() };
    let (arrived, tally) = through(&recipe, 1, 6, 100);
    let times: Vec<_> = arrived.iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [10_000, 20_000, 30_000]);
    assert_eq!(tally.overflowed, 3);
}

#[test]
fn what_is_too_large_is_lost() {
    let recipe = Recipe { mtu: 99, ..Recipe::default() };
    assert_eq!(through(&recipe, 1, 2, 100).1.oversized, 2);
}

#[test]
fn shares_are_kept_in_the_long_run() {
    let recipe = Recipe {
        loss: Share::percent(10),
        duplicated: Share::percent(5),
        reordered: Share::percent(20),
        corrupted: Share::percent(1),
        ..Recipe::default()
    };
    let (_, tally) = through(&recipe, 42, 10_000, 4);
    assert!((900..1100).contains(&tally.lost), "{tally:?}");
    assert!((400..600).contains(&tally.duplicated), "{tally:?}");
    assert!((1700..2000).contains(&tally.reordered), "{tally:?}");
    assert!((60..120).contains(&tally.corrupted), "{tally:?}");
}

fn recipes() -> impl Strategy<Value = Recipe> {
    let shares = (0u32..300_000, 0u32..300_000, 0u32..300_000, 0u32..300_000);
    (shares, 0u64..50, 0u64..50, proptest::option::of(1_000u32..1_000_000)).prop_map(
        |((loss, reordered, duplicated, corrupted), delay, jitter, rate)| Recipe {
            delay: Duration::from_millis(delay),
            jitter: Duration::from_millis(jitter),
            loss: Share(loss),
            reordered: Share(reordered),
            duplicated: Share(duplicated),
            corrupted: Share(corrupted),
            rate,
            ..Recipe::default()
        },
    )
}

proptest! {
    /// The same seed, recipe and traffic give the same deliveries.
    #[test]
    fn a_seed_is_a_fate(recipe in recipes(), seed: u64) {
        prop_assert_eq!(through(&recipe, seed, 50, 100), through(&recipe, seed, 50, 100));
    }

    /// Nothing is invented and nothing vanishes uncounted.
    #[test]
    fn the_tally_adds_up(recipe in recipes(), seed: u64) {
        let (arrived, tally) = through(&recipe, seed, 50, 100);
        prop_assert_eq!(arrived.len() as u64, tally.delivered);
        let lost = tally.lost + tally.oversized + tally.overflowed;
        prop_assert_eq!(tally.carried + tally.duplicated, tally.delivered + lost);
    }

    /// Jitter alone never reorders.
    #[test]
    fn order_is_kept_unless_the_recipe_says_otherwise(recipe in recipes(), seed: u64) {
        let recipe = Recipe { reordered: Share(0), corrupted: Share(0), ..recipe };
        let (arrived, _) = through(&recipe, seed, 50, 100);
        prop_assert!(arrived.is_sorted_by_key(|(_, number)| *number));
    }
}
