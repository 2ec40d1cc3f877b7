//! A segment arrives in LISTEN: RST, then ACK, then SYN.
//!
//! Spec: RFC 9293 §3.10.7.2.
use core::net::SocketAddr;

use stackdrill_wire::{Clause, Flags, Segment, State, rfc};

use crate::tcp::action::{Action, Context};
use crate::tcp::connection::{Birth, Connection};
use crate::tcp::fast_open;
use crate::tcp::reset;
use crate::tcp::settings::Settings;

const SPEC: Clause = rfc(9293, "§3.10.7.2");

/// A passive open: waits for SYNs and turns each into a [`Connection`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Listener {
    /// Where it listens; an unspecified address stands for any.
    pub local: SocketAddr,
    /// What its connections start with.
    pub settings: Settings,
}

impl Listener {
    /// A segment arrives in LISTEN. A SYN gives a connection in SYN-RECEIVED, whose SYN,ACK is among the actions.
    ///
    /// Spec: RFC9293:3.10.7.2-listen-rst RFC9293:3.10.7.2-listen-ack RFC9293:3.10.7.2-listen-syn
    /// RFC9293:3.10.7.2-listen-other RFC9293:3.10.7.2-listen-synack RFC9293:3.10.7.2-listen-syn-rst
    /// RFC9293:3.10.7.2-listen-remote-filled RFC9293:3.10.7.4-fin-unsynchronized.
    #[must_use]
    pub fn arrives(&self, segment: &Segment, birth: Birth, cx: &mut Context<'_>) -> Option<Connection> {
        if segment.has(Flags::RST) {
            return None;
        }
        if segment.has(Flags::ACK) {
            if let Some(reset) = reset::answer(segment, cx.policy) {
                cx.act(Action::Send(reset), SPEC);
            }
            return None;
        }
        segment.has(Flags::SYN).then(|| self.accept(segment, birth, cx))
    }

    /// Text and FIN on the SYN are left to be sent again: they count only once the connection is known to be real, or
    /// a cookie says that its peer is where it says. Even then the FIN waits for its turn.
    ///
    /// Spec: RFC9293:3.10.7.2-listen-syn-with-data RFC9293:3.10.7.2-listen-syn-fin RFC9293:3.5-data-on-syn-held
    /// RFC7413:4.2.2-server-accepts.
    fn accept(&self, segment: &Segment, birth: Birth, cx: &mut Context<'_>) -> Connection {
        let mut connection = Connection::new(birth, self.settings, cx);
        connection.passive = true;
        connection.synchronize(segment, cx);
        let window = connection.receive.window() as usize;
        if birth.welcome.takes && segment.text.len() <= window {
            connection.fast_open.early = true;
            connection.fast_open.taken = !segment.text.is_empty();
            connection.receive.take(segment.seq + 1, &segment.text);
        }
        connection.come_from(State::Listen, SPEC, cx);
        connection.send_syn(if connection.fast_open.early { fast_open::SPEC } else { SPEC }, cx);
        connection
    }
}
