//! The matrix for people: by RFC and area, with counts, and in colour where that helps.
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::{Cell, Check, Matrix, Row, Verdict, count};
use crate::report::escaped;
use crate::requirement::title;
use crate::runner::Verdict as Ended;

/// How the matrix is shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Style {
    /// With colours.
    pub colors: bool,
    /// With the scripts behind each verdict, and the rows that nothing checks.
    pub in_full: bool,
    /// Characters in a line.
    pub width: usize,
}

/// Characters before a row's sentence: indent, name and level.
const NAME: usize = 38;
const LEVEL: usize = 11;
/// Characters of a column: the longest word that is shown in one.
const COLUMN: usize = 14;

/// Writes the matrix; whatever came from a script, a target or a departures file does nothing to the terminal.
///
/// # Errors
/// Whatever writing fails with.
pub fn terminal(matrix: &Matrix, style: Style, out: &mut impl Write) -> io::Result<()> {
    let paint = Paint { colors: style.colors };
    for (rfc, rows) in by_rfc(matrix) {
        let shown: Vec<&&Row> = rows.iter().filter(|row| style.in_full || is_tested(row)).collect();
        if shown.is_empty() {
            continue;
        }
        writeln!(out, "{}", paint.bold(&format!("RFC {rfc}  {}", title(rfc))))?;
        for (at, target) in matrix.targets.iter().enumerate() {
            let counts = summary(&count(rows.iter().copied(), at), paint);
            writeln!(
                out,
                "  {}",
                if matrix.targets.len() > 1 { format!("{}: {counts}", escaped(target)) } else { counts }
            )?;
        }
        let mut area = "";
        for row in shown {
            if row.requirement.area != area {
                area = &row.requirement.area;
                writeln!(out, "  {}", paint.dim(area))?;
            }
            line(row, style, paint, out)?;
        }
        writeln!(out)?;
    }
    failures(matrix, paint, out)?;
    totals(matrix, paint, out)
}

fn is_tested(row: &Row) -> bool {
    row.cells.iter().any(|cell| cell.verdict.is_tested())
}

/// The rows of each RFC, those of one area together, areas in the order of their first row.
fn by_rfc(matrix: &Matrix) -> Vec<(u16, Vec<&Row>)> {
    let mut groups: Vec<(u16, Vec<&Row>)> = Vec::new();
    for row in &matrix.rows {
        match groups.last_mut() {
            Some((rfc, rows)) if *rfc == row.requirement.rfc => rows.push(row),
            _ => groups.push((row.requirement.rfc, vec![row])),
        }
    }
    for (_, rows) in &mut groups {
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for row in rows.iter() {
            let next = first.len();
            first.entry(&row.requirement.area).or_insert(next);
        }
        rows.sort_by_key(|row| first.get(row.requirement.area.as_str()).copied());
    }
    groups
}

fn line(row: &Row, style: Style, paint: Paint, out: &mut impl Write) -> io::Result<()> {
    let requirement = row.requirement;
    let name = requirement.id.split_once(':').map_or(requirement.id.as_str(), |(_, name)| name);
    write!(out, "    {name:<NAME$} {:<LEVEL$}", requirement.level.words())?;
    for cell in &row.cells {
        let word = shown(cell);
        let width = if row.cells.len() > 1 { COLUMN } else { 5 };
        write!(out, " {}", paint.verdict(cell, &format!("{word:<width$}")))?;
    }
    let used =
        4 + NAME + 1 + LEVEL + row.cells.len() * (if row.cells.len() > 1 { COLUMN + 1 } else { 6 }) + 1;
    writeln!(out, " {}", cut(&requirement.text, style.width.saturating_sub(used)))?;
    if style.in_full {
        for check in row.cells.iter().flat_map(|cell| &cell.checks) {
            let said = check.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
            let what = format!("{} ({}) {}{said}", check.script, check.variant, check.verdict);
            writeln!(out, "      {}", paint.dim(&escaped(&what)))?;
        }
    }
    Ok(())
}

/// The word for a cell; a MAY says which way the target chose.
fn shown(cell: &Cell) -> &'static str {
    match (cell.verdict, cell.choice) {
        (Verdict::Pass, Some(true)) => "does",
        (Verdict::Pass, Some(false)) => "not",
        (Verdict::Fail, _) if cell.known.is_some() => "known",
        (Verdict::NotObservable, _) => "unseen",
        (Verdict::Untested, _) => "-",
        (Verdict::NotApplicable, _) => "n/a",
        (verdict, _) => verdict.name(),
    }
}

/// Text that ends where the line does.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.truncate(short.trim_end_matches([' ', ',', '.', ';']).len());
    short.push('…');
    short
}

/// Every check that did not pass and that no departure excuses, once; then what is wrong with departures.
fn failures(matrix: &Matrix, paint: Paint, out: &mut impl Write) -> io::Result<()> {
    let mut said: Vec<(String, Verdict, BTreeSet<&str>)> = Vec::new();
    let cells = matrix.rows.iter().flat_map(|row| row.cells.iter().zip(&matrix.targets));
    for (cell, target) in cells.filter(|(cell, _)| cell.known.is_none() && cell.lacks.is_none()) {
        let whose = if matrix.targets.len() > 1 { format!("{target} ") } else { String::new() };
        for check in cell.checks.iter().filter(|check| check.verdict != Ended::Pass) {
            let (what, among) = complaint(check);
            let what = format!("{whose}{what}");
            match said.iter_mut().find(|(other, ..)| *other == what) {
                Some((_, _, all)) => {
                    all.insert(among);
                }
                None => said.push((what, cell.verdict, BTreeSet::from([among]))),
            }
        }
    }
    for (what, verdict, among) in &said {
        let among = among.iter().copied().collect::<Vec<_>>().join(", ");
        writeln!(out, "{}", paint.word(*verdict, &escaped(&format!("{what} ({among})"))))?;
    }
    for what in &matrix.stale {
        writeln!(out, "{}", paint.red(&escaped(what)))?;
    }
    if said.is_empty() && matrix.stale.is_empty() { Ok(()) } else { writeln!(out) }
}

/// What to say of a check, and of which variant, or script, it is said: what a target lacks is said once for all.
fn complaint(check: &Check) -> (String, &str) {
    let reason = check.reason.as_deref().unwrap_or_default();
    if check.verdict == Ended::Unsupported {
        return (format!("unsupported: {reason}"), &check.script);
    }
    let line = check.line.map_or_else(String::new, |line| format!(":{line}"));
    (format!("{} {}{line}: {reason}", check.verdict, check.script), check.variant)
}

fn totals(matrix: &Matrix, paint: Paint, out: &mut impl Write) -> io::Result<()> {
    for (at, target) in matrix.targets.iter().enumerate() {
        let cells = matrix.rows.iter().filter_map(|row| row.cells.get(at));
        let mut scripts: Vec<&str> =
            cells.flat_map(|cell| &cell.checks).map(|check| check.script.as_str()).collect();
        scripts.sort_unstable();
        scripts.dedup();
        let counts = summary(&matrix.count(at), paint);
        let known = match matrix.known(at) {
            0 => String::new(),
            known => paint.dim(&format!("; of the failures {known} known")),
        };
        writeln!(
            out,
            "{}  {counts}{known}",
            paint.bold(&format!("{}, {} scripts", escaped(target), scripts.len()))
        )?;
    }
    Ok(())
}

/// `150 pass, 2 warn, 200 untested`.
fn summary(counts: &BTreeMap<Verdict, usize>, paint: Paint) -> String {
    let part = |verdict: Verdict| {
        let number = counts.get(&verdict).copied().filter(|&number| number > 0)?;
        let text = format!("{number} {}", verdict.name());
        Some(paint.word(verdict, &text))
    };
    Verdict::ALL.into_iter().filter_map(part).collect::<Vec<_>>().join(", ")
}

#[derive(Clone, Copy, Debug)]
struct Paint {
    colors: bool,
}

impl Paint {
    fn code(self, code: &str, text: &str) -> String {
        if self.colors { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn bold(self, text: &str) -> String {
        self.code("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.code("2", text)
    }

    fn red(self, text: &str) -> String {
        self.code("1;31", text)
    }

    fn yellow(self, text: &str) -> String {
        self.code("33", text)
    }

    fn green(self, text: &str) -> String {
        self.code("32", text)
    }

    fn verdict(self, cell: &Cell, text: &str) -> String {
        match cell.verdict {
            Verdict::Pass if cell.choice == Some(false) => text.to_owned(),
            Verdict::Fail if cell.known.is_some() => self.yellow(text),
            verdict => self.word(verdict, text),
        }
    }

    fn word(self, verdict: Verdict, text: &str) -> String {
        match verdict {
            Verdict::Pass => self.green(text),
            Verdict::Warn => self.yellow(text),
            Verdict::Fail => self.red(text),
            Verdict::Untested | Verdict::NotObservable | Verdict::NotApplicable => self.dim(text),
        }
    }
}
