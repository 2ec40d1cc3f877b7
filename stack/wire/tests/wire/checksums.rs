//! Laws of the ones' complement sum.
use core::net::{IpAddr, Ipv4Addr};

use proptest::collection::vec;
use proptest::prelude::*;
use stackdrill_wire::checksum::{Sum, checksum, update};

/// The sum as RFC 1071 §4.1 describes it, a word at a time.
fn slow(octets: &[u8]) -> u16 {
    let words = octets.chunks(2).map(|word| u32::from(word[0]) << 8 | u32::from(*word.get(1).unwrap_or(&0)));
    let sum = words.fold(0_u32, |sum, word| {
        let sum = sum + word;
        (sum >> 16) + (sum & 0xffff)
    });
    !(sum as u16)
}

/// The RFC's own example, and the ends of the range.
///
/// Proves: RFC 1071 §3.
#[test]
fn known_sums() {
    for (octets, sum) in [
        (&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7][..], 0xddf2),
        (&[], 0),
        (&[0xff, 0xff], 0xffff),
        (&[0xff, 0xff, 0x00, 0x01], 1),
        (&[0xab], 0xab00),
    ] {
        assert_eq!(Sum::ZERO.octets(octets).value(), sum, "{octets:02x?}");
        assert_eq!(checksum(octets), !sum, "{octets:02x?}");
    }
}

/// Of IPv4 the header of a real datagram, of TCP the pseudo-header by hand.
#[test]
fn the_pseudo_header_is_what_the_rfc_draws() {
    let ends = (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V4(Ipv4Addr::new(198, 51, 100, 2)));
    let drawn = [192, 0, 2, 1, 198, 51, 100, 2, 0, 6, 0x12, 0x34];
    assert_eq!(Sum::pseudo(ends, 6, 0x1234).value(), Sum::ZERO.octets(&drawn).value());
    // A jumbogram's length has an upper half.
    assert_eq!(Sum::pseudo(ends, 6, 0x1_1234).value(), Sum::ZERO.octets(&drawn).word(1).value());
}

proptest! {
    /// Proves: RFC 1071 §4.1.
    #[test]
    fn eight_octets_a_step_make_the_same_sum(octets in vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(checksum(&octets), slow(&octets));
    }

    /// Words may be added in any order, in any parcels that are even.
    ///
    /// Proves: RFC 1071 §2 (A).
    #[test]
    fn order_and_parcels_do_not_matter(
        (words, cut) in vec(any::<u16>(), 1..40).prop_shuffle().prop_flat_map(|words| {
            let length = words.len();
            (Just(words), 0..=length)
        })
    ) {
        let octets: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        let (front, back) = octets.split_at(cut * 2);
        let whole = Sum::ZERO.octets(&octets).value();
        prop_assert_eq!(Sum::ZERO.octets(back).octets(front).value(), whole);
        prop_assert_eq!(Sum::ZERO.octets(front).plus(Sum::ZERO.octets(back)).value(), whole);
        prop_assert_eq!(words.iter().rev().fold(Sum::ZERO, |sum, word| sum.word(*word)).value(), whole);
    }

    /// Swapped octets make a swapped sum.
    ///
    /// Proves: RFC 1071 §2 (B).
    #[test]
    fn swapped_octets_swap_the_sum(words in vec(any::<[u8; 2]>(), 0..40)) {
        let swapped: Vec<u8> = words.iter().flat_map(|[a, b]| [*b, *a]).collect();
        prop_assert_eq!(checksum(words.as_flattened()).swap_bytes(), checksum(&swapped));
    }

    /// A message with its checksum in place verifies, and with any one bit flipped it does not.
    #[test]
    fn one_bit_does_not_go_unseen(mut octets in vec(any::<u8>(), 2..60), bit in any::<prop::sample::Index>()) {
        octets[..2].fill(0);
        let sum = checksum(&octets);
        octets[..2].copy_from_slice(&sum.to_be_bytes());
        prop_assert!(Sum::ZERO.octets(&octets).verifies());
        let bit = bit.index(octets.len() * 8);
        octets[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!Sum::ZERO.octets(&octets).verifies());
    }

    /// Changing a word and updating the checksum is summing anew, whatever the word was.
    ///
    /// Proves: RFC 1624 §3.
    #[test]
    fn an_update_is_a_new_sum(mut words in vec(any::<u16>(), 2..40), new in any::<u16>()) {
        // Some word is not zero, as in every real header; else zero has two names.
        words[1] |= 1;
        let sum = |words: &[u16]| words.iter().fold(Sum::ZERO, |sum, word| sum.word(*word)).finish();
        let (before, old) = (sum(&words), words[0]);
        words[0] = new;
        prop_assert_eq!(update(before, old, new), sum(&words));
    }
}
