//! The calls on datagrams.
use core::net::SocketAddr;

use bytes::Bytes;

use super::Sockets;
use super::calls::{count, number, waits};
use super::descriptors::{Descriptors, StandsFor};
use crate::target::{End, Fd, Message};

impl<H: Copy + Eq + core::fmt::Debug> Descriptors<H> {
    pub(super) fn send_datagram(
        &mut self,
        stack: &mut impl Sockets<Socket = H>,
        fd: Fd,
        to: Option<SocketAddr>,
        (data, blocks): (&Bytes, bool),
    ) -> Result<End, End> {
        let Some(to) = to else { return Ok(End::failed("EDESTADDRREQ")) };
        let own = self.bound(stack, fd, SocketAddr::new(stack.address(), 0))?;
        let StandsFor::Datagrams { socket: Some(socket), .. } = own.stands_for else {
            return Ok(End::failed("EINVAL"));
        };
        Ok(match stack.send_to(socket, to, data) {
            Ok(true) => End::done(count(data.len())),
            Ok(false) => waits(blocks),
            Err(errno) => End::failed(errno),
        })
    }
}

/// The next datagram of a socket, from the peer that it is connected to, if any; others are dropped.
pub(super) fn next<H: Copy>(
    stack: &mut impl Sockets<Socket = H>,
    (socket, peer): (H, Option<SocketAddr>),
    length: usize,
    peeks: bool,
) -> Option<Message> {
    loop {
        let (mut data, from) = stack.receive_from(socket, true)?;
        let wanted = peer.is_none_or(|peer| peer == from);
        if !peeks || !wanted {
            stack.receive_from(socket, false);
        }
        if wanted {
            let flags = if data.len() > length { number("MSG_TRUNC") } else { 0 };
            data.truncate(length);
            let flags = i32::try_from(flags).unwrap_or(0);
            return Some(Message { data, from: Some(from), flags, ..Message::default() });
        }
    }
}
