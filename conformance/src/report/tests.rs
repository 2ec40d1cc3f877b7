//! What a reader sees, kept as snapshots beside this file.
use std::collections::BTreeSet;

use super::{Style, Timed, explain, junit, object, packetdrill, packetdrill_faults, tap};
use crate::runner::{RunOptions, RunReport, run_script};
use crate::script::{ParseOptions, lint, parse};
use crate::target::Reference;
use crate::trace::Happened;
use stackdrill_wire::Packet;

/// A connection with ten octets in flight; the clock stands at 0.1 s.
const SENT: &str = "\
0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0  bind(3, ..., ...) = 0
+0  listen(3, 1) = 0
+0  < S 0:0(0) win 65535 <mss 1460>
+0  > S. 0:0(0) ack 1 <mss 1460>
+.1 < . 1:1(0) ack 1 win 65535   // the third of three
+0  accept(3, ..., ...) = 4
+0  write(4, ..., 10) = 10
";

fn ended(rest: &str) -> Timed {
    let script = format!("// A script.\n// Proves: RFC9293:MUST-13\n{SENT}{rest}");
    let parsed = parse(&script, &ParseOptions { name: "a\x1b[1m.pkt".to_owned(), ..ParseOptions::default() });
    assert!(parsed.is_ok(), "{:?}", parsed.diagnostics);
    let report = run_script(&parsed.script, &mut Reference::new(), &RunOptions::default());
    Timed { report, wall_us: 0 }
}

/// Each kind of failure, as the terminal shows it.
#[test]
fn failures_are_explained() {
    for (name, rest) in [
        ("differs", "+0 > . 1:11(10) ack 2 win 32768 <nop,nop,sackOK>\n"),
        ("late", "+0 > P. 1:11(10) ack 1\n+0 > P. 1:11(10) ack 1\n"),
        ("nothing_due", "+0 > P. 1:11(10) ack 1\n+0 < . 1:1(0) ack 11 win 65535\n+0 > . 11:11(0) ack 1\n"),
        ("not_in_time", "+0 > P. 1:11(10) ack 1\n+.1 > R. 11:11(0) ack 1\n"),
        ("alternatives", "+0 > R 1:1(0) | F. 11:11(0) ack 1 | . 1:11(10) ack 1\n"),
        ("push", "+0 > . 1:11(10) ack 1\n"),
        ("window_scale", "+0 > P. 1:11(10) ack 1 win 255\n"),
        ("no_ack", "+0 > P. 1:11(10)\n"),
        ("echo", "+0 < . 1:1(0) ack 1 win 9 <nop,nop,TS val 1 ecr 7>\n"),
        ("silence", "+0 >! 1.5\n"),
        ("result", "+0 read(4, ..., 10) = 0\n"),
        ("errno", "+0 recv(4, ..., 10, MSG_DONTWAIT) = -1 ECONNRESET (Connection reset by peer)\n"),
        ("output", "+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [EPIPE], [4]) = 0\n"),
        ("unsupported", "+0 `modprobe`\n"),
        ("wrong", "+0 frobnicate(4) = 0\n"),
        ("passed", "+0 > P. 1:11(10) ack 1\n"),
    ] {
        insta::assert_snapshot!(name, explain(&ended(rest).report, Style::default()));
    }
}

/// No options written is an expectation, which people forget.
#[test]
fn options_that_were_forgotten_are_recognised() {
    let run = ended(
        "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 5\n+0...1 connect(5, ..., ...) = 0\n+0 > S 0:0(0)\n",
    );
    let said = explain(&run.report, Style::default());
    assert!(said.contains("hint: no options written means none sent; `<...>` accepts any"), "{said}");
}

/// A number as a capture shows it is told from a wrong one.
#[test]
fn a_number_on_the_wire_is_recognised() {
    let sent =
        ended("+0 > P. 1:11(10) ack 1\n").report.trace.into_iter().rev().find_map(|record| {
            match record.what {
                Happened::Sent { octets, .. } => {
                    Packet::parse(&octets).ok()?.segment().map(|segment| segment.seq.0)
                }
                _ => None,
            }
        });
    let seq = sent.expect("a segment was sent");
    let run = ended(&format!("+0 > P. {seq}:{}(10) ack 1\n", seq + 10));
    let said = explain(&run.report, Style::default());
    assert!(
        said.contains("hint: that is its number on the wire: but in a SYN, numbers count from"),
        "{said}"
    );
}

#[test]
fn machines_read_the_same() {
    let runs = [ended("+0 > P. 1:11(10) ack 1\n"), ended("+0 > R 1:1(0)\n"), ended("+0 `modprobe`\n")];
    let json: Vec<_> = runs.iter().map(|run| object(run).to_string()).collect();
    insta::assert_snapshot!("json", json.join("\n"));
    let (mut as_tap, mut as_junit) = (Vec::new(), Vec::new());
    tap(&runs, &mut as_tap).expect("a vector takes it");
    junit(&runs, &mut as_junit).expect("a vector takes it");
    insta::assert_snapshot!("tap", String::from_utf8_lossy(&as_tap));
    insta::assert_snapshot!("junit", String::from_utf8_lossy(&as_junit));
}

/// A script's name, its text and what its calls say come from outside: no format lets them speak for itself.
#[test]
fn nothing_from_a_script_escapes() {
    let name = "a\x1b[2J<b>&\"'\u{202e}\u{9b}\r\nok 99 # SKIP.pkt";
    for rest in [
        "+0 > . 1:11(10) ack 1\n",
        "+0 frob\u{1b}[2J(4) = 0\n",
        "+0 frob(4, \"<b>\x1b[2J\u{202e}\") = 0\n",
        "+0 `teapot\u{1b}[2J <b> & ]]>`\n",
        "+0 %{ assert False, \"<b>]]>\x1b[2J\" }%\n",
        "+0 getsockopt(4, SOL_SOCKET, NO_\u{202e}, [1], [4]) = 0\n",
        "// Proves: \x1b[2J\u{202e}\u{9b}<b>\n+0 close(4) = 0 // Proves: RFC9:\u{202e}\n",
    ] {
        let options = ParseOptions { name: name.to_owned(), ..ParseOptions::default() };
        let parsed = parse(&format!("{SENT}{rest}"), &options);
        let report = if parsed.is_ok() {
            run_script(&parsed.script, &mut Reference::new(), &RunOptions::default())
        } else {
            RunReport::unparsed(&parsed, &RunOptions::default(), &Reference::new())
        };
        let faults = parsed.diagnostics.iter().cloned();
        let faults = faults.chain(lint(&parsed.script, Some(&BTreeSet::new())));
        let diagnostics: String = faults.map(|fault| fault.render(false)).collect();
        let runs = [Timed { report, wall_us: 0 }];
        let report = &runs[0].report;
        let (mut as_tap, mut as_junit) = (Vec::new(), Vec::new());
        tap(&runs, &mut as_tap).expect("a vector takes it");
        junit(&runs, &mut as_junit).expect("a vector takes it");
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        let (as_tap, as_junit) = (text(&as_tap), text(&as_junit));
        for (format, shown) in [
            ("terminal", explain(report, Style::default())),
            ("diagnostics", diagnostics),
            ("packetdrill", packetdrill(&parsed.script, report)),
            ("packetdrill's faults", packetdrill_faults(&parsed.diagnostics)),
            ("json", object(&runs[0]).to_string()),
            ("tap", as_tap.clone()),
            ("junit", as_junit.clone()),
            ("transcript", super::transcript(report).join("\n")),
        ] {
            let raw =
                shown.chars().find(|&letter| letter != '\n' && (letter.is_control() || letter == '\u{202e}'));
            // JSON leaves what is no control character as it is.
            let raw = raw.filter(|&letter| format != "json" || letter.is_ascii_control());
            assert_eq!(raw, None, "{format}: {shown}");
        }
        let tests = as_tap.lines().filter(|line| line.starts_with("ok") || line.starts_with("not ok"));
        assert_eq!(tests.count(), 1, "{as_tap}");
        assert!(!as_junit.contains("<b>"), "{as_junit}");
    }
}

#[test]
fn a_transcript_says_what_and_why() {
    let run = ended(
        "+0 > P. 1:11(10) ack 1\n+.1 < . 1:1(0) ack 11 win 65535\n+0 close(4) = 0\n+0 > F. 11:11(0) ack 1\n",
    );
    insta::assert_snapshot!("transcript", super::transcript(&run.report).join("\n"));
}
