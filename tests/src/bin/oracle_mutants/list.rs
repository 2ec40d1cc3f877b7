//! Which mutants there are, and a sample of them.
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use rand_pcg::Pcg32;
use rand_pcg::rand_core::Rng;
use serde::Deserialize;

/// A change to one function of the stack, as `cargo mutants --list --json` describes it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Mutant {
    /// Its place and what it does.
    pub(crate) name: String,
    /// From the workspace's root.
    pub(crate) file: String,
    /// The function, if it is in one.
    pub(crate) function: Option<Function>,
    /// What is replaced.
    pub(crate) span: Span,
    /// By what.
    pub(crate) replacement: String,
    /// What selects it; counted from 1.
    #[serde(default)]
    pub(crate) number: u32,
}

/// The function that a mutant changes.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Function {
    /// From its comments to its last brace.
    pub(crate) span: Span,
}

/// From one place up to another.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct Span {
    pub(crate) start: Place,
    pub(crate) end: Place,
}

/// Both counted from 1; columns in characters.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// So many mutants of the TCP rooms in the order that the seed gives.
pub(crate) fn sample(tree: &Path, seed: u64, pool: usize) -> anyhow::Result<Vec<Mutant>> {
    let listed = Command::new("cargo")
        .args(["mutants", "--list", "--json", "--package", "stackdrill-stack"])
        .args(["--file", "stack/src/tcp/**", "--file", "stack/src/tcp.rs"])
        .current_dir(tree)
        .output()
        .context("cannot start cargo")?;
    let said = String::from_utf8_lossy(&listed.stderr);
    ensure!(listed.status.success(), "cargo mutants (cargo install cargo-mutants): {}", said.trim());
    let mut mutants: Vec<Mutant> = serde_json::from_slice(&listed.stdout)?;
    let mut dice = Pcg32::new(seed, 6);
    for last in (1..mutants.len()).rev() {
        let other = usize::try_from(dice.next_u32())? % (last + 1);
        mutants.swap(last, other);
    }
    mutants.truncate(pool);
    for (mutant, number) in mutants.iter_mut().zip(1..) {
        mutant.number = number;
    }
    Ok(mutants)
}
