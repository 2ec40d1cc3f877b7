//! Error numbers by name.
use core::fmt;

use super::Abi;

/// An errno. Compared by meaning: `EWOULDBLOCK` is `EAGAIN`.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Errno(&'static str);

/// Name, Linux, FreeBSD.
const ALL: &[(&str, i32, i32)] = &[
    ("EPERM", 1, 1),
    ("ENOENT", 2, 2),
    ("ESRCH", 3, 3),
    ("EINTR", 4, 4),
    ("EIO", 5, 5),
    ("ENXIO", 6, 6),
    ("E2BIG", 7, 7),
    ("EBADF", 9, 9),
    ("EAGAIN", 11, 35),
    ("ENOMEM", 12, 12),
    ("EACCES", 13, 13),
    ("EFAULT", 14, 14),
    ("EBUSY", 16, 16),
    ("EEXIST", 17, 17),
    ("ENODEV", 19, 19),
    ("EINVAL", 22, 22),
    ("ENFILE", 23, 23),
    ("EMFILE", 24, 24),
    ("ENOTTY", 25, 25),
    ("EFBIG", 27, 27),
    ("ENOSPC", 28, 28),
    ("ESPIPE", 29, 29),
    ("EPIPE", 32, 32),
    ("EDOM", 33, 33),
    ("ERANGE", 34, 34),
    ("EDEADLK", 35, 11),
    ("ENAMETOOLONG", 36, 63),
    ("ENOSYS", 38, 78),
    ("EPROTO", 71, 92),
    ("EBADMSG", 74, 89),
    ("EOVERFLOW", 75, 84),
    ("EILSEQ", 84, 86),
    ("EUSERS", 87, 68),
    ("ENOTSOCK", 88, 38),
    ("EDESTADDRREQ", 89, 39),
    ("EMSGSIZE", 90, 40),
    ("EPROTOTYPE", 91, 41),
    ("ENOPROTOOPT", 92, 42),
    ("EPROTONOSUPPORT", 93, 43),
    ("ESOCKTNOSUPPORT", 94, 44),
    ("EOPNOTSUPP", 95, 45),
    ("EPFNOSUPPORT", 96, 46),
    ("EAFNOSUPPORT", 97, 47),
    ("EADDRINUSE", 98, 48),
    ("EADDRNOTAVAIL", 99, 49),
    ("ENETDOWN", 100, 50),
    ("ENETUNREACH", 101, 51),
    ("ENETRESET", 102, 52),
    ("ECONNABORTED", 103, 53),
    ("ECONNRESET", 104, 54),
    ("ENOBUFS", 105, 55),
    ("EISCONN", 106, 56),
    ("ENOTCONN", 107, 57),
    ("ESHUTDOWN", 108, 58),
    ("ETOOMANYREFS", 109, 59),
    ("ETIMEDOUT", 110, 60),
    ("ECONNREFUSED", 111, 61),
    ("EHOSTDOWN", 112, 64),
    ("EHOSTUNREACH", 113, 65),
    ("EALREADY", 114, 37),
    ("EINPROGRESS", 115, 36),
    ("ECANCELED", 125, 85),
];

/// Two names, one meaning: the second is the one in the table.
const ALIASES: &[(&str, &str)] =
    &[("EWOULDBLOCK", "EAGAIN"), ("ENOTSUP", "EOPNOTSUPP"), ("EDEADLOCK", "EDEADLK")];

impl Errno {
    /// The errno that scripts call `name`; `None` if no system has it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, meant)| meant);
        ALL.iter().find(|(known, ..)| *known == name).map(|(known, ..)| Self(known))
    }

    /// The errno that `abi` numbers so.
    #[must_use]
    pub fn numbered(number: i32, abi: Abi) -> Option<Self> {
        ALL.iter().find(|(name, ..)| Self(name).number(abi) == Some(number)).map(|(name, ..)| Self(name))
    }

    /// Its number in `abi`.
    #[must_use]
    pub fn number(self, abi: Abi) -> Option<i32> {
        ALL.iter().find(|(name, ..)| *name == self.0).map(|&(_, linux, freebsd)| match abi {
            Abi::Linux => linux,
            Abi::FreeBsd => freebsd,
        })
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_mean_the_same() {
        assert_eq!(Errno::named("EWOULDBLOCK"), Errno::named("EAGAIN"));
        assert_eq!(Errno::named("EWOULDBLOCK").and_then(|errno| errno.number(Abi::FreeBsd)), Some(35));
        assert_eq!(Errno::named("ENONSENSE"), None);
    }

    #[test]
    fn numbers_come_back_as_names() {
        for abi in [Abi::Linux, Abi::FreeBsd] {
            for (name, ..) in ALL {
                let number = Errno(name).number(abi).expect("it is in the table");
                assert_eq!(Errno::numbered(number, abi).map(Errno::name), Some(*name), "{abi}");
            }
        }
    }
}
