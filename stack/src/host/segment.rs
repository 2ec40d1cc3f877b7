//! TCP in, and what its connections want done.
//!
//! Spec: RFC 9293 §3.10.7.
use std::collections::VecDeque;

use bytes::Bytes;
use stackdrill_wire::{Checksum, Clause, Flags, Instant, Segment, Seq, State, Transport, Tuple};

use super::signature::sign;
use super::transmit::Parcel;
use super::{ConnectionId, Courtesy, Endpoint, Host, Owner, Tally};
use crate::Errno;
use crate::ip::input::Reach;
use crate::secret::Purpose;
use crate::socket::Fd;
use crate::socket::epoll::Pulse;
use crate::socket::table::Discovery;
use crate::tcp::arrives::closed;
use crate::tcp::iss::iss;
use crate::tcp::{Action, Birth, Connection, Context, Opening, Reasoned, Settings, Welcome};

/// The two bits of the traffic class that say whether routers may mark a datagram, and ECT(0). RFC 3168 §5.
const CAPABLE_BITS: u8 = 0b11;
const CAPABLE: u8 = 0b10;
const NOT_CAPABLE: u8 = 0b00;

/// A segment as it arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival<'a> {
    /// Between whom, seen from here.
    pub(super) tuple: Tuple,
    pub(super) segment: &'a Segment,
    /// Whether a router marked it for congestion.
    pub(super) marked: bool,
    pub(super) hop_limit: u8,
    /// The peer's port, if it came inside UDP.
    pub(super) tunnel: Option<u16>,
}

impl Host {
    /// A segment goes to its connection, else to who listens, else it meets the CLOSED state. How its datagram was
    /// classed, and reserved bits in its header, make no difference.
    ///
    /// Spec: RFC 9293 §3.10.7, RFC9293:MUST-2, RFC9293:MUST-3, RFC9293:MUST-57, RFC9293:3.9.2.3-nonsyn-to-multicast,
    /// RFC9293:A.1.1-precedence-ignored, RFC9293:3.1-reserved-bits-ignored.
    pub(super) fn segment_arrives(&mut self, arrival: Arrival<'_>, reach: Reach, now: Instant) {
        let Arrival { tuple, segment, marked, hop_limit, tunnel } = arrival;
        if segment.checksum != Checksum::Right {
            self.counters.transport_checksum += 1;
            return;
        }
        if reach == Reach::Many {
            self.counters.not_for_us += 1;
            return;
        }
        self.counters.segments += 1;
        let Some(id) = self.demux.connection(tuple) else {
            return self.segment_without_connection(arrival, now);
        };
        let key = self.endpoints.get(&id).and_then(|endpoint| endpoint.key.clone());
        let courtesy = self.endpoints.get(&id).map_or(Courtesy::NONE, |endpoint| endpoint.courtesy);
        if courtesy.tunnel != tunnel {
            self.counters.other_way += 1;
            return;
        }
        if hop_limit < courtesy.least_hop_limit {
            self.counters.too_far += 1;
            return;
        }
        if !self.passes(key.as_ref(), tuple, segment) {
            return;
        }
        if let Some(least) = self.reopens(id, tuple, segment, now) {
            self.supersede(id, now);
            return self.listener_hears(arrival, Some(least), now);
        }
        if self.is_shunned(segment) {
            self.counters.syn_fin += 1;
            return;
        }
        if self.is_held_back(id, segment) {
            self.counters.held_back += 1;
            return;
        }
        let mut actions = self.sheet();
        let Some(endpoint) = self.endpoints.get_mut(&id) else { return };
        let cx = &mut Context::new(now, &self.policy, &mut actions).marked(marked);
        endpoint.connection.arrives(segment, cx);
        endpoint.tally.heard(segment, &endpoint.connection, now);
        self.carry_out(id, actions, now);
    }

    fn segment_without_connection(&mut self, arrival: Arrival<'_>, now: Instant) {
        if self.demux.listener(arrival.tuple.local).is_some() {
            return self.listener_hears(arrival, None, now);
        }
        let mut actions = self.sheet();
        closed::arrives(arrival.segment, &mut Context::new(now, &self.policy, &mut actions));
        self.send_all(arrival, actions, None, now);
    }

    /// A segment for a listening socket. While its queue is full a SYN is not heard: its sender will ask again.
    fn listener_hears(&mut self, arrival: Arrival<'_>, least: Option<Seq>, now: Instant) {
        let Arrival { tuple, segment, hop_limit, .. } = arrival;
        let Some(fd) = self.demux.listener(tuple.local) else { return };
        let courtesy = self.courtesy_at(fd, arrival);
        if hop_limit < courtesy.least_hop_limit {
            self.counters.too_far += 1;
            return;
        }
        let key = self.key_with(fd, tuple.remote.ip());
        if !self.passes(key.as_ref(), tuple, segment) {
            return;
        }
        let is_request = segment.has(Flags::SYN) && !segment.flags.any(Flags::ACK | Flags::RST);
        if is_request && self.is_shunned(segment) {
            self.counters.syn_fin += 1;
            return;
        }
        let welcome = if key.is_some() { Welcome::default() } else { self.welcome(fd, tuple, segment) };
        let birth = Birth { welcome, signed: key.is_some(), ..self.birth(tuple, courtesy, least, now) };
        let (half_open_most, connections) =
            (self.policy.sockets.half_open_most, self.policy.sockets.connections);
        let full = self.endpoints.len() >= connections;
        let Some(listening) = self.listening(fd) else { return };
        let listener = listening.listener;
        let queue_full = listening.half_open >= half_open_most as usize;
        let no_room = listening.ready.len() >= listening.backlog;
        if is_request && !full && !no_room && self.bakes(queue_full) {
            return self.answer_with_cookie(fd, arrival, now);
        }
        if is_request && (full || no_room || queue_full) {
            self.counters.backlog_full += 1;
            return;
        }
        if !full
            && !no_room
            && let Some((connection, actions)) = self.know_again(fd, arrival, now)
        {
            return self.open_by_cookie(fd, (connection, courtesy), actions, (segment, now));
        }
        let mut actions = self.sheet();
        let born = listener.arrives(segment, birth, &mut Context::new(now, &self.policy, &mut actions));
        let Some(connection) = born else {
            return self.send_all(arrival, actions, key.as_ref(), now);
        };
        let early = connection.early();
        let serial = self.sockets.get(&fd).map_or(0, |socket| socket.serial);
        if let Some(listening) = self.listening(fd) {
            match early {
                true => listening.fast_open.pending += 1,
                false => listening.half_open += 1,
            }
        }
        let id = self.adopt(connection, Owner::Listener(fd), courtesy, actions, now);
        if early {
            // It is in use at once. Spec: RFC7413:4.2.2-server-accepts.
            if let Some(endpoint) = self.endpoints.get_mut(&id) {
                endpoint.early_at = Some((fd, serial));
            }
            if let Some(listening) = self.listening(fd) {
                listening.ready.push_back(id);
            }
        }
    }

    /// A connection that only its cookie remembered hears the ACK that opens it.
    fn open_by_cookie(
        &mut self,
        fd: Fd,
        (connection, courtesy): (Connection, Courtesy),
        actions: Vec<Reasoned>,
        (segment, now): (&Segment, Instant),
    ) {
        if let Some(listening) = self.listening(fd) {
            listening.half_open += 1;
        }
        let id = self.adopt(connection, Owner::Listener(fd), courtesy, actions, now);
        let mut actions = self.sheet();
        if let Some(endpoint) = self.endpoints.get_mut(&id) {
            endpoint.connection.arrives(segment, &mut Context::new(now, &self.policy, &mut actions));
        }
        self.carry_out(id, actions, now);
    }

    /// Takes a new connection in and does what it wants done first.
    pub(crate) fn adopt(
        &mut self,
        connection: Connection,
        owner: Owner,
        courtesy: Courtesy,
        actions: Vec<Reasoned>,
        now: Instant,
    ) -> ConnectionId {
        self.serials += 1;
        let tuple = connection.tuple();
        let key = match owner {
            Owner::Socket(fd) | Owner::Listener(fd) => self.key_with(fd, tuple.remote.ip()),
            Owner::Nobody => None,
        };
        let endpoint = Endpoint {
            connection,
            owner,
            key,
            courtesy,
            tally: Tally::default(),
            watches: VecDeque::new(),
            pulse: Pulse::default(),
            early_at: None,
            queued: None,
        };
        let id = self.endpoints.insert(self.serials, endpoint);
        self.demux.connect(tuple, id);
        self.carry_out(id, actions, now);
        id
    }

    /// Opens a connection actively for the socket `fd`.
    pub(crate) fn open_connection(
        &mut self,
        fd: Fd,
        tuple: Tuple,
        now: Instant,
    ) -> Result<ConnectionId, Errno> {
        self.open_connection_with(fd, tuple, None, now).map(|(id, _)| id)
    }

    /// Opens a connection, with text on its SYN where `early` says so; how much of it went.
    pub(super) fn open_connection_with(
        &mut self,
        fd: Fd,
        tuple: Tuple,
        early: Option<(Opening, &Bytes)>,
        now: Instant,
    ) -> Result<(ConnectionId, usize), Errno> {
        if self.endpoints.len() >= self.policy.sockets.connections {
            return Err(Errno::ENOBUFS);
        }
        let options = self.at(fd)?.options;
        let settings: Settings = options.stream;
        let signed = self.key_with(fd, tuple.remote.ip()).is_some();
        let birth = Birth { signed, ..self.birth(tuple, Courtesy::of(&options), None, now) };
        let mut actions = self.sheet();
        let cx = &mut Context::new(now, &self.policy, &mut actions);
        // A signature and a cookie do not both fit a SYN.
        let (connection, taken) = match early.filter(|_| !signed) {
            Some((opening, text)) => Connection::open_fast(birth, settings, (opening, text), cx),
            None => (Connection::open(birth, settings, cx), 0),
        };
        Ok((self.adopt(connection, Owner::Socket(fd), Courtesy::of(&options), actions, now), taken))
    }

    /// What a connection born at a listening socket asks of IP: what that asks, and to be answered the way it came.
    pub(super) fn courtesy_at(&self, fd: Fd, arrival: Arrival<'_>) -> Courtesy {
        let own = self.sockets.get(&fd).map_or(Courtesy::NONE, |socket| Courtesy::of(&socket.options));
        Courtesy { tunnel: arrival.tunnel, ..own }
    }

    /// What a connection is born with.
    ///
    /// Spec: RFC9293:MUST-8, RFC 6528 §3.
    pub(super) fn birth(&self, tuple: Tuple, courtesy: Courtesy, least: Option<Seq>, now: Instant) -> Birth {
        let path = self.mtu_towards(tuple.remote.ip(), now);
        let iss = iss(self.secret.of_tuple(Purpose::Iss, tuple), now);
        Birth {
            tuple,
            iss: least.map_or(iss, |least| iss.latest(least)),
            stamp_offset: self.secret.of_tuple(Purpose::TimestampOffset, tuple) as u32,
            mtu: self.policy.tunnel.room(path.min(courtesy.most(tuple.remote.ip())), courtesy.tunnel),
            welcome: Welcome::default(),
            signed: false,
        }
    }

    /// Whether a SYN may take the place of a connection in TIME-WAIT, and with which least ISS.
    ///
    /// Spec: RFC9293:MAY-2, RFC 6191 §2.
    fn reopens(&self, id: ConnectionId, tuple: Tuple, segment: &Segment, now: Instant) -> Option<Seq> {
        let connection = &self.endpoints.get(&id)?.connection;
        (connection.state() == State::TimeWait).then_some(())?;
        self.demux.listener(tuple.local)?;
        let mut unused = Vec::new();
        connection.reopens(segment, &Context::new(now, &self.policy, &mut unused))
    }

    /// A connection in TIME-WAIT makes room for its next incarnation.
    fn supersede(&mut self, id: ConnectionId, now: Instant) {
        let mut actions = self.sheet();
        let Some(endpoint) = self.endpoints.get_mut(&id) else { return };
        endpoint.connection.supersede(&mut Context::new(now, &self.policy, &mut actions));
        self.carry_out(id, actions, now);
    }

    /// Whether it opens and ends at once, and the policy has none of that.
    ///
    /// Departs: RFC9293:3.10.7.2-listen-syn RFC9293:3.10.7.3-syn-sent-synack-fin RFC5961:4.2-syn-in-window-challenge.
    const fn is_shunned(&self, segment: &Segment) -> bool {
        self.policy.drops_syn_fin && segment.has(Flags::SYN) && segment.has(Flags::FIN)
    }

    /// Whether the handshake's last segment has to wait because the listener's queue is full, or because its user wants
    /// to hear of no connection without text (`TCP_DEFER_ACCEPT`): not heard now, it comes again with the next SYN,ACK. A
    /// reset is always heard.
    ///
    /// Chooses: RFC 9293 §3.8.1. What the peer has acknowledged need not be sent again: while its text is awaited no
    /// SYN,ACK goes out but the last, as Linux has it.
    fn is_held_back(&mut self, id: ConnectionId, segment: &Segment) -> bool {
        let Some(endpoint) = self.endpoints.get(&id).filter(|endpoint| !endpoint.connection.early()) else {
            return false;
        };
        let (Owner::Listener(fd), State::SynReceived) = (endpoint.owner, endpoint.connection.state()) else {
            return false;
        };
        if segment.flags.any(Flags::RST | Flags::SYN) {
            return false;
        }
        let tried = endpoint.connection.patience.retransmissions();
        let defers = self.sockets.get(&fd).map_or(0, |socket| socket.options.defer_accept);
        if tried < defers && segment.text.is_empty() && !segment.has(Flags::FIN) {
            if let Some(endpoint) = self.endpoints.get_mut(&id) {
                endpoint.connection.patience.hush(defers);
            }
            return true;
        }
        self.listening(fd).is_some_and(|listening| listening.ready.len() >= listening.backlog)
    }

    /// An empty sheet for what is to be done: the last one again, so that an event allocates none.
    pub(super) fn sheet(&mut self) -> Vec<Reasoned> {
        core::mem::take(&mut self.sheet)
    }

    /// Does what a connection wants done, in order, and brings its deadline up to date.
    pub(crate) fn carry_out(&mut self, id: ConnectionId, mut actions: Vec<Reasoned>, now: Instant) {
        for Reasoned { action, clause } in actions.drain(..) {
            match action {
                Action::Send(segment) => self.send_for(id, segment, (clause, NOT_CAPABLE), now),
                Action::SendCapable(segment) => self.send_for(id, segment, (clause, CAPABLE), now),
                Action::Tell(signal) => self.tell(id, signal, now),
                Action::Move { from, to } => self.note_move(id, (from, to), clause, now),
            }
        }
        self.sheet = actions;
        if let Some(endpoint) = self.endpoints.get_mut(&id) {
            endpoint.tally.settle(&endpoint.connection, &self.policy, now);
        }
        self.attend(id, now);
        self.wake(id);
        self.reschedule(id);
        self.forget_if_over(id);
    }

    /// What the user asks of the two bits that routers mark does not count: they are the connection's.
    ///
    /// Spec: RFC3168:6.1.2-ect0-on-new-data.
    fn send_for(
        &mut self,
        id: ConnectionId,
        mut segment: Segment,
        (clause, bits): (Clause, u8),
        now: Instant,
    ) {
        let Some(endpoint) = self.endpoints.get_mut(&id) else { return };
        endpoint.tally.sent(&segment, &endpoint.connection, now);
        let (tuple, mut courtesy) = (endpoint.connection.tuple(), endpoint.courtesy);
        courtesy.traffic_class = courtesy.traffic_class & !CAPABLE_BITS | bits;
        sign(&mut segment, tuple, endpoint.key.as_ref());
        self.send_segment(tuple, courtesy, (segment, clause), now);
    }

    /// Sends what was asked for without a connection, the way the segment came that it answers, signed if there is a
    /// key.
    pub(super) fn send_all(
        &mut self,
        arrival: Arrival<'_>,
        mut actions: Vec<Reasoned>,
        key: Option<&Bytes>,
        now: Instant,
    ) {
        let Arrival { tuple, tunnel, .. } = arrival;
        let courtesy = Courtesy { tunnel, ..Courtesy::NONE };
        for Reasoned { action, clause } in actions.drain(..) {
            if let Action::Send(mut segment) = action {
                sign(&mut segment, tuple, key);
                self.send_segment(tuple, courtesy, (segment, clause), now);
            }
        }
        self.sheet = actions;
    }

    fn send_segment(
        &mut self,
        tuple: Tuple,
        mut courtesy: Courtesy,
        (segment, clause): (Segment, Clause),
        now: Instant,
    ) {
        let Some(transport) = self.carried(segment, tuple, courtesy.tunnel) else { return };
        // It is TCP that discovers the path's MTU, also where IP sees a datagram.
        if matches!(transport, Transport::Udp(_)) && self.policy.internet.discovers_path_mtu {
            courtesy.discovery = match courtesy.discovery {
                Discovery::Policy | Discovery::Want => Discovery::Always,
                other @ (Discovery::Never | Discovery::Always | Discovery::Probe) => other,
            };
        }
        let parcel = Parcel {
            source: tuple.local.ip(),
            destination: tuple.remote.ip(),
            options: Bytes::new(),
            courtesy,
            transport,
            clause,
        };
        if self.transmit(parcel, now).is_err() {
            self.counters.too_large += 1;
        }
    }
}
