//! The states of a connection, and which may follow which.
use stackdrill_wire::State::{
    CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynReceived, SynSent,
    TimeWait,
};
use stackdrill_wire::{Clause, State, rfc};

/// Which of the RFC's doors an arriving segment takes (RFC 9293 §3.10.7). LISTEN is a value of its own, the
/// [`Listener`](crate::tcp::Listener): it has no sequence numbers, and outlives its connections.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Phase {
    /// Over, §3.10.7.1.
    Closed,
    /// SYN sent, nothing heard, §3.10.7.3.
    SynSent,
    /// Both initial sequence numbers are known, §3.10.7.4.
    Synchronized(Stage),
}

/// The states behind the fourth door.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Stage {
    /// SYN-RECEIVED.
    SynReceived,
    /// ESTABLISHED.
    Established,
    /// FIN-WAIT-1.
    FinWait1,
    /// FIN-WAIT-2.
    FinWait2,
    /// CLOSE-WAIT.
    CloseWait,
    /// CLOSING.
    Closing,
    /// LAST-ACK.
    LastAck,
    /// TIME-WAIT.
    TimeWait,
}

impl Phase {
    /// The state's name in the RFC.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Self::Closed => Closed,
            Self::SynSent => SynSent,
            Self::Synchronized(stage) => stage.state(),
        }
    }
}

impl Stage {
    /// The state's name in the RFC.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Self::SynReceived => SynReceived,
            Self::Established => Established,
            Self::FinWait1 => FinWait1,
            Self::FinWait2 => FinWait2,
            Self::CloseWait => CloseWait,
            Self::Closing => Closing,
            Self::LastAck => LastAck,
            Self::TimeWait => TimeWait,
        }
    }

    /// Whether text or a FIN of ours may still have to be sent.
    ///
    /// Spec: RFC9293:3.10.2-send-close-wait.
    #[must_use]
    pub const fn sends(self) -> bool {
        match self {
            Self::Established | Self::FinWait1 | Self::CloseWait | Self::Closing | Self::LastAck => true,
            Self::SynReceived | Self::FinWait2 | Self::TimeWait => false,
        }
    }

    /// Whether text, urgent pointers and a FIN from the peer still count.
    #[must_use]
    pub const fn receives(self) -> bool {
        match self {
            Self::Established | Self::FinWait1 | Self::FinWait2 => true,
            Self::SynReceived | Self::CloseWait | Self::Closing | Self::LastAck | Self::TimeWait => false,
        }
    }
}

/// Every lawful move and the clause that allows it; nothing else says what may follow what. Moves to CLOSED by
/// RST, ABORT or timeout are lawful from every state and stand in [`lawful`].
///
/// Spec: RFC9293:3.3.2-fig5-state-transitions.
pub const MOVES: &[(State, State, Clause)] = &[
    (Closed, Listen, rfc(9293, "§3.10.1")),             // passive OPEN
    (Closed, SynSent, rfc(9293, "§3.10.1")),            // active OPEN
    (Listen, SynReceived, rfc(9293, "§3.10.7.2")),      // SYN arrives
    (Listen, SynSent, rfc(9293, "§3.10.2")),            // SEND called
    (SynSent, SynReceived, rfc(9293, "§3.10.7.3")),     // SYNs crossed
    (SynSent, Established, rfc(9293, "§3.10.7.3")),     // SYN,ACK arrives
    (SynReceived, Listen, rfc(9293, "§3.10.7.4")),      // RST or SYN after a passive OPEN
    (SynReceived, Established, rfc(9293, "§3.10.7.4")), // our SYN acknowledged
    (SynReceived, FinWait1, rfc(9293, "§3.10.4")),      // CLOSE called early
    (Established, FinWait1, rfc(9293, "§3.10.4")),      // CLOSE called
    (Established, CloseWait, rfc(9293, "§3.10.7.4")),   // FIN arrives
    (FinWait1, FinWait2, rfc(9293, "§3.10.7.4")),       // our FIN acknowledged
    (FinWait1, Closing, rfc(9293, "§3.10.7.4")),        // FINs crossed
    (FinWait1, TimeWait, rfc(9293, "§3.10.7.4")),       // FIN arrives and acknowledges ours
    (FinWait2, TimeWait, rfc(9293, "§3.10.7.4")),       // FIN arrives
    (CloseWait, LastAck, rfc(9293, "§3.10.4")),         // CLOSE called
    (Closing, TimeWait, rfc(9293, "§3.10.7.4")),        // our FIN acknowledged
];

/// Whether a connection in `from` may enter `to`.
#[must_use]
pub fn lawful(from: State, to: State) -> bool {
    (to == Closed && from != Closed) || MOVES.iter().any(|&(a, b, _)| (a, b) == (from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every state can be reached from CLOSED by lawful moves, and every state can end.
    ///
    /// Proves: RFC9293:3.3.2-fig5-state-transitions.
    #[test]
    fn every_state_is_reached_and_left() {
        let mut reached = vec![Closed];
        while let Some(&(_, to, _)) =
            MOVES.iter().find(|(from, to, _)| reached.contains(from) && !reached.contains(to))
        {
            reached.push(to);
        }
        for state in State::ALL {
            assert!(reached.contains(&state), "{state} is never reached");
            assert!(state == Closed || lawful(state, Closed), "{state} never ends");
        }
    }

    /// Proves: RFC9293:3.3.2-fig5-state-transitions.
    #[test]
    fn nothing_moves_backwards() {
        for (from, to) in [
            (Established, SynSent),
            (Established, Listen),
            (CloseWait, Established),
            (TimeWait, Established),
            (FinWait2, FinWait1),
            (LastAck, TimeWait),
            (Closed, Established),
            (Closed, Closed),
        ] {
            assert!(!lawful(from, to), "{from} to {to}");
        }
    }
}
