//! The socket under test: what the script calls its numbers, and what they are on the wire.
//!
//! Packets with SYN use absolute numbers; all others count from the initial sequence number, as tcpdump does.
use std::collections::BTreeMap;
use std::net::SocketAddr;

use stackdrill_wire::{Seq, Tuple};

use crate::target::Fd;

/// How far a socket of the script has come, as far as the runner needs to know.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Phase {
    /// Made, perhaps bound.
    #[default]
    New,
    /// `listen` was called.
    Listening,
    /// `connect` (or a send that implies it) was called.
    Connecting,
    /// The script has reached the SYN of its active open.
    SynSent,
    /// The script has answered that SYN.
    SynAcked,
    /// A packet has come for a listener: a connection begins.
    PacketReceived,
    /// Its SYN+ACK was seen.
    SynAckSent,
    /// The script has sent an acknowledgment since.
    SynAckAcked,
}

/// What a socket speaks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Speaks {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// ICMP echo.
    Echo,
}

/// One socket that the script tests.
#[derive(Clone, Debug, Default)]
pub(super) struct Socket {
    pub(super) phase: Phase,
    /// Whether a packet of the script's has gone to it.
    pub(super) heard: bool,
    pub(super) speaks: Speaks,
    /// The target's descriptor; none for a connection that was not accepted yet.
    pub(super) fd: Option<Fd>,
    /// The stack's end, as it is on the wire.
    pub(super) local: Option<SocketAddr>,
    /// The script's end, as it is on the wire.
    pub(super) remote: Option<SocketAddr>,
    /// The stack's initial sequence number as the script has it.
    pub(super) script_iss: u32,
    /// The stack's initial sequence number on the wire.
    pub(super) live_iss: u32,
    /// The script's own initial sequence number: the same in both spaces.
    pub(super) irs: u32,
    pub(super) stamps: Stamps,
    /// The script's IPv6 flow label and the one on the wire that goes with it.
    pub(super) flow_label: Option<(u32, u32)>,
}

impl Socket {
    /// Whether it waits for connections.
    pub(super) fn listens(&self) -> bool {
        self.phase == Phase::Listening
    }

    /// The connection as the stack sees it.
    pub(super) fn tuple(&self) -> Option<Tuple> {
        Some(Tuple { local: self.local?, remote: self.remote? })
    }

    /// A sequence number of the script's own, as it goes on the wire.
    pub(super) fn seq_to_wire(&self, syn: bool, seq: u32) -> Seq {
        Seq(if syn { seq } else { seq.wrapping_add(self.irs) })
    }

    /// An acknowledgment number or SACK edge of the script's own, as it goes on the wire.
    pub(super) fn ack_to_wire(&self, syn: bool, ack: u32) -> Seq {
        Seq(if syn {
            ack.wrapping_add(self.live_iss.wrapping_sub(self.script_iss))
        } else {
            ack.wrapping_add(self.live_iss)
        })
    }

    /// A sequence number of the stack's, as the script has it.
    pub(super) fn seq_to_script(&self, syn: bool, seq: Seq) -> u32 {
        if syn {
            seq.0.wrapping_sub(self.live_iss.wrapping_sub(self.script_iss))
        } else {
            seq.0.wrapping_sub(self.live_iss)
        }
    }

    /// An acknowledgment number or SACK edge of the stack's, as the script has it.
    pub(super) fn ack_to_script(&self, syn: bool, ack: Seq) -> u32 {
        if syn { ack.0 } else { ack.0.wrapping_sub(self.irs) }
    }
}

/// What the script calls the stack's timestamps.
#[derive(Clone, Debug, Default)]
pub(super) struct Stamps {
    /// Script value to wire value; the last one counts.
    known: BTreeMap<u32, u32>,
    /// The first pair.
    first: Option<(u32, u32)>,
}

impl Stamps {
    /// A value of the stack's as the script would have it, if the pair `(script, wire)` is what it sent first.
    pub(super) fn to_script(&self, wire: u32, candidate: Option<u32>) -> u32 {
        match self.first.or_else(|| candidate.map(|script| (script, wire))) {
            Some((script, base)) => script.wrapping_add(wire.wrapping_sub(base)),
            None => wire,
        }
    }

    /// The wire value of an echo; `scaled` infers one that was never sent.
    pub(super) fn echo_to_wire(&self, echo: u32, scaled: bool) -> Option<u32> {
        let inferred = || {
            let (script, base) = self.first.filter(|_| scaled)?;
            Some(base.wrapping_add(echo.wrapping_sub(script)))
        };
        self.known.get(&echo).copied().or_else(inferred)
    }

    /// Whether the script has named none.
    pub(super) const fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Learns from a packet that was expected with `script` and seen with `wire`.
    pub(super) fn learn(&mut self, script: u32, wire: u32) {
        self.known.insert(script, wire);
        self.first.get_or_insert((script, wire));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_from_the_initial_one_but_in_a_syn() {
        let socket = Socket { script_iss: 5, live_iss: 1_000, irs: 70, ..Socket::default() };
        assert_eq!(socket.seq_to_wire(true, 70), Seq(70));
        assert_eq!(socket.seq_to_wire(false, 1), Seq(71));
        assert_eq!(socket.ack_to_wire(true, 6), Seq(1_001));
        assert_eq!(socket.ack_to_wire(false, 1), Seq(1_001));
        assert_eq!(socket.seq_to_script(true, Seq(1_000)), 5);
        assert_eq!(socket.seq_to_script(false, Seq(1_001)), 1);
        assert_eq!(socket.ack_to_script(true, Seq(71)), 71);
        assert_eq!(socket.ack_to_script(false, Seq(71)), 1);
    }

    #[test]
    fn stamps_are_named_by_the_script() {
        let mut stamps = Stamps::default();
        assert_eq!(stamps.echo_to_wire(100, false), None);
        stamps.learn(100, 7_000);
        stamps.learn(200, 7_150);
        assert_eq!(stamps.echo_to_wire(200, false), Some(7_150));
        assert_eq!(stamps.echo_to_wire(150, true), Some(7_050));
        assert_eq!(stamps.to_script(7_120, None), 220);
    }
}
