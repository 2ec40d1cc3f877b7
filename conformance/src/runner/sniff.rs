//! Packets as they leave the target: which are the socket's under test, and how long to wait for one.
use std::time::Duration;

use stackdrill_wire::{Flags, Instant, Packet, Transport as Carries};

use super::encapsulation::Unwrapped;
use super::socket::{Phase, Socket};
use super::timing::Due;
use super::{Reason, Run, Stop, instant};
use crate::script::{Dialect, Span};
use crate::target::Sent;

/// Longer than any harness lets a script of the BSD dialect wait, whose tool has no limit of its own.
const BSD_LIMIT: i64 = 10_000_000;

/// A packet of the socket under test, as it left.
#[derive(Clone, Debug)]
pub(super) struct Sniffed {
    pub(super) at: Instant,
    pub(super) unwrapped: Unwrapped,
    /// As it was, to be put back.
    pub(super) sent: Sent,
}

/// How long to wait for a packet.
#[derive(Clone, Copy, Debug)]
pub(super) enum Patience {
    /// So long, and as long again after each packet that is not ours.
    Renewed(Duration),
    /// Until this moment.
    Until(Instant),
}

impl Patience {
    pub(super) fn limit(self, now: Instant) -> Instant {
        match self {
            Self::Renewed(duration) => now + duration,
            Self::Until(at) => at,
        }
    }
}

/// Which packets can be ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wanted {
    /// Those of the socket.
    Socket,
    /// Those, and ICMP messages to the peer.
    Icmp,
}

impl Run<'_> {
    /// How long to wait for a packet, counted from now and again after each that is not ours.
    pub(super) fn patience(&self, due: Due) -> Patience {
        if self.configuration.stimulus && !matches!(due, Due::Any(_)) {
            let late = self.configuration.tolerance.at(due.start(), self.before);
            return Patience::Until(instant(due.end().saturating_add(late)));
        }
        let micros = match (due, self.configuration.dialect) {
            (Due::Any(_), _) => i64::MAX,
            (Due::At(_) | Due::Between(..), Dialect::Bsd) => {
                due.end().saturating_sub(self.now()).max(0).saturating_add(BSD_LIMIT)
            }
            // Whole seconds, the fraction cut off after two are added.
            (Due::At(_) | Due::Between(..), Dialect::Google) => {
                let gap = due.end().saturating_sub(self.before.unwrap_or(0));
                (gap.saturating_add(2_000_000) / 1_000_000).saturating_mul(1_000_000)
            }
        };
        Patience::Renewed(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
    }

    /// The next packet of the socket under test; `None` once patience has run out.
    pub(super) fn next_of_ours(
        &mut self,
        wanted: Wanted,
        patience: Patience,
        span: Span,
    ) -> Result<Option<Sniffed>, Stop> {
        let mut limit = patience.limit(self.world.now());
        loop {
            while let Some(sent) = self.world.sniff() {
                if let Some(sniffed) = self.ours(sent, wanted, span)? {
                    return Ok(Some(sniffed));
                }
                limit = patience.limit(self.world.now());
            }
            if !self.world.step(limit).map_err(|stuck| self.stuck(stuck, span))? {
                return Ok(None);
            }
            self.settle()?;
        }
    }

    /// Reads a datagram, and keeps it if it belongs to the socket under test. Octets that are no packet are the
    /// stack's fault, whosever they are.
    fn ours(&mut self, sent: Sent, wanted: Wanted, span: Span) -> Result<Option<Sniffed>, Stop> {
        let unwrapped = Unwrapped::parse(&sent.octets, self.configuration.tcp_in_udp)
            .map_err(|malformed| Stop::failed(Reason::Malformed(malformed), span))?;
        if unwrapped.is_fragment() {
            return Err(Stop::failed(Reason::Fragment, span));
        }
        if !unwrapped.headers_sum_up() {
            return Err(Stop::failed(Reason::HeaderChecksum, span));
        }
        let packet = &unwrapped.packet;
        let remote = self.configuration.remote;
        let ours = match &packet.transport {
            Carries::Icmp(_) => wanted == Wanted::Icmp && packet.ip.destination() == remote,
            Carries::Tcp(segment) => {
                let (syn, seq) = (segment.has(Flags::SYN) && !segment.has(Flags::ACK), segment.seq);
                self.sent_by_socket(packet, |socket| {
                    let learns = syn && socket.phase == Phase::SynSent;
                    if learns {
                        socket.live_iss = seq.0;
                    }
                    learns
                })
            }
            Carries::Udp(_) => self.sent_by_socket(packet, |socket| socket.phase == Phase::Connecting),
            Carries::Other(_) => false,
        };
        Ok(ours.then(|| Sniffed { at: sent.at, unwrapped, sent }))
    }

    /// Whether the packet's ends are the socket's. If only the far end is, `learns` decides, and the near end becomes
    /// the socket's own.
    fn sent_by_socket(&mut self, packet: &Packet, learns: impl FnOnce(&mut Socket) -> bool) -> bool {
        let Some(tuple) = packet.tuple() else { return false };
        let Some(socket) = self.socket_mut() else { return false };
        if socket.remote != Some(tuple.remote) {
            return false;
        }
        let learnt = learns(socket);
        if learnt {
            socket.local = Some(tuple.local);
        }
        learnt || socket.local == Some(tuple.local)
    }
}
