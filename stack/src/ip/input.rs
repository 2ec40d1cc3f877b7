//! Is this datagram for us, and from someone who can exist?
//!
//! Spec: RFC1122:3.2.1.3-not-for-us, RFC1122:3.2.1.3-invalid-source, RFC 8200 §4.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::Bytes;
use stackdrill_wire::Checksum;
use stackdrill_wire::ip::{Extension, Ip, Ipv4, Ipv6};

use super::complaint::Fault;
use super::options;
use crate::host::Interface;

/// Where a datagram was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reach {
    /// To one of our own addresses.
    Unicast,
    /// To everybody on the link: nothing of this draws an error, and none of it is TCP.
    Many,
}

/// Why a datagram goes no further.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// Its IPv4 header checksum is wrong. RFC1122:3.2.1.2-header-checksum.
    HeaderChecksum,
    /// It is for another host. RFC1122:3.2.1.3-not-for-us.
    NotForUs,
    /// Its source cannot be one. RFC1122:3.2.1.3-invalid-source.
    InvalidSource,
    /// Its options or extension headers cannot be followed; the sender may be told where.
    Header(Option<Fault>),
}

/// Lets a datagram in, or says why not. A hop limit says nothing about who is the last.
///
/// Spec: RFC1122:3.2.1.2-header-checksum, RFC1122:4.1.3.6-invalid-source-dropped, RFC1122:3.2.1.7-low-ttl-accepted,
/// RFC8200:3-hop-limit-zero-accepted.
pub(crate) fn admit(ip: &Ip, interface: &Interface) -> Result<Reach, Refusal> {
    let reach = reach(ip.destination(), interface).ok_or(Refusal::NotForUs)?;
    if !can_send(ip.source()) {
        return Err(Refusal::InvalidSource);
    }
    match ip {
        Ip::V4(v4) if v4.checksum != Checksum::Right => return Err(Refusal::HeaderChecksum),
        Ip::V4(v4) => options(v4),
        Ip::V6(v6) => extensions(v6),
    }
    .map(|()| reach)
    .map_err(Refusal::Header)
}

/// Spec: RFC1122:3.3.6-broadcast-recognized.
fn reach(destination: IpAddr, interface: &Interface) -> Option<Reach> {
    const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
    const ALL_HOSTS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 1);
    if interface.addresses.contains(&destination) {
        return Some(Reach::Unicast);
    }
    let many = match destination {
        IpAddr::V4(v4) => v4.is_broadcast() || v4 == ALL_HOSTS,
        IpAddr::V6(v6) => v6 == ALL_NODES,
    };
    many.then_some(Reach::Many)
}

/// Whether a datagram that came over a link can be from this address.
///
/// Spec: RFC1122:3.2.1.3-invalid-source, RFC1122:3.2.1.3-loopback-outside, RFC9293:MUST-63.
pub(crate) fn can_send(source: IpAddr) -> bool {
    match source {
        // Network zero is nobody yet.
        IpAddr::V4(v4) => {
            let nobody = matches!(v4.octets(), [0, ..]);
            !(nobody || v4.is_multicast() || v4.is_broadcast() || v4.is_loopback())
        }
        IpAddr::V6(v6) => {
            !(v6.is_multicast() || v6.is_unspecified() || v6.is_loopback()) && v6.to_ipv4_mapped().is_none()
        }
    }
}

/// Whether a datagram of ours can be for this address. RFC9293:MUST-46.
pub(crate) fn can_be_reached(destination: IpAddr) -> bool {
    match destination {
        IpAddr::V4(v4) => !(v4.is_multicast() || v4.is_broadcast() || matches!(v4.octets(), [0, ..])),
        IpAddr::V6(v6) => !(v6.is_multicast() || v6.is_unspecified()),
    }
}

/// Unknown options are skipped, a length that lies is a fault.
///
/// Spec: RFC1122:3.2.1.8-bad-option-length, RFC1122:3.2.1.8-unknown-option-ignored, RFC9293:MUST-50.
fn options(v4: &Ipv4) -> Result<(), Option<Fault>> {
    match options::fault(&v4.options) {
        // The pointer names the length octet.
        Some(at) => Err(Some(Fault::Header { pointer: 20 + at + 1 })),
        None => Ok(()),
    }
}

/// Walks the extension headers as RFC 8200 §4 asks, each one's own rule applied.
///
/// Spec: RFC8200:4.1-any-order, RFC8200:4-misplaced-hop-by-hop.
fn extensions(v6: &Ipv6) -> Result<(), Option<Fault>> {
    const HOP_BY_HOP: u8 = 0;
    const ROUTING: u8 = 43;
    const DESTINATION: u8 = 60;
    // The Next Header octet that named the header at hand, and where that header starts.
    let (mut named_at, mut at) = (6, 40);
    for (index, extension) in v6.extensions.iter().enumerate() {
        match extension {
            Extension::Plain { kind: HOP_BY_HOP, .. } if index != 0 => {
                return Err(Some(Fault::NextHeader { pointer: named_at }));
            }
            Extension::Plain { kind: HOP_BY_HOP | DESTINATION, body } => {
                unknown_options(body, at + 2, v6.destination)?;
            }
            Extension::Plain { kind: ROUTING, body } => routing(body, at)?,
            Extension::Plain { .. } | Extension::Fragment { .. } => {}
        }
        (named_at, at) = (at, at + length_of(extension));
    }
    Ok(())
}

/// No routing type is known here; type 0 is long gone. One that has no segments left has led to its final destination,
/// which is the one that the checksum is about.
///
/// Spec: RFC8200:4.4-unknown-routing-type, RFC8200:8.1-routing-header-final-destination.
fn routing(body: &Bytes, at: u32) -> Result<(), Option<Fault>> {
    match body.get(1) {
        Some(0) => Ok(()),
        Some(_) | None => Err(Some(Fault::Header { pointer: at + 2 })),
    }
}

/// The two top bits of an option nobody knows say what becomes of its packet.
///
/// Spec: RFC8200:4.2-option-action-bits.
fn unknown_options(body: &Bytes, start: u32, destination: Ipv6Addr) -> Result<(), Option<Fault>> {
    const PAD_1: u8 = 0;
    const PAD_N: u8 = 1;
    let mut at = 0;
    loop {
        let rest = body.get(at..).unwrap_or_default();
        let pointer = start + at as u32;
        let step = match *rest {
            [] => return Ok(()),
            [PAD_1, ..] => 1,
            [kind, length, ..] if usize::from(length) + 2 <= rest.len() => {
                match kind >> 6 {
                    _ if kind == PAD_N => {}
                    0b00 => {}
                    0b01 => return Err(None),
                    0b11 if destination.is_multicast() => return Err(None),
                    _ => return Err(Some(Fault::Option { pointer })),
                }
                usize::from(length) + 2
            }
            _ => return Err(Some(Fault::Header { pointer: pointer + 1 })),
        };
        at += step;
    }
}

/// Where the Next Header value that names the payload stands, in octets from the start.
pub(crate) fn last_next_header(ip: &Ip) -> u32 {
    let Ip::V6(v6) = ip else { return 9 };
    let walk = v6.extensions.iter().fold((6, 40), |(_, at), extension| (at, at + length_of(extension)));
    walk.0
}

fn length_of(extension: &Extension) -> u32 {
    match extension {
        Extension::Plain { body, .. } => 2 + body.len() as u32,
        Extension::Fragment { .. } => 8,
    }
}

#[cfg(test)]
mod tests;
