//! The MD5 signature of a segment.
//!
//! Spec: RFC 2385 §2.0.
use core::net::IpAddr;

use md5::{Digest, Md5};

use super::Segment;
use crate::TcpOption;
use crate::ip::protocol;

impl Segment {
    /// The digest that belongs into the MD5 option of this segment between these addresses: over the pseudo-header,
    /// the header without its options and with no checksum, the text, and the key. The options count only by their
    /// length, so room for the digest must be among them already.
    ///
    /// Over IPv6, which RFC 2385 does not speak of, the pseudo-header is IPv6's own (RFC 8200 §8.1), as stacks have it.
    #[must_use]
    pub fn signature(&self, source: IpAddr, destination: IpAddr, key: &[u8]) -> [u8; 16] {
        let length = self.octets();
        let mut digest = Md5::new();
        match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                digest.update(source.octets());
                digest.update(destination.octets());
                digest.update([0, protocol::TCP]);
                digest.update((length as u16).to_be_bytes());
            }
            (IpAddr::V6(_), _) | (_, IpAddr::V6(_)) => {
                for end in [source, destination] {
                    let end = match end {
                        IpAddr::V4(end) => end.to_ipv6_mapped(),
                        IpAddr::V6(end) => end,
                    };
                    digest.update(end.octets());
                }
                digest.update((length as u32).to_be_bytes());
                digest.update(u32::from(protocol::TCP).to_be_bytes());
            }
        }
        digest.update(self.fixed());
        digest.update(&self.text);
        digest.update(key);
        digest.finalize().into()
    }

    /// Adds the MD5 option with the digest that `key` gives, behind two NOPs; without room for its twenty octets the
    /// segment stays as it is.
    ///
    /// Spec: RFC 2385 §3.0.
    pub fn sign(&mut self, source: IpAddr, destination: IpAddr, key: &[u8]) {
        let before = self.options;
        let mut push = |option| self.options.push(option);
        // The digest is over the length of the options, not over what stands in them.
        if push(TcpOption::NoOperation) && push(TcpOption::NoOperation) && push(TcpOption::Md5(&[0; 16])) {
            let digest = self.signature(source, destination, key);
            self.options = before;
            for option in [TcpOption::NoOperation, TcpOption::NoOperation, TcpOption::Md5(&digest)] {
                self.options.push(option);
            }
        } else {
            self.options = before;
        }
    }

    /// Whether the segment carries the digest that `key` gives.
    ///
    /// Spec: RFC 2385 §2.0.
    #[must_use]
    pub fn is_signed(&self, source: IpAddr, destination: IpAddr, key: &[u8]) -> bool {
        let digest = self.signature(source, destination, key);
        self.options.iter().any(|option| option == Ok(TcpOption::Md5(&digest)))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{Checksum, Flags, Options, Seq};

    /// Pieced together by hand and summed with another MD5 than ours: the pseudo-header, the twenty octets, the text, the key.
    ///
    /// Proves: RFC 2385 §2.0.
    #[test]
    fn the_digest_is_over_what_the_rfc_lists() {
        let segment = Segment {
            source: 0x1f90,
            destination: 0x0050,
            seq: Seq(1),
            ack: Seq(2),
            flags: Flags::ACK | Flags::PSH,
            window: 0x1000,
            checksum: Checksum::Literal(0xbeef),
            options: Options::from_octets(&[1; 20]).expect("they fit"),
            text: Bytes::from_static(b"hello"),
            ..Segment::default()
        };
        let digest = |source: [u8; 4], destination: [u8; 4], key: &[u8]| {
            segment.signature(source.into(), destination.into(), key)
        };
        let known = digest([192, 0, 2, 1], [192, 168, 0, 1], b"secret");
        assert_eq!(
            known,
            [0xaa, 0xdc, 0x28, 0x92, 0xf3, 0x38, 0x42, 0xac, 0x81, 0xfd, 0x79, 0x2f, 0x2e, 0xab, 0x2a, 0xde]
        );
        assert_ne!(known, digest([192, 168, 0, 1], [192, 0, 2, 1], b"secret"));
        assert_ne!(known, digest([192, 0, 2, 1], [192, 168, 0, 1], b"secret!"));
        let (here, there): (IpAddr, IpAddr) = ([192, 0, 2, 1].into(), [192, 168, 0, 1].into());
        let mut plain = Segment { options: Options::EMPTY, ..segment.clone() };
        plain.sign(here, there, b"secret");
        assert!(plain.is_signed(here, there, b"secret") && !plain.is_signed(here, there, b"public"));
        assert!(!plain.is_signed(there, here, b"secret") && !segment.is_signed(here, there, b"secret"));
        let mut full =
            Segment { options: Options::from_octets(&[1; 24]).expect("they fit"), ..segment.clone() };
        full.sign(here, there, b"secret");
        assert_eq!(full.options.octets(), [1; 24], "no room");
        let v6 = |last| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last]);
        assert_eq!(
            segment.signature(v6(1), v6(2), b"secret"),
            [0xd4, 0x78, 0xdf, 0xb9, 0xc1, 0xc9, 0x93, 0xb7, 0x6e, 0xfe, 0xb9, 0x39, 0x8b, 0x66, 0xd8, 0x27]
        );
    }
}
