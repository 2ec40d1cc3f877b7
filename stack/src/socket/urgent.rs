//! Urgent data: in its place in the stream, or its last octet beside it.
//!
//! The RFCs would have it in its place. The systems take the last urgent octet out of the stream unless they are asked
//! not to, and hand it out to who reads with `MSG_OOB`.
//!
//! Spec: RFC 9293 §3.8.5.
use bytes::Bytes;
use stackdrill_wire::{Instant, Seq};

use super::table::{Connected, Role};
use super::{Fd, Received};
use crate::host::ConnectionId;
use crate::tcp::{Answer, Call};
use crate::{Errno, Host};

impl Host {
    /// The urgent octet, read beside the stream. It can be read once.
    ///
    /// Errors: `EINVAL` if there is none, it was read, or it stays in the stream; `EAGAIN` if it has not arrived.
    pub(super) fn read_urgent(
        &mut self,
        fd: Fd,
        connected: Connected,
        peek: bool,
    ) -> Result<Received, Errno> {
        let socket = self.at(fd)?;
        let mark = self.mark(connected.id).filter(|(end, _)| connected.urgent_read != Some(*end));
        let Some((end, ahead)) = mark.filter(|_| !socket.options.urgent_inline) else {
            return Err(Errno::EINVAL);
        };
        let Some(endpoint) = self.endpoints.get(&connected.id) else { return Err(Errno::EINVAL) };
        let octet = endpoint.connection.receive.octet(ahead as usize - 1).ok_or(Errno::EAGAIN)?;
        if let (false, Role::Connected(connected)) = (peek, &mut self.at_mut(fd)?.role) {
            connected.urgent_read = Some(end);
        }
        let data = Bytes::copy_from_slice(&[octet]);
        Ok(Received { length: 1, data, out_of_band: true, ..Received::default() })
    }

    /// How many of `most` octets a read may take: it stops before the urgent octet, and passes over it when it gets
    /// there.
    pub(super) fn before_urgent(&mut self, fd: Fd, id: ConnectionId, most: usize, now: Instant) -> usize {
        let inline = self.sockets.get(&fd).is_none_or(|socket| socket.options.urgent_inline);
        match self.mark(id) {
            None => most,
            // Where it stays in the stream at a user's wish, a read still ends before it.
            Some((_, ahead)) if inline => {
                let ends = ahead > 1 && !self.policy.sockets.urgent_inline;
                if ends { most.min(ahead as usize - 1) } else { most }
            }
            Some((_, 1)) => {
                if let Ok(Answer::Received(passed)) = self.ask(id, Call::Receive { most: 1, peek: true }, now)
                    && !passed.text.is_empty()
                    && most > 0
                {
                    self.ask(id, Call::Receive { most: 1, peek: false }, now).ok();
                }
                most
            }
            Some((_, ahead)) => most.min(ahead as usize - 1),
        }
    }

    /// Whether the next octet to read is the urgent one.
    pub(super) fn at_mark(&self, id: ConnectionId) -> bool {
        matches!(self.mark(id), Some((_, 1)))
    }

    /// The number after the last urgent octet, and how many octets lie before that.
    fn mark(&self, id: ConnectionId) -> Option<(Seq, u32)> {
        let receive = &self.endpoints.get(&id)?.connection.receive;
        let ahead = receive.urgent()?;
        Some((receive.read() + ahead, ahead))
    }
}
