//! What the two SYNs agree on.
//!
//! Spec: RFC 9293 §3.7.1, RFC 7323 §2.2, §3.2, RFC 2018 §2.
use stackdrill_wire::{Options, TcpOption};

use crate::Policy;
use crate::policy::SynOption;
use crate::tcp::scale::{MOST_SHIFT, Shifts, shift_for};

/// What we offer before the peer's SYN is seen; what was agreed afterwards.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Terms {
    pub(crate) stamps: bool,
    pub(crate) sack: bool,
    pub(crate) scale: Option<Shifts>,
    /// What the peer's MSS option said, in octets.
    pub(crate) peer_mss: Option<u16>,
}

impl Terms {
    /// What we would like.
    ///
    /// Spec: RFC7323:2.2-offer-even-unscaled.
    pub(crate) fn offer(policy: &Policy, buffer: u32) -> Self {
        // Who asked for a buffer keeps it; another may come to have the largest.
        let largest = if buffer == policy.receive_buffer { policy.largest_receive_buffer } else { 0 };
        let scale = policy.window_scale.then(|| Shifts { peer: 0, own: shift_for(buffer.max(largest)) });
        Self { stamps: policy.timestamps, sack: policy.selective_acknowledgments, scale, peer_mss: None }
    }

    /// What the peer's SYN leaves of it.
    ///
    /// Spec: RFC7323:2.2-wscale-both-or-none RFC7323:2.3-shift-limit-14 RFC7323:3.2-ts-negotiation
    /// RFC2018:4-only-if-permitted RFC9293:MUST-14b RFC7323:2.2-wscale-non-syn-ignored.
    pub(crate) fn agree(self, options: &Options) -> Self {
        let peer_shift = options.window_scale().map(|shift| shift.min(MOST_SHIFT));
        Self {
            stamps: self.stamps && options.timestamps().is_some(),
            sack: self.sack && options.sack_permitted(),
            scale: self.scale.zip(peer_shift).map(|(shifts, peer)| Shifts { peer, ..shifts }),
            peer_mss: options.maximum_segment_size(),
        }
    }

    /// The shifts in force: zero without agreement.
    pub(crate) fn shifts(&self) -> Shifts {
        self.scale.unwrap_or_default()
    }

    /// Octets of options on every segment after the SYN, selective acknowledgments apart.
    pub(crate) fn overhead(&self) -> u32 {
        if self.stamps { STAMPS_LENGTH } else { 0 }
    }
}

/// Two NOPs and the option.
const STAMPS_LENGTH: u32 = 12;

/// The options of a SYN or SYN,ACK, in the policy's order, each padded in front so that it ends on a word: SACK
/// permitted fits before timestamps without padding.
///
/// Spec: RFC7323:2.2-wscale-on-syn-only RFC9293:MUST-14a.
pub(crate) fn syn_options(terms: Terms, mss: Option<u16>, stamps: (u32, u32), policy: &Policy) -> Options {
    let mut options = Options::EMPTY;
    for (at, &wanted) in policy.syn_options.iter().enumerate() {
        let (value, echo) = stamps;
        let (option, length) = match wanted {
            SynOption::MaximumSegmentSize => (mss.map(TcpOption::MaximumSegmentSize), 4),
            SynOption::SackPermitted => (terms.sack.then_some(TcpOption::SackPermitted), 2),
            SynOption::Timestamps => (terms.stamps.then_some(TcpOption::Timestamps { value, echo }), 10),
            SynOption::WindowScale => (terms.scale.map(|shifts| TcpOption::WindowScale(shifts.own)), 3),
        };
        let Some(option) = option else { continue };
        let paired = wanted == SynOption::SackPermitted
            && terms.stamps
            && policy.syn_options.get(at + 1) == Some(&SynOption::Timestamps);
        while !paired && !(options.octets().len() + length).is_multiple_of(4) {
            options.push(TcpOption::NoOperation);
        }
        options.push(option);
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer() -> Terms {
        Terms::offer(&Policy::default(), 1 << 20)
    }

    /// Proves: RFC7323:2.2-wscale-both-or-none RFC7323:2.3-shift-limit-14 RFC7323:3.2-ts-negotiation
    /// RFC2018:4-only-if-permitted RFC9293:MUST-14b.
    #[test]
    fn only_what_both_offer_is_agreed() {
        let all = Options::of(&[
            TcpOption::MaximumSegmentSize(1460),
            TcpOption::SackPermitted,
            TcpOption::Timestamps { value: 1, echo: 0 },
            TcpOption::WindowScale(200),
        ]);
        let agreed = offer().agree(&all.unwrap_or_default());
        assert!(agreed.stamps && agreed.sack);
        assert_eq!((agreed.scale, agreed.peer_mss), (Some(Shifts { peer: 14, own: 5 }), Some(1460)));
        let bare = offer().agree(&Options::EMPTY);
        assert!(!bare.stamps && !bare.sack);
        assert_eq!((bare.scale, bare.shifts(), bare.peer_mss), (None, Shifts::default(), None));
        let shy = Policy { timestamps: false, window_scale: false, ..Policy::default() };
        let refused = Terms::offer(&shy, 1 << 20).agree(&all.unwrap_or_default());
        assert!(!refused.stamps && refused.scale.is_none());
    }

    /// Every combination fills whole words and says what was meant.
    ///
    /// Proves: RFC7323:2.2-offer-even-unscaled RFC9293:MUST-14a.
    #[test]
    fn syn_options_fill_whole_words() {
        use SynOption::{MaximumSegmentSize, SackPermitted, Timestamps, WindowScale};
        for order in [
            [MaximumSegmentSize, SackPermitted, Timestamps, WindowScale],
            [MaximumSegmentSize, WindowScale, SackPermitted, Timestamps],
            [Timestamps, SackPermitted, WindowScale, MaximumSegmentSize],
        ] {
            let policy = Policy { syn_options: order, ..Policy::default() };
            for (stamps, sack, scaled) in (0..8).map(|bits: u8| (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0))
            {
                let scale = scaled.then_some(Shifts { peer: 0, own: 3 });
                let terms = Terms { stamps, sack, scale, peer_mss: None };
                let options = syn_options(terms, Some(1460), (7, 8), &policy);
                assert_eq!(options.octets().len() % 4, 0, "{options:?}");
                assert_eq!(options.maximum_segment_size(), Some(1460));
                assert_eq!(options.sack_permitted(), sack);
                assert_eq!(options.timestamps(), stamps.then_some((7, 8)));
                assert_eq!(options.window_scale(), scaled.then_some(3));
            }
        }
    }
}
