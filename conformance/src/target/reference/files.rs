//! Calls on descriptors that are no sockets.
use core::time::Duration;
use std::io::Read as _;
use std::path::Path;

use stackdrill_stack::socket::{self, EpollChange, EpollEvents};
use stackdrill_wire::Instant;

use super::Reference;
use super::calls::{counted, done, failed, stack};
use crate::target::{Call, End, EpollEvent, Fd, Output, Unsupported};

/// The most octets that are read of a file.
const MOST: u64 = 1 << 24;

impl Reference {
    pub(super) fn file_call(&mut self, call: &Call, at: Instant) -> End {
        match call {
            Call::EpollCreate { size } => {
                let outcome = self.host.epoll_create(*size, at);
                self.end(outcome, |fd| done(fd.0))
            }
            Call::EpollControl { epoll, operation, fd, event } => {
                let change = match operation {
                    1 => EpollChange::Add,
                    2 => EpollChange::Delete,
                    3 => EpollChange::Modify,
                    _ => return failed("EINVAL"),
                };
                let event = socket::EpollEvent { events: EpollEvents(event.events), data: event.data };
                let outcome = self.host.epoll_ctl((stack(*epoll), stack(*fd)), change, event, at);
                self.end(outcome, |()| done(0))
            }
            Call::EpollWait { epoll, most, timeout } => {
                let timeout = u64::try_from(*timeout).ok().map(Duration::from_millis);
                let most = usize::try_from(*most).unwrap_or(0);
                let outcome = self.host.epoll_wait(stack(*epoll), most, timeout, at);
                self.end(outcome, |events| watched(&events))
            }
            Call::Pipe => {
                let outcome = self.host.pipe();
                self.end(outcome, |(reads, writes)| End::Returned {
                    value: 0,
                    output: Output::Pipe(Fd(reads.0), Fd(writes.0)),
                })
            }
            Call::Splice { from, to, length, .. } => {
                let outcome = self.host.splice(stack(*from), stack(*to), *length, at);
                self.end(outcome, counted)
            }
            Call::Open { path, flags } => self.open(path, *flags),
            Call::SendFile { to, from, offset, count } => {
                let offset = match offset.map(usize::try_from).transpose() {
                    Ok(offset) => offset,
                    Err(_) => return failed("EINVAL"),
                };
                let outcome = self.host.sendfile((stack(*to), stack(*from)), offset, *count, at);
                self.end(outcome, counted)
            }
            _ => End::Unsupported(Unsupported(format!("{}()", call.name()))),
        }
    }

    /// A file of this host, for reading.
    fn open(&mut self, path: &Path, flags: i32) -> End {
        let read_only = self.abi.number("O_RDONLY").unwrap_or(0);
        if i64::from(flags & 3) != read_only {
            return End::Unsupported(Unsupported("open() for writing".to_owned()));
        }
        let mut octets = Vec::new();
        match std::fs::File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut octets)) {
            Ok(_) => {
                let outcome = self.host.open(octets.into());
                self.end(outcome, |fd| done(fd.0))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => failed("ENOENT"),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => failed("EACCES"),
            Err(_) => failed("EIO"),
        }
    }
}

pub(super) fn watched(events: &[socket::EpollEvent]) -> End {
    let seen = events.iter().map(|event| EpollEvent { events: event.events.0, data: event.data }).collect();
    End::Returned { value: i32::try_from(events.len()).unwrap_or(i32::MAX), output: Output::Watched(seen) }
}
