//! How much text a connection holds for its peer.
//!
//! Spec: RFC9293:3.10.2-send-no-space.
use crate::tcp::congestion::Congestion;
use crate::tcp::connection::Connection;

/// The least segments that a buffer which grows has room for twice: an initial window.
const LEAST: u32 = 10;
/// What the headers of a segment take beside its text, and its bookkeeping beside both, in octets.
const HEADERS: u32 = 588;
const BOOKKEEPING: u32 = 256;

impl Connection {
    /// Octets that SEND would accept now.
    #[must_use]
    pub fn room(&self) -> usize {
        (self.send_buffer().min(1 << 30) as usize).saturating_sub(self.send.queued())
    }

    /// Octets of unacknowledged and unsent text that are held: as many as the user or the policy said, or more where the
    /// buffer has grown.
    #[must_use]
    pub fn send_buffer(&self) -> u32 {
        self.settings.send_buffer.max(self.settings.send_buffer_most.map_or(0, |most| most.min(self.grown)))
    }

    /// The congestion window may have grown: so that the next round trip has something to send, the buffer holds twice as
    /// many segments.
    pub(crate) fn grow_send_buffer(&mut self) {
        let segments = (self.law.window() / self.mss.max(1)).max(LEAST);
        let each = (self.mss.min(1 << 16) + HEADERS).next_power_of_two() + BOOKKEEPING;
        self.grown = self.grown.max(segments.saturating_mul(2).saturating_mul(each));
    }
}
