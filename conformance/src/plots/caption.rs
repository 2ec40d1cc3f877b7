//! What a script says beside its packets.
use bytes::Bytes;

use crate::runner::RunReport;
use crate::script::{Direction, Event, EventKind, PacketAlternatives, Script, Transport};
use crate::trace::{Happened, Record};
use stackdrill_wire::{Flags, Packet};

/// What the author of a script noted beside a packet.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Caption {
    /// The comment at the end of the event's last line.
    pub(super) text: String,
    /// Whether the packet is lost on its way: the comment begins with `lost`.
    pub(super) lost: bool,
}

/// The caption of each record of the run; empty for one that no event of the script stands for.
///
/// An injected packet is the next inbound event. A packet of the stack is the next outbound event that says what it
/// carries; one that none says, an optional one left out and the rest of an aggregate, are passed over.
pub(super) fn captions(script: &Script, report: &RunReport) -> Vec<Caption> {
    let mut inbound = events(script, Direction::Inbound);
    let outbound: Vec<_> = events(script, Direction::Outbound).collect();
    let mut next = 0;
    let mut caption = |record: &Record| match &record.what {
        Happened::Received { .. } => inbound.next().map(|(event, _)| of(script, event)),
        Happened::Sent { octets, .. } => {
            let rest = outbound.get(next..)?;
            let at = rest.iter().position(|(_, packets)| carries(packets, octets))?;
            next += at + 1;
            rest.get(at).map(|(event, _)| of(script, event))
        }
        _ => None,
    };
    report.trace.iter().map(|record| caption(record).unwrap_or_default()).collect()
}

fn events(script: &Script, direction: Direction) -> impl Iterator<Item = (&Event, &PacketAlternatives)> {
    script.events.iter().filter_map(move |event| match &event.kind {
        EventKind::Packet(packets) if packets.direction == direction => Some((event, packets)),
        _ => None,
    })
}

/// Whether a packet is of the kind and length that the script asks for.
fn carries(packets: &PacketAlternatives, octets: &Bytes) -> bool {
    let Ok(packet) = Packet::parse(octets) else { return false };
    packets.alternatives.iter().any(|spec| match (&spec.transport, &packet.transport) {
        (Transport::Tcp(spec), stackdrill_wire::Transport::Tcp(segment)) => {
            let marks = [Flags::SYN, Flags::FIN, Flags::RST];
            let alike = marks.iter().all(|&mark| spec.flags.set.has(mark) == segment.has(mark));
            alike && spec.sequence.length.admits(segment.text.len().try_into().unwrap_or(u32::MAX))
        }
        (Transport::Udp(_), stackdrill_wire::Transport::Udp(_))
        | (Transport::Icmp(_), stackdrill_wire::Transport::Icmp(_)) => true,
        _ => false,
    })
}

/// The comment behind the event, on the line that it ends on.
fn of(script: &Script, event: &Event) -> Caption {
    let behind = script.source.text().get(event.span.end as usize..).unwrap_or_default();
    let line = behind.lines().next().unwrap_or_default().trim_start();
    let text = line.strip_prefix("//").unwrap_or_default().trim().to_owned();
    Caption { lost: text == "lost" || text.starts_with("lost,") || text.starts_with("lost "), text }
}
