//! Every capture under `pcaps/captures`, both ends of every flow replayed against the reference: what it answers is
//! what was captured, or something else that the oracle accepts.
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use stackdrill::judge::replay::{Recording, Side, Verdict, recordings, replay};
use stackdrill::strength::breakages;
use stackdrill::target::Reference;

fn main() -> io::Result<()> {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pcaps/captures");
    let mut paths =
        folder.read_dir()?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    let (all, small) = (paths.clone(), paths.clone());
    let trials = paths.into_iter().map(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Trial::test(name, move || replayed(&path))
    });
    let notices = Trial::test("a broken target departs", move || broken_targets_depart(&all));
    let damage = Trial::test("damaged captures end too", move || damaged_captures_end(&small));
    libtest_mimic::run(&arguments, trials.chain([notices, damage]).collect()).exit();
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

/// What is wrong with a target shows in the replay of some capture.
fn broken_targets_depart(captures: &[PathBuf]) -> Result<(), Failed> {
    let mut flows = Vec::new();
    for path in captures {
        flows.extend(recordings(BufReader::new(File::open(path)?))?.flows);
    }
    for name in ["never acknowledges", "never sends a FIN", "never retransmits", "takes old text for new"] {
        let breakage = breakages().into_iter().find(|breakage| breakage.name == name);
        let breakage = breakage.ok_or_else(|| format!("no breakage is called {name}"))?;
        let departs = |flow: &Recording, side| {
            replay(flow, side, &mut breakage.of(Box::new(Reference::new()))).verdict == Verdict::Departed
        };
        if !flows.iter().any(|flow| Side::ALL.into_iter().any(|side| departs(flow, side))) {
            return Err(format!("a stack that {name} departs nowhere").into());
        }
    }
    Ok(())
}

/// Whichever octet of a capture is wrong (every seventh is tried): it is read as far as it goes, and what is read replays to some end.
fn damaged_captures_end(captures: &[PathBuf]) -> Result<(), Failed> {
    const SMALL: usize = 2_000;
    for path in captures {
        let whole = std::fs::read(path)?;
        if whole.len() > SMALL {
            continue;
        }
        for at in (0..whole.len()).step_by(7) {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << (at % 8);
            let Ok(recordings) = recordings(damaged.as_slice()) else { continue };
            for recording in &recordings.flows {
                for side in Side::ALL {
                    replay(recording, side, &mut Reference::new());
                }
            }
        }
    }
    Ok(())
}
