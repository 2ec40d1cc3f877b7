//! Two hosts joined in memory, and one host fed by hand: the whole path, octets to octets.
use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;
use stackdrill_wire::icmp::{Message, v4, v6};
use stackdrill_wire::ip::Ip;
use stackdrill_wire::{Checksum, Datagram, Packet, Transport};

use super::*;
use crate::Errno;
use crate::socket::{Domain, Fd, Kind, MessageFlags, Outcome};

mod fast_open;
mod half_open;
mod internet;
mod laws;
mod messages;
mod pings;
mod signatures;
mod stream;
mod streams;
mod syn_cookies;

pub(super) const NOW: Instant = Instant::ZERO;
pub(super) const PLAIN: MessageFlags = MessageFlags::NONE;

pub(super) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// A host at `10.0.0.<last>` and `fd00::<last>`.
pub(super) fn host(last: u8) -> Host {
    let addresses = vec![IpAddr::from([10, 0, 0, last]), format!("fd00::{last}").parse().unwrap()];
    Host::new(Interface { addresses, mtu: 1500 }, Policy::rfc(), u64::from(last))
}

/// Two hosts on one link without delay.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) a: Host,
    pub(super) b: Host,
    pub(super) now: Instant,
    /// Every datagram that crossed.
    pub(super) crossed: Vec<Departure>,
}

impl Link {
    pub(super) fn new() -> Self {
        Self { a: host(1), b: host(2), now: NOW, crossed: Vec::new() }
    }

    /// Carries datagrams both ways until neither host has one.
    pub(super) fn settle(&mut self) {
        loop {
            let before = self.crossed.len();
            while let Some(departure) = self.a.departs() {
                self.b.arrives(&departure.octets, self.now);
                self.crossed.push(departure);
            }
            while let Some(departure) = self.b.departs() {
                self.a.arrives(&departure.octets, self.now);
                self.crossed.push(departure);
            }
            if self.crossed.len() == before {
                return;
            }
        }
    }

    /// Lets time pass, with every deadline on its way.
    pub(super) fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        self.settle();
        while let Some(next) =
            [self.a.deadline(), self.b.deadline()].into_iter().flatten().min().filter(|&at| at <= end)
        {
            self.now = next.max(self.now);
            self.a.expire(self.now);
            self.b.expire(self.now);
            self.settle();
        }
        self.now = end;
    }
}
