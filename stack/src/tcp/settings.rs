//! What a user may set for one connection.
use core::time::Duration;

use crate::Policy;
use crate::policy::Limit;

/// One connection's choices; they start as the stack's.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Settings {
    /// Whether small segments wait for an acknowledgment. RFC 9293 §3.7.4 MUST-17.
    pub nagle: bool,
    /// Whether the last, small segment waits for more text whatever is outstanding (`TCP_CORK`, `TCP_NOPUSH`,
    /// `MSG_MORE`).
    pub cork: bool,
    /// The receive buffer, in octets. One that grows widens the window; one that shrinks takes nothing back.
    pub receive_buffer: u32,
    /// The send buffer, in octets.
    pub send_buffer: u32,
    /// Up to how many octets it may grow with the congestion window; `None` where it is fixed.
    pub send_buffer_most: Option<u32>,
    /// The largest segment to announce and to send, in octets without options (`TCP_MAXSEG`).
    pub most_segment: Option<u16>,
    /// R2 as the user wants it. RFC 9293 §3.8.3 MUST-21.
    pub user_timeout: Option<Duration>,
    /// Keep-alives, if wanted. RFC 9293 §3.8.4 MUST-24 MUST-25.
    pub keep_alive: Option<KeepAlive>,
    /// How long an acknowledgment may wait; `None` for not at all.
    pub delayed_ack: Option<Duration>,
    /// Whether acknowledgments wait from the start, where the stack would hurry a new connection's.
    pub lingers: bool,
    /// R2 for a SYN as the user wants it. RFC 9293 §3.8.3 MUST-23.
    pub syn_r2: Option<Limit>,
    /// How long a closed connection waits in FIN-WAIT-2, as the user wants it.
    pub fin_wait_2: Option<Duration>,
    /// Whether a SYN carries no options at all.
    pub no_options: bool,
}

/// When and how often an idle connection is probed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct KeepAlive {
    /// How long nothing arrives before the first probe.
    pub idle: Duration,
    /// The time between two probes.
    pub interval: Duration,
    /// How many unanswered probes in a row end the connection.
    pub probes: u8,
}

impl Settings {
    /// The stack's own choices.
    ///
    /// Spec: RFC9293:MUST-25.
    #[must_use]
    pub const fn new(policy: &Policy) -> Self {
        Self {
            nagle: policy.nagle,
            cork: false,
            receive_buffer: policy.receive_buffer,
            send_buffer: policy.send_buffer,
            send_buffer_most: policy.largest_send_buffer,
            most_segment: None,
            user_timeout: None,
            keep_alive: if policy.keep_alive_always { Some(KeepAlive::new(policy)) } else { None },
            delayed_ack: policy.delayed_ack,
            lingers: false,
            syn_r2: None,
            fin_wait_2: None,
            no_options: false,
        }
    }
}

impl KeepAlive {
    /// The stack's own choices, for a user who just switches keep-alives on.
    #[must_use]
    pub const fn new(policy: &Policy) -> Self {
        Self {
            idle: policy.keep_alive_idle,
            interval: policy.keep_alive_interval,
            probes: policy.keep_alive_probes,
        }
    }
}
