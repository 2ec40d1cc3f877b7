//! Connections in small worlds: what two ends, or one end and a test's own segments, make of the rooms together.
mod bench;
mod closing;
mod forged;
mod long_lived;
mod marked;
mod opening;
mod recovering;
mod twice;
mod windows;
mod world;
