//! Descriptors, errnos and blocking calls over a stack that has none of them, as most Rust stacks have not.
//!
//! Such a stack implements [`Sockets`]; its target keeps a [`Descriptors`] beside it and hands calls there. A listener
//! is a row of sockets of which one always listens, for in such stacks it is the listening socket that becomes the
//! connection. `target/smoltcp.rs` is the example. A stack whose calls are POSIX's own needs nothing of this.
use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use bytes::Bytes;
use stackdrill_wire::{State, Tuple};

use crate::constants::Errno;

mod calls;
mod datagrams;
mod descriptors;
mod settings;
#[cfg(all(test, feature = "smoltcp"))]
mod tests;

pub use descriptors::Descriptors;

/// A stack's sockets, without a word of POSIX. Nothing here waits.
pub trait Sockets {
    /// What the stack calls a socket. A socket that is new has a name of its own.
    type Socket: Copy + Eq + fmt::Debug;

    /// The address of the host.
    fn address(&self) -> IpAddr;

    /// A new TCP socket, in CLOSED.
    fn stream(&mut self, options: &Options) -> Self::Socket;

    /// Lets a new TCP socket listen; on the unspecified address, anywhere. `false` if it cannot.
    fn listen(&mut self, socket: Self::Socket, local: SocketAddr) -> bool;

    /// Lets a new TCP socket call somebody. `false` if it cannot.
    fn connect(&mut self, socket: Self::Socket, tuple: Tuple) -> bool;

    /// The state of a TCP socket.
    fn state_of(&self, socket: Self::Socket) -> State;

    /// Whom a TCP socket is connected to.
    fn remote(&self, socket: Self::Socket) -> Option<SocketAddr>;

    /// Takes text to send, as much as there is room for; `None` if the connection takes none any more.
    fn send(&mut self, socket: Self::Socket, text: &[u8]) -> Option<usize>;

    /// Fills `room` with text that has arrived, and keeps it if the caller only peeks.
    fn receive(&mut self, socket: Self::Socket, room: &mut [u8], peeks: bool) -> Received;

    /// Octets that have arrived and were not read, and octets to send that are not acknowledged.
    fn queued(&self, socket: Self::Socket) -> (usize, usize);

    /// Octets that [`Sockets::send`] would take now.
    fn room(&self, socket: Self::Socket) -> usize;

    /// Closes the sending half once everything is sent. The socket lives until it is CLOSED.
    fn close(&mut self, socket: Self::Socket);

    /// Gives a connection up.
    fn abort(&mut self, socket: Self::Socket);

    /// Tells a socket, TCP's or UDP's, what its options are now.
    fn apply(&mut self, socket: Self::Socket, options: &Options);

    /// Why a connection is over, if not as it should be; `None` after it was told once, if `taken`.
    fn error(&mut self, socket: Self::Socket, taken: bool) -> Option<Errno>;

    /// A new UDP socket that is bound; on the unspecified address, to all. `None` if it cannot be had.
    fn datagrams(&mut self, local: SocketAddr) -> Option<Self::Socket>;

    /// Sends a datagram. `Ok(false)`: there is no room now.
    ///
    /// # Errors
    /// The errno of a destination that cannot be had.
    fn send_to(&mut self, socket: Self::Socket, to: SocketAddr, data: &[u8]) -> Result<bool, &'static str>;

    /// The oldest datagram that has arrived, and who sent it.
    fn receive_from(&mut self, socket: Self::Socket, peeks: bool) -> Option<(Bytes, SocketAddr)>;

    /// Lets go of a UDP socket.
    fn drop_datagrams(&mut self, socket: Self::Socket);
}

/// What became of reading.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Received {
    /// So many octets; 0 if there are none yet.
    Text(usize),
    /// The peer's FIN came, and all text before it was read.
    Finished,
    /// There is nothing to read from: no connection yet, or none any more.
    Closed,
}

/// The options of a socket, as far as such stacks have them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Options {
    /// `SO_REUSEADDR`.
    pub reuses: bool,
    /// `TCP_NODELAY`.
    pub no_delay: bool,
    /// `SO_KEEPALIVE`: how long a connection is idle before a keep-alive, if there are any.
    pub keep_alive: Option<Duration>,
    /// `TCP_KEEPIDLE`: the same, for when they are switched on.
    pub idle: Option<Duration>,
    /// `TCP_USER_TIMEOUT`.
    pub timeout: Option<Duration>,
    /// `IP_TTL`, `IPV6_UNICAST_HOPS`.
    pub hop_limit: Option<u8>,
    /// `SO_LINGER`: seconds that `close` lingers; at 0 it aborts.
    pub linger: Option<i32>,
}
