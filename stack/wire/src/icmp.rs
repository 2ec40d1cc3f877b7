//! ICMP for IPv4 (RFC 792) and IPv6 (RFC 4443): type, code, and what they carry.
use core::net::{IpAddr, SocketAddr};
use core::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};

use crate::checksum::Sum;
use crate::ip::{Ip, protocol};
use crate::{Checksum, Layer, Malformed, Seq, Tuple};

pub mod v4;
pub mod v6;

/// An ICMP or ICMPv6 message; which of the two, the IP header around it says.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Message {
    /// The type octet.
    pub kind: u8,
    /// The code octet.
    pub code: u8,
    /// The checksum.
    pub checksum: Checksum,
    /// The four octets after the checksum: identifier and sequence, MTU, pointer, or unused.
    pub rest: [u8; 4],
    /// What follows: echo data, or the start of the datagram that caused an error.
    pub body: Bytes,
}

/// The start of the datagram that an error is about.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Quoted {
    /// Its IP header.
    pub ip: Ip,
    /// The payload's first octets, as many as the error brought.
    pub start: Bytes,
}

impl Message {
    /// The octets before the body.
    pub const HEADER: usize = 8;

    /// Reads a message from the payload of a datagram between these addresses (both IPv4 or both IPv6).
    ///
    /// # Errors
    /// [`Malformed`] if there are fewer than 8 octets.
    pub fn parse(octets: &Bytes, source: IpAddr, destination: IpAddr) -> Result<Self, Malformed> {
        Self::parse_cut(octets, 0..octets.len(), (source, destination), octets.len())
    }

    /// Reads the start of a message that was `claimed` octets long from the octets `at` a place; the checksum of a cut
    /// one is taken as right.
    pub(crate) fn parse_cut(
        octets: &Bytes,
        at: Range<usize>,
        ends: (IpAddr, IpAddr),
        claimed: usize,
    ) -> Result<Self, Malformed> {
        let here = octets.get(at.clone()).unwrap_or_default();
        let have = here.len();
        let Some(&[kind, code, c0, c1, r0, r1, r2, r3]) = here.first_chunk() else {
            return Err(Malformed::Truncated { layer: Layer::Icmp, need: Self::HEADER, have });
        };
        let whole = || before(ends, have).octets(here).verifies();
        let checksum = Checksum::found(u16::from_be_bytes([c0, c1]), claimed > have || whole());
        Ok(Self {
            kind,
            code,
            checksum,
            rest: [r0, r1, r2, r3],
            body: octets.slice(at.start + Self::HEADER..at.end),
        })
    }

    /// Appends the message, its checksum computed for these addresses unless it is literal.
    ///
    /// Spec: RFC792:icmp-checksum-generated, RFC4443:2.3-checksum.
    pub fn emit(&self, out: &mut BytesMut, source: IpAddr, destination: IpAddr) {
        let [r0, r1, r2, r3] = self.rest;
        let sum = || {
            before((source, destination), self.octets())
                .octets(&[self.kind, self.code, 0, 0, r0, r1, r2, r3])
                .octets(&self.body)
        };
        let [c0, c1] = self.checksum.written(|| sum().finish()).to_be_bytes();
        out.put_slice(&[self.kind, self.code, c0, c1, r0, r1, r2, r3]);
        out.put_slice(&self.body);
    }

    /// How long the message is, in octets.
    #[must_use]
    pub fn octets(&self) -> usize {
        Self::HEADER + self.body.len()
    }

    /// The identifier and sequence number of an echo request or reply, which stand in `rest`.
    #[must_use]
    pub const fn echo(&self) -> (u16, u16) {
        let [i0, i1, s0, s1] = self.rest;
        (u16::from_be_bytes([i0, i1]), u16::from_be_bytes([s0, s1]))
    }

    /// The MTU in octets as a Packet Too Big (RFC 4443 §3.2) tells it, in all of `rest`. The IPv4 error
    /// (RFC 1191 §4) has it in the lower half, beneath sixteen zero bits.
    #[must_use]
    pub const fn mtu(&self) -> u32 {
        u32::from_be_bytes(self.rest)
    }

    /// Whether the message reports an error, and so quotes the datagram that caused it.
    ///
    /// `ip_protocol` is [`protocol::ICMP`] or [`protocol::ICMPV6`], whose types differ.
    ///
    /// Spec: RFC 1122 §3.2.2, RFC 4443 §2.1.
    #[must_use]
    pub const fn is_error(&self, ip_protocol: u8) -> bool {
        match ip_protocol {
            protocol::ICMPV6 => self.kind < 128,
            _ => matches!(
                self.kind,
                v4::DESTINATION_UNREACHABLE
                    | v4::SOURCE_QUENCH
                    | v4::REDIRECT
                    | v4::TIME_EXCEEDED
                    | v4::PARAMETER_PROBLEM
            ),
        }
    }

    /// Reads the body as the start of a datagram. Whether it should be one, [`is_error`](Self::is_error) says.
    ///
    /// # Errors
    /// [`Malformed`] if not even the IP header can be read.
    pub fn quoted(&self) -> Result<Quoted, Malformed> {
        let (ip, extent) = Ip::parse(&self.body, true)?;
        let end = extent.end.min(self.body.len());
        Ok(Quoted { ip, start: self.body.slice(extent.start.min(end)..end) })
    }
}

impl Quoted {
    /// The ports, if the datagram was TCP or UDP, its first fragment or whole, and they were quoted.
    #[must_use]
    pub fn ports(&self) -> Option<(u16, u16)> {
        let known = matches!(self.ip.protocol(), protocol::TCP | protocol::UDP);
        let &[s0, s1, d0, d1] = self.start.first_chunk().filter(|_| known && self.ip.offset() == 0)?;
        Some((u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1])))
    }

    /// The TCP sequence number, which the eight octets that every error must bring just hold.
    ///
    /// Spec: RFC 792, RFC 5927 §4.
    #[must_use]
    pub fn seq(&self) -> Option<Seq> {
        self.ports().filter(|_| self.ip.protocol() == protocol::TCP)?;
        let &[_, _, _, _, q0, q1, q2, q3] = self.start.first_chunk()?;
        Some(Seq(u32::from_be_bytes([q0, q1, q2, q3])))
    }

    /// The connection that the datagram belonged to, as its sender sees it: the host that the error is meant for.
    #[must_use]
    pub fn tuple(&self) -> Option<Tuple> {
        let (source, destination) = self.ports()?;
        Some(Tuple {
            local: SocketAddr::new(self.ip.source(), source),
            remote: SocketAddr::new(self.ip.destination(), destination),
        })
    }
}

/// What is summed before the message: over IPv6 the pseudo-header, over IPv4 nothing.
fn before(ends: (IpAddr, IpAddr), length: usize) -> Sum {
    if ends.0.is_ipv6() { Sum::pseudo(ends, protocol::ICMPV6, length) } else { Sum::ZERO }
}
