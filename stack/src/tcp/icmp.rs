//! What the path reports about a connection.
//!
//! The IP layer steers an ICMP error to the connection whose ports it quotes and says what it means; whether to
//! believe it is decided here.
//!
//! Spec: RFC 9293 §3.9.2.2, RFC 5927 §4.1, RFC 5461.
use stackdrill_wire::{Clause, Seq, rfc};

use crate::tcp::action::{Action, Context, Failure, Signal};
use crate::tcp::congestion::{self, Congestion};
use crate::tcp::connection::Connection;
use crate::tcp::path_mtu;
use crate::tcp::stage::Phase;

const SPEC: Clause = rfc(9293, "§3.9.2.2");

/// An ICMP error, by what it means rather than by its number.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum PathError {
    /// Network unreachable (code 0 and its kin), or no route: may pass.
    #[error("network unreachable")]
    Network,
    /// Host unreachable (code 1), address unreachable: may pass.
    #[error("host unreachable")]
    Host,
    /// Source route failed (code 5): may pass.
    #[error("source route failed")]
    SourceRoute,
    /// Time to live or reassembly time exceeded: may pass.
    #[error("time exceeded")]
    TimeExceeded,
    /// Parameter problem: may pass.
    #[error("parameter problem")]
    Parameter,
    /// Communication administratively prohibited.
    #[error("communication administratively prohibited")]
    Prohibited,
    /// Protocol unreachable (code 2): hard.
    #[error("protocol unreachable")]
    Protocol,
    /// Port unreachable (code 3): hard.
    #[error("port unreachable")]
    Port,
    /// Fragmentation needed or packet too big: the datagrams must get smaller.
    #[error("datagram too big, the next link carries {mtu} octets")]
    TooBig {
        /// The largest datagram that passes, in octets.
        mtu: u32,
    },
}

/// An error and the part of it that shows whether its author saw one of our segments.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Report {
    /// What happened.
    pub error: PathError,
    /// The sequence number of the segment that the error quotes.
    pub quoted: Seq,
}

impl PathError {
    /// Whether it means that the peer cannot be reached this way at all.
    ///
    /// Spec: RFC9293:SHLD-26 RFC9293:MUST-56a RFC9293:MUST-56b.
    const fn hard(self) -> bool {
        match self {
            Self::Protocol | Self::Port => true,
            Self::Network
            | Self::Host
            | Self::SourceRoute
            | Self::TimeExceeded
            | Self::Parameter
            | Self::Prohibited
            | Self::TooBig { .. } => false,
        }
    }
}

/// Believes an error, or does not, and acts on it.
///
/// Spec: RFC9293:MUST-54 RFC9293:MUST-56a RFC9293:SHLD-25 RFC9293:SHLD-26
/// RFC5927:5.2-hard-as-soft-when-synchronized.
pub(crate) fn reported(c: &mut Connection, report: Report, cx: &mut Context<'_>) {
    if c.phase == Phase::Closed || (cx.policy.icmp_sequence_check && !outstanding(c, report.quoted)) {
        return;
    }
    let error = report.error;
    let spared = c.state().is_synchronized() && cx.policy.hard_errors_spare_synchronized;
    if let PathError::TooBig { mtu } = error {
        too_big(c, mtu, cx);
    } else if error.hard() && !spared {
        c.fail(Failure::Unreachable(error), SPEC, cx);
    } else {
        cx.act(Action::Tell(Signal::Soft(error)), SPEC);
    }
}

/// Whether the quoted number is one that we sent and nobody has acknowledged.
///
/// Spec: RFC5927:4.1-sequence-check RFC5927:4.1-sequence-check-syn.
fn outstanding(c: &Connection, quoted: Seq) -> bool {
    quoted.within(c.send.una, c.send.max - c.send.una)
}

/// Segments get smaller, and what was too big is sent again; the congestion window did nothing wrong, unless it still
/// is the initial one, counted in segments of the old size.
///
/// Spec: RFC1191:3-reduce-on-too-big RFC1191:6.4-retransmit-without-cwnd-cut RFC1191:6.4-no-retransmit-storm
/// RFC5681:3.1-pmtud-shrinks-iw RFC8201:5.4-loss-not-congestion.
fn too_big(c: &mut Connection, named: u32, cx: &Context<'_>) {
    let before = c.mss;
    c.mtu = path_mtu::reduced(c.tuple, c.mtu, named);
    c.size_segments(cx);
    if c.mss >= before || !c.state().is_synchronized() {
        return;
    }
    if c.send.no_text_acknowledged() && !cx.policy.window_counts_segments {
        let path = c.path(cx);
        c.law.hear(congestion::Signal::Sized { from: before }, path);
    }
    if c.send.outstanding() > 0 {
        c.send.cursor = Some(c.send.una);
    }
}
