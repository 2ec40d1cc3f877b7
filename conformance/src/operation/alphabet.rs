//! The alphabet: what a peer, a user and time can do to a host, each by name.
//!
//! Fields of a segment are places relative to the connection rather than numbers, with the edges where rules change
//! their mind far likelier than what lies between. An operation takes a few octets of input, each a choice from a
//! table, so that a fuzzer who changes an octet changes one choice.
use core::fmt;

use arbitrary::{Arbitrary, Result, Unstructured};
use stackdrill_wire::Flags;

/// How a connection begins before the operations do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Opening {
    /// The user listens, the peer connects, the user accepts.
    Accepted,
    /// The user connects, the peer accepts.
    Connected,
    /// The user listens; what comes of it is left to the operations.
    Listening,
    /// The user connects; what comes of it is left to the operations.
    Connecting,
    /// The user has a socket with a port; what comes of it is left to the operations.
    Idle,
}

/// What one run does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Plan {
    /// How it begins.
    pub opening: Opening,
    /// Which options the peer's SYN offers.
    pub offer: Offer,
    /// The peer's initial sequence number: the circle's edges matter.
    pub iss: u32,
    /// What then happens, in order.
    pub operations: Vec<Operation>,
}

/// What the peer's SYN offers beside MSS.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Offer {
    /// The MSS, in octets; `None` leaves the option out.
    pub mss: Option<u16>,
    /// The shift of window scaling.
    pub scale: Option<u8>,
    /// Timestamps.
    pub timestamps: bool,
    /// SACK-permitted.
    pub sack: bool,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    /// A segment arrives.
    Segment(Shape),
    /// An ICMP error arrives that quotes the host's last segment.
    Complaint(Complaint),
    /// The user calls.
    User(User),
    /// Time passes.
    Wait(Wait),
}

/// A segment, relative to the connection as the peer knows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shape {
    /// The control bits.
    pub flags: Flags,
    /// Where its sequence number lies.
    pub seq: Place,
    /// Where its acknowledgment number lies.
    pub ack: Place,
    /// The window field.
    pub window: Window,
    /// Octets of text.
    pub text: u16,
    /// Its options.
    pub dress: Dress,
}

impl Shape {
    /// A segment without text that starts at `seq`, acknowledges all there is and has nothing odd.
    pub(crate) const fn plain(flags: Flags, seq: Landmark) -> Self {
        let (seq, ack) = (Place { from: seq, distance: 0 }, Place { from: Landmark::Next, distance: 0 });
        Self { flags, seq, ack, window: Window::Same, text: 0, dress: Dress::Proper }
    }
}

/// A number on the circle: a landmark and a distance from it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// What it is measured from.
    pub from: Landmark,
    /// How far, modulo 2^32.
    pub distance: u32,
}

/// Landmarks of one direction of the connection, seen by whoever writes the number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Landmark {
    /// The initial sequence number.
    Initial,
    /// What is acknowledged: for a sequence number RCV.NXT of the host, for an acknowledgment its SND.UNA.
    Acknowledged,
    /// What is sent: for a sequence number the peer's next, for an acknowledgment the host's SND.NXT.
    Next,
    /// The end of the window: for a sequence number RCV.NXT + RCV.WND, for an acknowledgment SND.UNA + SND.WND.
    Edge,
}

/// What the window field says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Window {
    /// What it said last.
    Same,
    /// This.
    Field(u16),
}

/// What options a segment wears.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dress {
    /// What the connection has agreed on, timestamps that are due.
    Proper,
    /// None, whatever was agreed on.
    Bare,
    /// A timestamp from this many ticks ago.
    Stale(u32),
    /// An echo of a timestamp that was never sent.
    Prophetic,
    /// A SACK block of this many octets, starting this far beyond what is acknowledged.
    Sack(u32, u32),
    /// MSS, window scale and SACK-permitted again, in a segment without SYN.
    Late,
    /// An option whose length lies.
    Lying,
}

/// An ICMP error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Complaint {
    /// Network or host unreachable: soft.
    Unreachable,
    /// Protocol or port unreachable: hard.
    Refused,
    /// Fragmentation needed, with this next-hop MTU.
    TooBig(u16),
    /// Time exceeded.
    Expired,
    /// Source quench.
    Quench,
}

/// A user call on the connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum User {
    /// `send` of so many octets.
    Send(u16),
    /// `recv` with room for so many octets.
    Receive(u16),
    /// `shutdown(SHUT_WR)`.
    Shutdown,
    /// `close`.
    Close,
    /// `close` with a linger time of zero.
    Abort,
    /// `accept`, if one listens.
    Accept,
    /// `connect`.
    Connect,
    /// `listen`.
    Listen,
}

/// How long nothing happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wait {
    /// Until the host's next deadline.
    Deadline,
    /// So many microseconds.
    Micros(u32),
}

/// The most operations in a plan: what an interesting life needs, and no more.
const LONGEST: usize = 48;

/// Sets of flags, the common ones more than once.
const FLAGS: [u16; 24] = [
    0x10, 0x10, 0x10, 0x10, 0x18, 0x18, 0x18, 0x11, 0x11, 0x02, 0x12, 0x04, 0x14, 0x14, 0x01, 0x03, 0x06,
    0x00, 0x08, 0x30, 0x38, 0x3f, 0x50, 0xd0,
];
const LANDMARKS: [Landmark; 8] = [
    Landmark::Next,
    Landmark::Next,
    Landmark::Next,
    Landmark::Acknowledged,
    Landmark::Acknowledged,
    Landmark::Edge,
    Landmark::Edge,
    Landmark::Initial,
];
const DISTANCES: [u32; 20] = [
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    1,
    u32::MAX,
    u32::MAX,
    100,
    100_u32.wrapping_neg(),
    1000,
    1460,
    1460_u32.wrapping_neg(),
    65_535,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0001,
];
const SIZES: [u16; 12] = [0, 0, 0, 0, 0, 1, 100, 536, 1000, 1460, 1460, 2000];
const AMOUNTS: [u16; 10] = [0, 1, 1, 100, 536, 1000, 1460, 1461, 4000, 65_535];
const WINDOWS: [Window; 10] = [
    Window::Same,
    Window::Same,
    Window::Same,
    Window::Same,
    Window::Field(0),
    Window::Field(0),
    Window::Field(1),
    Window::Field(536),
    Window::Field(1460),
    Window::Field(65_535),
];
const DRESSES: [Dress; 16] = [
    Dress::Proper,
    Dress::Proper,
    Dress::Proper,
    Dress::Proper,
    Dress::Proper,
    Dress::Proper,
    Dress::Proper,
    Dress::Bare,
    Dress::Stale(1),
    Dress::Stale(0x8000_0000),
    Dress::Prophetic,
    Dress::Sack(1, 1000),
    Dress::Sack(1460, 2920),
    Dress::Sack(0, 1),
    Dress::Late,
    Dress::Lying,
];
const COMPLAINTS: [Complaint; 7] = [
    Complaint::Unreachable,
    Complaint::Refused,
    Complaint::TooBig(0),
    Complaint::TooBig(576),
    Complaint::TooBig(1400),
    Complaint::Expired,
    Complaint::Quench,
];
const WAITS: [Wait; 12] = [
    Wait::Deadline,
    Wait::Deadline,
    Wait::Deadline,
    Wait::Micros(1),
    Wait::Micros(1_000),
    Wait::Micros(40_000),
    Wait::Micros(200_000),
    Wait::Micros(500_000),
    Wait::Micros(1_000_000),
    Wait::Micros(3_000_000),
    Wait::Micros(60_000_000),
    Wait::Micros(300_000_000),
];
/// Initial sequence numbers: plain, and so that either half of the circle ends within the first text.
const ISS: [u32; 4] = [1_000_000, 0, 0x7fff_ff00, 0xffff_ff00];

impl<'a> Arbitrary<'a> for Plan {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        const OPENINGS: [Opening; 6] = [
            Opening::Accepted,
            Opening::Accepted,
            Opening::Connected,
            Opening::Connected,
            Opening::Listening,
            Opening::Connecting,
        ];
        let (opening, offer, iss) = (*u.choose(&OPENINGS)?, u.arbitrary()?, *u.choose(&ISS)?);
        let mut operations = Vec::new();
        while !u.is_empty() && operations.len() < LONGEST {
            operations.push(u.arbitrary()?);
        }
        Ok(Self { opening, offer, iss, operations })
    }
}

impl<'a> Arbitrary<'a> for Offer {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self {
            mss: *u.choose(&[Some(1460), Some(1460), Some(536), Some(64), Some(0), None])?,
            scale: *u.choose(&[Some(7), None, Some(0), Some(14), Some(15)])?,
            timestamps: *u.choose(&[true, false])?,
            sack: *u.choose(&[true, false])?,
        })
    }
}

impl<'a> Arbitrary<'a> for Operation {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u.arbitrary::<u8>()? % 16 {
            0..=7 => Self::Segment(u.arbitrary()?),
            8 => Self::Complaint(*u.choose(&COMPLAINTS)?),
            9..=12 => Self::User(u.arbitrary()?),
            _ => Self::Wait(*u.choose(&WAITS)?),
        })
    }
}

impl<'a> Arbitrary<'a> for Shape {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self {
            flags: Flags(*u.choose(&FLAGS)?),
            seq: u.arbitrary()?,
            ack: u.arbitrary()?,
            window: *u.choose(&WINDOWS)?,
            text: *u.choose(&SIZES)?,
            dress: *u.choose(&DRESSES)?,
        })
    }
}

impl<'a> Arbitrary<'a> for Place {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self { from: *u.choose(&LANDMARKS)?, distance: *u.choose(&DISTANCES)? })
    }
}

impl<'a> Arbitrary<'a> for User {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u.arbitrary::<u8>()? % 12 {
            0..=3 => Self::Send(*u.choose(&AMOUNTS)?),
            4..=6 => Self::Receive(*u.choose(&AMOUNTS)?),
            7 => Self::Shutdown,
            8 => Self::Close,
            9 => Self::Abort,
            _ => Self::Accept,
        })
    }
}

impl Plan {
    /// The plan that these octets say; the last operation may be cut off.
    #[must_use]
    pub fn read(data: &[u8]) -> Self {
        let mut u = Unstructured::new(data);
        // An empty choice is the only thing that fails, and no table is empty.
        Self::arbitrary(&mut u).unwrap_or_else(|_| Self {
            opening: Opening::Accepted,
            offer: Offer { mss: Some(1460), scale: None, timestamps: false, sack: false },
            iss: 0,
            operations: Vec::new(),
        })
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Segment(shape) => write!(f, "segment {shape:?}"),
            Self::Complaint(complaint) => write!(f, "complaint {complaint:?}"),
            Self::User(user) => write!(f, "user {user:?}"),
            Self::Wait(wait) => write!(f, "wait {wait:?}"),
        }
    }
}
