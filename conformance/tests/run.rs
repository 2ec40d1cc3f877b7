//! `stackdrill run` as a process: what it prints where, and how it exits.
#![cfg(feature = "cli")]
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const PASSES: &str = "\
// Nobody listens: a SYN is refused.
// Proves: RFC9293:MUST-2
0  < S 0:0(0) win 65535 <mss 1460>
+0 > R. 0:0(0) ack 1
";
const FAILS: &str = "0  < S 0:0(0) win 65535 <mss 1460>\n+0 > R. 0:0(0) ack 2\n";
const UNSUPPORTED: &str = "`modprobe tcp_teapot`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";
const BROKEN: &str = "0 < S 0:0(0) <mss\n";
const NONSENSE: &str = "0 frobnicate(3) = 0\n";

/// A folder of scripts that is gone when the test is over.
struct Scripts(PathBuf);

impl Scripts {
    fn new(test: &str, scripts: &[(&str, &str)]) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        for (name, text) in scripts {
            std::fs::write(folder.join(name), text).expect("a script can be written");
        }
        Self(folder)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("stackdrill runs")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stackdrill"));
        command.current_dir(&self.0).arg("run").args(arguments).env("NO_COLOR", "1");
        command
    }
}

impl Drop for Scripts {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_exit_says_how_it_went() {
    let all = [
        ("pass.pkt", PASSES),
        ("fail.pkt", FAILS),
        ("unsupported.pkt", UNSUPPORTED),
        ("broken.pkt", BROKEN),
        ("nonsense.pkt", NONSENSE),
    ];
    let scripts = Scripts::new("exits", &all);
    for (arguments, code) in [
        (&["pass.pkt"] as &[_], 0),
        (&["fail.pkt"], 1),
        (&["pass.pkt", "unsupported.pkt"], 1),
        (&["broken.pkt"], 2),
        (&["nonsense.pkt"], 2),
        (&["fail.pkt", "broken.pkt"], 2),
        (&["."], 2),
        (&["none.pkt"], 2),
        (&["pass.pkt", "--target", "teapot"], 2),
        (&["pass.pkt", "--profile", "teapot"], 2),
        (&[], 2),
    ] {
        let output = scripts.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{}{}", out(&output), err(&output));
        assert!(!err(&output).contains("panicked"), "{}", err(&output));
    }
}

/// What can be run is run and reported, whatever else is wrong.
#[test]
fn a_broken_script_stops_no_other() {
    let scripts = Scripts::new("mixed", &[("broken.pkt", BROKEN), ("pass.pkt", PASSES)]);
    let output = scripts.run(&["--format", "json", "."]);
    let lines: Vec<serde_json::Value> =
        out(&output).lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let said: Vec<_> = lines.iter().map(|line| (line["script"].clone(), line["verdict"].clone())).collect();
    assert_eq!(said.iter().filter(|(_, verdict)| verdict == "pass").count(), 3);
    assert!(said.iter().any(|(script, verdict)| script == "./broken.pkt" && verdict == "error"), "{said:?}");
    assert!(err(&output).contains("broken.pkt:1:"), "{}", err(&output));
}

/// The objects of JSON have the fields that harnesses rely on.
#[test]
fn json_has_its_fields() {
    let scripts = Scripts::new("fields", &[("fail.pkt", FAILS)]);
    let output = scripts.run(&["--format", "json", "--variant", "ipv6", "fail.pkt"]);
    let line: serde_json::Value = serde_json::from_str(out(&output).trim()).expect("one object");
    let fields: Vec<_> = line.as_object().expect("an object").keys().map(String::as_str).collect();
    let mut wanted = vec![
        "script",
        "variant",
        "target",
        "profile",
        "verdict",
        "line",
        "reason",
        "requirements",
        "virtual_us",
        "wall_us",
        "retries",
        "late_us",
        "printed",
    ];
    wanted.sort_unstable();
    assert_eq!(fields, wanted);
    assert_eq!((&line["variant"], &line["line"]), (&"ipv6".into(), &2.into()));
}

/// What a script's code prints is shown in every format, also before an assertion that does not hold, and escaped.
#[test]
fn what_code_prints_is_shown() {
    const PRINTS: &str = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n\
        +0 %{ print('state', tcpi_state, '\u{1b}[2J') }%\n+0 %{ assert tcpi_state == 1 }%\n";
    let scripts = Scripts::new("prints", &[("prints.pkt", PRINTS)]);
    for (format, shown) in [
        ("human", "prints.pkt (ipv4)\n             state 7 \\u{1b}[2J\n"),
        ("json", "\"printed\":\"state 7 \\u001b[2J\\n\""),
        ("tap", "\n# state 7 \\u{1b}[2J\n"),
        ("junit", "<system-out>state 7 \n</system-out>"),
    ] {
        let output = scripts.run(&["--variant", "ipv4", "--format", format, "prints.pkt"]);
        assert!(out(&output).contains(shown), "{format}: {}", out(&output));
        assert_eq!(output.status.code(), Some(1), "{format}");
    }
}

/// The same seed and script give the same trace, however many jobs there are.
#[test]
fn traces_repeat() {
    let scripts = Scripts::new("traces", &[("a.pkt", PASSES), ("b.pkt", FAILS), ("c.pkt", PASSES)]);
    let trace = |jobs| {
        let lines = out(&scripts.run(&["--trace", "--jobs", jobs, "."]));
        // The last line says how long it took.
        lines.lines().rev().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let once = trace("1");
    assert!(once.iter().any(|line| line.contains("> R. 0:0(0) ack 1 win 0  // RFC 9293")), "{once:#?}");
    assert_eq!(once, trace("1"));
    assert_eq!(once, trace("4"));
}

#[test]
fn packets_go_to_a_capture() {
    let scripts = Scripts::new("pcap", &[("a.pkt", PASSES)]);
    assert!(scripts.run(&["--variant", "ipv4", "--pcap", "one.pcap", "a.pkt"]).status.success());
    assert!(scripts.run(&["--variant", "ipv4,ipv6", "--pcap", "out.pcapng", "a.pkt"]).status.success());
    for name in ["one.pcap", "out-1-a-ipv4.pcapng", "out-2-a-ipv6.pcapng"] {
        let file = std::fs::File::open(scripts.0.join(name)).expect(name);
        let capture = stackdrill_pcaps::Capture::new(file).expect(name);
        assert_eq!(capture.filter(Result::is_ok).count(), 2, "{name}");
    }
}

/// A reader who has seen enough ends the run, quietly.
#[test]
fn a_closed_pipe_is_no_error() {
    let scripts = Scripts::new("pipe", &[("a.pkt", PASSES)]);
    let paths = vec!["a.pkt"; 2000];
    let mut command = scripts.command(&paths);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("stackdrill runs");
    drop(child.stdout.take());
    let mut complaint = String::new();
    child.stderr.take().expect("it is piped").read_to_string(&mut complaint).expect("it is text");
    assert_eq!((child.wait().expect("it ends").code(), complaint.as_str()), (Some(0), ""));
}
