//! The send sequence space, and the text that occupies it.
//!
//! Spec: RFC 9293 §3.3.1, §3.4.
use bytes::Bytes;
use stackdrill_wire::Seq;

use crate::tcp::octets::Octets;
use crate::tcp::pieces::Pieces;

/// ```text
///   una            cursor         nxt  max             end
/// ---|---- sent ------|---- sent ----|-|--- queued -----|[FIN]
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct SendSpace {
    pub(crate) iss: Seq,
    pub(crate) una: Seq,
    /// What is acknowledged by now. SND.UNA does not tell: numbers come round again.
    acked: Acked,
    pub(crate) nxt: Seq,
    /// One past the highest number ever sent. Only a window probe puts it ahead of `nxt`.
    pub(crate) max: Seq,
    /// After a timeout, where resending has got to; what lies from there to `nxt` is believed lost.
    pub(crate) cursor: Option<Seq>,
    pub(crate) wnd: u32,
    pub(crate) wl1: Seq,
    pub(crate) wl2: Seq,
    /// MAX.SND.WND. RFC 9293 §3.8.6.2.1, RFC 5961 §5.2.
    pub(crate) most_wnd: u32,
    /// SND.UP: the number after the last urgent octet.
    pub(crate) up: Option<Seq>,
    /// The number after the last segment that was smaller than a full one, until it is acknowledged.
    pub(crate) small: Option<Seq>,
    /// The user has closed: a FIN follows the text.
    pub(crate) fin: bool,
    /// What was sent, by segments, if they are sent again as they are.
    pub(crate) pieces: Pieces,
    queue: Octets,
    /// The number of the queue's first octet.
    first: Seq,
}

/// How much of ours the peer has acknowledged so far.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Acked {
    Nothing,
    /// The SYN alone.
    Syn,
    /// Text or a FIN too.
    Text,
}

impl SendSpace {
    /// A space in which the SYN has been sent.
    pub(crate) fn new(iss: Seq) -> Self {
        Self {
            iss,
            una: iss,
            acked: Acked::Nothing,
            nxt: iss + 1,
            max: iss + 1,
            cursor: None,
            wnd: 0,
            wl1: Seq(0),
            wl2: Seq(0),
            most_wnd: 0,
            up: None,
            small: None,
            fin: false,
            pieces: Pieces::default(),
            queue: Octets::default(),
            first: iss + 1,
        }
    }

    /// The number after the last queued octet: the FIN's, if there is one.
    pub(crate) fn end(&self) -> Seq {
        self.first + self.queue.len() as u32
    }

    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn append(&mut self, text: &[u8]) {
        self.queue.append(text);
    }

    /// Octets never sent yet (a probe does not count).
    pub(crate) fn unsent(&self) -> u32 {
        self.end().since(self.nxt)
    }

    /// Whether a FIN is wanted and was never sent (a probe does not count).
    pub(crate) fn fin_unsent(&self) -> bool {
        self.fin && self.nxt.at_or_before(self.end())
    }

    /// Spec: RFC9293:3.10.7.4-ack-fin-wait-1-of-fin.
    pub(crate) fn fin_acknowledged(&self) -> bool {
        self.fin && self.una.after(self.end())
    }

    pub(crate) fn syn_unacknowledged(&self) -> bool {
        self.acked == Acked::Nothing
    }

    /// Whether the SYN is acknowledged and no text yet.
    pub(crate) fn no_text_acknowledged(&self) -> bool {
        self.acked == Acked::Syn
    }

    /// FlightSize: numbers sent and not acknowledged.
    pub(crate) fn outstanding(&self) -> u32 {
        self.nxt.since(self.una)
    }

    /// Numbers believed to be in the network: after a timeout, only what was sent since.
    pub(crate) fn in_flight(&self) -> u32 {
        self.cursor.unwrap_or(self.nxt).since(self.una)
    }

    /// The number after the last one that the peer's window admits.
    pub(crate) fn right_edge(&self) -> Seq {
        self.una + self.wnd
    }

    /// At most `most` octets of text from `seq` on.
    pub(crate) fn text(&self, seq: Seq, most: u32) -> Bytes {
        self.queue.copy(seq.since(self.first) as usize, most as usize)
    }

    /// Everything before `ack` is acknowledged, `ack` being in `(una, max]`.
    ///
    /// Spec: RFC9293:3.4-cumulative-ack RFC9293:3.4-partial-ack-of-segment.
    pub(crate) fn acknowledge(&mut self, ack: Seq) {
        let octets = ack.since(self.first).min(self.queue.len() as u32);
        self.queue.drop_front(octets as usize);
        self.first += octets;
        self.acked = if self.syn_unacknowledged() && ack == self.iss + 1 { Acked::Syn } else { Acked::Text };
        self.una = ack;
        self.nxt = self.nxt.latest(ack);
        self.cursor = self.cursor.map(|cursor| cursor.latest(ack)).filter(|cursor| cursor.before(self.nxt));
        self.up = self.up.filter(|up| up.after(ack));
        self.small = self.small.filter(|end| end.after(ack));
        self.pieces.acknowledged(ack);
    }

    /// Takes the window from a segment.
    ///
    /// Spec: RFC9293:3.10.7.4-window-update-rule.
    pub(crate) fn set_window(&mut self, wnd: u32, seq: Seq, ack: Seq) {
        (self.wnd, self.wl1, self.wl2) = (wnd, seq, ack);
        self.most_wnd = self.most_wnd.max(wnd);
    }

    /// Whether a segment is newer than the one that set the window last.
    ///
    /// Spec: RFC9293:3.10.7.4-window-update-rule RFC9293:3.10.7.4-window-update-not-from-old.
    pub(crate) fn updates_window(&self, seq: Seq, ack: Seq) -> bool {
        self.wl1.before(seq) || (self.wl1 == seq && self.wl2.at_or_before(ack))
    }

    /// Throws away what is queued.
    pub(crate) fn flush(&mut self) {
        self.queue.clear();
        self.first = self.nxt;
        self.cursor = None;
        self.up = None;
        self.pieces = Pieces::default();
    }
}
