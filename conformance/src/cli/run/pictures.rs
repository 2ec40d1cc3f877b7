//! Runs drawn.
use std::fs;
use std::path::Path;

use anyhow::Context;
use stackdrill::Variant;
use stackdrill::plots::{self, Sample};
use stackdrill::runner::RunReport;
use stackdrill::script::Script;

/// What one run looks like.
#[derive(Debug)]
pub(super) struct Pictures {
    /// The script's name, without folder and ending.
    name: String,
    variant: Variant,
    ladder: String,
    /// The window plot, or why there is none.
    window: Result<Option<String>, String>,
}

impl Pictures {
    pub(super) fn of(script: &Script, report: &RunReport, samples: &[Sample]) -> Self {
        let name = Path::new(script.source.name()).file_stem().unwrap_or_default();
        Self {
            name: name.to_string_lossy().into_owned(),
            variant: report.variant,
            ladder: plots::ladder(script, report),
            window: plots::window(samples),
        }
    }
}

/// Writes the pictures of one script: `NAME.ladder.svg` and, where there is a window to see, `NAME.window.svg`; with
/// several variants, `NAME-VARIANT.ladder.svg` and so on.
pub(super) fn write(folder: &Path, all: &[Pictures]) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for pictures in all {
        let name = match all {
            [_] => pictures.name.clone(),
            _ => format!("{}-{}", pictures.name, pictures.variant),
        };
        put(&folder.join(format!("{name}.ladder.svg")), &pictures.ladder)?;
        if let Some(window) = pictures.window.as_ref().map_err(|why| anyhow::anyhow!("{name}: {why}"))? {
            put(&folder.join(format!("{name}.window.svg")), window)?;
        }
    }
    Ok(())
}

fn put(path: &Path, picture: &str) -> anyhow::Result<()> {
    fs::write(path, picture).with_context(|| format!("cannot write {}", path.display()))
}
