//! What an endpoint owes: an answer, and by when.
use stackdrill_wire::{Flags, Instant, Segment, Seq};

use crate::rule::Rule;

/// What would pay an obligation.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Debt {
    /// Any segment whose acknowledgment number is this or later.
    Acknowledge(Seq),
    /// Any segment that acknowledges, whatever it carries.
    Answer,
    /// A SYN,ACK.
    SynAck,
    /// Any reset.
    AnyReset,
    /// A reset with this sequence number and, if there is one, this acknowledgment.
    Reset {
        /// SEG.SEQ.
        seq: Seq,
        /// SEG.ACK, with the ACK flag; `None`: without.
        ack: Option<Seq>,
    },
}

impl Debt {
    /// The reset that answers a segment which belongs to no connection. Spec: RFC 9293 §3.5.2.
    pub(crate) fn reset_of(segment: &Segment) -> Self {
        match segment.acknowledges() {
            Some(ack) => Self::Reset { seq: ack, ack: None },
            None => Self::Reset { seq: Seq(0), ack: Some(segment.end()) },
        }
    }

    /// Whether it answers something unacceptable, so that a rate limit may hold the next such answer back.
    pub(crate) const fn is_limited(self) -> bool {
        matches!(self, Self::Answer | Self::AnyReset | Self::Reset { .. })
    }

    /// Whether this segment pays it.
    pub(crate) fn is_paid_by(self, segment: &Segment) -> bool {
        let ack = segment.acknowledges();
        match self {
            Self::Acknowledge(least) => ack.is_some_and(|ack| ack.at_or_after(least)),
            Self::Answer => ack.is_some(),
            Self::SynAck => segment.has(Flags::SYN) && ack.is_some(),
            Self::AnyReset => segment.has(Flags::RST),
            Self::Reset { seq, ack: wanted } => {
                segment.has(Flags::RST) && segment.seq == seq && ack == wanted
            }
        }
    }
}

/// A debt, the rule that makes it one, and when it is due.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Obligation {
    /// The rule that asks.
    pub rule: &'static Rule,
    /// What would pay it.
    pub debt: Debt,
    /// The latest moment.
    pub due: Instant,
}

/// The few obligations that one hypothesis carries; a fifth is forgiven.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Obligations([Option<Obligation>; 4]);

impl Obligations {
    /// Those still open.
    pub fn iter(&self) -> impl Iterator<Item = &Obligation> {
        self.0.iter().flatten()
    }

    /// Adds one, unless the same rule already asks: the older debt falls due first, and what pays the newer pays it.
    pub(crate) fn owe(&mut self, new: Obligation) {
        if self.iter().any(|old| old.rule == new.rule) {
            return;
        }
        if let Some(slot) = self.0.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(new);
        }
    }

    /// Strikes out what this segment pays.
    pub(crate) fn pay(&mut self, segment: &Segment) {
        for slot in &mut self.0 {
            if slot.is_some_and(|owed| owed.debt.is_paid_by(segment)) {
                *slot = None;
            }
        }
    }

    /// Strikes out everything: the connection is gone.
    pub(crate) fn forgive(&mut self) {
        self.0 = [None; 4];
    }

    /// Strikes out what is overdue at `now`, and says which rule asked for the first of it.
    pub(crate) fn overdue(&mut self, now: Instant) -> Option<&'static Rule> {
        let mut first: Option<Obligation> = None;
        for slot in &mut self.0 {
            if let Some(owed) = slot.take_if(|owed| owed.due < now)
                && first.is_none_or(|first| owed.due < first.due)
            {
                first = Some(owed);
            }
        }
        first.map(|owed| owed.rule)
    }
}
