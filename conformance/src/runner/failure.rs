//! Why a run stopped.
use stackdrill_wire::{Clause, Malformed, State, Tuple};
use std::borrow::Cow;

use super::timing::{Seconds, Untimely};
use crate::constants::Errno;
use crate::expect::{Difference, Unreadable};
use crate::script::{Span, escaped};
use crate::target::Unsupported;

/// What ends a run before its last event.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// The stack did something else than the script expects.
    Failed(Box<Failure>),
    /// The script needs something that the runner or the target has not.
    Unsupported(Unsupported, Span),
    /// The script makes no sense.
    Wrong(ScriptError, Span),
    /// Nothing can be said.
    Inconclusive(Cow<'static, str>, Span),
}

impl Stop {
    pub(super) fn failed(reason: Reason, span: Span) -> Self {
        Self::Failed(Box::new(Failure::new(reason, span)))
    }

    pub(super) fn unsupported(what: impl Into<String>, span: Span) -> Self {
        Self::Unsupported(Unsupported(what.into()), span)
    }
}

/// What the stack did that the script did not expect, and what led up to it.
#[derive(Clone, Debug)]
pub struct Failure {
    /// In a sentence.
    pub reason: Reason,
    /// The event, call or packet of the script.
    pub span: Span,
    /// The script's packet and when it was due, in packetdrill's notation.
    pub expected: Option<String>,
    /// The packet that was seen and when, in the script's numbers.
    pub seen: Option<String>,
    /// Every field that differs.
    pub differences: Vec<Difference>,
    /// The events before it, oldest first: line, when, and what the script says.
    pub history: Vec<Past>,
    /// The state of the connection under test, if the target can show it.
    pub state: Option<State>,
    /// The last reasons that the target gave for what it did, oldest first.
    pub clauses: Vec<Clause>,
    /// What may be the cause.
    pub hint: Option<String>,
}

/// An event that went well.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Past {
    /// Its line.
    pub line: u32,
    /// When it was over, in script time.
    pub at: Seconds,
    /// As the script has it, on one line.
    pub text: String,
}

impl Failure {
    pub(super) const fn new(reason: Reason, span: Span) -> Self {
        Self {
            reason,
            span,
            expected: None,
            seen: None,
            differences: Vec::new(),
            history: Vec::new(),
            state: None,
            clauses: Vec::new(),
            hint: None,
        }
    }
}

/// What was not as expected.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Reason {
    /// A packet differs, in this field first.
    #[error("the packet differs in its {0}")]
    Differs(Difference),
    /// None of the script's alternatives is the packet.
    #[error("the packet is none of the {0} alternatives; nearest, it differs in its {1}")]
    NoAlternative(usize, Difference),
    /// A packet, or the end of a call, came at the wrong time.
    #[error("{what} {when}")]
    Untimely {
        /// What came.
        what: &'static str,
        /// When, and when it was due.
        when: Untimely,
    },
    /// The packet did not come.
    #[error("no packet was sent by {} s, and the stack has nothing due", Seconds(*.0))]
    NothingDue(i64),
    /// The packet did not come in time.
    #[error("no packet was sent by {} s, when waiting ended", Seconds(*.0))]
    TimedOut(i64),
    /// Something was sent during a silence.
    #[error("a packet was sent at {} s, in a silence until {} s", Seconds(*.at), Seconds(*.until))]
    NotSilent {
        /// When, in script time.
        at: i64,
        /// When the silence would have ended.
        until: i64,
    },
    /// The stack sent octets that are no packet.
    #[error("the stack sent a malformed packet: {0}")]
    Malformed(Malformed),
    /// The stack sent a segment whose options cannot be read.
    #[error("the stack sent malformed TCP options: {0}")]
    Options(Unreadable),
    /// The stack sent a fragment.
    #[error("the stack sent a fragment")]
    Fragment,
    /// The stack sent an IPv4 header with a wrong checksum.
    #[error("the stack sent a packet whose IPv4 header checksum is wrong")]
    HeaderChecksum,
    /// No socket is there whose packet it could be.
    #[error("there is no socket whose packet this could be")]
    NoSocket,
    /// The timestamp value is too far from what the script says.
    #[error("the timestamp value is off by {0} ticks")]
    Timestamp(i64),
    /// The script echoes a timestamp that the stack never sent.
    #[error("the echoed timestamp {0} is no value of an outbound packet before")]
    UnknownEcho(u32),
    /// The IPv6 flow label breaks the pattern that the script gives.
    #[error("the flow label is {0:#x}, which does not fit the packets before")]
    FlowLabel(u32),
    /// A call returned something else.
    #[error("{call} returned {}, not {expected}", Returned(*.seen, *.errno))]
    Result {
        /// The call.
        call: String,
        /// What the script says.
        expected: i64,
        /// What it returned.
        seen: i32,
        /// Why, if it failed.
        errno: Option<Errno>,
    },
    /// A call failed for another reason.
    #[error("{call} set errno to {}, not {expected}", .seen.map_or("nothing", Errno::name))]
    Errno {
        /// The call.
        call: String,
        /// What the script says.
        expected: Errno,
        /// What it was.
        seen: Option<Errno>,
    },
    /// A call filled in something else.
    #[error("{call} gave {what} {seen}, not {expected}")]
    Output {
        /// The call.
        call: String,
        /// Which value.
        what: &'static str,
        /// What the script says.
        expected: String,
        /// What it gave.
        seen: String,
    },
    /// A command did not succeed.
    #[error("the command `{text}` {how}")]
    Command {
        /// The command, on one line.
        text: String,
        /// How it ended.
        how: String,
    },
    /// An assertion of `%{ }%` does not hold.
    #[error("{0}")]
    Assertion(String),
    /// A call waits, and nothing that could end the wait is to come.
    #[error("{0} blocks, and nothing is due that would end it")]
    Blocks(String),
    /// A call that was to return is still waiting.
    #[error("{0} is still blocked")]
    StillBlocked(String),
    /// The target panicked: what it said.
    #[error("the target panicked: {}", escaped(.0))]
    Panicked(String),
    /// The script passes, and the oracle refuses what the target did.
    #[error("the script passes, but the oracle refuses {tuple} at {} s: {what} ({requirements})", Seconds(*.at))]
    Departed {
        /// The connection.
        tuple: Tuple,
        /// When, in script time.
        at: i64,
        /// What the target did.
        what: String,
        /// The requirements of the rules that refuse it.
        requirements: String,
    },
    /// An event of ours could not happen in time, because an expectation before it took too long.
    #[error("this event was {0}")]
    Late(Untimely),
}

/// How a return value is shown.
struct Returned(i32, Option<Errno>);

impl core::fmt::Display for Returned {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.1 {
            Some(errno) => write!(f, "-1 {errno}"),
            None => write!(f, "{}", self.0),
        }
    }
}

/// What is wrong with a script that only shows when it runs.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ScriptError {
    /// Nothing in it can go wrong.
    #[error("this script expects nothing: no packet from the stack, no call's result, no silence")]
    ExpectsNothing,
    /// The first event is not at time zero.
    #[error("the first event is at {} s; it must be at 0", Seconds(*.0))]
    NotAtZero(i64),
    /// Two absolute times in a row go backwards.
    #[error("this event is at {} s, before the one above it at {} s", Seconds(*.this), Seconds(*.before))]
    Backwards {
        /// Its time.
        this: i64,
        /// The time of the event before.
        before: i64,
    },
    /// No such call.
    #[error("there is no system call named `{}`", .0.escape_debug())]
    UnknownCall(String),
    /// No such constant.
    #[error("{abi} has no constant named `{}`", .name.escape_debug())]
    UnknownSymbol {
        /// The name.
        name: String,
        /// Whose constants were searched.
        abi: crate::constants::Abi,
    },
    /// No such errno.
    #[error("there is no errno named `{}`", .0.escape_debug())]
    UnknownErrno(String),
    /// No open descriptor has this number.
    #[error("no descriptor {0} is open")]
    UnknownDescriptor(i64),
    /// The number names another open descriptor.
    #[error("descriptor {0} is still open")]
    DescriptorInUse(i64),
    /// The BSD dialect has this call of new sockets alone.
    #[error("the bsd dialect has {0} only where neither listen nor connect was called before")]
    NotNew(String),
    /// `accept` succeeded, but no connection of the script's is in a state to be accepted.
    #[error("no connection of this script is there to be accepted")]
    NothingToAccept,
    /// Assertions need a socket that is open.
    #[error("there is no open socket whose variables these assertions could see")]
    NothingToSample,
    /// The wrong number of arguments.
    #[error("{call} takes {wanted} argument{}, not {given}", if *.wanted == "1" { "" } else { "s" })]
    Arguments {
        /// The call.
        call: String,
        /// How many it takes.
        wanted: &'static str,
        /// How many there are.
        given: usize,
    },
    /// An argument of the wrong kind.
    #[error("{part}argument {position} of {call} must be {wanted}")]
    Argument {
        /// The call.
        call: String,
        /// Counted from one.
        position: usize,
        /// Nothing, or that it is a part of it.
        part: &'static str,
        /// What it takes there.
        wanted: &'static str,
    },
    /// An argument that does not fit its type.
    #[error("{0} does not fit 32 bits")]
    Range(i64),
    /// The result is not a literal.
    #[error("a result must be a decimal or hexadecimal number")]
    Result,
    /// A packet that cannot be put together.
    #[error("this packet cannot be sent: {0}")]
    Packet(&'static str),
    /// An option whose value makes no sense.
    #[error("--{}={} makes no sense", .name.escape_debug(), .value.escape_debug())]
    Option {
        /// The option.
        name: String,
        /// Its value.
        value: String,
    },
    /// No such option.
    #[error("there is no option --{}", .name.escape_debug())]
    UnknownOption {
        /// The option.
        name: String,
    },
    /// A packet is to be injected, but nothing says where to.
    #[error("there is no socket that this packet could be for")]
    NoSocket,
    /// The stack's clock does not move.
    #[error("the target is due at {} s again and again", Seconds(*.0))]
    StuckClock(i64),
    /// A string that cannot be read.
    #[error("{0}")]
    Escape(crate::script::BadEscape),
    /// The script does not parse.
    #[error("the script does not parse: {0}")]
    Parse(String),
}
