//! The calls that a target is asked to make, with their arguments evaluated, and how they end.
//!
//! The shape is POSIX's; numbers (`level`, `flags`, ...) are those of the target's [`Abi`](crate::constants::Abi),
//! so that a live stack can be handed them as they are.
use core::net::SocketAddr;

use bytes::Bytes;
use stackdrill_wire::Instant;

use super::Unsupported;
use crate::constants::Errno;

mod control;

pub use control::{Control, ControlData, ExtendedError, Statistic};

/// A descriptor of the target's own numbering.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Fd(pub i32);

/// One call.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Call {
    /// `socket(domain, kind, protocol)`.
    Socket {
        /// `AF_INET` or `AF_INET6`.
        domain: i32,
        /// `SOCK_STREAM` or `SOCK_DGRAM`, perhaps with `SOCK_NONBLOCK`.
        kind: i32,
        /// `IPPROTO_TCP`, `IPPROTO_UDP` or 0.
        protocol: i32,
    },
    /// `bind`.
    Bind {
        /// The socket.
        fd: Fd,
        /// The local address; IPv4 on an IPv6 socket is written in its mapped form.
        address: SocketAddr,
    },
    /// `listen`.
    Listen {
        /// The socket.
        fd: Fd,
        /// How many connections may wait for `accept`.
        backlog: i32,
    },
    /// `accept`.
    Accept {
        /// The listening socket.
        fd: Fd,
    },
    /// `connect`.
    Connect {
        /// The socket.
        fd: Fd,
        /// Whom to reach.
        to: Peer,
    },
    /// `read`, `readv`, `recv`, `recvfrom` or `recvmsg`.
    Receive {
        /// The socket.
        fd: Fd,
        /// Which of them.
        by: Receiving,
        /// Room in the buffer, in octets.
        length: usize,
        /// `MSG_*`; 0 for the first two.
        flags: i32,
    },
    /// `write`, `writev`, `send`, `sendto` or `sendmsg`.
    Send {
        /// The socket.
        fd: Fd,
        /// Which of them.
        by: Sending,
        /// The data.
        data: Bytes,
        /// `MSG_*`; 0 for the first two.
        flags: i32,
        /// The destination that `sendto` and `sendmsg` name.
        to: Option<Peer>,
    },
    /// `shutdown`.
    Shutdown {
        /// The socket.
        fd: Fd,
        /// `SHUT_RD`, `SHUT_WR` or `SHUT_RDWR`.
        how: i32,
    },
    /// `close`.
    Close {
        /// The descriptor.
        fd: Fd,
    },
    /// `setsockopt`.
    SetOption {
        /// The socket.
        fd: Fd,
        /// Which option.
        option: SocketOption,
        /// The value.
        value: Value,
        /// The length argument, in octets.
        length: u32,
    },
    /// `getsockopt`.
    GetOption {
        /// The socket.
        fd: Fd,
        /// Which option.
        option: SocketOption,
        /// Room in the buffer, in octets.
        length: u32,
    },
    /// `fcntl`.
    Fcntl {
        /// The descriptor.
        fd: Fd,
        /// `F_*`.
        command: i32,
        /// The third argument, if given.
        argument: Option<i32>,
    },
    /// `ioctl` with an integer to fill.
    Ioctl {
        /// The descriptor.
        fd: Fd,
        /// Such as `SIOCINQ`.
        request: i64,
        /// The integer handed in, if given.
        argument: Option<i32>,
    },
    /// `poll`.
    Poll {
        /// What to watch.
        watched: Vec<Polled>,
        /// Milliseconds to wait; negative waits for ever.
        timeout: i32,
    },
    /// A receiving or sending call with a null pointer for its buffer.
    WithoutBuffer(Box<Self>),
    /// `epoll_create`.
    EpollCreate {
        /// The size, which only has to be positive.
        size: i32,
    },
    /// `epoll_ctl`.
    EpollControl {
        /// Who watches.
        epoll: Fd,
        /// `EPOLL_CTL_*`.
        operation: i32,
        /// Who is watched.
        fd: Fd,
        /// For what, and what to say then.
        event: EpollEvent,
    },
    /// `epoll_wait`.
    EpollWait {
        /// Who watches.
        epoll: Fd,
        /// The most events.
        most: i32,
        /// Milliseconds to wait; negative waits for ever.
        timeout: i32,
    },
    /// `pipe`.
    Pipe,
    /// `splice`, without offsets.
    Splice {
        /// From where.
        from: Fd,
        /// Where to.
        to: Fd,
        /// At most so many octets.
        length: usize,
        /// `SPLICE_F_*`.
        flags: i32,
    },
    /// `open` of a file of this host. Whoever hands it on has been allowed to.
    Open {
        /// The file.
        path: std::path::PathBuf,
        /// `O_*`.
        flags: i32,
    },
    /// `sendfile`.
    SendFile {
        /// The socket.
        to: Fd,
        /// The file.
        from: Fd,
        /// From where in it, if not from where it was read up to.
        offset: Option<i64>,
        /// At most so many octets.
        count: usize,
    },
    /// `cap_set`: takes a capability away from the process, or gives it back.
    SetCapability {
        /// `CAP_EFFECTIVE` or another set.
        set: i32,
        /// `CAP_*`.
        capability: i32,
        /// `CAP_SET` or `CAP_CLEAR`.
        value: i32,
    },
}

/// `struct epoll_event`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct EpollEvent {
    /// `EPOLL*`.
    pub events: u32,
    /// The user's word.
    pub data: u64,
}

impl Call {
    /// The call's name as scripts write it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Socket { .. } => "socket",
            Self::Bind { .. } => "bind",
            Self::Listen { .. } => "listen",
            Self::Accept { .. } => "accept",
            Self::Connect { .. } => "connect",
            Self::Receive { by, .. } => by.name(),
            Self::Send { by, .. } => by.name(),
            Self::Shutdown { .. } => "shutdown",
            Self::Close { .. } => "close",
            Self::SetOption { .. } => "setsockopt",
            Self::GetOption { .. } => "getsockopt",
            Self::Fcntl { .. } => "fcntl",
            Self::Ioctl { .. } => "ioctl",
            Self::Poll { .. } => "poll",
            Self::WithoutBuffer(call) => call.name(),
            Self::EpollCreate { .. } => "epoll_create",
            Self::EpollControl { .. } => "epoll_ctl",
            Self::EpollWait { .. } => "epoll_wait",
            Self::Pipe => "pipe",
            Self::Splice { .. } => "splice",
            Self::Open { .. } => "open",
            Self::SendFile { .. } => "sendfile",
            Self::SetCapability { .. } => "cap_set",
        }
    }
}

/// The calls that receive.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Receiving {
    /// `read`.
    Read,
    /// `readv`.
    Readv,
    /// `recv`.
    Recv,
    /// `recvfrom`.
    RecvFrom,
    /// `recvmsg`.
    RecvMsg {
        /// Room for control messages, in octets.
        control: usize,
    },
}

impl Receiving {
    /// As scripts write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Readv => "readv",
            Self::Recv => "recv",
            Self::RecvFrom => "recvfrom",
            Self::RecvMsg { .. } => "recvmsg",
        }
    }
}

/// The calls that send.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Sending {
    /// `write`.
    Write,
    /// `writev`.
    Writev,
    /// `send`.
    Send,
    /// `sendto`.
    SendTo,
    /// `sendmsg`.
    SendMsg {
        /// The control messages that go with the data.
        control: Vec<Control>,
    },
}

impl Sending {
    /// As scripts write it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Writev => "writev",
            Self::Send => "send",
            Self::SendTo => "sendto",
            Self::SendMsg { .. } => "sendmsg",
        }
    }
}

/// The address argument of `connect`, `sendto` and `sendmsg`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Peer {
    /// An address; IPv4 on an IPv6 socket is written in its mapped form.
    Address(SocketAddr),
    /// A zeroed address of this family; `AF_UNSPEC` dissolves the association.
    Family(i32),
}

/// A socket option by its two numbers.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SocketOption {
    /// `SOL_SOCKET`, `IPPROTO_TCP`, ...
    pub level: i32,
    /// `SO_*`, `TCP_*`, ...
    pub name: i32,
}

/// The value of a socket option.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Value {
    /// An `int`.
    Int(i32),
    /// A `struct linger`.
    Linger {
        /// Whether to linger.
        onoff: i32,
        /// Seconds.
        linger: i32,
    },
    /// Anything else, as octets.
    Octets(Bytes),
}

/// One descriptor that `poll` watches.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Polled {
    /// The descriptor.
    pub fd: Fd,
    /// `POLL*`, asked for.
    pub events: i16,
}

/// How a call stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallOutcome {
    /// When it ended, or was last asked about.
    pub at: Instant,
    /// How it ended.
    pub end: End,
}

/// How a call ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum End {
    /// It returned this (a descriptor, a count of octets, 0), and filled this in.
    Returned {
        /// The return value, never -1.
        value: i32,
        /// The out-arguments.
        output: Output,
    },
    /// It returned -1 with this errno.
    Failed(Errno),
    /// It waits.
    Blocks,
    /// The target cannot make this call.
    Unsupported(Unsupported),
}

impl End {
    /// It returned `value` and filled nothing in.
    #[must_use]
    pub const fn done(value: i32) -> Self {
        Self::Returned { value, output: Output::Nothing }
    }

    /// It failed with the errno of this name, such as `EAGAIN`; a name that is no errno's is said to be unsupported.
    #[must_use]
    pub fn failed(errno: &str) -> Self {
        Errno::named(errno).map_or_else(|| Self::unsupported(&format!("the errno {errno}")), Self::Failed)
    }

    /// The target cannot make this call, for want of the feature named.
    #[must_use]
    pub fn unsupported(feature: &str) -> Self {
        Self::Unsupported(Unsupported(feature.to_owned()))
    }
}

/// What a call filled in.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Output {
    /// Nothing to look at.
    #[default]
    Nothing,
    /// `accept`: who connected.
    Accepted(SocketAddr),
    /// The receiving calls.
    Received(Message),
    /// `getsockopt`: the value.
    Option(Value),
    /// `ioctl`: the integer.
    Int(i32),
    /// `poll`: the returned events, in the order of the watched descriptors.
    Polled(Vec<i16>),
    /// `epoll_wait`: what is ready.
    Watched(Vec<EpollEvent>),
    /// `pipe`: the end to read from and the end to write into.
    Pipe(Fd, Fd),
}

/// What a receiving call got.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Message {
    /// The data; empty at the end of the stream.
    pub data: Bytes,
    /// Who sent it (datagram sockets).
    pub from: Option<SocketAddr>,
    /// The flags that `recvmsg` returns.
    pub flags: i32,
    /// The control messages that fitted.
    pub control: Vec<Control>,
}
