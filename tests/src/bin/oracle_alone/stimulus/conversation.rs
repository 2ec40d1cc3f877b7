//! Two users talk over a bad link.
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

use rand_pcg::Pcg32;
use rand_pcg::rand_core::Rng;
use stackdrill::link::{Recipe, Share, Side};
use stackdrill_stack::Policy;
use stackdrill_tests::conversation::{Act, Conversation};
use stackdrill_wire::Instant;

use crate::{Outcome, fuel, wanted};

/// Two users who send, read and close as the seed has it, over links that lose, delay, reorder and repeat.
pub(super) fn run(seed: u64) -> Outcome {
    let mut dice = Pcg32::new(seed, 11);
    let mut below = |limit: u32| dice.next_u32() % limit;
    let profiles = ["rfc", "linux", "freebsd"];
    let policies = [0, 1].map(|_| Policy::named(profiles[below(3) as usize]).unwrap_or_else(Policy::rfc));
    let recipe = Recipe {
        delay: Duration::from_millis(u64::from(
            [1 + below(150), 400 + below(1600)][usize::from(seed % 4 == 3)],
        )),
        jitter: Duration::from_millis(u64::from(below(30))),
        loss: Share::percent(below(4) * 3),
        reordered: Share::percent(below(3) * 4),
        duplicated: Share::percent(below(2) * 5),
        ..Recipe::default()
    };
    let mut talk = Conversation::new(&policies, &recipe, seed);
    fuel::fill();
    // What a stack that panics did until then is judged as well.
    let ran = panic::catch_unwind(AssertUnwindSafe(|| converse(&mut talk, &mut below)));
    if wanted().is_some() {
        eprintln!("{}{}", talk.log.join("\n"), if ran.is_err() { "\nand there it panicked" } else { "" });
    }
    Outcome::judged(talk.digest(), &talk.oracles, &[])
}

/// What the users do.
fn converse(talk: &mut Conversation, below: &mut impl FnMut(u32) -> u32) {
    let mut until = Instant::ZERO + Duration::from_secs(1);
    talk.run(until);
    for _ in 0..20 {
        let side = if below(3) == 0 { Side::Right } else { Side::Left };
        let octets = u16::try_from(1 + below(20_000)).unwrap_or(1);
        let act = match below(24) {
            0..12 => Act::Send(octets),
            12..22 => Act::Receive(octets),
            22 => Act::Shutdown,
            _ => Act::Abort,
        };
        talk.act(if matches!(act, Act::Receive(_)) { side.other() } else { side }, act);
        until += Duration::from_millis(u64::from(below(1_500)));
        fuel::fill();
        talk.run(until);
    }
    for side in Side::BOTH {
        talk.act(side, Act::Close);
    }
    talk.run(until + Duration::from_secs(300));
}
