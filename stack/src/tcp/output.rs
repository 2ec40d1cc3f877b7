//! What to send now, in priority order: what was lost, what is new, and an acknowledgment if nothing carries it.
//!
//! Spec: RFC 9293 §3.7, §3.8, RFC 5681 §3.
use bytes::Bytes;
use stackdrill_wire::option::SackBlocks;
use stackdrill_wire::{Clause, Flags, Options, Segment, Seq, TcpOption, rfc};

use crate::Policy;
use crate::tcp::action::{Action, Context};
use crate::tcp::congestion::{Congestion, Signal};
use crate::tcp::connection::{Connection, SIGNATURE_LENGTH};
use crate::tcp::delayed_ack::Owed;
use crate::tcp::silly::{self, Offer};
use crate::tcp::stage::{Phase, Stage};
use crate::tcp::timers::Timer;
use crate::tcp::{give_up, nagle, negotiate, persist, reset, urgent, user_timeout};

const NEW: Clause = rfc(9293, "§3.10.2");
const FIN: Clause = rfc(9293, "§3.10.4");
const LOST: Clause = rfc(5681, "§3.1");
/// The text of our SYN was not taken.
const REFUSED: Clause = rfc(7413, "§4.2.2");

/// Sends whatever may be sent, and sets the timers for the rest. Runs after every event.
///
/// Spec: RFC5681:4.2-one-ack-per-segment.
pub(crate) fn run(c: &mut Connection, cx: &mut Context<'_>) {
    send(c, cx);
    give_up::settle(c, cx);
}

fn send(c: &mut Connection, cx: &mut Context<'_>) {
    let Phase::Synchronized(stage) = c.phase else { return };
    if let Some(clause) = c.resend.take() {
        resend(c, c.send.una, clause, cx);
    }
    if stage.sends() || answers_early(c, stage) {
        resend_lost(c, cx);
        send_new(c, cx);
    }
    if let Owed::Now(clause) = c.delayed_ack.owed {
        empty(c, c.send.nxt, Flags::ACK, clause, cx);
    }
    settle_timers(c, stage, cx);
}

/// Whether text may follow our SYN,ACK before it is acknowledged: where the peer's SYN brought some.
///
/// Spec: RFC7413:4.2.2-server-may-send-early RFC7413:4.2.2-early-data-window.
fn answers_early(c: &Connection, stage: Stage) -> bool {
    c.fast_open.early && stage == Stage::SynReceived && c.patience.retransmissions() == 0
}

/// After a timeout, or where the text of a SYN was not taken: everything up to SND.NXT again, as the congestion window
/// opens.
///
/// Spec: RFC 5681 §3.1, RFC9293:SHLD-16 RFC9293:MAY-7 RFC7413:4.2.2-client-resends-unacked.
fn resend_lost(c: &mut Connection, cx: &mut Context<'_>) {
    let refused = c.fast_open.sent > 0 && c.send.no_text_acknowledged() && c.patience.retransmissions() == 0;
    let why = if refused { REFUSED } else { LOST };
    while let Some(cursor) = c.send.cursor {
        let (length, _) = resendable(c, cursor, cx.policy);
        let room = room_left(c, cx.policy);
        if room < length || (cursor + length).after(c.send.right_edge()) {
            break;
        }
        let sent = resend(c, cursor, why, cx);
        c.send.cursor = Some(cursor + sent).filter(|cursor| sent > 0 && cursor.before(c.send.nxt));
    }
}

/// New text, as far as both windows, silly window avoidance and Nagle allow; the FIN behind it.
///
/// Spec: RFC5681:2-send-limit RFC9293:3.8.6-new-data-inside-window RFC9293:SHLD-15 RFC9293:SHLD-28
/// RFC5681:3.2-step5-new-data.
fn send_new(c: &mut Connection, cx: &mut Context<'_>) {
    restart_after_idle(c, cx);
    while c.send.cursor.is_none() {
        let room = text_room(c);
        let (waiting, usable) = (c.send.unsent(), usable(c, cx.policy));
        let fin = c.send.fin_unsent() && waiting < usable && waiting <= room;
        let at_once = fin || urgent::pointer(c.send.up, c.send.nxt).is_some();
        let free = nagle::small_may_go(c.settings.nagle, nagle::makes_wait(&c.send, cx.policy), at_once);
        let offer = Offer { waiting, usable, mss: room, most_window: c.send.most_wnd, free };
        let corked = c.settings.cork && waiting < room && !fin;
        if !(fin || (silly::send_now(offer) && !corked)) {
            break;
        }
        new_segment(c, usable.min(room), if waiting > 0 { NEW } else { FIN }, cx);
        c.used.note(&c.send, room_left(c, cx.policy) < c.mss);
    }
}

/// Octets that the peer's window and the congestion window both still admit.
///
/// Spec: RFC9293:MUST-34 RFC5681:3-not-more-aggressive RFC7323:2.4-first-transmission-in-window.
fn usable(c: &Connection, policy: &Policy) -> u32 {
    let held = c.ecn.held && c.send.outstanding() == 0;
    let congestion = if held { 0 } else { room_left(c, policy) };
    c.send.right_edge().since(c.send.nxt).min(congestion)
}

/// Octets that the congestion window still admits; if it counts segments, as many as that many more of full size have.
///
/// Spec: RFC5681:2-send-limit.
fn room_left(c: &Connection, policy: &Policy) -> u32 {
    let window = c.fast.window(&c.law, c.mss);
    if !policy.window_counts_segments {
        return window.saturating_sub(c.send.in_flight());
    }
    let out = c.send.pieces.until(c.send.cursor.unwrap_or(c.send.nxt));
    (window / c.mss.max(1)).saturating_sub(out).saturating_mul(c.mss)
}

/// Spec: RFC5681:4.1-restart-window.
fn restart_after_idle(c: &mut Connection, cx: &Context<'_>) {
    let idle = c.send.outstanding() == 0 && cx.now.since(c.last_sent) > c.timeout(cx);
    if idle && c.send.unsent() > 0 && cx.policy.restart_after_idle {
        let path = c.path(cx);
        c.law.hear(Signal::Idle, path);
    }
}

/// The user timeout option, in octets.
const USER_TIMEOUT_LENGTH: u32 = 4;

/// Octets of text that fit one segment: the effective send MSS, less the options that come and go.
fn text_room(c: &Connection) -> u32 {
    let (_, length) = sack_blocks(c);
    let told = if c.user_timeout.owed { USER_TIMEOUT_LENGTH } else { 0 };
    c.mss.saturating_sub(length + told).max(1)
}

/// Sends at most `most` octets of new text, and no more than fits; PSH when the queue empties, whatever pushes were asked
/// for within it; FIN behind the last octet.
///
/// Spec: RFC9293:SHLD-27 RFC9293:MUST-61 RFC9293:3.10.2-send-established RFC9293:3.9.1.4-close-pushes.
pub(crate) fn new_segment(c: &mut Connection, most: u32, clause: Clause, cx: &mut Context<'_>) {
    let seq = c.send.nxt;
    let text = c.send.text(seq, c.send.unsent().min(most).min(text_room(c)));
    let after = seq + text.len() as u32;
    let last = after == c.send.end();
    let fin = last && c.send.fin_unsent() && after.before(c.send.right_edge());
    let mut flags = Flags::ACK;
    if last && !text.is_empty() {
        flags |= Flags::PSH;
    }
    if fin {
        flags |= Flags::FIN;
    }
    c.send.nxt = after + u32::from(fin);
    if c.send.nxt == seq {
        return;
    }
    if (text.len() as u32) < text_room(c) {
        c.send.small = Some(c.send.nxt);
    }
    if (cx.policy.resends_segments || cx.policy.window_counts_segments) && !text.is_empty() {
        c.send.pieces.sent(after, flags.has(Flags::PSH));
    }
    // Spec: RFC6298:3-one-sample-per-rtt.
    c.timed.get_or_insert((c.send.nxt, cx.now));
    let fresh = !text.is_empty();
    transmit(c, Part { seq, flags, text, fresh }, clause, cx);
}

/// Sends one octet, or the FIN, into a shut window; SND.NXT stays, so that other segments stay acceptable.
///
/// Spec: RFC9293:3.8.6.1-probe-form RFC9293:MUST-61.
pub(crate) fn probe(c: &mut Connection, clause: Clause, cx: &mut Context<'_>) {
    let seq = c.send.nxt;
    let text = c.send.text(seq, 1);
    let flags = match text.len() as u32 {
        0 => Flags::ACK | Flags::FIN,
        octets if seq + octets == c.send.end() => Flags::ACK | Flags::PSH,
        _ => Flags::ACK,
    };
    transmit(c, Part { seq, flags, text, fresh: false }, clause, cx);
}

/// How many numbers from `seq` on go into one segment that is sent again, and whether it is pushed for what it was: as many
/// as fit, or as many of the segments that were sent.
fn resendable(c: &Connection, seq: Seq, policy: &Policy) -> (u32, bool) {
    let most = c.send.nxt.since(seq).min(text_room(c));
    let whole = if policy.resends_segments { c.send.pieces.whole(seq, most) } else { None };
    whole.unwrap_or((most, false))
}

/// Sends again what starts at `seq`, up to a segment; how many numbers that were.
///
/// Spec: RFC6298:3-karn RFC6298:5-never-early RFC9293:3.6-fin-retransmitted.
pub(crate) fn resend(c: &mut Connection, seq: Seq, clause: Clause, cx: &mut Context<'_>) -> u32 {
    c.timed = None;
    c.timers.arm(Timer::Retransmit, cx.now + c.timeout(cx));
    if c.send.syn_unacknowledged() && seq == c.send.iss {
        c.send_syn(clause, cx);
        return 1;
    }
    let (most, pushed) = resendable(c, seq, cx.policy);
    let text = c.send.text(seq, most);
    let after = seq + text.len() as u32;
    let mut flags = Flags::ACK;
    if (pushed || after == c.send.end()) && !text.is_empty() {
        flags |= Flags::PSH;
    }
    if after == c.send.end() && c.send.fin && after.before(c.send.nxt) {
        flags |= Flags::FIN;
    }
    let sent = text.len() as u32 + u32::from(flags.has(Flags::FIN));
    if sent > 0 {
        transmit(c, Part { seq, flags, text, fresh: false }, clause, cx);
    }
    sent
}

/// Sends a segment without text.
pub(crate) fn empty(c: &mut Connection, seq: Seq, flags: Flags, clause: Clause, cx: &mut Context<'_>) {
    transmit(c, Part { seq, flags, text: Bytes::new(), fresh: false }, clause, cx);
}

/// What differs from one segment to the next; the rest follows from the connection.
struct Part {
    seq: Seq,
    flags: Flags,
    text: Bytes,
    /// Whether the text goes out for the first time: only then may routers mark it.
    fresh: bool,
}

/// Fills in the rest and sends it. Whatever carries an ACK pays what is owed.
///
/// Spec: RFC9293:3.1-ack-always-after-establishment RFC9293:MUST-58 RFC7323:3.2-ts-on-every-segment
/// RFC7323:2.3-shift-applied-out RFC9293:3.10.7.4-text-piggyback RFC9293:3.1-reserved-bits-sent-zero.
fn transmit(c: &mut Connection, part: Part, clause: Clause, cx: &mut Context<'_>) {
    let Part { seq, mut flags, text, fresh } = part;
    let urgent = urgent::pointer(c.send.up, seq);
    if urgent.is_some() {
        flags |= Flags::URG;
    }
    flags |= match flags.has(Flags::SYN) {
        true => c.ecn.on_syn(flags.has(Flags::ACK)),
        false => c.ecn.flags(flags, fresh),
    };
    let window = if flags.has(Flags::SYN) {
        c.receive.syn_window() as u16
    } else {
        c.receive.announce(u32::from(c.announced_mss()), cx.policy.announces_all_room)
    };
    let segment = Segment {
        source: c.tuple.local.port(),
        destination: c.tuple.remote.port(),
        seq,
        ack: if flags.has(Flags::ACK) { c.receive.nxt } else { Seq(0) },
        flags,
        window,
        urgent: urgent.unwrap_or_default(),
        options: options(c, flags, cx),
        text,
        ..Segment::default()
    };
    account(c, &segment, cx);
    // Spec: RFC3168:6.1.2-ect0-on-new-data RFC3168:6.1.5-retransmission-not-ect RFC3168:6.1.4-pure-ack-not-ect
    // RFC3168:6.1.1-no-ect-on-syn RFC3168:5.2-unreliable-not-ect.
    let capable = fresh && c.ecn.on;
    cx.act(if capable { Action::SendCapable(segment) } else { Action::Send(segment) }, clause);
}

/// Keeps the books on a segment that leaves.
fn account(c: &mut Connection, segment: &Segment, cx: &Context<'_>) {
    if !segment.flags.any(Flags::SYN | Flags::RST) {
        c.user_timeout.owed = false;
    }
    if segment.has(Flags::ACK) {
        c.delayed_ack.owed = Owed::Nothing;
        c.twice = None;
        c.stamps.last_ack_sent = c.receive.nxt;
    }
    if !segment.text.is_empty() {
        c.delayed_ack.answers(c.settings.delayed_ack, cx.now);
    }
    if segment.length() > 0 {
        c.last_sent = cx.now;
        c.send.max = c.send.max.latest(segment.end());
        if segment.has(Flags::SYN) || !cx.policy.patience_from_resend {
            c.patience.begin(cx.now);
        }
    }
}

/// The options of a segment.
///
/// Spec: RFC9293:MUST-65 RFC9293:SHLD-5 RFC7323:3.2-tsecr-zero-without-ack RFC2018:2-sack-permitted-only-on-syn
/// RFC2018:4-sack-while-queue-has-gaps.
fn options(c: &Connection, flags: Flags, cx: &Context<'_>) -> Options {
    let echo = if flags.has(Flags::ACK) { c.stamps.echo() } else { 0 };
    let value = c.stamps.value(cx.now, cx.policy);
    if flags.has(Flags::SYN) {
        let mss = c.told_mss(cx.policy);
        let told = !c.settings.no_options
            && (cx.policy.mss_always || mss != crate::tcp::path_mtu::default_mss(c.tuple));
        let mut options = negotiate::syn_options(c.terms, told.then_some(mss), (value, echo), cx.policy);
        // These two do not fit beside a signature, nor does the rest need them.
        if c.signed {
            return options;
        }
        user_timeout::push(c, cx.policy.user_timeout_option.as_ref(), true, &mut options);
        if let Some(cookie) = c.fast_open.says {
            options.pad(1);
            cookie.push(&mut options);
        }
        return options;
    }
    let mut options = Options::EMPTY;
    if c.terms.stamps && (cx.policy.reset_timestamps || !flags.has(Flags::RST)) {
        reset::push_stamps(&mut options, value, echo);
    }
    if !flags.has(Flags::RST) {
        user_timeout::push(c, cx.policy.user_timeout_option.as_ref(), false, &mut options);
    }
    let (blocks, length) = sack_blocks(c);
    if length > 0 && !flags.has(Flags::RST) {
        options.push(TcpOption::NoOperation);
        options.push(TcpOption::NoOperation);
        options.push(TcpOption::Sack(blocks));
    }
    options
}

/// How many octets the options of our SYN take.
pub(crate) fn syn_length(c: &Connection, cx: &Context<'_>) -> u32 {
    options(c, Flags::SYN, cx).octets().len() as u32
}

/// The blocks to report, and the octets that the option takes with its padding.
///
/// Spec: RFC2018:3-block-format RFC2018:4-as-many-blocks.
fn sack_blocks(c: &Connection) -> (SackBlocks, u32) {
    let told = if c.user_timeout.owed { USER_TIMEOUT_LENGTH } else { 0 };
    let signature = if c.signed { SIGNATURE_LENGTH } else { 0 };
    let room = (Options::MAX as u32).saturating_sub(c.terms.overhead() + told + signature + 4);
    let most = room as usize / 8;
    let mut blocks = [(Seq(0), Seq(0)); 4];
    let mut count = 0;
    if c.terms.sack {
        let told = c.twice.into_iter().chain(c.receive.islands.blocks());
        for (slot, block) in blocks.iter_mut().zip(told.take(most)) {
            *slot = block;
            count += 1;
        }
    }
    let blocks = SackBlocks::new(blocks.get(..count).unwrap_or_default());
    (blocks, if count > 0 { 4 + 8 * count as u32 } else { 0 })
}

/// Starts and stops the timers, now that everything that may leave has left.
///
/// Spec: RFC6298:5.1-start-timer RFC6298:5.2-stop-timer RFC9293:SHLD-18.
fn settle_timers(c: &mut Connection, stage: Stage, cx: &Context<'_>) {
    if c.send.outstanding() == 0 {
        c.timers.disarm(Timer::Retransmit);
    } else if !c.timers.running(Timer::Retransmit) {
        c.timers.arm(Timer::Retransmit, cx.now + c.timeout(cx));
    }
    if stage.sends() {
        persist::settle(c, cx);
    } else {
        c.timers.disarm(Timer::Persist);
    }
    match (c.delayed_ack.owed, c.settings.delayed_ack) {
        (Owed::Later(_), Some(wait)) if !c.timers.running(Timer::DelayedAck) => {
            c.timers.arm(Timer::DelayedAck, cx.now + c.delayed_ack.delay(wait));
        }
        (Owed::Later(_), _) => {}
        (Owed::Nothing | Owed::Now(_), _) => c.timers.disarm(Timer::DelayedAck),
    }
}

impl Connection {
    /// Sends our SYN, with ACK once the peer's is known.
    pub(crate) fn send_syn(&mut self, clause: Clause, cx: &mut Context<'_>) {
        let known = self.phase != Phase::SynSent;
        let flags = if known { Flags::SYN | Flags::ACK } else { Flags::SYN };
        if !self.timers.running(Timer::Retransmit) {
            self.timers.arm(Timer::Retransmit, cx.now + self.timeout(cx));
        }
        if self.patience.retransmissions() == 0 {
            self.timed.get_or_insert((self.send.iss + 1, cx.now));
        }
        // A SYN that is repeated is plain. Spec: RFC7413:4.2.2-syn-timeout-plain.
        let early = if known || self.fast_open.says.is_none() { 0 } else { self.fast_open.sent };
        let text = self.send.text(self.send.iss + 1, early);
        if !known {
            self.send.nxt = self.send.iss + 1 + early;
        }
        transmit(self, Part { seq: self.send.iss, flags, text, fresh: false }, clause, cx);
        give_up::settle(self, cx);
    }

    /// Sends a RST that the peer will believe: at SND.NXT.
    ///
    /// Spec: RFC9293:3.10.5-abort-established RFC7323:5.2-rst-timestamp.
    pub(crate) fn send_reset(&mut self, clause: Clause, cx: &mut Context<'_>) {
        self.send.up = None;
        empty(self, self.send.nxt, Flags::RST | Flags::ACK, clause, cx);
    }
}
