//! What holds in every state of a connection, whatever the oracle says.
use core::hash::Hash;

use stackdrill_oracle::{Oracle, Verdict};
use stackdrill_stack::tcp::Status;
use stackdrill_stack::tcp::stage::lawful;
use stackdrill_wire::State::{
    CloseWait, Closing, Established, FinWait1, LastAck, SynReceived, SynSent, TimeWait,
};
use stackdrill_wire::{Instant, Tuple};

use crate::target::broken::Broken;
use crate::target::{Reference, Target};
use crate::trace::{Happened, Record};

/// A target that is a value and shows a connection's variables.
pub trait Subject: Target + Clone + Hash + Send + Sync {
    /// The variables of a connection, by the RFC's names.
    fn status(&self, tuple: Tuple) -> Option<Status>;
}

impl Subject for Reference {
    fn status(&self, tuple: Tuple) -> Option<Status> {
        self.host().info(tuple)
    }
}

/// Holds the moves in a piece of a trace against the table of those that are lawful.
pub(super) fn moves(trace: &[Record]) -> Result<(), String> {
    for record in trace {
        if let Happened::Moved(moved) = &record.what
            && !lawful(moved.from, moved.to)
        {
            return Err(format!("no move leads from {} to {}", moved.from, moved.to));
        }
    }
    Ok(())
}

impl<T: Subject> Subject for Broken<Box<T>> {
    fn status(&self, tuple: Tuple) -> Option<Status> {
        self.sound().status(tuple)
    }
}

/// The oracle has nothing to say.
pub(super) fn agreed(oracle: &Oracle) -> Result<(), String> {
    match oracle.verdict() {
        Verdict::Lawful => Ok(()),
        Verdict::Undecided(missing) => Err(format!("the oracle does not know: {missing}")),
        Verdict::Departed(departure) => {
            let believed = departure.hypotheses.first().map_or("nothing", |one| one.state.name());
            let ids = departure.requirements.join(" ");
            Err(format!("{ids}: {}; believed {believed}", departure.what))
        }
    }
}

/// Holds a connection's variables against their order.
///
/// Spec: RFC 9293 §3.3.1, §3.4, RFC9293:SHLD-14.
pub(super) fn order(before: Option<&Status>, after: &Status) -> Result<(), String> {
    let law = |holds: bool, law: &str| if holds { Ok(()) } else { Err(law.to_owned()) };
    law(after.snd_una.at_or_before(after.snd_nxt), "SND.UNA is not after SND.NXT")?;
    law(after.iss.at_or_before(after.snd_una), "SND.UNA is not before ISS")?;
    let Some(before) = before.filter(|before| before.iss == after.iss && before.irs == after.irs) else {
        return Ok(());
    };
    law(before.snd_una.at_or_before(after.snd_una), "SND.UNA never moves back")?;
    law(before.snd_nxt.at_or_before(after.snd_nxt), "SND.NXT never moves back")?;
    law(before.rcv_nxt.at_or_before(after.rcv_nxt), "RCV.NXT never moves back")?;
    let [old, new] = [before, after].map(|status| status.rcv_nxt + status.rcv_wnd);
    law(old.at_or_before(new), "the right edge of the receive window never moves back")
}

/// Whoever waits for a peer that may be silent for ever has a timer running.
///
/// Proves: RFC9293:MUST-36, RFC 9293 §3.8.1, RFC 6298 §5.
pub(super) fn wakes(status: &Status, deadline: Option<Instant>) -> Result<(), String> {
    let waits = match status.state {
        SynSent | SynReceived | FinWait1 | Closing | LastAck | TimeWait => true,
        Established | CloseWait => status.queued > 0,
        _ => false,
    };
    if waits && deadline.is_none() {
        let (state, queued) = (status.state, status.queued);
        return Err(format!("no timer runs in {state}, with {queued} octets not acknowledged"));
    }
    Ok(())
}
