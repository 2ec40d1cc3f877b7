//! The device in a namespace, and its far end, which the target holds.
//!
//! A TUN device where `/dev/net/tun` may be opened: it carries bare datagrams, and its far end is a descriptor. Else one
//! of a virtual Ethernet pair, whose far end stands in the same namespace without an address and is spoken through by a
//! packet socket. Nobody answers ARP or neighbour solicitations there, so the device is told not to ask: it needs no
//! neighbours then, and frames for the peer carry an address that the far end does not take for its own.
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;

use nix::libc;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

use super::netlink::link;
use super::{raw, sysctl};
use crate::target::{Route, Setup, Unsupported};

/// The device's name, which scripts that set it up rely on.
pub(super) const NAME: &str = "tun0";

/// The far end of a virtual Ethernet pair.
const FAR: &str = "far0";

/// The hardware address of the device: a local one.
const ADDRESS: [u8; 6] = [2, 0, 0, 0, 0, 1];

/// Which kinds of device may be used.
const CHOICE: &str = "STACKDRILL_LINUX_DEVICE";

/// What the target writes to, for a datagram to arrive through the device.
#[derive(Debug)]
pub(super) enum FarEnd {
    /// Of a TUN device.
    Tun(File),
    /// Of a virtual Ethernet pair: a packet socket, and the number of the far device.
    Pair(OwnedFd, u32),
}

impl FarEnd {
    /// Makes a device in the calling thread's namespace, addresses and all.
    pub(super) fn of(setup: &Setup) -> Result<Self, Unsupported> {
        let far = Self::open()?;
        far.set_up(setup).map_err(|error| Unsupported(format!("a device with addresses ({error})")))?;
        Ok(far)
    }

    /// The first kind of device that this host lets us have.
    pub(super) fn open() -> Result<Self, Unsupported> {
        let started = sysctl::start();
        started.map_err(|error| Unsupported(format!("settings of a namespace ({error})")))?;
        let choice = std::env::var_os(CHOICE);
        match choice.as_deref().and_then(OsStr::to_str) {
            None if choice.is_none() => Self::tun().or_else(|first| {
                Self::pair().map_err(|second| Unsupported(format!("neither {first} nor {second}")))
            }),
            Some("tun") => Self::tun().map_err(Unsupported),
            Some("veth") => Self::pair().map_err(Unsupported),
            _ => Err(Unsupported(format!("a {CHOICE} that is neither `tun` nor `veth`"))),
        }
    }

    fn tun() -> Result<Self, String> {
        const DEVICE: &str = "/dev/net/tun";
        let flags = libc::O_NONBLOCK | libc::O_CLOEXEC;
        let opened = OpenOptions::new().read(true).write(true).custom_flags(flags).open(DEVICE);
        let attached = opened.and_then(|file| {
            raw::attach(file.as_raw_fd(), NAME)?;
            Ok(file)
        });
        attached.map(Self::Tun).map_err(|error| format!("a TUN device ({DEVICE}: {error})"))
    }

    fn pair() -> Result<Self, String> {
        let opened = || {
            link::pair(NAME, FAR, None)?;
            link::set_address(NAME, ADDRESS)?;
            // What is seen on the device is to be what would be on the wire.
            link::set_offloads(NAME, false)?;
            sysctl::without_ipv6(FAR)?;
            link::set(FAR, link::UP | link::NO_ARP)?;
            let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
            let socket = socket(AddressFamily::Packet, SockType::Datagram, flags, None)?;
            // The far end's own queue is not there before the kernel has noticed, in the background, that both are up.
            raw::set_option(socket.as_raw_fd(), libc::SOL_PACKET, PACKET_QDISC_BYPASS, &1_i32.to_ne_bytes())?;
            Ok(Self::Pair(socket, if_nametoindex(FAR)?))
        };
        opened().map_err(|error: io::Error| format!("a virtual Ethernet pair ({error})"))
    }

    /// Switches the device on, with its address and the route to the peer.
    fn set_up(&self, setup: &Setup) -> io::Result<()> {
        link::set("lo", link::UP)?;
        link::set_mtu(NAME, setup.mtu)?;
        if matches!(self, Self::Pair(..)) {
            link::set_mtu(FAR, setup.mtu)?;
        }
        link::set(NAME, link::UP | link::NO_ARP)?;
        let prefix = if setup.local.is_ipv4() { 16 } else { 48 };
        link::assign(NAME, setup.local, prefix)?;
        link::route(NAME, setup.remote, &Route::default())
    }

    /// Gives the route to the peer these properties, and no others.
    pub(super) fn route(remote: IpAddr, properties: &Route) -> Result<(), Unsupported> {
        link::route(NAME, remote, properties)
            .map_err(|error| Unsupported(format!("`ip route` with these properties ({error})")))
    }

    /// A datagram arrives through the device.
    pub(super) fn inject(&mut self, octets: &[u8]) -> io::Result<()> {
        match self {
            Self::Tun(file) => file.write(octets).map(drop),
            Self::Pair(socket, far) => {
                let is_ipv6 = octets.first().is_some_and(|first| first >> 4 == 6);
                let protocol = if is_ipv6 { IPV6 } else { IPV4 };
                let to = packet_address(*far, protocol, &ADDRESS);
                Ok(raw::send(socket.as_raw_fd(), octets, 0, &to).map(drop)?)
            }
        }
    }

    /// Takes a packet off the device's own queue, if it has one. Whether it did.
    pub(super) fn take(&mut self) -> bool {
        match self {
            Self::Tun(file) => file.read(&mut [0; 64]).is_ok(),
            Self::Pair(..) => true,
        }
    }
}

const PACKET_QDISC_BYPASS: i32 = 20;
/// Ethernet's number for IPv4.
const IPV4: u16 = 0x0800;
/// Ethernet's number for IPv6.
const IPV6: u16 = 0x86dd;
/// Packets of every protocol.
pub(super) const EVERY: u16 = 3;

/// `struct sockaddr_ll`: a device, a protocol, and perhaps a hardware address.
pub(super) fn packet_address(device: u32, protocol: u16, hardware: &[u8]) -> Vec<u8> {
    const PACKET: u16 = 17;
    let mut octets = Vec::with_capacity(20);
    octets.extend(PACKET.to_ne_bytes());
    octets.extend(protocol.to_be_bytes());
    octets.extend(device.to_ne_bytes());
    octets.extend([0; 3]); // ARPHRD and the packet type, which only the kernel fills in
    octets.push(hardware.len() as u8);
    octets.extend(hardware);
    octets.resize(20, 0);
    octets
}
