//! Socket addresses as the kernel lays them out.
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::target::Peer;

const INET: u16 = 2;
const INET6: u16 = 10;

/// `struct sockaddr_in` or `sockaddr_in6`.
pub(super) fn to_octets(address: SocketAddr) -> Vec<u8> {
    let mut octets = Vec::with_capacity(28);
    match address {
        SocketAddr::V4(address) => {
            octets.extend(INET.to_ne_bytes());
            octets.extend(address.port().to_be_bytes());
            octets.extend(address.ip().octets());
            octets.extend([0; 8]);
        }
        SocketAddr::V6(address) => {
            octets.extend(INET6.to_ne_bytes());
            octets.extend(address.port().to_be_bytes());
            octets.extend(address.flowinfo().to_be_bytes());
            octets.extend(address.ip().octets());
            octets.extend(address.scope_id().to_ne_bytes());
        }
    }
    octets
}

/// The address that a call names; a family alone is a zeroed address of it.
pub(super) fn of_peer(peer: Peer) -> Vec<u8> {
    match peer {
        Peer::Address(address) => to_octets(address),
        Peer::Family(family) => {
            let mut octets = vec![0; if family == i32::from(INET6) { 28 } else { 16 }];
            octets[..2].copy_from_slice(&u16::try_from(family).unwrap_or(u16::MAX).to_ne_bytes());
            octets
        }
    }
}

/// What the kernel wrote, if it is one of the two families.
pub(super) fn from_octets(octets: &[u8]) -> Option<SocketAddr> {
    let family = u16::from_ne_bytes(*octets.first_chunk()?);
    let port = u16::from_be_bytes(*octets.get(2..)?.first_chunk()?);
    match family {
        INET => {
            let ip: [u8; 4] = *octets.get(4..)?.first_chunk()?;
            Some(SocketAddr::from((Ipv4Addr::from(ip), port)))
        }
        INET6 => {
            let ip: [u8; 16] = *octets.get(8..)?.first_chunk()?;
            Some(SocketAddr::from((Ipv6Addr::from(ip), port)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_the_kernels_layout() {
        for text in ["192.0.2.1:8080", "[2001:db8::1]:80", "[::ffff:192.0.2.1]:1"] {
            let address: SocketAddr = text.parse().expect("an address");
            assert_eq!(from_octets(&to_octets(address)), Some(address));
        }
        assert_eq!(from_octets(&[]), None);
        assert_eq!(from_octets(&[2, 0, 0]), None);
    }
}
