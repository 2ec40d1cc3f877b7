//! Breakages of sequence numbers, acknowledgments and the text between them.
use core::time::Duration;

use stackdrill_wire::Flags;

use super::{Breakage, arrive, drop_if, is_bare, keep_if, leave};
use crate::target::broken::{Act, Fault, Seen, edit};

pub(super) const ROWS: &[Breakage] = &[
    Breakage {
        name: "never acknowledges",
        violates: &[
            "RFC9293:3.8.5-robust-to-bad-pointer",
            "RFC9293:3.10.7.4-text-established",
            "RFC9293:3.10.7.4-ack-syn-received-with-data",
            "RFC9293:3.10.7.4-ack-established-duplicate",
            "RFC9293:3.10.7.4-seq-unacceptable-syn-received",
            "RFC9293:3.10.7.4-fin-established",
            "RFC9293:3.10.7.4-fin-with-data",
            "RFC9293:3.8.4-answers-keepalive",
            "RFC9293:MUST-40",
            "RFC9293:MUST-5",
            "RFC9293:MUST-6",
            "RFC9293:SHLD-19",
        ],
        fault: Fault::Leaving(|_, packet| keep_if(packet, is_bare)),
    },
    Breakage {
        name: "acknowledges after six tenths of a second",
        violates: &[
            "RFC9293:MUST-40",
            "RFC9293:SHLD-19",
            "RFC5681:3.2-ack-out-of-order-now",
            "RFC5681:3.2-ack-gap-fill-now",
        ],
        fault: Fault::Leaving(|seen, packet| {
            let late = seen.is_open && packet.segment().is_some_and(is_bare);
            if late { vec![Act::LeaveAfter(Duration::from_millis(600), packet)] } else { leave(packet) }
        }),
    },
    Breakage {
        name: "acknowledges across a gap",
        violates: &[
            "RFC9293:3.4-cumulative-ack",
            "RFC9293:3.10.7.4-overlap-reassembly",
            "RFC9293:3.10.7.4-text-close-wait",
            "RFC9293:3.10.7.4-text-closing",
            "RFC9293:3.10.7.4-text-last-ack",
            "RFC9293:3.10.7.4-text-time-wait",
        ],
        fault: Fault::Leaving(|seen, packet| {
            leave(edit(packet, |s| {
                if seen.is_open && s.has(Flags::ACK) {
                    s.ack = s.ack.latest(seen.reached);
                }
            }))
        }),
    },
    Breakage {
        name: "acknowledges with its data only what the handshake brought",
        violates: &[
            "RFC9293:3.1-ack-always-after-establishment",
            "RFC9293:3.10.2-send-established",
            "RFC9293:3.10.7.4-text-piggyback",
            "RFC9293:3.10.2-send-close-wait",
        ],
        fault: Fault::Leaving(|seen, packet| {
            leave(edit(packet, |s| {
                if let Some(irs) = seen.irs.filter(|_| seen.is_open && !s.text.is_empty()) {
                    s.ack = irs + 1;
                }
            }))
        }),
    },
    Breakage {
        name: "acknowledges everything twice",
        violates: &["RFC5681:4.2-one-ack-per-segment"],
        fault: Fault::Leaving(|seen, packet| {
            let again = seen.is_open && packet.segment().is_some_and(is_bare);
            let mut acts = leave(packet.clone());
            if again {
                acts.push(Act::Leave(packet));
            }
            acts
        }),
    },
    Breakage {
        name: "throws away what comes early",
        violates: &[
            "RFC9293:SHLD-31",
            "RFC9293:MUST-59",
            "RFC5681:3.2-ack-out-of-order-now",
            "RFC5681:3.2-ack-gap-fill-now",
            "RFC7323:5.3-paws-only-on-arrival",
            "RFC9293:3.4-receive-wraps-modulo",
        ],
        fault: Fault::Arriving(|seen, packet| {
            drop_if(packet, |s| seen.is_open && !s.text.is_empty() && s.seq.after(seen.expected))
        }),
    },
    Breakage {
        name: "does not wrap sequence numbers",
        violates: &["RFC9293:3.4-receive-wraps-modulo"],
        fault: Fault::Arriving(|seen, packet| {
            drop_if(packet, |s| seen.irs.is_some_and(|irs| s.seq.0 < irs.0 && s.seq.after(irs)))
        }),
    },
    Breakage {
        name: "is deaf to what it has had before",
        violates: &[
            "RFC9293:3.8.4-answers-keepalive",
            "RFC9293:3.10.7.4-seq-unacceptable-established",
            "RFC9293:3.10.7.4-seq-unacceptable-fin-wait-1",
            "RFC9293:3.10.7.4-seq-unacceptable-fin-wait-2",
            "RFC9293:3.10.7.4-seq-unacceptable-close-wait",
            "RFC9293:3.10.7.4-seq-unacceptable-closing",
            "RFC9293:3.10.7.4-seq-unacceptable-last-ack",
            "RFC9293:3.10.7.4-seq-unacceptable-time-wait",
            "RFC9293:3.10.7.4-fin-close-wait",
            "RFC9293:3.10.7.4-fin-closing",
            "RFC9293:3.10.7.4-fin-last-ack",
            "RFC9293:3.10.7.4-time-wait-fin-again",
            "RFC9293:3.10.7.4-seq-unacceptable-syn-received",
        ],
        fault: Fault::Arriving(|seen, packet| {
            drop_if(packet, |s| {
                let again = seen.irs == Some(s.seq) && s.has(Flags::SYN);
                again || (seen.is_old(s) && !s.has(Flags::RST))
            })
        }),
    },
    Breakage {
        name: "takes old text for new",
        violates: &["RFC9293:3.10.7.4-seq-end-in-window", "RFC9293:3.10.7.4-overlap-reassembly"],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if seen.is_open && !s.text.is_empty() && s.seq.before(seen.expected) {
                    s.seq = seen.expected;
                }
            }))
        }),
    },
    Breakage {
        name: "takes segments without ACK",
        violates: &["RFC9293:3.10.7.4-ack-off-synchronized", "RFC9293:3.10.7.4-ack-off-syn-received"],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if seen.irs.is_some() && !s.flags.any(Flags::ACK | Flags::RST | Flags::SYN) {
                    s.flags |= Flags::ACK;
                    s.ack = seen.next;
                }
            }))
        }),
    },
    Breakage {
        name: "believes acknowledgments of what it never sent",
        violates: &[
            "RFC9293:3.10.7.4-ack-established-too-high",
            "RFC9293:3.10.7.4-ack-too-high-fin-wait-1",
            "RFC9293:3.10.7.4-ack-too-high-fin-wait-2",
            "RFC9293:3.10.7.4-ack-too-high-close-wait",
            "RFC9293:3.10.7.4-ack-too-high-closing",
            "RFC9293:3.5.2-group3-last-ack-bad-ack",
            "RFC9293:3.5.2-group3-time-wait-bad-ack",
        ],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if seen.is_open && s.has(Flags::ACK) && s.ack.after(seen.next) {
                    s.ack = seen.next;
                }
            }))
        }),
    },
    Breakage {
        name: "takes text with an acknowledgment from the distant past",
        violates: &["RFC5961:5.2-ack-range-low", "RFC5961:5.2-ack-range-fin", "RFC9293:MAY-12"],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if seen.is_open && s.has(Flags::ACK) && s.ack.before(seen.una) {
                    s.ack = seen.una;
                }
            }))
        }),
    },
    Breakage {
        name: "reads nothing in a segment whose acknowledgment is no news",
        violates: &["RFC9293:3.10.7.4-ack-established-duplicate"],
        fault: Fault::Arriving(|seen, packet| {
            drop_if(packet, |s| seen.is_open && !s.text.is_empty() && s.ack.at_or_before(seen.una))
        }),
    },
    Breakage {
        name: "takes a part for the whole of what it sent",
        violates: &[
            "RFC9293:3.4-partial-ack-of-segment",
            "RFC9293:3.10.7.4-ack-established-new",
            "RFC9293:3.10.7.4-ack-close-wait",
            "RFC9293:3.10.7.4-ack-fin-wait-1-not-fin",
            "RFC9293:3.10.7.4-ack-last-ack-not-fin",
            "RFC9293:3.10.4-close-established",
        ],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if seen.is_open && s.has(Flags::ACK) && s.ack.after(seen.una) && s.ack.before(seen.next) {
                    s.ack = seen.next;
                }
            }))
        }),
    },
    Breakage {
        name: "forgets acknowledgments",
        violates: &[
            "RFC9293:3.10.7.4-seq-empty-open-window",
            "RFC9293:3.10.7.4-ack-established-new",
            "RFC9293:3.10.7.4-ack-fin-wait-1-of-fin",
            "RFC9293:3.10.7.4-ack-last-ack-of-fin",
            "RFC9293:3.10.7.4-ack-closing-of-fin",
            "RFC9293:3.6-fig12-normal-close",
            "RFC9293:3.6-fig13-simultaneous-close",
            "RFC6298:5.2-stop-timer",
            "RFC9293:MUST-1",
        ],
        fault: Fault::Arriving(|seen, packet| {
            drop_if(packet, |s| seen.is_open && Seen::is_pure_ack(s) && s.ack.after(seen.una))
        }),
    },
    Breakage {
        name: "chokes on options outside a SYN",
        violates: &[
            "RFC9293:MUST-5",
            "RFC9293:MUST-6",
            "RFC9293:MUST-4b",
            "RFC9293:3.1-data-offset-locates-data",
            "RFC7323:2.2-wscale-non-syn-ignored",
        ],
        fault: Fault::Arriving(|_, packet| drop_if(packet, |s| !s.has(Flags::SYN) && !s.options.is_empty())),
    },
];
