//! A network namespace of a script's own.
//!
//! It has no name and is held by descriptors alone, so the kernel takes it away with the target, or with the program.
use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::thread;

use nix::sched::{CloneFlags, setns, unshare};
use nix::unistd::{getegid, geteuid};

use super::sysctl;
use crate::target::Unsupported;

/// A network namespace.
#[derive(Debug)]
pub(super) struct Namespace(File);

impl Namespace {
    /// A fresh one.
    pub(super) fn new() -> Result<Self, Unsupported> {
        in_thread(|| {
            unshare(CloneFlags::CLONE_NEWNET)?;
            File::open("/proc/thread-self/ns/net").map(Self)
        })
        .map_err(|error: io::Error| refused("network namespaces", false, &error))
    }

    /// Runs `work` in it, in a thread of its own: a thread that has entered is not led out again.
    pub(super) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, Unsupported> {
        in_thread(|| {
            setns(self.0.as_fd(), CloneFlags::CLONE_NEWNET)
                .map_err(|error| Unsupported(format!("entering a network namespace ({error})")))?;
            Ok(work())
        })
    }
}

fn in_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}

/// Becomes root in a user namespace of its own, unless the caller is root already. Only a process of one thread can.
///
/// # Errors
/// [`Unsupported`] says that the kernel does not let this user make namespaces, and if known why.
pub(super) fn become_root() -> Result<(), Unsupported> {
    let (user, group) = (geteuid(), getegid());
    if user.is_root() {
        return Ok(());
    }
    let become_root = || {
        unshare(CloneFlags::CLONE_NEWUSER)?;
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("0 {group} 1"))
    };
    become_root().map_err(|error: io::Error| refused("user namespaces", true, &error))
}

fn refused(what: &str, user: bool, error: &io::Error) -> Unsupported {
    let why = sysctl::forbids_namespaces(user).unwrap_or_else(|| error.to_string());
    Unsupported(format!("{what} (this host does not allow them: {why})"))
}
