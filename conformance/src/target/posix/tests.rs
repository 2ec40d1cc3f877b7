//! Calls that the suite does not make, over smoltcp.
use crate::runner::{RunOptions, Verdict, run_script};
use crate::script::{ParseOptions, parse};
use crate::target::Smoltcp;

const LISTENS: &str = "\
0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
";

const CONNECTED: &str = "\
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
";

/// What each call comes to, in a script of its own.
const CASES: &[(&str, &[&str], &str)] = &[
    (
        "what is peeked at is still there",
        &[LISTENS, CONNECTED],
        "+0 < P. 1:11(10) ack 1 win 65535
         +.01 > . 1:1(0) ack 11
         +0 recv(4, ..., 100, MSG_PEEK) = 10
         +0 ioctl(4, SIOCINQ, [10]) = 0
         +0 recv(4, ..., 4, 0) = 4
         +0 ioctl(4, SIOCINQ, [6]) = 0
         +0 read(4, ..., 100) = 6
         +0 recv(4, ..., 100, MSG_DONTWAIT) = -1 EAGAIN (Resource temporarily unavailable)",
    ),
    (
        "a read waits for text",
        &[LISTENS, CONNECTED],
        "+0...0.2 read(4, ..., 100) = 10
         +.2 < P. 1:11(10) ack 1 win 65535
         +.01 > . 1:1(0) ack 11",
    ),
    (
        "poll waits as long as it is told to, and sees text and room",
        &[LISTENS, CONNECTED],
        "+0...0.3 poll([{fd=4, events=POLLIN, revents=0}], 1, 300) = 0
         +.4 < P. 1:11(10) ack 1 win 65535
         +.01 > . 1:1(0) ack 11
         +0 poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLIN|POLLOUT}], 1, 0) = 1",
    ),
    (
        "a port that is taken stays taken, and a socket is bound once",
        &[LISTENS],
        "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
         +0 bind(4, ..., ...) = -1 EADDRINUSE (Address already in use)
         +0 bind(3, ..., ...) = -1 EINVAL (Invalid argument)",
    ),
    (
        "a second call fails while the first is under way, and after",
        &[],
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
         +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
         +0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
         +0 > S 0:0(0) <...>
         +0 connect(3, ..., ...) = -1 EALREADY (Operation already in progress)
         +.01 < S. 0:0(0) ack 1 win 65535 <mss 1000>
         +0 > . 1:1(0) ack 1
         +0 connect(3, ..., ...) = -1 EISCONN (Transport endpoint is already connected)",
    ),
    (
        "a reset is told once",
        &[LISTENS, CONNECTED],
        "+0 < R. 1:1(0) ack 1 win 0
         +0 >! 0.1
         +0 write(4, ..., 10) = -1 ECONNRESET (Connection reset by peer)
         +0 write(4, ..., 10) = -1 EPIPE (Broken pipe)",
    ),
];

#[test]
fn calls_come_to_what_posix_says() {
    for (what, before, script) in CASES {
        let source: String = before.iter().copied().chain([*script]).collect();
        let parsed = parse(&source, &ParseOptions::default());
        assert!(parsed.diagnostics.is_empty(), "{what}: {:?}", parsed.diagnostics);
        let report = run_script(&parsed.script, &mut Smoltcp::new(), &RunOptions::default());
        let reason = report.reason();
        assert_eq!(report.verdict(), Verdict::Pass, "{what}: line {:?}: {reason:?}", report.line());
    }
}
