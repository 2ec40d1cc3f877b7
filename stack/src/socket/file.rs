//! Descriptors that are no sockets: pipes, files and `epoll`s; `splice` and `sendfile` between them and sockets.
//!
//! A file is its contents: the driver reads it, the host only hands it on. Nothing here waits: what a pipe lacks,
//! nobody else could put into it meanwhile.
use bytes::Bytes;
use stackdrill_wire::Instant;

use super::epoll::Interests;
use super::{Events, Fd, MessageFlags, Outcome};
use crate::{Errno, Host};

/// What stands behind a descriptor that is no socket.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct File {
    pub(crate) kind: Kind,
    pub(crate) nonblocking: bool,
    pub(crate) close_on_exec: bool,
}

/// What it is.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Kind {
    /// Somebody who watches others.
    Epoll(Interests),
    /// An end of a pipe. What is in the pipe is kept at the end that reads.
    PipeEnd {
        /// The other end, while it is open.
        other: Option<Fd>,
        reads: bool,
        octets: Vec<u8>,
    },
    /// A file, and how far it was read.
    Contents { octets: Bytes, at: usize },
}

impl File {
    /// Octets that it keeps for others.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        if let Kind::PipeEnd { octets, .. } = &self.kind { octets.len() } else { 0 }
    }

    pub(crate) const fn new(kind: Kind) -> Self {
        Self { kind, nonblocking: false, close_on_exec: false }
    }
}

impl Host {
    pub(super) fn install_file(&mut self, file: File) -> Result<Fd, Errno> {
        self.has_free_descriptor()?;
        let watches = matches!(file.kind, Kind::Epoll(_));
        let fd = self.sockets.install_file(file);
        if watches {
            self.epolls.insert(fd);
        }
        Ok(fd)
    }

    /// `open` for reading, of a file with these contents.
    ///
    /// Errors: `EMFILE`.
    pub fn open(&mut self, contents: Bytes) -> Outcome<Fd> {
        self.install_file(File::new(Kind::Contents { octets: contents, at: 0 })).into()
    }

    /// `pipe`: the end to read from and the end to write into.
    ///
    /// Errors: `EMFILE`.
    pub fn pipe(&mut self) -> Outcome<(Fd, Fd)> {
        let end = |reads, other| File::new(Kind::PipeEnd { other, reads, octets: Vec::new() });
        let made = self.install_file(end(true, None)).and_then(|reads| {
            let writes = self.install_file(end(false, Some(reads)));
            if let (Ok(writes), Some(File { kind: Kind::PipeEnd { other, .. }, .. })) =
                (writes, self.sockets.file_mut(reads))
            {
                *other = Some(writes);
            } else {
                self.sockets.remove(&reads);
            }
            Ok((reads, writes?))
        });
        made.into()
    }

    pub(super) fn close_file(&mut self, fd: Fd, file: &File) {
        self.epolls.remove(&fd);
        if let Kind::PipeEnd { other: Some(other), .. } = file.kind
            && let Some(File { kind: Kind::PipeEnd { other, .. }, .. }) = self.sockets.file_mut(other)
        {
            *other = None;
        }
    }

    /// Whether a descriptor is open and no socket.
    #[must_use]
    pub fn is_file(&self, fd: Fd) -> bool {
        self.sockets.file(fd).is_some()
    }

    /// `read` from what is no socket. No octets mean its end.
    ///
    /// Errors: `EBADF`, also for the end of a pipe that writes; `EAGAIN` for an empty pipe; `EINVAL` for an `epoll`.
    pub fn read_file(&mut self, fd: Fd, length: usize) -> Result<Bytes, Errno> {
        match &mut self.sockets.file_mut(fd).ok_or(Errno::EBADF)?.kind {
            Kind::Epoll(_) => Err(Errno::EINVAL),
            Kind::Contents { octets, at } => {
                let taken =
                    octets.slice((*at).min(octets.len())..at.saturating_add(length).min(octets.len()));
                *at += taken.len();
                Ok(taken)
            }
            Kind::PipeEnd { reads: false, .. } => Err(Errno::EBADF),
            Kind::PipeEnd { octets, other, .. } => match (octets.is_empty(), other) {
                (true, Some(_)) if length > 0 => Err(Errno::EAGAIN),
                _ => Ok(octets.drain(..length.min(octets.len())).collect()),
            },
        }
    }

    /// `write` into what is no socket: how much it took.
    ///
    /// Errors: `EBADF` for what is only read; `EPIPE` for a pipe that nobody reads; `EAGAIN` for a full one; `EINVAL`
    /// for an `epoll`.
    pub fn write_file(&mut self, fd: Fd, data: &[u8]) -> Result<usize, Errno> {
        let reader = match &self.sockets.file(fd).ok_or(Errno::EBADF)?.kind {
            Kind::Epoll(_) => return Err(Errno::EINVAL),
            Kind::Contents { .. } | Kind::PipeEnd { reads: true, .. } => return Err(Errno::EBADF),
            Kind::PipeEnd { other, .. } => other.ok_or(Errno::EPIPE)?,
        };
        let most = self.policy.sockets.pipe;
        let Some(File { kind: Kind::PipeEnd { octets, .. }, .. }) = self.sockets.file_mut(reader) else {
            return Err(Errno::EPIPE);
        };
        let taken = data.get(..data.len().min(most.saturating_sub(octets.len()))).unwrap_or_default();
        if taken.is_empty() && !data.is_empty() {
            return Err(Errno::EAGAIN);
        }
        octets.extend_from_slice(taken);
        Ok(taken.len())
    }

    /// `splice`: moves at most `length` octets from one descriptor to another, one of which is a pipe.
    ///
    /// Errors: `EINVAL` if neither is a pipe, and those of reading and writing; `EAGAIN` where either would wait.
    pub fn splice(&mut self, from: Fd, to: Fd, length: usize, now: Instant) -> Outcome<usize> {
        let moved = match (self.pipe_end(from), self.pipe_end(to)) {
            (None, None) => Err(Errno::EINVAL),
            (_, Some(reads)) if reads => Err(Errno::EBADF),
            (Some(false), _) => Err(Errno::EBADF),
            (_, Some(_)) => self.fill(from, to, length, now),
            (Some(_), None) => self.empty(from, to, length, now),
        };
        moved.into()
    }

    /// Whether a descriptor is the end of a pipe, and if so whether it is the one that reads.
    fn pipe_end(&self, fd: Fd) -> Option<bool> {
        match self.sockets.file(fd)?.kind {
            Kind::PipeEnd { reads, .. } => Some(reads),
            Kind::Epoll(_) | Kind::Contents { .. } => None,
        }
    }

    /// Into a pipe: only as much is taken as it holds.
    fn fill(&mut self, from: Fd, pipe: Fd, length: usize, now: Instant) -> Result<usize, Errno> {
        let room = self.room_in(pipe)?;
        let length = length.min(room);
        let data = if self.is_file(from) {
            self.read_file(from, length)?
        } else {
            let flags = MessageFlags { dont_wait: true, ..MessageFlags::default() };
            match self.recv(from, length, flags, now) {
                Outcome::Done(received) => received.data,
                Outcome::Failed(errno) => return Err(errno),
                Outcome::Blocks(_) => return Err(Errno::EAGAIN),
            }
        };
        self.write_file(pipe, &data)
    }

    /// What fits into the pipe behind its writing end.
    fn room_in(&self, pipe: Fd) -> Result<usize, Errno> {
        let Some(File { kind: Kind::PipeEnd { other, .. }, .. }) = self.sockets.file(pipe) else {
            return Err(Errno::EINVAL);
        };
        let waiting = self.unread_in_file(other.ok_or(Errno::EPIPE)?).unwrap_or_default();
        match self.policy.sockets.pipe.saturating_sub(waiting) {
            0 => Err(Errno::EAGAIN),
            room => Ok(room),
        }
    }

    /// Out of a pipe: what the other side does not take stays in it.
    fn empty(&mut self, pipe: Fd, to: Fd, length: usize, now: Instant) -> Result<usize, Errno> {
        let Some(File { kind: Kind::PipeEnd { octets, .. }, .. }) = self.sockets.file(pipe) else {
            return Err(Errno::EINVAL);
        };
        let data = Bytes::copy_from_slice(octets.get(..length.min(octets.len())).unwrap_or_default());
        if data.is_empty() && length > 0 {
            return self.read_file(pipe, length).map(|_| 0);
        }
        let taken = self.hand_on(to, &data, now)?;
        self.read_file(pipe, taken)?;
        Ok(taken)
    }

    /// Sends what fits, without waiting.
    fn hand_on(&mut self, to: Fd, data: &Bytes, now: Instant) -> Result<usize, Errno> {
        let flags = MessageFlags { dont_wait: true, ..MessageFlags::default() };
        match self.send(to, data, flags, now) {
            Outcome::Done(taken) => Ok(taken),
            Outcome::Failed(errno) => Err(errno),
            Outcome::Blocks(_) => Err(Errno::EAGAIN),
        }
    }

    /// `sendfile`: at most `count` octets of a file to a socket, from `offset`, or from where it was read up to.
    ///
    /// Errors: `EINVAL` if `from` is no file; those of `send`.
    pub fn sendfile(
        &mut self,
        (to, from): (Fd, Fd),
        offset: Option<usize>,
        count: usize,
        now: Instant,
    ) -> Outcome<usize> {
        let (octets, at) = match self.sockets.file(from).map(|file| &file.kind) {
            Some(Kind::Contents { octets, at }) => (octets.clone(), *at),
            Some(Kind::Epoll(_) | Kind::PipeEnd { .. }) => return Outcome::Failed(Errno::EINVAL),
            None if self.sockets.get(&from).is_some() => return Outcome::Failed(Errno::EINVAL),
            None => return Outcome::Failed(Errno::EBADF),
        };
        let start = offset.unwrap_or(at).min(octets.len());
        let data = octets.slice(start..start.saturating_add(count).min(octets.len()));
        let outcome = self.send(to, &data, MessageFlags::default(), now);
        if let (None, Outcome::Done(taken)) = (offset, &outcome)
            && let Some(File { kind: Kind::Contents { at, .. }, .. }) = self.sockets.file_mut(from)
        {
            *at += *taken;
        }
        outcome
    }

    /// Octets that could be read from what is no socket.
    pub(super) fn unread_in_file(&self, fd: Fd) -> Option<usize> {
        Some(match &self.sockets.file(fd)?.kind {
            Kind::Epoll(_) => 0,
            Kind::PipeEnd { octets, .. } => octets.len(),
            Kind::Contents { octets, at } => octets.len().saturating_sub(*at),
        })
    }

    /// What `poll` says of what is no socket.
    pub(super) fn file_ready(&self, fd: Fd) -> Option<Events> {
        let (readable, writable) = (Events::IN.or(Events::RDNORM), Events::OUT.or(Events::WRNORM));
        Some(match &self.sockets.file(fd)?.kind {
            Kind::Contents { .. } => readable.or(writable),
            Kind::Epoll(interests) => {
                readable.when(interests.iter().any(|(&fd, &interest)| self.told_by(fd, interest).is_some()))
            }
            Kind::PipeEnd { reads: true, other, octets } => {
                readable.when(!octets.is_empty()).or(Events::HUP.when(other.is_none()))
            }
            Kind::PipeEnd { other: None, .. } => writable.or(Events::ERR),
            Kind::PipeEnd { .. } => writable.when(self.room_in(fd).is_ok()),
        })
    }
}
