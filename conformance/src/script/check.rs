//! What a tree can say that no script may: numbers that do not add up, packets that leave open what to send.
mod calls;

use super::diagnostic::{Fault, nearest};
use super::dialect::Dialect;
use super::span::{Span, Spanned};
use super::tree::{
    Direction, Echoed, EchoedKind, Ecn, Encapsulation, Event, EventKind, IcmpSpec, IpInfo, IpItem, Number,
    OptionSpec, OptionsSpec, PacketAlternatives, PacketSpec, Script, Sequence, TcpOption, TcpSpec, Transport,
    UdpSpec, When, icmp_code, icmp_codes, icmp_types,
};

/// At most so many headers around one another.
const MOST_HEADERS: usize = 6;

/// At most so many MPLS entries in one header.
const MOST_LABELS: usize = 6;

/// The most octets of an IP datagram.
const MOST_OCTETS: u64 = 65_535;

/// What is wrong with a script, apart from its grammar.
pub(super) fn script(script: &Script) -> Vec<(Fault, Span)> {
    let mut check = Check { dialect: script.dialect, faults: Vec::new() };
    for event in &script.events {
        check.event(event);
    }
    check.faults
}

struct Check {
    dialect: Dialect,
    faults: Vec<(Fault, Span)>,
}

impl Check {
    fn fault(&mut self, fault: Fault, span: Span) {
        self.faults.push((fault, span));
    }

    fn event(&mut self, event: &Event) {
        let expects = match &event.kind {
            EventKind::Packet(packet) => packet.direction == Direction::Outbound,
            EventKind::Silence(_) | EventKind::Call(_) | EventKind::Command(_) | EventKind::Code(_) => false,
        };
        if !expects {
            self.when(event.when);
        }
        match &event.kind {
            EventKind::Packet(packet) => self.packets(packet),
            EventKind::Call(call) => self.faults.extend(calls::foreign(call, self.dialect)),
            EventKind::Silence(_) | EventKind::Command(_) | EventKind::Code(_) => {}
        }
    }

    /// Only packets that are expected may come at a time left open.
    fn when(&mut self, when: Spanned<When>) {
        let what = match when.node {
            When::At(_) | When::After(_) => return,
            When::Any => "`*`",
            When::Between(..) | When::AfterBetween(..) => "a range of times",
        };
        self.fault(Fault::TimeOfAction { what }, when.span);
    }

    fn packets(&mut self, packets: &PacketAlternatives) {
        for packet in &packets.alternatives {
            let inbound = packets.direction == Direction::Inbound;
            self.encapsulation(packet);
            self.ip(packet, inbound);
            match &packet.transport {
                Transport::Tcp(tcp) => self.tcp(tcp, inbound),
                Transport::Udp(udp) => self.udp(udp, inbound),
                Transport::Icmp(icmp) => {
                    if !inbound && self.dialect == Dialect::Bsd {
                        let (what, dialect) = ("an ICMP message that is expected", Dialect::Google);
                        self.fault(Fault::OtherDialect { what, dialect }, icmp.span);
                    }
                    self.icmp(icmp);
                }
                Transport::UdpLite(_) | Transport::Sctp(_) => {}
            }
        }
    }

    fn encapsulation(&mut self, packet: &PacketSpec) {
        // The innermost IP header and what it carries count too.
        let headers = packet.encapsulation.len().saturating_add(2);
        if headers > MOST_HEADERS {
            self.fault(Fault::Headers { headers, most: MOST_HEADERS }, packet.span);
        }
        for header in &packet.encapsulation {
            if let Encapsulation::Mpls(entries) = header
                && entries.len() > MOST_LABELS
            {
                self.fault(Fault::Headers { headers: entries.len(), most: MOST_LABELS }, packet.span);
            }
        }
    }

    fn ip(&mut self, packet: &PacketSpec, inbound: bool) {
        self.once(&packet.ip);
        let Some(item) = packet.ip.items.iter().find(|item| matches!(item.node, IpItem::Ecn(_))) else {
            return;
        };
        let either = item.node == IpItem::Ecn(Ecn::EctEither);
        match &packet.transport {
            Transport::Udp(_) if self.dialect == Dialect::Google => self.fault(Fault::EcnOnUdp, item.span),
            Transport::Tcp(_) if inbound && either && self.dialect == Dialect::Google => {
                self.fault(Fault::OpenInbound { what: "`ect01`" }, item.span);
            }
            Transport::Icmp(_) if inbound && either => {
                self.fault(Fault::OpenInbound { what: "`ect01`" }, item.span);
            }
            _ => {}
        }
    }

    /// Each part of the header at most once.
    fn once(&mut self, info: &IpInfo) {
        // The octet, its two parts, the label, the TTL.
        let part = |item: &IpItem| match item {
            IpItem::Tos(_) | IpItem::Class(_) => ("the TOS octet", [true, true, false, false]),
            IpItem::Dscp(_) => ("the DSCP", [true, false, false, false]),
            IpItem::Ecn(_) => ("the ECN field", [false, true, false, false]),
            IpItem::FlowLabel(_) => ("the flow label", [false, false, true, false]),
            IpItem::Ttl(_) | IpItem::HopLimit(_) => ("the TTL", [false, false, false, true]),
        };
        let mut seen = [false; 4];
        for item in &info.items {
            let (what, parts) = part(&item.node);
            if seen.iter().zip(parts).any(|(&seen, part)| seen && part) {
                self.fault(Fault::Twice { what }, item.span);
            }
            for (seen, part) in seen.iter_mut().zip(parts) {
                *seen |= part;
            }
        }
    }

    fn tcp(&mut self, tcp: &TcpSpec, inbound: bool) {
        self.sequence(&tcp.sequence);
        if inbound {
            self.exact(tcp);
        }
        let options = match &tcp.options {
            OptionsSpec::None | OptionsSpec::Any => 0,
            OptionsSpec::List(list) => self.options(list, inbound),
            OptionsSpec::Among(list) => list.iter().map(|option| option.node.octets()).sum(),
            OptionsSpec::Raw(octets) => {
                let octets = octets.node.len();
                self.option_octets(octets, tcp.span);
                octets
            }
        };
        let text = match tcp.sequence.length {
            Number::Exact(length) | Number::Range(_, length) => u64::from(length),
            Number::Unjudged => 0,
        };
        let octets = text.saturating_add(options as u64).saturating_add(40);
        if octets > MOST_OCTETS {
            self.fault(Fault::PacketTooLong { octets }, tcp.sequence.span);
        }
        let reset = tcp.flags.set.has(stackdrill_wire::Flags::RST) && tcp.sequence.length.admits(8);
        if tcp.reset_cause.is_some() && !reset {
            self.fault(Fault::ResetCause, tcp.span);
        }
    }

    /// An injected segment says everything that is to be sent.
    fn exact(&mut self, tcp: &TcpSpec) {
        let span = tcp.sequence.span;
        if tcp.flags.optional != stackdrill_wire::Flags::NONE {
            self.fault(Fault::OpenInbound { what: "a flag with `?`" }, tcp.flags.span);
        }
        if !tcp.sequence.ignored {
            self.stated(tcp.sequence.start, span);
            self.stated(tcp.sequence.end, span);
        }
        self.stated(tcp.sequence.length, span);
        for number in [&tcp.ack, &tcp.window, &tcp.urgent].into_iter().flatten() {
            self.stated(number.node, number.span);
        }
        if tcp.window.is_none() {
            self.fault(Fault::MissingWindow, tcp.span);
        }
        if matches!(tcp.options, OptionsSpec::Any | OptionsSpec::Among(_)) {
            self.fault(Fault::OpenInbound { what: "`<...>`" }, tcp.span);
        }
    }

    /// Whether a number says what to send.
    fn stated(&mut self, number: Number, span: Span) {
        let what = match number {
            Number::Exact(_) => return,
            Number::Range(..) => "a range",
            Number::Unjudged => "`...`",
        };
        self.fault(Fault::OpenInbound { what }, span);
    }

    /// The end is the start plus the length; it may not wrap.
    fn sequence(&mut self, sequence: &Sequence) {
        let bounds = |number: Number| match number {
            Number::Exact(value) => Some((u64::from(value), u64::from(value))),
            Number::Range(low, high) => Some((u64::from(low), u64::from(high))),
            Number::Unjudged => None,
        };
        let (Some(start), Some(length), Some(end)) =
            (bounds(sequence.start), bounds(sequence.length), bounds(sequence.end))
        else {
            return;
        };
        let sum = (start.0 + length.0, start.1 + length.1);
        if sum != end {
            let text =
                |(low, high): (u64, u64)| if low == high { low.to_string() } else { format!("{low}~{high}") };
            let fault = Fault::End {
                start: text(start),
                length: text(length),
                sum: text(sum),
                end: text(end),
                past: sum.1 > 1 << 32,
            };
            self.fault(fault, sequence.span);
        }
    }

    fn options(&mut self, list: &[OptionSpec], inbound: bool) -> usize {
        let octets = list.iter().fold(0_usize, |sum, option| sum.saturating_add(option.node.octets()));
        if let (Some(first), Some(last)) = (list.first(), list.last()) {
            self.option_octets(octets, first.span.to(last.span));
        }
        for option in list.iter().filter(|_| inbound) {
            let numbers = match &option.node {
                TcpOption::MaximumSegmentSize(number) | TcpOption::WindowScale(number) => vec![*number],
                // TSval left open is the BSD dialect's own; TSecr is translated, so it must be there.
                TcpOption::Timestamps { value, echo, .. } => vec![*value, *echo],
                TcpOption::Sack(blocks) => {
                    blocks.iter().flat_map(|block| [block.left, block.right]).collect()
                }
                _ => Vec::new(),
            };
            for number in numbers {
                self.stated(number, option.span);
            }
        }
        octets
    }

    fn option_octets(&mut self, octets: usize, span: Span) {
        if octets > 40 {
            self.fault(Fault::OptionsTooLong { octets }, span);
        } else if !octets.is_multiple_of(4) {
            self.fault(Fault::OptionsUnaligned { octets }, span);
        }
    }

    fn udp(&mut self, udp: &UdpSpec, inbound: bool) {
        if inbound {
            self.stated(udp.length, udp.span);
        }
        let length = match udp.length {
            Number::Exact(length) | Number::Range(_, length) => u64::from(length),
            Number::Unjudged => 0,
        };
        let octets = length.saturating_add(28);
        if octets > MOST_OCTETS {
            self.fault(Fault::PacketTooLong { octets }, udp.span);
        }
    }

    /// A name is good if one family knows it; which family it is shows when the script runs.
    fn icmp(&mut self, icmp: &IcmpSpec) {
        let kind = &*icmp.kind.node;
        let known = [4, 6].into_iter().any(|version| icmp_code(version, kind, None).is_some());
        if !known {
            let near = nearest(kind, icmp_types());
            return self.fault(Fault::IcmpType { kind: kind.to_owned(), near }, icmp.kind.span);
        }
        let code = icmp.code.as_ref();
        let text = code.map(|code| &*code.node);
        let pairs: Vec<_> = [4, 6]
            .into_iter()
            .filter_map(|version| Some((version, icmp_code(version, kind, text)?)))
            .collect();
        if let (true, Some(code)) = (pairs.is_empty(), code) {
            let near = nearest(&code.node, icmp_codes(kind));
            let fault = Fault::IcmpCode { kind: kind.to_owned(), code: code.node.to_string(), near };
            return self.fault(fault, code.span);
        }
        let mtu = |&(version, pair): &(u8, (u8, u8))| match (version, pair, self.dialect) {
            (4, pair, _) => pair == (3, 4),
            (_, pair, Dialect::Google) => pair == (2, 0),
            (_, (kind, _), Dialect::Bsd) => kind == 2 || kind == 134,
        };
        match icmp.mtu {
            Some(given) if !pairs.iter().any(mtu) => self.fault(Fault::MtuMisplaced, given.span),
            // ICMPv4 has 16 bits for it.
            Some(given) if given.node > 0xffff && pairs.iter().all(|pair| pair.0 == 4) => {
                let (what, value) = ("the MTU", given.node.to_string());
                self.fault(Fault::OutOfRange { what, value, low: 0, high: 0xffff }, given.span);
            }
            // Without one the BSD tool would not know what to send.
            None if self.dialect == Dialect::Bsd
                && pairs.iter().all(|&(version, (kind, _))| version == 6 && (kind == 2 || kind == 134)) =>
            {
                self.fault(Fault::MtuMissing { kind: kind.to_owned() }, icmp.kind.span);
            }
            Some(_) | None => {}
        }
        if let Some(Echoed { kind: EchoedKind::Tcp(sequence), .. }) = &icmp.echoed {
            self.sequence(sequence);
        }
    }
}
