//! The suite: our own scripts, part of the library, so that it runs from any directory.
use std::sync::LazyLock;
use std::time::Duration;

use include_dir::{Dir, include_dir};
use stackdrill_oracle::{Oracle, host};
use stackdrill_wire::{Instant, Tuple};

use crate::constants::Abi;
use crate::judge::ran;
use crate::matrix::Check;
use crate::requirement::Requirement;
use crate::requirement::citation::{self, Kind};
use crate::runner::{RunOptions, RunReport, Variant, run_script};
use crate::script::{self, ParseOptions, Parsed};
use crate::target::{Capability, Profile, Target};

mod whole;

pub use whole::{Unmet, Whole};

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
    /// Those that leave a choice, of which it expects one side.
    pub chooses: Vec<String>,
    /// The only profiles that can pass it; empty if any stack must.
    pub profiles: Vec<Profile>,
    /// What a target must offer for it to say anything.
    pub needs: Vec<Capability>,
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

impl Entry {
    /// Whether it takes one side of the latitude that this requirement leaves.
    #[must_use]
    pub fn chooses(&self, requirement: &Requirement) -> bool {
        self.chooses.iter().any(|id| requirement.is_meant_by(id))
    }

    /// The script read for one variant, with what is wrong with it.
    #[must_use]
    pub fn read(&self, variant: Variant) -> Parsed {
        let own = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        let defines = variant.defines().iter().map(own).collect();
        script::parse(self.source, &ParseOptions { name: self.name.clone(), dialect: None, defines })
    }

    /// The variants that it is for.
    #[must_use]
    pub fn variants(&self) -> Vec<Variant> {
        Variant::of(&self.read(Variant::Ipv4).script)
    }

    /// The variant that stands for all where one is enough.
    #[must_use]
    pub fn first_variant(&self) -> Variant {
        self.variants().first().copied().unwrap_or(Variant::Ipv4)
    }

    /// The profile to run it with where `wanted` may be had; one of its own if it is for others only.
    #[must_use]
    pub fn profile(&self, wanted: Profile) -> Profile {
        match self.profiles.first() {
            Some(&own) if !self.profiles.contains(&wanted) => own,
            _ => wanted,
        }
    }

    /// Runs it against a target, which starts over.
    #[must_use]
    pub fn run(&'static self, target: &mut dyn Target, options: &RunOptions) -> Ran {
        let read = self.read(options.variant);
        Ran { entry: self, report: run_script(&read.script, target, options) }
    }
}

/// A script of the suite and how a run of it ended.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The script.
    pub entry: &'static Entry,
    /// The run.
    pub report: RunReport,
}

impl Ran {
    /// What the oracle makes of each connection at the target, in the order of their first packets.
    #[must_use]
    pub fn judged(&self, abi: Abi) -> Vec<(Tuple, Oracle)> {
        let until = Instant::from_micros(self.report.virtual_us);
        ran::connections(&self.report.trace, abi, until, self.slack())
    }

    /// What the oracle makes of what the target said beside its connections.
    #[must_use]
    pub fn judged_host(&self) -> host::Oracle {
        ran::host(&self.report.trace)
    }

    /// How much later than due an answer may show: where time is not virtual, a host takes some to give it.
    fn slack(&self) -> Duration {
        const BUSY: Duration = Duration::from_millis(100);
        if self.report.is_live { self.report.late.max(BUSY) } else { Duration::ZERO }
    }

    /// The run as the check that a verdict rests on.
    #[must_use]
    pub fn check(&self) -> Check {
        Check {
            script: self.entry.name.clone(),
            variant: self.report.variant.name(),
            verdict: self.report.verdict(),
            line: self.report.line(),
            reason: self.report.reason(),
        }
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
        entries.push(entry(name, source));
    }
    for inner in folder.dirs() {
        gather(inner, entries);
    }
}

fn entry(name: String, source: &'static str) -> Entry {
    let read = script::parse(source, &ParseOptions { name: name.clone(), ..ParseOptions::default() });
    let profiles = read.script.tags.profiles.iter().filter_map(|word| word.node.parse().ok()).collect();
    let needs = read.script.tags.needs.iter().filter_map(|word| Capability::named(&word.node)).collect();
    Entry {
        name,
        source,
        proves: citation::cited(source, Kind::Proves),
        chooses: citation::cited(source, Kind::Chooses),
        profiles,
        needs,
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

    #[test]
    fn every_script_reads_without_a_complaint() {
        for entry in scripts() {
            let read = entry.read(entry.first_variant());
            let profiles = read.script.tags.profiles.len();
            assert_eq!(entry.profiles.len(), profiles, "{}: a profile that does not exist", entry.name);
            let needs = read.script.tags.needs.len();
            assert_eq!(entry.needs.len(), needs, "{}: a capability that does not exist", entry.name);
            assert!(read.diagnostics.is_empty(), "{}: {}", entry.name, read.diagnostics[0]);
        }
    }
}
