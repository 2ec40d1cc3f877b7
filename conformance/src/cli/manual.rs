//! `manual`: a man page for each verb.
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::{Cli, Console, Exit, packetdrill};

/// Write the man pages to a folder
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  stackdrill manual ~/.local/share/man/man1 && man stackdrill-run")]
pub(crate) struct Args {
    /// The folder; it is made if need be.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Args {
    pub(crate) fn run(self, _: &mut Console) -> anyhow::Result<Exit> {
        let cannot = || format!("cannot write man pages to {}", self.folder.display());
        std::fs::create_dir_all(&self.folder).with_context(cannot)?;
        let mut whole = Cli::command().disable_help_subcommand(true);
        whole.build();
        for verb in whole.get_subcommands() {
            let name = format!("stackdrill-{}", verb.get_name());
            // packetdrill's own options are no part of the verb that stands for them.
            let page = match verb.get_name() {
                "packetdrill" => packetdrill::command().display_name("stackdrill-packetdrill"),
                _ => verb.clone(),
            };
            write(&self.folder, &name, page).with_context(cannot)?;
        }
        write(&self.folder, "stackdrill", whole).with_context(cannot)?;
        Ok(Exit::Well)
    }
}

/// One page, in the section for commands.
fn write(folder: &Path, name: &str, command: Command) -> std::io::Result<()> {
    let mut page = Vec::new();
    Man::new(command).title(name.to_uppercase()).render(&mut page)?;
    std::fs::write(folder.join(name).with_extension("1"), page)
}
