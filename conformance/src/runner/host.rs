//! The host that runs the script: a shell and Python, for those who have allowed them.
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

/// Runs a command as `system()` does: a POSIX shell, a child of this very process, its input and output ours. Where
/// `names_itself` the shell finds our number in `PACKETDRILL_PID`.
///
/// # Errors
/// How it went wrong.
pub(super) fn shell(text: &str, folder: &Path, names_itself: bool) -> Result<(), String> {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(text);
    if names_itself {
        command.env("PACKETDRILL_PID", std::process::id().to_string());
    }
    if !folder.as_os_str().is_empty() {
        command.current_dir(folder);
    }
    let status = command.status().map_err(|error| format!("could not be run: {error}"))?;
    judged(status)
}

/// Runs a program of Python's, handed over in a file of its own: what it prints is put into `printed`, what it prints
/// to its error output is its reason.
///
/// # Errors
/// How it went wrong.
pub(super) fn python(
    interpreter: &str,
    program: &str,
    folder: &Path,
    printed: &mut String,
) -> Result<(), String> {
    let file = Program::new(program).map_err(|error| format!("its file could not be written: {error}"))?;
    let mut words = interpreter.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("python3"));
    command.args(words).arg(&file.0).stdin(Stdio::null());
    if !folder.as_os_str().is_empty() {
        command.current_dir(folder);
    }
    let output = command.output().map_err(|error| format!("could not be run: {error}"))?;
    *printed = String::from_utf8_lossy(&output.stdout).into_owned();
    judged(output.status).map_err(|how| {
        let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        if said.is_empty() { how } else { said }
    })
}

/// Death by a signal counts as success, but for SIGINT and SIGQUIT.
fn judged(status: ExitStatus) -> Result<(), String> {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        const SIGINT: i32 = 2;
        const SIGQUIT: i32 = 3;
        return if matches!(signal, SIGINT | SIGQUIT) {
            Err(format!("died of signal {signal}"))
        } else {
            Ok(())
        };
    }
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(format!("ended with status {code}")),
        None => Err("ended without a status".to_owned()),
    }
}

/// A file that is gone when it is over.
struct Program(std::path::PathBuf);

impl Program {
    fn new(text: &str) -> std::io::Result<Self> {
        use std::io::Write as _;
        use std::sync::atomic::{AtomicU64, Ordering};
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("stackdrill-{}-{count}.py", std::process::id());
        let path = std::env::temp_dir().join(name);
        // Never somebody else's file, nor through somebody else's link.
        let mut file = std::fs::File::options().write(true).create_new(true).open(&path)?;
        let program = Self(path);
        file.write_all(text.as_bytes())?;
        Ok(program)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
