//! A stack under test, behind one trait: what the runner, the fuzzers and replay drive.
//!
//! Four kinds of method: *in* ([`Target::configure`], [`Target::set`], [`Target::call`], [`Target::resume`],
//! [`Target::inject`], [`Target::advance`]), *out* ([`Target::sent`], [`Target::transition`]) and questions that
//! change nothing. After any *in*, drain both *out* methods. A target that wraps another (to break it on purpose, to
//! record it) implements the same trait and forwards.
use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;

use bytes::Bytes;
use stackdrill_wire::{Clause, Instant, State, Tuple};

use crate::constants::Abi;

pub mod broken;
mod call;
mod capability;
#[cfg(all(feature = "linux", target_os = "linux"))]
pub mod linux;
pub mod posix;
mod reference;
#[cfg(feature = "smoltcp")]
mod smoltcp;

pub use call::{
    Call, CallOutcome, Control, ControlData, End, EpollEvent, ExtendedError, Fd, Message, Output, Peer,
    Polled, Receiving, Sending, SocketOption, Statistic, Value,
};
pub use capability::Capability;
#[cfg(all(feature = "linux", target_os = "linux"))]
pub use linux::Linux;
pub use reference::Reference;
#[cfg(feature = "smoltcp")]
pub use smoltcp::Smoltcp;

/// A stack that can be driven.
pub trait Target: fmt::Debug {
    /// The name that reports and departures files use, such as `reference`.
    fn name(&self) -> &str;

    /// What it offers; a script that needs more is `unsupported`, a requirement that needs more `not-applicable`.
    fn capabilities(&self) -> &[Capability];

    /// Whether time is what [`Target::advance`] says. If not, instants are measured and may be late.
    fn is_virtual(&self) -> bool;

    /// The numbering of constants and errors that its calls speak, once configured.
    fn abi(&self) -> Abi;

    /// Readies the process, once and before there is a second thread.
    ///
    /// # Errors
    /// [`Unsupported`] names what the target needs of this system and does not get.
    fn prepare(&self) -> Result<(), Unsupported> {
        Ok(())
    }

    /// Starts over: a fresh host, no sockets, the clock at the origin.
    ///
    /// # Errors
    /// [`Unsupported`] names the part of `setup` that the target cannot do.
    fn configure(&mut self, setup: &Setup) -> Result<(), Unsupported>;

    /// Changes a setting of the running host, by its sysctl name.
    ///
    /// # Errors
    /// [`Unsupported`] if the target has no such setting or refuses the value.
    fn set(&mut self, setting: &Setting, at: Instant) -> Result<(), Unsupported>;

    /// Gives the route to the peer properties of its own.
    ///
    /// # Errors
    /// [`Unsupported`] if the target cannot.
    fn route(&mut self, route: &Route, at: Instant) -> Result<(), Unsupported> {
        let _ = (route, at);
        Err(Unsupported("`ip route`".to_owned()))
    }

    /// Every connection that is not over, with its state; `None` if the target cannot show them.
    fn connections(&self) -> Option<Vec<(Tuple, State)>> {
        None
    }

    /// The requirements that it departs from on purpose as it is set, by id: a run does not fail for them.
    fn departs(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Drops a connection as an operator does (`tcpdrop`): it is aborted, whoever holds it.
    ///
    /// # Errors
    /// [`Unsupported`] if the target cannot.
    fn drop_connection(&mut self, tuple: Tuple, at: Instant) -> Result<(), Unsupported> {
        let _ = (tuple, at);
        Err(Unsupported("dropping connections".to_owned()))
    }

    /// Makes a call. One that has to wait ends in [`End::Blocks`]; [`Target::resume`] asks how it fares.
    fn call(&mut self, call: &Call, at: Instant) -> CallOutcome;

    /// Asks again about `call`, which blocked. The runner does so after every packet and every expiry.
    fn resume(&mut self, call: &Call, at: Instant) -> CallOutcome;

    /// A datagram arrives at the target from the link.
    fn inject(&mut self, octets: &Bytes, at: Instant);

    /// The next datagram that the target put on the link, oldest first.
    fn sent(&mut self) -> Option<Sent>;

    /// The next state change, oldest first; never any without [`Capability::Transitions`].
    fn transition(&mut self) -> Option<Transition>;

    /// When the target next acts on its own account; `None` if it will not. Unknowable unless time is virtual.
    fn deadline(&self) -> Option<Instant>;

    /// Lets time pass until `to`, and everything that is due by then happen. Returns the instant reached, which on
    /// a target whose time is not virtual may be earlier (something was sent) or later.
    fn advance(&mut self, to: Instant) -> Instant;

    /// How late, since it was configured, the target itself was at worst in passing on what its stack did; never at all
    /// if time is virtual. What goes wrong then need not be the stack's fault.
    fn late(&self) -> core::time::Duration {
        core::time::Duration::ZERO
    }

    /// The state of a connection; `None` if the target cannot show it.
    fn state(&self, tuple: Tuple) -> Option<State>;

    /// The variables of the connection behind a descriptor, by the names of TCP_INFO's fields; `None` if the target
    /// cannot show them. The constants that go with them are added by who asks.
    fn info(&self, fd: Fd) -> Option<Vec<(&'static str, i64)>> {
        let _ = fd;
        None
    }
}

/// How many runs against a target go on at once unless somebody says otherwise; 0 is one for each processor.
///
/// Most of a live script is waiting, so several share a processor. Those that come late to an event are repeated.
#[must_use]
pub fn usual_jobs(target: &dyn Target) -> usize {
    const LIVE_JOBS_A_PROCESSOR: usize = 4;
    let processors = std::thread::available_parallelism().map_or(1, core::num::NonZeroUsize::get);
    if target.is_virtual() { 0 } else { LIVE_JOBS_A_PROCESSOR * processors }
}

/// The target of this name, not yet configured.
///
/// # Errors
/// [`UnknownTarget`] if there is none.
pub fn named(name: &str) -> Result<Box<dyn Target>, UnknownTarget> {
    match name {
        "reference" => Ok(Box::new(Reference::new())),
        #[cfg(feature = "smoltcp")]
        "smoltcp" => Ok(Box::new(Smoltcp::new())),
        #[cfg(all(feature = "linux", target_os = "linux"))]
        "linux" => Ok(Box::new(Linux::new())),
        _ => Err(UnknownTarget(name.to_owned())),
    }
}

/// The names of the targets that are part of this library: they run in this process and in virtual time.
pub const IN_PROCESS: &[&str] =
    if cfg!(feature = "smoltcp") { &["reference", "smoltcp"] } else { &["reference"] };

/// A target that does not exist.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no target is called `{}`; there are `reference`, `smoltcp` and, on Linux, `linux`", .0.escape_debug())]
pub struct UnknownTarget(pub String);

/// What a target is told before a run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Setup {
    /// The target's address.
    pub local: IpAddr,
    /// The peer's address, which is reached through the link.
    pub remote: IpAddr,
    /// The largest datagram that the link carries, in octets.
    pub mtu: u32,
    /// Which stack's choices to make; ignored by a target that is a stack of its own.
    pub profile: Profile,
    /// Settings to apply before the first call, in order.
    pub settings: Vec<Setting>,
    /// What the target draws its secrets from; equal seeds give equal octets.
    pub seed: u64,
    /// The key that both ends share for MD5 signatures, if the script names one (`--tcp_md5_secret`). A socket that asks
    /// for signatures without naming a key, as FreeBSD's do, uses this one.
    pub shared_key: Option<Bytes>,
}

/// A sysctl by its dotted name, and the value to give it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Setting {
    /// Such as `net.ipv4.tcp_sack`.
    pub name: String,
    /// As it was written, without quotes.
    pub value: String,
}

/// Properties of the route to the peer, as `ip route` gives them; `None` leaves one as it is, or as the target has it by
/// default.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Route {
    /// The largest datagram that goes this way, in octets.
    pub mtu: Option<u32>,
    /// The largest segment to announce, in octets of text.
    pub advertised_mss: Option<u32>,
    /// The initial congestion window, in segments.
    pub initial_window: Option<u32>,
    /// The initial receive window, in segments.
    pub initial_receive_window: Option<u32>,
    /// Whether every segment is acknowledged at once.
    pub quick_ack: Option<bool>,
    /// The congestion control algorithm, by its name.
    pub congestion_control: Option<String>,
}

/// A named set of choices where the RFCs leave one.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// What the RFCs recommend.
    #[default]
    Rfc,
    /// What Linux does.
    Linux,
    /// What FreeBSD does.
    FreeBsd,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 3] = [Self::Rfc, Self::Linux, Self::FreeBsd];

    /// As the command line and reports spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rfc => "rfc",
            Self::Linux => "linux",
            Self::FreeBsd => "freebsd",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.name() == name)
            .ok_or_else(|| UnknownProfile(name.to_owned()))
    }
}

/// A profile that does not exist.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no profile is called `{}`; there are rfc, linux and freebsd", .0.escape_debug())]
pub struct UnknownProfile(pub String);

/// A datagram that the target put on the link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sent {
    /// When it left.
    pub at: Instant,
    /// The whole IP datagram.
    pub octets: Bytes,
    /// Why, if the target says so.
    pub clause: Option<Clause>,
}

/// A connection changed state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Transition {
    /// When.
    pub at: Instant,
    /// Which connection.
    pub tuple: Tuple,
    /// The state it left.
    pub from: State,
    /// The state it entered.
    pub to: State,
    /// Which clause moved it, if the target says so.
    pub clause: Option<Clause>,
}

/// Something that a target, or this landing, cannot do; never counted as a pass.
#[derive(Clone, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[error("unsupported: {0}")]
pub struct Unsupported(
    /// The feature by name, such as `setsockopt TCP_MD5SIG`.
    pub String,
);
