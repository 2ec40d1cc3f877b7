//! A captured connection played again, with a target in the place of one end.
use core::net::SocketAddr;
use core::time::Duration;
use std::collections::VecDeque;

use bytes::Bytes;
use stackdrill_oracle::{Endpoint, Oracle, Verdict as Judged};
use stackdrill_wire::{Checksum, Flags, Instant, Options, Packet, Segment, Seq, TcpOption, Transport, Tuple};

use super::compare::{Answers, Said, differences};
use super::part::{Cue, Ending, Part, Role};
use super::recording::{Recorded, Recording};
use super::translate::Translation;
use super::{Outcome, Verdict};
use crate::judge::witness;
use crate::runner::World;
use crate::target::{
    Call, End, Fd, Output, Peer, Profile, Receiving, Sending, Setting, Setup, SocketOption, Target, Value,
};

/// What the target draws its secrets from.
const SEED: u64 = 1;
/// The largest datagram of a link about which nothing is known, in octets.
const ETHERNET: u32 = 1500;
/// How long after the flow's end the target is still watched, for what it owes to fall due.
const AFTERMATH: Duration = Duration::from_secs(1);
/// Octets asked for by one read.
const ROOM: usize = 1 << 16;
/// The most reads of a replay: a target that never runs dry gives more than it was fed.
const MOST_READS: u32 = 1 << 16;

/// Replays the end at `us`.
pub(super) fn replay(
    recording: &Recording,
    us: SocketAddr,
    them: SocketAddr,
    target: &mut dyn Target,
) -> Outcome {
    let Some(part) = Part::of(recording, us) else {
        return Outcome::undecided("the capture does not show how the connection began");
    };
    if let Err(unsupported) = target.configure(&setup(&part, us, them)) {
        return Outcome::undecided(unsupported.to_string());
    }
    let mut stage = Stage::new(target, &part, Tuple { local: us, remote: them });
    stage.open();
    for (at, cue) in &part.cues {
        if stage.wait(Instant::ZERO + *at).is_err() {
            return Outcome::undecided("the target acts on and on");
        }
        stage.act(cue);
    }
    stage.over = true;
    let end = stage.world.now() + AFTERMATH;
    if stage.wait(end).is_err() {
        return Outcome::undecided("the target acts on and on");
    }
    stage.judge(&part.answers)
}

/// The target is given what the captured end had: its address, its link, the options that its SYN spoke of.
fn setup(part: &Part, us: SocketAddr, them: SocketAddr) -> Setup {
    let headers = if us.is_ipv4() { 40 } else { 60 };
    let options = part.syn.as_ref().map(|syn| &syn.options);
    let mss = options.and_then(Options::maximum_segment_size);
    let spoken = |name: &str, said: bool| Setting {
        name: format!("net.ipv4.tcp_{name}"),
        value: u8::from(said).to_string(),
    };
    let settings = options.map_or_else(Vec::new, |options| {
        vec![
            spoken("timestamps", options.timestamps().is_some()),
            spoken("sack", options.sack_permitted()),
            spoken("window_scaling", options.window_scale().is_some()),
        ]
    });
    Setup {
        local: us.ip(),
        remote: them.ip(),
        mtu: mss.map_or(ETHERNET, |mss| u32::from(mss) + headers),
        profile: Profile::Rfc,
        settings,
        seed: SEED,
        shared_key: None,
    }
}

/// The target, its user and its captured peer.
struct Stage<'a> {
    world: World<&'a mut dyn Target>,
    part: &'a Part,
    tuple: Tuple,
    translation: Option<Translation>,
    /// Where the user listens.
    listener: Option<Fd>,
    /// The user's end of the connection.
    connection: Option<Fd>,
    /// What the user wants to send and could not yet.
    unsent: VecDeque<Bytes>,
    /// How the user wants to end it, once all is sent.
    ending: Option<Ending>,
    /// Octets the user has read, and may read by now if it is lazy.
    read: u64,
    may_read: u64,
    reads: u32,
    /// The last segment that was fed, and what it really acknowledged.
    last_fed: Option<(Segment, Option<Seq>)>,
    /// Its number in the capture.
    packet: u64,
    irs: Option<Seq>,
    given: Answers,
    /// Whether the capture has ended: what is sent now has nothing to be compared with.
    over: bool,
}

/// The target does not come to rest.
struct Restless;

impl<'a> Stage<'a> {
    fn new(target: &'a mut dyn Target, part: &'a Part, tuple: Tuple) -> Self {
        Self {
            world: World::new(target),
            part,
            tuple,
            translation: part.syn.as_ref().map(Translation::new),
            listener: None,
            connection: None,
            unsent: VecDeque::new(),
            ending: None,
            read: 0,
            may_read: 0,
            reads: 0,
            last_fed: None,
            packet: 0,
            irs: None,
            given: Answers::default(),
            over: false,
        }
    }

    /// What the user did before the capture shows anything.
    fn open(&mut self) {
        if self.part.role == Role::Listens {
            let fd = self.socket();
            self.call(&Call::Listen { fd, backlog: 16 });
            self.listener = Some(fd);
        }
    }

    /// Lets the target act until `at`, its peer and its user answering meanwhile.
    fn wait(&mut self, at: Instant) -> Result<(), Restless> {
        while self.world.step(at).map_err(|_| Restless)? {
            self.settle();
        }
        self.world.reach(at);
        self.settle();
        Ok(())
    }

    fn act(&mut self, cue: &Cue) {
        match cue {
            Cue::Feed(recorded) => self.feed(recorded),
            Cue::Connect => {
                let fd = self.socket();
                self.connection = Some(fd);
                self.call(&Call::Connect { fd, to: Peer::Address(self.tuple.remote) });
            }
            Cue::Write(text) => self.unsent.push_back(text.clone()),
            Cue::End(ending) => self.ending = Some(*ending),
            Cue::Read(octets) => self.may_read = self.may_read.max(*octets),
        }
        self.settle();
    }

    /// The captured peer's segment arrives.
    fn feed(&mut self, recorded: &Recorded) {
        let Some(mut segment) = recorded.packet.segment().cloned() else { return };
        self.packet = recorded.number;
        let mut text = segment.text.to_vec();
        text.resize(recorded.length, 0); // what the capture cut off
        segment.text = text.into();
        segment.checksum = Checksum::Right; // which offload had left unfilled
        if segment.has(Flags::SYN) {
            self.irs = Some(segment.seq);
        }
        let (said, owed) = match &self.translation {
            None => (segment, None),
            Some(translation) => {
                (translation.segment(&segment), segment.acknowledges().map(|ack| translation.number(ack)))
            }
        };
        self.inject(&recorded.packet, said.clone());
        self.last_fed = Some((said, owed));
    }

    fn inject(&mut self, envelope: &Packet, segment: Segment) {
        let packet = Packet { ip: envelope.ip.clone(), transport: Transport::Tcp(segment) };
        self.world.inject(packet.to_bytes());
    }

    /// Lets everybody do what can be done now.
    fn settle(&mut self) {
        loop {
            let heard = self.listen();
            let acted = self.user();
            if !heard && !acted {
                break;
            }
        }
    }

    /// Hears what the target sent; whether it sent something.
    fn listen(&mut self) -> bool {
        let mut heard = false;
        while let Some(sent) = self.world.sniff() {
            heard = true;
            let Ok(packet) = Packet::parse(&sent.octets) else { continue };
            let Some(segment) = packet.segment().filter(|_| packet.tuple() == Some(self.tuple)) else {
                continue;
            };
            if let Some(translation) = self.translation.as_mut() {
                translation.note(segment);
            }
            let iss = self.translation.as_ref().and_then(Translation::iss).unwrap_or(segment.seq);
            let irs = self.irs.unwrap_or(segment.ack - 1);
            if self.over {
                continue;
            }
            self.given.push(self.packet, Said::segment(segment, segment.text.len(), iss, irs));
        }
        if heard {
            self.acknowledge();
        }
        heard
    }

    /// What the captured peer had acknowledged before the target sent it, it acknowledges as soon as it is sent.
    fn acknowledge(&mut self) {
        let (Some((last, Some(owed))), Some(translation)) = (&self.last_fed, &self.translation) else {
            return;
        };
        let Some(next) = translation.next().filter(|_| !last.flags.any(Flags::SYN | Flags::RST)) else {
            return;
        };
        let ack = owed.earliest(next);
        if !ack.after(last.ack) {
            return;
        }
        let mut options = Options::EMPTY;
        if let (Some((value, _)), Some(echo)) = (last.options.timestamps(), translation.stamp()) {
            options.push(TcpOption::NoOperation);
            options.push(TcpOption::NoOperation);
            options.push(TcpOption::Timestamps { value, echo });
        }
        let (seq, text, flags) = (last.end(), Bytes::new(), Flags::ACK);
        let segment = Segment { seq, ack, flags, text, options, ..last.clone() };
        let owed = Some(*owed);
        let envelope = Packet::tcp(self.tuple.remote.ip(), self.tuple.local.ip(), segment.clone());
        self.inject(&envelope, segment.clone());
        self.last_fed = Some((segment, owed));
    }

    /// Lets the user do what it wanted to; whether anything came of it.
    fn user(&mut self) -> bool {
        self.accept();
        let Some(fd) = self.connection else { return false };
        let mut acted = self.receive(fd);
        while let Some(data) = self.unsent.pop_front() {
            let call = Call::Send { fd, by: Sending::Send, data: data.clone(), flags: 0, to: None };
            let taken = match self.call(&call) {
                End::Returned { value, .. } => usize::try_from(value).unwrap_or(0),
                End::Failed(_) | End::Blocks | End::Unsupported(_) => 0,
            };
            acted |= taken > 0;
            if taken < data.len() {
                self.unsent.push_front(data.slice(taken..));
                break;
            }
        }
        if let Some(ending) = self.ending.take_if(|ending| self.unsent.is_empty() || *ending == Ending::Abort)
        {
            self.end(fd, ending);
            acted = true;
        }
        acted
    }

    fn end(&mut self, fd: Fd, ending: Ending) {
        match ending {
            Ending::Shutdown => drop(self.call(&Call::Shutdown { fd, how: self.number("SHUT_WR") })),
            Ending::Close => drop(self.call(&Call::Close { fd })),
            Ending::Abort => {
                let option =
                    SocketOption { level: self.number("SOL_SOCKET"), name: self.number("SO_LINGER") };
                let value = Value::Linger { onoff: 1, linger: 0 };
                self.call(&Call::SetOption { fd, option, value, length: 8 });
                self.call(&Call::Close { fd });
            }
        }
        if ending != Ending::Shutdown {
            self.connection = None;
        }
    }

    fn accept(&mut self) {
        let Some(fd) =
            self.listener.filter(|_| self.connection.is_none() && self.ending != Some(Ending::Close))
        else {
            return;
        };
        if let End::Returned { value, .. } = self.call(&Call::Accept { fd }) {
            self.connection = Some(Fd(value));
            self.listener = None;
            self.unblock(Fd(value));
        }
    }

    /// Reads what there is, or what a lazy user may by now; whether there was something.
    fn receive(&mut self, fd: Fd) -> bool {
        let mut got = false;
        loop {
            let room = if self.part.lazy { self.may_read.saturating_sub(self.read) } else { ROOM as u64 };
            let length = usize::try_from(room).unwrap_or(ROOM).min(ROOM);
            if length == 0 || self.reads >= MOST_READS {
                return got;
            }
            self.reads += 1;
            let end = self.call(&Call::Receive { fd, by: Receiving::Recv, length, flags: 0 });
            match end {
                End::Returned { output: Output::Received(message), .. } if !message.data.is_empty() => {
                    self.read += message.data.len() as u64;
                    got = true;
                }
                End::Returned { .. } | End::Failed(_) | End::Blocks | End::Unsupported(_) => return got,
            }
        }
    }

    /// A socket at the replaced end's address, with as much room as its first window shows if that mattered.
    fn socket(&mut self) -> Fd {
        let domain = self.number(if self.tuple.local.is_ipv4() { "AF_INET" } else { "AF_INET6" });
        let (kind, protocol) = (self.number("SOCK_STREAM"), self.number("IPPROTO_TCP"));
        let fd = match self.call(&Call::Socket { domain, kind, protocol }) {
            End::Returned { value, .. } => Fd(value),
            End::Failed(_) | End::Blocks | End::Unsupported(_) => Fd(-1),
        };
        self.unblock(fd);
        if let Some(syn) = self.part.syn.as_ref().filter(|_| self.part.lazy) {
            let option = SocketOption { level: self.number("SOL_SOCKET"), name: self.number("SO_RCVBUF") };
            self.call(&Call::SetOption { fd, option, value: Value::Int(syn.window.into()), length: 4 });
        }
        self.call(&Call::Bind { fd, address: self.tuple.local });
        fd
    }

    fn unblock(&mut self, fd: Fd) {
        let (command, argument) = (self.number("F_SETFL"), Some(self.number("O_NONBLOCK")));
        self.call(&Call::Fcntl { fd, command, argument });
    }

    fn call(&mut self, call: &Call) -> End {
        self.world.call(call).end
    }

    fn number(&self, name: &str) -> i32 {
        self.world.abi().number(name).and_then(|number| i32::try_from(number).ok()).unwrap_or_default()
    }

    /// What came of it.
    fn judge(self, captured: &Answers) -> Outcome {
        let differences = differences(captured, &self.given);
        let mut oracle = Oracle::new(Endpoint::exact(self.tuple));
        witness::tell(&mut oracle, &self.world.trace, self.tuple, self.world.abi());
        let (verdict, why) = match oracle.verdict() {
            Judged::Departed(departure) => {
                let ids = departure.requirements.join(" or ");
                (Verdict::Departed, Some(format!("{ids} at {}: {}", departure.at, departure.what)))
            }
            Judged::Undecided(missing) => (Verdict::Undecided, Some(missing.to_string())),
            Judged::Lawful if differences.is_empty() => (Verdict::Equal, None),
            Judged::Lawful => (Verdict::Lawful, None),
        };
        Outcome { verdict, differences, why }
    }
}
