//! A hundred scripts of the suite against the kernel that this runs on, each a test of its own.
//!
//! A script may fail if what it proves is a known departure of Linux's, or no more than recommended; where it passes,
//! the oracle must find nothing either. A test fails if three tries of three do. Where namespaces are not allowed it says so and does
//! nothing, unless `STACKDRILL_REQUIRE` asks for `namespaces`: then it fails. Its own `main`, because anybody but root
//! makes a namespace only while there is a single thread.

#![forbid(unsafe_code)]

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    live::main()
}

#[cfg(target_os = "linux")]
mod live {
    use std::process::ExitCode;

    use libtest_mimic::{Arguments, Failed, Trial};
    use stackdrill::matrix::Departures;
    use stackdrill::requirement::{Catalogue, Level};
    use stackdrill::suite::{self, Entry, Ran};
    use stackdrill::target::{Linux, usual_jobs};
    use stackdrill::{Profile, RunOptions, Target, Variant, Verdict};

    /// The names of the scripts, one a line.
    const SELECTION: &str = include_str!("../live-linux.txt");

    const TRIES: usize = 3;

    pub(crate) fn main() -> ExitCode {
        if let Err(missing) = Linux::new().prepare() {
            let required = std::env::var("STACKDRILL_REQUIRE").unwrap_or_default();
            if required.split([',', ' ']).any(|lane| lane == "namespaces") {
                eprintln!("STACKDRILL_REQUIRE asks for namespaces, but {missing}");
                return ExitCode::FAILURE;
            }
            eprintln!("skipped: {missing}");
            return ExitCode::SUCCESS;
        }
        let mut arguments = Arguments::from_args();
        arguments.test_threads.get_or_insert(usual_jobs(&Linux::new()));
        libtest_mimic::run(&arguments, trials()).exit_code()
    }

    /// One trial a script, each in another of its variants than the one before.
    fn trials() -> Vec<Trial> {
        let names = SELECTION.lines().filter(|line| !line.starts_with('#'));
        let trial = |(number, name): (usize, &'static str)| {
            let entry = suite::scripts().iter().find(|entry| entry.name == name);
            let variant = move |entry: &Entry| {
                let variants = entry.variants();
                variants.get(number % variants.len().max(1)).copied().unwrap_or(Variant::Ipv4)
            };
            let title = entry.map_or("none", |entry| variant(entry).name());
            Trial::test(format!("{name}::{title}"), move || {
                let entry = entry.ok_or_else(|| format!("the suite has no {name}"))?;
                tried(entry, variant(entry))
            })
        };
        names.enumerate().map(trial).collect()
    }

    fn tried(entry: &'static Entry, variant: Variant) -> Result<(), Failed> {
        let mut said = Vec::new();
        for _ in 0..TRIES {
            let options =
                RunOptions { variant, profile: entry.profile(Profile::Linux), ..RunOptions::default() };
            let mut target = Linux::new();
            let ran = entry.run(&mut target, &options);
            match well(&ran, &target) {
                Ok(()) => return Ok(()),
                Err(why) => said.push(why),
            }
        }
        Err(said.join("\n").into())
    }

    /// Whether the verdict is the one expected, and the oracle sees nothing else.
    fn well(ran: &Ran, target: &Linux) -> Result<(), String> {
        let departures = Departures::of("linux").map_err(|error| error.to_string())?;
        let report = &ran.report;
        let reason = || report.reason().unwrap_or_default();
        match report.verdict() {
            Verdict::Pass => {}
            Verdict::Fail if is_known(ran.entry, &departures) => return Ok(()),
            // A host so busy that nothing can be said is no fault of the kernel's.
            Verdict::Inconclusive => {
                eprintln!("{} ({}): {}", ran.entry.name, report.variant, reason());
                return Ok(());
            }
            verdict => return Err(format!("{verdict}: line {}: {}", report.line().unwrap_or(0), reason())),
        }
        for (tuple, oracle) in ran.judged(target.abi()) {
            let unknown = |requirement: &&str| departures.known(requirement).is_none();
            let mut found = oracle.departures().iter();
            if let Some(departure) = found.find(|found| found.requirements.iter().all(unknown)) {
                return Err(format!(
                    "the oracle refuses {tuple} at {}: {} ({})",
                    departure.at,
                    departure.what,
                    departure.requirements.join(", ")
                ));
            }
        }
        Ok(())
    }

    /// Whether all that a script proves is known not to be met, or needs not be.
    fn is_known(entry: &Entry, departures: &Departures) -> bool {
        Catalogue::embedded().rows().filter(|row| entry.proves(row)).all(|row| {
            !matches!(row.level, Level::Must | Level::MustNot) || departures.known(&row.id).is_some()
        })
    }
}
