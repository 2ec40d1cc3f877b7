//! One end of a ladder: its line down the page, and the states that it is in.
use stackdrill_wire::State;

use super::svg::Drawing;

/// A lifeline and what is known of its end's state.
#[derive(Debug)]
pub(super) struct Lane {
    x: i32,
    state: Option<(State, i32)>,
}

impl Lane {
    pub(super) const fn new(x: i32) -> Self {
        Self { x, state: None }
    }

    pub(super) const fn x(&self) -> i32 {
        self.x
    }

    /// From `y` on this end is in `state`.
    pub(super) fn enter(&mut self, state: State, y: i32, under: &mut Drawing) {
        self.leave(y, under);
        self.state = Some((state, y));
    }

    /// Nothing is known of this end below `y`.
    pub(super) fn leave(&mut self, y: i32, under: &mut Drawing) {
        if let Some((state, since)) = self.state.take()
            && let Some(colour) = colour(state)
        {
            under.bar(self.x, (since, y), colour);
        }
    }
}

/// Opening, open, half-closed and closing connections look different.
const fn colour(state: State) -> Option<&'static str> {
    match state {
        State::Closed => None,
        State::Listen => Some("#d1d9e0"),
        State::SynSent | State::SynReceived => Some("#eac54f"),
        State::Established => Some("#4ac26b"),
        State::FinWait1 | State::FinWait2 | State::CloseWait => Some("#a475f9"),
        State::Closing | State::LastAck => Some("#fd8c73"),
        State::TimeWait => Some("#80b3e8"),
    }
}
