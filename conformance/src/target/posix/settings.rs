//! Options, flags and questions: `setsockopt`, `getsockopt`, `fcntl`, `ioctl`, `poll`.
use core::time::Duration;

use stackdrill_wire::State;

use super::calls::{count, number, opens};
use super::descriptors::{Descriptors, StandsFor};
use super::{Received, Sockets};
use crate::constants::Abi;
use crate::target::{End, Fd, Output, Polled, SocketOption, Value};

const POLLIN: i16 = 1;
const POLLOUT: i16 = 4;
const POLLERR: i16 = 8;
const POLLHUP: i16 = 16;
const POLLNVAL: i16 = 32;

/// How long a connection is idle before a keep-alive, unless the application says otherwise.
///
/// Spec: RFC9293:MUST-28.
const IDLE: Duration = Duration::from_secs(2 * 60 * 60);

impl<H: Copy + Eq + core::fmt::Debug> Descriptors<H> {
    pub(super) fn set_option(
        &mut self,
        stack: &mut impl Sockets<Socket = H>,
        fd: Fd,
        option: SocketOption,
        value: &Value,
    ) -> Result<End, End> {
        let mut own = self.get(fd)?;
        let options = &mut own.options;
        let millis = |value: i32| Duration::from_millis(u64::try_from(value).unwrap_or(0));
        match (name_of(option), value) {
            (Some("SO_REUSEADDR"), Value::Int(on)) => options.reuses = *on != 0,
            (Some("SO_LINGER"), Value::Linger { onoff, linger }) => {
                options.linger = (*onoff != 0).then_some(*linger);
            }
            (Some("SO_KEEPALIVE"), Value::Int(on)) => {
                options.keep_alive = (*on != 0).then(|| options.idle.unwrap_or(IDLE));
            }
            (Some("TCP_KEEPIDLE"), Value::Int(seconds)) => {
                options.idle = Some(millis(seconds.saturating_mul(1000)));
                options.keep_alive = options.keep_alive.and(options.idle);
            }
            (Some("TCP_NODELAY"), Value::Int(on)) => options.no_delay = *on != 0,
            (Some("TCP_USER_TIMEOUT"), Value::Int(time)) => {
                options.timeout = (*time > 0).then(|| millis(*time));
            }
            (Some("IP_TTL" | "IPV6_UNICAST_HOPS"), Value::Int(hops)) => match u8::try_from(*hops) {
                Ok(hops) if hops > 0 => options.hop_limit = Some(hops),
                _ => return Ok(End::failed("EINVAL")),
            },
            (name, _) => return Ok(no_option(name)),
        }
        let sockets = match &own.stands_for {
            StandsFor::Listener { row, .. } => row.clone(),
            StandsFor::Stream(socket) | StandsFor::Datagrams { socket: Some(socket), .. } => vec![*socket],
            StandsFor::Idle | StandsFor::Datagrams { socket: None, .. } => Vec::new(),
        };
        sockets.into_iter().for_each(|socket| stack.apply(socket, &own.options));
        Ok(self.put(fd, own))
    }

    pub(super) fn option(
        &mut self,
        stack: &mut impl Sockets<Socket = H>,
        fd: Fd,
        option: SocketOption,
    ) -> Result<End, End> {
        let own = self.get(fd)?;
        let value = match (name_of(option), &own.stands_for) {
            (Some("SO_ERROR"), StandsFor::Stream(socket)) => {
                stack.error(*socket, true).and_then(|errno| errno.number(Abi::Linux)).unwrap_or(0)
            }
            (Some("SO_ERROR"), _) => 0,
            (Some("TCP_NODELAY"), _) => own.options.no_delay.into(),
            (Some("SO_KEEPALIVE"), _) => own.options.keep_alive.is_some().into(),
            (name, _) => return Ok(no_option(name)),
        };
        Ok(End::Returned { value: 0, output: Output::Option(Value::Int(value)) })
    }

    pub(super) fn fcntl(&mut self, fd: Fd, command: i32, argument: Option<i32>) -> Result<End, End> {
        let mut own = self.get(fd)?;
        let word = |name| i32::try_from(number(name)).unwrap_or(0);
        match Abi::Linux.name(command.into(), &["F_"]) {
            Some("F_GETFL") => {
                Ok(End::done(word("O_RDWR") | if own.blocks { 0 } else { word("O_NONBLOCK") }))
            }
            Some("F_SETFL") => {
                own.blocks = argument.unwrap_or(0) & word("O_NONBLOCK") == 0;
                Ok(self.put(fd, own))
            }
            name => Ok(End::unsupported(name.unwrap_or("an fcntl command"))),
        }
    }

    pub(super) fn ioctl(
        &mut self,
        stack: &mut impl Sockets<Socket = H>,
        fd: Fd,
        request: i64,
    ) -> Result<End, End> {
        let is = |name| Abi::Linux.number(name) == Some(request);
        let StandsFor::Stream(socket) = self.get(fd)?.stands_for else { return Ok(End::failed("EINVAL")) };
        let (received, sending) = stack.queued(socket);
        let octets = match () {
            () if is("FIONREAD") => received,
            () if is("SIOCOUTQ") => sending,
            () => return Ok(End::unsupported(&format!("ioctl request {request:#x}"))),
        };
        Ok(End::Returned { value: 0, output: Output::Int(count(octets)) })
    }

    pub(super) fn poll(&self, stack: &mut impl Sockets<Socket = H>, watched: &[Polled], over: bool) -> End {
        let events: Vec<i16> = watched.iter().map(|polled| self.events(stack, *polled)).collect();
        let ready = events.iter().filter(|&&events| events != 0).count();
        if ready == 0 && !over {
            return End::Blocks;
        }
        End::Returned { value: count(ready), output: Output::Polled(events) }
    }

    /// What is ready of what `poll` asks for.
    fn events(&self, stack: &mut impl Sockets<Socket = H>, polled: Polled) -> i16 {
        let flag = |is: bool, event: i16| if is { event } else { 0 };
        let ready = match self.open.get(&polled.fd.0).map(|own| &own.stands_for) {
            Some(StandsFor::Idle) => POLLOUT | POLLHUP,
            Some(StandsFor::Listener { row, .. }) => {
                flag(row.iter().any(|&socket| !opens(stack.state_of(socket))), POLLIN)
            }
            Some(&StandsFor::Stream(socket)) => {
                let state = stack.state_of(socket);
                let ended = stack.receive(socket, &mut [], true) == Received::Finished;
                let closed = state == State::Closed;
                let sends = matches!(state, State::Established | State::CloseWait);
                let room = sends && stack.room(socket) > 0;
                flag(stack.queued(socket).0 > 0 || ended || closed, POLLIN)
                    | flag(room || closed, POLLOUT)
                    | flag(stack.error(socket, false).is_some(), POLLERR)
                    | flag(closed, POLLHUP)
            }
            Some(StandsFor::Datagrams { socket, .. }) => {
                let arrived = socket.is_some_and(|socket| stack.receive_from(socket, true).is_some());
                flag(arrived, POLLIN) | POLLOUT
            }
            None => POLLNVAL,
        };
        ready & (polled.events | POLLERR | POLLHUP | POLLNVAL)
    }
}

fn no_option(name: Option<&str>) -> End {
    End::unsupported(&format!("socket option {}", name.unwrap_or("of an unknown name")))
}

fn name_of(option: SocketOption) -> Option<&'static str> {
    let prefix = ["SOL_SOCKET", "IPPROTO_TCP", "IPPROTO_IPV6", "IPPROTO_IP"]
        .into_iter()
        .zip(["SO_", "TCP_", "IPV6_", "IP_"])
        .find(|(level, _)| number(level) == i64::from(option.level))?
        .1;
    Abi::Linux.name(option.name.into(), &[prefix])
}
