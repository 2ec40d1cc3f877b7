//! What the verbs that read scripts share: which files, how they are read, how a fault is shown.
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};
use stackdrill::script::{self, Diagnostic, Dialect, MOST_OCTETS, ParseOptions, Parsed};

use super::{Console, Exit, paths};

/// How scripts are read.
#[derive(clap::Args, Debug)]
pub(crate) struct Reading {
    /// Whose scripts these are; by default Google's, or BSD where only that reads the script.
    #[arg(long, value_parser = dialect, value_name = "google|bsd")]
    pub(crate) dialect: Option<Dialect>,

    /// Define a symbol; it wins over a definition in the script.
    #[arg(short = 'D', long = "define", value_parser = definition, value_name = "NAME=VALUE")]
    pub(crate) defines: Vec<(String, String)>,
}

fn dialect(text: &str) -> Result<Dialect, String> {
    let known = [Dialect::Google, Dialect::Bsd];
    known.into_iter().find(|one| one.to_string() == text).ok_or_else(|| "`google` or `bsd`".to_owned())
}

fn definition(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a definition is NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Reading {
    /// How to read a script of this name.
    pub(crate) fn options(&self, name: &str) -> ParseOptions {
        let defines = self.defines.iter().cloned().collect();
        ParseOptions { name: name.to_owned(), dialect: self.dialect, defines }
    }

    /// Reads a file; one that cannot be read is complained of, and left out.
    pub(crate) fn read(&self, file: &Path, console: &mut Console, exit: &mut Exit) -> Option<Parsed> {
        let octets = octets(file).map_err(|error| {
            console.complain(&error);
            *exit = Exit::Unreadable;
        });
        let options = self.options(&file.display().to_string());
        octets.ok().map(|octets| script::parse_octets(&octets, &options))
    }
}

/// A file's octets: no more of them than are parsed, and one.
pub(crate) fn octets(file: &Path) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("cannot read {}", file.display());
    let mut octets = Vec::new();
    // A little more than is parsed, so that the parser can say it is too much.
    let limit = MOST_OCTETS as u64 + 1;
    let opened = std::fs::File::open(file).with_context(cannot)?;
    io::Read::read_to_end(&mut io::Read::take(opened, limit), &mut octets).with_context(cannot)?;
    Ok(octets)
}

/// The scripts that paths mean. A path that means none is complained of.
pub(crate) fn find(given: &[PathBuf], console: &mut Console, exit: &mut Exit) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in given {
        match paths::files(path, &["pkt"]) {
            Ok(files) => found.extend(files),
            Err(error) => {
                console.complain(&error);
                *exit = Exit::Unreadable;
            }
        }
    }
    found
}

/// Shows faults on stderr, with the source they are about.
pub(crate) fn show(faults: &[Diagnostic], console: &mut Console) -> anyhow::Result<()> {
    if !faults.is_empty() {
        // What was found so far comes first.
        console.flush()?;
    }
    let colored = console.colors_err();
    let mut err = io::stderr().lock();
    for fault in faults {
        writeln!(err, "{}", fault.render(colored).trim_end_matches('\n'))?;
    }
    Ok(())
}

/// A fault as JSON.
pub(crate) fn object(fault: &Diagnostic) -> Value {
    let (line, column) = fault.position();
    json!({
        "line": line, "column": column, "severity": fault.severity().to_string(), "message": fault.to_string(),
        "hint": fault.hint(),
    })
}
