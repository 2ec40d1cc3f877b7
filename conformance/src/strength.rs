//! Whether the suite notices: named breakages, and for each script those that it fails under.
//!
//! A script that no breakage of what it claims to prove can make fail, proves nothing.
mod calls;
mod closing;
mod datagrams;
mod opening;
mod options;
mod recovery;
mod resets;
mod text;
mod timers;
mod windows;

use core::ops::DerefMut;

use serde::Serialize;
use stackdrill_wire::{Flags, Packet, Segment};

use crate::runner::{RunOptions, Verdict};
use crate::suite::Entry;
use crate::target::broken::{Act, Broken, Fault, edit, reply};
use crate::target::{Profile, Target};

/// A way in which a stack may go wrong, put on at a sound target's boundary.
#[derive(Clone, Copy, Debug)]
pub struct Breakage {
    /// What the broken stack does: "never retransmits".
    pub name: &'static str,
    /// The requirements that it breaks; a label without its letter means all its parts.
    pub violates: &'static [&'static str],
    fault: Fault,
}

impl Breakage {
    /// A target that is broken in this way.
    #[must_use]
    pub fn of<P: DerefMut<Target: Target>>(&self, target: P) -> Broken<P> {
        Broken::new(target, self.name, self.fault)
    }

    /// Whether it breaks one of these requirements.
    #[must_use]
    pub fn breaks(&self, proves: &[String]) -> bool {
        proves.iter().any(|id| self.violates.iter().any(|broken| same(id, broken)))
    }
}

/// Every breakage, in the order of the rooms.
#[must_use]
pub fn breakages() -> Vec<&'static Breakage> {
    let rooms = [
        opening::ROWS,
        resets::ROWS,
        text::ROWS,
        closing::ROWS,
        timers::ROWS,
        recovery::ROWS,
        windows::ROWS,
        options::ROWS,
        calls::ROWS,
        datagrams::ROWS,
    ];
    rooms.into_iter().flatten().collect()
}

/// The fault that is none.
const NOTHING: Fault = Fault::Arriving(|_, packet| arrive(packet));

/// What the breakages of a script's claims do to it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Strength {
    /// The script's name.
    pub script: &'static str,
    /// The breakages of what it claims to prove that make it fail.
    pub notices: Vec<Sighting>,
    /// The breakages of what it claims to prove that it passes under: each breaks another part of the claim.
    pub misses: Vec<&'static str>,
    /// Whether it passes where nothing is broken; if not, the rest says nothing.
    pub is_sound: bool,
}

/// A breakage that a script noticed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Sighting {
    /// What the broken stack does.
    pub breakage: &'static str,
    /// The line of the script that noticed; 0 if it was none in particular.
    pub line: u32,
}

impl Strength {
    /// Whether the script was seen to fail when something that it guards was broken.
    #[must_use]
    pub fn is_proof(&self) -> bool {
        self.is_sound && !self.notices.is_empty()
    }
}

/// Runs a script against `target`, sound and then broken in every way that touches its claims.
#[must_use]
pub fn measure(entry: &'static Entry, target: impl Fn() -> Box<dyn Target>, profile: Profile) -> Strength {
    let options = RunOptions {
        variant: entry.first_variant(),
        profile: entry.profile(profile),
        ..RunOptions::default()
    };
    let run = |target: &mut dyn Target| entry.run(target, &options).report;
    let passes = |target: &mut dyn Target| run(target).verdict() == Verdict::Pass;
    // The wrapper itself must not be what a script notices.
    let is_sound = passes(target().as_mut()) && passes(&mut Broken::new(target(), "breaks nothing", NOTHING));
    let mut strength = Strength { script: &entry.name, notices: Vec::new(), misses: Vec::new(), is_sound };
    for breakage in breakages().into_iter().filter(|breakage| breakage.breaks(&entry.proves)) {
        let report = run(&mut breakage.of(target()));
        if report.verdict() == Verdict::Pass {
            strength.misses.push(breakage.name);
        } else {
            let line = report.line().unwrap_or_default();
            strength.notices.push(Sighting { breakage: breakage.name, line });
        }
    }
    strength
}

/// Whether two ids may mean one row: equal, or one the other's label without the letter.
fn same(a: &str, b: &str) -> bool {
    let part = |long: &str, short: &str| {
        let rest = long.strip_prefix(short).map(str::as_bytes);
        short.ends_with(|c: char| c.is_ascii_digit()) && matches!(rest, Some([c]) if c.is_ascii_lowercase())
    };
    a == b || part(a, b) || part(b, a)
}

// The words of the rooms: each takes a packet at the boundary.

fn arrive(packet: Packet) -> Vec<Act> {
    vec![Act::Arrive(packet)]
}

fn leave(packet: Packet) -> Vec<Act> {
    vec![Act::Leave(packet)]
}

/// Nothing if the packet carries such a segment; else it arrives.
fn drop_if(packet: Packet, lost: impl FnOnce(&Segment) -> bool) -> Vec<Act> {
    if packet.segment().is_some_and(lost) { Vec::new() } else { arrive(packet) }
}

/// Kept back if the packet carries such a segment; else it leaves.
fn keep_if(packet: Packet, kept: impl FnOnce(&Segment) -> bool) -> Vec<Act> {
    if packet.segment().is_some_and(kept) { Vec::new() } else { leave(packet) }
}

/// Whether a segment is an acknowledgment and nothing else.
fn is_bare(segment: &Segment) -> bool {
    segment.flags == Flags::ACK && segment.text.is_empty()
}

/// A segment back to whoever sent `packet`: the target to the peer, or the peer to the target.
fn answer(packet: &Packet, change: impl FnOnce(&mut Segment)) -> Option<Packet> {
    reply(packet, change)
}

/// A copy of a packet with its segment changed.
fn copy(packet: &Packet, change: impl FnOnce(&mut Segment)) -> Packet {
    edit(packet.clone(), change)
}
