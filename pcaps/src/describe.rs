//! A packet in one line, in the words of scripts and tcpdump. What it means is not said here.
use core::fmt;

use stackdrill_wire::{
    Captured, Checksum, Flags, Options, Packet, SackBlocks, Segment, Seq, TcpOption, Transport,
};

use crate::flow::{Direction, Flow};

/// A packet's line; see [`describe`].
#[derive(Clone, Copy, Debug)]
pub struct Described<'a> {
    captured: &'a Captured,
    /// The sender's and the receiver's initial sequence numbers.
    from: Option<(Seq, Seq)>,
}

/// One line about a packet: `192.0.2.1:4000 > 192.0.2.2:80 P. 1:11(10) ack 1 win 257`.
///
/// With its flow, and which way it goes there, sequence numbers count from the initial ones as in scripts, where
/// those are known; segments with SYN keep theirs.
#[must_use]
pub fn describe<'a>(captured: &'a Captured, flow: Option<(&Flow, Direction)>) -> Described<'a> {
    let from = flow.map(|(flow, way)| {
        let iss = |way| flow.tally(way).iss.unwrap_or_default();
        (iss(way), iss(way.reversed()))
    });
    Described { captured, from }
}

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Captured { packet, length, whole } = self.captured;
        match packet.tuple() {
            Some(tuple) => write!(f, "{tuple} ")?,
            None => write!(f, "{} > {} ", packet.ip.source(), packet.ip.destination())?,
        }
        match &packet.transport {
            Transport::Tcp(segment) => match self.from {
                Some(from) if !segment.has(Flags::SYN) => relative(segment, from).words(*length).fmt(f)?,
                Some(_) | None => segment.words(*length).fmt(f)?,
            },
            Transport::Udp(_) => write!(f, "udp ({length})")?,
            Transport::Icmp(message) => {
                write!(f, "icmp type_{} code_{} ({length})", message.kind, message.code)?;
                if let Some(tuple) = packet.quoted().and_then(|quoted| quoted.tuple()) {
                    write!(f, " [{tuple}]")?;
                }
            }
            Transport::Other(_) if packet.ip.is_fragment() => {
                write!(
                    f,
                    "fragment of protocol {} at {} ({length})",
                    packet.ip.protocol(),
                    packet.ip.offset()
                )?;
            }
            Transport::Other(_) => write!(f, "protocol {} ({length})", packet.ip.protocol())?,
        }
        if !whole {
            f.write_str(", cut")?;
        }
        if has_wrong_checksum(packet) {
            f.write_str(", checksum wrong")?;
        }
        Ok(())
    }
}

/// The segment with its numbers counted from the initial ones.
fn relative(segment: &Segment, (iss, irs): (Seq, Seq)) -> Segment {
    let ack = if segment.has(Flags::ACK) { Seq(segment.ack - irs) } else { segment.ack };
    let options = relative_options(&segment.options, irs);
    Segment { seq: Seq(segment.seq - iss), ack, options, ..segment.clone() }
}

/// The options with SACK edges counted from the initial number of the data they are about. Those that cannot all be read
/// stay as they are.
fn relative_options(options: &Options, irs: Seq) -> Options {
    let mut moved = Options::EMPTY;
    for option in options {
        let fits = match option {
            Ok(TcpOption::Sack(blocks)) => {
                let mut edges = [(Seq(0), Seq(0)); 4];
                for (to, (left, right)) in edges.iter_mut().zip(blocks.as_slice()) {
                    *to = (Seq(*left - irs), Seq(*right - irs));
                }
                let edges = edges.get(..blocks.as_slice().len()).unwrap_or_default();
                moved.push(TcpOption::Sack(SackBlocks::new(edges)))
            }
            Ok(option) => moved.push(option),
            Err(_) => false,
        };
        if !fits {
            return *options;
        }
    }
    moved.pad(0);
    moved
}

/// Whether the transport checksum is neither right, nor left out, nor left to the interface.
fn has_wrong_checksum(packet: &Packet) -> bool {
    let wrong = match &packet.transport {
        Transport::Tcp(segment) => !segment.checksum.is_right(),
        Transport::Udp(datagram) => !matches!(datagram.checksum, Checksum::Right | Checksum::Literal(0)),
        Transport::Icmp(message) => !message.checksum.is_right(),
        Transport::Other(_) => false,
    };
    wrong && !packet.leaves_checksum()
}
