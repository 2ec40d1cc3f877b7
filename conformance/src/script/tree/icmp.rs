//! An ICMP message. Its type and code are names, which mean a number in each family that knows them.
use super::{Number, Ports, Sequence};
use crate::script::span::{Span, Spanned, Word};

/// `icmp type code mtu n id n [echoed]`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IcmpSpec {
    /// The type: a name or `type_N`.
    pub kind: Word,
    /// The code: a name or `code_N`. Omitted: 0.
    pub code: Option<Word>,
    /// The next-hop MTU.
    pub mtu: Option<Spanned<u32>>,
    /// The identifier of an echo; 0 leaves it zero.
    pub id: Option<Spanned<u16>>,
    /// The packet it answers. Omitted: a TCP segment with sequence number 0 and no text.
    pub echoed: Option<Echoed>,
    /// From `icmp` on.
    pub span: Span,
}

/// The start of the packet that an ICMP message answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Echoed {
    /// What it is.
    pub kind: EchoedKind,
    /// `/udp(a > b)` (BSD dialect): inside UDP with these ports.
    pub udp_encapsulation: Option<Ports>,
    /// The whole bracket.
    pub span: Span,
}

/// What kind of packet an ICMP message answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EchoedKind {
    /// `[a:b(n)]`: a TCP segment.
    Tcp(Sequence),
    /// `[udp (n)]`: a UDP datagram with so many octets.
    Udp(Number),
    /// `[raw (n)]` (Google dialect): no packet; an ICMP message of so many octets.
    Raw(u16),
    /// `[udplite (n, m)]` (BSD dialect).
    UdpLite(u16, u16),
    /// `[sctp (n)]` (BSD dialect).
    Sctp(u16),
}

/// The type of ICMP (`version` 4) or ICMPv6 (6) that this name stands for, and the number of this code of it.
///
/// `type_N` and `code_N` work everywhere; a named code only after a type that has a table of codes.
/// Nothing if the family does not know the name.
///
/// Spec: RFC 792, RFC 4443.
#[must_use]
pub fn icmp_code(version: u8, kind: &str, code: Option<&str>) -> Option<(u8, u8)> {
    let number = |text: &str, prefix: &str| text.strip_prefix(prefix)?.parse::<u8>().ok();
    let table = if version == 6 { ICMP6 } else { ICMP4 };
    let named = table.iter().find(|row| row.0 == kind);
    let kind = named.map(|row| row.1).or_else(|| number(kind, "type_"))?;
    let Some(code) = code else { return Some((kind, 0)) };
    let by_name = || named?.2.iter().find(|row| row.0 == code).map(|row| row.1);
    Some((kind, number(code, "code_").or_else(by_name)?))
}

/// A type's name, its number, and its codes by name.
type Row = (&'static str, u8, &'static [(&'static str, u8)]);

const ICMP4: &[Row] = &[
    ("echo_reply", 0, &[]),
    (
        "unreachable",
        3,
        &[
            ("net_unreachable", 0),
            ("host_unreachable", 1),
            ("protocol_unreachable", 2),
            ("port_unreachable", 3),
            ("frag_needed", 4),
            ("source_route_failed", 5),
            ("net_unknown", 6),
            ("host_unknown", 7),
            ("source_host_isolated", 8),
            ("net_prohibited", 9),
            ("host_prohibited", 10),
            ("net_unreachable_for_tos", 11),
            ("host_unreachable_for_tos", 12),
            ("packet_filtered", 13),
            ("precedence_violation", 14),
            ("precedence_cutoff", 15),
        ],
    ),
    ("source_quench", 4, &[]),
    ("redirect", 5, &[]),
    ("echo_request", 8, &[]),
    ("time_exceeded", 11, &[("ttl_exceeded_in_transit", 0), ("frag_reass_exceeded", 1)]),
    ("parameter_problem", 12, &[]),
    ("timestamp_request", 13, &[]),
    ("timestamp_reply", 14, &[]),
    ("information_request", 15, &[]),
    ("information_reply", 16, &[]),
    ("address_mask_request", 17, &[]),
    ("address_mask_reply", 18, &[]),
];

const ICMP6: &[Row] = &[
    (
        "unreachable",
        1,
        &[
            ("no_route", 0),
            ("net_unreachable", 0),
            ("admin_prohibited", 1),
            ("not_neighbour", 2),
            ("address_unreachable", 3),
            ("port_unreachable", 4),
        ],
    ),
    ("packet_too_big", 2, &[]),
    ("time_exceeded", 3, &[("exceeded_hop_limit", 0), ("exceeded_frag_time", 1)]),
    ("parameter_problem", 4, &[("header_field", 0), ("unknown_next_header", 1), ("unknown_option", 2)]),
    ("echo_request", 128, &[]),
    ("echo_reply", 129, &[]),
    ("router_advertisement", 134, &[]),
];

/// What an ICMP message of IPv4 with this type and code is called; a type without named codes has an empty one.
pub(crate) fn icmp_names(kind: u8, code: u8) -> Option<(&'static str, &'static str)> {
    let &(kind, _, codes) = ICMP4.iter().find(|row| row.1 == kind)?;
    let code = codes.iter().find(|row| row.1 == code).map(|row| row.0);
    codes.is_empty().then_some((kind, "")).or(code.map(|code| (kind, code)))
}

/// The names of the types of either family.
pub(in crate::script) fn icmp_types() -> impl Iterator<Item = &'static str> {
    ICMP4.iter().chain(ICMP6).map(|row| row.0)
}

/// The names of the codes that either family gives a type of this name.
pub(in crate::script) fn icmp_codes(kind: &str) -> impl Iterator<Item = &'static str> {
    let rows = ICMP4.iter().chain(ICMP6).filter(move |row| row.0 == kind);
    rows.flat_map(|row| row.2.iter().map(|code| code.0))
}
