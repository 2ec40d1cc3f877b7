//! `send`, `recv` and their kin on datagram sockets.
//!
//! Spec: RFC 768, RFC 1122 §4.1.
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use bytes::Bytes;
use stackdrill_wire::ip::Ipv4;
use stackdrill_wire::{Datagram, Instant, Transport, rfc};

use super::notice::Waiting as Notified;
use super::open::shown;
use super::stamping::{self, Moment};
use super::table::{Role, Socket, Tells};
use super::transfer::Reading;
use super::{Ancillary, Fd, Kind, MessageFlags, MessageOptions, OptionValue, Outcome, Pending, Received};
use crate::demux::plain;
use crate::host::{Courtesy, Parcel};
use crate::ip::options;
use crate::udp::Waiting;
use crate::{Errno, Host};

impl Host {
    /// Spec: RFC 768, RFC1122:4.1.3.6-own-source-only, RFC8085:5-reply-from-request-address.
    pub(super) fn send_datagram(
        &mut self,
        fd: Fd,
        (data, flags): (&Bytes, MessageFlags),
        (to, asked): (Option<SocketAddr>, MessageOptions),
        now: Instant,
    ) -> Result<usize, Errno> {
        let socket = self.at_mut(fd)?;
        if let Some(errno) = socket.error.take() {
            return Err(errno);
        }
        let Role::Datagram(mailbox) = &socket.role else { return Err(Errno::EOPNOTSUPP) };
        if mailbox.mute {
            return Err(Errno::EPIPE);
        }
        let to = to.map(|to| SocketAddr::new(plain(to.ip()), to.port()));
        let peer = to.or(mailbox.peer).ok_or(Errno::EDESTADDRREQ)?;
        let options = socket.options;
        let ip_options = if peer.is_ipv4() { mailbox.ip_options.clone() } else { Bytes::new() };
        // A UDP length counts its header too; over IPv4 the IP header's length counts as well.
        let most = if peer.is_ipv4() { 65_507 - ip_options.len() } else { 65_527 };
        if data.len() > most.min(options.send_buffer as usize) {
            return Err(Errno::EMSGSIZE);
        }
        let echo = mailbox.echo;
        if peer.port() == 0 && !echo {
            return Err(Errno::EINVAL);
        }
        if peer.ip() == IpAddr::V4(Ipv4Addr::BROADCAST) && !options.broadcast {
            return Err(Errno::EACCES);
        }
        let courtesy = asked.courtesy(Courtesy::of(&options), peer.ip());
        if echo {
            return self.send_echo(fd, (data, courtesy), peer, now);
        }
        let tuple = self.tuple_towards(fd, Kind::Datagram, peer)?;
        self.keep_port(fd, tuple.local)?;
        let datagram = Datagram {
            source: tuple.local.port(),
            destination: peer.port(),
            checksum: options.without_checksum.checksum(peer.ip()),
            data: data.clone(),
            ..Datagram::default()
        };
        let parcel = Parcel {
            source: tuple.local.ip(),
            destination: peer.ip(),
            options: ip_options,
            courtesy,
            transport: Transport::Udp(datagram),
            clause: rfc(768, "User Interface"),
        };
        self.transmit(parcel, now).map_err(|_| Errno::EMSGSIZE)?;
        self.tell_sent(fd, (flags.zero_copy, asked.stamping), data, now);
        Ok(data.len())
    }

    /// A datagram has left, and with it everything that can be told of it.
    fn tell_sent(&mut self, fd: Fd, (zero_copy, asked): (bool, Option<i32>), data: &Bytes, now: Instant) {
        let copied = self.policy.sockets.zero_copy_copies;
        let Some(socket) = self.sockets.get_mut(&fd) else { return };
        let stamping = stamping::of_message(socket.options.stamping, asked);
        let copies = zero_copy && socket.options.zero_copy;
        let (copy, key) =
            (socket.copies, if stamping & stamping::NUMBERED != 0 { socket.stamped } else { 0 });
        socket.copies = copy.wrapping_add(u32::from(copies));
        socket.stamped = socket.stamped.wrapping_add(1);
        let moments = [(stamping::SCHEDULED, Moment::Scheduled), (stamping::SENT, Moment::Sent)];
        for (flag, moment) in moments {
            if stamping & flag != 0 && stamping & stamping::REPORTED != 0 {
                let what = (moment, key, stamping::beside(stamping, data.clone()));
                self.notify(fd, Notified::stamped(what, now, None));
            }
        }
        if copies {
            self.notify(fd, Notified::done_with(copy, copied));
        }
    }

    /// Sets the IPv4 options of what a datagram socket sends; their last word is filled with ends of the list.
    ///
    /// Errors: `EINVAL` if they are more than 40 octets or their lengths lie.
    ///
    /// Spec: RFC1122:4.1.3.2-options-down.
    pub(super) fn set_ip_options(&mut self, fd: Fd, value: &OptionValue) -> Result<(), Errno> {
        let OptionValue::Octets(octets) = value else { return Err(Errno::EINVAL) };
        let padded = octets.len().next_multiple_of(4);
        if padded > Ipv4::MAX_OPTIONS || options::fault(octets).is_some() {
            return Err(Errno::EINVAL);
        }
        if let Role::Datagram(mailbox) = &mut self.at_mut(fd)?.role {
            let mut options = octets.to_vec();
            options.resize(padded, options::END);
            mailbox.ip_options = options.into();
        }
        Ok(())
    }

    /// The first datagram gives an unbound socket its port; the address stays open.
    pub(super) fn keep_port(&mut self, fd: Fd, local: SocketAddr) -> Result<(), Errno> {
        let socket = self.at_mut(fd)?;
        if socket.local.is_none() {
            let any = super::open::unspecified(socket.domain);
            socket.local = Some(SocketAddr::new(any, local.port()));
            self.renew_claim(fd);
        }
        Ok(())
    }
}

/// Spec: RFC768:interface-addresses, RFC1122:4.1.3.5-specific-destination-up.
pub(super) fn receive_datagram(
    socket: &mut Socket,
    reading: &Reading,
    until: Option<Instant>,
    now: Instant,
) -> Outcome<Received> {
    let (domain, serial, nonblocking) = (socket.domain, socket.serial, socket.nonblocking);
    let tells = socket.options.tells;
    if let Some(errno) = socket.error.take() {
        return Outcome::Failed(errno);
    }
    let Role::Datagram(mailbox) = &mut socket.role else { return Outcome::Failed(Errno::EINVAL) };
    let next = if reading.flags.peek { mailbox.inbox.peek().cloned() } else { mailbox.inbox.pop() };
    match next {
        Some(waiting) => {
            let taken = waiting.data.len().min(reading.length);
            Outcome::Done(Received {
                truncated: waiting.data.len() > reading.length,
                length: if reading.flags.truncate { waiting.data.len() } else { taken },
                data: waiting.data.slice(..taken),
                from: Some(shown(domain, waiting.from)),
                to: Some(shown(domain, waiting.to)),
                traffic_class: Some(waiting.traffic_class),
                hop_limit: Some(waiting.hop_limit),
                ancillary: beside(tells, &waiting),
                ..Received::default()
            })
        }
        None if mailbox.deaf => Outcome::Done(Received::default()),
        None if nonblocking || reading.flags.dont_wait || until.is_some_and(|until| now >= until) => {
            Outcome::Failed(Errno::EAGAIN)
        }
        None => Outcome::Blocks(Pending::receive(serial, reading.clone(), until)),
    }
}

/// What the socket was asked to tell beside a datagram.
///
/// Spec: RFC1122:3.2.1.6-received-tos-up, RFC1122:4.1.3.2-options-up.
fn beside(tells: Tells, waiting: &Waiting) -> Vec<Ancillary> {
    let mut ancillary = Vec::new();
    if waiting.from.is_ipv4() {
        ancillary.extend(tells.time_to_live.then_some(Ancillary::TimeToLive(waiting.hop_limit)));
        ancillary.extend(tells.type_of_service.then_some(Ancillary::TypeOfService(waiting.traffic_class)));
        let wanted = tells.ip_options && !waiting.options.is_empty();
        ancillary.extend(wanted.then(|| Ancillary::Options(waiting.options.clone())));
    } else {
        ancillary.extend(tells.hop_limit.then_some(Ancillary::HopLimit(waiting.hop_limit)));
        ancillary.extend(tells.traffic_class.then_some(Ancillary::TrafficClass(waiting.traffic_class)));
    }
    ancillary
}
