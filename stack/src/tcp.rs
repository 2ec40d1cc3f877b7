//! TCP: the floor plan of RFC 9293 and its companions.
pub mod action;
pub mod arrives;
pub mod connection;
pub mod event;
pub mod icmp;
pub mod settings;

pub use action::{Action, Context, Failure, Reasoned, Signal};
pub use connection::{Birth, Connection, Listener};
pub use event::{Answer, Call, Received, Refusal, Status};
pub use icmp::{PathError, Report};
pub use settings::{KeepAlive, Settings};
