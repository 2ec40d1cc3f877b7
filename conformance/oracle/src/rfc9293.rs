//! RFC 9293: one file a section.
pub(crate) mod arrives;
pub(crate) mod calls;
pub(crate) mod closing;
pub(crate) mod complaints;
pub(crate) mod delayed;
pub(crate) mod header;
pub(crate) mod keep_alive;
pub(crate) mod opening;
pub(crate) mod queue;
pub(crate) mod resetting;
pub(crate) mod sequence;
pub(crate) mod size;
pub(crate) mod urgent;
pub(crate) mod windows;
