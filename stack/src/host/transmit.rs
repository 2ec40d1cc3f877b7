//! Everything out: datagrams into the queue of departures.
use core::net::IpAddr;

use bytes::Bytes;
use stackdrill_wire::{Clause, Instant, Packet, Transport};

use super::{Courtesy, Departure, Host};
use crate::ip::complaint::{self, Fault};
use crate::ip::input::Reach;
use crate::ip::output::{Envelope, Room, TooLarge};
use crate::socket::Kind;
use crate::socket::table::Discovery;

/// A datagram to send, before IP has seen it.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    /// The IPv4 options, padded: those of a UDP socket that asked for some.
    pub(crate) options: Bytes,
    pub(crate) courtesy: Courtesy,
    pub(crate) transport: Transport,
    pub(crate) clause: Clause,
}

impl Host {
    /// Sends a datagram, in fragments if it is too large and may be cut.
    pub(crate) fn transmit(&mut self, parcel: Parcel, now: Instant) -> Result<(), TooLarge> {
        let Parcel { source, destination, options, courtesy, transport, clause } = parcel;
        let payload = transport.octets() + options.len();
        let room = self.room((destination, payload), &transport, courtesy, now);
        let envelope = Envelope {
            source,
            destination,
            options,
            traffic_class: courtesy.traffic_class,
            hop_limit: courtesy.hop_limit.unwrap_or(self.policy.internet.hop_limit),
            dont_fragment: room.whole,
        };
        let packet = self.output.pack(&envelope, transport, &self.policy.internet, &self.secret);
        let whole = packet.to_bytes();
        if whole.len() <= room.mtu as usize {
            self.depart(Departure { at: now, octets: whole, clause });
            return Ok(());
        }
        for octets in self.output.fragments(&packet, &whole, room, &self.secret)? {
            self.depart(Departure { at: now, octets, clause });
        }
        Ok(())
    }

    fn depart(&mut self, departure: Departure) {
        if self.departures.len() < self.policy.internet.departures {
            self.departures.push_back(departure);
        } else {
            self.counters.departures_lost += 1;
        }
    }

    /// What a datagram must fit, and whether it may be cut to do so.
    ///
    /// Spec: RFC1191:3-df-set, RFC6864:4.3-df-not-fragmented.
    fn room(
        &self,
        (destination, payload): (IpAddr, usize),
        transport: &Transport,
        courtesy: Courtesy,
        now: Instant,
    ) -> Room {
        let path = self.path_mtu.to(destination, now).min(courtesy.most(destination));
        let link = self.interface.mtu;
        let policy = &self.policy.internet;
        let want = match transport {
            Transport::Tcp(_) => policy.discovers_path_mtu,
            Transport::Udp(_) => policy.discovers_path_mtu_for_udp,
            // A reply as large as its request and an error of at most 1280 octets are no probes of the path.
            Transport::Icmp(_) | Transport::Other(_) => false,
        };
        let discovery = courtesy.discovery;
        match discovery {
            Discovery::Always | Discovery::Probe => Room { mtu: link, whole: true },
            Discovery::Never => Room { mtu: path, whole: false },
            // TCP learns the path's MTU by itself; until it has, the link's is what binds.
            Discovery::Policy | Discovery::Want if matches!(transport, Transport::Tcp(_)) => {
                Room { mtu: link, whole: want }
            }
            Discovery::Policy | Discovery::Want => {
                let fits = payload + header_of(destination) <= path as usize;
                Room { mtu: path, whole: (want || discovery == Discovery::Want) && fits }
            }
        }
    }

    /// The address to send from to `destination`, if the host has one of its family.
    ///
    /// Spec: RFC1122:3.2.1.3-own-source, RFC1122:4.1.3.6-own-source-only, RFC9293:MUST-44.
    pub(crate) fn source_for(&self, destination: IpAddr) -> Option<IpAddr> {
        let own = self.interface.addresses.iter().copied();
        own.clone()
            .find(|&own| own == destination)
            .or_else(|| own.clone().find(|own| own.is_ipv4() == destination.is_ipv4()))
    }

    /// Tells the sender of a datagram what is wrong with it, if it may be told.
    ///
    /// Spec: RFC1122:3.2.2-error-quotes-original, RFC1122:3.2.2-error-tos-zero, RFC4443:2.2-source-address.
    pub(crate) fn complain(&mut self, about: (&Packet, &Bytes), reach: Reach, fault: Fault, now: Instant) {
        let (packet, octets) = about;
        let policy = &self.policy.internet;
        if !complaint::may_draw_error(packet, reach) {
            return;
        }
        let Some((message, clause)) = complaint::about(&packet.ip, octets, fault, policy) else { return };
        if !self.errors.take(policy, now) {
            self.counters.errors_withheld += 1;
            return;
        }
        let parcel = Parcel {
            source: packet.ip.destination(),
            destination: packet.ip.source(),
            options: Bytes::new(),
            courtesy: Courtesy::NONE,
            transport: Transport::Icmp(message),
            clause,
        };
        // It is never larger than the least MTU of its version, or may be cut.
        self.transmit(parcel, now).ok();
    }

    /// The largest datagram a new connection may use towards `destination`, in octets.
    pub(crate) fn mtu_towards(&self, destination: IpAddr, now: Instant) -> u32 {
        self.path_mtu.to(destination, now)
    }

    /// An ephemeral port that nobody else uses: each destination has a place of its own to start from, and
    /// walks on from there.
    ///
    /// Spec: RFC6056:3.3-obfuscated, RFC6056:3.1-listener-port-not-chosen, RFC 6056 §3.3.3.
    pub(crate) fn draw_port(&mut self, start: u64, is_free: impl Fn(&Self, u16) -> bool) -> Option<u16> {
        let range = self.policy.internet.ephemeral_ports.clone();
        let (first, count) = (u32::from(*range.start()), range.len() as u32);
        if count == 0 {
            return None;
        }
        let offset = (start % u64::from(count)) as u32;
        for _ in 0..count {
            let step = self.ports_drawn.wrapping_add(offset) % count;
            self.ports_drawn = self.ports_drawn.wrapping_add(1);
            let port = (first + step) as u16;
            if is_free(self, port) {
                return Some(port);
            }
        }
        None
    }

    /// Whether no socket of this kind claims `port`.
    pub(crate) fn is_unclaimed(&self, kind: Kind, port: u16) -> bool {
        self.demux.claims(kind, port).is_empty()
    }
}

const fn header_of(destination: IpAddr) -> usize {
    match destination {
        IpAddr::V4(_) => 20,
        IpAddr::V6(_) => 40,
    }
}
