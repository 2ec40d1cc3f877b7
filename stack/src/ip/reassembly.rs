//! Fragments back into datagrams.
//!
//! Pieces that overlap condemn their datagram, over IPv4 too: nobody honest sends them. What is kept is bounded in
//! octets, in datagrams and in time; above a bound the oldest incomplete datagram makes room.
//!
//! Spec: RFC 791 §3.2, RFC 8200 §4.5, RFC 5722 §4.
use core::net::IpAddr;
use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use stackdrill_wire::ip::{Extension, Ip};
use stackdrill_wire::{Checksum, Instant, Packet, Transport};

use crate::policy::Internet;

/// The largest payload a datagram can have, in octets: that much is put together.
///
/// Spec: RFC8200:5-minimum-mtu.
const LARGEST: u32 = 65_535;
/// IPv6 fixes how long pieces wait.
///
/// Spec: RFC8200:4.5-reassembly-timeout.
const V6_TIMEOUT: core::time::Duration = core::time::Duration::from_secs(60);

/// What fragments must agree on to be joined. Nothing else asks for an identification.
///
/// Spec: RFC791:2.3-reassembly-key, RFC8200:4.5-reassembly-key, RFC6864:4.1-id-only-for-reassembly,
/// RFC9293:3.8.1-ip-id-not-used.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Key {
    source: IpAddr,
    destination: IpAddr,
    identification: u32,
    /// Only IPv4 asks for it.
    protocol: Option<u8>,
}

/// Where a fragment lies in its datagram.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    key: Key,
    offset: u32,
    more: bool,
}

/// One incomplete datagram.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Partial {
    /// By offset; no two overlap.
    pieces: BTreeMap<u32, Bytes>,
    /// The whole first fragment as it arrived, which Time Exceeded would quote, and its header.
    first: Option<(Bytes, Ip)>,
    /// The length of the whole payload, once the last fragment is there.
    total: Option<u32>,
    /// When it is given up.
    until: Instant,
    /// Pieces overlapped: nothing that still comes may complete it. RFC5722:4-overlap-silent.
    condemned: bool,
    /// Which codepoints of congestion its fragments carried, a bit each.
    codepoints: u8,
}

/// What became of a fragment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Joined {
    /// It waits for others, or was of no use.
    Waits,
    /// It completed a datagram, whose octets these are.
    Whole(Bytes),
    /// Its offset and length reach past the largest datagram, or its length is no multiple of eight.
    /// RFC8200:4.5-fragment-size-errors.
    BadSize {
        /// The octet of the header at fault.
        pointer: u32,
    },
}

/// Every incomplete datagram of a host.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Reassembly {
    partials: BTreeMap<Key, Partial>,
    octets: usize,
}

impl Place {
    /// Where `ip` says its payload belongs; `None` for a whole datagram.
    pub(crate) fn of(ip: &Ip) -> Option<Self> {
        let key = |identification, protocol| Key {
            source: ip.source(),
            destination: ip.destination(),
            identification,
            protocol,
        };
        match ip {
            Ip::V4(v4) => (v4.more_fragments || v4.offset != 0).then(|| Self {
                key: key(u32::from(v4.id), Some(v4.protocol)),
                offset: u32::from(v4.offset),
                more: v4.more_fragments,
            }),
            Ip::V6(v6) => v6.extensions.iter().find_map(|extension| match *extension {
                Extension::Fragment { offset, more, id } => {
                    Some(Self { key: key(id, None), offset: u32::from(offset), more })
                }
                Extension::Plain { .. } => None,
            }),
        }
    }

    /// A fragment header around a whole datagram: it is read on its own, whatever else is on the way.
    ///
    /// Spec: RFC8200:4.5-atomic-fragment.
    pub(crate) const fn is_atomic(&self) -> bool {
        self.offset == 0 && !self.more
    }

    /// Whether the upper-layer header is elsewhere.
    pub(crate) const fn is_first(&self) -> bool {
        self.offset == 0
    }
}

impl Reassembly {
    /// When the next incomplete datagram is given up.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.partials.values().map(|partial| partial.until).min()
    }

    /// Gives up what is due. Answers the first fragments that had arrived, for Time Exceeded to quote.
    ///
    /// Spec: RFC1122:3.3.2-reassembly-timeout, RFC8200:4.5-reassembly-timeout-error.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<Bytes> {
        let due: Vec<Key> =
            self.partials.iter().filter(|(_, partial)| partial.until <= now).map(|(&key, _)| key).collect();
        due.into_iter()
            .filter_map(|key| self.remove(key))
            .filter(|partial| !partial.condemned)
            .filter_map(|partial| partial.first.map(|(octets, _)| octets))
            .collect()
    }

    /// A fragment arrives: `octets` are the whole of it, `payload` what it carries.
    pub(crate) fn join(
        &mut self,
        place: Place,
        arrived: &Arrived<'_>,
        policy: &Internet,
        now: Instant,
    ) -> Joined {
        let Arrived { ip, octets, payload } = *arrived;
        let length = payload.len() as u32;
        if let Some(pointer) = size_fault(place, length, ip) {
            return Joined::BadSize { pointer };
        }
        if place.is_atomic() {
            return Joined::Whole(rebuild(ip.clone(), payload.clone()));
        }
        self.make_room(place.key, payload.len(), policy);
        let timeout = if matches!(ip, Ip::V6(_)) { V6_TIMEOUT } else { policy.reassembly_timeout };
        let partial = self.partials.entry(place.key).or_insert_with(|| Partial::until(now + timeout));
        let before = partial.octets();
        partial.insert(place, payload);
        partial.note_marks(ip);
        if place.is_first() && partial.first.is_none() && !partial.condemned {
            partial.first = Some((octets.clone(), ip.clone()));
        }
        self.octets = self.octets - before + partial.octets();
        let Some(whole) = partial.whole() else { return Joined::Waits };
        self.remove(place.key);
        Joined::Whole(whole)
    }

    /// Drops the oldest others until `length` more octets, and one more datagram, stay within the bounds.
    fn make_room(&mut self, key: Key, length: usize, policy: &Internet) {
        let full = |this: &Self| {
            this.octets + length > policy.reassembly_octets
                || (!this.partials.contains_key(&key) && this.partials.len() >= policy.reassembly_datagrams)
        };
        while full(self) {
            let oldest = self.partials.iter().min_by_key(|(_, partial)| partial.until).map(|(&key, _)| key);
            let Some(oldest) = oldest else { return };
            self.remove(oldest);
        }
    }

    fn remove(&mut self, key: Key) -> Option<Partial> {
        let partial = self.partials.remove(&key)?;
        self.octets -= partial.octets();
        Some(partial)
    }
}

/// A fragment as it came in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived<'a> {
    /// Its header.
    pub(crate) ip: &'a Ip,
    /// All of it.
    pub(crate) octets: &'a Bytes,
    /// What it carries.
    pub(crate) payload: &'a Bytes,
}

/// The bits of the traffic class that routers mark, and which of the four codepoints were seen. RFC 3168 §5.
const EXPERIENCED: u8 = 0b11;
const MARKED: u8 = 1 << EXPERIENCED;
const UNMARKABLE: u8 = 1;

impl Partial {
    const fn until(until: Instant) -> Self {
        Self { pieces: BTreeMap::new(), first: None, total: None, until, condemned: false, codepoints: 0 }
    }

    /// Octets it keeps, the quote included.
    fn octets(&self) -> usize {
        self.pieces.values().map(Bytes::len).sum::<usize>()
            + self.first.as_ref().map_or(0, |(octets, _)| octets.len())
    }

    /// A piece that overlaps another condemns them all. The same piece twice is the network's doing, not an attack.
    ///
    /// Spec: RFC5722:4-overlap-silent, RFC8200:4.5-overlap-discards-all.
    fn insert(&mut self, place: Place, payload: &Bytes) {
        let (start, end) = (place.offset, place.offset + payload.len() as u32);
        if self.condemned || self.pieces.get(&start).is_some_and(|piece| piece == payload) {
            return;
        }
        let end_before =
            self.pieces.range(..end).next_back().map_or(0, |(at, piece)| at + piece.len() as u32);
        let other_end = !place.more && self.total.is_some_and(|total| total != end);
        let past_end = self.total.is_some_and(|total| end > total);
        let ends_early = !place.more && self.pieces.iter().any(|(at, piece)| at + piece.len() as u32 > end);
        if end_before > start || other_end || past_end || ends_early || self.pieces.contains_key(&start) {
            return self.condemn();
        }
        if !place.more {
            self.total = Some(end);
        }
        self.pieces.insert(start, payload.clone());
    }

    /// Nothing more comes of it.
    fn condemn(&mut self) {
        self.condemned = true;
        self.pieces.clear();
        self.first = None;
    }

    /// What routers said of congestion: a mark on any fragment is one of the whole, and where some fragments could
    /// not have been marked, a mark on others is not to be believed.
    ///
    /// Spec: RFC3168:5.3-reassembly-ce.
    fn note_marks(&mut self, ip: &Ip) {
        self.codepoints |= 1 << (ip.traffic_class() & EXPERIENCED);
        if self.codepoints & MARKED != 0 && self.codepoints & UNMARKABLE != 0 {
            self.condemn();
        }
    }

    /// The datagram, if nothing is missing.
    ///
    /// Spec: RFC3168:5.3-reassembly-ce RFC3168:5.3-reassembly-codepoint-kept.
    fn whole(&self) -> Option<Bytes> {
        let total = self.total?;
        let (_, ip) = self.first.as_ref()?;
        let have: usize = self.pieces.values().map(Bytes::len).sum();
        // Pieces do not overlap and none lies past the end, so the sum tells.
        (have == total as usize).then_some(())?;
        let mut payload = BytesMut::with_capacity(have);
        self.pieces.values().for_each(|piece| payload.extend_from_slice(piece));
        let mut ip = ip.clone();
        if self.codepoints & MARKED != 0 {
            match &mut ip {
                Ip::V4(v4) => v4.tos |= EXPERIENCED,
                Ip::V6(v6) => v6.traffic_class |= EXPERIENCED,
            }
        }
        Some(rebuild(ip, payload.freeze()))
    }
}

/// The datagram that `ip`, the first fragment's header, and the whole payload make.
fn rebuild(mut ip: Ip, payload: Bytes) -> Bytes {
    match &mut ip {
        Ip::V4(v4) => {
            v4.more_fragments = false;
            v4.offset = 0;
            v4.checksum = Checksum::Right;
        }
        Ip::V6(v6) => v6.extensions.retain(|extension| matches!(extension, Extension::Plain { .. })),
    }
    Packet { ip, transport: Transport::Other(payload) }.to_bytes()
}

/// The octet of the header at fault if a fragment's size cannot be.
///
/// Spec: RFC8200:4.5-fragment-size-errors, RFC8200:4.5-fragment-size-reported.
fn size_fault(place: Place, length: u32, ip: &Ip) -> Option<u32> {
    /// Where the payload length stands in an IPv6 header.
    const PAYLOAD_LENGTH: u32 = 4;
    if place.more && (length == 0 || !length.is_multiple_of(8)) {
        return Some(PAYLOAD_LENGTH);
    }
    (place.offset + length > LARGEST).then(|| fragment_offset_field(ip))
}

/// Where the fragment offset stands: in the fragment header behind the others, two octets in.
fn fragment_offset_field(ip: &Ip) -> u32 {
    let Ip::V6(v6) = ip else { return 6 };
    let before = v6.extensions.iter().map_while(|extension| match extension {
        Extension::Plain { body, .. } => Some(2 + body.len() as u32),
        Extension::Fragment { .. } => None,
    });
    40 + before.sum::<u32>() + 2
}

#[cfg(test)]
mod tests;
