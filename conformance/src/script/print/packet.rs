//! Packets as text.
use std::fmt::{self, Write as _};

use stackdrill_wire::Flags;

use crate::script::dialect::Dialect;
use crate::script::grammar::{DSCP, ECN, FLAGS};
use crate::script::tree::{
    AccEcn, AccEcnOrder, AccEcnSpelling, Direction, EchoedKind, Encapsulation, FlagsSpec, Gre, IcmpSpec,
    IpInfo, IpItem, Md5, MplsEntry, Number, OptionsSpec, PacketAlternatives, PacketSpec, Ports, Sequence,
    TcpOption, TcpSpec, Transport,
};

/// The cells of a packet event: direction and outer headers, flags, sequence numbers, ack, win, the rest.
pub(super) fn cells(packets: &PacketAlternatives, dialect: Dialect) -> Vec<String> {
    let direction = match (packets.direction, packets.optional) {
        (Direction::Inbound, _) => "<",
        (Direction::Outbound, false) => ">",
        (Direction::Outbound, true) => ">?",
    };
    let mut alternatives = packets.alternatives.iter();
    let mut cells = alternatives.next().map_or_else(Vec::new, |first| one(first, dialect));
    if let Some(first) = cells.first_mut() {
        *first = join([direction, first]);
    }
    for other in alternatives {
        let text = text(other, dialect);
        if let Some(last) = cells.last_mut() {
            *last = join([last, "|", &text]);
        }
    }
    cells
}

/// One packet on a line, without its direction.
pub(super) fn text(packet: &PacketSpec, dialect: Dialect) -> String {
    let cells = one(packet, dialect);
    join(cells.iter().map(String::as_str))
}

/// Parts with one blank between those that say something.
fn join<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// The cells of one packet, without its direction.
fn one(packet: &PacketSpec, dialect: Dialect) -> Vec<String> {
    let headers: Vec<String> = packet.encapsulation.iter().map(encapsulation).collect();
    let head = join(headers.iter().map(String::as_str).chain([ip_info(&packet.ip).as_str()]));
    match &packet.transport {
        Transport::Tcp(tcp) => segment(&head, tcp, dialect),
        Transport::Udp(udp) => {
            let text = format!("({})", udp.length);
            vec![head, join(["udp", &maybe_ports(udp.ports), &text])]
        }
        Transport::Icmp(icmp) => vec![head, icmp_text(icmp)],
        Transport::UdpLite(udp) => {
            let text = format!("({}, {})", udp.length, udp.coverage);
            vec![head, join(["udplite", &maybe_ports(udp.ports), &text])]
        }
        Transport::Sctp(text) => vec![head, text.to_string()],
    }
}

fn maybe_ports(ports: Option<Ports>) -> String {
    ports.map_or_else(String::new, |ports| format!("{} > {}", ports.source, ports.destination))
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(value) => write!(f, "{value}"),
            Self::Range(low, high) => write!(f, "{low}~{high}"),
            Self::Unjudged => f.write_str("..."),
        }
    }
}

fn segment(head: &str, tcp: &TcpSpec, dialect: Dialect) -> Vec<String> {
    let psp = tcp.psp.map_or_else(String::new, |spi| format!("encap psp spi {spi:#x}"));
    let named =
        |name: &str, value: Option<Number>| value.map_or_else(String::new, |value| format!("{name} {value}"));
    let cause =
        tcp.reset_cause.map_or_else(String::new, |it| format!("[code {}, pen {}]", it.code, it.enterprise));
    let udp =
        tcp.udp_encapsulation.map_or_else(String::new, |ports| format!("/udp({})", maybe_ports(Some(ports))));
    let urgent = named("urg", tcp.urgent.map(|it| it.node));
    vec![
        join([head, &psp, &maybe_ports(tcp.ports)]),
        flags(&tcp.flags),
        tcp.sequence.to_string(),
        named("ack", tcp.ack.map(|it| it.node)),
        named("win", tcp.window.map(|it| it.node)),
        join([urgent.as_str(), &options(&tcp.options, dialect), &cause, &udp]),
    ]
}

impl fmt::Display for FlagsSpec {
    /// Letters, the dot, the ACE digit; `?` behind what may be set or not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&flags(self))
    }
}

fn flags(spec: &FlagsSpec) -> String {
    let digit = spec.ace.map(|ace| ace.to_string()).unwrap_or_default();
    let bits = Flags(spec.ace.map_or(0, |ace| u16::from(ace) << 6));
    let mut out = String::new();
    for &(letter, flag) in FLAGS {
        // A digit goes behind the dot, or at the end of the word where there is no plain dot for it.
        if letter == '.' && !spec.set.has(Flags::ACK) {
            out.push_str(&digit);
        }
        if spec.set.without(bits).has(flag) {
            out.push(letter);
        } else if spec.optional.has(flag) {
            out.extend([letter, '?']);
        }
    }
    if spec.set.has(Flags::ACK) {
        out.push_str(&digit);
    }
    if out.is_empty() { "-".to_owned() } else { out }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, end, length, absolute, ignored, span: _ } = self;
        if *ignored {
            write!(f, "...({length})")?;
        } else {
            write!(f, "{start}:{end}({length})")?;
        }
        f.write_str(if *absolute { "!" } else { "" })
    }
}

fn options(options: &OptionsSpec, dialect: Dialect) -> String {
    match options {
        OptionsSpec::None => String::new(),
        OptionsSpec::Any => "<...>".to_owned(),
        OptionsSpec::List(list) => {
            let texts: Vec<String> = list.iter().map(|option| tcp_option(&option.node, dialect)).collect();
            format!("<{}>", texts.join(","))
        }
        OptionsSpec::Among(list) => {
            list.iter().fold("<...".to_owned(), |text, option| {
                format!("{text},{}", tcp_option(&option.node, dialect))
            }) + ">"
        }
        OptionsSpec::Raw(octets) => format!("<{}>", hexadecimal(&octets.node)),
    }
}

pub(super) fn tcp_option(option: &TcpOption, dialect: Dialect) -> String {
    match option {
        TcpOption::EndOfList => "eol".to_owned(),
        TcpOption::NoOperation => "nop".to_owned(),
        TcpOption::MaximumSegmentSize(size) => format!("mss {}", *size),
        TcpOption::WindowScale(shift) => format!("wscale {}", *shift),
        TcpOption::SackPermitted => "sackOK".to_owned(),
        TcpOption::Sack(blocks) => blocks.iter().fold("sack".to_owned(), |mut text, block| {
            // Writing to a string cannot fail.
            let _ = write!(text, " {}:{}", block.left, block.right);
            text
        }),
        TcpOption::Timestamps { value, echo, absolute } => {
            format!("TS val {} ecr {}{}", *value, *echo, if *absolute { "!" } else { "" })
        }
        TcpOption::Md5(Md5::Computed) => "md5 valid".to_owned(),
        TcpOption::Md5(Md5::Digest(octets)) => with_octets("md5", octets),
        TcpOption::FastOpen(cookie) => with_octets("FO", cookie),
        TcpOption::FastOpenExperimental(cookie) => match dialect {
            Dialect::Google => with_octets("FOEXP", cookie),
            Dialect::Bsd => with_octets("EXP-FO", cookie),
        },
        TcpOption::AccEcn(counters) => accurate_ecn(counters, dialect),
        TcpOption::Generic { kind, data } => with_octets(&format!("gen-{kind}"), data),
        TcpOption::Experimental { id, data } => with_octets(&format!("exp-{id:04x}"), data),
        TcpOption::AckRate(rate) => {
            join(["exp-tarr", &rate.map(|rate| rate.to_string()).unwrap_or_default()])
        }
    }
}

fn accurate_ecn(option: &AccEcn, dialect: Dialect) -> String {
    let first = option.order == AccEcnOrder::Ect0First;
    // What was seen on the wire has no spelling of its own.
    let spelling = match (option.spelling, dialect) {
        (AccEcnSpelling::Google, Dialect::Bsd) => AccEcnSpelling::Bsd,
        (spelling, _) => spelling,
    };
    let (name, names) = match (spelling, first) {
        (AccEcnSpelling::Google, true) => ("ECN", ["e0b", "ceb", "e1b"]),
        (AccEcnSpelling::Google, false) => ("ECN", ["e1b", "ceb", "e0b"]),
        (AccEcnSpelling::Bsd, true) => ("AccECN0", ["ee0b", "eceb", "ee1b"]),
        (AccEcnSpelling::Bsd, false) => ("AccECN1", ["ee1b", "eceb", "ee0b"]),
        (AccEcnSpelling::BsdExperimental, true) => ("exp-AccECN0", ["ee0b", "eceb", "ee1b"]),
        (AccEcnSpelling::BsdExperimental, false) => ("exp-AccECN1", ["ee1b", "eceb", "ee0b"]),
    };
    names.iter().zip(&option.counters).fold(name.to_owned(), |mut text, (name, counter)| {
        // Writing to a string cannot fail.
        let _ = write!(text, " {name} {counter}");
        text
    })
}

fn with_octets(name: &str, octets: &[u8]) -> String {
    join([name, &hexadecimal(octets)])
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

fn ip_info(info: &IpInfo) -> String {
    if info.items.is_empty() {
        return String::new();
    }
    let items: Vec<String> = info.items.iter().map(|item| ip_item(item.node)).collect();
    format!("[{}]", items.join(", "))
}

fn ip_item(item: IpItem) -> String {
    match item {
        IpItem::Ecn(ecn) => ECN.iter().find(|row| row.1 == ecn).map_or("", |row| row.0).to_owned(),
        IpItem::Tos(octet) => format!("tos {octet:#04x}"),
        IpItem::Class(octet) => format!("class {octet:#04x}"),
        IpItem::Dscp(code) => DSCP
            .iter()
            .find(|row| row.1 == code)
            .map_or_else(|| format!("dscp {code:#04x}"), |row| format!("dscp {}", row.0)),
        IpItem::FlowLabel(label) => format!("flowlabel {label:#x}"),
        IpItem::Ttl(ttl) => format!("ttl {ttl}"),
        IpItem::HopLimit(limit) => format!("hlim {limit}"),
    }
}

/// An outer header.
pub(super) fn encapsulation(header: &Encapsulation) -> String {
    match header {
        Encapsulation::Ipv4 { info, source, destination } => {
            format!("{} > {destination}:", join(["ipv4", &ip_info(info), &source.to_string()]))
        }
        Encapsulation::Ipv6 { info, source, destination } => {
            // A blank keeps the colon out of the address.
            format!("{} > {destination} :", join(["ipv6", &ip_info(info), &source.to_string()]))
        }
        Encapsulation::Gre(None) => "gre:".to_owned(),
        Encapsulation::Gre(Some(fields)) => format!("gre {}:", gre(fields)),
        Encapsulation::Mpls(entries) => {
            let entries: Vec<String> = entries.iter().map(mpls_entry).collect();
            format!("mpls {}:", entries.join(" "))
        }
    }
}

/// The fields of a GRE header.
pub(super) fn gre(fields: &Gre) -> String {
    let Gre { flags, checksum, offset, key, sequence } = fields;
    format!("flags {:#06x}, sum {checksum:#x}, off {offset:#x}, key {key:#x}, seq {sequence}", flags.0)
}

/// An entry of an MPLS stack.
pub(super) fn mpls_entry(entry: &MplsEntry) -> String {
    let MplsEntry { label, traffic_class, bottom, ttl } = entry;
    let mark = if *bottom { "[S], " } else { "" };
    format!("(label {label}, tc {traffic_class}, {mark}ttl {ttl})")
}

fn icmp_text(icmp: &IcmpSpec) -> String {
    let code = icmp.code.as_ref().map_or("", |code| &code.node);
    let mtu = icmp.mtu.map_or_else(String::new, |mtu| format!("mtu {}", mtu.node));
    let id = icmp.id.map_or_else(String::new, |id| format!("id {}", id.node));
    let echoed = icmp.echoed.as_ref().map_or_else(String::new, |echoed| {
        let kind = match &echoed.kind {
            EchoedKind::Tcp(tcp) => tcp.to_string(),
            EchoedKind::Udp(length) => format!("udp ({})", *length),
            EchoedKind::Raw(length) => format!("raw ({length})"),
            EchoedKind::UdpLite(length, coverage) => format!("udplite ({length}, {coverage})"),
            EchoedKind::Sctp(length) => format!("sctp ({length})"),
        };
        let udp = echoed
            .udp_encapsulation
            .map_or_else(String::new, |ports| format!("/udp({})", maybe_ports(Some(ports))));
        format!("[{}]", join([kind.as_str(), &udp]))
    });
    join(["icmp", &icmp.kind.node, code, &mtu, &id, &echoed])
}
