//! What the process says when it ends, in one place.
use std::process::ExitCode;

/// How a verb ended. The worst of several is their maximum.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Exit {
    /// Everything was read, and nothing was found: 0.
    #[default]
    Well,
    /// A fail, a departure, a finding, something inconclusive or (for `run`) unsupported: 1.
    Found,
    /// An input could not be read or parsed, or the command line made no sense: 2.
    Unreadable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Well => Self::SUCCESS,
            Exit::Found => Self::from(1),
            Exit::Unreadable => Self::from(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_worst_wins() {
        assert_eq!(Exit::Found.max(Exit::Unreadable), Exit::Unreadable);
        assert_eq!(Exit::Well.max(Exit::Found), Exit::Found);
    }
}
