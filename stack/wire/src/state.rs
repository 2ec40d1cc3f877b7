//! The eleven states.
//!
//! Spec: RFC 9293 §3.3.2.
use core::fmt;

/// A connection's state, by the RFC's name.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum State {
    /// No connection at all.
    #[default]
    Closed,
    /// Waiting for a connection request from any remote.
    Listen,
    /// Waiting for a matching request after having sent one.
    SynSent,
    /// Waiting for the acknowledgment of our request after both received and sent one.
    SynReceived,
    /// Open: data may flow both ways.
    Established,
    /// Our FIN is sent, unacknowledged; the peer's not received.
    FinWait1,
    /// Our FIN is acknowledged; waiting for the peer's.
    FinWait2,
    /// The peer's FIN is received; waiting for the user's close.
    CloseWait,
    /// Both FINs crossed; waiting for the acknowledgment of ours.
    Closing,
    /// The peer's FIN came first; waiting for the acknowledgment of ours.
    LastAck,
    /// Waiting 2 MSL for old segments to die.
    TimeWait,
}

impl State {
    /// All eleven, in the RFC's order of life.
    pub const ALL: [Self; 11] = [
        Self::Closed,
        Self::Listen,
        Self::SynSent,
        Self::SynReceived,
        Self::Established,
        Self::FinWait1,
        Self::FinWait2,
        Self::CloseWait,
        Self::Closing,
        Self::LastAck,
        Self::TimeWait,
    ];

    /// The RFC's spelling, such as `SYN-SENT`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "CLOSED",
            Self::Listen => "LISTEN",
            Self::SynSent => "SYN-SENT",
            Self::SynReceived => "SYN-RECEIVED",
            Self::Established => "ESTABLISHED",
            Self::FinWait1 => "FIN-WAIT-1",
            Self::FinWait2 => "FIN-WAIT-2",
            Self::CloseWait => "CLOSE-WAIT",
            Self::Closing => "CLOSING",
            Self::LastAck => "LAST-ACK",
            Self::TimeWait => "TIME-WAIT",
        }
    }

    /// Whether both sides have agreed on sequence numbers: ESTABLISHED and later.
    ///
    /// Spec: RFC 9293 §3.5.2.
    #[must_use]
    pub const fn is_synchronized(self) -> bool {
        !matches!(self, Self::Closed | Self::Listen | Self::SynSent | Self::SynReceived)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
