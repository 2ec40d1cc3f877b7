//! Laws that hold for every observation, however odd.
#[path = "support/trace.rs"]
mod trace;

use proptest::collection::vec;
use proptest::prelude::*;
use stackdrill_oracle::{
    Call, Endpoint, MOST_HYPOTHESES, MOST_MEMORY, Observation, Oracle, Outcome, Vantage, Verdict,
};
use stackdrill_wire::{Checksum, Flags, Instant, Options, Segment, Seq, State};
use trace::{departed, exact, judged, tuple};

/// What happened, owned.
#[derive(Clone, Debug)]
enum Happened {
    Received(Segment),
    Sent(Segment),
    Called(Call, Outcome),
    Seen(State),
    Elapsed,
}

/// Segments near the numbers of one conversation, where the rules have the most to say.
fn segments() -> impl Strategy<Value = Segment> {
    let near = prop_oneof![90..130_u32, 490..530_u32, any::<u32>()];
    let options = vec(any::<u8>(), 0..3).prop_map(|words| {
        Options::from_octets(&words.iter().flat_map(|word| [*word, 4, 1, 0]).collect::<Vec<_>>()).unwrap()
    });
    (near.clone(), near, any::<u16>(), any::<u16>(), options, 0..40_usize, any::<bool>()).prop_map(
        |(seq, ack, flags, window, options, text, wrong)| Segment {
            seq: Seq(seq),
            ack: Seq(ack),
            flags: Flags(flags & 0x3f),
            window,
            options,
            checksum: if wrong && flags > 60_000 { Checksum::Literal(flags) } else { Checksum::Right },
            text: vec![b'x'; text].into(),
            ..Segment::default()
        },
    )
}

fn happenings() -> impl Strategy<Value = Happened> {
    let calls = prop::sample::select(vec![
        Call::PassiveOpen,
        Call::ActiveOpen,
        Call::Send,
        Call::Receive,
        Call::Close,
        Call::Release,
        Call::Abort,
    ]);
    prop_oneof![
        4 => segments().prop_map(Happened::Received),
        4 => segments().prop_map(Happened::Sent),
        2 => (calls, any::<Option<u32>>())
            .prop_map(|(call, octets)| Happened::Called(call, octets.map_or(Outcome::Refused, Outcome::Done))),
        1 => prop::sample::select(State::ALL.to_vec()).prop_map(Happened::Seen),
        1 => Just(Happened::Elapsed),
    ]
}

fn endpoints() -> impl Strategy<Value = Endpoint> {
    let places = prop::sample::select(vec![Vantage::Exact, Vantage::Near, Vantage::Middle, Vantage::Unknown]);
    (places, any::<[bool; 3]>()).prop_map(|(vantage, [complete, calls, ample])| Endpoint {
        vantage,
        complete,
        calls,
        ample,
        ..exact()
    })
}

fn observe(oracle: &mut Oracle, happened: &Happened, at: Instant) {
    match happened {
        Happened::Received(segment) => oracle.observe(&Observation::Received(segment), at),
        Happened::Sent(segment) => oracle.observe(&Observation::Sent(segment), at),
        Happened::Called(call, outcome) => oracle.observe(&Observation::Called(*call, *outcome), at),
        Happened::Seen(state) => oracle.observe(&Observation::Seen(*state), at),
        Happened::Elapsed => oracle.observe(&Observation::Elapsed, at),
    }
}

/// What is done to a sent packet, by how much, and whether that is beyond latitude.
type Alteration = (&'static str, fn(&str, u32) -> String, fn(&str) -> bool);

/// The words of a line `> FLAGS SEQ+TEXT ACK ...`.
fn replaced(line: &str, index: usize, word: &str) -> String {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    words[index] = word;
    words.join(" ")
}

fn word(line: &str, index: usize) -> &str {
    line.split_whitespace().nth(index).unwrap()
}

fn number(line: &str, index: usize) -> u32 {
    word(line, index).split('+').next().unwrap().parse().unwrap()
}

fn has_text(line: &str) -> bool {
    word(line, 2).contains('+')
}

const ALWAYS: fn(&str) -> bool = |_| true;
const NEVER: fn(&str) -> bool = |_| false;

const ALTERATIONS: &[Alteration] = &[
    (
        "acknowledges what never came",
        |line, far| replaced(line, 3, &(number(line, 3) + far).to_string()),
        ALWAYS,
    ),
    ("acknowledges nothing", |line, _| replaced(line, 1, "P"), ALWAYS),
    ("leaves a hole", |line, far| line.replacen(word(line, 2), &moved(line, far), 1), ALWAYS),
    ("has a wrong checksum", |line, _| format!("{line} sum=bad"), ALWAYS),
    ("has a reserved bit", |line, _| format!("{line} bits=800"), ALWAYS),
    ("has an option that lies", |line, _| format!("{line} opt=fe000000"), ALWAYS),
    ("has an MSS", |line, _| format!("{line} mss=1000"), ALWAYS),
    ("is a SYN", |line, _| replaced(line, 1, "S."), ALWAYS),
    ("is a FIN", |line, _| replaced(line, 1, "FP."), ALWAYS),
    ("resets", |line, _| replaced(line, 1, "R."), ALWAYS),
    ("is not sent", |_, _| "wait 0".to_owned(), ALWAYS),
    // A window may stand where it likes; shrinking it is only warned about.
    ("offers less", |line, far| line.replace("win=60000", &format!("win={}", 60_000 - far)), NEVER),
    ("offers more", |line, far| line.replace("win=60000", &format!("win={}", 60_000 + far)), NEVER),
    // Every text here is the last that is queued.
    ("is not pushed", |line, _| replaced(line, 1, "."), has_text),
    ("is urgent", |line, _| replaced(line, 1, "UP."), has_text),
];

/// The same numbers further on.
fn moved(line: &str, far: u32) -> String {
    let text = word(line, 2).split_once('+').map_or(String::new(), |(_, text)| format!("+{text}"));
    format!("{}{text}", number(line, 2) + far)
}

/// A conversation in lines, each piece half a second after the one before, and which lines are sent segments.
fn stream(pieces: &[(u32, bool)]) -> (Vec<String>, Vec<usize>) {
    let mut lines: Vec<String> =
        ["listen", "< S 100 win=60000 mss=1460", "> S. 500 101 win=60000 mss=1460", "< . 101 501 win=60000"]
            .map(str::to_owned)
            .to_vec();
    let (mut mine, mut theirs, mut sent) = (501_u32, 101_u32, Vec::new());
    for (octets, speaks) in pieces {
        if *speaks {
            lines.push(format!("send {octets}"));
            sent.push(lines.len());
            lines.push(format!("> P. {mine}+{octets} {theirs} win=60000"));
            mine += octets;
            lines.push(format!("< . {theirs} {mine} win=60000"));
        } else {
            lines.push(format!("< P. {theirs}+{octets} {mine} win=60000"));
            theirs += octets;
            sent.push(lines.len());
            lines.push(format!("> . {mine} {theirs} win=60000"));
        }
        lines.push("wait 500000".to_owned());
    }
    (lines, sent)
}

proptest! {
    /// There is always a reading to go on with, never too many, and nothing panics.
    #[test]
    fn some_reading_is_always_left(
        endpoint in endpoints(),
        happened in vec((happenings(), 0..700_000_u64), 0..40),
    ) {
        let mut oracle = Oracle::new(endpoint);
        let mut now = 0;
        for (happened, later) in &happened {
            now += later;
            observe(&mut oracle, happened, Instant::from_micros(now));
            prop_assert!(!oracle.hypotheses().is_empty());
            prop_assert!(oracle.hypotheses().len() <= MOST_HYPOTHESES);
            prop_assert!(oracle.memory() <= MOST_MEMORY, "{} octets", oracle.memory());
        }
    }

    /// The same observations give the same judgment, and judging does not look at the clock.
    #[test]
    fn judging_is_a_function(happened in vec(happenings(), 0..20)) {
        let judge = || {
            let mut oracle = Oracle::new(exact());
            for (index, happened) in happened.iter().enumerate() {
                observe(&mut oracle, happened, Instant::from_micros(index as u64));
            }
            (oracle.verdict(), oracle.coverage())
        };
        prop_assert_eq!(judge(), judge());
    }

    /// However a lawful stream is cut, acknowledged and resent, it stays lawful, from every vantage.
    #[test]
    fn streams_are_lawful(pieces in vec((1..400_u32, any::<bool>(), any::<bool>()), 1..30), place in 0..4_usize) {
        let vantage = [Vantage::Exact, Vantage::Near, Vantage::Middle, Vantage::Unknown][place];
        let endpoint = Endpoint { vantage, ..exact() };
        let mut lines = vec![
            "listen".to_owned(),
            "< S 100 win=60000 mss=1460".to_owned(),
            "> S. 500 101 win=60000 mss=1460".to_owned(),
            "< . 101 501 win=60000".to_owned(),
        ];
        let (mut mine, mut theirs) = (501_u32, 101_u32);
        for (octets, again, reply) in pieces {
            lines.push(format!("send {octets}"));
            lines.push(format!("> P. {mine}+{octets} {theirs} win=60000"));
            if again {
                lines.push("wait 1000000".to_owned());
                lines.push(format!("> P. {mine}+{octets} {theirs} win=60000"));
            }
            mine += octets;
            if reply {
                lines.push(format!("< P. {theirs}+{octets} {mine} win=60000"));
                theirs += octets;
                lines.push(format!("> . {mine} {theirs} win=60000"));
            } else {
                lines.push(format!("< . {theirs} {mine} win=60000"));
            }
        }
        let oracle = judged(endpoint, &lines.join("\n"));
        prop_assert_eq!(departed(&oracle), Vec::<&str>::new(), "{:#?}", oracle.departures());
        prop_assert_eq!(oracle.endpoint().tuple, tuple());
    }

    /// A lawful trace with one packet altered is refused, but where the alteration is within latitude.
    #[test]
    fn one_altered_packet_is_noticed(
        pieces in vec((1..400_u32, any::<bool>()), 2..12),
        chosen in any::<prop::sample::Index>(),
        (alteration, far) in (0..ALTERATIONS.len(), 1..400_u32),
    ) {
        let (mut lines, sent) = stream(&pieces);
        let (name, alter, noticed) = ALTERATIONS[alteration];
        let at = *chosen.get(&sent);
        let original = lines[at].clone();
        lines[at] = alter(&original, far);
        lines.push("wait 500000".to_owned());
        let oracle = judged(exact(), &lines.join("\n"));
        if noticed(&original) {
            prop_assert!(!departed(&oracle).is_empty(), "{name}: {original} -> {}", lines[at]);
        } else {
            prop_assert_eq!(departed(&oracle), Vec::<&str>::new(), "{}: {} -> {}", name, original, &lines[at]);
        }
    }

    /// Where calls are hidden and packets may be missed, whole rules never accuse.
    #[test]
    fn what_may_be_missed_excuses(happened in vec(happenings(), 0..30)) {
        let mut oracle = Oracle::new(Endpoint::captured(tuple(), Vantage::Unknown));
        for (index, happened) in happened.iter().enumerate() {
            if matches!(happened, Happened::Received(_) | Happened::Sent(_) | Happened::Elapsed) {
                observe(&mut oracle, happened, Instant::from_micros(index as u64));
            }
        }
        if let Verdict::Departed(departure) = oracle.verdict() {
            for id in departure.requirements {
                let rules = Oracle::rules();
                let rule = rules.iter().find(|rule| rule.id == id).unwrap();
                prop_assert_eq!(rule.needs, stackdrill_oracle::Needs::Itself, "{}", id);
            }
        }
    }
}
