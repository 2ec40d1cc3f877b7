//! The user timeout, told to the peer: how long both ends wait for what is outstanding.
//!
//! Spec: RFC 5482 §3.
use core::time::Duration;

use stackdrill_wire::{Options, TcpOption};

use crate::policy::UserTimeouts;
use crate::tcp::connection::Connection;
use crate::tcp::settings::Settings;

/// What has been told, and what was heard.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct UserTimeout {
    /// The next segment that is no SYN tells the peer.
    pub(crate) owed: bool,
    /// What follows from what the peer told.
    adopted: Option<Duration>,
}

/// The most that fifteen bits can say.
const MOST: u64 = 0x7fff;

/// The option that says so much: in seconds while they fit, in minutes above. Zero is never sent.
///
/// Spec: RFC5482:3-uto-format RFC5482:3.4-zero-reserved.
fn option(timeout: Duration) -> Option<TcpOption<'static>> {
    let seconds = timeout.as_secs();
    let minutes = seconds > MOST;
    let value = if minutes { (seconds / 60).min(MOST) } else { seconds } as u16;
    (value > 0).then_some(TcpOption::UserTimeout { minutes, value })
}

/// What a segment's options tell, if anything.
///
/// Spec: RFC5482:3-uto-format RFC5482:3.4-zero-reserved.
fn told(options: &Options) -> Option<Duration> {
    let mut options = options.iter().map_while(Result::ok);
    let (minutes, value) = options.find_map(|option| {
        if let TcpOption::UserTimeout { minutes, value } = option {
            Some((minutes, u64::from(value)))
        } else {
            None
        }
    })?;
    Some(Duration::from_secs(if minutes { value * 60 } else { value })).filter(|told| !told.is_zero())
}

impl UserTimeout {
    /// A connection whose policy speaks of it tells the peer as soon as it can.
    pub(crate) fn new(choices: Option<&UserTimeouts>) -> Self {
        Self { owed: choices.is_some(), adopted: None }
    }

    /// An acceptable segment may tell what the peer waits.
    ///
    /// Spec: RFC5482:3.1-adopt-formula RFC5482:3-limits RFC5482:3.1-changeable-false.
    pub(crate) fn heard(&mut self, options: &Options, choices: Option<&UserTimeouts>, settings: Settings) {
        let (Some(choices), None) = (choices, settings.user_timeout) else { return };
        if let Some(told) = told(options) {
            self.adopted = Some(choices.advertised.max(told).max(choices.least).min(choices.most));
        }
    }

    /// How long what is outstanding may wait, once the connection is synchronized: what the user has set, else what
    /// both ends told.
    ///
    /// Spec: RFC5482:3.1-changeable-false RFC5482:3.3-synchronized-only.
    pub(crate) fn limit(&self, settings: Settings) -> Option<Duration> {
        settings.user_timeout.or(self.adopted)
    }

    /// How long an idle connection waits before it is probed: longer than for what is outstanding.
    ///
    /// Spec: RFC5482:4.2-keepalive-longer.
    pub(crate) fn idle(&self, wanted: Duration) -> Duration {
        self.adopted.map_or(wanted, |adopted| wanted.max(adopted + Duration::from_secs(1)))
    }
}

/// Appends the option to a SYN, and to the first segment after it or after a change.
///
/// Spec: RFC5482:3-uto-exchange.
pub(crate) fn push(c: &Connection, choices: Option<&UserTimeouts>, syn: bool, options: &mut Options) {
    let Some(choices) = choices.filter(|_| syn || c.user_timeout.owed) else { return };
    if let Some(option) = option(c.settings.user_timeout.unwrap_or(choices.advertised)) {
        options.pad(1);
        options.push(option);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    const S: fn(u64) -> Duration = Duration::from_secs;

    /// Proves: RFC5482:3-uto-format RFC5482:3.4-zero-reserved.
    #[test]
    fn seconds_while_they_fit_and_minutes_above() {
        for (timeout, minutes, value) in [(1, false, 1), (32_767, false, 32_767), (32_768, true, 546)] {
            assert_eq!(option(S(timeout)), Some(TcpOption::UserTimeout { minutes, value }));
        }
        assert_eq!(option(S(u64::MAX)), Some(TcpOption::UserTimeout { minutes: true, value: 32_767 }));
        assert_eq!(option(S(0)), None);
        let read = |minutes, value| told(&Options::of(&[TcpOption::UserTimeout { minutes, value }]).unwrap());
        assert_eq!(read(true, 2), Some(S(120)));
        assert_eq!((read(true, 0), read(false, 0)), (None, None));
    }

    /// Proves: RFC5482:3.1-adopt-formula RFC5482:3-limits RFC5482:3.1-changeable-false RFC5482:4.2-keepalive-longer.
    #[test]
    fn the_longest_is_adopted_within_limits() {
        let choices = UserTimeouts { advertised: S(200), least: S(100), most: S(1000) };
        let mut settings = Settings::new(&Policy::default());
        for (value, adopted) in [(1, 200), (300, 300), (5000, 1000)] {
            let options = Options::of(&[TcpOption::UserTimeout { minutes: false, value }]).unwrap();
            let mut timeout = UserTimeout::new(Some(&choices));
            timeout.heard(&options, Some(&choices), settings);
            assert_eq!(timeout.limit(settings), Some(S(adopted)));
            assert!(timeout.idle(S(10)) > S(adopted));
            settings.user_timeout = Some(S(7));
            assert_eq!(timeout.limit(settings), Some(S(7)), "what the user set stands");
            let mut fixed = UserTimeout::new(Some(&choices));
            fixed.heard(&options, Some(&choices), settings);
            assert_eq!(fixed.adopted, None);
            settings.user_timeout = None;
        }
        assert_eq!(UserTimeout::new(None).limit(settings), None);
    }
}
