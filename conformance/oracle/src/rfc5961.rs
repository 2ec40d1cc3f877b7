//! RFC 5961: challenges instead of resets.
use crate::rule::rules;

rules! {
    RULES;
    /// A reset in the window but not at RCV.NXT draws a challenge ACK.
    RST_CHALLENGE = "RFC5961:3.2-rst-in-window-challenge", Must, Whole, "SYN-RECEIVED and later, such a RST arrives";
    /// A SYN in the window draws a challenge ACK (before RFC 5961: a reset that ends the connection).
    SYN_CHALLENGE = "RFC5961:4.2-syn-in-window-challenge", Must, Whole, "ESTABLISHED and later, a SYN arrives";
}
