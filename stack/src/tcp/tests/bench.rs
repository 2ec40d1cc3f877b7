//! One connection on a bench: the test is its user, its clock and its peer.
use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;
use stackdrill_wire::{Flags, Instant, Options, Segment, Seq, State, TcpOption, Tuple};

use crate::Policy;
use crate::tcp::{
    Action, Answer, Birth, Call, Connection, Context, Listener, Reasoned, Received, Refusal, Settings,
    Signal, Status, Welcome,
};

pub(super) const MS: Duration = Duration::from_millis(1);
pub(super) const S: Duration = Duration::from_secs(1);
/// Our ISS, and the peer's, close to the wrap.
pub(super) const ISS: Seq = Seq(u32::MAX - 1000);
pub(super) const IRS: Seq = Seq(u32::MAX - 10);

/// The connection, what it has said, and the time.
pub(super) struct Bench {
    pub(super) c: Connection,
    pub(super) now: Instant,
    pub(super) policy: Policy,
    pub(super) said: Vec<Reasoned>,
}

pub(super) fn birth() -> Birth {
    let end = |port| SocketAddr::from(([192, 0, 2, 1], port));
    let tuple = Tuple { local: end(1000), remote: end(2000) };
    Birth { tuple, iss: ISS, stamp_offset: 77, mtu: 1500, welcome: Welcome::default(), signed: false }
}

/// A peer's segment: `seq` and `ack` count from the initial numbers.
pub(super) fn segment(flags: Flags, seq: i64, ack: i64, octets: usize) -> Segment {
    Segment {
        source: 2000,
        destination: 1000,
        seq: IRS + seq as u32,
        ack: ISS + ack as u32,
        flags,
        window: 65_535,
        text: text(seq, octets),
        ..Segment::default()
    }
}

/// The peer's stream, as far as it is needed.
pub(super) fn text(from: i64, octets: usize) -> Bytes {
    (0..octets as i64).map(|at| (from + at) as u8).collect()
}

/// The options of a modern SYN.
pub(super) fn modern(stamp: u32) -> Options {
    let mut options = Options::EMPTY;
    options.push(TcpOption::MaximumSegmentSize(1460));
    options.push(TcpOption::SackPermitted);
    options.push(TcpOption::Timestamps { value: stamp, echo: 0 });
    options.push(TcpOption::NoOperation);
    options.push(TcpOption::WindowScale(7));
    options
}

/// A policy without options that would make segments smaller or stamps necessary.
pub(super) fn plain() -> Policy {
    Policy { timestamps: false, window_scale: false, selective_acknowledgments: false, ..Policy::default() }
}

pub(super) const ACK: Flags = Flags::ACK;
pub(super) const SYN: Flags = Flags::SYN;
pub(super) const FIN_ACK: Flags = Flags(0x11);
pub(super) const SYN_ACK: Flags = Flags(0x12);
pub(super) const PSH_ACK: Flags = Flags(0x18);

impl Bench {
    /// An active open.
    pub(super) fn opening(policy: Policy) -> Self {
        let (now, mut said) = (Instant::from_micros(1_000_000_000), Vec::new());
        let settings = Settings::new(&policy);
        let c = Connection::open(birth(), settings, &mut Context::new(now, &policy, &mut said));
        Self { c, now, policy, said }
    }

    /// A passive open that has met `syn`.
    pub(super) fn accepting(policy: Policy, syn: &Segment) -> Self {
        let (now, mut said) = (Instant::from_micros(1_000_000_000), Vec::new());
        let listener = Listener { local: birth().tuple.local, settings: Settings::new(&policy) };
        let c = listener.arrives(syn, birth(), &mut Context::new(now, &policy, &mut said)).unwrap();
        Self { c, now, policy, said }
    }

    /// Open, with a peer of MSS 1000 and no other option: numbers stand at 1.
    pub(super) fn open(policy: Policy) -> Self {
        let mut bench = Self::opening(policy);
        let mut answer = segment(SYN_ACK, 0, 1, 0);
        answer.options.push(TcpOption::MaximumSegmentSize(1000));
        bench.hears(&answer);
        assert_eq!(bench.c.state(), State::Established);
        bench.said.clear();
        bench
    }

    /// Open from the other side.
    pub(super) fn accepted(policy: Policy) -> Self {
        let mut syn = segment(SYN, 0, 0, 0);
        syn.options.push(TcpOption::MaximumSegmentSize(1000));
        let mut bench = Self::accepting(policy, &syn);
        bench.hears(&segment(ACK, 1, 1, 0));
        assert_eq!(bench.c.state(), State::Established);
        bench.said.clear();
        bench
    }

    pub(super) fn hears(&mut self, segment: &Segment) -> &mut Self {
        let cx = &mut Context::new(self.now, &self.policy, &mut self.said);
        self.c.arrives(segment, cx);
        self
    }

    pub(super) fn call(&mut self, call: Call) -> Result<Answer, Refusal> {
        self.c.called(call, &mut Context::new(self.now, &self.policy, &mut self.said))
    }

    pub(super) fn send(&mut self, octets: usize) -> &mut Self {
        let text = Bytes::from(vec![b'x'; octets]);
        assert_eq!(self.call(Call::Send { text, urgent: false }), Ok(Answer::Accepted(octets)));
        self
    }

    pub(super) fn receive(&mut self, most: usize) -> Received {
        match self.call(Call::Receive { most, peek: false }) {
            Ok(Answer::Received(received)) => received,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn status(&self) -> Status {
        self.c.status(&self.policy)
    }

    /// Lets time pass, timers expiring when they are due.
    pub(super) fn wait(&mut self, time: Duration) -> &mut Self {
        let until = self.now + time;
        while let Some(due) = self.c.deadline().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.c.expired(&mut Context::new(self.now, &self.policy, &mut self.said));
        }
        self.now = until;
        self
    }

    /// The segments sent since last asked: flags, numbers from the initial ones, octets.
    pub(super) fn sent(&mut self) -> Vec<(Flags, i64, i64, usize)> {
        let seen = self.segments();
        seen.iter().map(|s| (s.flags, from(s.seq, ISS), from(s.ack, IRS), s.text.len())).collect()
    }

    /// The segments sent since last asked.
    pub(super) fn segments(&mut self) -> Vec<Segment> {
        let segments = self.said.iter().filter_map(|reasoned| match &reasoned.action {
            Action::Send(segment) | Action::SendCapable(segment) => Some(segment.clone()),
            Action::Tell(_) | Action::Move { .. } => None,
        });
        let segments = segments.collect();
        self.said.retain(|reasoned| !matches!(reasoned.action, Action::Send(_) | Action::SendCapable(_)));
        segments
    }

    /// The states entered since last asked.
    pub(super) fn moves(&mut self) -> Vec<State> {
        let moves = self.said.iter().filter_map(|reasoned| match reasoned.action {
            Action::Move { to, .. } => Some(to),
            Action::Tell(_) | Action::Send(_) | Action::SendCapable(_) => None,
        });
        let moves = moves.collect();
        self.said.retain(|reasoned| !matches!(reasoned.action, Action::Move { .. }));
        moves
    }

    /// What the user was told since last asked.
    pub(super) fn told(&mut self) -> Vec<Signal> {
        let told = self.said.iter().filter_map(|reasoned| match reasoned.action {
            Action::Tell(signal) => Some(signal),
            Action::Move { .. } | Action::Send(_) | Action::SendCapable(_) => None,
        });
        let told = told.collect();
        self.said.retain(|reasoned| !matches!(reasoned.action, Action::Tell(_)));
        told
    }
}

/// A number relative to an initial one; an absent acknowledgment shows as a number far off.
fn from(seq: Seq, initial: Seq) -> i64 {
    i64::from((seq - initial) as i32)
}
