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

/// When a listener answers with a SYN cookie: a connection opened by one has no option but the segment size.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SynCookies {
    /// Never: a SYN for which there is no room is not heard.
    Never,
    /// While its queue of half-open connections is full.
    WhenFull,
    /// Always.
    Always,
}

/// Choices of the socket layer.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Sockets {
    /// The least and the most octets that `setsockopt` gives a stream's buffers; what they start with is
    /// [`Policy::receive_buffer`](crate::Policy) and [`Policy::send_buffer`](crate::Policy).
    ///
    /// Chooses: RFC 9293 §3.8.6, RFC9293:3.10.2-send-no-space.
    pub stream_buffers: (u32, u32),
    /// The least and the most segment that a user may ask for (`TCP_MAXSEG`), in octets.
    ///
    /// Chooses: RFC 9293 §3.7.1.
    pub asked_segments: (u16, u16),
    /// A datagram socket's receive buffer: text and bookkeeping of datagrams not yet read.
    ///
    /// Chooses: RFC1122:4.1.4-maxsize.
    pub datagram_receive: Buffer,
    /// A datagram socket's send buffer: the largest datagram it takes.
    ///
    /// Chooses: RFC1122:4.1.4-maxsize.
    pub datagram_send: Buffer,
    /// How much room in its send buffer makes a stream ready for writing (`SO_SNDLOWAT`), in octets; `None` where users
    /// cannot change that.
    ///
    /// Chooses: RFC 9293 §3.9.1.2.
    pub send_low_water: Option<u32>,
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
    /// Whether a listener answers SYNs without keeping anything of them, and when.
    ///
    /// Chooses: RFC 4987 §3.6.
    pub syn_cookies: SynCookies,
    /// Whether a new IPv6 socket leaves IPv4 alone until `IPV6_V6ONLY` is cleared (RFC 3493 §5.3).
    ///
    /// Chooses: RFC9293:3.9.1.1-passive-local-address.
    pub v6_only: bool,
    /// Whether `connect`, called again once the handshake has ended, says so once before it says `EISCONN`.
    ///
    /// Chooses: RFC9293:3.10.1-open-other-states.
    pub connect_again_succeeds: bool,
    /// Whether urgent data stays in its place in the stream until a user asks for it beside it (`SO_OOBINLINE`).
    ///
    /// Chooses: RFC 9293 §3.8.5.
    pub urgent_inline: bool,
    /// Whether writing to a stream that never had a connection fails as on a closed one, with `EPIPE`; else with `ENOTCONN`.
    ///
    /// Chooses: RFC9293:3.10.2-send-closed.
    pub unconnected_is_closed: bool,
    /// Whether `shutdown` for reading ends the listening of a listening socket, and for writing does nothing; else it fails.
    ///
    /// Chooses: RFC 9293 §3.9.1.4.
    pub shutdown_ends_listening: bool,
    /// Whether a stream goes on to receive, and its user to read, after `shutdown` for reading: it only waits no more.
    ///
    /// Chooses: RFC 9293 §3.9.1.4.
    pub shutdown_keeps_received: bool,
    /// Whether what `MSG_ZEROCOPY` sent was copied all the same, as where the device does not read the user's memory.
    ///
    /// Chooses: RFC 9293 §3.9.1.2.
    pub zero_copy_copies: bool,
    /// The most reports that wait in one socket's error queue, and the most that are outstanding for one connection.
    ///
    /// Chooses: RFC1122:4.1.3.3-icmp-to-application.
    pub error_queue: usize,
    /// The octets that one pipe holds.
    ///
    /// Chooses: RFC 9293 §3.9.
    pub pipe: usize,
    /// The most descriptors open at a time.
    ///
    /// Chooses: RFC9293:3.10.1-open-no-resources.
    pub descriptors: usize,
    /// The most connections, with or without descriptor.
    ///
    /// Chooses: RFC9293:3.10.1-open-no-resources.
    pub connections: usize,
}

impl Sockets {
    /// How much is set aside for each octet that a user asks for.
    pub(crate) const fn aside(&self) -> u32 {
        if self.doubles_buffers { 2 } else { 1 }
    }
}

impl Default for Sockets {
    /// Plain sizes without tuning.
    fn default() -> Self {
        Self {
            stream_buffers: (1, 1 << 30),
            asked_segments: (1, u16::MAX),
            datagram_receive: Buffer { least: 1, default: 212_992, most: 1 << 30 },
            datagram_send: Buffer { least: 1, default: 212_992, most: 1 << 30 },
            send_low_water: Some(1),
            doubles_buffers: false,
            backlog_most: 4096,
            backlog_slack: 0,
            half_open_most: 4096,
            syn_cookies: SynCookies::Never,
            v6_only: false,
            connect_again_succeeds: false,
            urgent_inline: true,
            unconnected_is_closed: false,
            shutdown_ends_listening: false,
            shutdown_keeps_received: false,
            zero_copy_copies: true,
            error_queue: 256,
            pipe: 65_536,
            descriptors: 1024,
            connections: 65_536,
        }
    }
}
