//! Loss recovery: what to send again before the timer says so.
//!
//! Fast retransmit and its recovery (RFC 5681, RFC 6582, RFC 3042) live here. The board of selective
//! acknowledgments, SACK recovery, PRR, F-RTO and RACK are rooms still to be built.
pub(crate) mod fast;
mod new_reno;

pub(crate) use fast::{Duplicate, Fast};
pub(crate) use new_reno::Progress;
