//! The timers of a connection: at most one deadline each. Cloning a connection clones its future.
use stackdrill_wire::Instant;

/// What a connection may wait for, in the order in which ties are resolved.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Timer {
    /// 2 MSL in TIME-WAIT. RFC 9293 §3.4.2.
    TimeWait,
    /// The end of patience, where it is a time. RFC 9293 §3.10.8.
    UserTimeout,
    /// An acknowledgment of what is outstanding. RFC 6298 §5.
    Retransmit,
    /// The peer's window, or the override of silly window avoidance. RFC 9293 §3.8.6.1, §3.8.6.2.1.
    Persist,
    /// Company for an acknowledgment. RFC 9293 §3.8.6.3.
    DelayedAck,
    /// A sign of life. RFC 9293 §3.8.4.
    KeepAlive,
    /// The peer's FIN, where nobody can read any more.
    FinWait2,
}

impl Timer {
    const ALL: [Self; 7] = [
        Self::TimeWait,
        Self::UserTimeout,
        Self::Retransmit,
        Self::Persist,
        Self::DelayedAck,
        Self::KeepAlive,
        Self::FinWait2,
    ];
}

/// The deadlines.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Timers([Option<Instant>; Timer::ALL.len()]);

impl Timers {
    pub(crate) const fn arm(&mut self, timer: Timer, at: Instant) {
        self.0[timer as usize] = Some(at);
    }

    pub(crate) const fn disarm(&mut self, timer: Timer) {
        self.0[timer as usize] = None;
    }

    pub(crate) const fn disarm_all(&mut self) {
        self.0 = [None; Timer::ALL.len()];
    }

    pub(crate) const fn running(&self, timer: Timer) -> bool {
        self.0[timer as usize].is_some()
    }

    /// Takes one due timer. Call until `None`: ties resolve the same way in every run.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Timer> {
        Timer::ALL.into_iter().find(|&timer| self.0[timer as usize].take_if(|at| *at <= now).is_some())
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.0.iter().flatten().min().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_timers_are_taken_in_order_and_once() {
        let at = Instant::from_micros;
        let mut timers = Timers::default();
        timers.arm(Timer::KeepAlive, at(5));
        timers.arm(Timer::Retransmit, at(5));
        timers.arm(Timer::Persist, at(9));
        assert_eq!(timers.deadline(), Some(at(5)));
        assert_eq!(timers.take_due(at(4)), None);
        assert_eq!(timers.take_due(at(5)), Some(Timer::Retransmit));
        assert_eq!(timers.take_due(at(5)), Some(Timer::KeepAlive));
        assert_eq!(timers.take_due(at(5)), None);
        assert_eq!(timers.deadline(), Some(at(9)));
    }
}
