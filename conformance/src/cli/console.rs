//! The terminal: where output goes, whether it has colour, and whether anybody watches.
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use stackdrill::report::escaped;

/// When to colour.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Color {
    /// If the output is a terminal and `NO_COLOR` is not set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What every verb is given to speak with.
#[derive(Debug)]
pub(crate) struct Console {
    out: io::BufWriter<io::Stdout>,
    color: Color,
    /// How many jobs run at once.
    pub(crate) jobs: Option<NonZeroUsize>,
    /// How often `-v` was given.
    pub(crate) verbose: u8,
}

impl Console {
    pub(crate) fn new(color: Color, jobs: Option<NonZeroUsize>, verbose: u8) -> Self {
        Self { out: io::BufWriter::new(io::stdout()), color, jobs, verbose }
    }

    /// Where results go. Errors are to be returned: a closed pipe ends the verb quietly.
    pub(crate) fn out(&mut self) -> &mut impl Write {
        &mut self.out
    }

    /// Ends the results: whatever was buffered is written.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Whether results on stdout are coloured.
    pub(crate) fn colors_out(&self) -> bool {
        self.colors(io::stdout().is_terminal())
    }

    /// Characters in a line of stdout; where nobody watches, as many as it takes.
    pub(crate) fn width(&self) -> usize {
        if !io::stdout().is_terminal() {
            return usize::MAX;
        }
        terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
    }

    /// Whether diagnostics on stderr are coloured.
    pub(crate) fn colors_err(&self) -> bool {
        self.colors(io::stderr().is_terminal())
    }

    fn colors(&self, is_terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }

    /// Prints an error and its causes as one sentence, to stderr.
    pub(crate) fn complain(&mut self, error: &anyhow::Error) {
        // What was found so far comes first; if it cannot be written there is nobody to tell.
        let _ = self.flush();
        let (on, off) = if self.colors_err() { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        let _ = writeln!(io::stderr(), "{on}error{off}: {}", escaped(&format!("{error:#}")));
    }

    /// A progress bar over `length` steps; one that shows nothing unless stderr is a terminal.
    pub(crate) fn progress(&self, length: u64, what: &'static str) -> ProgressBar {
        if !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
        let bar = ProgressBar::new(length).with_message(what);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}

/// Whether an error is nothing but a reader who went away.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
