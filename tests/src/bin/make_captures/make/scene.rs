//! What an actor in a conversation can do: connect, accept, write, read, meet the other.
use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use nix::libc;
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, SockaddrStorage, bind, connect, setsockopt, socket, sockopt,
};

/// The server's port.
pub(crate) const PORT: u16 = 8080;
/// Longer than any step of any conversation takes.
const PATIENCE: Duration = Duration::from_secs(15);

/// A place where two actors wait for each other.
#[derive(Debug, Default)]
pub(crate) struct Meeting {
    arrivals: Mutex<u32>,
    both: Condvar,
}

impl Meeting {
    /// Waits for the other to come.
    pub(crate) fn meet(&self) -> anyhow::Result<()> {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        *arrivals += 1;
        let wanted = arrivals.next_multiple_of(2);
        self.both.notify_all();
        let (_arrivals, late) = self
            .both
            .wait_timeout_while(arrivals, PATIENCE, |arrivals| *arrivals < wanted)
            .unwrap_or_else(PoisonError::into_inner);
        ensure!(!late.timed_out(), "the other actor never came");
        Ok(())
    }
}

/// One actor's view of the stage.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    /// The actor's own address.
    pub(crate) here: IpAddr,
    /// The other's.
    pub(crate) there: IpAddr,
    /// The congestion control that its connections use, if not the host's own choice.
    pub(crate) congestion: Option<&'static str>,
    /// Where both actors meet.
    pub(crate) meeting: &'a Meeting,
}

impl Scene<'_> {
    /// Waits until the other actor says the same.
    pub(crate) fn meet(&self) -> anyhow::Result<()> {
        self.meeting.meet()
    }

    /// The server's first line: listens, lets the client know, accepts.
    pub(crate) fn accept(&self) -> anyhow::Result<TcpStream> {
        self.accept_with(None)
    }

    /// The same, with room for so many octets in the receive buffer.
    pub(crate) fn accept_with(&self, room: Option<usize>) -> anyhow::Result<TcpStream> {
        let listener = TcpListener::bind((self.here, PORT)).context("listening")?;
        self.choose(&listener)?;
        if let Some(room) = room {
            setsockopt(&listener, sockopt::RcvBuf, &room)?;
        }
        self.meet()?;
        let (stream, _) = listener.accept().context("accepting")?;
        patient(stream)
    }

    /// The client's first line: connects to the server as soon as it listens.
    pub(crate) fn connect(&self) -> anyhow::Result<TcpStream> {
        self.meet()?;
        let stream = TcpStream::connect((self.there, PORT)).context("connecting")?;
        self.choose(&stream)?;
        patient(stream)
    }

    /// Connects to the other actor, who does the same at the same time.
    pub(crate) fn connect_crossing(&self) -> anyhow::Result<TcpStream> {
        let family = if self.here.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
        let socket: OwnedFd = socket(family, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
        bind(socket.as_raw_fd(), &SockaddrStorage::from(SocketAddr::new(self.here, PORT)))?;
        self.meet()?;
        connect(socket.as_raw_fd(), &SockaddrStorage::from(SocketAddr::new(self.there, PORT)))
            .context("connecting")?;
        patient(TcpStream::from(socket))
    }

    /// A UDP socket at this actor's address.
    pub(crate) fn datagrams(&self, port: u16) -> anyhow::Result<UdpSocket> {
        let socket = UdpSocket::bind((self.here, port)).context("binding")?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(socket)
    }

    fn choose(&self, socket: &impl AsFd) -> anyhow::Result<()> {
        if let Some(name) = self.congestion {
            setsockopt(socket, sockopt::TcpCongestion, &OsString::from(name)).context(name)?;
        }
        Ok(())
    }
}

fn patient(stream: TcpStream) -> anyhow::Result<TcpStream> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Writes so many octets of readable text.
pub(crate) fn say(mut stream: &TcpStream, octets: usize) -> anyhow::Result<()> {
    let text: Vec<u8> =
        b"the quick brown fox jumps over the lazy dog\n".iter().copied().cycle().take(octets).collect();
    stream.write_all(&text).context("writing")
}

/// Reads exactly so many octets.
pub(crate) fn hear(mut stream: &TcpStream, octets: usize) -> anyhow::Result<()> {
    stream.read_exact(&mut vec![0; octets]).context("reading")
}

/// Reads to the end of the stream.
pub(crate) fn hear_out(mut stream: &TcpStream) -> anyhow::Result<()> {
    stream.read_to_end(&mut Vec::new()).context("reading to the end")?;
    Ok(())
}

/// Aborts: the peer sees a reset.
pub(crate) fn abort(stream: TcpStream) -> anyhow::Result<()> {
    setsockopt(&stream, sockopt::Linger, &libc::linger { l_onoff: 1, l_linger: 0 })?;
    drop(stream);
    Ok(())
}

/// Has the kernel probe an idle peer every second.
pub(crate) fn keep_alive(stream: &TcpStream) -> anyhow::Result<()> {
    setsockopt(stream, sockopt::KeepAlive, &true)?;
    setsockopt(stream, sockopt::TcpKeepIdle, &1)?;
    setsockopt(stream, sockopt::TcpKeepInterval, &1)?;
    Ok(())
}
