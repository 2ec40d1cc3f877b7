//! A say in when the runner's thread gets a processor: as early as this host lets us.
//!
//! Whoever may have real-time scheduling gets the lowest priority of it, which is before everybody who has none. Anybody
//! else asks for short slices, which the scheduler serves early. The thread is given back as it was.
use std::fs;
use std::time::Duration;

use nix::sys::prctl;
use nix::unistd::gettid;

use super::raw;

/// The shortest slice that the kernel grants.
const SLICE: Duration = Duration::from_micros(100);

/// Timers of a thread that is in no hurry may be this late; for us, the least that can be asked for.
const SLACK: u64 = 1;

/// A thread in a hurry, for as long as this lives.
#[derive(Debug)]
pub(super) struct Urgency {
    thread: i32,
    before: Option<raw::Scheduling>,
    slack: Option<u64>,
}

impl Urgency {
    /// The calling thread, and those that it starts. A host that allows none of it is worked with as it is.
    pub(super) fn claim() -> Self {
        let thread = gettid().as_raw();
        let before = raw::scheduling(thread).ok();
        if let Some(before) = before {
            let hurried = [before.real_time(1), before.with_slice(SLICE)];
            let _ = hurried.into_iter().find(|wanted| raw::schedule(thread, *wanted).is_ok());
        }
        let slack = prctl::get_timerslack().ok().and_then(|slack| u64::try_from(slack).ok());
        let _ = prctl::set_timerslack(SLACK);
        Self { thread, before, slack }
    }
}

impl Drop for Urgency {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            let _ = raw::schedule(self.thread, before);
        }
        if let Some(slack) = self.slack.filter(|_| gettid().as_raw() == self.thread) {
            let _ = prctl::set_timerslack(slack);
        }
    }
}

/// How long the calling thread, while it could have run, has waited for a processor so far; nothing if the kernel does
/// not count that.
pub(super) fn queued() -> Duration {
    let counted = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = counted.and_then(|counted| counted.split_whitespace().nth(1)?.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_is_given_back_as_it_was() {
        let own = gettid().as_raw();
        let before = raw::scheduling(own).expect("the kernel tells");
        let slack = prctl::get_timerslack().expect("the kernel tells");
        drop(Urgency::claim());
        assert_eq!(raw::scheduling(own).expect("the kernel tells"), before);
        assert_eq!(prctl::get_timerslack(), Ok(slack));
    }
}
