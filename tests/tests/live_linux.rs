//! One script against the kernel that this runs on.
//!
//! Needs namespaces and a TUN device. Where they are not allowed it says so and does nothing, unless
//! `STACKDRILL_REQUIRE` asks for `namespaces`: then it fails. Its own `main`, because anybody but root makes a namespace
//! only while there is a single thread.

#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
use stackdrill::{RunOptions, Target, Variant, Verdict, run_script, script};

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() {
    if let Err(missing) = stackdrill::target::Linux::new().prepare() {
        return skipped(&missing.to_string());
    }
    let path = stackdrill_tests::root().join("conformance/scripts/open/passive.pkt");
    let text = std::fs::read(&path).expect("the suite has it");
    let parsed = script::parse_octets(&text, &script::ParseOptions::default());
    for variant in Variant::ALL {
        let mut target = stackdrill::target::Linux::new();
        let options = RunOptions { variant, ..RunOptions::default() };
        let report = run_script(&parsed.script, &mut target, &options);
        let reason = report.reason().unwrap_or_default();
        if report.verdict() == Verdict::Unsupported {
            return skipped(&reason);
        }
        // A host so busy that nothing can be said is no fault of the kernel's.
        let well = matches!(report.verdict(), Verdict::Pass | Verdict::Inconclusive);
        assert!(well, "{variant}: {reason}");
    }
}

#[cfg(target_os = "linux")]
fn skipped(why: &str) {
    let required = std::env::var("STACKDRILL_REQUIRE").unwrap_or_default();
    assert!(!required.split([',', ' ']).any(|lane| lane == "namespaces"), "required, but {why}");
    eprintln!("skipped: {why}");
}
