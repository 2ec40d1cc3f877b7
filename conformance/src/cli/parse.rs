//! `parse`: says whether scripts can be read, and if not, why.
use std::io::Write;
use std::path::PathBuf;

use serde_json::json;
use stackdrill::report::escaped;
use stackdrill::script::Severity;

use super::format::Format;
use super::scripts::{self, Reading};
use super::{Console, Exit};

/// Read scripts and say what is wrong with them.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  stackdrill parse handshake.pkt          is it a script?
  stackdrill parse scripts/               every .pkt file below a folder
  stackdrill parse --dialect bsd a.pkt    as the BSD fork of packetdrill reads it
  stackdrill parse --format json scripts/ | jq 'select(.ok | not)'")]
pub(crate) struct Args {
    /// Scripts, or folders of .pkt files.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    reading: Reading,

    /// How to write the results.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<Exit> {
        let mut exit = Exit::Well;
        for file in scripts::find(&self.paths, console, &mut exit) {
            let Some(parsed) = self.reading.read(&file, console, &mut exit) else { continue };
            let faults = &parsed.diagnostics;
            let errors = faults.iter().filter(|fault| fault.severity() == Severity::Error).count();
            if errors > 0 {
                exit = exit.max(Exit::Unreadable);
            }
            let name = file.display().to_string();
            match self.format {
                Format::Human if errors == 0 => writeln!(console.out(), "{}: ok", escaped(&name))?,
                Format::Human => writeln!(console.out(), "{}: {errors} wrong", escaped(&name))?,
                Format::Json => {
                    let faults: Vec<_> = faults.iter().map(scripts::object).collect();
                    let (events, dialect) = (parsed.script.events.len(), parsed.script.dialect.to_string());
                    let object = json!({
                        "script": name, "ok": errors == 0, "dialect": dialect, "events": events,
                        "diagnostics": faults,
                    });
                    writeln!(console.out(), "{object}")?;
                }
            }
            scripts::show(faults, console)?;
        }
        console.flush()?;
        Ok(exit)
    }
}
