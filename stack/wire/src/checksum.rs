//! The Internet checksum.
//!
//! Spec: RFC 1071 §1, RFC 9293 §3.1 MUST-2.
