//! What each sysctl name means for the reference: a field of its policy.
use core::time::Duration;

use stackdrill_stack::Policy;
use stackdrill_stack::policy::{Ecn, Limit, SynCookies, Throttle};

use crate::target::{Setting, Unsupported};

mod freebsd;
mod idle;

/// What a setting does.
#[derive(Clone, Copy, Debug)]
enum Effect {
    /// 0 is off, anything else is on.
    Switch(fn(&mut Policy, bool)),
    /// A number.
    Number(fn(&mut Policy, u64)),
    /// A number that stands for a choice; `None` for one that cannot be had.
    Choice(fn(&mut Policy, u64) -> Option<()>),
    /// Three numbers: the least, what a socket starts with, the most.
    Sizes(fn(&mut Policy, u32, u32)),
    /// A key: four words of 32 bits in hexadecimal, joined by `-`; after a comma the key before it.
    Keys(fn(&mut Policy, [u8; 16], Option<[u8; 16]>)),
    /// Nothing, for these values: the stack is like that anyway.
    Only(&'static [&'static str]),
    /// Two numbers: the least and the most.
    Range(fn(&mut Policy, u16, u16)),
}

/// Applies a setting to a policy.
///
/// # Errors
/// [`Unsupported`] names a setting that is unknown, or whose value cannot be had.
pub(crate) fn apply(setting: &Setting, policy: &mut Policy) -> Result<(), Unsupported> {
    let (name, value) = (setting.name.as_str(), setting.value.trim());
    let row = LINUX.iter().chain(freebsd::FREEBSD).find(|(known, _)| *known == name);
    let refused = || Unsupported(format!("sysctl {name}={}", value.escape_debug()));
    let only = || idle::ONLY.iter().find(|(known, _)| *known == name).map(|(_, values)| Effect::Only(values));
    let Some(effect) = row.map(|(_, effect)| *effect).or_else(only) else {
        return if idle::is_idle(name) { Ok(()) } else { Err(Unsupported(format!("sysctl {name}"))) };
    };
    match effect {
        Effect::Switch(set) => set(policy, number(value).ok_or_else(refused)? != 0),
        Effect::Number(set) => set(policy, number(value).ok_or_else(refused)?),
        Effect::Choice(set) => number(value).and_then(|which| set(policy, which)).ok_or_else(refused)?,
        Effect::Sizes(set) => {
            let numbers: Result<Vec<u32>, _> = value.split_whitespace().map(str::parse).collect();
            match numbers.map_err(|_| refused())?.as_slice() {
                &[_, start, most] => set(policy, start, most),
                _ => return Err(refused()),
            }
        }
        Effect::Keys(set) => {
            let mut keys = value.split(',').map(|text| key(text.trim()).ok_or_else(refused));
            let first = keys.next().unwrap_or_else(|| Err(refused()))?;
            set(policy, first, keys.next().transpose()?);
        }
        Effect::Only(values) if values.contains(&value) => {}
        Effect::Only(_) => return Err(refused()),
        Effect::Range(set) => {
            let numbers: Result<Vec<u16>, _> = value.split_whitespace().map(str::parse).collect();
            match numbers.map_err(|_| refused())?.as_slice() {
                &[least, most] if least <= most => set(policy, least, most),
                _ => return Err(refused()),
            }
        }
    }
    Ok(())
}

/// A number as the kernel reads it: hexadecimal behind `0x`.
fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The octets of a key: each word as a little-endian machine keeps it.
fn key(text: &str) -> Option<[u8; 16]> {
    let words = text.split('-').map(|word| u32::from_str_radix(word, 16).ok().map(u32::to_le_bytes));
    let words: Option<Vec<_>> = words.collect();
    words?.concat().try_into().ok()
}

const OFF: &[&str] = &["0"];

/// Source: the kernel's ip-sysctl document.
const LINUX: &[(&str, Effect)] = &[
    ("net.ipv4.tcp_timestamps", Effect::Switch(|policy, on| policy.timestamps = on)),
    ("net.ipv4.tcp_sack", Effect::Switch(|policy, on| policy.selective_acknowledgments = on)),
    ("net.ipv4.tcp_window_scaling", Effect::Switch(|policy, on| policy.window_scale = on)),
    (
        "net.ipv4.tcp_rmem",
        // Half of it is window, the rest overhead; the most gives the shift.
        Effect::Sizes(|policy, start, most| {
            (policy.receive_buffer, policy.largest_receive_buffer) = (start / 2, most);
        }),
    ),
    (
        "net.ipv4.tcp_wmem",
        Effect::Sizes(|policy, start, most| {
            (policy.send_buffer, policy.largest_send_buffer) = (start, Some(most));
        }),
    ),
    ("net.ipv4.tcp_slow_start_after_idle", Effect::Switch(|policy, on| policy.restart_after_idle = on)),
    ("net.ipv4.tcp_retries1", Effect::Number(|policy, times| policy.r1 = retransmissions(times))),
    ("net.ipv4.tcp_retries2", Effect::Number(|policy, times| policy.r2 = retransmissions(times))),
    ("net.ipv4.tcp_syn_retries", Effect::Number(|policy, times| policy.syn_r2 = retransmissions(times))),
    ("net.ipv4.tcp_syn_linear_timeouts", Effect::Number(|policy, times| policy.even_syns = octet(times))),
    (
        "net.ipv4.tcp_synack_retries",
        Effect::Number(|policy, times| policy.syn_ack_r2 = retransmissions(times)),
    ),
    (
        "net.ipv4.tcp_fin_timeout",
        Effect::Number(|policy, seconds| policy.fin_wait_2 = Some(Duration::from_secs(seconds))),
    ),
    (
        "net.ipv4.tcp_keepalive_time",
        Effect::Number(|policy, seconds| policy.keep_alive_idle = Duration::from_secs(seconds)),
    ),
    (
        "net.ipv4.tcp_keepalive_intvl",
        Effect::Number(|policy, seconds| policy.keep_alive_interval = Duration::from_secs(seconds)),
    ),
    (
        "net.ipv4.tcp_keepalive_probes",
        Effect::Number(|policy, times| policy.keep_alive_probes = octet(times)),
    ),
    ("net.ipv4.tcp_rfc1337", Effect::Switch(|policy, on| policy.time_wait_ignores_reset = on)),
    (
        "net.ipv4.tcp_rto_min_us",
        Effect::Number(|policy, micros| policy.least_rto = Duration::from_micros(micros)),
    ),
    (
        "net.ipv4.tcp_min_snd_mss",
        Effect::Number(|policy, octets| policy.least_send_mss = u16::try_from(octets).unwrap_or(u16::MAX)),
    ),
    ("net.ipv4.ip_default_ttl", Effect::Number(|policy, hops| policy.internet.hop_limit = octet(hops))),
    ("net.ipv4.ip_no_pmtu_disc", Effect::Switch(|policy, on| policy.internet.discovers_path_mtu = !on)),
    ("net.ipv4.icmp_echo_ignore_all", Effect::Switch(|policy, on| policy.internet.answers_echo = !on)),
    ("net.ipv4.tcp_congestion_control", Effect::Only(&["reno"])),
    (
        "net.ipv4.tcp_ecn",
        // 0: never; 1: asked for; 2: agreed to.
        Effect::Choice(|policy, which| {
            policy.ecn = [Ecn::Never, Ecn::Requests, Ecn::Accepts].get(which as usize).copied()?;
            Some(())
        }),
    ),
    (
        "net.ipv4.tcp_fastopen",
        // Bits, as Linux's ip-sysctl lists them.
        Effect::Number(|policy, bits| {
            let on = |bit: u64| bits & bit != 0;
            let fast_open = &mut policy.fast_open;
            (fast_open.client, fast_open.server) = (on(1), on(2));
            (fast_open.client_without_cookie, fast_open.server_without_cookie) = (on(4), on(0x200));
            fast_open.every_listener = on(0x400).then_some(u32::MAX);
        }),
    ),
    ("net.ipv4.tcp_early_retrans", Effect::Only(OFF)),
    ("net.ipv4.tcp_recovery", Effect::Only(OFF)),
    ("net.ipv4.tcp_frto", Effect::Only(OFF)),
    ("net.ipv4.tcp_fack", Effect::Only(OFF)),
    ("net.ipv4.tcp_dsack", Effect::Switch(|policy, on| policy.duplicate_sack = on)),
    ("net.ipv4.tcp_mtu_probing", Effect::Only(OFF)),
    (
        "net.ipv4.tcp_fastopen_key",
        Effect::Keys(|policy, key, previous| {
            (policy.fast_open.key, policy.fast_open.previous_key) = (Some(key), previous);
        }),
    ),
    (
        "net.ipv4.tcp_syncookies",
        Effect::Number(|policy, which| {
            policy.sockets.syn_cookies = match which {
                0 => SynCookies::Never,
                1 => SynCookies::WhenFull,
                _ => SynCookies::Always,
            };
        }),
    ),
    ("net.ipv4.tcp_autocorking", Effect::Only(OFF)),
    ("net.ipv4.tcp_moderate_rcvbuf", Effect::Only(OFF)),
    (
        "net.ipv4.tcp_rto_max_ms",
        Effect::Number(|policy, millis| policy.most_rto = Duration::from_millis(millis)),
    ),
    ("net.ipv4.tcp_reordering", Effect::Number(|policy, count| policy.duplicate_acks = octet(count))),
    (
        "net.ipv4.tcp_challenge_ack_limit",
        // The most that there is means no limit.
        Effect::Number(|policy, count| {
            let count = u16::try_from(count).ok();
            policy.challenge_throttle =
                count.map(|count| Throttle { count, interval: Duration::from_secs(1) });
        }),
    ),
    (
        "net.ipv4.tcp_invalid_ratelimit",
        Effect::Number(|policy, millis| {
            let interval = Duration::from_millis(millis);
            policy.unacceptable_throttle = (millis != 0).then_some(Throttle { count: 1, interval });
        }),
    ),
    (
        "net.ipv4.tcp_max_syn_backlog",
        Effect::Number(|policy, count| policy.sockets.half_open_most = word(count)),
    ),
    (
        "net.ipv4.tcp_fastopen_blackhole_timeout_sec",
        Effect::Number(|policy, seconds| policy.fast_open.rest = Duration::from_secs(seconds)),
    ),
    ("net.core.somaxconn", Effect::Number(|policy, count| policy.sockets.backlog_most = word(count))),
    (
        "net.ipv4.ip_local_port_range",
        Effect::Range(|policy, least, most| policy.internet.ephemeral_ports = least..=most),
    ),
    (
        "net.ipv4.ipfrag_time",
        Effect::Number(|policy, seconds| policy.internet.reassembly_timeout = Duration::from_secs(seconds)),
    ),
    (
        "net.ipv4.route.mtu_expires",
        Effect::Number(|policy, seconds| policy.internet.path_mtu_lifetime = Duration::from_secs(seconds)),
    ),
    (
        "net.ipv4.icmp_ratelimit",
        Effect::Number(|policy, millis| policy.internet.error_interval = Duration::from_millis(millis)),
    ),
    ("net.ipv6.bindv6only", Effect::Switch(|policy, on| policy.sockets.v6_only = on)),
];

fn retransmissions(times: u64) -> Limit {
    Limit::Retransmissions(octet(times))
}

fn octet(number: u64) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

fn word(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(name: &str, value: &str) -> Result<Policy, String> {
        let mut policy = Policy::rfc();
        let setting = Setting { name: name.to_owned(), value: value.to_owned() };
        apply(&setting, &mut policy).map_err(|missing| missing.0)?;
        Ok(policy)
    }

    #[test]
    fn names_become_fields() {
        assert!(!applied("net.ipv4.tcp_sack", "0").unwrap().selective_acknowledgments);
        let sized = applied("net.ipv4.tcp_rmem", "4096 5000 6000").unwrap();
        assert_eq!((sized.receive_buffer, sized.largest_receive_buffer), (2500, 6000));
        let keyed = applied("net.ipv4.tcp_fastopen_key", "a1a1a1a1-b2b2b2b2-c3c3c3c3-04030201").unwrap();
        assert_eq!(keyed.fast_open.key.map(|key| (key[0], key[12])), Some((0xa1, 1)));
        let asked = applied("net.ipv4.tcp_fastopen", "0x202").unwrap().fast_open;
        assert!(asked.server && asked.server_without_cookie && !asked.client);
        assert_eq!(applied("net.inet.tcp.msl", "2500").unwrap().msl, Duration::from_millis(2500));
        assert_eq!(applied("net.ipv4.tcp_ecn", "2").unwrap(), Policy::rfc());
        assert_eq!(applied("net.inet.tcp.ecn.enable", "0").unwrap().ecn, Ecn::Never);
        assert_eq!(applied("net.inet.icmp.icmplim", "0").unwrap().internet.error_interval, Duration::ZERO);
        assert_eq!(applied("net.inet.tcp.ack_war_cnt", "0").unwrap().challenge_throttle, None);
        let war = applied("net.inet.tcp.ack_war_timewindow", "2000").unwrap().challenge_throttle;
        assert_eq!(war.map(|war| war.interval), Some(Duration::from_secs(2)));
        assert_eq!(applied("net.inet6.ip6.hlim", "9").unwrap().internet.hop_limit, 9);
        assert_eq!(applied("net.ipv4.tcp_ecn", "1").unwrap().ecn, Ecn::Requests);
    }

    #[test]
    fn what_cannot_be_had_is_named() {
        for (name, value, missing) in [
            ("net.ipv4.tcp_teapot", "1", "sysctl net.ipv4.tcp_teapot"),
            ("net.ipv4.tcp_ecn", "3", "sysctl net.ipv4.tcp_ecn=3"),
            ("net.inet.icmp.icmplim", "200", "sysctl net.inet.icmp.icmplim=200"),
            ("net.inet.tcp.ecn.enable", "3", "sysctl net.inet.tcp.ecn.enable=3"),
            ("net.ipv4.tcp_fastopen_key", "1-2-3", "sysctl net.ipv4.tcp_fastopen_key=1-2-3"),
            ("net.ipv4.tcp_rmem", "1 2", "sysctl net.ipv4.tcp_rmem=1 2"),
        ] {
            assert_eq!(applied(name, value).unwrap_err(), missing);
        }
    }

    #[test]
    fn every_name_stands_once() {
        let rows = LINUX.iter().chain(freebsd::FREEBSD).map(|(name, _)| *name);
        let idle = idle::NAMES.iter().map(|(name, _)| *name).chain(idle::ONLY.iter().map(|(name, _)| *name));
        let names: Vec<_> = rows.chain(idle).collect();
        for (at, name) in names.iter().enumerate() {
            assert_eq!(names.iter().position(|other| other == name), Some(at), "{name}");
        }
    }

    /// What changes nothing is taken whatever the value; what is lacking, only turned off.
    #[test]
    fn some_names_change_nothing() {
        for (name, value, outcome) in [
            ("net.ipv4.tcp_min_tso_segs", "4", Ok(())),
            ("net.inet.tcp.hostcache.purgenow", "1", Ok(())),
            ("net.ipv4.conf.all.rp_filter", "0", Ok(())),
            ("net.ipv4.conf.all.teapot", "0", Err("sysctl net.ipv4.conf.all.teapot")),
            ("net.inet.tcp.newcwv", "0", Ok(())),
            ("net.inet.tcp.newcwv", "1", Err("sysctl net.inet.tcp.newcwv=1")),
        ] {
            let applied = applied(name, value);
            assert_eq!(applied.as_ref().map(|_| ()).map_err(String::as_str), outcome, "{name}={value}");
            assert!(applied.is_err() || applied == Ok(Policy::rfc()), "{name}");
        }
    }

    #[test]
    fn freebsds_names_are_milliseconds() {
        let waits = applied("net.inet.tcp.keepinit", "5000").unwrap().syn_r2;
        assert_eq!(waits, Limit::Elapsed(Duration::from_secs(5)));
        let again = applied("net.inet.tcp.syncache.rexmtlimit", "1").unwrap().syn_ack_r2;
        assert_eq!(again, Limit::Retransmissions(1));
        let delayed = applied("net.inet.tcp.delacktime", "40").unwrap().delayed_ack;
        assert_eq!(delayed, Some(Duration::from_millis(40)));
        assert_eq!(
            applied("net.ipv4.ip_local_port_range", "5000 6000").unwrap().internet.ephemeral_ports,
            5000..=6000
        );
        assert!(applied("net.ipv4.ip_local_port_range", "6000 5000").is_err());
        assert_eq!(
            applied("net.ipv4.tcp_challenge_ack_limit", "2147483647").unwrap().challenge_throttle,
            None
        );
    }
}
