//! The descriptor table: the smallest free number is found without looking at those that are taken.
use std::collections::BTreeSet;

use super::Fd;
use super::table::Socket;

/// The first number that POSIX leaves to sockets: three are taken by the standard streams.
const FIRST: i32 = 3;

/// Sockets by descriptor. A socket is found in constant time, given a number in logarithmic.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Descriptors {
    /// In boxes: a free number costs a pointer.
    sockets: Vec<Option<Box<Socket>>>,
    /// The free numbers among them, as places.
    free: BTreeSet<usize>,
}

/// The place of a descriptor.
fn place(fd: Fd) -> Option<usize> {
    usize::try_from(fd.0.checked_sub(FIRST)?).ok()
}

impl Descriptors {
    pub(crate) fn len(&self) -> usize {
        self.sockets.len() - self.free.len()
    }

    /// Gives a socket the smallest free descriptor.
    pub(crate) fn install(&mut self, socket: Socket) -> Fd {
        let kept = Some(Box::new(socket));
        let at = self.free.pop_first().unwrap_or(self.sockets.len());
        match self.sockets.get_mut(at) {
            Some(empty) => *empty = kept,
            None => self.sockets.push(kept),
        }
        Fd(FIRST + at as i32)
    }

    pub(crate) fn get(&self, fd: &Fd) -> Option<&Socket> {
        self.sockets.get(place(*fd)?)?.as_deref()
    }

    pub(crate) fn get_mut(&mut self, fd: &Fd) -> Option<&mut Socket> {
        self.sockets.get_mut(place(*fd)?)?.as_deref_mut()
    }

    pub(crate) fn remove(&mut self, fd: &Fd) -> Option<Socket> {
        let at = place(*fd)?;
        let socket = self.sockets.get_mut(at)?.take()?;
        self.free.insert(at);
        Some(*socket)
    }
}
