//! Calls with null buffers, and on descriptors that are no sockets.
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;

use nix::errno::Errno as Number;
use nix::libc;

use super::calls::{Begun, counted, done, received, waits};
use super::{Linux, address, raw};
use crate::target::{Call, End, EpollEvent, Fd, Message, Output, Unsupported};

impl Linux {
    pub(super) fn without_buffer(&self, call: &Call) -> Result<Begun, Number> {
        Ok(match call {
            Call::Receive { fd, length, flags, .. } => {
                let (own, length, flags) = (self.own(*fd)?, *length, *flags);
                let receive = move || {
                    raw::receive_nowhere(own, length, flags).map(|count| received(count, Message::default()))
                };
                if waits(own, libc::POLLIN, flags)? { Begun::waits(receive) } else { receive().into() }
            }
            Call::Send { fd, data, flags, to, .. } => {
                let to = to.map(address::of_peer).unwrap_or_default();
                let flags = *flags | libc::MSG_NOSIGNAL;
                raw::send_nothing(self.own(*fd)?, data.len(), flags, &to).map(counted).into()
            }
            call => Begun::Done(End::Unsupported(Unsupported(format!("{}() without a buffer", call.name())))),
        })
    }

    pub(super) fn begun_on_files(&mut self, call: &Call) -> Result<Begun, Number> {
        Ok(match call {
            Call::EpollCreate { size } => {
                let opened = raw::epoll_create(*size)?;
                self.opened.insert(opened);
                Begun::Done(done(opened))
            }
            Call::EpollControl { epoll, operation, fd, event } => {
                let (epoll, fd) = (self.own(*epoll)?, self.own(*fd)?);
                raw::epoll_control(epoll, *operation, fd, (event.events, event.data)).map(done).into()
            }
            Call::EpollWait { epoll, most, timeout } => {
                let (epoll, most, timeout) = (self.own(*epoll)?, *most, *timeout);
                let at_once = raw::epoll_wait(epoll, most, 0)?;
                if timeout == 0 || !at_once.is_empty() {
                    return Ok(Begun::Done(watched(at_once)));
                }
                Begun::waits(move || raw::epoll_wait(epoll, most, timeout).map(watched))
            }
            Call::Pipe => {
                let (reads, writes) = raw::pipe()?;
                self.opened.extend([reads, writes]);
                Begun::Done(End::Returned { value: 0, output: Output::Pipe(Fd(reads), Fd(writes)) })
            }
            Call::Splice { from, to, length, flags } => {
                let (from, to, length, flags) = (self.own(*from)?, self.own(*to)?, *length, *flags);
                Begun::waits(move || raw::splice(from, to, length, flags).map(counted))
            }
            Call::Open { path, flags } => {
                let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| Number::ENOENT)?;
                let opened = raw::open(&path, *flags)?;
                self.opened.insert(opened);
                Begun::Done(done(opened))
            }
            Call::SendFile { to, from, offset, count } => {
                let (to, from, offset, count) = (self.own(*to)?, self.own(*from)?, *offset, *count);
                Begun::waits(move || raw::sendfile(to, from, offset, count).map(counted))
            }
            call => Begun::Done(End::Unsupported(Unsupported(format!("{}() live", call.name())))),
        })
    }
}

fn watched(events: Vec<(u32, u64)>) -> End {
    let value = i32::try_from(events.len()).unwrap_or(i32::MAX);
    let events = events.into_iter().map(|(events, data)| EpollEvent { events, data }).collect();
    End::Returned { value, output: Output::Watched(events) }
}
