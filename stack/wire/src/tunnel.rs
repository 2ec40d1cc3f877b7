//! Packets inside packets: IP in IP, GRE and MPLS headers around an IP datagram.
//!
//! Spec: RFC 2003, RFC 2473, RFC 2784, RFC 2890, RFC 3032 §2.1, RFC 4023 §3.
use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::ip::{Ip, protocol};
use crate::{Layer, Malformed, Packet};

/// An IP datagram and the headers around it, outermost first.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Tunneled {
    /// What is around it; nothing for a datagram that is in no tunnel.
    pub outer: Vec<Outer>,
    /// The innermost datagram.
    pub packet: Packet,
}

/// A header around a datagram.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Outer {
    /// An IP header of either version.
    Ip(Ip),
    /// A GRE header.
    Gre(Gre),
    /// An MPLS label stack, the top first: label (20 bits), traffic class (3), bottom of stack (1), TTL (8) each.
    Mpls(Vec<u32>),
}

/// A GRE header.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Gre {
    /// The first sixteen bits: which of the words below are there, and the version.
    pub flags: u16,
    /// The EtherType of what it carries.
    pub protocol: u16,
    /// Checksum and reserved, key, sequence number: those that are there.
    pub words: Vec<u32>,
}

impl Gre {
    /// The checksum and reserved words are there.
    pub const CHECKSUM: u16 = 0x8000;
    /// The key is there.
    pub const KEY: u16 = 0x2000;
    /// The sequence number is there.
    pub const SEQUENCE: u16 = 0x1000;
    /// Source routes, which RFC 2784 took out of it, and versions other than 0.
    const FOREIGN: u16 = 0x4007;

    /// How many words the flags announce.
    #[must_use]
    pub const fn announced(flags: u16) -> usize {
        (flags & (Self::CHECKSUM | Self::KEY | Self::SEQUENCE)).count_ones() as usize
    }
}

/// EtherTypes.
mod ether {
    pub(super) const IPV4: u16 = 0x0800;
    pub(super) const IPV6: u16 = 0x86dd;
    pub(super) const MPLS: u16 = 0x8847;
}

/// The bottom of a label stack.
const BOTTOM: u32 = 0x100;

/// What can stand behind a header.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Next {
    Ip,
    Gre,
    Mpls,
}

impl Tunneled {
    /// The most headers around a datagram that are taken off; what is deeper stays the payload of another protocol.
    pub const DEPTH: usize = 8;

    /// Takes the tunnels off a datagram.
    ///
    /// # Errors
    /// [`Malformed`] if a header is cut short or contradicts itself.
    pub fn parse(octets: &Bytes) -> Result<Self, Malformed> {
        let mut outer = Vec::new();
        let mut rest = octets.clone();
        let mut next = Next::Ip;
        // Where the innermost IP header seen so far stands: what follows something strange is its payload.
        let mut innermost = (rest.clone(), 0);
        while outer.len() < Self::DEPTH {
            let inside = match next {
                Next::Ip => {
                    innermost = (rest.clone(), outer.len());
                    let (ip, extent) = Ip::parse(&rest, false)?;
                    let inside = if ip.is_fragment() { None } else { in_ip(ip.protocol()) };
                    rest = rest.slice(extent.start..extent.end.min(rest.len()));
                    outer.push(Outer::Ip(ip));
                    inside
                }
                Next::Gre => {
                    let gre = gre(&mut rest)?;
                    let inside = in_gre(&gre);
                    outer.push(Outer::Gre(gre));
                    inside
                }
                Next::Mpls => {
                    outer.push(Outer::Mpls(labels(&mut rest)?));
                    Some(Next::Ip)
                }
            };
            match inside {
                Some(inside) => next = inside,
                None => break,
            }
        }
        let (octets, around) = innermost;
        outer.truncate(around);
        Ok(Self { outer, packet: Packet::parse(&octets)? })
    }

    /// The octets, the protocol number or EtherType of each header being that of the next.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut inside = self.packet.to_bytes();
        let mut kind = Next::Ip;
        let mut version_six = self.packet.ip.source().is_ipv6();
        for outer in self.outer.iter().rev() {
            let mut out = BytesMut::new();
            match outer {
                Outer::Ip(ip) => {
                    let mut ip = ip.clone();
                    ip.set_protocol(match kind {
                        Next::Ip if version_six => protocol::IPV6,
                        Next::Ip => protocol::IPV4,
                        Next::Gre => protocol::GRE,
                        Next::Mpls => protocol::MPLS,
                    });
                    ip.emit(&mut out, inside.len());
                    (kind, version_six) = (Next::Ip, ip.source().is_ipv6());
                }
                Outer::Gre(gre) => {
                    out.put_u16(gre.flags);
                    out.put_u16(match kind {
                        Next::Mpls => ether::MPLS,
                        Next::Ip | Next::Gre if version_six => ether::IPV6,
                        Next::Ip | Next::Gre => ether::IPV4,
                    });
                    gre.words.iter().for_each(|&word| out.put_u32(word));
                    kind = Next::Gre;
                }
                Outer::Mpls(labels) => {
                    labels.iter().for_each(|&label| out.put_u32(label));
                    kind = Next::Mpls;
                }
            }
            out.put_slice(&inside);
            inside = out.freeze();
        }
        inside
    }
}

/// What an IP datagram of this protocol carries, if it is a tunnel.
const fn in_ip(number: u8) -> Option<Next> {
    match number {
        protocol::IPV4 | protocol::IPV6 => Some(Next::Ip),
        protocol::GRE => Some(Next::Gre),
        protocol::MPLS => Some(Next::Mpls),
        _ => None,
    }
}

const fn in_gre(gre: &Gre) -> Option<Next> {
    match gre.protocol {
        _ if gre.flags & Gre::FOREIGN != 0 => None,
        ether::IPV4 | ether::IPV6 => Some(Next::Ip),
        ether::MPLS => Some(Next::Mpls),
        _ => None,
    }
}

fn gre(rest: &mut Bytes) -> Result<Gre, Malformed> {
    let need = |need, have| Malformed::Truncated { layer: Layer::Gre, need, have };
    let have = rest.len();
    let short = |_| need(4, have);
    let mut gre = Gre {
        flags: rest.try_get_u16().map_err(short)?,
        protocol: rest.try_get_u16().map_err(short)?,
        words: Vec::new(),
    };
    let words = Gre::announced(gre.flags);
    for _ in 0..words {
        gre.words.push(rest.try_get_u32().map_err(|_| need(4 + 4 * words, have))?);
    }
    Ok(gre)
}

fn labels(rest: &mut Bytes) -> Result<Vec<u32>, Malformed> {
    let have = rest.len();
    let mut labels = Vec::new();
    loop {
        let need = 4 * (labels.len() + 1);
        let label =
            rest.try_get_u32().map_err(|_| Malformed::Truncated { layer: Layer::Mpls, need, have })?;
        labels.push(label);
        if label & BOTTOM != 0 {
            return Ok(labels);
        }
    }
}
