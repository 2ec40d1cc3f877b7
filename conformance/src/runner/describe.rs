//! Packets of a trace in the script's numbers, once the run is over and all of them are known.
use bytes::Bytes;
use stackdrill_wire::{Flags, Seq, Transport};

use super::encapsulation::Unwrapped;
use super::report::RunReport;
use super::socket::Socket;
use super::translate::translate;
use crate::expect::{self, Dump, Seen};

impl RunReport {
    /// One line for a datagram: `incoming` if the target received it.
    #[must_use]
    pub fn describe(&self, octets: &Bytes, incoming: bool) -> String {
        let unwrapped = match Unwrapped::parse(octets, self.tcp_in_udp) {
            Ok(unwrapped) => unwrapped,
            Err(malformed) => return format!("({malformed})"),
        };
        let packet = &unwrapped.packet;
        let tuple = packet.tuple().map(|tuple| if incoming { tuple.reversed() } else { tuple });
        let at = self.sockets.iter().rposition(|socket| tuple.is_some() && socket.tuple() == tuple);
        let socket = at.and_then(|at| self.sockets.get(at)).cloned().unwrap_or_default();
        let Some(seen) = seen(&unwrapped, &socket, incoming) else {
            return "(options that cannot be read)".to_owned();
        };
        let text = Dump::Seen(&seen).under(self.dialect).to_string();
        let ports = match (&packet.transport, at) {
            // Whose numbers these are is not clear: say at least the ports.
            (Transport::Tcp(segment), None) => format!("{} > {} ", segment.source, segment.destination),
            (Transport::Udp(datagram), None) => format!("{} > {} ", datagram.source, datagram.destination),
            _ => String::new(),
        };
        format!("{ports}{text}")
    }
}

/// What the target sent is translated as it is for comparison; what it received, the other way round.
pub(super) fn seen(unwrapped: &Unwrapped, socket: &Socket, incoming: bool) -> Option<Seen> {
    let mut seen = translate(unwrapped, socket, None, None).ok()?;
    let (expect::Body::Tcp(shown), Some(segment)) = (&mut seen.body, unwrapped.packet.segment()) else {
        return Some(seen);
    };
    if incoming {
        let syn = segment.has(Flags::SYN);
        let edge = |edge: Seq| socket.seq_to_script(syn, edge);
        shown.seq = socket.ack_to_script(syn, segment.seq);
        shown.ack = if segment.has(Flags::ACK) { edge(segment.ack) } else { segment.ack.0 };
        shown.options = expect::read_options(&segment.options, edge).ok()?;
    }
    Some(seen)
}
