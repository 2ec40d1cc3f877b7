//! The classic format: a file header, then records without names.
use core::time::Duration;
use std::io::Read;

use bytes::Bytes;
use pcap_file::pcap::{PcapHeader, PcapParseError, PcapParser, PcapTsResolution, PcapValidationError};

use crate::capture::{Limits, Met, ensure, pass_over};
use crate::frame::Frame;
use crate::link::Link;
use crate::unread::Unread;
use crate::window::Window;

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

#[derive(Debug)]
pub(crate) struct Reader(PcapParser);

impl Reader {
    pub(crate) fn new<R: Read>(window: &mut Window<R>) -> Result<Self, Unread> {
        let at = window.at();
        let whole = window.fill(FILE_HEADER).map_err(|source| Unread::Io { at, source })?;
        match PcapParser::new(window.octets()) {
            Ok((_, parser)) => {
                window.advance(FILE_HEADER);
                Ok(Self(parser))
            }
            Err(PcapParseError::Validation(PcapValidationError::InvalidMagicNumber(magic))) => {
                Err(Unread::Magic { magic })
            }
            Err(PcapParseError::Validation(source)) => Err(Unread::Header { at, source }),
            Err(PcapParseError::IncompleteBuffer(need, have)) => {
                debug_assert!(!whole);
                Err(match window.octets().first_chunk() {
                    // Too short to be a capture, and no sign that it was meant to be one.
                    Some(magic) if !MAGICS.contains(&u32::from_be_bytes(*magic)) => {
                        Unread::Magic { magic: u32::from_be_bytes(*magic) }
                    }
                    _ => Unread::Truncated { at, need: need as u64, have: have as u64 },
                })
            }
        }
    }

    /// Reads one record. The length fields are taken as they are: that they exceed the snapshot length, or the
    /// original length, happens in honest files and harms nobody.
    pub(crate) fn next<R: Read>(&mut self, window: &mut Window<R>, limits: Limits) -> Met {
        let mut need = RECORD_HEADER;
        loop {
            if need > limits.record {
                return match pass_over(window, need as u64, limits.record) {
                    Ok(passed) => Met::LostFrame(passed),
                    Err(lost) => Met::LostPlace(lost),
                };
            }
            if let Err(met) = ensure(window, need) {
                return met;
            }
            match self.0.next_raw_packet(window.octets()) {
                Ok((rest, _)) if window.octets().len() - rest.len() > limits.record => {
                    need = window.octets().len() - rest.len();
                }
                Ok((rest, record)) => {
                    let length = window.octets().len() - rest.len();
                    let octets = Bytes::copy_from_slice(&record.data);
                    let header = self.0.header();
                    let frame = Frame {
                        number: 0,
                        at: time(&header, record.ts_sec, record.ts_frac),
                        interface: 0,
                        // The upper bits tell of a frame check sequence, which stands behind the datagram.
                        link: Link(u32::from(header.datalink) & 0xffff),
                        original: record.orig_len.max(record.incl_len),
                        octets,
                    };
                    window.advance(length);
                    return Met::Frame(frame);
                }
                // The header is there, so it is the data that are not.
                Err(PcapParseError::IncompleteBuffer(data, _)) => need = RECORD_HEADER + data,
                Err(PcapParseError::Validation(source)) => {
                    return Met::LostPlace(Unread::Header { at: window.at(), source });
                }
            }
        }
    }
}

const MAGICS: [u32; 4] = [0xa1b2_c3d4, 0xa1b2_3c4d, 0xd4c3_b2a1, 0x4d3c_b2a1];

/// A fraction beyond a second carries over.
fn time(header: &PcapHeader, seconds: u32, fraction: u32) -> Duration {
    let seconds = Duration::from_secs(u64::from(seconds));
    seconds
        + match header.ts_resolution {
            PcapTsResolution::MicroSecond => Duration::from_micros(u64::from(fraction)),
            PcapTsResolution::NanoSecond => Duration::from_nanos(u64::from(fraction)),
        }
}
