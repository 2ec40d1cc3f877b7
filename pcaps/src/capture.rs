//! A capture file as a stream of frames.
use std::io::Read;
use std::iter::FusedIterator;

use crate::frame::Frame;
use crate::unread::Unread;
use crate::window::Window;
use crate::{pcap, pcapng};

/// What a file may make the reader hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// The longest record that is read, in octets; 16 MiB unless said otherwise, sixty times the longest that
    /// capturing programs write. A longer one is passed over.
    pub record: usize,
    /// The interfaces that are kept a section; 4,096 unless said otherwise. Frames of a later one are not read.
    pub interfaces: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { record: 16 << 20, interfaces: 4096 }
    }
}

/// A pcap or pcapng file, read a frame at a time.
///
/// It is an iterator. An [`Unread`] among the frames is no end: reading goes on behind it if it is known where the
/// next record starts. Every step moves on in the file, so it ends.
#[derive(Debug)]
pub struct Capture<R> {
    window: Window<R>,
    format: Format,
    limits: Limits,
    /// Frames met so far, readable or not.
    frames: u64,
    ended: bool,
}

#[derive(Debug)]
enum Format {
    Pcap(pcap::Reader),
    Pcapng(Box<pcapng::Reader>),
}

/// What a format's reader met at the start of the window, and passed.
pub(crate) enum Met {
    /// A frame; its number is not known yet.
    Frame(Frame),
    /// A record without a frame.
    Other,
    /// A record that cannot be read, which should have held a frame.
    LostFrame(Unread),
    /// A record that cannot be read.
    Lost(Unread),
    /// As `Lost`, and nobody knows where the next record starts.
    LostPlace(Unread),
    /// The end of the file, between records.
    End,
}

impl<R: Read> Capture<R> {
    /// Starts to read a file, within the default [`Limits`].
    ///
    /// # Errors
    /// [`Unread`] if the file starts with neither format's header.
    pub fn new(source: R) -> Result<Self, Unread> {
        Self::within(source, Limits::default())
    }

    /// Starts to read a file.
    ///
    /// # Errors
    /// [`Unread`] if the file starts with neither format's header.
    pub fn within(source: R, limits: Limits) -> Result<Self, Unread> {
        let mut window = Window::new(source);
        let whole = window.fill(4).map_err(|source| Unread::Io { at: window.at(), source })?;
        let format = match window.octets().first_chunk() {
            Some(&pcapng::MAGIC) => Format::Pcapng(Box::default()),
            Some(_) => Format::Pcap(pcap::Reader::new(&mut window)?),
            None => {
                debug_assert!(!whole);
                return Err(Unread::Truncated { at: 0, need: 4, have: window.octets().len() as u64 });
            }
        };
        Ok(Self { window, format, limits, frames: 0, ended: false })
    }

    /// How far reading came, in octets.
    pub const fn at(&self) -> u64 {
        self.window.at()
    }
}

impl<R: Read> Iterator for Capture<R> {
    type Item = Result<Frame, Unread>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let met = match &mut self.format {
                Format::Pcap(reader) => reader.next(&mut self.window, self.limits),
                Format::Pcapng(reader) => reader.next(&mut self.window, self.limits),
            };
            match met {
                Met::Frame(mut frame) => {
                    self.frames += 1;
                    frame.number = self.frames;
                    return Some(Ok(frame));
                }
                Met::Other => {}
                Met::LostFrame(unread) => {
                    self.frames += 1;
                    return Some(Err(unread));
                }
                Met::Lost(unread) => return Some(Err(unread)),
                Met::LostPlace(unread) => {
                    self.ended = true;
                    return Some(Err(unread));
                }
                Met::End => self.ended = true,
            }
        }
        None
    }
}

impl<R: Read> FusedIterator for Capture<R> {}

/// Passes over a record that is too long to be read.
pub(crate) fn pass_over<R: Read>(window: &mut Window<R>, length: u64, most: usize) -> Result<Unread, Unread> {
    let at = window.at();
    match window.skip(length) {
        Ok(have) if have < length => Err(Unread::Truncated { at, need: length, have }),
        Ok(_) => Ok(Unread::Oversized { at, length, most: most as u64 }),
        Err(source) => Err(Unread::Io { at: window.at(), source }),
    }
}

/// Makes sure of `need` octets; what to report if they are not there. Nothing at all there is the end.
pub(crate) fn ensure<R: Read>(window: &mut Window<R>, need: usize) -> Result<(), Met> {
    match window.fill(need) {
        Ok(true) => Ok(()),
        Ok(false) if window.octets().is_empty() => Err(Met::End),
        Ok(false) => {
            let (at, have) = (window.at(), window.octets().len());
            window.advance(have);
            Err(Met::LostPlace(Unread::Truncated { at, need: need as u64, have: have as u64 }))
        }
        Err(source) => Err(Met::LostPlace(Unread::Io { at: window.at(), source })),
    }
}
