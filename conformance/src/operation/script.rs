//! Octets as a script: reading never fails but by saying where, what is read is printed so that it reads back, and
//! what runs ends.
use crate::runner::{Ending, Reason, RunOptions, run_script};
use crate::script::{ParseOptions, Script, parse, parse_octets, print};
use crate::target::Reference;

use super::Finding;

/// Reads `data` as a script, prints it, reads that again, and runs what can be run at the reference.
///
/// # Errors
/// A [`Finding`]: the printed script is another, or cannot be read, or printing again gives other text.
pub fn fuzz_script(data: &[u8]) -> Result<(), Finding> {
    let parsed = parse_octets(data, &ParseOptions::default());
    for diagnostic in &parsed.diagnostics {
        drop((diagnostic.to_string(), diagnostic.hint(), diagnostic.position()));
    }
    if !parsed.is_ok() {
        return Ok(());
    }
    reads_back(&parsed.script)?;
    let report = run_script(&parsed.script, &mut Reference::new(), &RunOptions::default());
    drop(format!("{report:?}"));
    match &report.ending {
        Ending::Failed(failure) if let Reason::Panicked(message) = &failure.reason => {
            Err(Finding::new("no script makes the reference panic", [print(&parsed.script), message.clone()]))
        }
        _ => Ok(()),
    }
}

fn reads_back(script: &Script) -> Result<(), Finding> {
    let printed = print(script);
    let options = ParseOptions { dialect: Some(script.dialect), ..ParseOptions::default() };
    let again = parse(&printed, &options);
    let story = |extra: String| [printed.clone(), extra];
    if let Some(diagnostic) = again.diagnostics.first().filter(|_| !again.is_ok()) {
        return Err(Finding::new("a printed script can be read", story(diagnostic.to_string())));
    }
    if again.script != *script {
        return Err(Finding::new(
            "reading undoes printing",
            story(format!("{script:?}\n{:?}", again.script)),
        ));
    }
    let twice = print(&again.script);
    if twice != printed {
        return Err(Finding::new("printing twice gives the same text", story(twice)));
    }
    Ok(())
}
