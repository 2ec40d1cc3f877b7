//! `run`: runs scripts against a stack.
use std::path::{Path, PathBuf};

use stackdrill::report::{self, Style, Timed};
use stackdrill::runner::Variant;
use stackdrill::script::Diagnostic;
use stackdrill::{Profile, Verdict, target};

use super::format::TestFormat;
use super::scripts::{self, Reading};
use super::{Console, Exit};

mod batch;
mod human;
mod link;
#[cfg(feature = "plots")]
mod pictures;
mod repeat;

pub(super) use human::traces;

use repeat::Round;

/// Run scripts against a stack and say how they end.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  stackdrill run handshake.pkt                       against the reference, in all three address variants
  stackdrill run scripts/ --jobs 4                   every .pkt file below a folder
  stackdrill run a.pkt --variant ipv6 --trace        one variant; every packet with the clause behind it
  stackdrill run a.pkt --profile linux --pcap a.pcap the choices that Linux makes; packets for Wireshark
  stackdrill run a.pkt --variant ipv4 --plot .       a.ladder.svg and a.window.svg
  stackdrill run scripts/ --format junit > run.xml   for a CI system
  stackdrill run scripts/ --format json | jq 'select(.verdict != \"pass\")'")]
pub(crate) struct Args {
    /// Scripts, or folders of .pkt files.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The stack to run against.
    #[arg(long, default_value = "reference", value_name = "TARGET")]
    target: String,

    /// Whose choices the reference makes where the RFCs leave one: rfc, linux or freebsd. By default the one that the
    /// script names in a `Profile:` tag, or else rfc.
    #[arg(long, value_name = "PROFILE")]
    profile: Option<Profile>,

    #[command(flatten)]
    reading: Reading,

    /// Address variants: ipv4, ipv4-mapped-ipv6, ipv6. By default all that the script is for.
    #[arg(long = "variant", value_delimiter = ',', value_name = "VARIANT,...")]
    variants: Vec<Variant>,

    /// Let scripts use this host: shell commands, Python, files. Only for scripts you trust.
    #[arg(long)]
    allow_shell: bool,

    /// Seconds that a script may take on a live target.
    #[arg(long, value_name = "S", default_value_t = 10)]
    live_limit: u32,

    /// How often to run a script again that went wrong on a live target while this program was late.
    #[arg(long, value_name = "N", default_value_t = 3)]
    retries: u32,

    /// Run everything N times, and say which verdicts changed from time to time.
    #[arg(long, value_name = "N", default_value = "1", conflicts_with_all = ["pcap", "trace"])]
    repeat: core::num::NonZeroU32,

    /// Write what went over the link to a capture; with several runs, to one capture each, named after OUT.
    #[arg(long, value_name = "OUT")]
    pcap: Option<PathBuf>,

    /// Draw every run into this folder: NAME.ladder.svg, who said what when, and NAME.window.svg, what the sender had
    /// in flight and what it was allowed.
    #[cfg(feature = "plots")]
    #[arg(long, value_name = "DIR")]
    plot: Option<PathBuf>,

    /// Print every packet, call and state change, with the clause behind each.
    #[arg(long)]
    trace: bool,

    /// What the reference draws its secrets from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// How to write the results.
    #[arg(long, value_enum, default_value_t)]
    format: TestFormat,
}

/// A script file and its runs.
#[derive(Debug, Default)]
struct Ran {
    /// Why the file could not be read.
    unreadable: Option<anyhow::Error>,
    /// What is wrong with the script.
    faults: Vec<Diagnostic>,
    /// How it ended, by variant.
    runs: Vec<Timed>,
    /// What they look like, if that is wanted.
    #[cfg(feature = "plots")]
    pictures: Vec<pictures::Pictures>,
}

impl Args {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<Exit> {
        // A target that does not exist is one complaint, not one for each script.
        target::named(&self.target)?.prepare()?;
        let mut exit = Exit::Well;
        let files = scripts::find(&self.paths, console, &mut exit);
        let mut rounds = Vec::new();
        for _ in 0..self.repeat.get() {
            let began = std::time::Instant::now();
            let mut all = batch::run(&self, &files, console)?;
            let took = began.elapsed();
            for ran in &mut all {
                exit = exit.max(complain(ran, console)?);
            }
            rounds.push(Round { all, took });
        }
        if let Some(out) = &self.pcap {
            link::write(out, rounds.iter().flat_map(Round::runs))?;
        }
        #[cfg(feature = "plots")]
        if let Some(folder) = &self.plot {
            let all = rounds.iter().flat_map(|round| &round.all);
            all.into_iter().try_for_each(|ran| pictures::write(folder, &ran.pictures))?;
        }
        self.report(rounds, console)?;
        console.flush()?;
        Ok(exit)
    }

    fn report(&self, rounds: Vec<Round>, console: &mut Console) -> anyhow::Result<()> {
        if self.format == TestFormat::Human {
            let style = Style { colors: console.colors_out() };
            return match rounds.as_slice() {
                [once] => human::write(&once.all, once.took, (self.trace, style), console),
                _ => repeat::write(&rounds, console),
            };
        }
        let runs: Vec<_> = rounds.into_iter().flat_map(|round| round.all).flat_map(|ran| ran.runs).collect();
        if self.trace {
            traces(&runs, &mut std::io::stderr().lock())?;
        }
        let out = console.out();
        match self.format {
            TestFormat::Human => {}
            TestFormat::Json => {
                use std::io::Write;
                for run in &runs {
                    writeln!(out, "{}", report::object(run))?;
                }
            }
            TestFormat::Tap => report::tap(&runs, out)?,
            TestFormat::Junit => report::junit(&runs, out)?,
        }
        Ok(())
    }

    /// The name that a file's runs go by.
    fn name(file: &Path) -> String {
        file.display().to_string()
    }
}

/// Says what is wrong with the file itself, and how bad its runs are.
fn complain(ran: &mut Ran, console: &mut Console) -> anyhow::Result<Exit> {
    let mut exit = Exit::Well;
    if let Some(error) = ran.unreadable.take() {
        console.complain(&error);
        exit = Exit::Unreadable;
    }
    scripts::show(&ran.faults, console)?;
    for run in &ran.runs {
        exit = exit.max(match run.report.verdict() {
            Verdict::Pass => Exit::Well,
            Verdict::Fail | Verdict::Inconclusive | Verdict::Unsupported => Exit::Found,
            Verdict::Error => Exit::Unreadable,
        });
    }
    Ok(exit)
}
