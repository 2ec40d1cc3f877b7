//! The whole suite against one target: what another stack's repository runs in its tests.
use std::fmt;

use super::{Ran, scripts};
use crate::matrix::{self, Cell, Column, Day, Departures, Matrix, Unreadable, Verdict};
use crate::requirement::Catalogue;
use crate::runner::{self, RunOptions};
use crate::target::{Target, Unsupported};

/// Every run of the suite against one target, still to be held against what is known of it.
#[derive(Clone, Debug)]
pub struct Whole {
    column: Column,
}

/// The target does not meet what binds it, or its departures file is not true.
#[derive(thiserror::Error)]
pub enum Unmet {
    /// The departures file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// What is wrong, a paragraph each.
    #[error("{}", .0.join("\n"))]
    Found(Vec<String>),
}

/// As [`fmt::Display`], so that a test that unwraps is worth reading.
impl fmt::Debug for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Whole {
    /// Runs every script in every variant it is for. The target starts over for each.
    ///
    /// # Errors
    /// [`Unsupported`] if the target lacks something of this system that it needs.
    pub fn of(target: &mut dyn Target) -> Result<Self, Unsupported> {
        target.prepare()?;
        let mut runs = Vec::new();
        for entry in scripts() {
            for variant in entry.variants() {
                let profile = entry.profile(crate::Profile::Rfc);
                runs.push(entry.run(target, &RunOptions { variant, profile, ..RunOptions::default() }));
            }
        }
        Ok(Self { column: Column::new(target, Departures::default(), runs) })
    }

    /// The runs, in the order of the suite.
    #[must_use]
    pub fn runs(&self) -> &[Ran] {
        &self.column.runs
    }

    /// The matrix, if every failure is in `departures` and nothing else is. That is the text of a TOML file with, for
    /// each departure, the requirement, a sentence that says why, and the day on which that stops being good enough:
    ///
    /// ```toml
    /// [[departure]]
    /// requirement = "RFC9293:MUST-13"
    /// sentence = "TIME-WAIT ends at once until connections are looked up by hash."
    /// expires = "2027-01-31"
    /// ```
    ///
    /// # Errors
    /// [`Unmet`] lists the requirements that are not met and not in the file, with the scripts that show it; entries
    /// that have expired, or are met again; and runs of which nothing can be said.
    pub fn against(mut self, departures: &str) -> Result<Matrix, Unmet> {
        self.column.departures = Departures::read(&self.column.target, departures)?;
        let all = matrix::wanted(Catalogue::embedded(), None);
        let matrix = Matrix::of(&all, std::slice::from_ref(&self.column), Day::today());
        let mut found = self.senseless();
        for row in &matrix.rows {
            found.extend(row.cells.iter().filter(|cell| is_unknown(cell)).map(|cell| {
                let (id, text) = (&row.requirement.id, &row.requirement.text);
                format!("{id} is not met: {text}\n{}", indented(&matrix::reasons(std::slice::from_ref(cell))))
            }));
        }
        found.extend(matrix.stale.iter().cloned());
        if found.is_empty() { Ok(matrix) } else { Err(Unmet::Found(found)) }
    }

    /// Runs that say nothing of the target: a script that makes no sense to it, a stack that does not come to rest.
    fn senseless(&self) -> Vec<String> {
        let says_nothing = |ran: &&Ran| {
            matches!(ran.report.verdict(), runner::Verdict::Error | runner::Verdict::Inconclusive)
        };
        let said = |ran: &Ran| {
            let check = ran.check();
            format!("{} ({}): {}", check.script, check.variant, check.reason.unwrap_or_default())
        };
        self.column.runs.iter().filter(says_nothing).map(said).collect()
    }
}

fn is_unknown(cell: &Cell) -> bool {
    cell.verdict == Verdict::Fail && cell.known.is_none()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
