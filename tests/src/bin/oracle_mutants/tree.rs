//! A copy of the workspace to break.
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use stackdrill_tests::root;

/// Copies the workspace below its build folder; files that have not changed keep their times.
pub(crate) fn copied() -> anyhow::Result<PathBuf> {
    let tree = root().join("target/oracle-mutants");
    copy(&root(), &tree).with_context(|| format!("cannot copy the workspace to {}", tree.display()))?;
    Ok(tree)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if name.to_string_lossy().starts_with('.') || path == root().join("target") {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            write(&to.join(name), &fs::read(&path)?)?;
        }
    }
    Ok(())
}

/// Writes a file unless it is so already.
pub(crate) fn write(path: &Path, octets: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == octets) { Ok(()) } else { fs::write(path, octets) }
}
