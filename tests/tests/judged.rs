//! Two reference hosts over a bad link: the oracle watches both ends, and must find nothing.
//!
//! Neither knows the other's code, so this is two readings of the RFCs that have to agree.
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use stackdrill::link::{Recipe, Share, Side};
use stackdrill_oracle::Verdict;
use stackdrill_stack::Policy;
use stackdrill_tests::conversation::{Act, Conversation};
use stackdrill_wire::Instant;

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (1..20_000_u16).prop_map(Act::Send),
        6 => (1..20_000_u16).prop_map(Act::Receive),
        2 => Just(Act::Shutdown),
        1 => Just(Act::Close),
        1 => Just(Act::Abort),
    ]
}

fn recipes() -> impl Strategy<Value = Recipe> {
    (1..200_u64, 0..50_u64, 0..20_u32, 0..20_u32, 0..10_u32, 0..3_u32).prop_map(
        |(delay, jitter, loss, reordered, duplicated, corrupted)| Recipe {
            delay: Duration::from_millis(delay),
            jitter: Duration::from_millis(jitter),
            loss: Share::percent(loss),
            reordered: Share::percent(reordered),
            duplicated: Share::percent(duplicated),
            corrupted: Share::percent(corrupted),
            ..Recipe::default()
        },
    )
}

fn profiles() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["rfc", "linux", "freebsd"])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever users do and links lose, the reference stays lawful at both ends.
    #[test]
    fn the_reference_is_lawful(
        left in profiles(),
        right in profiles(),
        recipe in recipes(),
        seed in any::<u32>(),
        plan in vec((any::<bool>(), acts(), 0..2_000_u64), 0..25),
    ) {
        let mut conversation = Conversation::new(&[left, right].map(|name| Policy::named(name).unwrap()), &recipe, u64::from(seed));
        let mut until = Instant::ZERO + Duration::from_secs(1);
        conversation.run(until);
        for (first, act, wait) in plan {
            conversation.act(if first { Side::Left } else { Side::Right }, act);
            until += Duration::from_millis(wait);
            conversation.run(until);
        }
        for side in Side::BOTH {
            conversation.act(side, Act::Close);
        }
        conversation.run(until + Duration::from_secs(600));
        for (side, oracle) in Side::BOTH.iter().zip(&conversation.oracles) {
            let late = conversation.log.len().saturating_sub(30);
            let log = conversation.log[late..].join("\n");
            if let Verdict::Departed(departure) = oracle.verdict() {
                let (ids, at, what) = (departure.requirements, departure.at, departure.what);
                prop_assert!(false, "{side:?} departed from {ids:?} at {at}: {what}\n{log}");
            }
            prop_assert_eq!(oracle.verdict(), Verdict::Lawful);
        }
    }
}
