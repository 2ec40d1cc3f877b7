//! What one end of a captured connection did: what its user must have called, and when, and what it answered.
use core::net::SocketAddr;
use core::time::Duration;

use bytes::{Bytes, BytesMut};
use stackdrill_wire::{Flags, Segment, Seq, Transport};

use super::compare::{Answers, Said};
use super::recording::{Recorded, Recording};

/// How the end came to the connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    /// Its user asked for it.
    Connects,
    /// Its user listened.
    Listens,
    /// Nobody listened.
    Refuses,
}

/// How its user let go of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ending {
    /// It closed its half, and perhaps still listened.
    Shutdown,
    /// It let go of both: what came later was reset.
    Close,
    /// It reset.
    Abort,
}

/// One thing to be done in the replay.
#[derive(Clone, Debug)]
pub(super) enum Cue {
    /// The other end's segment arrives.
    Feed(Box<Recorded>),
    /// The user asks for the connection.
    Connect,
    /// The user sends.
    Write(Bytes),
    /// The user ends it.
    End(Ending),
    /// The user has read so many octets by now.
    Read(u64),
}

/// An end's part in a connection.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) role: Role,
    /// What its SYN said, if it sent one.
    pub(super) syn: Option<Segment>,
    /// What is done, in order of time.
    pub(super) cues: Vec<(Duration, Cue)>,
    /// What it answered.
    pub(super) answers: Answers,
    /// Whether its user read late, which shows in a window that closed.
    pub(super) lazy: bool,
}

impl Part {
    /// The part of the end at `us`; `None` if the capture does not show how the connection began.
    pub(super) fn of(recording: &Recording, us: SocketAddr) -> Option<Self> {
        let ours = |recorded: &&Recorded| sender(recorded) == Some(us);
        let first = recording.packets.iter().filter(ours).find_map(segment)?;
        let role = match (first.has(Flags::SYN), first.has(Flags::ACK), first.has(Flags::RST)) {
            (true, false, _) => Role::Connects,
            (true, true, _) => Role::Listens,
            (false, _, true) => Role::Refuses,
            (false, _, false) => return None,
        };
        let theirs = recording.packets.iter().filter(|recorded| sender(recorded) != Some(us));
        let their_syn = theirs.filter_map(segment).find(|segment| segment.has(Flags::SYN));
        let irs = their_syn.map_or(first.ack - 1, |syn| syn.seq);
        let lazy = role != Role::Refuses
            && recording
                .packets
                .iter()
                .filter(ours)
                .filter_map(segment)
                .any(|segment| segment.window == 0 && !segment.has(Flags::RST));
        let syn = (role != Role::Refuses).then(|| first.clone());
        let mut reader =
            Reader { role, iss: first.seq, irs, end: 0, ended: None, edge: None, part: Vec::new() };
        let mut answers = Answers::default();
        for recorded in &recording.packets {
            let Some(segment) = segment(recorded) else { continue };
            if sender(recorded) == Some(us) {
                answers.push(recorded.number, Said::segment(segment, recorded.length, first.seq, irs));
                reader.ours(recorded, segment, syn.as_ref().filter(|_| lazy));
            } else {
                reader.part.push((recorded.at, Cue::Feed(Box::new(recorded.clone()))));
            }
        }
        let mut cues = reader.part;
        if role == Role::Connects {
            // A tap near the peer sees the request later than it was made, and perhaps after the peer's own.
            cues.insert(0, (Duration::ZERO, Cue::Connect));
        }
        Some(Self { role, syn, cues, answers, lazy })
    }
}

fn sender(recorded: &Recorded) -> Option<SocketAddr> {
    recorded.packet.tuple().map(|tuple| tuple.local)
}

fn segment(recorded: &Recorded) -> Option<&Segment> {
    match &recorded.packet.transport {
        Transport::Tcp(segment) => Some(segment),
        Transport::Udp(_) | Transport::Icmp(_) | Transport::Other(_) => None,
    }
}

/// Reads an end's segments as its user's calls.
struct Reader {
    role: Role,
    iss: Seq,
    irs: Seq,
    /// How far into the stream it has sent.
    end: u32,
    ended: Option<usize>,
    /// How far its first window reached, and its latest: what lies between, its user has read.
    edge: Option<(Seq, u8)>,
    part: Vec<(Duration, Cue)>,
}

impl Reader {
    fn ours(&mut self, recorded: &Recorded, segment: &Segment, lazy: Option<&Segment>) {
        let at = recorded.at;
        if segment.has(Flags::SYN) {
            return self.window(recorded, segment, lazy);
        }
        if segment.has(Flags::RST) {
            return self.reset(at);
        }
        self.window(recorded, segment, lazy);
        let start = segment.seq - (self.iss + 1);
        let end = start.wrapping_add(u32::try_from(recorded.length).unwrap_or(0));
        if Seq(end).after(Seq(self.end)) && recorded.length > 0 {
            self.part.push((at, Cue::Write(new_text(segment, recorded.length, end - self.end))));
            self.end = end;
        }
        if segment.has(Flags::FIN) && self.ended.is_none() {
            self.ended = Some(self.part.len());
            self.part.push((at, Cue::End(Ending::Shutdown)));
        }
    }

    /// A reset: the user's, or the answer of an end whose user had let go of both halves.
    fn reset(&mut self, at: Duration) {
        match self.ended.and_then(|index| self.part.get_mut(index)) {
            Some((_, cue)) => *cue = Cue::End(Ending::Close),
            None if self.role == Role::Refuses => {}
            None => {
                self.ended = Some(self.part.len());
                self.part.push((at, Cue::End(Ending::Abort)));
            }
        }
    }

    /// What a lazy user must have read for the window to reach where it does.
    fn window(&mut self, recorded: &Recorded, segment: &Segment, lazy: Option<&Segment>) {
        let Some(syn) = lazy else { return };
        let shift = if segment.has(Flags::SYN) { 0 } else { syn.options.window_scale().unwrap_or(0).min(14) };
        let reach = segment.ack + (u32::from(segment.window) << shift);
        if !segment.has(Flags::ACK) {
            return;
        }
        let (first, _) = *self.edge.get_or_insert((self.irs + 1 + u32::from(syn.window), shift));
        if reach.after(first) {
            self.part.push((recorded.at, Cue::Read(u64::from(reach - first))));
        }
    }
}

/// The last `octets` of the segment's text, which a capture may have cut: what is missing is zeros.
fn new_text(segment: &Segment, length: usize, octets: u32) -> Bytes {
    let mut text = BytesMut::from(&segment.text[..]);
    text.resize(length, 0);
    let octets = octets as usize;
    if octets > length {
        // Some of it was never captured.
        let mut whole = BytesMut::zeroed(octets - length);
        whole.extend_from_slice(&text);
        return whole.freeze();
    }
    text.split_off(length - octets).freeze()
}
