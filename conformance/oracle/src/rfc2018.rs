//! RFC 2018: what a receiver may say in SACK options.
use stackdrill_wire::{Flags, Seq};

use crate::rule::{Ruling, Sending, rules};

rules! {
    RULES;
    /// SACK-permitted stands on SYNs only.
    PERMITTED_ON_SYN = "RFC2018:2-sack-permitted-only-on-syn", Must, Itself, "a segment with SACK-permitted" => permitted_on_syn;
    /// SACK blocks are sent only to a peer whose SYN permitted them.
    ONLY_IF_PERMITTED = "RFC2018:4-only-if-permitted", Must, Itself, "a segment with SACK blocks, the peer's SYN in view" => only_if_permitted;
    /// SACK blocks are of eight octets each, four at most.
    BLOCK_FORMAT = "RFC2018:3-block-format", Must, Itself, "a segment with an option of SACK's kind" => block_format;
    /// Ordinary blocks lie apart from each other and above the acknowledgment.
    BLOCKS_APART = "RFC2018:3-blocks-isolated", Must, Itself, "a segment with SACK blocks" => blocks_apart;
    /// While text beyond a gap is held, acknowledgments say so.
    WHILE_GAPS = "RFC2018:4-sack-while-queue-has-gaps", Should, Whole, "a bare ACK while text beyond a gap is held, SACK agreed" => while_gaps;
    /// Blocks list only octets that were received.
    BLOCKS_RECEIVED = "RFC2018:8-reneging-receiver", Must, Whole, "a segment with SACK blocks, the peer's SYN in view" => blocks_received;
    /// The first block is of the segment that the acknowledgment answers.
    FIRST_LATEST = "RFC2018:4-first-block-latest", Must, Whole, "a bare ACK with SACK blocks at the instant at which text beyond a gap arrived, one or two runs held" => first_latest;
    /// A block of duplicates is of text that arrived twice.
    DUPLICATE = "RFC2883:4-first-block-dsack", Must, Whole, "a segment whose first SACK block reports a duplicate" => duplicate;
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

fn block_format(x: &Sending<'_>) -> Ruling {
    if x.options.sack.is_none() && !x.options.broken_sack {
        return Ruling::Abstains;
    }
    Ruling::wants(!x.options.broken_sack)
}

/// A first block below the acknowledgment or inside the second one, which reports a duplicate (RFC 2883 §4) and is no
/// ordinary block.
fn reported(x: &Sending<'_>) -> Option<(Seq, Seq)> {
    let sack = x.options.sack?;
    match sack.as_slice() {
        [(left, right), (from, to), ..] if from.at_or_before(*left) && right.at_or_before(*to) => {
            Some((*left, *right))
        }
        [(left, right), ..] if left.before(x.segment.ack) => Some((*left, *right)),
        _ => None,
    }
}

fn blocks_apart(x: &Sending<'_>) -> Ruling {
    let Some(sack) = x.options.sack else { return Ruling::Abstains };
    let duplicate = usize::from(reported(x).is_some());
    let ordinary = sack.as_slice().get(duplicate..).unwrap_or_default();
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

/// Judged where an acknowledgment surely answers the newest segment: it is bare, and leaves at the instant at which that
/// arrived. A receiver with many gaps may have no room for another and drop the segment, as it does what lies behind a FIN.
fn first_latest(x: &Sending<'_>) -> Ruling {
    let rcv = &x.before.rcv;
    let few = !rcv.held.overflowed() && rcv.held.as_slice().len() <= 2 && rcv.fin.is_none();
    let clear = x.endpoint.is_exact() && x.endpoint.slack.is_zero() && x.before.takes_text() && few;
    let bare = x.segment.has(Flags::ACK) && x.segment.length() == 0 && !x.segment.has(Flags::RST);
    let (Some(newest), Some(sack), true) = (x.record.causes().next(), x.options.sack, clear && bare) else {
        return Ruling::Abstains;
    };
    let plain = !newest.flags.any(Flags::SYN | Flags::FIN | Flags::RST) && !newest.repeats && !newest.odd;
    let beyond = newest.seq.after(x.segment.ack) && newest.end.after(newest.seq);
    let inside = rcv.edge.is_some_and(|edge| newest.end.at_or_before(edge)) && newest.ack.is_some();
    let held = inside && rcv.held.covers(newest.seq, newest.end);
    if newest.at != x.at || !plain || !beyond || !held {
        return Ruling::Abstains;
    }
    // A report of duplicates goes before the blocks proper (RFC 2883 §4).
    let first = sack.as_slice().get(usize::from(reported(x).is_some()));
    Ruling::wants(
        first.is_some_and(|(left, right)| left.at_or_before(newest.seq) && newest.end.at_or_before(*right)),
    )
}

/// Which segment was the duplicate need not be known: one of those remembered was, and has these numbers.
fn duplicate(x: &Sending<'_>) -> Ruling {
    match reported(x) {
        Some((left, right)) if x.endpoint.is_exact() && x.before.is_connected() => {
            Ruling::wants(x.record.causes().any(|cause| cause.repeats && cause.holds(left, right)))
        }
        Some(_) | None => Ruling::Abstains,
    }
}
