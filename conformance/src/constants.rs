//! The constants that scripts name, as data: Linux's and FreeBSD's numbers side by side.
use core::fmt;

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
        names::ALL
            .iter()
            .find(|constant| constant.name == name)
            .and_then(|constant| constant.value(self))
            .or_else(|| Errno::named(name).and_then(|errno| errno.number(self)).map(i64::from))
    }

    /// The name of a number among those that begin with one of `prefixes`: what a socket option is called.
    #[must_use]
    pub fn name(self, number: i64, prefixes: &[&str]) -> Option<&'static str> {
        names::ALL
            .iter()
            .filter(|constant| prefixes.iter().any(|prefix| constant.name.starts_with(prefix)))
            .find(|constant| constant.value(self) == Some(number))
            .map(|constant| constant.name)
    }
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
            ("NO_SUCH_NAME", None, None),
        ] {
            assert_eq!((Abi::Linux.number(name), Abi::FreeBsd.number(name)), (linux, freebsd), "{name}");
        }
    }

    #[test]
    fn every_name_stands_once() {
        for (at, constant) in names::ALL.iter().enumerate() {
            let again = names::ALL.iter().skip(at + 1).any(|other| other.name == constant.name);
            assert!(!again, "{} stands twice", constant.name);
        }
    }
}
