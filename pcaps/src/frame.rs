//! A frame: what the link carried, when, and how much of it was kept.
use core::time::Duration;

use bytes::Bytes;
use stackdrill_wire::{Captured, Instant, Packet};

use crate::link::{Link, NotIp};
use crate::unread::Unparsed;

/// One frame of a capture.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    /// Its number in the file, from 1; frames that could not be read are counted too.
    pub number: u64,
    /// When it was seen, since 1970-01-01 00:00 UTC. A simple packet block tells no time and takes its
    /// predecessor's.
    pub at: Duration,
    /// The interface it was seen on: its number in the section of a pcapng file, 0 in a pcap file.
    pub interface: u32,
    /// How its octets start.
    pub link: Link,
    /// What was kept of it, link header included.
    pub octets: Bytes,
    /// How long it was on the link, in octets.
    pub original: u32,
}

impl Frame {
    /// The moment it was seen, to the microsecond.
    #[must_use]
    pub fn instant(&self) -> Instant {
        Instant::ZERO + self.at
    }

    /// Whether a part of it was not kept.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.octets.len() < self.original as usize
    }

    /// The IP datagram in it, perhaps cut, perhaps with link padding behind.
    ///
    /// # Errors
    /// [`NotIp`] says what it carries instead.
    pub fn datagram(&self) -> Result<Bytes, NotIp> {
        self.link.datagram(&self.octets)
    }

    /// The packet in it, as far as it was kept.
    ///
    /// # Errors
    /// [`Unparsed`] if there is no IP datagram in it, or one that contradicts itself.
    pub fn packet(&self) -> Result<Captured, Unparsed> {
        Ok(Packet::parse_captured(&self.datagram()?)?)
    }
}
