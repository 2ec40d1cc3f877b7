//! The link: two queues of IP datagrams, as smoltcp wants a device to be.
use std::collections::VecDeque;

use bytes::Bytes;
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant as Moment;
use stackdrill_wire::Instant;

use crate::target::Sent;

/// What arrived and was not looked at yet, and what was sent.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) arrived: VecDeque<Bytes>,
    pub(super) sent: VecDeque<Sent>,
    pub(super) now: Instant,
    mtu: u32,
}

impl Link {
    pub(super) const fn new(mtu: u32) -> Self {
        Self { arrived: VecDeque::new(), sent: VecDeque::new(), now: Instant::ZERO, mtu }
    }
}

impl Device for Link {
    type RxToken<'a> = Arrived;
    type TxToken<'a> = Sending<'a>;

    fn receive(&mut self, _: Moment) -> Option<(Arrived, Sending<'_>)> {
        let arrived = Arrived(self.arrived.pop_front()?);
        Some((arrived, Sending(self)))
    }

    fn transmit(&mut self, _: Moment) -> Option<Sending<'_>> {
        Some(Sending(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = usize::try_from(self.mtu).unwrap_or(usize::MAX);
        capabilities
    }
}

/// A datagram for smoltcp to read.
#[derive(Debug)]
pub(super) struct Arrived(Bytes);

impl phy::RxToken for Arrived {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(&self.0)
    }
}

/// Room for a datagram that smoltcp writes.
#[derive(Debug)]
pub(super) struct Sending<'a>(&'a mut Link);

impl phy::TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut octets = vec![0; length];
        let written = write(&mut octets);
        self.0.sent.push_back(Sent { at: self.0.now, octets: octets.into(), clause: None });
        written
    }
}
