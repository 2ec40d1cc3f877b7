//! What the boundary has seen of one connection: enough to know what to tamper with, and not a TCB.
use stackdrill_wire::{Flags, Instant, Segment, Seq};

/// The numbers of a connection, in the words of RFC 9293 §3.3.1, as its packets showed them.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Seen {
    /// Now.
    pub(crate) now: Instant,
    /// ISS, once the target sent a SYN.
    pub(crate) iss: Option<Seq>,
    /// IRS, once a SYN arrived.
    pub(crate) irs: Option<Seq>,
    /// SND.UNA.
    pub(crate) una: Seq,
    /// SND.NXT.
    pub(crate) next: Seq,
    /// RCV.NXT as the target last acknowledged it.
    pub(crate) expected: Seq,
    /// The end of the furthest segment that arrived.
    pub(crate) reached: Seq,
    /// Whether the target's SYN was acknowledged and the peer's has arrived.
    pub(crate) is_open: bool,
    /// The number after the target's FIN.
    pub(crate) fin_sent: Option<Seq>,
    /// The number after the peer's FIN.
    pub(crate) fin_heard: Option<Seq>,
    /// The window field of the last segment that arrived.
    pub(crate) window: u16,
    /// The window field of the SYN that arrived.
    pub(crate) first_window: u16,
    /// Whether a SYN that offered to scale arrived.
    pub(crate) scales: bool,
    /// The newest TSval that arrived.
    pub(crate) stamp: Option<u32>,
    /// How many pure ACKs in a row repeated SND.UNA.
    pub(crate) duplicates: u32,
    /// How many resets the target has sent.
    pub(crate) resets: u32,
    /// When the oldest octet in flight was first sent.
    pub(crate) oldest_at: Instant,
    /// When something last left.
    pub(crate) left_at: Instant,
    /// When something was last sent again.
    pub(crate) again_at: Option<Instant>,
    /// When the window was heard to be shut.
    pub(crate) shut_at: Option<Instant>,
    /// Segments that occupy sequence space and are not acknowledged, by their first transmission.
    pub(crate) flight: Vec<Segment>,
}

/// No script has more in flight; a bound all the same.
const FLIGHT: usize = 64;

impl Seen {
    pub(crate) fn at(mut self, now: Instant) -> Self {
        self.now = now;
        self
    }

    /// Whether a segment of the target's was sent before, all of it.
    pub(crate) fn is_repeated(&self, segment: &Segment) -> bool {
        self.iss.is_some() && segment.length() > 0 && segment.end().at_or_before(self.next)
    }

    /// Whether a segment that arrives is an ACK and nothing else.
    pub(crate) fn is_pure_ack(segment: &Segment) -> bool {
        segment.text.is_empty()
            && segment.has(Flags::ACK)
            && !segment.flags.any(Flags::SYN | Flags::FIN | Flags::RST)
    }

    /// Whether a segment that arrives begins before what is expected and brings nothing new.
    pub(crate) fn is_old(&self, segment: &Segment) -> bool {
        self.is_open && segment.end().at_or_before(self.expected) && segment.seq.before(self.expected)
    }

    /// Whether the connection waits out TIME-WAIT, or soon will: both FINs went by and ours was acknowledged.
    pub(crate) fn is_over(&self) -> bool {
        self.fin_heard.is_some() && self.fin_sent.is_some_and(|end| self.una.at_or_after(end))
    }

    /// The target sent this.
    pub(super) fn leaves(&mut self, segment: &Segment, now: Instant) {
        self.left_at = now;
        if segment.has(Flags::RST) {
            self.resets += 1;
            return;
        }
        if segment.has(Flags::SYN) && self.iss != Some(segment.seq) {
            self.iss = Some(segment.seq);
            (self.una, self.next) = (segment.seq, segment.seq);
        }
        if segment.has(Flags::ACK) {
            self.expected = segment.ack;
        }
        if self.is_repeated(segment) {
            self.again_at = Some(now);
        } else if segment.length() > 0 {
            if self.flight.is_empty() {
                self.oldest_at = now;
            }
            if self.flight.len() < FLIGHT {
                self.flight.push(segment.clone());
            }
        }
        if segment.has(Flags::FIN) {
            self.fin_sent = Some(segment.end());
        }
        self.next = self.next.latest(segment.end());
    }

    /// This arrived at the target.
    pub(super) fn arrives(&mut self, segment: &Segment, now: Instant) {
        if segment.has(Flags::RST) {
            return;
        }
        if segment.has(Flags::SYN) && self.irs.is_none() {
            self.irs = Some(segment.seq);
            (self.expected, self.reached) = (segment.seq + 1, segment.seq + 1);
            self.scales = segment.options.window_scale().is_some();
            self.first_window = segment.window;
        }
        if let Some((value, _)) = segment.options.timestamps() {
            self.stamp = Some(self.stamp.map_or(value, |stamp| stamp.max(value)));
        }
        self.hear_ack(segment);
        if segment.window == 0 {
            self.shut_at = self.shut_at.or(Some(now));
        } else {
            self.shut_at = None;
        }
        self.window = segment.window;
        if segment.has(Flags::FIN) && self.is_open {
            self.fin_heard = Some(segment.end());
        }
        if segment.end().after(self.reached) {
            self.reached = segment.end();
        }
    }

    fn hear_ack(&mut self, segment: &Segment) {
        let Some(ack) = segment.acknowledges().filter(|_| self.iss.is_some()) else { return };
        if ack.after(self.una) && ack.at_or_before(self.next) {
            self.una = ack;
            self.duplicates = 0;
            self.flight.retain(|sent| sent.end().after(ack));
            self.is_open = self.irs.is_some();
        } else if ack == self.una && Self::is_pure_ack(segment) && segment.window == self.window {
            self.duplicates += 1;
        }
    }
}
