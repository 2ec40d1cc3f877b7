//! What time has to do with a sender: what its retransmission timer may be doing.
//!
//! The timer is not seen; only when it must have been restarted, and when it cannot have run out yet.
use core::time::Duration;

use stackdrill_wire::{Instant, Seq};

use crate::flight::Sample;
use crate::standing::Standing;

/// The sender's side of time, as far as one reading knows it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Pace {
    /// When the timer was last restarted: the first octet in flight left, or an acknowledgment moved SND.UNA.
    pub(crate) base: Option<Instant>,
    /// Whether something arrived since then that may have made the endpoint resend.
    pub(crate) heard: bool,
    /// Whether the path complained, or the window shrank below what is in flight, since SND.UNA last moved.
    pub(crate) complained: bool,
    /// How many segments arrived since SND.UNA last moved.
    pub(crate) arrived: u16,
    /// How many of them were duplicate acknowledgments (RFC 5681 §2).
    pub(crate) duplicates: u16,
    /// Whether one of them had options, which may have told of something.
    pub(crate) dressed: bool,
    /// The wait before the last resending, if nothing but time can have caused it.
    pub(crate) waited: Option<Duration>,
    /// How often the first octet in flight was resent for no other cause than time, without progress since.
    pub(crate) timeouts: u8,
    /// How often the timeout may have doubled since the last round trip was measured.
    pub(crate) doubled: u8,
    /// The shortest and the longest round trip that a measurement may have found.
    pub(crate) trips: Option<(Duration, Duration)>,
    /// How many acknowledgments may have measured one.
    pub(crate) samples: u8,
    /// The least that the host's timeouts ever are.
    pub(crate) floor: Standing<Duration>,
    /// Octets acknowledged since the connection began.
    pub(crate) acknowledged: u64,
    /// Since when something waits to be sent with nothing in flight, and whether the window was shut all the time.
    pub(crate) ready: Option<Instant>,
    pub(crate) ready_shut: bool,
    /// Since when a whole segment of it might go.
    pub(crate) whole: Option<Instant>,
    /// Whether time alone made the endpoint send its SYN again.
    pub(crate) lost_syn: bool,
    /// Octets sent since time alone last made the endpoint resend, and before anything arrived.
    pub(crate) pressed: u32,
}

/// What a segment that leaves is to the timer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Leaving {
    /// SND.UNA is in it.
    pub(crate) first: bool,
    /// Nothing was in flight.
    pub(crate) fresh: bool,
    /// If time alone sent it, it was the retransmission timer.
    pub(crate) timed: bool,
}

/// A timeout is never longer than this if no round trip is known: RFC 6298 says one second and permits more; the RFC
/// before it said three.
const INITIAL: Duration = Duration::from_secs(3);

/// What clocks of any lawful granularity add (RFC 6298 §4 asks for 100 ms and better; BSD's was 500 ms).
const GRANULARITY: Duration = Duration::from_secs(1);

/// No timeout has to be shorter than this.
pub(crate) const LEAST_LONGEST: Duration = INITIAL.saturating_add(GRANULARITY);

/// How far two timeouts of one length may be apart: the ticks of coarse clocks.
const CLOCK_ERROR: Duration = Duration::from_millis(500);

impl Default for Pace {
    fn default() -> Self {
        Self {
            base: None,
            heard: false,
            complained: false,
            arrived: 0,
            duplicates: 0,
            dressed: false,
            waited: None,
            timeouts: 0,
            doubled: 0,
            trips: None,
            samples: 0,
            floor: Standing::new(Duration::ZERO, Duration::MAX),
            acknowledged: 0,
            ready: None,
            ready_shut: false,
            whole: None,
            lost_syn: false,
            pressed: 0,
        }
    }
}

impl Pace {
    /// A segment arrived, whatever it says.
    pub(crate) fn hears(&mut self) {
        self.heard = true;
        self.arrived = self.arrived.saturating_add(1);
    }

    /// A segment left that has octets to be acknowledged.
    pub(crate) fn sent(&mut self, Leaving { first, fresh, timed }: Leaving, octets: u32, at: Instant) {
        if fresh {
            *self =
                Self { base: Some(at), heard: false, waited: None, timeouts: 0, pressed: octets, ..*self };
        } else if first {
            let waited = self.base.filter(|_| !self.heard).map(|base| at.since(base));
            if let Some(waited) = waited {
                if timed {
                    self.floor = self.floor_after(waited).flatten().unwrap_or(self.floor);
                }
                self.timeouts = self.timeouts.saturating_add(1);
            } else {
                self.timeouts = 0;
            }
            // Whatever the cause was, it may have been the timer.
            self.doubled = self.doubled.saturating_add(1);
            *self = Self { base: Some(at), heard: false, waited, pressed: octets, ..*self };
        } else {
            self.pressed = self.pressed.saturating_add(octets);
        }
    }

    /// SND.UNA moved by so many octets, which may say something of the round trip.
    pub(crate) fn progressed(
        &mut self,
        octets: u32,
        sample: Option<Sample>,
        (in_flight, at): (bool, Instant),
    ) {
        self.acknowledged = self.acknowledged.saturating_add(u64::from(octets));
        self.base = in_flight.then_some(at);
        // What leaves next may answer the acknowledgment.
        (self.heard, self.waited, self.timeouts) = (true, None, 0);
        (self.arrived, self.duplicates, self.dressed) = (0, 0, false);
        self.complained = false;
        let Some(sample) = sample else { return };
        self.samples = self.samples.saturating_add(1);
        self.trips = Some(match self.trips {
            None => (sample.least, sample.most),
            Some((least, most)) => (least.min(sample.least), most.max(sample.most)),
        });
        if sample.sure {
            self.doubled = 0;
        }
    }

    /// What a first timeout of this length leaves of the floor; outer `None`: it says nothing of it, for a timeout that
    /// the round trip may explain, or one that has doubled, is no floor. Some add the round trip to their floor.
    pub(crate) fn floor_after(&self, waited: Duration) -> Option<Option<Standing<Duration>>> {
        let (_, longest) = self.trips.filter(|_| self.timeouts == 0 && self.doubled == 0)?;
        let computed = longest.saturating_mul(5) + CLOCK_ERROR;
        let floor = waited > computed;
        floor.then(|| self.floor.narrowed(waited - computed, waited + CLOCK_ERROR))
    }

    /// The longest that a lawful retransmission timer may wait now. SRTT is at most the longest round trip R, and
    /// RTTVAR too, so that the timeout of RFC 6298 §2 is at most 5 R; each time it runs out it doubles.
    pub(crate) fn longest(&self) -> Duration {
        let trips = self.trips.map_or(Duration::ZERO, |(_, most)| most.saturating_mul(5));
        let single = INITIAL.max(trips) + GRANULARITY;
        let doubled = single.saturating_mul(1 << self.doubled.min(12));
        doubled.max(self.waited.map_or(Duration::ZERO, |waited| waited.saturating_mul(2) + GRANULARITY))
    }

    /// The shortest that it may wait: RTO is never below SRTT, nor SRTT below the shortest round trip.
    pub(crate) fn shortest(&self) -> Option<Duration> {
        self.trips.map(|(least, _)| least)
    }
}

/// Whether `[seq, end)` holds `octet`.
pub(crate) fn holds(seq: Seq, end: Seq, octet: Seq) -> bool {
    seq.at_or_before(octet) && end.after(octet)
}
