//! TCP: the floor plan of RFC 9293 and its companions, one algorithm a room.
//!
//! An event comes in by one of three doors of a [`Connection`]: a segment arrives, the user calls, a timer expires.
//! What it asks for goes out as [`Action`]s, each with its clause.
//!
//! | room | holds |
//! | --- | --- |
//! | [`action`], [`event`], [`settings`] | what goes out, what is called, what a user may set |
//! | [`connection`], [`stage`] | the value and its doors; the states and the table of lawful moves |
//! | [`arrives`] | RFC 9293 §3.10.7: [`closed`](arrives::closed), [`listen`](arrives::listen), `syn_sent`, `other` (the eight checks) |
//! | `called`, `expired` | RFC 9293 §3.10.1-6 user calls; §3.10.8 timeouts |
//! | `acknowledged` | what an acknowledgment takes off the queue and says of the path |
//! | `output` | what to send now, in priority order |
//! | `send`, `receive`, `reassembly`, `octets` | the two sequence spaces and their text |
//! | `acceptable`, `reset`, `challenge` | table 6; RFC 9293 §3.5.2; RFC 5961 |
//! | [`iss`], `negotiate`, `scale`, `stamps`, `paws` | RFC 6528; what SYNs agree on; RFC 7323 |
//! | `delayed_ack`, `nagle`, `silly`, `persist` | when to acknowledge, when to send, when to probe |
//! | `rto`, `timers`, `give_up`, `keep_alive`, `time_wait` | RFC 6298; R1 and R2; RFC 9293 §3.8.4; 2 MSL and RFC 6191 |
//! | `user_timeout` | the user timeout, told to the peer (RFC 5482) |
//! | `ecn` | congestion that is marked (RFC 3168) |
//! | [`fast_open`] | text on a SYN (RFC 7413) |
//! | `urgent`, `path_mtu`, [`icmp`] | RFC 9293 §3.8.5 and §3.7; RFC 5927 |
//! | `congestion` | the laws: Reno (RFC 5681) |
//! | `recovery` | fast retransmit and NewReno (RFC 6582), limited transmit (RFC 3042) |
//!
//! Still to be built: `congestion::{cubic, hystart}`,
//! `recovery::{board, sack, prr, frto, rack}`. Selective acknowledgments are already sent, not yet used.
mod acceptable;
mod acknowledged;
pub mod action;
pub mod arrives;
mod called;
mod challenge;
mod congestion;
pub mod connection;
mod delayed_ack;
pub(crate) mod duplicate_sack;
mod ecn;
pub mod event;
mod expired;
pub mod fast_open;
mod give_up;
pub mod icmp;
pub mod iss;
mod keep_alive;
mod nagle;
mod negotiate;
mod octets;
mod output;
mod path_mtu;
mod paws;
mod persist;
mod pieces;
mod reassembly;
mod receive;
mod recovery;
mod reset;
mod rto;
mod scale;
mod send;
mod send_buffer;
pub mod settings;
mod silly;
pub mod stage;
mod stamps;
#[cfg(test)]
mod tests;
mod time_wait;
mod timers;
mod urgent;
mod user_timeout;

pub use action::{Action, Context, Failure, Reasoned, Signal};
pub use arrives::listen::Listener;
pub use congestion::Congested;
pub use connection::{Birth, Connection};
pub use event::{Answer, Call, Received, Refusal, Status};
pub use fast_open::{Cookie, Opening, Welcome};
pub use icmp::{PathError, Report};
pub use settings::{KeepAlive, Settings};
