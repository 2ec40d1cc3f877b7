//! Every script of the suite, in every variant, is a test of its own on the reference stack.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use stackdrill::script::{self, ParseOptions, Parsed};
use stackdrill::target::Reference;
use stackdrill::{RunOptions, Variant, Verdict, run_script, suite};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    libtest_mimic::run(&arguments, trials()).exit_code()
}

/// One trial a script that does not read, else one a script and variant.
fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for entry in suite::scripts() {
        let variants =
            read(entry, Variant::Ipv4).map_or_else(|_| vec![Variant::Ipv4], |read| Variant::of(&read.script));
        trials.extend(variants.into_iter().map(|variant| {
            Trial::test(format!("{}::{}", entry.name, variant.name()), move || run(entry, variant))
        }));
    }
    trials
}

fn read(entry: &suite::Entry, variant: Variant) -> Result<Parsed, Failed> {
    let defines =
        variant.defines().iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    let parsed =
        script::parse(entry.source, &ParseOptions { name: entry.name.clone(), dialect: None, defines });
    if parsed.is_ok() {
        return Ok(parsed);
    }
    let said =
        parsed.diagnostics.iter().map(|diagnostic| format!("line {}: {diagnostic}", diagnostic.position().0));
    Err(said.collect::<Vec<_>>().join("\n").into())
}

fn run(entry: &suite::Entry, variant: Variant) -> Result<(), Failed> {
    let parsed = read(entry, variant)?;
    let options = RunOptions { variant, ..RunOptions::default() };
    let report = run_script(&parsed.script, &mut Reference::new(), &options);
    match report.verdict() {
        Verdict::Pass => Ok(()),
        verdict => {
            let line = report.line().map_or_else(String::new, |line| format!("line {line}: "));
            Err(format!("{verdict}: {line}{}", report.reason().unwrap_or_default()).into())
        }
    }
}
