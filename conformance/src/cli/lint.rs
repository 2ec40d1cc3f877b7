//! `lint`: reads scripts as a reviewer would.
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use serde_json::json;
use stackdrill::requirement::Catalogue;
use stackdrill::script::{self, Diagnostic, Severity};

use super::format::Format;
use super::scripts::{self, Reading};
use super::{Console, Exit};

/// Say what a reviewer would: scripts that prove nothing, ask too much, or cannot be read elsewhere.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  stackdrill lint handshake.pkt            errors and warnings
  stackdrill lint --portable scripts/      and every form that packetdrill cannot read")]
pub(crate) struct Args {
    /// Scripts, or folders of .pkt files.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    reading: Reading,

    /// Also name every form that packetdrill cannot read.
    #[arg(long)]
    portable: bool,

    /// How to write the results.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<Exit> {
        let known = known();
        let mut exit = Exit::Well;
        for file in scripts::find(&self.paths, console, &mut exit) {
            let Some(parsed) = self.reading.read(&file, console, &mut exit) else { continue };
            let mut faults = parsed.diagnostics.clone();
            if parsed.is_ok() {
                faults.extend(script::lint(&parsed.script, Some(&known)));
            } else {
                exit = exit.max(Exit::Unreadable);
            }
            faults.retain(|fault| self.portable || fault.severity() > Severity::Info);
            if faults.iter().any(|fault| fault.severity() > Severity::Info || self.portable) {
                exit = exit.max(Exit::Found);
            }
            let name = file.display().to_string();
            match self.format {
                Format::Human => scripts::show(&faults, console)?,
                Format::Json => writeln!(console.out(), "{}", object(&name, &faults))?,
            }
        }
        console.flush()?;
        Ok(exit)
    }
}

fn object(name: &str, faults: &[Diagnostic]) -> serde_json::Value {
    let faults: Vec<_> = faults.iter().map(scripts::object).collect();
    json!({ "script": name, "diagnostics": faults })
}

/// The ids that a tag may name: every row, and every label without its letter.
fn known() -> BTreeSet<String> {
    let rows = Catalogue::embedded().rows();
    rows.flat_map(|row| {
        let label = row.id.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
        let label = label.ends_with(|digit: char| digit.is_ascii_digit()).then(|| label.to_owned());
        std::iter::once(row.id.clone()).chain(label)
    })
    .collect()
}
