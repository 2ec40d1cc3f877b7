//! What a script can be read with and still be wrong about: forms that only we have, scripts that prove nothing or ask
//! for more than any RFC, tags that name nothing.
mod sockets;

use std::collections::BTreeSet;

use super::diagnostic::{Diagnostic, Fault, nearest};
use super::dialect::Dialect;
use super::span::{Span, Word};
use super::tree::{
    CallSpec, Direction, EventKind, Number, OptionsSpec, PacketAlternatives, Script, TcpOption, TcpSpec,
    Transport, When,
};

/// Reads a script as a reviewer would.
///
/// `requirements` are the ids that a tag may name, a label without its letter included; without them, no id is looked
/// up.
#[must_use]
pub fn lint(script: &Script, requirements: Option<&BTreeSet<String>>) -> Vec<Diagnostic> {
    let mut lint = Lint { script, faults: Vec::new() };
    lint.proves_something();
    lint.times();
    lint.packets();
    lint.faults.extend(sockets::review(script));
    lint.commands();
    lint.symbols();
    lint.tags(requirements);
    super::ordered(lint.faults, &script.source)
}

/// Where an RFC asks for PSH itself, it is nobody's choice.
const PUSHES: &[&str] = &["RFC9293:MUST-61"];

struct Lint<'s> {
    script: &'s Script,
    faults: Vec<(Fault, Span)>,
}

impl<'s> Lint<'s> {
    fn fault(&mut self, fault: Fault, span: Span) {
        self.faults.push((fault, span));
    }

    fn outbound(&self) -> impl Iterator<Item = &'s PacketAlternatives> + use<'s> {
        self.script.events.iter().filter_map(|event| match &event.kind {
            EventKind::Packet(packets) if packets.direction == Direction::Outbound => Some(packets),
            _ => None,
        })
    }

    /// A script in which nothing can go wrong is none.
    fn proves_something(&mut self) {
        if !self.script.expects_something() {
            let first = self.script.events.first().map_or(Span::default(), |event| event.span);
            self.fault(Fault::ExpectsNothing, first);
        }
    }

    /// The first event is at time 0, and absolute times follow one another.
    fn times(&mut self) {
        let script = self.script;
        if let Some(first) = script.events.first()
            && !matches!(
                first.when.node,
                When::At(0) | When::After(0) | When::Any | When::Between(0, _) | When::AfterBetween(0, _)
            )
        {
            self.fault(Fault::FirstTime, first.when.span);
        }
        let absolute = |when: When| match when {
            When::At(at) | When::Between(at, _) => Some(at),
            When::After(_) | When::Any | When::AfterBetween(..) => None,
        };
        for pair in script.events.windows(2) {
            if let [before, after] = pair
                && let (Some(before), Some(at)) = (absolute(before.when.node), absolute(after.when.node))
                && at < before
            {
                self.fault(Fault::TimeBackwards, after.when.span);
            }
        }
    }

    fn packets(&mut self) {
        let any_stack = self.script.tags.profiles.is_empty();
        for event in &self.script.events {
            if let EventKind::Silence(duration) = &event.kind {
                self.fault(Fault::Extension { what: "`>!`" }, duration.span);
            }
        }
        for packets in self.outbound() {
            self.extensions(packets);
            let one = packets.alternatives.as_slice();
            for packet in one {
                if let Transport::Tcp(tcp) = &packet.transport
                    && any_stack
                {
                    self.overconstrained(tcp);
                }
            }
        }
    }

    fn extensions(&mut self, packets: &PacketAlternatives) {
        let Some(first) = packets.alternatives.first() else { return };
        if packets.optional {
            self.fault(Fault::Extension { what: "`>?`" }, first.span);
        }
        if let Some(second) = packets.alternatives.get(1) {
            self.fault(Fault::Extension { what: "`|` between packets" }, second.span);
        }
        for packet in &packets.alternatives {
            match &packet.transport {
                Transport::Tcp(tcp) => self.open_segment(tcp),
                Transport::Udp(udp) => self.open_number(udp.length, udp.span),
                Transport::Icmp(_) | Transport::UdpLite(_) | Transport::Sctp(_) => {}
            }
        }
    }

    /// Flags with `?`, ranges, and numbers left open.
    fn open_segment(&mut self, tcp: &TcpSpec) {
        if tcp.flags.optional != stackdrill_wire::Flags::NONE {
            self.fault(Fault::Extension { what: "a flag with `?`" }, tcp.flags.span);
        }
        let sequence = &tcp.sequence;
        self.open_number(sequence.length, sequence.span);
        // `...(n)` is the BSD dialect's own.
        if !sequence.ignored || self.script.dialect == Dialect::Google {
            self.open_number(sequence.start, sequence.span);
            self.open_number(sequence.end, sequence.span);
        }
        for field in [&tcp.ack, &tcp.window, &tcp.urgent].into_iter().flatten() {
            self.open_number(field.node, field.span);
        }
        if let OptionsSpec::Among(list) = &tcp.options
            && let Some(first) = list.first()
        {
            self.fault(Fault::Extension { what: "`...` among options" }, first.span);
        }
        let OptionsSpec::List(list) = &tcp.options else { return };
        for option in list {
            match &option.node {
                TcpOption::MaximumSegmentSize(number) | TcpOption::WindowScale(number) => {
                    self.open_number(*number, option.span);
                }
                TcpOption::Sack(blocks) => {
                    for number in blocks.iter().flat_map(|block| [block.left, block.right]) {
                        self.open_number(number, option.span);
                    }
                }
                // `val ...` is the BSD dialect's own; no tool has an echo left open.
                TcpOption::Timestamps { value, echo, .. } => {
                    let own = self.script.dialect == Dialect::Bsd && *value == Number::Unjudged;
                    if !own {
                        self.open_number(*value, option.span);
                    }
                    self.open_number(*echo, option.span);
                }
                TcpOption::EndOfList
                | TcpOption::NoOperation
                | TcpOption::SackPermitted
                | TcpOption::Md5(_)
                | TcpOption::FastOpen(_)
                | TcpOption::FastOpenExperimental(_)
                | TcpOption::AccEcn(_)
                | TcpOption::Generic { .. }
                | TcpOption::Experimental { .. }
                | TcpOption::AckRate(_) => {}
            }
        }
    }

    fn open_number(&mut self, number: Number, span: Span) {
        match number {
            Number::Exact(_) => {}
            Number::Range(..) => self.fault(Fault::Extension { what: "a range of numbers" }, span),
            Number::Unjudged => self.fault(Fault::Extension { what: "`...` for a number" }, span),
        }
    }

    /// What no RFC fixes: windows, the order of options, and PSH.
    fn overconstrained(&mut self, tcp: &TcpSpec) {
        use stackdrill_wire::Flags;
        // A closed window is a promise kept, and a RST has none to speak of.
        let window = tcp.window.filter(|_| !tcp.flags.set.has(Flags::RST));
        if let Some(span) =
            window.filter(|window| matches!(window.node, Number::Exact(1..))).map(|it| it.span)
        {
            self.fault(Fault::Overconstrained { what: "an exact window" }, span);
        }
        if let OptionsSpec::List(list) = &tcp.options
            && list.len() > 1
            && let (Some(first), Some(last)) = (list.first(), list.last())
        {
            let span = first.span.to(last.span);
            self.fault(Fault::Overconstrained { what: "the order of options" }, span);
        }
        if tcp.flags.set.has(Flags::PSH) && !self.proves(PUSHES) {
            self.fault(Fault::Overconstrained { what: "PSH" }, tcp.flags.span);
        }
    }

    /// Whether the script is there to show one of these.
    fn proves(&self, requirements: &[&str]) -> bool {
        self.script.tags.proves.iter().any(|id| requirements.contains(&&*id.node))
    }

    fn commands(&mut self) {
        if let (None, Some(cleanup)) = (&self.script.init, &self.script.cleanup) {
            self.fault(Fault::CleanupWithoutInit, cleanup.span);
        }
        for event in &self.script.events {
            if let EventKind::Call(CallSpec { result, .. }) = &event.kind
                && result.node.integer().is_none()
            {
                self.fault(Fault::ResultNotLiteral, result.span);
            }
        }
    }

    fn symbols(&mut self) {
        for symbol in &self.script.unused {
            self.fault(Fault::DeadDefine { name: symbol.node.to_string() }, symbol.span);
        }
    }

    fn tags(&mut self, requirements: Option<&BTreeSet<String>>) {
        let tags = &self.script.tags;
        for departure in tags.departs.iter().filter(|departure| departure.reason.is_empty()) {
            self.fault(Fault::DepartsWithoutReason, departure.span);
        }
        let Some(known) = requirements else { return };
        let departed = tags.departs.iter().flat_map(|departure| &departure.citations);
        for id in tags.proves.iter().chain(&tags.chooses).chain(departed) {
            self.citation(id, known);
        }
    }

    /// An id of the catalogue; a bare place is not looked up.
    fn citation(&mut self, id: &Word, known: &BTreeSet<String>) {
        let text = &*id.node;
        if text.contains(':') && !known.contains(text) {
            let near = nearest(text, known.iter().map(String::as_str)).map(str::to_owned);
            self.fault(Fault::UnknownRequirement { id: text.to_owned(), near }, id.span);
        }
    }
}
