//! The faults, each with the numbers that its sentence needs.
use super::Severity;
use crate::script::dialect::Dialect;

/// One thing that is wrong.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    // Characters.
    /// The file has DOS line ends.
    #[error("a carriage return is not a blank in this language")]
    CarriageReturn,
    /// Octets that are not UTF-8.
    #[error("octet {octet:#04x} is not UTF-8")]
    NotUtf8 {
        /// The first such octet.
        octet: u8,
    },
    /// The script is longer than we read.
    #[error("the script has {octets} octets; at most {most} are read")]
    TooLong {
        /// Its length.
        octets: usize,
        /// The bound.
        most: usize,
    },
    /// A line comment on the last line, without a newline.
    #[error("the last line is a comment without a newline")]
    CommentWithoutNewline,
    /// A block comment that never ends.
    #[error("this comment never ends")]
    EndlessComment {
        /// Whether there is a `*/` that does not count, behind another star.
        starred: bool,
    },
    /// A block comment that goes on past a `*/`.
    #[error("this comment does not end at its first `*/`: the star before it takes its star away")]
    StarredComment,
    /// A string that never ends.
    #[error("this string never ends")]
    EndlessText,
    /// A command that never ends.
    #[error("this command never ends")]
    EndlessCommand,
    /// Code that never ends.
    #[error("this code never ends")]
    EndlessCode {
        /// Whether there is a `}%` that does not count, behind another brace.
        braces: bool,
    },
    // Symbols.
    /// `#ifdef` inside `#ifdef`.
    #[error("`#ifdef` cannot stand inside `#ifdef`")]
    NestedIfdef,
    /// `#ifdef` without `#endif`.
    #[error("this `#ifdef` has no `#endif`")]
    EndlessIfdef,
    /// `#endif` without `#ifdef`.
    #[error("this `#endif` has no `#ifdef`")]
    StrayEndif,
    /// A symbol among octets, where packetdrill does not replace it.
    #[error("symbol `{name}` stands for nothing here: packetdrill takes these octets as they are written")]
    SymbolForOctets {
        /// The symbol.
        name: String,
    },
    // Grammar.
    /// The grammar wants something else here.
    #[error("expected {wanted}, found {found}")]
    Unexpected {
        /// What could stand here.
        wanted: String,
        /// What does.
        found: String,
        /// What would mend it, if it is a known slip.
        help: Option<String>,
    },
    /// A form that only the other dialect has.
    #[error("{what} belongs to the {dialect} dialect")]
    OtherDialect {
        /// The form.
        what: &'static str,
        /// The dialect that has it.
        dialect: Dialect,
    },
    /// A keyword where packetdrill wants a plain word.
    #[error("`{word}` is a keyword of the {dialect} dialect: packetdrill refuses it here")]
    Keyword {
        /// The word.
        word: String,
        /// The dialect.
        dialect: Dialect,
    },
    /// Expressions inside expressions.
    #[error("nested more than {most} deep")]
    TooDeep {
        /// The bound.
        most: usize,
    },
    /// More faults than are reported.
    #[error("more than {most} faults: the rest is not reported")]
    TooMany {
        /// The bound.
        most: usize,
    },
    /// No event at all.
    #[error("a script needs at least one event")]
    NoEvent,
    /// An untimed command among the events.
    #[error("a command between events needs a time")]
    UntimedCommand,
    /// An errno without its note.
    #[error("`{errno}` needs a note behind it")]
    ErrnoWithoutNote {
        /// The errno.
        errno: String,
    },
    // Numbers.
    /// A number outside its field.
    #[error("{what} is {value}, but lies between {low} and {high}")]
    OutOfRange {
        /// The field.
        what: &'static str,
        /// What was written.
        value: String,
        /// The least.
        low: i64,
        /// The most.
        high: i64,
    },
    /// A number of which packetdrill keeps the low octet, and says nothing.
    #[error("{what} is {value}, of which packetdrill keeps eight bits: {kept}")]
    Cut {
        /// The field.
        what: &'static str,
        /// What was written.
        value: i64,
        /// What it is taken for.
        kept: u8,
    },
    /// A time before the start.
    #[error("a time cannot be negative")]
    NegativeTime,
    /// A range whose end is before its start.
    #[error("{what} runs backwards: from {start} to {end}")]
    Backwards {
        /// Of what.
        what: &'static str,
        /// Its start, as written.
        start: String,
        /// Its end, as written.
        end: String,
    },
    /// The octets of an address do not make one.
    #[error("`{text}` is no IPv4 address")]
    Address {
        /// As written.
        text: String,
    },
    /// Hexadecimal digits that do not pair.
    #[error("{digits} hexadecimal digits do not make whole octets")]
    OddDigits {
        /// How many.
        digits: usize,
    },
    /// Something among hexadecimal digits that is none.
    #[error("`{found}` is no hexadecimal digit")]
    NotHexadecimal {
        /// The character.
        found: char,
    },
    // Options of the script.
    /// No such option.
    #[error("there is no option `--{name}`")]
    UnknownOption {
        /// As written.
        name: String,
        /// The nearest name there is.
        near: Option<&'static str>,
    },
    /// A value is missing.
    #[error("option `--{name}` needs a value")]
    OptionWithoutValue {
        /// The option.
        name: String,
    },
    /// A value is too much.
    #[error("option `--{name}` takes no value")]
    OptionWithValue {
        /// The option.
        name: String,
    },
    /// A value that the option cannot take.
    #[error("option `--{name}` takes {wants}, not `{value}`")]
    OptionValue {
        /// The option.
        name: String,
        /// What it takes.
        wants: String,
        /// What was written.
        value: String,
    },
    // Times.
    /// `*` or a range where nothing is expected.
    #[error("{what} may stand only before a packet that is expected")]
    TimeOfAction {
        /// The form of time.
        what: &'static str,
    },
    // Packets.
    /// An injected packet that leaves something open.
    #[error("{what} leaves open what to send: an injected packet must say it")]
    OpenInbound {
        /// The form.
        what: &'static str,
    },
    /// An injected segment without a window.
    #[error("an injected segment needs a window")]
    MissingWindow,
    /// End is not start plus length.
    #[error("the sequence numbers do not add up: {start} + {length} is {sum}, not {end}")]
    End {
        /// The start.
        start: String,
        /// The length.
        length: String,
        /// Where it ends.
        sum: String,
        /// Whether that is past the last sequence number.
        past: bool,
        /// Where it is said to end.
        end: String,
    },
    /// A letter that names no flag.
    #[error("`{letter}` is no flag")]
    FlagLetter {
        /// The letter.
        letter: char,
    },
    /// The ACE field said twice.
    #[error("the three ECN bits are given twice: {how}")]
    AceTwice {
        /// How.
        how: &'static str,
    },
    /// Options that do not fill words.
    #[error("the TCP options have {octets} octets, which is no multiple of 4")]
    OptionsUnaligned {
        /// Their octets.
        octets: usize,
    },
    /// Options that do not fit the header.
    #[error("the TCP options have {octets} octets; a header holds at most 40")]
    OptionsTooLong {
        /// Their octets.
        octets: usize,
    },
    /// An MD5 digest that is too long.
    #[error("an MD5 digest has at most 16 octets, this one {octets}")]
    Digest {
        /// Its octets.
        octets: usize,
    },
    /// A datagram over 64 KiB.
    #[error("a packet of {octets} octets does not fit an IP datagram")]
    PacketTooLong {
        /// Its octets.
        octets: u64,
    },
    /// Too many headers.
    #[error("{headers} headers around one another; at most {most} are read")]
    Headers {
        /// How many.
        headers: usize,
        /// The bound.
        most: usize,
    },
    /// ECN bits said of a UDP datagram.
    #[error("packetdrill refuses ECN bits on a UDP packet")]
    EcnOnUdp,
    /// The same part of the TOS octet said twice.
    #[error("{what} is given twice")]
    Twice {
        /// The part.
        what: &'static str,
    },
    /// An ICMP type that no family knows.
    #[error("there is no ICMP type `{kind}`")]
    IcmpType {
        /// As written.
        kind: String,
        /// The nearest there is.
        near: Option<&'static str>,
    },
    /// An ICMP code that its type does not have.
    #[error("ICMP type `{kind}` has no code `{code}`")]
    IcmpCode {
        /// The type.
        kind: String,
        /// As written.
        code: String,
        /// The nearest there is.
        near: Option<&'static str>,
    },
    /// An MTU on a message that has none.
    #[error("`mtu` belongs to `unreachable frag_needed` and `packet_too_big` alone")]
    MtuMisplaced,
    /// A message that the BSD dialect wants an MTU of.
    #[error("`icmp {kind}` needs an `mtu` in the bsd dialect")]
    MtuMissing {
        /// Its type.
        kind: String,
    },
    /// A reset cause on something that cannot carry one.
    #[error("a reset cause is the text of a RST with 8 octets")]
    ResetCause,
    // Lint.
    /// A form only we have.
    #[error("{what} is an extension: packetdrill cannot read it")]
    Extension {
        /// The form.
        what: &'static str,
    },
    /// Something that only we can tell whose it is.
    #[error("packetdrill does not {what}")]
    Unattributed {
        /// What it does not do.
        what: &'static str,
    },
    /// A script that cannot fail.
    #[error("the script expects no packet, no call and no silence: it proves nothing")]
    ExpectsNothing,
    /// The first event is not at time 0.
    #[error("the first event must be at time 0")]
    FirstTime,
    /// An absolute time before the one before it.
    #[error("this time is before that of the event above it")]
    TimeBackwards,
    /// More than the RFCs ask for, in a script for every stack.
    #[error("{what} is one stack's choice, and this script is for every stack")]
    Overconstrained {
        /// What is said too exactly.
        what: &'static str,
    },
    /// A tag that names no requirement.
    #[error("the catalogue has no requirement `{id}`")]
    UnknownRequirement {
        /// As written.
        id: String,
        /// The nearest there is.
        near: Option<String>,
    },
    /// A `Departs:` that does not say why.
    #[error("`Departs:` says no reason")]
    DepartsWithoutReason,
    /// A symbol that nothing uses.
    #[error("symbol `{name}` is never used")]
    DeadDefine {
        /// The symbol.
        name: String,
    },
    /// A call's result that is no number.
    #[error("a result must be a literal integer")]
    ResultNotLiteral,
    /// A cleanup command that packetdrill would not run.
    #[error("packetdrill runs a cleanup command only if there is an init command")]
    CleanupWithoutInit,
}

impl Fault {
    /// Whether packetdrill refuses the script for it. We run some that it refuses, and warn.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        matches!(self, Self::CommentWithoutNewline | Self::Keyword { .. })
            || matches!(self.severity(), Severity::Error)
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::Extension { .. } | Self::Unattributed { .. } | Self::CleanupWithoutInit => Severity::Info,
            Self::CommentWithoutNewline
            | Self::StarredComment
            | Self::Keyword { .. }
            | Self::Cut { .. }
            | Self::Overconstrained { .. }
            | Self::DepartsWithoutReason
            | Self::DeadDefine { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }
}
