//! From the paths on a command line to the files they mean.
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// The deepest folder that is walked into.
const DEPTH: usize = 32;

/// The files that `path` means: itself, or, if it is a folder, every file below it with one of these extensions,
/// sorted, of which there must be one. Symbolic links to folders are not followed.
pub(crate) fn files(path: &Path, extensions: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
    if path.is_dir() {
        let mut found = Vec::new();
        walk(path, extensions, DEPTH, &mut found)?;
        anyhow::ensure!(!found.is_empty(), "no .{} file in {}", extensions.join(" or ."), path.display());
        Ok(found)
    } else {
        Ok(vec![path.to_owned()])
    }
}

fn walk(folder: &Path, extensions: &[&str], depth: usize, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    anyhow::ensure!(depth > 0, "{} lies more than {DEPTH} folders deep", folder.display());
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut entries: Vec<_> = entries.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (kind, path) = (entry.file_type()?, entry.path());
        if kind.is_dir() {
            walk(&path, extensions, depth - 1, found)?;
        } else if path.extension().and_then(|end| end.to_str()).is_some_and(|end| extensions.contains(&end)) {
            found.push(path);
        }
    }
    Ok(())
}
