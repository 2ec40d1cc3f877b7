//! RFC 2018: what a receiver may say in SACK options.
use stackdrill_wire::Flags;

use crate::rule::{Ruling, Sending, rules};

rules! {
    RULES;
    /// SACK-permitted stands on SYNs only.
    PERMITTED_ON_SYN = "RFC2018:2-sack-permitted-only-on-syn", Must, Itself, "a segment with SACK-permitted" => permitted_on_syn;
    /// SACK blocks are sent only to a peer whose SYN permitted them.
    ONLY_IF_PERMITTED = "RFC2018:4-only-if-permitted", Must, Itself, "a segment with SACK blocks, the peer's SYN in view" => only_if_permitted;
    /// Ordinary blocks lie apart from each other and above the acknowledgment.
    BLOCKS_APART = "RFC2018:3-blocks-isolated", Must, Itself, "a segment with SACK blocks" => blocks_apart;
    /// While text beyond a gap is held, acknowledgments say so.
    WHILE_GAPS = "RFC2018:4-sack-while-queue-has-gaps", Should, Whole, "a bare ACK while text beyond a gap is held, SACK agreed" => while_gaps;
    /// Blocks list only octets that were received.
    BLOCKS_RECEIVED = "RFC2018:8-reneging-receiver", Must, Whole, "a segment with SACK blocks, the peer's SYN in view" => blocks_received;
}

fn permitted_on_syn(x: &Sending<'_>) -> Ruling {
    if x.options.sack_permitted { Ruling::wants(x.segment.has(Flags::SYN)) } else { Ruling::Abstains }
}

fn only_if_permitted(x: &Sending<'_>) -> Ruling {
    match (x.options.sack, x.before.theirs) {
        (Some(_), Some(theirs)) => Ruling::wants(theirs.sack),
        (_, _) => Ruling::Abstains,
    }
}

/// A first block below the acknowledgment or inside the second one reports a duplicate (RFC 2883 §4), and is no
/// ordinary block.
fn blocks_apart(x: &Sending<'_>) -> Ruling {
    let Some(sack) = x.options.sack else { return Ruling::Abstains };
    let duplicate = match sack.as_slice() {
        [(left, right), (from, to), ..] if from.at_or_before(*left) && right.at_or_before(*to) => true,
        [(left, _), ..] => left.before(x.segment.ack),
        [] => false,
    };
    let ordinary = sack.as_slice().get(usize::from(duplicate)..).unwrap_or_default();
    let sound = ordinary.iter().enumerate().all(|(index, (left, right))| {
        let above = left.after(x.segment.ack) && left.before(*right);
        let rest = ordinary.get(index + 1..).unwrap_or_default();
        above && rest.iter().all(|(from, to)| from.after(*right) || to.before(*left))
    });
    Ruling::wants(sound)
}

fn while_gaps(x: &Sending<'_>) -> Ruling {
    let rcv = &x.before.rcv;
    let agreed =
        [x.before.mine, x.before.theirs].into_iter().all(|offer| offer.is_some_and(|offer| offer.sack));
    let bare = x.segment.has(Flags::ACK) && x.segment.length() == 0 && !x.segment.has(Flags::RST);
    let gaps =
        !rcv.held.overflowed() && rcv.held.as_slice().iter().any(|(from, _)| from.after(x.segment.ack));
    if !x.endpoint.is_exact() || !x.before.takes_text() || !agreed || !bare || !gaps {
        return Ruling::Abstains;
    }
    Ruling::wants(x.options.sack.is_some())
}

fn blocks_received(x: &Sending<'_>) -> Ruling {
    let rcv = &x.before.rcv;
    let judged = x.before.is_connected() && rcv.known && rcv.irs.is_some() && !rcv.held.overflowed();
    match x.options.sack {
        Some(sack) if judged => Ruling::wants(
            sack.as_slice()
                .iter()
                .all(|(left, right)| right.at_or_before(rcv.high) || rcv.held.covers(*left, *right)),
        ),
        Some(_) | None => Ruling::Abstains,
    }
}
