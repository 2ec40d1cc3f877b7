//! The kernel's calls that take pointers, each behind a face that takes slices.
//!
//! The only room with unsafe code. Numbers go through as they are: refusing wrong ones is the kernel's part, and what
//! it answers is what a script judges.
#![expect(
    unsafe_code,
    reason = "the safe wrappers take typed arguments only, and a script may hand over any number"
)]
use std::os::fd::{BorrowedFd, RawFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::libc::{self, c_int, c_void, sockaddr, socklen_t};

type Answer<T> = Result<T, Errno>;

/// Room for any socket address.
const ADDRESS: usize = 128;

/// What one `recvmsg` got.
#[derive(Debug)]
pub(super) struct Received {
    /// Octets written to the buffer.
    pub(super) length: usize,
    /// The sender's address as the kernel writes it; empty if there is none.
    pub(super) from: Vec<u8>,
    /// `MSG_*`.
    pub(super) flags: i32,
}

/// A length for the kernel; longer than any buffer here is cut, which the kernel refuses.
fn length_of(octets: &[u8]) -> socklen_t {
    socklen_t::try_from(octets.len()).unwrap_or(socklen_t::MAX)
}

fn count(answer: isize) -> Answer<usize> {
    Errno::result(answer).map(|count| usize::try_from(count).unwrap_or(0))
}

pub(super) fn socket(domain: i32, kind: i32, protocol: i32) -> Answer<RawFd> {
    // SAFETY: numbers only.
    Errno::result(unsafe { libc::socket(domain, kind, protocol) })
}

pub(super) fn bind(fd: RawFd, address: &[u8]) -> Answer<i32> {
    // SAFETY: the kernel reads no further than the length, which is the slice's.
    Errno::result(unsafe { libc::bind(fd, address.as_ptr().cast::<sockaddr>(), length_of(address)) })
}

pub(super) fn connect(fd: RawFd, address: &[u8]) -> Answer<i32> {
    // SAFETY: the kernel reads no further than the length, which is the slice's.
    Errno::result(unsafe { libc::connect(fd, address.as_ptr().cast::<sockaddr>(), length_of(address)) })
}

pub(super) fn listen(fd: RawFd, backlog: i32) -> Answer<i32> {
    // SAFETY: numbers only.
    Errno::result(unsafe { libc::listen(fd, backlog) })
}

pub(super) fn shutdown(fd: RawFd, how: i32) -> Answer<i32> {
    // SAFETY: numbers only.
    Errno::result(unsafe { libc::shutdown(fd, how) })
}

/// Closes a descriptor that a script opened. The caller forgets it.
pub(super) fn close(fd: RawFd) -> Answer<i32> {
    // SAFETY: the caller hands over only descriptors that it got from `socket` or `accept` and still owns.
    Errno::result(unsafe { libc::close(fd) })
}

/// The new descriptor, and the address of who connected.
pub(super) fn accept(fd: RawFd, flags: i32) -> Answer<(RawFd, Vec<u8>)> {
    let mut address = vec![0_u8; ADDRESS];
    let mut length = length_of(&address);
    // SAFETY: the kernel writes no further than the length handed in, which is the buffer's.
    let fd = Errno::result(unsafe {
        libc::accept4(fd, address.as_mut_ptr().cast::<sockaddr>(), &raw mut length, flags)
    })?;
    address.truncate(length as usize);
    Ok((fd, address))
}

pub(super) fn receive(fd: RawFd, buffer: &mut [u8], flags: i32) -> Answer<Received> {
    let mut from = vec![0_u8; ADDRESS];
    let mut piece = libc::iovec { iov_base: buffer.as_mut_ptr().cast::<c_void>(), iov_len: buffer.len() };
    // SAFETY: all zeros is a `msghdr`: null pointers and lengths of zero.
    let mut message: libc::msghdr = unsafe { core::mem::zeroed() };
    message.msg_name = from.as_mut_ptr().cast::<c_void>();
    message.msg_namelen = length_of(&from);
    message.msg_iov = &raw mut piece;
    message.msg_iovlen = 1;
    // SAFETY: every pointer is to a live buffer whose length stands beside it.
    let length = count(unsafe { libc::recvmsg(fd, &raw mut message, flags) })?;
    from.truncate(message.msg_namelen as usize);
    Ok(Received { length: length.min(buffer.len()), from, flags: message.msg_flags })
}

/// `to` may be empty: the connected peer.
pub(super) fn send(fd: RawFd, data: &[u8], flags: i32, to: &[u8]) -> Answer<usize> {
    let address = if to.is_empty() { core::ptr::null() } else { to.as_ptr().cast::<sockaddr>() };
    // SAFETY: both pointers are to slices whose lengths stand beside them, or null with a length of zero.
    count(unsafe {
        libc::sendto(fd, data.as_ptr().cast::<c_void>(), data.len(), flags, address, length_of(to))
    })
}

/// The length is that of `value`.
pub(super) fn set_option(fd: RawFd, level: i32, name: i32, value: &[u8]) -> Answer<i32> {
    // SAFETY: the kernel reads no further than the length, which is the slice's.
    Errno::result(unsafe {
        libc::setsockopt(fd, level, name, value.as_ptr().cast::<c_void>(), length_of(value))
    })
}

/// How many octets of `value` were filled in.
pub(super) fn option(fd: RawFd, level: i32, name: i32, value: &mut [u8]) -> Answer<usize> {
    let mut length = length_of(value);
    // SAFETY: the kernel writes no further than the length handed in, which is the slice's.
    Errno::result(unsafe {
        libc::getsockopt(fd, level, name, value.as_mut_ptr().cast::<c_void>(), &raw mut length)
    })?;
    Ok((length as usize).min(value.len()))
}

/// `fcntl` with a number; the caller lets no command through that takes a pointer.
pub(super) fn fcntl(fd: RawFd, command: i32, argument: i32) -> Answer<i32> {
    // SAFETY: the commands that get here take a number or nothing.
    Errno::result(unsafe { libc::fcntl(fd, command, argument) })
}

/// A request that reads or writes one `int`: `FIONBIO`, `SIOCINQ`, `SIOCOUTQ` and the like.
pub(super) fn ioctl(fd: RawFd, request: libc::Ioctl, argument: &mut i32) -> Answer<i32> {
    // SAFETY: the requests that get here read or write one `int`, which is what the pointer is to.
    Errno::result(unsafe { libc::ioctl(fd, request, core::ptr::from_mut(argument)) })
}

/// Makes a descriptor of `/dev/net/tun` a device called `name` (at most 15 octets) that carries bare datagrams.
pub(super) fn attach(fd: RawFd, name: &str) -> Answer<c_int> {
    const REQUEST: libc::Ioctl = 0x4004_54ca; // TUNSETIFF
    const TUN_WITHOUT_HEADER: u16 = 0x1001; // IFF_TUN | IFF_NO_PI
    // `struct ifreq`: sixteen octets of name, then a union whose first member here is the flags.
    let mut request = [0_u8; 40];
    for (place, octet) in request.iter_mut().take(15).zip(name.bytes()) {
        *place = octet;
    }
    request[16..18].copy_from_slice(&TUN_WITHOUT_HEADER.to_ne_bytes());
    // SAFETY: the request reads and writes one `ifreq`, which is 40 octets and has no pointer in this use.
    Errno::result(unsafe { libc::ioctl(fd, REQUEST, request.as_mut_ptr()) })
}

/// `struct sched_attr` in its first published length: how a thread is scheduled.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Scheduling {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime: u64,
    deadline: u64,
    period: u64,
}

impl Scheduling {
    /// Before every thread of the ordinary kind, first come first served.
    pub(super) const fn real_time(self, priority: u32) -> Self {
        const FIFO: u32 = 1;
        Self { policy: FIFO, priority, nice: 0, runtime: 0, deadline: 0, period: 0, ..self }
    }

    /// The same, in slices of this length.
    pub(super) const fn with_slice(self, slice: Duration) -> Self {
        Self { runtime: slice.as_nanos() as u64, ..self }
    }
}

/// How a thread is scheduled; 0 is the calling one.
pub(super) fn scheduling(thread: i32) -> Answer<Scheduling> {
    let mut found = Scheduling::default();
    let size = size_of::<Scheduling>() as u32;
    // SAFETY: the kernel writes no further than the size handed in, which is the struct's.
    Errno::result(unsafe { libc::syscall(libc::SYS_sched_getattr, thread, &raw mut found, size, 0_u32) })?;
    Ok(found)
}

/// Changes how a thread is scheduled.
pub(super) fn schedule(thread: i32, wanted: Scheduling) -> Answer<()> {
    let wanted = Scheduling { size: size_of::<Scheduling>() as u32, ..wanted };
    // SAFETY: the kernel reads no further than the size that the struct itself says, which is its own.
    Errno::result(unsafe { libc::syscall(libc::SYS_sched_setattr, thread, &raw const wanted, 0_u32) })
        .map(drop)
}

/// A descriptor of the script's, for as long as a `poll` takes.
pub(super) fn borrow<'fd>(fd: RawFd) -> BorrowedFd<'fd> {
    // SAFETY: the caller polls only descriptors that the script had open when it asked. One that the script closes
    // meanwhile is kept by the kernel until `poll` returns, and a wrong one would be reported, not read.
    unsafe { BorrowedFd::borrow_raw(fd) }
}
