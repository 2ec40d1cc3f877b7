//! Builds the woven workspace, without the mutants that do not compile.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use serde_json::Value;

use super::list::Mutant;
use super::{tree, weave};

/// The program that shows the stimuli to the stack. Mutants that cannot be woven or do not compile leave the list.
pub(crate) fn build(tree: &Path, mutants: &mut Vec<Mutant>) -> anyhow::Result<PathBuf> {
    let sources = sources(tree)?;
    loop {
        let lines = woven(tree, &sources, mutants)?;
        mutants.retain(|mutant| lines.values().flatten().any(|(_, number)| *number == mutant.number));
        let errors = errors(&cargo(tree, &["check", "-p", "stackdrill-stack"])?);
        if errors.is_empty() {
            break;
        }
        let mut unviable = BTreeSet::new();
        for (file, line) in &errors {
            let inside = lines.get(file).into_iter().flatten().filter(|(range, _)| range.contains(line));
            unviable.extend(inside.map(|(_, number)| *number));
        }
        ensure!(!unviable.is_empty(), "the woven stack does not compile at {errors:?}");
        eprintln!("{} mutants do not compile", unviable.len());
        mutants.retain(|mutant| !unviable.contains(&mutant.number));
    }
    eprintln!("{} mutants woven", mutants.len());
    let (fuel, filled) = weave::FUEL;
    tree::write(&tree.join(fuel), filled.as_bytes())?;
    let said = cargo(tree, &["build", "-p", "stackdrill-tests", "--bin", "oracle_alone"])?;
    let built = said.iter().rev().find_map(|line| line["executable"].as_str());
    let program = tree.join("oracle_alone");
    fs::copy(built.context("the woven workspace does not build")?, &program)?;
    Ok(program)
}

/// The lines of each mutant, by file.
type Lines = BTreeMap<String, Vec<(std::ops::Range<usize>, u32)>>;

/// The stack's files before anything is woven in, by name.
fn sources(tree: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut sources = BTreeMap::new();
    for file in rust_files(&tree.join("stack/src"))? {
        let name = file.strip_prefix(tree)?.to_string_lossy().replace('\\', "/");
        sources.insert(name, fs::read_to_string(&file)?);
    }
    Ok(sources)
}

fn woven(tree: &Path, sources: &BTreeMap<String, String>, mutants: &[Mutant]) -> anyhow::Result<Lines> {
    let mut lines = Lines::new();
    for (name, source) in sources {
        let here: Vec<&Mutant> = mutants.iter().filter(|mutant| mutant.file == *name).collect();
        let mut woven = weave::weave(source, &here);
        if name == "stack/src/lib.rs" {
            woven.text.push_str(weave::SWITCH);
        }
        tree::write(&tree.join(name), woven.text.as_bytes())?;
        lines.insert(name.clone(), woven.lines);
    }
    Ok(lines)
}

fn rust_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

/// What cargo says, a value a line. The build folder is the copy's own: cargo takes packages at the same place below two
/// workspaces for the same.
fn cargo(tree: &Path, arguments: &[&str]) -> anyhow::Result<Vec<Value>> {
    let said = Command::new("cargo")
        .args(arguments)
        .arg("--message-format=json")
        .current_dir(tree)
        .env("CARGO_TARGET_DIR", tree.join("target"))
        .stderr(Stdio::null())
        .output()
        .context("cannot start cargo")?;
    let lines = String::from_utf8_lossy(&said.stdout);
    Ok(lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// File and line of each error.
fn errors(said: &[Value]) -> Vec<(String, usize)> {
    let errors = said.iter().map(|line| &line["message"]).filter(|message| message["level"] == "error");
    let spans = errors.flat_map(|error| error["spans"].as_array().into_iter().flatten());
    spans
        .filter(|span| span["is_primary"] == true)
        .filter_map(|span| {
            let line = usize::try_from(span["line_start"].as_u64()?).ok()?;
            Some((span["file_name"].as_str()?.to_owned(), line))
        })
        .collect()
}
