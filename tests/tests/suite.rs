//! Every script of the suite, in every variant, is a test of its own on the reference stack. The oracle judges each run
//! that passes, and has to agree.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use stackdrill::target::Reference;
use stackdrill::{Profile, RunOptions, Variant, Verdict, suite};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    libtest_mimic::run(&arguments, trials()).exit_code()
}

/// One trial a script and variant.
fn trials() -> Vec<Trial> {
    let each = |entry: &'static suite::Entry| {
        let trial = move |variant: Variant| {
            Trial::test(format!("{}::{}", entry.name, variant.name()), move || run(entry, variant))
        };
        entry.variants().into_iter().map(trial)
    };
    suite::scripts().iter().flat_map(each).collect()
}

fn run(entry: &'static suite::Entry, variant: Variant) -> Result<(), Failed> {
    let options =
        RunOptions { variant, profile: entry.profile(Profile::Rfc), judged: true, ..RunOptions::default() };
    let ran = entry.run(&mut Reference::new(), &options);
    let report = &ran.report;
    match report.verdict() {
        Verdict::Pass => Ok(()),
        verdict => {
            let line = report.line().map_or_else(String::new, |line| format!("line {line}: "));
            Err(format!("{verdict}: {line}{}", report.reason().unwrap_or_default()).into())
        }
    }
}
