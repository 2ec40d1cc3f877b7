//! Segments in words.
use bytes::Bytes;
use stackdrill_wire::{Flags, Options, SackBlocks, Segment, Seq, TcpOption};

/// Letters in their order, whatever the set; what has no letter is not hidden.
#[test]
fn flags_have_letters() {
    for (flags, letters) in [
        (Flags::NONE, "-"),
        (Flags::ACK, "."),
        (Flags::SYN | Flags::FIN, "FS"),
        (Flags::SYN | Flags::ACK | Flags::ECE, "S.E"),
        (Flags(0x1ff), "FSRP.UEWA"),
        (Flags(0x202), "S+0x200"),
    ] {
        assert_eq!(flags.to_string(), letters);
    }
}

#[test]
fn segments_read_as_scripts_write_them() {
    let segment =
        Segment { seq: Seq(u32::MAX), window: 8, text: Bytes::from_static(b"ab"), ..Segment::default() };
    assert_eq!(segment.to_string(), "- 4294967295:1(2) win 8");
    let options = Options::of(&[TcpOption::MaximumSegmentSize(1460)]).unwrap();
    let flags = Flags::PSH | Flags::ACK | Flags::URG;
    let segment = Segment { flags, ack: Seq(5), urgent: 1, options, ..segment };
    assert_eq!(segment.to_string(), "P.U 4294967295:1(2) ack 5 win 8 urg 1 <mss 1460>");
}

#[test]
fn options_read_as_scripts_write_them() {
    let blocks = SackBlocks::new(&[(Seq(1), Seq(2)), (Seq(3), Seq(4))]);
    for (option, words) in [
        (TcpOption::Sack(blocks), "sack 1:2 3:4"),
        (TcpOption::Timestamps { value: 1, echo: 2 }, "TS val 1 ecr 2"),
        (TcpOption::FastOpen(&[]), "FO"),
        (TcpOption::FastOpen(&[0xab, 1]), "FO ab01"),
        (TcpOption::FastOpenExperimental(&[0xab, 1]), "FOEXP ab01"),
        (TcpOption::AccEcn { order: 0, counters: [Some(1), Some(2), None] }, "ECN e0b 1 ceb 2"),
        (TcpOption::AccEcn { order: 1, counters: [Some(1), None, None] }, "ECN e1b 1"),
        (TcpOption::UserTimeout { minutes: true, value: 1 }, "gen-28 8001"),
        (TcpOption::Unknown { kind: 77, data: &[] }, "gen-77"),
        (TcpOption::Unknown { kind: 77, data: &[1] }, "gen-77 01"),
    ] {
        assert_eq!(option.to_string(), words);
    }
    for (octets, words) in [
        (&[1, 1, 4, 2][..], "nop,nop,sackOK"),
        (&[4, 2, 0, 0], "sackOK,eol,eol"),
        (&[0, 7, 7, 7], "eol,0x070707"),
        (&[1, 2, 0, 9], "nop,0x020009"),
        (&[3, 3, 7, 1], "wscale 7,nop"),
        (&[19, 3, 7], "md5 07"),
    ] {
        assert_eq!(Options::from_octets(octets).unwrap().to_string(), words);
    }
}
