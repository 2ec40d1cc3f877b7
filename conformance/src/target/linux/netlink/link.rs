//! Devices: pairs of them, their addresses, and what they do in place of the host.
use std::io;
use std::net::IpAddr;
use std::os::fd::BorrowedFd;
use std::thread;
use std::time::Duration;

use nix::net::if_::if_nametoindex;

use super::{CREATE, Netlink, REPLACE, Request, descriptor};
use crate::target::Route;

/// The device is on.
pub const UP: u32 = 0x1;
/// Nobody is asked where a neighbour is, nor whether an address is in use already.
pub const NO_ARP: u32 = 0x80;

const NEW_LINK: u16 = 16;
const LINK_ADDRESS: u16 = 1;
const LINK_NAME: u16 = 3;
const LINK_MTU: u16 = 4;

/// What a network interface would do in hardware. With it on, a capture on the host shows segments larger than the
/// link carries, and checksums not yet computed.
const OFFLOADS: [&str; 7] = [
    "tx-checksum-ip-generic",
    "tx-scatter-gather",
    "tx-generic-segmentation",
    "tx-tcp-segmentation",
    "tx-tcp6-segmentation",
    "tx-tcp-ecn-segmentation",
    "rx-gro",
];

/// `struct ifinfomsg` that sets these flags.
fn head(flags: u32) -> [u8; 16] {
    let mut head = [0; 16];
    head[8..12].copy_from_slice(&flags.to_ne_bytes());
    head[12..].copy_from_slice(&flags.to_ne_bytes());
    head
}

fn change(device: &str, flags: u32) -> Request {
    Request::new(NEW_LINK, 0, &head(flags)).with_text(LINK_NAME, device)
}

/// A virtual Ethernet pair: `near` in the calling thread's namespace, `far` there too or in `elsewhere`.
///
/// # Errors
/// The kernel's own number for why it refuses.
pub fn pair(near: &str, far: &str, elsewhere: Option<BorrowedFd<'_>>) -> io::Result<()> {
    const LINK_INFO: u16 = 18;
    const LINK_NAMESPACE: u16 = 28;
    const INFO_KIND: u16 = 1;
    const INFO_DATA: u16 = 2;
    const PEER: u16 = 1;
    let request = Request::new(NEW_LINK, CREATE, &head(0)).with_text(LINK_NAME, near);
    let request = request.with_nested(LINK_INFO, |info| {
        info.with_text(INFO_KIND, "veth").with_nested(INFO_DATA, |data| {
            data.with_nested(PEER, |peer| {
                let peer = peer.with_struct(&head(0)).with_text(LINK_NAME, far);
                match elsewhere {
                    Some(namespace) => peer.with(LINK_NAMESPACE, &descriptor(namespace)),
                    None => peer,
                }
            })
        })
    });
    Netlink::route()?.ask(request).map(drop)
}

/// Sets flags of a device, such as [`UP`].
///
/// # Errors
/// The kernel's own number for why it refuses.
pub fn set(device: &str, flags: u32) -> io::Result<()> {
    Netlink::route()?.ask(change(device, flags)).map(drop)
}

/// The largest datagram that a device carries, in octets.
///
/// # Errors
/// The kernel's own number for why it refuses.
pub fn set_mtu(device: &str, mtu: u32) -> io::Result<()> {
    Netlink::route()?.ask(change(device, 0).with(LINK_MTU, &mtu.to_ne_bytes())).map(drop)
}

/// A device's hardware address; it must be down.
///
/// # Errors
/// The kernel's own number for why it refuses.
pub fn set_address(device: &str, address: [u8; 6]) -> io::Result<()> {
    Netlink::route()?.ask(change(device, 0).with(LINK_ADDRESS, &address)).map(drop)
}

/// Gives a device an IP address of a network whose prefix is so many bits long, and waits until packets to it arrive.
///
/// # Errors
/// The kernel's own number for why it refuses, or that the address is not usable after five seconds.
pub fn assign(device: &str, address: IpAddr, prefix: u8) -> io::Result<()> {
    const NEW_ADDRESS: u16 = 20;
    const NO_DUPLICATE_DETECTION: u8 = 2;
    let octets = octets_of(address);
    let mut head = vec![family_of(address), prefix, NO_DUPLICATE_DETECTION, 0];
    head.extend(if_nametoindex(device)?.to_ne_bytes());
    let request = Request::new(NEW_ADDRESS, CREATE, &head).with(1, &octets).with(2, &octets);
    Netlink::route()?.ask(request)?;
    // The kernel adds an IPv6 address's own route in the background, on a busy host some milliseconds later.
    for _ in 0..50_000 {
        if is_local(address)? {
            return Ok(());
        }
        thread::sleep(Duration::from_micros(100));
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, format!("{address} is not usable after five seconds")))
}

/// Whether packets to this address would be delivered here.
fn is_local(address: IpAddr) -> io::Result<bool> {
    const GET_ROUTE: u16 = 26;
    const KIND: usize = 16 + 7;
    const LOCAL: u8 = 2;
    let octets = octets_of(address);
    let head = [family_of(address), octets.len() as u8 * 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    match Netlink::route()?.ask(Request::new(GET_ROUTE, 0, &head).with(DESTINATION, &octets)) {
        Ok(answers) => Ok(answers.iter().any(|answer| answer.get(KIND) == Some(&LOCAL))),
        Err(error) if error.kind() == io::ErrorKind::NetworkUnreachable => Ok(false),
        Err(error) => Err(error),
    }
}

/// The attribute of a route that says where to.
const DESTINATION: u16 = 1;

/// The way to `remote` leads through a device, and has these properties and no others.
///
/// # Errors
/// The kernel's own number for why it refuses.
pub fn route(device: &str, remote: IpAddr, properties: &Route) -> io::Result<()> {
    const NEW_ROUTE: u16 = 24;
    const OUT: u16 = 4;
    const METRICS: u16 = 8;
    const CONGESTION_CONTROL: u16 = 16;
    const MAIN_TABLE: u8 = 254;
    const BOOT: u8 = 3;
    const LINK: u8 = 253;
    const UNICAST: u8 = 1;
    let octets = octets_of(remote);
    let bits = octets.len() as u8 * 8;
    // `struct rtmsg`.
    let head = [family_of(remote), bits, 0, 0, MAIN_TABLE, BOOT, LINK, UNICAST, 0, 0, 0, 0];
    let device = if_nametoindex(device)?.to_ne_bytes();
    let request = Request::new(NEW_ROUTE, REPLACE, &head).with(DESTINATION, &octets).with(OUT, &device);
    let metrics = [
        (2, properties.mtu),
        (8, properties.advertised_mss),
        (11, properties.initial_window),
        (14, properties.initial_receive_window),
        (15, properties.quick_ack.map(u32::from)),
    ];
    let request = request.with_nested(METRICS, |all| {
        let numbers = metrics.into_iter().filter_map(|(kind, value)| Some((kind, value?)));
        let all = numbers.fold(all, |all, (kind, value)| all.with(kind, &value.to_ne_bytes()));
        match &properties.congestion_control {
            Some(name) => all.with_text(CONGESTION_CONTROL, name),
            None => all,
        }
    });
    Netlink::route()?.ask(request).map(drop)
}

/// Sets a device's offloads, all on or all off.
///
/// # Errors
/// The kernel's own number for why it refuses.
pub fn set_offloads(device: &str, on: bool) -> io::Result<()> {
    const SET: u8 = 12;
    const BITS: u16 = 3;
    const BIT: u16 = 1;
    let netlink = Netlink::generic()?;
    let family = netlink.family("ethtool")?;
    let request = Request::new(family, 0, &[SET, 1, 0, 0])
        .with_nested(1, |header| header.with_text(2, device))
        .with_nested(3, |wanted| {
            wanted.with_nested(BITS, |bits| {
                OFFLOADS.into_iter().fold(bits, |bits, name| {
                    bits.with_nested(BIT, |bit| {
                        let bit = bit.with_text(2, name);
                        if on { bit.with(3, &[]) } else { bit }
                    })
                })
            })
        });
    netlink.ask(request).map(drop)
}

/// `AF_INET` or `AF_INET6`.
const fn family_of(address: IpAddr) -> u8 {
    if address.is_ipv4() { 2 } else { 10 }
}

fn octets_of(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}
