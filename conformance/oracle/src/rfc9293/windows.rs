//! What windows allow, on both sides.
//!
//! Spec: RFC 9293 §3.8.6.
use stackdrill_wire::{Flags, Seq};

use crate::rule::{Ruling, Sending, rules};

rules! {
    RULES;
    /// No octet goes out for the first time beyond the furthest right edge offered, window probes aside.
    NEW_INSIDE_WINDOW = "RFC9293:3.8.6-new-data-inside-window", Must, Whole, "new text, the peer's window known" => new_inside_window;
    /// After the window shrank no new octet goes out beyond its edge.
    AFTER_SHRINK = "RFC9293:SHLD-15", Should, Whole, "new text seen exactly, the window shrank" => after_shrink;
    /// A window that was small opens by a worthwhile step, not by crumbs.
    NO_SILLY_OFFER = "RFC9293:MUST-39", Must, Whole, "a segment seen exactly that moves the right edge, the window offered small, the buffer not" => no_silly_offer;
    /// A buffer that has been read empty is offered again.
    OFFERED_AGAIN = "RFC9293:3.8.6.2.2-edge-held", Should, Whole, "a segment seen exactly, user calls seen, all that has arrived delivered, the window offered small, the buffer not" => offered_again;
    /// The right edge of the offered window does not move left.
    EDGE_STAYS = "RFC9293:SHLD-14", Should, Whole, "any segment after the handshake" => edge_stays;
}

/// The number after the last octet of text that was never sent before.
fn new_text_end(x: &Sending<'_>) -> Option<Seq> {
    let text = u32::try_from(x.segment.text.len()).unwrap_or(u32::MAX);
    let judged =
        x.before.is_connected() && x.before.snd.known && !x.segment.flags.any(Flags::RST | Flags::SYN);
    let end = x.segment.seq + text;
    (judged && text > 0 && end.after(x.before.snd.nxt)).then_some(end)
}

/// A shut window may be probed with new octets (3.8.6.1), once until they are acknowledged.
fn is_probe(x: &Sending<'_>, edge: Seq) -> bool {
    let snd = &x.before.snd;
    edge.at_or_before(snd.una) && snd.nxt.at_or_before(edge.latest(snd.una))
}

fn new_inside_window(x: &Sending<'_>) -> Ruling {
    let (Some(end), Some(furthest)) = (new_text_end(x), x.before.snd.furthest) else {
        return Ruling::Abstains;
    };
    let probe = x.before.snd.edge.is_none_or(|edge| is_probe(x, edge));
    Ruling::wants(end.at_or_before(furthest) || probe)
}

fn after_shrink(x: &Sending<'_>) -> Ruling {
    let (Some(end), Some(edge), true) = (new_text_end(x), x.before.snd.edge, x.endpoint.is_exact()) else {
        return Ruling::Abstains;
    };
    if x.before.snd.furthest == Some(edge) {
        return Ruling::Abstains;
    }
    Ruling::wants(end.at_or_before(edge) || is_probe(x, edge))
}

/// Rounding to the window scale may cost less than one unit.
fn edge_stays(x: &Sending<'_>) -> Ruling {
    let judged =
        x.before.is_connected() && x.before.rcv.known && !x.segment.flags.any(Flags::SYN | Flags::RST);
    let (Some(shift), Some(edge), Some(ack), true) =
        (x.before.own_shift(), x.before.rcv.furthest, x.segment.acknowledges(), judged)
    else {
        return Ruling::Abstains;
    };
    let offered = ack + (u32::from(x.segment.window) << shift);
    let unit = (1_u32 << shift) - 1;
    Ruling::wants((offered + unit).at_or_after(edge) || !x.endpoint.is_exact())
}

/// No stack takes its peer's segments to be smaller than this (RFC 9293 MUST-15).
const LEAST_SEGMENT: u32 = 536;

/// The least window that is none of crumbs: a quarter of the buffer, or a segment.
fn worthwhile(x: &Sending<'_>) -> Option<u32> {
    let mss = x.before.mine?.mss.map_or(LEAST_SEGMENT, u32::from);
    Some(LEAST_SEGMENT.min(mss).min(x.before.rcv.widest / 4))
}

/// With nothing in the buffer RCV.WND becomes all of it (§3.8.6.2.2), though it may stay shut (MAY-8).
fn offered_again(x: &Sending<'_>) -> Ruling {
    let (rcv, user) = (&x.before.rcv, &x.before.user);
    let window = x.before.own_shift().map_or(0, |shift| u32::from(x.segment.window) << shift);
    let Some(worthwhile) = worthwhile(x).filter(|least| rcv.window.min(window) < *least) else {
        return Ruling::Abstains;
    };
    let judged = x.endpoint.is_exact() && x.endpoint.calls && x.before.takes_text() && !user.released;
    let plain =
        rcv.known && !rcv.urgent && rcv.fin.is_none() && !x.segment.flags.any(Flags::SYN | Flags::RST);
    let read = u32::try_from(user.received & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    let empty = rcv.irs.is_some_and(|irs| rcv.high == irs + 1 + read) && rcv.held.as_slice().is_empty();
    if judged && plain && empty { Ruling::wants(window >= worthwhile) } else { Ruling::Abstains }
}

/// The algorithm of §3.8.6.2.2 moves the edge by half the buffer or a segment, others by a quarter. How large the buffer is
/// does not show, but it was no smaller than what was once offered. Where much is on offer already, crumbs do no harm, and a
/// FIN takes a number without room.
fn no_silly_offer(x: &Sending<'_>) -> Ruling {
    let rcv = &x.before.rcv;
    let judged = x.endpoint.is_exact() && x.before.state.is_synchronized() && rcv.known && rcv.fin.is_none();
    let plain = judged && !x.segment.flags.any(Flags::SYN | Flags::RST);
    let (Some(shift), Some(edge), Some(ack), Some(worthwhile), true) =
        (x.before.own_shift(), rcv.furthest, x.segment.acknowledges(), worthwhile(x), plain)
    else {
        return Ruling::Abstains;
    };
    let (window, unit) = (u32::from(x.segment.window) << shift, (1_u32 << shift) - 1);
    let moved = (ack + window).after(edge + unit);
    if moved { Ruling::wants(window >= worthwhile) } else { Ruling::Abstains }
}
