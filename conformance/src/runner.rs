//! One loop: due event, act, observe, compare.
//!
//! In virtual time this is a discrete-event simulator. Time jumps to the earlier of the next event of the script and
//! the stack's next deadline; where both fall on one moment the stack acts first. The script's tolerance judges when
//! the *stack* acted; the runner itself is never late. A packet for which the stack has no deadline before waiting
//! would end fails at once.
use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stackdrill_oracle::{Departure, Oracle};
use stackdrill_wire::{Instant, Tuple};

use crate::constants::Errno;
use crate::judge::ran;
use crate::script::{Dialect, Direction, Event, EventKind, Script, Span, Word};
use crate::target::{Profile, Setup, Target};
use crate::trace::Happened;

mod aggregate;
mod blocking;
mod calls;
mod code;
mod command;
mod configuration;
mod describe;
mod encapsulation;
mod failure;
mod guarded;
mod hint;
mod host;
mod icmp;
mod inbound;
mod outbound;
mod punctual;
mod report;
mod retell;
mod silence;
mod sniff;
mod socket;
#[cfg(test)]
mod tests;
mod timing;
mod translate;
mod variant;
mod world;

pub use crate::script::escaped;
pub use failure::{Failure, Past, Reason, ScriptError};
pub use report::{Ending, RunReport, Verdict};
pub use retell::retell;
pub use timing::{Seconds, Untimely};
pub use variant::{Network, UnknownVariant, Variant};

use blocking::Blocked;
use calls::Descriptor;
use code::Sampled;
use configuration::Configuration;
use failure::Stop;
use guarded::Guarded;
use outbound::Maybe;
use socket::Socket;
use timing::Due;
use world::Stuck;
pub(crate) use world::World;

/// How to run a script.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Which addresses and sockets.
    pub variant: Variant,
    /// Which addresses and MTU, unless the script says.
    pub network: Network,
    /// Which stack's choices the target makes.
    pub profile: Profile,
    /// What the target draws its secrets from.
    pub seed: u64,
    /// Whether commands and files of the host may be used.
    pub allow_shell: bool,
    /// Where relative paths in the script's commands begin; `None`: in the script's own folder.
    pub folder: Option<PathBuf>,
    /// Options that win over the script's own, without dashes.
    pub overrides: Vec<(String, String)>,
    /// The longest that a script may take, by its own times, on a target whose time is not virtual.
    pub live_limit: Duration,
    /// How often a run is repeated that went wrong while this program was late; never if time is virtual.
    pub retries: u32,
    /// Whether the script is only a stimulus: what it expects says how long to wait, and nothing is judged by it.
    pub stimulus: bool,
    /// Whether the oracle judges a run that passes, where time is virtual: what it refuses is a failure.
    pub judged: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            variant: Variant::Ipv4,
            network: Network::Batch,
            profile: Profile::Rfc,
            seed: 1,
            allow_shell: false,
            folder: None,
            overrides: Vec::new(),
            live_limit: Duration::from_secs(10),
            retries: 3,
            stimulus: false,
            judged: false,
        }
    }
}

impl RunOptions {
    fn folder_of(&self, script: &Script) -> PathBuf {
        let own = || Path::new(script.source.name()).parent().unwrap_or(Path::new("")).to_owned();
        self.folder.clone().unwrap_or_else(own)
    }
}

/// Runs a script against a target, which starts over for it.
///
/// Where time is not virtual, a run that failed while this program was late says nothing of the stack. It is repeated,
/// [`RunOptions::retries`] times at most. What differs in the same way in every one of them is the stack's doing after
/// all; else the verdict is [`Verdict::Inconclusive`].
#[must_use]
pub fn run_script(script: &Script, target: &mut dyn Target, options: &RunOptions) -> RunReport {
    punctual::run(options.retries, || run_once(script, target, options))
}

fn run_once(script: &Script, target: &mut dyn Target, options: &RunOptions) -> RunReport {
    let mut report = RunReport::new(script, options, target);
    if !script.expects_something() {
        let first = script.events.first().map_or(Span::default(), |event| event.span);
        return report.ended(Stop::Wrong(ScriptError::ExpectsNothing, first));
    }
    let offered = target.capabilities();
    let lacks = |need: &&Word| !offered.iter().any(|capability| capability.name() == &*need.node);
    if let Some(need) = script.tags.needs.iter().find(lacks) {
        return report.ended(Stop::unsupported(need.node.to_string(), need.span));
    }
    let configuration = match Configuration::new(script, options) {
        Ok(configuration) => configuration,
        Err(error) => return report.ended(Stop::Wrong(error, Span::default())),
    };
    if let Some(option) = &configuration.unsupported {
        return report.ended(Stop::unsupported(option.clone(), Span::default()));
    }
    let before = match configuration.before(script) {
        Ok(before) => before,
        Err(stop) => return report.ended(stop),
    };
    let length = timing::length(script);
    if !target.is_virtual() && length > options.live_limit {
        let (length, limit) = (length.as_millis(), options.live_limit.as_millis());
        let why = format!("a script of {length} ms live, where the limit is {limit} ms");
        return report.ended(Stop::unsupported(why, Span::default()));
    }
    let setup = Setup {
        local: configuration.local,
        remote: configuration.remote,
        mtu: configuration.mtu,
        profile: options.profile,
        settings: before.iter().flat_map(command::Initial::settings).collect(),
        seed: options.seed,
        shared_key: configuration.md5_secret.as_deref().map(Bytes::copy_from_slice),
    };
    let mut guarded = Guarded::new(target);
    if let Err(missing) = guarded.configure(&setup) {
        let span = script.init.as_ref().map_or_else(Span::default, |init| init.span);
        let ended = guarded.blamed(Err(Stop::Unsupported(missing, span)));
        return match ended {
            Err(stop) => report.ended(stop),
            Ok(()) => report,
        };
    }
    let (is_virtual, abi, mut on_purpose) = (guarded.is_virtual(), guarded.abi(), guarded.departs());
    report.abi = abi;
    report.tcp_in_udp = configuration.tcp_in_udp;
    let mut run = Run::new(script, configuration, &mut guarded);
    setup.settings.into_iter().for_each(|setting| run.world.note(setting));
    let ended = run.play(&before);
    run.world.finish();
    report.warnings = std::mem::take(&mut run.warnings);
    report.printed = std::mem::take(&mut run.printed);
    report.late = run.late();
    report.virtual_us = run.world.now().micros();
    report.trace = std::mem::take(&mut run.world.trace);
    report.sockets = std::mem::take(&mut run.sockets);
    drop(run);
    // Settings that the script changed may have added to it.
    on_purpose.extend(guarded.departs());
    match guarded.blamed(ended) {
        Ok(()) if options.judged && !options.stimulus && is_virtual => judged(report, &on_purpose),
        Ok(()) => report,
        Err(stop) => report.ended(stop),
    }
}

/// A run that passed, unless the oracle refuses what the target did, and does not do on purpose: then both are named.
fn judged(report: RunReport, on_purpose: &[&str]) -> RunReport {
    let until = Instant::from_micros(report.virtual_us);
    let connections = ran::connections(&report.trace, report.abi, until, Duration::ZERO);
    let first = |(tuple, oracle): (Tuple, Oracle)| {
        let meant = |one: &&Departure| one.requirements.iter().all(|id| on_purpose.contains(id));
        Some((tuple, oracle.departures().iter().find(|one| !meant(one))?.clone()))
    };
    let departed = connections.into_iter().find_map(first);
    let departed = departed.or_else(|| ran::host(&report.trace).departures().first().cloned());
    match departed {
        Some((tuple, departure)) => {
            let reason = Reason::Departed {
                tuple,
                at: script_time(departure.at),
                requirements: departure.requirements.join(", "),
                what: departure.what,
            };
            report.ended(Stop::failed(reason, Span::default()))
        }
        None => report,
    }
}

/// How long a stimulus goes on after its last event: longer than most timers.
const AFTERMATH: Duration = Duration::from_secs(100);

/// A script being run.
#[derive(Debug)]
struct Run<'a> {
    script: &'a Script,
    configuration: Configuration,
    world: World<&'a mut dyn Target>,
    sockets: Vec<Socket>,
    /// The socket that packets are attributed to.
    under_test: Option<usize>,
    /// The script's numbers for open descriptors.
    descriptors: BTreeMap<i64, Descriptor>,
    /// The next port that a peer of a passive connection gets.
    next_port: u16,
    /// A call that has not returned yet.
    blocked: Option<Blocked<'a>>,
    /// Packets that may be sent before the next one that must be.
    optional: Vec<Maybe<'a>>,
    /// Assertions, each with what was sampled for it.
    sampled: Vec<Sampled<'a>>,
    /// What they printed.
    printed: String,
    /// The errno of the last call that failed.
    errno: Option<Errno>,
    /// When the event before was due.
    before: Option<i64>,
    /// How late we were with an event of our own, at worst.
    late: Duration,
    /// Events that went well, and when each was over.
    past: Vec<(Span, i64)>,
    /// What differed, but was only to be warned about.
    warnings: Vec<Failure>,
}

/// The first of the ports that peers of passive connections get, one after the other.
const FIRST_PEER_PORT: u16 = 49_153;

impl<'a> Run<'a> {
    fn new(script: &'a Script, configuration: Configuration, target: &'a mut dyn Target) -> Self {
        Self {
            script,
            configuration,
            world: World::new(target),
            sockets: Vec::new(),
            under_test: None,
            descriptors: BTreeMap::new(),
            next_port: FIRST_PEER_PORT,
            blocked: None,
            optional: Vec::new(),
            sampled: Vec::new(),
            printed: String::new(),
            errno: None,
            before: None,
            late: Duration::ZERO,
            past: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The commands before, every event, the clean-up, and the assertions.
    fn play(&mut self, before: &[command::Initial]) -> Result<(), Stop> {
        for command in before {
            self.initial(command)?;
        }
        let played = self.events();
        if played.is_err() {
            self.clean_up_after_failure();
            return played;
        }
        self.clean_up()?;
        let asserted = self.assert();
        let asserted = self.forgive(asserted).map_err(|stop| self.explain(stop));
        if asserted.is_err() {
            self.clean_up_after_failure();
        }
        asserted
    }

    /// Every event, then whatever still blocks.
    fn events(&mut self) -> Result<(), Stop> {
        let script = self.script;
        let mut before: Option<&Event> = None;
        for event in &script.events {
            if self.world.is_full() {
                let why = format!("more than {} octets went in and out", world::MOST_OCTETS);
                return Err(Stop::Inconclusive(why.into(), event.span));
            }
            let played = self.event(event, before);
            self.forgive(played).map_err(|stop| self.explain(stop))?;
            self.past.push((event.span, self.now()));
            before = Some(event);
        }
        if self.configuration.stimulus {
            let over = self.world.now() + AFTERMATH;
            self.world.pass_until(over).map_err(|stuck| self.stuck(stuck, Span::default()))?;
        }
        let blocked = self.last_blocked();
        self.forgive(blocked).map_err(|stop| self.explain(stop))
    }

    /// Where the script is only a stimulus, an event that came to nothing is passed over, and the next one goes on.
    fn forgive(&mut self, played: Result<(), Stop>) -> Result<(), Stop> {
        match played {
            Err(Stop::Failed(failure)) if self.configuration.stimulus => self.warnings.push(*failure),
            Err(Stop::Wrong(ScriptError::StuckClock(_), _) | Stop::Inconclusive(..)) => return played,
            Err(_) if self.configuration.stimulus => {}
            Err(_) => return played,
            Ok(()) => {}
        }
        Ok(())
    }

    fn event(&mut self, event: &'a Event, before: Option<&Event>) -> Result<(), Stop> {
        let due = Due::new(event.when.node, self.base(event, before));
        self.in_order(event, due, before)?;
        match &event.kind {
            EventKind::Packet(packet) if packet.direction == Direction::Outbound => {
                self.outbound(packet, due, event.span)?;
            }
            EventKind::Packet(packet) => self.inbound(packet, due, event.span)?,
            EventKind::Call(call) => self.call(call, due, event.span)?,
            EventKind::Command(command) => {
                self.wait(due, event.span)?;
                self.command(command)?;
            }
            EventKind::Code(code) => self.code(code, due, event.span)?,
            EventKind::Silence(duration) => self.silence(duration.node, due, event.span)?,
        }
        self.before = Some(due.start());
        Ok(())
    }

    /// What relative times count from: now, the event before having finished. Google's tool counts one injected
    /// packet from the other's due time, so that several do not drift.
    fn base(&self, event: &Event, before: Option<&Event>) -> i64 {
        let inbound = |event: &Event| matches!(&event.kind, EventKind::Packet(packet) if packet.direction == Direction::Inbound);
        match self.before {
            Some(due)
                if self.configuration.dialect == Dialect::Google
                    && inbound(event)
                    && before.is_some_and(inbound) =>
            {
                due
            }
            _ => self.now(),
        }
    }

    /// The first event is at zero, and absolute times do not go backwards.
    fn in_order(&self, event: &Event, due: Due, before: Option<&Event>) -> Result<(), Stop> {
        let wrong = |error| Err(Stop::Wrong(error, event.span));
        let Some(before) = before else {
            return if due.start() == 0 { Ok(()) } else { wrong(ScriptError::NotAtZero(due.start())) };
        };
        let absolute = |event: &Event| {
            matches!(event.when.node, crate::script::When::At(_) | crate::script::When::Between(..))
        };
        match self.before {
            Some(earlier) if absolute(before) && absolute(event) && due.start() < earlier => {
                wrong(ScriptError::Backwards { this: due.start(), before: earlier })
            }
            _ => Ok(()),
        }
    }

    /// Script time.
    fn now(&self) -> i64 {
        script_time(self.world.now())
    }

    /// Waits until an event of ours is due. It cannot happen in time if what came before took too long.
    fn wait(&mut self, due: Due, span: Span) -> Result<(), Stop> {
        let began = self.now();
        self.world.pass_until(instant(due.start())).map_err(|stuck| self.stuck(stuck, span))?;
        self.overslept(self.now().saturating_sub(due.start().max(began)));
        self.settle()?;
        // Google's tool does not check the first event.
        if self.before.is_none() || self.configuration.stimulus {
            return Ok(());
        }
        let judged = self.configuration.tolerance.judge(due, self.before, self.now());
        judged.map_err(|untimely| {
            if punctual::excuses(self.late()) {
                Stop::Inconclusive(punctual::said(self.late()).into(), span)
            } else {
                Stop::failed(Reason::Late(untimely), span)
            }
        })
    }

    /// Nobody but this program was to act, and it acted so many microseconds late.
    fn overslept(&mut self, micros: i64) {
        if !self.world.target.is_virtual() {
            self.late = self.late.max(Duration::from_micros(u64::try_from(micros).unwrap_or(0)));
        }
    }

    /// How late this program was at worst so far.
    fn late(&self) -> Duration {
        self.late.max(self.world.target.late())
    }

    fn stuck(&self, stuck: Stuck, span: Span) -> Stop {
        match stuck {
            Stuck::InTime => Stop::Wrong(ScriptError::StuckClock(self.now()), span),
            Stuck::InSteps => Stop::Inconclusive(
                "the stack acted 200000 times of its own accord and did not stop".into(),
                span,
            ),
        }
    }

    fn socket(&self) -> Option<&Socket> {
        self.sockets.get(self.under_test?)
    }

    fn socket_mut(&mut self) -> Option<&mut Socket> {
        self.sockets.get_mut(self.under_test?)
    }

    /// Adds to a failure what led up to it.
    fn explain(&self, stop: Stop) -> Stop {
        const EVENTS: usize = 5;
        const CLAUSES: usize = 3;
        let Stop::Failed(mut failure) = stop else { return stop };
        let source = &self.script.source;
        let shown = self.past.iter().skip(self.past.len().saturating_sub(EVENTS));
        failure.history = shown
            .map(|&(span, at)| Past {
                line: span.line,
                at: Seconds(at),
                text: report::one_line(span.text(source.text())),
            })
            .collect();
        failure.state =
            self.socket().and_then(Socket::tuple).and_then(|tuple| self.world.target.state(tuple));
        let clauses = self.world.trace.iter().rev().filter_map(|record| match &record.what {
            Happened::Sent { clause, .. } => *clause,
            Happened::Moved(transition) => transition.clause,
            Happened::Received { .. }
            | Happened::Called { .. }
            | Happened::Ended { .. }
            | Happened::Dropped(_)
            | Happened::Set(_) => None,
        });
        failure.clauses = clauses.take(CLAUSES).collect();
        failure.clauses.reverse();
        Stop::Failed(failure)
    }
}

/// The moment of a script time. Nothing happens before zero.
fn instant(script: i64) -> Instant {
    Instant::from_micros(u64::try_from(script).unwrap_or(0))
}

/// The script time of a moment.
fn script_time(at: Instant) -> i64 {
    i64::try_from(at.micros()).unwrap_or(i64::MAX)
}
