//! A run that did not pass, in packetdrill's own words: a harness that reads its standard error reads ours.
//!
//! The first line names script and line and says what went wrong; where packets differ, the two follow as packetdrill
//! dumps them. What we know and it does not say is indented below: every other field, the state, the clause, a hint.
use std::fmt::Write;

use crate::expect::Difference;
use crate::runner::{Ending, Failure, Reason, RunReport, Seconds, Untimely, escaped};
use crate::script::{Diagnostic, Dialect, Direction, Event, EventKind, Fault, Script, Span, When};

/// Why the run did not pass, and what it warns of; empty if there is nothing to say.
#[must_use]
pub fn packetdrill(script: &Script, report: &RunReport) -> String {
    let mut out = String::new();
    for warning in &report.warnings {
        Message { script, report, span: warning.span, word: "warning" }.failure(&mut out, warning);
    }
    let message = Message { script, report, span: report.span().unwrap_or_default(), word: "error" };
    match &report.ending {
        Ending::Passed => {}
        Ending::Failed(why) => message.failure(&mut out, why),
        Ending::Unsupported(missing, _) => message.say(&mut out, &format!("{} is not supported", missing.0)),
        Ending::Wrong(..) | Ending::Inconclusive(..) => {
            message.say(&mut out, &report.reason().unwrap_or_default());
        }
    }
    out
}

/// A script that packetdrill does not read: a line for each fault, with what would mend it.
#[must_use]
pub fn packetdrill_faults(faults: &[Diagnostic]) -> String {
    let mut out = String::new();
    for fault in faults.iter().filter(|fault| fault.fault.is_refused()) {
        let (name, (line, _)) = (escaped(fault.origin.name()), fault.position());
        if is_syntax(&fault.fault) {
            let token = escaped(fault.span.text(fault.origin.text()));
            let _ = writeln!(out, "{name}:{line}: parse error at '{token}': syntax error");
            let _ = writeln!(out, "    {fault}");
        } else {
            let _ = writeln!(out, "{name}:{line}: semantic error: {fault}");
        }
        if let Some(hint) = fault.hint() {
            let _ = writeln!(out, "    hint: {}", escaped(&hint));
        }
    }
    out
}

/// Whether packetdrill's grammar finds it, not what looks at the numbers afterwards.
const fn is_syntax(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::CarriageReturn
            | Fault::NotUtf8 { .. }
            | Fault::CommentWithoutNewline
            | Fault::EndlessComment { .. }
            | Fault::EndlessText
            | Fault::EndlessCommand
            | Fault::EndlessCode { .. }
            | Fault::NestedIfdef
            | Fault::EndlessIfdef
            | Fault::StrayEndif
            | Fault::Unexpected { .. }
            | Fault::OtherDialect { .. }
            | Fault::Keyword { .. }
            | Fault::NoEvent
            | Fault::UntimedCommand
            | Fault::ErrnoWithoutNote { .. }
    )
}

/// What is said of a place in a script.
struct Message<'a> {
    script: &'a Script,
    report: &'a RunReport,
    span: Span,
    /// `error` or `warning`.
    word: &'static str,
}

impl<'a> Message<'a> {
    /// The event that it is about.
    fn event(&self) -> Option<&'a Event> {
        let here = |event: &&Event| event.span.start <= self.span.start;
        self.script.events.iter().rfind(here).filter(|_| self.span.line > 0)
    }

    /// What a message begins with: `script:12: error handling packet: `.
    fn place(&self) -> String {
        let (name, word) = (escaped(self.script.source.name()), self.word);
        for (what, command) in [("init", &self.script.init), ("cleanup", &self.script.cleanup)] {
            if let Some(command) = command.as_ref().filter(|it| it.span.start == self.span.start)
                && !self.span.is_empty()
            {
                return format!("{name}: {word} executing {what} command `{}`: ", escaped(&command.text));
            }
        }
        let event = self.event();
        let line = event.map_or(self.span.line, Event::line);
        match event.map(|event| &event.kind) {
            Some(EventKind::Packet(_) | EventKind::Silence(_)) => {
                format!("{name}:{line}: {word} handling packet: ")
            }
            Some(EventKind::Call(call)) => {
                format!("{name}:{line}: runtime {word} in {} call: ", escaped(&call.name.node))
            }
            Some(EventKind::Command(command)) => {
                format!("{name}:{line}: {word} executing `{}`: ", escaped(&command.text))
            }
            Some(EventKind::Code(_)) => format!("{name}: {word} executing code: line {line}: "),
            None if line > 0 => format!("{name}:{line}: runtime {word}: "),
            None => format!("{name}: {word}: "),
        }
    }

    fn say(&self, out: &mut String, what: &str) {
        let _ = writeln!(out, "{}{}", self.place(), escaped(what));
    }

    fn failure(&self, out: &mut String, failure: &Failure) {
        let ipv6 = self.report.variant.is_ipv6();
        let what = match (&failure.reason, failure.differences.as_slice()) {
            (Reason::Untimely { when, .. } | Reason::Late(when), _) => self.timing(when, &failure.reason),
            (Reason::TimedOut(_) | Reason::NothingDue(_), _) => {
                format!("Timed out waiting for packet: {}", failure.reason)
            }
            (Reason::Command { how, .. }, _) => how.clone(),
            (_, [first, ..]) => field(first, ipv6),
            (reason, []) => reason.to_string(),
        };
        self.say(out, &what);
        for (whose, packet) in [("script", &failure.expected), ("actual", &failure.seen)] {
            if let Some(packet) = packet {
                let _ = writeln!(out, "{whose} packet: {}", escaped(&dump(packet)));
            }
        }
        for other in failure.differences.iter().skip(1) {
            let _ = writeln!(out, "    and {}", escaped(&other.to_string()));
        }
        if let Some(state) = failure.state {
            let _ = writeln!(out, "    state: {}", state.name());
        }
        if let Some(clause) = failure.clauses.last() {
            let _ = writeln!(out, "    last reason: {clause}");
        }
        if let Some(hint) = &failure.hint {
            let _ = writeln!(out, "    hint: {}", escaped(hint));
        }
    }

    /// What came at the wrong time. A range that counts from its base is shown so; only Google's tool says how much
    /// it tolerates.
    fn timing(&self, when: &Untimely, reason: &Reason) -> String {
        let event = self.event();
        let what = match (event.map(|event| &event.kind), reason) {
            (Some(EventKind::Packet(packet)), _) if packet.direction == Direction::Inbound => {
                "inbound packet"
            }
            (Some(EventKind::Packet(_)), _) => "outbound packet",
            (Some(EventKind::Silence(_)), _) => "silence",
            (Some(EventKind::Call(_)), Reason::Untimely { .. }) => "system call return",
            (Some(EventKind::Call(_)), _) => "system call",
            (Some(EventKind::Command(_)), _) => "command",
            (Some(EventKind::Code(_)), _) => "code",
            (None, _) => "event",
        };
        let ((first, last), at) = (when.due(), when.happened());
        let said = match (event.map(|event| event.when.node), last) {
            (Some(When::AfterBetween(from, to)), _) => {
                let after = Seconds(at.0 - (first.0 - from));
                let (from, to) = (Seconds(from), Seconds(to));
                format!("{what} in relative time range +{from}~+{to} sec but happened at +{after} sec")
            }
            (Some(When::Between(..)), Some(last)) => {
                format!("{what} in time range {first}~{last} sec but happened at {at} sec")
            }
            _ => format!("{what} at {first} sec but happened at {at} sec"),
        };
        let tolerance = match self.script.dialect {
            Dialect::Google => format!("; tolerance {} sec", when.tolerance()),
            Dialect::Bsd => String::new(),
        };
        format!("timing error: expected {said}{tolerance}")
    }
}

/// A packet behind its time, which fills nine places.
fn dump(packet: &str) -> String {
    let (time, rest) = packet.trim_start().split_once(' ').unwrap_or(("", packet));
    format!("{time:>9} {rest}")
}

/// A field that differs, by the name that packetdrill has for it.
fn field(difference: &Difference, ipv6: bool) -> String {
    let Difference { field, expected, seen } = difference;
    let name = match *field {
        "flags" => return flag(expected, seen),
        "options" => return format!("bad value outbound TCP option: expected {expected} vs actual {seen}"),
        "length" => return format!("live packet payload: expected {expected} bytes vs actual {seen} bytes"),
        "text" | "data" => return format!("live packet payload: expected {expected} vs actual {seen}"),
        "sequence number" => "tcp_seq",
        "acknowledgment number" => "tcp_ack_seq",
        "window" => "tcp_window",
        "urgent pointer" => "tcp_urg_ptr",
        "ECN" => "ip_ecn",
        "TOS" | "DSCP" => "tos",
        "TTL" if ipv6 => "hop_limit",
        "TTL" => "ttl",
        "type" if ipv6 => "icmpv6_type",
        "type" => "icmpv4_type",
        "code" if ipv6 => "icmpv6_code",
        "code" => "icmpv4_code",
        other => other,
    };
    format!("live packet field {name}: expected: {} vs actual: {}", number(expected), number(seen))
}

/// `5 (0x5)`; what is no number stands as it is.
fn number(text: &str) -> String {
    let hex = text.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    match hex.or_else(|| text.parse().ok()) {
        Some(value) => format!("{value} ({value:#x})"),
        None => text.to_owned(),
    }
}

/// The first flag, in packetdrill's order, that is not as the script has it.
fn flag(expected: &str, seen: &str) -> String {
    const NAMES: [(char, &str); 9] = [
        ('F', "fin"),
        ('S', "syn"),
        ('R', "rst"),
        ('P', "psh"),
        ('.', "ack"),
        ('U', "urg"),
        ('E', "ece"),
        ('W', "cwr"),
        ('A', "ae"),
    ];
    let open = |letter: char| expected.contains(&format!("{letter}?"));
    let differs = NAMES.iter().find(|row| !open(row.0) && expected.contains(row.0) != seen.contains(row.0));
    match differs {
        Some(&(letter, name)) => {
            let bit = |flags: &str| u8::from(flags.contains(letter)).to_string();
            format!(
                "live packet field tcp_{name}: expected: {} vs actual: {}",
                number(&bit(expected)),
                number(&bit(seen)),
            )
        }
        None => format!("live packet field tcp_flags: expected: {expected} vs actual: {seen}"),
    }
}
