//! The oracle alone: scripts, conversations over bad links and peers that say what they like as stimuli, whatever scripts
//! expect.
//!
//! Writes an object a line for each stimulus: its name, a digest of every datagram that the stack sent and when, and
//! what the oracle refuses. Two builds of the stack send the same if all their digests are equal.
//!
//! `cargo run -p stackdrill-tests --bin oracle_alone [STIMULUS]`: all, or those whose name has that in it; then it also
//! says on standard error what was refused, and when.
#![forbid(unsafe_code)]

mod fuel;
mod guarded;
mod stimulus;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::panic::{self, AssertUnwindSafe};

use serde_json::json;
use stackdrill::trace::{Happened, Record};
use stackdrill_oracle::{Departure, Oracle};

/// What one stimulus led to.
#[derive(Default)]
pub(crate) struct Outcome {
    digest: u64,
    departures: Vec<&'static str>,
    warnings: Vec<&'static str>,
}

impl Outcome {
    /// What the oracles make of it, but for what the stack does on purpose.
    pub(crate) fn judged<'a>(
        digest: u64,
        oracles: impl IntoIterator<Item = &'a Oracle>,
        on_purpose: &[&str],
    ) -> Self {
        let (mut departures, mut warnings): (Vec<&'static str>, Vec<&'static str>) = Default::default();
        for oracle in oracles {
            for warning in oracle.warnings() {
                if wanted().is_some() {
                    eprintln!("{} at {}: no more than recommended", warning.requirement, warning.at);
                }
                warnings.push(warning.requirement);
            }
            let meant = |one: &&Departure| one.requirements.iter().all(|id| on_purpose.contains(id));
            if let Some(departure) = oracle.departures().iter().find(|one| !meant(one)) {
                if wanted().is_some() {
                    eprintln!("{} at {}: {}", departure.requirements.join(" "), departure.at, departure.what);
                }
                departures.extend(&departure.requirements);
            }
        }
        for list in [&mut departures, &mut warnings] {
            list.sort_unstable();
            list.dedup();
        }
        Self { digest, departures, warnings }
    }
}

/// What stands for every datagram sent in a trace, and when.
pub(crate) fn digest(trace: &[Record]) -> u64 {
    let mut digest = DefaultHasher::new();
    for record in trace {
        if let Happened::Sent { octets, .. } = &record.what {
            (record.at, octets).hash(&mut digest);
        }
    }
    digest.finish()
}

/// Which stimuli, if not all.
pub(crate) fn wanted() -> Option<String> {
    std::env::args().nth(1)
}

/// How many stimuli to pass over, as whoever has seen the first of them says in the environment.
fn first() -> usize {
    std::env::var("STACKDRILL_FIRST").ok().and_then(|word| word.parse().ok()).unwrap_or(0)
}

fn main() -> std::io::Result<()> {
    // A stack that panics has said what it had to say; the oracle hears of it as silence.
    panic::set_hook(Box::new(|_| {}));
    let out = &mut std::io::stdout().lock();
    for stimulus in stimulus::all().skip(first()) {
        let name = stimulus.to_string();
        if wanted().is_some_and(|wanted| !name.contains(&wanted)) {
            continue;
        }
        let ran = panic::catch_unwind(AssertUnwindSafe(|| stimulus.run()));
        let panicked = ran.is_err();
        let Outcome { digest, departures, warnings } = ran.unwrap_or_default();
        let object = json!({ "stimulus": name, "digest": digest, "departures": departures, "warnings": warnings, "panicked": panicked });
        writeln!(out, "{object}")?;
        out.flush()?;
    }
    Ok(())
}
