//! The requirement matrix: a verdict for each requirement and target, and the checks that it rests on.
mod applies;
mod departures;
mod formats;
mod html;
mod terminal;

use std::collections::BTreeMap;

use serde::Serialize;
use stackdrill_oracle::Departure;
use stackdrill_wire::Tuple;

use crate::constants::Abi;
use crate::requirement::{Catalogue, Level, Requirement};
use crate::runner;
use crate::suite::{Entry, Ran};
use crate::target::{Capability, Target};

pub use departures::{Day, Departures, Known, NoDay, Unreadable};
pub use formats::{junit, lines, reasons, tap};
pub use html::html;
pub use terminal::{Style, terminal};

/// What a target's runs say of a requirement.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every check of it passed; of a MAY, whatever the choice is.
    Pass,
    /// A SHOULD that is not followed.
    Warn,
    /// A MUST that is not met.
    Fail,
    /// No script checks it yet, or none could be run.
    Untested,
    /// It cannot be seen from outside.
    NotObservable,
    /// The target does not have what it is about.
    NotApplicable,
}

impl Verdict {
    /// Every verdict, in the order of a summary.
    pub const ALL: [Self; 6] =
        [Self::Pass, Self::Warn, Self::Fail, Self::Untested, Self::NotObservable, Self::NotApplicable];

    /// As reports spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Untested => "untested",
            Self::NotObservable => "not-observable",
            Self::NotApplicable => "not-applicable",
        }
    }

    /// Whether scripts were run for it.
    #[must_use]
    pub const fn is_tested(self) -> bool {
        matches!(self, Self::Pass | Self::Warn | Self::Fail)
    }
}

/// One run that a verdict rests on.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Check {
    /// The script's name in the suite.
    pub script: String,
    /// In which variant.
    pub variant: &'static str,
    /// How it ended.
    pub verdict: runner::Verdict,
    /// The line that it stopped at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Why it did not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A requirement's verdict on one target.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cell {
    /// The verdict.
    pub verdict: Verdict,
    /// Where scripts take one side of a latitude: whether the target does.
    pub choice: Option<bool>,
    /// What the target lacks, if that is why the row does not apply.
    pub lacks: Option<Capability>,
    /// The runs that it rests on.
    pub checks: Vec<Check>,
    /// The known departure that excuses a failure.
    pub known: Option<Known>,
}

/// A requirement and its cells, one a target.
#[derive(Clone, Debug)]
pub struct Row {
    /// The requirement.
    pub requirement: &'static Requirement,
    /// In the order of [`Matrix::targets`].
    pub cells: Vec<Cell>,
}

/// All runs of one target.
#[derive(Clone, Debug)]
pub struct Column {
    /// The target's name.
    pub target: String,
    /// What it offers.
    pub capabilities: Vec<Capability>,
    /// What its departures file says.
    pub departures: Departures,
    /// Its runs, in the order of the suite.
    pub runs: Vec<Ran>,
    /// What the oracle refused in them.
    pub refusals: Vec<Refusal>,
}

/// Something in a run that no lawful stack does, whatever the script expected.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// The ids of the rules that refused it.
    pub requirements: Vec<&'static str>,
    /// The run, as a check that failed.
    pub check: Check,
}

impl Column {
    /// The column of `target`, by these runs. Where time is virtual the oracle judges them too; a live stack is not
    /// to blame for what the host held up.
    #[must_use]
    pub fn new(target: &dyn Target, departures: Departures, runs: Vec<Ran>) -> Self {
        let judged: &[Ran] = if target.is_virtual() { &runs } else { &[] };
        let refusals = judged.iter().flat_map(|ran| refused(ran, target.abi())).collect();
        Self {
            target: target.name().to_owned(),
            capabilities: target.capabilities().to_vec(),
            departures,
            runs,
            refusals,
        }
    }
}

/// What the oracle refuses in a run.
fn refused(ran: &Ran, abi: Abi) -> Vec<Refusal> {
    let connections = ran.judged(abi);
    let departures = connections
        .iter()
        .flat_map(|(tuple, oracle)| oracle.departures().iter().map(|departure| (*tuple, departure.clone())));
    let refusal = |(tuple, departure): (Tuple, Departure)| {
        let reason = format!("the oracle refuses {tuple} at {}: {}", departure.at, departure.what);
        let check = Check { verdict: runner::Verdict::Fail, line: None, reason: Some(reason), ..ran.check() };
        Refusal { requirements: departure.requirements, check }
    };
    departures.chain(ran.judged_host().departures().iter().cloned()).map(refusal).collect()
}

/// The requirement matrix.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// The targets, in the order of the columns.
    pub targets: Vec<String>,
    /// The rows, in the order of the catalogue.
    pub rows: Vec<Row>,
    /// What is wrong with a departures file: an entry that expired, passes again or names nothing.
    pub stale: Vec<String>,
}

impl Matrix {
    /// The verdicts of these targets on `requirements`; departures are judged by the day it is.
    #[must_use]
    pub fn of(requirements: &[&'static Requirement], columns: &[Column], today: Day) -> Self {
        let checks: Vec<_> = columns.iter().map(by_script).collect();
        let row = |&requirement: &&'static Requirement| Row {
            requirement,
            cells: columns
                .iter()
                .zip(&checks)
                .map(|(column, checks)| cell(requirement, column, checks))
                .collect(),
        };
        let rows: Vec<Row> = requirements.iter().map(row).collect();
        let mut stale = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let verdict_of = |id: &str| {
                let row = rows.iter().find(|row| row.requirement.id == id)?;
                row.cells.get(at).map(|cell| cell.verdict)
            };
            stale.extend(column.departures.stale(&column.target, today, verdict_of));
        }
        Self { targets: columns.iter().map(|column| column.target.clone()).collect(), rows, stale }
    }

    /// How many cells of a column have each verdict.
    #[must_use]
    pub fn count(&self, column: usize) -> BTreeMap<Verdict, usize> {
        count(self.rows.iter(), column)
    }

    /// How many failures of a column are known departures.
    #[must_use]
    pub fn known(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.cells.get(column));
        cells.filter(|cell| cell.known.is_some()).count()
    }

    /// Whether something is wrong that no departures file knows of, or a departures file is wrong itself.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        let cells = self.rows.iter().flat_map(|row| &row.cells);
        !self.stale.is_empty()
            || cells.into_iter().any(|cell| cell.verdict == Verdict::Fail && cell.known.is_none())
    }
}

/// How many of these rows' cells in a column have each verdict.
fn count<'a>(rows: impl Iterator<Item = &'a Row>, column: usize) -> BTreeMap<Verdict, usize> {
    let mut counts = BTreeMap::new();
    for cell in rows.filter_map(|row| row.cells.get(column)) {
        *counts.entry(cell.verdict).or_default() += 1;
    }
    counts
}

/// A column's runs, gathered by the script that was run.
fn by_script(column: &Column) -> Vec<(&'static Entry, Vec<Check>)> {
    let mut gathered: Vec<(&'static Entry, Vec<Check>)> = Vec::new();
    for ran in &column.runs {
        let check = ran.check();
        match gathered.last_mut() {
            Some((entry, checks)) if entry.name == ran.entry.name => checks.push(check),
            _ => gathered.push((ran.entry, vec![check])),
        }
    }
    gathered
}

fn cell(requirement: &Requirement, column: &Column, scripts: &[(&'static Entry, Vec<Check>)]) -> Cell {
    let proving = scripts.iter().filter(|(entry, _)| entry.proves(requirement));
    let mut checks: Vec<Check> = proving.flat_map(|(_, checks)| checks.iter().cloned()).collect();
    let refuses = |refusal: &&Refusal| refusal.requirements.iter().any(|id| requirement.is_meant_by(id));
    checks.extend(column.refusals.iter().filter(refuses).map(|refusal| refusal.check.clone()));
    let choosing = scripts.iter().filter(|(entry, _)| entry.chooses(requirement));
    let choice = chosen(choosing.flat_map(|(_, checks)| checks));
    let proofs = scripts.iter().map(|(entry, _)| *entry).filter(|entry| entry.proves(requirement));
    let lacks = applies::lacking(requirement, proofs, &column.capabilities);
    let verdict = if lacks.is_some() { Verdict::NotApplicable } else { judge(requirement, &checks) };
    let known = column.departures.known(&requirement.id).filter(|_| verdict == Verdict::Fail).cloned();
    Cell { verdict, choice, lacks, checks, known }
}

fn judge(requirement: &Requirement, checks: &[Check]) -> Verdict {
    let any = |wanted: runner::Verdict| checks.iter().any(|check| check.verdict == wanted);
    let failed = any(runner::Verdict::Fail) || any(runner::Verdict::Error);
    match requirement.level {
        Level::Must | Level::MustNot if failed => Verdict::Fail,
        Level::Should | Level::ShouldNot | Level::Recommended if failed => Verdict::Warn,
        Level::May if failed => Verdict::Pass,
        _ if any(runner::Verdict::Pass) => Verdict::Pass,
        _ if requirement.observable.outside() || !checks.is_empty() => Verdict::Untested,
        _ => Verdict::NotObservable,
    }
}

/// Of a latitude: whether the target takes the side that these runs expect, as far as they show.
fn chosen<'a>(checks: impl Iterator<Item = &'a Check>) -> Option<bool> {
    let ran = |check: &&Check| matches!(check.verdict, runner::Verdict::Pass | runner::Verdict::Fail);
    let mut ran = checks.filter(ran).peekable();
    ran.peek().is_some().then(|| ran.all(|check| check.verdict == runner::Verdict::Pass))
}

/// The requirements that `id` names, or all of them.
#[must_use]
pub fn wanted(catalogue: &'static Catalogue, id: Option<&str>) -> Vec<&'static Requirement> {
    id.map_or_else(|| catalogue.rows().collect(), |id| catalogue.find(id))
}

#[cfg(test)]
mod tests;
