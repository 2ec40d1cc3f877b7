//! Pictures of a run: a [`ladder`] of who said what when, and a [`window`] plot of how much its sender had in flight
//! and how much it was allowed.
//!
//! Both are SVG, the same octets for the same run. What comes from a script is escaped in them.
mod caption;
mod ladder;
mod lane;
mod svg;
mod watched;
mod window;

pub use ladder::ladder;
pub use watched::{Sample, Watched};
pub use window::window;

#[cfg(test)]
mod tests;
