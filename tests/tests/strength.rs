//! Each script was seen to fail when something that it guards is broken; each breakage is noticed by some script.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use stackdrill::requirement::Catalogue;
use stackdrill::strength::{self, Strength};
use stackdrill::target::Reference;
use stackdrill::{Profile, suite};

fn measured() -> Vec<Strength> {
    let measure = |entry| strength::measure(entry, || Box::new(Reference::new()), Profile::Rfc);
    suite::scripts().iter().map(measure).collect()
}

#[test]
fn every_script_notices_and_every_breakage_is_noticed() {
    let measured = measured();
    let weak: Vec<String> = measured
        .iter()
        .filter(|strength| !strength.is_proof())
        .map(|strength| {
            format!("{} (sound: {}) misses {:?}", strength.script, strength.is_sound, strength.misses)
        })
        .collect();
    let noticed: BTreeSet<&str> =
        measured.iter().flat_map(|strength| strength.notices.iter().map(|seen| seen.breakage)).collect();
    let unnoticed: Vec<&str> = strength::breakages()
        .iter()
        .map(|breakage| breakage.name)
        .filter(|name| !noticed.contains(name))
        .collect();
    let weak_list = weak.join("\n");
    assert!(weak.is_empty() && unnoticed.is_empty(), "\n{weak_list}\nnobody notices: {unnoticed:#?}");
}

/// Not only the script as a whole: for each requirement that it claims, a breakage of that very requirement.
#[test]
fn every_claim_is_guarded() {
    let measured = measured();
    let noticed = |entry: &suite::Entry| {
        let own = measured.iter().find(|strength| strength.script == entry.name);
        let names: BTreeSet<&str> =
            own.into_iter().flat_map(|own| &own.notices).map(|seen| seen.breakage).collect();
        strength::breakages().into_iter().filter(move |breakage| names.contains(breakage.name))
    };
    let mut guarded: BTreeSet<&str> = BTreeSet::new();
    for entry in suite::scripts() {
        for breakage in noticed(entry) {
            let claims = entry.proves.iter().filter(|id| breakage.breaks(std::slice::from_ref(id)));
            guarded.extend(claims.map(String::as_str));
        }
    }
    let claims = suite::scripts().iter().flat_map(|entry| &entry.proves);
    let loose: BTreeSet<&str> = claims.map(String::as_str).filter(|id| !guarded.contains(id)).collect();
    assert!(loose.is_empty(), "claimed, but no breakage of it was noticed: {loose:#?}");
}

#[test]
fn breakages_have_names_of_their_own_and_violate_what_exists() {
    let catalogue = Catalogue::embedded();
    let mut names = BTreeSet::new();
    for breakage in strength::breakages() {
        assert!(names.insert(breakage.name), "{} twice", breakage.name);
        for id in breakage.violates {
            assert!(!catalogue.find(id).is_empty(), "{}: {id}", breakage.name);
        }
    }
}
