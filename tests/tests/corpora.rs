//! The fuzz targets' corpora as tests, on stable Rust: every input kept under `fuzz/corpus` keeps the laws.
use std::path::{Path, PathBuf};
use std::{fs, io};

use libtest_mimic::{Arguments, Failed, Trial};
use stackdrill::operation::{Finding, fuzz_one_host, fuzz_script, fuzz_wire};

/// A fuzz target's body.
type Body = fn(&[u8]) -> Result<(), Finding>;

/// Every fuzz target, by the name of its shim.
const TARGETS: [(&str, Body); 3] =
    [("wire", fuzz_wire), ("script", fuzz_script), ("one_host", fuzz_one_host)];

fn main() -> io::Result<()> {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for (name, body) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
        for path in inputs(&folder)? {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            trials.push(Trial::test(format!("{name}/{file}"), move || hold(body, &path)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn hold(body: Body, path: &Path) -> Result<(), Failed> {
    body(&fs::read(path)?).map_err(Failed::from)
}

/// The files of a corpus, in the order of their names.
fn inputs(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
