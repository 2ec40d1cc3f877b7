//! A datagram to the room it is for.
use bytes::Bytes;
use stackdrill_wire::ip::{Ip, protocol};
use stackdrill_wire::{Instant, Packet, Transport, Tuple};

use super::Host;
use super::segment::Arrival;
use crate::ip::complaint::Fault;
use crate::ip::input::{self, Reach, Refusal};
use crate::ip::reassembly::{Arrived, Joined, Place};

impl Host {
    /// A datagram arrives from the link. Octets that cannot be read are counted and dropped.
    ///
    /// Spec: RFC 1122 §3.2.1, RFC 8200 §4.
    pub fn arrives(&mut self, datagram: &Bytes, now: Instant) {
        let Ok(packet) = Packet::parse(datagram) else {
            self.counters.malformed += 1;
            return;
        };
        match input::admit(&packet.ip, &self.interface) {
            Ok(reach) => self.admitted(&packet, datagram, reach, now),
            Err(refusal) => self.refused(&packet, datagram, refusal, now),
        }
    }

    fn refused(&mut self, packet: &Packet, datagram: &Bytes, refusal: Refusal, now: Instant) {
        match refusal {
            Refusal::HeaderChecksum => self.counters.header_checksum += 1,
            Refusal::NotForUs => self.counters.not_for_us += 1,
            Refusal::InvalidSource => self.counters.invalid_source += 1,
            Refusal::Header(fault) => {
                self.counters.bad_header += 1;
                if let Some(fault) = fault {
                    let own = self.interface.addresses.contains(&packet.ip.destination());
                    let reach = if own { Reach::Unicast } else { Reach::Many };
                    self.complain((packet, datagram), reach, fault, now);
                }
            }
        }
    }

    fn admitted(&mut self, packet: &Packet, datagram: &Bytes, reach: Reach, now: Instant) {
        if packet.ip.is_fragment() {
            return self.fragment_arrives(packet, datagram, reach, now);
        }
        let tuple = packet.tuple().map(Tuple::reversed);
        match (&packet.transport, tuple) {
            (Transport::Tcp(segment), Some(tuple)) => {
                let marked = is_marked(&packet.ip);
                let hop_limit = packet.ip.hop_limit();
                let arrival = Arrival { tuple, segment, marked, hop_limit, tunnel: None };
                self.segment_arrives(arrival, reach, now);
            }
            (Transport::Udp(udp), Some(tuple)) if self.is_tunnel(tuple.local.port()) => {
                self.tunnel_arrives(packet, (tuple, udp), reach, now);
            }
            (Transport::Udp(udp), Some(tuple)) => {
                self.datagram_arrives((packet, datagram), (tuple, udp), reach, now);
            }
            (Transport::Icmp(message), _) => self.message_arrives(packet, message, reach, now),
            (Transport::Tcp(_) | Transport::Udp(_) | Transport::Other(_), _) => {
                self.unknown_protocol(packet, datagram, reach, now);
            }
        }
    }

    /// Spec: RFC1122:3.2.2.1-protocol-unreachable, RFC8200:4-unrecognized-next-header,
    /// RFC8200:4.7-no-next-header.
    fn unknown_protocol(&mut self, packet: &Packet, datagram: &Bytes, reach: Reach, now: Instant) {
        const NO_NEXT_HEADER: u8 = 59;
        self.counters.unknown_protocol += 1;
        if matches!(&packet.ip, Ip::V6(ip) if ip.protocol == NO_NEXT_HEADER) {
            return;
        }
        let fault = Fault::Protocol { pointer: input::last_next_header(&packet.ip) };
        self.complain((packet, datagram), reach, fault, now);
    }

    /// Spec: RFC1122:3.3.2-reassembly, RFC8200:4.5-fragment-size-reported.
    fn fragment_arrives(&mut self, packet: &Packet, datagram: &Bytes, reach: Reach, now: Instant) {
        self.counters.fragments += 1;
        let (Some(place), Transport::Other(payload)) = (Place::of(&packet.ip), &packet.transport) else {
            return;
        };
        if place.is_first() && payload.len() < least_first_fragment(packet) {
            self.complain((packet, datagram), reach, Fault::FirstFragment, now);
            return;
        }
        let arrived = Arrived { ip: &packet.ip, octets: datagram, payload };
        match self.reassembly.join(place, &arrived, &self.policy.internet, now) {
            Joined::Waits => {}
            Joined::BadSize { pointer } => {
                if matches!(packet.ip, Ip::V6(_)) {
                    self.complain((packet, datagram), reach, Fault::Header { pointer }, now);
                }
            }
            Joined::Whole(whole) => match Packet::parse(&whole) {
                Ok(packet) => self.admitted(&packet, &whole, reach, now),
                Err(_) => self.counters.malformed += 1,
            },
        }
    }

    /// The time for the rest of a datagram is over: its sender is told, since the first fragment came.
    ///
    /// Spec: RFC1122:3.3.2-reassembly-timeout, RFC8200:4.5-reassembly-timeout-error.
    pub(super) fn tell_of_missing_fragments(&mut self, first: &Bytes, now: Instant) {
        let Ok(packet) = Packet::parse(first) else { return };
        let Ok(reach) = input::admit(&packet.ip, &self.interface) else { return };
        self.complain((&packet, first), reach, Fault::Reassembly, now);
    }
}

/// Whether a router marked the datagram for congestion. RFC 3168 §5.
pub(super) fn is_marked(ip: &Ip) -> bool {
    const EXPERIENCED: u8 = 0b11;
    ip.traffic_class() & EXPERIENCED == EXPERIENCED
}

/// How many octets of payload an IPv6 first fragment must have to reach through the upper-layer header.
///
/// Spec: RFC8200:4.5-incomplete-first-fragment.
const fn least_first_fragment(packet: &Packet) -> usize {
    match (&packet.ip, packet.ip.protocol()) {
        (Ip::V6(_), protocol::TCP) => 20,
        (Ip::V6(_), protocol::UDP | protocol::ICMPV6) => 8,
        (Ip::V4(_) | Ip::V6(_), _) => 0,
    }
}
