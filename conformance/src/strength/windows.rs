//! Breakages of windows, probes, silly windows, the Nagle algorithm and push.
use core::time::Duration;

use bytes::Bytes;
use stackdrill_wire::Flags;

use super::{Breakage, answer, arrive, keep_if, leave};
use crate::target::broken::{Act, Fault, edit};
use crate::target::{Call, End, Output, SocketOption, Value};

/// `IPPROTO_TCP`, `TCP_NODELAY`: the same numbers everywhere.
const NO_DELAY: SocketOption = SocketOption { level: 6, name: 1 };

pub(super) const ROWS: &[Breakage] = &[
    Breakage {
        name: "ignores the peer's window",
        violates: &[
            "RFC9293:3.8.6-new-data-inside-window",
            "RFC9293:3.10.7.4-ack-syn-received-good",
            "RFC9293:3.10.7.4-window-update-rule",
            "RFC9293:3.10.5-abort-established",
            "RFC9293:SHLD-15",
            "RFC9293:SHLD-27",
            "RFC9293:MUST-36",
            "RFC9293:MUST-38",
            "RFC9293:3.8.6.2.1-rule1-full-segment",
            "RFC9293:3.8.6.2.1-rule3-half-window",
            "RFC3042:2-window-limits",
            "RFC7323:2.2-syn-window-unscaled",
            "RFC7323:2.2-wscale-both-or-none",
            "RFC7323:2.2-wscale-non-syn-ignored",
            "RFC7323:2.3-shift-applied-in",
        ],
        fault: Fault::Arriving(|_, packet| arrive(edit(packet, |s| s.window = u16::MAX))),
    },
    Breakage {
        name: "takes a large window for a negative one",
        violates: &["RFC9293:MUST-1"],
        fault: Fault::Arriving(|_, packet| {
            arrive(edit(packet, |s| {
                if s.window > i16::MAX as u16 {
                    s.window = 0;
                }
            }))
        }),
    },
    Breakage {
        name: "is deaf to window updates",
        violates: &["RFC9293:3.10.7.4-window-update-rule", "RFC9293:MUST-34", "RFC9293:MUST-35"],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if seen.is_open && s.has(Flags::ACK) && s.ack == seen.una {
                    s.window = seen.window;
                }
            }))
        }),
    },
    Breakage {
        name: "takes the window of an older segment",
        violates: &["RFC9293:3.10.7.4-window-update-not-from-old"],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if seen.is_open && s.has(Flags::ACK) && s.ack.before(seen.una) {
                    s.ack = seen.una;
                }
            }))
        }),
    },
    Breakage {
        name: "dies of a window that shrinks",
        violates: &["RFC9293:MUST-34", "RFC9293:MUST-35"],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if s.ack == seen.una && s.window < seen.window && !seen.flight.is_empty() && seen.is_open {
                    s.flags = Flags::RST;
                    s.seq = seen.expected;
                }
            }))
        }),
    },
    Breakage {
        name: "never probes a shut window",
        violates: &[
            "RFC9293:MUST-35",
            "RFC9293:MUST-36",
            "RFC9293:MUST-37",
            "RFC9293:SHLD-29",
            "RFC9293:SHLD-30",
            "RFC9293:3.8.6.1-probe-form",
        ],
        fault: Fault::Leaving(|seen, packet| {
            let shut = seen.is_open && seen.window == 0;
            keep_if(packet, |s| shut && (!s.text.is_empty() || s.seq.before(seen.next)))
        }),
    },
    Breakage {
        name: "abandons a window shut for half a minute",
        violates: &["RFC9293:MUST-37"],
        fault: Fault::Leaving(|seen, packet| {
            let late = seen.shut_at.is_some_and(|at| seen.now.since(at) > Duration::from_secs(30));
            keep_if(packet, |s| late && (!s.text.is_empty() || s.seq.before(seen.next)))
        }),
    },
    Breakage {
        name: "answers every small opening with a tiny segment",
        violates: &["RFC9293:MUST-38"],
        fault: Fault::Arriving(|seen, packet| {
            let opening = packet.segment().filter(|s| seen.is_open && (1..500).contains(&s.window));
            let tiny = opening.map(|s| s.window).and_then(|room| {
                answer(&packet, |s| {
                    s.seq = seen.next;
                    s.ack = seen.expected;
                    s.flags = Flags::ACK;
                    s.window = u16::MAX;
                    s.text = Bytes::from(vec![0; usize::from(room)]);
                })
            });
            let mut acts = arrive(packet);
            acts.extend(tiny.map(Act::Leave));
            acts
        }),
    },
    Breakage {
        name: "uses no window below two thousand octets",
        violates: &[
            "RFC9293:3.8.6.2.1-rule1-full-segment",
            "RFC9293:3.8.6.2.1-rule3-half-window",
            "RFC9293:3.10.7.4-ack-syn-received-good",
        ],
        fault: Fault::Arriving(|_, packet| {
            arrive(edit(packet, |s| {
                if s.window < 2000 {
                    s.window = 0;
                }
            }))
        }),
    },
    Breakage {
        name: "splits what it could send whole",
        violates: &["RFC9293:SHLD-27", "RFC9293:SHLD-28"],
        fault: Fault::Leaving(|_, packet| {
            let half = packet.segment().map_or(0, |s| s.text.len() / 2);
            if half < 200 {
                return leave(packet);
            }
            let front = edit(packet.clone(), |s| s.text.truncate(half));
            let back = edit(packet, |s| {
                s.seq += u32::try_from(half).unwrap_or_default();
                s.text = s.text.split_off(half);
            });
            vec![Act::Leave(front), Act::Leave(back)]
        }),
    },
    Breakage {
        name: "holds small writes back",
        violates: &[
            "RFC9293:MUST-17",
            "RFC9293:MUST-60",
            "RFC9293:3.8.6.2.1-rule2-pushed-all",
            "RFC9293:3.9.1.4-close-pushes",
        ],
        fault: Fault::Leaving(|seen, packet| {
            let is_small =
                packet.segment().is_some_and(|s| (1..200).contains(&s.text.len()) && !seen.is_repeated(s));
            if is_small { vec![Act::LeaveAfter(Duration::from_secs(5), packet)] } else { leave(packet) }
        }),
    },
    Breakage {
        name: "never pushes",
        violates: &["RFC9293:MUST-61"],
        fault: Fault::Leaving(|_, packet| leave(edit(packet, |s| s.flags = s.flags.without(Flags::PSH)))),
    },
    Breakage {
        name: "has no Nagle algorithm",
        violates: &["RFC9293:SHLD-7", "RFC9293:3.7.4-nagle-full-segment-goes"],
        fault: Fault::Following(|call, end| match (call, end) {
            (Call::Accept { .. }, End::Returned { value, .. }) => Some(Call::SetOption {
                fd: crate::target::Fd(*value),
                option: NO_DELAY,
                value: Value::Int(1),
                length: 4,
            }),
            _ => None,
        }),
    },
    Breakage {
        name: "cannot be talked out of the Nagle algorithm",
        violates: &["RFC9293:MUST-17"],
        fault: Fault::Swallowing(|call| match call {
            Call::SetOption { option, .. } if *option == NO_DELAY => {
                Some(End::Returned { value: 0, output: Output::Nothing })
            }
            _ => None,
        }),
    },
];
