//! UDP in.
//!
//! Spec: RFC 768, RFC 1122 §4.1.3.
use bytes::Bytes;
use stackdrill_wire::ip::Ip;
use stackdrill_wire::{Datagram, Instant, Packet, Tuple};

use super::Host;
use crate::ip::complaint::Fault;
use crate::ip::input::Reach;
use crate::socket::Fd;
use crate::socket::table::Role;
use crate::udp::{self, Waiting};

impl Host {
    /// A datagram goes to the socket that wants it; if none does, its sender is told.
    ///
    /// Spec: RFC1122:4.1.3.1-port-unreachable, RFC4443:3.1-port-unreachable, RFC1122:4.1.3.2-options-up.
    pub(super) fn datagram_arrives(
        &mut self,
        whole: (&Packet, &Bytes),
        (tuple, datagram): (Tuple, &Datagram),
        reach: Reach,
        now: Instant,
    ) {
        let (packet, _) = whole;
        let fd = self.demux.datagram(tuple);
        let without = fd.and_then(|fd| self.sockets.get(&fd)).map(|socket| socket.options.without_checksum);
        let Some(data) = udp::deliverable(datagram, tuple.remote.ip(), without.unwrap_or_default()) else {
            self.counters.transport_checksum += 1;
            return;
        };
        let Some(fd) = fd else {
            self.counters.no_port += 1;
            if self.policy.internet.answers_closed_ports {
                self.complain(whole, reach, Fault::Port, now);
            }
            return;
        };
        let waiting = Waiting {
            from: tuple.remote,
            to: tuple.local,
            data,
            traffic_class: packet.ip.traffic_class(),
            hop_limit: packet.ip.hop_limit(),
            options: match &packet.ip {
                Ip::V4(v4) => v4.options.clone(),
                Ip::V6(_) => Bytes::new(),
            },
        };
        if self.deliver(fd, waiting) {
            self.counters.datagrams += 1;
        }
    }

    /// Puts what arrived into a socket's inbox, if it listens and there is room; whether it did.
    pub(crate) fn deliver(&mut self, fd: Fd, waiting: Waiting) -> bool {
        let Some(socket) = self.sockets.get_mut(&fd) else { return false };
        let Role::Datagram(mailbox) = &mut socket.role else { return false };
        let taken = !mailbox.deaf && mailbox.inbox.push(waiting, socket.options.receive_buffer);
        if taken {
            socket.wakes.readable += 1;
        } else {
            self.counters.inbox_full += 1;
        }
        taken
    }
}
