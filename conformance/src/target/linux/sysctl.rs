//! Settings of a namespace: written to its own `/proc/sys`, never to the host's.
//!
//! A setting that is the whole host's has no entry there, so it cannot be changed by accident.
use std::fs;
use std::io;

use crate::target::{Setting, Unsupported};

const CONGESTION: &str = "net.ipv4.tcp_congestion_control";
const ALLOWED: &str = "net.ipv4.tcp_allowed_congestion_control";

fn path(name: &str) -> String {
    format!("/proc/sys/{}", name.replace('.', "/"))
}

/// Changes a sysctl of the calling thread's namespace.
pub(super) fn set(setting: &Setting) -> Result<(), Unsupported> {
    let Setting { name, value } = setting;
    let plain = name.split('.').all(|part| {
        !part.is_empty()
            && part.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-'))
    });
    if !plain || !["net.ipv4.", "net.ipv6.", "net.core."].iter().any(|root| name.starts_with(root)) {
        return Err(Unsupported(format!("sysctl {}", name.escape_debug())));
    }
    fs::write(path(name), value).map_err(|error| refused(setting, &error))
}

/// Why the kernel refuses a setting, and what an administrator could do.
fn refused(Setting { name, value }: &Setting, error: &io::Error) -> Unsupported {
    let shown = value.escape_debug();
    Unsupported(match error.kind() {
        io::ErrorKind::PermissionDenied if name == CONGESTION => return not_allowed(value),
        io::ErrorKind::NotFound if name == CONGESTION => {
            format!("sysctl {name}={shown} (the kernel has no such law; `modprobe tcp_{shown}` may add it)")
        }
        io::ErrorKind::NotFound => {
            format!("sysctl {name} (this kernel has none, or none that a namespace may set)")
        }
        _ => format!("sysctl {name}={shown} (the kernel refuses it: {error})"),
    })
}

/// A congestion control that is there, but not for everybody.
pub(super) fn not_allowed(law: &str) -> Unsupported {
    let law = law.escape_debug();
    Unsupported(format!("congestion control {law} (an administrator can add `{law}` to sysctl {ALLOWED})"))
}

/// What every script starts from.
pub(super) fn start() -> io::Result<()> {
    quiet_ipv6()?;
    by_the_rfc()
}

/// No address but the one that is given: neither link-local ones nor router solicitations.
fn quiet_ipv6() -> io::Result<()> {
    for (name, value) in [("addr_gen_mode", "1"), ("accept_ra", "0"), ("router_solicitations", "0")] {
        match fs::write(format!("/proc/sys/net/ipv6/conf/default/{name}"), value) {
            // A kernel without IPv6 is quiet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            written => written?,
        }
    }
    Ok(())
}

/// A device that says nothing of its own accord over IPv6.
pub(super) fn without_ipv6(device: &str) -> io::Result<()> {
    match fs::write(format!("/proc/sys/net/ipv6/conf/{device}/disable_ipv6"), "1") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        written => written,
    }
}

/// A new namespace takes over the host's congestion control, which an administrator may have changed: scripts start from
/// CUBIC, the kernel's own default, or from Reno, which every kernel has.
///
/// Spec: RFC 9438 §4, RFC 5681 §3.
fn by_the_rfc() -> io::Result<()> {
    let choice = path(CONGESTION);
    fs::write(&choice, "cubic").or_else(|_| fs::write(&choice, "reno"))
}

/// How an administrator keeps users from making namespaces, if one does: the sysctl to change.
pub(super) fn forbids_namespaces(user: bool) -> Option<String> {
    let number = |name: &str| fs::read_to_string(path(name)).ok()?.trim().parse::<u64>().ok();
    let mut rules = vec![("user.max_net_namespaces", 0)];
    if user {
        rules.extend([
            ("user.max_user_namespaces", 0),
            ("kernel.unprivileged_userns_clone", 0),
            ("kernel.apparmor_restrict_unprivileged_userns", 1),
        ]);
    }
    let found = rules.into_iter().find(|&(name, forbidding)| number(name) == Some(forbidding));
    found.map(|(name, value)| format!("sysctl {name} is {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing is written: the name is refused before, or the kernel has no such entry.
    #[test]
    fn what_cannot_be_set_is_named() {
        for (name, said) in [
            ("kernel.panic", "sysctl kernel.panic"),
            ("net.ipv4...panic", "sysctl net.ipv4...panic"),
            ("net.ipv4.tcp_no_such_thing", "sysctl net.ipv4.tcp_no_such_thing (this kernel has none"),
        ] {
            let setting = Setting { name: name.to_owned(), value: "1".to_owned() };
            let refused = set(&setting).expect_err("cannot be set").0;
            assert!(refused.starts_with(said), "{refused}");
        }
    }

    #[test]
    fn a_refusal_says_what_an_administrator_could_change() {
        let setting = Setting { name: CONGESTION.to_owned(), value: "cubic".to_owned() };
        for (error, said) in [
            (
                io::ErrorKind::PermissionDenied,
                "add `cubic` to sysctl net.ipv4.tcp_allowed_congestion_control",
            ),
            (io::ErrorKind::NotFound, "no such law"),
            (io::ErrorKind::InvalidInput, "the kernel refuses it"),
        ] {
            let refused = refused(&setting, &error.into()).0;
            assert!(refused.contains(said), "{refused}");
        }
    }
}
