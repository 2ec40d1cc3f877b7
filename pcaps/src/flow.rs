//! Flows: what two endpoints said to one another.
use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;

use stackdrill_wire::ip::protocol;
use stackdrill_wire::{Flags, Segment, Seq, Transport, Tuple};

/// Two endpoints, in no order, and the protocol between them.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key {
    lower: SocketAddr,
    upper: SocketAddr,
    protocol: u8,
}

impl Key {
    /// The key of all packets between a tuple's ends, whichever way they go.
    #[must_use]
    pub fn new(tuple: Tuple, protocol: u8) -> Self {
        let (local, remote) = (tuple.local, tuple.remote);
        Self { lower: local.min(remote), upper: local.max(remote), protocol }
    }
}

/// Who sends.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Direction {
    /// The client sends to the server.
    ToServer,
    /// The server sends to the client.
    ToClient,
}

impl Direction {
    /// The other way.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::ToServer => Self::ToClient,
            Self::ToClient => Self::ToServer,
        }
    }
}

/// What one end sent.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Tally {
    /// Packets.
    pub packets: u64,
    /// Octets of TCP text or UDP data, as long as they were on the wire; what was sent twice counts twice.
    pub octets: u64,
    /// The initial sequence number, if its SYN was seen.
    pub iss: Option<Seq>,
    /// Whether its FIN was seen.
    pub fin: bool,
    /// Whether a RST from it was seen.
    pub rst: bool,
}

/// One TCP connection, or all UDP datagrams between two endpoints.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Flow {
    /// Its number in the capture, from 1, in the order of first packets.
    pub number: u64,
    /// [`protocol::TCP`] or [`protocol::UDP`].
    pub protocol: u8,
    /// Who opened it: the sender of the SYN, or the receiver of the SYN-ACK.
    pub client: SocketAddr,
    /// The other end.
    pub server: SocketAddr,
    /// Whether nobody was seen to open it, so that the lower port is taken for the server's; of two equal ones,
    /// that of the first packet's receiver.
    pub guessed: bool,
    /// What the client sent.
    pub to_server: Tally,
    /// What the server sent.
    pub to_client: Tally,
    /// ICMP errors that quote one of its packets.
    pub errors: u64,
    /// When its first packet was seen, since 1970-01-01 00:00 UTC.
    pub first: Duration,
    /// When its last packet was seen.
    pub last: Duration,
}

impl Flow {
    /// A flow that starts with a packet from `tuple.local`.
    pub(crate) fn start(number: u64, tuple: Tuple, transport: &Transport, at: Duration) -> Self {
        let (sender, receiver) = (tuple.local, tuple.remote);
        let (client, server, guessed) = match opened_by_sender(transport) {
            Some(true) => (sender, receiver, false),
            Some(false) => (receiver, sender, false),
            None if sender.port() < receiver.port() => (receiver, sender, true),
            None => (sender, receiver, true),
        };
        let protocol = if let Transport::Tcp(_) = transport { protocol::TCP } else { protocol::UDP };
        Self {
            number,
            protocol,
            client,
            server,
            guessed,
            to_server: Tally::default(),
            to_client: Tally::default(),
            errors: 0,
            first: at,
            last: at,
        }
    }

    /// The connection as the client sees it.
    #[must_use]
    pub const fn tuple(&self) -> Tuple {
        Tuple { local: self.client, remote: self.server }
    }

    /// Which way a packet with this sender goes.
    #[must_use]
    pub fn direction(&self, sender: SocketAddr) -> Direction {
        if sender == self.client { Direction::ToServer } else { Direction::ToClient }
    }

    /// What was sent one way.
    #[must_use]
    pub const fn tally(&self, direction: Direction) -> &Tally {
        match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        }
    }

    /// Packets both ways, ICMP errors not among them.
    #[must_use]
    pub const fn packets(&self) -> u64 {
        self.to_server.packets + self.to_client.packets
    }

    /// Whether both ends said FIN, or one said RST.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        (self.to_server.fin && self.to_client.fin) || self.to_server.rst || self.to_client.rst
    }

    /// Whether this segment from `sender` begins another connection between the same ports: it asks for one after
    /// this one's end, or with a sequence number that is not the sender's.
    pub(crate) fn is_reopened_by(&self, segment: &Segment, sender: SocketAddr) -> bool {
        if !segment.has(Flags::SYN) || segment.has(Flags::ACK) {
            return false;
        }
        let direction = self.direction(sender);
        match (self.tally(direction).iss, self.tally(direction.reversed()).iss) {
            _ if self.is_closed() => true,
            (Some(iss), _) => iss != segment.seq,
            // A simultaneous open, or a SYN that the capture has behind the SYN-ACK.
            (None, Some(_)) => false,
            // Data came first: whatever that was, it had been opened before.
            (None, None) => true,
        }
    }

    /// Counts a packet of the flow.
    pub(crate) fn count(&mut self, sender: SocketAddr, transport: &Transport, length: usize, at: Duration) {
        if let (true, Some(opened_by_sender)) = (self.guessed, opened_by_sender(transport)) {
            self.guessed = false;
            if opened_by_sender != (sender == self.client) {
                core::mem::swap(&mut self.client, &mut self.server);
                core::mem::swap(&mut self.to_server, &mut self.to_client);
            }
        }
        // Captures from several interfaces are not always in order.
        self.first = self.first.min(at);
        self.last = self.last.max(at);
        let tally = match self.direction(sender) {
            Direction::ToServer => &mut self.to_server,
            Direction::ToClient => &mut self.to_client,
        };
        tally.packets += 1;
        tally.octets += length as u64;
        if let Transport::Tcp(segment) = transport {
            tally.fin |= segment.has(Flags::FIN);
            tally.rst |= segment.has(Flags::RST);
            if segment.has(Flags::SYN) {
                tally.iss.get_or_insert(segment.seq);
            }
        }
    }
}

/// Whether the sender of this packet opened its connection; `None` if the packet does not say.
fn opened_by_sender(transport: &Transport) -> Option<bool> {
    let Transport::Tcp(segment) = transport else { return None };
    segment.has(Flags::SYN).then(|| !segment.has(Flags::ACK))
}

impl fmt::Display for Flow {
    /// One line: `1 tcp 192.0.2.1:4000 > 192.0.2.2:80 packets 5/4 octets 100/2000 seconds 1.000250`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = if self.protocol == protocol::TCP { "tcp" } else { "udp" };
        write!(f, "{} {protocol} {}", self.number, self.tuple())?;
        write!(f, " packets {}/{}", self.to_server.packets, self.to_client.packets)?;
        write!(f, " octets {}/{}", self.to_server.octets, self.to_client.octets)?;
        let span = self.last.saturating_sub(self.first);
        write!(f, " seconds {}.{:06}", span.as_secs(), span.subsec_micros())?;
        if self.errors > 0 {
            write!(f, " errors {}", self.errors)?;
        }
        if self.guessed {
            f.write_str(" (client guessed)")?;
        }
        Ok(())
    }
}
