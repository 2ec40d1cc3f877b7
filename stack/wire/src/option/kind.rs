//! Kind octets, and the experiment that is read here.

/// End of option list.
pub const END_OF_LIST: u8 = 0;
/// No operation.
pub const NO_OPERATION: u8 = 1;
/// Maximum segment size.
pub const MAXIMUM_SEGMENT_SIZE: u8 = 2;
/// Window scale.
pub const WINDOW_SCALE: u8 = 3;
/// SACK permitted.
pub const SACK_PERMITTED: u8 = 4;
/// SACK.
pub const SACK: u8 = 5;
/// Timestamps.
pub const TIMESTAMPS: u8 = 8;
/// MD5 signature.
pub const MD5: u8 = 19;
/// User timeout.
pub const USER_TIMEOUT: u8 = 28;
/// Fast Open cookie.
pub const FAST_OPEN: u8 = 34;
/// AccECN, order 0.
pub const ACC_ECN_0: u8 = 172;
/// AccECN, order 1.
pub const ACC_ECN_1: u8 = 174;
/// Shared by experiments, each known by the two octets behind the length. RFC 6994 §3.
pub const EXPERIMENT: u8 = 254;
/// The experiment that Fast Open was. RFC 7413 appendix A.
pub const FAST_OPEN_EXPERIMENT: [u8; 2] = [0xf9, 0x89];
