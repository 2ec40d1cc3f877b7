//! What the host's peer knows of the connection, and the segments it can therefore say, lawful and not.
//!
//! Text is a function of its place on the circle (see [`text`]), so that whatever is sent twice, or in pieces, says
//! the same, and a host that puts it together wrongly shows.
use bytes::Bytes;
use stackdrill_wire::option::SackBlocks;
use stackdrill_wire::{Flags, Instant, Options, Segment, Seq, TcpOption};

use super::alphabet::{Dress, Landmark, Offer, Place, Shape, Window};

/// Microseconds in a tick of the peer's timestamp clock.
const TICK: u64 = 1000;
/// The peer's timestamp clock at the origin: large enough that there is a past.
const CLOCK: u32 = 0x1000_0000;

/// One end's knowledge of the other.
#[derive(Clone, Debug, Hash)]
pub(super) struct Peer {
    offer: Offer,
    /// The peer's own initial sequence number.
    iss: Seq,
    /// The next number the peer has not sent.
    next: Seq,
    /// The highest number the peer has acknowledged.
    acknowledged: Seq,
    /// The window field the peer sent last.
    window: u16,
    host: Option<Host>,
}

/// What the host has said.
#[derive(Clone, Copy, Debug, Hash)]
struct Host {
    iss: Seq,
    /// The number after the last it sent.
    next: Seq,
    /// What it acknowledged last, if it did.
    acknowledged: Option<Seq>,
    /// The window it offered last, in octets.
    window: u32,
    /// The shift its SYN announced.
    scale: Option<u8>,
    /// The last of its timestamps.
    stamp: Option<u32>,
}

/// The text that belongs at `seq`: each octet is the low one of its own sequence number.
pub(super) fn text(seq: Seq, length: usize) -> Bytes {
    (0..length).map(|at| (seq + at as u32).0 as u8).collect()
}

impl Peer {
    pub(super) const fn new(iss: u32, offer: Offer) -> Self {
        let iss = Seq(iss);
        Self { offer, iss, next: iss, acknowledged: Seq(0), window: 65_535, host: None }
    }

    /// The host's initial sequence number, once its SYN was heard.
    pub(super) fn host_iss(&self) -> Option<Seq> {
        self.host.map(|host| host.iss)
    }

    /// A segment came from the host.
    pub(super) fn hear(&mut self, segment: &Segment) {
        let syn = segment.has(Flags::SYN);
        if syn && self.host.is_none_or(|host| host.iss != segment.seq) {
            let (iss, next) = (segment.seq, segment.seq);
            self.host = Some(Host { iss, next, acknowledged: None, window: 0, scale: None, stamp: None });
            self.acknowledged = segment.seq;
        }
        let Some(host) = self.host.as_mut() else { return };
        host.next = host.next.latest(segment.end());
        host.acknowledged = segment.acknowledges().or(host.acknowledged);
        host.stamp = segment.options.timestamps().map(|(value, _)| value).or(host.stamp);
        if syn {
            host.scale = segment.options.window_scale();
        }
        let scaled = !syn && self.offer.scale.is_some();
        let shift = if scaled { host.scale.unwrap_or(0).min(14) } else { 0 };
        host.window = u32::from(segment.window) << shift;
    }

    /// The SYN that opens, or answers one.
    pub(super) fn syn(&mut self, now: Instant) -> Segment {
        let answers = if self.host.is_some() { Flags::ACK } else { Flags::NONE };
        self.say(Shape::plain(Flags::SYN | answers, Landmark::Initial), now)
    }

    /// The ACK of all that was heard.
    pub(super) fn acknowledgment(&mut self, now: Instant) -> Segment {
        self.say(Shape::plain(Flags::ACK, Landmark::Next), now)
    }

    /// Says a segment, and remembers that it did.
    pub(super) fn say(&mut self, shape: Shape, now: Instant) -> Segment {
        let (seq, ack) = (self.seq(shape.seq), self.ack(shape.ack));
        let syn = u32::from(shape.flags.has(Flags::SYN));
        if let Window::Field(window) = shape.window {
            self.window = window;
        }
        let segment = Segment {
            seq,
            ack: if shape.flags.has(Flags::ACK) { ack } else { Seq(0) },
            flags: shape.flags,
            window: self.window,
            urgent: u16::from(shape.flags.has(Flags::URG)),
            options: self.options(shape, now),
            text: text(seq + syn, usize::from(shape.text)),
            ..Segment::default()
        };
        if seq == self.next {
            self.next = segment.end();
        }
        if let Some(host) =
            self.host.filter(|host| shape.flags.has(Flags::ACK) && ack.at_or_before(host.next))
        {
            self.acknowledged = self.acknowledged.latest(ack.latest(host.iss));
        }
        segment
    }

    fn seq(&self, place: Place) -> Seq {
        let acknowledged = self.host.and_then(|host| host.acknowledged).unwrap_or(self.next);
        let from = match place.from {
            Landmark::Initial => self.iss,
            Landmark::Acknowledged => acknowledged,
            Landmark::Next => self.next,
            Landmark::Edge => acknowledged + self.host.map_or(0, |host| host.window),
        };
        from + place.distance
    }

    fn ack(&self, place: Place) -> Seq {
        let shift = self.offer.scale.filter(|_| self.agrees_scale()).unwrap_or(0).min(14);
        let from = match place.from {
            Landmark::Initial => self.host.map_or(Seq(0), |host| host.iss),
            Landmark::Acknowledged => self.acknowledged,
            Landmark::Next => self.host.map_or(Seq(0), |host| host.next),
            Landmark::Edge => self.acknowledged + (u32::from(self.window) << shift),
        };
        from + place.distance
    }

    fn agrees_scale(&self) -> bool {
        self.host.is_some_and(|host| host.scale.is_some())
    }

    fn options(&self, shape: Shape, now: Instant) -> Options {
        let mut options = Options::EMPTY;
        if shape.flags.has(Flags::SYN) && shape.dress == Dress::Proper {
            self.offered(&mut options, now);
            return options;
        }
        let clock = CLOCK.wrapping_add((now.micros() / TICK) as u32);
        let echo = self.host.and_then(|host| host.stamp).unwrap_or(0);
        let (value, echo) = match shape.dress {
            Dress::Stale(ago) => (clock.wrapping_sub(ago), echo),
            Dress::Prophetic => (clock, echo.wrapping_add(1_000_000)),
            Dress::Bare | Dress::Proper | Dress::Sack(..) | Dress::Late | Dress::Lying => (clock, echo),
        };
        let forced = matches!(shape.dress, Dress::Stale(_) | Dress::Prophetic);
        let agreed = self.offer.timestamps && self.host.is_some_and(|host| host.stamp.is_some());
        if shape.dress != Dress::Bare && (agreed || forced) {
            pushed(&mut options, &[TcpOption::NoOperation, TcpOption::NoOperation]);
            pushed(&mut options, &[TcpOption::Timestamps { value, echo }]);
        }
        match shape.dress {
            Dress::Sack(from, octets) => {
                let start = self.acknowledged + from;
                pushed(&mut options, &[TcpOption::Sack(SackBlocks::new(&[(start, start + octets)]))]);
            }
            Dress::Late => self.offered(&mut options, now),
            Dress::Lying => _ = options.push_octets(&[2, 40]),
            Dress::Bare | Dress::Proper | Dress::Stale(_) | Dress::Prophetic => {}
        }
        options.pad(0);
        options
    }

    /// What a SYN offers.
    fn offered(&self, options: &mut Options, now: Instant) {
        if let Some(mss) = self.offer.mss {
            pushed(options, &[TcpOption::MaximumSegmentSize(mss)]);
        }
        if self.offer.sack {
            pushed(options, &[TcpOption::SackPermitted]);
        }
        if self.offer.timestamps {
            let value = CLOCK.wrapping_add((now.micros() / TICK) as u32);
            let echo = self.host.and_then(|host| host.stamp).unwrap_or(0);
            pushed(options, &[TcpOption::Timestamps { value, echo }]);
        }
        if let Some(shift) = self.offer.scale {
            pushed(options, &[TcpOption::WindowScale(shift)]);
        }
        options.pad(0);
    }
}

/// Appends what there is room for: a header has forty octets, and the alphabet may ask for more.
fn pushed(options: &mut Options, list: &[TcpOption<'_>]) {
    for option in list {
        options.push(*option);
    }
}
