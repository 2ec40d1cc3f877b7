//! How large a segment may be: what the peer takes, and what the path carries.
//!
//! Spec: RFC 9293 §3.7.1, RFC 1191, RFC 8201.
use core::net::IpAddr;

use stackdrill_wire::Tuple;

use crate::Policy;
use crate::tcp::connection::Connection;

/// Octets of a TCP header without options.
const TCP_HEADER: u32 = 20;

/// What depends on the IP version: its header, the MSS meant by silence, and the smallest path MTU believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Family {
    header: u32,
    default_mss: u16,
    least_mtu: u32,
}

const V4: Family = Family { header: 20, default_mss: 536, least_mtu: 68 };
const V6: Family = Family { header: 40, default_mss: 1220, least_mtu: 1280 };

fn family(tuple: Tuple) -> Family {
    match tuple.remote.ip().to_canonical() {
        IpAddr::V4(_) => V4,
        IpAddr::V6(_) => V6,
    }
}

/// The MSS when no option says otherwise.
///
/// Spec: RFC9293:MUST-15a RFC9293:MUST-15b.
pub(crate) fn default_mss(tuple: Tuple) -> u16 {
    family(tuple).default_mss
}

/// The MSS to announce: what the link carries less fixed headers, or what the user asked for.
///
/// Spec: RFC9293:MUST-67 RFC9293:SHLD-6 RFC1191:3.1-mss-not-lowered RFC6691:2-mss-fixed-headers-only
/// RFC8200:8.3-mss-minus-60.
pub(crate) fn announced_mss(tuple: Tuple, mtu: u32, most: Option<u16>) -> u16 {
    let carried = mtu.saturating_sub(family(tuple).header + TCP_HEADER);
    u16::try_from(carried).unwrap_or(u16::MAX).min(most.unwrap_or(u16::MAX))
}

/// The effective send MSS: the least of what the peer takes, the path carries and the user wants, less the options of
/// every segment. At least `least`.
///
/// Spec: RFC9293:MUST-16 RFC9293:3.7.5-mss-65535-infinite RFC1191:6.4-peer-mss-still-limits
/// RFC6691:2-sender-subtracts-options.
pub(crate) fn send_mss(announced: u16, peer: u16, overhead: u32, least: u16) -> u32 {
    // A peer that says 65535 means no limit, and the announced MSS already holds the path's.
    u32::from(peer.min(announced)).saturating_sub(overhead).max(u32::from(least.max(1)))
}

/// The path MTU after a "too big" message that names `named` octets: never raised, never absurd.
///
/// Spec: RFC1191:3-reduce-on-too-big RFC1191:3-never-below-68 RFC1191:3-never-raised-by-message
/// RFC8201:4-ignore-below-1280 RFC8201:4-never-raised.
pub(crate) fn reduced(tuple: Tuple, mtu: u32, named: u32) -> u32 {
    let family = family(tuple);
    match family == V6 && named < family.least_mtu {
        true => mtu,
        false => named.max(family.least_mtu).min(mtu),
    }
}

impl Connection {
    /// The MSS as the peer is told it: a route may have it smaller than what the link carries, and what the user asked
    /// for may hold for what is sent alone.
    pub(crate) fn told_mss(&self, policy: &Policy) -> u16 {
        let asked = self.settings.most_segment.filter(|_| policy.announces_asked_mss);
        let announced = announced_mss(self.tuple, self.mtu, asked);
        announced.min(policy.most_announced_mss.unwrap_or(u16::MAX))
    }
}

#[cfg(test)]
mod tests {
    use core::net::SocketAddr;

    use super::*;

    fn tuple(remote: &str) -> Tuple {
        let remote: SocketAddr = remote.parse().unwrap();
        Tuple { local: remote, remote }
    }

    /// Proves: RFC9293:MUST-15a RFC9293:MUST-15b RFC9293:MUST-67.
    #[test]
    fn each_family_has_its_sizes() {
        for (remote, default, announced) in [
            ("192.0.2.1:80", 536, 1460),
            ("[2001:db8::1]:80", 1220, 1440),
            ("[::ffff:192.0.2.1]:80", 536, 1460),
        ] {
            let tuple = tuple(remote);
            assert_eq!((default_mss(tuple), announced_mss(tuple, 1500, None)), (default, announced));
            assert_eq!(announced_mss(tuple, 1500, Some(1000)), 1000);
            assert_eq!(announced_mss(tuple, 1 << 20, None), u16::MAX);
            assert_eq!(announced_mss(tuple, 7, None), 0);
        }
    }

    /// Proves: RFC9293:MUST-16 RFC9293:3.7.5-mss-65535-infinite.
    #[test]
    fn the_smallest_limit_wins_less_options() {
        for (announced, peer, overhead, expected) in [
            (1460, 1400, 0, 1400),
            (1400, 1460, 12, 1388),
            (1440, 65_535, 12, 1428),
            (1460, 5, 12, 1), // a peer that asks for nonsense still gets its data
        ] {
            assert_eq!(send_mss(announced, peer, overhead, 1), expected);
        }
    }

    /// Proves: RFC1191:3-reduce-on-too-big RFC1191:3-never-below-68 RFC1191:3-never-raised-by-message
    /// RFC8201:4-ignore-below-1280.
    #[test]
    fn too_big_messages_only_shrink_and_not_without_end() {
        let (v4, v6) = (tuple("192.0.2.1:80"), tuple("[2001:db8::1]:80"));
        for (tuple, named, expected) in [
            (v4, 1400, 1400),
            (v4, 1, 68),
            (v4, 9000, 1500),
            (v6, 1400, 1400),
            (v6, 1279, 1500),
            (v6, 9000, 1500),
        ] {
            assert_eq!(reduced(tuple, 1500, named), expected, "{tuple}: {named}");
        }
    }
}
