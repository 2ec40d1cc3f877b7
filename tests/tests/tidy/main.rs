//! The house rules that a compiler does not check: citations stand, layers hold, words are kept.
#![forbid(unsafe_code)]

mod citations;
mod layers;
mod rooms;
mod sizes;
mod words;

use stackdrill::requirement::citation::{self, Citation};
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

/// The citations of a text with the lines they begin on, numbered from 1. A list may go on over the comment lines that
/// follow, as long as each begins with the next thing cited.
fn lists(text: &str) -> impl Iterator<Item = (usize, Citation)> {
    let lines: Vec<&str> = text.lines().collect();
    (0..lines.len()).filter_map(move |at| {
        let first = *lines.get(at)?;
        citation::read(first)?;
        let rest = lines.iter().skip(at + 1).map_while(|line| {
            let comment = line.trim_start().strip_prefix("//")?.trim_start_matches(['/', '!']).trim_start();
            comment.starts_with("RFC").then_some(comment)
        });
        let whole = rest.fold(first.to_owned(), |whole, more| format!("{whole} {more}"));
        Some((at + 1, citation::read(&whole)?))
    })
}

/// Fails with one complaint a line, all at once.
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// The lines of a source that are code, numbered from 1, without what follows `//`.
fn code(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    source.text.lines().enumerate().map(|(at, line)| (at + 1, line.split("//").next().unwrap_or_default()))
}
