//! The one secret of a host, spent through a keyed hash.
//!
//! Whatever an off-path attacker must not guess (initial sequence numbers, ephemeral ports, datagram ids, cookies)
//! is a hash of what it is for, keyed by the seed. Nothing is drawn from a global generator, so equal seeds give
//! equal octets.
//!
//! Spec: RFC 6528 §3, RFC6056:3.3-obfuscated.
use core::hash::BuildHasher;
use core::net::{IpAddr, SocketAddr};

use siphasher::sip::{SipHasher13, SipHasher24};
use stackdrill_wire::Tuple;

/// What a draw is for: equal inputs give unrelated draws for different purposes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum Purpose {
    /// An initial sequence number. RFC 6528 §3.
    Iss = 1,
    /// Where the clock of the timestamps option starts. RFC 7323 §5.4.
    TimestampOffset = 2,
    /// A Fast Open cookie. RFC 7413 §4.1.2.
    FastOpenCookie = 3,
    /// An ephemeral port. RFC 6056 §3.3.3.
    Port = 4,
    /// An IPv4 or IPv6 identification. RFC 6864 §4.3, RFC 7739 §5.
    Identification = 5,
    /// An IPv6 flow label. RFC 6437 §3.
    FlowLabel = 6,
    /// How much of a challenge budget is left out. RFC 5961 §7.
    Challenge = 7,
    /// Where a table keeps what a peer has chosen the name of.
    Table = 8,
    /// A SYN cookie. RFC 4987 §3.6.
    SynCookie = 9,
}

/// Spreads keys over a table in a way that a peer who chooses them cannot foresee. Nothing may depend on the order that
/// comes of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread(SipHasher13);

impl BuildHasher for Spread {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        self.0
    }
}

/// A keyed hash. Two hosts made from one seed agree on every draw.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Secret {
    keys: (u64, u64),
}

impl Secret {
    /// The secret that `seed` stands for.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        // A small seed would leave most key bits zero; one round of the hash spreads it.
        let spread = |half: u8| SipHasher24::new_with_keys(seed, u64::from(half)).hash(&[half]);
        Self { keys: (spread(0), spread(1)) }
    }

    /// Sixty-four bits that depend on the seed, the purpose and `octets`.
    #[must_use]
    pub fn keyed(&self, purpose: Purpose, octets: &[u8]) -> u64 {
        let (first, second) = self.keys;
        SipHasher24::new_with_keys(first ^ u64::from(purpose as u8), second).hash(octets)
    }

    /// How a table of this host spreads its keys.
    pub(crate) fn spread(&self) -> Spread {
        let (first, second) = self.keys;
        Spread(SipHasher13::new_with_keys(first ^ u64::from(Purpose::Table as u8), second))
    }

    /// Sixty-four bits for a connection, seen from the host's own end.
    #[must_use]
    pub fn of_tuple(&self, purpose: Purpose, tuple: Tuple) -> u64 {
        let mut octets = [0; 36];
        let (near, far) = octets.split_at_mut(18);
        write_socket(near, tuple.local);
        write_socket(far, tuple.remote);
        self.keyed(purpose, &octets)
    }
}

/// Address (an IPv4 one in its mapped form, so that lengths agree) and port, in network order.
fn write_socket(out: &mut [u8], socket: SocketAddr) {
    let address = match socket.ip() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    };
    let (host, port) = out.split_at_mut(16);
    host.copy_from_slice(&address.octets());
    port.copy_from_slice(&socket.port().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuple(local: &str, remote: &str) -> Tuple {
        Tuple { local: local.parse().unwrap(), remote: remote.parse().unwrap() }
    }

    /// Proves: RFC 6528 §3.
    #[test]
    fn every_part_of_the_tuple_counts() {
        let secret = Secret::new(7);
        let base = tuple("10.0.0.1:80", "10.0.0.2:1024");
        let draw = secret.of_tuple(Purpose::Iss, base);
        for other in [
            tuple("10.0.0.3:80", "10.0.0.2:1024"),
            tuple("10.0.0.1:81", "10.0.0.2:1024"),
            tuple("10.0.0.1:80", "10.0.0.4:1024"),
            tuple("10.0.0.1:80", "10.0.0.2:1025"),
            base.reversed(),
        ] {
            assert_ne!(secret.of_tuple(Purpose::Iss, other), draw, "{other}");
        }
        assert_ne!(secret.of_tuple(Purpose::Port, base), draw, "purposes are apart");
        assert_ne!(Secret::new(8).of_tuple(Purpose::Iss, base), draw, "seeds are apart");
        assert_eq!(Secret::new(7).of_tuple(Purpose::Iss, base), draw, "and a seed is all there is");
    }
}
