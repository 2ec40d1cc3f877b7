//! A host, its user and a peer that says what it likes.
use core::hash::{Hash, Hasher};

use stackdrill_oracle::{Coverage, Endpoint, Observation, Oracle};
use stackdrill_wire::{Flags, Seq};

use super::canonical::Canonical;
use super::laws::{self, Subject};
use super::search::World;
use crate::judge::witness::Witness;
use crate::operation::{
    Complaint, Exchange, Landmark, Offer, Opening, Operation, Place, Plan, Shape, User, Wait, Window, setup,
};
use crate::runner::retell;
use crate::target::Profile;

/// What can happen, by name.
pub type Alphabet = &'static [(&'static str, Operation)];

/// Where a search begins: lawful events that lead to a state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Root {
    /// What it is, for the reader.
    pub name: &'static str,
    /// How it comes about.
    pub plan: Plan,
}

/// A host under test, its user, a scripted peer and an oracle that watches.
#[derive(Clone, Debug)]
pub struct OneHost<T> {
    exchange: Exchange<Box<T>>,
    witness: Witness,
    oracle: Oracle,
    alphabet: Alphabet,
    iss: Seq,
}

impl<T: Subject> OneHost<T> {
    /// The world at the root's end.
    ///
    /// # Errors
    /// What the target cannot do, or the law that does not hold on the way.
    pub fn new(mut target: T, profile: Profile, root: &Root, alphabet: Alphabet) -> Result<Self, String> {
        target.configure(&setup(1, profile)).map_err(|unsupported| unsupported.to_string())?;
        let abi = target.abi();
        let mut exchange = Exchange::new(Box::new(target), &root.plan);
        exchange.open(root.plan.opening);
        let tuple = exchange.tuple();
        let mut world = Self {
            exchange,
            witness: Witness::new(tuple, abi),
            oracle: Oracle::new(Endpoint::exact(tuple)),
            alphabet,
            iss: Seq(root.plan.iss),
        };
        world.judge()?;
        root.plan.operations.iter().try_for_each(|&operation| world.take(operation))?;
        Ok(world)
    }

    /// A way through this world as a script, for whoever wants to read it or run it elsewhere: it expects what the
    /// target did, up to where `law` no longer held.
    ///
    /// # Errors
    /// What the target cannot do.
    pub fn script(
        mut target: T,
        profile: Profile,
        (root, steps): (&Root, &[Operation]),
        law: &str,
    ) -> Result<String, String> {
        target.configure(&setup(1, profile)).map_err(|unsupported| unsupported.to_string())?;
        let abi = target.abi();
        let mut exchange = Exchange::new(Box::new(target), &root.plan);
        exchange.open(root.plan.opening);
        for &operation in root.plan.operations.iter().chain(steps) {
            exchange.operate(operation);
        }
        exchange.operate(Operation::Wait(Wait::Micros(1_000_000)));
        Ok(retell(&exchange.take_trace(), abi, law))
    }

    /// What came of the last step: laws hold, and the oracle agrees.
    fn judge(&mut self) -> Result<(), String> {
        let trace = self.exchange.take_trace();
        if let Some(law) = self.exchange.broken() {
            return Err(law.to_owned());
        }
        self.witness.tell(&mut self.oracle, &trace);
        laws::moves(&trace)?;
        if let Some(status) = self.exchange.target().status(self.exchange.tuple()) {
            laws::wakes(&status, self.exchange.deadline())?;
        }
        laws::agreed(&self.oracle)
    }
}

impl<T: Subject> World for OneHost<T> {
    type Step = Operation;

    fn steps(&self) -> Vec<Operation> {
        self.alphabet.iter().map(|(_, operation)| *operation).collect()
    }

    fn take(&mut self, operation: Operation) -> Result<(), String> {
        let tuple = self.exchange.tuple();
        let before = self.exchange.target().status(tuple);
        self.exchange.operate(operation);
        self.judge()?;
        match self.exchange.target().status(tuple) {
            Some(after) => laws::order(before.as_ref(), &after),
            None => Ok(()),
        }
    }

    /// Every debt falls due within a second; whoever waits longer was looked at in passing.
    fn rest(&mut self) -> Result<(), String> {
        self.take(Operation::Wait(Wait::Micros(1_000_000)))?;
        self.oracle.observe(&Observation::Elapsed, self.exchange.now());
        self.judge()
    }

    fn canonical(&self) -> u128 {
        let host = self.exchange.host_iss().unwrap_or_default();
        Canonical::new(self.exchange.now(), [self.iss, host]).of(self)
    }

    fn coverage(&mut self) -> Coverage {
        self.oracle.take_coverage()
    }
}

impl<T: Subject> Hash for OneHost<T> {
    /// The oracle counts with what it believes. What it remembers of causes only excuses answers: of two histories that
    /// leave the same belief, one is followed.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.exchange.hash(state);
        self.witness.hash(state);
        self.oracle.hypotheses().hash(state);
    }
}

const fn segment(flags: Flags, seq: Landmark, distance: i32, text: u16) -> Operation {
    let seq = Place { from: seq, distance: distance.cast_unsigned() };
    Operation::Segment(Shape { seq, text, ..Shape::plain(flags, Landmark::Next) })
}

const fn acknowledging(ack: Landmark, distance: i32) -> Operation {
    let ack = Place { from: ack, distance: distance.cast_unsigned() };
    Operation::Segment(Shape { ack, ..Shape::plain(Flags::ACK, Landmark::Next) })
}

const fn with_window(window: u16) -> Operation {
    Operation::Segment(Shape { window: Window::Field(window), ..Shape::plain(Flags::ACK, Landmark::Next) })
}

const ACK_TEXT: Flags = Flags(Flags::ACK.0 | Flags::PSH.0);
const ACK_FIN: Flags = Flags(Flags::ACK.0 | Flags::FIN.0);
const ACK_SYN: Flags = Flags(Flags::ACK.0 | Flags::SYN.0);
const ACK_RST: Flags = Flags(Flags::ACK.0 | Flags::RST.0);
/// A few octets, and more than a segment holds.
const FEW: u16 = 100;
const MANY: u16 = 2000;

/// Everything that a peer, a user, the path and time do, one of each kind.
pub const ALPHABET: Alphabet = &[
    ("time passes until a timer is due", Operation::Wait(Wait::Deadline)),
    ("a SYN", segment(Flags::SYN, Landmark::Initial, 0, 0)),
    ("a SYN inside the window", segment(Flags::SYN, Landmark::Next, 1, 0)),
    ("a SYN,ACK", segment(ACK_SYN, Landmark::Initial, 0, 0)),
    ("an ACK", segment(Flags::ACK, Landmark::Next, 0, 0)),
    ("an ACK of nothing new", acknowledging(Landmark::Acknowledged, 0)),
    ("an old ACK", acknowledging(Landmark::Acknowledged, -1)),
    ("an ACK of part", acknowledging(Landmark::Acknowledged, 1)),
    ("an ACK of what was never sent", acknowledging(Landmark::Next, 1)),
    ("a window that shuts", with_window(0)),
    ("a window that opens", with_window(u16::MAX)),
    ("text in order", segment(ACK_TEXT, Landmark::Next, 0, FEW)),
    ("a full segment in order", segment(ACK_TEXT, Landmark::Next, 0, 1460)),
    ("text beyond a gap", segment(ACK_TEXT, Landmark::Acknowledged, 100, FEW)),
    ("text that overlaps", segment(ACK_TEXT, Landmark::Next, -50, FEW)),
    ("an old duplicate", segment(ACK_TEXT, Landmark::Acknowledged, -100, FEW)),
    ("a keep-alive", segment(Flags::ACK, Landmark::Acknowledged, -1, 0)),
    ("a FIN", segment(ACK_FIN, Landmark::Next, 0, 0)),
    ("a FIN with text", segment(ACK_FIN, Landmark::Next, 0, FEW)),
    ("a FIN beyond a gap", segment(ACK_FIN, Landmark::Acknowledged, 200, 0)),
    (
        "a FIN that acknowledges nothing new",
        Operation::Segment(Shape {
            ack: Place { from: Landmark::Acknowledged, distance: 0 },
            ..Shape::plain(ACK_FIN, Landmark::Next)
        }),
    ),
    ("an exact RST", segment(Flags::RST, Landmark::Acknowledged, 0, 0)),
    ("a RST,ACK", segment(ACK_RST, Landmark::Next, 0, 0)),
    ("a RST inside the window", segment(Flags::RST, Landmark::Acknowledged, 1, 0)),
    ("a RST outside the window", segment(Flags::RST, Landmark::Acknowledged, -1, 0)),
    ("a segment without a flag", segment(Flags::NONE, Landmark::Next, 0, FEW)),
    ("the path is unreachable", Operation::Complaint(Complaint::Unreachable)),
    ("the port is unreachable", Operation::Complaint(Complaint::Refused)),
    ("SEND of a few octets", Operation::User(User::Send(FEW))),
    ("SEND of several segments", Operation::User(User::Send(MANY))),
    ("RECEIVE", Operation::User(User::Receive(u16::MAX))),
    ("accept", Operation::User(User::Accept)),
    ("CLOSE", Operation::User(User::Shutdown)),
    ("close", Operation::User(User::Close)),
    ("ABORT", Operation::User(User::Abort)),
    ("OPEN, active", Operation::User(User::Connect)),
    ("OPEN, passive", Operation::User(User::Listen)),
];

const CLOSE: Operation = Operation::User(User::Shutdown);
const FIN: Operation = segment(ACK_FIN, Landmark::Next, 0, 0);
const ACK: Operation = segment(Flags::ACK, Landmark::Next, 0, 0);
const SYN: Operation = segment(Flags::SYN, Landmark::Initial, 0, 0);
const CROSSING_FIN: Operation = Operation::Segment(Shape {
    ack: Place { from: Landmark::Acknowledged, distance: 0 },
    ..Shape::plain(ACK_FIN, Landmark::Next)
});

/// A lawful way into each of the eleven states, for searches to start from.
#[must_use]
pub fn roots() -> Vec<Root> {
    use Opening::{Accepted, Connected, Connecting, Idle, Listening};
    let rows: [(&'static str, Opening, &[Operation]); 15] = [
        ("CLOSED", Idle, &[]),
        ("LISTEN", Listening, &[]),
        ("SYN-SENT", Connecting, &[]),
        ("SYN-RECEIVED", Listening, &[SYN]),
        ("SYN-RECEIVED, both called", Connecting, &[SYN]),
        ("ESTABLISHED, accepted", Accepted, &[]),
        ("ESTABLISHED, connected", Connected, &[]),
        ("ESTABLISHED, text in flight", Connected, &[Operation::User(User::Send(MANY))]),
        ("ESTABLISHED, window shut", Accepted, &[with_window(0), Operation::User(User::Send(FEW))]),
        ("FIN-WAIT-1", Connected, &[CLOSE]),
        ("FIN-WAIT-2", Accepted, &[CLOSE, ACK]),
        ("CLOSE-WAIT", Accepted, &[FIN]),
        ("CLOSING", Connected, &[CLOSE, CROSSING_FIN]),
        ("LAST-ACK", Connected, &[FIN, CLOSE]),
        ("TIME-WAIT", Accepted, &[CLOSE, FIN]),
    ];
    let offer = Offer { mss: Some(1460), scale: None, timestamps: false, sack: false };
    let root = |(name, opening, operations): (&'static str, Opening, &[Operation])| {
        let operations = operations.to_vec();
        Root { name, plan: Plan { opening, offer, iss: ISS, operations } }
    };
    rows.into_iter().map(root).collect()
}

/// The peer's initial sequence number: its first text crosses the end of the circle.
const ISS: u32 = 0xffff_ff80;
