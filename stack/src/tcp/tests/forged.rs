//! Nonsense from every side: nothing panics, and the variables keep their laws.
use bytes::Bytes;
use core::time::Duration;
use proptest::prelude::*;
use stackdrill_wire::{Flags, Options, Segment, State, TcpOption};

use super::bench::{Bench, IRS, ISS};
use crate::Policy;
use crate::tcp::stage::lawful;
use crate::tcp::{Action, Call, Context, KeepAlive, PathError, Report, Settings};

#[derive(Clone, Debug)]
enum Event {
    /// A segment; numbers near the ones that matter: offsets from what the connection expects.
    Segment {
        flags: u16,
        seq: i32,
        ack: i32,
        octets: u16,
        window: u16,
        urgent: u16,
        options: Vec<u8>,
        stamp: bool,
    },
    Call(Call),
    Wait(Duration),
    Report(PathError, i32),
    Configure {
        nagle: bool,
        cork: bool,
        receive: u32,
        send: u32,
        segment: Option<u16>,
        keep: bool,
    },
}

fn near() -> impl Strategy<Value = i32> {
    prop_oneof![6 => -3i32..4, 3 => -3000i32..3000, 1 => any::<i32>()]
}

fn event() -> impl Strategy<Value = Event> {
    let flags = prop_oneof![
        6 => Just(0x10u16),
        2 => Just(0x18u16),
        2 => Just(0x11u16),
        1 => Just(0x12u16),
        1 => Just(0x02u16),
        1 => Just(0x04u16),
        2 => any::<u16>(),
    ];
    let octets = prop_oneof![3 => Just(0u16), 3 => 1u16..2000, 1 => any::<u16>()];
    let window = prop_oneof![Just(0u16), Just(65_535u16), 1u16..3000];
    let options = prop::collection::vec(any::<u8>(), 0..12);
    let segment = (flags, near(), near(), octets, window, any::<u16>(), options, any::<bool>()).prop_map(
        |(flags, seq, ack, octets, window, urgent, options, stamp)| Event::Segment {
            flags,
            seq,
            ack,
            octets,
            window,
            urgent,
            options,
            stamp,
        },
    );
    let call = prop_oneof![
        4 => (0usize..5000, any::<bool>())
            .prop_map(|(octets, urgent)| Call::Send { text: Bytes::from(vec![1; octets]), urgent }),
        4 => (0usize..5000, any::<bool>()).prop_map(|(most, peek)| Call::Receive { most, peek }),
        1 => Just(Call::Shutdown),
        1 => Just(Call::Close),
    ];
    let error = prop_oneof![
        Just(PathError::Port),
        Just(PathError::Host),
        any::<u32>().prop_map(|mtu| PathError::TooBig { mtu }),
    ];
    prop_oneof![
        8 => segment,
        4 => call.prop_map(Event::Call),
        4 => (0u64..100_000_000).prop_map(|micros| Event::Wait(Duration::from_micros(micros))),
        1 => (error, near()).prop_map(|(error, at)| Event::Report(error, at)),
        1 => (any::<[bool; 3]>(), any::<u32>(), any::<u32>(), any::<Option<u16>>()).prop_map(
            |([nagle, cork, keep], receive, send, segment)| Event::Configure {
                nagle, cork, receive, send: send % 100_000, segment, keep
            }
        ),
    ]
}

impl Bench {
    fn meets(&mut self, event: &Event) {
        match event.clone() {
            Event::Segment { flags, seq, ack, octets, window, urgent, options, stamp } => {
                let mut list = Options::from_octets(&options).unwrap_or_default();
                if stamp {
                    list = Options::EMPTY;
                    list.push(TcpOption::Timestamps { value: u32::from(urgent), echo: u32::from(window) });
                }
                let segment = Segment {
                    source: 2000,
                    destination: 1000,
                    flags: Flags(flags & 0xfff),
                    seq: stackdrill_wire::Seq(self.c.receive.nxt.0.wrapping_add_signed(seq)),
                    ack: stackdrill_wire::Seq(self.c.send.nxt.0.wrapping_add_signed(ack)),
                    window,
                    urgent,
                    options: list,
                    text: Bytes::from(vec![3; usize::from(octets)]),
                    ..Segment::default()
                };
                self.hears(&segment);
            }
            Event::Call(call) => {
                let _ = self.call(call);
            }
            Event::Wait(time) => {
                self.wait(time);
            }
            Event::Report(error, at) => {
                let quoted = stackdrill_wire::Seq(self.c.send.una.0.wrapping_add_signed(at));
                let cx = &mut Context::new(self.now, &self.policy, &mut self.said);
                self.c.reported(Report { error, quoted }, cx);
            }
            Event::Configure { nagle, cork, receive, send, segment, keep } => {
                let settings = Settings {
                    nagle,
                    cork,
                    receive_buffer: receive,
                    send_buffer: send,
                    most_segment: segment,
                    keep_alive: keep.then(|| KeepAlive::new(&self.policy)),
                    ..self.c.settings()
                };
                self.c.configure(settings, &mut Context::new(self.now, &self.policy, &mut self.said));
            }
        }
    }

    /// The laws of the variables.
    fn laws(&mut self, before: (State, stackdrill_wire::Seq, stackdrill_wire::Seq)) {
        let c = &self.c;
        let (mut state, una, nxt) = before;
        assert!(c.send.una.at_or_after(una), "SND.UNA never moves back");
        assert!(c.send.una.at_or_before(c.send.nxt) && c.send.nxt.at_or_before(c.send.max));
        assert!(c.send.cursor.is_none_or(|at| at.at_or_after(c.send.una) && at.before(c.send.nxt)));
        let limit = c.send.end() + u32::from(c.send.fin);
        assert!(c.state() == State::Closed || c.send.max.at_or_before(limit), "nothing unsaid was sent");
        assert!(c.receive.nxt.at_or_before(c.receive.edge), "RCV.WND is not negative");
        assert!(c.state() == State::SynSent || state == State::SynSent || c.receive.nxt.at_or_after(nxt));
        assert!(c.readable() <= (1 << 30));
        for reasoned in self.said.drain(..) {
            match reasoned.action {
                Action::Move { from, to } => {
                    assert_eq!(from, state, "moves form a chain");
                    assert!(lawful(from, to), "{from} to {to}");
                    state = to;
                }
                Action::Send(segment) | Action::SendCapable(segment) => {
                    assert_eq!((segment.source, segment.destination), (1000, 2000));
                    assert_eq!(segment.options.octets().len() % 4, 0);
                    assert!(segment.options.iter().all(|option| option.is_ok()));
                }
                Action::Tell(_) => {}
            }
        }
        assert!(state == self.c.state() || (state == State::Listen && self.c.state() == State::Closed));
    }
}

fn policy() -> impl Strategy<Value = Policy> {
    any::<[bool; 8]>().prop_map(|[timestamps, scale, sack, blind, lost, new_reno, gentle, again]| Policy {
        timestamps,
        window_scale: scale,
        selective_acknowledgments: sack,
        blind_reset_protection: blind,
        blind_syn_protection: blind,
        blind_data_protection: blind,
        reset_on_lost_data: lost,
        new_reno,
        gentle_exit: gentle,
        syn_ack_again: again,
        fin_wait_2: lost.then_some(Duration::from_secs(60)),
        receive_buffer: if gentle { 3000 } else { 300_000 },
        ..Policy::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    /// Arbitrary segments, calls, times, reports and settings: no panic, lawful moves, variables in order.
    ///
    /// Proves: RFC9293:3.3.2-fig5-state-transitions RFC9293:3.8.5-robust-to-bad-pointer.
    #[test]
    fn nonsense_changes_nothing_unlawfully(
        policy in policy(),
        passive in any::<bool>(),
        opened in 0u8..4,
        events in prop::collection::vec(event(), 0..60),
    ) {
        let mut syn = super::bench::segment(Flags::SYN, 0, 0, 0);
        syn.options = super::bench::modern(1);
        let mut bench = if passive { Bench::accepting(policy, &syn) } else { Bench::opening(policy) };
        if opened > 0 {
            let mut answer = syn.clone();
            answer.ack = ISS + 1;
            answer.flags = if passive { Flags::ACK } else { Flags::SYN | Flags::ACK };
            answer.seq = if passive { IRS + 1 } else { IRS };
            bench.hears(&answer);
        }
        bench.said.clear();
        for event in &events {
            let before = (bench.c.state(), bench.c.send.una, bench.c.receive.nxt);
            bench.meets(event);
            bench.laws(before);
        }
    }
}
