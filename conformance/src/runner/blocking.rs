//! Calls that return later: `+0...0.3 read(4, ..., 1000) = 1000`.
use super::calls::{Prepared, shown};
use super::timing::Due;
use super::{Reason, Run, Stop, instant, script_time};
use crate::script::{CallSpec, Dialect, Span, When};
use crate::target::CallOutcome;

/// How long a blocking call may overrun before the next one, or the end, gives it up.
const GRACE: i64 = 1_000_000;

/// How long a call that blocks without being said to may hold up a script.
const LONGEST: i64 = 180_000_000;

/// A call that has not returned yet.
#[derive(Debug)]
pub(super) struct Blocked<'a> {
    pub(super) spec: &'a CallSpec,
    pub(super) prepared: Prepared<'a>,
    /// When it is to return.
    pub(super) due: Due,
    /// When it was made.
    pub(super) began: i64,
}

impl Run<'_> {
    /// When a blocking call is to return: its second time counts from the base of its first.
    pub(super) fn returns(&self, returns_at: i64, due: Due, span: Span) -> Due {
        let event = self.script.events.iter().find(|event| event.span.start == span.start);
        match event.map(|event| event.when.node) {
            Some(When::After(delay)) => Due::At(due.start().saturating_sub(delay).saturating_add(returns_at)),
            _ => Due::At(returns_at),
        }
    }

    /// Judges the blocked call if it has returned by now.
    pub(super) fn settle(&mut self) -> Result<(), Stop> {
        let Some(outcome) = self.world.ended() else { return Ok(()) };
        match self.blocked.take() {
            Some(blocked) => self.over(&blocked, &outcome),
            None => Ok(()),
        }
    }

    /// A call event while another call still blocks: a second one waits for the first, and so, in Google's dialect,
    /// does one that does not block.
    pub(super) fn make_way(&mut self, spec: &CallSpec) -> Result<(), Stop> {
        let waits = spec.returns_at.is_some() || self.configuration.dialect == Dialect::Google;
        if self.blocked.is_none() || !waits {
            return Ok(());
        }
        self.give_grace(spec.span)?;
        match &self.blocked {
            Some(blocked) if spec.returns_at.is_some() => {
                Err(Stop::failed(Reason::StillBlocked(shown(blocked.spec)), spec.span))
            }
            _ => Ok(()),
        }
    }

    /// The end of the script: what still blocks gets its grace, and fails if that does not help.
    pub(super) fn last_blocked(&mut self) -> Result<(), Stop> {
        let Some(span) = self.blocked.as_ref().map(|blocked| blocked.spec.span) else { return Ok(()) };
        self.give_grace(span)?;
        match &self.blocked {
            Some(blocked) => Err(Stop::failed(Reason::StillBlocked(shown(blocked.spec)), span)),
            None => Ok(()),
        }
    }

    fn give_grace(&mut self, span: Span) -> Result<(), Stop> {
        let limit = instant(self.now().saturating_add(GRACE));
        self.settle()?;
        while self.blocked.is_some() {
            if !self.world.step(limit).map_err(|stuck| self.stuck(stuck, span))? {
                // Nothing ends it: the whole of the grace goes by.
                return self.world.pass_until(limit).map_err(|stuck| self.stuck(stuck, span));
            }
            self.settle()?;
        }
        Ok(())
    }

    /// A call that blocks without being said to: nothing else happens until it returns.
    pub(super) fn sit_out(&mut self, spec: &CallSpec) -> Result<CallOutcome, Stop> {
        let longest = if self.configuration.stimulus { GRACE } else { LONGEST };
        let limit = instant(self.now().saturating_add(longest));
        loop {
            if let Some(outcome) = self.world.ended() {
                return Ok(outcome);
            }
            if !self.world.step(limit).map_err(|stuck| self.stuck(stuck, spec.span))? {
                return Err(Stop::failed(Reason::Blocks(shown(spec)), spec.span));
            }
        }
    }
}

impl<'a> Run<'a> {
    /// A blocking call has returned: its result, then its time. Too early is as wrong as too late.
    pub(super) fn over(&mut self, blocked: &Blocked<'a>, outcome: &CallOutcome) -> Result<(), Stop> {
        self.returned(blocked.spec, &blocked.prepared, outcome)?;
        let at = script_time(outcome.at);
        let judged = self.configuration.tolerance.judge(blocked.due, Some(blocked.began), at);
        judged.map_err(|when| {
            let reason = Reason::Untimely { what: "the return of this call was", when };
            Stop::failed(reason, blocked.spec.span)
        })
    }
}
