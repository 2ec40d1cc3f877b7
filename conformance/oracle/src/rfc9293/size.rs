//! How large a segment may be.
//!
//! Spec: RFC 9293 §3.7.1.
use stackdrill_wire::Flags;

use crate::rule::{Ruling, Sending, rules};

/// Below this a peer's MSS asks for less than any link carries (IPv4 promises 68 octets to a datagram), and stacks
/// lawfully refuse to go so low.
const LEAST_JUDGED: u16 = 64;

rules! {
    RULES;
    /// Text and options fit the MSS that the peer announced.
    PEER_MSS = "RFC9293:MUST-16", Must, Itself, "text, the wire in view, the peer's SYN had an MSS" => peer_mss;
    /// Without an MSS option from an IPv4 peer, text and options fit 536 octets.
    DEFAULT_MSS_IPV4 = "RFC9293:MUST-15a", Must, Itself, "text, the wire in view, the IPv4 peer's SYN had no MSS" => default_ipv4;
    /// Without an MSS option from an IPv6 peer, text and options fit 1220 octets.
    DEFAULT_MSS_IPV6 = "RFC9293:MUST-15b", Must, Itself, "text, the wire in view, the IPv6 peer's SYN had no MSS" => default_ipv6;
}

/// Octets that the MSS bounds, if this segment is judged at all. A SYN's text may rest on a cached MSS (RFC 7413).
fn measured(x: &Sending<'_>) -> Option<usize> {
    let judged =
        x.endpoint.shows_wire() && x.before.is_connected() && !x.segment.flags.any(Flags::SYN | Flags::RST);
    (judged && !x.segment.text.is_empty()).then(|| x.segment.text.len() + usize::from(x.options.octets))
}

fn peer_mss(x: &Sending<'_>) -> Ruling {
    let mss = x.before.theirs.and_then(|theirs| theirs.mss);
    match (measured(x), mss) {
        // 65535 says "no limit" to jumbograms (3.7.5).
        (Some(octets), Some(mss)) if (LEAST_JUDGED..u16::MAX).contains(&mss) => {
            Ruling::wants(octets <= usize::from(mss))
        }
        (_, _) => Ruling::Abstains,
    }
}

fn default_ipv4(x: &Sending<'_>) -> Ruling {
    if x.endpoint.tuple.remote.is_ipv4() { default(x, 536) } else { Ruling::Abstains }
}

fn default_ipv6(x: &Sending<'_>) -> Ruling {
    if x.endpoint.tuple.remote.is_ipv6() { default(x, 1220) } else { Ruling::Abstains }
}

fn default(x: &Sending<'_>, most: usize) -> Ruling {
    let unsaid = x.before.theirs.is_some_and(|theirs| theirs.mss.is_none());
    match measured(x) {
        Some(octets) if unsaid => Ruling::wants(octets <= most),
        Some(_) | None => Ruling::Abstains,
    }
}
