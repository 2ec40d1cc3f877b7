//! One mutant under every stimulus.
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

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
    /// Whether every stimulus came to an end.
    pub(crate) ended: bool,
}

impl Ran {
    /// Whether anything was sent otherwise, or at another time, under a stimulus that both were shown to its end.
    pub(crate) fn differs(&self, other: &Self) -> bool {
        let differs = |(name, one): (&String, &Stimulus)| {
            other.stimuli.get(name).is_some_and(|other| other.digest != one.digest)
        };
        !self.ended || self.stimuli.iter().any(differs)
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

/// Longer than any stimulus takes, many times over.
const LONGEST: Duration = Duration::from_secs(10);

/// After so many stimuli that do not end the mutant is given up.
const MOST_HANGS: usize = 4;

/// Runs the program with one mutant, or none. A stimulus that does not end is passed over, and the rest are still shown,
/// until something is refused.
pub(crate) fn run(program: &Path, mutant: Option<u32>) -> anyhow::Result<Ran> {
    let mut ran = Ran { stimuli: BTreeMap::new(), ended: true };
    let mut first = 0;
    for _ in 0..MOST_HANGS {
        let (lines, ended) = once(program, mutant.unwrap_or(0), first)?;
        first += lines.len() + 1;
        ran.stimuli.extend(lines.iter().filter_map(|line| stimulus(line)));
        ran.ended &= ended;
        if ended || !ran.refused().is_empty() {
            break;
        }
    }
    Ok(ran)
}

/// What the program says from one stimulus on, up to the first that is refused, and whether each came to an end.
fn once(program: &Path, mutant: u32, first: usize) -> anyhow::Result<(Vec<String>, bool)> {
    let mut child = Command::new(program)
        .env("STACKDRILL_MUTANT", mutant.to_string())
        .env("STACKDRILL_FIRST", first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let out = child.stdout.take().context("no standard output")?;
    let (tells, told) = mpsc::channel();
    thread::spawn(move || {
        BufReader::new(out).lines().map_while(Result::ok).try_for_each(|line| tells.send(line))
    });
    let mut lines = Vec::new();
    let ended = loop {
        match told.recv_timeout(LONGEST) {
            Ok(line) => {
                let refused = stimulus(&line).is_some_and(|(_, stimulus)| !stimulus.refused.is_empty());
                lines.push(line);
                if refused {
                    child.kill()?;
                    break true;
                }
            }
            Err(RecvTimeoutError::Disconnected) => break true,
            Err(RecvTimeoutError::Timeout) => break false,
        }
    };
    if !ended {
        child.kill()?;
    }
    child.wait()?;
    Ok((lines, ended))
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
