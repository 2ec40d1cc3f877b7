//! ICMP messages.
use winnow::Parser;
use winnow::combinator::{delimited, opt, preceded};
use winnow::stream::Stream;

use super::packet::{lengths, udp_encapsulation};
use super::tcp;
use super::token::{Input, Read, decimal, lit, next_but, next_is, number, short, spanned, word};
use crate::script::dialect::Dialect;
use crate::script::lex::Kind;
use crate::script::span::{Span, Spanned};
use crate::script::tree::{Echoed, EchoedKind, IcmpSpec};

/// `icmp`
pub(super) fn icmp(input: &mut Input<'_>) -> Read<IcmpSpec> {
    let (mut icmp, span) = spanned(input, |input| {
        lit("icmp").parse_next(input)?;
        let kind = word("an ICMP type").parse_next(input)?;
        let coded = next_but(input, 0)
            .is_some_and(|token| token.kind == Kind::Word && !matches!(token.text, "mtu" | "id"));
        let code = if coded { Some(word("an ICMP code").parse_next(input)?) } else { None };
        for name in [Some(&kind), code.as_ref()].into_iter().flatten() {
            if BSD_NAMES.contains(&&*name.node) {
                input.state.only(Dialect::Bsd, "this name", name.span);
            }
        }
        let mtu = named(input, "mtu", 0xffff_ffff)?
            .map(|mtu| Spanned::new(super::packet::u32_of(mtu.node), mtu.span));
        let id = named(input, "id", 0xffff)?.map(|id| Spanned::new(super::packet::u16_of(id.node), id.span));
        let echoed = if next_is(input, "[") { Some(echoed(input)?) } else { None };
        Ok(IcmpSpec { kind, code, mtu, id, echoed, span: Span::default() })
    })?;
    icmp.span = span;
    Ok(icmp)
}

/// Types and codes that Google's tool has no names for.
const BSD_NAMES: &[&str] = &["ttl_exceeded_in_transit", "frag_reass_exceeded", "router_advertisement"];

fn named(input: &mut Input<'_>, name: &'static str, high: i64) -> Read<Option<Spanned<i64>>> {
    if opt(lit(name)).parse_next(input)?.is_none() {
        return Ok(None);
    }
    let (value, span) = spanned(input, |input| decimal("a number", 0, high).parse_next(input))?;
    Ok(Some(Spanned::new(value, span)))
}

/// `'[' echoed ']'`
fn echoed(input: &mut Input<'_>) -> Read<Echoed> {
    let ((kind, udp_encapsulation), span) = spanned(input, |input| {
        lit("[").parse_next(input)?;
        let kind = echoed_kind(input)?;
        let udp = udp_encapsulation(input)?;
        lit("]").parse_next(input)?;
        Ok((kind, udp))
    })?;
    match kind {
        EchoedKind::Raw(_) => input.state.only(Dialect::Google, "`[raw (n)]`", span),
        EchoedKind::UdpLite(..) => input.state.only(Dialect::Bsd, "UDP-Lite", span),
        EchoedKind::Sctp(_) => input.state.only(Dialect::Bsd, "SCTP", span),
        EchoedKind::Tcp(_) | EchoedKind::Udp(_) => {}
    }
    Ok(Echoed { kind, udp_encapsulation, span })
}

fn echoed_kind(input: &mut Input<'_>) -> Read<EchoedKind> {
    let length = || delimited(lit("("), short("a length"), lit(")"));
    match next_but(input, 0).map_or("", |token| token.text) {
        "udp" => {
            let length = delimited(lit("("), number("a length", 0xffff), lit(")"));
            preceded(lit("udp"), length).map(EchoedKind::Udp).parse_next(input)
        }
        "raw" => {
            // The header of an ICMP message has eight octets.
            let length = decimal("the length of an ICMP message", 8, 0xffff).map(super::packet::u16_of);
            preceded(lit("raw"), delimited(lit("("), length, lit(")"))).map(EchoedKind::Raw).parse_next(input)
        }
        "sctp" => preceded(lit("sctp"), length()).map(EchoedKind::Sctp).parse_next(input),
        "udplite" => {
            input.next_token();
            lengths.map(|(length, coverage)| EchoedKind::UdpLite(length, coverage)).parse_next(input)
        }
        _ => tcp::sequence.map(EchoedKind::Tcp).parse_next(input),
    }
}
