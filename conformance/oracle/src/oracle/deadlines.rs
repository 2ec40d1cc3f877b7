//! What has not happened in time.
use stackdrill_wire::Instant;

use super::{Oracle, Shared};
use crate::hypothesis::Hypothesis;
use crate::rfc9293::arrives::other::may_end;
use crate::rfc9293::keep_alive::{self, Quiet};
use crate::rfc9293::queue;
use crate::rule::{Level, Rule};
use crate::{Endpoint, rfc6298};

impl Oracle {
    /// Time has come to `at`: is something overdue?
    pub(super) fn due(&mut self, at: Instant) {
        if self.hypotheses.iter().all(|hypothesis| self.is_in_time(hypothesis, at)) {
            return;
        }
        let (mut forgiven, mut shared) = (Vec::new(), Shared::default());
        for before in &self.hypotheses {
            let mut after = *before;
            let (mut refused, mut warned) = (None, Vec::new());
            while let Some(rule) = after.owed.overdue(at) {
                match rule.level {
                    Level::Must => refused = refused.or(Some(rule)),
                    Level::Should => warned.push(rule),
                }
            }
            if let Some(rule) = late(before, &self.endpoint, &self.record.quiet, at) {
                if let Some(gave_up) = may_end(before, at) {
                    self.next.push(after.gone(gave_up, at));
                } else {
                    refused = refused.or(Some(rule));
                }
                (after.pace.base, after.pace.ready, after.pace.whole) = (None, None, None);
            }
            match refused {
                None => {
                    shared.add(warned);
                    self.next.push(after);
                }
                Some(rule) => {
                    self.refusals.push((before.state, rule));
                    forgiven.push(after);
                }
            }
        }
        self.record.quiet.told();
        self.warn(shared, at);
        if self.next.is_empty() {
            self.refuse(at, "nothing was sent that would have answered in time".to_owned());
            self.next = forgiven;
        }
        self.succeed();
    }

    /// Whether nothing that this reading owes is overdue.
    fn is_in_time(&self, hypothesis: &Hypothesis, at: Instant) -> bool {
        hypothesis.owed.iter().all(|owed| owed.due >= at)
            && late(hypothesis, &self.endpoint, &self.record.quiet, at).is_none()
    }

    /// Notes since when what is queued could have been sent.
    pub(super) fn note_waits(&mut self, at: Instant) {
        if !self.endpoint.calls {
            return;
        }
        for hypothesis in &mut self.hypotheses {
            let (waits, shut) = (queue::waits(hypothesis), rfc6298::shut(hypothesis));
            let whole = waits && queue::waits_whole(hypothesis);
            let pace = &mut hypothesis.pace;
            if !waits {
                pace.ready = None;
            } else if pace.ready.is_none() || pace.ready_shut != shut {
                (pace.ready, pace.ready_shut) = (Some(at), shut);
            }
            pace.whole = pace.whole.or(Some(at)).filter(|_| whole);
        }
    }
}

/// The rule that something breaks by not having been sent until now.
fn late(hypothesis: &Hypothesis, endpoint: &Endpoint, quiet: &Quiet, at: Instant) -> Option<&'static Rule> {
    rfc6298::overdue(hypothesis, endpoint, at)
        .or_else(|| queue::overdue(hypothesis, endpoint, at))
        .or_else(|| keep_alive::overdue(hypothesis, endpoint, quiet, at))
}
