//! The two ends of a flow: what one sends the other receives.
use bytes::Bytes;
use stackdrill_oracle::{Coverage, Departure, Observation, Oracle, Verdict, udp};
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
        match (self, &captured.packet.transport) {
            (Self::Tcp(ends), Transport::Tcp(segment)) => {
                for end in ends.iter_mut() {
                    end.segment(tuple, captured, segment, at);
                    end.note(tuple, captured);
                    end.witness.look(&end.oracle, number);
                }
            }
            (Self::Udp(ends), Transport::Udp(datagram)) => {
                for end in ends.iter_mut() {
                    end.datagram(tuple, datagram, at);
                    end.note(tuple, captured);
                    end.witness.count(end.oracle.departures(), number);
                }
            }
            (_, _) => {}
        }
    }

    /// An ICMP error quotes a packet that went this way. Its sender hears of it; UDP's error is also an answer of
    /// the receiver's host.
    pub(crate) fn complaint(&mut self, client: Tuple, quoted: Direction, hard: bool, at: Instant) {
        let (sender, receiver) = match quoted {
            Direction::ToServer => (client.local, client.remote),
            Direction::ToClient => (client.remote, client.local),
        };
        match self {
            Self::Tcp(ends) => {
                for end in ends.iter_mut().filter(|end| end.tuple.local == sender) {
                    end.oracle.observe(&Observation::Complaint { hard }, at);
                }
            }
            Self::Udp(ends) => {
                for end in ends.iter_mut().filter(|end| end.tuple.local == receiver) {
                    end.oracle.observe(udp::Observation::Unreachable, at);
                }
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
                told(&ends, flow, |oracle| (oracle.verdict(), oracle.departures().to_vec()))
            }
            Self::Udp(ends) => told(&ends, flow, |oracle| (oracle.verdict(), oracle.departures().to_vec())),
        }
    }
}

fn told<O>(ends: &[End<O>; 2], flow: &Flow, say: impl Fn(&O) -> (Verdict, Vec<Departure>)) -> [Judgment; 2] {
    let [client, server] = ends;
    [(client, server), (server, client)].map(|(end, peer)| {
        let (verdict, departures) = say(&end.oracle);
        let judgment = end.witness.judgment(flow, end.tuple, &verdict, &departures);
        judgment.seen_from(end.evidence.place(peer.evidence))
    })
}

impl<O> End<O> {
    fn new(tuple: Tuple, oracle: O) -> Self {
        Self { tuple, oracle, witness: Witness::default(), evidence: Evidence::default() }
    }

    /// What a packet shows of the tap's place, if this end sent it.
    fn note(&mut self, sender: Tuple, captured: &Captured) {
        if sender.local == self.tuple.local {
            self.evidence.unfilled |= captured.packet.leaves_checksum();
            self.evidence.oversized |= captured.length > LARGEST;
        }
    }
}

impl End<Oracle> {
    fn segment(&mut self, sender: Tuple, captured: &Captured, segment: &Segment, at: Instant) {
        let cut;
        let segment = if captured.whole {
            segment
        } else {
            // An offset that the options do not fill: some of them are not there.
            if segment.data_offset.is_some() {
                return self.oracle.lose_sight();
            }
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
