//! What has been exercised: pairs of state and event, and rules fired.
use std::collections::BTreeMap;

use stackdrill_wire::{Flags, Segment, State};

use crate::{Call, Observation};

/// The kinds of event that coverage tells apart.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Event {
    /// A SYN without ACK arrives.
    ReceivedSyn,
    /// A SYN,ACK arrives.
    ReceivedSynAck,
    /// A segment with ACK and nothing else arrives.
    ReceivedAck,
    /// A segment with text arrives.
    ReceivedText,
    /// A FIN arrives, with or without text.
    ReceivedFin,
    /// A RST arrives.
    ReceivedRst,
    /// A segment with none of SYN, ACK and RST arrives.
    ReceivedBare,
    /// A SYN without ACK is sent.
    SentSyn,
    /// A SYN,ACK is sent.
    SentSynAck,
    /// A segment with ACK and nothing else is sent.
    SentAck,
    /// Text is sent.
    SentText,
    /// A FIN is sent.
    SentFin,
    /// A RST is sent.
    SentRst,
    /// A segment with none of SYN, ACK and RST is sent.
    SentBare,
    /// An ICMP error arrives.
    Complaint,
    /// OPEN, active.
    ActiveOpen,
    /// OPEN, passive.
    PassiveOpen,
    /// SEND.
    Send,
    /// RECEIVE.
    Receive,
    /// CLOSE.
    Close,
    /// The user lets go.
    Release,
    /// ABORT.
    Abort,
    /// Time passes.
    Elapsed,
}

impl Event {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::ReceivedSyn,
        Self::ReceivedSynAck,
        Self::ReceivedAck,
        Self::ReceivedText,
        Self::ReceivedFin,
        Self::ReceivedRst,
        Self::ReceivedBare,
        Self::SentSyn,
        Self::SentSynAck,
        Self::SentAck,
        Self::SentText,
        Self::SentFin,
        Self::SentRst,
        Self::SentBare,
        Self::Complaint,
        Self::ActiveOpen,
        Self::PassiveOpen,
        Self::Send,
        Self::Receive,
        Self::Close,
        Self::Release,
        Self::Abort,
        Self::Elapsed,
    ];

    /// The event that an observation is; a state shown is none.
    pub(crate) fn of(observation: &Observation<'_>) -> Option<Self> {
        Some(match observation {
            Observation::Received(segment) | Observation::Deferred(segment) => match kind(segment) {
                Kind::Syn => Self::ReceivedSyn,
                Kind::SynAck => Self::ReceivedSynAck,
                Kind::Ack => Self::ReceivedAck,
                Kind::Text => Self::ReceivedText,
                Kind::Fin => Self::ReceivedFin,
                Kind::Rst => Self::ReceivedRst,
                Kind::Bare => Self::ReceivedBare,
            },
            Observation::Sent(segment) => match kind(segment) {
                Kind::Syn => Self::SentSyn,
                Kind::SynAck => Self::SentSynAck,
                Kind::Ack => Self::SentAck,
                Kind::Text => Self::SentText,
                Kind::Fin => Self::SentFin,
                Kind::Rst => Self::SentRst,
                Kind::Bare => Self::SentBare,
            },
            Observation::Complaint { .. } | Observation::TooBig { .. } => Self::Complaint,
            Observation::Called(call, _) => match call {
                Call::ActiveOpen => Self::ActiveOpen,
                Call::PassiveOpen => Self::PassiveOpen,
                Call::Send | Call::SendUrgent => Self::Send,
                Call::Receive => Self::Receive,
                Call::Close => Self::Close,
                Call::Release => Self::Release,
                Call::Abort => Self::Abort,
            },
            Observation::Elapsed => Self::Elapsed,
            Observation::MayBeCut
            | Observation::Impatient
            | Observation::KeepAlive(_)
            | Observation::Seen(_) => return None,
        })
    }
}

enum Kind {
    Syn,
    SynAck,
    Ack,
    Text,
    Fin,
    Rst,
    Bare,
}

fn kind(segment: &Segment) -> Kind {
    let ack = segment.has(Flags::ACK);
    if segment.has(Flags::RST) {
        Kind::Rst
    } else if segment.has(Flags::SYN) {
        if ack { Kind::SynAck } else { Kind::Syn }
    } else if !ack {
        Kind::Bare
    } else if segment.has(Flags::FIN) {
        Kind::Fin
    } else if segment.text.is_empty() {
        Kind::Ack
    } else {
        Kind::Text
    }
}

/// What one oracle, or many merged, has exercised.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Coverage {
    /// Per state a set of events, as bits.
    pairs: [u32; State::ALL.len()],
    fired: BTreeMap<&'static str, u64>,
}

impl Coverage {
    /// The pairs of state and event seen, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (State, Event)> {
        State::ALL.into_iter().zip(self.pairs).flat_map(|(state, bits)| {
            Event::ALL
                .into_iter()
                .filter(move |event| bits & (1 << *event as u32) != 0)
                .map(move |event| (state, event))
        })
    }

    /// Rules whose guard held, and how often.
    pub fn fired(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.fired.iter().map(|(id, count)| (*id, *count))
    }

    /// Adds what another oracle has exercised.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.pairs.iter_mut().zip(other.pairs) {
            *mine |= theirs;
        }
        for (id, count) in &other.fired {
            *self.fired.entry(id).or_default() += count;
        }
    }

    pub(crate) fn visit(&mut self, state: State, event: Event) {
        if let Some(bits) = self.pairs.get_mut(state as usize) {
            *bits |= 1 << event as u32;
        }
    }

    pub(crate) fn fire(&mut self, id: &'static str, count: u64) {
        if count > 0 {
            *self.fired.entry(id).or_default() += count;
        }
    }
}
