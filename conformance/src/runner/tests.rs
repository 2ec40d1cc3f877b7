//! Scripts against the reference, each feature with one that passes and one that fails for that feature's reason.
use super::{RunOptions, RunReport, Variant, Verdict, run_script};
use crate::Profile;
use crate::script::{ParseOptions, parse};
use crate::target::Reference;

mod calls;
mod commands;
mod garbage;
mod numbers;
mod ours;
mod panics;
mod time;

/// A connection that the script's peer has opened, its descriptor 4. The clock stands at 0.1 s.
const ESTABLISHED: &str = "\
0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0  setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0  bind(3, ..., ...) = 0
+0  listen(3, 1) = 0
+0  < S 0:0(0) win 65535 <mss 1460>
+0  > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 65535
+0  accept(3, ..., ...) = 4
";

/// A script's run in one variant.
fn run_in(variant: Variant, script: &str) -> RunReport {
    let parsed = parse(script, &ParseOptions { name: "test.pkt".to_owned(), ..ParseOptions::default() });
    assert!(parsed.is_ok(), "{script}\n{:?}", parsed.diagnostics);
    run_script(&parsed.script, &mut Reference::new(), &RunOptions { variant, ..RunOptions::default() })
}

/// How a script ends: it passes, or not, and why.
type Ends = Result<(), (Verdict, &'static str)>;

/// Every script must end so, in every variant; a reason is part of the sentence.
#[track_caller]
fn check(before: &str, cases: &[(&str, Ends)]) {
    for (rest, expected) in cases {
        let script = format!("{before}{rest}\n");
        for variant in Variant::ALL {
            let report = run_in(variant, &script);
            let reason = report.reason().unwrap_or_default();
            match expected {
                Ok(()) => assert_eq!(report.verdict(), Verdict::Pass, "{script}\n{variant}: {reason}"),
                Err((verdict, said)) => {
                    assert_eq!(report.verdict(), *verdict, "{script}\n{variant}: {reason}");
                    assert!(reason.contains(said), "{script}\n{variant}: {reason}");
                }
            }
        }
    }
}

const fn fails(said: &'static str) -> Ends {
    Err((Verdict::Fail, said))
}

const fn wrong(said: &'static str) -> Ends {
    Err((Verdict::Error, said))
}

const fn unsupported(said: &'static str) -> Ends {
    Err((Verdict::Unsupported, said))
}

/// The same seed and script give the same trace, to the octet; another seed gives other octets and the same lines.
#[test]
fn a_run_repeats_itself() {
    let script = format!(
        "{ESTABLISHED}+0 write(4, ..., 2920) = 2920\n+0 > P. 1:2921(2920) ack 1\n* > . 1:1461(1460) ack 1\n"
    );
    let run = |seed| {
        let parsed = parse(&script, &ParseOptions::default());
        let options = RunOptions { seed, ..RunOptions::default() };
        let report = run_script(&parsed.script, &mut Reference::new(), &options);
        assert_eq!(report.verdict(), Verdict::Pass, "{:?}", report.reason());
        (crate::report::transcript(&report), report.trace)
    };
    let (lines, trace) = run(7);
    assert_eq!((lines.clone(), trace.clone()), run(7));
    let (other_lines, other_trace) = run(8);
    assert_ne!(trace, other_trace);
    assert_eq!(lines, other_lines);
}

/// A script that skips ahead a million seconds costs nothing.
#[test]
fn time_that_passes_is_free() {
    let report =
        run_in(Variant::Ipv4, &format!("{ESTABLISHED}+1000000 close(4) = 0\n+0 > F. 1:1(0) ack 1\n"));
    assert_eq!(report.verdict(), Verdict::Pass, "{:?}", report.reason());
    assert_eq!(report.virtual_us, 1_000_000_100_000);
}

/// A script that is only a stimulus goes on whatever the stack does, in its own time, and judges nothing.
#[test]
fn a_stimulus_goes_on_regardless() {
    let wrong =
        "+0 > R. 7:7(0) ack 99\n+0 write(4, ..., 10) = 7\n+1 > . 1:1(0) ack 1\n+0 read(9, ..., 1) = 1\n";
    let script = format!("{ESTABLISHED}{wrong}+0 < F. 1:1(0) ack 11 win 65535\n+.1 > . 11:11(0) ack 2\n");
    let parsed = parse(&script, &ParseOptions::default());
    let options = RunOptions { stimulus: true, ..RunOptions::default() };
    let report = run_script(&parsed.script, &mut Reference::new(), &options);
    assert_eq!(report.verdict(), Verdict::Pass, "{:?}", report.reason());
    let lines = crate::report::transcript(&report).join("\n");
    assert!(lines.contains("> P. 1:11(10) ack 1"), "the call was made: {lines}");
    assert!(lines.contains("ack 2"), "the last packet arrived: {lines}");
}

/// A script that passes fails nonetheless if the oracle refuses what the stack did; both are named.
#[test]
fn a_run_that_passes_is_judged() {
    let script = format!("{ESTABLISHED}+0 write(4, ..., 10) = 10\n+0 > P?. 1:11(10) ack 1\n");
    let parsed = parse(&script, &ParseOptions::default());
    let unpushed = |judged| {
        let breakage =
            crate::strength::breakages().into_iter().find(|b| b.breaks(&["RFC9293:MUST-61".to_owned()]));
        let mut target = breakage.expect("one that never pushes").of(Box::new(Reference::new()));
        run_script(&parsed.script, &mut target, &RunOptions { judged, ..RunOptions::default() })
    };
    assert_eq!(unpushed(false).verdict(), Verdict::Pass);
    let reason = unpushed(true).reason().unwrap_or_default();
    assert!(reason.contains("the script passes, but the oracle refuses 192.168.0.1:8080"), "{reason}");
    assert!(reason.contains("RFC9293:MUST-61"), "{reason}");
}

/// What a profile departs from on purpose fails no run.
#[test]
fn a_run_does_not_fail_for_what_is_meant() {
    let script = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <...>
+1 > S 0:0(0) <...>
+1 > S 0:0(0) <...>
+1 > S 0:0(0) <...>
";
    let parsed = parse(script, &ParseOptions::default());
    let options = RunOptions { judged: true, profile: Profile::Linux, ..RunOptions::default() };
    let report = run_script(&parsed.script, &mut Reference::new(), &options);
    assert_eq!(report.verdict(), Verdict::Pass, "{:?}", report.reason());
}
