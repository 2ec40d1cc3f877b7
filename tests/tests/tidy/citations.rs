//! `Spec:`, `Proves:`, `Chooses:` and `Departs:` name rows of the catalogue or places in an RFC in force.
use stackdrill::requirement::Catalogue;
use stackdrill::requirement::citation::{self, Kind, REPLACED};
use stackdrill_tests::Source;

use super::{Complaints, lists, none, rust, scripts};

/// The room of the citation grammar, whose tests hold examples of what is refused.
const GRAMMAR: &str = "conformance/src/requirement/citation.rs";

#[test]
fn every_citation_stands() {
    none(&refused(&rust()));
    none(&refused(&scripts()));
}

fn refused(sources: &[Source]) -> Complaints {
    let catalogue = Catalogue::embedded();
    let mut complaints = Vec::new();
    for source in sources {
        for (line, found) in lists(&source.text) {
            complaints
                .extend(found.refused(catalogue).iter().map(|why| format!("{}:{line}: {why}", source.path)));
        }
    }
    complaints
}

#[test]
fn a_script_proves_requirements_and_nothing_else_in_its_list() {
    let mut complaints = Vec::new();
    for script in scripts() {
        for (at, line) in script.text.lines().enumerate() {
            let found = citation::read(line).filter(|found| found.kind == Kind::Proves);
            if let Some(word) = found.and_then(|found| found.then) {
                complaints.push(format!("{}:{}: {word} is no requirement id", script.path, at + 1));
            }
        }
        if citation::cited(&script.text, Kind::Proves).is_empty() {
            complaints.push(format!("{}: nothing says what it proves", script.path));
        }
        if !script.text.starts_with("// ") {
            complaints.push(format!("{}: no sentence opens it", script.path));
        }
    }
    none(&complaints);
}

#[test]
fn prose_names_the_rfc_in_force() {
    let mut complaints = Vec::new();
    for source in rust().iter().chain(&scripts()).filter(|source| source.path != GRAMMAR) {
        for (at, line) in source.text.lines().enumerate() {
            for (old, new) in REPLACED {
                if names(line, old) {
                    complaints.push(format!("{}:{}: RFC {old} is obsolete: RFC {new}", source.path, at + 1));
                }
            }
        }
    }
    none(&complaints);
}

/// Whether a line names that RFC and not one whose number merely begins so.
fn names(line: &str, rfc: u16) -> bool {
    [format!("RFC {rfc}"), format!("RFC{rfc}")].iter().any(|name| {
        line.match_indices(name.as_str()).any(|(at, _)| {
            let after = line.get(at + name.len()..).and_then(|rest| rest.chars().next());
            !after.is_some_and(|c| c.is_ascii_digit())
        })
    })
}

#[test]
fn a_list_goes_on_over_lines_that_begin_with_what_is_cited() {
    let text = "/// It does. Spec: RFC9293:MUST-1\n/// RFC9293:MUST-2.\n/// RFCs are read.\nfn f() {}\n// RFC9293:MUST-3";
    let found: Vec<_> = lists(text).map(|(line, found)| (line, found.cited.len())).collect();
    assert_eq!(found, [(1, 2)]);
}

#[test]
fn a_longer_number_is_another_rfc() {
    for (line, rfc, found) in [
        ("see RFC 512.", 512, true),
        ("see RFC 5123", 512, false),
        ("RFC512 and", 512, true),
        ("512", 512, false),
    ] {
        assert_eq!(names(line, rfc), found, "{line}");
    }
}
