//! Packets inside packets: what the script writes around the one that is compared.
//!
//! Outer addresses stand as they are written; the innermost IP header is the connection's. In the BSD dialect a
//! segment may stand in a UDP datagram; then every datagram is read so.
use bytes::{Bytes, BytesMut};
use stackdrill_wire::ip::Ip;
use stackdrill_wire::{
    Checksum, Datagram, Malformed, Outer, Packet, Segment, Transport as Carries, Tunneled, ip::protocol,
};

use super::{ScriptError, Stop};
use crate::expect;
use crate::script::{Encapsulation, IpInfo, IpItem, PacketSpec, Ports, Transport};

/// A packet with the headers around it.
#[derive(Clone, Debug)]
pub(super) struct Unwrapped {
    pub(super) outer: Vec<Outer>,
    /// The ports of the UDP header around a segment.
    pub(super) udp: Option<Ports>,
    pub(super) packet: Packet,
}

impl Unwrapped {
    /// Reads a datagram; with `tcp_in_udp` what UDP carries is a segment.
    pub(super) fn parse(octets: &Bytes, tcp_in_udp: bool) -> Result<Self, Malformed> {
        let Tunneled { outer, packet } = Tunneled::parse(octets)?;
        match &packet.transport {
            Carries::Udp(datagram) if tcp_in_udp => {
                let (source, destination) = (packet.ip.source(), packet.ip.destination());
                // The datagram's own checksum covers the segment, whose may be left out.
                let mut segment = Segment::parse(&datagram.data, source, destination)?;
                segment.checksum = datagram.checksum;
                let udp = Some(Ports { source: datagram.source, destination: datagram.destination });
                Ok(Self { outer, udp, packet: Packet { transport: Carries::Tcp(segment), ..packet } })
            }
            _ => Ok(Self { outer, udp: None, packet }),
        }
    }

    /// Whether a header is there that is only a piece of a datagram's.
    pub(super) fn is_fragment(&self) -> bool {
        self.packet.ip.is_fragment()
    }

    /// Whether the IPv4 headers' checksums are all right.
    pub(super) fn headers_sum_up(&self) -> bool {
        let sums_up = |ip: &Ip| !matches!(ip, Ip::V4(ip) if ip.checksum != Checksum::Right);
        sums_up(&self.packet.ip)
            && self.outer.iter().all(|outer| if let Outer::Ip(ip) = outer { sums_up(ip) } else { true })
    }
}

/// The octets of a packet of the script's in everything that the script writes around it.
pub(super) fn wrap(spec: &PacketSpec, mut packet: Packet) -> Result<Bytes, Stop> {
    mark(&mut packet.ip, &spec.ip);
    if let (Transport::Tcp(tcp), Carries::Tcp(segment)) = (&spec.transport, &packet.transport)
        && let Some(Ports { source, destination }) = tcp.udp_encapsulation
    {
        let mut data = BytesMut::with_capacity(segment.octets());
        segment.emit(&mut data, packet.ip.source(), packet.ip.destination());
        packet.ip.set_protocol(protocol::UDP);
        let datagram = Datagram { source, destination, data: data.freeze(), ..Datagram::default() };
        packet.transport = Carries::Udp(datagram);
    }
    if spec.encapsulation.is_empty() {
        return Ok(packet.to_bytes());
    }
    if !matches!(spec.encapsulation.first(), Some(Encapsulation::Ipv4 { .. } | Encapsulation::Ipv6 { .. })) {
        return Err(Stop::Wrong(ScriptError::Packet("its outermost header is not IP"), spec.span));
    }
    let outer = spec.encapsulation.iter().map(outer).collect();
    Ok(Tunneled { outer, packet }.to_bytes())
}

fn outer(header: &Encapsulation) -> Outer {
    let ip = |info, source, destination| {
        // Its protocol is filled in with what stands behind it.
        let mut ip = Ip::new(source, destination, 0);
        mark(&mut ip, info);
        Outer::Ip(ip)
    };
    match header {
        Encapsulation::Ipv4 { info, source, destination } => {
            ip(info, (*source).into(), (*destination).into())
        }
        Encapsulation::Ipv6 { info, source, destination } => {
            ip(info, (*source).into(), (*destination).into())
        }
        Encapsulation::Gre(fields) => Outer::Gre(expect::gre(fields.as_ref())),
        Encapsulation::Mpls(entries) => Outer::Mpls(entries.iter().map(expect::label).collect()),
    }
}

/// Puts what the script says of an IP header into it; without a word packets have TTL 255 and may be cut.
fn mark(ip: &mut Ip, info: &IpInfo) {
    ip.set_traffic_class(expect::octet(info));
    ip.set_hop_limit(info.ttl().unwrap_or(255));
    if let Ip::V4(ip) = ip {
        ip.dont_fragment = false;
    }
    for item in &info.items {
        if let (IpItem::FlowLabel(label), Ip::V6(ip)) = (item.node, &mut *ip) {
            ip.flow_label = label;
        }
    }
}
