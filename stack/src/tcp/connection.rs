//! One connection as a value: routes each event to its room, and keeps what the rooms share.
use core::time::Duration;

use stackdrill_wire::option::SackBlocks;
use stackdrill_wire::{Clause, Flags, Instant, Segment, Seq, State, Tuple};

use crate::tcp::action::{Action, Context, Failure, Signal};
use crate::tcp::arrives::{closed, other, syn_sent};
use crate::tcp::challenge::Spent;
use crate::tcp::congestion::{self, Congestion, Law, Path, Reno, Used};
use crate::tcp::delayed_ack::DelayedAck;
use crate::tcp::ecn::Ecn;
use crate::tcp::event::{Answer, Call, Refusal};
use crate::tcp::fast_open::{self, FastOpen, Lesson, Opening, Welcome};
use crate::tcp::give_up::Patience;
use crate::tcp::icmp::Report;
use crate::tcp::negotiate::Terms;
use crate::tcp::receive::ReceiveSpace;
use crate::tcp::recovery::Fast;
use crate::tcp::rto::Rto;
use crate::tcp::send::SendSpace;
use crate::tcp::settings::Settings;
use crate::tcp::stage::{Phase, Stage, lawful};
use crate::tcp::stamps::Stamps;
use crate::tcp::timers::{Timer, Timers};
use crate::tcp::user_timeout::UserTimeout;
use crate::tcp::{called, expired, icmp, keep_alive, output, path_mtu};

/// The option that signs a segment, with two octets of padding. RFC 2385 §3.0.
pub(crate) const SIGNATURE_LENGTH: u32 = 20;

/// What a connection is born with: what only its host knows.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Birth {
    /// The sockets at both ends.
    pub tuple: Tuple,
    /// The initial send sequence number. RFC 9293 §3.4.1.
    pub iss: Seq,
    /// What is added to the clock to give TSval. RFC 7323 §7.1.
    pub stamp_offset: u32,
    /// The largest datagram that may be sent on the path and received from it, in octets.
    pub mtu: u32,
    /// What is done with text on the peer's SYN.
    pub welcome: Welcome,
    /// Whether its host signs every segment, which takes twenty octets of options. RFC 2385 §4.3.
    pub signed: bool,
}

/// A connection: states, windows, buffers, timers; no clock. It lives until it has moved to CLOSED.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Connection {
    pub(crate) tuple: Tuple,
    pub(crate) phase: Phase,
    /// Whether it began with a passive open. RFC 9293 §3.5 MUST-11.
    pub(crate) passive: bool,
    /// Whether anybody can still read.
    pub(crate) reading: bool,
    /// CLOSE was called in SYN-RECEIVED and waits for ESTABLISHED.
    pub(crate) closing: bool,
    pub(crate) failure: Option<Failure>,
    pub(crate) settings: Settings,
    /// Whether its host signs every segment.
    pub(crate) signed: bool,
    pub(crate) terms: Terms,
    pub(crate) mtu: u32,
    /// The effective send MSS, in octets.
    pub(crate) mss: u32,
    pub(crate) send: SendSpace,
    pub(crate) receive: ReceiveSpace,
    pub(crate) stamps: Stamps,
    pub(crate) timers: Timers,
    pub(crate) rto: Rto,
    /// The segment being timed: the number after it, and when it left. RFC 6298 §3.
    pub(crate) timed: Option<(Seq, Instant)>,
    pub(crate) patience: Patience,
    pub(crate) syn_losses: u8,
    pub(crate) law: Law,
    pub(crate) fast: Fast,
    pub(crate) used: Used,
    /// How far the send buffer has grown, in octets.
    pub(crate) grown: u32,
    /// The selective acknowledgments seen last: a duplicate with the same ones brings no news.
    pub(crate) last_blocks: SackBlocks,
    /// Octets that came twice, for the next acknowledgment to say so.
    pub(crate) twice: Option<(Seq, Seq)>,
    /// The segment at SND.UNA is to be sent again now, for this reason.
    pub(crate) resend: Option<Clause>,
    pub(crate) delayed_ack: DelayedAck,
    pub(crate) fast_open: FastOpen,
    pub(crate) ecn: Ecn,
    pub(crate) user_timeout: UserTimeout,
    pub(crate) challenges: Spent,
    pub(crate) unacceptable: Spent,
    /// Zero window probes since the window shut.
    pub(crate) probed: u8,
    /// Unanswered keep-alive probes.
    pub(crate) probes: u8,
    pub(crate) last_heard: Instant,
    pub(crate) last_sent: Instant,
}

impl Connection {
    /// An active OPEN: sends a SYN and is in SYN-SENT.
    ///
    /// Spec: RFC9293:3.10.1-open-closed-active.
    #[must_use]
    pub fn open(birth: Birth, settings: Settings, cx: &mut Context<'_>) -> Self {
        let mut connection = Self::new(birth, settings, cx);
        connection.size_syn_window(cx);
        connection.ecn.offer(cx.policy);
        connection.come_from(State::Closed, called::OPEN, cx);
        connection.send_syn(called::OPEN, cx);
        connection
    }

    /// An active OPEN that sends text with its SYN, or asks for the cookie that lets it do so next time; how many octets
    /// of `text` went. The rest is the caller's.
    ///
    /// Spec: RFC7413:4.2.1-request RFC7413:4.2.2-syn-data-limit.
    #[must_use]
    pub fn open_fast(
        birth: Birth,
        settings: Settings,
        (opening, text): (Opening, &[u8]),
        cx: &mut Context<'_>,
    ) -> (Self, usize) {
        let mut connection = Self::new(birth, settings, cx);
        connection.fast_open = FastOpen { says: Some(opening.cookie), tried: true, ..FastOpen::default() };
        let mss =
            opening.mss.unwrap_or_else(|| path_mtu::default_mss(birth.tuple)).min(connection.announced_mss());
        let options = output::syn_length(&connection, cx);
        let most = if opening.text { fast_open::most_text(mss, options, cx.policy) as usize } else { 0 };
        let taken = text.len().min(most).min(connection.room());
        connection.send.append(text.get(..taken).unwrap_or_default());
        connection.fast_open.sent = taken as u32;
        connection.ecn.offer(cx.policy);
        connection.size_syn_window(cx);
        connection.come_from(State::Closed, called::OPEN, cx);
        connection.send_syn(if taken > 0 { fast_open::SPEC } else { called::OPEN }, cx);
        (connection, taken)
    }

    /// What an active open teaches its host about Fast Open, if it was tried.
    pub(crate) fn fast_open_lesson(&self) -> Option<Lesson> {
        let FastOpen { heard, failed, tried, .. } = self.fast_open;
        let open = self.failure.is_none();
        // No answer at all, and an error from the path, are answers too.
        let failed = failed || !open;
        tried.then_some(Lesson { cookie: heard, mss: self.terms.peer_mss.filter(|_| open), failed })
    }

    /// Whether text of the peer's SYN was taken, so that the user has had the connection since before its handshake
    /// ended.
    #[must_use]
    pub const fn early(&self) -> bool {
        self.fast_open.early
    }

    /// A connection before its first segment.
    pub(crate) fn new(birth: Birth, settings: Settings, cx: &Context<'_>) -> Self {
        let Birth { tuple, iss, stamp_offset, mtu, welcome, signed } = birth;
        let mss = u32::from(path_mtu::default_mss(tuple));
        Self {
            tuple,
            phase: Phase::SynSent,
            passive: false,
            reading: true,
            closing: false,
            failure: None,
            settings,
            signed,
            terms: if settings.no_options {
                Terms::default()
            } else {
                Terms::offer(cx.policy, settings.receive_buffer)
            },
            mtu,
            mss,
            send: SendSpace::new(iss),
            receive: ReceiveSpace::new(settings.receive_buffer),
            stamps: Stamps::new(stamp_offset),
            timers: Timers::default(),
            rto: Rto::new(cx.policy),
            timed: None,
            patience: Patience::default(),
            syn_losses: 0,
            law: Law::Reno(Reno::new(Path { mss, policy: cx.policy }, 0)),
            fast: Fast::new(iss),
            used: Used::new(iss),
            grown: 0,
            last_blocks: SackBlocks::default(),
            twice: None,
            resend: None,
            delayed_ack: DelayedAck::new(cx.policy.quick_acks),
            ecn: Ecn::new(iss),
            user_timeout: UserTimeout::new(cx.policy.user_timeout_option.as_ref()),
            fast_open: FastOpen { says: welcome.gives, ..FastOpen::default() },
            challenges: Spent::default(),
            unacceptable: Spent::default(),
            probed: 0,
            probes: 0,
            last_heard: cx.now,
            last_sent: cx.now,
        }
    }

    /// A segment for this connection arrives; its checksum is right.
    ///
    /// Spec: RFC 9293 §3.10.7 RFC9293:MUST-59.
    pub fn arrives(&mut self, segment: &Segment, cx: &mut Context<'_>) {
        match self.phase {
            Phase::Closed => closed::arrives(segment, cx),
            Phase::SynSent => syn_sent::arrives(self, segment, cx),
            Phase::Synchronized(_) => other::arrives(self, segment, cx),
        }
        output::run(self, cx);
    }

    /// The user calls.
    ///
    /// # Errors
    /// [`Refusal`], saying why nothing was done.
    pub fn called(&mut self, call: Call, cx: &mut Context<'_>) -> Result<Answer, Refusal> {
        let answer = called::called(self, call, cx);
        output::run(self, cx);
        answer
    }

    /// Lets every timer that is due by `cx.now` expire.
    ///
    /// Spec: RFC 9293 §3.10.8.
    pub fn expired(&mut self, cx: &mut Context<'_>) {
        while let Some(timer) = self.timers.take_due(cx.now) {
            expired::expired(self, timer, cx);
            output::run(self, cx);
        }
    }

    /// The path reports an error about a segment of this connection.
    ///
    /// Spec: RFC 9293 §3.9.2.2.
    pub fn reported(&mut self, report: Report, cx: &mut Context<'_>) {
        icmp::reported(self, report, cx);
        output::run(self, cx);
    }

    /// Changes what the user may set; takes effect at once (switching Nagle off sends what it held).
    pub fn configure(&mut self, settings: Settings, cx: &mut Context<'_>) {
        let restarts = settings.keep_alive != self.settings.keep_alive;
        let changed = settings.user_timeout != self.settings.user_timeout;
        self.user_timeout.owed |= changed && cx.policy.user_timeout_option.is_some();
        self.settings = settings;
        self.receive.resize(settings.receive_buffer);
        self.size_segments(cx);
        if restarts {
            keep_alive::arm(self);
        }
        output::run(self, cx);
    }

    /// The path's MTU changed, in octets.
    pub fn resized(&mut self, mtu: u32, cx: &mut Context<'_>) {
        self.mtu = mtu;
        self.size_segments(cx);
        output::run(self, cx);
    }

    /// When [`Connection::expired`] next has something to do; `None` while no timer runs.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.timers.deadline()
    }

    /// The sockets at both ends.
    #[must_use]
    pub const fn tuple(&self) -> Tuple {
        self.tuple
    }

    /// The state. CLOSED means that the connection is over and may be dropped.
    #[must_use]
    pub const fn state(&self) -> State {
        self.phase.state()
    }

    /// Whether it began with a passive open. RFC 9293 §3.5 MUST-11.
    #[must_use]
    pub const fn passive(&self) -> bool {
        self.passive
    }

    /// What the user has set.
    #[must_use]
    pub const fn settings(&self) -> Settings {
        self.settings
    }

    /// Octets received, in order and not yet read.
    #[must_use]
    pub fn readable(&self) -> usize {
        self.receive.readable()
    }

    /// Whether the peer's FIN has been received; reading ends once [`Connection::readable`] is 0.
    #[must_use]
    pub const fn ended(&self) -> bool {
        self.receive.ended()
    }

    /// Octets accepted by SEND and not yet acknowledged.
    #[must_use]
    pub fn unacknowledged(&self) -> usize {
        self.send.queued()
    }

    /// Octets accepted by SEND and not yet sent.
    #[must_use]
    pub fn unsent(&self) -> usize {
        self.send.unsent() as usize
    }

    /// Octets between the next one to read and the end of the urgent data, if it has not been reached.
    ///
    /// Spec: RFC 9293 §3.8.5 MUST-33.
    #[must_use]
    pub fn urgent(&self) -> Option<u32> {
        self.receive.urgent()
    }

    /// Why the connection ended, if not by agreement. The host keeps what its socket reports of it.
    #[must_use]
    pub const fn failure(&self) -> Option<Failure> {
        self.failure
    }
}

/// How a connection changes state: here, and nowhere else.
impl Connection {
    /// Enters a state, lawfully, and says so.
    pub(crate) fn enter(&mut self, phase: Phase, clause: Clause, cx: &mut Context<'_>) {
        let (from, to) = (self.state(), phase.state());
        debug_assert!(lawful(from, to), "{from} to {to}");
        self.phase = phase;
        cx.act(Action::Move { from, to }, clause);
    }

    /// Reports the move that made this connection, whose phase is set already.
    pub(crate) fn come_from(&mut self, from: State, clause: Clause, cx: &mut Context<'_>) {
        debug_assert!(lawful(from, self.state()), "{from} to {}", self.state());
        cx.act(Action::Move { from, to: self.state() }, clause);
    }

    /// The connection ends by agreement, or unheard. What was received in order can still be read.
    pub(crate) fn over(&mut self, clause: Clause, cx: &mut Context<'_>) {
        self.timers.disarm_all();
        self.send.flush();
        self.enter(Phase::Closed, clause, cx);
    }

    /// The connection ends by failure: queues are flushed, but perhaps for what only waits for the user; he is told.
    ///
    /// Spec: RFC9293:3.10.7.4-rst-established RFC9293:3.10.8-user-timeout.
    pub(crate) fn fail(&mut self, failure: Failure, clause: Clause, cx: &mut Context<'_>) {
        self.failure = Some(failure);
        match cx.policy.failure_keeps_received {
            true => self.receive.islands.clear(),
            false => self.receive.flush(),
        }
        cx.act(Action::Tell(Signal::Failed(failure)), clause);
        self.over(clause, cx);
    }

    /// A passively opened connection dissolves; its listener goes on.
    ///
    /// Spec: RFC9293:3.10.7.4-rst-syn-received-passive RFC9293:3.5-fig8-passive-recovers.
    pub(crate) fn back_to_listen(&mut self, clause: Clause, cx: &mut Context<'_>) {
        self.timers.disarm_all();
        self.send.flush();
        cx.act(Action::Move { from: self.state(), to: State::Listen }, clause);
        self.phase = Phase::Closed;
    }

    /// The peer's SYN is known: numbers, options, window, segment sizes.
    pub(crate) fn synchronize(&mut self, segment: &Segment, cx: &Context<'_>) {
        if self.passive {
            self.phase = Phase::Synchronized(Stage::SynReceived);
        }
        self.last_heard = cx.now;
        self.terms = self.terms.agree(&segment.options);
        if self.passive {
            self.ecn.heard_syn(segment, cx.policy);
            self.size_syn_window(cx);
        }
        self.receive.synchronize(segment.seq, self.terms.shifts().own);
        if cx.policy.window_opens_slowly {
            self.receive.limit(self.receive.syn_window());
        }
        self.send.set_window(u32::from(segment.window), segment.seq, segment.ack);
        self.stamps.last_ack_sent = self.receive.nxt;
        self.note_stamp(segment, cx);
        self.hear_user_timeout(segment, cx);
        self.size_segments(cx);
        self.law = Law::Reno(Reno::new(self.path(cx), self.syn_losses));
        self.grow_send_buffer();
    }

    /// Our SYN is acknowledged, and the peer's known: the connection is open.
    ///
    /// Spec: RFC9293:3.10.7.4-ack-syn-received-good RFC6298:5.7-syn-timeout-3s RFC5681:3.1-syn-loss-window
    /// RFC9293:3.5-fig6-basic-handshake.
    pub(crate) fn establish(&mut self, clause: Clause, cx: &mut Context<'_>) {
        self.law = Law::Reno(Reno::new(self.path(cx), self.syn_losses));
        if self.syn_losses > 0 {
            self.rto.after_syn_loss(cx.policy);
        }
        self.enter(Phase::Synchronized(Stage::Established), clause, cx);
        cx.act(Action::Tell(Signal::Opened), clause);
        keep_alive::arm(self);
        if self.closing {
            self.send.fin = true;
            self.enter(Phase::Synchronized(Stage::FinWait1), called::CLOSE, cx);
        }
    }

    /// In FIN-WAIT-2 with nobody to read: not for ever, if the policy says so.
    pub(crate) fn wait_for_fin(&mut self, cx: &Context<'_>) {
        let wait = self.settings.fin_wait_2.or(cx.policy.fin_wait_2).filter(|_| !self.reading);
        if let (Some(wait), Phase::Synchronized(Stage::FinWait2)) = (wait, self.phase) {
            self.timers.arm(Timer::FinWait2, cx.now + wait);
        }
    }
}

/// What the rooms ask of one another.
impl Connection {
    pub(crate) const fn path<'a>(&self, cx: &Context<'a>) -> Path<'a> {
        Path { mss: self.mss, policy: cx.policy }
    }

    /// The MSS we announce, in octets.
    pub(crate) fn announced_mss(&self) -> u16 {
        path_mtu::announced_mss(self.tuple, self.mtu, self.settings.most_segment)
    }

    /// The window field of a segment, in octets.
    ///
    /// Spec: RFC7323:2.3-shift-applied-in RFC7323:2.2-syn-window-unscaled RFC9293:MUST-1.
    pub(crate) fn scaled(&self, segment: &Segment) -> u32 {
        let shift = if segment.has(Flags::SYN) { 0 } else { self.terms.shifts().peer };
        u32::from(segment.window) << shift
    }

    /// Spec: RFC7323:3.2-unnegotiated-ts-ignored.
    pub(crate) fn note_stamp(&mut self, segment: &Segment, cx: &Context<'_>) {
        if let Some((value, _)) = segment.options.timestamps().filter(|_| self.terms.stamps) {
            self.stamps.note(value, segment.seq, (cx.now, cx.policy));
        }
    }

    /// The window of our SYN is as many whole segments as the buffer holds, if the policy says so: as they will be, once
    /// it is known whether they carry timestamps.
    fn size_syn_window(&mut self, cx: &Context<'_>) {
        if cx.policy.syn_window_of_segments {
            let overhead = if self.passive { self.overhead() } else { 0 };
            self.receive.unit = u32::from(self.told_mss(cx.policy)).saturating_sub(overhead).max(1);
        }
        if let Some(segments) = cx.policy.initial_receive_window {
            self.receive.limit(u32::from(self.told_mss(cx.policy)).saturating_mul(u32::from(segments)));
        }
    }

    pub(crate) fn hear_user_timeout(&mut self, segment: &Segment, cx: &Context<'_>) {
        self.user_timeout.heard(&segment.options, cx.policy.user_timeout_option.as_ref(), self.settings);
    }

    /// Works out the effective send MSS anew. A congestion window that counts segments counts as many of the new size.
    pub(crate) fn size_segments(&mut self, cx: &Context<'_>) {
        let before = self.mss;
        let peer = self.terms.peer_mss.unwrap_or_else(|| path_mtu::default_mss(self.tuple));
        let least = cx.policy.least_send_mss;
        self.mss = path_mtu::send_mss(self.announced_mss(), peer, self.overhead(), least);
        if self.mss != before && cx.policy.window_counts_segments {
            self.send.pieces.cut(self.send.una, self.mss);
            let path = self.path(cx);
            self.law.hear(congestion::Signal::Sized { from: before }, path);
        }
    }

    /// Octets of options on every segment after the SYN.
    fn overhead(&self) -> u32 {
        self.terms.overhead() + if self.signed { SIGNATURE_LENGTH } else { 0 }
    }

    /// Its host signs every segment from now on, or no longer does.
    ///
    /// Spec: RFC 2385 §4.3.
    pub(crate) fn sign(&mut self, signed: bool, cx: &Context<'_>) {
        self.signed = signed;
        self.size_segments(cx);
    }

    /// New text arrived in turn: an acknowledgment is owed, now or later.
    pub(crate) fn owe_for_text(&mut self, octets: u32, cx: &Context<'_>) {
        if self.settings.lingers {
            self.delayed_ack.linger();
        }
        self.receive.widen(octets, u32::from(self.announced_mss()));
        self.delayed_ack.hears(cx.now, self.timeout(cx), cx.policy.quick_acks);
        let rule = (self.settings.delayed_ack, cx.policy.segments_per_ack);
        self.delayed_ack.text(octets, u32::from(self.announced_mss()), rule);
    }

    /// The retransmission timeout in use.
    pub(crate) fn timeout(&self, cx: &Context<'_>) -> Duration {
        self.rto.current(cx.policy)
    }
}
