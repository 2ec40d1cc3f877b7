//! ICMP in: echo requests are answered, errors are steered to whom they concern.
//!
//! Spec: RFC 1122 §3.2.2, RFC 4443 §4.2.
use core::net::IpAddr;

use bytes::Bytes;
use stackdrill_wire::icmp::{Message, v4, v6};
use stackdrill_wire::ip::protocol;
use stackdrill_wire::{Checksum, Instant, Packet, Transport, rfc};

use super::transmit::Parcel;
use super::{Courtesy, Host};
use crate::Errno;
use crate::ip::input::Reach;
use crate::ip::trouble::{Report, Trouble};
use crate::socket::notice::Waiting;
use crate::socket::table::{Discovery, Role};
use crate::socket::{Notice, Origin};

impl Host {
    /// Whatever else a message is (a redirect, a request for information or for a mask) it is not for us.
    ///
    /// Spec: RFC792:icmp-checksum-checked, RFC4443:2.3-checksum-verified, RFC1122:3.2.2-unknown-icmp-type,
    /// RFC1122:3.2.2.2-bad-redirect-ignored, RFC1122:3.2.2.7-no-information-reply, RFC1122:3.2.2.9-no-mask-reply.
    pub(super) fn message_arrives(&mut self, packet: &Packet, message: &Message, reach: Reach, now: Instant) {
        if message.checksum != Checksum::Right {
            self.counters.transport_checksum += 1;
            return;
        }
        let over_v6 = packet.ip.protocol() == protocol::ICMPV6;
        let (request, reply) = match over_v6 {
            true => (v6::ECHO_REQUEST, v6::ECHO_REPLY),
            false => (v4::ECHO_REQUEST, v4::ECHO_REPLY),
        };
        if message.kind == request {
            self.answer_echo(packet, message, reach, now);
        } else if message.kind == reply {
            self.echo_reply_arrives(packet, message, reach);
        } else if let Some(report) = Report::read(message, over_v6) {
            self.report_arrives(&report, packet.ip.source(), now);
        }
    }

    /// Spec: RFC1122:3.2.2.6-echo-server, RFC1122:3.2.2.6-echo-data, RFC4443:4.2-echo-reply.
    fn answer_echo(&mut self, packet: &Packet, request: &Message, reach: Reach, now: Instant) {
        let (asker, asked) = (packet.ip.source(), packet.ip.destination());
        let (kind, clause) = match asker {
            IpAddr::V4(_) => (v4::ECHO_REPLY, rfc(1122, "§3.2.2.6")),
            IpAddr::V6(_) => (v6::ECHO_REPLY, rfc(4443, "§4.2")),
        };
        let source = match (reach, asked) {
            (Reach::Unicast, _) => Some(asked),
            // A request to everybody may be passed over, and one over IPv4 better is. RFC 1122 §3.2.2.6.
            (Reach::Many, IpAddr::V4(_)) => None,
            (Reach::Many, IpAddr::V6(_)) => self.source_for(asker),
        };
        let Some(source) = source.filter(|_| self.policy.internet.answers_echo) else { return };
        let reply = Message { kind, checksum: Checksum::Right, ..request.clone() };
        let courtesy = Courtesy { traffic_class: packet.ip.traffic_class(), ..Courtesy::NONE };
        let transport = Transport::Icmp(reply);
        // A request that arrived fits, whole or in fragments, on its way back.
        let options = Bytes::new();
        self.transmit(Parcel { source, destination: asker, options, courtesy, transport, clause }, now).ok();
    }

    /// An error about one of our datagrams.
    ///
    /// Spec: RFC4443:3.1-notify-upper-layer, RFC9293:MUST-54, RFC9293:MUST-55, RFC6633:5-udp-ignores.
    fn report_arrives(&mut self, report: &Report, offender: IpAddr, now: Instant) {
        self.counters.errors_heard += 1;
        if report.trouble == Trouble::SourceQuench {
            return;
        }
        let inside = self.report_inside(report);
        let report = inside.as_ref().unwrap_or(report);
        let believed = match report.protocol {
            protocol::TCP => self.report_to_connection(report, offender, now),
            protocol::UDP => self.report_to_datagram_socket(report, offender),
            _ => false,
        };
        if let (true, Trouble::TooBig { mtu }) = (believed, report.trouble) {
            let destination = report.tuple.remote.ip();
            if let Some(mtu) = self.path_mtu.hear(destination, mtu, report.length, now) {
                self.path_changes(destination, mtu, now);
            }
        }
    }

    /// A socket hears of what it sent itself: connected ones through every call, others have nobody to tell them
    /// apart from. Answers whether we can have sent such a datagram at all.
    ///
    /// Spec: RFC1122:4.1.3.3-icmp-to-application, RFC8085:5.2-icmp-validation, RFC6936:4-icmp-consistency.
    fn report_to_datagram_socket(&mut self, report: &Report, offender: IpAddr) -> bool {
        let Some(fd) = self.demux.datagram(report.tuple) else { return false };
        let Some(socket) = self.sockets.get_mut(&fd) else { return false };
        let Role::Datagram(mailbox) = &socket.role else { return false };
        // A datagram that was merely too big is news only to who forbade cutting it.
        let too_big = matches!(report.trouble, Trouble::TooBig { .. });
        let errno = report.errno(self.policy.internet.errors_by_code);
        if socket.options.receive_errors {
            if !(too_big && socket.options.discovery == Discovery::Never) {
                socket.error = errno.or(socket.error);
                let data = report.data.slice(8.min(report.data.len())..);
                self.notify(fd, about(report, errno, offender, data));
            }
        } else if mailbox.peer == Some(report.tuple.remote)
            && !too_big
            && (self.policy.internet.tells_what_may_pass || !report.may_pass())
        {
            socket.error = errno.or(socket.error);
            socket.wakes.failed += 1;
        }
        true
    }
}

/// What an error queue keeps of an error: the quoted datagram and who complained.
pub(super) fn about(report: &Report, errno: Option<Errno>, offender: IpAddr, data: Bytes) -> Waiting {
    let (kind, code) = report.code;
    let origin = if offender.is_ipv4() { Origin::Icmp } else { Origin::Icmp6 };
    let info = if let Trouble::TooBig { mtu } = report.trouble { mtu } else { 0 };
    let notice = Notice { errno, origin, kind, code, info, data: 0, offender: Some(offender) };
    Waiting { notice, stamp: None, data, to: Some(report.tuple.remote) }
}
