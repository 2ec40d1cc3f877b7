//! The Internet checksum: the complement of the ones' complement sum of 16-bit words.
//!
//! Spec: RFC 1071 §1, RFC 9293 §3.1 MUST-2.
use core::net::IpAddr;

/// A ones' complement sum under way.
///
/// The sum does not mind the order of words, nor the byte order they are added in if the result is swapped at
/// the end (RFC 1071 §2), so it is kept in the machine's own order and eight octets are added a step.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum(u64);

impl Sum {
    /// Nothing added yet.
    pub const ZERO: Self = Self(0);

    /// The pseudo-header before a TCP, UDP or ICMPv6 message of `length` octets.
    ///
    /// The addresses are of one family; of a mixed pair each adds its own octets.
    ///
    /// Spec: RFC9293:3.1-checksum-pseudo-header-ipv4, RFC9293:3.1-checksum-pseudo-header-ipv6, RFC 768, RFC 8200 §8.1.
    #[must_use]
    pub fn pseudo(ends: (IpAddr, IpAddr), protocol: u8, length: usize) -> Self {
        // Of a length beyond 16 bits (a jumbogram) the upper word counts too; for all others it is zero.
        let (upper, lower) = ((length >> 16) as u16, length as u16);
        Self::ZERO.address(ends.0).address(ends.1).word(u16::from(protocol)).word(upper).word(lower)
    }

    /// Adds octets; an odd last one counts as if a zero followed, so only the last run of a message may be odd.
    ///
    /// Spec: RFC9293:3.1-checksum-odd-length.
    #[must_use]
    pub fn octets(self, octets: &[u8]) -> Self {
        let (eights, rest) = octets.as_chunks::<8>();
        // Halves of 32 bits cannot overflow the 64 within 2^31 steps: no carry to look at.
        let mut sum = eights.iter().fold(self.halved(), |sum, eight| {
            let eight = u64::from_ne_bytes(*eight);
            sum.wrapping_add(eight & 0xffff_ffff).wrapping_add(eight >> 32)
        });
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        let last = u64::from_ne_bytes(last);
        sum = sum.wrapping_add(last & 0xffff_ffff).wrapping_add(last >> 32);
        Self(sum)
    }

    /// Adds one word.
    #[must_use]
    pub const fn word(self, word: u16) -> Self {
        Self(self.halved() + word.to_be() as u64)
    }

    /// Adds what another sum has added; the octets behind either were even in number.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.halved() + other.halved())
    }

    /// The sum itself, in host order: what a sender that leaves the rest to its interface writes in the field.
    #[must_use]
    pub const fn value(self) -> u16 {
        u16::from_be(self.folded())
    }

    /// The checksum: the sum's complement, in host order.
    #[must_use]
    pub const fn finish(self) -> u16 {
        !self.value()
    }

    /// Whether a message summed with its checksum in place is whole: the sum is minus zero.
    #[must_use]
    pub const fn verifies(self) -> bool {
        self.folded() == 0xffff
    }

    const fn address(self, address: IpAddr) -> Self {
        // Summed here rather than through `octets`, whose loop and tail would cost more than the addition.
        let sum = match address {
            IpAddr::V4(address) => u32::from_ne_bytes(address.octets()) as u64,
            IpAddr::V6(address) => {
                let bits = u128::from_ne_bytes(address.octets());
                let (upper, lower) = ((bits >> 64) as u64, bits as u64);
                (upper >> 32) + (upper & 0xffff_ffff) + (lower >> 32) + (lower & 0xffff_ffff)
            }
        };
        Self(self.halved() + sum)
    }

    /// The upper half added to the lower: room again for 2^31 additions of 32 bits.
    const fn halved(self) -> u64 {
        (self.0 >> 32) + (self.0 & 0xffff_ffff)
    }

    /// The carries added back in until sixteen bits are left.
    const fn folded(self) -> u16 {
        let sum = self.halved();
        let sum = (sum >> 16) + (sum & 0xffff);
        let sum = (sum >> 16) + (sum & 0xffff);
        ((sum >> 16) + (sum & 0xffff)) as u16
    }
}

/// The checksum of a whole message: [`Sum::octets`] and [`Sum::finish`] in one.
#[must_use]
pub fn checksum(octets: &[u8]) -> u16 {
    Sum::ZERO.octets(octets).finish()
}

/// The checksum after one word of what it covers changed from `old` to `new`.
///
/// Spec: RFC 1624 §3, equation 3.
#[must_use]
pub const fn update(checksum: u16, old: u16, new: u16) -> u16 {
    Sum::ZERO.word(!checksum).word(!old).word(new).finish()
}
