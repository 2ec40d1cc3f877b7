//! Options that tell the truth, and options that do not.
use proptest::prelude::*;
use stackdrill_wire::{Malformed, Options, SackBlocks, Seq, TcpOption};

use crate::given::option;

/// Each option, and its octets by its RFC.
///
/// Proves: RFC 9293 §3.2, RFC 7323 §2, RFC 2018 §2, RFC 2385 §3.0, RFC 5482 §3, RFC 7413 §4.1.1, RFC 9768 §3.2.3.
#[test]
fn every_kind_stands_as_its_rfc_draws_it() {
    let blocks = SackBlocks::new(&[(Seq(1), Seq(2)), (Seq(0xffff_ffff), Seq(3))]);
    for (option, octets) in [
        (TcpOption::EndOfList, &[0][..]),
        (TcpOption::NoOperation, &[1]),
        (TcpOption::MaximumSegmentSize(1460), &[2, 4, 5, 0xb4]),
        (TcpOption::WindowScale(14), &[3, 3, 14]),
        (TcpOption::SackPermitted, &[4, 2]),
        (TcpOption::Sack(blocks), &[5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 255, 255, 255, 255, 0, 0, 0, 3]),
        (TcpOption::Timestamps { value: 1, echo: 0x0203_0405 }, &[8, 10, 0, 0, 0, 1, 2, 3, 4, 5]),
        (TcpOption::Md5(&[7; 16]), &[19, 18, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]),
        (TcpOption::UserTimeout { minutes: true, value: 5 }, &[28, 4, 0x80, 5]),
        (TcpOption::UserTimeout { minutes: false, value: 0x7fff }, &[28, 4, 0x7f, 0xff]),
        (TcpOption::FastOpen(&[]), &[34, 2]),
        (TcpOption::FastOpen(&[1, 2, 3, 4]), &[34, 6, 1, 2, 3, 4]),
        (TcpOption::FastOpenExperimental(&[1, 2]), &[254, 6, 0xf9, 0x89, 1, 2]),
        (TcpOption::AccEcn { order: 0, counters: [None; 3] }, &[172, 2]),
        (
            TcpOption::AccEcn { order: 1, counters: [Some(1), Some(0xab_cdef), None] },
            &[174, 8, 0, 0, 1, 0xab, 0xcd, 0xef],
        ),
        (TcpOption::Unknown { kind: 77, data: &[9] }, &[77, 3, 9]),
        // Another experiment on the same kind.
        (TcpOption::Unknown { kind: 254, data: &[0xac, 0xc0] }, &[254, 4, 0xac, 0xc0]),
    ] {
        assert_eq!(Options::of(&[option]).unwrap().octets(), octets, "{option:?}");
        let read = Options::from_octets(octets).unwrap();
        assert_eq!(read.iter().collect::<Vec<_>>(), [Ok(option)], "{octets:?}");
    }
}

/// A known kind with a length of its own making is nobody's option, but it is kept.
#[test]
fn a_length_of_its_own_making_makes_it_unknown() {
    for octets in [
        &[2, 3, 5][..],
        &[2, 6, 0, 0, 5, 0xb4],
        &[3, 2],
        &[4, 3, 0],
        &[5, 9, 0, 0, 0, 1, 0, 0, 0],
        &[8, 6, 0, 0, 0, 1],
        &[28, 3, 0],
        &[254, 3, 0xf9],
        &[172, 4, 0, 0],
    ] {
        let options = Options::from_octets(octets).unwrap();
        let unknown = TcpOption::Unknown { kind: octets[0], data: &octets[2..] };
        assert_eq!(options.iter().collect::<Vec<_>>(), [Ok(unknown)], "{octets:?}");
        assert_eq!(options.octets(), octets);
    }
}

/// Lengths that lie end the walk, and say where.
///
/// Proves: RFC9293:MUST-7.
#[test]
fn lies_end_the_walk() {
    for (octets, kind, length, at, room) in [
        (&[2, 0, 5, 0xb4][..], 2, 0, 0, 4),
        (&[1, 2, 1, 0], 2, 1, 1, 3),
        (&[1, 1, 1, 8], 8, 0, 3, 1), // no room for a length
        (&[8, 10, 0, 0], 8, 10, 0, 4),
        (&[2, 4, 5, 0xb4, 77, 255, 0, 0], 77, 255, 4, 4),
    ] {
        let options = Options::from_octets(octets).unwrap();
        let last = options.iter().last();
        assert_eq!(last, Some(Err(Malformed::OptionLength { kind, length, at, room })), "{octets:?}");
        assert_eq!(options.octets(), octets, "kept as they are");
    }
    // What stands before the lie is still read.
    let options = Options::from_octets(&[2, 4, 5, 0xb4, 3, 0, 0, 0]).unwrap();
    assert_eq!((options.maximum_segment_size(), options.window_scale()), (Some(1460), None));
}

/// The first of a kind counts; what stands behind the end of the list is padding.
#[test]
fn accessors_take_the_first() {
    let options = Options::from_octets(&[3, 3, 1, 3, 3, 2, 4, 2, 0, 2, 4, 5]).unwrap();
    assert_eq!((options.window_scale(), options.sack_permitted()), (Some(1), true));
    assert_eq!((options.maximum_segment_size(), options.timestamps()), (None, None));
    assert!(options.sack().as_slice().is_empty());
}

#[test]
fn forty_octets_are_all_there_is() {
    assert!(Options::from_octets(&[1; 40]).is_some());
    assert!(Options::from_octets(&[1; 41]).is_none());
    let mut options = Options::from_octets(&[1; 31]).unwrap();
    let full = options;
    assert!(!options.push(TcpOption::Timestamps { value: 1, echo: 2 }));
    assert_eq!(options, full, "nothing is left of an option that does not fit");
    options.pad(0);
    assert_eq!(options.octets(), [&[1; 31][..], &[0]].concat());
    options.pad(0);
    assert_eq!(options.octets().len(), 32);
}

proptest! {
    /// Any octets are walked to an end, each option behind the one before.
    #[test]
    fn every_walk_ends(octets in prop::collection::vec(any::<u8>(), 0..=40)) {
        let options = Options::from_octets(&octets).unwrap();
        let list: Vec<_> = options.iter().collect();
        prop_assert!(list.len() <= octets.len());
        prop_assert!(list.iter().rev().skip(1).all(Result::is_ok));
        let _ = options.to_string();
    }

    /// What is pushed is walked, in order.
    #[test]
    fn options_keep_their_order(list in prop::collection::vec(option(), 0..6)) {
        let mut options = Options::EMPTY;
        let kept: Vec<_> = list.iter().map(|option| option.borrow()).filter(|option| options.push(*option)).collect();
        let read: Vec<_> = options.iter().map(Result::unwrap).collect();
        prop_assert_eq!(read, kept);
    }
}
