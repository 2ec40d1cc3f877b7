//! IP headers, both versions.
use core::net::IpAddr;

use bytes::{Bytes, BytesMut};

use crate::{Layer, Malformed};

mod v4;
mod v6;

pub use v4::Ipv4;
pub use v6::{Extension, Ipv6};

/// Protocol numbers.
pub mod protocol {
    /// ICMP. RFC 792.
    pub const ICMP: u8 = 1;
    /// IPv4 inside IP. RFC 2003.
    pub const IPV4: u8 = 4;
    /// TCP. RFC 9293.
    pub const TCP: u8 = 6;
    /// UDP. RFC 768.
    pub const UDP: u8 = 17;
    /// IPv6 inside IP. RFC 2473, RFC 4213.
    pub const IPV6: u8 = 41;
    /// GRE. RFC 2784.
    pub const GRE: u8 = 47;
    /// ICMPv6. RFC 4443.
    pub const ICMPV6: u8 = 58;
    /// MPLS inside IP. RFC 4023 §3.
    pub const MPLS: u8 = 137;
}

/// Where a datagram's payload starts and ends by its length field, in octets from the datagram's start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) start: usize,
    pub(crate) end: usize,
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
    /// A plain header: hop limit 64, no options, and over IPv4 an atomic datagram (RFC 6864 §4): Don't Fragment
    /// set, identification 0. An IPv4 address beside an IPv6 one is written as IPv4-mapped.
    #[must_use]
    pub fn new(source: IpAddr, destination: IpAddr, protocol: u8) -> Self {
        match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                Self::V4(Ipv4::new(source, destination, protocol))
            }
            (IpAddr::V6(_), _) | (_, IpAddr::V6(_)) => {
                Self::V6(Ipv6::new(mapped(source), mapped(destination), protocol))
            }
        }
    }

    /// A plain header for an answer: the addresses swapped, the same protocol.
    #[must_use]
    pub fn reply(&self) -> Self {
        Self::new(self.destination(), self.source(), self.protocol())
    }

    /// Reads a header; a `cut` datagram may end before its length field says.
    ///
    /// Spec: RFC1122:3.2.1.1-version.
    pub(crate) fn parse(octets: &Bytes, cut: bool) -> Result<(Self, Extent), Malformed> {
        let Some(first) = octets.first() else {
            return Err(Malformed::Truncated { layer: Layer::Ip, need: 1, have: 0 });
        };
        match first >> 4 {
            4 => Ipv4::parse(octets, cut).map(|(ip, extent)| (Self::V4(ip), extent)),
            6 => Ipv6::parse(octets, cut).map(|(ip, extent)| (Self::V6(ip), extent)),
            version => Err(Malformed::Version { version }),
        }
    }

    /// Appends the header of a datagram with so many octets behind it. A length that its field cannot hold is
    /// written as zero, as senders of jumbograms do.
    pub(crate) fn emit(&self, out: &mut BytesMut, payload: usize) {
        match self {
            Self::V4(ip) => ip.emit(out, payload),
            Self::V6(ip) => ip.emit(out, payload),
        }
    }

    /// How long the header is with its options or extension headers, in octets.
    #[must_use]
    pub fn octets(&self) -> usize {
        match self {
            Self::V4(ip) => ip.octets(),
            Self::V6(ip) => ip.octets(),
        }
    }

    /// The protocol of the payload.
    #[must_use]
    pub const fn protocol(&self) -> u8 {
        match self {
            Self::V4(ip) => ip.protocol,
            Self::V6(ip) => ip.protocol,
        }
    }

    /// Sets the protocol of the payload.
    pub const fn set_protocol(&mut self, protocol: u8) {
        match self {
            Self::V4(ip) => ip.protocol = protocol,
            Self::V6(ip) => ip.protocol = protocol,
        }
    }

    /// Whether the payload is only a piece of a datagram's. An IPv6 datagram that has a fragment header but is
    /// whole (RFC 6946) is none.
    #[must_use]
    pub fn is_fragment(&self) -> bool {
        match self {
            Self::V4(ip) => ip.more_fragments || ip.offset != 0,
            Self::V6(ip) => ip.fragment().is_some_and(|(offset, more, _)| more || offset != 0),
        }
    }

    /// Where in the whole payload this fragment's stands, in octets; 0 if it is no fragment.
    #[must_use]
    pub fn offset(&self) -> u16 {
        match self {
            Self::V4(ip) => ip.offset,
            Self::V6(ip) => ip.fragment().map_or(0, |(offset, _, _)| offset),
        }
    }

    /// The two ECN bits: 0 not capable, 1 ECT(1), 2 ECT(0), 3 congestion experienced.
    ///
    /// Spec: RFC 3168 §5.
    #[must_use]
    pub const fn ecn(&self) -> u8 {
        self.traffic_class() & 3
    }

    /// Sets the Type of Service or Traffic Class octet.
    pub const fn set_traffic_class(&mut self, octet: u8) {
        match self {
            Self::V4(ip) => ip.tos = octet,
            Self::V6(ip) => ip.traffic_class = octet,
        }
    }

    /// Sets the Time to Live or Hop Limit.
    pub const fn set_hop_limit(&mut self, hops: u8) {
        match self {
            Self::V4(ip) => ip.ttl = hops,
            Self::V6(ip) => ip.hop_limit = hops,
        }
    }

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

const fn mapped(address: IpAddr) -> core::net::Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}
