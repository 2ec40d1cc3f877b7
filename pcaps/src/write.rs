//! Captures written: raw IP, nanoseconds, little-endian, so that the same packets make the same octets everywhere.
use core::fmt;
use core::time::Duration;
use std::borrow::Cow;
use std::io::Write;

use pcap_file::pcap::{
    PcapHeader, PcapPacket, PcapTsResolution, PcapValidationError, PcapWriteError, PcapWriter,
};
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption, InterfaceTsResolution,
};
use pcap_file::pcapng::{Block, PcapNgWriteError, PcapNgWriter};
use pcap_file::{DataLink, Endianness};
use stackdrill_wire::Packet;

use crate::frame::Frame;
use crate::link::Link;

/// The longest frame that readers are told to expect, in octets.
const SNAPSHOT: u32 = 262_144;

/// Which of the two formats.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Format {
    /// The classic one, which every tool reads.
    #[default]
    Pcap,
    /// The one with interfaces and sections.
    Pcapng,
}

/// Why a frame was not written.
#[derive(Debug, thiserror::Error)]
pub enum Unwritten {
    /// The pcap file could not be written, or cannot hold the time or the length.
    #[error("the pcap file was not written")]
    Pcap(#[from] PcapWriteError),
    /// The pcapng file could not be written, or cannot hold the time or the length.
    #[error("the pcapng file was not written")]
    Pcapng(#[from] PcapNgWriteError),
}

impl From<PcapValidationError> for Unwritten {
    fn from(error: PcapValidationError) -> Self {
        Self::Pcap(error.into())
    }
}

/// A capture being written, all of one link type.
pub struct Writer<W: Write>(Inner<W>);

enum Inner<W: Write> {
    Pcap(PcapWriter<W>),
    Pcapng(Box<PcapNgWriter<W>>),
}

impl<W: Write> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = match self.0 {
            Inner::Pcap(_) => Format::Pcap,
            Inner::Pcapng(_) => Format::Pcapng,
        };
        f.debug_tuple("Writer").field(&format).finish()
    }
}

impl<W: Write> Writer<W> {
    /// Starts a file for frames of `link`; [`Link::RAW`] for bare datagrams.
    ///
    /// # Errors
    /// [`Unwritten`] if the header cannot be written.
    pub fn new(to: W, format: Format, link: Link) -> Result<Self, Unwritten> {
        let datalink = DataLink::from(link.0);
        Ok(Self(match format {
            Format::Pcap => Inner::Pcap(PcapWriter::with_header(
                to,
                PcapHeader {
                    snaplen: SNAPSHOT,
                    datalink,
                    ts_resolution: PcapTsResolution::NanoSecond,
                    endianness: Endianness::Little,
                    ..PcapHeader::default()
                },
            )?),
            Format::Pcapng => {
                let mut writer = PcapNgWriter::with_endianness(to, Endianness::Little)?;
                let mut interface = InterfaceDescriptionBlock::new(datalink, SNAPSHOT);
                interface.options.push(InterfaceDescriptionOption::IfTsResol(InterfaceTsResolution::NANO));
                writer.write_block(&Block::InterfaceDescription(interface))?;
                Inner::Pcapng(Box::new(writer))
            }
        }))
    }

    /// Writes a packet, seen `at` a time since 1970-01-01 00:00 UTC; the link is raw IP.
    ///
    /// # Errors
    /// [`Unwritten`] if the file cannot be written, or cannot hold the time.
    pub fn packet(&mut self, at: Duration, packet: &Packet) -> Result<(), Unwritten> {
        let octets = packet.to_bytes();
        self.octets(at, &octets, octets.len())
    }

    /// Writes a frame as it was read: its time, what was kept, and how long it was.
    ///
    /// # Errors
    /// [`Unwritten`] if the file cannot be written, or cannot hold the time or the length.
    pub fn frame(&mut self, frame: &Frame) -> Result<(), Unwritten> {
        self.octets(frame.at, &frame.octets, frame.original as usize)
    }

    /// Writes octets that were kept of a frame `original` octets long.
    ///
    /// # Errors
    /// [`Unwritten`] if the file cannot be written, or cannot hold the time or the length.
    pub fn octets(&mut self, at: Duration, octets: &[u8], original: usize) -> Result<(), Unwritten> {
        let original_len = u32::try_from(original).unwrap_or(u32::MAX);
        match &mut self.0 {
            Inner::Pcap(writer) => {
                writer.write_packet(&PcapPacket::new(at, original_len, octets)?)?;
            }
            Inner::Pcapng(writer) => {
                let (timestamp, data) = (at, Cow::Borrowed(octets));
                let packet = EnhancedPacketBlock { timestamp, original_len, data, ..Default::default() };
                writer.write_block(&Block::EnhancedPacket(packet))?;
            }
        }
        Ok(())
    }

    /// What was written to, to be flushed or looked at.
    pub fn into_inner(self) -> W {
        match self.0 {
            Inner::Pcap(writer) => writer.into_inner(),
            Inner::Pcapng(writer) => writer.into_inner(),
        }
    }
}
