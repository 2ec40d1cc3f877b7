//! What happened at an endpoint, in the oracle's own words.
use stackdrill_wire::{Segment, Seq, State};

use crate::KeepAlive;

/// One thing that happened at the endpoint under judgment.
#[derive(Clone, Copy, Debug)]
pub enum Observation<'a> {
    /// A segment addressed to the endpoint.
    Received(&'a Segment),
    /// A segment addressed to the endpoint which its user has asked not to be troubled with for a while, as with
    /// `TCP_DEFER_ACCEPT`: it counts, or it is as if it had never come.
    Deferred(&'a Segment),
    /// A segment from the endpoint.
    Sent(&'a Segment),
    /// An ICMP error about one of the endpoint's segments arrived.
    Complaint {
        /// Whether it says that the connection cannot be (RFC 9293 §3.9.2.2: unreachable codes 2 to 4 for IPv4).
        hard: bool,
    },
    /// A router says that one of the endpoint's segments, which began at `seq`, was too big for a path that takes so many
    /// octets of TCP header and text.
    TooBig {
        /// The path's MTU less the IP header, in octets.
        size: u32,
        /// The quoted sequence number.
        seq: Seq,
    },
    /// From here on routers may cut what the endpoint sends, or it ignores what they say, as the user asked.
    MayBeCut,
    /// The user called, and this came of it.
    Called(Call, Outcome),
    /// The user, or who set the host up, has said how long it waits for a peer (`TCP_USER_TIMEOUT`, `TCP_SYNCNT`, a
    /// `sysctl`): from here on the connection may be given up at any time. RFC 9293 §3.8.3 MUST-21.
    Impatient,
    /// What the user now wants of keep-alives (`SO_KEEPALIVE`, `TCP_KEEPIDLE`). RFC 9293 §3.8.4.
    KeepAlive(KeepAlive),
    /// Nothing happened up to this time.
    Elapsed,
    /// The target showed the connection's state.
    Seen(State),
}

/// A user call, by the RFC's name where it has one. Spec: RFC 9293 §3.9.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Call {
    /// OPEN that waits: the port is listened on.
    PassiveOpen,
    /// OPEN that sends a SYN.
    ActiveOpen,
    /// SEND; the outcome says how many octets were taken.
    Send,
    /// SEND of text that ends in urgent octets, all of which were taken.
    SendUrgent,
    /// RECEIVE; the outcome says how many octets were delivered.
    Receive,
    /// CLOSE: no more to send, but still reading (a POSIX `shutdown` for writing).
    Close,
    /// The user let go of the connection: no more to send, and nobody will read (a POSIX `close`).
    Release,
    /// ABORT.
    Abort,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It was done, with this many octets for SEND and RECEIVE and 0 for the others.
    Done(u32),
    /// Up to so many octets were taken or will be, by a SEND that waits; and those taken may be held back, as the user
    /// asked.
    AtMost(u32),
    /// RECEIVE found nothing to deliver, though it asked for what comes next in the stream and would take any of it.
    Nothing,
    /// It was refused, would have to wait, or failed.
    Refused,
}
