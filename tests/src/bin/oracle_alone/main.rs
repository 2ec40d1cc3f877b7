//! The oracle alone: the suite and some conversations over bad links as stimuli, whatever the scripts expect.
//!
//! Writes an object a line for each stimulus: its name, a digest of every datagram that the stack sent and when, and
//! what the oracle refuses. Two builds of the stack send the same if all their digests are equal.
//!
//! `cargo run -p stackdrill-tests --bin oracle_alone [STIMULUS]`: all, or those whose name has that in it; then it also
//! says on standard error what was refused, and when.
#![forbid(unsafe_code)]

mod guarded;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

use rand_pcg::Pcg32;
use rand_pcg::rand_core::Rng;
use serde_json::json;
use stackdrill::link::{Recipe, Share, Side};
use stackdrill::trace::Happened;
use stackdrill::{Profile, RunOptions, suite};
use stackdrill_oracle::{Oracle, Verdict};
use stackdrill_stack::Policy;
use stackdrill_tests::conversation::{Act, Conversation};
use stackdrill_wire::Instant;

use guarded::Guarded;

/// What one stimulus led to.
#[derive(Default)]
struct Outcome {
    digest: u64,
    departures: Vec<&'static str>,
    warnings: Vec<&'static str>,
}

impl Outcome {
    fn judged<'a>(digest: u64, oracles: impl IntoIterator<Item = &'a Oracle>) -> Self {
        let (mut departures, mut warnings): (Vec<&'static str>, Vec<&'static str>) = Default::default();
        for oracle in oracles {
            warnings.extend(oracle.warnings().iter().map(|warning| warning.requirement));
            if let Verdict::Departed(departure) = oracle.verdict() {
                if wanted().is_some() {
                    eprintln!("{} at {}: {}", departure.requirements.join(" "), departure.at, departure.what);
                }
                departures.extend(departure.requirements);
            }
        }
        for list in [&mut departures, &mut warnings] {
            list.sort_unstable();
            list.dedup();
        }
        Self { digest, departures, warnings }
    }
}

/// Which stimuli, if not all.
fn wanted() -> Option<String> {
    std::env::args().nth(1)
}

/// What the stack is shown.
#[derive(Clone, Copy)]
enum Stimulus {
    Script(&'static suite::Entry),
    Conversation(u64),
}

/// How many stimuli to pass over, as whoever has seen the first of them says in the environment.
fn first() -> usize {
    std::env::var("STACKDRILL_FIRST").ok().and_then(|word| word.parse().ok()).unwrap_or(0)
}

/// Conversations over links, beside the suite.
const CONVERSATIONS: u64 = 60;

fn main() -> std::io::Result<()> {
    // A stack that panics has said what it had to say; the oracle hears of it as silence.
    panic::set_hook(Box::new(|_| {}));
    let out = &mut std::io::stdout().lock();
    let scripts = suite::scripts().iter().map(Stimulus::Script);
    let conversations = (0..CONVERSATIONS).map(Stimulus::Conversation);
    for stimulus in scripts.chain(conversations).skip(first()) {
        match stimulus {
            Stimulus::Script(entry) => tell(out, &entry.name, || script(entry))?,
            Stimulus::Conversation(seed) => {
                tell(out, &format!("conversation {seed}"), || conversation(seed))?;
            }
        }
    }
    Ok(())
}

fn tell(out: &mut impl Write, name: &str, run: impl Fn() -> Outcome) -> std::io::Result<()> {
    if wanted().is_some_and(|wanted| !name.contains(&wanted)) {
        return Ok(());
    }
    let ran = panic::catch_unwind(AssertUnwindSafe(run));
    let panicked = ran.is_err();
    let Outcome { digest, departures, warnings } = ran.unwrap_or_default();
    let object = json!({ "stimulus": name, "digest": digest, "departures": departures, "warnings": warnings, "panicked": panicked });
    writeln!(out, "{object}")?;
    out.flush()
}

/// A script of the suite.
fn script(entry: &'static suite::Entry) -> Outcome {
    let options = RunOptions {
        variant: entry.first_variant(),
        profile: entry.profile(Profile::Rfc),
        stimulus: true,
        ..RunOptions::default()
    };
    let ran = entry.run(&mut Guarded::default(), &options);
    let mut digest = DefaultHasher::new();
    for record in &ran.report.trace {
        if let Happened::Sent { octets, .. } = &record.what {
            (record.at, octets).hash(&mut digest);
        }
    }
    let oracles: Vec<Oracle> = ran.judged(ran.report.abi).into_iter().map(|(_, oracle)| oracle).collect();
    Outcome::judged(digest.finish(), &oracles)
}

/// Two users who send, read and close as the seed has it, over links that lose, delay, reorder and repeat.
fn conversation(seed: u64) -> Outcome {
    let mut dice = Pcg32::new(seed, 11);
    let mut below = |limit: u32| dice.next_u32() % limit;
    let profiles = ["rfc", "linux", "freebsd"];
    let policies = [0, 1].map(|_| Policy::named(profiles[below(3) as usize]).unwrap_or_else(Policy::rfc));
    let recipe = Recipe {
        delay: Duration::from_millis(u64::from(1 + below(150))),
        jitter: Duration::from_millis(u64::from(below(30))),
        loss: Share::percent(below(4) * 3),
        reordered: Share::percent(below(3) * 4),
        duplicated: Share::percent(below(2) * 5),
        ..Recipe::default()
    };
    let mut talk = Conversation::new(&policies, &recipe, seed);
    // What a stack that panics did until then is judged as well.
    let ran = panic::catch_unwind(AssertUnwindSafe(|| converse(&mut talk, &mut below)));
    if wanted().is_some() {
        eprintln!("{}{}", talk.log.join("\n"), if ran.is_err() { "\nand there it panicked" } else { "" });
    }
    Outcome::judged(talk.digest(), &talk.oracles)
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
        talk.run(until);
    }
    for side in Side::BOTH {
        talk.act(side, Act::Close);
    }
    talk.run(until + Duration::from_secs(300));
}
