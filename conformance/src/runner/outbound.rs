//! Packets that the script expects: wait for the next one of the socket under test, translate, compare.
//!
//! The first packet that is ours is the one compared: nothing is skipped but other sockets' packets, and packets that
//! an optional expectation before this one allows.
use std::time::Duration;

use stackdrill_wire::ip::Ip;
use stackdrill_wire::{Checksum, Flags, Instant, Packet, Segment, Transport as Carries};

use super::inbound::plain;
use super::socket::{Phase, Socket};
use super::timing::{Due, Seconds, Tolerance, Untimely};
use super::{Failure, Reason, Run, Stop, hint, script_time};
use crate::expect::{self, Body, Difference, Dump, Rules, Seen, SeenSegment};
use crate::script::{
    Dialect, Number, OptionsSpec, PacketAlternatives, PacketSpec, Span, TcpOption, TcpSpec, Transport,
};
use crate::target::Sent;

/// Longer than any harness lets a script of the BSD dialect wait, whose tool has no limit of its own.
const BSD_LIMIT: i64 = 10_000_000;

/// An optional packet, until the next one that is not.
#[derive(Debug)]
pub(super) struct Maybe<'a> {
    packets: &'a PacketAlternatives,
    due: Due,
    before: Option<i64>,
}

/// A packet of the socket under test, as it left.
#[derive(Clone, Debug)]
pub(super) struct Sniffed {
    pub(super) at: Instant,
    pub(super) packet: Packet,
    /// As it was, to be put back.
    pub(super) sent: Sent,
}

/// How long to wait for a packet.
#[derive(Clone, Copy, Debug)]
pub(super) enum Patience {
    /// So long, and as long again after each packet that is not ours.
    Renewed(Duration),
    /// Until this moment.
    Until(Instant),
}

impl Patience {
    fn limit(self, now: Instant) -> Instant {
        match self {
            Self::Renewed(duration) => now + duration,
            Self::Until(at) => at,
        }
    }
}

/// Which packets can be ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wanted {
    /// Those of the socket.
    Socket,
    /// Those, and ICMP messages to the peer.
    Icmp,
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
        let Some(segment) = sniffed.packet.segment() else { return };
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

    /// How long to wait for a packet, counted from now and again after each that is not ours.
    fn patience(&self, due: Due) -> Patience {
        let micros = match (due, self.configuration.dialect) {
            (Due::Any(_), _) => i64::MAX,
            (Due::At(_) | Due::Between(..), Dialect::Bsd) => {
                due.end().saturating_sub(self.now()).max(0).saturating_add(BSD_LIMIT)
            }
            // Whole seconds, the fraction cut off after two are added.
            (Due::At(_) | Due::Between(..), Dialect::Google) => {
                let gap = due.end().saturating_sub(self.before.unwrap_or(0));
                (gap / 1_000_000).saturating_add(2).saturating_mul(1_000_000)
            }
        };
        Patience::Renewed(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
    }

    /// The next packet of the socket under test; `None` once patience has run out.
    pub(super) fn next_of_ours(
        &mut self,
        wanted: Wanted,
        patience: Patience,
        span: Span,
    ) -> Result<Option<Sniffed>, Stop> {
        let mut limit = patience.limit(self.world.now());
        loop {
            while let Some(sent) = self.world.sniff() {
                if let Some(sniffed) = self.ours(sent, wanted, span)? {
                    return Ok(Some(sniffed));
                }
                limit = patience.limit(self.world.now());
            }
            if !self.world.step(limit).map_err(|stuck| self.stuck(stuck, span))? {
                return Ok(None);
            }
            self.settle()?;
        }
    }

    /// Reads a datagram, and keeps it if it belongs to the socket under test. Octets that are no packet are the
    /// stack's fault, whosever they are.
    fn ours(&mut self, sent: Sent, wanted: Wanted, span: Span) -> Result<Option<Sniffed>, Stop> {
        let packet = Packet::parse(&sent.octets)
            .map_err(|malformed| Stop::failed(Reason::Malformed(malformed), span))?;
        if packet.ip.is_fragment() {
            return Err(Stop::failed(Reason::Fragment, span));
        }
        if matches!(&packet.ip, Ip::V4(ip) if ip.checksum != Checksum::Right) {
            return Err(Stop::failed(Reason::HeaderChecksum, span));
        }
        let remote = self.configuration.remote;
        let ours = match &packet.transport {
            Carries::Icmp(_) => wanted == Wanted::Icmp && packet.ip.destination() == remote,
            Carries::Tcp(segment) => {
                let (syn, seq) = (segment.has(Flags::SYN) && !segment.has(Flags::ACK), segment.seq);
                self.sent_by_socket(&packet, |socket| {
                    let learns = syn && socket.phase == Phase::SynSent;
                    if learns {
                        socket.live_iss = seq.0;
                    }
                    learns
                })
            }
            Carries::Udp(_) => self.sent_by_socket(&packet, |socket| socket.phase == Phase::Connecting),
            Carries::Other(_) => false,
        };
        Ok(ours.then(|| Sniffed { at: sent.at, packet, sent }))
    }

    /// Whether the packet's ends are the socket's. If only the far end is, `learns` decides, and the near end becomes
    /// the socket's own.
    fn sent_by_socket(&mut self, packet: &Packet, learns: impl FnOnce(&mut Socket) -> bool) -> bool {
        let Some(tuple) = packet.tuple() else { return false };
        let Some(socket) = self.socket_mut() else { return false };
        if socket.remote != Some(tuple.remote) {
            return false;
        }
        let learnt = learns(socket);
        if learnt {
            socket.local = Some(tuple.local);
        }
        learnt || socket.local == Some(tuple.local)
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
        let seen = translate(&sniffed.packet, socket, stamp_of(spec))
            .map_err(|unreadable| Stop::failed(Reason::Options(unreadable), spec.span))?;
        let rules = Rules { checksums: self.world.target.is_virtual() };
        let differences = expect::differences(spec, &seen, rules);
        let wire_stamp = sniffed.packet.segment().and_then(|segment| segment.options.timestamps());
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
        let Ip::V6(ip) = &sniffed.packet.ip else { return None };
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
        let seen = translate(&sniffed.packet, self.socket().unwrap_or(&nobody), None).ok()?;
        Some(line(script_time(sniffed.at), Dump::Seen(&seen)))
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
        failure.expected = packets.alternatives.first().map(|spec| line(due.start(), Dump::Spec(spec)));
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
        failure.expected = Some(line(due.start(), Dump::Spec(nearest.spec)));
        failure.seen = Some(line(at, Dump::Seen(&nearest.seen)));
        failure.differences.clone_from(&nearest.differences);
        failure.hint = hint::of(nearest.spec, &nearest.seen, &nearest.differences, nearest.when.err())
            .or_else(|| hint::again(&self.world.trace, &nearest.seen));
        if self.configuration.packets_warn {
            let (stamp, label) = (nearest.stamp, nearest.label);
            self.remember(stamp, label);
            self.warnings.push(failure);
            return Ok(());
        }
        Err(Stop::Failed(Box::new(failure)))
    }
}

/// A packet and its time, as packetdrill prints them.
fn line(at: i64, dump: Dump<'_>) -> String {
    format!("{:>12} {dump}", Seconds(at).to_string())
}

fn segments(packets: &PacketAlternatives) -> impl Iterator<Item = &TcpSpec> {
    packets.alternatives.iter().filter_map(|spec| match &spec.transport {
        Transport::Tcp(tcp) => Some(tcp),
        Transport::Udp(_) | Transport::Icmp(_) | Transport::UdpLite(_) | Transport::Sctp(_) => None,
    })
}

/// The timestamp value that the script gives a packet.
fn stamp_of(spec: &PacketSpec) -> Option<u32> {
    let Transport::Tcp(TcpSpec { options: OptionsSpec::List(list), .. }) = &spec.transport else {
        return None;
    };
    list.iter().find_map(|option| match &option.node {
        TcpOption::Timestamps { value, .. } => value.exact(),
        _ => None,
    })
}

/// A packet in the script's numbers.
pub(super) fn translate(
    packet: &Packet,
    socket: &Socket,
    stamp: Option<u32>,
) -> Result<Seen, expect::Unreadable> {
    let zeros = |data: &[u8]| data.iter().all(|&octet| octet == 0);
    let length = |data: &[u8]| u32::try_from(data.len()).unwrap_or(u32::MAX);
    let (body, checksum) = match &packet.transport {
        Carries::Tcp(segment) => (Body::Tcp(translate_segment(segment, socket, stamp)?), segment.checksum),
        Carries::Udp(datagram) => {
            let body = Body::Udp { length: length(&datagram.data), zeros: zeros(&datagram.data) };
            (body, datagram.checksum)
        }
        Carries::Icmp(message) => (Body::Icmp { kind: message.kind, code: message.code }, message.checksum),
        Carries::Other(_) => (Body::Udp { length: 0, zeros: true }, Checksum::Right),
    };
    Ok(Seen {
        version: if packet.ip.source().is_ipv6() { 6 } else { 4 },
        tos: packet.ip.traffic_class(),
        ttl: packet.ip.hop_limit(),
        checksum_right: checksum == Checksum::Right,
        body,
    })
}

fn translate_segment(
    segment: &Segment,
    socket: &Socket,
    stamp: Option<u32>,
) -> Result<SeenSegment, expect::Unreadable> {
    let syn = segment.has(Flags::SYN);
    let mut options = expect::read_options(&segment.options, |edge| socket.ack_to_script(syn, edge))?;
    for option in &mut options {
        if let TcpOption::Timestamps { value: Number::Exact(value), .. } = option {
            *value = socket.stamps.to_script(*value, stamp);
        }
    }
    Ok(SeenSegment {
        flags: segment.flags,
        seq: socket.seq_to_script(syn, segment.seq),
        wire_seq: segment.seq.0,
        length: u32::try_from(segment.text.len()).unwrap_or(u32::MAX),
        ack: if segment.has(Flags::ACK) { socket.ack_to_script(syn, segment.ack) } else { segment.ack.0 },
        window: segment.window,
        urgent: segment.urgent,
        options,
        zeros: segment.text.iter().all(|&octet| octet == 0),
    })
}
