//! The suite: our own scripts, part of the library, so that it runs from any directory.
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};

use crate::requirement::Requirement;
use crate::requirement::citation;

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/scripts");

static SUITE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut entries = Vec::new();
    gather(&FILES, &mut entries);
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries
});

/// A script of the suite.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its path below `scripts/`: `rfc9293/close/four-way.pkt`.
    pub name: String,
    /// Its text.
    pub source: &'static str,
    /// The requirement ids that it proves, as it writes them.
    pub proves: Vec<String>,
}

impl Entry {
    /// Its opening sentence.
    #[must_use]
    pub fn sentence(&self) -> &str {
        self.source.lines().next().and_then(|line| line.strip_prefix("//")).unwrap_or_default().trim()
    }

    /// Whether one of its ids means this requirement: the same, or the label without the letter.
    #[must_use]
    pub fn proves(&self, requirement: &Requirement) -> bool {
        self.proves.iter().any(|id| requirement.is_meant_by(id))
    }
}

/// Every script of the suite, by name.
#[must_use]
pub fn scripts() -> &'static [Entry] {
    &SUITE
}

fn gather(folder: &Dir<'static>, entries: &mut Vec<Entry>) {
    for file in folder.files().filter(|file| file.path().extension().is_some_and(|ext| ext == "pkt")) {
        let name = file.path().to_string_lossy().replace('\\', "/");
        let source = file.contents_utf8().unwrap_or_default();
        entries.push(Entry { name, source, proves: citation::proved(source) });
    }
    for inner in folder.dirs() {
        gather(inner, entries);
    }
}

#[cfg(test)]
mod tests {
    use super::scripts;

    #[test]
    fn the_suite_is_in_order_and_each_script_says_what_it_is() {
        let names: Vec<&str> = scripts().iter().map(|entry| entry.name.as_str()).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        for entry in scripts() {
            assert!(!entry.sentence().is_empty(), "{}", entry.name);
            assert!(!entry.proves.is_empty(), "{}", entry.name);
        }
    }
}
