//! ICMP messages that the script injects, and the start of the packet that each quotes.
//!
//! Spec: RFC 792, RFC 4443 §2.4.
use bytes::{BufMut, Bytes, BytesMut};
use stackdrill_wire::ip::protocol;
use stackdrill_wire::{Checksum, Packet, Seq, icmp};

use super::inbound::{exact, zeros};
use super::socket::Socket;
use super::{Run, ScriptError, Stop};
use crate::script::{EchoedKind, IcmpSpec, Ports, Sequence, Span, icmp_code};

/// What the quoted packet is, as far as a message can tell.
struct Quoted {
    protocol: u8,
    /// The eight octets after the IP header.
    start: Bytes,
    /// Octets that the quoted IP header claims after itself.
    claims: usize,
}

impl Run<'_> {
    /// Builds a message from the peer. It has no address of a router's own.
    pub(super) fn icmp(&self, spec: &IcmpSpec) -> Result<Packet, Stop> {
        let version = if self.configuration.variant.is_ipv6() { 6 } else { 4 };
        let code = spec.code.as_ref().map(|code| &*code.node);
        let Some((kind, code)) = icmp_code(version, &spec.kind.node, code) else {
            return Err(wrong("no such ICMP type and code in this address family", spec.span));
        };
        // ICMP has the MTU in the lower half, where echoes have a sequence number; ICMPv6 in all of it.
        let mtu = spec.mtu.map_or(0, |mtu| mtu.node);
        let rest = (mtu | u32::from(spec.id.map_or(0, |id| id.node)) << 16).to_be_bytes();
        let body = match spec.echoed.as_ref().map(|echoed| &echoed.kind) {
            Some(EchoedKind::Raw(octets)) => {
                zeros(usize::from(*octets).saturating_sub(icmp::Message::HEADER))
            }
            echoed => {
                let udp = spec.echoed.as_ref().and_then(|echoed| echoed.udp_encapsulation);
                self.quote(echoed, udp, spec.span)?
            }
        };
        let (source, destination) = self.addresses();
        let message = icmp::Message { kind, code, checksum: Checksum::Right, rest, body };
        Ok(Packet::icmp(source, destination, message))
    }

    /// The IP header and eight octets of a packet that the socket under test might have sent.
    fn quote(&self, echoed: Option<&EchoedKind>, udp: Option<Ports>, span: Span) -> Result<Bytes, Stop> {
        let nobody = Socket::default();
        let socket = self.socket().unwrap_or(&nobody);
        let quoted = match echoed {
            None => segment(socket, None, 0),
            Some(EchoedKind::Tcp(Sequence { start, length, .. })) => {
                segment(socket, Some(exact(*start, span)?), exact(*length, span)? as usize)
            }
            Some(EchoedKind::Udp(length)) => datagram(socket, exact(*length, span)? as usize),
            Some(EchoedKind::Raw(_)) => return Ok(Bytes::new()),
            Some(EchoedKind::UdpLite(..) | EchoedKind::Sctp(_)) => {
                return Err(Stop::unsupported("ICMP about UDP-Lite or SCTP", span));
            }
        };
        let quoted = match udp {
            Some(ports) => inside(ports, &quoted),
            None => quoted,
        };
        self.header(&quoted, span)
    }

    /// The quoted IP header: TTL 255, no identification, no checksum.
    fn header(&self, quoted: &Quoted, span: Span) -> Result<Bytes, Stop> {
        let too_long = |_| wrong("the quoted packet is longer than 65535 octets", span);
        let mut out = BytesMut::new();
        match (self.configuration.local, self.configuration.remote) {
            (std::net::IpAddr::V4(local), std::net::IpAddr::V4(remote)) => {
                let total = u16::try_from(quoted.claims.saturating_add(20)).map_err(too_long)?;
                out.put_slice(&[0x45, 0]);
                out.put_u16(total);
                out.put_slice(&[0, 0, 0, 0, 255, quoted.protocol, 0, 0]);
                out.put_slice(&local.octets());
                out.put_slice(&remote.octets());
            }
            (std::net::IpAddr::V6(local), std::net::IpAddr::V6(remote)) => {
                out.put_u32(0x6000_0000);
                out.put_u16(u16::try_from(quoted.claims).map_err(too_long)?);
                out.put_slice(&[quoted.protocol, 255]);
                out.put_slice(&local.octets());
                out.put_slice(&remote.octets());
            }
            _ => return Err(wrong("its addresses are of two families", span)),
        }
        out.put_slice(&quoted.start);
        Ok(out.freeze())
    }
}

fn segment(socket: &Socket, seq: Option<u32>, length: usize) -> Quoted {
    let (source, destination) = ports(socket);
    // Counted from the stack's own initial number, as everything it sends after its SYN.
    let seq = seq.map_or(Seq(0), |seq| Seq(seq.wrapping_add(socket.live_iss)));
    let mut start = BytesMut::with_capacity(8);
    start.put_u16(source);
    start.put_u16(destination);
    start.put_u32(seq.0);
    Quoted { protocol: protocol::TCP, start: start.freeze(), claims: length.saturating_add(20) }
}

fn datagram(socket: &Socket, length: usize) -> Quoted {
    let (source, destination) = ports(socket);
    let octets = length.saturating_add(8);
    let mut start = BytesMut::with_capacity(8);
    start.put_u16(source);
    start.put_u16(destination);
    start.put_u16(u16::try_from(octets).unwrap_or(u16::MAX));
    start.put_u16(0);
    Quoted { protocol: protocol::UDP, start: start.freeze(), claims: octets }
}

/// What a segment's start looks like behind the UDP header around it.
fn inside(ports: Ports, inner: &Quoted) -> Quoted {
    let octets = inner.claims.saturating_add(8);
    let mut start = BytesMut::with_capacity(16);
    start.put_u16(ports.source);
    start.put_u16(ports.destination);
    start.put_u16(u16::try_from(octets).unwrap_or(u16::MAX));
    start.put_u16(0);
    start.put_slice(&inner.start);
    Quoted { protocol: protocol::UDP, start: start.freeze(), claims: octets }
}

/// The ports of what the stack sends.
fn ports(socket: &Socket) -> (u16, u16) {
    (socket.local.map_or(0, |local| local.port()), socket.remote.map_or(0, |remote| remote.port()))
}

const fn wrong(what: &'static str, span: Span) -> Stop {
    Stop::Wrong(ScriptError::Packet(what), span)
}
