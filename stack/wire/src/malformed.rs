//! Octets that cannot be read as what they claim to be.

/// Which header was being read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum Layer {
    /// The IP header, before its version is known.
    #[error("IP")]
    Ip,
    /// The IPv4 header.
    #[error("IPv4")]
    Ipv4,
    /// The IPv6 header or one of its extension headers.
    #[error("IPv6")]
    Ipv6,
    /// The TCP header.
    #[error("TCP")]
    Tcp,
    /// The UDP header.
    #[error("UDP")]
    Udp,
    /// The ICMP or ICMPv6 header.
    #[error("ICMP")]
    Icmp,
    /// The GRE header.
    #[error("GRE")]
    Gre,
    /// The MPLS label stack.
    #[error("MPLS")]
    Mpls,
}

/// What was needed, and what was there. Offsets and lengths are octets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum Malformed {
    /// A header or its payload is cut short.
    #[error("{layer}: need {need} octets, have {have}")]
    Truncated {
        /// The header being read.
        layer: Layer,
        /// Octets needed from its start.
        need: usize,
        /// Octets there.
        have: usize,
    },
    /// The first nibble is neither 4 nor 6.
    #[error("IP version {version} is neither 4 nor 6")]
    Version {
        /// The nibble.
        version: u8,
    },
    /// A length field contradicts what holds it: smaller than its own header, or larger than the datagram.
    #[error("{layer}: length field says {claimed}, not between {least} and {most} octets")]
    Length {
        /// The header being read.
        layer: Layer,
        /// What the field says, in octets.
        claimed: usize,
        /// The least it can be.
        least: usize,
        /// The most it can be.
        most: usize,
    },
    /// A TCP option's length is below two or runs past the header.
    #[error("TCP: option {kind} at octet {at} claims length {length}, {room} octets are left")]
    OptionLength {
        /// The option's kind.
        kind: u8,
        /// What its length octet says; 0 if that octet is missing.
        length: u8,
        /// Its offset from the start of the options, in octets.
        at: usize,
        /// Octets from there to the end of the header.
        room: usize,
    },
}
