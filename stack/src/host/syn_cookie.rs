//! SYN cookies: a listener whose queue of half-open connections is full answers without keeping anything, and knows the
//! connection again by the number that comes back.
//!
//! Spec: RFC 4987 §3.6.
use core::time::Duration;

use stackdrill_wire::{Clause, Flags, Instant, Options, Segment, Seq, TcpOption, Tuple, rfc};

use super::Host;
use super::segment::Arrival;
use crate::policy::SynCookies;
use crate::secret::{Purpose, Secret};
use crate::socket::Fd;
use crate::tcp::{Action, Birth, Connection, Context, Listener, Reasoned};

pub(super) const SPEC: Clause = rfc(4987, "§3.6");

/// How long a cookie is good for: this period and the one before.
const PERIOD: Duration = Duration::from_secs(64);

/// The segment sizes that three bits can name: the largest that is not above what the peer announced is meant.
const SIZES: [u16; 8] = [216, 536, 1024, 1220, 1360, 1440, 1460, 8960];

/// The period in five bits, the segment size in three, and twenty-four that nobody else can make up.
///
/// Spec: RFC 4987 §3.6.
fn cookie(secret: &Secret, tuple: Tuple, irs: Seq, period: u8, size: u8) -> Seq {
    let mut octets = [0; 14];
    let (numbers, rest) = octets.split_at_mut(8);
    numbers.copy_from_slice(&secret.of_tuple(Purpose::SynCookie, tuple).to_be_bytes());
    rest[..4].copy_from_slice(&irs.0.to_be_bytes());
    rest[4..].copy_from_slice(&[period, size]);
    let unguessable = secret.keyed(Purpose::SynCookie, &octets) as u32 & 0x00ff_ffff;
    Seq(u32::from(period) << 27 | u32::from(size) << 24 | unguessable)
}

fn period(now: Instant) -> u8 {
    (now.micros() / PERIOD.as_micros() as u64 % 32) as u8
}

/// The segment size that a cookie names, if it is one of ours and not too old.
fn opened(secret: &Secret, tuple: Tuple, irs: Seq, found: Seq, now: Instant) -> Option<u16> {
    let (then, size) = ((found.0 >> 27) as u8, (found.0 >> 24 & 7) as u8);
    let age = period(now).wrapping_sub(then) % 32;
    let own = age <= 1 && cookie(secret, tuple, irs, then, size) == found;
    SIZES.get(usize::from(size)).copied().filter(|_| own)
}

/// The SYN as far as a cookie keeps it: no option but the segment size.
fn bare(segment: &Segment, seq: Seq, size: u16) -> Segment {
    Segment {
        seq,
        ack: Seq(0),
        flags: Flags::SYN,
        urgent: 0,
        options: Options::of(&[TcpOption::MaximumSegmentSize(size)]).unwrap_or_default(),
        text: bytes::Bytes::new(),
        ..segment.clone()
    }
}

impl Host {
    /// Whether this listener answers the SYN with a cookie: because all are, or because its queue is full.
    pub(super) fn bakes(&self, full: bool) -> bool {
        match self.policy.sockets.syn_cookies {
            SynCookies::Never => false,
            SynCookies::WhenFull => full,
            SynCookies::Always => true,
        }
    }

    /// Answers a SYN and keeps nothing.
    pub(super) fn answer_with_cookie(&mut self, fd: Fd, arrival: Arrival<'_>, now: Instant) {
        let Arrival { tuple, segment, .. } = arrival;
        let announced = segment.options.maximum_segment_size();
        let size =
            SIZES.iter().rposition(|&size| announced.is_some_and(|mss| size <= mss)).unwrap_or(1) as u8;
        let iss = cookie(&self.secret, tuple, segment.seq, period(now), size);
        let syn = bare(segment, segment.seq, SIZES.get(usize::from(size)).copied().unwrap_or(536));
        let Some((_, mut actions)) = self.baked(fd, Arrival { segment: &syn, ..arrival }, iss, now) else {
            return;
        };
        for reasoned in &mut actions {
            reasoned.clause = SPEC;
        }
        if let Some(listening) = self.listening(fd) {
            listening.cookies_given = Some(now);
        }
        let key = self.key_with(fd, tuple.remote.ip());
        self.send_all(arrival, actions, key.as_ref(), now);
    }

    /// The connection that an ACK for a cookie of ours opens, as it stood before the ACK; `None` for any other segment.
    pub(super) fn know_again(
        &mut self,
        fd: Fd,
        arrival: Arrival<'_>,
        now: Instant,
    ) -> Option<(Connection, Vec<Reasoned>)> {
        let Arrival { tuple, segment, .. } = arrival;
        let given = self.listening(fd)?.cookies_given?;
        let alone = segment.has(Flags::ACK) && !segment.flags.any(Flags::SYN | Flags::RST);
        if !alone || now.since(given) > PERIOD * 2 {
            return None;
        }
        let (irs, iss) = (segment.seq - 1, segment.ack - 1);
        let size = opened(&self.secret, tuple, irs, iss, now)?;
        let syn = bare(segment, irs, size);
        let (connection, mut actions) = self.baked(fd, Arrival { segment: &syn, ..arrival }, iss, now)?;
        // The SYN,ACK has been sent already.
        actions.retain(|reasoned| !matches!(reasoned.action, Action::Send(_)));
        Some((connection, actions))
    }

    fn baked(
        &self,
        fd: Fd,
        arrival: Arrival<'_>,
        iss: Seq,
        now: Instant,
    ) -> Option<(Connection, Vec<Reasoned>)> {
        let Arrival { tuple, segment: syn, .. } = arrival;
        let courtesy = self.courtesy_at(fd, arrival);
        let listener: Listener = self.listener_at(fd)?;
        let signed = self.key_with(fd, tuple.remote.ip()).is_some();
        let birth = Birth { iss, signed, ..self.birth(tuple, courtesy, None, now) };
        let mut actions = Vec::new();
        let connection = listener.arrives(syn, birth, &mut Context::new(now, &self.policy, &mut actions))?;
        Some((connection, actions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves: RFC 4987 §3.6.
    #[test]
    fn a_cookie_is_good_for_its_connection_and_its_time() {
        let secret = Secret::new(5);
        let tuple = Tuple { local: "10.0.0.1:80".parse().unwrap(), remote: "10.0.0.2:1024".parse().unwrap() };
        let at = |seconds: u64| Instant::from_micros(seconds * 1_000_000);
        let made = cookie(&secret, tuple, Seq(7), period(at(2040)), 6);
        for (tuple, irs, found, now, expected) in [
            (tuple, 7, made, 2040, Some(1460)),
            (tuple, 7, made, 2100, Some(1460)), // the next period, across the wrap of five bits
            (tuple, 7, made, 2200, None),
            (tuple, 8, made, 2040, None),
            (tuple.reversed(), 7, made, 2040, None),
            (tuple, 7, made + 1, 2040, None),
            (tuple, 7, made + (1 << 24), 2040, None),
        ] {
            assert_eq!(opened(&secret, tuple, Seq(irs), found, at(now)), expected, "{irs} {found:?} {now}");
        }
    }
}
