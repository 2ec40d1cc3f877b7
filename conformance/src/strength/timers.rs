//! Breakages of the retransmission timer.
use core::time::Duration;

use bytes::Bytes;
use stackdrill_wire::Flags;

use super::{Breakage, copy, is_bare, keep_if, leave};
use crate::target::broken::{Act, Fault, edit};
use crate::target::{Call, End, Output};

pub(super) const ROWS: &[Breakage] = &[
    Breakage {
        name: "never retransmits",
        violates: &[
            "RFC9293:MUST-18",
            "RFC9293:MUST-22",
            "RFC9293:SHLD-16",
            "RFC9293:3.4-partial-ack-of-segment",
            "RFC9293:3.6-fin-retransmitted",
            "RFC9293:3.10.4-close-established",
            "RFC9293:3.10.7.4-ack-established-new",
            "RFC9293:3.10.7.4-ack-close-wait",
            "RFC9293:3.10.7.4-ack-too-high-close-wait",
            "RFC9293:3.10.8-retransmission-timeout",
            "RFC5681:3.2-fast-retransmit",
            "RFC6298:5.1-start-timer",
            "RFC6298:5.4-retransmit-earliest",
            "RFC6298:5.5-double",
            "RFC6298:5.5-double-syn",
            "RFC9293:MUST-21",
        ],
        fault: Fault::Leaving(|seen, packet| keep_if(packet, |s| seen.is_repeated(s))),
    },
    Breakage {
        name: "does not back off",
        violates: &[
            "RFC6298:5.5-double",
            "RFC6298:5.5-double-syn",
            "RFC9293:MUST-19c",
            "RFC9293:MUST-22",
            "RFC9293:SHLD-30",
        ],
        fault: Fault::Leaving(|seen, packet| {
            let is_again = packet.segment().is_some_and(|s| seen.is_repeated(s));
            let mut acts = leave(packet.clone());
            if is_again {
                acts.push(Act::LeaveAfter(Duration::from_millis(1500), packet));
            }
            acts
        }),
    },
    Breakage {
        name: "sends everything again after three tenths of a second",
        violates: &[
            "RFC6298:2.4-floor",
            "RFC6298:5-never-early",
            "RFC6298:5.2-stop-timer",
            "RFC6298:2.2-first-sample",
            "RFC9293:MUST-18",
            "RFC9293:3.10.7.4-ack-established-new",
        ],
        fault: Fault::Leaving(|seen, packet| {
            let is_new =
                packet.segment().is_some_and(|s| seen.is_open && s.length() > 0 && !seen.is_repeated(s));
            let mut acts = leave(packet.clone());
            if is_new {
                acts.push(Act::LeaveAfter(Duration::from_millis(300), packet));
            }
            acts
        }),
    },
    Breakage {
        name: "repeats a SYN after three tenths of a second",
        violates: &["RFC6298:2.1-initial-rto", "RFC6298:5.5-double-syn"],
        fault: Fault::Leaving(|seen, packet| {
            let is_new = packet.segment().is_some_and(|s| s.has(Flags::SYN) && !seen.is_repeated(s));
            let mut acts = leave(packet.clone());
            if is_new {
                acts.push(Act::LeaveAfter(Duration::from_millis(300), packet));
            }
            acts
        }),
    },
    Breakage {
        name: "times out after a second and a half, whatever it measured",
        violates: &[
            "RFC6298:2.2-first-sample",
            "RFC6298:2.3-later-samples",
            "RFC6298:2.3-gains",
            "RFC6298:3-karn",
            "RFC6298:5-backoff-kept",
            "RFC6298:5-collapse",
            "RFC6298:5.3-restart-timer",
            "RFC6298:5.7-syn-timeout-3s",
            "RFC6298:5.2-stop-timer",
        ],
        fault: Fault::Leaving(|seen, packet| {
            let is_new = packet.segment().is_some_and(|s| !s.text.is_empty() && !seen.is_repeated(s));
            let mut acts = leave(packet.clone());
            if is_new {
                acts.push(Act::LeaveAfter(Duration::from_millis(1500), packet));
            }
            acts
        }),
    },
    Breakage {
        name: "is slow to retransmit",
        violates: &[
            "RFC6298:2.2-first-sample",
            "RFC6298:2.3-later-samples",
            "RFC6298:5-collapse",
            "RFC6298:5.3-restart-timer",
            "RFC5681:3.2-fast-retransmit",
            "RFC6582:3.2-partial-ack-retransmit",
        ],
        fault: Fault::Leaving(|seen, packet| {
            let is_again = packet.segment().is_some_and(|s| seen.is_repeated(s));
            if is_again { vec![Act::LeaveAfter(Duration::from_millis(700), packet)] } else { leave(packet) }
        }),
    },
    Breakage {
        name: "gives up after half a minute",
        violates: &["RFC9293:SHLD-11", "RFC9293:MUST-23", "RFC6298:2.5-ceiling"],
        fault: Fault::Leaving(|seen, packet| {
            let late = seen.now.since(seen.oldest_at) > Duration::from_secs(30);
            keep_if(packet, |s| late && seen.is_repeated(s))
        }),
    },
    Breakage {
        name: "sends the whole flight again at a timeout",
        violates: &[
            "RFC6298:5.4-retransmit-earliest",
            "RFC6298:5-never-early",
            "RFC5681:3.1-rto-loss-window",
            "RFC9293:3.10.8-retransmission-timeout",
            "RFC9293:MUST-19a",
            "RFC5681:3.1-slow-start-growth",
        ],
        fault: Fault::Leaving(|seen, packet| {
            let is_oldest = packet.segment().is_some_and(|s| seen.is_repeated(s) && s.seq == seen.una);
            let rest = seen
                .flight
                .iter()
                .skip(1)
                .map(|segment| Act::Leave(copy(&packet, |s| s.clone_from(segment))));
            let rest: Vec<Act> = if is_oldest { rest.collect() } else { Vec::new() };
            let mut acts = leave(packet);
            acts.extend(rest);
            acts
        }),
    },
    Breakage {
        name: "retransmits the newest segment first",
        violates: &[
            "RFC6298:5.4-retransmit-earliest",
            "RFC9293:3.10.8-retransmission-timeout",
            "RFC5681:3.2-step3-retransmit",
        ],
        fault: Fault::Leaving(|seen, packet| {
            leave(edit(packet, |s| {
                if seen.is_repeated(s)
                    && let Some(newest) = seen.flight.last()
                {
                    s.clone_from(newest);
                }
            }))
        }),
    },
    Breakage {
        name: "keeps connections alive unasked",
        violates: &["RFC9293:MUST-24", "RFC9293:MUST-26", "RFC9293:MUST-28", "RFC9293:MUST-25"],
        fault: Fault::Leaving(|seen, packet| {
            let probe = copy(&packet, |s| {
                s.seq = seen.next.latest(s.end()) - 1;
                s.flags = Flags::ACK;
                s.text.clear();
            });
            let mut acts = leave(packet);
            acts.push(Act::LeaveAfter(Duration::from_secs(5000), probe));
            acts
        }),
    },
    Breakage {
        name: "puts text of its own into keep-alives",
        violates: &["RFC9293:SHLD-12"],
        fault: Fault::Leaving(|seen, packet| {
            leave(edit(packet, |s| {
                if is_bare(s) && seen.is_open && s.seq.before(seen.next) {
                    s.text = Bytes::from_static(&[0]);
                }
            }))
        }),
    },
    Breakage {
        name: "sends keep-alives that need no answer",
        violates: &["RFC9293:3.8.4-keepalive-probe-sequence"],
        fault: Fault::Leaving(|seen, packet| {
            leave(edit(packet, |s| {
                if is_bare(s) && seen.is_open && s.seq.before(seen.next) {
                    s.seq = seen.next;
                }
            }))
        }),
    },
    Breakage {
        name: "gives up when one keep-alive is lost",
        violates: &["RFC9293:MUST-29"],
        fault: Fault::Leaving(|seen, packet| {
            let idle = seen.now.since(seen.left_at);
            keep_if(packet, |s| {
                let is_probe = is_bare(s) && seen.is_open && s.seq.before(seen.next);
                is_probe && idle < Duration::from_secs(20)
            })
        }),
    },
    Breakage {
        name: "cannot be told to keep connections alive, or when",
        violates: &["RFC9293:MUST-24", "RFC9293:MUST-27"],
        fault: Fault::Swallowing(|call| match call {
            Call::SetOption { .. } => Some(End::Returned { value: 0, output: Output::Nothing }),
            _ => None,
        }),
    },
    Breakage {
        name: "sends keep-alives though it heard from the peer",
        violates: &["RFC9293:MUST-26"],
        fault: Fault::Leaving(|seen, packet| {
            let probe = copy(&packet, |s| {
                s.seq = seen.next - 1;
                s.flags = Flags::ACK;
            });
            let is_ack = seen.is_open && packet.segment().is_some_and(is_bare);
            let mut acts = leave(packet);
            if is_ack {
                acts.push(Act::LeaveAfter(Duration::from_secs(60), probe));
            }
            acts
        }),
    },
];
