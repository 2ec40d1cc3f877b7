//! Two connections and a link that loses, repeats and reorders.
use core::net::SocketAddr;
use core::time::Duration;
use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;
use stackdrill_wire::{Instant, Segment, Seq, State, Tuple};

use crate::Policy;
use crate::tcp::{
    Action, Answer, Birth, Call, Connection, Context, Listener, Reasoned, Received, Settings, Welcome,
};

/// What the link does with one segment.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Delivered { after: u16 },
    Lost,
    Twice { first: u16, second: u16 },
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => (1u16..30).prop_map(|after| Fate::Delivered { after }),
        1 => Just(Fate::Lost),
        1 => (1u16..30, 1u16..300).prop_map(|(first, second)| Fate::Twice { first, second }),
    ]
}

/// One end: a connection, what its user still has to send, and what he has read.
#[derive(Clone)]
struct End {
    connection: Option<Connection>,
    policy: Policy,
    to_send: Vec<u8>,
    read: Vec<u8>,
    ended: bool,
    shut: bool,
}

struct World {
    ends: [End; 2],
    now: Instant,
    /// Segments under way: when, in what order sent, to which end.
    link: BTreeMap<(Instant, u64), (usize, Segment)>,
    fates: Vec<Fate>,
    sent: u64,
}

const ISS: [Seq; 2] = [Seq(u32::MAX - 3000), Seq(0x7fff_ff00)];

fn birth(end: usize) -> Birth {
    let socket = |at: usize| SocketAddr::from(([192, 0, 2, at as u8 + 1], 1000));
    let tuple = Tuple { local: socket(end), remote: socket(1 - end) };
    Birth {
        tuple,
        iss: ISS[end],
        stamp_offset: 0xffff_f000,
        mtu: 1500,
        welcome: Welcome::default(),
        signed: false,
    }
}

impl World {
    fn new(policies: [Policy; 2], texts: [Vec<u8>; 2], fates: Vec<Fate>) -> Self {
        let [first, second] = policies;
        let [one, two] = texts;
        let end = |policy, to_send| End {
            connection: None,
            policy,
            to_send,
            read: Vec::new(),
            ended: false,
            shut: false,
        };
        let ends = [end(first, one), end(second, two)];
        let now = Instant::from_micros(1 << 40);
        Self { ends, now, link: BTreeMap::new(), fates, sent: 0 }
    }

    fn open(&mut self, end: usize) {
        let mut said = Vec::new();
        let policy = self.ends[end].policy.clone();
        let cx = &mut Context::new(self.now, &policy, &mut said);
        self.ends[end].connection = Some(Connection::open(birth(end), Settings::new(&policy), cx));
        self.carry(end, said);
    }

    /// Puts what an end sends on the link. Once the fates are used up, the link is perfect.
    fn carry(&mut self, from: usize, said: Vec<Reasoned>) {
        for reasoned in said {
            let (Action::Send(segment) | Action::SendCapable(segment)) = reasoned.action else { continue };
            let fate = self.fates.pop().unwrap_or(Fate::Delivered { after: 10 });
            let (first, second) = match fate {
                Fate::Delivered { after } => (Some(after), None),
                Fate::Lost => (None, None),
                Fate::Twice { first, second } => (Some(first), Some(second)),
            };
            for after in [first, second].into_iter().flatten() {
                self.sent += 1;
                let at = self.now + Duration::from_millis(u64::from(after));
                self.link.insert((at, self.sent), (1 - from, segment.clone()));
            }
        }
    }

    /// Delivers to a connection, or to a listener if there is none yet.
    fn deliver(&mut self, to: usize, segment: &Segment) {
        let mut said = Vec::new();
        let end = &mut self.ends[to];
        let cx = &mut Context::new(self.now, &end.policy, &mut said);
        match &mut end.connection {
            Some(connection) => connection.arrives(segment, cx),
            None => {
                let settings = Settings::new(&end.policy);
                let listener = Listener { local: birth(to).tuple.local, settings };
                end.connection = listener.arrives(segment, birth(to), cx);
            }
        }
        self.carry(to, said);
    }

    /// The users do what they can: read, write, close when everything is written.
    fn users(&mut self) {
        for at in 0..2 {
            let mut said = Vec::new();
            let end = &mut self.ends[at];
            let Some(connection) = &mut end.connection else { continue };
            let cx = &mut Context::new(self.now, &end.policy, &mut said);
            if !end.to_send.is_empty() {
                let text = Bytes::copy_from_slice(&end.to_send);
                if let Ok(Answer::Accepted(octets)) =
                    connection.called(Call::Send { text, urgent: false }, cx)
                {
                    end.to_send.drain(..octets);
                }
            }
            while let Ok(Answer::Received(Received { text, end: ended, .. })) =
                connection.called(Call::Receive { most: 700, peek: false }, cx)
            {
                end.ended |= ended;
                if text.is_empty() {
                    break;
                }
                end.read.extend(&text);
            }
            if end.to_send.is_empty() && !end.shut && connection.state().is_synchronized() {
                end.shut = true;
                assert_eq!(connection.called(Call::Shutdown, cx), Ok(Answer::Ok));
            }
            self.carry(at, said);
        }
    }

    /// Moves to the next thing that happens; whether there was one.
    fn step(&mut self) -> bool {
        let arrival = self.link.keys().next().map(|(at, _)| *at);
        let due = (0..2).filter_map(|at| Some((self.ends[at].connection.as_ref()?.deadline()?, at))).min();
        match (arrival, due) {
            (Some(arrival), due) if due.is_none_or(|(at, _)| arrival <= at) => {
                self.now = self.now.max(arrival);
                if let Some((_, (to, segment))) = self.link.pop_first() {
                    self.deliver(to, &segment);
                }
            }
            (_, Some((at, end))) => {
                self.now = self.now.max(at);
                let mut said = Vec::new();
                let state = &mut self.ends[end];
                if let Some(connection) = &mut state.connection {
                    connection.expired(&mut Context::new(self.now, &state.policy, &mut said));
                }
                self.carry(end, said);
            }
            (_, None) => return false,
        }
        self.users();
        true
    }

    /// Runs until nothing is left to happen.
    fn run(&mut self) {
        let mut steps = 0;
        while self.step() {
            steps += 1;
            assert!(
                steps < 100_000,
                "it never ends: {:?}",
                self.ends.each_ref().map(|end| end.connection.clone())
            );
        }
    }
}

fn policy() -> impl Strategy<Value = Policy> {
    let buffer = prop_oneof![Just(65_535u32), Just(1u32 << 20), 2000u32..20_000];
    (any::<[bool; 7]>(), buffer, prop_oneof![Just(65_536u32), 500u32..9000]).prop_map(
        |(
            [timestamps, window_scale, sack, nagle, limited, new_reno, delays],
            receive_buffer,
            send_buffer,
        )| Policy {
            timestamps,
            window_scale,
            selective_acknowledgments: sack,
            nagle,
            limited_transmit: limited,
            new_reno,
            delayed_ack: delays.then_some(Duration::from_millis(200)),
            receive_buffer,
            send_buffer,
            ..Policy::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// Whatever the link does for a while, and whatever the two ends choose: all text arrives, in order and once,
    /// and both ends reach CLOSED by agreement.
    ///
    /// Proves: RFC9293:3.6-fig12-normal-close RFC9293:MUST-18 RFC9293:3.4-send-wraps-modulo.
    #[test]
    fn all_text_arrives_and_both_ends_close(
        policies in [policy(), policy()],
        lengths in [0usize..30_000, 0usize..30_000],
        fates in prop::collection::vec(fate(), 0..120),
        both_open in any::<bool>(),
    ) {
        let texts = lengths.map(|length| (0..length).map(|at| (at * 7 % 251) as u8).collect::<Vec<u8>>());
        let mut world = World::new(policies, texts.clone(), fates);
        world.open(0);
        if both_open {
            world.open(1);
        }
        world.run();
        for end in 0..2 {
            let at = &world.ends[end];
            prop_assert!(at.read == texts[1 - end], "end {end} read {} of {}", at.read.len(), lengths[1 - end]);
            prop_assert!(at.ended);
            let connection = at.connection.as_ref().unwrap();
            prop_assert_eq!((connection.state(), connection.failure()), (State::Closed, None));
        }
    }
}

/// A clean transfer takes no timeout: it is over, TIME-WAIT apart, in seconds.
#[test]
fn a_clean_transfer_is_quick() {
    let text = vec![7; 200_000];
    let mut world = World::new([Policy::default(), Policy::default()], [text, Vec::new()], Vec::new());
    world.open(0);
    let start = world.now;
    world.run();
    assert_eq!(world.ends[1].read.len(), 200_000);
    let msl2 = world.ends[0].policy.msl * 2;
    assert!(world.now.since(start) < msl2 + Duration::from_secs(2), "{:?}", world.now.since(start));
    assert!(world.sent < 400, "{} segments", world.sent);
}

/// An idle connection is small, and equal histories are equal values.
#[test]
fn a_connection_is_a_small_value() {
    assert!(size_of::<Connection>() < 2048, "{} octets", size_of::<Connection>());
    let world = || {
        let mut world =
            World::new([Policy::default(), Policy::default()], [vec![1; 9000], vec![2; 10]], Vec::new());
        world.open(0);
        for _ in 0..40 {
            world.step();
        }
        world.ends.map(|end| end.connection)
    };
    assert_eq!(world(), world());
}
