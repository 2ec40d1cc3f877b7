//! Calls that wait: each in a thread of its own, where the kernel really blocks.
//!
//! To poll a descriptor and call again would be another thing than what the script says: the kernel's own timeouts
//! (`SO_RCVTIMEO`), low-water marks, `MSG_WAITALL` and a `close` that lingers only show in a call that blocks. What can
//! be done at once is done in the runner's thread all the same, which nobody has to wake.
use std::fs;
use std::io::{self, PipeReader};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, SystemTime};

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use nix::unistd::gettid;

use super::urgency;
use crate::target::End;

/// How long a thread may take to fall asleep in its call before it counts as blocked anyway.
const SETTLES: Duration = Duration::from_millis(20);

/// How often that is looked at.
const LOOK: Duration = Duration::from_micros(30);

/// A call that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    answer: Receiver<Answered>,
    /// Hangs up when the thread is done.
    bell: PipeReader,
}

/// How a call that waited ended.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) end: End,
    /// When it was over.
    pub(super) at: SystemTime,
    /// How long the thread, once the kernel had let it go on, waited for a processor at most.
    pub(super) held_up: Duration,
}

impl Waiting {
    /// Makes a call in a thread of its own, and returns once it is over or the thread sleeps in the kernel.
    pub(super) fn start(work: impl FnOnce() -> End + Send + 'static) -> io::Result<Self> {
        let (bell, rope) = io::pipe()?;
        let (tell, answer) = sync_channel(1);
        let made_by = Arc::new(AtomicI32::new(0));
        let maker = Arc::clone(&made_by);
        thread::Builder::new().name("call".to_owned()).spawn(move || {
            let queued = urgency::queued();
            maker.store(gettid().as_raw(), Ordering::Release);
            let end = work();
            let at = SystemTime::now();
            let held_up = urgency::queued().saturating_sub(queued);
            // Nobody listens once the script is over.
            let _ = tell.send(Answered { end, at, held_up });
            drop(rope);
        })?;
        let waiting = Self { answer, bell };
        let asked = SystemTime::now();
        while !waiting.rings(LOOK) && !sleeps(made_by.load(Ordering::Acquire)) {
            if asked.elapsed().is_ok_and(|passed| passed > SETTLES) {
                break;
            }
        }
        Ok(waiting)
    }

    /// How it ended, if it has.
    pub(super) fn answer(&self) -> Option<Answered> {
        self.answer.try_recv().ok()
    }

    fn rings(&self, patience: Duration) -> bool {
        let mut polled = [PollFd::new(self.bell.as_fd(), PollFlags::POLLIN)];
        ppoll(&mut polled, Some(TimeSpec::from_duration(patience)), None).is_ok_and(|count| count > 0)
    }
}

impl AsFd for Waiting {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }
}

/// Whether a thread of this process is asleep.
fn sleeps(thread: i32) -> bool {
    // The state follows the name, which stands in parentheses.
    let state = |stat: String| stat.rsplit_once(')')?.1.trim_start().chars().next();
    thread != 0
        && fs::read_to_string(format!("/proc/self/task/{thread}/stat")).ok().and_then(state) == Some('S')
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;
    use crate::target::Output;

    const DONE: End = End::Returned { value: 7, output: Output::Nothing };

    #[test]
    fn a_call_that_waits_is_answered_when_it_ends() {
        let (mut ear, mut mouth) = io::pipe().expect("a pipe");
        let waiting = Waiting::start(move || {
            let _ = ear.read(&mut [0]);
            DONE
        });
        let waiting = waiting.expect("a thread");
        assert!(waiting.answer().is_none(), "nothing was written yet");
        mouth.write_all(b"x").expect("somebody reads");
        assert!(waiting.rings(Duration::from_secs(10)));
        let answered = waiting.answer().expect("it is over");
        assert_eq!(answered.end, DONE);
        assert!(answered.at <= SystemTime::now());
    }

    #[test]
    fn a_call_that_does_not_wait_is_answered_at_once() {
        let waiting = Waiting::start(|| DONE).expect("a thread");
        assert_eq!(waiting.answer().map(|answered| answered.end), Some(DONE));
    }
}
