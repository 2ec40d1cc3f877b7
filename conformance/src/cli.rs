//! The command line: one file per verb, no logic.
//!
//! A verb's `Args` reads its flags; its `run` calls the library and writes to the [`Console`]. Every exit code is an
//! [`Exit`], so that a number means the same in each verb.
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod captures;
mod check;
mod completions;
mod console;
mod exit;
mod fmt;
mod format;
mod judge;
mod lint;
mod manual;
mod packetdrill;
mod parse;
mod paths;
mod replay;
mod requirements;
mod run;
mod scripts;

pub(crate) use console::{Color, Console};
pub(crate) use exit::Exit;

/// Conformance and fuzz testing for TCP and UDP.
///
/// Scripts in the packetdrill language run against a stack in virtual time: no privileges, no network, no waiting.
#[derive(Debug, Parser)]
#[command(name = "stackdrill", version, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 all well; 1 a fail, a departure, a finding, something inconclusive or unsupported; \
                        2 an input could not be read."
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,

    /// When to colour.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,

    /// How many jobs run at once; by default one a processor, or four where they wait for a live target.
    #[arg(long, global = true, value_name = "N")]
    jobs: Option<core::num::NonZeroUsize>,

    /// Say more; twice, still more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check(check::Args),
    Judge(judge::Args),
    Parse(parse::Args),
    Fmt(fmt::Args),
    Lint(lint::Args),
    Packetdrill(packetdrill::Args),
    Replay(replay::Args),
    Requirements(requirements::Args),
    Run(run::Args),
    Completions(completions::Args),
    Manual(manual::Args),
}

/// Parses the command line, runs the verb, prints what went wrong, and says how it ended.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse_from(packetdrill::unread(std::env::args_os()));
    let mut console = Console::new(cli.color, cli.jobs, cli.verbose);
    let ended: anyhow::Result<Exit> = match cli.verb {
        Verb::Check(args) => args.run(&mut console),
        Verb::Judge(args) => args.run(&mut console),
        Verb::Parse(args) => args.run(&mut console),
        Verb::Fmt(args) => args.run(&mut console),
        Verb::Lint(args) => args.run(&mut console),
        Verb::Packetdrill(args) => args.run(&mut console),
        Verb::Replay(args) => args.run(&mut console),
        Verb::Requirements(args) => args.run(&mut console),
        Verb::Run(args) => args.run(&mut console),
        Verb::Completions(args) => args.run(&mut console),
        Verb::Manual(args) => args.run(&mut console),
    };
    match ended {
        Ok(exit) => exit.into(),
        // Somebody closed the pipe: they have seen enough.
        Err(error) if console::is_closed_pipe(&error) => Exit::Well.into(),
        Err(error) => {
            console.complain(&error);
            Exit::Unreadable.into()
        }
    }
}
