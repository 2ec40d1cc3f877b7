//! The receive sequence space, and the text that waits in it.
//!
//! Spec: RFC 9293 §3.3.1, §3.8.6.
use bytes::Bytes;
use stackdrill_wire::Seq;

use crate::tcp::octets::Octets;
use crate::tcp::reassembly::Reassembly;
use crate::tcp::silly;

/// ```text
///        read          nxt                        edge
/// --------|---- ready ---|--- window, with islands --|---
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct ReceiveSpace {
    pub(crate) irs: Seq,
    pub(crate) nxt: Seq,
    /// The furthest right window edge ever announced: what lies before it is accepted.
    ///
    /// Spec: RFC7323:2.4-honour-offered-window.
    pub(crate) edge: Seq,
    /// RCV.UP: the number after the last urgent octet.
    pub(crate) up: Option<Seq>,
    /// The peer's FIN, once known: where the new part of its segment began, and the number after its last octet.
    fin: Option<(Seq, Seq)>,
    /// Whether the FIN has had its turn.
    ended: bool,
    pub(crate) islands: Reassembly,
    capacity: u32,
    /// No window is larger than this yet, whatever the buffer holds.
    limit: u32,
    /// The window of a SYN is a multiple of so many octets.
    pub(crate) unit: u32,
    /// The shift of the windows we announce.
    shift: u8,
    ready: Octets,
}

/// What became of a segment's text.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Taken {
    /// Nothing in it was new.
    Nothing,
    /// It was next in turn, and no gap is left.
    InOrder,
    /// It was next in turn and filled a gap, or part of one.
    Filled,
    /// It lies beyond a gap.
    Ahead,
}

/// The most that 30 bits of window can express. RFC 7323 §2.3.
pub(crate) const MOST_WINDOW: u32 = 1 << 30;

impl ReceiveSpace {
    /// A space that expects the peer's SYN.
    pub(crate) fn new(capacity: u32) -> Self {
        Self {
            irs: Seq(0),
            nxt: Seq(0),
            edge: Seq(0),
            up: None,
            fin: None,
            ended: false,
            islands: Reassembly::default(),
            capacity: capacity.min(MOST_WINDOW),
            limit: MOST_WINDOW,
            unit: 1,
            shift: 0,
            ready: Octets::default(),
        }
    }

    /// The peer's SYN arrived: what our own SYN offered, or will offer, starts behind it. Later windows are shifted.
    pub(crate) fn synchronize(&mut self, irs: Seq, shift: u8) {
        self.irs = irs;
        self.shift = shift;
        self.nxt = irs + 1;
        self.edge = self.nxt + self.syn_window();
    }

    /// The window of a SYN: never scaled.
    ///
    /// Spec: RFC7323:2.2-syn-window-unscaled.
    pub(crate) fn syn_window(&self) -> u32 {
        let (most, unit) = (self.capacity.min(self.limit), self.unit.max(1));
        let whole = most / unit * unit;
        let window = if whole > 0 { whole } else { most };
        window.min(u32::from(u16::MAX))
    }

    /// RCV.WND: what is accepted, in octets.
    pub(crate) fn window(&self) -> u32 {
        self.edge.since(self.nxt)
    }

    /// The largest window: what the buffer holds, as far as the field can say it.
    pub(crate) fn capacity(&self) -> u32 {
        self.capacity.min(u32::from(u16::MAX) << self.shift)
    }

    /// No window is larger than this for now.
    pub(crate) fn limit(&mut self, most: u32) {
        self.limit = most.min(MOST_WINDOW);
    }

    /// So many octets came in turn: where windows are limited, they may be larger by two segments. Crumbs show nothing of
    /// a peer that has much to send.
    pub(crate) fn widen(&mut self, octets: u32, mss: u32) {
        const LEAST: u32 = 128;
        if octets >= LEAST {
            self.limit = self.limit.saturating_add(octets.max(mss).saturating_mul(2)).min(MOST_WINDOW);
        }
    }

    /// A buffer that shrinks takes no promise back: the edge stays where it is.
    pub(crate) fn resize(&mut self, capacity: u32) {
        self.capacity = capacity.min(MOST_WINDOW);
    }

    pub(crate) fn readable(&self) -> usize {
        self.ready.len()
    }

    /// The number of the next octet to read.
    pub(crate) fn read(&self) -> Seq {
        self.nxt - u32::from(self.ended) - self.ready.len() as u32
    }

    /// Whether the peer's FIN has had its turn.
    pub(crate) const fn ended(&self) -> bool {
        self.ended
    }

    /// Octets that could be accepted beyond `nxt`.
    fn free(&self) -> u32 {
        self.capacity.saturating_sub(self.ready.len() as u32).min(self.capacity())
    }

    /// How much further the edge could be, in octets.
    pub(crate) fn growth(&self) -> u32 {
        (self.nxt + self.free().min(self.limit)).since(self.edge)
    }

    /// The window field to send now: the edge moves as far as silly window avoidance and the field let it, by every
    /// octet of room or by steps. What the shift cuts off is rounded down, unless rounding up still fits the buffer.
    ///
    /// Spec: RFC9293:3.8.6.2.2-edge-held RFC9293:SHLD-14 RFC7323:2.3-shift-applied-out RFC9293:MAY-8.
    pub(crate) fn announce(&mut self, mss: u32, all_room: bool) -> u16 {
        let (growth, shift) = (self.growth(), self.shift);
        let moves = if all_room {
            silly::room_is_whole(self.free(), self.capacity(), mss)
        } else {
            silly::edge_moves(growth, self.capacity(), mss)
        };
        let window = self.window() + if moves { growth } else { 0 };
        let up = window.div_ceil(1 << shift);
        let units = if up << shift <= self.free() { up } else { window >> shift };
        let field = u16::try_from(units).unwrap_or(u16::MAX);
        self.edge = self.edge.latest(self.nxt + (u32::from(field) << shift));
        field
    }

    /// Takes text that lies in the window.
    pub(crate) fn take(&mut self, seq: Seq, text: &Bytes) -> Taken {
        let known = self.nxt.since(seq) as usize;
        let fresh = match text.get(known..) {
            Some(fresh) if !fresh.is_empty() => fresh,
            _ => return Taken::Nothing,
        };
        if seq.after(self.nxt) {
            self.hold(seq, fresh);
            return Taken::Ahead;
        }
        let gap = !self.islands.is_empty();
        self.ready.append(fresh);
        self.nxt += fresh.len() as u32;
        while let Some(text) = self.islands.take(self.nxt) {
            self.ready.append(&text);
            self.nxt += text.len() as u32;
        }
        self.fin = self.fin.filter(|(_, at)| at.at_or_after(self.nxt));
        if gap { Taken::Filled } else { Taken::InOrder }
    }

    /// Keeps text that lies beyond a gap.
    ///
    /// A peer whose text contradicts its FIN is taken at the word that comes first in the order of numbers, as if its
    /// segments had been queued and processed in that order.
    fn hold(&mut self, seq: Seq, text: &[u8]) {
        let mut text = text;
        if let Some((from, at)) = self.fin
            && (seq + text.len() as u32).after(at)
        {
            if seq.before(from) {
                self.fin = None;
            } else {
                text = text.get(..at.since(seq) as usize).unwrap_or_default();
            }
        }
        if !text.is_empty() {
            self.islands.insert(seq, text);
        }
    }

    /// The new part of a segment from `from` on ends in a FIN at `at`. See [`ReceiveSpace::hold`] for contradictions.
    pub(crate) fn note_fin(&mut self, from: Seq, at: Seq) {
        let outranked = self.fin.is_some_and(|(known, _)| known.before(from))
            || self.islands.blocks().any(|(start, end)| start.before(from) && end.after(at));
        if !outranked {
            self.fin = Some((from, at));
            self.islands.cut(at);
        }
    }

    /// Takes the peer's FIN if its turn has come; whether it had.
    ///
    /// Spec: RFC9293:3.10.7.4-fin-out-of-order.
    pub(crate) fn finish(&mut self) -> bool {
        let due = !self.ended && self.fin.is_some_and(|(_, at)| at == self.nxt);
        if due {
            self.nxt += 1;
            self.edge = self.edge.latest(self.nxt);
            self.ended = true;
        }
        due
    }

    /// At most `most` octets for the user, none from beyond the urgent mark; removed unless `peek`.
    ///
    /// Spec: RFC9293:3.9.1.3-urgent-boundary RFC9293:3.8.5-leave-urgent-mode.
    pub(crate) fn receive(&mut self, most: usize, peek: bool) -> Bytes {
        let to_mark = self.urgent().map_or(usize::MAX, |octets| octets as usize);
        let text = self.ready.copy(0, most.min(to_mark));
        if !peek {
            self.ready.drop_front(text.len());
            if self.up.is_some_and(|up| up.at_or_before(self.read())) {
                self.up = None;
            }
        }
        text
    }

    /// The octet so many after the next one to read, if it has arrived in turn.
    pub(crate) fn octet(&self, at: usize) -> Option<u8> {
        self.ready.copy(at, 1).first().copied()
    }

    /// Octets from the next one to read up to the end of the urgent data.
    ///
    /// Spec: RFC 9293 §3.8.5 MUST-33.
    pub(crate) fn urgent(&self) -> Option<u32> {
        self.up.map(|up| up.since(self.read())).filter(|&octets| octets > 0)
    }

    /// Drops what could be read, for nobody will.
    pub(crate) fn discard(&mut self) {
        self.ready.clear();
    }

    /// Throws away what waits.
    pub(crate) fn flush(&mut self) {
        self.ready.clear();
        self.islands.clear();
        self.up = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A full buffer makes the scaled field round down; what was offered before is accepted all the same.
    ///
    /// Proves: RFC7323:2.4-honour-offered-window RFC7323:2.3-shift-applied-out.
    #[test]
    fn an_offered_window_is_honoured() {
        let mut space = ReceiveSpace::new(1 << 20);
        space.synchronize(Seq(u32::MAX), 5);
        assert_eq!(space.announce(1000, false), 1 << 15);
        let edge = space.edge;
        space.take(Seq(0), &Bytes::from(vec![0; 33]));
        assert_eq!(space.announce(1000, false), (1 << 15) - 2);
        assert_eq!(space.edge, edge, "33 octets are more than one unit of 32, and less than two");
        assert_eq!(space.window(), (1 << 20) - 33);
    }
}
