//! A captured UDP exchange played again, with a target in the place of one end.
use core::net::SocketAddr;

use stackdrill_oracle::{Endpoint, Verdict as Judged, udp};
use stackdrill_wire::{Checksum, Datagram, Instant, Packet, Transport, Tuple};

use super::compare::{Answers, Said, differences};
use super::recording::{Recorded, Recording};
use super::{Outcome, Verdict};
use crate::runner::World;
use crate::target::{Call, End, Fd, Peer, Profile, Receiving, Sending, Setup, Target};
use crate::trace::Happened;

/// The longest read.
const ROOM: usize = 1 << 16;

/// Replays the end at `us`.
pub(super) fn replay(
    recording: &Recording,
    us: SocketAddr,
    them: SocketAddr,
    target: &mut dyn Target,
) -> Outcome {
    let setup = Setup {
        local: us.ip(),
        remote: them.ip(),
        mtu: 1500,
        profile: Profile::Rfc,
        settings: Vec::new(),
        seed: 1,
        shared_key: None,
    };
    if let Err(unsupported) = target.configure(&setup) {
        return Outcome::undecided(unsupported.to_string());
    }
    let mut stage = Stage { world: World::new(target), us, them, packet: 0, given: Answers::default() };
    let mut captured = Answers::default();
    // Whoever neither sends nor is sent anything but complaints had no socket.
    let spoke = recording.packets.iter().any(|one| one.packet.tuple().is_some_and(|tuple| tuple.local == us));
    let refused = recording.packets.iter().any(|one| is_ours(one, us) && datagram(one).is_none());
    let socket = (spoke || !refused).then(|| stage.socket());
    for recorded in &recording.packets {
        if stage.world.pass_until(Instant::ZERO + recorded.at).is_err() {
            return Outcome::undecided("the target acts on and on");
        }
        stage.listen();
        if is_ours(recorded, us) {
            captured.push(recorded.number, said(&recorded.packet, recorded.length));
            if let (Some(fd), Some(datagram)) = (socket, datagram(recorded)) {
                stage.send(fd, datagram, recorded.length);
            }
        } else {
            stage.feed(recorded);
            if let Some(fd) = socket {
                stage.world.call(&Call::Receive { fd, by: Receiving::Recv, length: ROOM, flags: 0 });
            }
        }
        stage.listen();
    }
    stage.judge(&captured)
}

fn is_ours(recorded: &Recorded, us: SocketAddr) -> bool {
    match recorded.packet.tuple() {
        Some(tuple) => tuple.local == us,
        None => recorded.packet.ip.source() == us.ip(),
    }
}

fn datagram(recorded: &Recorded) -> Option<&Datagram> {
    match &recorded.packet.transport {
        Transport::Udp(datagram) => Some(datagram),
        Transport::Tcp(_) | Transport::Icmp(_) | Transport::Other(_) => None,
    }
}

fn said(packet: &Packet, length: usize) -> Said {
    match &packet.transport {
        Transport::Icmp(message) => Said::Icmp { kind: message.kind, code: message.code },
        Transport::Udp(_) | Transport::Tcp(_) | Transport::Other(_) => Said::Datagram(length),
    }
}

struct Stage<'a> {
    world: World<&'a mut dyn Target>,
    us: SocketAddr,
    them: SocketAddr,
    packet: u64,
    given: Answers,
}

impl Stage<'_> {
    fn socket(&mut self) -> Fd {
        let domain = self.number(if self.us.is_ipv4() { "AF_INET" } else { "AF_INET6" });
        let (kind, protocol) = (self.number("SOCK_DGRAM"), self.number("IPPROTO_UDP"));
        let fd = match self.world.call(&Call::Socket { domain, kind, protocol }).end {
            End::Returned { value, .. } => Fd(value),
            End::Failed(_) | End::Blocks | End::Unsupported(_) => Fd(-1),
        };
        let (command, argument) = (self.number("F_SETFL"), Some(self.number("O_NONBLOCK")));
        self.world.call(&Call::Fcntl { fd, command, argument });
        self.world.call(&Call::Bind { fd, address: self.us });
        fd
    }

    fn number(&self, name: &str) -> i32 {
        self.world.abi().number(name).and_then(|number| i32::try_from(number).ok()).unwrap_or_default()
    }

    fn send(&mut self, fd: Fd, datagram: &Datagram, length: usize) {
        let mut data = datagram.data.to_vec();
        data.resize(length, 0);
        let to = Some(Peer::Address(self.them));
        self.world.call(&Call::Send { fd, by: Sending::SendTo, data: data.into(), flags: 0, to });
    }

    /// What the captured peer, or a router, sent arrives.
    fn feed(&mut self, recorded: &Recorded) {
        self.packet = recorded.number;
        let mut packet = recorded.packet.clone();
        if let Transport::Udp(datagram) = &mut packet.transport {
            let mut data = datagram.data.to_vec();
            data.resize(recorded.length, 0);
            (datagram.data, datagram.length, datagram.checksum) = (data.into(), None, Checksum::Right);
        }
        self.world.inject(packet.to_bytes());
    }

    fn listen(&mut self) {
        while let Some(sent) = self.world.sniff() {
            let Ok(packet) = Packet::parse(&sent.octets) else { continue };
            let length = match &packet.transport {
                Transport::Udp(datagram) => datagram.data.len(),
                Transport::Tcp(_) | Transport::Icmp(_) | Transport::Other(_) => 0,
            };
            self.given.push(self.packet, said(&packet, length));
        }
    }

    fn judge(self, captured: &Answers) -> Outcome {
        let tuple = Tuple { local: self.us, remote: self.them };
        let mut oracle = udp::Oracle::new(Endpoint::exact(tuple));
        for record in &self.world.trace {
            let Happened::Sent { octets, .. } = &record.what else { continue };
            if let Ok(Packet { transport: Transport::Udp(datagram), .. }) = Packet::parse(octets) {
                oracle.observe(udp::Observation::Sent(&datagram), record.at);
            }
        }
        let differences = differences(captured, &self.given);
        let (verdict, why) = match oracle.verdict() {
            Judged::Departed(departure) => (Verdict::Departed, Some(departure.requirements.join(" or "))),
            Judged::Undecided(missing) => (Verdict::Undecided, Some(missing.to_string())),
            Judged::Lawful if differences.is_empty() => (Verdict::Equal, None),
            Judged::Lawful => (Verdict::Lawful, None),
        };
        Outcome { verdict, differences, why }
    }
}
