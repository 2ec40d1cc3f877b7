//! Control messages: what `recvmsg` and `sendmsg` carry beside the data.
//!
//! Values as a script compares them; [`Control::space`] says what they take in a buffer, which is laid out as on a
//! system of 64 bits.
use bytes::Bytes;
use stackdrill_wire::Instant;

/// One control message.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Control {
    /// `cmsg_level`.
    pub level: i32,
    /// `cmsg_type`.
    pub kind: i32,
    /// `cmsg_data`.
    pub data: ControlData,
}

/// What it says.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum ControlData {
    /// A number, and the octets it takes: 1 or 4.
    Number {
        /// The number.
        value: i64,
        /// Its width in octets.
        width: usize,
    },
    /// `struct scm_timestamping`: three moments, of which this is the first.
    Stamp(Instant),
    /// `struct sock_extended_err`, and the octets of the address behind it.
    Error {
        /// What happened.
        error: ExtendedError,
        /// 16 for IPv4, 28 for IPv6.
        address: usize,
    },
    /// Netlink attributes.
    Statistics(Vec<Statistic>),
    /// Anything else.
    Octets(Bytes),
}

/// `struct sock_extended_err`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct ExtendedError {
    /// `ee_errno`, in the target's numbering.
    pub errno: i64,
    /// `ee_origin`.
    pub origin: i64,
    /// `ee_type`.
    pub kind: i64,
    /// `ee_code`.
    pub code: i64,
    /// `ee_info`.
    pub info: i64,
    /// `ee_data`.
    pub data: i64,
}

/// One attribute of `SCM_TIMESTAMPING_OPT_STATS`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Statistic {
    /// `TCP_NLA_*`.
    pub kind: i64,
    /// The value.
    pub value: i64,
    /// The octets that it takes: 1, 4 or 8.
    pub width: usize,
}

impl Statistic {
    /// The octets that an attribute of this kind takes.
    #[must_use]
    pub const fn width_of(kind: i64) -> usize {
        match kind {
            // Counts of octets and times; then windows and segments; then states.
            1..=7 | 18 | 19 => 8,
            11 | 12 | 14 => 1,
            _ => 4,
        }
    }
}

/// The header of a control message, in octets.
const HEADER: usize = 16;

impl Control {
    /// `cmsg_len`: header and data.
    #[must_use]
    pub fn length(&self) -> usize {
        HEADER + self.data.length()
    }

    /// What it takes in a buffer: the next one begins on a word.
    #[must_use]
    pub fn space(&self) -> usize {
        self.length().next_multiple_of(8)
    }

    /// As many of these as fit into `room` octets, and whether all did.
    #[must_use]
    pub fn fitting(all: Vec<Self>, room: usize) -> (Vec<Self>, bool) {
        let count = all.len();
        let mut used = 0;
        let fitting: Vec<_> = all
            .into_iter()
            .take_while(|control| {
                let fits = used + control.length() <= room;
                used += control.space();
                fits
            })
            .collect();
        let whole = fitting.len() == count;
        (fitting, whole)
    }
}

impl ControlData {
    fn length(&self) -> usize {
        match self {
            Self::Number { width, .. } => *width,
            // Three pairs of seconds and nanoseconds.
            Self::Stamp(_) => 48,
            Self::Error { address, .. } => 16 + address,
            Self::Statistics(all) => all.iter().map(|it| 4 + it.width.next_multiple_of(4)).sum(),
            Self::Octets(octets) => octets.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_the_structures() {
        let error = |address| ControlData::Error { error: ExtendedError::default(), address };
        for (data, length, space) in [
            (ControlData::Number { value: 1, width: 1 }, 17, 24),
            (ControlData::Number { value: 1, width: 4 }, 20, 24),
            (ControlData::Stamp(Instant::ZERO), 64, 64),
            (error(16), 48, 48),
            (error(28), 60, 64),
            (ControlData::Octets(Bytes::from_static(b"abc")), 19, 24),
        ] {
            let control = Control { level: 0, kind: 0, data };
            assert_eq!((control.length(), control.space()), (length, space), "{control:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_cut_off() {
        let number = Control { level: 0, kind: 0, data: ControlData::Number { value: 1, width: 4 } };
        let both = || vec![number.clone(), number.clone()];
        for (room, fits, whole) in
            [(0, 0, false), (20, 1, false), (43, 1, false), (44, 2, true), (99, 2, true)]
        {
            let (fitting, all) = Control::fitting(both(), room);
            assert_eq!((fitting.len(), all), (fits, whole), "{room} octets");
        }
    }
}
