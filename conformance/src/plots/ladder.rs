//! Who said what when: two lifelines, an arrow for each packet, calls and states beside them.
use std::collections::BTreeMap;

use core::time::Duration;
use stackdrill_oracle::{Endpoint, Observation, Oracle, Vantage};
use stackdrill_wire::{Instant, Packet, State, Tuple};

use super::caption::{Caption, captions};
use super::lane::Lane;
use super::svg::{Anchor, Drawing};
use crate::runner::RunReport;
use crate::script::Script;
use crate::target::{Call, End};
use crate::trace::{Happened, Record};

const WIDTH: i32 = 900;
const TIME: i32 = 70;
const STACK: i32 = 270;
const PEER: i32 = 730;
/// How far down an arrow reaches.
const SLANT: i32 = 10;
/// How many characters of a packet fit between the lifelines, alone and beside the clause that asked for it.
const LETTERS: usize = 64;
const LETTERS_BESIDE_A_CLAUSE: usize = 44;
/// The time without anything from which on the lifelines are broken.
const QUIET: Duration = Duration::from_millis(50);

/// Draws a run of `script`, time going down: the stack under test on the left with its calls and states, its peer on
/// the right. The peer's states are what the oracle makes of its segments, where its readings agree. A comment behind
/// an event is written below its packet; one that begins with `lost` ends the packet's way in a cross.
#[must_use]
pub fn ladder(script: &Script, report: &RunReport) -> String {
    let mut ladder = Ladder::new(&report.target);
    for (record, caption) in report.trace.iter().zip(captions(script, report)) {
        ladder.add(report, record, &caption);
    }
    ladder.finish()
}

struct Ladder {
    over: Drawing,
    bars: Drawing,
    lines: Drawing,
    stack: Lane,
    peer: Lane,
    /// Where the last row ended, and the height in it at which what happens next is written.
    y: i32,
    beside: i32,
    line_from: i32,
    now: Option<Instant>,
    /// What the peer of each connection is taken to be, and its state.
    peers: BTreeMap<Tuple, (Oracle, State)>,
}

impl Ladder {
    fn new(target: &str) -> Self {
        let mut over = Drawing::default();
        over.text((STACK, 24), Anchor::Middle, "title", target);
        over.text((PEER, 24), Anchor::Middle, "title", "peer");
        Self {
            over,
            bars: Drawing::default(),
            lines: Drawing::default(),
            stack: Lane::new(STACK),
            peer: Lane::new(PEER),
            y: 34,
            beside: 34,
            line_from: 34,
            now: None,
            peers: BTreeMap::new(),
        }
    }

    fn add(&mut self, report: &RunReport, record: &Record, caption: &Caption) {
        match &record.what {
            Happened::Received { octets } => {
                self.row(record.at);
                self.packet((PEER, STACK), &report.describe(octets, true), caption, None);
                self.peer_moves(octets, record.at, true, self.y);
                self.beside = self.y + SLANT;
                self.y += height(caption);
            }
            Happened::Sent { octets, clause } => {
                self.row(record.at);
                let clause = clause.map(|clause| clause.to_string());
                self.packet((STACK, PEER), &report.describe(octets, false), caption, clause.as_deref());
                if !caption.lost {
                    self.peer_moves(octets, record.at, false, self.y + SLANT);
                }
                self.beside = self.y;
                self.y += height(caption);
            }
            Happened::Called { call, end } | Happened::Ended { call, end } => self.call(record.at, call, end),
            Happened::Moved(transition) => {
                let name = transition.to.name();
                self.over.text((STACK - 14, self.beside + 4), Anchor::End, "state", name);
                self.stack.enter(transition.to, self.beside, &mut self.bars);
            }
            Happened::Set(_) | Happened::Dropped(_) => {
                self.row(record.at);
                let said = match &record.what {
                    Happened::Set(setting) => format!("{}={}", setting.name, setting.value),
                    _ => "tcpdrop".to_owned(),
                };
                self.over.text((STACK - 14, self.y), Anchor::End, "call", &said);
                self.y += 6;
            }
        }
    }

    /// Begins a row, with the time if it is another one.
    fn row(&mut self, at: Instant) {
        let quiet = self.now.map_or(Duration::ZERO, |before| at.since(before));
        if quiet >= QUIET {
            self.lifelines(self.y);
            self.y += 22;
            for x in [STACK, PEER] {
                self.lines.line((x, self.line_from), (x, self.y), "gap");
            }
            self.line_from = self.y;
        }
        self.y += 20;
        if self.now != Some(at) {
            self.over.text((TIME, self.y + 4), Anchor::End, "time", &at.to_string());
        }
        self.now = Some(at);
    }

    /// Draws both lifelines down to `y`.
    fn lifelines(&mut self, y: i32) {
        for x in [self.stack.x(), self.peer.x()] {
            self.lines.line((x, self.line_from), (x, y), "line");
        }
        self.line_from = y;
    }

    fn packet(&mut self, (from, to): (i32, i32), said: &str, caption: &Caption, clause: Option<&str>) {
        let (inset, anchor) = if from < to { (6, Anchor::Start) } else { (-6, Anchor::End) };
        let (start, end) = ((from + inset, self.y), (to - inset, self.y + SLANT));
        if caption.lost {
            let there = (start.0 + (end.0 - start.0) * 7 / 10, start.1 + SLANT * 7 / 10);
            self.over.line(start, there, "lost");
            self.over.cross(there);
        } else {
            self.over.arrow(start, end);
        }
        let (x, above, below) = (from + inset + inset + 2 * inset.signum(), self.y - 5, self.y + 23);
        let room = if clause.is_some() { LETTERS_BESIDE_A_CLAUSE } else { LETTERS };
        self.over.text((x, above), anchor, "packet", &shortened(said, room));
        if let Some(clause) = clause {
            self.over.text((PEER - 14, above), Anchor::End, "clause", clause);
        }
        if !caption.text.is_empty() {
            self.over.text((x, below), anchor, "note", &caption.text);
        }
    }

    /// What is worth a line: calls that move a connection or its data.
    fn call(&mut self, at: Instant, call: &Call, end: &End) {
        let name = call.name();
        if matches!(name, "socket" | "bind" | "setsockopt" | "getsockopt" | "fcntl" | "ioctl") {
            return;
        }
        let said = match end {
            End::Returned { value, .. } => format!("{name} = {value}"),
            End::Failed(errno) => format!("{name}: {errno}"),
            End::Blocks => format!("{name} waits"),
            End::Unsupported(_) => format!("{name}: unsupported"),
        };
        self.row(at);
        self.over.text((STACK - 14, self.y + 4), Anchor::End, "call", &said);
        self.beside = self.y;
    }

    /// The peer sent a segment, or received one: what state is it in now?
    fn peer_moves(&mut self, octets: &bytes::Bytes, at: Instant, sent: bool, y: i32) {
        let Ok(packet) = Packet::parse(octets) else { return };
        let (Some(tuple), Some(segment)) = (packet.tuple(), packet.segment()) else { return };
        let tuple = if sent { tuple } else { tuple.reversed() };
        let known = self.peers.entry(tuple).or_insert_with(|| {
            let endpoint = Endpoint { complete: true, ..Endpoint::captured(tuple, Vantage::Exact) };
            (Oracle::new(endpoint), State::Closed)
        });
        let seen = if sent { Observation::Sent(segment) } else { Observation::Received(segment) };
        known.0.observe(&seen, at);
        let Some(state) = known.0.state().filter(|&state| state != known.1) else { return };
        known.1 = state;
        self.peer.enter(state, y, &mut self.bars);
        self.over.text((PEER + 14, y + 4), Anchor::Start, "state", state.name());
    }

    fn finish(mut self) -> String {
        let bottom = self.y + 16;
        self.lifelines(bottom);
        self.stack.leave(bottom, &mut self.bars);
        self.peer.leave(bottom, &mut self.bars);
        self.over.finish((WIDTH, bottom + 16), &[self.lines, self.bars])
    }
}

/// How far below a packet's arrow the next row begins.
const fn height(caption: &Caption) -> i32 {
    if caption.text.is_empty() { 22 } else { 34 }
}

/// As much of a packet's line as fits.
fn shortened(said: &str, room: usize) -> String {
    match said.char_indices().nth(room) {
        Some((cut, _)) => format!("{}…", said.get(..cut).unwrap_or_default()),
        None => said.to_owned(),
    }
}
