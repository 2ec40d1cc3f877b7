//! The catalogue: what the RFCs ask of a stack, one row a statement, each with a stable id.
//!
//! The rows live in `requirements/`, one TOML file an RFC, and are part of the binary. Ground rules that hold
//! for every check of a file stand at its head.
pub mod citation;
mod title;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};

pub use title::title;

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/requirements");

static EMBEDDED: LazyLock<Catalogue> = LazyLock::new(|| {
    let files = FILES.files().map(|file| {
        let name = file.path().to_string_lossy().into_owned();
        (name, file.contents_utf8().unwrap_or_default())
    });
    Catalogue::read(files).expect("a test reads every embedded file")
});

/// One statement of an RFC.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// The stable name: `RFC9293:MUST-13`.
    pub id: String,
    /// The number of the RFC.
    pub rfc: u16,
    /// The section, without its sign: `3.6.1`.
    pub section: String,
    /// How binding it is.
    pub level: Level,
    /// The subject that it belongs to: `time-wait`.
    pub area: String,
    /// What it asks, in the catalogue's own words.
    pub text: String,
    /// Where a tester can see it.
    pub observable: Observable,
    /// How to check it.
    pub check: String,
    /// Whom it binds.
    pub applies: Applies,
}

impl Requirement {
    /// Whether a citation of `id` means this row: its own id, or its label without the letter.
    #[must_use]
    pub fn is_meant_by(&self, id: &str) -> bool {
        self.id == id || is_part(&self.id, id)
    }
}

/// How binding a requirement is (RFC 2119).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Level {
    /// An absolute requirement.
    #[serde(rename = "MUST")]
    Must,
    /// An absolute prohibition.
    #[serde(rename = "MUST NOT")]
    MustNot,
    /// To be followed unless there is a good reason.
    #[serde(rename = "SHOULD")]
    Should,
    /// To be avoided unless there is a good reason.
    #[serde(rename = "SHOULD NOT")]
    ShouldNot,
    /// Another word for SHOULD.
    #[serde(rename = "RECOMMENDED")]
    Recommended,
    /// A choice.
    #[serde(rename = "MAY")]
    May,
}

impl Level {
    /// The RFC 2119 words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::MustNot => "MUST NOT",
            Self::Should => "SHOULD",
            Self::ShouldNot => "SHOULD NOT",
            Self::Recommended => "RECOMMENDED",
            Self::May => "MAY",
        }
    }

    /// Whether a stack that does otherwise does not conform.
    #[must_use]
    pub const fn binds(self) -> bool {
        matches!(self, Self::Must | Self::MustNot)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
}

/// Where a tester can see whether a requirement is met.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observable {
    /// In the packets.
    Wire,
    /// In what calls return.
    SocketApi,
    /// Only inside the stack.
    Internal,
    /// Nowhere.
    NotTestable,
}

impl Observable {
    /// Whether a script can show it.
    #[must_use]
    pub const fn outside(self) -> bool {
        matches!(self, Self::Wire | Self::SocketApi)
    }

    /// The catalogue's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wire => "wire",
            Self::SocketApi => "socket-api",
            Self::Internal => "internal",
            Self::NotTestable => "not-testable",
        }
    }
}

/// Whom a requirement binds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applies {
    /// Every stack.
    All,
    /// A stack that offers the feature.
    IfImplemented,
}

/// Every requirement, by RFC number and then in the order of the document.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    rows: Vec<Requirement>,
    places: BTreeMap<String, usize>,
}

/// What is wrong with a catalogue file.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not TOML of the right shape.
    #[error("{file} does not parse")]
    Shape {
        /// The file's name.
        file: String,
        /// What the parser said.
        source: Box<toml::de::Error>,
    },
    /// Two rows have one name.
    #[error("{file} repeats the id {id}")]
    Repeated {
        /// The file's name.
        file: String,
        /// The id.
        id: String,
    },
    /// A row is in another RFC's file, or its id names another RFC.
    #[error("{file} holds {id}, which is not of RFC {rfc}")]
    Misplaced {
        /// The file's name.
        file: String,
        /// The id.
        id: String,
        /// The RFC that the row claims.
        rfc: u16,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    requirement: Vec<Requirement>,
}

impl Catalogue {
    /// The catalogue that is part of this library.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads files given as (name, text), in any order.
    ///
    /// # Errors
    /// The first file that does not parse, repeats an id or holds a row of another RFC.
    pub fn read<'a>(files: impl IntoIterator<Item = (String, &'a str)>) -> Result<Self, Unreadable> {
        let mut catalogue = Self::default();
        for (file, text) in files {
            let sheet: Sheet = toml::from_str(text)
                .map_err(|e| Unreadable::Shape { file: file.clone(), source: Box::new(e) })?;
            for row in sheet.requirement {
                if !row.id.starts_with(&format!("RFC{}:", row.rfc)) || file != format!("rfc{}.toml", row.rfc)
                {
                    return Err(Unreadable::Misplaced { file, id: row.id, rfc: row.rfc });
                }
                catalogue.rows.push(row);
            }
        }
        // A stable sort: within an RFC the file's order is the document's.
        catalogue.rows.sort_by_key(|row| row.rfc);
        for (at, row) in catalogue.rows.iter().enumerate() {
            if catalogue.places.insert(row.id.clone(), at).is_some() {
                let file = format!("rfc{}.toml", row.rfc);
                return Err(Unreadable::Repeated { file, id: row.id.clone() });
            }
        }
        Ok(catalogue)
    }

    /// Every row, by RFC number and then in the order of the document.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &Requirement> {
        self.rows.iter()
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows that a citation means: the one of that id or, for a label written without its letter, all its
    /// parts (`RFC9293:MUST-4` is `MUST-4a` and `MUST-4b`). Empty when nothing has that name.
    #[must_use]
    pub fn find(&self, id: &str) -> Vec<&Requirement> {
        if let Some(row) = self.places.get(id).and_then(|&at| self.rows.get(at)) {
            return vec![row];
        }
        self.places
            .range(id.to_owned()..)
            .take_while(|(name, _)| name.starts_with(id))
            .filter(|(name, _)| is_part(name, id))
            .filter_map(|(_, &at)| self.rows.get(at))
            .collect()
    }

    /// The RFCs that have rows, ascending.
    #[must_use]
    pub fn rfcs(&self) -> Vec<u16> {
        let mut numbers: Vec<u16> = self.rows.iter().map(|row| row.rfc).collect();
        numbers.dedup();
        numbers
    }

    /// Names that a mistyped id may have meant: those that hold it, whatever the case.
    #[must_use]
    pub fn like(&self, id: &str) -> Vec<&str> {
        let wanted = id.to_lowercase();
        let names = self.rows.iter().map(|row| row.id.as_str());
        names.filter(|name| name.to_lowercase().contains(&wanted)).collect()
    }
}

/// Whether `name` is `label` and one small letter.
fn is_part(name: &str, label: &str) -> bool {
    let digit_last = label.ends_with(|c: char| c.is_ascii_digit());
    let rest = name.strip_prefix(label).map(str::as_bytes);
    digit_last && matches!(rest, Some([letter]) if letter.is_ascii_lowercase())
}

#[cfg(test)]
mod tests;
