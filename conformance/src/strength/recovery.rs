//! Breakages of fast retransmit, recovery and congestion control.
use core::time::Duration;

use bytes::Bytes;
use stackdrill_wire::{Flags, Segment};

use super::{Breakage, answer, arrive, copy, drop_if, keep_if, leave};
use crate::target::broken::{Act, Fault, Seen};

pub(super) const ROWS: &[Breakage] = &[
    Breakage {
        name: "is deaf to duplicate ACKs",
        violates: &[
            "RFC5681:3.2-fast-retransmit",
            "RFC5681:3.2-step3-retransmit",
            "RFC5681:3.2-step2-ssthresh",
            "RFC5681:4.3-advanced-recovery",
            "RFC6582:3.2-recover-set",
            "RFC6582:3.2-partial-ack-retransmit",
        ],
        fault: Fault::Arriving(|seen, packet| drop_if(packet, |s| is_duplicate(seen, s))),
    },
    Breakage {
        name: "retransmits at the first duplicate ACK",
        violates: &["RFC5681:3.2-fast-retransmit", "RFC3042:2-window-limits"],
        fault: Fault::Arriving(|seen, packet| {
            let times = if packet.segment().is_some_and(|s| is_duplicate(seen, s)) { 3 } else { 1 };
            vec![Act::Arrive(packet); times]
        }),
    },
    Breakage {
        name: "takes any ACK that is no news for a duplicate",
        violates: &["RFC5681:2-duplicate-ack-definition"],
        fault: Fault::Arriving(|seen, packet| {
            let is_counted = packet.segment().is_some_and(|s| {
                s.has(Flags::ACK) && s.ack == seen.una && !seen.flight.is_empty() && !is_duplicate(seen, s)
            });
            let bare = copy(&packet, |s| {
                s.text.clear();
                s.window = seen.window;
                s.seq = seen.expected;
            });
            let mut acts = if is_counted { vec![Act::Arrive(bare); 3] } else { Vec::new() };
            acts.push(Act::Arrive(packet));
            acts
        }),
    },
    Breakage {
        name: "leaves every further loss to the timer",
        violates: &[
            "RFC6582:3.2-partial-ack-retransmit",
            "RFC6582:3.2-recover-set",
            "RFC5681:4.3-advanced-recovery",
        ],
        fault: Fault::Leaving(|seen, packet| {
            let just = seen.again_at.is_some_and(|at| seen.now.since(at) < Duration::from_millis(500));
            keep_if(packet, |s| just && seen.is_repeated(s))
        }),
    },
    Breakage {
        name: "sends the missing segment again at each further duplicate",
        violates: &["RFC5681:3.2-step4-inflate", "RFC5681:3.2-step3-retransmit"],
        fault: Fault::Arriving(|seen, packet| {
            let is_further = seen.duplicates >= 3 && packet.segment().is_some_and(|s| is_duplicate(seen, s));
            let missing = seen.flight.first().filter(|_| is_further);
            let again = missing.and_then(|missing| answer(&packet, |s| s.clone_from(missing)));
            let mut acts = arrive(packet);
            acts.extend(again.map(Act::Leave));
            acts
        }),
    },
    Breakage {
        name: "sends twice what it may",
        violates: &[
            "RFC5681:2-send-limit",
            "RFC5681:3-not-more-aggressive",
            "RFC5681:3.1-initial-window",
            "RFC5681:3.1-handshake-no-growth",
            "RFC5681:3.1-slow-start-growth",
            "RFC5681:3.1-byte-counting",
            "RFC5681:3.1-syn-loss-window",
            "RFC5681:3.2-step2-ssthresh",
            "RFC5681:3.2-step6-deflate",
            "RFC5681:4.3-recovery-principles",
            "RFC6582:3.2-full-ack",
            "RFC9293:MUST-19a",
            "RFC9293:3.8.6-new-data-inside-window",
            "RFC9293:SHLD-15",
            "RFC3042:2-window-limits",
            "RFC7323:2.3-shift-applied-in",
            "RFC7323:2.2-syn-window-unscaled",
            "RFC7323:2.2-wscale-both-or-none",
        ],
        fault: Fault::Leaving(|seen, packet| {
            let is_new = packet.segment().is_some_and(|s| s.text.len() >= 400 && !seen.is_repeated(s));
            let more = copy(&packet, |s| {
                s.seq = s.end();
                s.text = Bytes::from(vec![0; s.text.len()]);
            });
            let mut acts = leave(packet);
            if is_new {
                acts.push(Act::Leave(more));
            }
            acts
        }),
    },
];

/// Whether a segment that arrives is a duplicate ACK. RFC 5681 §2.
fn is_duplicate(seen: &Seen, segment: &Segment) -> bool {
    Seen::is_pure_ack(segment)
        && segment.ack == seen.una
        && segment.window == seen.window
        && !seen.flight.is_empty()
        && seen.is_open
}
