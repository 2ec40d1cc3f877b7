//! Packets that the script injects: to which socket, with which numbers, in which octets.
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use stackdrill_wire::{Datagram, Flags, Options, Packet, Segment};

use super::encapsulation::wrap;
use super::socket::{Phase, Socket, Speaks};
use super::timing::Due;
use super::{Failure, Reason, Run, ScriptError, Stop, hint};
use crate::expect;
use crate::script::{
    Dialect, Md5, Number, OptionsSpec, PacketAlternatives, PacketSpec, Ports, Sack, Sequence, Span, Spanned,
    TcpOption, TcpSpec, Transport, UdpSpec,
};

/// What every payload is made of: 64 KiB of zeros, never copied.
static ZEROS: [u8; 65_536] = [0; 65_536];

/// So many zero octets.
pub(super) fn zeros(length: usize) -> Bytes {
    ZEROS.get(..length).map_or_else(|| Bytes::from(vec![0; length]), Bytes::from_static)
}

impl<'a> Run<'a> {
    /// An inbound packet event: attribute it, wait, advance the socket, send.
    pub(super) fn inbound(
        &mut self,
        packets: &'a PacketAlternatives,
        due: Due,
        span: Span,
    ) -> Result<(), Stop> {
        let Some(spec) = packets.alternatives.first() else {
            return Err(Stop::Wrong(ScriptError::Packet("there is none"), span));
        };
        plain(spec)?;
        self.readable(spec)?;
        self.attribute(spec)?;
        self.wait(due, span)?;
        self.meets(spec);
        let packet = match &spec.transport {
            Transport::Tcp(tcp) => self.segment(tcp)?,
            Transport::Udp(udp) => self.datagram(udp)?,
            Transport::Icmp(icmp) => self.icmp(icmp)?,
            Transport::UdpLite(_) | Transport::Sctp(_) => {
                return Err(Stop::unsupported("UDP-Lite or SCTP packets", spec.span));
            }
        };
        self.came(spec);
        self.world.inject(wrap(spec, packet)?);
        self.settle()
    }

    /// Finds the socket that the packet is for; a listener's (or nobody's) packet begins a connection.
    fn attribute(&mut self, spec: &PacketSpec) -> Result<(), Stop> {
        let bsd = self.configuration.dialect == Dialect::Bsd;
        match &spec.transport {
            Transport::Tcp(tcp) => {
                let (begins, counts) = match self.socket() {
                    None => (!bsd, true),
                    Some(socket) if socket.speaks != Speaks::Tcp => {
                        return Err(Stop::Wrong(ScriptError::NoSocket, spec.span));
                    }
                    Some(socket) if socket.phase == Phase::Listening => (true, true),
                    // The BSD dialect's tool translates with the numbers of the socket that is there, which has none.
                    Some(socket) => (bsd && socket.remote.is_none(), false),
                };
                if begins {
                    let irs = if counts { number(tcp.sequence, spec.span)? } else { 0 };
                    self.begin(Socket { phase: Phase::PacketReceived, irs, ..Socket::default() });
                } else if self.socket().is_none_or(|socket| socket.remote.is_none()) {
                    return Err(Stop::Wrong(ScriptError::NoSocket, spec.span));
                }
            }
            Transport::Udp(udp) => self.attribute_datagram(udp)?,
            // An ICMP message needs nothing but addresses.
            Transport::Icmp(_) | Transport::UdpLite(_) | Transport::Sctp(_) => {}
        }
        Ok(())
    }

    /// A datagram for a socket that never sent one comes from a port of its own, to the bound port. Google's tool lets a
    /// connection have one that says its ports.
    fn attribute_datagram(&mut self, spec: &UdpSpec) -> Result<(), Stop> {
        let span = spec.span;
        let stated = spec.ports.is_some_and(|ports| ports.source != 0 && ports.destination != 0);
        let local = SocketAddr::new(self.configuration.local, self.configuration.bind_port);
        let remote = self.configuration.remote;
        let port = self.next_port;
        let bsd = self.configuration.dialect == Dialect::Bsd;
        match self.socket_mut() {
            None if bsd => return Err(Stop::Wrong(ScriptError::NoSocket, span)),
            None => self.begin(Socket { speaks: Speaks::Udp, ..Socket::default() }),
            Some(socket) if socket.speaks == Speaks::Tcp && stated && !bsd => {}
            Some(socket) if socket.speaks != Speaks::Udp => {
                return Err(Stop::Wrong(ScriptError::NoSocket, span));
            }
            Some(socket) => {
                socket.local.get_or_insert(local);
                if socket.remote.is_none() {
                    socket.remote = Some(SocketAddr::new(remote, port));
                    self.next_port = port.wrapping_add(1).max(1024);
                }
            }
        }
        Ok(())
    }

    /// A connection that the script's peer begins, from a port of its own to the bound port.
    fn begin(&mut self, mut child: Socket) {
        let configuration = &self.configuration;
        child.local = Some(SocketAddr::new(configuration.local, configuration.bind_port));
        child.remote = Some(SocketAddr::new(configuration.remote, self.next_port));
        self.next_port = self.next_port.wrapping_add(1).max(1024);
        self.under_test = Some(self.sockets.len());
        self.sockets.push(child);
    }

    /// A connection that begins counts from its first packet, once that is translated.
    fn came(&mut self, spec: &PacketSpec) {
        let Transport::Tcp(tcp) = &spec.transport else { return };
        let Some(socket) = self.socket_mut() else { return };
        if socket.phase == Phase::PacketReceived && !socket.heard {
            socket.irs = tcp.sequence.start.exact().unwrap_or_default();
        }
        socket.heard = true;
    }

    /// What the packet means for the socket's progress.
    fn meets(&mut self, spec: &PacketSpec) {
        let Transport::Tcp(tcp) = &spec.transport else { return };
        let Some(socket) = self.socket_mut() else { return };
        let (syn, ack) = (tcp.flags.set.has(Flags::SYN), tcp.flags.set.has(Flags::ACK));
        match socket.phase {
            Phase::SynSent if syn && ack => {
                socket.phase = Phase::SynAcked;
                socket.irs = tcp.sequence.start.exact().unwrap_or_default();
            }
            Phase::SynAckSent if ack => socket.phase = Phase::SynAckAcked,
            Phase::New
            | Phase::Listening
            | Phase::Connecting
            | Phase::SynSent
            | Phase::SynAcked
            | Phase::PacketReceived
            | Phase::SynAckSent
            | Phase::SynAckAcked => {}
        }
    }

    fn segment(&self, spec: &TcpSpec) -> Result<Packet, Stop> {
        let socket = self.socket().ok_or(Stop::Wrong(ScriptError::NoSocket, spec.span))?;
        let (source, destination) = self.ends(socket, spec.ports, spec.span)?;
        let syn = spec.flags.set.has(Flags::SYN);
        let seq = number(spec.sequence, spec.span)?;
        let ack = optional(spec.ack, spec.span)?;
        let length = exact(spec.sequence.length, spec.span)?;
        let mut segment = Segment {
            source: source.port(),
            destination: destination.port(),
            seq: if spec.sequence.absolute {
                stackdrill_wire::Seq(seq)
            } else {
                socket.seq_to_wire(syn, seq)
            },
            // Without the flag the number stands as it is.
            ack: if spec.flags.set.has(Flags::ACK) {
                socket.ack_to_wire(syn, ack)
            } else {
                stackdrill_wire::Seq(ack)
            },
            flags: spec.flags.set,
            window: short(optional(spec.window, spec.span)?, spec.span)?,
            urgent: short(optional(spec.urgent, spec.span)?, spec.span)?,
            options: self.options(spec, socket, [0; 16])?,
            text: match spec.reset_cause {
                Some(cause) => Bytes::copy_from_slice(&cause.octets()),
                None => zeros(length as usize),
            },
            ..Segment::default()
        };
        if let Some(span) = asks_for_signature(&spec.options) {
            let secret = self.configuration.md5_secret.as_deref();
            let secret = secret.ok_or_else(|| wrong("`md5 valid` needs --tcp_md5_secret", span))?;
            let digest = segment.signature(source.ip(), destination.ip(), secret);
            segment.options = self.options(spec, socket, digest)?;
        }
        Ok(Packet::tcp(source.ip(), destination.ip(), segment))
    }

    fn datagram(&self, spec: &UdpSpec) -> Result<Packet, Stop> {
        let socket = self.socket().ok_or(Stop::Wrong(ScriptError::NoSocket, spec.span))?;
        let (source, destination) = self.ends(socket, spec.ports, spec.span)?;
        let datagram = Datagram {
            source: source.port(),
            destination: destination.port(),
            data: zeros(exact(spec.length, spec.span)? as usize),
            ..Datagram::default()
        };
        Ok(Packet::udp(source.ip(), destination.ip(), datagram))
    }

    /// Source and destination. Google's tool takes explicit ports literally, the other ignores them.
    fn ends(
        &self,
        socket: &Socket,
        ports: Option<Ports>,
        span: Span,
    ) -> Result<(SocketAddr, SocketAddr), Stop> {
        let tuple = socket.tuple().ok_or(Stop::Wrong(ScriptError::NoSocket, span))?;
        let (mut source, mut destination) = (tuple.remote, tuple.local);
        if let Some(ports) = ports.filter(|_| self.configuration.dialect == Dialect::Google) {
            for (end, port) in [(&mut source, ports.source), (&mut destination, ports.destination)] {
                if port != 0 {
                    end.set_port(port);
                }
            }
        }
        Ok((source, destination))
    }

    /// The options as they go on the wire, with this digest where one is to be computed.
    fn options(&self, spec: &TcpSpec, socket: &Socket, digest: [u8; 16]) -> Result<Options, Stop> {
        let octets = match &spec.options {
            OptionsSpec::None => return Ok(Options::EMPTY),
            OptionsSpec::Any | OptionsSpec::Among(_) => return Err(wrong("<...> says nothing", spec.span)),
            OptionsSpec::Raw(octets) => octets.node.to_vec(),
            OptionsSpec::List(list) => {
                let translated: Result<Vec<_>, Stop> =
                    list.iter().map(|option| self.option(option, socket, (spec.flags.set, digest))).collect();
                expect::option_octets(&translated?)
                    .ok_or_else(|| wrong("an option has no number", spec.span))?
            }
        };
        Options::from_octets(&octets).ok_or_else(|| wrong("its options need more than 40 octets", spec.span))
    }

    /// One option with its numbers as they go on the wire.
    fn option(
        &self,
        option: &Spanned<TcpOption>,
        socket: &Socket,
        (flags, digest): (Flags, [u8; 16]),
    ) -> Result<TcpOption, Stop> {
        let syn = flags.has(Flags::SYN);
        match &option.node {
            TcpOption::Sack(blocks) => {
                let edge = |number| {
                    exact(number, option.span).map(|edge| Number::Exact(socket.ack_to_wire(syn, edge).0))
                };
                let blocks = blocks
                    .iter()
                    .map(|block| Ok(Sack { left: edge(block.left)?, right: edge(block.right)? }))
                    .collect::<Result<_, Stop>>()?;
                Ok(TcpOption::Sack(blocks))
            }
            TcpOption::Timestamps { value, echo, absolute: false } if flags.has(Flags::ACK) => {
                let echo = exact(*echo, option.span)?;
                let known = socket.stamps.echo_to_wire(echo, self.configuration.stamp_scaled);
                let known = known.ok_or_else(|| {
                    let mut failure = Failure::new(Reason::UnknownEcho(echo), option.span);
                    failure.hint = Some(hint::echo(!socket.stamps.is_empty()));
                    Stop::Failed(Box::new(failure))
                })?;
                Ok(TcpOption::Timestamps { value: *value, echo: Number::Exact(known), absolute: false })
            }
            TcpOption::Md5(Md5::Computed) => Ok(TcpOption::Md5(Md5::Digest(digest.into()))),
            other => Ok(other.clone()),
        }
    }

    /// Refuses a segment inside UDP where UDP is not read so.
    pub(super) fn readable(&self, spec: &PacketSpec) -> Result<(), Stop> {
        let inside = match &spec.transport {
            Transport::Tcp(tcp) => tcp.udp_encapsulation.is_some(),
            Transport::Icmp(icmp) => icmp.echoed.as_ref().is_some_and(|it| it.udp_encapsulation.is_some()),
            Transport::Udp(_) | Transport::UdpLite(_) | Transport::Sctp(_) => false,
        };
        if inside && !self.configuration.tcp_in_udp {
            return Err(wrong("`/udp` needs --udp_encapsulation=tcp", spec.span));
        }
        Ok(())
    }

    /// The addresses of an inbound packet that no socket needs to be there for.
    pub(super) const fn addresses(&self) -> (IpAddr, IpAddr) {
        (self.configuration.remote, self.configuration.local)
    }
}

/// Refuses what this runner cannot put into, or find in, a packet.
pub(super) fn plain(spec: &PacketSpec) -> Result<(), Stop> {
    let missing = match &spec.transport {
        Transport::Tcp(tcp) if tcp.psp.is_some() => "PSP",
        Transport::UdpLite(_) => "UDP-Lite",
        Transport::Sctp(_) => "SCTP",
        Transport::Tcp(_) | Transport::Udp(_) | Transport::Icmp(_) => return Ok(()),
    };
    Err(Stop::unsupported(missing, spec.span))
}

/// Where an option asks for a digest, if one does.
fn asks_for_signature(options: &OptionsSpec) -> Option<Span> {
    let OptionsSpec::List(list) = options else { return None };
    list.iter().find(|option| option.node == TcpOption::Md5(Md5::Computed)).map(|option| option.span)
}

/// The sequence number; none was given with `...(length)`, which then is zero.
fn number(sequence: Sequence, span: Span) -> Result<u32, Stop> {
    if sequence.ignored { Ok(sequence.start.exact().unwrap_or(0)) } else { exact(sequence.start, span) }
}

pub(super) fn exact(number: Number, span: Span) -> Result<u32, Stop> {
    number.exact().ok_or_else(|| wrong("it needs exact numbers", span))
}

fn optional(number: Option<Spanned<Number>>, span: Span) -> Result<u32, Stop> {
    number.map_or(Ok(0), |number| exact(number.node, span))
}

fn short(number: u32, span: Span) -> Result<u16, Stop> {
    u16::try_from(number).map_err(|_| wrong("a 16-bit field is given more", span))
}

const fn wrong(what: &'static str, span: Span) -> Stop {
    Stop::Wrong(ScriptError::Packet(what), span)
}
