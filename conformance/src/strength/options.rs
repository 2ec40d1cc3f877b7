//! Breakages of the MSS, other options, window scale and timestamps.
use bytes::{BufMut, BytesMut};
use stackdrill_wire::{Flags, Options, Segment, TcpOption};

use super::{Breakage, arrive, drop_if, leave};
use crate::target::broken::{Fault, edit};

pub(super) const ROWS: &[Breakage] = &[
    Breakage {
        name: "ignores the peer's MSS",
        violates: &[
            "RFC9293:MUST-14b",
            "RFC9293:MUST-15",
            "RFC9293:MUST-16",
            "RFC9293:MUST-4",
            "RFC9293:MUST-64",
        ],
        fault: Fault::Arriving(|_, packet| {
            arrive(edit(packet, |s| {
                if s.has(Flags::SYN) {
                    replace(s, TcpOption::MaximumSegmentSize(1400));
                }
            }))
        }),
    },
    Breakage {
        name: "takes no notice of the link's limit",
        violates: &["RFC9293:MUST-16"],
        fault: Fault::Leaving(|_, packet| {
            leave(edit(packet, |s| {
                if s.text.len() >= 1400 {
                    lengthen(s, 40);
                }
            }))
        }),
    },
    Breakage {
        name: "fills a segment as if options took no room",
        violates: &["RFC6691:2-sender-subtracts-options", "RFC9293:MUST-16"],
        fault: Fault::Leaving(|_, packet| {
            leave(edit(packet, |s| {
                if s.options.timestamps().is_some() && s.text.len() >= 900 {
                    lengthen(s, 12);
                }
            }))
        }),
    },
    Breakage {
        name: "finds an MSS only where it stands first",
        violates: &["RFC9293:MUST-4b", "RFC9293:MUST-6", "RFC9293:MUST-64"],
        fault: Fault::Arriving(|_, packet| {
            arrive(edit(packet, |s| {
                let first = s.options.octets().first();
                if s.has(Flags::SYN) && first.is_some_and(|&kind| kind != 2) {
                    s.options = Options::EMPTY;
                }
            }))
        }),
    },
    Breakage {
        name: "refuses lists that end before the header does",
        violates: &["RFC9293:MUST-4a"],
        fault: Fault::Arriving(|_, packet| {
            arrive(edit(packet, |s| {
                if s.options.octets().contains(&0) && s.has(Flags::SYN) && ends_early(&s.options) {
                    s.options = Options::EMPTY;
                }
            }))
        }),
    },
    Breakage {
        name: "offers no MSS",
        violates: &["RFC9293:MUST-14a", "RFC9293:SHLD-5"],
        fault: Fault::Leaving(|_, packet| {
            leave(edit(packet, |s| {
                if s.has(Flags::SYN) {
                    s.options =
                        without(&s.options, |option| matches!(option, TcpOption::MaximumSegmentSize(_)));
                }
            }))
        }),
    },
    Breakage {
        name: "offers a larger MSS than it can take",
        violates: &["RFC9293:MUST-67", "RFC6691:2-mss-fixed-headers-only"],
        fault: Fault::Leaving(|_, packet| {
            leave(edit(packet, |s| {
                if s.has(Flags::SYN) {
                    replace(s, TcpOption::MaximumSegmentSize(u16::MAX));
                }
            }))
        }),
    },
    Breakage {
        name: "offers what the SYN did not",
        violates: &["RFC7323:2.2-wscale-on-syn-only", "RFC7323:3.2-ts-negotiation"],
        fault: Fault::Leaving(|_, packet| {
            leave(edit(packet, |s| {
                if s.has(Flags::SYN | Flags::ACK) {
                    s.options.push(TcpOption::NoOperation);
                    s.options.push(TcpOption::WindowScale(7));
                    s.options.push(TcpOption::NoOperation);
                    s.options.push(TcpOption::NoOperation);
                    s.options.push(TcpOption::Timestamps { value: 1, echo: 0 });
                }
            }))
        }),
    },
    Breakage {
        name: "ignores window scale",
        violates: &["RFC7323:2.3-shift-applied-in", "RFC7323:2.3-wscale-reply", "RFC7323:2.3-shift-limit-14"],
        fault: Fault::Arriving(|_, packet| {
            arrive(edit(packet, |s| {
                s.options = without(&s.options, |option| matches!(option, TcpOption::WindowScale(_)));
            }))
        }),
    },
    Breakage {
        name: "scales the window of a SYN",
        violates: &["RFC7323:2.2-syn-window-unscaled"],
        fault: Fault::Arriving(|_, packet| {
            arrive(edit(packet, |s| {
                if s.has(Flags::SYN) && s.options.window_scale().is_some() {
                    s.window = s.window.saturating_mul(64);
                }
            }))
        }),
    },
    Breakage {
        name: "scales on its own",
        violates: &["RFC7323:2.2-wscale-both-or-none"],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if seen.iss.is_some() && !seen.scales && !s.has(Flags::SYN) {
                    s.window = s.window.saturating_mul(64);
                }
            }))
        }),
    },
    Breakage {
        name: "changes its scale on any segment",
        violates: &["RFC7323:2.2-wscale-non-syn-ignored"],
        fault: Fault::Arriving(|_, packet| {
            arrive(edit(packet, |s| {
                if let Some(shift) = s.options.window_scale().filter(|_| !s.has(Flags::SYN)) {
                    s.window = s.window.saturating_mul(1 << shift.min(14));
                }
            }))
        }),
    },
    Breakage {
        name: "leaves timestamps off text",
        violates: &["RFC7323:3.2-ts-on-every-segment"],
        fault: Fault::Leaving(|_, packet| {
            leave(edit(packet, |s| {
                if !s.text.is_empty() {
                    s.options = Options::EMPTY;
                }
            }))
        }),
    },
    Breakage {
        name: "does not look at timestamps",
        violates: &[
            "RFC7323:5.3-paws-r1",
            "RFC7323:5.2-ts-recent-monotone",
            "RFC7323:3.2-missing-ts-dropped",
        ],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                let Some(newest) = seen.stamp.filter(|_| !s.flags.any(Flags::SYN | Flags::RST)) else {
                    return;
                };
                if s.options.timestamps().is_none_or(|(value, _)| value < newest) {
                    replace(s, TcpOption::Timestamps { value: newest, echo: 0 });
                }
            }))
        }),
    },
    Breakage {
        name: "aborts when timestamps are missing",
        violates: &["RFC7323:3.2-missing-ts-no-abort"],
        fault: Fault::Arriving(|seen, packet| {
            arrive(edit(packet, |s| {
                if seen.stamp.is_some() && s.options.timestamps().is_none() {
                    s.flags = Flags::RST;
                    s.seq = seen.expected;
                }
            }))
        }),
    },
    Breakage {
        name: "looks at the timestamps of resets",
        violates: &["RFC7323:5.2-rst-not-paws-checked"],
        fault: Fault::Arriving(|seen, packet| {
            drop_if(packet, |s| s.has(Flags::RST) && is_past(seen.stamp, s))
        }),
    },
    Breakage {
        name: "never lets a timestamp grow old",
        violates: &["RFC7323:5.5-outdated-ts-recent"],
        fault: Fault::Arriving(|seen, packet| drop_if(packet, |s| is_past(seen.stamp, s))),
    },
    Breakage {
        name: "points one octet short of the end of urgent data",
        violates: &["RFC9293:MUST-62", "RFC9293:MUST-30", "RFC9293:3.10.2-send-urgent"],
        fault: Fault::Leaving(|_, packet| leave(edit(packet, |s| s.urgent = s.urgent.saturating_sub(1)))),
    },
    Breakage {
        name: "is deaf to urgent data",
        violates: &[
            "RFC9293:3.10.7.4-urg-fin-wait-1",
            "RFC9293:3.10.7.4-urg-fin-wait-2",
            "RFC9293:MUST-30",
            "RFC9293:MUST-32a",
            "RFC9293:3.10.7.4-urg-established",
        ],
        fault: Fault::Arriving(|_, packet| arrive(edit(packet, |s| s.flags = s.flags.without(Flags::URG)))),
    },
    Breakage {
        name: "reads the urgent field without URG",
        violates: &["RFC9293:3.1-urgent-field-needs-urg"],
        fault: Fault::Arriving(|_, packet| {
            arrive(edit(packet, |s| {
                if s.urgent > 0 {
                    s.flags |= Flags::URG;
                }
            }))
        }),
    },
    Breakage {
        name: "offers its MSS on every segment",
        violates: &["RFC9293:MUST-65"],
        fault: Fault::Leaving(|_, packet| {
            leave(edit(packet, |s| {
                if !s.flags.any(Flags::SYN | Flags::RST) {
                    s.options.push(TcpOption::MaximumSegmentSize(1460));
                }
            }))
        }),
    },
    Breakage {
        name: "sets a reserved bit",
        violates: &["RFC9293:3.1-reserved-bits-sent-zero"],
        fault: Fault::Leaving(|_, packet| leave(edit(packet, |s| s.flags |= Flags(0x200)))),
    },
];

/// Whether a segment's timestamp is older than the newest.
fn is_past(newest: Option<u32>, segment: &Segment) -> bool {
    let value = segment.options.timestamps().map(|(value, _)| value);
    newest.zip(value).is_some_and(|(newest, value)| value < newest)
}

/// Whether the list has an end of its own, before its octets do.
fn ends_early(options: &Options) -> bool {
    options.iter().any(|option| matches!(option, Ok(TcpOption::EndOfList)))
}

/// The options without some, padded.
fn without(options: &Options, gone: impl Fn(&TcpOption<'_>) -> bool) -> Options {
    let mut kept = Options::EMPTY;
    for option in options.iter().flatten().filter(|option| !gone(option)) {
        kept.push(option);
    }
    kept.pad(1);
    kept
}

/// Puts an option in the place of the one of its kind, or adds it.
fn replace(segment: &mut Segment, option: TcpOption<'_>) {
    let mut options = without(&segment.options, |old| old.kind() == option.kind());
    options.push(option);
    options.pad(1);
    segment.options = options;
}

fn lengthen(segment: &mut Segment, octets: usize) {
    let mut text = BytesMut::from(segment.text.as_ref());
    text.put_bytes(0, octets);
    segment.text = text.freeze();
}
