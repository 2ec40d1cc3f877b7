//! Both formats, whole and broken.
use core::time::Duration;
use std::io::{self, Read};

use crate::given::{all, back, file, there};
use byteorder_slice::{BigEndian, LittleEndian};
use pcap_file::pcap::{PcapHeader, PcapTsResolution, PcapWriter, RawPcapPacket};
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption, InterfaceTsResolution,
};
use pcap_file::pcapng::blocks::section_header::SectionHeaderBlock;
use pcap_file::pcapng::blocks::simple_packet::SimplePacketBlock;
use pcap_file::pcapng::{Block, PcapNgWriter, RawBlock};
use pcap_file::{DataLink, Endianness};
use stackdrill_pcaps::{Capture, Format, Frame, Limits, Link, Unread};
use stackdrill_wire::{Flags, Packet};

const FORMATS: [Format; 2] = [Format::Pcap, Format::Pcapng];
const ORDERS: [Endianness; 2] = [Endianness::Big, Endianness::Little];

/// Every frame that can be read.
fn frames(octets: &[u8]) -> Vec<Frame> {
    Capture::new(octets).unwrap().map(|frame| frame.unwrap()).collect()
}

fn conversation() -> Vec<Packet> {
    vec![
        there(Flags::SYN, 100, 0, b""),
        back(Flags::SYN | Flags::ACK, 900, 101, b""),
        there(Flags::PSH | Flags::ACK, 101, 901, b"hello"),
    ]
}

#[test]
fn what_is_written_reads_back() {
    for format in FORMATS {
        let frames = frames(&file(format, &conversation()));
        let packets: Vec<_> = frames.iter().map(|frame| frame.packet().unwrap().packet).collect();
        assert_eq!(packets, conversation(), "{format:?}");
        let times: Vec<_> = frames.iter().map(|frame| (frame.number, frame.at)).collect();
        assert_eq!(times, [1, 2, 3].map(|n| (n, Duration::new(n, 7))), "{format:?}");
    }
}

/// Either byte order, microseconds and nanoseconds; a fraction of more than a second carries over.
#[test]
fn pcap_tells_time_in_both_units_and_orders() {
    for (unit, fraction, at) in [
        (PcapTsResolution::MicroSecond, 3, Duration::from_micros(5_000_003)),
        (PcapTsResolution::MicroSecond, 1_000_003, Duration::from_micros(6_000_003)),
        (PcapTsResolution::NanoSecond, 3, Duration::from_nanos(5_000_000_003)),
        (PcapTsResolution::NanoSecond, u32::MAX, Duration::from_nanos(9_294_967_295)),
    ] {
        for order in ORDERS {
            let header =
                PcapHeader { ts_resolution: unit, endianness: order, snaplen: 2, ..PcapHeader::default() };
            let mut writer = PcapWriter::with_header(Vec::new(), header).unwrap();
            // Longer than the snapshot length and than the original: it happens.
            let raw = RawPcapPacket {
                ts_sec: 5,
                ts_frac: fraction,
                incl_len: 3,
                orig_len: 1,
                data: b"abc"[..].into(),
            };
            writer.write_raw_packet(&raw).unwrap();
            let frames = frames(&writer.into_inner());
            assert_eq!(frames.len(), 1, "{unit:?} {order:?}");
            let frame = &frames[0];
            assert_eq!((frame.at, frame.original, frame.link), (at, 3, Link::ETHERNET), "{unit:?} {order:?}");
            assert_eq!(&frame.octets[..], b"abc");
        }
    }
}

fn interface(link: DataLink, options: Vec<InterfaceDescriptionOption<'static>>) -> Block<'static> {
    Block::InterfaceDescription(InterfaceDescriptionBlock { linktype: link, snaplen: 0, options })
}

fn enhanced(interface_id: u32, timestamp: Duration) -> Block<'static> {
    let data = b"abcde"[..].into();
    Block::EnhancedPacket(EnhancedPacketBlock {
        interface_id,
        timestamp,
        original_len: 9,
        data,
        options: vec![],
    })
}

/// An enhanced packet's raw time field, whatever its interface makes of it.
fn raw_enhanced(order: Endianness, interface: u32, ticks: u64) -> Vec<u8> {
    let word = |word: u32| match order {
        Endianness::Big => word.to_be_bytes(),
        Endianness::Little => word.to_le_bytes(),
    };
    [6, 36, interface, (ticks >> 32) as u32, ticks as u32, 2, 2, u32::from_ne_bytes(*b"ab\0\0"), 36]
        .into_iter()
        .flat_map(word)
        .collect()
}

/// Resolution and offset are the interface's own, and every interface may have others.
#[test]
fn pcapng_interfaces_tell_time_their_own_way() {
    use InterfaceDescriptionOption::{IfTsOffset, IfTsResol};
    let binary = InterfaceTsResolution::new(true, 10).unwrap();
    let table = [
        (vec![], 2_500_000, Duration::from_millis(2500)), // microseconds are the default
        (vec![IfTsResol(InterfaceTsResolution::NANO)], 2_500_000, Duration::from_micros(2500)),
        (vec![IfTsResol(InterfaceTsResolution::MILLI)], 2500, Duration::from_millis(2500)),
        (vec![IfTsResol(InterfaceTsResolution::SEC)], 25, Duration::from_secs(25)),
        (vec![IfTsResol(binary)], 2560, Duration::from_millis(2500)), // 2^-10 of a second
        (vec![IfTsOffset(1000)], 2_500_000, Duration::from_millis(1_002_500)),
        (vec![IfTsOffset(-2)], 2_500_000, Duration::from_millis(500)),
        (
            vec![IfTsOffset(7), IfTsResol(InterfaceTsResolution::NANO)],
            1 << 33,
            Duration::from_nanos((1 << 33) + 7_000_000_000),
        ),
    ];
    for order in ORDERS {
        let mut writer = PcapNgWriter::with_endianness(Vec::new(), order).unwrap();
        for (options, _, _) in &table {
            writer.write_block(&interface(DataLink::RAW, options.clone())).unwrap();
        }
        let mut octets = writer.into_inner();
        for ((_, ticks, _), number) in table.iter().zip(0..) {
            octets.extend(raw_enhanced(order, number, *ticks));
        }
        let frames = frames(&octets);
        let seen: Vec<_> = frames.iter().map(|frame| (frame.interface, frame.at)).collect();
        let said: Vec<_> = (0_u32..).zip(&table).map(|(number, (_, _, at))| (number, *at)).collect();
        assert_eq!(seen, said, "{order:?}");
    }
}

/// Sections may differ in byte order, and number their interfaces afresh; simple packets tell no time.
#[test]
fn sections_start_afresh() {
    let mut octets = Vec::new();
    for (order, link) in [(Endianness::Big, DataLink::ETHERNET), (Endianness::Little, DataLink::RAW)] {
        let section = SectionHeaderBlock { endianness: order, ..SectionHeaderBlock::default() };
        let mut writer = PcapNgWriter::with_section_header(octets, section).unwrap();
        writer.write_block(&interface(link, vec![])).unwrap();
        writer.write_block(&enhanced(0, Duration::from_secs(4))).unwrap();
        let simple = SimplePacketBlock { original_len: 2, data: b"ab"[..].into() };
        writer.write_block(&Block::SimplePacket(simple)).unwrap();
        octets = writer.into_inner();
    }
    let seen: Vec<_> = frames(&octets)
        .iter()
        .map(|frame| (frame.number, frame.link, frame.at.as_secs(), frame.octets.len(), frame.original))
        .collect();
    // One interface in each section is no more than one.
    assert!(all(&octets, Limits { interfaces: 1, ..Limits::default() }).unwrap().iter().all(Result::is_ok));
    let (ethernet, raw) = (Link::ETHERNET, Link::RAW);
    assert_eq!(seen, [(1, ethernet, 4, 5, 9), (2, ethernet, 4, 2, 2), (3, raw, 4, 5, 9), (4, raw, 4, 2, 2)]);
}

/// A snapshot length cuts frames; what the length fields say is still known.
#[test]
fn cut_packets_keep_their_lengths() {
    let packet = there(Flags::ACK, 1, 1, b"0123456789");
    let octets = packet.to_bytes();
    for (kept, text) in [(50, 10), (44, 4), (40, 0)] {
        for format in FORMATS {
            let mut writer = stackdrill_pcaps::Writer::new(Vec::new(), format, Link::RAW).unwrap();
            writer.octets(Duration::ZERO, &octets[..kept], octets.len()).unwrap();
            let frames = frames(&writer.into_inner());
            let captured = frames[0].packet().unwrap();
            assert_eq!(frames[0].is_cut(), kept < 50, "{kept}");
            assert_eq!((captured.length, captured.whole), (10, kept == 50), "{kept}");
            assert_eq!(captured.packet.segment().unwrap().text.len(), text, "{kept}");
        }
    }
}

/// A record longer than the limit is passed over, counted as a frame, and the next one is read.
#[test]
fn oversized_records_are_passed_over() {
    let long = there(Flags::ACK, 1, 1, &[0; 60_000]);
    let packets = [conversation()[0].clone(), long, conversation()[1].clone()];
    let limits = Limits { record: 1000, ..Limits::default() };
    for format in FORMATS {
        let seen = all(&file(format, &packets), limits).unwrap();
        assert_eq!(seen.len(), 3, "{format:?}");
        assert!(matches!(seen[1], Err(Unread::Oversized { length: 60_000.., most: 1000, .. })), "{seen:?}");
        assert_eq!(seen[2].as_ref().unwrap().number, 3, "{format:?}");
    }
}

/// A length of four gigaoctets costs no memory: the file simply ends first.
#[test]
fn absurd_lengths_end_the_file() {
    let mut octets = file(Format::Pcap, &conversation()[..1]);
    let first = octets.len();
    octets.extend([0_u8, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    octets.extend([0; 100]);
    let seen = all(&octets, Limits::default()).unwrap();
    assert_eq!(seen.len(), 2);
    let at = first as u64;
    assert!(
        matches!(seen[1], Err(Unread::Truncated { at: here, need: 4_294_967_311, have: 116 }) if here == at),
        "{seen:?}"
    );
}

/// Wherever a file ends, the frames before are read, and one sentence says what is missing.
#[test]
fn truncation_is_said_once() {
    for format in FORMATS {
        let whole = file(format, &conversation());
        let total = frames(&whole).len();
        for length in 0..whole.len() {
            match all(&whole[..length], Limits::default()) {
                Ok(seen) => {
                    let (read, unread): (Vec<_>, Vec<_>) = seen.into_iter().partition(Result::is_ok);
                    assert!(read.len() < total, "{format:?} {length}");
                    assert!(unread.len() <= 1, "{format:?} {length}: {unread:?}");
                }
                Err(Unread::Truncated { .. }) => {}
                Err(other) => panic!("{format:?} {length}: {other:?}"),
            }
        }
    }
}

/// A block that cannot be read is passed over if its length holds: the ones behind it are read.
#[test]
fn reading_goes_on_behind_a_bad_block() {
    let mut writer = PcapNgWriter::with_endianness(Vec::new(), Endianness::Big).unwrap();
    writer.write_block(&interface(DataLink::RAW, vec![])).unwrap();
    let start = writer.into_inner();
    let good = raw_enhanced(Endianness::Big, 0, 5);
    let block = |kind: u32, body: &[u8]| {
        let length = 12 + body.len() as u32;
        let raw =
            RawBlock { type_: kind, initial_len: length, body: body.to_vec().into(), trailer_len: length };
        let mut octets = Vec::new();
        raw.write_to::<BigEndian, _>(&mut octets).unwrap();
        octets
    };
    let mut mismatched = good.clone();
    *mismatched.last_mut().unwrap() = 40;
    let mut unpadded = good.clone();
    unpadded[7] = 34;
    for (bad, number, lost) in [
        (block(0x0bad_cafe, &[1; 8]), 1, 0), // a kind nobody knows: no reason to speak
        (raw_enhanced(Endianness::Big, 9, 5), 2, 1), // an interface that was not described
        (block(6, &[0; 8]), 2, 1),           // too short for what it is
        (mismatched, 1, 1),                  // the two lengths differ
        (unpadded, 1, 1),                    // the length forgets the padding
        (block(1, &[0, 101, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 77, 0, 0, 0]), 1, 1), // a resolution of 10^-77
    ] {
        let octets = [&start[..], &bad, &good].concat();
        let seen = all(&octets, Limits::default()).unwrap();
        assert_eq!(seen.len(), 1 + lost, "{seen:?}");
        assert_eq!(seen.iter().filter(|one| one.is_err()).count(), lost, "{seen:?}");
        assert_eq!(seen.last().unwrap().as_ref().unwrap().number, number, "{seen:?}");
    }
}

/// An interface that cannot be read keeps its number, and its frames are of no known link.
#[test]
fn a_bad_interface_keeps_its_number() {
    let mut octets = PcapNgWriter::with_endianness(Vec::new(), Endianness::Little).unwrap().into_inner();
    let body = [101, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 77, 0, 0, 0];
    let raw = RawBlock { type_: 1, initial_len: 28, body: body[..].into(), trailer_len: 28 };
    raw.write_to::<LittleEndian, _>(&mut octets).unwrap();
    let raw = RawBlock { type_: 1, initial_len: 20, body: body[..8].into(), trailer_len: 20 };
    raw.write_to::<LittleEndian, _>(&mut octets).unwrap();
    octets.extend(raw_enhanced(Endianness::Little, 0, 0));
    octets.extend(raw_enhanced(Endianness::Little, 1, 0));
    let seen = all(&octets, Limits::default()).unwrap();
    assert!(matches!(seen[0], Err(Unread::Content { .. })), "{seen:?}");
    assert!(seen[1].as_ref().unwrap().datagram().is_err());
    assert_eq!(seen[2].as_ref().unwrap().link, Link::RAW);
    // One more than may be kept is said, and so is each of its frames.
    let seen = all(&octets, Limits { interfaces: 1, ..Limits::default() }).unwrap();
    assert!(matches!(seen[1], Err(Unread::Interfaces { number: 1, most: 1, .. })), "{seen:?}");
    assert!(matches!(seen[3], Err(Unread::Content { .. })), "{seen:?}");
}

#[test]
fn other_files_are_refused_with_their_magic() {
    for (octets, magic) in
        [(&b"#!/bin/sh"[..], 0x2321_2f62), (&b"\x89PNG\r\n\x1a\n aaaaaaaaaaaaaaaaaaaaa"[..], 0x8950_4e47)]
    {
        let refused = all(octets, Limits::default()).unwrap_err();
        assert!(matches!(refused, Unread::Magic { magic: found } if found == magic), "{refused:?}");
    }
    assert!(matches!(all(b"", Limits::default()), Err(Unread::Truncated { need: 4, have: 0, .. })));
}

/// A source that fails is not asked again.
#[test]
fn a_failing_source_ends_the_capture() {
    struct Failing<'a>(&'a [u8]);
    impl Read for Failing<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() { Err(io::Error::other("gone")) } else { self.0.read(to) }
        }
    }
    for format in FORMATS {
        let octets = file(format, &conversation());
        let seen: Vec<_> = Capture::new(Failing(&octets)).unwrap().collect();
        assert_eq!(seen.iter().filter(|one| one.is_ok()).count(), 3, "{format:?}");
        assert!(matches!(seen.last(), Some(Err(Unread::Io { .. }))), "{format:?}");
    }
}
