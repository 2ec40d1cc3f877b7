//! `stackdrill packetdrill` as a harness sees it: a process with packetdrill's flags, exit codes and messages.
#![cfg(feature = "cli")]
use std::path::PathBuf;
use std::process::{Command, Output};

/// A folder of its own for one test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str, scripts: &[(&str, &str)]) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("packetdrill").join(test);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        for (name, text) in scripts {
            std::fs::write(folder.join(name), text).expect("a script can be written");
        }
        Self(folder)
    }

    fn packetdrill(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stackdrill"));
        command.current_dir(&self.0).arg("packetdrill").args(arguments);
        command.output().expect("stackdrill runs")
    }

    /// Exit status, standard output, standard error.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = self.packetdrill(arguments);
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Nobody listens, and a SYN is refused.
const PASSES: &str = "0  < S 0:0(0) win 65535 <mss 1460>\n+0 > R. 0:0(0) ack 1\n";
/// The same, acknowledged wrongly.
const FAILS: &str = "0  < S 0:0(0) win 65535 <mss 1460>\n\n+0 > R. 0:0(0) ack 2\n";

/// Success is silent; whatever else there is exits 1, and the first failure ends the process.
#[test]
fn exit_codes_are_packetdrills() {
    let folder = Folder::new(
        "codes",
        &[
            ("pass.pkt", PASSES),
            ("fail.pkt", FAILS),
            ("syntax.pkt", "0 < S 0:0(0) wni 65535\n"),
            ("semantic.pkt", "0 < S 0:1(0) win 65535\n"),
            ("unsupported.pkt", "`modprobe tcp_teapot`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"),
            ("nonsense.pkt", "0 frobnicate(3) = 0\n"),
            ("comment.pkt", "0 < S 0:0(0) win 65535\n+0 > R. 0:0(0) ack 1\n// the end"),
        ],
    );
    assert_eq!(folder.run(&["pass.pkt"]), (Some(0), String::new(), String::new()));
    assert_eq!(folder.run(&["pass.pkt", "pass.pkt"]).0, Some(0));
    for bad in [
        "fail.pkt",
        "syntax.pkt",
        "semantic.pkt",
        "unsupported.pkt",
        "nonsense.pkt",
        "comment.pkt",
        "missing.pkt",
        ".",
    ] {
        let (code, out, err) = folder.run(&["pass.pkt", bad, "fail.pkt"]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{bad}: {err}");
        assert!(err.contains(bad), "{bad}: {err}");
        assert!(bad == "fail.pkt" || !err.contains("fail.pkt"), "what follows a failure is not run: {err}");
    }
    assert_eq!(folder.run(&[]).0, Some(1), "no script");
}

/// Each shape of message, with its place.
#[test]
fn messages_are_packetdrills() {
    const OPEN: &str = "0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 write(4, ..., 10) = 10
";
    let cases: &[(&str, &[&str])] = &[
        (
            "0 < S 0:0(0) wni 65535\n",
            &["a.pkt:1: parse error at 'wni': syntax error\n", "hint: did you mean `win`?\n"],
        ),
        ("\n0 < S 0:1(0) win 65535\n", &["a.pkt:2: semantic error: the sequence numbers do not add up"]),
        (
            "{}+0 > . 1:11(10) ack 1\n",
            &[
                "a.pkt:9: error handling packet: live packet field tcp_psh: expected: 0 (0x0) vs actual: 1 (0x1)\n",
                "script packet:  0.100000 . 1:11(10) ack 1\n",
                "actual packet:  0.100000 P. 1:11(10) ack 1 win 65535\n",
                "    hint: only PSH differs",
            ],
        ),
        (
            "{}+0\n> P. 1:11(10)\nack 2 win 7\n",
            &[
                "a.pkt:9: error handling packet: live packet field tcp_ack_seq: expected: 2 (0x2) vs actual: 1 (0x1)\n",
                "    and window: expected 7, seen 65535\n",
                "    state: ESTABLISHED\n",
            ],
        ),
        (
            "{}+0 > P. 1:11(10) ack 1 <nop,nop,sackOK>\n",
            &["bad value outbound TCP option: expected <nop,nop,sackOK> vs actual none\n"],
        ),
        (
            "{}+.1 > P. 1:11(10) ack 1\n",
            &[
                "a.pkt:9: error handling packet: timing error: expected outbound packet at 0.200000 sec but happened at 0.100000 sec; \
             tolerance 0.012500 sec\n",
            ],
        ),
        ("{}+.1~+.2 > P. 1:11(10) ack 1\n", &["in relative time range +0.100000~+0.200000 sec"]),
        (
            "{}+0 > P. 1:11(10) ack 1\n+0 > P. 1:11(10) ack 1\n",
            &["a.pkt:10: error handling packet: timing error"],
        ),
        (
            "{}+0 write(4, ..., 10) = 11\n",
            &["a.pkt:9: runtime error in write call: write returned 10, not 11\n"],
        ),
        (
            "{}+0 getsockopt(9, SOL_SOCKET, SO_ERROR, [0], [4]) = 0\n",
            &["a.pkt:9: runtime error in getsockopt call: no descriptor 9 is open\n"],
        ),
        (
            "{}+0 `modprobe teapot`\n",
            &["a.pkt:9: error executing `modprobe teapot`: ", " is not supported\n"],
        ),
        ("{}+0 %{ assert tcpi_unacked == 7 }%\n", &["a.pkt: error executing code: line 9: "]),
        (
            "--wire_server\n0 < S 0:0(0) win 1\n+0 > R. 0:0(0) ack 1\n",
            &["a.pkt: error: --wire_server is not supported\n"],
        ),
    ];
    for (text, shapes) in cases {
        let folder = Folder::new("messages", &[("a.pkt", &text.replace("{}", OPEN))]);
        let (code, out, err) = folder.run(&["a.pkt"]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{text}: {err}");
        for shape in *shapes {
            assert!(err.contains(shape), "{text}wants {shape}\nsays  {err}");
        }
    }
}

/// GNU's ways with long options: `=` or a blank, cut short, behind the scripts, the last one wins.
#[test]
fn options_are_read_as_gnu_does() {
    let mtu = "0  < S 0:0(0) win 65535 <mss 1460>\n+0 > R. 0:0(0) ack 1\n";
    let listening = "0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <mss MSS>
";
    let fixed = format!("--mtu=1040\n--define=MSS=1000\n{listening}");
    let scripts = [("a.pkt", listening), ("b.pkt", mtu), ("fixed.pkt", &*fixed), ("a-v6.pkt", listening)];
    let folder = Folder::new("gnu", &scripts);
    for (arguments, code) in [
        (&["-D", "MSS=1460", "a.pkt"][..], 0),
        (&["-DMSS=1460", "a.pkt"], 0),
        (&["a.pkt", "--define", "MSS=1360", "--mtu=1400"], 0),
        (&["a.pkt", "--defi=MSS=1360", "--mt", "1400"], 0),
        (&["--mtu=1400", "a.pkt", "--mtu=1500", "-D", "MSS=1", "-D", "MSS=1460", "b.pkt"], 0),
        (&["--mtu=1400", "-D", "MSS=1460", "a.pkt"], 1),
        // The command line wins over the script's own.
        (&["fixed.pkt"], 0),
        (&["fixed.pkt", "--mtu=1400", "-D", "MSS=1360"], 0),
        (&["fixed.pkt", "--mtu=1400"], 1),
        // The address variants.
        (
            &[
                "--ip_version=ipv6",
                "--mtu=1520",
                "-D",
                "MSS=1460",
                "--local_ip=fd3d:0a0b:17d6::1",
                "--remote_ip=fd3d:fa7b:d17d::1",
                "a.pkt",
            ],
            0,
        ),
        (&["--ip_version=ipv4-mapped-ipv6", "-D", "MSS=1460", "a.pkt"], 0),
        (&["--ip_version=ipv6", "-D", "MSS=1440", "a.pkt"], 0),
        (&["-D", "MSS=1460", "--", "a.pkt"], 0),
        // A name says nothing: the tool runs IPv4, and so an MSS of 1460.
        (&["-D", "MSS=1460", "a-v6.pkt"], 0),
        (
            &[
                "--ip_version",
                "ipv4",
                "--local_ip=192.168.0.1",
                "--gateway_ip=192.168.0.1",
                "--netmask_ip=255.255.0.0",
                "--remote_ip=192.0.2.1",
                "--send_omit_free",
                "-D",
                "MSS=1460",
                "a.pkt",
            ],
            0,
        ),
        // What makes no sense.
        (&["--mtu", "-1", "b.pkt"], 1),
        (&["--tolerance_percent=101", "b.pkt"], 1),
        (&["--ip_version=ipv5", "b.pkt"], 1),
        (&["--no_such_option", "b.pkt"], 1),
        (&["--tol=1", "b.pkt"], 1),
        (&["--verbose=1", "b.pkt"], 1),
        (&["-D", "MSS", "b.pkt"], 1),
        (&["-D", "=1460", "b.pkt"], 1),
        (&["-x", "b.pkt"], 1),
        (&["--wire_server", "b.pkt"], 1),
        (&["--so_filename=/lib/none.so", "b.pkt"], 1),
    ] {
        let (seen, _, err) = folder.run(arguments);
        assert_eq!(seen, Some(code), "{arguments:?}: {err}");
        assert_eq!(err.is_empty(), code == 0, "{arguments:?}: {err}");
    }
    let (_, _, err) = folder.run(&["--wire_server", "b.pkt"]);
    assert!(err.contains("--wire_server is not supported"), "{err}");
}

#[test]
fn a_dry_run_reads_and_runs_nothing() {
    let folder = Folder::new("dry", &[("fail.pkt", FAILS), ("bad.pkt", "0 < S 0:0(0)\n")]);
    assert_eq!(folder.run(&["--dry_run", "fail.pkt"]), (Some(0), String::new(), String::new()));
    assert_eq!(folder.run(&["--dry_run", "bad.pkt"]).0, Some(1));
}

/// Packets and calls go to standard output, and only if they are asked for.
#[test]
fn verbose_shows_packets_and_calls() {
    let folder =
        Folder::new("verbose", &[("pass.pkt", PASSES), ("own.pkt", &format!("--verbose\n{PASSES}"))]);
    for arguments in [&["-v", "pass.pkt"][..], &["pass.pkt", "--verb"], &["own.pkt"]] {
        let (code, out, err) = folder.run(arguments);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        assert!(out.contains("0.000000 < S 0:0(0) win 65535 <mss 1460>"), "{out}");
        assert!(out.contains("0.000000 > R. 0:0(0) ack 1 win 0"), "{out}");
    }
}

/// With `--non_fatal=packet` a packet that differs is a warning, and the run goes on.
#[test]
fn warnings_are_not_fatal() {
    let folder = Folder::new("warning", &[("fail.pkt", FAILS)]);
    let (code, _, err) = folder.run(&["--non_fatal=packet", "fail.pkt"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("fail.pkt:3: warning handling packet: live packet field tcp_ack_seq"), "{err}");
}

/// Harnesses call a program of this name.
#[test]
#[cfg(unix)]
fn a_link_called_packetdrill_is_packetdrill() {
    let folder = Folder::new("link", &[("pass.pkt", PASSES), ("fail.pkt", FAILS)]);
    let link = folder.0.join("packetdrill");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_stackdrill"), &link).expect("a link can be made");
    for (arguments, code) in
        [(&["--mtu=1500", "pass.pkt", "-v"][..], 0), (&["fail.pkt"], 1), (&["--help"], 0)]
    {
        let output = Command::new(&link).current_dir(&folder.0).args(arguments).output().expect("it runs");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
    }
}

/// What a script or a file name brings cannot reach the terminal raw.
#[test]
fn nothing_reaches_a_terminal_raw() {
    let folder = Folder::new(
        "raw",
        &[
            ("a.pkt", "0 frob\u{1b}[31m(3) = 0\n"),
            ("b.pkt", "0 `\u{1b}[31mls`\n+0 f() = 0\n"),
            ("c.pkt", "0 \u{9b}31m\u{202e} < S 0:0(0) win 1\n"),
        ],
    );
    for arguments in [
        &["a.pkt"][..],
        &["b.pkt"],
        &["c.pkt"],
        &["\u{1b}[1m.pkt"],
        &["--mtu=\u{1b}[1m", "a.pkt"],
        &["--\u{1b}[1m"],
    ] {
        let (code, out, err) = folder.run(arguments);
        assert_eq!(code, Some(1));
        assert!(!(out + &err).contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{arguments:?}: {err}");
    }
}
