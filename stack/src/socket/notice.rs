//! The error queue: what became of what was sent, kept until somebody asks (`MSG_ERRQUEUE`).
use core::net::{IpAddr, SocketAddr};
use std::collections::VecDeque;

use bytes::Bytes;
use stackdrill_wire::{Instant, Seq};

use super::stamping::{self, Moment};
use super::{Fd, Outcome, Received};
use crate::Errno;
use crate::Host;
use crate::host::{ConnectionId, Info, Owner};

/// Something that a read tells beside the data.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Ancillary {
    /// `IP_TOS`.
    TypeOfService(u8),
    /// `IP_TTL`.
    TimeToLive(u8),
    /// `IP_RECVOPTS`: the IPv4 options, as they stood in the header.
    Options(Bytes),
    /// `IPV6_TCLASS`.
    TrafficClass(u8),
    /// `IPV6_HOPLIMIT`.
    HopLimit(u8),
    /// `TCP_CM_INQ`: octets left to read.
    Left(u32),
    /// `SCM_TIMESTAMPING`.
    Stamp(Instant),
    /// `SCM_TIMESTAMPING_OPT_STATS`.
    Statistics(Box<Info>),
    /// `IP_RECVERR`.
    Error(Notice),
    /// `IPV6_RECVERR`.
    Error6(Notice),
}

/// What happened, as `struct sock_extended_err` says it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Notice {
    /// `ee_errno`; `None` where nothing went wrong.
    pub errno: Option<Errno>,
    /// `ee_origin`.
    pub origin: Origin,
    /// `ee_type`: the ICMP type.
    pub kind: u8,
    /// `ee_code`: the ICMP code.
    pub code: u8,
    /// `ee_info`.
    pub info: u32,
    /// `ee_data`.
    pub data: u32,
    /// Who sent the error.
    pub offender: Option<IpAddr>,
}

/// Who says so, with the numbers of Linux.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Origin {
    /// `SO_EE_ORIGIN_ICMP`.
    Icmp = 2,
    /// `SO_EE_ORIGIN_ICMP6`.
    Icmp6 = 3,
    /// `SO_EE_ORIGIN_TIMESTAMPING`.
    Stamping = 4,
    /// `SO_EE_ORIGIN_ZEROCOPY`.
    ZeroCopy = 5,
}

/// `SO_EE_CODE_ZEROCOPY_COPIED`: the data was copied all the same.
const COPIED: u8 = 1;

/// What waits in an error queue.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Waiting {
    pub(crate) notice: Notice,
    /// When it happened, and the statistics of that moment (time stamps).
    pub(crate) stamp: Option<(Instant, Option<Box<Info>>)>,
    /// What is left of the datagram that it is about.
    pub(crate) data: Bytes,
    /// Where that datagram went.
    pub(crate) to: Option<SocketAddr>,
}

/// An error queue, bounded.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Notices(VecDeque<Waiting>);

/// Something sent whose fate its sender wants to know.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Watch {
    /// The number after its last octet.
    pub(crate) end: Seq,
    /// The `SO_TIMESTAMPING` flags under which it was sent.
    pub(crate) stamping: i32,
    /// What time stamps call it.
    pub(crate) key: u32,
    /// What goes with a time stamp that is not to come alone.
    pub(crate) text: Bytes,
    /// Its number among the `MSG_ZEROCOPY` calls.
    pub(crate) copy: Option<u32>,
    /// Whether all of it has left.
    pub(crate) left: bool,
}

impl Notices {
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one; beyond `most` it is lost. Completions of calls in a row become one.
    pub(crate) fn push(&mut self, waiting: Waiting, most: usize) {
        let notice = waiting.notice;
        if let Some(last) = self.0.back_mut().map(|last| &mut last.notice)
            && (last.origin, notice.origin) == (Origin::ZeroCopy, Origin::ZeroCopy)
            && last.code == notice.code
            && last.data.wrapping_add(1) == notice.info
        {
            last.data = notice.data;
        } else if self.0.len() < most {
            self.0.push_back(waiting);
        }
    }

    /// What the socket's pending error becomes once the first is read: the next, if it came from the path.
    fn next_error(&self) -> Option<Errno> {
        let next = self.0.front()?.notice;
        next.errno.filter(|_| matches!(next.origin, Origin::Icmp | Origin::Icmp6))
    }
}

impl Waiting {
    /// `MSG_ZEROCOPY` calls `first..=last` are done with their buffers.
    pub(crate) const fn done_with(copy: u32, copied: bool) -> Self {
        let notice = Notice {
            errno: None,
            origin: Origin::ZeroCopy,
            kind: 0,
            code: if copied { COPIED } else { 0 },
            info: copy,
            data: copy,
            offender: None,
        };
        Self { notice, stamp: None, data: Bytes::new(), to: None }
    }

    /// Something reached a moment of its life: which, by what name, and what of it goes with the stamp.
    pub(crate) fn stamped(
        (moment, key, data): (Moment, u32, Bytes),
        at: Instant,
        statistics: Option<Box<Info>>,
    ) -> Self {
        let notice = Notice {
            errno: Some(Errno::ENOMSG),
            origin: Origin::Stamping,
            kind: 0,
            code: 0,
            info: moment as u32,
            data: key,
            offender: None,
        };
        Self { notice, stamp: Some((at, statistics)), data, to: None }
    }
}

impl Host {
    /// Reads the error queue; it never waits.
    pub(super) fn read_notice(&mut self, fd: Fd, length: usize) -> Outcome<Received> {
        let Some(socket) = self.sockets.get_mut(&fd) else { return Outcome::Failed(Errno::EBADF) };
        let Some(waiting) = socket.notices.0.pop_front() else { return Outcome::Failed(Errno::EAGAIN) };
        if matches!(waiting.notice.origin, Origin::Icmp | Origin::Icmp6) {
            socket.error = socket.notices.next_error();
        }
        let mut ancillary = Vec::new();
        if let Some((at, statistics)) = waiting.stamp {
            ancillary.push(Ancillary::Stamp(at));
            ancillary.extend(statistics.map(Ancillary::Statistics));
        }
        // What goes with an error is said in the words of the protocol that carried it.
        let v6 = match (waiting.to, waiting.notice.origin) {
            (Some(to), _) => to.is_ipv6(),
            (None, _) => socket.local.is_some_and(|local| local.is_ipv6()),
        };
        ancillary.push(if v6 { Ancillary::Error6(waiting.notice) } else { Ancillary::Error(waiting.notice) });
        let (domain, data) = (socket.domain, waiting.data);
        let taken = data.slice(..data.len().min(length));
        Outcome::Done(Received {
            truncated: taken.len() < data.len(),
            length: taken.len(),
            data: taken,
            from: waiting.to.map(|to| super::open::shown(domain, to)),
            from_error_queue: true,
            ancillary,
            ..Received::default()
        })
    }

    /// Puts something in a socket's error queue.
    pub(crate) fn notify(&mut self, fd: Fd, waiting: Waiting) {
        let most = self.policy.sockets.error_queue;
        if let Some(socket) = self.sockets.get_mut(&fd) {
            socket.notices.push(waiting, most);
            socket.wakes.failed += 1;
        }
    }

    /// A call has queued text: its sender may want to know what becomes of it.
    pub(super) fn watch(
        &mut self,
        fd: Fd,
        id: ConnectionId,
        (zero_copy, asked): (bool, Option<i32>),
        text: Bytes,
        now: Instant,
    ) {
        let most = self.policy.sockets.error_queue;
        let (Some(socket), Some(endpoint)) = (self.sockets.get_mut(&fd), self.endpoints.get_mut(&id)) else {
            return;
        };
        let options = socket.options;
        let wanted = stamping::of_message(options.stamping, asked);
        let stamps = wanted & stamping::MOMENTS != 0 && wanted & stamping::REPORTED != 0;
        let copies = zero_copy && options.zero_copy;
        if !(stamps || copies) || endpoint.watches.len() >= most {
            return;
        }
        let copy = copies.then(|| {
            socket.copies = socket.copies.wrapping_add(1);
            socket.copies.wrapping_sub(1)
        });
        let end = endpoint.connection.send.end();
        let numbered = wanted & stamping::NUMBERED != 0;
        let key = if numbered { end.since(socket.stamp_base).wrapping_sub(1) } else { 0 };
        let stamping = if stamps { wanted } else { 0 };
        let text = stamping::beside(stamping, text);
        endpoint.watches.push_back(Watch { end, stamping, key, text, copy, left: false });
        self.attend(id, now);
    }

    /// Tells what has become of what is watched, the oldest first.
    pub(crate) fn attend(&mut self, id: ConnectionId, now: Instant) {
        let Some(endpoint) = self.endpoints.get_mut(&id).filter(|endpoint| !endpoint.watches.is_empty())
        else {
            return;
        };
        let (una, max) = (endpoint.connection.send.una, endpoint.connection.send.max);
        let over = self.demux.connection(endpoint.connection.tuple()) != Some(id);
        let mut told = Vec::new();
        for watch in &mut endpoint.watches {
            if !watch.left && watch.end.at_or_before(max) {
                watch.left = true;
                told.extend([(Moment::Scheduled, watch.clone()), (Moment::Sent, watch.clone())]);
            }
            if watch.end.at_or_before(una) {
                told.push((Moment::Acknowledged, watch.clone()));
            }
        }
        let done = endpoint.watches.iter().take_while(|watch| over || watch.end.at_or_before(una)).count();
        let copies: Vec<u32> = endpoint.watches.drain(..done).filter_map(|watch| watch.copy).collect();
        let Owner::Socket(fd) = endpoint.owner else { return };
        let statistics = told
            .iter()
            .any(|(_, watch)| watch.stamping & stamping::STATISTICS != 0)
            .then(|| Info::of(endpoint, &self.policy, now));
        let copied = self.policy.sockets.zero_copy_copies;
        for (moment, watch) in told {
            if watch.stamping & wanted(moment) != 0 {
                let with = statistics.clone().filter(|_| watch.stamping & stamping::STATISTICS != 0);
                let what = (moment, watch.key, watch.text);
                self.notify(fd, Waiting::stamped(what, now, with.map(Box::new)));
            }
        }
        for copy in copies {
            self.notify(fd, Waiting::done_with(copy, copied));
        }
    }
}

/// The flag that asks for a moment.
const fn wanted(moment: Moment) -> i32 {
    match moment {
        Moment::Scheduled => stamping::SCHEDULED,
        Moment::Sent => stamping::SENT,
        Moment::Acknowledged => stamping::ACKNOWLEDGED,
    }
}
