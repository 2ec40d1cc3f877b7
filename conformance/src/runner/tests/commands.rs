//! Commands that go to the host, where that is allowed.
use crate::runner::{RunOptions, RunReport, Verdict, run_script};
use crate::script::{Dialect, ParseOptions, parse};
use crate::target::Reference;

const SOCKET: &str = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";

/// A folder that is gone when the test is over.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("stackdrill-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        Self(folder)
    }

    fn run(&self, script: &str, dialect: Dialect) -> RunReport {
        let name = self.0.join("test.pkt").display().to_string();
        let parsed = parse(script, &ParseOptions { name, dialect: Some(dialect), ..ParseOptions::default() });
        assert!(parsed.is_ok(), "{script}\n{:?}", parsed.diagnostics);
        let options = RunOptions { allow_shell: true, ..RunOptions::default() };
        run_script(&parsed.script, &mut Reference::new(), &options)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The status of the shell is the command's; a signal, but for the two of a terminal, is no failure.
#[test]
#[cfg(unix)]
fn a_shell_runs_what_is_not_understood() {
    let folder = Folder::new("shell");
    for (command, reason) in [
        ("test 1 = 1", None),
        ("exit 3", Some("the command `exit 3` ended with status 3")),
        ("kill -TERM $$", None),
        ("kill -INT $$", Some("the command `kill -INT $$` died of signal 2")),
        ("test \"$PACKETDRILL_PID\" = $PPID", None),
        // It runs beside the script.
        ("test \"$(basename \"$PWD\")\" = \"$(basename FOLDER)\"", None),
    ] {
        let command = command.replace("FOLDER", &folder.0.display().to_string());
        let report = folder.run(&format!("{SOCKET}+0 `{command}`\n"), Dialect::Google);
        assert_eq!(report.reason().as_deref(), reason, "{command}");
    }
    let report = folder.run(&format!("{SOCKET}+0 `test -z \"$PACKETDRILL_PID\"`\n"), Dialect::Bsd);
    assert_eq!(report.verdict(), Verdict::Pass, "{:?}", report.reason());
}

/// What comes before and after runs when it should: the clean-up after a failure too, and twice where the code fails.
#[test]
#[cfg(unix)]
fn the_clean_up_runs_whatever_comes_before() {
    let folder = Folder::new("clean-up");
    let log = || std::fs::read_to_string(folder.0.join("log")).unwrap_or_default();
    for (script, dialect, expected) in [
        (
            "`printf i >>log`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`printf c >>log`\n",
            Dialect::Google,
            "ic",
        ),
        ("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`printf c >>log`\n", Dialect::Google, ""),
        ("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`printf c >>log`\n", Dialect::Bsd, "c"),
        (
            "`printf i >>log`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = -1\n`printf c >>log`\n",
            Dialect::Google,
            "ic",
        ),
        (
            "`printf i >>log; exit 1`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`printf c >>log`\n",
            Dialect::Google,
            "i",
        ),
        (
            "--init_scripts=\"printf s >>log,printf t >>log\"\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
            Dialect::Google,
            "st",
        ),
    ] {
        let _ = std::fs::remove_file(folder.0.join("log"));
        folder.run(script, dialect);
        assert_eq!(log(), expected, "{script}");
    }
}

/// A shell file is read and understood, not run.
#[test]
fn shell_files_are_read() {
    let folder = Folder::new("files");
    let text = "#!/bin/sh\nsysctl -q net.ipv4.tcp_timestamps=$((1 - 1))\ntouch ran\n";
    let understood = text.replace("touch ran\n", "sysctl -q net.ipv4.tcp_sack=0\n");
    std::fs::write(folder.0.join("defaults.sh"), understood).expect("it can be written");
    let script = "`./defaults.sh`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (under way)
+0 > S 0:0(0) <mss 1460,nop,wscale 0>\n";
    let report = folder.run(script, Dialect::Google);
    assert_eq!(report.reason(), None);
    assert!(!folder.0.join("ran").exists());
}

/// Whatever runs the code is given one file with every snippet, and what it sampled.
#[test]
#[cfg(target_os = "linux")]
fn code_goes_to_the_command_that_is_named() {
    let folder = Folder::new("code");
    let established = super::ESTABLISHED;
    let script = |command: &str| {
        format!("--code_command=\"{command}\"\n{established}+0 %{{ import os }}%\n+0 %{{ x = 1 }}%\n")
    };
    // `cp -t FOLDER FILE` keeps the program.
    let keep = format!("cp -t {}", folder.0.display());
    assert_eq!(folder.run(&script(&keep), Dialect::Google).reason(), None);
    let kept = std::fs::read_dir(&folder.0).expect("it is there").filter_map(Result::ok);
    let program =
        kept.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|ending| ending == "py"));
    let program = std::fs::read_to_string(program.expect("it was kept")).expect("it can be read");
    for part in
        ["tcpi_state = 1\n", "TCP_ESTABLISHED = 1\n", "_line = 10\nimport os\n", "_line = 11\nx = 1\n"]
    {
        assert!(program.contains(part), "{part} is not in\n{program}");
    }
    let failed = folder.run(&script("false"), Dialect::Google);
    assert_eq!(failed.reason().as_deref(), Some("ended with status 1"));
}
