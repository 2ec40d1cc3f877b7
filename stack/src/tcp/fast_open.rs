//! Text on a SYN: cookies, and what one connection does of it. What a host remembers is in `crate::host::fast_open`.
//!
//! Spec: RFC 7413 §4.
use core::net::IpAddr;

use siphasher::sip::SipHasher24;
use stackdrill_wire::{Clause, Options, Seq, TcpOption, rfc};

use crate::Policy;

pub(crate) const SPEC: Clause = rfc(7413, "§4.2.2");

/// The longest cookie, in octets.
const MOST: usize = 16;

/// A cookie, or none at all: the request for one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Cookie {
    length: u8,
    octets: [u8; MOST],
    /// Whether it came, or goes, in the option from before Fast Open had a kind of its own.
    experimental: bool,
}

impl Cookie {
    /// The request for a cookie.
    pub const REQUEST: Self = Self { length: 0, octets: [0; MOST], experimental: false };

    /// A cookie of 4 to 16 octets, even in number; none at all is a request. `None` for any other length.
    ///
    /// Spec: RFC7413:4.1.1-option-format.
    #[must_use]
    pub fn new(cookie: &[u8], experimental: bool) -> Option<Self> {
        let mut octets = [0; MOST];
        let lawful = cookie.is_empty() || (cookie.len() >= 4 && cookie.len().is_multiple_of(2));
        octets.get_mut(..cookie.len()).filter(|_| lawful)?.copy_from_slice(cookie);
        Some(Self { length: cookie.len() as u8, octets, experimental })
    }

    /// What the options of a SYN or SYN,ACK say, if they say it lawfully.
    ///
    /// Spec: RFC7413:4.1.1-option-format.
    #[must_use]
    pub fn read(options: &Options, experimental: bool) -> Option<Self> {
        options.iter().map_while(Result::ok).find_map(|option| {
            if let TcpOption::FastOpen(cookie) = option {
                Self::new(cookie, false)
            } else if let TcpOption::FastOpenExperimental(cookie) = option {
                Self::new(cookie, true).filter(|_| experimental)
            } else {
                None
            }
        })
    }

    /// The cookie of whoever is at `peer` and speaks to `own`: what only this host can make, and only for them.
    ///
    /// Spec: RFC7413:4.1.2-cookie-bound-to-address.
    #[must_use]
    pub fn made(key: &[u8; 16], peer: IpAddr, own: IpAddr) -> Self {
        let mut ends = [0; 32];
        let length = match (peer, own) {
            (IpAddr::V4(peer), IpAddr::V4(own)) => {
                ends[..4].copy_from_slice(&peer.octets());
                ends[4..8].copy_from_slice(&own.octets());
                8
            }
            (peer, own) => {
                for (to, from) in ends.chunks_exact_mut(16).zip([peer, own]) {
                    let IpAddr::V6(from) = from else { continue };
                    to.copy_from_slice(&from.octets());
                }
                32
            }
        };
        let digest = SipHasher24::new_with_key(key).hash(ends.get(..length).unwrap_or_default());
        let mut octets = [0; MOST];
        octets[..8].copy_from_slice(&digest.to_le_bytes());
        Self { length: 8, octets, experimental: false }
    }

    /// The octets of the cookie.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// Whether it asks for a cookie rather than being one.
    #[must_use]
    pub const fn requests(&self) -> bool {
        self.length == 0
    }

    /// The same cookie, in the kind of option that `other` came in.
    #[must_use]
    pub const fn in_kind_of(self, other: Self) -> Self {
        Self { experimental: other.experimental, ..self }
    }

    /// Appends the option, and fills the word; nothing if there is no room.
    pub(crate) fn push(&self, options: &mut Options) {
        let option = match self.experimental {
            true => TcpOption::FastOpenExperimental(self.octets()),
            false => TcpOption::FastOpen(self.octets()),
        };
        if options.push(option) {
            options.pad(1);
        }
    }
}

/// What an active open sends early.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Opening {
    /// The cookie, or the request for one.
    pub cookie: Cookie,
    /// What the server announced when it gave the cookie, in octets.
    pub mss: Option<u16>,
    /// Whether text may go with the SYN.
    pub text: bool,
}

/// What a listener does with the text of a SYN.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Welcome {
    /// Whether it is taken at once, before the handshake shows that the peer is where it says.
    pub takes: bool,
    /// The cookie that the SYN,ACK gives.
    pub gives: Option<Cookie>,
}

/// What one connection does of Fast Open.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct FastOpen {
    /// The option of our SYN or SYN,ACK.
    pub(crate) says: Option<Cookie>,
    /// Octets that went with our SYN.
    pub(crate) sent: u32,
    /// The peer's SYN brought text that was taken: both ends are in use before the handshake is over.
    pub(crate) early: bool,
    /// Whether all the text of a SYN, ours or the peer's, was taken.
    pub(crate) taken: bool,
    /// Whether it was tried at all.
    pub(crate) tried: bool,
    /// What the peer's SYN,ACK said.
    pub(crate) heard: Option<Cookie>,
    /// Whether text went with our SYN and the SYN,ACK did not acknowledge it, or only came after the SYN was repeated.
    pub(crate) failed: bool,
}

impl FastOpen {
    /// The SYN, or SYN,ACK, is to be repeated: this time without anything that a box on the path may stumble over.
    ///
    /// Spec: RFC7413:4.2.2-syn-timeout-plain RFC7413:4.2.2-synack-timeout-plain.
    pub(crate) const fn timed_out(&mut self) {
        self.failed |= self.says.is_some() && !self.early;
        self.says = None;
    }

    /// Our SYN is acknowledged up to `ack`.
    ///
    /// Spec: RFC7413:4.1.3.1-negative-cache.
    pub(crate) fn answered(&mut self, ack: Seq, iss: Seq, options: &Options, policy: &Policy) {
        self.failed |= self.sent > 0 && ack == iss + 1;
        self.taken = self.sent > 0 && ack == iss + 1 + self.sent;
        self.heard = Cookie::read(options, policy.fast_open.experimental).filter(|cookie| !cookie.requests());
    }
}

/// How many octets of text a SYN may carry whose options take `options` octets.
///
/// Spec: RFC7413:4.2.2-syn-data-limit.
pub(crate) fn most_text(mss: u16, options: u32, policy: &Policy) -> u32 {
    let options = if policy.fast_open.spares_option_space { Options::MAX as u32 } else { options };
    u32::from(mss).saturating_sub(options)
}

/// What a host learnt of Fast Open when an active open has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Lesson {
    pub(crate) cookie: Option<Cookie>,
    pub(crate) mss: Option<u16>,
    pub(crate) failed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves: RFC7413:4.1.1-option-format.
    #[test]
    fn only_even_cookies_of_four_to_sixteen_octets_count() {
        for length in 0..=20 {
            let lawful = length == 0 || (4..=16).contains(&length) && length % 2 == 0;
            assert_eq!(Cookie::new(&vec![7; length], false).is_some(), lawful, "{length} octets");
        }
        let read = |option| Cookie::read(&Options::of(&[option]).unwrap(), true);
        assert_eq!(read(TcpOption::FastOpen(&[])), Some(Cookie::REQUEST));
        assert_eq!(read(TcpOption::FastOpen(&[1; 5])), None);
        assert_eq!(read(TcpOption::FastOpenExperimental(&[1; 8])), Cookie::new(&[1; 8], true));
        assert_eq!(read(TcpOption::NoOperation), None);
    }

    /// The cookies that Linux makes with the key a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4, as scripts carry them.
    ///
    /// Proves: RFC7413:4.1.2-cookie-bound-to-address.
    #[test]
    fn cookies_are_a_keyed_hash_of_both_ends() {
        let key = [[0xa1_u8; 4], [0xb2; 4], [0xc3; 4], [0xd4; 4]].concat().try_into().unwrap();
        for (peer, own, cookie) in [
            ("192.0.2.1", "192.168.0.1", 0x3021_b9d8_8901_7eeb_u64),
            ("fd3d:fa7b:d17d::1", "fd3d:0a0b:17d6::1", 0xc1d1_e974_2a47_a9bc),
        ] {
            let made = Cookie::made(&key, peer.parse().unwrap(), own.parse().unwrap());
            assert_eq!(made.octets(), cookie.to_be_bytes());
        }
    }

    /// Proves: RFC7413:4.2.2-syn-data-limit.
    #[test]
    fn text_on_a_syn_leaves_room_for_its_options() {
        let mut policy = Policy::default();
        assert_eq!(most_text(536, 32, &policy), 504);
        policy.fast_open.spares_option_space = true;
        assert_eq!((most_text(536, 32, &policy), most_text(20, 32, &policy)), (496, 0));
    }
}
