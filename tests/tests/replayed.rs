//! Every capture under `pcaps/captures`, both ends of every flow replayed against the reference: what it answers is
//! what was captured, or something else that the oracle accepts.
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use stackdrill::judge::replay::{Recording, Side, Verdict, recordings, replay};
use stackdrill::target::Reference;

fn main() -> io::Result<()> {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pcaps/captures");
    let mut paths =
        folder.read_dir()?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    let trials = paths.into_iter().map(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Trial::test(name, move || replayed(&path))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

fn replayed(path: &Path) -> Result<(), Failed> {
    let recordings = recordings(BufReader::new(File::open(path)?))?;
    if let Some(broken) = recordings.broken {
        return Err(broken.into());
    }
    if recordings.flows.is_empty() {
        return Err("there is no flow in it".into());
    }
    recordings.flows.iter().try_for_each(holds)
}

/// Both ends of a flow, each twice: the same must come of it.
fn holds(recording: &Recording) -> Result<(), Failed> {
    for side in Side::ALL {
        let replayed = replay(recording, side, &mut Reference::new());
        let again = replay(recording, side, &mut Reference::new());
        if !matches!(replayed.verdict, Verdict::Equal | Verdict::Lawful) {
            let why = replayed.why.unwrap_or_default();
            return Err(format!("flow {} {side}: {}: {why}", replayed.flow, replayed.verdict).into());
        }
        if again.differences != replayed.differences {
            return Err(format!("flow {} {side}: another run differs otherwise", replayed.flow).into());
        }
    }
    Ok(())
}
