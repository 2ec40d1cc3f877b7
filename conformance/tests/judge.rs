//! The verb `judge`, as a user meets it: what it prints, and how it exits.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn judge(arguments: &[&str]) -> Output {
    let stackdrill = env!("CARGO_BIN_EXE_stackdrill");
    Command::new(stackdrill).arg("judge").args(arguments).output().unwrap()
}

fn capture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pcaps/captures");
    folder.join(name).to_string_lossy().into_owned()
}

/// A file of this test's own.
fn written(name: &str, octets: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, octets).unwrap();
    path.to_string_lossy().into_owned()
}

#[test]
fn one_json_object_an_endpoint_and_one_a_capture() {
    let output = judge(&["--format", "json", &capture("plain-upload-offloads-on.pcap")]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let objects: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [client, server, whole] = objects.as_slice() else { panic!("{text}") };
    for endpoint in [client, server] {
        for field in [
            "capture",
            "flow",
            "endpoint",
            "protocol",
            "packets",
            "bytes",
            "verdict",
            "departures",
            "transitions",
        ] {
            assert!(!endpoint[field].is_null(), "{field} is missing in {endpoint}");
        }
        assert_eq!(endpoint["verdict"], "lawful");
    }
    assert_eq!(client["bytes"], 40000);
    assert_eq!(whole["unread"], 0);
    assert!(whole["packets"].as_u64() > Some(30), "{whole}");
}

#[test]
fn people_get_a_line_an_endpoint_and_a_sum() {
    let output = judge(&[&capture("half-close-offloads-on.pcapng")]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("lawful")).count(), 2, "{text}");
    assert!(
        text.ends_with("1 capture, 2 endpoints: 2 lawful, 0 departed, 0 undecided; 0 packets unread\n"),
        "{text}"
    );
}

/// Garbage gives one clear error and exit 2; what could be read is still judged.
#[test]
fn what_cannot_be_read_is_said_once() {
    let garbage = written("garbage.pcap", b"this is no capture at all");
    let whole = fs::read(capture("plain-upload-offloads-on.pcap")).unwrap();
    let cut = written("cut.pcap", &whole[..2000]);
    let empty = concat!(env!("CARGO_MANIFEST_DIR"), "/departures").to_owned();
    for (path, verdicts) in [(garbage, 0), (cut, 2), (capture("no-such-file.pcap"), 0), (empty, 0)] {
        let output = judge(&[&path]);
        assert_eq!(output.status.code(), Some(2), "{path}: {output:?}");
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(errors.lines().count(), 1, "{errors}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.lines().filter(|line| line.starts_with("lawful")).count(), verdicts, "{text}");
    }
}

/// A departure is exit 1, with the requirement and the packet.
#[test]
fn a_departure_is_found() {
    let mut octets = fs::read(capture("connection-refused-offloads-off.pcap")).unwrap();
    // The first reserved bit of the only SYN: with it the checksum is wrong, which the tap's place excuses.
    let link = u32::from_le_bytes(octets[20..24].try_into().unwrap());
    let start = if link == 1 { 14 } else { 0 };
    let mut at = 24;
    while at + 16 < octets.len() {
        let length = u32::from_le_bytes(octets[at + 8..at + 12].try_into().unwrap()) as usize;
        let ip = at + 16 + start;
        if octets[ip] == 0x45 && octets[ip + 9] == 6 {
            octets[ip + 20 + 12] |= 0x04;
            break;
        }
        at += 16 + length;
    }
    let output = judge(&[&written("departed.pcap", &octets)]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("RFC9293:3.1-reserved-bits-sent-zero: packet "), "{text}");
}
