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
use nix::sched::{CloneFlags, setns, unshare};
use nix::unistd::{getegid, geteuid};
use stackdrill::target::linux::netlink::link;

/// The device of both hosts.
pub(crate) const DEVICE: &str = "eth0";
/// The relay's device towards the client, and the one towards the server.
pub(crate) const RELAY_DEVICES: [&str; 2] = ["client", "server"];

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
            let namespace = Some(host.0.as_fd());
            network.relay.run(|| link::pair(device, DEVICE, namespace).context("joining two namespaces"))?;
        }
        for (host, address) in [&network.client, &network.server].into_iter().zip(addresses) {
            host.run(|| {
                link::set_offloads(DEVICE, offloads).context("setting offloads")?;
                link::set(DEVICE, link::UP).context("a device up")?;
                if offloads {
                    hold_back().context("letting segments gather")?;
                }
                let prefix = if address.is_ipv4() { 24 } else { 64 };
                link::assign(DEVICE, address, prefix).context("an address")
            })?;
        }
        for device in RELAY_DEVICES {
            // A host's device joins segments only if they come from one that would not have cut them.
            network.relay.run(|| link::set_offloads(device, false).context("setting offloads"))?;
            network.relay.run(|| link::set(device, link::UP).context("a device up"))?;
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
