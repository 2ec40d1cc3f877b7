//! Operations at one host, held against the oracle: whatever a peer, a user and time do, it stays lawful.
use stackdrill_oracle::{Endpoint, Oracle, Verdict};
use stackdrill_wire::{Instant, Packet, Transport};

use super::Finding;
use super::alphabet::Plan;
use super::exchange::{Story, perform};
use crate::judge::witness;
use crate::target::{Profile, Reference, Target};
use crate::trace::{Happened, Record};

/// Carries out the plan that `data` says at the reference and judges what came of it, twice the same.
///
/// # Errors
/// A [`Finding`]: the oracle calls it departed, a law of the stream is broken, or a second run went differently.
pub fn fuzz_one_host(data: &[u8]) -> Result<(), Finding> {
    let plan = Plan::read(data);
    let trace = judge_plan(&mut Reference::new(), &plan)?;
    let again = judge_plan(&mut Reference::new(), &plan)?;
    if trace != again {
        return Err(Finding::new("the same seed and operations give the same trace", tell(&plan, &again)));
    }
    Ok(())
}

/// Carries out a plan at `target`, whose time must be virtual, and judges what came of it.
///
/// # Errors
/// A [`Finding`], if it is not lawful.
pub fn judge_plan(target: &mut dyn Target, plan: &Plan) -> Result<Vec<Record>, Finding> {
    let performed = perform(target, Profile::Rfc, plan);
    let story = performed.map_err(|unsupported| Finding::new(unsupported.to_string(), []))?;
    if let Some(law) = story.broken {
        return Err(Finding::new(law, tell(plan, &story.trace)));
    }
    judge(target, plan, &story)?;
    Ok(story.trace)
}

fn judge(target: &dyn Target, plan: &Plan, story: &Story) -> Result<(), Finding> {
    let mut oracle = Oracle::new(Endpoint::exact(story.tuple));
    witness::tell(&mut oracle, &story.trace, story.tuple, target.abi());
    let Verdict::Departed(departure) = oracle.verdict() else { return Ok(()) };
    let law = format!(
        "{} at {}: {}; believed {}",
        departure.requirements.join(" "),
        departure.at,
        departure.what,
        departure.hypotheses.first().map_or("nothing", |hypothesis| hypothesis.state.name()),
    );
    Err(Finding::new(law, tell(plan, &story.trace)))
}

/// The plan and the trace, a line each.
fn tell(plan: &Plan, trace: &[Record]) -> Vec<String> {
    let head = format!("{:?} {:?} iss {}", plan.opening, plan.offer, plan.iss);
    let operations = plan.operations.iter().map(ToString::to_string);
    core::iter::once(head).chain(operations).chain(trace.iter().map(line)).collect()
}

/// One record as a line.
fn line(record: &Record) -> String {
    let at: Instant = record.at;
    match &record.what {
        Happened::Received { octets } => format!("{at} < {}", packet(octets)),
        Happened::Sent { octets, clause } => {
            let why = clause.map(|clause| format!("  // {clause}")).unwrap_or_default();
            format!("{at} > {}{why}", packet(octets))
        }
        Happened::Called { call, end } => format!("{at} {call:.60?} = {end:?}"),
        Happened::Ended { call, end } => format!("{at} ... {call:.60?} = {end:?}"),
        Happened::Dropped(tuple) => format!("{at} tcpdrop {} {}", tuple.local, tuple.remote),
        Happened::Set(setting) => format!("{at} {} = {}", setting.name, setting.value),
        Happened::Moved(transition) => format!("{at} {} -> {}", transition.from, transition.to),
    }
}

fn packet(octets: &bytes::Bytes) -> String {
    match Packet::parse(octets) {
        Ok(Packet { transport: Transport::Tcp(segment), .. }) => segment.to_string(),
        Ok(packet) => format!("{:?}", packet.transport),
        Err(malformed) => malformed.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::fuzz_one_host;

    proptest! {
        #[test]
        fn whatever_happens_is_answered_lawfully(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(fuzz_one_host(&data), Ok(()));
        }
    }
}
