//! Placeholder.

/// How a stack behaves where the RFCs leave a choice.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Policy {}
