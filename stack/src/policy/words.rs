//! What the fields of a policy are made of.
use core::time::Duration;

/// When patience ends.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Limit {
    /// Once the same segment was retransmitted so many times and the next timeout comes.
    Retransmissions(u8),
    /// Once the same segment has been unacknowledged for so long and the next timeout comes.
    Overdue(Duration),
    /// Once the same segment has been unacknowledged for so long.
    Elapsed(Duration),
}

impl Limit {
    /// As long as so many retransmissions take with the timeout after them, if the first timeout is `first` and none is
    /// longer than `most`.
    pub(crate) fn in_time(self, first: Duration, most: Duration) -> Self {
        let Self::Retransmissions(count) = self else { return self };
        let timeout = |times: u8| first.saturating_mul(1 << times.min(31)).min(most);
        Self::Overdue((0..=count).map(timeout).fold(Duration::ZERO, Duration::saturating_add))
    }
}

/// Which segments for no connection are dropped in silence.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Hides {
    /// Nothing: every segment for no connection is refused.
    #[default]
    Nothing,
    /// SYNs.
    Syns,
    /// All.
    All,
}

/// Who tells the peer how long it waits for what is outstanding (RFC 5482).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct UserTimeouts {
    /// What is told where the user has set nothing.
    pub advertised: Duration,
    /// The shortest that a peer can bring about: at least 100 seconds.
    pub least: Duration,
    /// The longest.
    pub most: Duration,
}

/// A bound on a rate: at most `count` in each `interval`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Throttle {
    /// How many.
    pub count: u16,
    /// In how long.
    pub interval: Duration,
}

/// Who speaks of explicit congestion notification (RFC 3168).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Ecn {
    /// Nobody: offers are not accepted.
    Never,
    /// A passive open accepts offers; an active one makes none.
    Accepts,
    /// An active open makes offers too.
    Requests,
}

/// How the initial congestion window is found.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum InitialWindow {
    /// Four, three or two segments, for an SMSS up to 1095, up to 2190, above. RFC 5681 §3.1.
    Rfc5681,
    /// `min(10 * MSS, max(2 * MSS, 14600))` octets. RFC 6928 §2.
    Rfc6928,
    /// So many segments, whatever their size.
    Segments(u16),
}

/// An option that only a SYN carries, or that a SYN negotiates.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SynOption {
    /// Maximum segment size.
    MaximumSegmentSize,
    /// SACK permitted.
    SackPermitted,
    /// Timestamps.
    Timestamps,
    /// Window scale.
    WindowScale,
}
