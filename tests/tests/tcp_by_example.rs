//! `docs/tcp-by-example.md`: every script of it passes, and every picture shows what the stack does today.
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use stackdrill::plots::{self, Watched};
use stackdrill::script::{self, ParseOptions};
use stackdrill::target::{self, Profile};
use stackdrill::{RunOptions, Variant, Verdict, run_script};

fn folder() -> PathBuf {
    stackdrill_tests::root().join("docs/tcp-by-example")
}

/// The files of the folder with this ending, sorted.
fn files(ending: &str) -> BTreeSet<String> {
    let all = fs::read_dir(folder()).expect("the folder");
    let names = all.map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"));
    names.filter(|name| name.ends_with(ending)).collect()
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).expect("a file of the folder")
}

#[test]
fn there_are_nine_in_order() {
    let scripts = files(".pkt");
    let numbers: Vec<_> = scripts.iter().filter_map(|name| name.chars().next()?.to_digit(10)).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn the_page_shows_every_script_and_picture() {
    let page = fs::read_to_string(folder().with_extension("md")).expect("the page");
    for name in files(".pkt").iter().chain(&files(".svg")) {
        assert!(page.contains(&format!("(tcp-by-example/{name})")), "{name} is not on the page");
    }
}

#[test]
fn every_script_passes_in_every_variant() {
    for name in files(".pkt") {
        let parsed =
            script::parse(&text(&name), &ParseOptions { name: name.clone(), ..ParseOptions::default() });
        for variant in Variant::ALL {
            let mut target = target::named("reference").expect("the reference");
            let options = RunOptions { variant, profile: Profile::Rfc, ..RunOptions::default() };
            let report = run_script(&parsed.script, &mut *target, &options);
            assert_eq!(report.verdict(), Verdict::Pass, "{name} ({variant}): {:?}", report.reason());
        }
    }
}

#[test]
fn every_picture_is_current() {
    let mut drawn = BTreeSet::new();
    for name in files(".pkt") {
        let parsed =
            script::parse(&text(&name), &ParseOptions { name: name.clone(), ..ParseOptions::default() });
        let mut target = Watched::new(target::named("reference").expect("the reference"));
        let report = run_script(&parsed.script, &mut target, &RunOptions::default());
        let stem = name.trim_end_matches(".pkt");
        let window = plots::window(target.samples()).expect("drawn");
        let ladder = Some((format!("{stem}.ladder.svg"), plots::ladder(&parsed.script, &report)));
        let window = window.map(|window| (format!("{stem}.window.svg"), window));
        for (picture, now) in ladder.into_iter().chain(window) {
            let there = fs::read_to_string(folder().join(&picture)).unwrap_or_default();
            assert!(
                there == now,
                "docs/tcp-by-example/{picture} is not what the stack does now; look at what \
                 `cargo run -- run --variant ipv4 --plot docs/tcp-by-example docs/tcp-by-example/*.pkt` draws"
            );
            drawn.insert(picture);
        }
    }
    assert_eq!(drawn, files(".svg"), "a picture that nothing draws any more");
}
