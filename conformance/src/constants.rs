//! The constants that scripts name, as data: Linux's and FreeBSD's numbers side by side.
use core::fmt;
use std::collections::HashMap;
use std::sync::LazyLock;

mod errno;
mod names;

pub use errno::Errno;

/// Whose numbers.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Abi {
    /// Linux.
    #[default]
    Linux,
    /// FreeBSD.
    FreeBsd,
}

impl fmt::Display for Abi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Linux => "Linux",
            Self::FreeBsd => "FreeBSD",
        })
    }
}

/// A named constant; a system that lacks it has no number for it.
#[derive(Clone, Copy, Debug)]
struct Constant {
    name: &'static str,
    linux: Option<i64>,
    freebsd: Option<i64>,
}

/// Both systems have it.
const fn both(name: &'static str, linux: i64, freebsd: i64) -> Constant {
    Constant { name, linux: Some(linux), freebsd: Some(freebsd) }
}

/// Only Linux has it.
const fn linux(name: &'static str, number: i64) -> Constant {
    Constant { name, linux: Some(number), freebsd: None }
}

/// Only FreeBSD has it.
const fn freebsd(name: &'static str, number: i64) -> Constant {
    Constant { name, linux: None, freebsd: Some(number) }
}

impl Constant {
    const fn value(&self, abi: Abi) -> Option<i64> {
        match abi {
            Abi::Linux => self.linux,
            Abi::FreeBsd => self.freebsd,
        }
    }
}

impl Abi {
    /// The number behind `name`, an errno's included.
    #[must_use]
    pub fn number(self, name: &str) -> Option<i64> {
        BY_NAME
            .get(name)
            .and_then(|constant| constant.value(self))
            .or_else(|| Errno::named(name).and_then(|errno| errno.number(self)).map(i64::from))
    }

    /// The name of a number among those that begin with one of `prefixes`.
    #[must_use]
    pub fn name(self, number: i64, prefixes: &[&str]) -> Option<&'static str> {
        every()
            .filter(|constant| prefixes.iter().any(|prefix| constant.name.starts_with(prefix)))
            .find(|constant| constant.value(self) == Some(number))
            .map(|constant| constant.name)
    }

    /// The options of a level, and nothing else that is numbered like them; `None` for a level without any.
    #[must_use]
    pub fn options(self, level: i32) -> Option<Level> {
        let is = |name| self.number(name) == Some(level.into());
        Some(match () {
            () if is("SOL_SOCKET") => Level { abi: self, options: names::socket::OPTIONS },
            () if is("IPPROTO_UDP") => Level { abi: self, options: names::udp::OPTIONS },
            () if is("IPPROTO_TCP") => Level { abi: self, options: names::tcp::OPTIONS },
            () if is("IPPROTO_IP") => Level { abi: self, options: names::ip::V4_OPTIONS },
            () if is("IPPROTO_IPV6") => Level { abi: self, options: names::ip::V6_OPTIONS },
            () => return None,
        })
    }
}

/// The options of one level.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    abi: Abi,
    options: &'static [Constant],
}

impl Level {
    /// What the option of this number is called.
    #[must_use]
    pub fn name(self, number: i32) -> Option<&'static str> {
        let is = |constant: &&Constant| constant.value(self.abi) == Some(number.into());
        self.options.iter().find(is).map(|constant| constant.name)
    }
}

/// Scripts name a constant in every other call: none is looked for from the first to the last.
static BY_NAME: LazyLock<HashMap<&str, &Constant>> =
    LazyLock::new(|| every().map(|constant| (constant.name, constant)).collect());

fn every() -> impl Iterator<Item = &'static Constant> {
    names::ALL.iter().copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_systems_own() {
        for (name, linux, freebsd) in [
            ("AF_INET6", Some(10), Some(28)),
            ("SO_REUSEADDR", Some(2), Some(4)),
            ("O_NONBLOCK", Some(0o4000), Some(4)),
            ("EINPROGRESS", Some(115), Some(36)),
            ("TCP_NOOPT", None, Some(8)),
            ("ENODATA", Some(61), None),
            ("TCP_RACK_PACE_ALWAYS", None, Some(1055)),
            ("SCM_TIMESTAMPING", Some(37), None),
            ("TCP_NLA_SRTT", Some(22), None),
            ("EPOLLET", Some(1 << 31), None),
            ("IPTOS_DSCP_CS3", Some(0x60), Some(0x60)),
            ("NO_SUCH_NAME", None, None),
        ] {
            assert_eq!((Abi::Linux.number(name), Abi::FreeBsd.number(name)), (linux, freebsd), "{name}");
        }
    }

    #[test]
    fn options_go_by_the_names_of_their_level() {
        for (abi, level, number, name) in [
            (Abi::Linux, "SOL_TCP", 1, Some("TCP_NODELAY")),
            (Abi::Linux, "IPPROTO_IP", 1, Some("IP_TOS")),
            (Abi::Linux, "SOL_SOCKET", 0, None),
            (Abi::FreeBsd, "IPPROTO_TCP", 71, Some("TCP_REMOTE_UDP_ENCAPS_PORT")),
            (Abi::FreeBsd, "IPPROTO_IP", 71, None),
        ] {
            let level = abi.number(level).and_then(|level| i32::try_from(level).ok()).expect("a level");
            assert_eq!(abi.options(level).and_then(|level| level.name(number)), name, "{level} {number}");
        }
        assert!(Abi::Linux.options(132).is_none(), "SCTP has none here");
    }

    #[test]
    fn every_name_stands_once() {
        for (at, constant) in every().enumerate() {
            let again = every().skip(at + 1).any(|other| other.name == constant.name);
            assert!(!again, "{} stands twice", constant.name);
        }
    }
}
