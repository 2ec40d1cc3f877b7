//! Every named constant but the error numbers, by subject.
use super::Constant;

pub(super) mod families;
mod file;
mod info;
pub(super) mod ip;
mod message;
mod poll;
pub(super) mod socket;
pub(super) mod tcp;
pub(super) mod udp;

/// All of them. Options stand before the values that share their prefix.
pub(super) const ALL: &[&[Constant]] = &[
    families::VALUES,
    socket::OPTIONS,
    tcp::OPTIONS,
    udp::OPTIONS,
    ip::V4_OPTIONS,
    ip::V6_OPTIONS,
    tcp::VALUES,
    ip::VALUES,
    message::VALUES,
    file::VALUES,
    poll::VALUES,
    info::VALUES,
];
