//! A line of text an observation, so that a trace fits where it is read.
//!
//! `< FLAGS SEQ[+TEXT] [ACK] [KEY=VALUE]...` is a segment received, `<?` one that may be passed over, `>` one sent; flags as scripts write them, `TEXT`
//! octets of text; keys: `win`, `mss`, `ws`, `ts=VALUE/ECHO`, `sackok`, `sack=LEFT-RIGHT`, `opt=HEX` (raw octets),
//! `fill=CHAR` (what the text repeats), `sum=bad`, `bits=HEX` (more flags), `urg` (the pointer). Calls: `listen`, `connect`, `send N`, `send urgent N`, `receive N`,
//! `receive nothing`, `close`, `release`,
//! `abort`; `keepalive off|on|SECONDS`; `icmp hard|soft`; `toobig SIZE SEQ`; `maycut`; `wait MICROSECONDS`; `seen STATE`. `#` starts a comment.
use core::time::Duration;

use stackdrill_oracle::{Call, Endpoint, KeepAlive, Observation, Oracle, Outcome, Verdict};
use stackdrill_wire::{Checksum, Flags, Instant, Options, Segment, Seq, State, TcpOption, Tuple};

/// The endpoint that traces are about: seen exactly, calls included.
pub(crate) fn exact() -> Endpoint {
    Endpoint::exact(tuple())
}

pub(crate) fn tuple() -> Tuple {
    Tuple { local: "192.0.2.1:8080".parse().unwrap(), remote: "192.0.2.2:40000".parse().unwrap() }
}

/// What the oracle makes of a trace.
pub(crate) fn judged(endpoint: Endpoint, trace: &str) -> Oracle {
    let mut oracle = Oracle::new(endpoint);
    let mut now = 1_000_000_u64;
    for line in trace.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
        if !line.is_empty() {
            step(&mut oracle, &mut now, line);
        }
    }
    oracle
}

/// The requirement ids of the first departure; empty if there is none.
pub(crate) fn departed(oracle: &Oracle) -> Vec<&'static str> {
    match oracle.verdict() {
        Verdict::Departed(departure) => departure.requirements,
        Verdict::Lawful => Vec::new(),
        Verdict::Undecided(missing) => panic!("undecided: {missing}"),
    }
}

fn step(oracle: &mut Oracle, now: &mut u64, line: &str) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let call = |call, octets| Observation::Called(call, Outcome::Done(octets));
    let at = Instant::from_micros(*now);
    match words.as_slice() {
        ["<", rest @ ..] => oracle.observe(&Observation::Received(&segment(rest)), at),
        ["<?", rest @ ..] => oracle.observe(&Observation::Deferred(&segment(rest)), at),
        [">", rest @ ..] => oracle.observe(&Observation::Sent(&segment(rest)), at),
        ["wait", micros] => {
            *now += micros.parse::<u64>().unwrap();
            oracle.observe(&Observation::Elapsed, Instant::from_micros(*now));
        }
        ["seen", name] => {
            let state = State::ALL.into_iter().find(|state| state.name() == *name).unwrap();
            oracle.observe(&Observation::Seen(state), at);
        }
        ["toobig", size, seq] => {
            let (size, seq) = (size.parse().unwrap(), Seq(seq.parse().unwrap()));
            oracle.observe(&Observation::TooBig { size, seq }, at);
        }
        ["keepalive", wanted] => {
            let wanted = match *wanted {
                "off" => KeepAlive::Off,
                "on" => KeepAlive::On,
                seconds => KeepAlive::After(Duration::from_secs(seconds.parse().unwrap())),
            };
            oracle.observe(&Observation::KeepAlive(wanted), at);
        }
        ["maycut"] => oracle.observe(&Observation::MayBeCut, at),
        ["icmp", kind] => oracle.observe(&Observation::Complaint { hard: *kind == "hard" }, at),
        ["listen"] => oracle.observe(&call(Call::PassiveOpen, 0), at),
        ["connect"] => oracle.observe(&call(Call::ActiveOpen, 0), at),
        ["send", "urgent", octets] => oracle.observe(&call(Call::SendUrgent, octets.parse().unwrap()), at),
        ["receive", "nothing"] => {
            oracle.observe(&Observation::Called(Call::Receive, Outcome::Nothing), at);
        }
        ["send", octets] => oracle.observe(&call(Call::Send, octets.parse().unwrap()), at),
        ["receive", octets] => oracle.observe(&call(Call::Receive, octets.parse().unwrap()), at),
        ["close"] => oracle.observe(&call(Call::Close, 0), at),
        ["release"] => oracle.observe(&call(Call::Release, 0), at),
        ["abort"] => oracle.observe(&call(Call::Abort, 0), at),
        _ => panic!("cannot read {line:?}"),
    }
}

fn segment(words: &[&str]) -> Segment {
    let mut segment = Segment { window: 1000, ..Segment::default() };
    let (mut fill, mut options) = (b'x', Options::EMPTY);
    let mut text = 0;
    for (index, word) in words.iter().enumerate() {
        match (index, word.split_once('=')) {
            (0, _) => segment.flags = flags(word),
            (1, _) => {
                let (seq, length) = word.split_once('+').unwrap_or((word, "0"));
                segment.seq = Seq(seq.parse().unwrap());
                text = length.parse().unwrap();
            }
            (_, None) if *word == "sackok" => assert!(options.push(TcpOption::SackPermitted)),
            (_, None) => segment.ack = Seq(word.parse().unwrap()),
            (_, Some(("fill", value))) => fill = value.as_bytes()[0],
            (_, Some(("win", value))) => segment.window = value.parse().unwrap(),
            (_, Some(("urg", value))) => segment.urgent = value.parse().unwrap(),
            (_, Some(("sum", _))) => segment.checksum = Checksum::Literal(0xbad),
            (_, Some(("bits", value))) => segment.flags |= Flags(u16::from_str_radix(value, 16).unwrap()),
            (_, Some((key, value))) => option(&mut options, key, value),
        }
    }
    segment.text = vec![fill; text].into();
    segment.options = options;
    segment
}

fn option(options: &mut Options, key: &str, value: &str) {
    let pair = |by| {
        let (left, right) = value.split_once(by).unwrap();
        (left.parse::<u32>().unwrap(), right.parse::<u32>().unwrap())
    };
    match key {
        "mss" => assert!(options.push(TcpOption::MaximumSegmentSize(value.parse().unwrap()))),
        "ws" => assert!(options.push(TcpOption::WindowScale(value.parse().unwrap()))),
        "ts" => {
            let (value, echo) = pair('/');
            assert!(options.push(TcpOption::Timestamps { value, echo }));
        }
        "sack" => {
            let blocks: Vec<(Seq, Seq)> = value
                .split(',')
                .map(|block| block.split_once('-').unwrap())
                .map(|(left, right)| (Seq(left.parse().unwrap()), Seq(right.parse().unwrap())))
                .collect();
            assert!(options.push(TcpOption::Sack(stackdrill_wire::option::SackBlocks::new(&blocks))));
        }
        "opt" => {
            let octets: Vec<u8> = value
                .as_bytes()
                .chunks(2)
                .map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap())
                .collect();
            *options = Options::from_octets(&octets).unwrap();
        }
        _ => panic!("no such key: {key}"),
    }
}

fn flags(word: &str) -> Flags {
    word.chars().fold(Flags::NONE, |set, letter| {
        set | match letter {
            'F' => Flags::FIN,
            'S' => Flags::SYN,
            'R' => Flags::RST,
            'P' => Flags::PSH,
            '.' => Flags::ACK,
            'U' => Flags::URG,
            '-' => Flags::NONE,
            _ => panic!("no such flag: {letter}"),
        }
    })
}
