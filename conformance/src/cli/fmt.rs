//! `fmt`: lays scripts out in the columns people use.
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use stackdrill::report::escaped;
use stackdrill::script;

use super::scripts::{self, Reading};
use super::{Console, Exit};

/// Lay scripts out in the columns people use; comments and blank lines stay.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  stackdrill fmt handshake.pkt         rewrite a script
  stackdrill fmt --check scripts/      name those that would change, and change none")]
pub(crate) struct Args {
    /// Scripts, or folders of .pkt files.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    reading: Reading,

    /// Change nothing; exit 1 if a script is not laid out as this would.
    #[arg(long)]
    check: bool,
}

impl Args {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<Exit> {
        let mut exit = Exit::Well;
        for file in scripts::find(&self.paths, console, &mut exit) {
            let Some(parsed) = self.reading.read(&file, console, &mut exit) else { continue };
            let name = file.display().to_string();
            let Some(text) = script::format(&parsed, &self.reading.options(&name)) else {
                scripts::show(&parsed.diagnostics, console)?;
                exit = exit.max(Exit::Unreadable);
                continue;
            };
            if text == parsed.script.source.text() {
                continue;
            }
            writeln!(console.out(), "{}", escaped(&name))?;
            if self.check {
                exit = exit.max(Exit::Found);
            } else {
                std::fs::write(&file, text).with_context(|| format!("cannot write {name}"))?;
            }
        }
        console.flush()?;
        Ok(exit)
    }
}
