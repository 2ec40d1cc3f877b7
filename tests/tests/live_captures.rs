//! Captures made here and now, between two hosts of this kernel, and judged: no endpoint of theirs departs.
//!
//! Needs namespaces. Where they are not allowed it says so and does nothing, unless `STACKDRILL_REQUIRE` asks for
//! them: then it fails.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use stackdrill::judge::{self, Options, Vantage};

/// What `make_captures` ends with where namespaces are not allowed.
const FORBIDDEN: i32 = 77;

#[test]
fn no_end_of_a_live_conversation_departs() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("live_captures");
    let made = Command::new(env!("CARGO_BIN_EXE_make_captures"))
        .arg(&folder)
        .args(["plain-transfer", "half-close", "udp-port-unreachable"])
        .output()
        .expect("the program is built with the tests");
    let said = String::from_utf8_lossy(&made.stderr);
    if made.status.code() == Some(FORBIDDEN) {
        let required = std::env::var("STACKDRILL_REQUIRE").unwrap_or_default();
        assert!(!required.split([',', ' ']).any(|lane| lane == "namespaces"), "required, but {said}");
        eprintln!("skipped: {said}");
        return;
    }
    assert!(made.status.success(), "{said}");
    let mut judged = 0;
    for path in captures(&folder).expect("the folder was made") {
        judged += judged_lawful(&path);
    }
    assert_eq!(judged, 12, "three conversations, with offloads off and on, two ends each");
}

fn captures(folder: &Path) -> io::Result<Vec<PathBuf>> {
    folder.read_dir()?.map(|entry| Ok(entry?.path())).collect()
}

/// How many endpoints a capture has, all of them lawful.
fn judged_lawful(path: &Path) -> usize {
    let mut endpoints = 0;
    let options = Options { vantage: Vantage::Auto, ..Options::default() };
    let source = BufReader::new(File::open(path).expect("it was made just now"));
    let summary = judge::capture(source, options, |judgment| {
        assert_eq!(judgment.verdict, "lawful", "{}: {judgment:?}", path.display());
        endpoints += 1;
    });
    assert_eq!(summary.expect("it is a capture").broken, None, "{}", path.display());
    endpoints
}
