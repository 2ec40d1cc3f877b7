//! One end of a world of two: a host, its user's program, and the oracle beside it.
use core::hash::{Hash, Hasher};
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use bytes::Bytes;
use stackdrill_oracle::{Coverage, Endpoint, Oracle};
use stackdrill_stack::tcp::Status;
use stackdrill_wire::{Instant, Seq, State, Tuple};

use super::laws::{self, Subject};
use crate::judge::witness::Witness;
use crate::link::Side;
use crate::operation::by_the_book;
use crate::runner::{World, retell};
use crate::target::{
    Call, End as Ended, Fd, Output, Peer, Profile, Receiving, Sending, Setting, Setup, SocketOption, Value,
};
use crate::trace::Trace;

/// What a user does.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Act {
    /// Accepts; who does so first of all listens from the beginning.
    Accept,
    /// Opens, calling the other end, and goes on once it has answered.
    Connect,
    /// Sends so many octets.
    Send(u16),
    /// Receives until the other end has no more to say.
    ReceiveAll,
    /// CLOSE: has no more to say itself.
    Shutdown,
    /// Lets go of the connection.
    Close,
    /// ABORT.
    Abort,
}

/// The ends' addresses.
const ADDRESSES: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2))];
const PORT: u16 = 8080;
/// A small MTU, so that a few hundred octets are several segments.
const MTU: u32 = 576;

/// One end.
#[derive(Clone, Debug)]
pub(super) struct End<T> {
    world: World<Box<T>>,
    side: Side,
    witness: Witness,
    oracle: Oracle,
    program: &'static [Act],
    /// How many of its acts are done.
    done: usize,
    socket: Option<Fd>,
    connection: Option<Fd>,
    sent: u32,
    read: u32,
    /// How many octets the other end means to send.
    expected: u32,
    /// A call said that the connection had failed.
    failed: bool,
    /// The connection's variables after the last event.
    status: Option<Status>,
    iss: Seq,
    /// All that happened, where somebody wants to know.
    story: Option<Trace>,
}

/// The octet at this place of a side's stream.
const fn octet(side: Side, at: u32) -> u8 {
    (at as u8).wrapping_mul(7).wrapping_add(if matches!(side, Side::Left) { 0 } else { 100 })
}

fn written(program: &[Act]) -> u32 {
    let sends = program.iter().map(|act| if let Act::Send(octets) = act { u32::from(*octets) } else { 0 });
    sends.sum()
}

impl<T: Subject> End<T> {
    pub(super) fn new(
        mut target: T,
        (profile, side): (Profile, Side),
        (program, other): (&'static [Act], &'static [Act]),
        timestamps: bool,
    ) -> Result<Self, String> {
        let [local, remote] = [side, side.other()].map(|side| ADDRESSES[side as usize]);
        let value = u8::from(timestamps).to_string();
        let stamps = Setting { name: "net.ipv4.tcp_timestamps".to_owned(), value };
        let settings = vec![stamps, by_the_book()];
        let setup =
            Setup { local, remote, mtu: MTU, profile, settings, seed: 1 + side as u64, shared_key: None };
        target.configure(&setup).map_err(|unsupported| unsupported.to_string())?;
        let (abi, at) = (target.abi(), |address| SocketAddr::new(address, PORT));
        let tuple = Tuple { local: at(local), remote: at(remote) };
        let mut end = Self {
            world: World::new(Box::new(target)),
            side,
            witness: Witness::new(tuple, abi),
            oracle: Oracle::new(Endpoint::exact(tuple)),
            program,
            done: 0,
            socket: None,
            connection: None,
            sent: 0,
            read: 0,
            expected: written(other),
            failed: false,
            status: None,
            iss: Seq(0),
            story: None,
        };
        let socket = end.socket();
        end.world.call(&Call::Bind { fd: socket, address: at(local) });
        end.socket = Some(socket);
        if program.first() == Some(&Act::Accept) {
            end.call(&Call::Listen { fd: socket, backlog: 1 });
        }
        Ok(end)
    }

    /// Keeps what happens from now on, and what has not been judged yet.
    pub(super) fn keep_trace(&mut self) {
        self.story = Some(Trace::new());
    }

    /// What happened as a script.
    pub(super) fn retold(&self, title: &str) -> String {
        let story = self.story.as_deref().unwrap_or_default();
        retell(story, self.world.abi(), &format!("The {:?} host. {title}", self.side))
    }

    pub(super) fn arrive(&mut self, octets: Bytes) {
        self.world.inject(octets);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.world.deadline()
    }

    pub(super) fn pass_until(&mut self, now: Instant) -> Result<(), String> {
        self.world.pass_until(now).map_err(|stuck| format!("{stuck:?}"))
    }

    /// The next datagram it sent.
    pub(super) fn departs(&mut self) -> Option<Bytes> {
        self.world.sniff().map(|sent| sent.octets)
    }

    pub(super) const fn iss(&self) -> Seq {
        self.iss
    }

    pub(super) fn state(&self) -> State {
        self.world.target.state(self.oracle.endpoint().tuple).unwrap_or_default()
    }

    /// Whether the user has done all there was to do.
    pub(super) const fn is_finished(&self) -> bool {
        self.done >= self.program.len()
    }

    pub(super) fn coverage(&mut self) -> Coverage {
        self.oracle.take_coverage()
    }

    /// Laws hold, and the oracle agrees.
    pub(super) fn judge(&mut self) -> Result<(), String> {
        let trace = core::mem::take(&mut self.world.trace);
        self.witness.tell(&mut self.oracle, &trace);
        let lawful = laws::moves(&trace);
        if let Some(story) = &mut self.story {
            story.extend(trace);
        }
        lawful?;
        let tuple = self.oracle.endpoint().tuple;
        let after = self.world.target.status(tuple);
        if let Some(after) = &after {
            self.iss = after.iss;
            laws::order(self.status.as_ref(), after)?;
            laws::wakes(after, self.world.deadline())?;
        }
        self.status = after;
        laws::agreed(&self.oracle)
    }

    /// The user does what is next, and whether that came to anything.
    pub(super) fn act(&mut self) -> Result<bool, String> {
        let Some(&act) = self.program.get(self.done) else { return Ok(false) };
        let Some(socket) = self.socket.filter(|_| act == Act::Accept).or(self.connection).or(self.socket)
        else {
            return Ok(false);
        };
        let before = (self.done, self.read, self.connection);
        match act {
            Act::Accept => {
                if let Ended::Returned { value, .. } = self.call(&Call::Accept { fd: socket }) {
                    self.connection = Some(Fd(value));
                    self.unblock(Fd(value));
                    self.done += 1;
                }
            }
            Act::Connect => {
                let to = Peer::Address(self.oracle.endpoint().tuple.remote);
                let end = self.call(&Call::Connect { fd: socket, to });
                self.connection = Some(socket);
                self.done += usize::from(self.answered(&end));
            }
            Act::Send(octets) => {
                let data =
                    (self.sent..self.sent + u32::from(octets)).map(|at| octet(self.side, at)).collect();
                let end = self.call(&Call::Send { fd: socket, by: Sending::Send, data, flags: 0, to: None });
                if self.answered(&end) {
                    self.sent += u32::from(octets);
                    self.done += 1;
                }
            }
            Act::ReceiveAll => {
                let (by, length) = (Receiving::Recv, 65_536);
                let end = self.call(&Call::Receive { fd: socket, by, length, flags: 0 });
                if let Ended::Returned { output: Output::Received(message), .. } = &end {
                    self.reads(&message.data)?;
                }
                let more = matches!(&end, Ended::Returned { value, .. } if *value > 0);
                if self.answered(&end) && !more {
                    self.done += 1;
                }
            }
            Act::Shutdown => {
                let end = self.call(&Call::Shutdown { fd: socket, how: 1 });
                self.done += usize::from(self.answered(&end));
            }
            Act::Close => self.close(socket),
            Act::Abort => {
                let option =
                    SocketOption { level: self.number("SOL_SOCKET"), name: self.number("SO_LINGER") };
                let value = Value::Linger { onoff: 1, linger: 0 };
                self.call(&Call::SetOption { fd: socket, option, value, length: 8 });
                self.close(socket);
            }
        }
        Ok(before != (self.done, self.read, self.connection))
    }

    fn close(&mut self, socket: Fd) {
        self.call(&Call::Close { fd: socket });
        self.done += 1;
        self.connection = None;
        // A listener that nobody needs any more.
        if let Some(listener) = self.socket.take().filter(|listener| *listener != socket) {
            self.call(&Call::Close { fd: listener });
        }
    }

    /// Whether a call need not be made again. One that failed because the connection had is the last of its program
    /// but for letting go.
    fn answered(&mut self, end: &Ended) -> bool {
        let Ended::Failed(errno) = end else { return true };
        let waits = ["EAGAIN", "EINPROGRESS", "EALREADY"].contains(&errno.name());
        // Asked again, `connect` says so where it has come to pass.
        self.failed |= !waits && errno.name() != "EISCONN";
        !waits
    }

    /// The octets that the other user wrote, each once and in order.
    fn reads(&mut self, data: &[u8]) -> Result<(), String> {
        for &seen in data {
            let due = octet(self.side.other(), self.read);
            if self.read >= self.expected || seen != due {
                return Err(format!("octet {} is given as {seen}, was written as {due}", self.read));
            }
            self.read += 1;
        }
        Ok(())
    }

    /// A fair network has had its time: the connection is over, and all was read unless it failed.
    ///
    /// Where the other end may be gone without a word (its reset was lost), whoever has nothing to send waits half-open
    /// for ever, and may: RFC 9293 §3.5.1.
    pub(super) fn came_to_rest(&self, may_fail: bool) -> Result<(), String> {
        let (state, side) = (self.state(), self.side);
        if !may_fail && !matches!(state, State::Closed | State::Listen) {
            return Err(format!("{side:?}: stays in {state}"));
        }
        if self.failed && !may_fail {
            return Err(format!("{side:?}: the connection failed, though the network was fair"));
        }
        let all = self.read == self.expected && self.is_finished();
        if !all && !self.failed && !may_fail {
            let (read, expected) = (self.read, self.expected);
            return Err(format!(
                "{side:?}: {read} of {expected} octets were read, act {} is next",
                self.done
            ));
        }
        Ok(())
    }

    fn socket(&mut self) -> Fd {
        let (domain, kind) = (self.number("AF_INET"), self.number("SOCK_STREAM"));
        let end = self.call(&Call::Socket { domain, kind, protocol: self.number("IPPROTO_TCP") });
        let fd = if let Ended::Returned { value, .. } = end { Fd(value) } else { Fd(-1) };
        self.unblock(fd);
        fd
    }

    fn unblock(&mut self, fd: Fd) {
        let (command, argument) = (self.number("F_SETFL"), Some(self.number("O_NONBLOCK")));
        self.call(&Call::Fcntl { fd, command, argument });
    }

    fn number(&self, name: &str) -> i32 {
        self.world.abi().number(name).and_then(|number| i32::try_from(number).ok()).unwrap_or_default()
    }

    fn call(&mut self, call: &Call) -> Ended {
        self.world.call(call).end
    }
}

impl<T: Subject> Hash for End<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.world.target.hash(state);
        (&self.witness, self.oracle.hypotheses()).hash(state);
        (self.done, self.socket, self.connection, self.sent, self.read, self.failed).hash(state);
    }
}
