//! Packets, options and checksums: laws, case tables, and another reader as witness.
mod checksums;
mod datagrams;
mod given;
mod options;
mod packets;
mod tunnels;
mod witness;
mod words;
