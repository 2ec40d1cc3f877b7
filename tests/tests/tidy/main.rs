//! The house rules that a compiler does not check: citations stand, layers hold, words are kept.
#![forbid(unsafe_code)]

mod citations;
mod layers;
mod sizes;
mod words;

use stackdrill_tests::{Source, sources};

/// A complaint: where, and what is wrong there.
type Complaints = Vec<String>;

fn rust() -> Vec<Source> {
    sources("rs").expect("the sources are readable")
}

fn scripts() -> Vec<Source> {
    let mut scripts = sources("pkt").expect("the scripts are readable");
    scripts.retain(|script| script.path.starts_with("conformance/scripts/"));
    scripts
}

/// Fails with one complaint a line, all at once.
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// The lines of a source that are code, numbered from 1, without what follows `//`.
fn code(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    source.text.lines().enumerate().map(|(at, line)| (at + 1, line.split("//").next().unwrap_or_default()))
}
