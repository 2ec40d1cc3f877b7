//! `sendmsg`: what one message asks for itself, whatever its socket is set to.
//!
//! Spec: RFC 1122 §4.1.4.
use core::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use stackdrill_wire::Instant;

use super::{Fd, MessageFlags, Outcome, stamping};
use crate::Host;
use crate::host::Courtesy;

/// What the control messages of `sendmsg` say; `None` leaves it to the socket.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct MessageOptions {
    /// `IP_TOS`: the Type of Service of a datagram over IPv4.
    pub type_of_service: Option<u8>,
    /// `IP_TTL`: its Time to Live.
    pub time_to_live: Option<u8>,
    /// `IPV6_TCLASS`: the Traffic Class of a datagram over IPv6.
    pub traffic_class: Option<u8>,
    /// `IPV6_HOPLIMIT`: its Hop Limit.
    pub hop_limit: Option<u8>,
    /// `SO_TIMESTAMPING`: the moments that are told of, in [`stamping`]'s numbers. Where they are told is the socket's.
    pub stamping: Option<i32>,
}

impl MessageOptions {
    /// The message asks for nothing.
    pub const NONE: Self = Self {
        type_of_service: None,
        time_to_live: None,
        traffic_class: None,
        hop_limit: None,
        stamping: None,
    };

    /// What IP is asked for a datagram to `destination`.
    pub(super) fn courtesy(&self, socket: Courtesy, destination: IpAddr) -> Courtesy {
        let (class, hops) = match destination {
            IpAddr::V4(_) => (self.type_of_service, self.time_to_live),
            IpAddr::V6(_) => (self.traffic_class, self.hop_limit),
        };
        Courtesy {
            traffic_class: class.unwrap_or(socket.traffic_class),
            hop_limit: hops.or(socket.hop_limit),
            ..socket
        }
    }
}

impl Host {
    /// `sendmsg`: like [`Host::sendto`], with `options` for this message alone. A stream has no messages of its own for
    /// IP to see: there only the stamps count.
    ///
    /// Errors: those of `sendto`; `EINVAL` for stamps that are no moments.
    ///
    /// Spec: RFC1122:4.1.4-ttl-tos-options.
    pub fn sendmsg(
        &mut self,
        fd: Fd,
        (data, flags): (&Bytes, MessageFlags),
        address: Option<SocketAddr>,
        options: MessageOptions,
        now: Instant,
    ) -> Outcome<usize> {
        match options.stamping.map_or(Ok(()), stamping::checked_moments) {
            Ok(()) => self.send_message(fd, (data, flags), address, options, now),
            Err(errno) => Outcome::Failed(errno),
        }
    }
}
