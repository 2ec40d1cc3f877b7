//! Headers for what leaves: identifications, flow labels, and fragments where a datagram is too large.
//!
//! Flow labels are those of RFC 6437 §3.
//!
//! Spec: RFC 6864 §4, RFC8200:4.5-fragments-sent.
use core::hash::{Hash, Hasher};
use core::net::IpAddr;

use bytes::Bytes;
use stackdrill_wire::ip::{Extension, Ip, Ipv4, Ipv6, protocol};
use stackdrill_wire::{Checksum, Packet, Transport};

use super::options;
use crate::policy::{AtomicIdentification, FlowLabel, Internet};
use crate::secret::{Purpose, Secret};

/// What the sender of a datagram wants from IP.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Envelope {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    /// The IPv4 options, padded; nothing over IPv6.
    pub(crate) options: Bytes,
    pub(crate) traffic_class: u8,
    pub(crate) hop_limit: u8,
    /// Over IPv6 nobody but the sender fragments, so there it only forbids that.
    pub(crate) dont_fragment: bool,
}

/// Counts datagrams, so that identifications differ.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Output {
    counted: u32,
}

impl Hash for Output {
    /// Not at all: one identification is as good as another, so hosts that differ in the count alone are one to a
    /// search.
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// A datagram does not fit, and may not be cut. RFC6864:4.3-df-not-fragmented.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooLarge;

impl Output {
    /// Puts `transport` in an envelope: with the options that its sender asked for and no others, over IPv6 without
    /// extension headers.
    ///
    /// Spec: RFC1122:4.1.3.2-options-down, RFC8200:8.4-no-reversed-routing-header.
    pub(crate) fn pack(
        &mut self,
        envelope: &Envelope,
        transport: Transport,
        policy: &Internet,
        secret: &Secret,
    ) -> Packet {
        let protocol = protocol_of(&transport, envelope.source);
        let ip = match (envelope.source, envelope.destination) {
            (IpAddr::V6(source), IpAddr::V6(destination)) => Ip::V6(Ipv6 {
                source,
                destination,
                traffic_class: envelope.traffic_class,
                flow_label: flow_label(envelope, &transport, policy, secret),
                hop_limit: envelope.hop_limit,
                extensions: Vec::new(),
                protocol,
            }),
            (source, destination) => Ip::V4(Ipv4 {
                source: v4(source),
                destination: v4(destination),
                tos: envelope.traffic_class,
                id: self.identification(envelope, protocol, policy, secret) as u16,
                dont_fragment: envelope.dont_fragment,
                more_fragments: false,
                offset: 0,
                reserved: false,
                ttl: envelope.hop_limit,
                protocol,
                checksum: Checksum::Right,
                options: envelope.options.clone(),
            }),
        };
        Packet { ip, transport }
    }

    /// `packet`, whose octets are `whole` and too many, in fragments.
    ///
    /// Spec: RFC1122:3.3.3-mtu-respected, RFC8200:4.5-fragments-sent, RFC5722:4-no-overlap-created, RFC 791 §3.2.
    pub(crate) fn fragments(
        &mut self,
        packet: &Packet,
        whole: &Bytes,
        room: Room,
        secret: &Secret,
    ) -> Result<Vec<Bytes>, TooLarge> {
        if room.whole {
            return Err(TooLarge);
        }
        let header = packet.ip.octets();
        let added = if matches!(packet.ip, Ip::V6(_)) { 8 } else { 0 };
        let step = (room.mtu as usize).saturating_sub(header + added) / 8 * 8;
        if step == 0 {
            return Err(TooLarge);
        }
        let id = self.draw(packet.ip.source(), packet.ip.destination(), 0, secret);
        let payload = whole.slice(header..);
        let pieces = (0..payload.len()).step_by(step).map(|start| {
            let end = payload.len().min(start + step);
            let ip = piece_header(&packet.ip, start as u16, end < payload.len(), id);
            Packet { ip, transport: Transport::Other(payload.slice(start..end)) }.to_bytes()
        });
        Ok(pieces.collect())
    }

    /// Spec: RFC6864:4.3-id-unique, RFC6864:4.2-id-not-reused-for-copy.
    fn identification(
        &mut self,
        envelope: &Envelope,
        protocol: u8,
        policy: &Internet,
        secret: &Secret,
    ) -> u32 {
        match policy.atomic_identification {
            AtomicIdentification::Zero if envelope.dont_fragment => 0,
            AtomicIdentification::Zero | AtomicIdentification::Counted => {
                self.draw(envelope.source, envelope.destination, protocol, secret)
            }
        }
    }

    /// A count with a start of its own for each pair of hosts: no repeat until the field is exhausted, and nothing
    /// that one host learns helps it guess for another.
    fn draw(&mut self, source: IpAddr, destination: IpAddr, protocol: u8, secret: &Secret) -> u32 {
        self.counted = self.counted.wrapping_add(1);
        let mut octets = [protocol; 33];
        let ends = address_octets(source).into_iter().chain(address_octets(destination));
        octets.iter_mut().zip(ends).for_each(|(slot, octet)| *slot = octet);
        (secret.keyed(Purpose::Identification, &octets) as u32).wrapping_add(self.counted)
    }
}

/// What a datagram must fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// The most octets of one datagram.
    pub(crate) mtu: u32,
    /// Whether it may not be cut.
    pub(crate) whole: bool,
}

fn piece_header(ip: &Ip, offset: u16, more: bool, id: u32) -> Ip {
    let mut ip = ip.clone();
    match &mut ip {
        Ip::V4(v4) => {
            (v4.offset, v4.more_fragments) = (offset, more);
            if offset != 0 {
                v4.options = options::copied(&v4.options);
            }
        }
        Ip::V6(v6) => v6.extensions.push(Extension::Fragment { offset, more, id }),
    }
    ip
}

/// One label a flow, for routers that spread load by it (RFC 6437 §3).
///
/// Spec: RFC 8200 §6.
fn flow_label(envelope: &Envelope, transport: &Transport, policy: &Internet, secret: &Secret) -> u32 {
    const TWENTY_BITS: u64 = 0xf_ffff;
    if policy.flow_label == FlowLabel::Zero {
        return 0;
    }
    let (source, destination) = match transport {
        Transport::Tcp(segment) => (segment.source, segment.destination),
        Transport::Udp(datagram) => (datagram.source, datagram.destination),
        Transport::Icmp(_) | Transport::Other(_) => (0, 0),
    };
    let tuple = stackdrill_wire::Tuple {
        local: (envelope.source, source).into(),
        remote: (envelope.destination, destination).into(),
    };
    (secret.of_tuple(Purpose::FlowLabel, tuple) & TWENTY_BITS) as u32
}

const fn protocol_of(transport: &Transport, source: IpAddr) -> u8 {
    match (transport, source) {
        (Transport::Tcp(_), _) => protocol::TCP,
        (Transport::Udp(_), _) => protocol::UDP,
        (Transport::Icmp(_) | Transport::Other(_), IpAddr::V4(_)) => protocol::ICMP,
        (Transport::Icmp(_) | Transport::Other(_), IpAddr::V6(_)) => protocol::ICMPV6,
    }
}

/// Both ends are of one family wherever an envelope is made; a mixed pair would go out as IPv4.
fn v4(address: IpAddr) -> core::net::Ipv4Addr {
    match address {
        IpAddr::V4(v4) => v4,
        IpAddr::V6(v6) => v6.to_ipv4_mapped().unwrap_or(core::net::Ipv4Addr::UNSPECIFIED),
    }
}

fn address_octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

#[cfg(test)]
mod tests;
