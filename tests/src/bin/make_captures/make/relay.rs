//! The relay between the hosts: every frame is passed on after the path's delay, unless the recipe says otherwise.
use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use stackdrill_wire::Packet;

use super::hardware::to_cable;
use super::link::{ETHERNET, Frame, Link};
use super::network::RELAY_DEVICES;
use super::recipe::{Fate, Path, Recipe, Towards};

/// How long to sleep when nothing is under way: how late a stop may be noticed.
const IDLE: Duration = Duration::from_millis(10);

/// Frames under way: when each is due, and its place among those due together.
type UnderWay = BTreeMap<(Instant, u64), (Towards, Vec<u8>)>;

/// The two devices, the path, and what is on it.
#[derive(Debug)]
pub(crate) struct Relay {
    client: Link,
    server: Link,
    path: Path,
    under_way: UnderWay,
    counted: u64,
}

impl Relay {
    /// Opens both devices; the calling thread is in the relay's namespace.
    pub(crate) fn open(recipe: Recipe) -> anyhow::Result<Self> {
        let [client, server] = RELAY_DEVICES;
        Ok(Self {
            client: Link::open(client)?,
            server: Link::open(server)?,
            path: Path::new(recipe),
            under_way: BTreeMap::new(),
            counted: 0,
        })
    }

    /// Passes frames on until told to stop.
    pub(crate) fn run(mut self, stop: &AtomicBool) -> anyhow::Result<()> {
        while !stop.load(Ordering::Relaxed) {
            self.wait()?;
            while let Some(frame) = self.client.next()? {
                self.take(Towards::Server, &frame);
            }
            while let Some(frame) = self.server.next()? {
                self.take(Towards::Client, &frame);
            }
            self.deliver()?;
        }
        Ok(())
    }

    /// Sleeps until a frame comes or is due.
    fn wait(&self) -> anyhow::Result<()> {
        let due = self.under_way.first_key_value().map(|((due, _), _)| due.duration_since(Instant::now()));
        let timeout = TimeSpec::from_duration(due.unwrap_or(IDLE).min(IDLE));
        let mut both = [&self.client, &self.server].map(|link| PollFd::new(link.as_fd(), PollFlags::POLLIN));
        ppoll(&mut both, Some(timeout), None)?;
        Ok(())
    }

    /// Lets the recipe decide about a frame that came.
    fn take(&mut self, towards: Towards, frame: &Frame) {
        if frame.is_outgoing() {
            return;
        }
        let due = Instant::now() + self.path.delay();
        let packet = frame.datagram().map(|datagram| Packet::parse(&Bytes::copy_from_slice(datagram)));
        let Some(Ok(packet)) = packet else {
            return self.put(due, towards, frame.octets.clone()); // address resolution and the like
        };
        for packet in to_cable(&packet) {
            let mut octets = frame.octets[..ETHERNET].to_vec();
            octets.extend(packet.to_bytes());
            match self.path.fate(towards, &packet) {
                Fate::Lose => {}
                Fate::Pass => self.put(due, towards, octets),
                Fate::Late(by) => self.put(due + by, towards, octets),
                Fate::Twice => {
                    self.put(due, towards, octets.clone());
                    self.put(due, towards, octets);
                }
            }
        }
    }

    fn put(&mut self, due: Instant, towards: Towards, octets: Vec<u8>) {
        self.under_way.insert((due, self.counted), (towards, octets));
        self.counted += 1;
    }

    /// Puts on the cable what is due.
    fn deliver(&mut self) -> anyhow::Result<()> {
        while let Some(first) = self.under_way.first_entry() {
            if first.key().0 > Instant::now() {
                break;
            }
            let (towards, octets) = first.remove();
            match towards {
                Towards::Client => self.client.send(&octets)?,
                Towards::Server => self.server.send(&octets)?,
            }
        }
        Ok(())
    }
}
