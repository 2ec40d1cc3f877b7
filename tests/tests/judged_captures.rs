//! Captures of live Linux, judged as they are and altered.
use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stackdrill::judge::{self, Judgment, Options, Vantage};
use stackdrill_pcaps::{Capture, Format, Link, Writer};
use stackdrill_wire::{Checksum, Flags, Options as TcpOptions, Packet, Segment, TcpOption, Transport};

fn captures() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../pcaps/captures");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn named(name: &str) -> PathBuf {
    captures().into_iter().find(|path| path.ends_with(name)).unwrap()
}

fn judged(octets: &[u8], vantage: Vantage) -> Vec<Judgment> {
    let mut judgments = Vec::new();
    let options = Options { vantage, ..Options::default() };
    judge::capture(octets, options, |judgment| judgments.push(judgment)).unwrap();
    judgments
}

/// The host on which a capture was made, as `captures.toml` says.
fn vantage(path: &Path) -> Vantage {
    let list = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../pcaps/captures.toml")).unwrap();
    let list: toml::Table = list.parse().unwrap();
    let row =
        list["capture"].as_array().unwrap().iter().find(|row| path.ends_with(row["file"].as_str().unwrap()));
    Vantage::Near(row.unwrap()["vantage"].as_str().unwrap().parse().unwrap())
}

#[test]
fn no_linux_endpoint_departs() {
    let mut endpoints = 0;
    for path in captures() {
        for vantage in [Vantage::Auto, vantage(&path)] {
            for judgment in judged(&fs::read(&path).unwrap(), vantage) {
                endpoints += 1;
                assert_eq!(judgment.verdict, "lawful", "{path:?}, {vantage:?}: {judgment:#?}");
            }
        }
    }
    assert!(endpoints > 20, "{endpoints} endpoints");
}

/// The packets of a capture, each with its time.
fn packets(path: &PathBuf) -> Vec<(Duration, Packet)> {
    let octets = fs::read(path).unwrap();
    Capture::new(&octets[..])
        .unwrap()
        .filter_map(Result::ok)
        .filter_map(|frame| Some((frame.at, frame.packet().ok()?.packet)))
        .collect()
}

fn written(packets: &[(Duration, Packet)]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), Format::Pcapng, Link::RAW).unwrap();
    for (at, packet) in packets {
        writer.packet(*at, packet).unwrap();
    }
    writer.into_inner()
}

fn text(segment: &Segment) -> bool {
    !segment.text.is_empty()
}

fn synack(segment: &Segment) -> bool {
    segment.has(Flags::SYN | Flags::ACK)
}

fn plain(segment: &Segment) -> bool {
    segment.text.is_empty() && segment.flags == Flags::ACK
}

fn with(segment: &mut Segment, extra: TcpOption<'_>) {
    let mut options = TcpOptions::EMPTY;
    for option in segment.options.iter().flatten() {
        assert!(options.push(option));
    }
    assert!(options.push(extra));
    options.pad(1);
    segment.options = options;
}

/// Requirement, which of the server's segments is altered, and how.
type Alteration = (&'static str, fn(&Segment) -> bool, fn(&mut Segment));

const ALTERATIONS: &[Alteration] = &[
    ("RFC9293:3.1-reserved-bits-sent-zero", plain, |segment| segment.flags |= Flags(0x400)),
    ("RFC9293:3.1-ack-always-after-establishment", text, |segment| {
        segment.flags = segment.flags.without(Flags::ACK);
    }),
    ("RFC9293:MUST-65", plain, |segment| with(segment, TcpOption::MaximumSegmentSize(1460))),
    ("RFC2018:2-sack-permitted-only-on-syn", plain, |segment| with(segment, TcpOption::SackPermitted)),
    ("RFC7323:2.2-wscale-on-syn-only", plain, |segment| with(segment, TcpOption::WindowScale(7))),
    ("RFC7323:3.2-ts-on-every-segment", text, |segment| segment.options = TcpOptions::EMPTY),
    ("RFC9293:MUST-68", plain, |segment| {
        segment.options = TcpOptions::from_octets(&[254, 0, 0, 0]).unwrap();
    }),
    ("RFC9293:MUST-69", plain, |segment| {
        segment.options = TcpOptions::from_octets(&[0, 7, 7, 7]).unwrap();
    }),
    ("RFC9293:3.10.7.2-listen-syn", synack, |segment| segment.ack += 1),
    ("RFC9293:3.4-cumulative-ack", plain, |segment| segment.ack += 5000),
    ("RFC9293:3.9.1.2-sends-in-order", text, |segment| segment.seq += 5000),
    ("RFC9293:3.10.2-send-after-close", text, |segment| {
        segment.flags |= Flags::FIN;
    }),
];

/// The server's capture with one alteration departs at the server with exactly that requirement first.
#[test]
fn an_altered_capture_departs_with_the_requirement_it_breaks() {
    let original = packets(&named("ipv6-transfer-offloads-off.pcap"));
    let server: IpAddr = "2001:db8::2".parse().unwrap();
    for (id, chosen, alter) in ALTERATIONS {
        let mut altered = original.clone();
        let segment = altered
            .iter_mut()
            .filter(|(_, packet)| packet.ip.source() == server)
            .find_map(|(_, packet)| match &mut packet.transport {
                Transport::Tcp(segment) if chosen(segment) => Some(segment),
                _ => None,
            })
            .unwrap_or_else(|| panic!("{id}: no such segment"));
        alter(segment);
        segment.checksum = Checksum::Right;
        let judgments = judged(&written(&altered), Vantage::Near(server));
        let departed: BTreeSet<&str> = judgments
            .iter()
            .flat_map(|judgment| judgment.departures.iter().take(1))
            .flat_map(|departure| departure.requirements.clone())
            .collect();
        assert_eq!(departed, BTreeSet::from([*id]), "{judgments:#?}");
    }
}

/// What would depart near the host is undecided where the tap may have missed a packet.
#[test]
fn a_missed_packet_excuses() {
    let mut altered = packets(&named("ipv6-transfer-offloads-off.pcap"));
    let server: IpAddr = "2001:db8::2".parse().unwrap();
    for (_, packet) in &mut altered {
        match &mut packet.transport {
            Transport::Tcp(segment) if packet.ip.source() == server && plain(segment) => segment.ack += 5000,
            _ => {}
        }
    }
    let judgments = judged(&written(&altered), Vantage::Auto);
    let server = judgments.iter().find(|judgment| judgment.endpoint.ip() == server).unwrap();
    assert_eq!(server.verdict, "undecided");
    let missing = server.missing.unwrap().to_string();
    assert!(missing.contains("RFC9293:3.4-cumulative-ack"), "{missing}");
}

/// Wherever a capture starts, nobody is accused.
#[test]
fn the_end_of_a_capture_accuses_nobody() {
    for path in captures() {
        let whole = packets(&path);
        for from in 0..whole.len() {
            let octets = written(&whole[from..]);
            for vantage in [Vantage::Auto, vantage(&path)] {
                for judgment in judged(&octets, vantage) {
                    assert_ne!(
                        judgment.verdict, "departed",
                        "{path:?} from {from}, {vantage:?}: {judgment:#?}"
                    );
                }
            }
        }
    }
}

/// Whichever packet the tap missed, nobody is accused.
#[test]
fn a_capture_with_holes_accuses_nobody() {
    for path in captures() {
        let whole = packets(&path);
        for missed in 0..whole.len() {
            let mut holed = whole.clone();
            holed.remove(missed);
            for judgment in judged(&written(&holed), Vantage::Auto) {
                assert_ne!(judgment.verdict, "departed", "{path:?} without {missed}: {judgment:#?}");
            }
        }
    }
}

/// Captures that kept only the headers are judged too, and nobody is accused.
#[test]
fn a_short_snapshot_length_accuses_nobody() {
    for name in ["ipv6-transfer-offloads-off.pcap", "fast-retransmit-offloads-on.pcapng"] {
        for kept in [20, 44, 54, 60, 66, 74, 80, 100] {
            let mut writer = Writer::new(Vec::new(), Format::Pcap, Link::RAW).unwrap();
            for (at, packet) in packets(&named(name)) {
                let octets = packet.to_bytes();
                writer.octets(at, &octets[..octets.len().min(kept)], octets.len()).unwrap();
            }
            for judgment in judged(&writer.into_inner(), Vantage::Auto) {
                assert_ne!(judgment.verdict, "departed", "{name} cut at {kept}: {judgment:#?}");
            }
        }
    }
}
