//! `SO_TIMESTAMPING`: the flags of its value, numbered as on Linux.
use bytes::Bytes;

use crate::Errno;

/// `SOF_TIMESTAMPING_TX_SOFTWARE`: tell when text is handed to the device.
pub const SENT: i32 = 1 << 1;
/// `SOF_TIMESTAMPING_SOFTWARE`: report what the host's own clock says.
pub const REPORTED: i32 = 1 << 4;
/// `SOF_TIMESTAMPING_OPT_ID`: number what the stamps are of.
pub const NUMBERED: i32 = 1 << 7;
/// `SOF_TIMESTAMPING_TX_SCHED`: tell when text is handed to the queue before the device.
pub const SCHEDULED: i32 = 1 << 8;
/// `SOF_TIMESTAMPING_TX_ACK`: tell when all of it is acknowledged.
pub const ACKNOWLEDGED: i32 = 1 << 9;
/// `SOF_TIMESTAMPING_OPT_TSONLY`: a stamp comes without the datagram it is of.
pub const STAMP_ONLY: i32 = 1 << 11;
/// `SOF_TIMESTAMPING_OPT_STATS`: a stamp comes with the connection's statistics.
pub const STATISTICS: i32 = 1 << 12;

/// Every flag that there is.
const ALL: i32 = (1 << 19) - 1;

/// A set of flags that can be asked for.
pub(crate) const fn checked(flags: i32) -> Result<i32, Errno> {
    let statistics_alone = flags & STATISTICS != 0 && flags & STAMP_ONLY == 0;
    if flags & !ALL != 0 || statistics_alone { Err(Errno::EINVAL) } else { Ok(flags) }
}

/// The moments that there are stamps of.
pub(crate) const MOMENTS: i32 = SCHEDULED | SENT | ACKNOWLEDGED;

/// Whether one message may ask for these: moments only.
pub(crate) const fn checked_moments(flags: i32) -> Result<(), Errno> {
    if flags & !MOMENTS == 0 { Ok(()) } else { Err(Errno::EINVAL) }
}

/// A socket's flags, with the moments that a message asks for in place of the socket's.
pub(crate) fn of_message(socket: i32, asked: Option<i32>) -> i32 {
    asked.map_or(socket, |asked| socket & !MOMENTS | asked)
}

/// What of the text that a stamp is of comes with it, under these flags.
pub(crate) fn beside(flags: i32, text: Bytes) -> Bytes {
    if flags & STAMP_ONLY == 0 && flags & MOMENTS != 0 { text } else { Bytes::new() }
}

/// Which moment a stamp is of, as `ee_info` numbers them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Moment {
    /// `SCM_TSTAMP_SND`.
    Sent = 0,
    /// `SCM_TSTAMP_SCHED`.
    Scheduled = 1,
    /// `SCM_TSTAMP_ACK`.
    Acknowledged = 2,
}
