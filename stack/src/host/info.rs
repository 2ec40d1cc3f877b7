//! What can be seen of a host: its connections and its counts. Nothing here changes anything.
use core::hash::{Hash, Hasher};

use stackdrill_wire::{State, Tuple};

use super::{ConnectionId, Host};
use crate::Errno;
use crate::socket::Fd;
use crate::socket::table::Role;
use crate::tcp::Status;

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
    /// Segments that were heard.
    pub segments: u64,
    /// UDP datagrams that were queued for a socket.
    pub datagrams: u64,
    /// UDP datagrams for a port that nobody reads.
    pub no_port: u64,
    /// UDP datagrams lost because the socket's queue was full.
    pub inbox_full: u64,
    /// SYNs and ACKs not heard because the listener's queue was full.
    pub backlog_full: u64,
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

    /// The variables of the connection behind a descriptor; the last ones, if it is over.
    ///
    /// # Errors
    /// `EBADF` without such a descriptor, `ENOTCONN` without connection.
    pub fn info_of(&self, fd: Fd) -> Result<Status, Errno> {
        match &self.at(fd)?.role {
            Role::Connected(connected) => self.status(connected.id).ok_or(Errno::ENOTCONN),
            Role::Idle | Role::Listening(_) | Role::Datagram(_) => Err(Errno::ENOTCONN),
        }
    }

    fn status(&self, id: ConnectionId) -> Option<Status> {
        Some(self.endpoints.get(&id)?.connection.status(&self.policy))
    }
}
