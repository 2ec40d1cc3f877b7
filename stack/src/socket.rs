//! The POSIX-shaped calls, over a [`Host`].
//!
//! A call never waits. One that has to wait on a blocking descriptor answers [`Outcome::Blocks`] and has changed
//! nothing but what waiting itself implies (a `connect` has sent its SYN, a `send` has queued what fitted). The
//! driver keeps the [`Pending`] and hands it to [`Host::resume`] after every later event, and at its
//! [`Pending::deadline`], until it answers otherwise.
//!
//! | file | calls |
//! | --- | --- |
//! | `table`, `descriptors` | `socket`, `close`; descriptors and what stands behind them |
//! | `open` | `bind`, `listen`, `accept`, `connect`, `getsockname`, `getpeername` |
//! | `fast_open` | `sendto` with `MSG_FASTOPEN`, and its options |
//! | `transfer` | `send`, `recv` and their kin on streams, `shutdown` |
//! | `message` | `sendmsg`: what one message asks for itself |
//! | `datagram` | the same on datagram sockets |
//! | `urgent` | urgent data, in its place or beside the stream |
//! | `notice`, `stamping` | the error queue, and what is told of what was sent |
//! | `option` | `setsockopt`, `getsockopt` |
//! | `control` | `fcntl`, `ioctl` |
//! | `poll`, `epoll` | who is ready for what |
//! | `file` | descriptors that are no sockets: pipes and files; `splice`, `sendfile` |
//! | `pending` | calls that wait |
//!
//! Spec: RFC 9293 §3.9.1, POSIX.1-2024 System Interfaces.
use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;

use crate::Errno;
#[cfg(doc)]
use crate::Host;

mod control;
mod datagram;
pub(crate) mod descriptors;
mod echo;
pub(crate) mod epoll;
mod fast_open;
pub(crate) mod file;
mod message;
pub(crate) mod notice;
mod open;
mod option;
mod pending;
mod poll;
pub mod stamping;
pub(crate) mod table;
mod transfer;
mod urgent;

pub use epoll::{EpollChange, EpollEvent, EpollEvents};
pub use message::MessageOptions;
pub use notice::{Ancillary, Notice, Origin};
pub use option::{OptionValue, Recorded, SocketOption};
pub use pending::{Pending, Returned};

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
    /// It waits, on a blocking descriptor; [`Host::resume`] asks again.
    Blocks(Pending),
}

/// `AF_INET` or `AF_INET6`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Domain {
    /// IPv4.
    Inet,
    /// IPv6; reaches IPv4 through mapped addresses unless `IPV6_V6ONLY` is set.
    Inet6,
}

/// `SOCK_STREAM` or `SOCK_DGRAM`, and of what.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// TCP.
    Stream,
    /// UDP.
    Datagram,
    /// ICMP echo: datagrams that are requests one way and replies the other.
    Echo,
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
    /// `MSG_TRUNC`: a stream's octets are dropped rather than copied; a datagram's whole length is told.
    pub truncate: bool,
    /// `MSG_ERRQUEUE`: what waits in the error queue.
    pub error_queue: bool,
    /// `MSG_ZEROCOPY`: tell when the buffer may be used again.
    pub zero_copy: bool,
}

impl MessageFlags {
    /// None of them.
    pub const NONE: Self = Self {
        dont_wait: false,
        peek: false,
        out_of_band: false,
        no_signal: false,
        more: false,
        wait_all: false,
        truncate: false,
        error_queue: false,
        zero_copy: false,
    };
}

/// What `recv` and its kin return.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Received {
    /// The data; empty at the end of the stream.
    pub data: Bytes,
    /// Who sent it (datagram sockets).
    pub from: Option<SocketAddr>,
    /// Which of our addresses it was sent to (datagram sockets). RFC1122:4.1.3.5-specific-destination-up.
    pub to: Option<SocketAddr>,
    /// The Type of Service or Traffic Class it came with (datagram sockets).
    pub traffic_class: Option<u8>,
    /// The Time to Live or Hop Limit it came with (datagram sockets).
    pub hop_limit: Option<u8>,
    /// Whether the datagram was longer and its rest is lost (`MSG_TRUNC`).
    pub truncated: bool,
    /// Octets that the call counts: those of `data`, or more where `MSG_TRUNC` asked for it.
    pub length: usize,
    /// Whether it comes from the error queue (`MSG_ERRQUEUE`).
    pub from_error_queue: bool,
    /// Whether it is urgent data read beside the stream (`MSG_OOB`).
    pub out_of_band: bool,
    /// What the socket was asked to tell beside the data.
    pub ancillary: Vec<Ancillary>,
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

/// What `fcntl` is asked. Flags are numbered as on Linux.
#[expect(clippy::enum_variant_names, reason = "fcntl has two kinds of flags, and says which")]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Fcntl {
    /// `F_GETFD`: 1 if the descriptor were closed by `execve`.
    GetDescriptorFlags,
    /// `F_SETFD`.
    SetDescriptorFlags(i32),
    /// `F_GETFL`.
    GetFlags,
    /// `F_SETFL`.
    SetFlags(i32),
}

/// `O_RDWR`: what every socket's flags hold.
pub const O_RDWR: i32 = 0o2;
/// `O_NONBLOCK`: calls that would wait fail with `EAGAIN`.
pub const O_NONBLOCK: i32 = 0o4000;

/// What `ioctl` is asked.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Ioctl {
    /// `FIONREAD`, `SIOCINQ`: octets that can be read; for a datagram socket those of the next datagram.
    Unread,
    /// `SIOCOUTQ`: octets sent or queued and not yet acknowledged.
    Unacknowledged,
    /// `SIOCOUTQNSD`: octets queued and not yet sent.
    Unsent,
    /// `SIOCATMARK`: 1 if the next octet to read is the urgent one.
    AtMark,
    /// `FIONBIO`: whether calls fail rather than wait.
    Nonblocking(bool),
}

/// A set of `poll` events, with the numbers of Linux.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Events(pub u16);

impl Events {
    /// `POLLIN`: reading would not wait.
    pub const IN: Self = Self(0x001);
    /// `POLLPRI`: urgent data.
    pub const PRI: Self = Self(0x002);
    /// `POLLOUT`: writing would not wait.
    pub const OUT: Self = Self(0x004);
    /// `POLLERR`: an error is pending. Always reported.
    pub const ERR: Self = Self(0x008);
    /// `POLLHUP`: both directions are closed. Always reported.
    pub const HUP: Self = Self(0x010);
    /// `POLLNVAL`: no such descriptor. Always reported.
    pub const NVAL: Self = Self(0x020);
    /// `POLLRDNORM`: the same as `POLLIN` here.
    pub const RDNORM: Self = Self(0x040);
    /// `POLLWRNORM`: the same as `POLLOUT` here.
    pub const WRNORM: Self = Self(0x100);
    /// `POLLRDHUP`: the peer will send no more.
    pub const RDHUP: Self = Self(0x2000);

    /// Whether every event of `other` is in the set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The events of either set.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The events of both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// These events if `condition` holds, else none.
    const fn when(self, condition: bool) -> Self {
        if condition { self } else { Self(0) }
    }
}

/// One descriptor that `poll` looks at, and the events it is asked about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PollEntry {
    /// The descriptor; a negative one is passed over.
    pub fd: Fd,
    /// What is asked.
    pub events: Events,
}

/// What closing does with text that is not yet delivered (`SO_LINGER`).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Linger {
    /// `close` returns at once; delivery goes on behind it.
    #[default]
    Off,
    /// `close` waits so long for delivery; with zero it aborts the connection.
    For(Duration),
}

impl<T> Outcome<T> {
    /// The same outcome with another result.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Done(result) => Outcome::Done(change(result)),
            Self::Failed(errno) => Outcome::Failed(errno),
            Self::Blocks(pending) => Outcome::Blocks(pending),
        }
    }

    /// The result, if it returned.
    #[must_use]
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(result) => Some(result),
            Self::Failed(_) | Self::Blocks(_) => None,
        }
    }

    /// Why it failed, if it did.
    #[must_use]
    pub const fn errno(&self) -> Option<Errno> {
        match self {
            Self::Failed(errno) => Some(*errno),
            Self::Done(_) | Self::Blocks(_) => None,
        }
    }
}

impl<T> From<Result<T, Errno>> for Outcome<T> {
    fn from(result: Result<T, Errno>) -> Self {
        match result {
            Ok(result) => Self::Done(result),
            Err(errno) => Self::Failed(errno),
        }
    }
}
