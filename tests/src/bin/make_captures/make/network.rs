//! Three network namespaces in a row: client, relay, server, joined by two virtual Ethernet pairs.
//!
//! Namespaces are held by descriptors alone and have no name, so the kernel takes them away with the program.
use std::fs::{self, File};
use std::io;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::thread;

use anyhow::Context as _;
use nix::mount::{MsFlags, mount};
use nix::net::if_::if_nametoindex;
use nix::sched::{CloneFlags, setns, unshare};
use nix::unistd::{getegid, geteuid};
use stackdrill::target::linux::netlink::{CREATE, Netlink, Request, descriptor};

/// The device of both hosts.
pub(crate) const DEVICE: &str = "eth0";
/// The relay's device towards the client, and the one towards the server.
pub(crate) const RELAY_DEVICES: [&str; 2] = ["client", "server"];

/// What a network interface would do in hardware, and a capture on its host therefore does not show: it shows
/// segments larger than the link carries, and checksums not yet computed.
const OFFLOADS: [&str; 7] = [
    "tx-checksum-ip-generic",
    "tx-scatter-gather",
    "tx-generic-segmentation",
    "tx-tcp-segmentation",
    "tx-tcp6-segmentation",
    "tx-tcp-ecn-segmentation",
    "rx-gro",
];

/// A network namespace.
#[derive(Debug)]
pub(crate) struct Namespace(File);

impl Namespace {
    /// A fresh one, with a loopback device that is down.
    fn new() -> io::Result<Self> {
        in_thread(|| {
            unshare(CloneFlags::CLONE_NEWNET)?;
            File::open("/proc/thread-self/ns/net").map(Self)
        })
    }

    /// Moves the calling thread into it, for good.
    pub(crate) fn enter(&self) -> io::Result<()> {
        Ok(setns(self.0.as_fd(), CloneFlags::CLONE_NEWNET)?)
    }

    /// Runs `work` in it, in a thread of its own.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
        in_thread(|| {
            self.enter().context("entering a namespace")?;
            work()
        })
    }
}

fn in_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}

/// Becomes root in a user namespace of its own, unless the caller is root already: what a host allows anybody who may
/// make such a namespace. To be called before there is a second thread.
pub(crate) fn become_root() -> io::Result<()> {
    let (user, group) = (geteuid(), getegid());
    if !user.is_root() {
        unshare(CloneFlags::CLONE_NEWUSER)?;
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("0 {group} 1"))?;
    }
    Namespace::new().map(drop)
}

/// The whole network, ready for a conversation.
#[derive(Debug)]
pub(crate) struct Network {
    /// Where the client lives.
    pub(crate) client: Namespace,
    /// Where the relay moves frames from one device to the other.
    pub(crate) relay: Namespace,
    /// Where the server lives.
    pub(crate) server: Namespace,
}

impl Network {
    /// Builds it: one address for each host, offloads on or off on both.
    pub(crate) fn new(addresses: [IpAddr; 2], offloads: bool) -> anyhow::Result<Self> {
        let network = Self { client: Namespace::new()?, relay: Namespace::new()?, server: Namespace::new()? };
        network.relay.run(|| quiet_ipv6(false))?;
        for (host, address) in [&network.client, &network.server].into_iter().zip(addresses) {
            host.run(|| quiet_ipv6(address.is_ipv6()))?;
        }
        for (host, device) in [&network.client, &network.server].into_iter().zip(RELAY_DEVICES) {
            network.relay.run(|| pair(device, host).context("joining two namespaces"))?;
        }
        for (host, address) in [&network.client, &network.server].into_iter().zip(addresses) {
            host.run(|| {
                features(DEVICE, offloads).context("setting offloads")?;
                up(DEVICE).context("a device up")?;
                if offloads {
                    hold_back().context("letting segments gather")?;
                }
                assign(address).context("an address")
            })?;
        }
        for device in RELAY_DEVICES {
            // A host's device joins segments only if they come from one that would not have cut them.
            network.relay.run(|| features(device, false).context("setting offloads"))?;
            network.relay.run(|| up(device).context("a device up"))?;
        }
        Ok(network)
    }
}

/// No IPv6 at all, or only the address that is given: neither link-local addresses nor router solicitations.
fn quiet_ipv6(used: bool) -> anyhow::Result<()> {
    for (name, value) in [("disable_ipv6", !used), ("addr_gen_mode", true), ("accept_ra", false)] {
        let path = format!("/proc/sys/net/ipv6/conf/default/{name}");
        fs::write(&path, if value { "1" } else { "0" }).context(path)?;
    }
    Ok(())
}

/// `struct ifinfomsg` with these flags.
fn link_head(flags: u32) -> [u8; 16] {
    let mut head = [0; 16];
    head[8..12].copy_from_slice(&flags.to_ne_bytes());
    head[12..].copy_from_slice(&flags.to_ne_bytes());
    head
}

const NEW_LINK: u16 = 16;
const LINK_NAME: u16 = 3;

/// A virtual Ethernet pair: one end here, the other in the host's namespace.
fn pair(device: &str, host: &Namespace) -> io::Result<()> {
    const LINK_INFO: u16 = 18;
    const LINK_NAMESPACE: u16 = 28;
    const INFO_KIND: u16 = 1;
    const INFO_DATA: u16 = 2;
    const PEER: u16 = 1;
    let request = Request::new(NEW_LINK, CREATE, &link_head(0)).with_text(LINK_NAME, device).with_nested(
        LINK_INFO,
        |info| {
            info.with_text(INFO_KIND, "veth").with_nested(INFO_DATA, |data| {
                data.with_nested(PEER, |peer| {
                    peer.with_struct(&link_head(0))
                        .with_text(LINK_NAME, DEVICE)
                        .with(LINK_NAMESPACE, &descriptor(host.0.as_fd()))
                })
            })
        },
    );
    Netlink::route()?.ask(request).map(drop)
}

/// Sets a device up.
fn up(device: &str) -> io::Result<()> {
    const UP: u32 = 1;
    let request = Request::new(NEW_LINK, 0, &link_head(UP)).with_text(LINK_NAME, device);
    Netlink::route()?.ask(request).map(drop)
}

/// Gives the host's device an address, usable at once.
fn assign(address: IpAddr) -> io::Result<()> {
    const NEW_ADDRESS: u16 = 20;
    const NO_DUPLICATE_DETECTION: u8 = 2;
    let (family, prefix, octets) = match address {
        IpAddr::V4(address) => (2, 24, address.octets().to_vec()),
        IpAddr::V6(address) => (10, 64, address.octets().to_vec()),
    };
    let mut head = vec![family, prefix, NO_DUPLICATE_DETECTION, 0];
    head.extend(if_nametoindex(DEVICE)?.to_ne_bytes());
    let request = Request::new(NEW_ADDRESS, CREATE, &head).with(1, &octets).with(2, &octets);
    Netlink::route()?.ask(request).map(drop)
}

/// Sets a device's offloads, all on or all off.
fn features(device: &str, on: bool) -> io::Result<()> {
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

/// Lets the receiving device gather segments for a moment, as interrupt moderation does in hardware: without it
/// every frame of the relay's is delivered alone, and nothing is ever joined. Only the host's own root may; for anybody
/// else segments stay apart.
fn hold_back() -> anyhow::Result<()> {
    unshare(CloneFlags::CLONE_NEWNS)?;
    mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)?;
    mount(Some("sysfs"), "/sys", Some("sysfs"), MsFlags::empty(), None::<&str>)?;
    for (name, value) in [("napi_defer_hard_irqs", "1"), ("gro_flush_timeout", "300000")] {
        let path = format!("/sys/class/net/{DEVICE}/{name}");
        match fs::write(&path, value) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(()),
            written => written.context(path)?,
        }
    }
    Ok(())
}
