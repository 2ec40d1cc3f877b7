//! smoltcp's sockets, as a stack without POSIX has them.
use core::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::udp::{SendError, UdpMetadata};
use smoltcp::socket::{Socket, tcp, udp};
use smoltcp::wire::IpListenEndpoint;
use stackdrill_wire::{State, Tuple};

use super::{Connection, Stack};
use crate::constants::Errno;
use crate::target::posix::{Options, Received, Sockets};

/// Octets of each buffer. More than 65,535 makes smoltcp scale its window.
const BUFFER: usize = 256 * 1024;

impl Stack {
    fn tcp(&mut self, socket: SocketHandle) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(socket)
    }

    fn udp(&mut self, socket: SocketHandle) -> &mut udp::Socket<'static> {
        self.sockets.get_mut(socket)
    }
}

impl Sockets for Stack {
    type Socket = SocketHandle;

    fn address(&self) -> IpAddr {
        self.local
    }

    /// Places are never used twice, for smoltcp gives a segment to the first socket that accepts it.
    fn stream(&mut self, options: &Options) -> SocketHandle {
        let buffer = || tcp::SocketBuffer::new(vec![0; BUFFER]);
        let mut socket = tcp::Socket::new(buffer(), buffer());
        socket.set_tsval_generator(Some(|| super::TICKS.get()));
        let handle = self.sockets.add(socket);
        self.connections.push(Connection { handle, state: State::Closed, tuple: None, error: None });
        self.apply(handle, options);
        handle
    }

    fn listen(&mut self, socket: SocketHandle, local: SocketAddr) -> bool {
        self.tcp(socket).listen(endpoint(local)).is_ok()
    }

    fn connect(&mut self, socket: SocketHandle, tuple: Tuple) -> bool {
        let called = self.sockets.get_mut::<tcp::Socket<'_>>(socket);
        called.connect(self.interface.context(), tuple.remote, tuple.local).is_ok()
    }

    fn state_of(&self, socket: SocketHandle) -> State {
        super::state(self.sockets.get::<tcp::Socket<'_>>(socket).state())
    }

    fn remote(&self, socket: SocketHandle) -> Option<SocketAddr> {
        self.sockets.get::<tcp::Socket<'_>>(socket).remote_endpoint().map(SocketAddr::from)
    }

    fn send(&mut self, socket: SocketHandle, text: &[u8]) -> Option<usize> {
        self.tcp(socket).send_slice(text).ok()
    }

    fn receive(&mut self, socket: SocketHandle, room: &mut [u8], peeks: bool) -> Received {
        let socket = self.tcp(socket);
        // `peek_slice` does not look at the state.
        let open = socket.peek(0).map(|_| ());
        let read = open.and_then(|()| if peeks { socket.peek_slice(room) } else { socket.recv_slice(room) });
        match read {
            Ok(count) => Received::Text(count),
            Err(tcp::RecvError::Finished) => Received::Finished,
            Err(tcp::RecvError::InvalidState) => Received::Closed,
        }
    }

    fn queued(&self, socket: SocketHandle) -> (usize, usize) {
        let socket = self.sockets.get::<tcp::Socket<'_>>(socket);
        (socket.recv_queue(), socket.send_queue())
    }

    fn room(&self, socket: SocketHandle) -> usize {
        let socket = self.sockets.get::<tcp::Socket<'_>>(socket);
        socket.send_capacity() - socket.send_queue()
    }

    fn close(&mut self, socket: SocketHandle) {
        self.tcp(socket).close();
    }

    fn abort(&mut self, socket: SocketHandle) {
        self.tcp(socket).abort();
    }

    fn apply(&mut self, socket: SocketHandle, options: &Options) {
        match self.sockets.iter_mut().find(|(handle, _)| *handle == socket) {
            Some((_, Socket::Tcp(socket))) => {
                socket.set_nagle_enabled(!options.no_delay);
                socket.set_timeout(options.timeout.map(Into::into));
                socket.set_hop_limit(options.hop_limit);
                // Setting it sends one, so it is set only where it changes.
                let interval = options.keep_alive.map(Into::into);
                if socket.keep_alive() != interval {
                    socket.set_keep_alive(interval);
                }
            }
            Some((_, Socket::Udp(socket))) => socket.set_hop_limit(options.hop_limit),
            _ => {}
        }
    }

    fn error(&mut self, socket: SocketHandle, taken: bool) -> Option<Errno> {
        let known = self.connections.iter_mut().find(|known| known.handle == socket)?;
        if taken { known.error.take() } else { known.error }
    }

    fn datagrams(&mut self, local: SocketAddr) -> Option<SocketHandle> {
        let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 64], vec![0; BUFFER]);
        let mut socket = udp::Socket::new(buffer(), buffer());
        socket.bind(endpoint(local)).ok()?;
        Some(self.sockets.add(socket))
    }

    fn send_to(&mut self, socket: SocketHandle, to: SocketAddr, data: &[u8]) -> Result<bool, &'static str> {
        match self.udp(socket).send_slice(data, UdpMetadata::from(to)) {
            Ok(()) => Ok(true),
            Err(SendError::BufferFull) => Ok(false),
            Err(SendError::Unaddressable) => Err("EINVAL"),
        }
    }

    fn receive_from(&mut self, socket: SocketHandle, peeks: bool) -> Option<(Bytes, SocketAddr)> {
        let socket = self.udp(socket);
        let (data, meta) =
            if peeks { socket.peek().map(|(data, meta)| (data, *meta)).ok()? } else { socket.recv().ok()? };
        Some((Bytes::copy_from_slice(data), meta.endpoint.into()))
    }

    fn drop_datagrams(&mut self, socket: SocketHandle) {
        self.udp(socket).close();
    }
}

/// An address to be reached at; unspecified, it is any.
fn endpoint(local: SocketAddr) -> IpListenEndpoint {
    if local.ip().is_unspecified() { local.port().into() } else { local.into() }
}
