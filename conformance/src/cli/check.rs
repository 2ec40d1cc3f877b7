//! `check`: runs the suite and prints the requirement matrix.
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use rayon::prelude::*;
use stackdrill::matrix::{self, Column, Day, Departures, Matrix};
use stackdrill::requirement::Catalogue;
use stackdrill::strength::{self, Strength};
use stackdrill::suite::{self, Ran};
use stackdrill::worlds::reachable;
use stackdrill::{Profile, RunOptions, Variant, Verdict, target};
use stackdrill_oracle::{Coverage, Oracle};
use stackdrill_wire::State;

use super::format::TestFormat;
use super::{Console, Exit};

/// Run the suite and print, for each requirement of the RFCs, whether a stack meets it
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  stackdrill check                                 the reference stack
  stackdrill check -v                              with the scripts behind each verdict, and what nothing checks
  stackdrill check --requirement RFC9293:MUST-13   one requirement
  stackdrill check --target reference --target smoltcp   two stacks, a column each
  stackdrill check --report matrix.html            a page to look at and send on
  stackdrill check --strength                      does each script notice when what it guards is broken?
  stackdrill check --format json | jq 'select(.verdict == \"fail\")'

The exit status is 0 if every failure is a known departure (departures/TARGET.toml), 1 if one is not, has expired or
passes again.")]
pub(crate) struct Args {
    /// A stack to check; may be given again.
    #[arg(long = "target", value_name = "TARGET", default_values_t = ["reference".to_owned()])]
    targets: Vec<String>,

    /// Whose choices the reference makes where the RFCs leave one: rfc, linux or freebsd.
    #[arg(long, value_name = "PROFILE", default_value_t)]
    profile: Profile,

    /// Only this requirement; a label without its letter means all its parts.
    #[arg(long, value_name = "ID")]
    requirement: Option<String>,

    /// Break the target on purpose, in every way that touches what a script claims to prove, and say which scripts
    /// notice.
    #[arg(long)]
    strength: bool,

    /// Say, after the matrix, which events the runs brought about in which states, as the oracle saw them, out of those
    /// that can be reached; with -v also which they did not.
    #[arg(long)]
    coverage: bool,

    /// Write the matrix to a page.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,

    /// How to write the matrix.
    #[arg(long, value_enum, default_value_t)]
    format: TestFormat,
}

/// A script of the suite, and the variant to run it in.
type Task = (&'static suite::Entry, Variant);

impl Args {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<Exit> {
        let wanted = matrix::wanted(Catalogue::embedded(), self.requirement.as_deref());
        if let Some(id) = self.requirement.as_ref().filter(|_| wanted.is_empty()) {
            bail!("no requirement is called {}; `stackdrill requirements` lists them all", id.escape_debug());
        }
        let entries = suite::scripts().iter().filter(|entry| wanted.iter().any(|row| entry.proves(row)));
        let entries = entries.filter(|entry| entry.profile(self.profile) == self.profile);
        let entries: Vec<&'static suite::Entry> = entries.collect();
        if self.strength {
            return self.measure(&entries, console);
        }
        let tasks: Vec<Task> =
            entries.iter().flat_map(|&entry| entry.variants().into_iter().map(move |v| (entry, v))).collect();
        let columns: Vec<Column> = self
            .targets
            .iter()
            .map(|name| self.column(name, &tasks, console))
            .collect::<anyhow::Result<_>>()?;
        let matrix = Matrix::of(&wanted, &columns, Day::today());
        self.write(&matrix, console)?;
        if self.coverage {
            let verbose = console.verbose > 0;
            coverage(&columns, (self.format, verbose), console.out())?;
        }
        console.flush()?;
        Ok(exit(&matrix, &columns))
    }

    /// Runs the suite against one target.
    fn column(&self, name: &str, tasks: &[Task], console: &Console) -> anyhow::Result<Column> {
        let sample = target::named(name)?;
        sample.prepare()?;
        let progress = console.progress(u64::try_from(tasks.len())?, "checking");
        let run = |&(entry, variant): &Task| -> anyhow::Result<Ran> {
            let options = RunOptions { variant, profile: self.profile, ..RunOptions::default() };
            let ran = entry.run(target::named(name)?.as_mut(), &options);
            progress.inc(1);
            Ok(ran)
        };
        let runs = pool(console, target::usual_jobs(&*sample))?
            .install(|| tasks.par_iter().map(run).collect::<anyhow::Result<Vec<Ran>>>())?;
        progress.finish_and_clear();
        Ok(Column::new(sample.as_ref(), Departures::of(name)?, runs))
    }

    fn write(&self, matrix: &Matrix, console: &mut Console) -> anyhow::Result<()> {
        if let Some(path) = &self.report {
            std::fs::write(path, matrix::html(matrix))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        let style = matrix::Style {
            colors: console.colors_out(),
            in_full: console.verbose > 0 || self.requirement.is_some(),
            width: console.width(),
        };
        let out = console.out();
        match self.format {
            TestFormat::Human => matrix::terminal(matrix, style, out)?,
            TestFormat::Json => matrix::lines(matrix).try_for_each(|line| writeln!(out, "{line}"))?,
            TestFormat::Tap => write!(out, "{}", matrix::tap(matrix))?,
            TestFormat::Junit => write!(out, "{}", matrix::junit(matrix))?,
        }
        Ok(())
    }

    fn measure(&self, entries: &[&'static suite::Entry], console: &mut Console) -> anyhow::Result<Exit> {
        let [name] = self.targets.as_slice() else { bail!("--strength takes one target") };
        target::named(name)?;
        let progress = console.progress(u64::try_from(entries.len())?, "breaking");
        let measure = |entry: &&'static suite::Entry| {
            // The name was good a moment ago.
            let fresh = || target::named(name).unwrap_or_else(|_| Box::new(target::Reference::new()));
            let strength = strength::measure(entry, fresh, self.profile);
            progress.inc(1);
            strength
        };
        let measured: Vec<Strength> = pool(console, 0)?.install(|| entries.par_iter().map(measure).collect());
        progress.finish_and_clear();
        let colored = console.colors_out();
        let is_json = self.format == TestFormat::Json;
        strengths(&measured, (is_json, colored), console.out())?;
        console.flush()?;
        Ok(if measured.iter().all(Strength::is_proof) { Exit::Well } else { Exit::Found })
    }
}

fn strengths(
    measured: &[Strength],
    (is_json, colored): (bool, bool),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (good, bad, dim, off) =
        if colored { ("\x1b[32m", "\x1b[1;31m", "\x1b[2m", "\x1b[0m") } else { ("", "", "", "") };
    for strength in measured {
        if is_json {
            let object = serde_json::json!({
                "script": strength.script, "proof": strength.is_proof(), "sound": strength.is_sound,
                "notices": strength.notices, "misses": strength.misses,
            });
            writeln!(out, "{object}")?;
            continue;
        }
        let (color, word) = if strength.is_proof() { (good, "notices") } else { (bad, "proves nothing") };
        writeln!(out, "{}  {color}{word}{off}", strength.script)?;
        for seen in &strength.notices {
            writeln!(out, "    {dim}line {:>2}{off}  a stack that {}", seen.line, seen.breakage)?;
        }
        for name in &strength.misses {
            writeln!(out, "    {dim}passes   a stack that {name}{off}")?;
        }
    }
    if !is_json {
        let proofs = measured.iter().filter(|strength| strength.is_proof()).count();
        let kills: usize = measured.iter().map(|strength| strength.notices.len()).sum();
        let breakages = strength::breakages().len();
        writeln!(
            out,
            "\n{proofs} of {} scripts notice when what they guard is broken; {kills} sightings of {breakages} breakages",
            measured.len(),
        )?;
    }
    Ok(())
}

/// What the runs of all targets exercised: per state the events, out of those that small worlds show to be reachable, and
/// how many of the oracle's rules had a say.
fn coverage(
    columns: &[Column],
    (format, verbose): (TestFormat, bool),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut all = Coverage::default();
    for column in columns {
        let abi = target::named(&column.target)?.abi();
        for (_, oracle) in column.runs.iter().flat_map(|ran| ran.judged(abi)) {
            all.merge(&oracle.coverage());
        }
        column.runs.iter().for_each(|ran| all.merge(ran.judged_host().coverage()));
    }
    let (fired, rules) = (all.fired().count(), Oracle::rules().len());
    let (pairs, reachable) = (all.pairs().count(), reachable());
    if format == TestFormat::Human {
        writeln!(
            out,
            "\n{pairs} of {} reachable pairs of state and event; {fired} of {rules} rules of the oracle had a say",
            reachable.len(),
        )?;
    }
    for state in State::ALL {
        let events: Vec<String> =
            all.pairs().filter(|&(at, _)| at == state).map(|(_, event)| format!("{event:?}")).collect();
        let here = reachable.iter().filter(|(at, _)| *at == state);
        let unvisited = here.filter(|pair| !all.pairs().any(|visited| visited == **pair));
        let unvisited: Vec<String> = unvisited.map(|(_, event)| format!("{event:?}")).collect();
        match format {
            TestFormat::Human => {
                let (visited, of) = (events.len(), events.len() + unvisited.len());
                writeln!(out, "  {:<12} {visited:2} of {of:2}  {}", state.to_string(), events.join(" "))?;
                if verbose && !unvisited.is_empty() {
                    writeln!(out, "  {:<12}    never  {}", "", unvisited.join(" "))?;
                }
            }
            TestFormat::Json => {
                let state = state.to_string();
                let object = serde_json::json!({ "state": state, "events": events, "unvisited": unvisited });
                writeln!(out, "{object}")?;
            }
            TestFormat::Tap | TestFormat::Junit => {}
        }
    }
    if format == TestFormat::Json {
        writeln!(
            out,
            "{}",
            serde_json::json!({
                "pairs": pairs, "reachable": reachable.len(), "rules_fired": fired, "rules": rules,
            })
        )?;
    }
    Ok(())
}

fn exit(matrix: &Matrix, columns: &[Column]) -> Exit {
    let runs = || columns.iter().flat_map(|column| &column.runs).map(|ran| ran.report.verdict());
    if runs().any(|verdict| verdict == Verdict::Error) {
        Exit::Unreadable
    } else if matrix.is_bad() || runs().any(|verdict| verdict == Verdict::Inconclusive) {
        Exit::Found
    } else {
        Exit::Well
    }
}

/// As many threads as `--jobs` says, or else so many; 0 is one for each processor.
fn pool(console: &Console, otherwise: usize) -> anyhow::Result<rayon::ThreadPool> {
    let jobs = console.jobs.map_or(otherwise, core::num::NonZeroUsize::get);
    Ok(rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?)
}
