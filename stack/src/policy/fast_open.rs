//! What RFC 7413 leaves open. No application gets Fast Open without asking for it.
use core::time::Duration;

/// Choices about TCP Fast Open.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct FastOpen {
    /// Whether applications may send text with a SYN.
    ///
    /// Chooses: RFC7413:2-off-by-default.
    pub client: bool,
    /// Whether applications may take text from a SYN.
    ///
    /// Chooses: RFC7413:2-off-by-default RFC7413:4.2-disabled-server-ignores.
    pub server: bool,
    /// Whether text goes with a SYN even without a cookie for the peer.
    ///
    /// Chooses: RFC7413:4.2.1-request.
    pub client_without_cookie: bool,
    /// Whether text of a SYN is taken whatever its cookie.
    ///
    /// Chooses: RFC7413:4.1.2-cookie-bound-to-address.
    pub server_without_cookie: bool,
    /// The queue of a listener that did not ask for one; `None` leaves Fast Open off there.
    ///
    /// Chooses: RFC7413:2-off-by-default.
    pub every_listener: Option<u32>,
    /// The key of the cookies; `None` for one of the host's own.
    ///
    /// Chooses: RFC7413:4.1.2-cookie-expires.
    pub key: Option<[u8; 16]>,
    /// The key before: a cookie made with it is taken, and a new one given.
    ///
    /// Chooses: RFC7413:4.1.2-cookie-expires.
    pub previous_key: Option<[u8; 16]>,
    /// Whether the option from before it had a kind of its own (kind 254) is understood, and answered in kind.
    ///
    /// Chooses: RFC 7413 §4.1.1.
    pub experimental: bool,
    /// How many servers a client remembers.
    ///
    /// Chooses: RFC7413:4.1.3-client-caches.
    pub cache: usize,
    /// How long a client leaves Fast Open alone towards a server after it failed.
    ///
    /// Chooses: RFC7413:4.1.3.1-disable-after-failure.
    pub rest: Duration,
    /// Whether text on a SYN leaves room for 40 octets of options rather than for those that are there.
    ///
    /// Chooses: RFC7413:4.2.2-syn-data-limit.
    pub spares_option_space: bool,
}

impl Default for FastOpen {
    /// Available to whoever asks, with cookies.
    fn default() -> Self {
        Self {
            client: true,
            server: true,
            client_without_cookie: false,
            server_without_cookie: false,
            every_listener: None,
            key: None,
            previous_key: None,
            experimental: true,
            cache: 256,
            rest: Duration::from_secs(60 * 60),
            spares_option_space: false,
        }
    }
}
