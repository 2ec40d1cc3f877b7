//! Connections by their four numbers: found, entered and removed in constant time, however many there are and whatever
//! numbers their peers choose.
#![expect(
    clippy::disallowed_types,
    reason = "the one table that every segment asks; its hash is keyed from the seed, and its order never shows"
)]
use core::hash::{Hash, Hasher};
use core::net::{IpAddr, SocketAddr};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use stackdrill_wire::Tuple;

use crate::host::ConnectionId;
use crate::secret::{Secret, Spread};

/// The table, and how many connections use each address and port of ours.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Connections {
    by_tuple: HashMap<Ends, ConnectionId, Spread>,
    by_local: HashMap<End, u32, Spread>,
}

/// A tuple as a key: hashed as one run of octets, which is what a keyed hash is fast at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Ends(Tuple);

impl Hash for Ends {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Tuple { local, remote } = self.0;
        let ports = u32::from(local.port()) << 16 | u32::from(remote.port());
        let mut octets = [0; 36];
        let (numbers, addresses) = octets.split_at_mut(4);
        numbers.copy_from_slice(&ports.to_be_bytes());
        let length = match (local.ip(), remote.ip()) {
            (IpAddr::V4(local), IpAddr::V4(remote)) => {
                addresses[..4].copy_from_slice(&local.octets());
                addresses[4..8].copy_from_slice(&remote.octets());
                12
            }
            (local, remote) => {
                addresses[..16].copy_from_slice(&mapped(local));
                addresses[16..].copy_from_slice(&mapped(remote));
                36
            }
        };
        state.write(&octets[..length]);
    }
}

/// One end of a tuple as a key, hashed likewise.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct End(SocketAddr);

impl Hash for End {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut octets = [0; 18];
        octets[..16].copy_from_slice(&mapped(self.0.ip()));
        octets[16..].copy_from_slice(&self.0.port().to_be_bytes());
        state.write(&octets);
    }
}

fn mapped(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

impl Connections {
    pub(super) fn new(secret: Secret) -> Self {
        let spread = secret.spread();
        Self { by_tuple: HashMap::with_hasher(spread), by_local: HashMap::with_hasher(spread) }
    }

    pub(super) fn find(&self, tuple: Tuple) -> Option<ConnectionId> {
        self.by_tuple.get(&Ends(tuple)).copied()
    }

    /// How many connections use `local`.
    pub(super) fn at(&self, local: SocketAddr) -> u32 {
        self.by_local.get(&End(local)).copied().unwrap_or(0)
    }

    /// All of them, in the order of the tuples; sorting them takes its time.
    pub(super) fn sorted(&self) -> Vec<(Tuple, ConnectionId)> {
        let mut all: Vec<_> = self.by_tuple.iter().map(|(ends, &id)| (ends.0, id)).collect();
        all.sort_unstable();
        all
    }

    /// Enters a connection, in place of one with the same numbers.
    pub(super) fn enter(&mut self, tuple: Tuple, id: ConnectionId) {
        if self.by_tuple.insert(Ends(tuple), id).is_none() {
            *self.by_local.entry(End(tuple.local)).or_default() += 1;
        }
    }

    /// Removes a connection, unless another has taken its place.
    pub(super) fn leave(&mut self, tuple: Tuple, id: ConnectionId) {
        match self.by_tuple.entry(Ends(tuple)) {
            Entry::Occupied(kept) if *kept.get() == id => kept.remove(),
            Entry::Occupied(_) | Entry::Vacant(_) => return,
        };
        if let Entry::Occupied(mut users) = self.by_local.entry(End(tuple.local)) {
            *users.get_mut() -= 1;
            if *users.get() == 0 {
                users.remove();
            }
        }
    }
}

impl Hash for Connections {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.sorted().hash(state);
    }
}
