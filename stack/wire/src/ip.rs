//! IP headers, both versions.
use core::net::IpAddr;

mod v4;
mod v6;

pub use v4::Ipv4;
pub use v6::{Extension, Ipv6};

/// Protocol numbers.
pub mod protocol {
    /// ICMP. RFC 792.
    pub const ICMP: u8 = 1;
    /// TCP. RFC 9293.
    pub const TCP: u8 = 6;
    /// UDP. RFC 768.
    pub const UDP: u8 = 17;
    /// ICMPv6. RFC 4443.
    pub const ICMPV6: u8 = 58;
}

/// An IP header of either version.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Ip {
    /// IPv4.
    V4(Ipv4),
    /// IPv6.
    V6(Ipv6),
}

impl Ip {
    /// The source address.
    #[must_use]
    pub const fn source(&self) -> IpAddr {
        match self {
            Self::V4(ip) => IpAddr::V4(ip.source),
            Self::V6(ip) => IpAddr::V6(ip.source),
        }
    }

    /// The destination address.
    #[must_use]
    pub const fn destination(&self) -> IpAddr {
        match self {
            Self::V4(ip) => IpAddr::V4(ip.destination),
            Self::V6(ip) => IpAddr::V6(ip.destination),
        }
    }

    /// The Type of Service or Traffic Class octet: DSCP and ECN.
    #[must_use]
    pub const fn traffic_class(&self) -> u8 {
        match self {
            Self::V4(ip) => ip.tos,
            Self::V6(ip) => ip.traffic_class,
        }
    }

    /// The Time to Live or Hop Limit.
    #[must_use]
    pub const fn hop_limit(&self) -> u8 {
        match self {
            Self::V4(ip) => ip.ttl,
            Self::V6(ip) => ip.hop_limit,
        }
    }
}
