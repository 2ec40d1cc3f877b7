//! The newer format: blocks that say what they are, in sections with interfaces of their own.
use core::time::Duration;
use std::io::Read;

use byteorder_slice::{BigEndian, LittleEndian};
use bytes::Bytes;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::{
    ENHANCED_PACKET_BLOCK, INTERFACE_DESCRIPTION_BLOCK, PACKET_BLOCK, SECTION_HEADER_BLOCK,
    SIMPLE_PACKET_BLOCK,
};
use pcap_file::pcapng::{Block, PcapNgFormatError, PcapNgState, RawBlock, RawBlockParseError};
use pcap_file::{DataLink, Endianness};

use crate::capture::{Limits, Met, ensure, pass_over};
use crate::frame::Frame;
use crate::link::Link;
use crate::unread::Unread;
use crate::window::Window;

/// A section header's type, which reads the same in either byte order.
pub(crate) const MAGIC: [u8; 4] = SECTION_HEADER_BLOCK.to_be_bytes();

/// Type, length, and the length again.
const LEAST: usize = 12;
/// Stands for an interface whose description cannot be read, so that the numbers of the others hold.
const NO_LINK: u32 = u16::MAX as u32;

#[derive(Debug, Default)]
pub(crate) struct Reader {
    state: PcapNgState,
    /// Whether the section's own header was read.
    in_section: bool,
    /// Interfaces described in this section, kept or not.
    described: usize,
    /// When the last frame was seen.
    latest: Duration,
}

impl Reader {
    pub(crate) fn next<R: Read>(&mut self, window: &mut Window<R>, limits: Limits) -> Met {
        let mut need = LEAST;
        loop {
            if need > limits.record {
                return self.too_long(window, need, limits);
            }
            if let Err(met) = ensure(window, need) {
                return met;
            }
            let at = window.at();
            match block(window.octets(), self.state.endianness()) {
                Ok((rest, _)) if window.octets().len() - rest.len() > limits.record => {
                    need = window.octets().len() - rest.len();
                }
                Ok((rest, raw)) => {
                    let length = window.octets().len() - rest.len();
                    let met = self.read(raw, at, limits);
                    window.advance(length);
                    return met;
                }
                // Counted from behind type and length.
                Err(RawBlockParseError::IncompleteBuffer(rest, _)) => need = rest.saturating_add(8),
                Err(RawBlockParseError::InvalidFormat(source)) => return misframed(window, source),
            }
        }
    }

    fn too_long<R: Read>(&self, window: &mut Window<R>, length: usize, limits: Limits) -> Met {
        let frame = window.octets().first_chunk().is_some_and(|kind| {
            let kind = match self.state.endianness() {
                Endianness::Big => u32::from_be_bytes(*kind),
                Endianness::Little => u32::from_le_bytes(*kind),
            };
            carries_frame(kind)
        });
        match pass_over(window, length as u64, limits.record) {
            Ok(passed) if frame => Met::LostFrame(passed),
            Ok(passed) => Met::Lost(passed),
            Err(lost) => Met::LostPlace(lost),
        }
    }

    fn read(&mut self, raw: RawBlock<'_>, at: u64, limits: Limits) -> Met {
        let kind = raw.type_;
        if !self.in_section && kind != SECTION_HEADER_BLOCK {
            return Met::LostPlace(Unread::Frame { at, source: PcapNgFormatError::MissingSectionHeader });
        }
        if !carries_frame(kind) && kind != SECTION_HEADER_BLOCK && kind != INTERFACE_DESCRIPTION_BLOCK {
            return Met::Other;
        }
        match raw.try_into_block(&self.state) {
            Ok(Block::InterfaceDescription(interface)) => {
                self.describe(interface, at, limits).map_or_else(Met::Lost, |()| Met::Other)
            }
            Ok(block @ Block::SectionHeader(_)) => {
                self.state.update_from_block(&block);
                (self.in_section, self.described) = (true, 0);
                Met::Other
            }
            Ok(block) => self.frame(block).map_or(Met::Other, Met::Frame),
            Err(source) if kind == SECTION_HEADER_BLOCK => Met::LostPlace(Unread::Content { at, source }),
            Err(source) if kind == INTERFACE_DESCRIPTION_BLOCK => {
                let unknown = InterfaceDescriptionBlock::new(DataLink::from(NO_LINK), 0);
                Met::Lost(self.describe(unknown, at, limits).err().unwrap_or(Unread::Content { at, source }))
            }
            Err(source) => Met::LostFrame(Unread::Content { at, source }),
        }
    }

    /// Keeps what is needed to read an interface's frames; names and comments are let go.
    fn describe(
        &mut self,
        mut interface: InterfaceDescriptionBlock<'_>,
        at: u64,
        limits: Limits,
    ) -> Result<(), Unread> {
        let number = self.described;
        self.described += 1;
        if number >= limits.interfaces {
            return Err(Unread::Interfaces { at, number, most: limits.interfaces });
        }
        interface.options.retain(|option| {
            matches!(
                option,
                InterfaceDescriptionOption::IfTsResol(_) | InterfaceDescriptionOption::IfTsOffset(_)
            )
        });
        self.state.update_from_block(&Block::InterfaceDescription(interface));
        Ok(())
    }

    fn frame(&mut self, block: Block<'_>) -> Option<Frame> {
        let (interface, at, original, data) = match block {
            Block::EnhancedPacket(packet) => {
                (packet.interface_id, packet.timestamp, packet.original_len, packet.data)
            }
            Block::Packet(packet) => {
                (u32::from(packet.interface_id), packet.timestamp, packet.original_len, packet.data)
            }
            Block::SimplePacket(packet) => (0, self.latest, packet.original_len, packet.data),
            Block::SectionHeader(_)
            | Block::InterfaceDescription(_)
            | Block::NameResolution(_)
            | Block::InterfaceStatistics(_)
            | Block::SystemdJournalExport(_)
            | Block::CustomCopiable(_)
            | Block::CustomNonCopiable(_)
            | Block::Unknown(_) => return None,
        };
        self.latest = at;
        let link = self.state.interfaces().get(interface as usize)?.linktype;
        let octets = Bytes::copy_from_slice(&data);
        Some(Frame { number: 0, at, interface, link: Link(u32::from(link)), octets, original })
    }
}

const fn carries_frame(kind: u32) -> bool {
    matches!(kind, ENHANCED_PACKET_BLOCK | PACKET_BLOCK | SIMPLE_PACKET_BLOCK)
}

fn block(octets: &[u8], order: Endianness) -> Result<(&[u8], RawBlock<'_>), RawBlockParseError> {
    match order {
        Endianness::Big => RawBlock::from_slice::<BigEndian>(octets),
        Endianness::Little => RawBlock::from_slice::<LittleEndian>(octets),
    }
}

/// A block whose frame is wrong is passed over if its length can be trusted, or the file is given up.
fn misframed<R: Read>(window: &mut Window<R>, source: PcapNgFormatError) -> Met {
    let at = window.at();
    let length = match source {
        // Some writers forget the padding in the length, but not in the file.
        PcapNgFormatError::BlockNotAligned(length) if length >= LEAST => length.next_multiple_of(4),
        PcapNgFormatError::BlockLengthMismatch(length, _) => length as usize,
        PcapNgFormatError::BlockNotAligned(_)
        | PcapNgFormatError::MissingSectionHeader
        | PcapNgFormatError::InvalidMagicNumber(_)
        | PcapNgFormatError::BlockTooShort(_, _)
        | PcapNgFormatError::InvalidBlockLength { .. } => {
            return Met::LostPlace(Unread::Frame { at, source });
        }
    };
    match window.skip(length as u64) {
        Ok(_) => Met::Lost(Unread::Frame { at, source }),
        Err(source) => Met::LostPlace(Unread::Io { at: window.at(), source }),
    }
}
