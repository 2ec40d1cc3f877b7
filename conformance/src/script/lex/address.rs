//! Addresses among the tokens: arranged so that `1:1001(1000)` never looks like one.
use std::net::Ipv6Addr;

/// The longest text form of an IPv6 address. RFC 4291 §2.2 (3).
const LONGEST: usize = 45;

/// The length of the IPv6 address that these octets start with; 0 if there is none. It has a `::` or all eight groups.
pub(super) fn ipv6(octets: &[u8]) -> usize {
    // Nearly every token ends here: the quick look must be quick.
    let start = octets.iter().take(5).position(|&octet| octet == b':');
    if !octets.first().is_some_and(|&octet| octet.is_ascii_hexdigit() || octet == b':') || start.is_none() {
        return 0;
    }
    let digit = |octet: u8| octet.is_ascii_hexdigit() || octet == b':' || octet == b'.';
    let run = octets.iter().take(LONGEST).take_while(|&&octet| digit(octet)).count();
    // Three colons in a row are in no address: what is before the third may be one.
    let three = octets.windows(3).take(run).position(|three| three == b":::").map_or(run, |at| at + 2);
    let run = octets.get(..run.min(three)).unwrap_or_default();
    let colons = run.iter().filter(|&&octet| octet == b':').count();
    if colons < 7 && !run.windows(2).any(|pair| pair == b"::") {
        return 0;
    }
    let address = |length: usize| {
        let text = run.get(..length).and_then(|text| std::str::from_utf8(text).ok());
        text.is_some_and(|text| text.parse::<Ipv6Addr>().is_ok())
    };
    (2..=run.len()).rev().find(|&length| address(length)).unwrap_or_default()
}

/// The length of the four dotted numbers that these octets start with, whatever their size; 0 if there are none.
pub(super) fn ipv4(octets: &[u8]) -> usize {
    let mut at = 0;
    for part in 0..4 {
        if part > 0 {
            if octets.get(at) != Some(&b'.') {
                return 0;
            }
            at += 1;
        }
        match octets.iter().skip(at).take_while(|octet| octet.is_ascii_digit()).count() {
            0 => return 0,
            digits => at += digits,
        }
    }
    at
}
