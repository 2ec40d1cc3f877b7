//! The live Linux target as a process: whoever runs it, whatever it is refused, and however it ends.
//!
//! Where namespaces are not allowed these tests say so and do nothing, unless `STACKDRILL_REQUIRE` asks for
//! `namespaces`: then they fail.
#![cfg(all(feature = "cli", feature = "linux", target_os = "linux"))]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};

/// The listener of a connection, its descriptor 4, open for 0.01 s.
const ESTABLISHED: &str = "\
0    socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0   setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0   bind(3, ..., ...) = 0
+0   listen(3, 1) = 0
+0   < S 0:0(0) win 65535 <mss 1000>
+0   > S. 0:0(0) ack 1 <...>
+.01 < . 1:1(0) ack 1 win 65535
+0   accept(3, ..., ...) = 4
";

/// Calls that wait for more than their descriptor to be ready: all of the data, a mark below which nothing is read, the
/// peer's acknowledgment of our FIN.
const WAITS: [&str; 3] = [
    "+0...0.2 recv(4, ..., 20, MSG_WAITALL) = 20\n+.1 < P. 1:11(10) ack 1 win 65535\n+.1 < P. 11:21(10) ack 1 win 65535\n",
    "+0 setsockopt(4, SOL_SOCKET, SO_RCVLOWAT, [20], 4) = 0\n+0...0.2 read(4, ..., 100) = 20\n+.1 < P. 1:11(10) ack 1 win 65535\n+.1 < P. 11:21(10) ack 1 win 65535\n",
    "+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, 8) = 0\n+0...0.2 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+.2 < . 1:1(0) ack 2 win 65535\n",
];

/// Every variable that the kernel shows in its own way, and a state.
const ASSERTS: &str = "\
+0 write(4, ..., 1000) = 1000
+0 > P. 1:1001(1000) ack 1
+0 %{
assert tcpi_state == TCP_ESTABLISHED, tcpi_state
assert tcpi_unacked == 1, tcpi_unacked
assert tcpi_snd_mss == 1000, tcpi_snd_mss
assert tcpi_bytes_sent == 1000, tcpi_bytes_sent
assert SK_MEMINFO_WMEM_QUEUED > 1000, SK_MEMINFO_WMEM_QUEUED
}%
";

/// The route to the peer with other properties: what is announced, how large the first windows are.
const ROUTES: &str = "\
0  `ip route change 0.0.0.0/0 via 192.168.0.2 dev tun0 mtu 1300 advmss 900 initcwnd 3 initrwnd 4 quickack 1 congctl reno`
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (under way)
+0 > S 0:0(0) win 3600 <..., mss 900>
+.01 < S. 0:0(0) ack 1 win 65535 <mss 1460>
+0 > . 1:1(0) ack 1
+.01 %{ assert tcpi_snd_cwnd == 3 and tcpi_advmss == 900 and tcpi_pmtu == 1300 }%
";

/// A program and scripts that anybody may run and read, gone when the test is over.
struct Place(PathBuf);

impl Place {
    fn new(test: &str, scripts: &[(&str, String)]) -> Self {
        let folder = std::env::temp_dir().join(format!("stackdrill-{test}-{}", std::process::id()));
        let place = Self(folder);
        fs::create_dir_all(&place.0).expect("a folder can be made");
        // A copy that another thread's child still holds open for writing cannot be run; a link can.
        let (program, own) = (env!("CARGO_BIN_EXE_stackdrill"), place.0.join("stackdrill"));
        fs::hard_link(program, &own)
            .or_else(|_| fs::copy(program, &own).map(drop))
            .expect("it can be linked or copied");
        for (name, text) in scripts {
            fs::write(place.0.join(name), text).expect("a script can be written");
        }
        for path in [place.0.clone(), place.0.join("stackdrill")] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
        }
        place
    }

    /// `run --target linux`, as whoever runs the test.
    fn own(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.0.join("stackdrill"));
        command.args(["run", "--target", "linux"]).args(arguments).current_dir(&self.0);
        command
    }

    /// The same as somebody who is not root.
    fn anybody(&self, arguments: &[&str]) -> Command {
        if !geteuid().is_root() {
            return self.own(arguments);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
        command.arg(self.0.join("stackdrill")).args(["run", "--target", "linux"]).args(arguments);
        command.current_dir(&self.0);
        command
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Whether the run could not be made here, which must be allowed.
fn skipped(output: &Output) -> bool {
    let said = said(output);
    let refused = said.contains("this host does not allow them");
    if refused {
        let required = std::env::var("STACKDRILL_REQUIRE").unwrap_or_default();
        assert!(!required.split([',', ' ']).any(|lane| lane == "namespaces"), "required, but {said}");
        eprintln!("skipped: {said}");
    }
    refused
}

fn established(rest: &str) -> String {
    format!("{ESTABLISHED}{rest}")
}

/// Nobody but this program can be why nothing could be said.
fn all_well(output: &Output) {
    let said = said(output);
    let (pass, inconclusive) = (said.matches("\"pass\"").count(), said.matches("\"inconclusive\"").count());
    assert!(pass > 0 && pass + inconclusive == said.lines().count(), "{said}");
}

#[test]
fn anybody_runs_scripts_over_a_virtual_ethernet_pair() {
    let mut scripts: Vec<_> = WAITS
        .iter()
        .zip(["all.pkt", "mark.pkt", "linger.pkt"])
        .map(|(rest, name)| (name, established(rest)))
        .collect();
    scripts.push(("asserts.pkt", established(ASSERTS)));
    scripts.push(("routes.pkt", ROUTES.to_owned()));
    let place = Place::new("anybody", &scripts);
    let output = place.anybody(&["--format", "json", "."]).env("STACKDRILL_LINUX_DEVICE", "veth").output();
    let output = output.expect("setpriv is there");
    if !skipped(&output) {
        all_well(&output);
    }
}

#[test]
fn what_goes_over_the_device_is_captured_and_lawful() {
    let place = Place::new("capture", &[("linger.pkt", established(WAITS[2]))]);
    let output = place.own(&["--variant", "ipv4", "--pcap", "out.pcap", "linger.pkt"]).output();
    let output = output.expect("it runs");
    if skipped(&output) {
        return;
    }
    let mut judge = Command::new(place.0.join("stackdrill"));
    let judged = judge.args(["judge", "out.pcap"]).current_dir(&place.0).output().expect("it runs");
    let said = said(&judged);
    assert!(said.contains("5 packets") && said.contains("0 departed"), "{said}");
}

#[test]
fn a_script_that_takes_too_long_is_not_run_live() {
    let place = Place::new("long", &[("long.pkt", established("+9 >! 2\n"))]);
    let output = place.own(&["--variant", "ipv4", "long.pkt"]).output().expect("it runs");
    if !skipped(&output) {
        let said = said(&output);
        assert!(said.contains("a script of 11010 ms live, where the limit is 10000 ms"), "{said}");
    }
}

/// One sentence on one line, and nothing is run.
#[test]
fn each_refusal_is_one_clear_error() {
    let place = Place::new("refused", &[("a.pkt", established(""))]);
    let ends = |mut command: Command, sentence: &str| {
        let output = command.output().expect("it runs");
        if skipped(&output) && !sentence.contains("does not allow") {
            return;
        }
        let said = said(&output);
        assert!(said.contains(sentence) && said.lines().count() == 1, "{said}");
        assert_eq!(output.status.code(), Some(2), "{said}");
    };
    let mut command = place.own(&["a.pkt"]);
    command.env("STACKDRILL_LINUX_DEVICE", "teapot");
    ends(command, "a STACKDRILL_LINUX_DEVICE that is neither `tun` nor `veth`");
    let for_all =
        fs::metadata("/dev/net/tun").is_ok_and(|device| device.permissions().mode() & 0o006 == 0o006);
    if !for_all {
        let mut command = place.anybody(&["a.pkt"]);
        command.env("STACKDRILL_LINUX_DEVICE", "tun");
        ends(command, "a TUN device (/dev/net/tun: ");
    }
    if geteuid().is_root() {
        let mut command = Command::new("unshare");
        let forbid =
            "echo 0 > /proc/sys/user/max_net_namespaces && exec ./stackdrill run --target linux a.pkt";
        command.args(["--user", "--map-root-user", "sh", "-c", forbid]).current_dir(&place.0);
        command.env("STACKDRILL_REQUIRE", "");
        let output = command.output().expect("unshare is there");
        let said = said(&output);
        let sentence =
            "network namespaces (this host does not allow them: sysctl user.max_net_namespaces is 0)";
        assert!(said.contains(sentence) && said.lines().count() == 1, "{said}");
    }
}

/// The network namespaces that a process holds open, by their numbers.
fn held(process: u32) -> BTreeSet<PathBuf> {
    let links = |folder: String| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| fs::read_link(entry.path()).ok()).collect::<Vec<_>>()
    };
    let mut all = links(format!("/proc/{process}/fd"));
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    all.extend(threads.filter_map(|thread| fs::read_link(thread.path().join("ns/net")).ok()));
    all.into_iter().filter(|link| link.to_string_lossy().starts_with("net:")).collect()
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn devices() -> BTreeSet<PathBuf> {
    fs::read_dir("/sys/class/net").into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn until(mut holds: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(20) {
        if holds() {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}

/// A run that has made its namespace, which is returned; `None` if it cannot be made here.
fn begun(place: &Place) -> Option<(Child, BTreeSet<PathBuf>)> {
    let own: BTreeSet<_> = fs::read_link(Path::new("/proc/self/ns/net")).into_iter().collect();
    let mut command = place.own(&["--variant", "ipv4", "waits.pkt"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut made = BTreeSet::new();
    let ran = until(|| {
        // The first namespace is only tried out; the one that stays is the script's.
        thread::sleep(Duration::from_millis(300));
        made = held(child.id()).difference(&own).cloned().collect();
        !made.is_empty() || child.try_wait().is_ok_and(|ended| ended.is_some())
    });
    assert!(ran, "it makes a namespace or gives up");
    if made.is_empty() {
        assert!(skipped(&child.wait_with_output().expect("it ended")), "it made no namespace");
        return None;
    }
    Some((child, made))
}

#[test]
fn nothing_is_left_behind_however_it_is_killed() {
    let place = Place::new("killed", &[("waits.pkt", established("+0...9 read(4, ..., 100) = 0\n"))]);
    let before = devices();
    for signal in [Signal::SIGKILL, Signal::SIGINT, Signal::SIGTERM] {
        let Some((mut child, made)) = begun(&place) else { return };
        let id = child.id();
        kill(Pid::from_raw(id.cast_signed()), signal).expect("it is ours");
        child.wait().expect("it ends");
        let orphan = |process: u32| {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.split(' ').nth(1) == Some(&id.to_string()))
        };
        assert!(!processes().any(orphan), "{signal}: a child of it is left");
        let gone = until(|| processes().all(|process| held(process).is_disjoint(&made)));
        assert!(gone, "{signal}: somebody still holds {made:?}");
        assert_eq!(devices(), before, "{signal}");
    }
}
