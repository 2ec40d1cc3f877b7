//! Small worlds: every interleaving to a stated depth, the oracle in step with the reference, under every profile.
//!
//! `cargo test --test worlds -- --nocapture` shows the figures; `STACKDRILL_DEPTH` looks deeper.
use std::time::Instant;

use stackdrill::script::{ParseOptions, parse};
use stackdrill::target::Reference;
use stackdrill::worlds::{ALPHABET, Explored, OneHost, explore, roots};
use stackdrill::{Profile, RunOptions, Verdict, run_script};

/// How deep a search goes: as it stands here, or as the environment says.
fn depth(otherwise: usize) -> usize {
    std::env::var("STACKDRILL_DEPTH").map_or(otherwise, |depth| depth.parse().expect("a number of steps"))
}

/// Prints a search's figures.
fn tell<S>(what: &str, explored: &Explored<S>, started: Instant) {
    println!(
        "{what:24} {:8} states {:9} transitions {:4} pairs, depth {} {:?} in {:.1?}",
        explored.states,
        explored.transitions,
        explored.coverage.pairs().count(),
        explored.levels.len() - 1,
        explored.levels,
        started.elapsed(),
    );
}

/// Whatever a peer, a user, the path and time do to a host, in whatever order: no law is broken, and the oracle agrees.
#[test]
fn one_host() {
    for profile in Profile::ALL {
        let started = Instant::now();
        let roots = roots();
        let worlds =
            roots.iter().map(|root| OneHost::new(Reference::new(), profile, root, ALPHABET).unwrap());
        let explored = explore(&worlds.collect::<Vec<_>>(), depth(2));
        tell(&format!("one host, {profile}"), &explored, started);
        if let Some(found) = explored.counterexample {
            let way = (&roots[found.root], &found.steps[..]);
            let script = OneHost::script(Reference::new(), profile, way, &found.law).unwrap();
            panic!("{profile}, from {}:\n{script}", roots[found.root].name);
        }
    }
}

/// What happens in a small world is a script, and the reference passes it.
#[test]
fn every_way_is_a_script() {
    let mut failures = String::new();
    for root in &roots() {
        for (name, operation) in ALPHABET {
            let script =
                OneHost::script(Reference::new(), Profile::Rfc, (root, &[*operation]), name).unwrap();
            // What no script can say, or not without a socket.
            if script.contains("cannot say") || root.name == "CLOSED" && script.contains('<') {
                continue;
            }
            let parsed = parse(&script, &ParseOptions::default());
            let report = run_script(&parsed.script, &mut Reference::new(), &RunOptions::default());
            if !parsed.is_ok() || report.verdict() != Verdict::Pass {
                let said: Vec<_> = parsed.diagnostics.iter().map(ToString::to_string).collect();
                let (reason, line) = (report.reason(), report.line());
                failures += &format!("{}, then {name}: {said:?} {reason:?} {line:?}\n{script}\n", root.name);
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
