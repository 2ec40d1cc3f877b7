//! What a connection has done, counted. TCP_INFO shows it; nothing here decides anything.
//!
//! The counts are taken where segments pass the host, not inside the connection, which stays a value that two equal
//! histories share.
use core::hash::{Hash, Hasher};
use core::time::Duration;
use std::collections::VecDeque;

use stackdrill_wire::{Flags, Instant, Segment, Seq, State};

use crate::Policy;
use crate::tcp::{Connection, duplicate_sack};

/// How many segments and octets met which fate, and when it last happened.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Counts {
    /// Segments heard. A passive open counts its SYN, and from the handshake's last segment on, as for all that follows.
    pub segments_in: u32,
    /// Segments sent.
    pub segments_out: u32,
    /// Segments with text heard.
    pub data_segments_in: u32,
    /// Segments with text sent, retransmissions included.
    pub data_segments_out: u32,
    /// Sequence numbers of ours that were acknowledged.
    pub acknowledged: u64,
    /// Sequence numbers of the peer's that were received in turn.
    pub received: u64,
    /// Octets of text sent, retransmissions included.
    pub sent: u64,
    /// Octets of text sent again.
    pub resent: u64,
    /// Segments sent again.
    pub retransmissions: u32,
    /// Segments that the peer has, as far as its acknowledgment number says.
    pub delivered: u32,
    /// Segments with text that arrived beyond a gap.
    pub out_of_order: u32,
    /// Segments that the peer said it had twice. RFC 2883 §4.
    pub duplicates_reported: u32,
    /// Retransmission timeouts.
    pub timeouts: u32,
    /// How often all that a timeout sent again was acknowledged.
    pub timeout_recoveries: u32,
    /// From each first timeout to that acknowledgment, together.
    pub timeout_time: Duration,
    /// How long there was text to send, or sent and not acknowledged.
    pub busy: Duration,
    /// How much of that the peer's window held it back.
    pub window_limited: Duration,
    /// How much of that the send buffer kept the user from giving more.
    pub buffer_limited: Duration,
    /// The shortest round trip of a segment that was sent once.
    pub least_rtt: Option<Duration>,
    /// When the connection was first seen open.
    pub opened_at: Option<Instant>,
    /// When text was last sent.
    pub data_sent_at: Option<Instant>,
    /// When text last arrived in turn.
    pub data_heard_at: Option<Instant>,
    /// When an acknowledgment last arrived.
    pub ack_heard_at: Option<Instant>,
    /// The longest text that one segment brought, in octets.
    pub longest_heard: u32,
}

/// One connection's counts, and what they are counted from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally {
    counts: Counts,
    /// The segments that are out, in the order of their numbers.
    flight: VecDeque<Flying>,
    /// What SND.UNA and RCV.NXT were when they were last looked at.
    una: Option<Seq>,
    nxt: Option<Seq>,
    /// Our SYN was not acknowledged when that was last looked at.
    opens: bool,
    /// Since when what held the connection up has done so.
    held_up: Option<(HeldUp, Instant)>,
    /// The user wanted to give more than the send buffer took.
    starved: bool,
    /// When the first of the timeouts in a row came.
    first_timeout: Option<Instant>,
    timeouts_in_a_row: u8,
}

/// The most segments told apart: a full window of full-sized ones, and plenty of small ones.
const MOST_FLYING: usize = 16_384;

/// A segment that is out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Flying {
    /// The number after its last.
    end: Seq,
    sent_at: Instant,
    resent: bool,
}

/// Why a connection with something to send has not sent it all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum HeldUp {
    /// Time, or the congestion window.
    Busy,
    /// The peer's window.
    Window,
    /// The send buffer.
    Buffer,
}

impl Hash for Tally {
    /// Not at all: counts change nothing that will happen.
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl Tally {
    /// What was counted by `now`.
    pub(crate) fn counts(&self, now: Instant) -> Counts {
        let mut counts = self.counts;
        if let Some((held_up, since)) = self.held_up {
            counts.wait(held_up, now.since(since));
        }
        counts
    }

    /// Segments that are out, those sent again counted once.
    pub(crate) fn in_flight(&self) -> u32 {
        self.flight.len() as u32
    }

    /// How many of them were sent again.
    pub(crate) fn resent(&self) -> u32 {
        self.flight.iter().filter(|flying| flying.resent).count() as u32
    }

    /// How many of them lie in `[from, to)`.
    pub(crate) fn between(&self, from: Seq, to: Seq) -> u32 {
        let inside = |flying: &&Flying| flying.end.after(from) && flying.end.at_or_before(to);
        self.flight.iter().filter(inside).count() as u32
    }

    /// A segment arrived and was processed.
    pub(crate) fn heard(&mut self, segment: &Segment, connection: &Connection, now: Instant) {
        if is_half_open(connection) {
            return;
        }
        let counts = &mut self.counts;
        if connection.passive() && counts.segments_in == 0 {
            counts.segments_in = 1; // the SYN
        }
        counts.segments_in += 1;
        if segment.has(Flags::ACK) {
            counts.ack_heard_at = Some(now);
        }
        if !segment.text.is_empty() {
            counts.data_segments_in += 1;
            counts.longest_heard = counts.longest_heard.max(segment.text.len() as u32);
            match self.nxt {
                Some(nxt) if segment.seq.after(nxt) => counts.out_of_order += 1,
                Some(nxt) if !segment.end().after(nxt) => {}
                Some(_) | None => counts.data_heard_at = Some(now),
            }
        }
        counts.duplicates_reported += u32::from(duplicate_sack::reports_duplicate(segment));
    }

    /// A segment leaves.
    pub(crate) fn sent(&mut self, segment: &Segment, connection: &Connection, now: Instant) {
        // A probe of a shut window is sent beyond SND.NXT: it asks, and is in flight no more than an empty segment is.
        let probes = segment.end().after(connection.send.nxt);
        let again = segment.length() > 0 && !probes && self.note_flight(segment, now);
        self.counts.retransmissions += u32::from(again);
        if is_half_open(connection) {
            return;
        }
        let counts = &mut self.counts;
        counts.segments_out += 1;
        if !segment.text.is_empty() {
            counts.data_segments_out += 1;
            counts.data_sent_at = Some(now);
            counts.sent += segment.text.len() as u64;
            counts.resent += if again { segment.text.len() as u64 } else { 0 };
        }
    }

    /// Whether the segment, or what it starts with, was out before.
    fn note_flight(&mut self, segment: &Segment, now: Instant) -> bool {
        let (seq, end) = (segment.seq, segment.end());
        let first = self.flight.partition_point(|flying| flying.end.at_or_before(seq));
        let mut again = false;
        for flying in self.flight.range_mut(first..) {
            if flying.end.after(end) {
                break;
            }
            (again, flying.resent) = (true, true);
        }
        let full = self.flight.len() >= MOST_FLYING;
        match self.flight.back_mut() {
            Some(last) if !end.after(last.end) => {}
            // More than this are counted as one.
            Some(last) if full => last.end = end,
            Some(_) | None => self.flight.push_back(Flying { end, sent_at: now, resent: false }),
        }
        again
    }

    /// The user gave text, and whether the buffer took it all.
    pub(crate) const fn offered(&mut self, all: bool) {
        self.starved = !all;
    }

    /// Everything that an event brought about has been done.
    pub(crate) fn settle(&mut self, connection: &Connection, policy: &Policy, now: Instant) {
        if connection.state().is_synchronized() {
            self.counts.opened_at.get_or_insert(now);
        }
        self.note_acknowledged(connection, now);
        self.note_received(connection);
        self.note_timeouts(connection, now);
        let held_up = self.what_holds_up(connection, policy);
        if held_up != self.held_up.map(|(held_up, _)| held_up) {
            if let Some((before, since)) = self.held_up {
                self.counts.wait(before, now.since(since));
            }
            self.held_up = held_up.map(|held_up| (held_up, now));
        }
    }

    fn note_acknowledged(&mut self, connection: &Connection, now: Instant) {
        let (iss, una) = (connection.send.iss, connection.send.una);
        // What a passive open sent before it was open is not counted.
        let opened = core::mem::replace(&mut self.opens, connection.send.syn_unacknowledged());
        let before = self.una.replace(una).unwrap_or(if connection.passive() { una } else { iss });
        if una == before {
            return;
        }
        if !(connection.passive() && opened) {
            self.counts.acknowledged += u64::from(una.since(before));
        }
        let mut last = None;
        while let Some(flying) = self.flight.front().copied().filter(|first| first.end.at_or_before(una)) {
            self.flight.pop_front();
            self.counts.delivered += 1;
            last = Some(flying);
        }
        if let Some(flying) = last.filter(|flying| !flying.resent) {
            let rtt = now.since(flying.sent_at);
            self.counts.least_rtt = Some(self.counts.least_rtt.map_or(rtt, |least| least.min(rtt)));
        }
    }

    fn note_received(&mut self, connection: &Connection) {
        let synchronized = connection.state().is_synchronized() || connection.state() == State::SynReceived;
        if synchronized {
            let nxt = connection.receive.nxt;
            let before = self.nxt.replace(nxt).unwrap_or(nxt);
            self.counts.received += u64::from(nxt.since(before));
        }
    }

    fn note_timeouts(&mut self, connection: &Connection, now: Instant) {
        let row = connection.patience.retransmissions();
        if row > self.timeouts_in_a_row {
            self.counts.timeouts += u32::from(row - self.timeouts_in_a_row);
            self.first_timeout.get_or_insert(now);
        } else if row == 0
            && let Some(first) = self.first_timeout.take()
        {
            self.counts.timeout_recoveries += 1;
            self.counts.timeout_time += now.since(first);
        }
        self.timeouts_in_a_row = row;
    }

    fn what_holds_up(&self, connection: &Connection, policy: &Policy) -> Option<HeldUp> {
        let send = &connection.send;
        let waiting = send.unsent();
        if send.queued() == 0 || !connection.state().is_synchronized() {
            return None;
        }
        if waiting == 0 {
            return Some(if self.starved { HeldUp::Buffer } else { HeldUp::Busy });
        }
        let admitted = send.right_edge().since(send.nxt);
        let room = connection.status(policy).congestion_window.saturating_sub(send.in_flight());
        let shut = admitted < waiting.min(connection.mss) && admitted < room;
        Some(if shut { HeldUp::Window } else { HeldUp::Busy })
    }
}

impl Counts {
    fn wait(&mut self, held_up: HeldUp, time: Duration) {
        self.busy += time;
        match held_up {
            HeldUp::Busy => {}
            HeldUp::Window => self.window_limited += time,
            HeldUp::Buffer => self.buffer_limited += time,
        }
    }
}

/// A passive open that has not become a connection yet.
fn is_half_open(connection: &Connection) -> bool {
    connection.passive() && connection.state() == State::SynReceived
}
