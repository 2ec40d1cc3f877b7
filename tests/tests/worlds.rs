//! Small worlds: every interleaving to a stated depth, the oracle in step with the reference, under every profile.
//!
//! `cargo test --test worlds -- --nocapture` shows the figures. `STACKDRILL_DEEPER` is how many levels deeper to look.
use std::time::Instant;

use stackdrill::script::{ParseOptions, parse};
use stackdrill::strength::{Breakage, breakages};
use stackdrill::target::Reference;
use stackdrill::worlds::{ALPHABET, Explored, OneHost, TwoHosts, explore, roots, scenes};
use stackdrill::{Profile, RunOptions, Verdict, run_script};
use stackdrill_oracle::Coverage;
use stackdrill_tests::root;

/// The pairs of state and event that can be reached: what `check --coverage` counts out of.
const TABLE: &str = "conformance/src/worlds/reachable.txt";

/// So many of the breakages are noticed one step from the roots; most of the others touch what the alphabet leaves out
/// (window scale, timestamps, urgent text, keep-alives, datagrams) or want more than one step.
const LEAST_NOTICED: usize = 60;

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
    let found = pairs(&coverage);
    if std::env::var_os("STACKDRILL_BLESS").is_some() {
        std::fs::write(root().join(TABLE), found.join("\n") + "\n").expect("the table can be written");
    }
    let table = std::fs::read_to_string(root().join(TABLE)).expect("the table can be read");
    let table: Vec<&str> = table.lines().collect();
    let more: Vec<_> = found.iter().filter(|pair| !table.contains(&pair.as_str())).collect();
    println!("{} pairs, of which {} are in the table; not: {more:?}", found.len(), table.len());
    let kept = if depth(0) > 0 { found.len() == table.len() + more.len() } else { found == table };
    assert!(kept, "{TABLE} is not what small worlds reach; STACKDRILL_BLESS=1 writes it anew");
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

/// A world in which nothing can go wrong proves nothing: break the host on purpose, in all the ways of `check --strength`,
/// and see which of them a law or the oracle notices within a few steps.
#[test]
fn a_broken_host_is_noticed() {
    let roots = roots();
    let breaks = |breakage: &Breakage| -> Option<String> {
        let world =
            |root| OneHost::new(breakage.of(Box::new(Reference::new())), Profile::Rfc, root, ALPHABET);
        let worlds: Result<Vec<_>, String> = roots.iter().map(world).collect();
        match worlds {
            Err(law) => Some(law),
            Ok(worlds) => explore(&worlds, depth(1)).counterexample.map(|found| found.law),
        }
    };
    let seen: Vec<_> = breakages().into_iter().map(|breakage| (breakage.name, breaks(breakage))).collect();
    for (name, law) in &seen {
        println!(
            "{} a stack that {name}: {}",
            if law.is_some() { "notices" } else { "misses " },
            law.as_deref().unwrap_or("-")
        );
    }
    let noticed = seen.iter().filter(|(_, law)| law.is_some()).count();
    println!("{noticed} of {} breakages are noticed", seen.len());
    for name in [
        "never acknowledges",
        "delivers text that was not to be delivered",
        "never retransmits",
        "believes any reset",
    ] {
        assert!(seen.iter().any(|(known, law)| *known == name && law.is_some()), "a stack that {name}");
    }
    assert!(noticed >= LEAST_NOTICED, "only {noticed} breakages are noticed");
}
