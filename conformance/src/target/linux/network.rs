//! A network namespace of a script's own, and the device in it.
//!
//! It has no name and is held by descriptors alone, so the kernel takes it away with the target, or with the program.
use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::thread;

use nix::net::if_::if_nametoindex;
use nix::sched::{CloneFlags, setns, unshare};
use nix::unistd::{getegid, geteuid};

use super::netlink::{CREATE, Netlink, Request};
use super::raw;
use crate::target::{Setting, Setup, Unsupported};

/// The device's name, which scripts that set it up rely on.
pub(super) const DEVICE: &str = "tun0";

/// A network namespace.
#[derive(Debug)]
pub(super) struct Namespace(File);

impl Namespace {
    /// A fresh one.
    pub(super) fn new() -> io::Result<Self> {
        in_thread(|| {
            unshare(CloneFlags::CLONE_NEWNET)?;
            File::open("/proc/thread-self/ns/net").map(Self)
        })
    }

    /// Runs `work` in it, in a thread of its own: a thread that has entered is not led out again.
    pub(super) fn run<T: Send, E: From<io::Error> + Send>(
        &self,
        work: impl FnOnce() -> Result<T, E> + Send,
    ) -> Result<T, E> {
        in_thread(|| {
            setns(self.0.as_fd(), CloneFlags::CLONE_NEWNET).map_err(io::Error::from)?;
            work()
        })
    }
}

fn in_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}

/// Becomes root in a user namespace of its own, unless the caller is root already. Only a process of one thread can.
///
/// # Errors
/// The kernel does not let this user make namespaces.
pub(super) fn become_root() -> io::Result<()> {
    let (user, group) = (geteuid(), getegid());
    if !user.is_root() {
        unshare(CloneFlags::CLONE_NEWUSER)?;
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("0 {group} 1"))?;
    }
    Namespace::new().map(drop)
}

/// Opens the device in the calling thread's namespace and gives it its address and the route to the peer.
pub(super) fn device(setup: &Setup) -> io::Result<File> {
    quiet_ipv6()?;
    by_the_rfc()?;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(nix::libc::O_NONBLOCK | nix::libc::O_CLOEXEC)
        .open("/dev/net/tun")
        .map_err(|error| io::Error::new(error.kind(), format!("/dev/net/tun: {error}")))?;
    raw::attach(file.as_raw_fd(), DEVICE)?;
    let netlink = Netlink::route()?;
    up(&netlink, "lo", None)?;
    up(&netlink, DEVICE, Some(setup.mtu))?;
    assign(&netlink, setup.local)?;
    route(&netlink, setup.remote)?;
    Ok(file)
}

/// No address but the one that is given: neither link-local ones nor router solicitations.
fn quiet_ipv6() -> io::Result<()> {
    for (name, value) in [("addr_gen_mode", "1"), ("accept_ra", "0"), ("router_solicitations", "0")] {
        match fs::write(format!("/proc/sys/net/ipv6/conf/default/{name}"), value) {
            // A kernel without IPv6 is quiet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            written => written?,
        }
    }
    Ok(())
}

/// A new namespace takes over the host's congestion control, which an administrator may have changed: scripts start from
/// CUBIC, the kernel's own default, or from Reno, which every kernel has.
///
/// Spec: RFC 9438 §4, RFC 5681 §3.
fn by_the_rfc() -> io::Result<()> {
    const CHOICE: &str = "/proc/sys/net/ipv4/tcp_congestion_control";
    fs::write(CHOICE, "cubic").or_else(|_| fs::write(CHOICE, "reno"))
}

/// Sets a device up, with this MTU.
fn up(netlink: &Netlink, device: &str, mtu: Option<u32>) -> io::Result<()> {
    const NEW_LINK: u16 = 16;
    const NAME: u16 = 3;
    const MTU: u16 = 4;
    const UP: u32 = 1;
    // `struct ifinfomsg`: flags, and which of them change, stand last.
    let mut head = [0; 16];
    head[8..12].copy_from_slice(&UP.to_ne_bytes());
    head[12..].copy_from_slice(&UP.to_ne_bytes());
    let request = Request::new(NEW_LINK, 0, &head).with_text(NAME, device);
    let request = match mtu {
        Some(mtu) => request.with(MTU, &mtu.to_ne_bytes()),
        None => request,
    };
    netlink.ask(request).map(drop)
}

const INET: u8 = 2;
const INET6: u8 = 10;

fn octets_of(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// Gives the device an address, usable at once.
fn assign(netlink: &Netlink, address: IpAddr) -> io::Result<()> {
    const NEW_ADDRESS: u16 = 20;
    const NO_DUPLICATE_DETECTION: u8 = 2;
    let (family, prefix) = if address.is_ipv4() { (INET, 16) } else { (INET6, 48) };
    let octets = octets_of(address);
    let mut head = vec![family, prefix, NO_DUPLICATE_DETECTION, 0];
    head.extend(if_nametoindex(DEVICE)?.to_ne_bytes());
    netlink.ask(Request::new(NEW_ADDRESS, CREATE, &head).with(1, &octets).with(2, &octets)).map(drop)
}

/// The way to the peer leads through the device.
fn route(netlink: &Netlink, remote: IpAddr) -> io::Result<()> {
    const NEW_ROUTE: u16 = 24;
    const DESTINATION: u16 = 1;
    const OUT: u16 = 4;
    const MAIN_TABLE: u8 = 254;
    const BOOT: u8 = 3;
    const LINK: u8 = 253;
    const UNICAST: u8 = 1;
    let (family, prefix) = if remote.is_ipv4() { (INET, 32) } else { (INET6, 128) };
    // `struct rtmsg`.
    let head = [family, prefix, 0, 0, MAIN_TABLE, BOOT, LINK, UNICAST, 0, 0, 0, 0];
    let device = if_nametoindex(DEVICE)?.to_ne_bytes();
    let request =
        Request::new(NEW_ROUTE, CREATE, &head).with(DESTINATION, &octets_of(remote)).with(OUT, &device);
    netlink.ask(request).map(drop)
}

/// Why a setting was not made.
#[derive(Debug)]
pub(super) struct Refused(pub(super) Unsupported);

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self(Unsupported(format!("a namespace cannot be entered: {error}")))
    }
}

/// Changes a sysctl of the calling thread's namespace.
pub(super) fn set(setting: &Setting) -> Result<(), Refused> {
    let Setting { name, value } = setting;
    let plain = name.split('.').all(|part| {
        !part.is_empty()
            && part.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-'))
    });
    if !plain || !["net.ipv4.", "net.ipv6.", "net.core."].iter().any(|root| name.starts_with(root)) {
        return Err(Refused(Unsupported(format!("sysctl {}", name.escape_debug()))));
    }
    let path = format!("/proc/sys/{}", name.replace('.', "/"));
    fs::write(path, value)
        .map_err(|error| Refused(Unsupported(format!("sysctl {name} (the kernel refuses it: {error})"))))
}
