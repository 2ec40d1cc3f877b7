//! Packets that the script expects: wait for the next one of the socket under test, translate, compare.
//!
//! The first packet that is ours is the one compared: nothing is skipped but other sockets' packets, and packets that
//! an optional expectation before this one allows.
use stackdrill_wire::Flags;
use stackdrill_wire::ip::Ip;

use super::inbound::plain;
use super::sniff::{Sniffed, Wanted};
use super::socket::{Phase, Socket};
use super::timing::{Due, Seconds, Tolerance, Untimely};
use super::translate::translate;
use super::{Failure, Reason, Run, Stop, hint, script_time};
use crate::expect::{self, Difference, Dump, Rules, Seen};
use crate::script::{
    Dialect, OptionsSpec, PacketAlternatives, PacketSpec, Span, TcpOption, TcpSpec, Transport,
};

/// An optional packet, until the next one that is not.
#[derive(Debug)]
pub(super) struct Maybe<'a> {
    packets: &'a PacketAlternatives,
    due: Due,
    before: Option<i64>,
}

/// One packet of the script held against one of the stack's.
#[derive(Debug)]
struct Attempt<'s> {
    spec: &'s PacketSpec,
    seen: Seen,
    differences: Vec<Difference>,
    /// The stamps it pairs: the script's and the wire's.
    stamp: Option<(u32, u32)>,
    label: Option<(u32, u32)>,
    /// What is wrong beyond fields.
    trouble: Option<Reason>,
    when: Result<(), Untimely>,
}

impl Attempt<'_> {
    const fn succeeds(&self) -> bool {
        self.differences.is_empty() && self.trouble.is_none() && self.when.is_ok()
    }
}

impl<'a> Run<'a> {
    /// An outbound packet event.
    pub(super) fn outbound(
        &mut self,
        packets: &'a PacketAlternatives,
        due: Due,
        span: Span,
    ) -> Result<(), Stop> {
        packets.alternatives.iter().try_for_each(plain)?;
        packets.alternatives.iter().try_for_each(|spec| self.readable(spec))?;
        if packets.optional {
            self.optional.push(Maybe { packets, due, before: self.before });
            return Ok(());
        }
        self.expects(packets);
        let wanted = match packets.alternatives.first().map(|spec| &spec.transport) {
            Some(Transport::Icmp(_)) => Wanted::Icmp,
            _ if self.under_test.is_none() => return Err(Stop::failed(Reason::NoSocket, span)),
            _ => Wanted::Socket,
        };
        let result = self.matches(packets, due, wanted, span);
        self.optional.clear();
        result
    }

    fn matches(
        &mut self,
        packets: &'a PacketAlternatives,
        due: Due,
        wanted: Wanted,
        span: Span,
    ) -> Result<(), Stop> {
        loop {
            let Some(first) = self.next_of_ours(wanted, self.patience(due), span)? else {
                if self.configuration.stimulus {
                    self.wait(due, span)?;
                }
                return Err(self.missing(packets, due, span));
            };
            self.learn(packets, &first);
            let optional = self.allowed(&first)?;
            // A packet that the script may or must have here is taken as the one it must have.
            let attempts = self.attempts(packets, first, due, wanted, span)?;
            if let Some(attempt) = attempts.iter().find(|attempt| attempt.succeeds()) {
                let (stamp, label) = (attempt.stamp, attempt.label);
                self.remember(stamp, label);
                return Ok(());
            }
            match optional {
                Some(at) => drop(self.optional.remove(at)),
                None => return self.differs(&attempts, due, span),
            }
        }
    }

    fn secret(&self) -> Option<&[u8]> {
        self.configuration.md5_secret.as_deref()
    }

    /// Progress that the script's own expectation means.
    fn expects(&mut self, packets: &PacketAlternatives) {
        let Some(socket) = self.socket_mut() else { return };
        for spec in segments(packets) {
            let syn = spec.flags.set.has(Flags::SYN) && !spec.flags.set.has(Flags::ACK);
            if syn && socket.phase == Phase::Connecting {
                socket.phase = Phase::SynSent;
                socket.script_iss = spec.sequence.start.exact().unwrap_or_default();
            }
        }
    }

    /// Learns the stack's initial sequence number from the first packet that is compared with a SYN+ACK.
    fn learn(&mut self, packets: &PacketAlternatives, sniffed: &Sniffed) {
        let Some(segment) = sniffed.unwrapped.packet.segment() else { return };
        let Some(socket) = self.socket_mut() else { return };
        if socket.phase != Phase::PacketReceived {
            return;
        }
        let both = Flags::SYN | Flags::ACK;
        if let Some(spec) = segments(packets).find(|spec| spec.flags.set.has(both) && !spec.sequence.ignored)
        {
            socket.script_iss = spec.sequence.start.exact().unwrap_or_default();
            socket.live_iss = segment.seq.0;
            socket.phase = Phase::SynAckSent;
        }
    }

    /// Which optional packet this one is, if it is one.
    fn allowed(&self, sniffed: &Sniffed) -> Result<Option<usize>, Stop> {
        for (at, maybe) in self.optional.iter().enumerate() {
            for spec in &maybe.packets.alternatives {
                if self.attempt(spec, sniffed, maybe.due, maybe.before)?.succeeds() {
                    return Ok(Some(at));
                }
            }
        }
        Ok(None)
    }

    /// Whether a packet in a silence is one that may be sent there.
    pub(super) fn allows(&mut self, sniffed: &Sniffed) -> Result<bool, Stop> {
        let allowed = self.allowed(sniffed)?;
        Ok(allowed.map(|at| self.optional.remove(at)).is_some())
    }

    /// Holds every alternative against the packet; one alternative alone may be several packets on the wire.
    fn attempts(
        &mut self,
        packets: &'a PacketAlternatives,
        first: Sniffed,
        due: Due,
        wanted: Wanted,
        span: Span,
    ) -> Result<Vec<Attempt<'a>>, Stop> {
        let sniffed = match packets.alternatives.as_slice() {
            [spec] => self.gather(spec, first, (wanted, self.patience(due)), span)?,
            _ => first,
        };
        packets.alternatives.iter().map(|spec| self.attempt(spec, &sniffed, due, self.before)).collect()
    }

    fn attempt<'s>(
        &self,
        spec: &'s PacketSpec,
        sniffed: &Sniffed,
        due: Due,
        before: Option<i64>,
    ) -> Result<Attempt<'s>, Stop> {
        let nobody = Socket::default();
        let socket = self.socket().unwrap_or(&nobody);
        let seen = translate(&sniffed.unwrapped, socket, stamp_of(spec), self.secret())
            .map_err(|unreadable| Stop::failed(Reason::Options(unreadable), spec.span))?;
        let rules = Rules { checksums: self.world.target.is_virtual(), dialect: self.configuration.dialect };
        let differences = expect::differences(spec, &seen, rules);
        let wire_stamp = sniffed.unwrapped.packet.segment().and_then(|segment| segment.options.timestamps());
        let stamp = stamp_of(spec).zip(wire_stamp.map(|(value, _)| value));
        let label = self.label(spec, sniffed);
        let trouble = match label {
            Some(Err(label)) => Some(Reason::FlowLabel(label)),
            _ => self.stamp_trouble(stamp, due),
        };
        let when = self.configuration.tolerance.judge(due, before, script_time(sniffed.at));
        Ok(Attempt { spec, seen, differences, stamp, label: label.and_then(Result::ok), trouble, when })
    }

    /// Judges a timestamp value, if the script says how fast the stack's clock ticks. Here the tolerance counts from
    /// the start of the script.
    fn stamp_trouble(&self, stamp: Option<(u32, u32)>, due: Due) -> Option<Reason> {
        let (script, wire) = stamp.filter(|_| self.configuration.stamp_tick != 0)?;
        let translated = self.socket()?.stamps.to_script(wire, Some(script));
        let ticks = i64::from(translated.wrapping_sub(script).cast_signed());
        let off = ticks.saturating_mul(self.configuration.stamp_tick).saturating_abs();
        let tolerance: Tolerance = self.configuration.tolerance;
        (off > tolerance.at(due.start(), Some(0))).then_some(Reason::Timestamp(ticks))
    }

    /// One script label is one label on the wire, and another is another. Google's tool alone looks.
    fn label(&self, spec: &PacketSpec, sniffed: &Sniffed) -> Option<Result<(u32, u32), u32>> {
        let script = spec.ip.flow_label().filter(|&label| label != 0)?;
        let Ip::V6(ip) = &sniffed.unwrapped.packet.ip else { return None };
        if self.configuration.dialect != Dialect::Google {
            return None;
        }
        let fits = ip.flow_label != 0
            && self
                .socket()
                .and_then(|socket| socket.flow_label)
                .is_none_or(|(known, live)| (known == script) == (live == ip.flow_label));
        Some(if fits { Ok((script, ip.flow_label)) } else { Err(ip.flow_label) })
    }

    fn remember(&mut self, stamp: Option<(u32, u32)>, label: Option<(u32, u32)>) {
        let Some(socket) = self.socket_mut() else { return };
        if let Some((script, wire)) = stamp {
            socket.stamps.learn(script, wire);
        }
        socket.flow_label = label.or(socket.flow_label);
    }

    /// A packet as the script would write it; nothing if its options cannot be read.
    pub(super) fn shown(&self, sniffed: &Sniffed) -> Option<String> {
        let nobody = Socket::default();
        let seen =
            translate(&sniffed.unwrapped, self.socket().unwrap_or(&nobody), None, self.secret()).ok()?;
        Some(self.line(script_time(sniffed.at), Dump::Seen(&seen)))
    }

    /// A packet and its time, as packetdrill prints them.
    fn line(&self, at: i64, dump: Dump<'_>) -> String {
        format!("{:>12} {}", Seconds(at).to_string(), dump.under(self.configuration.dialect))
    }

    /// No packet came.
    fn missing(&self, packets: &PacketAlternatives, due: Due, span: Span) -> Stop {
        let now = self.now();
        let next = self.world.target.deadline().filter(|_| self.world.target.is_virtual());
        let waited = script_time(self.patience(due).limit(self.world.now()));
        let reason = if next.is_none() && self.world.target.is_virtual() {
            Reason::NothingDue(now)
        } else {
            Reason::TimedOut(waited)
        };
        let mut failure = Failure::new(reason, span);
        failure.expected = packets.alternatives.first().map(|spec| self.line(due.start(), Dump::Spec(spec)));
        failure.hint = next.map(|next| format!("the stack is next due at {} s", Seconds(script_time(next))));
        Stop::Failed(Box::new(failure))
    }

    /// The packet is another: says how, by the alternative that is nearest to it.
    fn differs(&mut self, attempts: &[Attempt<'_>], due: Due, span: Span) -> Result<(), Stop> {
        let nearest = attempts.iter().min_by_key(|attempt| attempt.differences.len());
        let Some(nearest) = nearest else { return Err(Stop::failed(Reason::NoSocket, span)) };
        let reason = match (nearest.differences.first(), &nearest.trouble, &nearest.when) {
            (Some(first), ..) if attempts.len() > 1 => Reason::NoAlternative(attempts.len(), first.clone()),
            (Some(first), ..) => Reason::Differs(first.clone()),
            (None, Some(trouble), _) => trouble.clone(),
            (None, None, Err(when)) => Reason::Untimely { what: "the packet was", when: *when },
            (None, None, Ok(())) => return Ok(()),
        };
        let mut failure = Failure::new(reason, span);
        let at = match &nearest.when {
            Err(when) => when.happened,
            Ok(()) => self.now(),
        };
        failure.expected = Some(self.line(due.start(), Dump::Spec(nearest.spec)));
        failure.seen = Some(self.line(at, Dump::Seen(&nearest.seen)));
        failure.differences.clone_from(&nearest.differences);
        failure.hint = hint::of(nearest.spec, &nearest.seen, &nearest.differences, nearest.when.err())
            .or_else(|| hint::again(&self.world.trace, &nearest.seen));
        // Google's tool stops at a length that no packets joined have, whatever it is told.
        let fatal = self.configuration.dialect == Dialect::Google
            && nearest.differences.iter().any(|difference| difference.field == "length");
        if self.configuration.packets_warn && !fatal {
            let (stamp, label) = (nearest.stamp, nearest.label);
            self.remember(stamp, label);
            self.warnings.push(failure);
            return Ok(());
        }
        Err(Stop::Failed(Box::new(failure)))
    }
}

fn segments(packets: &PacketAlternatives) -> impl Iterator<Item = &TcpSpec> {
    packets.alternatives.iter().filter_map(|spec| match &spec.transport {
        Transport::Tcp(tcp) => Some(tcp),
        Transport::Udp(_) | Transport::Icmp(_) | Transport::UdpLite(_) | Transport::Sctp(_) => None,
    })
}

/// The timestamp value that the script gives a packet.
fn stamp_of(spec: &PacketSpec) -> Option<u32> {
    let Transport::Tcp(TcpSpec { options: OptionsSpec::List(list) | OptionsSpec::Among(list), .. }) =
        &spec.transport
    else {
        return None;
    };
    list.iter().find_map(|option| match &option.node {
        TcpOption::Timestamps { value, .. } => value.exact(),
        _ => None,
    })
}
