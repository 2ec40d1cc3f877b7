//! `wire <- stack`, `wire <- pcaps`, `wire <- oracle`, `{stack, pcaps, oracle} <- conformance <- {fuzz, tests}`.
use std::collections::BTreeSet;
use std::fs;

use super::{Complaints, none, rust};
use stackdrill_tests::{Source, root};

/// A package: its folder, its name, and the packages of the house that it may see.
struct Layer {
    folder: &'static str,
    name: &'static str,
    sees: &'static [&'static str],
}

const WIRE: &str = "stackdrill-wire";
const STACK: &str = "stackdrill-stack";
const PCAPS: &str = "stackdrill-pcaps";
const ORACLE: &str = "stackdrill-oracle";
const CONFORMANCE: &str = "stackdrill";
const ALL: [&str; 7] = [WIRE, STACK, PCAPS, ORACLE, CONFORMANCE, "stackdrill-fuzz", "stackdrill-tests"];

/// The longer folders first: a file belongs to the innermost package.
const LAYERS: [Layer; 7] = [
    Layer { folder: "stack/wire/", name: WIRE, sees: &[] },
    Layer { folder: "stack/", name: STACK, sees: &[WIRE] },
    Layer { folder: "pcaps/", name: PCAPS, sees: &[WIRE] },
    // A judge must not share the witness's blind spots.
    Layer { folder: "conformance/oracle/", name: ORACLE, sees: &[WIRE] },
    Layer { folder: "conformance/", name: CONFORMANCE, sees: &[WIRE, STACK, PCAPS, ORACLE] },
    Layer { folder: "fuzz/", name: "stackdrill-fuzz", sees: &[WIRE, STACK, PCAPS, ORACLE, CONFORMANCE] },
    Layer { folder: "tests/", name: "stackdrill-tests", sees: &[WIRE, STACK, PCAPS, ORACLE, CONFORMANCE] },
];

#[test]
fn manifests_keep_the_layers() {
    let mut complaints = Vec::new();
    for layer in LAYERS {
        let path = root().join(layer.folder).join("Cargo.toml");
        let manifest: toml::Table = fs::read_to_string(&path).expect("a manifest").parse().expect("toml");
        for name in house_dependencies(&toml::Value::Table(manifest)) {
            if !layer.sees.contains(&name.as_str()) {
                complaints.push(format!("{} may not depend on {name}", layer.name));
            }
        }
    }
    none(&complaints);
}

/// Packages of the house named by any `*dependencies` table, dev, build and target ones included.
fn house_dependencies(value: &toml::Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let Some(table) = value.as_table() else { return names };
    for (key, inner) in table {
        if key.ends_with("dependencies") {
            let keys = inner.as_table().into_iter().flat_map(toml::Table::keys);
            names.extend(keys.filter(|name| ALL.contains(&name.as_str())).cloned());
        } else {
            names.extend(house_dependencies(inner));
        }
    }
    names
}

#[test]
fn no_source_names_a_package_that_it_must_not_see() {
    let mut complaints = Vec::new();
    for source in rust() {
        let Some(layer) = LAYERS.iter().find(|layer| source.path.starts_with(layer.folder)) else { continue };
        // The tests that look at layers have to name them.
        if source.path.starts_with("tests/tests/tidy/") {
            continue;
        }
        for name in ALL.iter().filter(|&&name| name != layer.name && !layer.sees.contains(&name)) {
            let path = format!("{}::", name.replace('-', "_"));
            complaints.extend(named(&source.text, &path).map(|at| format!("{}:{at}: {path}", source.path)));
        }
    }
    none(&complaints);
}

/// The lines of code that use a path, numbered from 1.
fn named<'a>(text: &'a str, path: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.lines().enumerate().filter_map(move |(at, line)| {
        let code = line.split("//").next().unwrap_or_default();
        let starts = |at: usize| {
            !code.get(..at).unwrap_or_default().ends_with(|c: char| c.is_alphanumeric() || c == '_')
        };
        code.match_indices(path).any(|(found, _)| starts(found)).then_some(at + 1)
    })
}

#[test]
fn every_crate_but_the_one_that_touches_the_system_forbids_unsafe_code() {
    let mut complaints: Complaints = Vec::new();
    for layer in LAYERS.iter().filter(|layer| layer.name != CONFORMANCE) {
        let roots: Vec<_> = rust().into_iter().filter(|source| is_root(layer, &source.path)).collect();
        if roots.is_empty() {
            complaints.push(format!("{} has no crate root", layer.name));
        }
        // A fuzz target is one macro, which exports its entry by name: unsafe to that lint. Nothing else may be.
        let is_safe = |root: &Source| match layer.folder {
            "fuzz/" => !root.text.contains("unsafe"),
            _ => root.text.contains("#![forbid(unsafe_code)]"),
        };
        let lax = roots.iter().filter(|root| !is_safe(root));
        complaints.extend(lax.map(|root| format!("{} may hold unsafe code", root.path)));
    }
    none(&complaints);
}

/// Whether a file is what the compiler starts a crate of that package from, tests and benches aside.
fn is_root(layer: &Layer, path: &str) -> bool {
    let inside = path.strip_prefix(layer.folder);
    let is_own =
        LAYERS.iter().find(|layer| path.starts_with(layer.folder)).is_some_and(|own| own.name == layer.name);
    is_own
        && inside.is_some_and(|inside| {
            inside == "src/lib.rs" || inside == "src/main.rs" || inside.starts_with("fuzz_targets/")
        })
}
