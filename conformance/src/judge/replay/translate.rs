//! What the captured peer says of the replaced end's numbers, said of the target's.
use stackdrill_wire::option::SackBlocks;
use stackdrill_wire::{Flags, Options, Segment, Seq, TcpOption};

/// The replaced end's numbers, as captured and as the target chose them.
#[derive(Clone, Debug)]
pub(super) struct Translation {
    /// The captured ISS.
    captured: Seq,
    /// The captured SYN's timestamp.
    captured_stamp: Option<u32>,
    target: Option<Target>,
}

/// What the target has sent.
#[derive(Clone, Copy, Debug)]
struct Target {
    iss: Seq,
    /// The number after the last it sent.
    next: Seq,
    first_stamp: Option<u32>,
    last_stamp: Option<u32>,
}

impl Translation {
    pub(super) fn new(syn: &Segment) -> Self {
        let captured_stamp = syn.options.timestamps().map(|(value, _)| value);
        Self { captured: syn.seq, captured_stamp, target: None }
    }

    /// The target sent this.
    pub(super) fn note(&mut self, segment: &Segment) {
        let stamp = segment.options.timestamps().map(|(value, _)| value);
        if segment.has(Flags::SYN) && self.target.is_none() {
            let (iss, next) = (segment.seq, segment.end());
            self.target = Some(Target { iss, next, first_stamp: stamp, last_stamp: stamp });
        }
        if let Some(target) = self.target.as_mut().filter(|_| !segment.has(Flags::RST)) {
            target.next = target.next.latest(segment.end());
            target.last_stamp = stamp.or(target.last_stamp);
        }
    }

    /// The target's initial sequence number, once it has sent it.
    pub(super) fn iss(&self) -> Option<Seq> {
        self.target.map(|target| target.iss)
    }

    /// The number after the last that the target sent.
    pub(super) fn next(&self) -> Option<Seq> {
        self.target.map(|target| target.next)
    }

    /// The target's last timestamp.
    pub(super) fn stamp(&self) -> Option<u32> {
        self.target.and_then(|target| target.last_stamp)
    }

    /// The number in the target's space that stands where `seq` stands in the captured one.
    pub(super) fn number(&self, seq: Seq) -> Seq {
        self.target.map_or(seq, |target| target.iss + (seq - self.captured))
    }

    /// The peer's segment for the target. It acknowledges no more than the target has sent.
    pub(super) fn segment(&self, segment: &Segment) -> Segment {
        let mut said = segment.clone();
        let Some(target) = self.target else { return said };
        if segment.has(Flags::ACK) {
            said.ack = self.number(segment.ack).earliest(target.next);
        }
        said.options = self.options(&segment.options, target);
        said
    }

    fn options(&self, options: &Options, target: Target) -> Options {
        let mut said = Options::EMPTY;
        for option in options {
            let Ok(option) = option else { return *options };
            let translated = match option {
                TcpOption::Timestamps { value, echo } => {
                    TcpOption::Timestamps { value, echo: self.echo(echo, target) }
                }
                TcpOption::Sack(blocks) => {
                    let blocks: Vec<_> = blocks
                        .as_slice()
                        .iter()
                        .map(|(left, right)| (self.number(*left), self.number(*right)))
                        .filter(|(_, right)| right.at_or_before(target.next))
                        .collect();
                    if blocks.is_empty() {
                        continue;
                    }
                    TcpOption::Sack(SackBlocks::new(&blocks))
                }
                other => other,
            };
            said.push(translated);
        }
        said.pad(0);
        said
    }

    /// The timestamp that the target had when the captured end had `echo`, or its latest: none is from the future.
    fn echo(&self, echo: u32, target: Target) -> u32 {
        let (Some(captured), Some(first), Some(last)) =
            (self.captured_stamp, target.first_stamp, target.last_stamp)
        else {
            return echo;
        };
        if echo == 0 {
            return 0;
        }
        Seq(first.wrapping_add(echo.wrapping_sub(captured))).earliest(Seq(last)).0
    }
}
