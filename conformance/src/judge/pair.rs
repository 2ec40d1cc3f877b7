//! The two ends of a flow: what one sends the other receives.
use bytes::Bytes;
use stackdrill_oracle::{Coverage, Observation, Oracle, udp};
use stackdrill_pcaps::{Direction, Flow};
use stackdrill_wire::ip::protocol;
use stackdrill_wire::{Captured, Datagram, Instant, Segment, Transport, Tuple};

use super::endpoint::{Judgment, Witness};
use super::vantage::{Evidence, Vantage};

/// The largest datagram that a link of today carries whole: a jumbo frame's.
const LARGEST: usize = 9000;

/// Both ends of a live flow.
pub(crate) enum Pair {
    /// TCP.
    Tcp(Box<[End<Oracle>; 2]>),
    /// UDP.
    Udp(Box<[End<udp::Oracle>; 2]>),
}

/// One end.
pub(crate) struct End<O> {
    tuple: Tuple,
    oracle: O,
    witness: Witness,
    evidence: Evidence,
}

impl<O> End<O> {
    fn new(tuple: Tuple, oracle: O) -> Self {
        Self { tuple, oracle, witness: Witness::default(), evidence: Evidence::default() }
    }
}

impl Pair {
    pub(crate) fn new(tuple: Tuple, number: u8, vantage: Vantage) -> Self {
        let ends = [tuple, tuple.reversed()];
        if number == protocol::TCP {
            Self::Tcp(Box::new(ends.map(|tuple| End::new(tuple, Oracle::new(vantage.endpoint(tuple))))))
        } else {
            Self::Udp(Box::new(ends.map(|tuple| End::new(tuple, udp::Oracle::new(vantage.endpoint(tuple))))))
        }
    }

    /// Shows a packet of the flow to both ends.
    pub(crate) fn observe(&mut self, number: u64, captured: &Captured, at: Instant) {
        let Some(tuple) = captured.packet.tuple() else { return };
        let evidence =
            Evidence { unfilled: captured.packet.leaves_checksum(), oversized: captured.length > LARGEST };
        match (self, &captured.packet.transport) {
            (Self::Tcp(ends), Transport::Tcp(segment)) => {
                for end in ends.iter_mut() {
                    end.segment(tuple, captured, segment, at);
                    end.note(tuple, evidence);
                    end.witness.look(&end.oracle, number);
                }
            }
            (Self::Udp(ends), Transport::Udp(datagram)) => {
                for end in ends.iter_mut() {
                    end.datagram(tuple, datagram, at);
                    end.note(tuple, evidence);
                    end.witness.count(end.oracle.departures(), number);
                }
            }
            (_, _) => {}
        }
    }

    /// An ICMP error quotes a packet that went this way: its receiver's host says that it went nowhere.
    pub(crate) fn unreachable(&mut self, client: Tuple, quoted: Direction, at: Instant) {
        let receiver = match quoted {
            Direction::ToServer => client.remote,
            Direction::ToClient => client.local,
        };
        if let Self::Udp(ends) = self {
            for end in ends.iter_mut().filter(|end| end.tuple.local == receiver) {
                end.oracle.observe(udp::Observation::Unreachable, at);
            }
        }
    }

    /// The judgments of both ends, the client's first; `at` the time at which the flow was over.
    pub(crate) fn judge(self, flow: &Flow, at: Instant, coverage: &mut Coverage) -> [Judgment; 2] {
        match self {
            Self::Tcp(mut ends) => {
                for end in ends.iter_mut() {
                    end.oracle.observe(&Observation::Elapsed, at);
                    end.witness.look(&end.oracle, 0);
                    coverage.merge(&end.oracle.coverage());
                }
                let places = places(&ends);
                [0, 1].map(|index: usize| {
                    let end = &ends[index];
                    let (verdict, told) = (end.oracle.verdict(), end.oracle.departures());
                    end.witness.judgment(flow, end.tuple, &verdict, told).seen_from(places[index])
                })
            }
            Self::Udp(ends) => {
                let places = places(&ends);
                [0, 1].map(|index: usize| {
                    let end = &ends[index];
                    let (verdict, told) = (end.oracle.verdict(), end.oracle.departures());
                    end.witness.judgment(flow, end.tuple, &verdict, told).seen_from(places[index])
                })
            }
        }
    }
}

fn places<O>(ends: &[End<O>; 2]) -> [&'static str; 2] {
    let [first, second] = ends;
    [first.evidence.place(second.evidence), second.evidence.place(first.evidence)]
}

impl<O> End<O> {
    fn note(&mut self, sender: Tuple, evidence: Evidence) {
        if sender.local == self.tuple.local {
            self.evidence.unfilled |= evidence.unfilled;
            self.evidence.oversized |= evidence.oversized;
        }
    }
}

impl End<Oracle> {
    fn segment(&mut self, sender: Tuple, captured: &Captured, segment: &Segment, at: Instant) {
        let cut;
        let segment = if captured.whole {
            segment
        } else {
            self.oracle.overlook_text();
            cut = filled(segment, captured.length);
            &cut
        };
        let sent = sender.local == self.tuple.local;
        let observation = if sent { Observation::Sent(segment) } else { Observation::Received(segment) };
        self.oracle.observe(&observation, at);
    }
}

impl End<udp::Oracle> {
    fn datagram(&mut self, sender: Tuple, datagram: &Datagram, at: Instant) {
        let sent = sender.local == self.tuple.local;
        let observation =
            if sent { udp::Observation::Sent(datagram) } else { udp::Observation::Received(datagram) };
        self.oracle.observe(observation, at);
    }
}

/// A segment that was cut when captured, with as much text as it had; nobody will look at what it says.
fn filled(segment: &Segment, length: usize) -> Segment {
    Segment { text: Bytes::from(vec![0; length]), ..segment.clone() }
}
