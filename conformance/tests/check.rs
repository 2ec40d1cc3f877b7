//! `stackdrill check` and `stackdrill requirements` as processes: what they print, and how they exit.
#![cfg(feature = "cli")]
use std::process::{Command, Output};

/// Runs the binary from a folder that has nothing to do with the repository: suite and catalogue are embedded.
fn stackdrill(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stackdrill"));
    command.current_dir(env!("CARGO_TARGET_TMPDIR")).args(arguments).env("NO_COLOR", "1");
    command.output().expect("stackdrill runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_reference_passes_its_own_suite() {
    let output = stackdrill(&["check", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    let rows: Vec<serde_json::Value> =
        out(&output).lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    assert_eq!(rows.len(), 866);
    let with = |verdict: &str| rows.iter().filter(|row| row["verdict"] == verdict).count();
    assert!(with("pass") >= 250, "{} pass", with("pass"));
    assert_eq!((with("fail"), with("warn")), (0, 0));
    for row in rows.iter().filter(|row| row["verdict"] == "pass") {
        assert!(row["checks"].as_array().is_some_and(|checks| !checks.is_empty()), "{row}");
        assert_eq!(row["target"], "reference");
    }
}

#[test]
fn the_same_matrix_is_printed_every_time() {
    let [once, again] = [["check"], ["check"]].map(|arguments| out(&stackdrill(&arguments)));
    assert_eq!(once, again);
    assert!(!once.contains('\x1b'), "no colour where nobody watches");
}

#[test]
fn one_requirement_shows_its_scripts() {
    let output = stackdrill(&["check", "--requirement", "RFC9293:MUST-4"]);
    assert_eq!(output.status.code(), Some(0));
    let text = out(&output);
    for part in ["MUST-4a", "MUST-4b", "options/nop.pkt (ipv6) pass"] {
        assert!(text.contains(part), "{text}");
    }
    let output = stackdrill(&["check", "--requirement", "RFC9293:MUST-400"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("no requirement is called RFC9293:MUST-400"), "{}", err(&output));
}

#[test]
fn strength_is_measured_for_one_requirement() {
    let output = stackdrill(&["check", "--strength", "--requirement", "RFC9293:MUST-13"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("a stack that does not wait in TIME-WAIT"), "{}", out(&output));
}

#[test]
fn coverage_counts_pairs_of_state_and_event() {
    let output = stackdrill(&["check", "--coverage", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    let total: serde_json::Value =
        serde_json::from_str(text.lines().last().expect("a line")).expect("an object");
    assert!(total["pairs"].as_u64().is_some_and(|pairs| pairs > 80), "{total}");
    assert!(total["pairs"].as_u64() <= total["reachable"].as_u64(), "more than can be: {total}");
    assert!(text.lines().any(|line| line.contains("TIME-WAIT") && line.contains("ReceivedFin")), "{total}");
}

#[test]
fn a_report_is_a_page() {
    let output = stackdrill(&["check", "--requirement", "RFC9293:MUST-13", "--report", "matrix.html"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("matrix.html");
    let page = std::fs::read_to_string(&path).expect("a page was written");
    assert!(page.starts_with("<!doctype html>") && page.contains("RFC9293:MUST-13"), "{page}");
    assert!(!page.contains("http"), "nothing is loaded from anywhere");
    std::fs::remove_file(path).expect("a page was written");
}

#[cfg(feature = "smoltcp")]
#[test]
fn each_target_has_a_column_and_departures_of_its_own() {
    let asked = ["check", "--target", "reference", "--target", "smoltcp", "--requirement", "RFC9293:MUST-30"];
    let output = stackdrill(&[&asked[..], &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    let cells: Vec<serde_json::Value> =
        out(&output).lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let said = |at: usize, key: &str| cells[at][key].as_str().unwrap_or_default().to_owned();
    assert_eq!((said(0, "target"), said(0, "verdict")), ("reference".into(), "pass".into()));
    assert_eq!((said(1, "target"), said(1, "verdict")), ("smoltcp".into(), "fail".into()));
    assert_eq!(cells[1]["departure"]["requirement"], "RFC9293:MUST-30");
    let people = out(&stackdrill(&asked));
    let row = people.lines().find(|line| line.contains("MUST-30")).expect("a row");
    assert_eq!(row.split_whitespace().skip(2).take(2).collect::<Vec<_>>(), ["pass", "known"], "{people}");
    assert!(people.contains("; of the failures 1 known"), "{people}");
}

#[test]
fn what_cannot_be_done_is_one_sentence() {
    for (arguments, said) in [
        (vec!["check", "--target", "teapot"], "teapot"),
        (vec!["check", "--profile", "teapot"], "teapot"),
        (
            vec!["check", "--report", "/nowhere/at/all.html", "--requirement", "RFC9293:MUST-13"],
            "cannot write",
        ),
        (vec!["requirements", "teapot"], "no requirement is called teapot"),
    ] {
        let output = stackdrill(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains(said), "{arguments:?}: {}", err(&output));
    }
}

#[test]
fn requirements_are_listed_and_explained() {
    let list = stackdrill(&["requirements"]);
    assert_eq!(out(&list).lines().count(), 866);
    let one = out(&stackdrill(&["requirements", "RFC9293:MUST-13"]));
    let stacks = "stacks   reference pass, smoltcp pass";
    for part in ["RFC 9293 §3.6.1", "time-wait/lasts.pkt", "Retransmit the peer FIN once", stacks] {
        assert!(one.contains(part), "{one}");
    }
    let known = out(&stackdrill(&["requirements", "RFC9293:3.10.7.4-text-close-wait"]));
    assert!(known.contains("reference pass, smoltcp fail (known)"), "{known}");
    let json = out(&stackdrill(&["requirements", "RFC9293:MUST-4", "--format", "json"]));
    let rows: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1]["requirement"], "RFC9293:MUST-4b");
    assert_eq!(rows[1]["verdicts"]["reference"], "pass");
    assert!(rows[1]["checks"].as_array().is_some_and(|checks| checks.len() >= 2), "{json}");
}

#[test]
fn the_suite_is_laid_out_as_fmt_would() {
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts");
    let output = stackdrill(&["fmt", "--check", scripts]);
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
}
