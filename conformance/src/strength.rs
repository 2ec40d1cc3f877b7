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

use stackdrill_wire::{Flags, Packet, Segment};

use crate::target::Target;
use crate::target::broken::{Act, Broken, Fault, edit, reply};

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
    pub fn of(&self, target: Box<dyn Target>) -> Broken {
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
