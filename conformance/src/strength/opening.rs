//! Breakages of CLOSED, LISTEN, SYN-SENT and SYN-RECEIVED.
use stackdrill_wire::Flags;

use super::{Breakage, answer, arrive, drop_if, keep_if, leave};
use crate::target::broken::{Act, Fault, edit};

pub(super) const ROWS: &[Breakage] = &[
    Breakage {
        name: "acknowledges a SYN with its own number",
        violates: &[
            "RFC9293:3.10.7.2-listen-syn",
            "RFC9293:3.5-fig6-basic-handshake",
            "RFC9293:3.10.7.3-syn-sent-syn-only",
            "RFC9293:MUST-10",
            "RFC9293:3.5-fig7-simultaneous-open-crossing",
        ],
        fault: Fault::Leaving(|_, packet| {
            leave(edit(packet, |s| {
                if s.has(Flags::SYN | Flags::ACK) {
                    s.ack = s.ack - 1;
                }
            }))
        }),
    },
    Breakage {
        name: "never answers a SYN",
        violates: &[
            "RFC9293:3.10.7.2-listen-syn",
            "RFC9293:3.10.7.2-listen-rst",
            "RFC9293:3.10.7.2-listen-other",
            "RFC9293:3.10.7.2-listen-syn-rst",
            "RFC9293:3.10.7.1-closed-syn",
            "RFC9293:3.10.1-open-closed-passive",
            "RFC9293:MUST-14",
            "RFC9293:SHLD-5",
        ],
        fault: Fault::Arriving(|seen, packet| {
            drop_if(packet, |s| {
                seen.iss.is_none() && s.has(Flags::SYN) && !s.flags.any(Flags::ACK | Flags::RST)
            })
        }),
    },
    Breakage {
        name: "calls with ACK set",
        violates: &["RFC9293:3.10.1-open-closed-active"],
        fault: Fault::Leaving(|seen, packet| {
            leave(edit(packet, |s| {
                if seen.iss.is_none() && s.flags == Flags::SYN {
                    s.flags |= Flags::ACK;
                }
            }))
        }),
    },
    Breakage {
        name: "repeats its SYN with another number",
        violates: &[
            "RFC9293:3.10.1-open-closed-active",
            "RFC9293:3.10.7.3-syn-sent-ack-too-low",
            "RFC9293:MUST-22",
        ],
        fault: Fault::Leaving(|seen, packet| {
            leave(edit(packet, |s| {
                if s.has(Flags::SYN) && seen.is_repeated(s) {
                    s.seq += 1;
                }
            }))
        }),
    },
    Breakage {
        name: "completes no call",
        violates: &[
            "RFC9293:3.10.7.3-syn-sent-synack",
            "RFC9293:3.10.7.3-syn-sent-ack-too-high",
            "RFC9293:3.10.7.3-syn-sent-bad-ack-rst",
            "RFC9293:3.10.7.3-syn-sent-rst-no-ack",
            "RFC9293:3.5-fig6-basic-handshake",
        ],
        fault: Fault::Arriving(|_, packet| drop_if(packet, |s| s.has(Flags::SYN | Flags::ACK))),
    },
    Breakage {
        name: "does not let calls cross",
        violates: &[
            "RFC9293:MUST-10",
            "RFC9293:MUST-11",
            "RFC9293:3.10.7.3-syn-sent-syn-only",
            "RFC9293:3.5-fig7-simultaneous-open-crossing",
            "RFC9293:3.10.7.4-rst-syn-received-active",
        ],
        fault: Fault::Arriving(|seen, packet| {
            drop_if(packet, |s| seen.iss.is_some() && !seen.is_open && s.flags == Flags::SYN)
        }),
    },
    Breakage {
        name: "is called by anything that is not a SYN",
        violates: &["RFC9293:3.10.7.3-syn-sent-no-syn-no-rst", "RFC9293:3.10.7.4-fin-unsynchronized"],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if seen.iss.is_some() && seen.irs.is_none() && !s.flags.any(Flags::SYN | Flags::RST) {
                    s.flags |= Flags::SYN;
                }
            }))
        }),
    },
    Breakage {
        name: "believes any ACK while it calls",
        violates: &[
            "RFC9293:3.10.7.3-syn-sent-ack-too-low",
            "RFC9293:3.10.7.3-syn-sent-ack-too-high",
            "RFC9293:3.10.7.3-syn-sent-bad-ack-rst",
            "RFC9293:3.10.7.4-ack-syn-received-bad",
        ],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if let Some(iss) = seen.iss.filter(|_| !seen.is_open && s.has(Flags::ACK)) {
                    s.ack = iss + 1;
                }
            }))
        }),
    },
    Breakage {
        name: "believes a reset without ACK while it calls",
        violates: &["RFC9293:3.10.7.3-syn-sent-rst-no-ack"],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if let Some(iss) = seen.iss.filter(|_| seen.irs.is_none() && s.flags == Flags::RST) {
                    s.flags |= Flags::ACK;
                    s.ack = iss + 1;
                }
            }))
        }),
    },
    Breakage {
        name: "takes no call once it has reset something",
        violates: &[
            "RFC9293:3.5.2-group2-state-kept",
            "RFC9293:3.10.7.2-listen-ack",
            "RFC9293:3.10.7.2-listen-synack",
            "RFC9293:3.10.7.3-syn-sent-ack-too-low",
            "RFC9293:3.10.7.3-syn-sent-ack-too-high",
            "RFC9293:3.10.7.4-ack-syn-received-bad",
        ],
        fault: Fault::Arriving(|seen, packet| drop_if(packet, |_| seen.resets > 0 && !seen.is_open)),
    },
    Breakage {
        name: "never listens again after a half-open connection",
        violates: &[
            "RFC9293:3.5-fig8-passive-recovers",
            "RFC9293:3.10.7.4-rst-syn-received-passive",
            "RFC9293:MUST-11",
            "RFC5961:4.2-restarted-peer-recovers",
        ],
        fault: Fault::Arriving(|seen, packet| {
            drop_if(packet, |s| s.flags == Flags::SYN && seen.irs.is_some_and(|irs| irs != s.seq))
        }),
    },
    Breakage {
        name: "opens before the handshake ends",
        violates: &[
            "RFC9293:3.10.7.4-syn-syn-received-passive",
            "RFC9293:3.5-data-on-syn-held",
            "RFC9293:3.10.7.2-listen-syn-with-data",
            "RFC9293:3.10.7.4-ack-off-syn-received",
        ],
        // Whatever follows the SYN establishes; a SYN with text is taken to be followed at once.
        fault: Fault::Leaving(|seen, packet| {
            let ends = packet
                .segment()
                .filter(|s| seen.iss.is_none() && s.has(Flags::SYN | Flags::ACK))
                .and_then(|syn| {
                    answer(&packet, |s| {
                        s.seq = syn.ack;
                        s.ack = syn.seq + 1;
                        s.flags = Flags::ACK;
                        s.window = u16::MAX;
                    })
                });
            let mut acts = leave(packet);
            acts.extend(ends.map(Act::Arrive));
            acts
        }),
    },
    Breakage {
        name: "loses what the handshake carries",
        violates: &[
            "RFC9293:3.10.7.3-syn-sent-syn-only-data",
            "RFC9293:MUST-10",
            "RFC9293:3.10.7.4-ack-syn-received-with-data",
            "RFC9293:3.10.7.4-fin-syn-received",
            "RFC9293:3.10.7.2-listen-syn-with-data",
            "RFC9293:3.5-data-on-syn-held",
        ],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if !seen.is_open && !s.has(Flags::RST) {
                    s.text.clear();
                    s.flags = s.flags.without(Flags::FIN);
                }
            }))
        }),
    },
    Breakage {
        name: "takes text on a SYN,ACK and then no more",
        violates: &["RFC9293:3.10.7.3-syn-sent-synack-data"],
        fault: Fault::Arriving(|seen, packet| {
            let carried = seen.iss.is_some() && seen.is_open;
            let cut = edit(packet, |s| {
                if s.has(Flags::SYN) {
                    s.text.clear();
                }
            });
            drop_if(cut, |s| carried && !s.text.is_empty())
        }),
    },
    Breakage {
        name: "is silent when closed",
        violates: &[
            "RFC9293:3.10.7.1-closed-data-dropped",
            "RFC9293:3.10.7.1-closed-syn",
            "RFC9293:3.10.7.1-closed-ack-set",
            "RFC9293:3.10.7.1-closed-length-counts",
            "RFC9293:3.10.7.1-closed-rst",
            "RFC9293:3.10.7.2-listen-ack",
            "RFC9293:3.10.7.2-listen-synack",
            "RFC9293:3.10.7.3-syn-sent-ack-too-low",
            "RFC9293:3.10.7.3-syn-sent-ack-too-high",
            "RFC9293:3.10.7.4-ack-syn-received-bad",
            "RFC9293:3.10.4-close-listen",
            "RFC9293:3.10.4-close-syn-sent",
        ],
        fault: Fault::Leaving(|_, packet| keep_if(packet, |s| s.has(Flags::RST))),
    },
    Breakage {
        name: "resets from the wrong number",
        violates: &[
            "RFC9293:3.10.5-abort-syn-received",
            "RFC9293:3.10.5-abort-syn-sent",
            "RFC9293:3.10.7.1-closed-syn",
            "RFC9293:3.10.7.1-closed-ack-set",
            "RFC9293:3.10.7.1-closed-length-counts",
            "RFC9293:3.10.7.2-listen-ack",
            "RFC9293:3.10.7.2-listen-synack",
            "RFC9293:3.10.5-abort-established",
            "RFC9293:3.10.5-abort-fin-wait-1",
            "RFC9293:3.10.5-abort-fin-wait-2",
            "RFC9293:3.10.5-abort-close-wait",
        ],
        fault: Fault::Leaving(|_, packet| {
            leave(edit(packet, |s| {
                if s.has(Flags::RST | Flags::ACK) && s.seq.0 == 0 {
                    s.ack += 1;
                } else if s.has(Flags::RST) {
                    s.seq += 1;
                }
            }))
        }),
    },
];
