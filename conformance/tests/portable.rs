//! A script that is tagged for no profile holds for every one, and in every address variant, as it stands.
use std::fmt::Write as _;

use stackdrill::runner::RunOptions;
use stackdrill::script::{ParseOptions, parse};
use stackdrill::target::Reference;
use stackdrill::{Profile, Variant, Verdict, run_script, suite};

/// What real systems do not follow: RFC 6298 (2.4) wants no retransmission within the first second, and (5.5) a timeout
/// that doubles for SYNs too, which Linux repeats evenly at first; FreeBSD adds a fifth of a second to what RFC 6298 (2.3)
/// computes, and probes no shut window within five seconds (RFC 9293 SHLD-29). The profiles are what those systems do, so the scripts
/// must fail there.
const NOT_FOLLOWED: &[(&str, Profile)] = &[
    ("rto/floor.pkt", Profile::Linux),
    ("rto/floor.pkt", Profile::FreeBsd),
    ("open/syn-backs-off.pkt", Profile::Linux),
    ("rto/syn-doubles.pkt", Profile::Linux),
    ("rto/collapses.pkt", Profile::FreeBsd),
    ("window/probes-back-off.pkt", Profile::FreeBsd),
];

#[test]
fn portable_scripts_hold_in_every_profile_and_variant() {
    let mut wrong = String::new();
    let mut runs = [0_u32; Profile::ALL.len()];
    for entry in suite::scripts() {
        let parsed =
            parse(entry.source, &ParseOptions { name: entry.name.clone(), ..ParseOptions::default() });
        if !entry.profiles.is_empty() {
            continue;
        }
        for (count, profile) in runs.iter_mut().zip(Profile::ALL) {
            for variant in Variant::of(&parsed.script) {
                let options = RunOptions { profile, variant, ..RunOptions::default() };
                let report = run_script(&parsed.script, &mut Reference::new(), &options);
                *count += 1;
                let followed = !NOT_FOLLOWED.contains(&(entry.name.as_str(), profile));
                if (report.verdict() == Verdict::Pass) != followed {
                    let said = report.reason().unwrap_or_default();
                    let _ = writeln!(wrong, "{} ({profile}, {variant}): {said}", entry.name);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(runs.iter().all(|&count| count > 400), "{runs:?}");
}
