//! What each destination's path carries, as Too Big messages that were believed have said.
//!
//! The table belongs to the host, so every user of a path learns from any of them.
//!
//! Spec: RFC 1191, RFC 8201.
use core::net::IpAddr;
use core::time::Duration;
use std::collections::BTreeMap;

use stackdrill_wire::Instant;

/// Path MTUs below the link's own, by destination. All sizes are octets of whole datagrams.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct PathMtu {
    /// What the first link carries: no path carries more.
    link: u32,
    /// How long a lowered value is believed.
    lifetime: Duration,
    /// The most destinations remembered.
    most: usize,
    lowered: BTreeMap<IpAddr, Lowered>,
    /// No entry ends before this.
    soonest: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Lowered {
    mtu: u32,
    until: Instant,
}

/// Typical link MTUs, for a message too old to name one: the next below what was sent is tried.
///
/// Spec: RFC 1191 §7.1.
const PLATEAUS: [u32; 10] = [65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296];

impl PathMtu {
    pub(crate) const fn new(link: u32, lifetime: Duration, most: usize) -> Self {
        Self { link, lifetime, most, lowered: BTreeMap::new(), soonest: None }
    }

    /// What the path to `destination` carries, as far as is known.
    pub(crate) fn to(&self, destination: IpAddr, now: Instant) -> u32 {
        match self.lowered.get(&destination) {
            Some(lowered) if now < lowered.until => lowered.mtu,
            Some(_) | None => self.link,
        }
    }

    /// A Too Big message names `claimed` for a datagram of `sent` octets. Answers the new path MTU if it is lower.
    ///
    /// Spec: RFC1191:3-reduce-on-too-big, RFC1191:3-never-raised-by-message, RFC1191:3-old-style-message,
    /// RFC1191:3-converges, RFC8201:4-reduce-on-ptb, RFC8201:4-never-raised, RFC8201:4-ignore-below-1280.
    pub(crate) fn hear(&mut self, destination: IpAddr, claimed: u32, sent: u32, now: Instant) -> Option<u32> {
        let mtu = match (destination, claimed) {
            (IpAddr::V4(_), 0) => plateau_below(sent),
            // RFC1191:3-never-below-68.
            (IpAddr::V4(_), _) => claimed.max(68),
            (IpAddr::V6(_), 0..1280) => return None,
            (IpAddr::V6(_), _) => claimed,
        };
        (mtu < self.to(destination, now)).then_some(())?;
        if self.lowered.len() >= self.most && !self.lowered.contains_key(&destination) {
            self.forget_one();
        }
        let until = now + self.lifetime;
        self.lowered.insert(destination, Lowered { mtu, until });
        self.soonest = Some(self.soonest.map_or(until, |soonest| soonest.min(until)));
        Some(mtu)
    }

    /// When [`PathMtu::expire`] next has something to do.
    pub(crate) const fn deadline(&self) -> Option<Instant> {
        self.soonest
    }

    /// Forgets what is believed no longer, and answers whose paths are to be tried again at the link's size.
    ///
    /// Spec: RFC1191:6.3-aging.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<IpAddr> {
        if self.soonest.is_none_or(|soonest| now < soonest) {
            return Vec::new();
        }
        let over = self.lowered.iter().filter(|(_, lowered)| lowered.until <= now);
        let over: Vec<_> = over.map(|(&destination, _)| destination).collect();
        self.lowered.retain(|_, lowered| lowered.until > now);
        self.soonest = self.lowered.values().map(|lowered| lowered.until).min();
        over
    }

    /// Makes room by forgetting what would be forgotten first anyway.
    fn forget_one(&mut self) {
        let first = self.lowered.iter().min_by_key(|(_, lowered)| lowered.until).map(|(&at, _)| at);
        if let Some(first) = first {
            self.lowered.remove(&first);
        }
    }
}

/// Spec: RFC 1191 §7.1.
fn plateau_below(sent: u32) -> u32 {
    PLATEAUS.into_iter().find(|&plateau| plateau < sent).unwrap_or(68)
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: IpAddr = IpAddr::V4(core::net::Ipv4Addr::new(10, 0, 0, 2));
    const V6: IpAddr = IpAddr::V6(core::net::Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 2));

    fn table() -> PathMtu {
        PathMtu::new(1500, Duration::from_secs(600), 2)
    }

    /// Proves: RFC1191:3-reduce-on-too-big, RFC1191:3-never-below-68, RFC1191:3-never-raised-by-message,
    /// RFC1191:3-old-style-message, RFC8201:4-ignore-below-1280.
    #[test]
    fn a_message_only_lowers() {
        for (destination, claimed, lowered) in [
            (V4, 1400, Some(1400)),
            (V4, 20, Some(68)),
            (V4, 0, Some(1492)),
            (V4, 1500, None),
            (V4, 9000, None),
            (V6, 1400, Some(1400)),
            (V6, 1280, Some(1280)),
            (V6, 1279, None),
            (V6, 0, None),
        ] {
            let mut table = table();
            assert_eq!(
                table.hear(destination, claimed, 1500, Instant::ZERO),
                lowered,
                "{destination} {claimed}"
            );
            assert_eq!(
                table.to(destination, Instant::ZERO),
                lowered.unwrap_or(1500),
                "{destination} {claimed}"
            );
        }
    }

    /// Proves: RFC1191:6.3-aging.
    #[test]
    fn what_was_heard_is_forgotten_in_time() {
        let mut table = table();
        table.hear(V4, 1000, 1500, Instant::ZERO);
        assert_eq!(table.to(V4, Instant::from_micros(599_999_999)), 1000);
        assert_eq!(table.to(V4, Instant::from_micros(600_000_000)), 1500);
    }

    /// What is heard again is believed longer; each path is tried again in its own time.
    ///
    /// Proves: RFC1191:6.3-aging.
    #[test]
    fn each_path_is_tried_again_in_its_time() {
        let mut table = table();
        let at = |seconds: u64| Instant::from_micros(seconds * 1_000_000);
        assert_eq!(table.deadline(), None);
        table.hear(V4, 1400, 1500, at(0));
        table.hear(V6, 1400, 1500, at(100));
        table.hear(V4, 1300, 1400, at(200));
        assert!(table.deadline().is_some_and(|next| next <= at(600)));
        for (second, over) in [(599, vec![]), (600, vec![]), (700, vec![V6]), (799, vec![]), (800, vec![V4])]
        {
            assert_eq!(table.expire(at(second)), over, "{second} s");
        }
        assert_eq!(table.deadline(), None);
    }

    #[test]
    fn the_table_is_bounded() {
        let mut table = table();
        for last in 0..=255 {
            let at = Instant::from_micros(u64::from(last));
            table.hear(IpAddr::from([10, 0, 0, last]), 1000, 1500, at);
        }
        assert_eq!(table.lowered.len(), 2);
        assert_eq!(
            table.to(IpAddr::from([10, 0, 0, 255]), Instant::from_micros(255)),
            1000,
            "the newest stays"
        );
    }
}
