//! The part of a stream that is being read: it grows to one record and no further.
use std::io::{self, Read};

use bytes::{Buf, BytesMut};

/// How much is read at once, in octets.
const CHUNK: usize = 64 * 1024;

#[derive(Debug)]
pub(crate) struct Window<R> {
    source: R,
    octets: BytesMut,
    /// Where the window starts in the stream.
    at: u64,
}

impl<R: Read> Window<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, octets: BytesMut::new(), at: 0 }
    }

    /// Where the window starts in the stream, in octets.
    pub(crate) const fn at(&self) -> u64 {
        self.at
    }

    /// What is in the window.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Reads until `need` octets are in the window; whether they are, for the stream may end first.
    pub(crate) fn fill(&mut self, need: usize) -> io::Result<bool> {
        while self.octets.len() < need {
            if !self.read()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Moves the window's start on; at most to its end.
    pub(crate) fn advance(&mut self, octets: usize) {
        let octets = octets.min(self.octets.len());
        self.octets.advance(octets);
        self.at += octets as u64;
    }

    /// Passes over octets, in the window or not; how many there were.
    pub(crate) fn skip(&mut self, octets: u64) -> io::Result<u64> {
        let mut left = octets;
        loop {
            let here = usize::try_from(left).map_or(self.octets.len(), |left| left.min(self.octets.len()));
            self.advance(here);
            left -= here as u64;
            if left == 0 || !self.read()? {
                return Ok(octets - left);
            }
        }
    }

    /// Reads a little more; `false` at the end of the stream.
    fn read(&mut self) -> io::Result<bool> {
        let start = self.octets.len();
        self.octets.resize(start + CHUNK, 0);
        let read = loop {
            match self.source.read(self.octets.get_mut(start..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.octets.truncate(start + read.as_ref().map_or(0, |read| *read));
        read.map(|read| read > 0)
    }
}
