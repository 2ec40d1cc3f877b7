//! `--repeat`: whether the same scripts end the same way every time.
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use stackdrill::Verdict;
use stackdrill::report::Timed;
use stackdrill::runner::Seconds;

use super::Ran;
use crate::cli::Console;
use crate::cli::format::plural;

/// All the runs of the scripts, once over.
pub(super) struct Round {
    pub(super) all: Vec<Ran>,
    pub(super) took: Duration,
}

impl Round {
    pub(super) fn runs(&self) -> impl Iterator<Item = &Timed> {
        self.all.iter().flat_map(|ran| &ran.runs)
    }
}

/// How often each verdict was given.
type Counts = BTreeMap<Verdict, usize>;

/// A line for each round, the scripts whose verdict changed, and how many verdicts are as most of their script's.
pub(super) fn write(rounds: &[Round], console: &mut Console) -> anyhow::Result<()> {
    let out = console.out();
    let mut verdicts: BTreeMap<String, Counts> = BTreeMap::new();
    for (number, round) in rounds.iter().enumerate() {
        let mut counts = Counts::new();
        for run in round.runs() {
            *counts.entry(run.report.verdict()).or_default() += 1;
            *verdicts.entry(run.name()).or_default().entry(run.report.verdict()).or_default() += 1;
        }
        let took = Seconds(i64::try_from(round.took.as_micros()).unwrap_or(i64::MAX));
        let again = plural(retries(round), "run");
        writeln!(out, "round {}: {} ({took} s); {again} repeated", number + 1, listed(&counts))?;
    }
    for (name, counts) in verdicts.iter().filter(|(_, counts)| counts.len() > 1) {
        writeln!(out, "changes      {}: {}", name, listed(counts))?;
    }
    let (agree, all) = agreement(&verdicts);
    let share = agree as f64 * 100.0 / all.max(1) as f64;
    let again = plural(rounds.iter().map(retries).sum(), "run");
    writeln!(
        out,
        "{agree} of {all} verdicts are as most of their script's: {share:.2} %; {again} repeated, the runner having been late"
    )?;
    Ok(())
}

fn retries(round: &Round) -> u64 {
    round.runs().map(|run| u64::from(run.report.retries)).sum()
}

fn listed(counts: &Counts) -> String {
    let each: Vec<_> = counts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    each.join(", ")
}

/// How many verdicts are the most frequent of their script's, and how many there are.
fn agreement(verdicts: &BTreeMap<String, Counts>) -> (usize, usize) {
    let most = |counts: &Counts| counts.values().max().copied().unwrap_or(0);
    let all = |counts: &Counts| counts.values().sum::<usize>();
    (verdicts.values().map(most).sum(), verdicts.values().map(all).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_verdict_is_the_scripts() {
        let counts = |pass, fail| Counts::from([(Verdict::Pass, pass), (Verdict::Fail, fail)]);
        let verdicts =
            BTreeMap::from([("steady".to_owned(), counts(20, 0)), ("shaky".to_owned(), counts(3, 17))]);
        assert_eq!(agreement(&verdicts), (37, 40));
        assert_eq!(listed(&counts(3, 17)), "3 pass, 17 fail");
    }
}
