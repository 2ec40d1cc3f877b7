//! Breakages of closing, TIME-WAIT and aborting.
use stackdrill_wire::Flags;

use core::time::Duration;

use super::{Breakage, answer, arrive, copy, drop_if, keep_if, leave};
use crate::target::broken::{Act, Fault, edit};
use crate::target::{Call, End, Output};

pub(super) const ROWS: &[Breakage] = &[
    Breakage {
        name: "ignores the peer's FIN",
        violates: &[
            "RFC9293:3.10.7.3-syn-sent-synack-fin",
            "RFC9293:MUST-12a",
            "RFC9293:3.6-fig12-normal-close",
            "RFC9293:3.6-fig13-simultaneous-close",
            "RFC9293:3.6-remote-close-signalled",
            "RFC9293:3.10.3-receive-close-wait",
            "RFC9293:3.10.3-receive-closing-states",
            "RFC9293:3.10.7.4-fin-syn-received",
            "RFC9293:3.10.7.4-fin-established",
            "RFC9293:3.10.7.4-fin-fin-wait-1-acked",
            "RFC9293:3.10.7.4-fin-fin-wait-1-unacked",
            "RFC9293:3.10.7.4-fin-fin-wait-2",
            "RFC9293:3.10.7.4-fin-with-data",
            "RFC9293:3.10.4-close-close-wait",
            "RFC9293:3.4-syn-fin-occupy-sequence",
        ],
        fault: Fault::Arriving(|_, packet| arrive(edit(packet, |s| s.flags = s.flags.without(Flags::FIN)))),
    },
    Breakage {
        name: "answers the peer's FIN with its own",
        violates: &["RFC9293:3.6-own-fin-waits-for-user", "RFC9293:3.10.2-send-close-wait"],
        fault: Fault::Leaving(|seen, packet| {
            leave(edit(packet, |s| {
                if seen.fin_heard == Some(s.ack) && seen.fin_sent.is_none() && s.has(Flags::ACK) {
                    s.flags |= Flags::FIN;
                }
            }))
        }),
    },
    Breakage {
        name: "takes a FIN before its turn",
        violates: &["RFC9293:3.10.7.4-fin-out-of-order"],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if s.has(Flags::FIN) && s.text.is_empty() && seen.is_open && s.seq.after(seen.expected) {
                    s.seq = seen.expected;
                }
            }))
        }),
    },
    Breakage {
        name: "hears nothing once it has closed",
        violates: &[
            "RFC9293:3.10.3-receive-open-states",
            "RFC9293:3.10.7.4-text-fin-wait-1",
            "RFC9293:3.10.7.4-text-fin-wait-2",
            "RFC9293:3.10.7.4-ack-fin-wait-2",
            "RFC9293:3.10.7.4-fin-fin-wait-2",
            "RFC9293:SHLD-3",
        ],
        fault: Fault::Arriving(|seen, packet| {
            drop_if(packet, |s| seen.fin_sent.is_some() && (!s.text.is_empty() || s.has(Flags::FIN)))
        }),
    },
    Breakage {
        name: "never sends a FIN",
        violates: &[
            "RFC9293:3.6-fig12-normal-close",
            "RFC9293:3.10.4-close-established",
            "RFC9293:3.10.4-close-close-wait",
            "RFC9293:3.9.1.4-close-pushes",
            "RFC9293:3.6-fin-retransmitted",
        ],
        fault: Fault::Leaving(|_, packet| keep_if(packet, |s| s.has(Flags::FIN))),
    },
    Breakage {
        name: "sends its FIN once only",
        violates: &[
            "RFC9293:3.6-fin-retransmitted",
            "RFC9293:3.10.7.4-ack-fin-wait-1-not-fin",
            "RFC9293:3.10.7.4-ack-closing-not-fin",
            "RFC9293:3.10.7.4-ack-last-ack-not-fin",
            "RFC9293:3.10.7.4-ack-too-high-fin-wait-1",
            "RFC9293:3.10.7.4-ack-too-high-closing",
            "RFC9293:3.10.7.4-fin-closing",
            "RFC9293:3.10.7.4-fin-last-ack",
            "RFC9293:3.10.7.4-text-closing",
            "RFC9293:3.10.7.4-text-last-ack",
            "RFC9293:3.5.2-group3-last-ack-bad-ack",
        ],
        fault: Fault::Leaving(|seen, packet| {
            keep_if(packet, |s| s.has(Flags::FIN) && seen.fin_sent.is_some())
        }),
    },
    Breakage {
        name: "sends a second FIN after the first",
        violates: &["RFC9293:3.10.4-close-fin-wait", "RFC9293:3.6-fin-retransmitted"],
        fault: Fault::Leaving(|seen, packet| {
            let is_first = packet.segment().is_some_and(|s| s.has(Flags::FIN) && seen.fin_sent.is_none());
            let second = copy(&packet, |s| s.seq = s.end());
            let mut acts = leave(packet);
            if is_first {
                acts.push(Act::LeaveAfter(Duration::from_millis(50), second));
            }
            acts
        }),
    },
    Breakage {
        name: "does not wait in TIME-WAIT",
        violates: &[
            "RFC9293:MUST-13",
            "RFC9293:3.6-fig12-normal-close",
            "RFC9293:3.6-fig13-simultaneous-close",
            "RFC9293:3.10.7.4-time-wait-fin-again",
            "RFC9293:3.10.7.4-fin-fin-wait-1-acked",
            "RFC9293:3.10.7.4-fin-fin-wait-2",
            "RFC9293:3.10.7.4-ack-closing-of-fin",
            "RFC9293:3.10.7.4-seq-unacceptable-time-wait",
            "RFC9293:3.10.7.4-text-time-wait",
            "RFC9293:3.5.2-group3-time-wait-bad-ack",
            "RFC9293:3.10.7.4-syn-time-wait",
        ],
        // Whatever finds it waiting finds nothing.
        fault: Fault::Arriving(|seen, packet| {
            let reset = copy(&packet, |s| {
                s.flags = Flags::RST;
                s.seq = seen.expected;
                s.text.clear();
            });
            if seen.is_over() { vec![Act::Arrive(reset), Act::Arrive(packet)] } else { arrive(packet) }
        }),
    },
    Breakage {
        name: "waits in TIME-WAIT for ever",
        violates: &[
            "RFC9293:MUST-13",
            "RFC9293:3.10.8-time-wait-timeout",
            "RFC9293:3.10.7.4-ack-last-ack-of-fin",
        ],
        fault: Fault::Leaving(|seen, packet| {
            leave(edit(packet, |s| {
                if s.has(Flags::RST) && seen.is_over() {
                    s.flags = Flags::ACK;
                    s.ack = seen.expected;
                }
            }))
        }),
    },
    Breakage {
        name: "forgets to say that text was lost",
        violates: &["RFC9293:SHLD-3", "RFC9293:MAY-1"],
        fault: Fault::Leaving(|_, packet| keep_if(packet, |s| s.has(Flags::RST))),
    },
    Breakage {
        name: "does nothing when told to close",
        violates: &[
            "RFC9293:3.10.5-abort-syn-sent",
            "RFC9293:3.10.5-abort-syn-received",
            "RFC9293:3.10.4-close-listen",
            "RFC9293:3.10.4-close-syn-sent",
            "RFC9293:3.10.4-close-established",
            "RFC9293:3.10.4-close-close-wait",
            "RFC9293:3.9.1.4-close-pushes",
            "RFC9293:3.10.5-abort-established",
            "RFC9293:3.10.5-abort-fin-wait-1",
            "RFC9293:3.10.5-abort-fin-wait-2",
            "RFC9293:3.10.5-abort-close-wait",
        ],
        fault: Fault::Swallowing(|call| match call {
            Call::Close { .. } => Some(End::Returned { value: 0, output: Output::Nothing }),
            _ => None,
        }),
    },
    Breakage {
        name: "answers text in FIN-WAIT-2 and later with a reset",
        violates: &[
            "RFC9293:3.10.7.4-text-fin-wait-2",
            "RFC9293:3.10.7.4-text-time-wait",
            "RFC9293:3.10.7.4-ack-fin-wait-2",
        ],
        fault: Fault::Arriving(|seen, packet| {
            let closed = seen.fin_sent.is_some_and(|end| seen.una.at_or_after(end));
            let back = packet.segment().filter(|s| closed && !s.text.is_empty()).and_then(|heard| {
                answer(&packet, |s| {
                    s.flags = Flags::RST;
                    s.seq = heard.ack;
                })
            });
            back.map_or_else(|| arrive(packet), |back| vec![Act::Leave(back)])
        }),
    },
];
