//! From a call of the script to a call of the target.
use std::net::SocketAddr;

use bytes::Bytes;
use stackdrill_wire::icmp::{v4, v6};

use super::evaluate::Evaluator;
use super::message::{message_length, vector_length};
use super::{After, Prepared, message};
use crate::runner::inbound::zeros;
use crate::runner::socket::Speaks;
use crate::runner::{Run, ScriptError, Stop, Variant};
use crate::script::{Argument, CallSpec, Expression, unescape};
use crate::target::{Call, Fd, Peer, Polled, Receiving, Sending};

/// The most octets that one call may ask for.
const MOST: usize = 1 << 24;

impl<'a> Run<'a> {
    /// Evaluates the arguments of a call.
    pub(super) fn prepare(&self, spec: &'a CallSpec) -> Result<Prepared<'a>, Stop> {
        let with = self.evaluator(spec);
        let only = |call| Ok(Prepared { call, after: After::Nothing });
        match &*spec.name.node {
            "socket" => self.socket_call(with),
            "bind" => {
                let [fd, _, _] = arguments(spec, "3")?;
                let address = self.near();
                only(Call::Bind { fd: self.fd(with, fd)?, address })
            }
            "listen" => {
                let [fd, backlog] = arguments(spec, "2")?;
                let socket = self.descriptor(with, fd)?.socket;
                let call = Call::Listen { fd: self.fd(with, fd)?, backlog: with.int(backlog)? };
                Ok(Prepared { call, after: socket.map_or(After::Nothing, After::Listens) })
            }
            "accept" => {
                let [fd, _, _] = arguments(spec, "3")?;
                Ok(Prepared { call: Call::Accept { fd: self.fd(with, fd)? }, after: After::Accepts })
            }
            "connect" => {
                let [fd, address, _] = arguments(spec, "3")?;
                only(Call::Connect { fd: self.fd(with, fd)?, to: self.peer(with, address)? })
            }
            "read" | "readv" | "recv" | "recvfrom" | "recvmsg" => self.receive(with),
            "write" | "writev" | "send" | "sendto" | "sendmsg" => self.send(with),
            "shutdown" => {
                let [fd, how] = arguments(spec, "2")?;
                only(Call::Shutdown { fd: self.fd(with, fd)?, how: with.int(how)? })
            }
            "close" => {
                let [fd] = arguments(spec, "1")?;
                let label = with.integer(fd, "a descriptor")?;
                Ok(Prepared { call: Call::Close { fd: self.fd(with, fd)? }, after: After::Closes(label) })
            }
            "setsockopt" | "getsockopt" => self.socket_option(with),
            "fcntl" | "ioctl" => self.control(with),
            "poll" => self.poll(with),
            "open" | "sendfile" | "pipe" | "splice" | "cap_set" => self.file_call(with),
            "epoll_create" | "epoll_ctl" | "epoll_wait" => self.epoll_call(with),
            name if name.starts_with("psp_") || name.starts_with("sctp_") => {
                Err(Stop::unsupported(format!("{name}()"), spec.span))
            }
            name => Err(Stop::Wrong(ScriptError::UnknownCall(name.to_owned()), spec.name.span)),
        }
    }

    fn socket_call(&self, with: Evaluator<'a>) -> Result<Prepared<'a>, Stop> {
        let [domain, kind, protocol] = arguments(with.spec, "3")?;
        let domain = match &domain.node {
            Expression::Ellipsis => {
                let family = match self.configuration.variant {
                    Variant::Ipv4 => "AF_INET",
                    Variant::Ipv4MappedIpv6 | Variant::Ipv6 => "AF_INET6",
                };
                with.abi.number(family).and_then(|family| i32::try_from(family).ok()).unwrap_or_default()
            }
            _ => with.int(domain)?,
        };
        let call = Call::Socket { domain, kind: with.int(kind)?, protocol: with.int(protocol)? };
        Ok(Prepared { call, after: After::Opens })
    }

    fn receive(&self, with: Evaluator<'a>) -> Result<Prepared<'a>, Stop> {
        let spec = with.spec;
        let (by, fd, length, flags, after) = match &*spec.name.node {
            "read" => {
                let [fd, _, length] = arguments(spec, "3")?;
                (Receiving::Read, fd, with.length(length)?, 0, After::Nothing)
            }
            "recv" => {
                let [fd, _, length, flags] = arguments(spec, "4")?;
                (Receiving::Recv, fd, with.length(length)?, with.int(flags)?, After::Nothing)
            }
            "recvfrom" => {
                let [fd, _, length, flags, _, _] = arguments(spec, "6")?;
                (Receiving::RecvFrom, fd, with.length(length)?, with.int(flags)?, After::Nothing)
            }
            "readv" => {
                let [fd, vector, count] = arguments(spec, "3")?;
                (Receiving::Readv, fd, vector_length(with, vector, count)?, 0, After::Nothing)
            }
            _ => {
                let [fd, message, flags] = arguments(spec, "3")?;
                let length = message_length(with, message)?;
                let expected = message::expected(with, message)?;
                let by = Receiving::RecvMsg { control: expected.room(with) };
                (by, fd, length, with.int(flags)?, After::Message(expected))
            }
        };
        let call = Call::Receive { fd: self.fd(with, fd)?, by, length: length.min(MOST), flags };
        Ok(Prepared { call: with_buffer(spec, call), after })
    }

    fn send(&self, with: Evaluator<'a>) -> Result<Prepared<'a>, Stop> {
        let spec = with.spec;
        let (by, fd, data, flags, to) = match &*spec.name.node {
            "write" => {
                let [fd, buffer, length] = arguments(spec, "3")?;
                (Sending::Write, fd, data(with, buffer, length)?, 0, None)
            }
            "send" => {
                let [fd, buffer, length, flags] = arguments(spec, "4")?;
                (Sending::Send, fd, data(with, buffer, length)?, with.int(flags)?, None)
            }
            "sendto" => {
                let [fd, buffer, length, flags, address, _] = arguments(spec, "6")?;
                let to = self.peer(with, address)?;
                (Sending::SendTo, fd, data(with, buffer, length)?, with.int(flags)?, Some(to))
            }
            "writev" => {
                let [fd, vector, count] = arguments(spec, "3")?;
                (Sending::Writev, fd, zeros(vector_length(with, vector, count)?.min(MOST)), 0, None)
            }
            _ => {
                let [fd, message, flags] = arguments(spec, "3")?;
                let control = message::to_send(with, message)?;
                let data = zeros(message_length(with, message)?.min(MOST));
                let by = Sending::SendMsg { control };
                (by, fd, data, with.int(flags)?, Some(Peer::Address(self.far())))
            }
        };
        let descriptor = self.descriptor(with, fd)?;
        let echo =
            descriptor.socket.and_then(|at| self.sockets.get(at)).is_some_and(|it| it.speaks == Speaks::Echo);
        let data = if echo { self.request(data) } else { data };
        let call = Call::Send { fd: descriptor.fd, by, data, flags, to };
        Ok(Prepared { call: with_buffer(spec, call), after: After::Nothing })
    }

    /// What a socket for pings sends: zeros are an echo request.
    fn request(&self, data: Bytes) -> Bytes {
        let kind = if self.configuration.local.is_ipv4() { v4::ECHO_REQUEST } else { v6::ECHO_REQUEST };
        match data.first() {
            Some(0) => [&[kind], data.get(1..).unwrap_or_default()].concat().into(),
            Some(_) | None => data,
        }
    }

    fn control(&self, with: Evaluator<'a>) -> Result<Prepared<'a>, Stop> {
        let spec = with.spec;
        let (fd, command, rest) = match spec.arguments.as_slice() {
            [fd, command] => (fd, command, None),
            [fd, command, rest] => (fd, command, Some(rest)),
            given => return Err(miscounted(spec, "2 or 3", given.len())),
        };
        let fd = self.fd(with, fd)?;
        if &*spec.name.node == "fcntl" {
            let argument = rest.map(|rest| with.int(rest)).transpose()?;
            let call = Call::Fcntl { fd, command: with.int(command)?, argument };
            return Ok(Prepared { call, after: After::Nothing });
        }
        let request = with.integer(command, "an integer")?;
        let rest = rest.map(|rest| with.boxed(rest)).transpose()?;
        let argument = rest.map(|rest| with.int(rest)).transpose()?;
        let after = rest.map_or(After::Nothing, After::Int);
        Ok(Prepared { call: Call::Ioctl { fd, request, argument }, after })
    }

    fn poll(&self, with: Evaluator<'a>) -> Result<Prepared<'a>, Stop> {
        let [list, count, timeout] = arguments(with.spec, "3")?;
        let Expression::Array(elements) = &list.node else {
            return Err(with.mistaken(list, "a list of pollfd structures"));
        };
        if with.length(count)? != elements.len() {
            return Err(with.mistaken(count, "the number of pollfd structures"));
        }
        let short = |argument| Ok::<_, Stop>(i16::try_from(with.int(argument)?).unwrap_or(i16::MAX));
        let mut watched = Vec::new();
        let mut returned = Vec::new();
        for element in elements {
            let field = |name| element.node.field(name).map(|field| &field.value);
            let missing = || with.mistaken(list, "a list of pollfd structures");
            let fd = self.fd(with, field("fd").ok_or_else(missing)?)?;
            watched.push(Polled { fd, events: short(field("events").ok_or_else(missing)?)? });
            returned.push(field("revents").map(short).transpose()?.unwrap_or(0));
        }
        let call = Call::Poll { watched, timeout: with.int(timeout)? };
        Ok(Prepared { call, after: After::Polled(returned) })
    }

    pub(super) fn descriptor(
        &self,
        with: Evaluator<'_>,
        argument: &Argument,
    ) -> Result<super::Descriptor, Stop> {
        let label = with.integer(argument, "a descriptor")?;
        let known = self.descriptors.get(&label).copied();
        known.ok_or(Stop::Wrong(ScriptError::UnknownDescriptor(label), argument.span))
    }

    pub(super) fn fd(&self, with: Evaluator<'_>, argument: &Argument) -> Result<Fd, Stop> {
        self.descriptor(with, argument).map(|descriptor| descriptor.fd)
    }

    /// `...` is the configured peer; a family is a zeroed address of it.
    fn peer(&self, with: Evaluator<'_>, argument: &Argument) -> Result<Peer, Stop> {
        match &argument.node {
            Expression::Ellipsis => Ok(Peer::Address(self.far())),
            _ => Ok(Peer::Family(with.int(argument)?)),
        }
    }

    fn near(&self) -> SocketAddr {
        let configuration = &self.configuration;
        configuration.variant.socket_address(configuration.local, configuration.bind_port)
    }

    fn far(&self) -> SocketAddr {
        let far = self.peer_end();
        self.configuration.variant.socket_address(far.ip(), far.port())
    }
}

/// The arguments, if there are so many.
pub(super) fn arguments<'a, const N: usize>(
    spec: &'a CallSpec,
    wanted: &'static str,
) -> Result<&'a [Argument; N], Stop> {
    let given = spec.arguments.as_slice();
    given.try_into().map_err(|_| miscounted(spec, wanted, given.len()))
}

pub(super) fn miscounted(spec: &CallSpec, wanted: &'static str, given: usize) -> Stop {
    Stop::Wrong(ScriptError::Arguments { call: super::shown(spec), wanted, given }, spec.span)
}

/// The call as it is, or with the null pointer that the script gives it for a buffer.
fn with_buffer(spec: &CallSpec, call: Call) -> Call {
    let null = spec.arguments.get(1).is_some_and(|buffer| match &buffer.node {
        Expression::Integer(0) => true,
        Expression::Word(word) => &**word == "NULL",
        _ => false,
    });
    if null { Call::WithoutBuffer(Box::new(call)) } else { call }
}

/// What is sent: the script's text, or zeros.
fn data(with: Evaluator<'_>, buffer: &Argument, length: &Argument) -> Result<Bytes, Stop> {
    let length = with.length(length)?.min(MOST);
    match &buffer.node {
        Expression::Text(_) | Expression::TextAndMore(_) => {
            let text = text(with, buffer)?;
            Ok(if length <= text.len() { text.slice(..length) } else { text })
        }
        _ => Ok(zeros(length)),
    }
}

/// A string's octets.
pub(super) fn text(with: Evaluator<'_>, argument: &Argument) -> Result<Bytes, Stop> {
    let parts = match &argument.node {
        Expression::Text(parts) => parts.as_slice(),
        Expression::TextAndMore(text) => std::slice::from_ref(text),
        _ => return Err(with.mistaken(argument, "a string")),
    };
    let mut octets = Vec::new();
    for part in parts {
        let read = unescape(part, with.dialect);
        octets.extend(read.map_err(|bad| Stop::Wrong(ScriptError::Escape(bad), argument.span))?);
    }
    Ok(Bytes::from(octets))
}
