//! The two dialects of the language.
use std::fmt;

/// Which tool's scripts these are. They differ in keywords, in some options and in a few rules of meaning.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Dialect {
    /// Google's packetdrill: what Linux's scripts are written in.
    #[default]
    Google,
    /// The fork that FreeBSD's scripts are written in.
    Bsd,
}

impl Dialect {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Google => Self::Bsd,
            Self::Bsd => Self::Google,
        }
    }
}

impl fmt::Display for Dialect {
    /// As `--dialect` takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Google => "google",
            Self::Bsd => "bsd",
        })
    }
}
