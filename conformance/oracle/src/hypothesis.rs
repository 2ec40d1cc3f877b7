//! A hypothesis: one lawful reading of everything observed so far, as a small TCB.
//!
//! What an observation leaves open is an interval where it can be (`low ..= high`) and another hypothesis where it
//! cannot (a state). Limits use the generous end of an interval, debts the certain end.
use stackdrill_wire::{Flags, Instant, Segment, Seq, State};

use crate::obligation::{Debt, Obligation, Obligations};
use crate::options::Parsed;
use crate::pace::Pace;
use crate::ranges::Ranges;
use crate::repair::{self, Repair};
use crate::rfc3168::ASKS;
use crate::rfc6298::shut;
use crate::rule::Rule;

/// One reading of what has been observed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Hypothesis {
    /// The connection's state.
    pub state: State,
    /// The rule that put it there.
    pub because: &'static Rule,
    /// When it came there.
    pub since: Instant,
    /// How the connection began.
    pub(crate) origin: Origin,
    /// Whether somebody listens on the port.
    pub(crate) listening: Listening,
    pub(crate) user: User,
    pub(crate) snd: Snd,
    pub(crate) pace: Pace,
    pub(crate) repair: Repair,
    pub(crate) rcv: Rcv,
    pub(crate) stamps: Stamps,
    /// What the endpoint offered on its SYN, if that was seen.
    pub(crate) mine: Option<Offer>,
    /// What the peer offered on its SYN, if that was seen.
    pub(crate) theirs: Option<Offer>,
    pub(crate) owed: Obligations,
}

/// How a connection began. RFC 9293 MUST-11.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) enum Origin {
    Active,
    Passive,
    /// Before the capture did.
    #[default]
    Unseen,
}

/// Whether somebody listens on the endpoint's port.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) enum Listening {
    Yes,
    No,
    #[default]
    Unknown,
}

/// What the user has called.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct User {
    pub(crate) opened: bool,
    pub(crate) closed: bool,
    /// Nobody will read what still arrives.
    pub(crate) released: bool,
    pub(crate) aborted: bool,
    /// Octets that RECEIVE delivered.
    pub(crate) received: u64,
    /// Octets that SEND took, at most.
    pub(crate) queued: u64,
    /// How many of them had been taken after the last urgent SEND,
    pub(crate) urgent: Option<u64>,
    /// and how many such SENDs there were.
    pub(crate) urgents: u8,
    /// Some of them may not have been taken, or may be held back as the user asked.
    pub(crate) unsure: bool,
}

/// The send sequence space. RFC 9293 §3.3.1.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Snd {
    /// Whether `nxt` is known.
    pub(crate) known: bool,
    pub(crate) iss: Option<Seq>,
    /// The highest acknowledgment that may have been processed.
    pub(crate) una: Seq,
    /// The number after the last one sent.
    pub(crate) nxt: Seq,
    pub(crate) wl1: Seq,
    pub(crate) wl2: Seq,
    /// The right edge of the peer's window as it stands now; `None` while it cannot be known.
    pub(crate) edge: Option<Seq>,
    /// The furthest right edge that the peer ever offered.
    pub(crate) furthest: Option<Seq>,
    /// A new incarnation's ISS lies above this, where the last one ended.
    pub(crate) above: Option<Seq>,
    /// The widest window ever offered, in octets.
    pub(crate) widest: u32,
    /// What the path takes, once a router said so.
    pub(crate) path: Option<Path>,
    /// Where the FIN stands, once sent.
    pub(crate) fin: Option<Seq>,
    /// Segments resent since the last acknowledgment of something new.
    pub(crate) resent: u8,
    /// SND.NXT when an echo of a mark was last heard (RFC 3168): the answer to it covers what was sent before.
    pub(crate) marked: Option<Seq>,
}

/// What a router said of the path. RFC 1191, RFC 8201.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Path {
    /// Octets of TCP header and text.
    pub(crate) size: u32,
    /// When it said so last.
    pub(crate) at: Instant,
    /// How often the first octet in flight was sent again since.
    pub(crate) again: u8,
}

/// The receive sequence space. RFC 9293 §3.3.1.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Rcv {
    /// Whether the numbers below are known.
    pub(crate) known: bool,
    pub(crate) irs: Option<Seq>,
    /// RCV.NXT is at least this,
    pub(crate) low: Seq,
    /// and at most this.
    pub(crate) high: Seq,
    /// The right edge as last offered; `None` before any offer.
    pub(crate) edge: Option<Seq>,
    /// The furthest right edge ever offered.
    pub(crate) furthest: Option<Seq>,
    /// Where the peer's FIN stands, once seen.
    pub(crate) fin: Option<Seq>,
    /// Another FIN of a peer that contradicts itself: the later one.
    pub(crate) later_fin: Option<Seq>,
    /// What lies beyond a gap.
    pub(crate) held: Ranges,
    /// The number after the last octet that surely arrived in order and was pushed.
    pub(crate) pushed: Option<Seq>,
    /// Whether some of the text was said to be urgent.
    pub(crate) urgent: bool,
    /// Whether a mark was echoed, and no CWR arrived since.
    pub(crate) echoes: bool,
    /// The latest acknowledgment number sent.
    pub(crate) acked: Seq,
    /// The window last offered, in octets.
    pub(crate) window: u32,
    /// The widest window offered since the handshake.
    pub(crate) widest: u32,
}

impl Rcv {
    /// Whether some of a segment's text may have arrived before.
    pub(crate) fn repeats(&self, segment: &Segment) -> bool {
        let (start, end) = (segment.seq + u32::from(segment.has(Flags::SYN)), segment.end());
        let overlaps = |(from, to): &(Seq, Seq)| from.before(end) && start.before(*to);
        !self.known
            || start.before(self.high)
            || self.held.overflowed()
            || self.held.as_slice().iter().any(overlaps)
    }
}

/// What RFC 7323 keeps.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Stamps {
    /// TS.Recent is at least this (on the circle), and at most that; `None` before any.
    pub(crate) recent: Option<(u32, u32)>,
    /// The latest TSval sent, and when it was first sent.
    pub(crate) sent: Option<(u32, Instant)>,
}

/// The options of a SYN that matter later.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Offer {
    pub(crate) mss: Option<u16>,
    pub(crate) shift: Option<u8>,
    pub(crate) sack: bool,
    pub(crate) stamps: bool,
    pub(crate) fast_open: bool,
    /// Which of AE, CWR and ECE are set.
    pub(crate) ecn: Flags,
}

impl Offer {
    pub(crate) fn of(options: &Parsed, flags: Flags) -> Self {
        Self {
            mss: options.mss,
            shift: options.shift,
            sack: options.sack_permitted,
            stamps: options.stamps.is_some(),
            fast_open: options.fast_open,
            ecn: Flags(flags.0 & (Flags::AE | ASKS).0),
        }
    }

    /// Whether a SYN with these flags asks for ECN, accurate or not.
    pub(crate) fn asks_ecn(&self) -> bool {
        self.ecn.has(ASKS)
    }
}

impl Hypothesis {
    /// Nothing has happened yet.
    pub(crate) fn closed(listening: Listening, because: &'static Rule) -> Self {
        Self {
            state: State::Closed,
            because,
            since: Instant::ZERO,
            origin: Origin::Unseen,
            listening,
            user: User::default(),
            snd: Snd::default(),
            pace: Pace::default(),
            repair: Repair::default(),
            rcv: Rcv::default(),
            stamps: Stamps::default(),
            mine: None,
            theirs: None,
            owed: Obligations::default(),
        }
    }

    /// The same, moved to `state` by `rule`.
    #[must_use]
    pub(crate) fn moved(mut self, state: State, rule: &'static Rule, at: Instant) -> Self {
        self.state = state;
        self.because = rule;
        self.since = at;
        self
    }

    /// The same, in its state now because of `rule`.
    #[must_use]
    pub(crate) fn kept(mut self, rule: &'static Rule) -> Self {
        self.because = rule;
        self
    }

    /// The connection is gone: CLOSED, or LISTEN where somebody listens. Its numbers stay for the reader, and for
    /// what may lawfully still be answered.
    #[must_use]
    pub(crate) fn gone(mut self, rule: &'static Rule, at: Instant) -> Self {
        self.owed.forgive();
        let state = if self.listening == Listening::Yes { State::Listen } else { State::Closed };
        self.moved(state, rule, at)
    }

    /// Gone, but what it owes (a last reset) is still due.
    #[must_use]
    pub(crate) fn gone_owing(&self, rule: &'static Rule, at: Instant) -> Self {
        let mut gone = self.gone(rule, at);
        gone.owed = self.owed;
        gone
    }

    /// A fresh record for a new incarnation on the same ports.
    #[must_use]
    pub(crate) fn reborn(&self) -> Self {
        let mut fresh = Self::closed(self.listening, self.because);
        fresh.user.opened = self.user.opened;
        fresh.pace.floor = self.pace.floor;
        fresh
    }

    /// The same, owing `debt`.
    #[must_use]
    pub(crate) fn owing(mut self, rule: &'static Rule, debt: Debt, due: Instant) -> Self {
        self.owe(rule, debt, due);
        self
    }

    /// It owes `debt` from here on.
    pub(crate) fn owe(&mut self, rule: &'static Rule, debt: Debt, due: Instant) {
        self.owed.owe(Obligation { rule, debt, due });
    }

    /// Whether windows are scaled: agreed, not agreed, or not known. Spec: RFC 7323 §2.2.
    pub(crate) fn scaled(&self) -> Option<bool> {
        let (mine, theirs) = (self.mine?, self.theirs?);
        Some(mine.shift.is_some() && theirs.shift.is_some())
    }

    /// The shift of the windows that the peer sends.
    pub(crate) fn peer_shift(&self) -> Option<u32> {
        let theirs = self.theirs?.shift.unwrap_or(0);
        self.scaled().map(|scaled| if scaled { u32::from(theirs.min(14)) } else { 0 })
    }

    /// The shift of the windows that the endpoint sends.
    pub(crate) fn own_shift(&self) -> Option<u32> {
        let mine = self.mine?.shift.unwrap_or(0);
        self.scaled().map(|scaled| if scaled { u32::from(mine.min(14)) } else { 0 })
    }

    /// Whether both sides sent timestamps on their SYNs. Spec: RFC 7323 §3.2.
    pub(crate) fn stamped(&self) -> Option<bool> {
        Some(self.mine?.stamps && self.theirs?.stamps)
    }

    /// Whether marks are echoed as RFC 3168 has it: one SYN asked, and the answer has ECE alone, which accurate ECN
    /// (RFC 9768 §3.1.1) answers only where it falls back to this.
    pub(crate) fn marks(&self) -> bool {
        let (Some(mine), Some(theirs)) = (self.mine, self.theirs) else { return false };
        mine.asks_ecn() && theirs.ecn == Flags::ECE || theirs.asks_ecn() && mine.ecn == Flags::ECE
    }

    /// Whether the endpoint's FIN is acknowledged.
    pub(crate) fn fin_acknowledged(&self) -> bool {
        self.snd.fin.is_some_and(|fin| self.snd.una.after(fin))
    }

    /// Whether this is a state in which text and acknowledgments flow.
    pub(crate) fn is_connected(&self) -> bool {
        self.state.is_synchronized() || self.state == State::SynReceived
    }

    /// Whether text from the peer is still taken in.
    pub(crate) const fn takes_text(&self) -> bool {
        matches!(self.state, State::Established | State::FinWait1 | State::FinWait2)
    }

    /// A segment arrived, whatever it says: what that means to the sender's timer and to its count of duplicate
    /// acknowledgments (RFC 5681 §2), which neither carry anything nor change the window.
    pub(crate) fn hears(&mut self, segment: &Segment, at: Instant) {
        self.pace.hears();
        self.pace.dressed |= !segment.options.is_empty();
        self.rcv.urgent |= segment.has(Flags::URG);
        let (snd, edge) = (&self.snd, self.offered(segment));
        if edge.is_some_and(|edge| edge.before(snd.nxt)) {
            self.pace.complained = true;
        }
        let same = edge.is_none() || snd.edge.is_none() || edge == snd.edge;
        let outstanding = snd.una.before(snd.nxt);
        if same && outstanding && segment.length() == 0 && segment.acknowledges() == Some(snd.una) {
            self.pace.duplicates = self.pace.duplicates.saturating_add(1);
        }
        if shut(self) && segment.acknowledges() == Some(self.snd.una) && !self.user.released {
            // The peer lives and keeps its window shut (§3.8.6.1).
            self.snd.resent = 0;
        }
        self.rcv.echoes &= !segment.has(Flags::CWR);
        repair::heard(self, at);
    }

    /// The right edge of the window that a segment after the handshake offers, as far as the scale is known.
    fn offered(&self, segment: &Segment) -> Option<Seq> {
        let shift = self.peer_shift().filter(|_| segment.has(Flags::ACK))?;
        Some(segment.ack + (u32::from(segment.window) << shift))
    }

    /// A router says that what began at `seq` was too big; anybody may say so of what is not in flight (RFC 5927 §4.1).
    pub(crate) fn too_big(&mut self, size: u32, seq: Seq, at: Instant) {
        let flight = self.snd.nxt.since(self.snd.una);
        if self.snd.known && seq.within(self.snd.una, flight) {
            let size = self.snd.path.map_or(size, |path| path.size.min(size));
            self.snd.path = Some(Path { size, at, again: 0 });
        }
    }

    /// Takes in the window and acknowledgment of a segment whose ACK is acceptable.
    ///
    /// `certain`: the endpoint surely processes it, so the newest window counts (RFC 9293 §3.10.7.4: by WL1 and
    /// WL2); otherwise the furthest edge is kept, for it may have been the last one processed.
    pub(crate) fn acknowledge(&mut self, segment: &Segment, certain: bool) {
        let ack = segment.ack;
        let (advanced, flight) = (ack.since(self.snd.una), self.snd.nxt.since(self.snd.una));
        if advanced > 0 {
            self.snd.una = ack;
            self.snd.resent = 0;
            self.repair.progressed();
        }
        if segment.has(Flags::ECE) && !segment.has(Flags::SYN) && self.marks() {
            // Once a window (RFC 3168 §6.1.2); and a window of one segment cannot be reduced.
            let fresh = self.snd.marked.is_none_or(|end| ack.after(end)) && advanced > 0;
            let surely = fresh && certain && repair::is_long(self, flight);
            self.repair.echoed(surely);
            self.snd.marked = Some(self.snd.nxt);
        }
        let shift = if segment.has(Flags::SYN) { Some(0) } else { self.peer_shift() };
        let Some(shift) = shift else {
            self.snd.edge = None;
            return;
        };
        let window = u32::from(segment.window) << shift;
        let edge = ack + window;
        self.snd.widest = self.snd.widest.max(window);
        let newer = self.snd.wl1.before(segment.seq)
            || (self.snd.wl1 == segment.seq && self.snd.wl2.at_or_before(ack));
        let Some(old) = self.snd.edge else {
            if !self.origin_hidden() {
                self.set_window(segment, edge);
            }
            return;
        };
        if !certain {
            self.set_window(segment, old.latest(edge));
        } else if newer && ack.at_or_after(self.snd.una) {
            self.set_window(segment, edge);
        } else {
            // SND.WND counts from SND.UNA: where the window is not taken, its edge moves along.
            self.set_edge(old + advanced);
        }
    }

    fn set_edge(&mut self, edge: Seq) {
        self.snd.edge = Some(edge);
        self.snd.furthest = Some(self.snd.furthest.map_or(edge, |old| old.latest(edge)));
    }

    /// Sets SND.WND and what says where it came from.
    pub(crate) fn set_window(&mut self, segment: &Segment, edge: Seq) {
        self.set_edge(edge);
        self.snd.wl1 = segment.seq;
        self.snd.wl2 = segment.ack;
    }

    const fn origin_hidden(&self) -> bool {
        matches!(self.origin, Origin::Unseen)
    }
}
