//! The words of the house, and those that it does without.
use super::{Complaints, code, none, rust};
use stackdrill_tests::Source;

/// Names that say nothing of what is inside.
const EMPTY: [&str; 6] = ["utils", "util", "common", "helpers", "misc", "manager"];
/// Verbs that say nothing of what is done. What stands in for a map may speak as the standard library's do: `get_mut`.
const VAGUE: [&str; 3] = ["get_", "handle_", "do_"];

#[test]
fn names_say_what_they_name() {
    let mut complaints = Vec::new();
    for source in rust() {
        for part in source.path.trim_end_matches(".rs").split('/') {
            if EMPTY.contains(&part) {
                complaints.push(format!("{}: a room called {part}", source.path));
            }
        }
        for (at, line) in code(&source) {
            if let Some((_, name)) = named(line).filter(|&(kind, name)| is_empty_word(kind, name)) {
                complaints.push(format!("{}:{at}: {name}", source.path));
            }
        }
    }
    none(&complaints);
}

/// The item that a line introduces: what it is and its name.
fn named(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split_whitespace().skip_while(|word| {
        word.starts_with("pub") || ["const", "async", "unsafe", "extern", "\"C\"", "in"].contains(word)
    });
    let kind = words.next()?;
    let name = words.next()?;
    let items = ["fn", "struct", "enum", "trait", "type", "mod", "static"];
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
    items.contains(&kind).then_some((kind, name.get(..end)?))
}

fn is_empty_word(kind: &str, name: &str) -> bool {
    let is_vague =
        VAGUE.iter().any(|verb| name != "get_mut" && name.starts_with(verb)) || name.contains("Manager");
    is_vague || (kind == "mod" && EMPTY.contains(&name))
}

#[test]
fn empty_words_are_seen() {
    for (line, seen) in [
        ("pub fn get_name() {", true),
        ("    pub(crate) const fn handle_x<T>() {", true),
        ("fn get_mut(&mut self) {", false),
        ("fn double() {", false),
        ("struct PathManager;", true),
        ("mod utils;", true),
        ("let x = get_name();", false),
        ("fn domain() {}", false),
        ("fn common(a: &[u8], b: &[u8]) -> usize {", false),
    ] {
        assert_eq!(named(line).is_some_and(|(kind, name)| is_empty_word(kind, name)), seen, "{line}");
    }
}

#[test]
fn nothing_is_left_undone() {
    let undone = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[ign", "ore"),
        concat!("#[al", "low("),
    ];
    let mut complaints = Vec::new();
    for source in rust() {
        for (at, line) in code(&source) {
            let left = undone.iter().filter(|word| line.contains(**word));
            complaints.extend(left.map(|word| format!("{}:{at}: {word}", source.path)));
        }
    }
    none(&complaints);
}

#[test]
fn every_expectation_of_a_lint_has_a_reason() {
    none(&rust().iter().flat_map(unreasoned).collect::<Complaints>());
}

fn unreasoned(source: &Source) -> Complaints {
    let starts = [concat!("#[exp", "ect("), concat!("#![exp", "ect(")];
    let found = starts.iter().flat_map(|start| source.text.match_indices(start));
    found
        .filter(|&(at, _)| {
            let rest = source.text.get(at..).unwrap_or_default();
            !rest.split(")]").next().unwrap_or_default().contains("reason")
        })
        .map(|(at, _)| {
            let line = source.text.get(..at).unwrap_or_default().lines().count() + 1;
            format!("{}:{line}: a lint is expected without a reason", source.path)
        })
        .collect()
}
