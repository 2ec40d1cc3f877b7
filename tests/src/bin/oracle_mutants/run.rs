//! One mutant under every stimulus.
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

/// What one stimulus led to.
#[derive(Debug)]
struct Stimulus {
    /// Of every datagram sent, and when.
    digest: u64,
    refused: Vec<String>,
    warned: Vec<String>,
}

/// What all stimuli led to.
#[derive(Debug)]
pub(crate) struct Ran {
    stimuli: BTreeMap<String, Stimulus>,
    /// Whether the program ended by itself.
    pub(crate) ended: bool,
}

impl Ran {
    /// Whether anything was sent otherwise, or at another time.
    pub(crate) fn differs(&self, other: &Self) -> bool {
        let digests = |ran: &Self| -> Vec<u64> { ran.stimuli.values().map(|one| one.digest).collect() };
        digests(self) != digests(other)
    }

    /// The rules that refused something.
    pub(crate) fn refused(&self) -> BTreeSet<&str> {
        self.stimuli.values().flat_map(|one| &one.refused).map(String::as_str).collect()
    }

    /// The rules that warned of something, and did not of the other's doing under the same stimulus.
    pub(crate) fn warned(&self, other: &Self) -> BTreeSet<&str> {
        let known =
            |name: &str, rule: &String| other.stimuli.get(name).is_some_and(|one| one.warned.contains(rule));
        let warned =
            self.stimuli.iter().flat_map(|(name, one)| one.warned.iter().map(move |rule| (name, rule)));
        warned.filter(|(name, rule)| !known(name, rule)).map(|(_, rule)| rule.as_str()).collect()
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

fn stimulus(line: &str) -> Option<(String, Stimulus)> {
    let object: Value = serde_json::from_str(line).ok()?;
    let list = |name: &str| -> Option<Vec<String>> {
        Some(object[name].as_array()?.iter().filter_map(|rule| rule.as_str().map(str::to_owned)).collect())
    };
    let stimulus = Stimulus {
        digest: object["digest"].as_u64()?,
        refused: list("departures")?,
        warned: list("warnings")?,
    };
    Some((object["stimulus"].as_str()?.to_owned(), stimulus))
}
