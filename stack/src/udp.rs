//! UDP: what a datagram must be to be delivered, and where it waits.
//!
//! Spec: RFC 768, RFC 1122 §4.1, RFC8200:8.1-udp-zero-checksum-dropped.
use core::net::{IpAddr, SocketAddr};
use std::collections::VecDeque;

use bytes::Bytes;
use stackdrill_wire::{Checksum, Datagram};

/// A datagram that waits to be read.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Waiting {
    /// Who sent it.
    pub(crate) from: SocketAddr,
    /// Where it was sent. RFC1122:4.1.3.5-specific-destination-up.
    pub(crate) to: SocketAddr,
    /// Its data.
    pub(crate) data: Bytes,
    /// The Type of Service or Traffic Class it came with. RFC1122:3.2.1.6-received-tos-up.
    pub(crate) traffic_class: u8,
    /// The Time to Live or Hop Limit it came with.
    pub(crate) hop_limit: u8,
    /// The IPv4 options it came with. RFC1122:4.1.3.2-options-up.
    pub(crate) options: Bytes,
}

/// Where a socket does without checksums: nowhere, until it asks.
///
/// Spec: RFC1122:4.1.3.4-optional-disable, RFC6935:5-tunnel-ports-only, RFC6936:4-per-port-control,
/// RFC6936:4-off-by-default.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Without {
    /// It sends none over IPv4.
    pub(crate) sent_over_v4: bool,
    /// It sends none over IPv6.
    pub(crate) sent_over_v6: bool,
    /// Over IPv6 too it hears datagrams that have none.
    pub(crate) heard_over_v6: bool,
}

impl Without {
    /// The checksum of the next datagram to `destination`.
    ///
    /// Spec: RFC6936:4-force-checksum.
    pub(crate) const fn checksum(self, destination: IpAddr) -> Checksum {
        let none = match destination {
            IpAddr::V4(_) => self.sent_over_v4,
            IpAddr::V6(_) => self.sent_over_v6,
        };
        if none { Checksum::Literal(0) } else { Checksum::Right }
    }
}

/// The datagrams that wait at one socket, bounded in octets.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Inbox {
    queue: VecDeque<Waiting>,
    octets: u32,
}

/// What a waiting datagram costs beyond its data, so that empty ones are bounded too.
const BOOKKEEPING: u32 = 64;

impl Waiting {
    fn cost(&self) -> u32 {
        self.data.len() as u32 + BOOKKEEPING
    }
}

impl Inbox {
    /// Takes a datagram in; `false`, and it is lost, if `most` octets would be passed. An empty inbox takes any.
    pub(crate) fn push(&mut self, datagram: Waiting, most: u32) -> bool {
        let octets = self.octets.saturating_add(datagram.cost());
        if octets > most && !self.queue.is_empty() {
            return false;
        }
        self.octets = octets;
        self.queue.push_back(datagram);
        true
    }

    /// The oldest datagram; it stays.
    pub(crate) fn peek(&self) -> Option<&Waiting> {
        self.queue.front()
    }

    /// What waits, bookkeeping included, in octets.
    pub(crate) const fn octets(&self) -> u32 {
        self.octets
    }

    /// Takes the oldest datagram out.
    pub(crate) fn pop(&mut self) -> Option<Waiting> {
        let datagram = self.queue.pop_front()?;
        self.octets = self.octets.saturating_sub(datagram.cost());
        Some(datagram)
    }
}

/// The data of a datagram, if it may be delivered.
///
/// Spec: RFC1122:4.1.3.4-bad-checksum-dropped, RFC768:fields-no-checksum-accepted,
/// RFC768:fields-length-short-of-ip-payload, RFC768:fields-source-port-zero, RFC6936:4-accept-valid-checksum.
pub(crate) fn deliverable(datagram: &Datagram, source: IpAddr, without: Without) -> Option<Bytes> {
    match (datagram.checksum, source) {
        (Checksum::Right, _) | (Checksum::Literal(0), IpAddr::V4(_)) => {}
        (Checksum::Literal(0), IpAddr::V6(_)) if without.heard_over_v6 => {}
        (Checksum::Literal(_), _) => return None,
    }
    let length = datagram.length.map_or(datagram.data.len(), |length| usize::from(length).saturating_sub(8));
    Some(datagram.data.slice(..length.min(datagram.data.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: IpAddr = IpAddr::V4(core::net::Ipv4Addr::LOCALHOST);
    const V6: IpAddr = IpAddr::V6(core::net::Ipv6Addr::LOCALHOST);

    /// Proves: RFC1122:4.1.3.4-bad-checksum-dropped, RFC768:fields-no-checksum-accepted,
    /// RFC6936:4-accept-valid-checksum, RFC8200:8.1-udp-zero-checksum-dropped, RFC768:fields-length-short-of-ip-payload.
    #[test]
    fn checksum_and_length_decide() {
        let data = Bytes::from_static(b"abc");
        let hears = Without { heard_over_v6: true, ..Without::default() };
        for (checksum, delivered) in
            [(Checksum::Right, Some(3)), (Checksum::Literal(0), Some(3)), (Checksum::Literal(7), None)]
        {
            let datagram = Datagram { checksum, data: data.clone(), ..Datagram::default() };
            let got = deliverable(&datagram, V6, hears).map(|data| data.len());
            assert_eq!(got, delivered, "{checksum:?} where zero means none");
        }
        for (checksum, length, source, delivered) in [
            (Checksum::Right, None, V4, Some(3)),
            (Checksum::Right, None, V6, Some(3)),
            (Checksum::Literal(0), None, V4, Some(3)),
            (Checksum::Literal(0), None, V6, None),
            (Checksum::Literal(7), None, V4, None),
            (Checksum::Right, Some(10), V4, Some(2)),
            (Checksum::Right, Some(8), V4, Some(0)),
        ] {
            let datagram = Datagram { checksum, length, data: data.clone(), ..Datagram::default() };
            let got = deliverable(&datagram, source, Without::default()).map(|data| data.len());
            assert_eq!(got, delivered, "{checksum:?} {length:?} {source}");
        }
    }

    #[test]
    fn the_inbox_is_bounded_in_octets() {
        let nowhere: SocketAddr = (V4, 0).into();
        let datagram = |length| Waiting {
            from: nowhere,
            to: nowhere,
            data: Bytes::from(vec![0; length]),
            traffic_class: 0,
            hop_limit: 64,
            options: Bytes::new(),
        };
        let mut inbox = Inbox::default();
        assert!(inbox.push(datagram(1000), 100), "the first is always taken");
        assert!(!inbox.push(datagram(0), 100));
        inbox.pop();
        assert!(inbox.push(datagram(0), 100));
        assert!(!inbox.push(datagram(0), 100), "empty datagrams cost too");
        assert_eq!(inbox.octets, BOOKKEEPING);
    }
}
