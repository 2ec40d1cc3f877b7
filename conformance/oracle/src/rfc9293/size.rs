//! How large a segment may be.
//!
//! Spec: RFC 9293 §3.7.1.
use core::time::Duration;

use stackdrill_wire::Flags;

use crate::pace::holds;
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
    /// What a router said is too big for an IPv4 path is not sent again and again.
    PATH_IPV4 = "RFC1191:3-reduce-on-too-big", Must, Whole, "the first octet in flight sent for the third time or later since a router said so, seen exactly, IPv4" => path_ipv4;
    /// What a router said is too big for an IPv6 path is not sent again and again.
    PATH_IPV6 = "RFC8201:4-reduce-on-ptb", Must, Whole, "the first octet in flight sent for the third time or later since a router said so, seen exactly, IPv6" => path_ipv6;
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

/// How long a router is believed at least: only then may larger sizes be tried again (RFC 8201 §4).
const BELIEVED: Duration = Duration::from_secs(300);

fn path_ipv4(x: &Sending<'_>) -> Ruling {
    if x.endpoint.tuple.remote.is_ipv4() { path(x) } else { Ruling::Abstains }
}

fn path_ipv6(x: &Sending<'_>) -> Ruling {
    if x.endpoint.tuple.remote.is_ipv6() { path(x) } else { Ruling::Abstains }
}

/// Anybody can forge such a message, so a stack may wait for a timeout before it believes one (RFC 5927 §7.2).
fn path(x: &Sending<'_>) -> Ruling {
    let snd = &x.before.snd;
    let first = snd.known && holds(x.segment.seq, x.segment.end(), snd.una) && snd.una.before(snd.nxt);
    let told = snd.path.filter(|path| path.again >= 2 && x.at.since(path.at) < BELIEVED);
    match (measured(x), told) {
        (Some(octets), Some(path)) if first && x.endpoint.is_exact() => {
            Ruling::wants(octets + TCP_HEADER <= usize::try_from(path.size).unwrap_or(usize::MAX))
        }
        (_, _) => Ruling::Abstains,
    }
}

/// The fixed part, in octets.
const TCP_HEADER: usize = 20;
