//! `requirements`: lists the catalogue, or explains rows of it.
use std::io::Write;

use anyhow::bail;
use serde_json::json;
use stackdrill::matrix::{Cell, Column, Day, Departures, Matrix};
use stackdrill::requirement::{Applies, Catalogue, Requirement};
use stackdrill::{RunOptions, suite, target};

use super::format::Format;
use super::{Console, Exit};

/// List what the RFCs ask of a stack, or explain one requirement: what checks it, and who passes
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  stackdrill requirements                      every requirement, one a line
  stackdrill requirements RFC9293:MUST-40      what it asks, which scripts check it, who passes
  stackdrill requirements RFC9293:MUST-4       both parts of a label
  stackdrill requirements --format json | jq .area")]
pub(crate) struct Args {
    /// A requirement id; a label without its letter means all its parts.
    #[arg(value_name = "ID")]
    id: Option<String>,

    /// How to write them.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<Exit> {
        let catalogue = Catalogue::embedded();
        let rows: Vec<&'static Requirement> = match &self.id {
            Some(id) => catalogue.find(id),
            None => catalogue.rows().collect(),
        };
        if let Some(id) = self.id.as_ref().filter(|_| rows.is_empty()) {
            bail!("no requirement is called {}{}", id.escape_debug(), suggestion(catalogue, id));
        }
        let colored = console.colors_out();
        let out = console.out();
        for row in rows {
            match (self.format, &self.id) {
                (Format::Json, None) => writeln!(out, "{}", object(row))?,
                (Format::Json, Some(_)) => writeln!(out, "{}", explained(row)?)?,
                (Format::Human, Some(_)) => explain(out, row, colored)?,
                (Format::Human, None) => writeln!(out, "{:<50} {:<11} {}", row.id, row.level, row.text)?,
            }
        }
        console.flush()?;
        Ok(Exit::Well)
    }
}

/// The scripts that prove a requirement, by name.
fn checks(row: &Requirement) -> Vec<&'static suite::Entry> {
    suite::scripts().iter().filter(|entry| entry.proves(row)).collect()
}

fn object(row: &Requirement) -> serde_json::Value {
    let checks: Vec<&str> = checks(row).into_iter().map(|entry| entry.name.as_str()).collect();
    json!({
        "requirement": row.id, "rfc": row.rfc, "section": row.section, "level": row.level, "area": row.area,
        "text": row.text, "observable": row.observable, "check": row.check, "applies": row.applies,
        "checks": checks,
    })
}

/// The same, and the verdict of each target.
fn explained(row: &'static Requirement) -> anyhow::Result<serde_json::Value> {
    let mut object = object(row);
    let verdicts = verdicts(row)?.into_iter().map(|(name, cell)| (name, json!(cell.verdict.name())));
    object["verdicts"] = serde_json::Value::Object(verdicts.collect());
    Ok(object)
}

/// What the targets of this process make of a requirement: its scripts are run, which takes a moment.
fn verdicts(row: &'static Requirement) -> anyhow::Result<Vec<(String, Cell)>> {
    let column = |name: &&str| -> anyhow::Result<Column> {
        let mut runs = Vec::new();
        for entry in checks(row) {
            for variant in entry.variants() {
                let options = RunOptions { variant, ..RunOptions::default() };
                runs.push(entry.run(target::named(name)?.as_mut(), &options));
            }
        }
        Ok(Column::new(target::named(name)?.as_ref(), Departures::of(name)?, runs))
    };
    let columns = target::IN_PROCESS.iter().map(column).collect::<anyhow::Result<Vec<_>>>()?;
    let matrix = Matrix::of(&[row], &columns, Day::today());
    let cells = matrix.rows.into_iter().flat_map(|row| row.cells);
    Ok(matrix.targets.into_iter().zip(cells).collect())
}

fn explain(out: &mut impl Write, row: &'static Requirement, colored: bool) -> anyhow::Result<()> {
    let (bold, dim, off) = if colored { ("\x1b[1m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
    writeln!(out, "{bold}{}{off}  {}, RFC {} §{}, {}", row.id, row.level, row.rfc, row.section, row.area)?;
    writeln!(out, "  {}", row.text)?;
    let whom = match row.applies {
        Applies::All => "every stack",
        Applies::IfImplemented => "a stack that has the feature",
    };
    writeln!(out, "  {dim}binds{off}    {whom}")?;
    writeln!(out, "  {dim}seen in{off}  {}", row.observable.word())?;
    writeln!(out, "  {dim}check{off}    {}", row.check)?;
    let checks = checks(row);
    if checks.is_empty() {
        writeln!(out, "  {dim}scripts{off}  none yet")?;
    }
    for (at, entry) in checks.iter().enumerate() {
        let head = if at == 0 { "scripts" } else { "" };
        writeln!(out, "  {dim}{head:<7}{off}  {}: {}", entry.name, entry.sentence())?;
    }
    if !checks.is_empty() {
        let known = |cell: &Cell| if cell.known.is_some() { " (known)" } else { "" };
        let word = |(name, cell): (String, Cell)| format!("{name} {}{}", cell.verdict.name(), known(&cell));
        let words: Vec<String> = verdicts(row)?.into_iter().map(word).collect();
        writeln!(out, "  {dim}stacks{off}   {}", words.join(", "))?;
    }
    writeln!(out)?;
    Ok(())
}

/// The nearest names that a mistyped id may have meant, as the end of a sentence.
fn suggestion(catalogue: &Catalogue, id: &str) -> String {
    let like = catalogue.like(id);
    match like.as_slice() {
        [] => "; `stackdrill requirements` lists them all".to_owned(),
        [first, ..] if like.len() == 1 => format!("; did you mean {first}?"),
        [first, ..] => format!("; {} names hold it, the first is {first}", like.len()),
    }
}
