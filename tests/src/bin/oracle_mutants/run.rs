//! One mutant under every stimulus.
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

/// What all stimuli led to.
#[derive(Debug)]
pub(crate) struct Ran {
    /// By stimulus: the digest of what was sent, and what the oracle refused.
    stimuli: BTreeMap<String, (u64, Vec<String>)>,
    /// Whether the program ended by itself.
    pub(crate) ended: bool,
}

impl Ran {
    /// Whether anything was sent otherwise, or at another time.
    pub(crate) fn differs(&self, other: &Self) -> bool {
        let digests = |ran: &Self| -> Vec<u64> { ran.stimuli.values().map(|(digest, _)| *digest).collect() };
        digests(self) != digests(other)
    }

    /// The stimuli under which the oracle refused something.
    pub(crate) fn refused(&self) -> impl Iterator<Item = &str> {
        self.stimuli.iter().filter(|(_, (_, rules))| !rules.is_empty()).map(|(name, _)| name.as_str())
    }

    /// What it refused there.
    pub(crate) fn rules(&self, stimulus: &str) -> impl Iterator<Item = &str> {
        self.stimuli.get(stimulus).into_iter().flat_map(|(_, rules)| rules).map(String::as_str)
    }
}

/// Longer than all stimuli take, many times over.
const LONGEST: Duration = Duration::from_secs(60);

/// Runs the program with one mutant, or none.
pub(crate) fn run(program: &Path, mutant: Option<u32>) -> anyhow::Result<Ran> {
    let mut child = Command::new(program)
        .env("STACKDRILL_MUTANT", mutant.unwrap_or(0).to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let mut out = child.stdout.take().context("no standard output")?;
    let reader = thread::spawn(move || {
        let mut octets = Vec::new();
        out.read_to_end(&mut octets).map(|_| octets)
    });
    let began = Instant::now();
    let ended = loop {
        match child.try_wait()? {
            Some(_) => break true,
            None if began.elapsed() > LONGEST => {
                child.kill()?;
                child.wait()?;
                break false;
            }
            None => thread::sleep(Duration::from_millis(20)),
        }
    };
    let octets = reader.join().map_err(|_| anyhow::anyhow!("the reader panicked"))??;
    let lines = String::from_utf8_lossy(&octets);
    Ok(Ran { stimuli: lines.lines().filter_map(stimulus).collect(), ended })
}

fn stimulus(line: &str) -> Option<(String, (u64, Vec<String>))> {
    let object: Value = serde_json::from_str(line).ok()?;
    let rules = object["departures"].as_array()?.iter().filter_map(|rule| rule.as_str().map(str::to_owned));
    Some((object["stimulus"].as_str()?.to_owned(), (object["digest"].as_u64()?, rules.collect())))
}
