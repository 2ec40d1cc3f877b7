//! What POSIX and the RFCs leave open at the socket: buffer sizes, backlogs, what close does.

/// The sizes a socket buffer can have, in octets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Buffer {
    /// `setsockopt` never goes below it.
    pub least: u32,
    /// What a new socket has.
    pub default: u32,
    /// `setsockopt` never goes above it.
    pub most: u32,
}

/// Choices of the socket layer.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Sockets {
    /// The least and the most octets that `setsockopt` gives a stream's buffers; what they start with is
    /// [`Policy::receive_buffer`](crate::Policy) and [`Policy::send_buffer`](crate::Policy).
    ///
    /// Chooses: RFC 9293 §3.8.6, RFC9293:3.10.2-send-no-space.
    pub stream_buffers: (u32, u32),
    /// A datagram socket's receive buffer: text and bookkeeping of datagrams not yet read.
    ///
    /// Chooses: RFC1122:4.1.4-maxsize.
    pub datagram_receive: Buffer,
    /// A datagram socket's send buffer: the largest datagram it takes.
    ///
    /// Chooses: RFC1122:4.1.4-maxsize.
    pub datagram_send: Buffer,
    /// Whether the system sets aside twice the buffer that `setsockopt` asks for, and says so.
    ///
    /// Chooses: RFC 9293 §3.9.1.
    pub doubles_buffers: bool,
    /// The most connections that `listen` lets wait for `accept`.
    ///
    /// Chooses: RFC9293:3.10.1-open-no-resources.
    pub backlog_most: u32,
    /// How many may wait on top of the backlog that `listen` asked for: 1 where the queue is full only above it.
    ///
    /// Chooses: RFC9293:3.10.1-open-no-resources.
    pub backlog_slack: u32,
    /// The most connection requests of one listener that may be half open (RFC 4987 §2).
    ///
    /// Chooses: RFC9293:3.10.1-open-no-resources.
    pub half_open_most: u32,
    /// Whether a new IPv6 socket leaves IPv4 alone until `IPV6_V6ONLY` is cleared (RFC 3493 §5.3).
    ///
    /// Chooses: RFC9293:3.9.1.1-passive-local-address.
    pub v6_only: bool,
    /// Whether `connect`, called again once the handshake has ended, says so once before it says `EISCONN`.
    ///
    /// Chooses: RFC9293:3.10.1-open-other-states.
    pub connect_again_succeeds: bool,
    /// The most descriptors open at a time.
    ///
    /// Chooses: RFC9293:3.10.1-open-no-resources.
    pub descriptors: usize,
    /// The most connections, with or without descriptor.
    ///
    /// Chooses: RFC9293:3.10.1-open-no-resources.
    pub connections: usize,
}

impl Default for Sockets {
    /// Plain sizes without tuning.
    fn default() -> Self {
        Self {
            stream_buffers: (1, 1 << 30),
            datagram_receive: Buffer { least: 1, default: 212_992, most: 1 << 30 },
            datagram_send: Buffer { least: 1, default: 212_992, most: 1 << 30 },
            doubles_buffers: false,
            backlog_most: 4096,
            backlog_slack: 0,
            half_open_most: 4096,
            v6_only: false,
            connect_again_succeeds: false,
            descriptors: 1024,
            connections: 65_536,
        }
    }
}
