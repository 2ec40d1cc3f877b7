//! Segments inside UDP: a connection whose segments travel in datagrams between two ports of their own.
//!
//! No RFC says so of TCP. It is done as RFC 6951 has SCTP do it, and as FreeBSD's tcp(4) describes it: one port of the
//! host's takes what comes, each connection knows the port at its peer's end, the UDP checksum covers the segment.
use core::net::SocketAddr;

use bytes::BytesMut;
use stackdrill_wire::ip::protocol;
use stackdrill_wire::{Checksum, Datagram, Instant, Packet, Segment, Seq, Transport, Tuple};

use super::Host;
use super::arrive::is_marked;
use super::segment::Arrival;
use crate::ip::input::Reach;
use crate::ip::trouble::Report;
use crate::udp;

impl Host {
    /// Whether a datagram for `port` carries a segment.
    pub(super) fn is_tunnel(&self, port: u16) -> bool {
        self.policy.tunnel.port == Some(port)
    }

    /// A datagram comes out of the tunnel: its segment arrives. The datagram's checksum covers the segment, whose own
    /// counts only where there is none.
    pub(super) fn tunnel_arrives(
        &mut self,
        packet: &Packet,
        (outer, datagram): (Tuple, &Datagram),
        reach: Reach,
        now: Instant,
    ) {
        let (peer, here) = (outer.remote, outer.local);
        let Some(data) = udp::deliverable(datagram, peer.ip(), udp::Without::default()) else {
            self.counters.transport_checksum += 1;
            return;
        };
        let Ok(mut segment) = Segment::parse(&data, peer.ip(), here.ip()) else {
            self.counters.malformed += 1;
            return;
        };
        if datagram.checksum == Checksum::Right {
            segment.checksum = Checksum::Right;
        }
        let tuple = Tuple {
            local: SocketAddr::new(here.ip(), segment.destination),
            remote: SocketAddr::new(peer.ip(), segment.source),
        };
        let tunnel = Some(peer.port());
        self.segment_arrives(
            Arrival {
                tuple,
                segment: &segment,
                marked: is_marked(&packet.ip),
                hop_limit: packet.ip.hop_limit(),
                tunnel,
            },
            reach,
            now,
        );
    }

    /// A segment on its way: inside UDP if the peer's end of the tunnel is known. `None` once the tunnel is shut.
    pub(super) fn carried(&self, segment: Segment, tuple: Tuple, tunnel: Option<u16>) -> Option<Transport> {
        let Some(destination) = tunnel else { return Some(Transport::Tcp(segment)) };
        let source = self.policy.tunnel.port?;
        let mut data = BytesMut::with_capacity(segment.octets());
        segment.emit(&mut data, tuple.local.ip(), tuple.remote.ip());
        let data = data.freeze();
        Some(Transport::Udp(Datagram { source, destination, data, ..Datagram::default() }))
    }

    /// What an ICMP error says of the segment in a datagram of the tunnel's; `None` if it is about something else, or
    /// quotes too little of it.
    pub(super) fn report_inside(&self, report: &Report) -> Option<Report> {
        if report.protocol != protocol::UDP || !self.is_tunnel(report.tuple.local.port()) {
            return None;
        }
        let data = report.data.get(Datagram::HEADER..)?;
        let &[s0, s1, d0, d1, q0, q1, q2, q3] = data.first_chunk()?;
        let end = |ip, port| SocketAddr::new(ip, u16::from_be_bytes(port));
        let Tuple { local, remote } = report.tuple;
        Some(Report {
            protocol: protocol::TCP,
            tunnel: Some(remote.port()),
            tuple: Tuple { local: end(local.ip(), [s0, s1]), remote: end(remote.ip(), [d0, d1]) },
            seq: Seq(u32::from_be_bytes([q0, q1, q2, q3])),
            data: report.data.slice(Datagram::HEADER..),
            ..report.clone()
        })
    }
}
