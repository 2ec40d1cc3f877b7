//! What verbs over captures share: every file gets its turn, whatever became of the one before.
use std::path::{Path, PathBuf};

use super::console::{Console, is_closed_pipe};
use super::exit::Exit;
use super::paths;

const EXTENSIONS: &[&str] = &["pcap", "pcapng", "cap"];

/// Does `act` on each capture below `given`; what cannot be read is complained of, and the rest goes on. `doing` names
/// it beside the progress bar.
pub(super) fn each(
    given: &[PathBuf],
    doing: &'static str,
    console: &mut Console,
    mut act: impl FnMut(&Path, &mut Console) -> anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    let mut exit = Exit::Well;
    let mut files = Vec::new();
    for path in given {
        match paths::files(path, EXTENSIONS) {
            Ok(found) => files.extend(found),
            Err(error) => {
                console.complain(&error);
                exit = Exit::Unreadable;
            }
        }
    }
    let progress = console.progress(files.len() as u64, doing);
    for file in files {
        match act(&file, console) {
            Ok(ended) => exit = exit.max(ended),
            Err(error) if is_closed_pipe(&error) => return Err(error),
            Err(error) => {
                console.complain(&error);
                exit = Exit::Unreadable;
            }
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(exit)
}
