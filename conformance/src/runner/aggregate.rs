//! Several packets that the script writes as one.
//!
//! How a stream is cut into segments is the stack's affair, so Google's tool joins what belongs together until it has
//! as many octets as the script expects.
use bytes::BytesMut;
use stackdrill_wire::{Flags, Outer, Packet, Segment, Transport as Carries};

use super::encapsulation::Unwrapped;
use super::sniff::{Patience, Sniffed, Wanted};
use super::{Run, Stop};
use crate::script::{Dialect, Number, PacketSpec, Span, Transport};

/// Flags that may differ between packets that are joined.
const FREE: Flags = Flags(Flags::FIN.0 | Flags::PSH.0 | Flags::CWR.0);

impl Run<'_> {
    /// Joins `first` with the packets after it, until there are as many octets as `spec` says. Packets that cannot be
    /// joined are left for what comes next; what was joined so far is compared as it is.
    pub(super) fn gather(
        &mut self,
        spec: &PacketSpec,
        first: Sniffed,
        (wanted, patience): (Wanted, Patience),
        span: Span,
    ) -> Result<Sniffed, Stop> {
        let configuration = &self.configuration;
        if configuration.strict_segments || configuration.dialect == Dialect::Bsd {
            return Ok(first);
        }
        let Transport::Tcp(tcp) = &spec.transport else { return Ok(first) };
        let least = match tcp.sequence.length {
            Number::Exact(length) | Number::Range(length, _) => length as usize,
            Number::Unjudged => 0,
        };
        let mut joined = first;
        let mut size = length(&joined.unwrapped.packet);
        while length(&joined.unwrapped.packet) < least {
            let Some(next) = self.next_of_ours(wanted, patience, span)? else { break };
            let completes = length(&joined.unwrapped.packet) + length(&next.unwrapped.packet) >= least;
            match join(&joined.unwrapped, &next.unwrapped)
                .filter(|_| completes || length(&next.unwrapped.packet) == size)
            {
                Some(unwrapped) => {
                    size = length(&next.unwrapped.packet);
                    joined = Sniffed { at: next.at, unwrapped, sent: joined.sent };
                }
                None => {
                    self.world.unsniff(next.sent);
                    break;
                }
            }
        }
        Ok(joined)
    }
}

/// Octets of text.
fn length(packet: &Packet) -> usize {
    packet.segment().map_or(0, |segment| segment.text.len())
}

/// Two segments as one: the first's sequence number and CWR, the second's everything else.
fn join(one: &Unwrapped, other: &Unwrapped) -> Option<Unwrapped> {
    let (first, second) = (&one.packet, &other.packet);
    let (head, tail) = (first.segment()?, second.segment()?);
    let ttl = |packet: &Packet| Some(packet.ip.hop_limit()).filter(|&ttl| ttl != 255);
    let kind = |outer: &Outer| std::mem::discriminant(outer);
    let follows = one.outer.iter().map(kind).eq(other.outer.iter().map(kind))
        && one.udp == other.udp
        && ttl(first) == ttl(second)
        && head.flags.without(FREE) == tail.flags.without(FREE)
        && head.options.octets().len() == tail.options.octets().len()
        && (head.ack, head.window, head.urgent) == (tail.ack, tail.window, tail.urgent)
        && head.seq + u32::try_from(head.text.len()).ok()? == tail.seq;
    if !follows {
        return None;
    }
    let mut text = BytesMut::with_capacity(head.text.len() + tail.text.len());
    text.extend_from_slice(&head.text);
    text.extend_from_slice(&tail.text);
    let cwr = Flags(head.flags.0 & Flags::CWR.0);
    let segment = Segment {
        seq: head.seq,
        flags: tail.flags.without(Flags::CWR) | cwr,
        text: text.freeze(),
        ..tail.clone()
    };
    let packet = Packet { ip: second.ip.clone(), transport: Carries::Tcp(segment) };
    Some(Unwrapped { outer: other.outer.clone(), udp: other.udp, packet })
}
