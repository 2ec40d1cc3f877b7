//! The RFCs as executable rules: observations in, verdict out.
//!
//! For one endpoint the [`Oracle`] keeps a set of [`Hypothesis`] values, each a lawful reading of everything
//! observed so far. An observation maps every hypothesis to the successors that the RFCs permit; what the RFCs
//! leave open widens the set. When none is left the endpoint departed, and the verdict names the requirements of the
//! rules that refused. The oracle knows no stack: it depends on the words of `wire` alone.
//!
//! ```
//! use stackdrill_oracle::{Call, Endpoint, Observation, Oracle, Outcome, Verdict};
//! use stackdrill_wire::{Flags, Instant, Segment, Seq, Tuple};
//!
//! let tuple = Tuple { local: "192.0.2.1:8080".parse().unwrap(), remote: "192.0.2.2:9".parse().unwrap() };
//! let mut oracle = Oracle::new(Endpoint::exact(tuple));
//! let stray = Segment { seq: Seq(7), ack: Seq(100), flags: Flags::ACK, ..Segment::default() };
//! oracle.observe(&Observation::Received(&stray), Instant::ZERO);
//! // Nothing was sent: a closed port owes a reset.
//! oracle.observe(&Observation::Elapsed, Instant::from_micros(1));
//! let Verdict::Departed(departure) = oracle.verdict() else { panic!() };
//! assert_eq!(departure.requirements, ["RFC9293:3.10.7.1-closed-ack-set"]);
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::iter_over_hash_type,
        clippy::panic,
        clippy::unwrap_used,
        clippy::expect_used
    )
)]

mod coverage;
mod endpoint;
mod flight;
pub mod host;
mod hypothesis;
mod obligation;
mod observation;
mod options;
mod oracle;
mod pace;
mod ranges;
mod record;
mod repair;
mod rfc1122;
mod rfc2018;
mod rfc3042;
mod rfc3168;
mod rfc4443;
mod rfc5681;
mod rfc5961;
mod rfc6298;
mod rfc7323;
mod rfc768;
mod rfc9293;
mod rule;
mod seen;
mod sends;
mod standing;
mod table;
pub mod udp;
mod verdict;

pub use coverage::{Coverage, Event};
pub use endpoint::{Endpoint, Vantage};
pub use hypothesis::Hypothesis;
pub use obligation::{Debt, Obligation, Obligations};
pub use observation::{Call, Observation, Outcome};
pub use oracle::{MOST_HYPOTHESES, MOST_MEMORY, Oracle};
pub use rfc9293::keep_alive::KeepAlive;
pub use rule::{Level, Needs, Rule};
pub use verdict::{Departure, Missing, Verdict, Warning};
