//! `completions`: what a shell needs to complete our command line.
use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Console, Exit};

/// Write a completion script for a shell to standard output
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  stackdrill completions bash > ~/.local/share/bash-completion/completions/stackdrill
  stackdrill completions zsh > ~/.zfunc/_stackdrill
  stackdrill completions fish > ~/.config/fish/completions/stackdrill.fish")]
pub(crate) struct Args {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

impl Args {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<Exit> {
        // Into memory first: a reader who goes away is no reason to panic.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "stackdrill", &mut script);
        std::io::Write::write_all(console.out(), &script)?;
        console.flush()?;
        Ok(Exit::Well)
    }
}
