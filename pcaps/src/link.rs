//! Link headers: where in a frame the IP datagram starts.
use bytes::Bytes;
use etherparse::EtherType;

/// A link type, as capture files number them.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Link(pub u32);

/// What a frame carries instead of an IP datagram.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum NotIp {
    /// A link type that is not read here.
    #[error("link type {0} is not one of those read")]
    Link(u32),
    /// Another protocol: 0x0806 is ARP; below 0x0600 it is an 802.3 length.
    #[error("EtherType {0:#06x} is not IP")]
    EtherType(u16),
    /// An address family of the loopback interface that is not IP on any system, in its likelier byte order.
    #[error("address family {0} is not IP")]
    Family(u32),
    /// The link header is cut short.
    #[error("the link header needs {need} octets, {have} were kept")]
    Cut {
        /// Octets needed.
        need: usize,
        /// Octets kept.
        have: usize,
    },
}

impl Link {
    /// The BSD loopback: an address family in the byte order of the host that captured.
    pub const NULL: Self = Self(0);
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// Raw IP: the version nibble says which.
    pub const RAW: Self = Self(101);
    /// The OpenBSD loopback: an address family in network order.
    pub const LOOP: Self = Self(108);
    /// Linux cooked, version 1.
    pub const LINUX_SLL: Self = Self(113);
    /// Raw IPv4.
    pub const IPV4: Self = Self(228);
    /// Raw IPv6.
    pub const IPV6: Self = Self(229);
    /// Linux cooked, version 2.
    pub const LINUX_SLL2: Self = Self(276);
    /// What two BSDs call raw IP within their systems, found in files all the same.
    const RAW_BSD: [Self; 2] = [Self(12), Self(14)];

    /// The octets of a frame from the start of its IP datagram on.
    pub(crate) fn datagram(self, frame: &Bytes) -> Result<Bytes, NotIp> {
        match self {
            Self::RAW | Self::IPV4 | Self::IPV6 => Ok(frame.clone()),
            raw if Self::RAW_BSD.contains(&raw) => Ok(frame.clone()),
            Self::ETHERNET => tagged(frame, 12),
            // Packet type, hardware type, address length, address, then the protocol.
            Self::LINUX_SLL => tagged(frame, 14),
            // The protocol comes first, the rest of the twenty octets behind it.
            Self::LINUX_SLL2 => match behind(frame, 0, 20)? {
                (IPV4 | IPV6, datagram) => Ok(datagram),
                (VLAN | QINQ | OLD_QINQ, _) => tagged(frame, 20 + 2),
                (other, _) => Err(NotIp::EtherType(other)),
            },
            Self::NULL | Self::LOOP => loopback(frame),
            other => Err(NotIp::Link(other.0)),
        }
    }
}

const IPV4: u16 = EtherType::IPV4.0;
const IPV6: u16 = EtherType::IPV6.0;
const VLAN: u16 = EtherType::VLAN_TAGGED_FRAME.0;
const QINQ: u16 = EtherType::PROVIDER_BRIDGING.0;
const OLD_QINQ: u16 = EtherType::VLAN_DOUBLE_TAGGED_FRAME.0;

/// An EtherType at `at`, VLAN tags (802.1Q, 802.1ad), then the datagram.
fn tagged(frame: &Bytes, mut at: usize) -> Result<Bytes, NotIp> {
    loop {
        match behind(frame, at, at + 2)? {
            (IPV4 | IPV6, datagram) => return Ok(datagram),
            // Two octets of tag, then an EtherType again.
            (VLAN | QINQ | OLD_QINQ, _) => at += 4,
            (other, _) => return Err(NotIp::EtherType(other)),
        }
    }
}

/// The EtherType at `at`, and what stands from `end` on.
fn behind(frame: &Bytes, at: usize, end: usize) -> Result<(u16, Bytes), NotIp> {
    match frame.get(at..).and_then(<[u8]>::first_chunk) {
        Some(kind) if end <= frame.len() => Ok((u16::from_be_bytes(*kind), frame.slice(end..))),
        _ => Err(NotIp::Cut { need: end, have: frame.len() }),
    }
}

/// Four octets of address family, in either byte order: the numbers are small, so the order shows.
fn loopback(frame: &Bytes) -> Result<Bytes, NotIp> {
    let Some(family) = frame.first_chunk() else {
        return Err(NotIp::Cut { need: 4, have: frame.len() });
    };
    let family = u32::from_be_bytes(*family);
    match family.min(family.swap_bytes()) {
        // AF_INET; then AF_INET6 on Linux, the BSDs, Darwin and Solaris.
        2 | 10 | 24 | 26 | 28 | 30 => Ok(frame.slice(4..)),
        other => Err(NotIp::Family(other)),
    }
}
