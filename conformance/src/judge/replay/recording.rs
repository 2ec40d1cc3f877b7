//! The flows of a capture, kept whole.
use core::net::SocketAddr;
use core::time::Duration;
use std::collections::BTreeMap;
use std::io::Read;

use stackdrill_pcaps::{Capture, Flow, Tracker, Unread};
use stackdrill_wire::{Captured, Packet};

use super::Side;

/// The most packets of a flow that are kept.
const MOST_PACKETS: usize = 65_536;
/// The most octets of packets, of all flows together.
const MOST_OCTETS: usize = 1 << 28;

/// A flow and all its packets.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The flow.
    pub flow: Flow,
    /// Its packets, in the order of the capture.
    pub(super) packets: Vec<Recorded>,
    /// Whether there were more than are kept.
    pub(super) cut: bool,
}

/// A packet of a flow.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    /// Its number in the capture.
    pub(super) number: u64,
    /// When, since the flow's first packet.
    pub(super) at: Duration,
    /// The packet, as far as it was kept.
    pub(super) packet: Packet,
    /// How long its text or data was, in octets.
    pub(super) length: usize,
}

impl Recording {
    /// The address of the end that `side` names, and of the other.
    pub(super) const fn ends(&self, side: Side) -> (SocketAddr, SocketAddr) {
        match side {
            Side::Client => (self.flow.client, self.flow.server),
            Side::Server => (self.flow.server, self.flow.client),
        }
    }
}

/// The packets of a flow under way.
#[derive(Default)]
struct Packets {
    kept: Vec<Recorded>,
    cut: bool,
}

/// Every flow of a capture in the order of first packets, and what is wrong with the file, if something is.
pub(super) fn all(source: impl Read) -> Result<(Vec<Recording>, Option<String>), Unread> {
    let (mut tracker, mut broken, mut octets) = (Tracker::default(), None, 0_usize);
    let (mut under_way, mut done) = (BTreeMap::<u64, Packets>::new(), Vec::new());
    for frame in Capture::new(source)? {
        let frame = match frame {
            Ok(frame) => frame,
            Err(unread) => {
                broken.get_or_insert_with(|| unread.to_string());
                continue;
            }
        };
        let Ok(Captured { packet, length, whole }) = frame.packet() else { continue };
        let captured = Captured { packet, length, whole };
        let Some(sighting) = tracker.track(&captured, frame.at) else { continue };
        let packets = under_way.entry(sighting.flow.number).or_default();
        octets = octets.saturating_add(frame.octets.len());
        if packets.kept.len() < MOST_PACKETS && octets < MOST_OCTETS {
            let at = frame.at.saturating_sub(sighting.flow.first);
            let Captured { packet, length, .. } = captured;
            packets.kept.push(Recorded { number: frame.number, at, packet, length });
        } else {
            packets.cut = true;
        }
        if let Some(flow) = sighting.ended {
            done.extend(finished(flow, &mut under_way));
        }
    }
    for flow in tracker.finish() {
        done.extend(finished(flow, &mut under_way));
    }
    done.sort_by_key(|recording| recording.flow.number);
    Ok((done, broken))
}

fn finished(flow: Flow, under_way: &mut BTreeMap<u64, Packets>) -> Option<Recording> {
    let Packets { kept: packets, cut } = under_way.remove(&flow.number)?;
    Some(Recording { flow, packets, cut })
}
