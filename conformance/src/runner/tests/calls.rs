//! System calls: results, errnos, out-arguments, descriptors, blocking.
use super::super::{RunOptions, Verdict, run_script};
use super::{ESTABLISHED, check, fails, unsupported, wrong};
use crate::script::{ParseOptions, parse};
use crate::target::Reference;

#[test]
fn results_and_errnos_are_judged() {
    check(
        ESTABLISHED,
        &[
            ("+0 write(4, ..., 10) = 10", Ok(())),
            ("+0 write(4, ..., 10) = 9", fails("write returned 10, not 9")),
            ("+0 recv(4, ..., 10, MSG_DONTWAIT) = -1 EAGAIN (no data)", Ok(())),
            ("+0 recv(4, ..., 10, MSG_DONTWAIT) = -1 EWOULDBLOCK (no data)", Ok(())),
            (
                "+0 recv(4, ..., 10, MSG_DONTWAIT) = -1 EINVAL (no)",
                fails("recv set errno to EAGAIN, not EINVAL"),
            ),
            ("+0 recv(4, ..., 10, MSG_DONTWAIT) = -1 (the note is for the reader)", Ok(())),
            ("+0 recv(4, ..., 10, MSG_DONTWAIT) = 0", fails("recv returned -1 EAGAIN, not 0")),
            // The errno is judged where the call succeeds, too.
            ("+0 write(4, ..., 10) = 10 EPIPE (none)", fails("write set errno to nothing, not EPIPE")),
        ],
    );
}

#[test]
fn out_arguments_are_judged() {
    check(
        ESTABLISHED,
        &[
            ("+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0", Ok(())),
            ("+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [EPIPE], [4]) = 0", fails("gave the value 0, not 32")),
            ("+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [8]) = 0", fails("a value of length 4, not 8")),
            ("+0 getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=0, linger=...}, [8]) = 0", Ok(())),
            (
                "+0 getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=...}, [8]) = 0",
                fails("onoff 0, not 1"),
            ),
            ("+0 ioctl(4, SIOCINQ, [0]) = 0", Ok(())),
            ("+0 ioctl(4, SIOCINQ, [5]) = 0", fails("ioctl gave the value 0, not 5")),
            ("+0 poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, 0) = 1", Ok(())),
            (
                "+0 poll([{fd=4, events=POLLOUT, revents=POLLIN}], 1, 0) = 1",
                fails("poll gave revents 0x4, not 0x1"),
            ),
            ("+0 fcntl(4, F_GETFL) = 0x2 (flags O_RDWR)", Ok(())),
        ],
    );
}

#[test]
fn descriptors_are_the_scripts_own() {
    check(
        ESTABLISHED,
        &[
            ("+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 77\n+0 close(77) = 0", Ok(())),
            ("+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4", wrong("descriptor 4 is still open")),
            ("+0 close(9) = -1 EBADF (not even then)", wrong("no descriptor 9 is open")),
            ("+0 close(4) = 0\n+0 close(4) = 0", wrong("no descriptor 4 is open")),
            ("+0 socket(..., SOCK_STREAM, IPPROTO_UDP) = -1 EPROTONOSUPPORT (no)", Ok(())),
        ],
    );
}

#[test]
fn calls_that_make_no_sense_are_errors() {
    check(
        ESTABLISHED,
        &[
            ("+0 frobnicate(4) = 0", wrong("no system call named `frobnicate`")),
            ("+0 listen(4) = 0", wrong("listen takes 2 arguments, not 1")),
            ("+0 listen(4, SOMAXNOTHING) = 0", wrong("no constant named `SOMAXNOTHING`")),
            ("+0 listen(4, \"x\") = 0", wrong("argument 2 of listen must be an integer")),
            ("+0 listen(4, 99999999999) = 0", wrong("99999999999 does not fit 32 bits")),
            ("+0 write(4, ..., 10) = TEN", wrong("a result must be a decimal or hexadecimal number")),
            ("+0 cap_set(CAP_EFFECTIVE, CAP_NET_ADMIN, CAP_CLEAR) = 0", unsupported("cap_set()")),
            (
                "+0 setsockopt(4, SOL_TCP, TCP_MD5SIG, [1], 4) = 0",
                unsupported("TCP_MD5SIG without --tcp_md5_secret"),
            ),
            ("+0 recv(4, ..., 1, MSG_FIN) = 1", unsupported("MSG_FIN")),
            ("+0 write(4, NULL, 1) = -1 EFAULT (null)", Ok(())),
        ],
    );
}

#[test]
fn a_blocking_call_returns_in_its_time() {
    let data = "+.1 < P. 1:101(100) ack 1 win 65535\n+0~+.5 > . 1:1(0) ack 101";
    let blocks = |until: &str| format!("+0...{until} read(4, ..., 1000) = 100\n{data}");
    check(
        ESTABLISHED,
        &[
            (&blocks("0.1"), Ok(())),
            (&blocks("0.5"), fails("0.400000 s too early")),
            (&blocks("0.05"), fails("too late")),
            ("+0...0.1 write(4, ..., 10) = 10", fails("0.100000 s too early")),
            ("+0...1 poll([{fd=4, events=POLLIN, revents=0}], 1, 1000) = 0", Ok(())),
            ("+0...1 read(4, ..., 1) = 1", fails("read is still blocked")),
            ("+0 read(4, ..., 1) = 1", fails("read blocks, and nothing is due that would end it")),
        ],
    );
}

#[test]
fn commands_are_settings_or_unsupported() {
    let after = "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (under way)
+0 > S 0:0(0) <mss 1460,nop,wscale 0>";
    let socket = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";
    let off = "`sysctl -q net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0`\n";
    check(
        "",
        &[
            (&format!("{off}{socket}{after}"), Ok(())),
            (&format!("0 {off}+{socket}{after}"), Ok(())),
            (&format!("{socket}{after}"), fails("options: expected <mss 1460,nop,wscale 0>")),
            (
                &format!("`sysctl -q net.ipv4.tcp_teapot=1`\n{socket}"),
                unsupported("sysctl net.ipv4.tcp_teapot"),
            ),
            (&format!("`rm -rf /`\n{socket}"), unsupported("the command `rm`")),
        ],
    );
}

#[test]
fn assertions_see_the_connection_of_their_time() {
    check(
        ESTABLISHED,
        &[
            ("+0 %{ assert tcpi_state == TCP_ESTABLISHED }%\n+0 close(4) = 0", Ok(())),
            (
                "+0 %{ assert tcpi_unacked == 0 }%\n+0 write(4, ..., 10) = 10\n+0 %{ assert tcpi_unacked == 1 }%",
                Ok(()),
            ),
            (
                "+0 %{ was = tcpi_snd_cwnd }%\n+0 %{ assert was == tcpi_snd_cwnd + 1, \"grown\" }%",
                fails("grown"),
            ),
            ("+0 %{ assert tcpi_delivery_rate == 0 }%", Ok(())),
            ("+0 %{ assert tcpi_delivery_rate == 1 }%", unsupported("tcpi_delivery_rate")),
            ("+0 %{ assert bbr_bw == 0 }%", unsupported("bbr_bw")),
            ("+0 %{ import os }%", unsupported("import")),
        ],
    );
    check("", &[("0 %{ assert True }%", wrong("no open socket"))]);
}

/// The host's files are opened only where the user allows it, and read no further than the script asks.
#[test]
fn files_of_the_host_need_leave() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let opens = format!("{ESTABLISHED}+0 open(\"{path}\", O_RDONLY) = 5\n");
    let script = format!(
        "{opens}+0 read(5, ..., 50) = 50\n+0 sendfile(4, 5, [0], 100) = 100\n+0 ioctl(4, SIOCOUTQ, [100]) = 0\n"
    );
    let missing = format!("{ESTABLISHED}+0 open(\"{path}.missing\", O_RDONLY) = -1 ENOENT (none)\n");
    for (script, allow_shell, verdict) in [
        (&script, true, Verdict::Pass),
        (&missing, true, Verdict::Pass),
        (&script, false, Verdict::Unsupported),
        (&missing, false, Verdict::Unsupported),
    ] {
        let parsed = parse(script, &ParseOptions::default());
        let options = RunOptions { allow_shell, ..RunOptions::default() };
        let report = run_script(&parsed.script, &mut Reference::new(), &options);
        assert_eq!(report.verdict(), verdict, "{script}\n{:?}", report.reason());
    }
}
