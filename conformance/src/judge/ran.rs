//! What the oracle makes of a run: every connection at the target, from the run's trace.
use core::time::Duration;

use bytes::Bytes;
use stackdrill_oracle::{Endpoint, Observation, Oracle, host};
use stackdrill_wire::{Instant, Packet, Tuple};

use super::witness;
use crate::constants::Abi;
use crate::trace::{Happened, Record};

/// The oracle of each connection, in the order of their first packets, at the time `until`, when the run was over. The
/// numbers in calls are those of `abi`. Everything is seen as it happened, but for `slack`, by which an answer may show
/// late where time is not virtual.
#[must_use]
pub fn connections(trace: &[Record], abi: Abi, until: Instant, slack: Duration) -> Vec<(Tuple, Oracle)> {
    let mut tuples: Vec<Tuple> = Vec::new();
    for record in trace {
        let tuple = match &record.what {
            Happened::Received { octets } => segment_tuple(octets).map(Tuple::reversed),
            Happened::Sent { octets, .. } => segment_tuple(octets),
            _ => None,
        };
        tuples.extend(tuple.filter(|tuple| !tuples.contains(tuple)));
    }
    let judge = |tuple: Tuple| {
        let mut oracle = Oracle::new(Endpoint { slack, ..Endpoint::exact(tuple) });
        witness::tell(&mut oracle, trace, tuple, abi);
        oracle.observe(&Observation::Elapsed, until);
        (tuple, oracle)
    };
    tuples.into_iter().map(judge).collect()
}

/// The oracle of what the target said beside its connections.
#[must_use]
pub fn host(trace: &[Record]) -> host::Oracle {
    let mut oracle = host::Oracle::new();
    for record in trace {
        let (octets, received) = match &record.what {
            Happened::Received { octets } => (octets, true),
            Happened::Sent { octets, .. } => (octets, false),
            _ => continue,
        };
        match (&Packet::parse(octets), received) {
            (Ok(packet), true) => oracle.observe(host::Observation::Received(packet), record.at),
            (Ok(packet), false) => oracle.observe(host::Observation::Sent(packet), record.at),
            (Err(_), true) => oracle.observe(host::Observation::Unread, record.at),
            (Err(_), false) => {}
        }
    }
    oracle
}

/// The connection of a TCP segment, as its sender sees it.
fn segment_tuple(octets: &Bytes) -> Option<Tuple> {
    let packet = Packet::parse(octets).ok()?;
    packet.segment()?;
    packet.tuple()
}
