//! The manuals' examples are run, and end as the manuals say.
//!
//! A fence opens with ` ```pkt ` and what there is to say: `opening=NAME` (later examples may go on from here),
//! `after=NAME` (this one does; its options go to the head), `bsd` (read in that dialect), `fails` (and the next
//! ` ```text ` is what is said).
#![cfg(feature = "cli")]
use std::collections::BTreeMap;
use std::path::Path;

use stackdrill::report::{Style, explain};
use stackdrill::script::{Dialect, OPTIONS, ParseOptions, Severity, lint, parse};
use stackdrill::target::Reference;
use stackdrill::{RunOptions, RunReport, Variant, Verdict, run_script};

/// A fenced block: its line, the words behind the fence, its text.
struct Block {
    line: usize,
    words: Vec<String>,
    text: String,
}

impl Block {
    fn says(&self, word: &str) -> bool {
        self.words.iter().any(|said| said == word)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }
}

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (line, text) in (1..).zip(page.lines()) {
        match (text.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(words), None) => {
                let words = words.split_whitespace().map(str::to_owned).collect();
                open = Some(Block { line, words, text: String::new() });
            }
            (None, Some(block)) => {
                block.text.push_str(text);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "every fence closes");
    found
}

/// The whole script of an example: options first, then what it goes on from.
fn script(block: &Block, openings: &BTreeMap<String, String>) -> String {
    let before = block.value("after").map_or("", |name| openings[name].as_str());
    let (options, rest): (Vec<_>, Vec<_>) = block.text.lines().partition(|line| line.starts_with("--"));
    let lines = |lines: Vec<&str>| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    format!("{}{before}{}", lines(options), lines(rest))
}

fn run(text: &str, dialect: Option<Dialect>) -> Vec<RunReport> {
    let parsed =
        parse(text, &ParseOptions { name: "script.pkt".to_owned(), dialect, ..ParseOptions::default() });
    let wrong: Vec<_> = parsed.diagnostics.iter().map(ToString::to_string).collect();
    assert!(parsed.is_ok(), "{text}{wrong:?}");
    let faults = lint(&parsed.script, None);
    let errors = faults.iter().filter(|fault| fault.severity() == Severity::Error).count();
    assert_eq!(errors, 0, "{text}{faults:?}");
    let runs = Variant::of(&parsed.script).into_iter().map(|variant| {
        run_script(&parsed.script, &mut Reference::new(), &RunOptions { variant, ..RunOptions::default() })
    });
    runs.collect()
}

/// Each example of the manual ends as it says, in every variant that it is for.
#[test]
fn examples_of_the_manual_run() {
    let blocks = blocks(&page("script-language.md"));
    let mut openings = BTreeMap::new();
    let examples = blocks.iter().filter(|block| block.says("pkt")).count();
    assert!(examples > 15, "{examples} examples");
    for (at, block) in blocks.iter().enumerate().filter(|(_, block)| block.says("pkt")) {
        let text = script(block, &openings);
        let reports = run(&text, block.says("bsd").then_some(Dialect::Bsd));
        let wanted = if block.says("fails") { Verdict::Fail } else { Verdict::Pass };
        for report in &reports {
            let said = explain(report, Style::default());
            let variant = report.variant;
            assert_eq!(report.verdict(), wanted, "line {} ({variant}): {text}{said}", block.line);
        }
        if block.says("fails") {
            let stated = &blocks[at + 1];
            assert!(stated.says("text"), "line {}: what is said follows", block.line);
            assert_eq!(explain(&reports[0], Style::default()), stated.text, "line {}", stated.line);
        }
        if let Some(name) = block.value("opening") {
            openings.insert(name.to_owned(), text);
        }
    }
}

/// Somebody who looks for a flag finds it.
#[test]
fn every_option_is_in_the_page_for_packetdrills_users() {
    let page = page("coming-from-packetdrill.md");
    for form in OPTIONS {
        assert!(page.contains(&format!("`--{}`", form.name)), "--{}", form.name);
    }
}
