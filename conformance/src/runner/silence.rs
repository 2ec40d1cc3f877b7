//! `>! duration`: nothing of the connection's is sent for so long. Ours, not packetdrill's.
use super::sniff::{Patience, Wanted};
use super::timing::Due;
use super::{Failure, Reason, Run, Stop, instant, script_time};
use crate::script::Span;

impl Run<'_> {
    /// Waits out the silence. What the stack sends at the very moment it ends belongs to the next event; what it sent
    /// before and no event has looked at breaks it. Packets that an optional expectation allows do not.
    pub(super) fn silence(&mut self, duration: i64, due: Due, span: Span) -> Result<(), Stop> {
        let until = due.start().saturating_add(duration.max(0));
        let last = instant(until.saturating_sub(1));
        loop {
            let heard = self.next_of_ours(Wanted::Icmp, Patience::Until(last), span)?;
            match heard {
                Some(sniffed) if script_time(sniffed.at) >= until => {
                    self.world.unsniff(sniffed.sent);
                    break;
                }
                Some(_) if self.configuration.stimulus => {}
                Some(sniffed) if self.allows(&sniffed)? => {}
                Some(sniffed) => {
                    let at = script_time(sniffed.at);
                    let mut failure = Failure::new(Reason::NotSilent { at, until }, span);
                    failure.seen = self.shown(&sniffed);
                    return Err(Stop::Failed(Box::new(failure)));
                }
                None => break,
            }
        }
        self.world.reach(instant(until));
        Ok(())
    }
}
