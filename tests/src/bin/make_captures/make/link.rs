//! Frames from and to a device, through a packet socket.
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::ifaddrs::getifaddrs;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType, bind, recvmsg,
    send, setsockopt, socket, sockopt,
};
use nix::sys::time::TimeSpec;

/// Octets of an Ethernet header.
pub(crate) const ETHERNET: usize = 14;
/// Room for the largest frame that a host hands down.
const LARGEST: usize = 128 * 1024;

/// Octets of frames that may wait to be read.
const ROOM: usize = 8 << 20;

/// A frame, when the kernel saw it, and what the kernel says of it.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Nanoseconds since 1970.
    pub(crate) at: u64,
    /// Ethernet header and payload.
    pub(crate) octets: Vec<u8>,
    /// Device, direction and protocol.
    pub(crate) address: LinkAddr,
}

impl Frame {
    /// Whether this host sent it.
    pub(crate) fn is_outgoing(&self) -> bool {
        const OUTGOING: u8 = 4;
        self.address.pkttype() == OUTGOING
    }

    /// The datagram it carries, if it carries IPv4 or IPv6.
    pub(crate) fn datagram(&self) -> Option<&[u8]> {
        match self.octets.get(12..ETHERNET)? {
            [0x08, 0x00] | [0x86, 0xdd] => self.octets.get(ETHERNET..),
            _ => None,
        }
    }
}

/// A packet socket bound to one device of the calling thread's namespace; it never waits.
#[derive(Debug)]
pub(crate) struct Link(OwnedFd);

impl Link {
    /// Opens it; frames are kept from here on.
    pub(crate) fn open(device: &str) -> io::Result<Self> {
        let address = getifaddrs()?
            .filter(|interface| interface.interface_name == device)
            .find_map(|interface| interface.address?.as_link_addr().copied())
            .ok_or_else(|| io::Error::other(format!("no device {device}")))?;
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Packet, SockType::Raw, flags, SockProtocol::EthAll)?;
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
        // As much room as a whole conversation takes, if the host lets us; no capture comes near its default.
        setsockopt(&socket, sockopt::RcvBuf, &ROOM)?;
        bind(socket.as_raw_fd(), &address)?;
        Ok(Self(socket))
    }

    /// The next frame, if one is there.
    pub(crate) fn next(&self) -> io::Result<Option<Frame>> {
        let mut buffer = vec![0; LARGEST];
        let mut control = cmsg_space!(TimeSpec);
        let (length, at, address) = {
            let mut pieces = [IoSliceMut::new(&mut buffer)];
            let flags = MsgFlags::empty();
            match recvmsg::<LinkAddr>(self.0.as_raw_fd(), &mut pieces, Some(&mut control), flags) {
                Err(Errno::EAGAIN | Errno::EINTR) => return Ok(None),
                Err(other) => return Err(other.into()),
                Ok(message) => {
                    (message.bytes, moment(&message.cmsgs()?.collect::<Vec<_>>()), message.address)
                }
            }
        };
        buffer.truncate(length);
        let address = address.ok_or_else(|| io::Error::other("a frame from nowhere"))?;
        let at = at.ok_or_else(|| io::Error::other("a frame without a time"))?;
        Ok(Some(Frame { at, octets: buffer, address }))
    }

    /// Puts a frame on the cable.
    pub(crate) fn send(&self, octets: &[u8]) -> io::Result<()> {
        send(self.0.as_raw_fd(), octets, MsgFlags::empty())?;
        Ok(())
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn moment(control: &[ControlMessageOwned]) -> Option<u64> {
    control.iter().find_map(|message| match message {
        ControlMessageOwned::ScmTimestampns(at) => {
            Some(at.tv_sec() as u64 * 1_000_000_000 + at.tv_nsec() as u64)
        }
        _ => None,
    })
}
