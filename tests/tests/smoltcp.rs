//! Every script of the suite, in every variant, on smoltcp: what fails is a departure that was decided and written down.
//!
//! The oracle watches too, and what it refuses must be written down as well.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use stackdrill::matrix::{self, Column, Day, Departures, Matrix, Verdict};
use stackdrill::requirement::Catalogue;
use stackdrill::suite::{self, Entry};
use stackdrill::target::Smoltcp;
use stackdrill::{RunOptions, Variant};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    libtest_mimic::run(&arguments, trials()).exit_code()
}

/// One trial a script and variant.
fn trials() -> Vec<Trial> {
    let each = |entry: &'static Entry| {
        let trial = move |variant: Variant| {
            Trial::test(format!("{}::{}", entry.name, variant.name()), move || run(entry, variant))
        };
        entry.variants().into_iter().map(trial)
    };
    suite::scripts().iter().flat_map(each).collect()
}

fn run(entry: &'static Entry, variant: Variant) -> Result<(), Failed> {
    let options = RunOptions { variant, ..RunOptions::default() };
    let ran = entry.run(&mut Smoltcp::new(), &options);
    let departures = Departures::of("smoltcp")?;
    let rows: Vec<_> = Catalogue::embedded().rows().collect();
    let column = Column::new(&Smoltcp::new(), departures, vec![ran]);
    // What has expired is for `check` to say; here no day is too late.
    let matrix = Matrix::of(&rows, &[column], Day::since_epoch(0));
    let unknown = matrix
        .rows
        .iter()
        .find(|row| row.cells.iter().any(|cell| cell.verdict == Verdict::Fail && cell.known.is_none()));
    match unknown {
        Some(row) => Err(format!("{}: {}", row.requirement.id, matrix::reasons(&row.cells)).into()),
        None => Ok(()),
    }
}
