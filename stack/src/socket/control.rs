//! `fcntl`, `ioctl`.
use stackdrill_wire::Instant;

use super::descriptors::Open;
use super::table::Role;
use super::{Fcntl, Fd, Ioctl, O_NONBLOCK, O_RDWR, Outcome};
use crate::{Errno, Host};

impl Host {
    /// `fcntl`: the flags with `F_GETFL`, 0 with `F_SETFL`, of which only `O_NONBLOCK` changes anything.
    ///
    /// Errors: `EBADF`.
    pub fn fcntl(&mut self, fd: Fd, command: Fcntl, now: Instant) -> Outcome<i32> {
        let _ = now;
        let (nonblocking, close_on_exec) = match self.sockets.open_mut(fd) {
            Some(Open::Socket(socket)) => (&mut socket.nonblocking, &mut socket.close_on_exec),
            Some(Open::File(file)) => (&mut file.nonblocking, &mut file.close_on_exec),
            None => return Outcome::Failed(Errno::EBADF),
        };
        Outcome::Done(match command {
            Fcntl::GetFlags if *nonblocking => O_RDWR | O_NONBLOCK,
            Fcntl::GetFlags => O_RDWR,
            Fcntl::SetFlags(flags) => {
                *nonblocking = flags & O_NONBLOCK != 0;
                0
            }
            Fcntl::GetDescriptorFlags => i32::from(*close_on_exec),
            Fcntl::SetDescriptorFlags(flags) => {
                *close_on_exec = flags & 1 != 0;
                0
            }
        })
    }

    /// `ioctl`: how much is queued either way, and whether urgent data comes next.
    ///
    /// Errors: `EBADF`; `EINVAL` on a listening socket; `ENOTTY` where a datagram socket has no such count.
    pub fn ioctl(&mut self, fd: Fd, request: Ioctl, now: Instant) -> Outcome<i32> {
        let _ = now;
        if let Ioctl::Nonblocking(on) = request {
            let flags = Fcntl::SetFlags(if on { O_NONBLOCK } else { 0 });
            return self.fcntl(fd, flags, now);
        }
        self.count_queued(fd, request).map(|octets| i32::try_from(octets).unwrap_or(i32::MAX)).into()
    }

    fn count_queued(&self, fd: Fd, request: Ioctl) -> Result<usize, Errno> {
        if let Some(octets) = self.unread_in_file(fd) {
            return if request == Ioctl::Unread { Ok(octets) } else { Err(Errno::ENOTTY) };
        }
        let connected = match &self.at(fd)?.role {
            Role::Datagram(mailbox) => {
                let next = mailbox.inbox.peek().map_or(0, |waiting| waiting.data.len());
                return match request {
                    Ioctl::Unread => Ok(next),
                    // What is sent has left.
                    Ioctl::Unacknowledged | Ioctl::Unsent | Ioctl::Nonblocking(_) => Ok(0),
                    Ioctl::AtMark => Err(Errno::ENOTTY),
                };
            }
            Role::Listening(_) => return Err(Errno::EINVAL),
            Role::Idle => return Ok(0),
            Role::Connected(connected) => connected,
        };
        let Some(endpoint) = self.endpoints.get(&connected.id) else { return Ok(0) };
        let connection = &endpoint.connection;
        Ok(match request {
            Ioctl::Unread => connection.readable(),
            Ioctl::Unacknowledged => connection.unacknowledged(),
            Ioctl::Unsent => connection.unsent(),
            Ioctl::AtMark => usize::from(connection.urgent() == Some(1)),
            Ioctl::Nonblocking(_) => 0,
        })
    }
}
