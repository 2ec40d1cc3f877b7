//! One connection as a value.
use core::net::SocketAddr;

use stackdrill_wire::{Instant, Segment, Seq, State, Tuple};

use crate::tcp::action::{Context, Failure};
use crate::tcp::event::{Answer, Call, Refusal};
use crate::tcp::icmp::Report;
use crate::tcp::settings::Settings;

/// What a connection is born with: what only its host knows.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Birth {
    /// The sockets at both ends.
    pub tuple: Tuple,
    /// The initial send sequence number. RFC 9293 §3.4.1.
    pub iss: Seq,
    /// What is added to the clock to give TSval. RFC 7323 §7.1.
    pub stamp_offset: u32,
    /// The largest datagram that may be sent on the path and received from it, in octets.
    pub mtu: u32,
}

/// A passive open: waits for SYNs and turns each into a [`Connection`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Listener {
    /// Where it listens; an unspecified address stands for any.
    pub local: SocketAddr,
    /// Whom alone it accepts, if anyone in particular.
    pub remote: Option<SocketAddr>,
    /// What its connections start with.
    pub settings: Settings,
}

/// A connection: states, windows, buffers, timers; no clock. It lives until it has moved to CLOSED.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Connection {
    tuple: Tuple,
}

impl Listener {
    /// A segment arrives in LISTEN. A SYN gives a connection in SYN-RECEIVED, whose SYN,ACK is among the actions.
    ///
    /// Spec: RFC 9293 §3.10.7.2.
    #[must_use]
    pub fn arrives(&self, segment: &Segment, birth: Birth, cx: &mut Context<'_>) -> Option<Connection> {
        let _ = (segment, birth, cx);
        todo!()
    }
}

impl Connection {
    /// An active OPEN: sends a SYN and is in SYN-SENT.
    ///
    /// Spec: RFC 9293 §3.10.1.
    #[must_use]
    pub fn open(birth: Birth, settings: Settings, cx: &mut Context<'_>) -> Self {
        let _ = (birth, settings, cx);
        todo!()
    }

    /// A segment for this connection arrives; its checksum is right.
    ///
    /// Spec: RFC 9293 §3.10.7.
    pub fn arrives(&mut self, segment: &Segment, cx: &mut Context<'_>) {
        let _ = (segment, cx);
        todo!()
    }

    /// The user calls.
    ///
    /// # Errors
    /// [`Refusal`], saying why nothing was done.
    pub fn called(&mut self, call: Call, cx: &mut Context<'_>) -> Result<Answer, Refusal> {
        let _ = (call, cx);
        todo!()
    }

    /// Lets every timer that is due by `cx.now` expire.
    ///
    /// Spec: RFC 9293 §3.10.8.
    pub fn expired(&mut self, cx: &mut Context<'_>) {
        let _ = cx;
        todo!()
    }

    /// The path reports an error about a segment of this connection.
    ///
    /// Spec: RFC 9293 §3.9.2.2.
    pub fn reported(&mut self, report: Report, cx: &mut Context<'_>) {
        let _ = (report, cx);
        todo!()
    }

    /// Changes what the user may set; takes effect at once (switching Nagle off sends what it held).
    pub fn configure(&mut self, settings: Settings, cx: &mut Context<'_>) {
        let _ = (settings, cx);
        todo!()
    }

    /// When [`Connection::expired`] next has something to do; `None` while no timer runs.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        todo!()
    }

    /// Whether this SYN may open a new connection in place of this one in TIME-WAIT, and if so, the first ISS that
    /// the new one may use. The host asks before [`Connection::arrives`], if somebody listens.
    ///
    /// Spec: RFC9293:MAY-2, RFC 6191 §2.
    #[must_use]
    pub fn reopens(&self, segment: &Segment, cx: &Context<'_>) -> Option<Seq> {
        let _ = (segment, cx);
        todo!()
    }

    /// The sockets at both ends.
    #[must_use]
    pub const fn tuple(&self) -> Tuple {
        self.tuple
    }

    /// The state. CLOSED means that the connection is over and may be dropped.
    #[must_use]
    pub fn state(&self) -> State {
        todo!()
    }

    /// Whether it began with a passive open. RFC 9293 §3.5 MUST-11.
    #[must_use]
    pub fn passive(&self) -> bool {
        todo!()
    }

    /// What the user has set.
    #[must_use]
    pub fn settings(&self) -> Settings {
        todo!()
    }

    /// Octets received, in order and not yet read.
    #[must_use]
    pub fn readable(&self) -> usize {
        todo!()
    }

    /// Whether the peer's FIN has been received; reading ends once [`Connection::readable`] is 0.
    #[must_use]
    pub fn ended(&self) -> bool {
        todo!()
    }

    /// Octets that SEND would accept now.
    #[must_use]
    pub fn room(&self) -> usize {
        todo!()
    }

    /// Octets accepted by SEND and not yet acknowledged.
    #[must_use]
    pub fn unacknowledged(&self) -> usize {
        todo!()
    }

    /// Octets accepted by SEND and not yet sent.
    #[must_use]
    pub fn unsent(&self) -> usize {
        todo!()
    }

    /// Octets between the next one to read and the end of the urgent data, if it has not been reached.
    ///
    /// Spec: RFC 9293 §3.8.5 MUST-33.
    #[must_use]
    pub fn urgent(&self) -> Option<u32> {
        todo!()
    }

    /// Why the connection ended, if not by agreement. The host keeps what its socket reports of it.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        todo!()
    }
}
