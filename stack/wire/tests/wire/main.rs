//! Packets, options and checksums: laws, case tables, and another reader as witness.
mod checksums;
mod given;
mod options;
mod packets;
mod witness;
mod words;
