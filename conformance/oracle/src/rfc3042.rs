//! RFC 3042: what the first two duplicate acknowledgments may let out.
//!
//! How wide a congestion window is does not show, but a sender that rests though it has more to send, and the peer's
//! window room for it, fills its own. Where SACK is in use one acknowledgment may report several segments (RFC 6675).
use crate::hypothesis::Offer;
use crate::rfc5681::{fresh_end, segment};
use crate::rfc6298::{probes, shows_time};
use crate::rule::{Ruling, Sending, rules};

rules! {
    RULES;
    /// The first and the second duplicate acknowledgment let out one new segment each.
    LIMITED = "RFC3042:2-window-limits", Must, Whole, "new text after one or two duplicate acknowledgments and nothing else, at which the sender was at rest, no SACK" => limited;
    /// Where SACK is in use an acknowledgment that tells nothing new lets out nothing new.
    NEWS = "RFC3042:2-sack-needs-news", Must, Whole, "a segment less than two round trips after text last left, after one or two duplicate acknowledgments without options and nothing else, at which the sender was at rest, SACK agreed" => news;
}

/// Two round trips after text last left a tail loss probe (RFC 8985 §7.2) may be what leaves.
fn news(x: &Sending<'_>) -> Ruling {
    let Some(base) = x.before.repair.rested else { return Ruling::Abstains };
    let pace = &x.before.pace;
    let sack = |offer: Option<Offer>| offer.is_some_and(|offer| offer.sack);
    let agreed = sack(x.before.mine) && sack(x.before.theirs);
    let alone = pace.arrived == pace.duplicates && (1..=2).contains(&pace.duplicates) && !pace.dressed;
    let left = x.before.repair.fresh.zip(pace.shortest());
    let soon = left.is_some_and(|(left, trip)| x.at.since(left) < trip * 3 / 2);
    if !(agreed && alone && soon && shows_time(x.endpoint)) || pace.complained {
        return Ruling::Abstains;
    }
    Ruling::wants(fresh_end(x).is_none_or(|end| end.at_or_before(base)))
}

fn limited(x: &Sending<'_>) -> Ruling {
    let pace = &x.before.pace;
    let alone = pace.arrived == pace.duplicates && (1..=2).contains(&pace.duplicates);
    let judged = alone && shows_time(x.endpoint) && probes(x.before) == 0 && !pace.complained;
    match (x.before.repair.rested.filter(|_| judged), fresh_end(x), segment(x.before)) {
        (Some(base), Some(end), Some(segment)) => {
            Ruling::wants(u64::from(end.since(base)) <= u64::from(pace.duplicates) * segment)
        }
        (_, _, _) => Ruling::Abstains,
    }
}
