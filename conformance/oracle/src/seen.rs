//! A target shows its state: is it one that the RFCs allow here?
use stackdrill_wire::{Instant, State};

use crate::Endpoint;
use crate::hypothesis::{Hypothesis, Listening};
use crate::rfc6298::{HELD_OPEN, shut};
use crate::rfc9293::arrives::other::may_end;
use crate::rfc9293::closing::TIME_WAIT;
use crate::rfc9293::queue::waits;
use crate::rfc9293::resetting::{GAVE_UP, abort_rule};
use crate::rule::Rule;

/// The hypothesis, now that the state is shown.
///
/// # Errors
/// The rule that led to another state.
pub(crate) fn seen(
    before: &Hypothesis,
    shown: State,
    endpoint: &Endpoint,
    at: Instant,
) -> Result<Hypothesis, &'static Rule> {
    use State::{Closed, Listen, TimeWait};
    // A target may show a connection that waits in LISTEN as none at all.
    let gone = shown == Closed || shown == Listen && before.listening != Listening::No;
    if before.state == shown || gone && matches!(before.state, Closed | Listen) {
        return Ok(*before);
    }
    if gone {
        if before.user.aborted {
            return Ok(before.gone_owing(abort_rule(before.state), at));
        }
        if let Some(rule) = may_end(before, at) {
            return Ok(before.gone(rule, at));
        }
        // A limit of the user's own (user timeout, keep-alive) may be as short as the user likes.
        let unknown = before.snd.resent > 0 && (before.user.released || !endpoint.calls);
        if unknown || endpoint.impatient {
            return Ok(before.gone(&GAVE_UP, at));
        }
    }
    // The side that resets should rest in TIME-WAIT (§3.5.2), though §3.10.5 says CLOSED.
    if before.state == Closed && shown == TimeWait && before.snd.known {
        return Ok(before.moved(TimeWait, before.because, at));
    }
    let probing = shut(before) && (waits(before) || before.snd.una.before(before.snd.nxt));
    Err(match before.state {
        TimeWait if gone => &TIME_WAIT,
        _ if gone && probing => &HELD_OPEN,
        _ => before.because,
    })
}
