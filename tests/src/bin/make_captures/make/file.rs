//! Capture files: the classic format and its successor, in several link types.
//!
//! Written octet by octet and not by our own writer: what reads them is then held against the formats themselves.
use std::io::{self, Write};

use super::link::{ETHERNET, Frame};

/// How frames are framed in the file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LinkType {
    /// As they were: LINKTYPE_ETHERNET.
    Ethernet,
    /// Datagrams alone: LINKTYPE_RAW.
    Raw,
    /// As a capture on all devices at once has them: LINKTYPE_LINUX_SLL2.
    Cooked,
}

impl LinkType {
    const fn number(self) -> u32 {
        match self {
            Self::Ethernet => 1,
            Self::Raw => 101,
            Self::Cooked => 276,
        }
    }

    /// The octets that stand in the file for a frame, if it can stand there at all.
    fn octets(self, frame: &Frame) -> Option<Vec<u8>> {
        match self {
            Self::Ethernet => Some(frame.octets.clone()),
            Self::Raw => frame.datagram().map(<[u8]>::to_vec),
            Self::Cooked => Some([cooked(frame).as_slice(), frame.octets.get(ETHERNET..)?].concat()),
        }
    }
}

/// The pseudo-header of a cooked capture, version 2.
fn cooked(frame: &Frame) -> Vec<u8> {
    let address = frame.address;
    let mut octets = frame.octets.get(12..ETHERNET).unwrap_or_default().to_vec();
    octets.extend([0; 2]);
    octets.extend((address.ifindex() as u32).to_be_bytes());
    octets.extend(address.hatype().to_be_bytes());
    octets.extend([address.pkttype(), address.halen() as u8]);
    octets.extend(address.addr().unwrap_or_default());
    octets.extend([0; 2]);
    octets
}

/// The format of the file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    /// pcap, in microseconds.
    Micros,
    /// pcap, in nanoseconds.
    Nanos,
    /// pcapng, in nanoseconds.
    Next,
}

impl Format {
    /// The extension of such a file's name.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Micros | Self::Nanos => "pcap",
            Self::Next => "pcapng",
        }
    }
}

/// Writes a capture.
pub(crate) fn write(
    out: &mut impl Write,
    format: Format,
    link: LinkType,
    frames: &[Frame],
) -> io::Result<()> {
    match format {
        Format::Micros => classic(out, 1_000, link, frames),
        Format::Nanos => classic(out, 1, link, frames),
        Format::Next => next(out, link, frames),
    }
}

/// Writes pcap; one unit of its time is `unit` nanoseconds.
fn classic(out: &mut impl Write, unit: u64, link: LinkType, frames: &[Frame]) -> io::Result<()> {
    let magic: u32 = if unit == 1 { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
    words(out, &[magic, 0x0004_0002, 0, 0, 0x0004_0000, link.number()])?;
    for frame in frames {
        let Some(octets) = link.octets(frame) else { continue };
        let length = octets.len() as u32;
        let (seconds, rest) = (frame.at / 1_000_000_000, frame.at % 1_000_000_000 / unit);
        words(out, &[seconds as u32, rest as u32, length, length])?;
        out.write_all(&octets)?;
    }
    Ok(())
}

/// Writes pcapng: a section, an interface whose time is in nanoseconds, a packet a block.
fn next(out: &mut impl Write, link: LinkType, frames: &[Frame]) -> io::Result<()> {
    words(out, &[0x0a0d_0d0a, 28, 0x1a2b_3c4d, 0x0000_0001, u32::MAX, u32::MAX, 28])?;
    let resolution = u32::from_le_bytes([9, 0, 1, 0]); // option if_tsresol, one octet: 10^-9
    words(out, &[1, 32, link.number(), 0, resolution, 9, 0, 32])?;
    for frame in frames {
        let Some(mut octets) = link.octets(frame) else { continue };
        let length = octets.len() as u32;
        octets.resize(octets.len().next_multiple_of(4), 0);
        let block = octets.len() as u32 + 32;
        words(out, &[6, block, 0, (frame.at >> 32) as u32, frame.at as u32, length, length])?;
        out.write_all(&octets)?;
        words(out, &[block])?;
    }
    Ok(())
}

/// Writes little-endian words.
fn words(out: &mut impl Write, words: &[u32]) -> io::Result<()> {
    words.iter().try_for_each(|word| out.write_all(&word.to_le_bytes()))
}
