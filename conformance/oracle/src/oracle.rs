//! The oracle itself: a set of hypotheses, and what each observation leaves of it.
use stackdrill_wire::{Flags, Instant, Segment, Seq, State};

use crate::coverage::{Coverage, Event};
use crate::hypothesis::{Hypothesis, Listening};
use crate::options::Parsed;
use crate::record::Record;
use crate::rfc7323;
use crate::rfc9293::arrives::other::is_stale;
use crate::rfc9293::arrives::{Arrival, LIMIT, arrives};
use crate::rfc9293::calls::{Calling, called};
use crate::rfc9293::complaints::complained;
use crate::rfc9293::delayed::is_bare;
use crate::rfc9293::opening::NO_CONNECTION;
use crate::rule::{Level, Needs, Rule, Ruling, Sending};
use crate::seen::seen;
use crate::sends;
use crate::table::{Kind, SENT, judges};
use crate::{Departure, Endpoint, Missing, Observation, Verdict, Warning};

mod deadlines;
mod memory;

pub use memory::MOST_MEMORY;

/// The most readings that are followed at once.
pub const MOST_HYPOTHESES: usize = 256;

/// The most departures that are told of one endpoint.
const MOST_DEPARTURES: usize = 32;

/// Judges one endpoint of one connection after another on the same addresses and ports.
#[derive(Clone, Debug)]
pub struct Oracle {
    endpoint: Endpoint,
    record: Record,
    hypotheses: Vec<Hypothesis>,
    /// Where successors are gathered; swapped with `hypotheses` after each observation.
    next: Vec<Hypothesis>,
    /// Which rule refused which state.
    refusals: Vec<(State, &'static Rule)>,
    departures: Vec<Departure>,
    warnings: Vec<Warning>,
    missing: Option<Missing>,
    /// When the peer was last heard.
    heard: Instant,
    blind: bool,
    /// Whether routers may cut what is sent.
    cut: bool,
    coverage: Coverage,
    /// The rule behind the last states, and how often since it was last counted.
    because: (&'static Rule, u64),
    /// How often each rule of [`SENT`] had something to say.
    asked: Vec<u64>,
    observed: u64,
}

impl Oracle {
    /// An oracle that has seen nothing yet.
    #[must_use]
    pub fn new(endpoint: Endpoint) -> Self {
        let listening = if endpoint.calls { Listening::No } else { Listening::Unknown };
        Self {
            endpoint,
            record: Record::default(),
            hypotheses: vec![Hypothesis::closed(listening, &NO_CONNECTION)],
            next: Vec::new(),
            refusals: Vec::new(),
            departures: Vec::new(),
            warnings: Vec::new(),
            missing: None,
            heard: Instant::ZERO,
            blind: false,
            cut: false,
            coverage: Coverage::default(),
            because: (&NO_CONNECTION, 0),
            asked: vec![0; SENT.len()],
            observed: 0,
        }
    }

    /// The endpoint under judgment.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Takes in what was observed at `at`. Observations come in the order of their time.
    pub fn observe(&mut self, observation: &Observation<'_>, at: Instant) {
        if self.blind {
            return;
        }
        self.due(at);
        self.visit(observation);
        if self.endpoint.keep_alive.is_due() || matches!(observation, Observation::KeepAlive(_)) {
            self.record.quiet.note(observation, &self.hypotheses, at);
        }
        match observation {
            Observation::Received(segment) => {
                if at.since(self.heard) > rfc7323::BELIEVED {
                    self.hypotheses.iter_mut().for_each(rfc7323::outdate);
                }
                self.heard = at;
                self.received(segment, at);
            }
            Observation::Deferred(segment) => {
                let passed_over = self.hypotheses.clone();
                self.heard = at;
                self.received(segment, at);
                self.hypotheses.extend(passed_over);
            }
            Observation::Sent(segment) => self.sent(segment, at),
            Observation::Called(call, outcome) => {
                for before in &self.hypotheses {
                    let (call, outcome, endpoint) = (*call, *outcome, &self.endpoint);
                    let mut calling = Calling { call, outcome, endpoint, at, out: &mut self.next };
                    if let Err(rule) = called(before, &mut calling) {
                        self.refusals.push((before.state, rule));
                    }
                }
                self.settle(at, || format!("{call:?} came to {outcome:?}"));
            }
            Observation::Complaint { hard } => {
                for before in &mut self.hypotheses {
                    before.pace.hears();
                    before.pace.complained = true;
                    let before = &*before;
                    complained(before, *hard, at, &mut self.next);
                }
                self.succeed();
            }
            Observation::TooBig { size, seq } if !self.cut => {
                self.hypotheses.iter_mut().for_each(|before| before.too_big(*size, *seq, at));
            }
            Observation::MayBeCut => {
                self.cut = true;
                self.hypotheses.iter_mut().for_each(|before| before.snd.path = None);
            }
            Observation::Impatient => self.endpoint.impatient = true,
            Observation::KeepAlive(wanted) => self.endpoint.keep_alive = *wanted,
            Observation::TooBig { .. } | Observation::Elapsed => {}
            Observation::Seen(state) => self.seen(*state, at),
        }
        self.note_waits(at);
        self.observed = self.observed.saturating_add(1);
    }

    /// From here on texts are not what was sent, only as long (a capture cut them): they are not compared.
    pub fn overlook_text(&mut self) {
        self.record.overlooked = true;
        self.record.forget(Seq(0));
    }

    /// From here on nothing can be judged: every later observation is passed over.
    pub fn lose_sight(&mut self) {
        self.missing = Some(Missing::Header);
        self.blind = true;
    }

    /// The judgment so far: the first departure, or what was missing.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.departures.first(), self.missing) {
            (Some(departure), _) => Verdict::Departed(departure.clone()),
            (None, Some(missing)) => Verdict::Undecided(missing),
            (None, None) => Verdict::Lawful,
        }
    }

    /// Every departure, in order of time; at most one for each requirement.
    #[must_use]
    pub fn departures(&self) -> &[Departure] {
        &self.departures
    }

    /// Every SHOULD that was not followed, once each.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The readings that are left.
    #[must_use]
    pub fn hypotheses(&self) -> &[Hypothesis] {
        &self.hypotheses
    }

    /// The state, if all readings agree on it.
    #[must_use]
    pub fn state(&self) -> Option<State> {
        let first = self.hypotheses.first()?.state;
        self.hypotheses.iter().all(|hypothesis| hypothesis.state == first).then_some(first)
    }

    /// What has been exercised.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let mut coverage = self.coverage.clone();
        coverage.fire(self.because.0.id, self.because.1);
        for (rule, count) in SENT.iter().zip(&self.asked) {
            coverage.fire(rule.id, *count);
        }
        coverage
    }

    /// What has been exercised since the last time this was asked.
    pub fn take_coverage(&mut self) -> Coverage {
        let coverage = self.coverage();
        self.coverage = Coverage::default();
        self.asked.fill(0);
        coverage
    }

    /// What is sent is an event of the readings that allow it, and counted there; all else happens to every reading.
    fn visit(&mut self, observation: &Observation<'_>) {
        let Some(event) = Event::of(observation) else { return };
        if matches!(observation, Observation::Sent(_)) {
            return;
        }
        for hypothesis in &self.hypotheses {
            self.coverage.visit(hypothesis.state, event);
        }
    }

    fn received(&mut self, segment: &Segment, at: Instant) {
        let options = Parsed::of(&segment.options);
        if self.endpoint.is_exact() && !segment.checksum.is_right() {
            // RFC 9293 MUST-3: as if it had never come.
            return;
        }
        self.mid_stream(segment);
        let repeats = self.hypotheses.iter().any(|before| before.rcv.repeats(segment));
        self.record.received(segment, repeats, options.lies || options.md5, at);
        for before in &mut self.hypotheses {
            before.hears(segment, at);
        }
        for before in &self.hypotheses {
            let (record, endpoint) = (&self.record, &self.endpoint);
            let mut arrival =
                Arrival { segment, options: &options, record, endpoint, at, out: &mut self.next };
            arrives(before, &mut arrival);
        }
        // Not by its number alone: an acknowledgment of something never sent acknowledges nothing.
        if let ([only], true) = (self.next.as_slice(), segment.has(Flags::ACK)) {
            self.record.acknowledged(only.snd.una);
        }
        if let ([before], [after]) = (self.hypotheses.as_slice(), self.next.as_slice())
            && (before.snd.una != after.snd.una || before.rcv.low != after.rcv.low)
        {
            self.record.quiet.heard(at);
        }
        self.succeed();
    }

    fn sent(&mut self, segment: &Segment, at: Instant) {
        let options = Parsed::of(&segment.options);
        self.mid_stream(segment);
        let mut shared = Shared::default();
        for before in &self.hypotheses {
            let x = Sending {
                before,
                segment,
                options: &options,
                record: &self.record,
                endpoint: &self.endpoint,
                at,
            };
            match judge(&x, &mut self.asked) {
                Ok(warned) => {
                    shared.add(warned);
                    if let Some(event) = Event::of(&Observation::Sent(segment)) {
                        self.coverage.visit(before.state, event);
                    }
                    sends::sent(&x, &mut self.next);
                }
                Err(rule) => self.refusals.push((before.state, rule)),
            }
        }
        self.warn(shared, at);
        if self.next.is_empty() {
            self.refuse(at, format!("sent {segment}"));
            for before in &self.hypotheses {
                let (record, endpoint) = (&self.record, &self.endpoint);
                let x = Sending { before, segment, options: &options, record, endpoint, at };
                sends::sent(&x, &mut self.next);
            }
        }
        self.note_sent(segment, at);
        self.succeed();
    }

    /// Tells of SHOULDs that were not followed, of each once.
    fn warn(&mut self, shared: Shared, at: Instant) {
        for rule in shared.0.into_iter().flatten() {
            if !self.warnings.iter().any(|warning| warning.requirement == rule.id) {
                self.warnings.push(Warning { requirement: rule.id, at });
            }
        }
    }

    /// Keeps sent text, and when something that may be limited in rate was answered.
    fn note_sent(&mut self, segment: &Segment, at: Instant) {
        let text = segment.seq + u32::from(segment.has(Flags::SYN));
        if segment.has(Flags::SYN) && !segment.has(Flags::ACK) {
            self.record.forget(text);
        }
        if is_bare(segment) {
            self.record.credit = self.record.credit.saturating_sub(1);
        }
        if segment.length() > 0 && !segment.has(Flags::RST) {
            self.record.flight.sent(segment.seq, segment.end(), at);
        }
        if !segment.text.is_empty() && !segment.has(Flags::RST) {
            self.record.sent(text, &segment.text);
        }
        // What may have been such an answer inside the limit's time keeps the limit running.
        let limited = self.record.answered.is_some_and(|last| at.since(last) < LIMIT);
        let mut owed = self.hypotheses.iter().flat_map(|hypothesis| hypothesis.owed.iter());
        let paid = owed.any(|owed| owed.debt.is_limited() && owed.debt.is_paid_by(segment));
        // In SYN-RECEIVED nothing obliges to that answer, but an ACK there is one, and a limit counts it.
        let opening = || self.hypotheses.iter().any(|hypothesis| hypothesis.state == State::SynReceived);
        let empty = segment.length() == 0 && segment.has(Flags::ACK);
        if paid || limited && segment.length() == 0 || empty && (opening() || self.answers_stale()) {
            self.record.answered = Some(at);
        }
    }

    /// Whether an empty ACK may answer an acknowledgment so old that nothing but RFC 5961 §5 asks for one.
    fn answers_stale(&self) -> bool {
        let newest = self.record.causes().next().and_then(|cause| cause.ack);
        let stale = |ack: Seq| self.hypotheses.iter().any(|before| is_stale(before, ack));
        newest.is_some_and(stale)
    }

    fn seen(&mut self, state: State, at: Instant) {
        for before in &self.hypotheses {
            match seen(before, state, &self.endpoint, at) {
                Ok(after) => self.next.push(after),
                Err(rule) => self.refusals.push((before.state, rule)),
            }
        }
        if self.next.is_empty() {
            self.refuse(at, format!("is in {state}"));
            let shown = self.hypotheses.iter().map(|before| before.moved(state, before.because, at));
            self.next.extend(shown);
        }
        self.succeed();
    }

    /// After a call: the successors, or a departure after which the old readings stand.
    fn settle(&mut self, at: Instant, what: impl FnOnce() -> String) {
        if self.next.is_empty() {
            self.refuse(at, what());
            self.next.extend_from_slice(&self.hypotheses);
        }
        self.succeed();
    }

    /// A connection that began before the capture did shows its first segment.
    fn mid_stream(&mut self, segment: &Segment) {
        let early = self.endpoint.is_exact() || self.observed > 0 || self.endpoint.calls;
        if early || segment.has(Flags::SYN) && !segment.has(Flags::ACK) {
            return;
        }
        self.missing = self.missing.or(Some(Missing::Handshake));
        let begun = self
            .hypotheses
            .iter()
            .map(|before| before.moved(State::Established, before.because, Instant::ZERO));
        self.next.extend(begun);
        self.hypotheses.append(&mut self.next);
    }

    /// The successors become the hypotheses, each once, and not too many.
    fn succeed(&mut self) {
        core::mem::swap(&mut self.hypotheses, &mut self.next);
        self.next.clear();
        self.refusals.clear();
        if self.hypotheses.len() > 1 {
            let mut kept: Vec<Hypothesis> = Vec::with_capacity(self.hypotheses.len());
            for hypothesis in &self.hypotheses {
                if !kept.contains(hypothesis) {
                    kept.push(*hypothesis);
                }
            }
            self.hypotheses = kept;
        }
        if self.hypotheses.len() > MOST_HYPOTHESES {
            self.hypotheses.truncate(MOST_HYPOTHESES);
            self.missing = self.missing.or(Some(Missing::Hypotheses));
        }
        self.settle_memory();
        for hypothesis in &self.hypotheses {
            let count = u64::from(hypothesis.since.micros() > 0);
            if core::ptr::eq(self.because.0, hypothesis.because) {
                self.because.1 += count;
            } else {
                self.coverage.fire(self.because.0.id, self.because.1);
                self.because = (hypothesis.because, count);
            }
        }
    }

    /// No reading is left: a departure, or an excuse that the tap may have missed.
    fn refuse(&mut self, at: Instant, what: String) {
        let excuses = |rule: &Rule| rule.needs == Needs::Whole && !self.endpoint.sees_whole();
        if let Some((_, rule)) = self.refusals.iter().find(|(_, rule)| excuses(rule)) {
            let missing = Missing::Packet { requirement: rule.id, at };
            self.missing = self.missing.or(Some(missing));
            return;
        }
        let mut requirements: Vec<&'static str> = Vec::new();
        // A reading in which a connection exists says more about a segment than one without.
        let exists = |state: State| !matches!(state, State::Closed | State::Listen);
        let some = self.refusals.iter().any(|(state, _)| exists(*state));
        for (_, rule) in self.refusals.iter().filter(|(state, _)| !some || exists(*state)) {
            if !requirements.contains(&rule.id) {
                requirements.push(rule.id);
            }
        }
        let told = self.departures.iter().any(|departure| departure.requirements == requirements);
        if !told && self.departures.len() < MOST_DEPARTURES {
            let hypotheses = self.hypotheses.iter().take(4).copied().collect();
            self.departures.push(Departure {
                requirements,
                at,
                observation: self.observed,
                what,
                hypotheses,
            });
        }
    }
}

/// The SHOULDs that the segment does not follow under this hypothesis.
///
/// # Errors
/// The first rule that refuses it.
fn judge(x: &Sending<'_>, asked: &mut [u64]) -> Result<Vec<&'static Rule>, &'static Rule> {
    if let Some(rule) = sends::unsendable(x) {
        return Err(rule);
    }
    let mut warned = Vec::new();
    let kind = Kind {
        resets: x.segment.has(Flags::RST),
        opens: x.segment.has(Flags::SYN) || !x.before.state.is_synchronized(),
        bare: x.segment.length() == 0,
    };
    for (number, rule, check) in judges(kind) {
        let ruling = check(x);
        if ruling == Ruling::Abstains {
            continue;
        }
        if ruling == Ruling::Broken && rule.level == Level::Must {
            return Err(rule);
        }
        if let Some(asked) = asked.get_mut(*number) {
            *asked += 1;
        }
        if ruling == Ruling::Broken {
            warned.push(*rule);
        }
    }
    Ok(warned)
}

/// The SHOULDs that no lawful reading follows: where one does, nobody is told of the others.
#[derive(Debug, Default)]
struct Shared(Option<Vec<&'static Rule>>);

impl Shared {
    /// Another lawful reading, and what it does not follow.
    fn add(&mut self, warned: Vec<&'static Rule>) {
        match &mut self.0 {
            Some(shared) => shared.retain(|rule| warned.contains(rule)),
            None => self.0 = Some(warned),
        }
    }
}
