//! What could not be read, and where.
use std::io;

use pcap_file::pcap::PcapValidationError;
use pcap_file::pcapng::{BlockConversionError, PcapNgFormatError};
use stackdrill_wire::Malformed;

use crate::link::NotIp;

/// A part of a file that could not be read. Offsets and lengths are octets; `at` is where the record starts.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// The file itself cannot be read any further.
    #[error("octet {at}: reading failed")]
    Io {
        /// How far reading came.
        at: u64,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file starts with neither a pcap nor a pcapng header.
    #[error("starts with {magic:#010x}, which neither pcap nor pcapng does")]
    Magic {
        /// Its first four octets.
        magic: u32,
    },
    /// The file ends inside a record.
    #[error("octet {at}: the record needs {need} octets, the file has {have}")]
    Truncated {
        /// Where the record starts.
        at: u64,
        /// Octets the record needs.
        need: u64,
        /// Octets there.
        have: u64,
    },
    /// A record is longer than [`Limits::record`](crate::Limits::record); it was passed over.
    #[error("octet {at}: the record is {length} octets long, more than {most}")]
    Oversized {
        /// Where the record starts.
        at: u64,
        /// Its length.
        length: u64,
        /// The limit.
        most: u64,
    },
    /// A section describes more interfaces than [`Limits::interfaces`](crate::Limits::interfaces).
    #[error("octet {at}: interface {number} is more than the {most} that are kept")]
    Interfaces {
        /// Where the block starts.
        at: u64,
        /// The interface's number in its section.
        number: usize,
        /// The limit.
        most: usize,
    },
    /// The header of a pcap file is wrong.
    #[error("octet {at}: the file header is wrong")]
    Header {
        /// Where it starts.
        at: u64,
        /// What is wrong.
        #[source]
        source: PcapValidationError,
    },
    /// A pcapng block's frame is wrong: its length, its alignment or its magic.
    #[error("octet {at}: the block is wrong")]
    Frame {
        /// Where it starts.
        at: u64,
        /// What is wrong.
        #[source]
        source: PcapNgFormatError,
    },
    /// A pcapng block's content is wrong; it was passed over.
    #[error("octet {at}: the block's content is wrong")]
    Content {
        /// Where it starts.
        at: u64,
        /// What is wrong.
        #[source]
        source: BlockConversionError,
    },
}

/// Why a frame gave no packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unparsed {
    /// It carries no IP datagram.
    #[error(transparent)]
    NotIp(#[from] NotIp),
    /// Its datagram contradicts itself.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}
