//! Sizes are a smell detector: reported, never enforced. `cargo test --test tidy sizes -- --nocapture` shows them.
use super::rust;

/// Lines in a file, and in a function, above which one asks which room is missing.
const FILE: usize = 400;
const FUNCTION: usize = 40;

#[test]
fn sizes_are_reported() {
    let sources = rust();
    let mut large: Vec<(usize, String)> = Vec::new();
    let mut counts: Vec<usize> = Vec::new();
    let (mut comments, mut lines) = (0_usize, 0_usize);
    for source in &sources {
        let count = source.text.lines().count();
        counts.push(count);
        if count > FILE {
            large.push((count, source.path.clone()));
        }
        for (name, length) in functions(&source.text).into_iter().filter(|&(_, length)| length > FUNCTION) {
            large.push((length, format!("{} fn {name}", source.path)));
        }
        let written = source.text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines += written.clone().count();
        comments += written.filter(|line| line.starts_with("//")).count();
    }
    counts.sort_unstable();
    large.sort_by(|a, b| b.cmp(a));
    for (count, what) in &large {
        println!("{count:5} lines: {what}");
    }
    let median = counts.get(counts.len() / 2).copied().unwrap_or_default();
    println!(
        "{} files, {lines} lines, median {median}, {} % comments",
        counts.len(),
        comments * 100 / lines.max(1)
    );
    assert!(!counts.is_empty(), "no source was read");
}

/// Functions and their lengths in lines, by where the closing brace returns to the indent of the opening line.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some((before, rest)) = line.split_once("fn ") else { continue };
        let indent = line.len() - line.trim_start().len();
        if line.ends_with(';') {
            continue;
        }
        if !before.trim().split(' ').all(|word| word.is_empty() || word.starts_with("pub") || word == "const")
        {
            continue;
        }
        let closing = format!("{}}}", " ".repeat(indent));
        let Some(length) = lines.iter().skip(at).position(|later| *later == closing) else { continue };
        let name = rest.split(['(', '<']).next().unwrap_or(rest);
        found.push((name, length + 1));
    }
    found
}

#[test]
fn a_function_ends_where_its_brace_does() {
    let text =
        "fn one() {\n    if x {\n    }\n}\n\nimpl A {\n    pub const fn two() {\n        3\n    }\n}\n";
    assert_eq!(functions(text), [("one", 4), ("two", 3)]);
}
