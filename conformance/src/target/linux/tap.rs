//! What the kernel puts on the device, with the moment at which it did.
//!
//! A packet socket is told the kernel's own time of sending, which a busy host cannot spoil. A TUN device's queue is
//! read once for every packet seen: a packet that stays there counts as not sent yet, and nothing is sent again.
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use bytes::Bytes;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType, recvmsg,
    setsockopt, socket, sockopt,
};
use nix::sys::time::TimeSpec;

use super::device::{EVERY, FarEnd, NAME, packet_address};
use super::raw;

/// Room for the largest datagram.
const LARGEST: usize = 65_536;

/// Octets of packets that may wait to be looked at.
const ROOM: usize = 2 << 20;

/// The device, from both sides: its far end, and an ear on what leaves through it.
#[derive(Debug)]
pub(super) struct Tap {
    far: FarEnd,
    ear: OwnedFd,
    /// Packets heard and not yet taken off the device.
    owed: usize,
}

/// A datagram and when it was sent, in nanoseconds since 1970.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) at: u64,
    pub(super) octets: Bytes,
}

impl Tap {
    /// Listens on the device, which is in the calling thread's namespace.
    pub(super) fn new(far: FarEnd) -> io::Result<Self> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let ear = socket(AddressFamily::Packet, SockType::Datagram, flags, SockProtocol::EthAll)?;
        setsockopt(&ear, sockopt::ReceiveTimestampns, &true)?;
        setsockopt(&ear, sockopt::RcvBuf, &ROOM)?;
        raw::bind(ear.as_raw_fd(), &packet_address(if_nametoindex(NAME)?, EVERY, &[]))?;
        Ok(Self { far, ear, owed: 0 })
    }

    /// The next datagram that the kernel sent, if there is one.
    pub(super) fn hear(&mut self) -> io::Result<Option<Heard>> {
        const OUTGOING: u8 = 4;
        loop {
            let mut buffer = vec![0; LARGEST];
            let mut control = cmsg_space!(TimeSpec);
            let (length, at, kind) = {
                let mut pieces = [IoSliceMut::new(&mut buffer)];
                let flags = MsgFlags::empty();
                match recvmsg::<LinkAddr>(self.ear.as_raw_fd(), &mut pieces, Some(&mut control), flags) {
                    Err(Errno::EAGAIN | Errno::EINTR) => return Ok(None),
                    Err(other) => return Err(other.into()),
                    Ok(message) => {
                        let kind = message.address.map(|address| address.pkttype());
                        (message.bytes, moment(message.cmsgs()?), kind)
                    }
                }
            };
            if kind == Some(OUTGOING) {
                self.owed += 1;
                self.take();
                buffer.truncate(length);
                let at = at.ok_or_else(|| io::Error::other("a packet without a time"))?;
                return Ok(Some(Heard { at, octets: Bytes::from(buffer) }));
            }
        }
    }

    /// Takes off the device what was heard.
    fn take(&mut self) {
        while self.owed > 0 && self.far.take() {
            self.owed -= 1;
        }
    }

    /// A datagram arrives through the device.
    pub(super) fn inject(&mut self, octets: &[u8]) -> io::Result<()> {
        self.far.inject(octets)
    }
}

impl AsFd for Tap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.ear.as_fd()
    }
}

fn moment(mut control: impl Iterator<Item = ControlMessageOwned>) -> Option<u64> {
    control.find_map(|message| match message {
        ControlMessageOwned::ScmTimestampns(at) => {
            let (seconds, nanos) = (u64::try_from(at.tv_sec()).ok()?, u64::try_from(at.tv_nsec()).ok()?);
            Some(seconds * 1_000_000_000 + nanos)
        }
        _ => None,
    })
}
