//! Pings: sockets that send ICMP echo requests and hear the replies to them.
//!
//! What is sent and read is the whole ICMP message. Its identifier is the socket's port, whatever the user wrote there,
//! so that replies find their way.
//!
//! Spec: RFC 1122 §3.2.2.6, RFC 4443 §4.1.
use core::net::SocketAddr;

use bytes::Bytes;
use stackdrill_wire::icmp::{Message, v4, v6};
use stackdrill_wire::{Checksum, Instant, Packet, Transport, Tuple, rfc};

use super::{Fd, Kind};
use crate::host::{Courtesy, Parcel};
use crate::ip::input::Reach;
use crate::udp::Waiting;
use crate::{Errno, Host};

/// Octets of an echo message before its data.
const HEADER: usize = 8;

/// The message that `data` asks for, under a socket's own identifier: an echo request and nothing else.
fn request(data: &Bytes, id: u16, over_v6: bool) -> Result<Message, Errno> {
    let kind = if over_v6 { v6::ECHO_REQUEST } else { v4::ECHO_REQUEST };
    let &[asked, 0, _, _, _, _, high, low] = data.get(..HEADER).ok_or(Errno::EINVAL)? else {
        return Err(Errno::EINVAL);
    };
    if asked != kind {
        return Err(Errno::EINVAL);
    }
    let [first, second] = id.to_be_bytes();
    let rest = [first, second, high, low];
    Ok(Message { kind, code: 0, checksum: Checksum::Right, rest, body: data.slice(HEADER..) })
}

impl Host {
    /// Sends what `data` asks for to `peer`, whose port says nothing.
    ///
    /// Errors: `EINVAL` if it is no echo request, `EMSGSIZE` if it is too large.
    pub(super) fn send_echo(
        &mut self,
        fd: Fd,
        (data, courtesy): (&Bytes, Courtesy),
        peer: SocketAddr,
        now: Instant,
    ) -> Result<usize, Errno> {
        let tuple = self.tuple_towards(fd, Kind::Echo, peer)?;
        let message = request(data, tuple.local.port(), peer.is_ipv6())?;
        self.keep_port(fd, tuple.local)?;
        let parcel = Parcel {
            source: tuple.local.ip(),
            destination: peer.ip(),
            options: Bytes::new(),
            courtesy,
            transport: Transport::Icmp(message),
            clause: rfc(1122, "§3.2.2.6"),
        };
        self.transmit(parcel, now).map_err(|_| Errno::EMSGSIZE)?;
        Ok(data.len())
    }

    /// A reply goes to the socket that has its identifier.
    pub(crate) fn echo_reply_arrives(&mut self, packet: &Packet, message: &Message, reach: Reach) {
        let [high, low, ..] = message.rest;
        let id = u16::from_be_bytes([high, low]);
        let tuple = Tuple {
            local: SocketAddr::new(packet.ip.destination(), id),
            remote: SocketAddr::new(packet.ip.source(), 0),
        };
        let Some(fd) = self.demux.echo(tuple).filter(|_| reach == Reach::Unicast) else { return };
        let whole = packet.to_bytes();
        let data = whole.slice(whole.len().saturating_sub(HEADER + message.body.len())..);
        let waiting = Waiting {
            from: tuple.remote,
            to: tuple.local,
            data,
            traffic_class: packet.ip.traffic_class(),
            hop_limit: packet.ip.hop_limit(),
            options: Bytes::new(),
        };
        self.deliver(fd, waiting);
    }
}
