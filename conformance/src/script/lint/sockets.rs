//! Packets whose socket packetdrill would not find.
use crate::script::diagnostic::Fault;
use crate::script::dialect::Dialect;
use crate::script::span::Span;
use crate::script::tree::{
    CallSpec, Direction, EventKind, Expression, PacketAlternatives, Script, Transport,
};

/// What packetdrill knows of the last socket that was made.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Whether it sends pings, the only ICMP messages that are anyone's.
    pings: bool,
    /// Whether anything has been sent, or a peer named.
    has_peer: bool,
}

/// What a script relies on that packetdrill does not see, or does not know.
pub(super) fn review(script: &Script) -> Vec<(Fault, Span)> {
    let mut known = Known::default();
    let mut faults = Vec::new();
    for event in &script.events {
        let fault = match &event.kind {
            EventKind::Call(call) => known.call(call),
            EventKind::Packet(packets) => known.packets(packets, script.dialect),
            EventKind::Silence(_) | EventKind::Command(_) | EventKind::Code(_) => None,
        };
        faults.extend(fault.map(|(what, span)| (Fault::Unattributed { what }, span)));
    }
    faults
}

impl Known {
    fn call(&mut self, call: &CallSpec) -> Option<(&'static str, Span)> {
        match &*call.name.node {
            "socket" => {
                let protocol = call.arguments.get(2)?;
                let pings =
                    matches!(&protocol.node, Expression::Word(name) if name.starts_with("IPPROTO_ICMP"));
                *self = Self { pings, has_peer: false };
                (protocol.node.integer() == Some(0))
                    .then_some(("know what a socket of protocol 0 speaks", protocol.span))
            }
            "connect" | "sendto" | "sendmsg" => {
                self.has_peer = true;
                None
            }
            _ => None,
        }
    }

    fn packets(&self, packets: &PacketAlternatives, dialect: Dialect) -> Option<(&'static str, Span)> {
        let inbound = packets.direction == Direction::Inbound;
        let first = packets.alternatives.first()?;
        match &first.transport {
            Transport::Icmp(icmp) if !inbound && !self.pings => {
                Some(("see an ICMP message that no user sent", icmp.span))
            }
            Transport::Udp(udp) if inbound && !self.has_peer && dialect == Dialect::Google => {
                Some(("know where a datagram goes before one has come", udp.span))
            }
            _ => None,
        }
    }
}
