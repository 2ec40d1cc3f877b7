//! Laws: nothing makes the reader panic or point outside its text, and what is printed reads back as it was.
use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use stackdrill_wire::Flags;

use super::{GOOD, read};
use crate::script::tree::*;
use crate::script::{
    Diagnostic, Dialect, ParseOptions, Parsed, Span, Spanned, format, lint, parse, parse_octets, print,
};

/// What every result must satisfy, whatever the input.
fn sound(parsed: &Parsed) -> Result<(), TestCaseError> {
    let length = parsed.script.source.text().len();
    for fault in &parsed.diagnostics {
        prop_assert!(fault.span.start <= fault.span.end, "{fault}");
        prop_assert!(fault.span.end as usize <= length, "{fault} at {:?} of {length}", fault.span);
        let (line, column) = fault.position();
        prop_assert!(line >= 1 && column >= 1);
    }
    for pair in parsed.script.events.windows(2) {
        if let [before, after] = pair {
            prop_assert!(before.span.start < after.span.start, "events in order");
        }
    }
    // Whatever was read can be linted, and laid out or refused.
    let _: Vec<Diagnostic> = lint(&parsed.script, None);
    prop_assert_eq!(format(parsed, &ParseOptions::default()).is_some(), parsed.is_ok());
    Ok(())
}

/// Pieces of the language, good and bad, to be strung together.
fn fragment() -> impl Strategy<Value = String> {
    let good = (0..GOOD.len()).prop_map(|at| GOOD.get(at).map_or("", |row| row.0).to_owned());
    let marks = prop::sample::select(vec![
        "<",
        ">",
        "...",
        "`",
        "\"",
        "/*",
        "*/",
        "//",
        "%{",
        "}%",
        "--mtu",
        "=",
        "\n",
        "\r\n",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "|",
        "~",
        "!",
        "?",
        "#ifdef",
        "#endif",
        "1.2.3.4",
        "::1",
        "0x1f",
        "-5",
        "5.",
        "sack",
        "S.",
        "win",
        "\\",
        "99999999999999999999",
        "\u{e9}",
        "\u{1b}",
        "mss",
        "TS",
        "val",
        "ecr",
    ]);
    prop_oneof![3 => good, 3 => marks.prop_map(str::to_owned), 1 => ".{0,8}"]
}

proptest! {
    #[test]
    fn any_octets_are_read(octets in vec(any::<u8>(), 0..300)) {
        sound(&parse_octets(&octets, &ParseOptions::default()))?;
    }

    #[test]
    fn any_fragments_are_read(fragments in vec(fragment(), 0..30), dialect in dialect()) {
        sound(&read(&fragments.join(" "), dialect))?;
    }

    /// A good script, cut anywhere, is read as far as it goes.
    #[test]
    fn half_a_script_is_read(at in 0..GOOD.len(), cut in any::<prop::sample::Index>(), dialect in dialect()) {
        let text = GOOD.get(at).map_or("", |row| row.0);
        let cut = cut.index(text.len() + 1);
        if let Some(half) = text.get(..cut) {
            sound(&read(half, dialect))?;
        }
    }

    /// Printing loses nothing, and settles: printed once is printed for good.
    #[test]
    fn what_is_printed_reads_back(script in script()) {
        let printed = print(&script);
        let again = read(&printed, script.dialect);
        prop_assert!(again.is_ok(), "{}\n{:?}", printed, again.diagnostics);
        prop_assert_eq!(&again.script, &script, "{}", printed);
        prop_assert_eq!(print(&again.script), printed);
    }

    /// Laying out a script a second time changes nothing, and what it says never changes.
    #[test]
    fn layout_settles(script in script(), comments in vec("[ a-z]{0,20}", 1..4)) {
        // Comments strewn among the lines, some behind events.
        let mut text = String::new();
        for (at, line) in print(&script).lines().enumerate() {
            text.push_str(line);
            if let Some(comment) = comments.get(at % 5) {
                text.push_str(if at % 2 == 0 { "\n// " } else { " // " });
                text.push_str(comment);
            }
            text.push('\n');
        }
        let options = ParseOptions { dialect: Some(script.dialect), ..ParseOptions::default() };
        let parsed = parse(&text, &options);
        // A comment can land inside a string or command, which is then another script: only readable ones count.
        prop_assume!(parsed.is_ok());
        let once = format(&parsed, &options).unwrap_or_default();
        let again = parse(&once, &options);
        prop_assert_eq!(&again.script, &parsed.script, "{}", once);
        prop_assert_eq!(&format(&again, &options).unwrap_or_default(), &once);
        for comment in comments.iter().map(|comment| comment.trim()).filter(|comment| !comment.is_empty()) {
            prop_assert_eq!(once.matches(comment).count(), text.matches(comment).count(), "{}", comment);
        }
    }
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(vec![Dialect::Google, Dialect::Bsd])
}

fn at<T>(node: T) -> Spanned<T> {
    Spanned::new(node, Span::default())
}

fn script() -> impl Strategy<Value = Script> {
    dialect().prop_flat_map(|dialect| {
        let events = vec(event(dialect), 1..8);
        (of(command()), events, of(command()), options(dialect)).prop_map(
            move |(init, events, cleanup, options)| Script {
                options,
                init,
                events,
                cleanup,
                dialect,
                ..Script::default()
            },
        )
    })
}

fn options(dialect: Dialect) -> impl Strategy<Value = Vec<ScriptOption>> {
    let defined = prop_oneof![
        word().prop_map(Definition::Word),
        "[a-z /]{0,6}".prop_map(|text| Definition::Text(text.into())),
        "[a-z /]{0,6}".prop_map(|text| Definition::Command(text.into())),
    ];
    // Only the BSD dialect has symbols for numbers.
    let defined = match dialect {
        Dialect::Google => defined.boxed(),
        Dialect::Bsd => {
            let number =
                (0..0xffff_i64, any::<bool>()).prop_map(|(number, hex)| Definition::Integer(number, hex));
            prop_oneof![defined, number].boxed()
        }
    };
    let value = prop_oneof![
        (1..100_000_i64).prop_map(|value| ("tolerance_usecs", Some(OptionValue::Integer(value)))),
        (0..1500_i64).prop_map(|value| ("mtu", Some(OptionValue::Integer(value)))),
        "[a-z0-9 .:/-]{0,12}".prop_map(|text| ("local_ip", Some(OptionValue::Text(text.into())))),
        word().prop_map(|word| ("init_scripts", Some(OptionValue::Word(word)))),
        defined.prop_map(|value| ("define", Some(OptionValue::Define("UNUSED_".into(), value)))),
        Just(("verbose", None)),
    ];
    let option =
        value.prop_map(|(name, value)| ScriptOption { name: at(name.into()), value, span: Span::default() });
    vec(option, 0..3)
}

/// A word that is none of the language's own.
fn word() -> impl Strategy<Value = Box<str>> {
    "[A-Z][A-Z_]{3,9}".prop_map(Into::into)
}

fn command() -> impl Strategy<Value = Command> {
    "[a-z =./\n-]{0,20}".prop_map(|text| Command { text: text.into(), span: Span::default() })
}

fn micros() -> impl Strategy<Value = i64> {
    prop_oneof![0..10_i64, 0..10_000_000_i64, Just(i64::MAX / 2)]
}

fn event(dialect: Dialect) -> impl Strategy<Value = Event> {
    let made = |when, kind| Event { when: at(when), kind, span: Span::default() };
    let plain = || prop_oneof![micros().prop_map(When::At), micros().prop_map(When::After)];
    let range = || (micros(), 0..1_000_000_i64).prop_map(|(start, more)| (start, start + more));
    let open = prop_oneof![
        3 => plain(),
        1 => Just(When::Any),
        1 => range().prop_map(|(start, end)| When::Between(start, end)),
        1 => range().prop_map(|(start, end)| When::AfterBetween(start, end)),
    ];
    let code = "[a-z=0-9 (\n]{0,20}".prop_map(|text| text.trim_matches([' ', '\t']).to_owned());
    let action = prop_oneof![
        packet(dialect, Direction::Inbound).prop_map(|packet| EventKind::Packet(PacketAlternatives {
            direction: Direction::Inbound,
            optional: false,
            alternatives: vec![packet],
        })),
        call(dialect).prop_map(EventKind::Call),
        command().prop_map(EventKind::Command),
        code.prop_map(|text| EventKind::Code(Code { text: text.into(), span: Span::default() })),
        micros().prop_map(|duration| EventKind::Silence(at(duration))),
    ];
    let expected = (any::<bool>(), vec(packet(dialect, Direction::Outbound), 1..3)).prop_map(
        |(optional, mut alternatives)| {
            // SCTP is kept as it stands, whatever follows.
            let sctp = alternatives.iter().position(|packet| matches!(packet.transport, Transport::Sctp(_)));
            alternatives.truncate(sctp.map_or(alternatives.len(), |at| at + 1));
            EventKind::Packet(PacketAlternatives { direction: Direction::Outbound, optional, alternatives })
        },
    );
    prop_oneof![
        (plain(), action).prop_map(move |(when, kind)| made(when, kind)),
        (open, expected).prop_map(move |(when, kind)| made(when, kind)),
    ]
}

fn packet(dialect: Dialect, direction: Direction) -> impl Strategy<Value = PacketSpec> {
    let udp = (of(ports()), 0..1000_u32).prop_map(|(ports, length)| {
        Transport::Udp(UdpSpec { ports, length: Number::Exact(length), span: Span::default() })
    });
    let lite = (of(ports()), any::<u16>(), any::<u16>()).prop_map(|(ports, length, coverage)| {
        Transport::UdpLite(UdpLiteSpec { ports, length, coverage, span: Span::default() })
    });
    let sctp = prop::sample::select(vec!["sctp : ABORT [ ]", "sctp : INIT [ flgs = 0 , tag = 1 ]"])
        .prop_map(|words| Transport::Sctp(words.into()));
    // The BSD tool expects none.
    let icmp = match (dialect, direction) {
        (Dialect::Bsd, Direction::Outbound) => Just(Transport::Sctp("sctp : ABORT [ ]".into())).boxed(),
        _ => icmp(dialect).prop_map(Transport::Icmp).boxed(),
    };
    let both = prop_oneof![6 => segment(dialect, direction).prop_map(Transport::Tcp), 1 => udp, 1 => icmp];
    let transport = match dialect {
        Dialect::Google => both.boxed(),
        Dialect::Bsd => prop_oneof![8 => both, 1 => lite, 1 => sctp].boxed(),
    };
    let headers = vec(encapsulation(dialect), 0..3);
    (headers, info(dialect, direction), transport).prop_map(move |(encapsulation, mut ip, transport)| {
        // Google's tool refuses the bits on UDP.
        if dialect == Dialect::Google && matches!(transport, Transport::Udp(_)) {
            ip.items.retain(|item| !matches!(item.node, IpItem::Ecn(_)));
        }
        PacketSpec { encapsulation, ip, transport, span: Span::default() }
    })
}

fn ports() -> impl Strategy<Value = Ports> {
    (any::<u16>(), any::<u16>()).prop_map(|(source, destination)| Ports { source, destination })
}

/// What is said of an IP header: the octet or its two parts, the flow label, the TTL.
fn info(dialect: Dialect, direction: Direction) -> impl Strategy<Value = IpInfo> {
    let bits = match direction {
        Direction::Inbound => vec![Ecn::NotCapable, Ecn::Ect0, Ecn::Ect1, Ecn::CongestionExperienced],
        Direction::Outbound => vec![Ecn::Ect0, Ecn::EctEither],
    };
    let bits = || prop::sample::select(bits.clone()).prop_map(IpItem::Ecn);
    let label = || of((0..1_u32 << 20).prop_map(IpItem::FlowLabel));
    let made = |items: Vec<Option<IpItem>>| IpInfo { items: items.into_iter().flatten().map(at).collect() };
    let octet = prop_oneof![any::<u8>().prop_map(IpItem::Tos), bits()];
    match dialect {
        Dialect::Google => prop_oneof![
            Just(IpInfo::default()),
            any::<u8>().prop_map(move |ttl| made(vec![Some(IpItem::Ttl(ttl))])),
            (octet, label()).prop_map(move |(octet, label)| made(vec![Some(octet), label])),
            label().prop_map(move |label| made(vec![label])),
        ]
        .boxed(),
        Dialect::Bsd => {
            let octet = prop_oneof![
                of(any::<u8>().prop_map(IpItem::Class)).prop_map(|class| vec![class]),
                (of((0..64_u8).prop_map(IpItem::Dscp)), of(bits())).prop_map(|(code, bits)| vec![code, bits]),
            ];
            let hops =
                of(prop_oneof![any::<u8>().prop_map(IpItem::Ttl), any::<u8>().prop_map(IpItem::HopLimit)]);
            (octet, label(), hops)
                .prop_map(move |(mut items, label, hops)| {
                    items.extend([label, hops]);
                    made(items)
                })
                .boxed()
        }
    }
}

fn mpls() -> impl Strategy<Value = Vec<MplsEntry>> {
    let entry = (0..1_u32 << 20, 0..8_u8, any::<bool>(), any::<u8>())
        .prop_map(|(label, traffic_class, bottom, ttl)| MplsEntry { label, traffic_class, bottom, ttl });
    vec(entry, 1..4)
}

fn gre() -> impl Strategy<Value = Gre> {
    let numbers = (any::<u16>(), any::<u16>(), any::<u16>(), any::<u32>(), any::<u32>());
    numbers.prop_map(|(flags, checksum, offset, key, sequence)| Gre {
        flags: GreFlags(flags),
        checksum,
        offset,
        key,
        sequence,
    })
}

fn encapsulation(dialect: Dialect) -> impl Strategy<Value = Encapsulation> {
    let info = move || info(dialect, Direction::Inbound);
    let gre = match dialect {
        Dialect::Google => of(gre()).boxed(),
        Dialect::Bsd => Just(None).boxed(),
    };
    prop_oneof![
        (info(), any::<u32>(), any::<u32>()).prop_map(|(info, source, destination)| Encapsulation::Ipv4 {
            info,
            source: Ipv4Addr::from(source),
            destination: Ipv4Addr::from(destination),
        }),
        (info(), any::<u128>(), 0..0xffff_ffff_u128).prop_map(|(info, source, destination)| {
            Encapsulation::Ipv6 {
                info,
                source: Ipv6Addr::from(source),
                destination: Ipv6Addr::from(destination),
            }
        }),
        gre.prop_map(Encapsulation::Gre),
        mpls().prop_map(Encapsulation::Mpls),
    ]
}

/// A number; only what is expected may leave it open.
fn number(direction: Direction, most: u32) -> BoxedStrategy<Number> {
    let exact = (0..=most).prop_map(Number::Exact);
    match direction {
        Direction::Inbound => exact.boxed(),
        Direction::Outbound => prop_oneof![
            4 => exact,
            1 => (0..=most / 2, 0..=most / 2).prop_map(|(low, more)| Number::Range(low, low + more)),
            1 => Just(Number::Unjudged),
        ]
        .boxed(),
    }
}

fn segment(dialect: Dialect, direction: Direction) -> impl Strategy<Value = TcpSpec> {
    let window = number(direction, 0xffff).prop_map(|window| Some(at(window)));
    let window = match direction {
        Direction::Inbound => window.boxed(),
        Direction::Outbound => prop_oneof![window, Just(None)].boxed(),
    };
    let ack = of(number(direction, u32::MAX).prop_map(at));
    let urgent = of(number(direction, 0xffff).prop_map(at));
    (
        of(ports()),
        flags(direction),
        sequence(direction),
        ack,
        window,
        urgent,
        tcp_options(dialect, direction),
        only(dialect),
    )
        .prop_map(|(ports, flags, sequence, ack, window, urgent, options, only)| {
            let resets = flags.set.has(Flags::RST) && sequence.length.admits(8);
            TcpSpec {
                psp: only.psp,
                ports,
                flags,
                sequence: Sequence { absolute: only.absolute, ..sequence },
                ack,
                window,
                urgent,
                options,
                reset_cause: only.reset_cause.filter(|_| resets),
                udp_encapsulation: only.udp_encapsulation,
                span: Span::default(),
            }
        })
}

/// What only one dialect can say of a segment.
#[derive(Clone, Debug, Default)]
struct Only {
    psp: Option<u32>,
    absolute: bool,
    reset_cause: Option<ResetCause>,
    udp_encapsulation: Option<Ports>,
}

fn only(dialect: Dialect) -> BoxedStrategy<Only> {
    let cause = (any::<u16>(), any::<u32>()).prop_map(|(code, enterprise)| ResetCause { code, enterprise });
    match dialect {
        Dialect::Google => of(any::<u32>()).prop_map(|psp| Only { psp, ..Only::default() }).boxed(),
        Dialect::Bsd => (any::<bool>(), of(cause), of(ports()))
            .prop_map(|(absolute, reset_cause, udp_encapsulation)| Only {
                psp: None,
                absolute,
                reset_cause,
                udp_encapsulation,
            })
            .boxed(),
    }
}

/// Any set of flags by letter; an ACE digit where there is a dot for it.
fn flags(direction: Direction) -> impl Strategy<Value = FlagsSpec> {
    let open = if direction == Direction::Outbound { 0x1ff } else { 0_u16 };
    let spec = |set, optional, ace| FlagsSpec { set, optional, ace, span: Span::default() };
    prop_oneof![
        4 => (0..0x200_u16, 0..0x200_u16).prop_map(move |(set, optional)| {
            let optional = optional & open;
            spec(Flags(set & !optional), Flags(optional), None)
        }),
        1 => (0..8_u8).prop_map(move |ace| {
            let bits = Flags(u16::from(ace) << 6);
            spec(Flags::PSH | Flags::ACK | bits, Flags::NONE, Some(ace))
        }),
    ]
}

fn sequence(direction: Direction) -> impl Strategy<Value = Sequence> {
    let made = |start, end, length, ignored| Sequence {
        start,
        end,
        length,
        absolute: false,
        ignored,
        span: Span::default(),
    };
    let length = prop_oneof![Just(8_u32), 0..5000_u32];
    let exact = (0..4_000_000_000_u32, length).prop_map(move |(start, length)| {
        made(Number::Exact(start), Number::Exact(start + length), Number::Exact(length), false)
    });
    let open = (number(direction, 1000), number(direction, 1000))
        .prop_map(move |(start, length)| made(start, Number::Unjudged, length, false));
    match direction {
        Direction::Inbound => exact.boxed(),
        Direction::Outbound => prop_oneof![
            3 => exact,
            1 => open,
            1 => number(direction, 1000).prop_map(move |length| made(Number::Unjudged, Number::Unjudged, length, true)),
        ]
        .boxed(),
    }
}

/// Options that fill whole words.
fn tcp_options(dialect: Dialect, direction: Direction) -> impl Strategy<Value = OptionsSpec> {
    let list = vec(tcp_option(dialect, direction), 1..4).prop_map(|mut list| {
        while list.iter().map(TcpOption::octets).sum::<usize>() > 40 {
            list.pop();
        }
        while list.is_empty() || list.iter().map(TcpOption::octets).sum::<usize>() % 4 != 0 {
            list.push(TcpOption::NoOperation);
        }
        OptionsSpec::List(list.into_iter().map(at).collect())
    });
    let among = vec(tcp_option(dialect, direction), 1..3)
        .prop_map(|list| OptionsSpec::Among(list.into_iter().map(at).collect()));
    let said = match direction {
        Direction::Inbound => prop_oneof![Just(OptionsSpec::None), list].boxed(),
        Direction::Outbound => {
            prop_oneof![Just(OptionsSpec::None), Just(OptionsSpec::Any), list, among].boxed()
        }
    };
    let raw = vec(any::<[u8; 4]>(), 1..11).prop_map(|words| OptionsSpec::Raw(at(words.concat().into())));
    match dialect {
        Dialect::Google => said,
        Dialect::Bsd => prop_oneof![6 => said, 1 => raw].boxed(),
    }
}

fn blob() -> impl Strategy<Value = Blob> {
    vec(any::<u8>(), 0..9).prop_map(Vec::into_boxed_slice)
}

fn tcp_option(dialect: Dialect, direction: Direction) -> impl Strategy<Value = TcpOption> {
    let edge = move || number(direction, u32::MAX);
    let counters = vec(0..0xff_ffff_u32, 1..4);
    let spelling = prop::sample::select(match dialect {
        Dialect::Google => vec![AccEcnSpelling::Google],
        Dialect::Bsd => vec![AccEcnSpelling::Bsd, AccEcnSpelling::BsdExperimental],
    });
    let order = prop::sample::select(vec![AccEcnOrder::Ect0First, AccEcnOrder::Ect1First]);
    let both = prop_oneof![
        Just(TcpOption::NoOperation),
        Just(TcpOption::EndOfList),
        Just(TcpOption::SackPermitted),
        number(direction, 0xffff).prop_map(TcpOption::MaximumSegmentSize),
        number(direction, 0xff).prop_map(TcpOption::WindowScale),
        vec((edge(), edge()).prop_map(|(left, right)| Sack { left, right }), 1..4).prop_map(TcpOption::Sack),
        (edge(), edge(), any::<bool>()).prop_map(move |(value, echo, absolute)| TcpOption::Timestamps {
            value,
            echo,
            absolute: absolute && dialect == Dialect::Bsd,
        }),
        blob()
            .prop_filter("a digest says something", |blob| !blob.is_empty())
            .prop_map(|blob| TcpOption::Md5(Md5::Digest(blob))),
        blob().prop_map(TcpOption::FastOpen),
        blob().prop_map(TcpOption::FastOpenExperimental),
        (order, spelling, counters).prop_map(|(order, spelling, counters)| TcpOption::AccEcn(AccEcn {
            order,
            spelling,
            counters
        })),
    ];
    let bsd = prop_oneof![
        Just(TcpOption::Md5(Md5::Computed)),
        (any::<u8>(), blob()).prop_map(|(kind, data)| TcpOption::Generic { kind, data }),
        (any::<u16>(), blob()).prop_map(|(id, data)| TcpOption::Experimental { id, data }),
        of(0..0x80_u8).prop_map(TcpOption::AckRate),
    ];
    match dialect {
        Dialect::Google => both.boxed(),
        Dialect::Bsd => prop_oneof![3 => both, 1 => bsd].boxed(),
    }
}

fn icmp(dialect: Dialect) -> impl Strategy<Value = IcmpSpec> {
    let names = prop::sample::select(vec![
        ("unreachable", Some("port_unreachable"), false),
        ("unreachable", Some("frag_needed"), true),
        ("unreachable", Some("code_200"), false),
        ("packet_too_big", None, true),
        ("time_exceeded", None, false),
        ("type_77", Some("code_3"), false),
        ("echo_request", None, false),
    ]);
    let both = prop_oneof![
        sequence(Direction::Inbound).prop_map(EchoedKind::Tcp),
        (0..0x1_0000_u32).prop_map(|length| EchoedKind::Udp(Number::Exact(length))),
    ];
    let kind = match dialect {
        Dialect::Google => prop_oneof![both, (8..=u16::MAX).prop_map(EchoedKind::Raw)].boxed(),
        Dialect::Bsd => prop_oneof![
            both,
            (any::<u16>(), any::<u16>()).prop_map(|(length, coverage)| EchoedKind::UdpLite(length, coverage)),
            any::<u16>().prop_map(EchoedKind::Sctp),
        ]
        .boxed(),
    };
    let echoed = (kind, of(ports())).prop_map(move |(kind, udp)| {
        let inside = dialect == Dialect::Bsd && matches!(kind, EchoedKind::Tcp(_) | EchoedKind::Sctp(_));
        Echoed { kind, udp_encapsulation: udp.filter(|_| inside), span: Span::default() }
    });
    (names, 0..0x1_0000_u32, of(any::<u16>()), of(echoed)).prop_map(
        |((kind, code, sized), mtu, id, echoed)| IcmpSpec {
            kind: at(kind.into()),
            code: code.map(|code| at(code.into())),
            mtu: sized.then(|| at(mtu)),
            id: id.map(at),
            echoed,
            span: Span::default(),
        },
    )
}

fn call(dialect: Dialect) -> impl Strategy<Value = CallSpec> {
    let name = "[a-z]{4,8}_[a-z]".prop_map(|name| at(name.into()));
    // Nobody can tell the words of an errno's note from another's, so it has its own, and perhaps one more.
    let (errno, note) = (of(word()), || vec("[A-Z][a-z]{2,6}".prop_map(Into::into), 1..4));
    let errno = (errno, vec(note(), 0..2), note()).prop_map(|(errno, mut notes, own)| {
        notes.extend(errno.is_some().then_some(own));
        (errno, notes)
    });
    let result =
        prop_oneof![any::<i64>().prop_map(Expression::Integer), (0..i64::MAX).prop_map(Expression::Hex)];
    (of(micros()), name, vec(argument(dialect), 0..4), result, errno).prop_map(
        |(returns_at, name, arguments, result, (errno, notes))| CallSpec {
            returns_at,
            name,
            arguments,
            result: Argument { node: result, span: Span::default() },
            notes,
            errno: errno.map(at),
            span: Span::default(),
        },
    )
}

fn argument(dialect: Dialect) -> impl Strategy<Value = Argument> {
    let text = "[a-z ,(\n]{0,8}";
    let leaf = prop_oneof![
        Just(Expression::Ellipsis),
        any::<i64>().prop_map(Expression::Integer),
        (0..i64::MAX).prop_map(Expression::Hex),
        word().prop_map(Expression::Word),
        text.prop_map(|text| Expression::Text(vec![text.into()])),
        text.prop_map(|text| Expression::TextAndMore(text.into())),
        vec(word(), 2..4).prop_map(|words| {
            Expression::Or(words.into_iter().map(|word| wrap(Expression::Word(word))).collect())
        }),
        (0..65_536_i64).prop_map(|port| Expression::Apply(
            at("htons".into()),
            Box::new(wrap(Expression::Integer(port)))
        )),
        applied(dialect),
    ];
    let google = prop_oneof![
        vec(text.prop_map(Into::into), 2..4).prop_map(Expression::Text),
        mpls().prop_map(Expression::Mpls),
        gre().prop_map(Expression::Gre),
    ];
    let leaf = match dialect {
        Dialect::Google => prop_oneof![5 => leaf, 1 => google].boxed(),
        Dialect::Bsd => leaf.boxed(),
    }
    .prop_map(wrap);
    leaf.prop_recursive(4, 24, 4, move |inner| {
        // A brace followed by a name and a mark is a structure, so a list begins with a number.
        let list = vec(inner.clone(), 0..3).prop_map(|mut rest| {
            rest.insert(0, wrap(Expression::Integer(1)));
            Expression::List(rest)
        });
        let field = ("[a-z]{2,5}_[a-z]{2,4}", of(inner.clone()), inner.clone())
            .prop_map(|(name, size, value)| Field { name: at(name.into()), size: size.map(Box::new), value });
        let assign =
            (word(), inner.clone()).prop_map(|(name, value)| Expression::Assign(at(name), Box::new(value)));
        let google = match dialect {
            Dialect::Google => prop_oneof![assign, list].boxed(),
            Dialect::Bsd => Just(Expression::Ellipsis).boxed(),
        };
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Expression::Array),
            inner.prop_map(|length| Expression::IoVec(Box::new(length))),
            vec(field, 1..4).prop_map(Expression::Struct),
            google,
        ]
        .prop_map(wrap)
    })
}

/// `name("address")`, and the BSD dialect's `htonl(n)`.
fn applied(dialect: Dialect) -> impl Strategy<Value = Expression> {
    let (name, argument) = match dialect {
        Dialect::Google => ("inet6_addr", Expression::Text(vec!["fd00::1".into()])),
        Dialect::Bsd => ("htonl", Expression::Integer(7)),
    };
    let address = ("inet_addr", Expression::Text(vec!["1.2.3.4".into()]));
    prop::sample::select(vec![address, (name, argument)])
        .prop_map(|(name, argument)| Expression::Apply(at(name.into()), Box::new(wrap(argument))))
}

fn wrap(node: Expression) -> Argument {
    Argument { node, span: Span::default() }
}
