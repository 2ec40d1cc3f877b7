//! A packet with holes: what is unsaid is not judged.
use std::net::{Ipv4Addr, Ipv6Addr};

use super::{IcmpSpec, Number, TcpSpec};
use crate::script::span::{Span, Spanned};

/// Which way a packet goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// `<`: injected towards the stack under test.
    Inbound,
    /// `>`: expected from it.
    Outbound,
}

/// A packet event. There is one alternative unless the script says `> A | B`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PacketAlternatives {
    /// Which way.
    pub direction: Direction,
    /// `>?`: the packet may be sent here, or not. Ours.
    pub optional: bool,
    /// The packets any of which will do; at least one. More than one is ours.
    pub alternatives: Vec<PacketSpec>,
}

/// One packet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PacketSpec {
    /// Outer headers, outermost first.
    pub encapsulation: Vec<Encapsulation>,
    /// What it says of the innermost IP header.
    pub ip: IpInfo,
    /// What that header carries.
    pub transport: Transport,
    /// The packet without its direction.
    pub span: Span,
}

/// What an IP datagram carries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Transport {
    /// A TCP segment.
    Tcp(TcpSpec),
    /// A UDP datagram.
    Udp(UdpSpec),
    /// An ICMP or ICMPv6 message.
    Icmp(IcmpSpec),
    /// A UDP-Lite datagram (BSD dialect).
    UdpLite(UdpLiteSpec),
    /// An SCTP packet (BSD dialect), kept as text: the runner answers `unsupported`.
    Sctp(Box<str>),
}

/// `a > b`: explicit ports, source first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ports {
    /// The sender's.
    pub source: u16,
    /// The receiver's.
    pub destination: u16,
}

/// `udp a > b (length)`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UdpSpec {
    /// Explicit ports.
    pub ports: Option<Ports>,
    /// Octets of payload.
    pub length: Number,
    /// From `udp` on.
    pub span: Span,
}

/// `udplite a > b (length, coverage)`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UdpLiteSpec {
    /// Explicit ports.
    pub ports: Option<Ports>,
    /// Octets of payload.
    pub length: u16,
    /// Octets that the checksum covers.
    pub coverage: u16,
    /// From `udplite` on.
    pub span: Span,
}

/// `(info)` or `[info]`: what a packet says of an IP header, in the order written. Empty: nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct IpInfo {
    /// The items.
    pub items: Vec<Spanned<IpItem>>,
}

/// One thing said of an IP header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IpItem {
    /// `ect0`: the two ECN bits.
    Ecn(Ecn),
    /// `tos 0x..`: the whole octet.
    Tos(u8),
    /// `class 0x..`: the same, for IPv6 (BSD dialect).
    Class(u8),
    /// `dscp`: the upper six bits (BSD dialect).
    Dscp(u8),
    /// `flowlabel 0x..`: the 20-bit IPv6 flow label; zero is unset.
    FlowLabel(u32),
    /// `ttl n`.
    Ttl(u8),
    /// `hlim n`: the same, for IPv6 (BSD dialect).
    HopLimit(u8),
}

/// The ECN field of the IP header. RFC 3168 §5.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ecn {
    /// `noecn`: not ECN-capable, 0.
    NotCapable,
    /// `ect1`: 1.
    Ect1,
    /// `ect0`: 2.
    Ect0,
    /// `ce`: congestion experienced, 3.
    CongestionExperienced,
    /// `ect01`: either of ECT(0) and ECT(1); only of packets that are expected.
    EctEither,
}

impl IpInfo {
    /// The ECN field asked for, if any.
    #[must_use]
    pub fn ecn(&self) -> Option<Ecn> {
        self.items.iter().find_map(|item| if let IpItem::Ecn(ecn) = item.node { Some(ecn) } else { None })
    }

    /// The whole TOS or traffic class octet, if given as such.
    #[must_use]
    pub fn tos(&self) -> Option<u8> {
        self.items.iter().find_map(|item| match item.node {
            IpItem::Tos(octet) | IpItem::Class(octet) => Some(octet),
            IpItem::Ecn(_)
            | IpItem::Dscp(_)
            | IpItem::FlowLabel(_)
            | IpItem::Ttl(_)
            | IpItem::HopLimit(_) => None,
        })
    }

    /// The differentiated services code point, if any.
    #[must_use]
    pub fn dscp(&self) -> Option<u8> {
        self.items.iter().find_map(|item| if let IpItem::Dscp(dscp) = item.node { Some(dscp) } else { None })
    }

    /// The time to live or hop limit, if any. 255 and (as the hop limit) 0 are not judged.
    #[must_use]
    pub fn ttl(&self) -> Option<u8> {
        self.items.iter().find_map(|item| match item.node {
            IpItem::Ttl(ttl) | IpItem::HopLimit(ttl) => Some(ttl),
            IpItem::Ecn(_) | IpItem::Tos(_) | IpItem::Class(_) | IpItem::Dscp(_) | IpItem::FlowLabel(_) => {
                None
            }
        })
    }

    /// The flow label, if any.
    #[must_use]
    pub fn flow_label(&self) -> Option<u32> {
        self.items.iter().find_map(
            |item| {
                if let IpItem::FlowLabel(label) = item.node { Some(label) } else { None }
            },
        )
    }
}

/// An outer header.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Encapsulation {
    /// `ipv4 a > b:`
    Ipv4 {
        /// What is said of this header.
        info: IpInfo,
        /// Its source.
        source: Ipv4Addr,
        /// Its destination.
        destination: Ipv4Addr,
    },
    /// `ipv6 a > b:`
    Ipv6 {
        /// What is said of this header.
        info: IpInfo,
        /// Its source.
        source: Ipv6Addr,
        /// Its destination.
        destination: Ipv6Addr,
    },
    /// `gre:`
    Gre(Option<Gre>),
    /// `mpls (label n, tc n, [S], ttl n):`, the top of the stack first.
    Mpls(Vec<MplsEntry>),
}

/// The explicit form of a GRE header (Google dialect): four words, positional whatever the flags say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Gre {
    /// The flag bits.
    pub flags: GreFlags,
    /// `sum`.
    pub checksum: u16,
    /// `off`.
    pub offset: u16,
    /// `key`.
    pub key: u32,
    /// `seq`.
    pub sequence: u32,
}

/// The first sixteen bits of a GRE header: C is 0x8000, K 0x2000, S 0x1000. RFC 2890 §2.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct GreFlags(pub u16);

/// One entry of an MPLS label stack. RFC 3032 §2.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MplsEntry {
    /// The label: 20 bits.
    pub label: u32,
    /// The traffic class: 3 bits.
    pub traffic_class: u8,
    /// Whether the bottom of the stack is marked.
    pub bottom: bool,
    /// The time to live.
    pub ttl: u8,
}
