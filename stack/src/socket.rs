//! The POSIX-shaped calls, over a [`Host`].
//!
//! A call never waits. One that would have to wait on a blocking descriptor answers [`Outcome::Blocks`] and has
//! changed nothing but what waiting itself implies (a `connect` has sent its SYN); the driver repeats it, with
//! [`Host::resume`](crate::Host), after the next event until it answers otherwise.
use core::net::SocketAddr;

use bytes::Bytes;

use crate::Errno;

/// A descriptor: the smallest free number from 3 up, as POSIX asks.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Fd(pub i32);

/// How a call ended.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Outcome<T> {
    /// It returned.
    Done(T),
    /// It failed.
    Failed(Errno),
    /// It waits, on a blocking descriptor.
    Blocks,
}

/// `AF_INET` or `AF_INET6`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Domain {
    /// IPv4.
    Inet,
    /// IPv6; reaches IPv4 through mapped addresses unless `IPV6_V6ONLY` is set.
    Inet6,
}

/// `SOCK_STREAM` or `SOCK_DGRAM`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// TCP.
    Stream,
    /// UDP.
    Datagram,
}

/// Flags of `send` and `recv` calls.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct MessageFlags {
    /// `MSG_DONTWAIT`.
    pub dont_wait: bool,
    /// `MSG_PEEK`.
    pub peek: bool,
    /// `MSG_OOB`.
    pub out_of_band: bool,
    /// `MSG_NOSIGNAL`.
    pub no_signal: bool,
    /// `MSG_MORE`.
    pub more: bool,
    /// `MSG_WAITALL`.
    pub wait_all: bool,
}

/// What `recv` and its kin return.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Received {
    /// The data; empty at the end of the stream.
    pub data: Bytes,
    /// Who sent it (datagram sockets).
    pub from: Option<SocketAddr>,
}

/// `SHUT_RD`, `SHUT_WR`, `SHUT_RDWR`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Shutdown {
    /// No more receiving.
    Read,
    /// No more sending: FIN.
    Write,
    /// Neither.
    Both,
}
