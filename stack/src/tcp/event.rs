//! What a user asks of a connection, and what it answers.
//!
//! A call never waits: where the RFC queues one until it can be satisfied, the answer says that nothing was done
//! and the caller repeats it.
//!
//! Spec: RFC 9293 §3.9.1.
use core::time::Duration;

use bytes::Bytes;
use stackdrill_wire::{Seq, State, Tuple};

use crate::tcp::action::Failure;
use crate::tcp::congestion::Congested;

/// A user call on a connection that exists. STATUS is a question,
/// [`Connection::status`](crate::tcp::Connection::status); OPEN is [`Connection::open`](crate::tcp::Connection::open) and
/// [`Listener::arrives`](crate::tcp::Listener::arrives).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Call {
    /// Queue text for the peer. RFC 9293 §3.9.1.2.
    Send {
        /// The text.
        text: Bytes,
        /// Whether its last octet is urgent: sets SND.UP behind it.
        urgent: bool,
    },
    /// Take text that has arrived. RFC 9293 §3.9.1.3.
    Receive {
        /// At most so many octets.
        most: usize,
        /// Whether to leave them in place.
        peek: bool,
    },
    /// The RFC's CLOSE: no more sending, receiving goes on (`shutdown(SHUT_WR)`). RFC 9293 §3.9.1.4.
    Shutdown,
    /// A close after which nobody can read (`close`): [`Call::Shutdown`], and lost data is reported to the peer.
    ///
    /// RFC 9293 §3.6.1 MAY-1 SHLD-3.
    Close,
    /// Throw everything away and say so. RFC 9293 §3.9.1.6.
    Abort,
}

/// What a call did.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Answer {
    /// So many octets of the text were queued; 0 only if the text was empty.
    Accepted(usize),
    /// Text that had arrived.
    Received(Received),
    /// The RFC's "ok".
    Ok,
}

/// The answer to [`Call::Receive`]. No text and no end means that none has arrived yet.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Received {
    /// The text; it never reaches across the urgent mark.
    pub text: Bytes,
    /// Whether the peer's FIN follows this text.
    pub end: bool,
    /// Octets between the end of this text and the end of the urgent data, if it has not been reached.
    pub urgent: Option<u32>,
}

/// Why a call did nothing.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There is no connection.
    #[error("connection does not exist")]
    NoConnection,
    /// This side has already closed.
    #[error("connection closing")]
    Closing,
    /// The send buffer is full.
    #[error("insufficient resources")]
    Full,
    /// The connection has failed before.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// A connection's variables, by the RFC's names.
///
/// Spec: RFC9293:3.9.1.5-status-contents.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Status {
    /// The sockets at both ends.
    pub tuple: Tuple,
    /// The state.
    pub state: State,
    /// ISS.
    pub iss: Seq,
    /// SND.UNA.
    pub snd_una: Seq,
    /// SND.NXT.
    pub snd_nxt: Seq,
    /// SND.WND, in octets.
    pub snd_wnd: u32,
    /// IRS.
    pub irs: Seq,
    /// RCV.NXT.
    pub rcv_nxt: Seq,
    /// RCV.WND, in octets.
    pub rcv_wnd: u32,
    /// Octets queued and not yet acknowledged, sent or not.
    pub queued: u32,
    /// Octets received and not yet read.
    pub readable: u32,
    /// The effective send MSS, in octets.
    pub send_mss: u32,
    /// The congestion window, in octets.
    pub congestion_window: u32,
    /// The slow start threshold, in octets.
    pub slow_start_threshold: u32,
    /// The smoothed round trip time, once measured.
    pub srtt: Option<Duration>,
    /// The round trip time variation, once measured.
    pub rttvar: Option<Duration>,
    /// The retransmission timeout in use, back-off included.
    pub rto: Duration,
    /// Timeouts in a row without progress.
    pub retransmissions: u8,
    /// How often the retransmission timeout is doubled: until a round trip is measured again.
    pub backed_off: u8,
    /// Whether timestamps are in use.
    pub timestamps: bool,
    /// Whether selective acknowledgments are in use.
    pub selective_acknowledgments: bool,
    /// The peer's window shift and ours, if windows are scaled.
    pub shifts: Option<(u8, u8)>,
    /// The MSS we announce, in octets.
    pub announced_mss: u32,
    /// The largest datagram that the path carries, as far as is known, in octets.
    pub path_mtu: u32,
    /// Probes of a shut window or a silent peer without answer.
    pub probes: u8,
    /// How the path is seen.
    pub congested: Congested,
    /// What was out when the last loss was noticed ends before this number.
    pub recover: Seq,
    /// How long an acknowledgment may wait.
    pub delayed_ack: Option<Duration>,
    /// Whether both ends have agreed on explicit congestion notification.
    pub marks: bool,
    /// Whether all the text of a SYN, its own or the peer's, was taken.
    pub opened_with_text: bool,
    /// Whether it was in use before its handshake was over, for the peer's SYN had a good cookie.
    pub opened_early: bool,
}
