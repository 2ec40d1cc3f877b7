//! The verbs that read scripts, as a shell sees them: exit codes, where output goes, JSON.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const GOOD: &str = "0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+.1 close(3) = 0\n";
const UNTIDY: &str = "0 socket(..., SOCK_STREAM, IPPROTO_TCP)=3\n+0.1 close(3) = 0\n";
const BAD: &str = "0 > S. 0:1(0) ack 1\n";
const IDLE: &str = "0 < S 0:0(0) win 1\n";

/// A folder of its own for one test, with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("script-verbs").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.join(name), text).expect("a temporary file");
    }
    folder
}

fn stackdrill(arguments: &[&str], path: &Path) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_stackdrill")).args(arguments).arg(path).output();
    command.expect("the binary runs")
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

#[test]
fn exit_codes_say_how_it_went() {
    let folder =
        folder("codes", &[("good.pkt", GOOD), ("untidy.pkt", UNTIDY), ("bad.pkt", BAD), ("idle.pkt", IDLE)]);
    for (verb, file, code) in [
        (&["parse"][..], "good.pkt", 0),
        (&["parse"], "bad.pkt", 2),
        (&["parse"], "missing.pkt", 2),
        (&["parse"], ".", 2),
        (&["fmt", "--check"], "good.pkt", 0),
        (&["fmt", "--check"], "untidy.pkt", 1),
        (&["fmt", "--check"], "bad.pkt", 2),
        (&["lint"], "good.pkt", 0),
        (&["lint"], "idle.pkt", 1),
        (&["lint"], "bad.pkt", 2),
    ] {
        let output = stackdrill(verb, &folder.join(file));
        assert_eq!(output.status.code(), Some(code), "{verb:?} {file}: {}", text(&output.stderr));
    }
}

/// One bad script does not keep the others from being read; diagnostics go to stderr, with place and source.
#[test]
fn the_rest_is_still_read() {
    let folder = folder("rest", &[("a.pkt", BAD), ("b.pkt", GOOD)]);
    let output = stackdrill(&["parse"], &folder);
    assert!(text(&output.stdout).contains("b.pkt: ok"));
    let said = text(&output.stderr);
    assert!(said.contains("a.pkt:1:8") && said.contains("0 > S. 0:1(0) ack 1"), "{said}");
    assert!(!said.contains('\u{1b}'), "no colour into a pipe");
}

#[test]
fn fmt_rewrites() {
    let folder = folder("fmt", &[("untidy.pkt", UNTIDY)]);
    let file = folder.join("untidy.pkt");
    assert_eq!(stackdrill(&["fmt"], &file).status.code(), Some(0));
    assert_eq!(
        fs::read_to_string(&file).ok().as_deref(),
        Some("0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+.1 close(3) = 0\n")
    );
}

#[test]
fn json_is_one_object_a_line() {
    let folder = folder("json", &[("a.pkt", BAD), ("b.pkt", GOOD)]);
    let output = stackdrill(&["parse", "--format", "json"], &folder);
    let lines: Vec<serde_json::Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(lines.len(), 2);
    let first = lines.first().expect("two lines");
    assert_eq!(first["ok"], false);
    assert_eq!(first["diagnostics"][0]["line"], 1);
    assert_eq!(first["diagnostics"][0]["column"], 8);
}

/// What we ask of others' scripts holds for ours: nothing to warn of, and laid out.
#[test]
fn the_suite_is_as_we_would_have_it() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    for verb in [&["lint"][..], &["fmt", "--check"], &["parse"]] {
        let output = stackdrill(verb, &suite);
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{verb:?}: {said}");
    }
}
