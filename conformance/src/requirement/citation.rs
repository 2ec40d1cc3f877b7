//! The words that tie code, tests and scripts to the RFCs: `Spec:`, `Proves:`, `Chooses:`, `Departs:`.
//!
//! Each stands in a comment, followed by requirement ids (`RFC9293:MUST-40`) or places (`RFC 6298 §2`,
//! `RFC 6298 (2.3)`, `RFC 9293 §3.5 MUST-10`), separated by blanks, commas or semicolons. The first word that
//! is neither ends the list; what follows it is prose for the reader.
use super::Catalogue;

/// What a citation says about the place that it names.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// The code implements it.
    Spec,
    /// The test or script would fail if it were broken.
    Proves,
    /// The policy field is a latitude that it leaves.
    Chooses,
    /// The code does otherwise, on purpose.
    Departs,
}

impl Kind {
    const ALL: [(&'static str, Self); 4] = [
        ("Spec:", Self::Spec),
        ("Proves:", Self::Proves),
        ("Chooses:", Self::Chooses),
        ("Departs:", Self::Departs),
    ];
}

/// One thing cited.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Cited {
    /// A requirement id, or a label without its letter.
    Requirement(String),
    /// A place in an RFC: its number, then the section, step or label as written (empty for all of it).
    Place(u16, String),
}

/// A citation: its kind and what it names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Citation {
    /// What it says of them.
    pub kind: Kind,
    /// At least one, unless the author forgot them.
    pub cited: Vec<Cited>,
    /// The first word of the prose that follows, if any.
    pub then: Option<String>,
}

/// Why a citation does not stand.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refused {
    /// Nothing is named.
    #[error("no requirement or place follows the word")]
    Empty,
    /// There is no such id in the catalogue.
    #[error("{0} is not in the catalogue")]
    Unknown(String),
    /// The RFC has no rows in the catalogue.
    #[error("RFC {0} is not one of those that the catalogue covers")]
    Foreign(u16),
    /// A later RFC replaced this one.
    #[error("RFC {old} is obsolete: cite RFC {new}")]
    Obsolete {
        /// The RFC cited.
        old: u16,
        /// The one in force.
        new: u16,
    },
}

/// Documents that another replaced, and which: prose and citations name the one in force.
pub const REPLACED: [(u16, u16); 11] = [
    (793, 9293),
    (879, 9293),
    (1323, 7323),
    (1981, 8201),
    (2414, 5681),
    (2460, 8200),
    (2581, 5681),
    (2873, 9293),
    (2988, 6298),
    (3782, 6582),
    (6093, 9293),
];

/// RFCs without a row of their own that a place may still name: the key words, header, tunnel and registry documents.
const BEYOND: [u16; 17] =
    [826, 1071, 1624, 2003, 2119, 2385, 2473, 2784, 2890, 3032, 4022, 4023, 4987, 5925, 6994, 8174, 8311];

/// Reads the citation that starts in a line of source, if one does.
#[must_use]
pub fn read(line: &str) -> Option<Citation> {
    let comment = line.trim_start().strip_prefix("//")?;
    let text = comment.trim_start_matches(['/', '!']).trim_start();
    let (kind, rest) = Kind::ALL
        .into_iter()
        .filter_map(|(word, kind)| text.find(word).map(|at| (at, word, kind)))
        .filter(|&(at, ..)| starts_sentence(text.get(..at).unwrap_or_default()))
        .min_by_key(|&(at, ..)| at)
        .and_then(|(at, word, kind)| Some((kind, text.get(at..)?.strip_prefix(word)?)))?;
    Some(list(kind, rest))
}

/// The requirement ids that a script or test cites in one way, as written, in order of first mention.
#[must_use]
pub fn cited(source: &str, kind: Kind) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for citation in source.lines().filter_map(read).filter(|citation| citation.kind == kind) {
        for cited in citation.cited {
            if let Cited::Requirement(id) = cited
                && !ids.contains(&id)
            {
                ids.push(id);
            }
        }
    }
    ids
}

/// A citation opens a comment or follows a whole sentence in it; inside a sentence the words are only words.
fn starts_sentence(before: &str) -> bool {
    let before = before.trim_end();
    before.is_empty() || before.ends_with(['.', ':', ';', ')', '|'])
}

fn list(kind: Kind, text: &str) -> Citation {
    let mut cited = Vec::new();
    let mut words = text.split([' ', ',', ';', '\t']).map(trim).filter(|word| !word.is_empty()).peekable();
    while let Some(&word) = words.peek() {
        if let Some(id) = requirement(word) {
            cited.push(Cited::Requirement(id.to_owned()));
            words.next();
        } else if word == "RFC" {
            words.next();
            let Some(number) = words.next().and_then(|number| number.parse().ok()) else { break };
            let mut place = String::new();
            while let Some(part) = words.next_if(|part| is_place(part)) {
                if !place.is_empty() {
                    place.push(' ');
                }
                place.push_str(part);
            }
            cited.push(Cited::Place(number, place));
        } else {
            break;
        }
    }
    Citation { kind, cited, then: words.next().map(str::to_owned) }
}

/// A full stop or backquote beside a word is the sentence's, not the word's.
fn trim(word: &str) -> &str {
    word.trim_matches('`').trim_end_matches(['.', '`', ':'])
}

fn requirement(word: &str) -> Option<&str> {
    let (number, name) = word.strip_prefix("RFC")?.split_once(':')?;
    let named = !name.is_empty() && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    named.then_some(word)
}

fn is_place(word: &str) -> bool {
    word.starts_with('§') || (word.starts_with('(') && word.ends_with(')')) || is_label(word) || word == "and"
}

fn is_label(word: &str) -> bool {
    ["MUST-", "SHLD-", "MAY-", "REC-"].iter().any(|prefix| word.starts_with(prefix))
}

impl Citation {
    /// What keeps this citation from standing, if anything.
    #[must_use]
    pub fn refused(&self, catalogue: &Catalogue) -> Vec<Refused> {
        if self.cited.is_empty() {
            return vec![Refused::Empty];
        }
        self.cited.iter().filter_map(|cited| cited.refused(catalogue)).collect()
    }
}

impl Cited {
    fn refused(&self, catalogue: &Catalogue) -> Option<Refused> {
        let (rfc, place) = match self {
            Self::Requirement(id) => {
                return catalogue.find(id).is_empty().then(|| Refused::Unknown(id.clone()));
            }
            Self::Place(rfc, place) => (*rfc, place),
        };
        if let Some((old, new)) = REPLACED.into_iter().find(|&(old, _)| old == rfc) {
            return Some(Refused::Obsolete { old, new });
        }
        if !BEYOND.contains(&rfc) && catalogue.rows().all(|row| row.rfc != rfc) {
            return Some(Refused::Foreign(rfc));
        }
        let label = place.split(' ').find(|word| is_label(word))?;
        let id = format!("RFC{rfc}:{label}");
        catalogue.find(&id).is_empty().then_some(Refused::Unknown(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cites(line: &str) -> Option<(Kind, Vec<Cited>)> {
        read(line).map(|citation| (citation.kind, citation.cited))
    }

    fn id(id: &str) -> Cited {
        Cited::Requirement(id.to_owned())
    }

    fn place(rfc: u16, place: &str) -> Cited {
        Cited::Place(rfc, place.to_owned())
    }

    #[test]
    fn a_line_is_read() {
        for (line, kind, cited) in [
            (
                "// Proves: RFC9293:MUST-40 RFC9293:SHLD-18",
                Kind::Proves,
                vec![id("RFC9293:MUST-40"), id("RFC9293:SHLD-18")],
            ),
            ("//! Spec: RFC 6298 §2.", Kind::Spec, vec![place(6298, "§2")]),
            ("    /// Spec: RFC 6298 (2.3).", Kind::Spec, vec![place(6298, "(2.3)")]),
            (
                "// Both ends called at once. Spec: RFC 9293 §3.5 MUST-10.",
                Kind::Spec,
                vec![place(9293, "§3.5 MUST-10")],
            ),
            (
                "/// Chooses: RFC9293:MAY-1, RFC 9293 §3.6 (never both).",
                Kind::Chooses,
                vec![id("RFC9293:MAY-1"), place(9293, "§3.6")],
            ),
            ("// Departs: RFC 768 for the sake of tests", Kind::Departs, vec![place(768, "")]),
            ("// Proves: nothing", Kind::Proves, vec![]),
        ] {
            assert_eq!(cites(line), Some((kind, cited)), "{line}");
        }
        for line in ["let s = \"Spec: x\";", "// what the Spec: says", "// plain"] {
            assert_eq!(cites(line), None, "{line}");
        }
    }

    #[test]
    fn what_does_not_stand_is_refused() {
        let refused = |line| read(line).expect(line).refused(Catalogue::embedded());
        for (line, why) in [
            ("// Spec: RFC9293:MUST-40", vec![]),
            ("// Spec: RFC9293:MUST-4", vec![]),
            ("// Spec: RFC 9293 §3.5 MUST-10", vec![]),
            ("// Spec:", vec![Refused::Empty]),
            ("// Spec: RFC9293:MUST-400", vec![Refused::Unknown("RFC9293:MUST-400".into())]),
            ("// Spec: RFC 9293 §3 MUST-99", vec![Refused::Unknown("RFC9293:MUST-99".into())]),
            ("// Spec: RFC 793 §3", vec![Refused::Obsolete { old: 793, new: 9293 }]),
            ("// Spec: RFC 4242", vec![Refused::Foreign(4242)]),
        ] {
            assert_eq!(refused(line), why, "{line}");
        }
    }

    #[test]
    fn a_script_proves_each_id_once() {
        let source = "// x\n// Proves: RFC9293:MUST-1 RFC9293:MUST-2\n+0 > .\n// Proves: RFC9293:MUST-1\n";
        assert_eq!(cited(source, Kind::Proves), ["RFC9293:MUST-1", "RFC9293:MUST-2"]);
    }
}
