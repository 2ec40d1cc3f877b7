//! The kernel's calls that take pointers, each behind a face that takes slices.
//!
//! The only room with unsafe code. Numbers go through as they are: refusing wrong ones is the kernel's part, and what
//! it answers is what a script judges.
#![expect(
    unsafe_code,
    reason = "the safe wrappers take typed arguments only, and a script may hand over any number"
)]
use std::os::fd::RawFd;
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
    /// The control messages as the kernel lays them out.
    pub(super) control: Vec<u8>,
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

/// `room` octets are given for control messages.
pub(super) fn receive(fd: RawFd, buffer: &mut [u8], flags: i32, room: usize) -> Answer<Received> {
    // In words, so that what the kernel writes is aligned as it wants it.
    let mut control = vec![0_u64; room.div_ceil(8)];
    let mut from = vec![0_u8; ADDRESS];
    let mut piece = libc::iovec { iov_base: buffer.as_mut_ptr().cast::<c_void>(), iov_len: buffer.len() };
    // SAFETY: all zeros is a `msghdr`: null pointers and lengths of zero.
    let mut message: libc::msghdr = unsafe { core::mem::zeroed() };
    message.msg_name = from.as_mut_ptr().cast::<c_void>();
    message.msg_namelen = length_of(&from);
    message.msg_iov = &raw mut piece;
    message.msg_iovlen = 1;
    if room > 0 {
        message.msg_control = control.as_mut_ptr().cast::<c_void>();
        message.msg_controllen = room;
    }
    // SAFETY: every pointer is to a live buffer whose length stands beside it.
    let length = count(unsafe { libc::recvmsg(fd, &raw mut message, flags) })?;
    from.truncate(message.msg_namelen as usize);
    let mut octets: Vec<u8> = control.into_iter().flat_map(u64::to_ne_bytes).collect();
    octets.truncate(message.msg_controllen);
    Ok(Received { length: length.min(buffer.len()), from, flags: message.msg_flags, control: octets })
}

/// `recv` into a null pointer, which the kernel refuses where it would write.
pub(super) fn receive_nowhere(fd: RawFd, length: usize, flags: i32) -> Answer<usize> {
    // SAFETY: the kernel checks the address that it is given, and a null one is no address.
    count(unsafe { libc::recv(fd, core::ptr::null_mut(), length, flags) })
}

/// `sendto` from a null pointer, which the kernel refuses where it would read.
pub(super) fn send_nothing(fd: RawFd, length: usize, flags: i32, to: &[u8]) -> Answer<usize> {
    let address = if to.is_empty() { core::ptr::null() } else { to.as_ptr().cast::<sockaddr>() };
    // SAFETY: the kernel checks the address that it is given, and a null one is no address; the other is a slice's.
    count(unsafe { libc::sendto(fd, core::ptr::null(), length, flags, address, length_of(to)) })
}

/// `read` from what is no socket.
pub(super) fn read(fd: RawFd, buffer: &mut [u8]) -> Answer<usize> {
    // SAFETY: the kernel writes no further than the length, which is the slice's.
    count(unsafe { libc::read(fd, buffer.as_mut_ptr().cast::<c_void>(), buffer.len()) })
}

/// `write` into what is no socket.
pub(super) fn write(fd: RawFd, data: &[u8]) -> Answer<usize> {
    // SAFETY: the kernel reads no further than the length, which is the slice's.
    count(unsafe { libc::write(fd, data.as_ptr().cast::<c_void>(), data.len()) })
}

/// Which of these events there are once there are any, every bit as the kernel gives it; it waits so many milliseconds.
pub(super) fn poll(wanted: &[(RawFd, i16)], timeout: i32) -> Answer<Vec<i16>> {
    let mut polled: Vec<_> =
        wanted.iter().map(|&(fd, events)| libc::pollfd { fd, events, revents: 0 }).collect();
    let count = libc::nfds_t::try_from(polled.len()).unwrap_or(0);
    // SAFETY: the kernel reads and writes so many structures as there are.
    Errno::result(unsafe { libc::poll(polled.as_mut_ptr(), count, timeout) })?;
    Ok(polled.into_iter().map(|polled| polled.revents).collect())
}

pub(super) fn epoll_create(size: i32) -> Answer<RawFd> {
    // SAFETY: numbers only.
    Errno::result(unsafe { libc::epoll_create(size) })
}

pub(super) fn epoll_control(
    epoll: RawFd,
    operation: i32,
    fd: RawFd,
    (events, data): (u32, u64),
) -> Answer<i32> {
    let mut event = libc::epoll_event { events, u64: data };
    // SAFETY: the pointer is to a live structure of the kind that the kernel reads.
    Errno::result(unsafe { libc::epoll_ctl(epoll, operation, fd, &raw mut event) })
}

/// At most `most` events; it waits as long as `timeout` says, in milliseconds.
pub(super) fn epoll_wait(epoll: RawFd, most: i32, timeout: i32) -> Answer<Vec<(u32, u64)>> {
    let room = usize::try_from(most).unwrap_or(0).min(1024);
    let mut events = vec![libc::epoll_event { events: 0, u64: 0 }; room.max(1)];
    // SAFETY: the kernel writes at most so many structures as there is room for.
    let answer = unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), most.min(1024), timeout) };
    let count = usize::try_from(Errno::result(answer)?).unwrap_or(0);
    Ok(events.into_iter().take(count).map(|event| (event.events, event.u64)).collect())
}

/// The end to read from and the end to write into.
pub(super) fn pipe() -> Answer<(RawFd, RawFd)> {
    let mut ends = [0; 2];
    // SAFETY: the kernel writes two numbers, for which there is room.
    Errno::result(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    Ok((ends[0], ends[1]))
}

pub(super) fn splice(from: RawFd, to: RawFd, length: usize, flags: i32) -> Answer<usize> {
    let null = core::ptr::null_mut();
    // SAFETY: null pointers are offsets that are not given; the rest are numbers.
    count(unsafe { libc::splice(from, null, to, null, length, flags.cast_unsigned()) })
}

/// Opens a file that is there already.
pub(super) fn open(path: &core::ffi::CStr, flags: i32) -> Answer<RawFd> {
    // SAFETY: the path ends in a zero. No file is made, so that no mode is read.
    Errno::result(unsafe { libc::open(path.as_ptr(), (flags & !libc::O_CREAT) | libc::O_CLOEXEC) })
}

pub(super) fn sendfile(to: RawFd, from: RawFd, offset: Option<i64>, octets: usize) -> Answer<usize> {
    let mut offset = offset;
    let place = offset.as_mut().map_or(core::ptr::null_mut(), core::ptr::from_mut);
    // SAFETY: the pointer is null or to a live number, which the kernel may write.
    count(unsafe { libc::sendfile(to, from, place, octets) })
}

/// `sendmsg` with control messages as the kernel lays them out; `to` may be empty: the connected peer.
pub(super) fn send_message(
    fd: RawFd,
    data: &[u8],
    flags: i32,
    (to, control): (&[u8], &[u8]),
) -> Answer<usize> {
    if control.is_empty() {
        return send(fd, data, flags, to);
    }
    let mut piece = libc::iovec { iov_base: data.as_ptr().cast_mut().cast::<c_void>(), iov_len: data.len() };
    // SAFETY: all zeros is a `msghdr`: null pointers and lengths of zero.
    let mut message: libc::msghdr = unsafe { core::mem::zeroed() };
    if !to.is_empty() {
        message.msg_name = to.as_ptr().cast_mut().cast::<c_void>();
        message.msg_namelen = length_of(to);
    }
    message.msg_iov = &raw mut piece;
    message.msg_iovlen = 1;
    message.msg_control = control.as_ptr().cast_mut().cast::<c_void>();
    message.msg_controllen = control.len();
    // SAFETY: every pointer is to a live buffer whose length stands beside it, and the kernel only reads from them.
    count(unsafe { libc::sendmsg(fd, &raw const message, flags) })
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
