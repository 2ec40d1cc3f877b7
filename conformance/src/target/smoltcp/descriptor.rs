//! What a descriptor stands for, and the options that smoltcp's sockets know.
use core::net::SocketAddr;
use core::time::Duration;

use smoltcp::iface::SocketHandle;
use smoltcp::socket::{tcp, udp};
use smoltcp::wire::IpListenEndpoint;
use stackdrill_wire::State;

use super::{Connection, Smoltcp};

/// Octets of each buffer. More than 65,535 makes smoltcp scale its window.
const BUFFER: usize = 256 * 1024;

/// How long a connection is idle before a keep-alive, unless the application says otherwise.
///
/// Spec: RFC9293:MUST-28.
const IDLE: Duration = Duration::from_secs(2 * 60 * 60);

/// A socket as an application holds it.
#[derive(Clone, Debug)]
pub(super) struct Descriptor {
    pub(super) stands_for: StandsFor,
    /// Whether addresses are IPv6, or IPv4 in their mapped form.
    pub(super) is_ipv6: bool,
    pub(super) blocks: bool,
    pub(super) local: Option<SocketAddr>,
    pub(super) options: Options,
}

#[derive(Clone, Debug)]
pub(super) enum StandsFor {
    /// A stream socket that neither listens nor has called anybody.
    Idle,
    /// A row of sockets: one that listens, before it those that may be accepted.
    Listener {
        row: Vec<SocketHandle>,
        backlog: usize,
    },
    Stream(SocketHandle),
    Datagram {
        handle: SocketHandle,
        peer: Option<SocketAddr>,
    },
}

/// What can be set, as it is until a socket of smoltcp's exists and for those that are accepted.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    pub(super) reuses: bool,
    pub(super) no_delay: bool,
    pub(super) keeps_alive: bool,
    pub(super) idle: Option<Duration>,
    pub(super) timeout: Option<Duration>,
    pub(super) hop_limit: Option<u8>,
    /// Seconds that `close` lingers; at 0 it aborts.
    pub(super) linger: Option<i32>,
}

impl Options {
    fn apply(&self, socket: &mut tcp::Socket<'_>) {
        socket.set_nagle_enabled(!self.no_delay);
        let idle = self.keeps_alive.then(|| self.idle.unwrap_or(IDLE).into());
        if socket.keep_alive() != idle {
            socket.set_keep_alive(idle);
        }
        socket.set_timeout(self.timeout.map(Into::into));
        socket.set_hop_limit(self.hop_limit);
    }
}

impl Smoltcp {
    /// A new TCP socket. Places are never used twice: smoltcp gives a segment to the first socket that accepts it.
    pub(super) fn new_stream(&mut self, options: &Options) -> SocketHandle {
        let buffer = || tcp::SocketBuffer::new(vec![0; BUFFER]);
        let mut socket = tcp::Socket::new(buffer(), buffer());
        socket.set_tsval_generator(Some(|| super::TICKS.get()));
        options.apply(&mut socket);
        let handle = self.sockets.add(socket);
        self.connections.push(Connection { handle, state: State::Closed, tuple: None, error: None });
        handle
    }

    pub(super) fn new_datagram(&mut self) -> SocketHandle {
        let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 64], vec![0; BUFFER]);
        self.sockets.add(udp::Socket::new(buffer(), buffer()))
    }

    pub(super) fn stream(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(handle)
    }

    pub(super) fn datagram(&mut self, handle: SocketHandle) -> &mut udp::Socket<'static> {
        self.sockets.get_mut(handle)
    }

    /// Tells the sockets behind a descriptor what their options are now.
    pub(super) fn apply(&mut self, descriptor: &Descriptor) {
        match &descriptor.stands_for {
            StandsFor::Idle => {}
            StandsFor::Listener { row, .. } => {
                row.iter().for_each(|&handle| descriptor.options.apply(self.stream(handle)));
            }
            StandsFor::Stream(handle) => descriptor.options.apply(self.stream(*handle)),
            StandsFor::Datagram { handle, .. } => {
                self.datagram(*handle).set_hop_limit(descriptor.options.hop_limit);
            }
        }
    }

    /// Keeps one socket of each listener listening, as long as its backlog has room. A connection that came to
    /// nothing leaves the row.
    pub(super) fn listen_again(&mut self) {
        let fds: Vec<i32> = self.descriptors.keys().copied().collect();
        for fd in fds {
            let Some(mut descriptor) = self.descriptors.get(&fd).cloned() else { continue };
            let StandsFor::Listener { row, backlog } = &mut descriptor.stands_for else { continue };
            row.retain(|&handle| {
                !matches!(self.stream(handle).state(), tcp::State::Closed | tcp::State::Listen)
                    || self.stream(handle).is_listening()
            });
            // One that a reset has sent back to LISTEN is one too many.
            while row.iter().filter(|&&handle| self.stream(handle).is_listening()).count() > 1 {
                let Some(at) = row.iter().position(|&handle| self.stream(handle).is_listening()) else {
                    break;
                };
                let spare = row.remove(at);
                self.stream(spare).close();
            }
            let listens = row.iter().any(|&handle| self.stream(handle).is_listening());
            if !listens && row.len() <= *backlog {
                let handle = self.new_stream(&descriptor.options);
                row.push(handle);
                let endpoint = listening(descriptor.local);
                // The port is not 0 and the socket is new, which is all that smoltcp asks.
                let _ = self.stream(handle).listen(endpoint);
            }
            self.descriptors.insert(fd, descriptor);
        }
    }
}

/// Where to listen; on the unspecified address, anywhere.
pub(super) fn listening(local: Option<SocketAddr>) -> IpListenEndpoint {
    match local {
        Some(local) if !local.ip().is_unspecified() => local.into(),
        local => local.map_or(0, |local| local.port()).into(),
    }
}
