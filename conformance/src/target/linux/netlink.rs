//! The few netlink messages that build a network: links, addresses, features.
//!
//! Requests are written by hand, because ioctl would need unsafe code and a shell command would need a shell.
//! Public for the program that makes captures, which builds networks of its own.
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket,
};

pub mod link;

/// Octets of `nlmsghdr`.
const HEADER: usize = 16;
/// `NLM_F_REQUEST | NLM_F_ACK`.
const REQUEST: u16 = 0x5;
/// `NLM_F_EXCL | NLM_F_CREATE`.
pub const CREATE: u16 = 0x600;
/// `NLM_F_REPLACE | NLM_F_CREATE`.
pub const REPLACE: u16 = 0x500;
/// `NLMSG_ERROR`, which also carries the acknowledgment.
const ERROR: u16 = 2;
/// `NLA_F_NESTED`.
const NESTED: u16 = 0x8000;

/// A request being written: a fixed head, then attributes, which may nest.
#[derive(Debug)]
pub struct Request(Vec<u8>);

impl Request {
    /// A message of type `kind` that starts with `head` (a struct of the kernel's, as octets).
    #[must_use]
    pub fn new(kind: u16, flags: u16, head: &[u8]) -> Self {
        let mut octets = vec![0; 4];
        octets.extend(kind.to_ne_bytes());
        octets.extend((REQUEST | flags).to_ne_bytes());
        octets.extend([0; 8]); // sequence number and port: one request a socket, so neither matters
        octets.extend(head);
        Self(octets)
    }

    /// Appends an attribute.
    #[must_use]
    pub fn with(mut self, kind: u16, value: &[u8]) -> Self {
        self.0.extend((value.len() as u16 + 4).to_ne_bytes());
        self.0.extend(kind.to_ne_bytes());
        self.0.extend(value);
        self.pad();
        self
    }

    /// Appends a text attribute, closed by a zero octet.
    #[must_use]
    pub fn with_text(self, kind: u16, value: &str) -> Self {
        self.with(kind, format!("{value}\0").as_bytes())
    }

    /// Appends an attribute whose value is what `inside` appends.
    #[must_use]
    pub fn with_nested(mut self, kind: u16, inside: impl FnOnce(Self) -> Self) -> Self {
        let start = self.0.len();
        self.0.extend([0; 2]);
        self.0.extend((kind | NESTED).to_ne_bytes());
        let mut whole = inside(self);
        let length = (whole.0.len() - start) as u16;
        whole.0[start..start + 2].copy_from_slice(&length.to_ne_bytes());
        whole
    }

    /// Appends octets that belong to no attribute: a struct inside one.
    #[must_use]
    pub fn with_struct(mut self, octets: &[u8]) -> Self {
        self.0.extend(octets);
        self.pad();
        self
    }

    fn pad(&mut self) {
        self.0.resize(self.0.len().next_multiple_of(4), 0);
    }
}

/// A netlink socket in the namespace of the thread that opened it.
#[derive(Debug)]
pub struct Netlink(OwnedFd);

impl Netlink {
    /// Links and addresses (`NETLINK_ROUTE`).
    ///
    /// # Errors
    /// The kernel refuses such a socket.
    pub fn route() -> io::Result<Self> {
        Self::open(SockProtocol::NetlinkRoute)
    }

    /// Families that register by name (`NETLINK_GENERIC`).
    ///
    /// # Errors
    /// The kernel refuses such a socket.
    pub fn generic() -> io::Result<Self> {
        Self::open(SockProtocol::NetlinkGeneric)
    }

    fn open(protocol: SockProtocol) -> io::Result<Self> {
        Ok(Self(socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol)?))
    }

    /// Sends a request and waits for its acknowledgment; the messages before it are returned, headers included.
    ///
    /// # Errors
    /// The kernel's own number for why it refuses.
    pub fn ask(&self, request: Request) -> io::Result<Vec<Vec<u8>>> {
        let mut octets = request.0;
        let length = (octets.len() as u32).to_ne_bytes();
        octets[..4].copy_from_slice(&length);
        sendto(self.0.as_raw_fd(), &octets, &NetlinkAddr::new(0, 0), MsgFlags::empty())?;
        let mut answers = Vec::new();
        loop {
            let mut buffer = [0; 16 * 1024];
            let length = recv(self.0.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
            for message in messages(&buffer[..length]) {
                if u16_at(message, 4) != Some(ERROR) {
                    answers.push(message.to_vec());
                    continue;
                }
                return match u32_at(message, HEADER) {
                    Some(0) => Ok(answers),
                    Some(errno) => Err(Errno::from_raw((errno as i32).wrapping_neg()).into()),
                    None => Err(io::Error::other("an acknowledgment without its number")),
                };
            }
        }
    }

    /// The number under which a generic family is reached.
    ///
    /// # Errors
    /// The kernel knows no such family.
    pub fn family(&self, name: &str) -> io::Result<u16> {
        const CONTROLLER: u16 = 0x10;
        let request = Request::new(CONTROLLER, 0, &[3, 1, 0, 0]).with_text(2, name);
        let answers = self.ask(request)?;
        answers
            .iter()
            .find_map(|answer| attribute(answer.get(HEADER + 4..)?, 1))
            .and_then(|value| u16_at(value, 0))
            .ok_or_else(|| io::Error::other(format!("netlink family {name} has no number")))
    }
}

/// A namespace's descriptor as the value of an attribute.
#[must_use]
pub fn descriptor(fd: BorrowedFd<'_>) -> [u8; 4] {
    fd.as_raw_fd().to_ne_bytes()
}

/// The messages in one datagram from the kernel.
fn messages(mut octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    core::iter::from_fn(move || {
        let length = u32_at(octets, 0)? as usize;
        let message = octets.get(..length).filter(|message| message.len() >= HEADER)?;
        octets = octets.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(message)
    })
}

/// The value of the first attribute of this kind.
fn attribute(mut octets: &[u8], kind: u16) -> Option<&[u8]> {
    loop {
        let length = usize::from(u16_at(octets, 0)?);
        let value = octets.get(4..length)?;
        if u16_at(octets, 2)? & !NESTED == kind {
            return Some(value);
        }
        octets = octets.get(length.next_multiple_of(4)..)?;
    }
}

fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(octets.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(octets: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(octets.get(at..at + 4)?.try_into().ok()?))
}
