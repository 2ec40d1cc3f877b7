//! Packets: direction, headers around headers, what they carry.
use winnow::Parser;
use winnow::combinator::{alt, delimited, opt, preceded, repeat, separated, separated_pair, seq};
use winnow::stream::Stream;

use super::token::{
    Input, Read, Rejected, Wanted, decimal, hexadecimal, integer, kind, lit, long, next_but, next_is, number,
    octet, reject, short, spanned, token,
};
use super::{icmp, tcp};
use crate::script::diagnostic::Fault;
use crate::script::dialect::Dialect;
use crate::script::lex::{Kind, Token};
use crate::script::span::Spanned;
use crate::script::tree::{
    Direction, Ecn, Encapsulation, Gre, GreFlags, IpInfo, IpItem, MplsEntry, PacketAlternatives, PacketSpec,
    Ports, Transport, UdpLiteSpec, UdpSpec,
};

/// `'<' one`
pub(super) fn inbound(input: &mut Input<'_>) -> Read<PacketAlternatives> {
    let packet = preceded(lit("<"), one).parse_next(input)?;
    Ok(PacketAlternatives { direction: Direction::Inbound, optional: false, alternatives: vec![packet] })
}

/// `'>' [ '?' ] one { '|' one }`
pub(super) fn outbound(input: &mut Input<'_>) -> Read<PacketAlternatives> {
    lit(">").parse_next(input)?;
    let optional = opt(lit("?")).parse_next(input)?.is_some();
    let alternatives = separated(1.., one, lit("|")).parse_next(input)?;
    Ok(PacketAlternatives { direction: Direction::Outbound, optional, alternatives })
}

/// `{ encap } [ ip_info ] transport`
fn one(input: &mut Input<'_>) -> Read<PacketSpec> {
    let ((encapsulation, ip, transport), span) = spanned(input, |input| {
        let headers = repeat(0.., encapsulation).parse_next(input)?;
        Ok((headers, ip_info(input)?, transport(input)?))
    })?;
    Ok(PacketSpec { encapsulation, ip, transport, span })
}

fn transport(input: &mut Input<'_>) -> Read<Transport> {
    match next_but(input, 0).map_or("", |token| token.text) {
        "udp" => udp.map(Transport::Udp).parse_next(input),
        "icmp" => icmp::icmp.map(Transport::Icmp).parse_next(input),
        "udplite" => udp_lite.map(Transport::UdpLite).parse_next(input),
        "sctp" => sctp.map(Transport::Sctp).parse_next(input),
        _ => tcp::segment.map(Transport::Tcp).parse_next(input),
    }
}

/// `ports = INTEGER '>' INTEGER`
pub(super) fn ports(input: &mut Input<'_>) -> Read<Ports> {
    let (source, destination) =
        separated_pair(short("a port"), lit(">"), short("a port")).parse_next(input)?;
    Ok(Ports { source, destination })
}

/// Ports, if the next tokens are some.
pub(super) fn maybe_ports(input: &mut Input<'_>) -> Read<Option<Ports>> {
    let some = next_but(input, 0).is_some_and(|token| token.kind == Kind::Integer);
    if some { ports(input).map(Some) } else { Ok(None) }
}

/// `'/' 'udp' '(' ports ')'`: inside UDP.
pub(super) fn udp_encapsulation(input: &mut Input<'_>) -> Read<Option<Ports>> {
    if !next_is(input, "/") {
        return Ok(None);
    }
    let (ports, span) = spanned(input, |input| {
        preceded((lit("/"), lit("udp")), delimited(lit("("), ports, lit(")"))).parse_next(input)
    })?;
    input.state.only(Dialect::Bsd, "`/udp(a > b)`", span);
    Ok(Some(ports))
}

fn udp(input: &mut Input<'_>) -> Read<UdpSpec> {
    let ((ports, length), span) = spanned(input, |input| {
        let ports = preceded(lit("udp"), maybe_ports).parse_next(input)?;
        Ok((ports, delimited(lit("("), number("a length", 0xffff), lit(")")).parse_next(input)?))
    })?;
    Ok(UdpSpec { ports, length, span })
}

fn udp_lite(input: &mut Input<'_>) -> Read<UdpLiteSpec> {
    let ((ports, (length, coverage)), span) = spanned(input, |input| {
        let ports = preceded(lit("udplite"), maybe_ports).parse_next(input)?;
        Ok((ports, lengths(input)?))
    })?;
    input.state.only(Dialect::Bsd, "UDP-Lite", span);
    Ok(UdpLiteSpec { ports, length, coverage, span })
}

/// `'(' INTEGER ',' INTEGER ')'`: payload and checksum coverage.
pub(super) fn lengths(input: &mut Input<'_>) -> Read<(u16, u16)> {
    let pair = separated_pair(short("a length"), lit(","), short("the checksum coverage"));
    delimited(lit("("), pair, lit(")")).parse_next(input)
}

/// SCTP, unread: everything up to the next line that starts with a time.
fn sctp(input: &mut Input<'_>) -> Read<Box<str>> {
    let (words, span) = spanned(input, |input| {
        let mut words = vec![lit("sctp").parse_next(input)?.text];
        while let Some(token) =
            input.peek_token().filter(|token| !(token.first && super::starts_event(token)))
        {
            words.push(token.text);
            input.next_token();
        }
        Ok(words)
    })?;
    input.state.only(Dialect::Bsd, "SCTP", span);
    Ok(words.join(" ").into())
}

/// Headers around headers.
fn encapsulation(input: &mut Input<'_>) -> Read<Encapsulation> {
    match next_but(input, 0).map_or("", |token| token.text) {
        "ipv4" => {
            let parts = (lit("ipv4"), ip_info, address4, lit(">"), address4, lit(":")).parse_next(input)?;
            Ok(Encapsulation::Ipv4 { info: parts.1, source: parts.2, destination: parts.4 })
        }
        "ipv6" => {
            let parts = (lit("ipv6"), ip_info, address6, lit(">"), address6, lit(":")).parse_next(input)?;
            Ok(Encapsulation::Ipv6 { info: parts.1, source: parts.2, destination: parts.4 })
        }
        "gre" | "GREv0" => {
            if let Some(name) = input.next_token().filter(|name| name.text == "GREv0") {
                input.state.only(Dialect::Google, "`GREv0`", name.span);
            }
            let fields = if next_is(input, ":") {
                None
            } else {
                Some(preceded(opt(lit(",")), gre).parse_next(input)?)
            };
            lit(":").parse_next(input)?;
            Ok(Encapsulation::Gre(fields))
        }
        "mpls" => {
            let entries = delimited(lit("mpls"), repeat(1.., mpls_entry), lit(":")).parse_next(input)?;
            Ok(Encapsulation::Mpls(entries))
        }
        _ => Err(Rejected),
    }
}

/// An IPv4 address. Only its digits have been looked at so far.
fn address4(input: &mut Input<'_>) -> Read<std::net::Ipv4Addr> {
    let token = kind(Kind::Ipv4, "an IPv4 address").parse_next(input)?;
    Ok(token.text.parse().unwrap_or_else(|_| {
        input.state.fault(Fault::Address { text: token.text.to_owned() }, token.span);
        std::net::Ipv4Addr::UNSPECIFIED
    }))
}

fn address6(input: &mut Input<'_>) -> Read<std::net::Ipv6Addr> {
    let token = kind(Kind::Ipv6, "an IPv6 address").parse_next(input)?;
    // The tokeniser took only what parses.
    Ok(token.text.parse().unwrap_or(std::net::Ipv6Addr::UNSPECIFIED))
}

/// `('flags'|'Flags') ( '[' flag {',' flag} ']' | int ) [','] 'sum' int [','] 'off' int [','] 'key' ['='] int
/// [','] 'seq' int`
pub(super) fn gre(input: &mut Input<'_>) -> Read<Gre> {
    let (fields, span) = spanned(input, |input| {
        alt((lit("flags"), lit("Flags"))).parse_next(input)?;
        let flags = if next_is(input, "[") {
            let names = separated(1.., gre_flag, lit(","));
            let bits: Vec<u16> = delimited(lit("["), names, lit("]")).parse_next(input)?;
            bits.iter().fold(0, |all, bit| all | bit)
        } else {
            integer("the flags", 0, 0xffff).map(u16_of).parse_next(input)?
        };
        seq! { Gre {
            flags: winnow::combinator::empty.value(GreFlags(flags)),
            _: (opt(lit(",")), lit("sum")), checksum: integer("a checksum", 0, 0xffff).map(u16_of),
            _: (opt(lit(",")), lit("off")), offset: integer("an offset", 0, 0xffff).map(u16_of),
            _: (opt(lit(",")), lit("key"), opt(lit("="))), key: integer("a key", 0, 0xffff_ffff).map(u32_of),
            _: (opt(lit(",")), lit("seq")), sequence: integer("a number", 0, 0xffff_ffff).map(u32_of),
        }}
        .parse_next(input)
    })?;
    input.state.only(Dialect::Google, "a GRE header with fields", span);
    Ok(fields)
}

/// `'none' | 'checksum' 'present' | 'key' 'present' | 'sequence#' 'present'`
fn gre_flag(input: &mut Input<'_>) -> Read<u16> {
    alt((
        lit("none").value(0),
        (lit("checksum"), lit("present")).value(0x8000),
        (lit("key"), lit("present")).value(0x2000),
        (lit("sequence#"), lit("present")).value(0x1000),
    ))
    .parse_next(input)
}

/// `'(' 'label' INTEGER ',' 'tc' INTEGER ',' [ '[' 'S' ']' ',' ] 'ttl' INTEGER ')'`
pub(super) fn mpls_entry(input: &mut Input<'_>) -> Read<MplsEntry> {
    seq! { MplsEntry {
        _: (lit("("), lit("label")), label: decimal("a label", 0, 0xf_ffff).map(u32_of),
        _: (lit(","), lit("tc")), traffic_class: decimal("a traffic class", 0, 7).map(u8_of),
        _: lit(","), bottom: opt((lit("["), lit("S"), lit("]"), lit(","))).map(|mark| mark.is_some()),
        _: lit("ttl"), ttl: octet("a TTL"),
        _: lit(")"),
    }}
    .parse_next(input)
}

/// `'(' info { ',' info } ')' | '[' info { ',' info } ']'`, or nothing.
pub(super) fn ip_info(input: &mut Input<'_>) -> Read<IpInfo> {
    let close = match next_but(input, 0).map_or("", |token| token.text) {
        "(" => ")",
        "[" => "]",
        _ => return Ok(IpInfo::default()),
    };
    input.next_token();
    let items: Vec<Spanned<IpItem>> = separated(1.., ip_item, lit(",")).parse_next(input)?;
    lit(close).parse_next(input)?;
    // Google's tool knows one combination.
    let octet =
        |item: &IpItem| matches!(item, IpItem::Tos(_) | IpItem::Class(_) | IpItem::Dscp(_) | IpItem::Ecn(_));
    let known = match items.as_slice() {
        [_] => true,
        [first, second] => octet(&first.node) && matches!(second.node, IpItem::FlowLabel(_)),
        _ => false,
    };
    if let (false, Some(second)) = (known, items.get(1)) {
        input.state.only(Dialect::Bsd, "this combination", second.span);
    }
    Ok(IpInfo { items })
}

/// One item of what is said of an IP header.
fn ip_item(input: &mut Input<'_>) -> Read<Spanned<IpItem>> {
    const WANTED: Wanted = Wanted::Class("something about the IP header (`ect0`, `tos 0x..`, `ttl n`, ...)");
    let name = next_but(input, 0).map_or("", |token| token.text);
    let (item, span) = spanned(input, |input| {
        if let Some(ecn) = ecn(name) {
            input.next_token();
            return Ok(IpItem::Ecn(ecn));
        }
        match name {
            "tos" => preceded(lit("tos"), hexadecimal("the TOS", 0xff).map(|tos| IpItem::Tos(u8_of(tos))))
                .parse_next(input),
            "class" => preceded(
                lit("class"),
                hexadecimal("the traffic class", 0xff).map(|class| IpItem::Class(u8_of(class))),
            )
            .parse_next(input),
            "flowlabel" => {
                let label =
                    hexadecimal("the flow label", 0xf_ffff).map(|label| IpItem::FlowLabel(u32_of(label)));
                preceded(lit("flowlabel"), label).parse_next(input)
            }
            "ttl" => preceded(lit("ttl"), ttl.map(IpItem::Ttl)).parse_next(input),
            "hlim" => preceded(lit("hlim"), octet("the hop limit").map(IpItem::HopLimit)).parse_next(input),
            "dscp" => preceded(lit("dscp"), dscp.map(IpItem::Dscp)).parse_next(input),
            "ecn" => preceded(lit("ecn"), ecn_name.map(IpItem::Ecn)).parse_next(input),
            _ => reject(input, WANTED),
        }
    })?;
    if matches!(name, "class" | "hlim" | "dscp" | "ecn") {
        input.state.only(Dialect::Bsd, "this item", span);
    }
    Ok(Spanned::new(item, span))
}

/// Eight bits. Google's tool looks at no others, whatever is written.
fn ttl(input: &mut Input<'_>) -> Read<u8> {
    const WHAT: &str = "the TTL";
    if input.state.dialect == Dialect::Bsd {
        return octet(WHAT).parse_next(input);
    }
    let (written, span) = spanned(input, |input| decimal(WHAT, i64::MIN, i64::MAX).parse_next(input))?;
    let kept = u8_of(written.rem_euclid(256));
    if i64::from(kept) != written {
        input.state.fault(Fault::Cut { what: WHAT, value: written, kept }, span);
    }
    Ok(kept)
}

/// The names of the ECN field's values.
pub(in crate::script) const ECN: &[(&str, Ecn)] = &[
    ("noecn", Ecn::NotCapable),
    ("ect0", Ecn::Ect0),
    ("ect1", Ecn::Ect1),
    ("ce", Ecn::CongestionExperienced),
    ("ect01", Ecn::EctEither),
];

fn ecn(name: &str) -> Option<Ecn> {
    ECN.iter().find(|row| row.0 == name).map(|row| row.1)
}

fn ecn_name(input: &mut Input<'_>) -> Read<Ecn> {
    let token =
        token(Wanted::Class("`noecn`, `ect0`, `ect1`, `ce` or `ect01`"), |token| ecn(token.text).is_some())
            .parse_next(input)?;
    ecn(token.text).ok_or(Rejected)
}

/// Differentiated services code points by name. RFC 2474, RFC 2597, RFC 3246, RFC 5865, RFC 8622.
pub(in crate::script) const DSCP: &[(&str, u8)] = &[
    ("cs0", 0),
    ("cs1", 8),
    ("cs2", 16),
    ("cs3", 24),
    ("cs4", 32),
    ("cs5", 40),
    ("cs6", 48),
    ("cs7", 56),
    ("af11", 10),
    ("af12", 12),
    ("af13", 14),
    ("af21", 18),
    ("af22", 20),
    ("af23", 22),
    ("af31", 26),
    ("af32", 28),
    ("af33", 30),
    ("af41", 34),
    ("af42", 36),
    ("af43", 38),
    ("ef", 46),
    ("voice-admit", 44),
    ("le", 1),
];

fn dscp(input: &mut Input<'_>) -> Read<u8> {
    let named = |token: &Token<'_>| DSCP.iter().find(|row| row.0 == token.text).map(|row| row.1);
    if let Some(code) = next_but(input, 0).as_ref().and_then(named) {
        input.next_token();
        return Ok(code);
    }
    hexadecimal("a code point", 0x3f).map(u8_of).parse_next(input)
}

// The bounds have been checked where these numbers were read.

fn u8_of(value: i64) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

pub(super) fn u16_of(value: i64) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

pub(super) fn u32_of(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// A 32-bit number after a keyword.
pub(super) fn after<'s>(name: &'static str, what: &'static str) -> impl Parser<Input<'s>, u32, Rejected> {
    preceded(lit(name), long(what))
}
