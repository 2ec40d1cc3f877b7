//! An acknowledgment arrives: what it takes off the queue, and what it says of the path.
//!
//! Spec: RFC 9293 §3.10.7.4, RFC 6298 §3, §5, RFC 5681 §3.
use stackdrill_wire::{Clause, Segment, Seq, rfc};

use crate::tcp::action::Context;
use crate::tcp::congestion::{Congestion, Signal};
use crate::tcp::connection::Connection;
use crate::tcp::duplicate_sack;
use crate::tcp::recovery::{Duplicate, Progress};
use crate::tcp::timers::Timer;

/// The third duplicate.
const FAST: Clause = rfc(5681, "§3.2");
/// A partial acknowledgment.
const PARTIAL: Clause = rfc(6582, "§3.2");

impl Connection {
    /// What the peer last said it has out of turn.
    pub(crate) fn sacked(&self) -> impl Iterator<Item = (Seq, Seq)> {
        let blocks = self.last_blocks;
        let una = self.send.una;
        (0..4).filter_map(move |at| blocks.as_slice().get(at).copied()).filter(move |(_, end)| end.after(una))
    }

    /// How much `ack` acknowledges, in octets; where the congestion window counts segments, each counts for one of full size.
    fn counted(&self, ack: Seq, cx: &Context<'_>) -> u32 {
        match cx.policy.window_counts_segments {
            true => self.send.pieces.until(ack).saturating_mul(self.mss),
            false => ack.since(self.send.una),
        }
    }

    /// `ack` covers something new.
    ///
    /// Spec: RFC9293:3.10.7.4-ack-established-new RFC5681:3.1-handshake-no-growth.
    pub(crate) fn acknowledged(&mut self, ack: Seq, segment: &Segment, cx: &Context<'_>) {
        let handshake = self.send.syn_unacknowledged();
        let octets = self.counted(ack, cx);
        if handshake {
            self.syn_losses = self.patience.retransmissions();
        }
        self.send.acknowledge(ack);
        self.fast.pass(ack);
        self.ecn.pass(ack);
        self.used.pass(ack);
        if handshake && self.fast_open.sent > 0 && self.send.outstanding() > 0 {
            // Text on our SYN was not taken: it goes with the first ACK. Spec: RFC7413:4.2.2-client-resends-unacked.
            self.send.cursor = Some(ack);
        }
        self.measure(ack, segment, cx);
        self.hope(cx);
        if !handshake && self.ecn.echoes(segment) && !self.fast.recovers() {
            // Spec: RFC3168:6.1.2-no-growth-on-ece.
            self.fast.end();
        } else if !handshake {
            let path = self.path(cx);
            match self.fast.acknowledged(octets, &self.send, &mut self.law, path) {
                Progress::Plain if self.may_grow(cx) => self.law.hear(Signal::Acked { octets }, path),
                Progress::Partial => self.resend = Some(PARTIAL),
                Progress::Plain | Progress::Full => {}
            }
        }
        self.grow_send_buffer();
        self.restart_timer(cx);
    }

    /// Whether the congestion window was used so far that it may grow.
    fn may_grow(&self, cx: &Context<'_>) -> bool {
        let (window, threshold) = (self.law.window(), self.law.threshold());
        !cx.policy.grows_only_if_used || self.used.may_grow(window, window < threshold)
    }

    /// There is progress, or a sign of it: what is still outstanding gets all the patience again.
    pub(crate) fn hope(&mut self, cx: &Context<'_>) {
        self.patience.rest();
        if self.send.outstanding() > 0 && !cx.policy.patience_from_resend {
            self.patience.begin(cx.now);
        }
    }

    /// A round trip is measured on a segment that was sent once, or by its timestamps.
    ///
    /// Spec: RFC6298:3-karn RFC6298:3-one-sample-per-rtt RFC7323:4.1-rttm-rule RFC9293:MUST-18.
    fn measure(&mut self, ack: Seq, segment: &Segment, cx: &Context<'_>) {
        match self.timed {
            Some((end, at)) if ack.at_or_after(end) => {
                self.timed = None;
                self.rto.sample(cx.now.since(at), cx.policy);
            }
            Some(_) => {}
            None => self.measure_by_stamps(ack, segment, cx),
        }
    }

    /// Spec: RFC7323:3.2-tsecr-ignored-without-ack.
    fn measure_by_stamps(&mut self, ack: Seq, segment: &Segment, cx: &Context<'_>) {
        let echo = segment.options.timestamps().filter(|_| self.terms.stamps).map(|(_, echo)| echo);
        let at = (cx.now, cx.policy);
        if let Some(r) = echo.and_then(|echo| self.stamps.sample(echo, ack, self.send.nxt, at)) {
            self.rto.sample(r, cx.policy);
        }
    }

    /// The timer runs for what is outstanding, from the last progress on.
    ///
    /// Each partial acknowledgment restarts it too. Departs: RFC6582:3.2-first-partial-resets-timer, for a timer
    /// left running could resend a segment sooner than one RTO after its last transmission (RFC6298:5-never-early).
    ///
    /// Spec: RFC6298:5.2-stop-timer RFC6298:5.3-restart-timer.
    fn restart_timer(&mut self, cx: &Context<'_>) {
        match self.send.outstanding() {
            0 => self.timers.disarm(Timer::Retransmit),
            _ => self.timers.arm(Timer::Retransmit, cx.now + self.timeout(cx)),
        }
    }

    /// `segment` acknowledges nothing new, brings nothing and changes no window.
    ///
    /// Spec: RFC5681:2-duplicate-ack-definition RFC5681:3.2-fast-retransmit RFC3042:2-sack-needs-news.
    pub(crate) fn duplicate(&mut self, segment: &Segment, cx: &Context<'_>) {
        if self.send.outstanding() == 0 || self.send.cursor.is_some() {
            return;
        }
        let blocks = duplicate_sack::ordinary(segment);
        let news = !self.terms.sack || (!blocks.as_slice().is_empty() && blocks != self.last_blocks);
        self.last_blocks = blocks;
        let told = Duplicate { news, reduced: self.ecn.has_answered(self.send.una) };
        let path = self.path(cx);
        if self.fast.duplicate(told, &self.send, &mut self.law, path) {
            self.resend = Some(FAST);
            if !told.reduced {
                self.ecn.reduced();
            }
        }
    }
}
