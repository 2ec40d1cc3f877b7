//! What ICMP says of our segments, told to their connections.
//!
//! Spec: RFC 9293 §3.9.2.2.
use core::net::IpAddr;

use stackdrill_wire::{Instant, State};

use super::{Host, Owner};
use crate::ip::trouble::{Report, Trouble};
use crate::tcp::{Context, PathError};

impl Host {
    /// An error about a segment of ours. Answers whether it quotes one that is on its way.
    ///
    /// Spec: RFC9293:MUST-54, RFC1122:3.2.2.1-port-unreachable-for-tcp, RFC8201:4-validate-payload.
    pub(super) fn report_to_connection(&mut self, report: &Report, offender: IpAddr, now: Instant) -> bool {
        let Some(id) = self.demux.connection(report.tuple) else { return false };
        let (Some(endpoint), Some(mut error)) = (self.endpoints.get_mut(&id), path_error(report.trouble))
        else {
            return false;
        };
        if endpoint.courtesy.tunnel != report.tunnel {
            return false;
        }
        if let PathError::TooBig { mtu } = &mut error {
            *mtu = self.policy.tunnel.room(*mtu, report.tunnel);
        }
        let errno = report.errno(self.policy.internet.errors_by_code);
        if errno.is_none() {
            return false;
        }
        let status = endpoint.connection.status(&self.policy);
        let on_its_way = report.seq.within(status.snd_una, status.snd_nxt - status.snd_una);
        let mut actions = core::mem::take(&mut self.sheet);
        let told = crate::tcp::Report { error, quoted: report.seq };
        endpoint.connection.reported(told, &mut Context::new(now, &self.policy, &mut actions));
        let opening = Some((endpoint.owner, endpoint.connection.state() == State::SynSent));
        self.reported = errno;
        self.carry_out(id, actions, now);
        self.reported = None;
        // Once it is open, a connection's errors are its own business.
        if let Some((Owner::Socket(fd), true)) = opening
            && self.sockets.get(&fd).is_some_and(|socket| socket.options.receive_errors)
        {
            self.notify(fd, super::message::about(report, errno, offender, report.data.clone()));
        }
        on_its_way
    }

    /// Every connection over a path learns that it carries less than was thought, or may carry more again.
    ///
    /// Spec: RFC1191:6.2-all-users-notified, RFC8201:5.2-all-users-notified, RFC1191:6.3-aging.
    pub(super) fn path_changes(&mut self, destination: IpAddr, mtu: u32, now: Instant) {
        let users = self.demux.connections().filter(|(tuple, _)| tuple.remote.ip() == destination);
        for id in users.map(|(_, id)| id).collect::<Vec<_>>() {
            let Some(endpoint) = self.endpoints.get_mut(&id) else { continue };
            let mtu = self.policy.tunnel.room(mtu, endpoint.courtesy.tunnel);
            let mut actions = core::mem::take(&mut self.sheet);
            endpoint.connection.resized(mtu, &mut Context::new(now, &self.policy, &mut actions));
            self.carry_out(id, actions, now);
        }
    }
}

/// What a path's trouble is to a connection.
const fn path_error(trouble: Trouble) -> Option<PathError> {
    Some(match trouble {
        Trouble::NetworkUnreachable => PathError::Network,
        Trouble::HostUnreachable => PathError::Host,
        Trouble::ProtocolUnreachable => PathError::Protocol,
        Trouble::PortUnreachable => PathError::Port,
        Trouble::SourceRouteFailed => PathError::SourceRoute,
        Trouble::Prohibited => PathError::Prohibited,
        Trouble::TooBig { mtu } => PathError::TooBig { mtu },
        Trouble::TimeExceeded => PathError::TimeExceeded,
        Trouble::ParameterProblem => PathError::Parameter,
        Trouble::SourceQuench | Trouble::Unknown => return None,
    })
}
