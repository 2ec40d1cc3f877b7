//! Captures and traces as sources of observations, and what the oracle makes of them.
//!
//! One direction, a packet at a time: frame -> packet -> flow -> an observation at each end -> a [`Judgment`] when the
//! flow is over. Memory is bounded by [`Options::flows`], whatever the capture holds.
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::BTreeMap;
use std::io::Read;

use stackdrill_oracle::Coverage;
use stackdrill_pcaps::{Capture, Flow, Frame, NotIp, Tracker, Unparsed, Unread};
use stackdrill_wire::icmp::{self, Message};
use stackdrill_wire::{Captured, Instant, Transport};

mod endpoint;
mod pair;
pub mod ran;
pub mod replay;
mod vantage;
pub mod witness;

pub use endpoint::{Departed, Judgment, Transition};
pub use vantage::Vantage;

use pair::Pair;

/// How a capture is judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Options {
    /// From where the endpoints are seen.
    pub vantage: Vantage,
    /// How many flows are followed at once; the one idle for longest is judged to make room.
    pub flows: usize,
}

impl Default for Options {
    /// Nothing is assumed of the vantage; 20,000 flows at once, which is some 20 MB and at worst 3 GB, if all of
    /// them keep a full window in flight.
    fn default() -> Self {
        Self { vantage: Vantage::Auto, flows: 20_000 }
    }
}

/// What there was to read in a capture.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// Frames met.
    pub packets: u64,
    /// Of them, those that carry something else than IP, such as ARP.
    pub not_ip: u64,
    /// Of them, those that should have given a packet and did not.
    pub unread: u64,
    /// Why, and how often; the 17th reason and later ones are counted together.
    pub why: BTreeMap<String, u64>,
    /// What is wrong with the file itself, if something is: the first such thing.
    pub broken: Option<String>,
    /// What the endpoints exercised.
    pub coverage: Coverage,
}

/// The reasons that are told apart.
const MOST_REASONS: usize = 16;

impl Summary {
    fn unread(&mut self, why: String) {
        self.unread += 1;
        let why = if self.why.contains_key(&why) || self.why.len() < MOST_REASONS {
            why
        } else {
            "other reasons".to_owned()
        };
        *self.why.entry(why).or_default() += 1;
    }
}

/// Judges every endpoint of a capture, and hands each judgment over as soon as its flow is over.
///
/// # Errors
/// [`Unread`] if the file is no capture. What cannot be read further in is in the [`Summary`].
pub fn capture(
    source: impl Read,
    options: Options,
    mut hear: impl FnMut(Judgment),
) -> Result<Summary, Unread> {
    let mut judge = Judge {
        options,
        tracker: Tracker::within(options.flows),
        pairs: BTreeMap::new(),
        summary: Summary::default(),
        now: Duration::ZERO,
    };
    for frame in Capture::new(source)? {
        match frame {
            Ok(frame) => judge.frame(&frame, &mut hear),
            Err(unread) => {
                judge.summary.broken.get_or_insert_with(|| sentence(&unread));
            }
        }
    }
    Ok(judge.finish(&mut hear))
}

/// An error and its causes in one sentence.
fn sentence(error: &dyn core::error::Error) -> String {
    let causes = core::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |all, cause| format!("{all}: {cause}"))
}

struct Judge {
    options: Options,
    tracker: Tracker,
    /// The two ends of each live flow, by the flow's number.
    pairs: BTreeMap<u64, Pair>,
    summary: Summary,
    /// The latest time seen: frames from several interfaces are not always in order.
    now: Duration,
}

impl Judge {
    fn frame(&mut self, frame: &Frame, hear: &mut impl FnMut(Judgment)) {
        self.summary.packets += 1;
        self.now = self.now.max(frame.at);
        match frame.packet() {
            Ok(captured) => self.packet(frame.number, &captured, hear),
            Err(Unparsed::NotIp(NotIp::EtherType(_) | NotIp::Family(_))) => self.summary.not_ip += 1,
            Err(Unparsed::NotIp(why)) => self.summary.unread(why.to_string()),
            Err(Unparsed::Malformed(why)) => self.summary.unread(why.to_string()),
        }
    }

    fn packet(&mut self, number: u64, captured: &Captured, hear: &mut impl FnMut(Judgment)) {
        let at = instant(self.now);
        let Some(sighting) = self.tracker.track(captured, self.now) else { return };
        let (flow, direction, quoted) = (sighting.flow, sighting.direction, sighting.quoted);
        let pair = self
            .pairs
            .entry(flow.number)
            .or_insert_with(|| Pair::new(flow.tuple(), flow.protocol, self.options.vantage));
        if let (true, Transport::Icmp(message)) = (quoted, &captured.packet.transport) {
            let family = captured.packet.ip.source();
            pair.complaint(flow.tuple(), direction, is_hard(message, family), at);
        } else {
            pair.observe(number, captured, at);
        }
        if let Some(ended) = sighting.ended {
            self.end(&ended, hear);
        }
    }

    /// A flow is over: its two judgments.
    fn end(&mut self, flow: &Flow, hear: &mut impl FnMut(Judgment)) {
        if let Some(pair) = self.pairs.remove(&flow.number) {
            for judgment in pair.judge(flow, instant(self.now), &mut self.summary.coverage) {
                hear(judgment);
            }
        }
    }

    fn finish(mut self, hear: &mut impl FnMut(Judgment)) -> Summary {
        for flow in core::mem::take(&mut self.tracker).finish() {
            self.end(&flow, hear);
        }
        self.summary
    }
}

fn instant(since_1970: Duration) -> Instant {
    Instant::ZERO + since_1970
}

/// Whether an ICMP error says that the connection cannot be.
///
/// Spec: RFC 9293 §3.9.2.2.
const fn is_hard(message: &Message, source: IpAddr) -> bool {
    match (source, message.kind, message.code) {
        (IpAddr::V4(_), icmp::v4::DESTINATION_UNREACHABLE, code) => {
            matches!(code, icmp::v4::PROTOCOL_UNREACHABLE | icmp::v4::PORT_UNREACHABLE)
        }
        (IpAddr::V6(_), icmp::v6::DESTINATION_UNREACHABLE, code) => {
            matches!(code, icmp::v6::PROHIBITED | icmp::v6::PORT_UNREACHABLE)
        }
        (_, _, _) => false,
    }
}

/// Whether an endpoint is on the host with this address, however either is written.
pub(crate) fn is_at(endpoint: SocketAddr, address: IpAddr) -> bool {
    endpoint.ip().to_canonical() == address.to_canonical()
}
