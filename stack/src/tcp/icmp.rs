//! What the path reports about a connection.
//!
//! The IP layer steers an ICMP error to the connection whose ports it quotes and says what it means; whether to
//! believe it is decided here.
//!
//! Spec: RFC 9293 §3.9.2.2, RFC 5927 §4.1, RFC 5461.
use stackdrill_wire::Seq;

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
