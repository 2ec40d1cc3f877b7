//! Small worlds: every interleaving to a stated depth, the oracle in step with the reference, under every profile.
//!
//! `cargo test --test worlds -- --nocapture` shows the figures. `STACKDRILL_DEEPER` is how many levels deeper to look.
use std::time::Instant;

use stackdrill::script::{ParseOptions, parse};
use stackdrill::target::Reference;
use stackdrill::worlds::{ALPHABET, Explored, OneHost, TwoHosts, explore, roots, scenes};
use stackdrill::{Profile, RunOptions, Verdict, run_script};
use stackdrill_oracle::Coverage;
use stackdrill_tests::root;

/// The pairs of state and event that can be reached: what `check --coverage` counts out of.
const TABLE: &str = "conformance/src/worlds/reachable.txt";

/// How many steps a search takes: as many as stand here, or more if the environment says so.
fn depth(least: usize) -> usize {
    let deeper = std::env::var("STACKDRILL_DEEPER");
    least + deeper.map_or(0, |deeper| deeper.parse::<usize>().expect("a number of levels"))
}

/// The pairs of state and event that a search visited, as the table of those that can be reached writes them.
fn pairs(coverage: &Coverage) -> Vec<String> {
    coverage.pairs().map(|(state, event)| format!("{state} {event:?}")).collect()
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
    let mut coverage = Coverage::default();
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
        coverage.merge(&explored.coverage);
    }
    // What is reached in more steps than these is no part of the table.
    if depth(0) > 0 {
        return;
    }
    let found = pairs(&coverage).join("\n") + "\n";
    if std::env::var_os("STACKDRILL_BLESS").is_some() {
        std::fs::write(root().join(TABLE), &found).expect("the table can be written");
    }
    let table = std::fs::read_to_string(root().join(TABLE)).expect("the table can be read");
    assert!(found == table, "{TABLE} is not what small worlds reach; STACKDRILL_BLESS=1 writes it anew");
}

/// Whatever a network does wrong so often, both ends read what the other wrote, and both come to CLOSED.
#[test]
fn two_hosts() {
    for profile in Profile::ALL {
        for scene in scenes() {
            let started = Instant::now();
            let world = TwoHosts::new(&Reference::new(), profile, &scene).unwrap();
            let explored = explore(&[world], depth(10));
            tell(&format!("{}, {profile}", scene.name), &explored, started);
            if let Some(found) = explored.counterexample {
                let way = (&scene, &found.steps[..]);
                let scripts = TwoHosts::scripts(&Reference::new(), profile, way, &found.law).unwrap();
                panic!("{profile}, {}:\n{}", scene.name, scripts.join("\n"));
            }
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
