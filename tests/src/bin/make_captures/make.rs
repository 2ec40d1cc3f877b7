//! From a conversation to a file and its entry.
mod acts;
mod conversations;
mod file;
mod hardware;
mod link;
mod network;
mod recipe;
mod relay;
mod scene;

use std::fs::{self, File};
use std::io::BufWriter;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ScopedJoinHandle, sleep};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use serde::Serialize;
use stackdrill_wire::{Packet, Transport};

use self::conversations::{Act, Conversation, End, all};
use self::link::{Frame, Link};
use self::network::{DEVICE, Namespace, Network, become_root};
use self::relay::Relay;
use self::scene::{Meeting, Scene};

/// The exit status that says that this host does not allow namespaces: 77, as other test tools say "skipped".
const FORBIDDEN: i32 = 77;
/// How long after the last call to keep listening, beside the path's own delay.
const AFTERMATH: Duration = Duration::from_millis(150);

/// The list of captures: `captures.toml`.
#[derive(Debug, Serialize)]
struct Captures {
    /// The command that made them.
    command: &'static str,
    /// The kernel that both hosts run.
    kernel: String,
    /// One entry a file.
    capture: Vec<Entry>,
}

/// What is known of a capture.
#[derive(Debug, Serialize)]
struct Entry {
    file: String,
    conversation: &'static str,
    shows: &'static str,
    /// Whether the hosts left cutting, summing and joining of segments to their devices.
    offloads: bool,
    /// The address of the host at which it was made.
    vantage: String,
    /// Source and destination of the first packet.
    endpoints: [String; 2],
    congestion: String,
    /// How long a packet takes each way, in microseconds.
    delay: u64,
    /// What the path did to chosen packets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<String>,
}

/// Makes what the command line asks for.
pub(crate) fn main() -> anyhow::Result<()> {
    if let Err(error) = become_root() {
        eprintln!("namespaces are not allowed here: {error}");
        exit(FORBIDDEN);
    }
    let mut arguments = std::env::args_os().skip(1);
    let folder = arguments.next().map(PathBuf::from).context("which folder?")?;
    let names: Vec<_> = arguments.collect();
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let wanted = |one: &Conversation| names.is_empty() || names.iter().any(|name| name == one.name);
    let mut entries = Vec::new();
    for conversation in all().into_iter().filter(wanted) {
        for offloads in [false, true] {
            let entry = make(&conversation, offloads, &folder).context(conversation.name)?;
            eprintln!("{}", entry.file);
            entries.push(entry);
        }
    }
    if names.is_empty() {
        list(&folder.with_file_name("captures.toml"), entries)?;
    }
    Ok(())
}

/// Writes the list.
fn list(path: &Path, entries: Vec<Entry>) -> anyhow::Result<()> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let kernel = format!("Linux {}", release.trim().split('-').next().unwrap_or_default());
    let command = "cargo run -p stackdrill-tests --bin make_captures -- pcaps/captures";
    let text = toml::to_string(&Captures { command, kernel, capture: entries })?;
    let head =
        "# Where the captures come from and what each shows. Written by the command below; do not edit.\n";
    fs::write(path, format!("{head}{text}")).with_context(|| path.display().to_string())
}

/// Has the conversation, writes its file, describes it.
fn make(conversation: &Conversation, offloads: bool, folder: &Path) -> anyhow::Result<Entry> {
    let frames = converse(conversation, offloads)?;
    let suffix = if offloads { "on" } else { "off" };
    let name = format!("{}-offloads-{suffix}.{}", conversation.name, conversation.format.extension());
    let mut out = BufWriter::new(File::create(folder.join(&name))?);
    file::write(&mut out, conversation.format, conversation.link, &frames)?;
    let faults = &conversation.recipe.faults;
    Ok(Entry {
        file: name,
        conversation: conversation.name,
        shows: conversation.shows,
        offloads,
        vantage: conversation.addresses[conversation.near as usize].to_string(),
        endpoints: frames.iter().find_map(endpoints).context("nothing was captured")?,
        congestion: congestion(conversation)?,
        delay: conversation.recipe.delay.as_micros() as u64,
        faults: faults.iter().map(ToString::to_string).collect(),
    })
}

fn congestion(conversation: &Conversation) -> anyhow::Result<String> {
    let chosen = conversation.congestion.map(|name| Ok(name.to_owned()));
    let own = || fs::read_to_string("/proc/sys/net/ipv4/tcp_congestion_control");
    Ok(chosen.unwrap_or_else(own)?.trim().to_owned())
}

/// Source and destination, if the frame belongs to a conversation.
fn endpoints(frame: &Frame) -> Option<[String; 2]> {
    let packet = Packet::parse(&Bytes::copy_from_slice(frame.datagram()?)).ok()?;
    let (source, destination) = match &packet.transport {
        Transport::Tcp(segment) => (segment.source, segment.destination),
        Transport::Udp(datagram) => (datagram.source, datagram.destination),
        Transport::Icmp(_) | Transport::Other(_) => return None,
    };
    let ends = [(packet.ip.source(), source), (packet.ip.destination(), destination)];
    Some(ends.map(|end| std::net::SocketAddr::from(end).to_string()))
}

/// Builds the network, lets the actors act, and returns what the near host's device saw.
fn converse(conversation: &Conversation, offloads: bool) -> anyhow::Result<Vec<Frame>> {
    let network = Network::new(conversation.addresses, offloads)?;
    let near = match conversation.near {
        End::Client => &network.client,
        End::Server => &network.server,
    };
    let [ours, theirs] = conversation.addresses;
    let (meeting, stop) = (Meeting::default(), AtomicBool::new(false));
    let scene = |here, there| Scene { here, there, congestion: conversation.congestion, meeting: &meeting };
    let relay = network.relay.run(|| Relay::open(conversation.recipe.clone()))?;
    let tap = near.run(|| Ok(Link::open(DEVICE)?))?;
    thread::scope(|scope| {
        let relay = scope.spawn(|| relay.run(&stop));
        let tap = scope.spawn(|| listen(&tap, &stop));
        let server = scope.spawn(|| act(&network.server, conversation.server, &scene(theirs, ours)));
        let client = scope.spawn(|| act(&network.client, conversation.client, &scene(ours, theirs)));
        let ends = [joined(server).context("server"), joined(client).context("client")];
        sleep(4 * conversation.recipe.delay + AFTERMATH);
        stop.store(true, Ordering::Relaxed);
        joined(relay).context("relay")?;
        let frames = joined(tap).context("capture")?;
        ends.into_iter().collect::<anyhow::Result<()>>()?;
        Ok(frames)
    })
}

fn joined<T>(thread: ScopedJoinHandle<'_, anyhow::Result<T>>) -> anyhow::Result<T> {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

fn act(host: &Namespace, act: Act, scene: &Scene<'_>) -> anyhow::Result<()> {
    host.enter()?;
    act(scene)
}

/// Keeps every frame that passes until told to stop.
fn listen(link: &Link, stop: &AtomicBool) -> anyhow::Result<Vec<Frame>> {
    let mut frames = Vec::new();
    loop {
        let last = stop.load(Ordering::Relaxed);
        while let Some(frame) = link.next()? {
            frames.push(frame);
        }
        if last {
            return Ok(frames);
        }
        sleep(Duration::from_millis(2));
    }
}
