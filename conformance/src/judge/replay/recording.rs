//! The flows of a capture, kept whole.
use core::net::SocketAddr;
use core::time::Duration;
use std::collections::BTreeMap;
use std::io::Read;

use stackdrill_pcaps::{Capture, Flow, Frame, Tracker, Unparsed, Unread};
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

/// What a capture holds for replay.
#[derive(Clone, Debug, Default)]
pub struct Recordings {
    /// Its flows, in the order of first packets.
    pub flows: Vec<Recording>,
    /// Frames whose datagram could not be read.
    pub unread: u64,
    /// What is wrong with the file itself, if something is: the first such thing.
    pub broken: Option<String>,
}

/// The packets of a flow under way.
#[derive(Default)]
struct Packets {
    kept: Vec<Recorded>,
    cut: bool,
}

/// Every flow of a capture, whole.
pub(super) fn all(source: impl Read) -> Result<Recordings, Unread> {
    let mut reading = Reading::default();
    for frame in Capture::new(source)? {
        match frame {
            Ok(frame) => reading.frame(&frame),
            Err(unread) => {
                reading.found.broken.get_or_insert_with(|| unread.to_string());
            }
        }
    }
    Ok(reading.finish())
}

/// A capture being read.
#[derive(Default)]
struct Reading {
    tracker: Tracker,
    under_way: BTreeMap<u64, Packets>,
    /// Octets kept.
    octets: usize,
    found: Recordings,
}

impl Reading {
    fn frame(&mut self, frame: &Frame) {
        let captured = match frame.packet() {
            Ok(captured) => captured,
            Err(Unparsed::NotIp(_)) => return,
            Err(Unparsed::Malformed(_)) => {
                self.found.unread += 1;
                return;
            }
        };
        let Some(sighting) = self.tracker.track(&captured, frame.at) else { return };
        let packets = self.under_way.entry(sighting.flow.number).or_default();
        self.octets = self.octets.saturating_add(frame.octets.len());
        if packets.kept.len() < MOST_PACKETS && self.octets < MOST_OCTETS {
            let at = frame.at.saturating_sub(sighting.flow.first);
            let Captured { packet, length, .. } = captured;
            packets.kept.push(Recorded { number: frame.number, at, packet, length });
        } else {
            packets.cut = true;
        }
        if let Some(flow) = sighting.ended {
            self.found.flows.extend(finished(flow, &mut self.under_way));
        }
    }

    fn finish(mut self) -> Recordings {
        for flow in self.tracker.finish() {
            self.found.flows.extend(finished(flow, &mut self.under_way));
        }
        self.found.flows.sort_by_key(|recording| recording.flow.number);
        self.found
    }
}

fn finished(flow: Flow, under_way: &mut BTreeMap<u64, Packets>) -> Option<Recording> {
    let Packets { kept: packets, cut } = under_way.remove(&flow.number)?;
    Some(Recording { flow, packets, cut })
}
