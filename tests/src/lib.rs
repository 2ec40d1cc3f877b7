//! What the tests of this crate share: the repository's own files, read in one order.
#![forbid(unsafe_code)]

pub mod conversation;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file of the repository: its path from the root, with `/`, and its text.
#[derive(Clone, Debug)]
pub struct Source {
    /// From the repository's root: `stack/src/lib.rs`.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The repository's files with that extension, by path; build folders and hidden ones left out.
///
/// # Errors
/// The first folder or file that could not be read.
pub fn sources(extension: &str) -> io::Result<Vec<Source>> {
    let root = root();
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|ext| ext == extension) {
                let from_root = path.strip_prefix(&root).unwrap_or(&path);
                let from_root = from_root.to_string_lossy().replace('\\', "/");
                found.push(Source { path: from_root, text: fs::read_to_string(&path)? });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}
