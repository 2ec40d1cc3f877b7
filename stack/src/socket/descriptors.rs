//! The descriptor table: the smallest free number is found without looking at those that are taken.
use std::collections::BTreeSet;

use super::Fd;
use super::file::File;
use super::table::Socket;

/// The first number that POSIX leaves to sockets: three are taken by the standard streams.
const FIRST: i32 = 3;

/// Sockets and files by descriptor. Each is found in constant time, given a number in logarithmic.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Descriptors {
    open: Vec<Option<Open>>,
    /// The free numbers among them, as places.
    free: BTreeSet<usize>,
}

/// What a descriptor stands for. In boxes: a free number costs a pointer and a word.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Open {
    /// A socket.
    Socket(Box<Socket>),
    /// Anything else.
    File(Box<File>),
}

/// The place of a descriptor.
fn place(fd: Fd) -> Option<usize> {
    usize::try_from(fd.0.checked_sub(FIRST)?).ok()
}

impl Descriptors {
    pub(crate) fn len(&self) -> usize {
        self.open.len() - self.free.len()
    }

    /// Gives a socket the smallest free descriptor.
    pub(crate) fn install(&mut self, socket: Socket) -> Fd {
        self.take_place(Open::Socket(Box::new(socket)))
    }

    /// Gives a file the smallest free descriptor.
    pub(crate) fn install_file(&mut self, file: File) -> Fd {
        self.take_place(Open::File(Box::new(file)))
    }

    fn take_place(&mut self, open: Open) -> Fd {
        let at = self.free.pop_first().unwrap_or(self.open.len());
        match self.open.get_mut(at) {
            Some(empty) => *empty = Some(open),
            None => self.open.push(Some(open)),
        }
        Fd(FIRST + at as i32)
    }

    pub(crate) fn get(&self, fd: &Fd) -> Option<&Socket> {
        match self.open.get(place(*fd)?)?.as_ref()? {
            Open::Socket(socket) => Some(socket),
            Open::File(_) => None,
        }
    }

    pub(crate) fn get_mut(&mut self, fd: &Fd) -> Option<&mut Socket> {
        match self.open.get_mut(place(*fd)?)?.as_mut()? {
            Open::Socket(socket) => Some(socket),
            Open::File(_) => None,
        }
    }

    pub(crate) fn file(&self, fd: Fd) -> Option<&File> {
        match self.open.get(place(fd)?)?.as_ref()? {
            Open::File(file) => Some(file),
            Open::Socket(_) => None,
        }
    }

    pub(crate) fn file_mut(&mut self, fd: Fd) -> Option<&mut File> {
        match self.open.get_mut(place(fd)?)?.as_mut()? {
            Open::File(file) => Some(file),
            Open::Socket(_) => None,
        }
    }

    /// What a descriptor stands for.
    pub(crate) fn open_mut(&mut self, fd: Fd) -> Option<&mut Open> {
        self.open.get_mut(place(fd)?)?.as_mut()
    }

    /// Frees a descriptor.
    pub(crate) fn remove(&mut self, fd: &Fd) -> Option<Open> {
        let at = place(*fd)?;
        let open = self.open.get_mut(at)?.take()?;
        self.free.insert(at);
        Some(open)
    }

    /// Everything that is open, in the order of the descriptors.
    #[cfg(test)]
    pub(crate) fn all(&self) -> impl Iterator<Item = &Open> {
        self.open.iter().flatten()
    }
}
