//! Congestion that routers mark instead of dropping: what the SYNs agree on, the echo of marks, the answer to the echo.
//!
//! Spec: RFC9293:SHLD-8 RFC 3168 §6.1.
use stackdrill_wire::{Clause, Flags, Segment, Seq, rfc};

use crate::Policy;
use crate::policy::Ecn as Wish;
use crate::tcp::action::Context;
use crate::tcp::congestion::{Congestion, Loss, Signal};
use crate::tcp::connection::Connection;

/// Why a window shut by marks opens again.
pub(crate) const HELD: Clause = rfc(3168, "§6.1.2");

/// An offer on a SYN: both flags.
const OFFER: Flags = Flags(Flags::ECE.0 | Flags::CWR.0);

/// What one connection knows of explicit congestion notification.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Ecn {
    /// Our SYN offers it, or our SYN,ACK accepts it.
    says: bool,
    /// Both ends have agreed.
    pub(crate) on: bool,
    /// Text arrived with a mark, and no CWR since.
    echo: bool,
    /// The window was reduced: the next new text says so.
    reduced: bool,
    /// The answer to marks is given until more than this is acknowledged.
    answered: Seq,
    /// Marks came although the window is one segment: what follows waits for the timer.
    pub(crate) held: bool,
}

impl Ecn {
    /// Nothing is agreed yet.
    pub(crate) const fn new(iss: Seq) -> Self {
        Self { says: false, on: false, echo: false, reduced: false, answered: iss, held: false }
    }

    /// An active open offers it, if the policy says so.
    ///
    /// Spec: RFC3168:6.1.1-unwilling-clears-flags.
    pub(crate) fn offer(&mut self, policy: &Policy) {
        self.says = policy.ecn == Wish::Requests;
    }

    /// The peer's SYN is answered: an offer is accepted, anything else is not.
    ///
    /// Spec: RFC3168:6.1.1-ecn-setup-synack RFC3168:6.1.1-all-forms-handled RFC3168:6.1.1-no-ect-without-negotiation
    /// RFC3168:6.1.1-forgotten-after-close.
    pub(crate) fn heard_syn(&mut self, segment: &Segment, policy: &Policy) {
        self.says = policy.ecn != Wish::Never && segment.has(OFFER);
        self.on = self.says;
    }

    /// The peer's SYN crossed ours, or came plain: nothing is agreed.
    ///
    /// Spec: RFC3168:6.1.1-no-ect-after-plain-syn.
    pub(crate) const fn crossed(&mut self) {
        (self.says, self.on) = (false, false);
    }

    /// The SYN,ACK says whether our offer is accepted: both flags are only a reflection.
    ///
    /// Spec: RFC3168:6.1.1-reflected-flags-refused RFC3168:6.1.1-all-forms-handled
    /// RFC3168:6.1.1-no-ect-without-negotiation.
    pub(crate) fn heard_syn_ack(&mut self, segment: &Segment) {
        self.on = self.says && segment.has(Flags::ECE) && !segment.flags.any(Flags::CWR | Flags::AE);
    }

    /// Our SYN went unanswered: it is repeated without the offer, on which a box of the path may stumble.
    ///
    /// Spec: RFC3168:6.1.1.1-fallback.
    pub(crate) const fn timed_out(&mut self) {
        self.says = false;
    }

    /// The flags of our SYN or SYN,ACK.
    ///
    /// Spec: RFC3168:6.1.1-ecn-setup-syn RFC3168:6.1.1-ecn-setup-synack.
    pub(crate) const fn on_syn(&self, answers: bool) -> Flags {
        match (self.says, answers) {
            (false, _) => Flags::NONE,
            (true, true) => Flags::ECE,
            (true, false) => OFFER,
        }
    }

    /// An acceptable segment arrives: CWR ends the echo, a mark on its text begins it.
    ///
    /// Spec: RFC3168:6.1.3-echo-until-cwr RFC3168:6.1.3-delayed-ack-ece RFC3168:6.1.5-ignore-ce-outside-window
    /// RFC3168:6.1.6-ce-on-probe RFC3168:6.1.1.1-ect-no-signal.
    pub(crate) fn heard(&mut self, segment: &Segment, marked: bool) {
        if !self.on || segment.text.is_empty() {
            return;
        }
        self.echo &= !segment.has(Flags::CWR);
        self.echo |= marked;
    }

    /// SND.UNA went on to `una`: an answer long given stays just behind it, for numbers come round again.
    pub(crate) fn pass(&mut self, una: Seq) {
        self.answered = self.answered.latest(una - 1);
    }

    /// Whether marks on the window of data that begins at `una` are answered already.
    ///
    /// Spec: RFC3168:6.1.2-once-per-rtt.
    pub(crate) fn has_answered(&self, una: Seq) -> bool {
        una.at_or_before(self.answered)
    }

    /// The window was reduced, for whatever reason.
    ///
    /// Spec: RFC3168:6.1.2-cwr-on-first-new-data.
    pub(crate) const fn reduced(&mut self) {
        self.reduced = self.on;
    }

    /// The flags of a segment that is no SYN; `fresh` says that it carries text never sent before.
    ///
    /// Spec: RFC3168:6.1.3-echo-until-cwr RFC3168:6.1.2-cwr-once RFC3168:6.1.6-window-probe.
    pub(crate) fn flags(&mut self, flags: Flags, fresh: bool) -> Flags {
        let mut more = Flags::NONE;
        if self.echo && flags.has(Flags::ACK) && !flags.has(Flags::RST) {
            more |= Flags::ECE;
        }
        if fresh && core::mem::take(&mut self.reduced) {
            more |= Flags::CWR;
        }
        more
    }

    /// Whether an acknowledgment brings the echo of a mark.
    pub(crate) fn echoes(&self, segment: &Segment) -> bool {
        self.on && segment.has(Flags::ECE)
    }
}

impl Connection {
    /// An acknowledgment echoes a mark: the window is reduced as for one loss, once for each window of data, and nothing
    /// is sent again. At one segment it cannot be reduced: what follows waits for the timer.
    ///
    /// Spec: RFC3168:6.1.2-ece-response RFC3168:6.1.2-once-per-rtt RFC3168:6.1.2-cwnd-one-timer.
    pub(crate) fn marks_echoed(&mut self, flight: u32, cx: &Context<'_>) {
        let path = self.path(cx);
        if self.law.window() <= self.mss {
            self.ecn.held = self.send.outstanding() == 0;
            self.ecn.reduced();
            return;
        }
        if self.ecn.has_answered(self.send.una) || self.fast.still_answers(&self.send) {
            return;
        }
        self.law.hear(Signal::Lost(Loss::Marked { flight }), path);
        self.ecn.answered = self.send.max;
        self.ecn.reduced();
    }
}
