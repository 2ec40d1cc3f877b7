//! The oracle of what a host says beside its TCP connections: datagrams, and ICMP messages about what it received.
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use stackdrill_wire::icmp::{Message, Quoted, v4, v6};
use stackdrill_wire::ip::protocol;
use stackdrill_wire::{Instant, Packet, Transport, Tuple};

use crate::coverage::Coverage;
use crate::rfc768::{UDP_CHECKSUM, UDP_LENGTH};
use crate::rfc1122::{ABOUT_ERROR, ABOUT_FRAGMENT, BROADCAST, ECHO, NOBODY, QUOTES};
use crate::rfc4443::{ECHO_6, NO_ERROR_6, QUOTES_6};
use crate::rule::Rule;
use crate::{Departure, Endpoint, Vantage, udp};

/// How many received datagrams are remembered: what a host says is about one of the last.
const REMEMBERED: usize = 64;

/// One thing that passed the host's door.
#[derive(Clone, Copy, Debug)]
pub enum Observation<'a> {
    /// A datagram for the host.
    Received(&'a Packet),
    /// A datagram for the host that cannot be read.
    Unread,
    /// A datagram from it.
    Sent(&'a Packet),
}

/// Judges one host, every datagram of which is seen as it is on the wire, in order.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    received: VecDeque<Packet>,
    /// Something received could not be read, is no longer remembered, or came in fragments: an answer may be to that.
    overlooked: bool,
    departures: Vec<(Tuple, Departure)>,
    coverage: Coverage,
    observed: u64,
}

impl Oracle {
    /// An oracle that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in what was observed at `at`.
    pub fn observe(&mut self, observation: Observation<'_>, at: Instant) {
        match observation {
            Observation::Received(packet) => self.received(packet),
            Observation::Unread => self.overlooked = true,
            Observation::Sent(packet) => {
                let tuple = ends(packet);
                let broken = match &packet.transport {
                    Transport::Udp(datagram) => {
                        self.coverage.fire(UDP_CHECKSUM.id, 1);
                        self.coverage.fire(UDP_LENGTH.id, 1);
                        udp::broken(&wire(tuple), datagram)
                    }
                    Transport::Icmp(message) => self.icmp(packet, message),
                    Transport::Tcp(_) | Transport::Other(_) => None,
                };
                if let Some(rule) = broken {
                    self.depart(rule, tuple, at);
                }
            }
        }
        self.observed = self.observed.saturating_add(1);
    }

    /// Every departure, at most one for each requirement, with the ends of the datagram: its ports, or none for ICMP.
    #[must_use]
    pub fn departures(&self) -> &[(Tuple, Departure)] {
        &self.departures
    }

    /// Which rules had something to say.
    #[must_use]
    pub const fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    fn received(&mut self, packet: &Packet) {
        self.overlooked |= packet.ip.is_fragment();
        if self.received.len() == REMEMBERED {
            self.received.pop_front();
            self.overlooked = true;
        }
        self.received.push_back(packet.clone());
    }

    /// The first rule that a sent ICMP message breaks.
    fn icmp(&mut self, packet: &Packet, message: &Message) -> Option<&'static Rule> {
        let six = packet.ip.protocol() == protocol::ICMPV6;
        if message.is_error(packet.ip.protocol()) {
            let about: &'static Rule = if six { &QUOTES_6 } else { &QUOTES };
            self.coverage.fire(about.id, 1);
            let Ok(quoted) = message.quoted() else { return Some(about) };
            let known = self.overlooked || self.received.iter().any(|one| is_about(&quoted, one));
            return if known { self.silent(message, &quoted, six) } else { Some(about) };
        }
        let (reply, request) =
            if six { (v6::ECHO_REPLY, v6::ECHO_REQUEST) } else { (v4::ECHO_REPLY, v4::ECHO_REQUEST) };
        if message.kind != reply || self.overlooked {
            return None;
        }
        let rule: &'static Rule = if six { &ECHO_6 } else { &ECHO };
        self.coverage.fire(rule.id, 1);
        let asked = self.received.iter().any(|one| match &one.transport {
            Transport::Icmp(asked) => {
                asked.kind == request && asked.rest == message.rest && asked.body == message.body
            }
            Transport::Tcp(_) | Transport::Udp(_) | Transport::Other(_) => false,
        });
        (!asked).then_some(rule)
    }

    /// The rule that asks for silence about the datagram that an error quotes.
    fn silent(&mut self, message: &Message, quoted: &Quoted, six: bool) -> Option<&'static Rule> {
        let error = is_error(quoted);
        let (source, destination) = (quoted.ip.source(), quoted.ip.destination());
        let nobody = source.is_unspecified() || source.is_multicast() || is_broadcast(source);
        if six {
            // Path MTU discovery works for multicast too, and so do unknown options that ask for an answer (§2.4 e.3).
            let told =
                matches!((message.kind, message.code), (v6::PACKET_TOO_BIG, _) | (v6::PARAMETER_PROBLEM, 2));
            self.coverage.fire(NO_ERROR_6.id, 1);
            return (error || nobody || destination.is_multicast() && !told).then_some(&NO_ERROR_6);
        }
        let rules: [(&'static Rule, bool); 4] = [
            (&ABOUT_ERROR, error),
            (&BROADCAST, destination.is_multicast() || is_broadcast(destination)),
            (&ABOUT_FRAGMENT, quoted.ip.offset() != 0),
            (&NOBODY, nobody),
        ];
        for (rule, _) in &rules {
            self.coverage.fire(rule.id, 1);
        }
        rules.into_iter().find_map(|(rule, broken)| broken.then_some(rule))
    }

    fn depart(&mut self, rule: &'static Rule, tuple: Tuple, at: Instant) {
        if self.departures.iter().any(|(_, departure)| departure.requirements == [rule.id]) {
            return;
        }
        let what = "sent a datagram".to_owned();
        let departure = Departure {
            requirements: vec![rule.id],
            at,
            observation: self.observed,
            what,
            hypotheses: Vec::new(),
        };
        self.departures.push((tuple, departure));
    }
}

/// The ends of a datagram, as its sender sees them.
fn ends(packet: &Packet) -> Tuple {
    packet.tuple().unwrap_or_else(|| Tuple {
        local: SocketAddr::new(packet.ip.source(), 0),
        remote: SocketAddr::new(packet.ip.destination(), 0),
    })
}

/// An endpoint whose datagrams show as they are on the wire.
const fn wire(tuple: Tuple) -> Endpoint {
    Endpoint { vantage: Vantage::Exact, ..Endpoint::exact(tuple) }
}

/// Whether an error quotes this datagram: its header, and at least eight octets behind it or all there are.
fn is_about(quoted: &Quoted, received: &Packet) -> bool {
    let same = quoted.ip.source() == received.ip.source()
        && quoted.ip.destination() == received.ip.destination()
        && quoted.ip.protocol() == received.ip.protocol();
    let octets = received.to_bytes();
    let payload = octets.get(received.ip.octets()..).unwrap_or_default();
    same && payload.starts_with(&quoted.start) && quoted.start.len() >= payload.len().min(8)
}

/// Whether the quoted datagram is an ICMP error itself.
fn is_error(quoted: &Quoted) -> bool {
    let protocol = quoted.ip.protocol();
    let kind = quoted.start.first().filter(|_| matches!(protocol, protocol::ICMP | protocol::ICMPV6));
    let message = kind.map(|kind| Message { kind: *kind, ..Message::default() });
    quoted.ip.offset() == 0 && message.is_some_and(|message| message.is_error(protocol))
}

fn is_broadcast(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if address.is_broadcast())
}
