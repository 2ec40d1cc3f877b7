//! Which socket or connection a datagram belongs to.
//!
//! The one place that answers it: connections by their four numbers, sockets by the port they claim.
//!
//! Spec: RFC 9293 §3.4.1, RFC 768.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::collections::BTreeMap;

use stackdrill_wire::Tuple;

mod connections;

use self::connections::Connections;
use crate::host::ConnectionId;
use crate::secret::Secret;
use crate::socket::{Domain, Fd, Kind};

/// The addresses on which a socket claims its port.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Scope {
    /// This one.
    Address(IpAddr),
    /// Every IPv4 address.
    AnyV4,
    /// Every IPv6 address.
    AnyV6,
    /// Every address: an IPv6 socket that speaks IPv4 too.
    Any,
}

/// A socket's claim to a port.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Claim {
    pub(crate) fd: Fd,
    pub(crate) scope: Scope,
    /// `SO_REUSEADDR` or `SO_REUSEPORT`.
    pub(crate) shares: bool,
    /// `SO_REUSEPORT`: also with those who listen.
    pub(crate) shares_listening: bool,
    /// Whether it listens.
    pub(crate) listens: bool,
    /// Whom alone it hears (connected datagram sockets).
    pub(crate) peer: Option<SocketAddr>,
}

/// The tables.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Demux {
    connections: Connections,
    stream_ports: BTreeMap<u16, Vec<Claim>>,
    datagram_ports: BTreeMap<u16, Vec<Claim>>,
    /// Those of echo requests.
    identifiers: BTreeMap<u16, Vec<Claim>>,
}

impl Scope {
    /// What a socket of this domain claims when bound to `address` (RFC 3493 §3.7, §5.3).
    pub(crate) fn of(domain: Domain, address: IpAddr, v6_only: bool) -> Self {
        match (domain, plain(address)) {
            (_, IpAddr::V4(Ipv4Addr::UNSPECIFIED)) | (Domain::Inet, IpAddr::V6(Ipv6Addr::UNSPECIFIED)) => {
                Self::AnyV4
            }
            (Domain::Inet6, IpAddr::V6(Ipv6Addr::UNSPECIFIED)) if v6_only => Self::AnyV6,
            (Domain::Inet6, IpAddr::V6(Ipv6Addr::UNSPECIFIED)) => Self::Any,
            (_, address) => Self::Address(address),
        }
    }

    /// Whether a datagram for `address` is for this claim; the narrower, the larger the answer.
    fn covers(self, address: IpAddr) -> Option<u8> {
        match (self, address) {
            (Self::Address(own), _) => (own == address).then_some(2),
            (Self::AnyV4, IpAddr::V4(_)) | (Self::AnyV6, IpAddr::V6(_)) => Some(1),
            (Self::Any, _) => Some(0),
            (Self::AnyV4, IpAddr::V6(_)) | (Self::AnyV6, IpAddr::V4(_)) => None,
        }
    }

    /// Whether some datagram would be for both.
    pub(crate) fn overlaps(self, other: Self) -> bool {
        match (self, other) {
            (Self::Address(address), wide) | (wide, Self::Address(address)) => wide.covers(address).is_some(),
            (Self::AnyV4, Self::AnyV6) | (Self::AnyV6, Self::AnyV4) => false,
            (Self::Any, _) | (_, Self::Any) | (Self::AnyV4, Self::AnyV4) | (Self::AnyV6, Self::AnyV6) => true,
        }
    }
}

/// An address as it stands in a datagram: a mapped one is IPv4 (RFC 4291 §2.5.5.2).
pub(crate) fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

impl Demux {
    /// Nobody is here yet.
    pub(crate) fn new(secret: Secret) -> Self {
        let connections = Connections::new(secret);
        let none = BTreeMap::new;
        Self { connections, stream_ports: none(), datagram_ports: none(), identifiers: none() }
    }

    fn ports(&mut self, kind: Kind) -> &mut BTreeMap<u16, Vec<Claim>> {
        match kind {
            Kind::Stream => &mut self.stream_ports,
            Kind::Datagram => &mut self.datagram_ports,
            Kind::Echo => &mut self.identifiers,
        }
    }

    /// The claims to a port.
    pub(crate) fn claims(&self, kind: Kind, port: u16) -> &[Claim] {
        let ports = match kind {
            Kind::Stream => &self.stream_ports,
            Kind::Datagram => &self.datagram_ports,
            Kind::Echo => &self.identifiers,
        };
        ports.get(&port).map_or(&[], Vec::as_slice)
    }

    /// Enters a claim, in place of what the socket claimed on this port before.
    pub(crate) fn claim(&mut self, kind: Kind, port: u16, claim: Claim) {
        let claims = self.ports(kind).entry(port).or_default();
        claims.retain(|other| other.fd != claim.fd);
        claims.push(claim);
    }

    /// Removes what a socket claims on a port.
    pub(crate) fn release(&mut self, kind: Kind, port: u16, fd: Fd) {
        let ports = self.ports(kind);
        let Some(claims) = ports.get_mut(&port) else { return };
        claims.retain(|claim| claim.fd != fd);
        if claims.is_empty() {
            ports.remove(&port);
        }
    }

    /// The listening socket for a SYN to `local`.
    ///
    /// Spec: RFC9293:3.9.1.1-passive-local-address.
    pub(crate) fn listener(&self, local: SocketAddr) -> Option<Fd> {
        let listening = self.claims(Kind::Stream, local.port()).iter().filter(|claim| claim.listens);
        listening
            .filter_map(|claim| Some((claim.scope.covers(local.ip())?, claim.fd)))
            .max()
            .map(|(_, fd)| fd)
    }

    /// The datagram socket for what goes from `tuple.remote` to `tuple.local`: connected before bound to the
    /// address before bound to any.
    pub(crate) fn datagram(&self, tuple: Tuple) -> Option<Fd> {
        let claims = self.claims(Kind::Datagram, tuple.local.port()).iter();
        let heard = claims.filter(|claim| claim.peer.is_none_or(|peer| peer == tuple.remote));
        heard
            .filter_map(|claim| Some((claim.peer.is_some(), claim.scope.covers(tuple.local.ip())?, claim.fd)))
            .max()
            .map(|(_, _, fd)| fd)
    }

    /// The socket for the echo reply to a request of this identifier, which stands for the local port.
    pub(crate) fn echo(&self, tuple: Tuple) -> Option<Fd> {
        let claims = self.claims(Kind::Echo, tuple.local.port()).iter();
        let heard = claims.filter(|claim| claim.peer.is_none_or(|peer| peer.ip() == tuple.remote.ip()));
        heard
            .filter_map(|claim| Some((claim.scope.covers(tuple.local.ip())?, claim.fd)))
            .max()
            .map(|(_, fd)| fd)
    }

    /// The connection between these two, in constant time.
    pub(crate) fn connection(&self, tuple: Tuple) -> Option<ConnectionId> {
        self.connections.find(tuple)
    }

    /// Every connection, in the order of the tuples.
    pub(crate) fn connections(&self) -> impl Iterator<Item = (Tuple, ConnectionId)> {
        self.connections.sorted().into_iter()
    }

    /// Enters a connection.
    pub(crate) fn connect(&mut self, tuple: Tuple, id: ConnectionId) {
        self.connections.enter(tuple, id);
    }

    /// Removes a connection, unless another has taken its place.
    pub(crate) fn disconnect(&mut self, tuple: Tuple, id: ConnectionId) {
        self.connections.leave(tuple, id);
    }

    /// Whether some connection uses `local`, whatever its other end.
    pub(crate) fn in_use(&self, local: SocketAddr) -> bool {
        self.connections.at(local) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn claim(fd: i32, scope: Scope) -> Claim {
        Claim { fd: Fd(fd), scope, shares: true, shares_listening: false, listens: true, peer: None }
    }

    /// Proves: RFC9293:3.9.1.1-passive-local-address.
    #[test]
    fn the_narrowest_claim_hears() {
        let mut demux = Demux::new(Secret::new(1));
        let four = Scope::Address(address("10.0.0.1"));
        for (fd, scope) in [(3, Scope::Any), (4, Scope::AnyV4), (5, four)] {
            demux.claim(Kind::Stream, 80, claim(fd, scope));
        }
        for (to, heard) in [("10.0.0.1:80", 5), ("10.0.0.9:80", 4), ("[fd00::1]:80", 3)] {
            assert_eq!(demux.listener(to.parse().unwrap()), Some(Fd(heard)), "{to}");
        }
        assert_eq!(demux.listener("10.0.0.1:81".parse().unwrap()), None);
        demux.release(Kind::Stream, 80, Fd(5));
        assert_eq!(demux.listener("10.0.0.1:80".parse().unwrap()), Some(Fd(4)));
    }

    /// Proves: RFC8085:5.1-connected-filter.
    #[test]
    fn a_connected_socket_hears_its_peer_alone() {
        let mut demux = Demux::new(Secret::new(1));
        let peer = "10.0.0.2:53".parse().unwrap();
        demux.claim(Kind::Datagram, 7, Claim { peer: Some(peer), ..claim(3, Scope::AnyV4) });
        let local = "10.0.0.1:7".parse().unwrap();
        assert_eq!(demux.datagram(Tuple { local, remote: peer }), Some(Fd(3)));
        let stranger = Tuple { local, remote: "10.0.0.2:54".parse().unwrap() };
        assert_eq!(demux.datagram(stranger), None);
        demux.claim(Kind::Datagram, 7, claim(4, Scope::AnyV4));
        assert_eq!(demux.datagram(stranger), Some(Fd(4)));
        assert_eq!(
            demux.datagram(Tuple { local, remote: peer }),
            Some(Fd(3)),
            "the connected one comes first"
        );
    }

    #[test]
    fn scopes_overlap_both_ways() {
        let four = Scope::Address(address("10.0.0.1"));
        let six = Scope::Address(address("fd00::1"));
        for (a, b, overlap) in [
            (four, four, true),
            (four, six, false),
            (four, Scope::AnyV4, true),
            (four, Scope::AnyV6, false),
            (six, Scope::Any, true),
            (Scope::AnyV4, Scope::AnyV6, false),
            (Scope::AnyV6, Scope::Any, true),
            (Scope::AnyV4, Scope::AnyV4, true),
        ] {
            assert_eq!(a.overlaps(b), overlap, "{a:?} {b:?}");
            assert_eq!(b.overlaps(a), overlap, "{b:?} {a:?}");
        }
    }
}
