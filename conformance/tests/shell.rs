//! What the command line gives to shells and to `man`.
#![cfg(feature = "cli")]
use std::path::PathBuf;
use std::process::{Command, Output};

/// Every verb there is.
const VERBS: &[&str] = &[
    "check",
    "completions",
    "fmt",
    "judge",
    "lint",
    "manual",
    "packetdrill",
    "parse",
    "replay",
    "requirements",
    "run",
];

fn stackdrill(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stackdrill")).args(arguments).output().expect("stackdrill runs")
}

#[test]
fn each_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = stackdrill(&["completions", shell]);
        assert!(output.status.success(), "{shell}: {output:?}");
        let script = String::from_utf8_lossy(&output.stdout);
        for verb in VERBS {
            assert!(script.contains(verb), "{shell} knows {verb}");
        }
        assert!(script.contains("allow-shell"), "{shell} knows a verb's flags");
    }
    assert_eq!(stackdrill(&["completions", "teapot"]).status.code(), Some(2));
}

/// bash reads what is meant for it, and completes a verb.
#[test]
fn bash_completes_a_verb() {
    let script = String::from_utf8_lossy(&stackdrill(&["completions", "bash"]).stdout).into_owned();
    let ask = "COMP_WORDS=(stackdrill requ); COMP_CWORD=1; _stackdrill stackdrill requ stackdrill; echo \"${COMPREPLY[@]}\"";
    // A system without bash has nobody to complete for.
    let Ok(output) = Command::new("bash").args(["-c", &format!("{script}\n{ask}")]).output() else { return };
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "requirements", "{output:?}");
}

#[test]
fn each_verb_has_a_page() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("manual");
    let _ = std::fs::remove_dir_all(&folder);
    let output = stackdrill(&["manual", &folder.display().to_string()]);
    assert!(output.status.success(), "{output:?}");
    for verb in VERBS {
        let name = folder.join(format!("stackdrill-{verb}.1"));
        let page =
            std::fs::read_to_string(&name).unwrap_or_else(|error| panic!("{}: {error}", name.display()));
        assert!(page.contains(".SH NAME") && page.contains(".SH OPTIONS"), "{verb}: {page}");
    }
    let page = std::fs::read_to_string(folder.join("stackdrill.1")).expect("the page of it all");
    assert!(page.contains("stackdrill\\-run(1)"), "{page}");
    let page = std::fs::read_to_string(folder.join("stackdrill-packetdrill.1")).expect("packetdrill's page");
    assert!(page.contains("tolerance_usecs"), "{page}");
    // A file in the way is an error, and says where.
    let output = stackdrill(&["manual", &folder.join("stackdrill.1").display().to_string()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write man pages to"), "{output:?}");
    let _ = std::fs::remove_dir_all(&folder);
}
