//! What can be seen of a host: its connections and its counts. Nothing here changes anything.
use core::hash::{Hash, Hasher};

use stackdrill_wire::{Instant, State, Tuple};

use super::{ConnectionId, Counts, Endpoint, Host};
use crate::socket::Fd;
use crate::socket::table::Role;
use crate::tcp::{Congested, Status};
use crate::{Errno, Policy};

/// How many datagrams met which fate.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counters {
    /// Octets that could not be read as a datagram.
    pub malformed: u64,
    /// IPv4 headers with a wrong checksum.
    pub header_checksum: u64,
    /// Datagrams for another host, and TCP for everybody.
    pub not_for_us: u64,
    /// Datagrams from a source that cannot be one.
    pub invalid_source: u64,
    /// Headers whose options or extensions could not be followed.
    pub bad_header: u64,
    /// Datagrams of a protocol that is not spoken here.
    pub unknown_protocol: u64,
    /// Fragments.
    pub fragments: u64,
    /// Datagrams given up because fragments were missing.
    pub reassembly_timeouts: u64,
    /// Wrong TCP, UDP or ICMP checksums.
    pub transport_checksum: u64,
    /// Segments without the digest that their connection asks for.
    pub unsigned: u64,
    /// Segments that came inside UDP to a connection without it, or the other way round.
    pub other_way: u64,
    /// Segments that may have come from further away than their socket allows.
    pub too_far: u64,
    /// Segments not heard because they have SYN and FIN.
    pub syn_fin: u64,
    /// Segments that were heard.
    pub segments: u64,
    /// UDP datagrams that were queued for a socket.
    pub datagrams: u64,
    /// UDP datagrams for a port that nobody reads.
    pub no_port: u64,
    /// UDP datagrams lost because the socket's queue was full.
    pub inbox_full: u64,
    /// SYNs not heard because the listener's queue was full.
    pub backlog_full: u64,
    /// ACKs not heard because the listener's queue was full, or its user waits for text.
    pub held_back: u64,
    /// ICMP errors that could be read.
    pub errors_heard: u64,
    /// ICMP errors not sent because of the rate limit.
    pub errors_withheld: u64,
    /// Datagrams lost because the driver did not take them.
    pub departures_lost: u64,
    /// State changes not reported because the driver did not take them.
    pub transitions_lost: u64,
    /// Segments larger than the link carries.
    pub too_large: u64,
}

impl Hash for Counters {
    /// Not at all: counts say what has happened and change nothing that will, so hosts that differ in them alone are
    /// one to a search.
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// What TCP_INFO shows of a stream.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Info {
    /// Its state.
    pub state: State,
    /// How many connections wait for `accept`, and how many may (listening sockets).
    pub waiting: (u32, u32),
    /// The connection's variables, if there is or was one.
    pub status: Option<Status>,
    /// What it has done.
    pub counts: Counts,
    /// Segments that are out and not acknowledged.
    pub segments_out: u32,
    /// How many of them were sent again.
    pub segments_resent: u32,
    /// How many of them the peer has said it has, out of turn.
    pub segments_sacked: u32,
    /// How many of them are believed lost.
    pub segments_lost: u32,
}

/// What waits in a socket's buffers, in octets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Memory {
    /// Received and not read.
    pub received: u32,
    /// How much of that there may be.
    pub receive_buffer: u32,
    /// Sent or to be sent, and not acknowledged.
    pub queued: u32,
    /// How much of that there may be.
    pub send_buffer: u32,
}

impl Info {
    pub(crate) fn of(endpoint: &Endpoint, policy: &Policy, now: Instant) -> Self {
        let (connection, tally) = (&endpoint.connection, &endpoint.tally);
        let status = connection.status(policy);
        let sacked = connection.sacked().map(|(start, end)| tally.between(start, end)).sum();
        let lost = match status.congested {
            Congested::Loss => tally.between(status.snd_una, status.recover).saturating_sub(sacked),
            Congested::Recovery => 1,
            Congested::Open | Congested::Disorder | Congested::Reduced => 0,
        };
        Self {
            state: status.state,
            waiting: (0, 0),
            counts: tally.counts(now),
            segments_out: tally.in_flight(),
            segments_resent: tally.resent(),
            segments_sacked: sacked,
            segments_lost: lost.min(tally.in_flight()),
            status: Some(status),
        }
    }
}

impl Host {
    /// What became of the datagrams so far.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The connections that are not over, in the order of their addresses and ports.
    pub fn connections(&self) -> impl Iterator<Item = (Tuple, State)> {
        let endpoints =
            self.demux.connections().filter_map(|(tuple, id)| Some((tuple, self.endpoints.get(&id)?)));
        endpoints.map(|(tuple, endpoint)| (tuple, endpoint.connection.state()))
    }

    /// The variables of the connection between these two: the RFC's STATUS call.
    ///
    /// Spec: RFC 9293 §3.9.1.5 MAY-9, RFC9293:3.10.6-status-states.
    #[must_use]
    pub fn info(&self, tuple: Tuple) -> Option<Status> {
        self.status(self.demux.connection(tuple)?)
    }

    /// What TCP_INFO shows of the stream behind a descriptor; of a connection that is over, its last.
    ///
    /// # Errors
    /// `EBADF` without such a descriptor, `EOPNOTSUPP` if it is no stream.
    pub fn info_of(&self, fd: Fd, now: Instant) -> Result<Info, Errno> {
        let (state, waiting) = match &self.at(fd)?.role {
            Role::Datagram(_) => return Err(Errno::EOPNOTSUPP),
            Role::Idle => (State::Closed, (0, 0)),
            Role::Listening(listening) => {
                (State::Listen, (listening.ready.len() as u32, listening.backlog as u32))
            }
            Role::Connected(connected) => match self.endpoints.get(&connected.id) {
                Some(endpoint) => return Ok(Info::of(endpoint, &self.policy, now)),
                None => (State::Closed, (0, 0)),
            },
        };
        Ok(Info { state, waiting, ..Info::default() })
    }

    /// What SO_MEMINFO shows of the socket behind a descriptor.
    ///
    /// # Errors
    /// `EBADF` without such a descriptor.
    pub fn memory_of(&self, fd: Fd) -> Result<Memory, Errno> {
        let socket = self.at(fd)?;
        let send_buffer = socket.options.send_buffer;
        let (received, queued, send_buffer) = match &socket.role {
            Role::Connected(connected) => {
                self.endpoints.get(&connected.id).map_or((0, 0, send_buffer), |endpoint| {
                    let connection = &endpoint.connection;
                    let queued = connection.unacknowledged() as u32;
                    (connection.readable() as u32, queued, connection.send_buffer())
                })
            }
            Role::Datagram(mailbox) => (mailbox.inbox.octets(), 0, send_buffer),
            Role::Idle | Role::Listening(_) => (0, 0, send_buffer),
        };
        let receive_buffer = socket.options.receive_buffer;
        Ok(Memory { received, receive_buffer, queued, send_buffer })
    }

    fn status(&self, id: ConnectionId) -> Option<Status> {
        Some(self.endpoints.get(&id)?.connection.status(&self.policy))
    }
}
