//! POSIX error numbers.
//!
//! Named as POSIX names them, since scripts and manuals do; the numbers are those of Linux, because `SO_ERROR`
//! hands a number to the caller.
use core::fmt;

/// One row a name, so that the variant, its spelling and its number cannot drift apart.
macro_rules! errnos {
    ($($(#[doc = $doc:literal])* $name:ident = $number:literal,)*) => {
        /// A POSIX error number, by name.
        #[expect(clippy::upper_case_acronyms, reason = "POSIX spells them so")]
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[repr(i32)]
        pub enum Errno {
            $($(#[doc = $doc])* $name = $number,)*
        }

        impl Errno {
            /// Every one, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The POSIX spelling, such as `ECONNREFUSED`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

errnos! {
    /// Operation not permitted.
    EPERM = 1,
    /// No such file or directory.
    ENOENT = 2,
    /// Interrupted system call.
    EINTR = 4,
    /// Bad file descriptor.
    EBADF = 9,
    /// Resource temporarily unavailable.
    EAGAIN = 11,
    /// Cannot allocate memory.
    ENOMEM = 12,
    /// Permission denied.
    EACCES = 13,
    /// Bad address.
    EFAULT = 14,
    /// File exists.
    EEXIST = 17,
    /// Invalid argument.
    EINVAL = 22,
    /// Too many open files.
    EMFILE = 24,
    /// Inappropriate ioctl for device.
    ENOTTY = 25,
    /// Illegal seek.
    ESPIPE = 29,
    /// Broken pipe.
    EPIPE = 32,
    /// Argument out of domain.
    EDOM = 33,
    /// No message of the desired type.
    ENOMSG = 42,
    /// Machine is not on the network.
    ENONET = 64,
    /// Protocol error.
    EPROTO = 71,
    /// Socket operation on non-socket.
    ENOTSOCK = 88,
    /// Destination address required.
    EDESTADDRREQ = 89,
    /// Message too long.
    EMSGSIZE = 90,
    /// Protocol wrong type for socket.
    EPROTOTYPE = 91,
    /// Protocol not available.
    ENOPROTOOPT = 92,
    /// Protocol not supported.
    EPROTONOSUPPORT = 93,
    /// Operation not supported.
    EOPNOTSUPP = 95,
    /// Address family not supported by protocol.
    EAFNOSUPPORT = 97,
    /// Address already in use.
    EADDRINUSE = 98,
    /// Cannot assign requested address.
    EADDRNOTAVAIL = 99,
    /// Network is down.
    ENETDOWN = 100,
    /// Network is unreachable.
    ENETUNREACH = 101,
    /// Software caused connection abort.
    ECONNABORTED = 103,
    /// Connection reset by peer.
    ECONNRESET = 104,
    /// No buffer space available.
    ENOBUFS = 105,
    /// Transport endpoint is already connected.
    EISCONN = 106,
    /// Transport endpoint is not connected.
    ENOTCONN = 107,
    /// Connection timed out.
    ETIMEDOUT = 110,
    /// Connection refused.
    ECONNREFUSED = 111,
    /// Host is down.
    EHOSTDOWN = 112,
    /// No route to host.
    EHOSTUNREACH = 113,
    /// Operation already in progress.
    EALREADY = 114,
    /// Operation now in progress.
    EINPROGRESS = 115,
}

impl Errno {
    /// The number Linux gives it.
    #[must_use]
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The error of that POSIX name. `EWOULDBLOCK` is `EAGAIN`, as on every system this models.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = if name == "EWOULDBLOCK" { "EAGAIN" } else { name };
        Self::ALL.iter().copied().find(|errno| errno.name() == name)
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_agree() {
        for (name, number) in [("EAGAIN", 11), ("EPIPE", 32), ("ECONNREFUSED", 111), ("EINPROGRESS", 115)] {
            assert_eq!(Errno::named(name).map(Errno::number), Some(number), "{name}");
        }
        assert_eq!(Errno::named("EWOULDBLOCK"), Some(Errno::EAGAIN));
        assert_eq!(Errno::named("ENONSENSE"), None);
        assert!(
            Errno::ALL.windows(2).all(|pair| pair[0] < pair[1]),
            "rows stand in the order of their numbers"
        );
    }
}
