//! A script of the suite, its expectations ignored.
use stackdrill::runner::Variant;
use stackdrill::target::Target;
use stackdrill::{Profile, RunOptions, suite};
use stackdrill_oracle::Oracle;

use crate::guarded::Guarded;
use crate::{Outcome, digest};

pub(super) fn run(entry: &'static suite::Entry, variant: Variant, profile: Profile) -> Outcome {
    let options = RunOptions { variant, profile, stimulus: true, ..RunOptions::default() };
    let mut target = Guarded::default();
    let ran = entry.run(&mut target, &options);
    let oracles: Vec<Oracle> = ran.judged(ran.report.abi).into_iter().map(|(_, oracle)| oracle).collect();
    Outcome::judged(digest(&ran.report.trace), &oracles, &target.departs())
}
