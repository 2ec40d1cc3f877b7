//! Breakages of how resets and SYNs in synchronized states are taken.
use stackdrill_wire::Flags;

use super::{Breakage, answer, arrive, drop_if, is_bare, leave};
use crate::target::broken::{Act, Fault, edit};

pub(super) const ROWS: &[Breakage] = &[
    Breakage {
        name: "is deaf to resets",
        violates: &[
            "RFC9293:MUST-11",
            "RFC9293:MUST-12b",
            "RFC9293:SHLD-2",
            "RFC9293:3.5-fig9-established-meets-reboot",
            "RFC9293:3.5-fig10-half-open-data",
            "RFC9293:3.10.7.3-syn-sent-rst-acceptable-ack",
            "RFC9293:3.10.7.4-rst-syn-received-active",
            "RFC9293:3.10.7.4-rst-established",
            "RFC9293:3.10.7.4-rst-fin-wait-1",
            "RFC9293:3.10.7.4-rst-fin-wait-2",
            "RFC9293:3.10.7.4-rst-close-wait",
            "RFC9293:3.10.7.4-rst-closing",
            "RFC9293:3.10.7.4-rst-last-ack",
            "RFC5961:3.2-rst-exact",
            "RFC5961:3.2-rst-second-chance",
            "RFC5961:4.2-restarted-peer-recovers",
            "RFC7323:5.2-rst-not-paws-checked",
        ],
        fault: Fault::Arriving(|_, packet| drop_if(packet, |s| s.has(Flags::RST))),
    },
    Breakage {
        name: "believes any reset",
        violates: &[
            "RFC9293:3.5.3-rst-in-window-not-exact",
            "RFC9293:3.10.7.4-seq-unacceptable-rst-silent",
            "RFC5961:3.2-rst-out-of-window",
            "RFC5961:3.2-rst-exact",
            "RFC5961:3.2-rst-in-window-challenge",
            "RFC5961:3.2-rst-second-chance",
        ],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if s.has(Flags::RST) && seen.irs.is_some() {
                    s.seq = seen.expected;
                }
            }))
        }),
    },
    Breakage {
        name: "keeps silent about resets that are not exact",
        violates: &["RFC5961:3.2-rst-in-window-challenge", "RFC9293:3.5.3-rst-in-window-not-exact"],
        fault: Fault::Arriving(|seen, packet| {
            drop_if(packet, |s| s.has(Flags::RST) && seen.is_open && s.seq != seen.expected)
        }),
    },
    Breakage {
        name: "refuses resets that carry text",
        violates: &["RFC9293:SHLD-2"],
        fault: Fault::Arriving(|_, packet| drop_if(packet, |s| s.has(Flags::RST) && !s.text.is_empty())),
    },
    Breakage {
        name: "answers resets with resets",
        violates: &[
            "RFC9293:3.5.2-no-reset-for-reset",
            "RFC9293:3.10.7.1-closed-rst",
            "RFC9293:3.10.7.2-listen-rst",
            "RFC9293:3.10.7.2-listen-syn-rst",
            "RFC9293:3.10.7.3-syn-sent-bad-ack-rst",
            "RFC9293:3.10.7.4-seq-unacceptable-rst-silent",
            "RFC5961:3.2-rst-out-of-window",
        ],
        fault: Fault::Arriving(|_, packet| {
            let back = packet.segment().filter(|s| s.has(Flags::RST)).and_then(|heard| {
                answer(&packet, |s| {
                    s.flags = Flags::RST;
                    s.seq = heard.ack;
                })
            });
            let mut acts = arrive(packet);
            acts.extend(back.map(Act::Leave));
            acts
        }),
    },
    Breakage {
        name: "resets what it merely did not expect",
        violates: &[
            "RFC9293:3.5.2-no-reset-when-unsure",
            "RFC9293:3.10.7.4-seq-unacceptable-established",
            "RFC9293:3.10.7.4-seq-unacceptable-fin-wait-1",
            "RFC9293:3.10.7.4-seq-unacceptable-fin-wait-2",
            "RFC9293:3.10.7.4-seq-unacceptable-close-wait",
            "RFC9293:3.10.7.4-seq-unacceptable-closing",
            "RFC9293:3.10.7.4-seq-unacceptable-last-ack",
            "RFC9293:3.10.7.4-seq-unacceptable-time-wait",
            "RFC9293:3.5.2-group3-last-ack-bad-ack",
            "RFC9293:3.5.2-group3-time-wait-bad-ack",
        ],
        fault: Fault::Leaving(|seen, packet| {
            leave(edit(packet, |s| {
                if seen.is_open && is_bare(s) && s.ack == seen.expected {
                    s.flags = Flags::RST;
                }
            }))
        }),
    },
    Breakage {
        name: "dies of a SYN",
        violates: &[
            "RFC9293:3.10.7.4-syn-syn-received-active",
            "RFC5961:4.2-syn-in-window-challenge",
            "RFC5961:4.2-syn-out-of-window-challenge",
            "RFC5961:4.2-synack-challenge",
            "RFC5961:4.2-restarted-peer-recovers",
            "RFC9293:3.5-fig9-established-meets-reboot",
            "RFC9293:3.10.7.4-syn-established",
            "RFC9293:3.10.7.4-syn-fin-wait-1",
            "RFC9293:3.10.7.4-syn-fin-wait-2",
            "RFC9293:3.10.7.4-syn-close-wait",
            "RFC9293:3.10.7.4-syn-closing",
            "RFC9293:3.10.7.4-syn-last-ack",
            "RFC9293:3.10.7.4-syn-time-wait",
        ],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if s.has(Flags::SYN) && seen.irs.is_some_and(|irs| seen.is_open || irs != s.seq) {
                    s.flags = Flags::RST;
                    s.seq = seen.expected;
                    s.text.clear();
                }
            }))
        }),
    },
    Breakage {
        name: "is deaf to SYNs once open",
        violates: &[
            "RFC5961:4.2-syn-in-window-challenge",
            "RFC5961:4.2-syn-out-of-window-challenge",
            "RFC5961:4.2-synack-challenge",
            "RFC9293:3.10.7.4-syn-established",
            "RFC9293:MAY-2",
        ],
        fault: Fault::Arriving(|seen, packet| drop_if(packet, |s| s.has(Flags::SYN) && seen.is_open)),
    },
    Breakage {
        name: "opens anew with a number it used",
        violates: &["RFC9293:3.6.1-time-wait-new-isn-higher", "RFC9293:3.4.1-isn-avoids-old-incarnation"],
        fault: Fault::Leaving(|seen, packet| {
            leave(edit(packet, |s| {
                if let Some(iss) = seen.iss.filter(|_| seen.is_open && s.has(Flags::SYN | Flags::ACK)) {
                    s.seq = iss;
                }
            }))
        }),
    },
];
