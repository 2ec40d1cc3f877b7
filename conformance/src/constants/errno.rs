//! Error numbers by name.
use core::fmt;

use super::{Abi, Constant, both, freebsd, linux};

/// An errno. Compared by meaning: `EWOULDBLOCK` is `EAGAIN`.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Errno(&'static str);

/// Every one of either system.
const ALL: &[Constant] = &[
    both("EPERM", 1, 1),
    both("ENOENT", 2, 2),
    both("ESRCH", 3, 3),
    both("EINTR", 4, 4),
    both("EIO", 5, 5),
    both("ENXIO", 6, 6),
    both("E2BIG", 7, 7),
    both("ENOEXEC", 8, 8),
    both("EBADF", 9, 9),
    both("ECHILD", 10, 10),
    both("EAGAIN", 11, 35),
    both("ENOMEM", 12, 12),
    both("EACCES", 13, 13),
    both("EFAULT", 14, 14),
    both("ENOTBLK", 15, 15),
    both("EBUSY", 16, 16),
    both("EEXIST", 17, 17),
    both("EXDEV", 18, 18),
    both("ENODEV", 19, 19),
    both("ENOTDIR", 20, 20),
    both("EISDIR", 21, 21),
    both("EINVAL", 22, 22),
    both("ENFILE", 23, 23),
    both("EMFILE", 24, 24),
    both("ENOTTY", 25, 25),
    both("ETXTBSY", 26, 26),
    both("EFBIG", 27, 27),
    both("ENOSPC", 28, 28),
    both("ESPIPE", 29, 29),
    both("EROFS", 30, 30),
    both("EMLINK", 31, 31),
    both("EPIPE", 32, 32),
    both("EDOM", 33, 33),
    both("ERANGE", 34, 34),
    both("EDEADLK", 35, 11),
    both("ENAMETOOLONG", 36, 63),
    both("ENOLCK", 37, 77),
    both("ENOSYS", 38, 78),
    both("ENOTEMPTY", 39, 66),
    both("ELOOP", 40, 62),
    both("ENOMSG", 42, 83),
    both("EIDRM", 43, 82),
    linux("ECHRNG", 44),
    linux("EL2NSYNC", 45),
    linux("EL3HLT", 46),
    linux("EL3RST", 47),
    linux("ELNRNG", 48),
    linux("EUNATCH", 49),
    linux("ENOCSI", 50),
    linux("EL2HLT", 51),
    linux("EBADE", 52),
    linux("EBADR", 53),
    linux("EXFULL", 54),
    linux("ENOANO", 55),
    linux("EBADRQC", 56),
    linux("EBADSLT", 57),
    linux("EBFONT", 59),
    linux("ENOSTR", 60),
    linux("ENODATA", 61),
    linux("ETIME", 62),
    linux("ENOSR", 63),
    linux("ENONET", 64),
    linux("ENOPKG", 65),
    both("EREMOTE", 66, 71),
    both("ENOLINK", 67, 91),
    linux("EADV", 68),
    linux("ESRMNT", 69),
    linux("ECOMM", 70),
    both("EPROTO", 71, 92),
    both("EMULTIHOP", 72, 90),
    linux("EDOTDOT", 73),
    both("EBADMSG", 74, 89),
    both("EOVERFLOW", 75, 84),
    linux("ENOTUNIQ", 76),
    linux("EBADFD", 77),
    linux("EREMCHG", 78),
    linux("ELIBACC", 79),
    linux("ELIBBAD", 80),
    linux("ELIBSCN", 81),
    linux("ELIBMAX", 82),
    linux("ELIBEXEC", 83),
    both("EILSEQ", 84, 86),
    linux("ERESTART", 85),
    linux("ESTRPIPE", 86),
    both("EUSERS", 87, 68),
    both("ENOTSOCK", 88, 38),
    both("EDESTADDRREQ", 89, 39),
    both("EMSGSIZE", 90, 40),
    both("EPROTOTYPE", 91, 41),
    both("ENOPROTOOPT", 92, 42),
    both("EPROTONOSUPPORT", 93, 43),
    both("ESOCKTNOSUPPORT", 94, 44),
    both("EOPNOTSUPP", 95, 45),
    both("EPFNOSUPPORT", 96, 46),
    both("EAFNOSUPPORT", 97, 47),
    both("EADDRINUSE", 98, 48),
    both("EADDRNOTAVAIL", 99, 49),
    both("ENETDOWN", 100, 50),
    both("ENETUNREACH", 101, 51),
    both("ENETRESET", 102, 52),
    both("ECONNABORTED", 103, 53),
    both("ECONNRESET", 104, 54),
    both("ENOBUFS", 105, 55),
    both("EISCONN", 106, 56),
    both("ENOTCONN", 107, 57),
    both("ESHUTDOWN", 108, 58),
    both("ETOOMANYREFS", 109, 59),
    both("ETIMEDOUT", 110, 60),
    both("ECONNREFUSED", 111, 61),
    both("EHOSTDOWN", 112, 64),
    both("EHOSTUNREACH", 113, 65),
    both("EALREADY", 114, 37),
    both("EINPROGRESS", 115, 36),
    both("ESTALE", 116, 70),
    linux("EUCLEAN", 117),
    linux("ENOTNAM", 118),
    linux("ENAVAIL", 119),
    linux("EISNAM", 120),
    linux("EREMOTEIO", 121),
    both("EDQUOT", 122, 69),
    linux("ENOMEDIUM", 123),
    linux("EMEDIUMTYPE", 124),
    both("ECANCELED", 125, 85),
    linux("ENOKEY", 126),
    linux("EKEYEXPIRED", 127),
    linux("EKEYREVOKED", 128),
    linux("EKEYREJECTED", 129),
    both("EOWNERDEAD", 130, 96),
    both("ENOTRECOVERABLE", 131, 95),
    linux("ERFKILL", 132),
    linux("EHWPOISON", 133),
    freebsd("EPROCLIM", 67),
    freebsd("EBADRPC", 72),
    freebsd("ERPCMISMATCH", 73),
    freebsd("EPROGUNAVAIL", 74),
    freebsd("EPROGMISMATCH", 75),
    freebsd("EPROCUNAVAIL", 76),
    freebsd("EFTYPE", 79),
    freebsd("EAUTH", 80),
    freebsd("ENEEDAUTH", 81),
    freebsd("ENOATTR", 87),
    freebsd("EDOOFUS", 88),
    freebsd("ENOTCAPABLE", 93),
    freebsd("ECAPMODE", 94),
    freebsd("EINTEGRITY", 97),
];

/// Two names, one meaning: the second is the one in the table.
const ALIASES: &[(&str, &str)] =
    &[("EWOULDBLOCK", "EAGAIN"), ("ENOTSUP", "EOPNOTSUPP"), ("EDEADLOCK", "EDEADLK")];

impl Errno {
    /// The errno that scripts call `name`; `None` if no system has it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, meant)| meant);
        ALL.iter().find(|known| known.name == name).map(|known| Self(known.name))
    }

    /// The errno that `abi` numbers so.
    #[must_use]
    pub fn numbered(number: i32, abi: Abi) -> Option<Self> {
        ALL.iter().find(|known| known.value(abi) == Some(number.into())).map(|known| Self(known.name))
    }

    /// Its number in `abi`, if that system has it.
    #[must_use]
    pub fn number(self, abi: Abi) -> Option<i32> {
        let known = ALL.iter().find(|known| known.name == self.0)?;
        known.value(abi).and_then(|number| i32::try_from(number).ok())
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
            for known in ALL {
                let Some(number) = Errno(known.name).number(abi) else { continue };
                assert_eq!(Errno::numbered(number, abi).map(Errno::name), Some(known.name), "{abi}");
            }
        }
    }
}
